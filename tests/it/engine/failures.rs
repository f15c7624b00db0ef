//! An engine that is not there, does not want to, or speaks otherwise: each its own failure.

use std::{path::Path, time::Duration};

use akdoctor::{
    evidence::Evidence,
    probe::{
        ProbeError,
        engine::{AskEngine, EngineEndpoint, InspectContainer, ListContainers, LogTail, Transport},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixListener, UnixStream},
};

use crate::support::{at_socket, evidence_for, evidence_within};

const VERSION: &str = r#"{"Version":"28.0.0","ApiVersion":"1.48"}"#;

/// An engine that gives `/version` as it should and everything else as told.
fn fake(folder: &Path, status: u16, body: &'static str) -> EngineEndpoint {
    let path = folder.join("docker.sock");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, status, body));
        }
    });
    at_socket(path)
}

async fn answer(mut stream: UnixStream, status: u16, body: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let version = String::from_utf8_lossy(&head).contains("/version ");
    let (status, body) = match version && status != 403 {
        true => (200, VERSION),
        false => (status, body),
    };
    let answer = format!(
        "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn list(evidence: &Evidence) -> ProbeError {
    evidence.ask(ListContainers).await.unwrap_err().error
}

fn tail() -> LogTail {
    LogTail {
        container: "abc".into(),
        tty: false,
        lines: 5,
    }
}

#[tokio::test]
async fn no_engine_is_skipped_and_one_that_cannot_be_used_is_not() {
    let absent = EngineEndpoint::Absent {
        looked_at: vec!["/var/run/docker.sock".into()],
    };
    let unknown = evidence_for(absent).ask(AskEngine).await.unwrap_err();
    assert!(unknown.is_not_configured());
    assert!(unknown.to_string().contains("/var/run/docker.sock"));
    let unusable = EngineEndpoint::Unusable {
        configured_by: "context far".into(),
        why: "it goes over ssh".into(),
    };
    let unknown = evidence_for(unusable).ask(AskEngine).await.unwrap_err();
    assert!(!unknown.is_not_configured());
    assert!(unknown.to_string().contains("context far"), "{unknown}");
}

#[tokio::test]
async fn a_socket_that_nobody_serves_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docker.sock");
    drop(UnixListener::bind(&path).unwrap());
    let error = list(&evidence_for(at_socket(&path))).await;
    let at = format!("unix://{}", path.display());
    assert_eq!(error, ProbeError::Refused { at });
}

#[tokio::test]
async fn a_configured_socket_that_is_missing_is_unreachable_and_not_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let error = list(&evidence_for(at_socket(folder.path().join("none")))).await;
    assert!(matches!(error, ProbeError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let endpoint = EngineEndpoint::At {
        transport: Transport::Tcp(address.clone()),
        configured_by: Some("DOCKER_HOST".into()),
    };
    let error = list(&evidence_for(endpoint)).await;
    let at = format!("tcp://{address}");
    assert_eq!(error, ProbeError::Refused { at });
}

#[tokio::test]
async fn a_proxy_that_forbids_is_not_an_absence() {
    let folder = tempfile::tempdir().unwrap();
    let page = "<html><body><h1>403 Forbidden</h1></body></html>";
    let evidence = evidence_for(fake(folder.path(), 403, page));
    let error = list(&evidence).await;
    assert!(matches!(error, ProbeError::NotAllowed { .. }), "{error}");
    assert!(error.to_string().contains("403") && !error.to_string().contains('<'));
}

#[tokio::test]
async fn a_proxy_that_forbids_one_question_forbids_only_that() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = evidence_for(fake(folder.path(), 401, "{\"message\":\"no logs\"}"));
    let error = evidence.ask(tail()).await.unwrap_err().error;
    assert!(matches!(error, ProbeError::NotAllowed { .. }), "{error}");
    assert!(error.to_string().contains("no logs"), "{error}");
}

#[tokio::test]
async fn an_engine_that_hangs_times_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docker.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let evidence = evidence_within(at_socket(&path), Duration::from_millis(200));
    let error = list(&evidence).await;
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn answers_of_another_shape_are_malformed() {
    for body in ["[{\"Id\":7}]", "[", "<html>", "{\"Id\":[]}"] {
        let folder = tempfile::tempdir().unwrap();
        let evidence = evidence_for(fake(folder.path(), 200, body));
        let error = list(&evidence).await;
        assert!(
            matches!(error, ProbeError::Malformed { .. }),
            "{body}: {error:?}"
        );
        let id = "abc".to_owned();
        let error = evidence
            .ask(InspectContainer { id })
            .await
            .unwrap_err()
            .error;
        assert!(
            matches!(error, ProbeError::Malformed { .. }),
            "{body}: {error:?}"
        );
        let error = evidence.ask(tail()).await.unwrap_err().error;
        assert!(
            matches!(error, ProbeError::Malformed { .. }),
            "{body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_http_is_malformed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docker.sock");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let error = list(&evidence_for(at_socket(&path))).await;
    assert!(matches!(error, ProbeError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn an_engines_own_failure_is_told_in_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = evidence_for(fake(folder.path(), 500, "{\"message\":\"disk full\"}"));
    let error = list(&evidence).await;
    assert!(matches!(error, ProbeError::Failed { .. }), "{error}");
    assert!(error.to_string().contains("disk full"), "{error}");
}
