//! From the engine's own description of containers and volumes to ours.

use std::collections::{BTreeMap, HashMap};

use bollard::{
    models::{
        ContainerConfig, ContainerInspectResponse, ContainerState, ContainerSummary,
        EndpointSettings, Health as EngineHealth, HostConfig, MountPoint, PortMap,
    },
    query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder},
};

use super::{
    Compose, Container, EnvValue, Health, Listed, Mount, Network, Port, RestartPolicy, State,
    Status, Volume, client::Client, command_line,
};
use crate::probe::{ProbeError, Tools, redact::Redactor};

/// The longest output of a health check that is kept.
const HEALTH_OUTPUT: usize = 4096;

pub(super) async fn list(tools: &Tools) -> Result<Vec<Listed>, ProbeError> {
    let client = Client::connect(tools).await?;
    let every = ListContainersOptionsBuilder::default().all(true).build();
    let found = client
        .ask(
            "the list of containers",
            client.docker.list_containers(Some(every)),
        )
        .await?;
    Ok(found.into_iter().filter_map(listed_of).collect())
}

pub(super) async fn inspect(tools: &Tools, id: &str) -> Result<Container, ProbeError> {
    let client = Client::connect(tools).await?;
    let found = raw_inspect(&client, id).await?;
    Ok(container_of(found, &tools.redact))
}

/// The engine's description, secrets and all; it never leaves this module tree.
pub(super) async fn raw_inspect(
    client: &Client,
    id: &str,
) -> Result<ContainerInspectResponse, ProbeError> {
    let question = client
        .docker
        .inspect_container(id, None::<InspectContainerOptions>);
    client.ask(&called(id), question).await
}

pub(super) async fn volume(tools: &Tools, name: &str) -> Result<Volume, ProbeError> {
    let client = Client::connect(tools).await?;
    let question = client.docker.inspect_volume(name);
    let found = client.ask(&format!("volume {name}"), question).await?;
    Ok(Volume {
        created: found.created_at.and_then(moment),
    })
}

/// What people call a container of which only the id is known: its short id.
pub(super) fn called(id: &str) -> String {
    format!("container {}", id.get(..12).unwrap_or(id))
}

fn listed_of(summary: ContainerSummary) -> Option<Listed> {
    let names = summary.names.unwrap_or_default();
    Some(Listed {
        id: summary.id?,
        // Links give a container further names such as "/web/db"; its own has one slash.
        name: names
            .iter()
            .find(|name| name.matches('/').count() <= 1)
            .or(names.first())
            .map(|name| plain_name(name))
            .unwrap_or_default(),
        image: summary.image.unwrap_or_default(),
        command: summary.command.unwrap_or_default(),
        compose: compose_of(&summary.labels.unwrap_or_default()),
    })
}

fn plain_name(name: &str) -> String {
    name.strip_prefix('/').unwrap_or(name).to_owned()
}

pub(super) fn container_of(found: ContainerInspectResponse, redact: &Redactor) -> Container {
    let config = found.config.unwrap_or_default();
    let host = found.host_config.unwrap_or_default();
    let settings = found.network_settings.unwrap_or_default();
    let labels = config.labels.clone().unwrap_or_default();
    Container {
        id: found.id.unwrap_or_default(),
        name: plain_name(&found.name.unwrap_or_default()),
        image: config.image.clone().unwrap_or_default(),
        image_version: labels.get("org.opencontainers.image.version").cloned(),
        args: command_line::hidden(args_of(&config, found.args), redact),
        created: found.created.and_then(moment),
        // Before the error texts below pass the redactor it has to know the environment's secrets.
        env: env_of(config.env.unwrap_or_default(), redact),
        state: state_of(found.state.unwrap_or_default(), redact),
        restart_count: count(found.restart_count),
        restart_policy: restart_of(&host),
        tty: config.tty.unwrap_or_default(),
        hostname: config.hostname.unwrap_or_default(),
        ports: ports_of(settings.ports, host.port_bindings),
        networks: networks_of(settings.networks.unwrap_or_default()),
        network_mode: host.network_mode.unwrap_or_default(),
        extra_hosts: host.extra_hosts.unwrap_or_default(),
        mounts: mounts_of(found.mounts.unwrap_or_default()),
        memory_limit: count(host.memory),
        memory_swap: host.memory_swap.unwrap_or_default(),
        log_driver: host.log_config.and_then(|log| log.typ).unwrap_or_default(),
        compose: compose_of(&labels),
    }
}

/// The image's or compose's command; with none, what follows the entry point's program.
fn args_of(config: &ContainerConfig, args: Option<Vec<String>>) -> Vec<String> {
    match &config.cmd {
        Some(cmd) if !cmd.is_empty() => cmd.clone(),
        _ => args.unwrap_or_default(),
    }
}

