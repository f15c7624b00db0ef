//! The lines that carry a client secret into authentik, pasted into a real shell with stand-ins for
//! `docker` and authentik's models: the secret arrives byte for byte, is shown nowhere, and the old
//! one comes back.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use akdoctor::{engine::library, fix, model::Fix, probe::engine::Flavour};
use serde_json::{Value, json};

use super::shop;

/// Every odd character that a variable may hold.
const ODD: &str = "a b:c%&=+?'\"$x ${y}\\n`id`; # é🦀\ttab, a line\nand !ls";
const OLD: &str = "the old one: 'quoted' \\ é";

struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    fn new(secret: &str) -> Self {
        let shell = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let docker = shell.path("docker");
        fs::write(&docker, include_str!("standins_signin.py")).unwrap();
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
        let flag = format!("--oidc-client-secret={secret}");
        let env = [
            "CODER_OIDC_CLIENT_SECRET_FILE=no".to_owned(),
            format!("CODER_OIDC_CLIENT_SECRET={secret}"),
        ];
        let world = json!({
            "saves": 0,
            "providers": [{
                "pk": 1, "client_type": "confidential", "client_secret": OLD, "property_mappings": [],
            }],
            "mappings": [],
            "inspect": [{ "Config": { "Env": env }, "Args": ["server", flag] }],
            "files": { "/run/secrets/it's": format!("{secret}\n") },
        });
        fs::write(shell.path("world.json"), world.to_string()).unwrap();
        fs::write(shell.path("a 'secret'"), format!("{secret}\n")).unwrap();
        shell
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn paste(&self, line: &str, secret: &str) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), env!("PATH"));
        let ran = Command::new("sh")
            .args(["-c", line])
            .env("PATH", path)
            .env("STANDINS", self.path("world.json"))
            .env("WIKI_SECRET", secret)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{line}\n{words}");
        ran
    }

    fn world(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("world.json")).unwrap()).unwrap()
    }

    fn provider(&self) -> Value {
        self.world()["providers"][0].clone()
    }
}

fn fix_of(code: &str, from: &'static str, value: &str) -> Fix {
    let library = library().unwrap();
    let mut findings = library.into_iter().flat_map(|(_, words)| words.findings);
    let words = findings.find(|finding| finding.code == code).unwrap();
    let values = [
        ("app", json!("Coder")),
        ("provider", json!("Coder OIDC")),
        ("pk", json!(1)),
        ("place", json!("there")),
        ("container", json!("coder")),
        (from, json!(value)),
    ];
    let fixes = fix::render(&words.fixes, &values.into(), &shop(Flavour::Docker, false));
    let found = fixes.into_iter().find(|fix| fix.shell.is_some());
    found.unwrap_or_else(|| panic!("{code} {from}"))
}

#[test]
fn a_secret_arrives_byte_for_byte_unseen_and_its_undo_brings_the_old_one_back() {
    let own = Shell::new(ODD);
    let file = own.path("a 'secret'").display().to_string();
    for code in ["client-secret/wrong", "client-secret/public"] {
        for (from, value) in [
            ("from_variable", "CODER_OIDC_CLIENT_SECRET"),
            ("from_flag", "--oidc-client-secret"),
            ("from_file", "coder:/run/secrets/it's"),
            ("own_variable", "WIKI_SECRET"),
            ("own_file", file.as_str()),
        ] {
            let fix = fix_of(code, from, value);
            let (line, undo) = (fix.shell.unwrap(), fix.undo.unwrap());
            let shell = Shell::new(ODD);
            for (saves, said) in [(1, "CHANGED\n"), (1, "NOTHING TO DO\n")] {
                let ran = shell.paste(&line, ODD);
                assert_eq!(String::from_utf8_lossy(&ran.stdout), said, "{line}");
                let provider = shell.provider();
                assert_eq!(provider["client_secret"], ODD, "{from}");
                assert_eq!(provider["client_type"], "confidential");
                assert_eq!(shell.world()["saves"], saves);
                let seen = [ran.stdout, ran.stderr].concat();
                assert!(!String::from_utf8_lossy(&seen).contains("c%&"), "{from}");
            }
            let kept = shell.path("akdoctor-client-secret-1");
            let mode = fs::metadata(&kept).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{from}");
            for _ in 0..2 {
                shell.paste(&undo, ODD);
                assert_eq!(shell.provider()["client_secret"], OLD, "{undo}");
                assert!(!kept.exists());
            }
            assert!(!format!("{line}{undo}").contains("c%&"));
        }
    }
}

#[test]
fn what_is_not_there_changes_nothing() {
    for (from, value) in [
        ("from_variable", "ANOTHER"),
        ("from_flag", "--another"),
        ("own_variable", "ANOTHER"),
    ] {
        let line = fix_of("client-secret/wrong", from, value).shell.unwrap();
        let shell = Shell::new(ODD);
        let before = shell.world();
        let path = format!("{}:{}", shell.folder.path().display(), env!("PATH"));
        let ran = Command::new("sh")
            .args(["-c", &line])
            .env("PATH", path)
            .env("STANDINS", shell.path("world.json"))
            .output()
            .unwrap();
        assert!(!ran.status.success(), "{line}");
        assert_eq!(shell.world(), before);
    }
}
