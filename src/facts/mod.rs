//! Facts about the stack, from whichever source can tell them: authentik's API with a token, else
//! one read-only `psql`, else one `ak shell`, else the public endpoints. `psql` stands before
//! `ak shell`, for what both can tell, because it answers in a tenth of a second where Django takes
//! three to start (measured.md). The order stands here once, for every check.

mod access;
mod apps;
mod authorization;
mod client_secrets;
mod containers;
mod discovery;
mod engine_kind;
mod events;
mod flows;
mod front;
mod instance;
mod log_sources;
mod names;
mod overlay;
mod people;
mod person;
mod rights;
mod roles;
mod says;
mod shell;
mod sign_in;
mod start;
mod version;
mod workers;

pub use access::{
    Access, AppAccess, Binding, BindingKind, BoundTo, Decision, Holders, Member, Mode, Opening,
    Reason, Together, Trilean, access, doors,
};
pub use apps::{AppFacts, Apps, Told, app_facts, applications, apps, providers, scope_mappings};
pub use authorization::{Authorization, authorization};
pub use client_secrets::{client_secret, ready};
pub use containers::{Containers, containers};
pub use discovery::{Seen as SeenDiscovery, discovery, keys, origin};
pub use engine_kind::EngineKind;
pub use events::{Events, events};
pub use flows::{Chosen, ChosenBy, Flows, Host, flows, is_of_sources};
pub use front::{Front, FrontKind, front};
pub use instance::{Base, BaseSource, Condition, Gateway, Sight, base, condition};
pub use log_sources::{AppContainer, LogSource, app_containers, log_sources};
pub use names::{
    NameUse, UsedBy, called_by, container_called, is_loopback, means_container, names,
};
pub use overlay::{OverrideValues, is_plain, override_file, override_for, variable_file};
pub use people::{People, people};
pub use person::{Person, person};
pub use rights::rights;
pub use roles::{Role, Roles, looks_like_postgresql};
pub use says::{AppSays, AskedScopes, GivenUrl, Insists, NeededClaim, Place, Said, SaidSecret};
pub use shell::{DatabaseLogin, database_facts, own_token, person_in_database, shell_facts};
pub use sign_in::sign_in;
pub use start::{Opened, Start, StartBy, StartSight, opened, starts};
pub use version::{image_version, may_use_pages, version};
pub use workers::{queue, workers};
