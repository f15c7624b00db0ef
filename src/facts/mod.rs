//! Facts about the stack, from whichever source can tell them: authentik's API with a token, else
//! one `ak shell`, else `psql`, else the public endpoints (design: where facts come from). The
//! order stands here once, for every check.

mod apps;
mod containers;
mod instance;
mod rights;
mod roles;
mod shell;
mod version;
mod workers;

pub use apps::{Apps, apps};
pub use containers::{Containers, containers};
pub use instance::{Base, BaseSource, Condition, Gateway, Sight, base, condition};
pub use rights::rights;
pub use roles::{Role, Roles};
pub use shell::{database_facts, shell_facts};
pub use version::{image_version, version};
pub use workers::{queue, workers};
