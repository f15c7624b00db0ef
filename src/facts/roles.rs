//! Which container plays which part of authentik: by configured name, image, environment, command,
//! compose labels and name (knowledge A.3). The same image runs server and worker; the command
//! tells them apart.

use std::sync::Arc;

use crate::{
    probe::engine::Container,
    stack::{ContainerNames, Stack},
};

/// The port that authentik's compose file publishes.
const USUAL_PORT: u16 = 9000;

/// A part of authentik.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Answers people and apps.
    Server,
    /// Works off tasks.
    Worker,
    /// PostgreSQL.
    Database,
    /// Redis, up to 2025.8.
    Cache,
}

/// The containers of one authentik, by part.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// Servers, the one that is judged first.
    pub server: Vec<Arc<Container>>,
    /// Workers.
    pub worker: Vec<Arc<Container>>,
    /// Its database, if that is a container here.
    pub database: Option<Arc<Container>>,
    /// Its Redis, if that is a container here.
    pub cache: Option<Arc<Container>>,
    /// Servers of other authentiks on the same engine, by name; not judged.
    pub others: Vec<String>,
}

impl Roles {
    /// Whether this container, by its id, is a part of authentik.
    pub fn is_part(&self, id: &str) -> bool {
        let core = self.server.iter().chain(&self.worker);
        core.chain(&self.database)
            .chain(&self.cache)
            .any(|it| it.id == id)
    }

    /// Finds the parts of the authentik that the stack means.
    pub fn among(all: &[Arc<Container>], stack: &Stack) -> Self {
        let names = &stack.authentik.containers;
        let core: Vec<&Arc<Container>> = all.iter().filter(|c| is_core(c, names)).collect();
        let url = stack.authentik.url.as_deref();
        let port = url.and_then(port_of).unwrap_or(USUAL_PORT);
        let server = core
            .iter()
            .filter(|c| role_of(c, names) == Role::Server)
            .min_by_key(|c| {
                (
                    names.server.as_deref() != Some(&c.name),
                    !c.publishes(port),
                    !c.state.status.is_up(),
                )
            })
            .copied();
        let of_this = |c: &&&Arc<Container>| server.is_none_or(|server| belongs(c, server));
        let with = |role| -> Vec<Arc<Container>> {
            let chosen = core.iter().filter(|c| role_of(c, names) == role);
            chosen.filter(of_this).map(|c| Arc::clone(c)).collect()
        };
        let mut servers = with(Role::Server);
        servers.sort_by_key(|c| server.is_some_and(|first| first.id != c.id));
        let worker = with(Role::Worker);
        let anchor = servers.first().or(worker.first()).cloned();
        Self {
            database: backing(
                all,
                anchor.as_deref(),
                names.postgresql.as_deref(),
                &POSTGRESQL,
            ),
            cache: backing(all, anchor.as_deref(), names.redis.as_deref(), &REDIS),
            others: core
                .iter()
                .filter(|c| role_of(c, names) == Role::Server && !of_this(c))
                .map(|c| c.name.clone())
                .collect(),
            server: servers,
            worker,
        }
    }

    /// The containers of a part.
    pub fn of(&self, role: Role) -> &[Arc<Container>] {
        match role {
            Role::Server => &self.server,
            Role::Worker => &self.worker,
            Role::Database => self.database.as_slice(),
            Role::Cache => self.cache.as_slice(),
        }
    }

    /// Every part.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Container>> {
        let roles = [Role::Server, Role::Worker, Role::Database, Role::Cache];
        roles.into_iter().flat_map(|role| self.of(role))
    }

    /// Any part, the server first: it tells where the others belong.
    pub fn any(&self) -> Option<&Arc<Container>> {
        self.all().next()
    }

    /// Whether the engine holds any part of authentik itself.
    pub fn is_empty(&self) -> bool {
        self.server.is_empty() && self.worker.is_empty() && self.database.is_none()
    }
}

/// How a server that authentik leans on is recognised.
struct Backing {
    /// authentik's variable for its host name.
    host: &'static str,
    /// Ends of the repositories of usual images.
    images: &'static [&'static str],
    /// A variable of those images.
    marker: &'static str,
    /// What its name usually holds.
    word: &'static str,
}

const POSTGRESQL: Backing = Backing {
    host: "AUTHENTIK_POSTGRESQL__HOST",
    images: &[
        "postgres",
        "postgresql",
        "timescaledb",
        "pgvector",
        "postgis",
    ],
    marker: "POSTGRES_PASSWORD",
    word: "postgres",
};

