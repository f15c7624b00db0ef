//! The container engine, as a real client sees it.

use super::engine_address;
use akdoctor::simulate::{Playing, play};
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;

fn docker(playing: &Playing) -> Docker {
    Docker::connect_with_http(&engine_address(playing), 5, bollard::API_DEFAULT_VERSION).unwrap()
}

#[tokio::test]
async fn bollard_lists_and_inspects() {
    let playing = play("oom").await.unwrap();
    let docker = docker(&playing);
    docker.ping().await.unwrap();
    assert_eq!(docker.version().await.unwrap().version.unwrap(), "28.2.2");
    assert_eq!(docker.info().await.unwrap().containers, Some(8));
    let all = ListContainersOptionsBuilder::default().all(true).build();
    let listed = docker.list_containers(Some(all)).await.unwrap();
    assert_eq!(listed.len(), 8);
    let server = listed
        .iter()
        .find(|row| row.names.as_ref().unwrap()[0] == "/authentik-server")
        .unwrap();
    let labels = server.labels.as_ref().unwrap();
    assert_eq!(labels["com.docker.compose.service"], "server");
    let id = server.id.clone().unwrap();
    let full = docker
        .inspect_container(&id, None::<InspectContainerOptions>)
        .await
        .unwrap();
    let state = full.state.unwrap();
    assert_eq!(
        (state.oom_killed, state.exit_code, state.restarting),
        (Some(true), Some(137), Some(true))
    );
    assert_eq!(full.restart_count, Some(7));
    let host = full.host_config.unwrap();
    assert_eq!(
        host.extra_hosts.unwrap(),
        ["host.docker.internal:host-gateway"]
    );
    let volume = docker.inspect_volume("authentik_database").await.unwrap();
    assert!(volume.created_at.is_some());
    assert!(
        docker
            .inspect_container("nobody", None::<InspectContainerOptions>)
            .await
            .is_err()
    );
}

/// Exit code, standard output and standard error of a command.
async fn run(
    docker: &Docker,
    container: &str,
    words: &[&str],
    input: Option<&str>,
) -> (i64, String, String) {
    let options = CreateExecOptions {
        cmd: Some(words.to_vec()),
        attach_stdin: Some(input.is_some()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..Default::default()
    };
    let exec = docker.create_exec(container, options).await.unwrap();
    let StartExecResults::Attached {
        mut output,
        input: mut stdin,
    } = docker.start_exec(&exec.id, None).await.unwrap()
    else {
        panic!("not attached");
    };
    if let Some(text) = input {
        use tokio::io::AsyncWriteExt;
        stdin.write_all(text.as_bytes()).await.unwrap();
        stdin.shutdown().await.unwrap();
    }
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(chunk) = output.next().await {
        match chunk.unwrap() {
            LogOutput::StdErr { message } => err.extend_from_slice(&message),
            other => out.extend_from_slice(&other.into_bytes()),
        }
    }
    let code = docker
        .inspect_exec(&exec.id)
        .await
        .unwrap()
        .exit_code
        .unwrap();
    (
        code,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[tokio::test]
async fn bollard_runs_commands() {
    let playing = play("healthy").await.unwrap();
    let docker = docker(&playing);
    let (code, out, _) = run(
        &docker,
        "authentik-postgresql",
        &["df", "-Pk", "/var/lib/postgresql/data"],
        None,
    )
    .await;
    assert!(code == 0 && out.contains("41%"), "{code} {out}");
    let (code, out, _) = run(
        &docker,
        "authentik-server",
        &["ak", "shell"],
        Some("print(1)\n"),
    )
    .await;
    let facts = out
        .trim()
        .strip_prefix("AKD_BEGIN")
        .unwrap()
        .strip_suffix("AKD_END")
        .unwrap();
    let facts: Value = serde_json::from_str(facts).unwrap();
    assert_eq!((code, &facts["version"]), (0, &"2025.10.0-rc1".into()));
    let (code, out, _) = run(&docker, "gitea", &["bash"], None).await;
    assert!(
        code == 127 && out.contains("executable file not found"),
        "{out}"
    );

    let stopped = play("database-down").await.unwrap();
    let options = CreateExecOptions {
        cmd: Some(vec!["true"]),
        ..Default::default()
    };
    let error = self::docker(&stopped)
        .create_exec("authentik-postgresql", options)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("is not running"), "{error}");
}

#[tokio::test]
async fn bollard_reads_files_and_logs() {
    let playing = play("healthy").await.unwrap();
    let docker = docker(&playing);
    let path = DownloadFromContainerOptionsBuilder::default()
        .path("/etc/hosts")
        .build();
    let parts: Vec<Bytes> = docker
        .download_from_container("coder", Some(path))
        .try_collect()
        .await
        .unwrap();
    let bytes = parts.concat();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut file = archive.entries().unwrap().next().unwrap().unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut file, &mut text).unwrap();
    assert!(text.contains("172.17.0.1\thost.docker.internal"), "{text}");

    let options = bollard::query_parameters::LogsOptionsBuilder::default()
        .stdout(true)
        .timestamps(true)
        .tail("2")
        .build();
    let lines: Vec<_> = docker
        .logs("authentik-server", Some(options))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(lines.len(), 2);
    let line = lines[1].to_string();
    let (stamp, rest) = line.split_once(' ').unwrap();
    assert!(
        stamp.parse::<jiff::Timestamp>().is_ok() && rest.starts_with('{'),
        "{line}"
    );
}
