//! What a fix does, as data: rendered for the runtime at hand by [`crate::fix`].

use crate::model::{Risk, VersionRange};

/// A fix's words.
#[derive(Debug, Clone)]
pub struct FixWords {
    /// Template of what it does, as an instruction.
    pub does: String,
    /// What it may do to the stack.
    pub risk: Risk,
    /// Whether to take it first; `None` leaves it to the order.
    pub recommended: Option<bool>,
    /// The releases of authentik that this form is right for; `None` for all.
    pub authentik: Option<ForVersions>,
    /// Template of what else to know before running it.
    pub note: Option<String>,
    /// The check that shows whether it helped.
    pub proves: String,
    /// What it does.
    pub action: Action,
    /// What takes it back.
    pub undo: Option<Action>,
    /// Values that must be there, beside those in its templates, for it to be offered.
    pub needs: Vec<String>,
}

/// Releases of authentik that something is right for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForVersions {
    /// As written, such as `>=2024.12, <2026.5`.
    pub text: String,
    /// The same, to be asked.
    pub range: VersionRange,
}

/// An action, its texts being templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `docker start NAME` and its kin; the engine's own command also works for compose.
    Engine {
        /// `start`, `stop`, `restart` or `unpause`.
        verb: &'static str,
        /// The container's name.
        container: String,
    },
    /// `docker compose up -d`; needs compose's labels.
    Compose {
        /// What of the project.
        scope: ComposeScope,
        /// The container's name.
        container: String,
        /// One more compose file, laid over those that it was made with.
        over: Option<String>,
    },
    /// A command of the engine's own: its arguments (`logs --tail 50 NAME`).
    EngineCommand(Vec<String>),
    /// A command in a container.
    Exec(ExecWords),
    /// Python in `ak shell` in authentik's server container, every value a Python literal.
    AkShell(String),
    /// A request to authentik's REST API with the token of the environment.
    Api(ApiWords),
    /// A command on this machine: program and arguments.
    Run(Vec<String>),
    /// Commands that feed one another.
    Pipe(Vec<Action>),
    /// Commands one after the other, each only if the one before it succeeded.
    Steps(Vec<Action>),
    /// A statement for `psql` in a container, every value an SQL literal.
    Sql(SqlWords),
    /// Words only.
    Advice,
}

/// What of a compose project is brought up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComposeScope {
    /// The container's service.
    Service,
    /// The container's service, made anew even if nothing has changed.
    Anew,
    /// Every service of its project.
    Project,
}

/// A command in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecWords {
    /// The container's name.
    pub container: String,
    /// Program and arguments, no shell in between.
    pub argv: Vec<String>,
    /// What it reads on its standard input.
    pub stdin: Option<String>,
}

/// A request to authentik's REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiWords {
    /// The method.
    pub method: String,
    /// The path below `/api/v3`, every value percent-encoded.
    pub path: String,
    /// The body, every value a JSON literal.
    pub body: Option<String>,
}

/// A statement for `psql` in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlWords {
    /// The container's name.
    pub container: String,
    /// The role to connect as.
    pub user: String,
    /// The database.
    pub database: String,
    /// The statement.
    pub statement: String,
}

impl Action {
    /// Every template in it.
    pub fn templates(&self) -> Vec<&str> {
        match self {
            Self::Engine { container, .. } => vec![container],
            Self::Compose {
                container, over, ..
            } => std::iter::once(container)
                .chain(over)
                .map(String::as_str)
                .collect(),
            Self::Exec(exec) => {
                let argv = exec.argv.iter().map(String::as_str);
                let rest = exec.stdin.as_deref();
                std::iter::once(exec.container.as_str())
                    .chain(argv)
                    .chain(rest)
                    .collect()
            }
            Self::AkShell(code) => vec![code],
            Self::Api(api) => std::iter::once(api.path.as_str())
                .chain(api.body.as_deref())
                .collect(),
            Self::Run(argv) | Self::EngineCommand(argv) => {
                argv.iter().map(String::as_str).collect()
            }
            Self::Pipe(steps) | Self::Steps(steps) => {
                steps.iter().flat_map(Self::templates).collect()
            }
            Self::Sql(sql) => vec![&sql.container, &sql.user, &sql.database, &sql.statement],
            Self::Advice => Vec::new(),
        }
    }
}