const REDIS: Backing = Backing {
    host: "AUTHENTIK_REDIS__HOST",
    images: &["redis", "valkey", "keydb", "dragonfly"],
    marker: "REDIS_PASSWORD",
    word: "redis",
};

impl Backing {
    fn is_one(&self, container: &Container) -> bool {
        let image = container.repository();
        self.images.iter().any(|known| image.ends_with(known))
            || container.env.contains_key(self.marker)
            || container.name.contains(self.word)
    }
}

/// Whether a container looks like a PostgreSQL, whosever it is.
pub fn looks_like_postgresql(container: &Container) -> bool {
    POSTGRESQL.is_one(container) && !is_authentik(container)
}

/// The container of a server that authentik leans on: as configured, else the one that answers to
/// the name in authentik's environment, whatever its image, else the one of its project.
fn backing(
    all: &[Arc<Container>],
    core: Option<&Container>,
    configured: Option<&str>,
    what: &Backing,
) -> Option<Arc<Container>> {
    if let Some(name) = configured {
        return all.iter().find(|c| c.name == name).cloned();
    }
    let host = core.and_then(|core| core.env.get(what.host)?.plain());
    if let (Some(core), Some(host)) = (core, host) {
        return all
            .iter()
            .filter(|c| !is_authentik(c) && c.answers_to(host, core))
            // Another stack's database may have the same name on its own network.
            .filter(|c| c.shares_network(core) || belongs(c, core))
            .min_by_key(|c| !belongs(c, core))
            .cloned();
    }
    let candidates = || all.iter().filter(|c| what.is_one(c) && !is_authentik(c));
    let named = |c: &&Arc<Container>| c.name.contains("authentik");
    match core {
        Some(core) => candidates()
            .find(|c| same_project(c, core))
            .or_else(|| candidates().find(named)),
        None => candidates().find(named),
    }
    .cloned()
}

/// Whether this container runs authentik's server image, whatever its name.
fn is_core(container: &Container, names: &ContainerNames) -> bool {
    let configured = [&names.server, &names.worker];
    configured
        .into_iter()
        .flatten()
        .any(|name| *name == container.name)
        || is_authentik(container)
}

fn is_authentik(container: &Container) -> bool {
    let image = container.repository();
    let by_image = ["goauthentik/server", "authentik/server", "beryju/authentik"];
    by_image.iter().any(|known| image.ends_with(known))
        || ["AUTHENTIK_SECRET_KEY", "AUTHENTIK_POSTGRESQL__HOST"]
            .iter()
            .any(|name| container.env.contains_key(*name))
}

fn role_of(container: &Container, names: &ContainerNames) -> Role {
    if names.server.as_deref() == Some(&container.name) {
        return Role::Server;
    }
    if names.worker.as_deref() == Some(&container.name) {
        return Role::Worker;
    }
    let command = container
        .args
        .iter()
        .find(|arg| matches!(arg.as_str(), "server" | "worker" | "allinone"));
    let service = container.compose.as_ref().map(|c| c.service.as_str());
    let is_worker = match (command.map(String::as_str), service) {
        (Some(command), _) => command == "worker",
        (None, Some(service)) => service.contains("worker"),
        (None, None) => container.name.contains("worker"),
    };
    if is_worker {
        Role::Worker
    } else {
        Role::Server
    }
}

/// Whether two containers are of one stack: one compose project, else one network.
fn belongs(one: &Container, other: &Container) -> bool {
    match (&one.compose, &other.compose) {
        (Some(a), Some(b)) => a.project == b.project,
        _ => one.shares_network(other) || one.networks.is_empty() || other.networks.is_empty(),
    }
}

fn same_project(one: &Container, other: &Container) -> bool {
    match (&one.compose, &other.compose) {
        (Some(a), Some(b)) => a.project == b.project,
        _ => false,
    }
}

