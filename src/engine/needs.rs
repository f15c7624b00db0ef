//! The graph of what needs what, from the stack and from what was found.

use crate::{
    evidence::Evidence,
    facts::{self, Apps, Base, Role},
    model::{Kind, Needs, Subject},
    stack::Stack,
};

/// app → instance → server → database; further addresses → the first; worker → database.
///
/// With `names`, also app → name, instance → name and app → its container; whoever asks for them
/// has asked everything that tells them before.
pub(super) async fn needs(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    apps: &Apps,
    names: bool,
) -> Needs {
    let mut needs = Needs::default();
    if names {
        add_names(&mut needs, stack, seen, base).await;
    }
    let instance = Subject::new(Kind::Instance, &base.url);
    for name in &apps.names {
        needs.add(Subject::new(Kind::App, name), instance.clone());
    }
    for url in &stack.authentik.also {
        let url = url.trim_end_matches('/');
        needs.add(Subject::new(Kind::Instance, url), instance.clone());
    }
    add_people(&mut needs, stack, &instance);
    let configured = &stack.authentik.containers;
    let named = |kind, name: &Option<String>| name.as_ref().map(|name| Subject::new(kind, name));
    let mut servers: Vec<Subject> = named(Kind::Server, &configured.server)
        .into_iter()
        .collect();
    let mut workers: Vec<Subject> = named(Kind::Worker, &configured.worker)
        .into_iter()
        .collect();
    let mut below: Vec<Subject> = named(Kind::Database, &configured.postgresql)
        .into_iter()
        .chain(named(Kind::Cache, &configured.redis))
        .collect();
    if let Ok(found) = facts::containers(stack, seen).await {
        let of = |role, kind| {
            let all = found.roles.of(role).iter();
            all.map(move |c| Subject::new(kind, &c.name))
        };
        servers.extend(of(Role::Server, Kind::Server));
        workers.extend(of(Role::Worker, Kind::Worker));
        below.extend(of(Role::Database, Kind::Database));
        below.extend(of(Role::Cache, Kind::Cache));
        // The database is also spoken of by the name that authentik looks it up under.
        let host = found
            .roles
            .any()
            .and_then(|c| c.plain_env("AUTHENTIK_POSTGRESQL__HOST"));
        below.extend(host.map(|host| Subject::new(Kind::Database, host)));
        // Missing parts have a name of their own.
        for (kind, says) in [(Kind::Server, "server"), (Kind::Worker, "worker")] {
            let name = format!("a container of authentik's {says}");
            match kind {
                Kind::Server => servers.push(Subject::new(kind, name)),
                _ => workers.push(Subject::new(kind, name)),
            }
        }
    }
    workers.push(Subject::new(Kind::Worker, &base.url));
    for server in &servers {
        needs.add(instance.clone(), server.clone());
    }
    for (at, worker) in workers.iter().enumerate() {
        // "The worker of this instance" is whichever container plays it.
        for other in &workers[..at] {
            needs.add(worker.clone(), other.clone());
        }
    }
    for below in &below {
        for core in servers.iter().chain(&workers) {
            needs.add(core.clone(), below.clone());
        }
        needs.add(instance.clone(), below.clone());
    }
    for (at, one) in below.iter().enumerate() {
        for other in &below[..at] {
            if one.kind == other.kind {
                needs.add(one.clone(), other.clone());
            }
        }
    }
    needs
}

/// person → instance, person → the groups they should be in and the apps they should open; "any superuser" is whoever should be
/// one.
fn add_people(needs: &mut Needs, stack: &Stack, instance: &Subject) {
    let any = Subject::new(Kind::Person, "any superuser");
    for user in &stack.users {
        let person = Subject::new(Kind::Person, &user.username);
        needs.add(person.clone(), instance.clone());
        for group in &user.groups {
            needs.add(person.clone(), Subject::new(Kind::Group, group));
        }
        for app in stack
            .apps
            .iter()
            .filter(|app| user.apps.contains(&app.slug))
        {
            needs.add(person.clone(), Subject::new(Kind::App, &app.name));
        }
        if user.superuser {
            needs.add(any.clone(), person);
        }
    }
}

async fn add_names(needs: &mut Needs, stack: &Stack, seen: &Evidence, base: &Base) {
    let apps = facts::app_facts(stack, seen, base).await;
    for one in facts::names(stack, base, &apps) {
        let name = Subject::new(Kind::Name, &one.name);
        match one.app() {
            Some(app) => needs.add(Subject::new(Kind::App, app), name),
            None => needs.add(Subject::new(Kind::Instance, &one.url), name),
        }
    }
    for app in &apps {
        if let Some(container) = &app.container {
            let container = Subject::new(Kind::Container, &container.name);
            needs.add(Subject::new(Kind::App, &app.name), container);
        }
    }
}
