//! Secrets of the containers' environment, in every format, with everything that can be said.

use std::process::Output;

use super::{
    run::{SECRETS, finish},
    stack::{Parts, Stack},
};

/// Told in places that are quoted: logs, health checks, the words of programs.
#[test]
fn no_format_tells_what_the_containers_know() {
    let [secret_key, password, root] = SECRETS;
    let leaks = format!("echo 'FATAL: key {secret_key} password={password} as {root}'");
    let check = format!("{leaks}; false");
    let made = Stack::changed(|parts| Parts {
        worker: parts
            .worker
            .with(&["--health-cmd", &check, "--health-interval", "1s"])
            .with(&["--health-retries", "1"]),
        database: parts
            .database
            .with(&["--restart", "always"])
            .program("/bin/database", format!("#!/bin/sh\n{leaks} >&2\nexit 1\n")),
        ..parts
    });
    let Some(stack) = made else { return };
    stack.until(&stack.worker, "{{.State.Health.Status}}", "unhealthy");
    let told = |args: &[&str]| {
        // From the fifth restart on it rests for seconds between two starts.
        let many = "{{.State.Status}} {{ge .RestartCount 5}}";
        stack.until(&stack.database, many, "restarting true");
        let Output { stdout, .. } = finish(&mut stack.command(args));
        String::from_utf8(stdout).unwrap()
    };
    for text in [told(&["-v"]), told(&["-v", "-o", "json"])] {
        // The places themselves are quoted, or this would show nothing.
        assert!(text.contains("FATAL: key"), "{text}");
        assert!(
            text.contains("container-restarting") || text.contains("does not stay up"),
            "{text}"
        );
    }
}