fn port_of(url: &str) -> Option<u16> {
    url::Url::parse(url).ok()?.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::engine::{Compose, EnvValue, State, Status};

    fn container(name: &str, image: &str, args: &[&str]) -> Container {
        Container {
            id: format!("id-{name}"),
            name: name.into(),
            image: image.into(),
            args: args.iter().map(|&arg| arg.into()).collect(),
            state: State {
                status: Status::Running,
                ..State::default()
            },
            ..Container::default()
        }
    }

    fn in_project(mut container: Container, project: &str, service: &str) -> Arc<Container> {
        container.compose = Some(Compose {
            project: project.into(),
            service: service.into(),
            files: Vec::new(),
            folder: None,
            version: None,
        });
        Arc::new(container)
    }

    fn names(containers: &[Arc<Container>]) -> Vec<&str> {
        containers.iter().map(|c| c.name.as_str()).collect()
    }

    #[test]
    fn names_do_not_matter_where_image_and_command_tell() {
        let image = "ghcr.io/goauthentik/server:2025.10.1";
        let all = [
            in_project(container("idp-b-1", image, &["worker"]), "idp", "b"),
            in_project(container("idp-a-1", image, &["server"]), "idp", "a"),
            in_project(
                container("idp-db-1", "postgres:16-alpine", &[]),
                "idp",
                "db",
            ),
            in_project(container("wiki-db-1", "postgres:16", &[]), "wiki", "db"),
        ];
        let roles = Roles::among(&all, &Stack::default());
        assert_eq!(names(&roles.server), ["idp-a-1"]);
        assert_eq!(names(&roles.worker), ["idp-b-1"]);
        assert_eq!(roles.database.unwrap().name, "idp-db-1");
        assert!(roles.cache.is_none());
    }

    #[test]
    fn the_servers_environment_names_its_database_whatever_its_image() {
        let mut server = container("authentik-server", "local/build", &["server"]);
        server.env.insert(
            "AUTHENTIK_POSTGRESQL__HOST".into(),
            EnvValue::Plain("pg-main".into()),
        );
        server.networks.insert("net".into(), Default::default());
        let mut database = container("pg-main", "registry.example/db:1", &[]);
        database.networks.insert("net".into(), Default::default());
        let other = container("postgres-other", "postgres:17", &[]);
        let all = [Arc::new(server), Arc::new(other), Arc::new(database)];
        let roles = Roles::among(&all, &Stack::default());
        assert_eq!(roles.database.unwrap().name, "pg-main");
    }

    #[test]
    fn another_stacks_database_of_the_same_name_is_not_taken() {
        let image = "ghcr.io/goauthentik/server:2025.10.1";
        let mut server = container("a-server-1", image, &["server"]);
        let host = EnvValue::Plain("postgresql".into());
        server.env.insert("AUTHENTIK_POSTGRESQL__HOST".into(), host);
        server
            .networks
            .insert("a_default".into(), Default::default());
        let mut other = container("b-postgresql-1", "postgres:17", &[]);
        let net = crate::probe::engine::Network {
            aliases: vec!["postgresql".into()],
            ..Default::default()
        };
        other.networks.insert("b_default".into(), net);
        let all = [
            in_project(server, "a", "server"),
            in_project(other, "b", "postgresql"),
        ];
        assert!(Roles::among(&all, &Stack::default()).database.is_none());
    }

    #[test]
    fn a_database_elsewhere_is_not_replaced_by_a_strangers() {
        let mut server = container("authentik-server", "goauthentik/server", &["server"]);
        server.env.insert(
            "AUTHENTIK_POSTGRESQL__HOST".into(),
            EnvValue::Plain("db.example.com".into()),
        );
        let all = [
            Arc::new(server),
            Arc::new(container("postgres", "postgres:17", &[])),
        ];
        assert!(Roles::among(&all, &Stack::default()).database.is_none());
    }

    #[test]
    fn of_two_authentiks_the_one_that_publishes_the_port_is_meant() {
        let image = "ghcr.io/goauthentik/server:2025.10.1";
        let mut wanted = container("b-server-1", image, &["server"]);
        wanted.ports.push(crate::probe::engine::Port {
            inside: 9000,
            protocol: "tcp".into(),
            host_ip: String::new(),
            outside: 9100,
        });
        let all = [
            in_project(container("a-server-1", image, &["server"]), "a", "server"),
            in_project(container("a-worker-1", image, &["worker"]), "a", "worker"),
            in_project(wanted, "b", "server"),
            in_project(container("b-worker-1", image, &["worker"]), "b", "worker"),
        ];
        let mut stack = Stack::default();
        stack.authentik.url = Some("http://localhost:9100".into());
        let roles = Roles::among(&all, &stack);
        assert_eq!(names(&roles.server), ["b-server-1"]);
        assert_eq!(names(&roles.worker), ["b-worker-1"]);
    }
}
