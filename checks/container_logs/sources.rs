//! Whose logs are read: authentik's parts, its outposts, the apps, and the reverse proxies that
//! stand on a network with its server.

use std::sync::Arc;

use crate::{
    facts::{AppFacts, Containers, Role},
    model::{Kind, Subject},
    probe::engine::{Container, Status},
    words::Component,
};

/// Ends of the repositories of outposts' images (authentik builds one for each kind).
const OUTPOSTS: [&str; 4] = [
    "goauthentik/proxy",
    "goauthentik/ldap",
    "goauthentik/radius",
    "goauthentik/rac",
];
/// Ends of the repositories of usual reverse proxies.
const PROXIES: [&str; 6] = [
    "nginx",
    "traefik",
    "caddy",
    "haproxy",
    "nginx-proxy-manager",
    "swag",
];

/// A log to read.
pub(super) struct Source {
    pub container: Arc<Container>,
    pub component: Component,
    /// What is faulty when nothing in a line says otherwise.
    pub subject: Subject,
    /// The app that it is, by name.
    pub app: Option<String>,
}

impl Source {
    /// What its log is to show.
    pub(super) fn promise(&self) -> String {
        format!("the log of {} tells of no fault", self.container.name)
    }

    /// Whether it failed, as against running or being stopped: then its last words are about now.
    pub(super) fn failed(&self) -> bool {
        let state = &self.container.state;
        let orderly = matches!(state.exit_code, 0 | 137 | 143) && !state.oom_killed;
        match state.status {
            Status::Restarting => true,
            Status::Exited | Status::Dead => !orderly,
            _ => false,
        }
    }
}

pub(super) fn of(found: &Containers, apps: &[AppFacts]) -> Vec<Source> {
    let roles = [
        (Role::Server, Component::Server, Kind::Server),
        (Role::Worker, Component::Worker, Kind::Worker),
        (Role::Database, Component::Database, Kind::Database),
        (Role::Cache, Component::Redis, Kind::Cache),
    ];
    let mut sources: Vec<Source> = Vec::new();
    for (role, component, kind) in roles {
        for container in found.roles.of(role) {
            add(
                &mut sources,
                container,
                component,
                Subject::new(kind, &container.name),
                None,
            );
        }
    }
    for app in apps {
        if let Some(container) = &app.container {
            let subject = Subject::new(Kind::App, &app.name);
            add(
                &mut sources,
                container,
                Component::App,
                subject,
                Some(&app.name),
            );
        }
    }
    let server = found.roles.server.first();
    for container in &found.all {
        let image = container.repository();
        let ends = |names: &[&str]| {
            names
                .iter()
                .any(|name| image == *name || image.ends_with(&format!("/{name}")))
        };
        let beside = server.is_some_and(|server| server.shares_network(container));
        let component = match (ends(&OUTPOSTS), beside && ends(&PROXIES)) {
            (true, _) => Component::Outpost,
            (_, true) => Component::Proxy,
            _ => continue,
        };
        add(
            &mut sources,
            container,
            component,
            Subject::new(Kind::Container, &container.name),
            None,
        );
    }
    sources
}

/// Each container once, in the first part that it plays; one that never ran has no log.
fn add(
    sources: &mut Vec<Source>,
    container: &Arc<Container>,
    component: Component,
    subject: Subject,
    app: Option<&String>,
) {
    let known = sources
        .iter()
        .any(|source| source.container.id == container.id);
    if known || container.state.started.is_none() {
        return;
    }
    sources.push(Source {
        container: Arc::clone(container),
        component,
        subject,
        app: app.cloned(),
    });
}
