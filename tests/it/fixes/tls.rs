//! What mends certificates, run for real: the file with the authority, taken with the real
//! `openssl` where there is one, and the certificate of a brand against stand-ins of authentik's
//! models.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use akdoctor::{engine::library, fix, model::Fix, probe::engine::Flavour, words::Action};
use serde_json::{Value, json};

use super::{HOSTILE, shop};

fn fix_of(code: &str, does: &str, values: &[(&'static str, Value)]) -> Fix {
    let library = library().unwrap();
    let mut findings = library.into_iter().flat_map(|(_, words)| words.findings);
    let words = findings.find(|finding| finding.code == code).unwrap();
    let values = values.iter().cloned().collect();
    let fixes = fix::render(&words.fixes, &values, &shop(Flavour::Docker, true));
    let found = fixes.iter().find(|fix| fix.does.contains(does));
    found
        .unwrap_or_else(|| panic!("{code}: {fixes:#?}"))
        .clone()
}

pub(super) fn program(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Two certificates as `openssl s_client -showcerts` prints them.
const SHOWN: &str = "depth=1 CN = Company CA\n---\n 0 s:CN = auth\n-----BEGIN CERTIFICATE-----\n\
                     LEAF\n-----END CERTIFICATE-----\n 1 s:CN = Company CA\n\
                     -----BEGIN CERTIFICATE-----\nROOT\nLINES\n-----END CERTIFICATE-----\n---\n";

/// `openssl` and `docker` in whose place these stand. The fingerprint is of whatever is read.
fn stand_ins(bin: &Path, shown: &Path) {
    fs::write(shown, SHOWN).unwrap();
    let openssl = format!(
        "case \"$1\" in s_client) cat '{}';; *) tr -d '\\n' | grep -q ROOT && echo 'sha256 Fingerprint=AB:CD:EF';; esac",
        shown.display()
    );
    program(bin, "openssl", &openssl);
    program(
        bin,
        "docker",
        &format!("echo \"$@\" >> '{}'", bin.join("asked").display()),
    );
}

pub(super) fn paste(line: &str, bin: &Path) -> bool {
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let ran = Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .output();
    ran.unwrap().status.success()
}

#[test]
fn the_authority_is_mounted_only_if_it_is_the_one_that_was_seen() {
    for hostile in HOSTILE.iter().filter(|text| is_folder(text)) {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join(format!("x{hostile}"));
        let bin = folder.path().join("bin");
        fs::create_dir_all(&project).unwrap();
        fs::create_dir(&bin).unwrap();
        fs::write(project.join("compose.yml"), "services: {}\n").unwrap();
        stand_ins(&bin, &folder.path().join("shown"));
        let of = |fingerprint: &str| {
            let project = project.to_str().unwrap();
            let text = |name, value: &str| (name, json!(value));
            let values = [
                text("app", "a"),
                text("url", "u"),
                text("path", "p"),
                text("issuer", "i"),
                text("why", "w"),
                text("container", "authentik-server"),
                text("made", "authentik-server"),
                text("folder", project),
                text("override_file", &format!("{project}/compose.override.yml")),
                text("override_name", "compose.override.yml"),
                text(
                    "override_yaml",
                    "services: {\"a\": {volumes: [\"./f:/f:ro\"]}}",
                ),
                text("compose_file", "compose.yml"),
                text("place", "auth.example.com:443"),
                text("host", "auth.example.com"),
                text("authority_file", "akdoctor-authority.pem"),
                text("fingerprint", fingerprint),
            ];
            fix_of("tls/not-trusted-inside", "by a file beside", &values)
        };
        let file = project.join("akdoctor-authority.pem");
        let over = project.join("compose.override.yml");
        let other = of("01:23");
        assert!(!paste(other.shell.as_ref().unwrap(), &bin), "{hostile:?}");
        assert!(!file.exists() && !over.exists(), "{hostile:?}");
        let fix = of("AB:CD:EF");
        for _ in 0..2 {
            assert!(paste(fix.shell.as_ref().unwrap(), &bin), "{hostile:?}");
            let wanted = "-----BEGIN CERTIFICATE-----\nROOT\nLINES\n-----END CERTIFICATE-----\n";
            assert_eq!(fs::read_to_string(&file).unwrap(), wanted);
            assert!(fs::read_to_string(&over).unwrap().contains("./f:/f:ro"));
        }
        for _ in 0..2 {
            assert!(paste(fix.undo.as_ref().unwrap(), &bin), "{hostile:?}");
            assert!(!file.exists() && !over.exists(), "{hostile:?}");
        }
    }
}

/// Whether a folder can be called so.
fn is_folder(text: &str) -> bool {
    !text.contains('/') && !text.contains('\0')
}

/// What stands in for authentik's models and for the library that reads certificates.
const MODELS: &str = r#"
import datetime, sys, types
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
class ExtensionNotFound(Exception): pass
class SubjectAlternativeName: pass
x509 = types.SimpleNamespace(DNSName=str, ExtensionNotFound=ExtensionNotFound, SubjectAlternativeName=SubjectAlternativeName)
package = types.ModuleType('cryptography'); package.x509 = x509
sys.modules['cryptography'] = package
class Extensions:
    def __init__(self, names): self.names = names
    def get_extension_for_class(self, kind):
        if self.names is None: raise ExtensionNotFound()
        return types.SimpleNamespace(value=types.SimpleNamespace(get_values_for_type=lambda kind: self.names))
def pair(pk, names, days, key='key'):
    shown = types.SimpleNamespace(extensions=Extensions(names), not_valid_before_utc=NOW - DAY, not_valid_after_utc=NOW + days * DAY)
    return types.SimpleNamespace(pk=pk, name='pair %s' % pk, key_data=key, certificate=shown)
class Brand:
    saves = 0
    def __init__(self, domain, default, held=None): self.domain, self.default, self.web_certificate_id = domain, default, held
    @property
    def web_certificate(self): return None
    @web_certificate.setter
    def web_certificate(self, pair): self.web_certificate_id = pair and pair.pk
    def save(self): Brand.saves += 1
def rows(*all): return types.SimpleNamespace(all=lambda: list(all))
"#;

#[test]
fn a_brand_gets_the_certificate_that_fits_its_host_and_lives_longest() {
    let library = library().unwrap();
    let mut findings = library.into_iter().flat_map(|(_, words)| words.findings);
    let words = findings.find(|it| it.code == "tls/self-signed").unwrap();
    let fix = words
        .fixes
        .into_iter()
        .find(|fix| fix.undo.is_some())
        .unwrap();
    let code = |action: &Action, host: &str| match action {
        Action::AkShell(code) => code.replace("{{ host }}", &format!("'{host}'")),
        other => panic!("{other:?}"),
    };
    let (does, undo) = (
        code(&fix.action, "auth.example.com"),
        code(&fix.undo.unwrap(), "auth.example.com"),
    );
    let script = format!(
        "{MODELS}\n\
         default, other = Brand('authentik-default', True), Brand('example.org', False)\n\
         Brand.objects = rows(other, default)\n\
         def run(*pairs):\n\
         \tglobal CertificateKeyPair\n\
         \tCertificateKeyPair = types.SimpleNamespace(objects=rows(*pairs))\n\
         \texec(compile(DOES, 'fix', 'exec'), globals())\n\
         own = pair(1, None, 300)\n\
         for bad in (own, pair(2, ['auth.example.org'], 9), pair(3, ['auth.example.com'], -0.5), pair(4, ['auth.example.com'], 9, '')):\n\
         \ttry: run(bad); raise AssertionError(bad)\n\
         \texcept SystemExit: pass\n\
         assert Brand.saves == 0\n\
         run(own, pair(5, ['auth.example.com'], 9), pair(6, ['*.example.com'], 90))\n\
         assert (default.web_certificate_id, other.web_certificate_id, Brand.saves) == (6, None, 1)\n\
         run(own, pair(6, ['*.Example.com'], 90))\n\
         assert Brand.saves == 1\n\
         for _ in range(2): exec(compile(UNDO, 'undo', 'exec'), globals())\n\
         assert (default.web_certificate_id, Brand.saves) == (None, 2)\n\
         mine = Brand('example.com', False)\n\
         Brand.objects = rows(default, mine)\n\
         run(pair(7, ['*.example.com'], 90))\n\
         assert (default.web_certificate_id, mine.web_certificate_id) == (None, 7)\n"
    );
    let script = format!(
        "import json\nDOES, UNDO = json.loads({:?})\n{script}",
        json!([does, undo]).to_string()
    );
    super::scripts::python(&script, &Value::Null);
}
