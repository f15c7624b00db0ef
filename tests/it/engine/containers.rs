//! Containers in every state, and files in them.

use std::{collections::BTreeMap, time::Duration};

use akdoctor::{
    evidence::Evidence,
    probe::{
        ProbeError,
        engine::{
            AskEngine, Container, InspectContainer, InspectVolume, ListContainers, Port, ReadFile,
            Status,
        },
    },
};

use crate::support::{ContainerSpec, EngineHarness, TestContainer, engine, evidence_for, unique};

async fn inspect(engine: &EngineHarness, container: &TestContainer) -> Container {
    let id = container.id.clone();
    let evidence = evidence_for(engine.endpoint());
    let found = evidence.ask(InspectContainer { id }).await.unwrap();
    Container::clone(&found)
}

/// Asks until it is as wanted: health checks and restarts take their time.
async fn eventually(
    engine: &EngineHarness,
    container: &TestContainer,
    wanted: impl Fn(&Container) -> bool,
) -> Container {
    for _ in 0..100 {
        let found = inspect(engine, container).await;
        if wanted(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    panic!("never as wanted: {:?}", inspect(engine, container).await);
}

#[tokio::test]
async fn the_engine_says_what_it_is() {
    let Some(engine) = engine() else { return };
    let found = evidence_for(engine.endpoint())
        .ask(AskEngine)
        .await
        .unwrap();
    let version = engine.docker(&["version", "--format", "{{.Server.Version}}"]);
    assert_eq!(found.version, version);
    assert!(!found.kernel.is_empty() && !found.operating_system.is_empty());
    assert!(found.endpoint.contains("://"), "{}", found.endpoint);
}

#[tokio::test]
async fn a_running_container_is_described_whole() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().with(&[
        "--add-host",
        "host.docker.internal:192.0.2.7",
        "-p",
        "127.0.0.1::9000",
        "--hostname",
        "inside",
        "--restart",
        "unless-stopped",
        "-e",
        "PLAIN=a=b",
        "--label",
        "org.opencontainers.image.version=2025.10.1",
        "--memory",
        "64m",
    ]));
    let found = inspect(&engine, &container).await;
    assert_eq!((&found.id, &found.name), (&container.id, &container.name));
    assert_eq!(found.image, engine.image());
    assert_eq!(found.image_version.as_deref(), Some("2025.10.1"));
    assert_eq!(found.args, ["sleep", "600"]);
    assert_eq!(found.state.status, Status::Running);
    assert!(found.state.started.is_some() && found.state.finished.is_none());
    assert_eq!(found.state.health, None);
    assert_eq!(found.hostname, "inside");
    assert_eq!(found.extra_hosts, ["host.docker.internal:192.0.2.7"]);
    assert_eq!(found.restart_policy.name, "unless-stopped");
    assert_eq!(found.env["PLAIN"].plain(), Some("a=b"));
    assert_eq!(found.memory_limit, 64 << 20);
    assert!(!found.tty && found.compose.is_none());
    let [
        Port {
            inside,
            outside,
            host_ip,
            protocol,
        },
    ] = &found.ports[..]
    else {
        panic!("{:?}", found.ports);
    };
    assert_eq!(
        (*inside, &**host_ip, &**protocol),
        (9000, "127.0.0.1", "tcp")
    );
    assert!(*outside > 0);
}

#[tokio::test]
async fn a_container_that_ended_keeps_its_exit_code_its_ports_and_its_files() {
    let Some(engine) = engine() else { return };
    let stopped = engine.run(
        ContainerSpec::shell("echo left behind > /note; exit 3")
            .with(&["-p", "127.0.0.1:49317:9000"]),
    );
    let found = eventually(&engine, &stopped, |c| c.state.status == Status::Exited).await;
    assert_eq!(found.state.exit_code, 3);
    assert!(found.state.finished.is_some());
    assert_eq!(
        (found.ports[0].inside, found.ports[0].outside),
        (9000, 49317)
    );
    let evidence = evidence_for(engine.endpoint());
    assert_eq!(
        read(&evidence, &stopped, "/note").await.unwrap(),
        "left behind\n"
    );
}

