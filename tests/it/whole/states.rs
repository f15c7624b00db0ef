//! Containers in every state that stops sign-in, and the fixes that start it again.

use super::{
    run::{paste, recommended},
    stack::{Parts, Stack},
};
use crate::support::ContainerSpec;

#[test]
fn a_stack_that_is_well_has_no_finding() {
    let Some(stack) = Stack::start() else { return };
    stack.heals();
    let ran = stack.ask();
    ran.is_well();
    assert_eq!(ran.points("unknown"), []);
}

#[test]
fn a_database_that_is_stopped_killed_or_frozen() {
    let Some(stack) = Stack::start() else { return };
    let name = &*stack.database.name;
    let says = |state: &str| {
        let ran = stack.ask();
        let root = ran.root("health/container-stopped", name);
        assert!(root["says"].as_str().unwrap().ends_with(state), "{ran}");
        ran.follows("health/server-error", "health/container-stopped");
    };
    stack.engine.docker(&["stop", name]);
    says("ended with exit code 0");
    stack.mends("health/container-stopped", name);
    stack.engine.docker(&["kill", "-s", "USR1", name]);
    stack.engine.docker(&["wait", name]);
    says("ended with exit code 3");
    stack.mends("health/container-stopped", name);
    stack.engine.docker(&["kill", name]);
    says("was killed (exit code 137), by somebody or when it did not stop in time");
    stack.mends("health/container-stopped", name);
    stack.engine.docker(&["pause", name]);
    let ran = stack.ask_with(&["--timeout", "2s"]);
    ran.root("health/container-paused", name);
    ran.follows("health/silent", "health/container-paused");
    stack.mends("health/container-paused", name);
}

#[test]
fn a_server_and_a_worker_that_are_stopped() {
    let Some(stack) = Stack::start() else { return };
    stack.heals();
    stack.engine.docker(&["stop", &stack.worker.name]);
    let ran = stack.ask();
    ran.root("health/container-stopped", &stack.worker.name);
    assert_eq!(ran.report["verdict"]["hit"], "nobody", "{ran}");
    stack.mends("health/container-stopped", &stack.worker.name);
    stack.engine.docker(&["stop", &stack.server.name]);
    let ran = stack.ask();
    ran.root("health/container-stopped", &stack.server.name);
    ran.follows("health/refused", "health/container-stopped");
    assert_eq!(ran.report["verdict"]["hit"], "everybody", "{ran}");
    stack.mends("health/container-stopped", &stack.server.name);
}

#[test]
fn a_database_that_was_never_started() {
    let made = Stack::changed(|parts| Parts {
        database: parts.database.not_started(),
        ..parts
    });
    let Some(stack) = made else { return };
    let ran = stack.ask();
    let root = ran.root("health/container-stopped", &stack.database.name);
    let says = root["says"].as_str().unwrap();
    assert!(says.ends_with("was never started"), "{says}");
    stack.mends("health/container-stopped", &stack.database.name);
}

#[test]
fn a_database_that_ends_again_and_again() {
    let crash = "#!/bin/sh\necho 'FATAL:  lock file is empty' >&2\necho bye\nexit 1\n";
    let made = Stack::changed(|parts| Parts {
        database: parts
            .database
            .with(&["--restart", "always"])
            .program("/bin/database", crash),
        ..parts
    });
    let Some(stack) = made else { return };
    // From then on it rests for seconds between two starts.
    let many = "{{.State.Status}} {{ge .RestartCount 5}}";
    stack.until(&stack.database, many, "restarting true");
    let ran = stack.ask();
    let root = ran.root("health/container-restarting", &stack.database.name);
    let observed = root["observed"].as_str().unwrap();
    assert!(
        observed.ends_with("last words: FATAL:  lock file is empty"),
        "{observed}"
    );
    ran.follows("health/server-error", "health/container-restarting");
    let told = paste(recommended(root));
    let told = [told.stdout, told.stderr].concat();
    assert!(
        String::from_utf8(told)
            .unwrap()
            .contains("lock file is empty")
    );
}

#[test]
fn a_database_that_fails_its_own_health_check() {
    let check = "[ ! -e /sick ] || { echo no response; false; }";
    let made = Stack::changed(|parts| Parts {
        database: parts
            .database
            .with(&["--health-cmd", check, "--health-interval", "1s"])
            .with(&["--health-retries", "1"]),
        ..parts
    });
    let Some(stack) = made else { return };
    stack.shell(&stack.database, "echo > /sick");
    stack.until(&stack.database, "{{.State.Health.Status}}", "unhealthy");
    let ran = stack.ask();
    let root = ran.root("health/container-unhealthy", &stack.database.name);
    let observed = root["observed"].as_str().unwrap();
    assert!(observed.ends_with("it says: no response"), "{observed}");
    ran.follows("health/server-error", "health/container-unhealthy");
    stack.mends("health/container-unhealthy", &stack.database.name);
}

