//! Commands in containers.

use akdoctor::probe::{
    ProbeError,
    engine::{Exec, Executed, SecretRef},
};

use crate::support::{ContainerSpec, EngineHarness, TestContainer, engine, evidence_for};

fn question(container: &TestContainer, argv: &[&str]) -> Exec {
    Exec {
        container: container.id.clone(),
        argv: argv.iter().map(|&part| part.to_owned()).collect(),
        secrets: Vec::new(),
        stdin: None,
        label: argv.join(" "),
    }
}

async fn exec(engine: &EngineHarness, question: Exec) -> Result<Executed, ProbeError> {
    let answer = evidence_for(engine.endpoint()).ask(question).await;
    let answer = answer.map_err(|unknown| unknown.error)?;
    Ok(Executed::clone(&answer))
}

#[tokio::test]
async fn input_both_outputs_and_the_exit_code() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle());
    let script = "cat; echo to stderr >&2; exit 7";
    let input = format!("{}grüße\n", "a line of input\n".repeat(20_000));
    let told = exec(
        &engine,
        Exec {
            stdin: Some(input.clone()),
            ..question(&container, &["sh", "-c", script])
        },
    )
    .await
    .unwrap();
    assert_eq!(told.exit_code, 7);
    assert!(
        told.stdout == input,
        "{} bytes came back",
        told.stdout.len()
    );
    assert_eq!(told.stderr, "to stderr\n");

    let deaf = Exec {
        stdin: Some(input),
        ..question(&container, &["true"])
    };
    assert_eq!(exec(&engine, deaf).await.unwrap().exit_code, 0);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_clear_and_so_is_a_container_that_does_not_run() {
    let Some(engine) = engine() else { return };
    let bare = engine.run(ContainerSpec::bare());
    let told = exec(&engine, question(&bare, &["sh", "-c", "true"]))
        .await
        .unwrap();
    assert!(matches!(told.exit_code, 126 | 127), "{told:?}");
    assert_eq!(told.stdout, "");
    assert!(told.stderr.contains("executable file"), "{told:?}");

    let stopped = engine.run(ContainerSpec::idle().not_started());
    let error = exec(&engine, question(&stopped, &["true"]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not running"), "{error}");
    assert!(matches!(error, ProbeError::Failed { .. }));
}

#[tokio::test]
async fn a_secret_goes_by_the_environment_whatever_form_it_has() {
    let Some(engine) = engine() else { return };
    let container = engine.run(
        ContainerSpec::shell("echo from-file > /secret; exec sleep 600").with(&[
            "-e",
            "DIRECT=direct-value",
            "-e",
            "BY_FILE=file:///secret",
            "-e",
            "BY_NAME=env://DIRECT",
        ]),
    );
    for (variable, length) in [("DIRECT", "12"), ("BY_FILE", "9"), ("BY_NAME", "12")] {
        let secret = SecretRef {
            container: container.id.clone(),
            variable: variable.into(),
        };
        let told = exec(
            &engine,
            Exec {
                secrets: vec![("SECRET".into(), secret)],
                label: variable.into(),
                ..question(&container, &["sh", "-c", "echo ${#SECRET}"])
            },
        )
        .await
        .unwrap();
        assert_eq!(told.stdout.trim(), length, "{variable}");
    }
    let nowhere = SecretRef {
        container: container.id.clone(),
        variable: "UNSET".into(),
    };
    let error = exec(
        &engine,
        Exec {
            secrets: vec![("SECRET".into(), nowhere)],
            ..question(&container, &["true"])
        },
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("variable UNSET"), "{error}");
}
