//! A container as the simulated engine describes it, in the list and by itself.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{super::world::Container, Engine, Found, nanoseconds};

/// What the engine writes for a time that never was.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A line of the list.
pub(super) fn row(engine: &Engine, found: Found<'_>) -> Value {
    let spec = found.spec;
    json!({
        "Id": found.id(),
        "Names": [format!("/{}", found.name)],
        "Image": spec.image,
        "ImageID": format!("sha256:{}", super::id_of(&spec.image)),
        "Command": command_line(spec),
        "Created": spec.created.from(engine.began).as_second(),
        "Ports": spec.ports.iter().filter_map(|port| Published::read(port)).map(|port| port.row()).collect::<Value>(),
        "Labels": labels(spec),
        "State": spec.status,
        "Status": status_line(spec),
        "HostConfig": {"NetworkMode": spec.network},
        "NetworkSettings": {"Networks": networks(found)},
        "Mounts": mounts(spec),
    })
}

/// All about a container.
pub(super) fn full(engine: &Engine, found: Found<'_>) -> Value {
    let spec = found.spec;
    let mut words = spec.entrypoint.iter().chain(&spec.command);
    json!({
        "Id": found.id(),
        "Created": nanoseconds(spec.created.from(engine.began)),
        "Path": words.next(),
        "Args": words.collect::<Vec<_>>(),
        "State": state(engine.began, spec),
        "Image": format!("sha256:{}", super::id_of(&spec.image)),
        "Name": format!("/{}", found.name),
        "RestartCount": spec.restart_count,
        "Driver": "overlay2",
        "Platform": "linux",
        "HostConfig": host_config(spec),
        "Mounts": mounts(spec),
        "Config": config(found),
        "NetworkSettings": {"Ports": port_bindings(spec), "Networks": networks(found)},
    })
}

fn state(began: Timestamp, spec: &Container) -> Value {
    let at = |moment: Option<super::super::time::Ago>| {
        moment.map_or_else(|| NEVER.to_owned(), |ago| nanoseconds(ago.from(began)))
    };
    let status = spec.status.as_str();
    let mut state = json!({
        "Status": status,
        // The engine counts a container that it is about to restart, or that is frozen, as running.
        "Running": matches!(status, "running" | "paused" | "restarting"),
        "Paused": status == "paused",
        "Restarting": status == "restarting",
        "OOMKilled": spec.oom_killed,
        "Dead": status == "dead",
        "Pid": if spec.is_alive() { 4242 } else { 0 },
        "ExitCode": spec.exit_code,
        "Error": spec.error,
        "StartedAt": at(spec.started),
        "FinishedAt": at(spec.finished),
    });
    if let Some(health) = &spec.health {
        state["Health"] = json!({
            "Status": health,
            "FailingStreak": spec.failing_streak,
            "Log": [{
                "Start": nanoseconds(began),
                "End": nanoseconds(began),
                "ExitCode": i32::from(health != "healthy"),
                "Output": spec.health_output,
            }],
        });
    }
    state
}

fn host_config(spec: &Container) -> Value {
    json!({
        "Binds": spec.volumes.iter().map(|(inside, name)| format!("{name}:{inside}:rw")).collect::<Vec<_>>(),
        "LogConfig": {"Type": "json-file", "Config": {}},
        "NetworkMode": spec.network,
        "PortBindings": port_bindings(spec),
        "RestartPolicy": {"Name": spec.restart, "MaximumRetryCount": 0},
        "ExtraHosts": spec.extra_hosts,
        "Memory": spec.memory,
        "MemorySwap": spec.memory * 2,
        "Privileged": false,
        "ReadonlyRootfs": false,
        "ShmSize": 67_108_864,
    })
}

fn config(found: Found<'_>) -> Value {
    let spec = found.spec;
    let env: Vec<_> = spec
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    json!({
        "Hostname": &found.id()[..12],
        "User": "",
        "Tty": false,
        "OpenStdin": false,
        "Env": env,
        "Cmd": spec.command,
        "Image": spec.image,
        "Entrypoint": if spec.entrypoint.is_empty() { Value::Null } else { json!(spec.entrypoint) },
        "WorkingDir": "",
        "Labels": labels(spec),
    })
}

fn labels(spec: &Container) -> Map<String, Value> {
    let mut labels = Map::new();
    let mut put = |name: &str, value: &str| labels.insert(name.to_owned(), value.into());
    if let Some(version) = &spec.version {
        put("org.opencontainers.image.version", version);
    }
    if let (Some(project), Some(service)) = (&spec.project, &spec.service) {
        put("com.docker.compose.project", project);
        put("com.docker.compose.service", service);
        put("com.docker.compose.oneoff", "False");
        put("com.docker.compose.container-number", "1");
        put(
            "com.docker.compose.project.working_dir",
            &format!("/opt/{project}"),
        );
        let file = format!("/opt/{project}/docker-compose.yml");
        put("com.docker.compose.project.config_files", &file);
    }
    labels
}