#[test]
fn a_database_that_the_kernel_killed() {
    // Once only: what mends it lifts the limit to what this machine has.
    let greedy = concat!(
        "#!/bin/sh\n[ -e /ran ] || { echo > /ran; tail /dev/zero; exit 137; }\n",
        include_str!("plays/database")
    );
    let mut killed = None;
    // The engine now and then misses the kernel's word for it.
    for _ in 0..3 {
        let made = Stack::changed(|parts| Parts {
            database: parts
                .database
                .with(&["--memory", "6m", "--memory-swap", "6m"])
                .program("/bin/database", greedy),
            ..parts
        });
        let Some(stack) = made else { return };
        if stack.comes_to(&stack.database, "{{.State.OOMKilled}}", "true") {
            killed = Some(stack);
            break;
        }
    }
    let stack = killed.expect("the engine never said that the kernel killed it");
    stack.until(&stack.database, "{{.State.Status}}", "exited");
    let ran = stack.ask();
    let root = ran.root("health/out-of-memory", &stack.database.name);
    let observed = root["observed"].as_str().unwrap();
    assert!(observed.ends_with("memory limit 6144 KiB"), "{observed}");
    ran.follows("health/server-error", "health/out-of-memory");
    stack.mends("health/out-of-memory", &stack.database.name);
}

#[test]
fn a_server_whose_port_another_container_has() {
    let made = Stack::changed(|parts| Parts {
        server: parts.server.not_started(),
        ..parts
    });
    let Some(stack) = made else { return };
    let port = format!("127.0.0.1:{}:9000", stack.port);
    let thief = stack.run(ContainerSpec::idle().called("thief").with(&["-p", &port]));
    let started = stack.engine.try_docker(&["start", &stack.server.name]);
    assert!(!started.status.success());
    let ran = stack.ask();
    let root = ran.root("health/port-taken", &stack.server.name);
    let says = root["says"].as_str().unwrap();
    assert!(
        says.ends_with(&format!("by container {}", thief.name)),
        "{says}"
    );
    stack.mends("health/port-taken", &stack.server.name);
}

#[test]
fn a_worker_that_its_compose_project_lacks() {
    let service = |spec: ContainerSpec, service: &str| {
        spec.with(&["--label", "com.docker.compose.project=akdoctor-test-sso"])
            .with(&["--label", &format!("com.docker.compose.service={service}")])
    };
    let made = Stack::changed(|parts| Parts {
        server: service(parts.server, "server"),
        worker: service(parts.worker, "worker"),
        database: service(parts.database, "postgresql"),
        ..parts
    });
    let Some(stack) = made else { return };
    stack.tell_only_the_url();
    stack.heals();
    stack.engine.docker(&["rm", "-f", &stack.worker.name]);
    let ran = stack.ask();
    let root = ran.root(
        "health/container-missing",
        "a container of authentik's worker",
    );
    assert_eq!(
        recommended(root),
        "docker compose -p akdoctor-test-sso up -d"
    );
    assert_eq!(ran.report["verdict"]["hit"], "nobody", "{ran}");
}

#[test]
fn a_database_on_another_network_than_the_server() {
    let Some(stack) = Stack::start() else { return };
    let elsewhere = stack.engine.network();
    let (ours, theirs) = (&*stack.network.name, &*elsewhere.name);
    let name = &*stack.database.name;
    let engine = &stack.engine;
    engine.docker(&["network", "connect", "--alias", "postgresql", theirs, name]);
    engine.docker(&["network", "disconnect", ours, name]);
    let ran = stack.ask();
    let root = ran.root("health/database-network", "postgresql");
    let observed = root["observed"].as_str().unwrap();
    assert_eq!(observed, format!("{name} is on {theirs}"));
    ran.follows("health/server-error", "health/database-network");
    stack.mends("health/database-network", "postgresql");
    engine.docker(&["network", "disconnect", theirs, name]);
    engine.docker(&["network", "disconnect", ours, name]);
    let ran = stack.ask();
    ran.root("health/database-network", "postgresql");
    stack.mends("health/database-network", "postgresql");
}
