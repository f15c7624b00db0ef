use serde_json::json;

use super::*;

fn described(value: serde_json::Value) -> Container {
    container_of(serde_json::from_value(value).unwrap(), &Redactor::default())
}

#[test]
fn never_is_no_moment_and_names_lose_their_slash() {
    let found = described(json!({
        "Id": "abc", "Name": "/authentik-server-1", "Created": "2026-11-23T12:00:00.1Z",
        "State": {"Status": "created", "StartedAt": "0001-01-01T00:00:00Z", "FinishedAt": ""},
    }));
    assert_eq!(found.name, "authentik-server-1");
    assert_eq!(found.created.as_deref(), Some("2026-11-23T12:00:00.1Z"));
    assert_eq!(found.state.status, Status::Created);
    assert_eq!((found.state.started, found.state.finished), (None, None));
}

#[test]
fn a_container_killed_for_want_of_memory_says_so() {
    let found = described(json!({
        "State": {"Status": "exited", "OOMKilled": true, "ExitCode": 137},
        "HostConfig": {"Memory": 6291456, "RestartPolicy": {"Name": "unless-stopped"}},
        "RestartCount": 4,
    }));
    assert!(found.state.oom_killed);
    assert_eq!(found.state.exit_code, 137);
    assert_eq!((found.memory_limit, found.restart_count), (6_291_456, 4));
    assert_eq!(found.restart_policy.name, "unless-stopped");
}

#[test]
fn a_word_for_the_status_that_is_not_ours_is_kept() {
    assert_eq!(status_of("stopping"), Status::Other("stopping".into()));
    let found = described(json!({"State": {"Status": "stopping"}}));
    assert_eq!(found.state.status, Status::Other("stopping".into()));
}

#[test]
fn a_stopped_container_has_the_ports_it_would_publish() {
    let wanted = json!({"9000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9000"}],
                        "9443/tcp": [{"HostIp": "", "HostPort": ""}]});
    let stopped = described(json!({
        "HostConfig": {"PortBindings": wanted}, "NetworkSettings": {"Ports": {}},
    }));
    let port = |outside| Port {
        inside: 9000,
        protocol: "tcp".into(),
        host_ip: "127.0.0.1".into(),
        outside,
    };
    assert_eq!(stopped.ports, [port(9000)]);
    let running = described(json!({
        "HostConfig": {"PortBindings": wanted},
        "NetworkSettings": {"Ports": {
            "9000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}], "9443/tcp": null,
        }},
    }));
    assert_eq!(running.ports, [port(32768)]);
}

#[test]
fn health_is_told_only_where_there_is_a_check() {
    let with = |health| described(json!({"State": {"Health": health}})).state.health;
    assert_eq!(with(json!({"Status": "none", "Log": null})), None);
    let long = "é".repeat(4000);
    let health = with(json!({
        "Status": "unhealthy", "FailingStreak": 3,
        "Log": [{"End": "2026-11-23T12:00:00Z", "ExitCode": 1, "Output": "old"},
                {"End": "2026-11-23T12:00:30Z", "ExitCode": 1, "Output": long}],
    }));
    let health = health.unwrap();
    assert_eq!((&*health.status, health.failing_streak), ("unhealthy", 3));
    assert_eq!(health.last_end.as_deref(), Some("2026-11-23T12:00:30Z"));
    assert_eq!(health.last_output.unwrap().len(), HEALTH_OUTPUT);
}

#[test]
fn compose_and_podman_compose_are_read() {
    let docker = json!({
        "com.docker.compose.project": "sso", "com.docker.compose.service": "server",
        "com.docker.compose.project.config_files": "/srv/compose.yml,/srv/override.yml",
        "com.docker.compose.project.working_dir": "/srv",
    });
    let compose = described(json!({"Config": {"Labels": docker}}))
        .compose
        .unwrap();
    assert_eq!(compose.files, ["/srv/compose.yml", "/srv/override.yml"]);
    assert_eq!(compose.folder.as_deref(), Some("/srv"));
    let podman =
        json!({"io.podman.compose.project": "sso", "com.docker.compose.service": "worker"});
    let compose = described(json!({"Config": {"Labels": podman}}))
        .compose
        .unwrap();
    assert_eq!((&*compose.project, &*compose.service), ("sso", "worker"));
    assert_eq!(described(json!({"Config": {"Labels": null}})).compose, None);
}

#[test]
fn what_only_points_at_a_secret_is_none() {
    assert!(!is_secret(
        "AUTHENTIK_SECRET_KEY",
        "file:///run/secrets/key"
    ));
    assert!(!is_secret(
        "AUTHENTIK_POSTGRESQL__PASSWORD",
        "env://PG_PASS"
    ));
    assert!(!is_secret("AUTHENTIK_SECRET_KEY", ""));
}

#[test]
fn a_containers_own_name_is_told_from_its_links() {
    let summary: ContainerSummary = serde_json::from_value(json!({
        "Id": "abc", "Names": ["/web/db", "/db"], "Image": "postgres:17", "Command": "run",
    }))
    .unwrap();
    assert_eq!(listed_of(summary).unwrap().name, "db");
    assert!(listed_of(ContainerSummary::default()).is_none());
}