fn mounts(spec: &Container) -> Value {
    let mount = |(inside, name): (&String, &String)| {
        json!({
            "Type": "volume",
            "Name": name,
            "Source": format!("/var/lib/docker/volumes/{name}/_data"),
            "Destination": inside,
            "Driver": "local",
            "Mode": "rw",
            "RW": true,
            "Propagation": "",
        })
    };
    spec.volumes.iter().map(mount).collect()
}

fn networks(found: Found<'_>) -> Value {
    let spec = found.spec;
    let alive = spec.is_alive();
    let gateway = spec.ip.rsplit_once('.').map(|(net, _)| format!("{net}.1"));
    let aliases: Vec<_> = [Some(found.name), spec.service.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    json!({&spec.network: {
        "Aliases": aliases,
        "IPAddress": if alive { spec.ip.as_str() } else { "" },
        "IPPrefixLen": if alive { 16 } else { 0 },
        "Gateway": gateway.filter(|_| alive).unwrap_or_default(),
        "MacAddress": "",
        "DNSNames": aliases,
    }})
}

/// Every network of the engine: the default bridge, and those that containers are on.
pub(super) fn all_networks(engine: &Engine) -> Value {
    let mut gateways = std::collections::BTreeMap::from([("bridge", "172.17.0.1".to_owned())]);
    for found in engine.containers() {
        let ip = found.spec.ip.rsplit_once('.');
        let gateway = ip.map(|(net, _)| format!("{net}.1")).unwrap_or_default();
        gateways.entry(&found.spec.network).or_insert(gateway);
    }
    let network = |(name, gateway): (&str, String)| {
        json!({
            "Name": name,
            "Id": super::id_of(name),
            "Driver": "bridge",
            "Scope": "local",
            "IPAM": {"Driver": "default", "Config": [{"Gateway": gateway}]},
            "Internal": false,
        })
    };
    gateways.into_iter().map(network).collect()
}

/// A published port.
struct Published<'a> {
    host_ip: &'a str,
    outside: u16,
    inside: u16,
    protocol: &'a str,
}

impl<'a> Published<'a> {
    /// Reads `0.0.0.0:9000:9000/tcp`.
    fn read(text: &'a str) -> Option<Self> {
        let (rest, protocol) = text.split_once('/')?;
        let (rest, inside) = rest.rsplit_once(':')?;
        let (host_ip, outside) = rest.rsplit_once(':')?;
        Some(Self {
            host_ip,
            outside: outside.parse().ok()?,
            inside: inside.parse().ok()?,
            protocol,
        })
    }

    fn row(&self) -> Value {
        json!({"IP": self.host_ip, "PrivatePort": self.inside, "PublicPort": self.outside, "Type": self.protocol})
    }
}

fn port_bindings(spec: &Container) -> Map<String, Value> {
    let mut bindings = Map::new();
    for port in spec.ports.iter().filter_map(|port| Published::read(port)) {
        bindings.insert(
            format!("{}/{}", port.inside, port.protocol),
            json!([{"HostIp": port.host_ip, "HostPort": port.outside.to_string()}]),
        );
    }
    bindings
}

fn command_line(spec: &Container) -> String {
    let words: Vec<_> = spec
        .entrypoint
        .iter()
        .chain(&spec.command)
        .map(String::as_str)
        .collect();
    words.join(" ")
}

/// The status in words, as `docker ps` shows it.
fn status_line(spec: &Container) -> String {
    let since = |ago: Option<super::super::time::Ago>| ago.map_or(0, |ago| ago.seconds()) / 60;
    match (spec.status.as_str(), &spec.health) {
        ("running", Some(health)) => format!("Up {} minutes ({health})", since(spec.started)),
        ("running", None) => format!("Up {} minutes", since(spec.started)),
        ("paused", _) => format!("Up {} minutes (Paused)", since(spec.started)),
        ("restarting", _) => format!(
            "Restarting ({}) {} minutes ago",
            spec.exit_code,
            since(spec.finished)
        ),
        ("created", _) => "Created".into(),
        (_, _) => format!(
            "Exited ({}) {} minutes ago",
            spec.exit_code,
            since(spec.finished)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_port_is_read() {
        let port = Published::read("0.0.0.0:9443:9444/tcp").unwrap();
        assert_eq!(
            (port.host_ip, port.outside, port.inside, port.protocol),
            ("0.0.0.0", 9443, 9444, "tcp")
        );
        assert!(Published::read("9443").is_none());
    }
}
