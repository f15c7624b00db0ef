//! The server's published ports lead to where people were told to go.

use super::Scene;
use crate::{
    check::{Findings, Raised},
    model::{Kind, Subject, list_of},
    probe::{
        Probe as _,
        engine::{Container, InspectContainer, Port, Status},
    },
};

/// The port of authentik's plain HTTP listener inside its container.
const INSIDE: [u16; 2] = [9000, 9443];

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let Ok(found) = &scene.containers else {
        return findings;
    };
    let Some(server) = found.roles.server.first() else {
        return findings;
    };
    // Behind a reverse proxy, or on another machine, another port than the published one is right.
    if !scene.base.is_local() || server.network_mode == "host" {
        return findings;
    }
    // A container that does not run publishes nothing; that it does not run is told of itself.
    if server.state.status != Status::Running {
        return findings;
    }
    let (Some(port), what) = (scene.base.port(), "the port is published") else {
        return findings;
    };
    let subject = Subject::new(Kind::Server, &server.name);
    let cite = InspectContainer {
        id: server.id.clone(),
    }
    .key();
    if server.publishes(port) {
        findings.passed(what, subject, &[cite]);
        return findings;
    }
    // Somebody else may answer for it there, rightly: a proxy on this machine.
    if scene.is_ready() {
        return findings;
    }
    let ours: Vec<&Port> = web_ports(server).collect();
    let published = if server.ports.is_empty() {
        "nothing".to_owned()
    } else {
        let all = server.ports.iter();
        let all: Vec<String> = all
            .map(|p| format!("{} (inside {})", p.outside, p.inside))
            .collect();
        list_of(&all)
    };
    let holder = found.publishing(port).find(|c| c.id != server.id);
    let raised = |code| {
        Raised::new(code, subject.clone())
            .with("container", server.name.clone())
            .with("url", scene.base.url.clone())
            .with("port", port)
            .with("published", published.clone())
            .with(
                "held",
                holder.map_or_else(String::new, |c| {
                    format!("; container {} holds that", c.name)
                }),
            )
            .with_some("holder", holder.map(|c| c.name.clone()))
            .cites(cite.clone())
    };
    let raised = match ours.first() {
        Some(actual) => raised("health/port-elsewhere")
            .with("actual", actual.outside)
            .with("real_url", real_url(actual)),
        None => raised("health/port-not-published"),
    };
    findings.raise(what, raised);
    findings
}

/// The published ports that lead to authentik's web listeners.
pub(super) fn web_ports(server: &Container) -> impl Iterator<Item = &Port> {
    let web = |p: &&Port| p.protocol == "tcp" && p.outside != 0 && INSIDE.contains(&p.inside);
    server.ports.iter().filter(web)
}

/// The URL that a published port gives on this machine.
pub(super) fn real_url(port: &Port) -> String {
    let scheme = if port.inside == INSIDE[1] {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://localhost:{}", port.outside)
}
