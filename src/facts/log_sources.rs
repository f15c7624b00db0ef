//! Whose logs are read: authentik's parts, its outposts, the apps, and the reverse proxies that
//! stand on a network with its server.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Containers, Role};
use crate::{
    logs::LogGroup,
    model::{Kind, Subject},
    probe::engine::{Container, Status},
    stack::Stack,
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
#[derive(Debug, Clone)]
pub struct LogSource {
    /// Whose.
    pub container: Arc<Container>,
    /// Which part it plays.
    pub component: Component,
    /// What is faulty when nothing in a line says otherwise.
    pub subject: Subject,
    /// The app that it is, by name.
    pub app: Option<String>,
}

impl LogSource {
    /// Its last start.
    pub fn started(&self) -> Option<Timestamp> {
        self.container.state.started.as_deref()?.parse().ok()
    }

    /// Since when its log is about now: its last start, unless the engine restarts it again and
    /// again, which is one trouble; and no longer ago than `oldest`.
    pub fn about_now_since(&self, oldest: Option<Timestamp>) -> Option<Timestamp> {
        let once = self.container.restart_count == 0;
        oldest.max(self.started().filter(|_| once))
    }

    /// Whether a fault in its log stands. Something that runs tells it again within ten minutes;
    /// the last words of what failed count, however long ago it failed.
    pub fn stands(&self, group: &LogGroup, now: Timestamp) -> bool {
        let state = &self.container.state;
        let ended = state.finished.as_deref().and_then(|at| at.parse().ok());
        if group.within.is_some() {
            // Only what still runs can be waited for.
            return state.status.is_up() && group.stands(now);
        }
        match ended.filter(|_| self.failed()) {
            Some(ended) => group.was_seen_before(ended),
            None => group.stands(now),
        }
    }

    /// Whether it failed, as against running or being stopped by somebody.
    fn failed(&self) -> bool {
        let state = &self.container.state;
        let orderly = matches!(state.exit_code, 0 | 137 | 143) && !state.oom_killed;
        match state.status {
            Status::Restarting => true,
            Status::Exited | Status::Dead => !orderly,
            _ => false,
        }
    }
}

/// An app's name and its container.
pub type AppContainer = (String, Arc<Container>);

/// The apps whose containers akdoctor.toml names, or that are recognised by their profile: without
/// asking authentik, which may be down.
pub fn app_containers(found: &Containers, stack: &Stack) -> Vec<AppContainer> {
    let named = stack.apps.iter().filter_map(|app| {
        let container = found.named(app.container.as_deref()?)?;
        Some((app.name.clone(), Arc::clone(container)))
    });
    let mut apps: Vec<AppContainer> = named.collect();
    let profiles = stack.profiles().unwrap_or_default();
    for container in &found.all {
        let names = || container.env.keys().map(String::as_str);
        let mut fitting = profiles.iter();
        let profile = fitting.find(|it| it.fits(container.repository(), names()));
        let known = apps.iter().any(|(_, it)| it.id == container.id);
        if let Some(profile) = profile.filter(|_| !known && !found.roles.is_part(&container.id)) {
            apps.push((profile.title.clone(), Arc::clone(container)));
        }
    }
    apps
}

/// Every log that can tell of a login that fails.
pub fn log_sources(found: &Containers, apps: &[AppContainer]) -> Vec<LogSource> {
    let roles = [
        (Role::Server, Component::Server, Kind::Server),
        (Role::Worker, Component::Worker, Kind::Worker),
        (Role::Database, Component::Database, Kind::Database),
        (Role::Cache, Component::Redis, Kind::Cache),
    ];
    let mut sources: Vec<LogSource> = Vec::new();
    for (role, component, kind) in roles {
        for container in found.roles.of(role) {
            let subject = Subject::new(kind, &container.name);
            add(&mut sources, container, component, subject, None);
        }
    }
    for (name, container) in apps {
        let subject = Subject::new(Kind::App, name);
        add(&mut sources, container, Component::App, subject, Some(name));
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
        let subject = Subject::new(Kind::Container, &container.name);
        add(&mut sources, container, component, subject, None);
    }
    sources
}

/// Each container once, in the first part that it plays; one that never ran has no log.
fn add(
    sources: &mut Vec<LogSource>,
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
    sources.push(LogSource {
        container: Arc::clone(container),
        component,
        subject,
        app: app.cloned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::engine::State;

    const NOW: &str = "2026-11-23T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn source(status: Status, exit_code: i64, restart_count: u64) -> LogSource {
        let state = State {
            status,
            exit_code,
            started: Some("2026-11-23T10:00:00Z".into()),
            finished: Some("2026-11-23T10:00:05Z".into()),
            ..State::default()
        };
        let container = Container {
            state,
            restart_count,
            ..Container::default()
        };
        LogSource {
            container: Arc::new(container),
            component: Component::Database,
            subject: Subject::new(Kind::Database, "db"),
            app: None,
        }
    }

    fn seen_once(last: &str) -> LogGroup {
        serde_json::from_value(serde_json::json!({
            "id": "PG-07", "values": {}, "count": 1, "first": last, "last": last,
            "before_last": null, "since": last, "sample": "", "requests": [],
            "timeline": {"from": null, "seconds": 60, "counts": []},
        }))
        .unwrap()
    }

    #[test]
    fn the_last_words_of_what_failed_stand() {
        let last_words = seen_once("2026-11-23T10:00:04Z");
        for (status, exit_code, stands) in [
            (Status::Exited, 1, true),
            (Status::Restarting, 1, true),
            (Status::Exited, 0, false),
            (Status::Exited, 137, false),
            (Status::Running, 0, false),
        ] {
            let source = source(status.clone(), exit_code, 0);
            assert_eq!(source.stands(&last_words, at(NOW)), stands, "{status:?}");
        }
        let long_before = seen_once("2026-11-23T09:00:00Z");
        assert!(!source(Status::Exited, 1, 0).stands(&long_before, at(NOW)));
    }

    #[test]
    fn what_is_waited_for_stands_when_it_is_overdue() {
        let mut group = seen_once("2026-11-23T11:56:00Z");
        group.within = Some(300);
        let running = source(Status::Running, 0, 0);
        assert!(!running.stands(&group, at(NOW)));
        assert!(running.stands(&group, at("2026-11-23T12:01:00Z")));
        let ended = source(Status::Exited, 1, 0);
        assert!(!ended.stands(&group, at("2026-11-23T12:01:00Z")));
    }

    #[test]
    fn a_loop_of_restarts_is_one_trouble() {
        let oldest = Some(at("2026-11-22T12:00:00Z"));
        let started = Some(at("2026-11-23T10:00:00Z"));
        let since = |restarts| source(Status::Running, 0, restarts).about_now_since(oldest);
        assert_eq!((since(0), since(7)), (started, oldest));
        let newer = Some(at("2026-11-23T11:00:00Z"));
        assert_eq!(source(Status::Running, 0, 0).about_now_since(newer), newer);
    }
}
