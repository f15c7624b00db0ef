//! Lines that tell one story: authentik's lines of one request, and what the app itself wrote in
//! the same seconds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Log, Scene};
use crate::{
    facts::AppFacts,
    logs::{LogGroup, Signature},
    model::{Kind, Severity, Subject},
    words::Component,
};

/// Clocks of one machine's containers agree; an app gives up a login within this many seconds.
const TOGETHER: i64 = 5;

/// Faults of flows: they are authentik's, whichever of its containers ran them.
const OF_FLOWS: [&str; 3] = [
    "container-logs/flow-not-applicable",
    "container-logs/flow-page-missing",
    "container-logs/default-flow-missing",
];

/// A known fault with whom it concerns.
pub(super) struct Story<'a> {
    pub log: &'a Log<'a>,
    pub group: &'a LogGroup,
    pub signature: &'static Signature,
    pub app: Option<&'a AppFacts>,
    /// authentik as people come by it.
    instance: &'a Subject,
    /// What others wrote of the same.
    pub also: Vec<(&'a Log<'a>, String)>,
}

impl<'a> Story<'a> {
    fn new(scene: &'a Scene<'_>, log: &'a Log<'a>, group: &'a LogGroup) -> Option<Self> {
        let signature = scene.catalogue.signature(&group.id)?;
        let client = group.values.get("client_id").and_then(Value::as_str);
        let of_client = |app: &&AppFacts| app.client_id() == client && client.is_some();
        let named = |app: &&AppFacts| Some(&app.name) == log.source.app.as_ref();
        let mut apps = scene.apps.iter();
        let app = apps
            .find(of_client)
            .or_else(|| scene.apps.iter().find(named));
        Some(Self {
            log,
            group,
            signature,
            app,
            instance: &scene.instance,
            also: Vec::new(),
        })
    }

    /// What is faulty: the app, the person, authentik as a whole, or the part that wrote the line.
    pub(super) fn subject(&self) -> Subject {
        let person = self.group.values.get("username").and_then(Value::as_str);
        match (self.app, person) {
            (Some(app), _) => Subject::new(Kind::App, &app.name),
            (None, Some(person)) if !person.is_empty() => Subject::new(Kind::Person, person),
            _ if OF_FLOWS.contains(&self.signature.code.as_str()) => self.instance.clone(),
            _ => self.log.source.subject.clone(),
        }
    }

    /// Another log tells of the same.
    fn adds(&mut self, other: &Story<'a>) {
        self.also.push((other.log, other.group.sample.clone()));
        for (log, sample) in &other.also {
            self.also.push((log, sample.clone()));
        }
    }

    fn weight(&self) -> (Severity, usize) {
        (self.signature.severity(), self.group.values.len())
    }
}

impl AppFacts {
    /// Its client id: what authentik has, else what akdoctor.toml says.
    fn client_id(&self) -> Option<&str> {
        let provider = self
            .provider
            .as_ref()
            .map(|provider| provider.client_id.as_str());
        provider.or(self.configured.as_ref()?.client_id.as_deref())
    }
}

/// Every story of these logs, each told once.
pub(super) fn stories<'a>(scene: &'a Scene<'_>, logs: &'a [Log<'a>]) -> Vec<Story<'a>> {
    let groups = logs
        .iter()
        .flat_map(|log| log.digest.groups.iter().map(move |group| (log, group)));
    let all: Vec<Story<'_>> = groups
        .filter_map(|(log, group)| Story::new(scene, log, group))
        .collect();
    let mut told: Vec<Story<'_>> = Vec::new();
    // authentik's own lines come first: they say more than the app can know.
    let (core, apps): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|story| story.log.source.component != Component::App);
    for story in core {
        match told.iter_mut().find(|other| same_request(other, &story)) {
            Some(other) if other.weight() >= story.weight() => {}
            Some(other) => *other = story,
            None => told.push(story),
        }
    }
    for story in apps {
        match told.iter_mut().find(|other| same_moment(other, &story)) {
            Some(other) => other.adds(&story),
            None => told.push(story),
        }
    }
    by_the_database(told)
}

/// What the database says of a fault itself and what authentik says of it are one: told by the
/// database, where it is.
fn by_the_database(told: Vec<Story<'_>>) -> Vec<Story<'_>> {
    let (mut own, others): (Vec<_>, Vec<_>) = told
        .into_iter()
        .partition(|story| story.log.source.component == Component::Database);
    let mut left = Vec::new();
    for story in others {
        match own.iter_mut().find(|other| same_fault(other, &story)) {
            Some(other) => other.adds(&story),
            None => left.push(story),
        }
    }
    left.extend(own);
    left
}

/// Whether authentik tells of what the database tells itself.
fn same_fault(database: &Story<'_>, core: &Story<'_>) -> bool {
    let (one, other) = (database.group, core.group);
    let part = matches!(
        core.log.source.component,
        Component::Server | Component::Worker
    );
    part && one.id == other.id && one.values == other.values && overlap(one, other)
}

/// Whether two were seen in the same stretch of time.
fn overlap(one: &LogGroup, other: &LogGroup) -> bool {
    let before = |end: Option<Timestamp>, begin: Option<Timestamp>| match (end, begin) {
        (Some(end), Some(begin)) => begin.duration_since(end).as_secs() > TOGETHER,
        _ => true,
    };
    !before(one.last, other.first) && !before(other.last, one.first)
}

/// Whether both were seen in the same request.
fn same_request(one: &Story<'_>, other: &Story<'_>) -> bool {
    one.group
        .requests
        .iter()
        .any(|id| other.group.requests.contains(id))
}

/// Whether an app wrote it just when authentik refused it.
fn same_moment(core: &Story<'_>, app: &Story<'_>) -> bool {
    let same_app = core.app.is_some() && core.subject() == app.subject();
    same_app
        && core.log.source.component == Component::Server
        && near(core.group.last, app.group.last)
}

fn near(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.duration_since(other).as_secs().abs() <= TOGETHER,
        _ => false,
    }
}

/// What the stack knows beyond the line: the app's name, the redirect URIs that it may send, and
/// the database.
pub(super) fn known_of(scene: &Scene<'_>, story: &Story<'_>) -> BTreeMap<&'static str, Value> {
    let client = story.group.values.get("client_id").cloned();
    let container = Value::from(story.log.source.container.name.clone());
    let mut known = BTreeMap::new();
    let app = story.app.map(|app| Value::from(app.name.clone()));
    known.insert("app", app.or(client).unwrap_or(container));
    if let Some((name, login)) = &scene.database {
        known.insert("database_container", Value::from(name.as_str()));
        known.insert("database_user", Value::from(login.user.as_str()));
        known.insert("database_name", Value::from(login.database.as_str()));
    }
    let Some(provider) = story.app.and_then(|app| app.provider.as_ref()) else {
        return known;
    };
    let allowed: Vec<Value> = provider
        .redirect_uris
        .iter()
        .filter(|uri| uri.redirect_uri_type.as_deref() != Some("logout"))
        .map(|uri| Value::from(uri.url.clone()))
        .collect();
    if !allowed.is_empty() {
        known.insert("allowed", Value::Array(allowed));
    }
    known.insert("provider", Value::from(provider.name.clone()));
    known
}
