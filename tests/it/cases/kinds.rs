//! Each kind of engine gets the mend that is right for it, whatever names hold: the recorded
//! missing name in Gitea's container, with another engine around it.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use akdoctor::{
    model::{Finding, Fix, printable},
    render::{self, Style},
};
use serde_json::json;

use super::{Case, blessed, dns, file_of};

const MISSING: &str = "dns/container-name-missing";

/// What an engine says of itself: system, kernel, name, flavour, whether it has no root.
type Says = (&'static str, &'static str, &'static str, &'static str, bool);

const LINUX: Says = (
    "Debian GNU/Linux 12",
    "6.1.0-28-amd64",
    "box",
    "docker",
    false,
);
const ROOTLESS: Says = (
    "Debian GNU/Linux 12",
    "6.1.0-28-amd64",
    "box",
    "docker",
    true,
);
const PODMAN: Says = ("fedora", "6.11.4", "box", "podman", false);
const DESKTOP: Says = (
    "Docker Desktop",
    "6.10.14-linuxkit",
    "docker-desktop",
    "docker",
    false,
);
const COLIMA: Says = (
    "Ubuntu 24.04.1 LTS",
    "6.8.0-50-generic",
    "colima",
    "docker",
    false,
);
const ORBSTACK: Says = ("OrbStack", "6.12.3-orbstack", "orbstack", "docker", false);
const RANCHER: Says = (
    "Alpine Linux v3.20",
    "6.6.41",
    "lima-rancher-desktop",
    "docker",
    false,
);
const WSL: Says = (
    "Ubuntu 24.04",
    "5.15.167.4-microsoft-standard-WSL2",
    "PC",
    "docker",
    false,
);
const NIXOS: Says = ("NixOS 25.05 (Warbler)", "6.12.8", "box", "docker", false);

async fn case(name: &str, says: Says) -> Case {
    blessed().await;
    let mut case = Case::read(&file_of("dns", name));
    let (system, kernel, host, flavour, rootless) = says;
    let engine = case.evidence.get_mut("engine").unwrap();
    let engine = engine.answer.as_mut().unwrap();
    for (key, value) in [
        ("operating_system", json!(system)),
        ("kernel", json!(kernel)),
        ("name", json!(host)),
        ("flavour", json!(flavour)),
        ("rootless", json!(rootless)),
    ] {
        engine[key] = value;
    }
    case
}

async fn finding(case: &Case, code: &str) -> Finding {
    let findings = case.judged("dns").await.findings;
    let found = findings.iter().find(|found| found.code == code).cloned();
    found.unwrap_or_else(|| panic!("no {code}: {findings:#?}"))
}

async fn first_fix(name: &str, code: &str, says: Says) -> Fix {
    finding(&case(name, says).await, code).await.fixes.remove(0)
}

#[tokio::test]
async fn a_missing_name_is_given_as_each_engine_takes_it() {
    for (says, note) in [
        (LINUX, "Docker 20.10 or later"),
        (ROOTLESS, "DISABLE_HOST_LOOPBACK=false"),
        (WSL, "to this WSL, not to Windows"),
        (DESKTOP, "a dns: entry"),
        (ORBSTACK, "a dns: entry"),
        (COLIMA, "host.lima.internal"),
        (PODMAN, "--no-hosts"),
    ] {
        let fix = first_fix("container-dns-missing", MISSING, says).await;
        assert!(fix.does.contains("override file"), "{says:?}: {fix:#?}");
        assert!(
            fix.note.as_ref().unwrap().contains(note),
            "{says:?}: {fix:#?}"
        );
        let program = if says.3 == "podman" {
            "podman compose"
        } else {
            "docker compose"
        };
        assert!(fix.shell.unwrap().contains(program), "{says:?}");
    }
    let fix = first_fix("container-dns-missing", MISSING, RANCHER).await;
    assert!(
        fix.does.contains("host.rancher-desktop.internal"),
        "{fix:#?}"
    );
}

#[tokio::test]
async fn a_hosts_file_is_that_of_the_browsers_machine() {
    for (says, note) in [
        (LINUX, "each machine with a browser"),
        (WSL, "generateHosts = false"),
        (DESKTOP, "on Windows alone"),
        (ORBSTACK, "to containers alone"),
    ] {
        let fix = first_fix("dns-missing", "dns/name-missing", says).await;
        assert!(
            fix.shell
                .unwrap()
                .contains("127.0.0.1 host.docker.internal"),
            "{says:?}"
        );
        assert!(fix.note.unwrap().contains(note), "{says:?}");
    }
}

#[tokio::test]
async fn the_engine_of_another_machine_says_nothing_of_this_ones_hosts_file() {
    let mut case = case("dns-missing", LINUX).await;
    let engine = case.evidence.get_mut("engine").unwrap();
    engine.answer.as_mut().unwrap()["endpoint"] = json!("tcp://10.0.0.4:2375");
    let found = finding(&case, "dns/name-missing").await;
    assert!(
        found.fixes.iter().all(|fix| fix.shell.is_none()),
        "{found:#?}"
    );
}

