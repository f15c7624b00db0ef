//! Containers that a real docker-compose made, and the override files that are printed for them:
//! pasted, after which the finding is gone, pasted again, and taken back.

use std::{fs, process::Command};

use serde_json::Value;

use super::{
    run::{Ran, paste},
    stack::{Stack, free_port},
};
use crate::support::unique;

const NAME: &str = "host.docker.internal";

/// A compose project in the stack's folder; it goes with this value.
struct Project {
    name: String,
    folder: std::path::PathBuf,
}

impl Project {
    /// `None`, with a word, where there is no docker-compose; with `AKDOCTOR_TEST_ENGINE=required`
    /// that is a failure.
    fn up(stack: &Stack, services: &str) -> Option<Self> {
        let version = Command::new("docker-compose").arg("--version").output();
        if !version.is_ok_and(|output| output.status.success()) {
            let required = std::env::var("AKDOCTOR_TEST_ENGINE").is_ok_and(|v| v == "required");
            assert!(
                !required,
                "AKDOCTOR_TEST_ENGINE=required, but no docker-compose"
            );
            eprintln!("no docker-compose: skipped");
            return None;
        }
        let folder = stack.folder.path().join("it's a folder");
        fs::create_dir(&folder).unwrap();
        let text = format!("version: \"3.8\"\nservices:\n{services}");
        fs::write(folder.join("docker-compose.yml"), text).unwrap();
        let project = Self {
            name: unique("p").replace(['-', '.'], ""),
            folder,
        };
        project.run(&["up", "-d"]);
        Some(project)
    }

    fn run(&self, args: &[&str]) {
        let ran = Command::new("docker-compose")
            .current_dir(&self.folder)
            .args(["-p", &self.name])
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "docker-compose {args:?}: {said}");
    }

    /// The container of a service.
    fn container(&self, service: &str) -> String {
        format!("{}_{service}_1", self.name)
    }

    fn override_file(&self) -> std::path::PathBuf {
        self.folder.join("docker-compose.override.yml")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // Compose would refuse to read a file of another version beside its own.
        let _ = fs::remove_file(self.override_file());
        let _ = Command::new("docker-compose")
            .current_dir(&self.folder)
            .args(["-p", &self.name, "down", "-t", "0"])
            .output();
    }
}

/// A service that calls authentik's token endpoint by the machine's name.
fn app(stack: &Stack, port: u16, more: &str) -> String {
    let (key, value) = stack.label.split_once('=').unwrap();
    format!(
        "  app:\n    image: {}\n    command: sleep 600\n    labels: {{{key}: \"{value}\"}}\n    \
         environment:\n      OIDC_ISSUER_URL: http://{NAME}:{port}/application/o/token/\n{more}",
        stack.engine.image()
    )
}

fn ask(stack: &Stack, project: &Project, port: u16) -> Ran {
    let text = format!(
        "[authentik]\nurl = \"http://127.0.0.1:{port}\"\n[[app]]\nname = \"App\"\nslug = \"app\"\n\
         container = \"{}\"\n",
        project.container("app")
    );
    fs::write(stack.folder.path().join("akdoctor.toml"), text).unwrap();
    stack.ask_with(&["dns"])
}

fn found<'r>(ran: &'r Ran, code: &str) -> &'r Value {
    ran.finding(code)
        .unwrap_or_else(|| panic!("no {code}:\n{ran}"))
}

/// Pastes what is recommended: the finding goes; a second time nothing happens; the undo brings it
/// back, and a file that somebody else wrote is not touched.
fn mends(stack: &Stack, project: &Project, port: u16, code: &str) {
    let ran = ask(stack, project, port);
    let fix = &found(&ran, code)["fixes"][0];
    assert_eq!(fix["recommended"], true, "{ran}");
    let line = fix["shell"].as_str().unwrap();
    assert!(line.contains("docker-compose -p "), "{line}");
    paste(line);
    let written = fs::read_to_string(project.override_file()).unwrap();
    assert!(
        written.starts_with("version: \"3.8\"\nservices: {"),
        "{written}"
    );
    let well = ask(stack, project, port);
    assert!(well.findings().is_empty(), "{well}");
    let started = |name: &str| {
        let args = ["inspect", "-f", "{{.State.StartedAt}}", name];
        stack.engine.docker(&args)
    };
    let before = started(&project.container("app"));
    paste(line);
    assert_eq!(
        started(&project.container("app")),
        before,
        "a second run makes it anew"
    );
    paste(fix["undo"].as_str().unwrap());
    paste(fix["undo"].as_str().unwrap());
    assert!(!project.override_file().exists());
    let again = ask(stack, project, port);
    found(&again, code);
    fs::write(project.override_file(), "services: {}\n").unwrap();
    let refused = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("is there already"), "{said}");
    let kept = fs::read_to_string(project.override_file()).unwrap();
    assert_eq!(kept, "services: {}\n");
}

#[test]
fn a_name_that_a_container_lacks_is_given_to_it() {
    let made = Stack::changed(|parts| super::stack::Parts {
        server: parts.server.rewritten("127.0.0.1:", "0.0.0.0:"),
        ..parts
    });
    let Some(stack) = made else { return };
    let Some(project) = Project::up(&stack, &app(&stack, stack.port, "")) else {
        return;
    };
    mends(&stack, &project, stack.port, "dns/container-name-missing");
}

/// A server of 2026.5 that can listen on IPv4 alone.
const LISTENS: &str = "if [ -z \"$$AUTHENTIK_LISTEN__HTTP\" ]; then echo 'failed to listen: Address \
                       family not supported by protocol (os error 97)' >&2; exit 1; fi; exec \
                       busybox httpd -f -p 9000";

#[test]
fn a_server_without_ipv6_listens_on_ipv4() {
    let Some(stack) = Stack::start() else { return };
    let port = free_port();
    let (key, value) = stack.label.split_once('=').unwrap();
    let server = format!(
        "  server:\n    image: {}\n    command: [\"sh\", \"-c\", {LISTENS:?}]\n    labels:\n      \
         {key}: \"{value}\"\n      org.opencontainers.image.version: \"2026.5.1\"\n    \
         stop_grace_period: 0s\n    restart: always\n    environment:\n      \
         AUTHENTIK_SECRET_KEY: x\n    ports: [\"0.0.0.0:{port}:9000\"]\n",
        stack.engine.image()
    );
    let host = format!("    extra_hosts: [\"{NAME}:host-gateway\"]\n");
    let services = app(&stack, port, &host) + &server;
    let Some(project) = Project::up(&stack, &services) else {
        return;
    };
    mends(&stack, &project, port, "dns/listens-on-ipv6");
}

#[test]
fn a_port_for_this_machine_alone_is_published_for_containers_too() {
    let Some(stack) = Stack::start() else { return };
    let port = free_port();
    let (key, value) = stack.label.split_once('=').unwrap();
    let server = format!(
        "  server:\n    image: {}\n    command: [\"busybox\", \"httpd\", \"-f\", \"-p\", \"9000\"]\n    \
         labels: {{{key}: \"{value}\"}}\n    stop_grace_period: 0s\n    environment:\n      \
         AUTHENTIK_SECRET_KEY: x\n    ports: [\"127.0.0.1:{port}:9000\"]\n",
        stack.engine.image()
    );
    let host = format!("    extra_hosts: [\"{NAME}:host-gateway\"]\n");
    let services = app(&stack, port, &host) + &server;
    let Some(project) = Project::up(&stack, &services) else {
        return;
    };
    mends(&stack, &project, port, "dns/published-on-loopback");
}
