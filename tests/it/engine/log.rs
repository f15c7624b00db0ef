//! The end of containers' logs.

use std::time::Duration;

use akdoctor::probe::{
    ProbeError,
    engine::{LogLine, LogTail},
};

use crate::support::{ContainerSpec, EngineHarness, TestContainer, engine, evidence_for};

async fn tail(
    engine: &EngineHarness,
    container: &TestContainer,
    tty: bool,
) -> Result<Vec<LogLine>, ProbeError> {
    let question = LogTail {
        container: container.id.clone(),
        tty,
        lines: 50,
    };
    let answer = evidence_for(engine.endpoint()).ask(question).await;
    let answer = answer.map_err(|unknown| unknown.error)?;
    Ok(answer.lines.clone())
}

/// Asks until the last line is there: the engine writes logs a little later.
async fn tail_to(engine: &EngineHarness, container: &TestContainer, tty: bool) -> Vec<LogLine> {
    for _ in 0..100 {
        let lines = tail(engine, container, tty).await.unwrap();
        if lines.iter().any(|line| line.text == "end") {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never ended: {:?}", tail(engine, container, tty).await);
}

#[tokio::test]
async fn both_streams_with_stamps_and_whole_long_lines() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::shell(
        "echo out; echo err >&2; head -c 40000 /dev/zero | tr '\\0' x; echo; echo; echo end",
    ));
    let lines = tail_to(&engine, &container, false).await;
    let on = |stderr: bool| -> Vec<&str> {
        let lines = lines.iter().filter(|line| line.stderr == stderr);
        lines.map(|line| line.text.as_str()).collect()
    };
    assert_eq!(on(true), ["err"]);
    let [first, long, empty, end] = on(false)[..] else {
        panic!("{} lines", lines.len());
    };
    assert_eq!((first, empty, end), ("out", "", "end"));
    assert!(
        long.len() == 40_000 && long.bytes().all(|b| b == b'x'),
        "{}",
        long.len()
    );
    for line in &lines {
        let at = line.at.as_deref().unwrap();
        assert!(at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    }
}

#[tokio::test]
async fn a_line_longer_than_any_reader_wants_is_cut() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::shell(
        "head -c 600000 /dev/zero | tr '\\0' y; echo; echo end",
    ));
    let lines = tail_to(&engine, &container, false).await;
    let longest = lines.iter().map(|line| line.text.len()).max().unwrap();
    assert!((200_000..=256 << 10).contains(&longest), "{longest}");
}

#[tokio::test]
async fn a_terminals_line_that_begins_with_byte_one_loses_nothing() {
    let Some(engine) = engine() else { return };
    let container = engine.run(
        ContainerSpec::shell("printf '\\001\\000\\000\\000ab\\ncd\\n'; echo err >&2; echo end")
            .with(&["-t"]),
    );
    let lines = tail_to(&engine, &container, true).await;
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["\u{1}\0\0\0ab", "cd", "err", "end"]);
}

#[tokio::test]
async fn a_log_that_the_engine_does_not_keep_is_refused_in_its_words() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().with(&["--log-driver", "none"]));
    let error = tail(&engine, &container, false).await.unwrap_err();
    assert!(matches!(error, ProbeError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("logging driver"), "{error}");
}