#[tokio::test]
async fn killed_never_started_and_paused_are_told_apart() {
    let Some(engine) = engine() else { return };
    let killed = engine.run(ContainerSpec::idle());
    engine.docker(&["kill", &killed.id]);
    let found = eventually(&engine, &killed, |c| c.state.status == Status::Exited).await;
    assert_eq!(
        (found.state.exit_code, found.state.oom_killed),
        (137, false)
    );
    let created = engine.run(ContainerSpec::idle().not_started());
    let found = inspect(&engine, &created).await;
    assert_eq!(
        (found.state.status, found.state.started),
        (Status::Created, None)
    );
    let paused = engine.run(ContainerSpec::idle());
    engine.docker(&["pause", &paused.id]);
    assert_eq!(inspect(&engine, &paused).await.state.status, Status::Paused);
}

#[tokio::test]
async fn a_container_that_ends_again_and_again_is_counted() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::new(&["false"]).with(&["--restart", "always"]));
    let found = eventually(&engine, &container, |c| {
        c.restart_count >= 1 && c.state.status == Status::Restarting
    })
    .await;
    assert_eq!(found.restart_policy.name, "always");
    assert_eq!(found.state.exit_code, 1);
}

#[tokio::test]
async fn an_unhealthy_container_says_what_its_check_said() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().with(&[
        "--health-cmd",
        "echo no database; false",
        "--health-interval=1s",
        "--health-retries=1",
    ]));
    let unhealthy = |c: &Container| {
        let health = c.state.health.as_ref();
        health.is_some_and(|health| health.status == "unhealthy")
    };
    let health = eventually(&engine, &container, unhealthy)
        .await
        .state
        .health
        .unwrap();
    assert!(health.failing_streak >= 1);
    assert_eq!(health.last_output.as_deref(), Some("no database\n"));
    assert!(health.last_end.is_some());
}

#[tokio::test]
async fn a_container_out_of_memory_is_told_from_a_killed_one() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::new(&["tail", "/dev/zero"]).with(&[
        "--memory",
        "6m",
        "--memory-swap",
        "6m",
    ]));
    let found = eventually(&engine, &container, |c| c.state.status == Status::Exited).await;
    assert_eq!((found.state.exit_code, found.state.oom_killed), (137, true));
}

#[tokio::test]
async fn compose_labels_and_the_list() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().not_started().with(&[
        "--label",
        "com.docker.compose.project=sso",
        "--label",
        "com.docker.compose.service=server",
        "--label",
        "com.docker.compose.project.config_files=/srv/compose.yml,/srv/more.yml",
        "--label",
        "com.docker.compose.project.working_dir=/srv",
    ]));
    let list = evidence_for(engine.endpoint())
        .ask(ListContainers)
        .await
        .unwrap();
    let listed = list
        .iter()
        .find(|listed| listed.id == container.id)
        .unwrap();
    assert_eq!(
        (&*listed.name, &*listed.image),
        (&*container.name, engine.image())
    );
    assert!(listed.command.contains("sleep"), "{}", listed.command);
    let compose = inspect(&engine, &container).await.compose;
    assert_eq!(listed.compose, compose);
    assert_eq!(
        compose.unwrap().files,
        ["/srv/compose.yml", "/srv/more.yml"]
    );
}

#[tokio::test]
async fn secrets_of_the_environment_never_come_back() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().not_started().with(&[
        "-e",
        "AUTHENTIK_SECRET_KEY=hJ2kS9dLq0ZxV7bN4mWt",
        "-e",
        "AUTHENTIK_POSTGRESQL__PASSWORD=file:///run/secrets/pg",
        "-e",
        "DATABASE_URL=postgres://u:hJ2kS9dLq0ZxV7bN4mWt@db/a",
    ]));
    let evidence = evidence_for(engine.endpoint());
    let id = container.id.clone();
    let found = evidence.ask(InspectContainer { id }).await.unwrap();
    let written = serde_json::to_string(&evidence.record()).unwrap();
    assert!(!written.contains("hJ2kS9dLq0ZxV7bN4mWt"), "{written}");
    assert_eq!(found.env["AUTHENTIK_SECRET_KEY"].plain(), None);
    let reference = found.env["AUTHENTIK_POSTGRESQL__PASSWORD"].plain();
    assert_eq!(reference, Some("file:///run/secrets/pg"));
}