#[tokio::test]
async fn a_firewall_is_opened_where_it_stands() {
    for (case, code, tool) in [
        ("firewall-drops", "dns/timed-out-inside", "sudo ufw allow"),
        (
            "firewall-rejects",
            "dns/no-route-inside",
            "sudo firewall-cmd",
        ),
    ] {
        for says in [LINUX, WSL] {
            let fix = first_fix(case, code, says).await;
            assert!(fix.shell.unwrap().starts_with(tool), "{says:?}");
        }
        for (says, note) in [
            (DESKTOP, "com.docker.backend"),
            (ROOTLESS, "slirp4netns"),
            (COLIMA, "the engine's own machine"),
        ] {
            let fix = first_fix(case, code, says).await;
            assert_eq!(fix.shell, None, "{says:?}");
            assert!(fix.note.unwrap().contains(note), "{says:?}");
        }
        let fixes = finding(&self::case(case, NIXOS).await, code).await.fixes;
        assert!(
            fixes
                .iter()
                .any(|fix| fix.does.contains("trustedInterfaces")),
            "{fixes:#?}"
        );
    }
}

#[tokio::test]
async fn a_line_that_hides_the_dns_server_is_taken_out() {
    let found = finding(&case("hosts-file-hides-dns", LINUX).await, "dns/name-wrong").await;
    assert!(
        found.says.contains("port 9000 answers at 203.0.113.7"),
        "{}",
        found.says
    );
    let observed = found.observed.unwrap();
    assert!(
        observed.ends_with("the DNS server says 203.0.113.7, which the hosts file hides"),
        "{observed}"
    );
    assert!(
        found.fixes[0].does.contains("out of the hosts file"),
        "{:#?}",
        found.fixes
    );
    assert!(
        found.fixes[0]
            .shell
            .as_ref()
            .unwrap()
            .contains("'# 192.168.178.20")
    );
}

/// Names as nobody should choose them.
const HOSTILE: [&str; 6] = [
    "it's \"quoted\" $HOME `id`",
    "two\nlines",
    "right\u{202e}tfel to",
    "\u{1b}[31mred\u{7}\u{9b}",
    "--help; rm -rf /",
    "é {{ x }} %s",
];

/// Every text of the case that somebody chose is this.
async fn hostile(text: &str, folder: &str) -> Case {
    let mut case = case("container-dns-missing", LINUX).await;
    case.stack.apps[1].name = text.to_owned();
    let gitea = dns::container(&mut case, "gitea");
    gitea["compose"]["project"] = json!(text);
    gitea["compose"]["folder"] = json!(folder);
    gitea["compose"]["files"] = json!([format!("{folder}/docker-compose.yml")]);
    gitea["env"][text] = json!({"plain": "http://host.docker.internal:9000/application/o/gitea/"});
    case
}

#[tokio::test]
async fn hostile_names_are_harmless_on_the_screen_and_right_in_the_fix() {
    for text in HOSTILE {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(text.replace('/', "_"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("docker-compose.yml"), "services: {}\n").unwrap();
        let case = hostile(text, folder.to_str().unwrap()).await;
        let report = case.judged("dns").await;
        let mut screen = Vec::new();
        let style = Style {
            color: false,
            unicode: true,
            width: 80,
        };
        render::human(&report, &style, render::Detail::Verbose, &mut screen).unwrap();
        for line in String::from_utf8(screen).unwrap().lines() {
            assert_eq!(printable(line), line, "{text:?}");
        }
        let found = finding(&case, MISSING).await;
        assert_eq!(found.subject.name, text);
        let called = pasted(&found.fixes[0], place.path());
        let written = fs::read_to_string(folder.join("docker-compose.override.yml")).unwrap();
        assert_eq!(
            written,
            "services: {\"gitea\": {extra_hosts: [\"host.docker.internal:host-gateway\"]}}\n"
        );
        let wanted = [
            "compose",
            "-p",
            text,
            "--project-directory",
            folder.to_str().unwrap(),
        ];
        assert_eq!(called[..5], wanted, "{text:?}");
    }
}

/// What `docker` is called with when the fix is pasted into a real shell.
fn pasted(fix: &Fix, place: &std::path::Path) -> Vec<String> {
    let docker = place.join("docker");
    fs::write(
        &docker,
        "#!/bin/sh\nprintf '%s\\0' \"$@\" > \"$0.called\"\n",
    )
    .unwrap();
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
    let line = fix.shell.as_ref().unwrap();
    let ran = Command::new("sh")
        .args(["-c", line])
        .env("PATH", format!("{}:{}", place.display(), env!("PATH")))
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{line}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let called = fs::read_to_string(place.join("docker.called")).unwrap();
    called.split_terminator('\0').map(str::to_owned).collect()
}

/// A service or a host that is no plain word has no command that writes it into YAML.
#[tokio::test]
async fn what_cannot_stand_in_yaml_is_not_written_there() {
    for text in HOSTILE {
        let mut case = case("container-dns-missing", LINUX).await;
        dns::container(&mut case, "gitea")["compose"]["service"] = json!(text);
        let found = finding(&case, MISSING).await;
        let command = found.fixes.iter().any(|fix| fix.shell.is_some());
        assert!(!command, "{text:?}: {:#?}", found.fixes);
    }
}