fn count(number: Option<i64>) -> u64 {
    number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

/// A moment in the engine's words; engines write "never" as the year 1.
pub(super) fn moment(text: String) -> Option<String> {
    (!text.is_empty() && !text.starts_with("0001-01-01T")).then_some(text)
}

fn state_of(state: ContainerState, redact: &Redactor) -> State {
    State {
        status: status_of(&state.status.map(|s| s.to_string()).unwrap_or_default()),
        oom_killed: state.oom_killed.unwrap_or_default(),
        exit_code: state.exit_code.unwrap_or_default(),
        error: redact.text(&state.error.unwrap_or_default()),
        started: state.started_at.and_then(moment),
        finished: state.finished_at.and_then(moment),
        health: state.health.and_then(|health| health_of(health, redact)),
    }
}

fn status_of(word: &str) -> Status {
    match word {
        "created" => Status::Created,
        "running" => Status::Running,
        "paused" => Status::Paused,
        "restarting" => Status::Restarting,
        "exited" => Status::Exited,
        "dead" | "removing" => Status::Dead,
        other => Status::Other(other.to_owned()),
    }
}

/// `None` for a container without a health check, which engines also write as "none" or "".
fn health_of(health: EngineHealth, redact: &Redactor) -> Option<Health> {
    let status = health.status.map(|s| s.to_string()).unwrap_or_default();
    if status.is_empty() || status == "none" {
        return None;
    }
    let last = health.log.and_then(|mut log| log.pop());
    let last_exit = last.as_ref().and_then(|run| run.exit_code);
    let (last_output, last_end) = last.map_or((None, None), |run| (run.output, run.end));
    Some(Health {
        status,
        failing_streak: count(health.failing_streak),
        last_output: last_output.map(|text| cut_at(redact.text(&text), HEALTH_OUTPUT)),
        last_end: last_end.and_then(moment),
        last_exit,
    })
}

/// At most `limit` bytes, cut between characters.
fn cut_at(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
    }
    text
}

fn restart_of(host: &HostConfig) -> RestartPolicy {
    let name = host.restart_policy.as_ref().and_then(|p| p.name.as_ref());
    RestartPolicy {
        name: match name.map(ToString::to_string) {
            Some(name) if !name.is_empty() => name,
            _ => "no".into(),
        },
    }
}

/// What is published now; a container that does not run has only what it would publish.
fn ports_of(now: Option<PortMap>, wanted: Option<PortMap>) -> Vec<Port> {
    let published = flat(now.unwrap_or_default());
    if published.is_empty() {
        return flat(wanted.unwrap_or_default());
    }
    published
}

fn flat(map: PortMap) -> Vec<Port> {
    let mut ports: Vec<Port> = map
        .into_iter()
        .flat_map(|(inside, bindings)| {
            bindings
                .unwrap_or_default()
                .into_iter()
                .filter_map(move |binding| {
                    let (number, protocol) = inside.split_once('/').unwrap_or((&inside, "tcp"));
                    Some(Port {
                        inside: number.parse().ok()?,
                        protocol: protocol.to_owned(),
                        host_ip: binding.host_ip.unwrap_or_default(),
                        // Empty where the engine is to choose: not known before it runs.
                        outside: binding.host_port?.parse().ok()?,
                    })
                })
        })
        .collect();
    ports.sort_by(|a, b| {
        let key = |p: &Port| (p.inside, p.outside, p.protocol.clone(), p.host_ip.clone());
        key(a).cmp(&key(b))
    });
    ports
}

fn networks_of(networks: HashMap<String, EndpointSettings>) -> BTreeMap<String, Network> {
    networks
        .into_iter()
        .map(|(name, endpoint)| {
            let network = Network {
                ip: endpoint.ip_address.unwrap_or_default(),
                gateway: endpoint.gateway.unwrap_or_default(),
                aliases: endpoint.aliases.unwrap_or_default(),
            };
            (name, network)
        })
        .collect()
}

fn mounts_of(mounts: Vec<MountPoint>) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = mounts
        .into_iter()
        .map(|mount| Mount {
            kind: mount.typ.map(|kind| kind.to_string()).unwrap_or_default(),
            name: mount.name.filter(|name| !name.is_empty()),
            source: mount.source.unwrap_or_default(),
            destination: mount.destination.unwrap_or_default(),
        })
        .collect();
    mounts.sort_by(|a, b| a.destination.cmp(&b.destination));
    mounts
}

/// The environment with its secrets replaced. Secrets are learnt first, so that a secret that
/// also stands inside another variable, such as a URL, is found there.
fn env_of(env: Vec<String>, redact: &Redactor) -> BTreeMap<String, EnvValue> {
    let pairs = || {
        env.iter()
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    };
    pairs()
        .filter(|(name, value)| is_secret(name, value))
        .for_each(|(_, value)| redact.learn(value));
    pairs()
        .map(|(name, value)| {
            let value = if is_secret(name, value) {
                EnvValue::Secret(redact.mark(value))
            } else {
                EnvValue::Plain(redact.text(value))
            };
            (name.to_owned(), value)
        })
        .collect()
}

/// Whether a variable holds a secret itself: an empty one holds none, and authentik's
/// `file://` and `env://` only say where one stands (knowledge authentik.md A.4).
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let elsewhere = value.starts_with("file://") || value.starts_with("env://");
    !value.is_empty() && !elsewhere && Redactor::is_secret_name(name)
}

/// podman-compose writes `io.podman.compose.*`, and most versions Docker's labels as well.
fn compose_of(labels: &HashMap<String, String>) -> Option<Compose> {
    let label = |name: &str| {
        ["com.docker.compose", "io.podman.compose"]
            .iter()
            .find_map(|prefix| labels.get(&format!("{prefix}.{name}")))
            .filter(|value| !value.is_empty())
    };
    Some(Compose {
        project: label("project")?.clone(),
        service: label("service")?.clone(),
        files: label("project.config_files")
            .map(|files| files.split(',').map(|f| f.trim().to_owned()).collect())
            .unwrap_or_default(),
        folder: label("project.working_dir").cloned(),
        version: label("version").cloned(),
    })
}

#[cfg(test)]
#[path = "describe_tests.rs"]
mod tests;
