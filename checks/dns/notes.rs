//! What else to know before a mend, by the kind of engine (knowledge apps.md G).

use crate::facts::EngineKind;

/// What a hosts file needs beside the line itself (knowledge apps.md G.1, G.3).
pub(super) fn hosts_file(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Wsl2 => {
            "browsers on Windows need the line in C:\\Windows\\System32\\drivers\\etc\\hosts too; \
             WSL makes its own hosts file anew at each start, unless generateHosts = false stands \
             under [network] in /etc/wsl.conf"
        }
        EngineKind::Desktop => {
            "Docker Desktop writes the name into the hosts file on Windows alone, and only while \
             its setting to add the *.docker.internal names is on; each machine with a browser \
             needs the line"
        }
        EngineKind::Colima | EngineKind::OrbStack | EngineKind::Rancher => {
            "the engine gives the name to containers alone; each machine with a browser needs the \
             line"
        }
        EngineKind::Linux | EngineKind::Rootless | EngineKind::Podman => {
            "each machine with a browser needs the line; on Windows it belongs into \
             C:\\Windows\\System32\\drivers\\etc\\hosts"
        }
    }
}

/// What else happens to a line of the hosts file that is changed.
pub(super) fn hosts_line(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Desktop => {
            "every name in that line moves with it; Docker Desktop writes its own lines anew unless \
             its setting to add the *.docker.internal names is off"
        }
        _ => "every name in that line moves with it",
    }
}

/// What `host-gateway` comes to on an engine of this kind (knowledge apps.md G.2, G.3).
pub(super) fn gateway(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Linux => "host-gateway needs Docker 20.10 or later",
        EngineKind::Rootless => {
            "without root host-gateway leads into the engine's own network, which is enough for a \
             port that one of its containers publishes; for a program of the machine start the \
             engine with DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false and \
             \"host-gateway-ip\": \"10.0.2.2\" in its daemon.json"
        }
        EngineKind::Wsl2 => {
            "host-gateway leads to this WSL, not to Windows: right where authentik runs in it too"
        }
        EngineKind::Podman => {
            "Podman writes host.containers.internal and host.docker.internal by itself, unless it \
             was told --no-hosts"
        }
        EngineKind::Desktop => {
            "Docker Desktop gives this name to every container; a dns: entry of the container's \
             own takes it away"
        }
        EngineKind::OrbStack => {
            "OrbStack gives this name to every container; a dns: entry of the container's own \
             takes it away"
        }
        EngineKind::Colima => {
            "host-gateway leads to Colima's own machine, where the ports of containers are \
             published; to this machine leads host.lima.internal"
        }
        EngineKind::Rancher => "Rancher Desktop knows no host-gateway",
    }
}

/// Whose firewall stands between a container and the machine.
pub(super) fn firewall(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Linux | EngineKind::Wsl2 | EngineKind::Podman => {
            "the firewall of the machine that the engine runs on, in its rules for incoming \
             connections"
        }
        EngineKind::Rootless => {
            "without root containers leave by slirp4netns or pasta, which keeps them from the \
             machine's loopback unless the engine was started with \
             DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false"
        }
        EngineKind::Desktop => {
            "on Windows the Defender firewall must let com.docker.backend in, on macOS the \
             application firewall"
        }
        EngineKind::Colima | EngineKind::OrbStack | EngineKind::Rancher => {
            "the engine's own machine stands between them: its firewall counts, and this \
             machine's for connections from it"
        }
    }
}