#[tokio::test]
async fn every_network_of_a_container_is_there() {
    let Some(engine) = engine() else { return };
    let (first, second) = (engine.network(), engine.network());
    let container = engine.run(ContainerSpec::idle().with(&[
        "--network",
        &first.name,
        "--network-alias",
        "server",
    ]));
    engine.docker(&["network", "connect", &second.name, &container.id]);
    let found = inspect(&engine, &container).await;
    assert_eq!(found.network_mode, first.name);
    let named: BTreeMap<_, _> = found.networks.iter().collect();
    assert_eq!(named.len(), 2);
    for network in [&first, &second] {
        let network = named[&network.name];
        assert!(!network.ip.is_empty() && !network.gateway.is_empty());
    }
    assert!(named[&first.name].aliases.contains(&"server".to_owned()));
    drop(container);
}

#[tokio::test]
async fn a_volume_has_a_day_of_birth_and_a_missing_one_is_absent() {
    let Some(engine) = engine() else { return };
    let name = unique("v");
    engine.docker(&["volume", "create", &name]);
    let evidence = evidence_for(engine.endpoint());
    let volume = evidence.ask(InspectVolume { name: name.clone() }).await;
    engine.docker(&["volume", "rm", &name]);
    assert!(volume.unwrap().created.is_some());
    let missing = InspectVolume {
        name: unique("none"),
    };
    let error = evidence.ask(missing).await.unwrap_err().error;
    assert!(matches!(error, ProbeError::Absent { .. }), "{error}");
}

#[tokio::test]
async fn a_container_that_vanished_since_the_list_is_absent() {
    let Some(engine) = engine() else { return };
    let container = engine.run(ContainerSpec::idle().not_started());
    let evidence = evidence_for(engine.endpoint());
    let list = evidence.ask(ListContainers).await.unwrap();
    let id = list
        .iter()
        .find(|l| l.id == container.id)
        .unwrap()
        .id
        .clone();
    drop(container);
    let error = evidence
        .ask(InspectContainer { id })
        .await
        .unwrap_err()
        .error;
    assert!(matches!(error, ProbeError::Absent { .. }), "{error}");
}

async fn read(
    evidence: &Evidence,
    container: &TestContainer,
    path: &str,
) -> Result<String, ProbeError> {
    let question = ReadFile {
        container: container.id.clone(),
        path: path.into(),
    };
    let answer = evidence.ask(question).await;
    answer
        .map(|file| file.text.clone())
        .map_err(|unknown| unknown.error)
}

#[tokio::test]
async fn files_are_read_without_a_shell_and_what_is_no_file_is_named() {
    let Some(engine) = engine() else { return };
    let evidence = evidence_for(engine.endpoint());
    let bare = engine.run(ContainerSpec::bare().with(&["--add-host", "authentik.test:192.0.2.9"]));
    let hosts = read(&evidence, &bare, "/etc/hosts").await.unwrap();
    assert!(hosts.contains("192.0.2.9\tauthentik.test"), "{hosts}");
    let missing = read(&evidence, &bare, "/no/such").await.unwrap_err();
    assert!(matches!(missing, ProbeError::Absent { .. }), "{missing}");
    let folder = read(&evidence, &bare, "/etc").await.unwrap_err();
    assert!(
        folder.to_string().contains("/etc is a directory"),
        "{folder}"
    );
    let large = read(&evidence, &bare, "/busybox-server").await.unwrap_err();
    assert!(matches!(large, ProbeError::TooLarge { .. }), "{large}");

    let links = engine.run(ContainerSpec::shell(
        "mkdir -p /a 2>/dev/null; /bin/busybox mkdir -p /a; echo x > /file; \
         /bin/busybox ln -s ../file /a/once; /bin/busybox ln -s once /a/twice",
    ));
    eventually(&engine, &links, |c| c.state.status == Status::Exited).await;
    assert_eq!(read(&evidence, &links, "/a/once").await.unwrap(), "x\n");
    let twice = read(&evidence, &links, "/a/twice").await.unwrap_err();
    assert!(twice.to_string().contains("link to a link"), "{twice}");
}
