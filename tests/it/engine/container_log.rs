//! Containers' logs through a real engine: what they hold, within which bounds.

use std::{sync::Arc, time::Duration};

use akdoctor::{
    evidence::{Evidence, Limits},
    logs::{Bound, LogDigest},
    probe::{ProbeError, Tools, engine::ContainerLog, tools::ToolsOptions},
    words::Component,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    logs::{KNOWN, ids},
    support::{ContainerSpec, EngineHarness, TestContainer, engine},
};

const FAULT: &str = r#"{"event": "Invalid client secret", "client_id": "gitea", "level": "warning", "logger": "authentik.providers.oauth2.views.token"}"#;

fn question(container: &TestContainer, tty: bool) -> ContainerLog {
    ContainerLog {
        container: container.id.clone(),
        tty,
        component: Component::Any,
        started: None,
        since: None,
        until: None,
        lines: None,
        bytes: Some(64 << 20),
        version: None,
        asked: None,
        catalogue: Arc::clone(&KNOWN),
    }
}

async fn ask(engine: &EngineHarness, question: ContainerLog) -> Result<LogDigest, ProbeError> {
    let patience = Duration::from_secs(120);
    let tools = Tools::new(ToolsOptions {
        timeout: patience,
        ..ToolsOptions::new(engine.endpoint())
    });
    let limits = Limits {
        timeout: patience,
        ..Limits::default()
    };
    let seen = Evidence::new(Arc::new(tools.unwrap()), limits);
    let answer = seen.ask(question).await.map_err(|unknown| unknown.error)?;
    Ok((*answer).clone())
}

/// Lines that say little, `count` thousand of them, after the fault; an engine that keeps less of a
/// log by default is told otherwise.
fn long(engine: &EngineHarness, count: u32) -> TestContainer {
    let line = "an ordinary line of a log, which says little and costs some room in it\n";
    let script = format!("echo '{FAULT}'; for i in $(seq {count}); do cat /lines; done; echo end");
    let container = engine.run(
        ContainerSpec::shell(&script)
            .program("/lines", line.repeat(1000))
            .with(&["--log-opt", "max-size=200m"]),
    );
    engine.docker(&["wait", &container.id]);
    // A busy engine still writes down what a container said that has ended.
    for _ in 0..120 {
        if engine
            .docker(&["logs", "--tail", "1", &container.id])
            .trim()
            == "end"
        {
            return container;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    panic!("the engine has not written the log down within a minute");
}

/// Runs a script to its end; its log is whole then.
fn ran(engine: &EngineHarness, script: &str, options: &[&str]) -> TestContainer {
    let container = engine.run(ContainerSpec::shell(script).with(options));
    engine.docker(&["wait", &container.id]);
    container
}

#[tokio::test]
async fn with_and_without_a_terminal_whatever_else_is_in_the_log() {
    let Some(engine) = engine() else { return };
    let script = format!(
        "printf '\\001\\000\\000\\000\\000\\000\\000\\005hello\\n\\377\\376\\000x\\n'; \
         printf '\\033[31m%s\\033[0m\\r\\n' '{FAULT}'; echo err >&2; echo '{FAULT}' >&2"
    );
    for (options, tty) in [(&["-t"][..], true), (&[][..], false)] {
        let container = ran(&engine, &script, options);
        let digest = ask(&engine, question(&container, tty)).await.unwrap();
        assert_eq!(ids(&digest), ["OI-08"], "terminal: {tty}");
        assert_eq!((digest.groups[0].count, digest.bound), (2, Bound::Whole));
        let last = digest.groups[0].last.unwrap();
        let ago = Timestamp::now().duration_since(last);
        assert!(
            ago < SignedDuration::from_mins(5),
            "{ago:?}: the engine's clock counts"
        );
    }
}

#[tokio::test]
async fn a_line_of_twenty_megabytes_costs_nothing() {
    let Some(engine) = engine() else { return };
    let script = format!("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo '{FAULT}'");
    for (options, tty) in [(&["-t"][..], true), (&[][..], false)] {
        let container = ran(&engine, &script, options);
        let digest = ask(&engine, question(&container, tty)).await.unwrap();
        assert_eq!(ids(&digest), ["OI-08"], "terminal: {tty}");
        assert_eq!(digest.cut, 1);
    }
}

#[tokio::test]
async fn fifty_megabytes_are_read_to_their_beginning() {
    let Some(engine) = engine() else { return };
    let container = long(&engine, 500);
    let digest = ask(&engine, question(&container, false)).await.unwrap();
    assert_eq!((digest.lines, digest.bound), (500_002, Bound::Whole));
    assert!(digest.bytes > 50_000_000, "{}", digest.bytes);
    assert_eq!(ids(&digest), ["OI-08"]);
}

/// What a container's own clock says is no matter: lines are timed by the engine's.
#[tokio::test]
async fn a_container_in_another_time_zone() {
    let Some(engine) = engine() else { return };
    let script = format!("date; echo '{FAULT}'; date");
    let container = ran(&engine, &script, &["-e", "TZ=UTC-11"]);
    let digest = ask(&engine, question(&container, false)).await.unwrap();
    let last = digest.groups[0].last.unwrap();
    let ago = Timestamp::now().duration_since(last).as_secs();
    assert!((0..600).contains(&ago), "{last}");
}

#[tokio::test]
async fn the_bound_that_ended_the_reading_is_said() {
    let Some(engine) = engine() else { return };
    let container = long(&engine, 40);
    for (change, bound, found) in [
        (
            &(|q: &mut ContainerLog| q.lines = Some(10)) as &dyn Fn(&mut ContainerLog),
            Bound::Lines,
            false,
        ),
        (&|q| q.bytes = Some(1 << 20), Bound::Size, false),
        (&|q| q.since = Some(Timestamp::now()), Bound::Age, false),
        // Only where it is asked for since the start is it the start that ends the reading.
        (
            &|q| {
                q.started = Some(Timestamp::now());
                q.since = q.started;
            },
            Bound::Start,
            false,
        ),
        (&|q| q.bytes = None, Bound::Whole, true),
    ] {
        let mut question = question(&container, false);
        change(&mut question);
        let digest = ask(&engine, question).await.unwrap();
        assert_eq!(digest.bound, bound);
        assert_eq!(!digest.groups.is_empty(), found, "{bound:?}");
    }
}

#[tokio::test]
async fn a_container_that_is_removed_meanwhile_is_no_crash() {
    let Some(engine) = engine() else { return };
    let container = long(&engine, 500);
    let mut all = question(&container, false);
    all.bytes = None;
    let look = ask(&engine, all);
    let remove = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        engine.try_docker(&["rm", "-f", &container.id])
    };
    // Either what was read by then, or why no more could be.
    let (_, removed) = tokio::join!(look, remove);
    assert!(removed.status.success());
    let after = ask(&engine, question(&container, false)).await.unwrap_err();
    assert!(matches!(after, ProbeError::Absent { .. }), "{after:?}");
}

#[tokio::test]
async fn a_log_that_the_engine_does_not_keep_is_unknown() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().with(&["--log-driver", "none"]));
    let error = ask(&engine, question(&container, false)).await.unwrap_err();
    assert!(error.to_string().contains("logging driver"), "{error}");
}

#[tokio::test]
async fn a_terminal_that_is_none_is_refused_and_not_misread() {
    let Some(engine) = engine() else { return };
    let container = ran(&engine, "echo plain", &["-t"]);
    let error = ask(&engine, question(&container, false)).await.unwrap_err();
    assert!(matches!(error, ProbeError::Malformed { .. }), "{error:?}");
}
