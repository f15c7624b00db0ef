//! Which containers are authentik's, where nobody named them.

use super::stack::{Parts, Stack};
use crate::support::ContainerSpec;

/// A tag whose repository is authentik's; it stays on the machine as the image does.
const IMAGE: &str = "akdoctor-test/goauthentik/server:2025.10.1";

fn of_image(stack: &str, spec: ContainerSpec) -> ContainerSpec {
    spec.of_image(IMAGE).called(stack)
}

fn tag() -> Option<()> {
    let engine = crate::support::engine()?;
    engine.docker(&["tag", engine.image(), IMAGE]);
    Some(())
}

/// Stops each part, and sees that akdoctor knows it for what it is.
fn each_part_is_known(stack: &Stack) {
    stack.heals();
    for (part, kind) in [
        (&stack.worker, "worker"),
        (&stack.database, "database"),
        (&stack.server, "server"),
    ] {
        stack.engine.docker(&["stop", "-t", "1", &part.name]);
        let ran = stack.ask();
        let root = ran.root("health/container-stopped", &part.name);
        assert_eq!(root["subject"]["kind"], kind, "{ran}");
        stack.mends("health/container-stopped", &part.name);
    }
}

#[test]
fn the_image_and_the_environment_tell() {
    if tag().is_none() {
        return;
    }
    let made = Stack::changed(|parts| Parts {
        server: of_image("one", parts.server),
        worker: of_image("two", parts.worker),
        database: parts.database.called("three"),
        ..parts
    });
    let Some(stack) = made else { return };
    stack.tell_only_the_url();
    each_part_is_known(&stack);
}

#[test]
fn the_labels_of_compose_tell() {
    let service = |spec: ContainerSpec, name: &str, service: &str| {
        spec.called(name)
            .with(&["--label", "com.docker.compose.project=akdoctor-test-idp"])
            .with(&["--label", &format!("com.docker.compose.service={service}")])
    };
    // Without a command of its own the service's name tells server and worker apart.
    let silent = |spec: ContainerSpec, role: &str| {
        spec.with(&["--label", "akdoctor-test-role=silent"])
            .commanded(&[])
            .program("/bin/entry", format!("#!/bin/sh\nexec /bin/{role}\n"))
            .with(&["--entrypoint", "/bin/entry"])
    };
    let made = Stack::changed(|parts| Parts {
        server: service(silent(parts.server, "server"), "a", "idp"),
        worker: service(silent(parts.worker, "worker"), "b", "idp-worker"),
        database: service(parts.database, "c", "db"),
        ..parts
    });
    let Some(stack) = made else { return };
    stack.tell_only_the_url();
    each_part_is_known(&stack);
}

#[test]
fn of_two_authentiks_the_one_that_publishes_the_port_is_meant() {
    let Some(other) = Stack::start() else { return };
    let stack = other.beside(|parts| parts);
    stack.tell_only_the_url();
    for stopped in [&other.database, &other.worker, &other.server] {
        other.engine.docker(&["stop", "-t", "1", &stopped.name]);
    }
    stack.heals();
    stack.engine.docker(&["stop", &stack.database.name]);
    let ran = stack.ask();
    ran.root("health/container-stopped", &stack.database.name);
    // The other one from here, by its own port.
    let ran = stack.ask_with(&["--url", &other.url()]);
    let code = "health/container-stopped";
    let stopped: Vec<_> = ran
        .findings()
        .iter()
        .filter(|found| found["code"] == code)
        .map(|found| found["subject"]["name"].as_str().unwrap())
        .collect();
    assert!(stopped.contains(&&*other.database.name), "{ran}");
    assert!(!stopped.contains(&&*stack.database.name), "{ran}");
}
