//! What each scenario must come to.

mod clients;
mod documents;
mod events;
mod flows;
mod instance;
mod logs;
mod people;
mod starts;
mod tls;
mod ways;

/// A scenario's outcome.
pub struct Expected {
    pub scenario: &'static str,
    pub exit: i32,
    /// Code and subject of every root cause, in order.
    pub roots: &'static [(&'static str, &'static str)],
    /// Code and subject of everything that follows, in order.
    pub follows: &'static [(&'static str, &'static str)],
}

const HERE: &str = "http://localhost:9000";
const INSIDE: &str = "http://host.docker.internal:9000";
const PROXIED: &str = "https://auth.example.com";

/// The name by which containers know the machine.
const MACHINE: &str = "host.docker.internal";

/// In the order of the index of scenarios.
const TABLES: &[&[Expected]] = &[
    instance::EXPECTED,
    clients::EXPECTED,
    documents::EXPECTED,
    flows::EXPECTED,
    tls::EXPECTED,
    starts::EXPECTED,
    ways::EXPECTED,
    people::EXPECTED,
    events::EXPECTED,
    logs::EXPECTED,
];

/// What each scenario must come to, in the order of their index.
pub fn all() -> impl Iterator<Item = &'static Expected> {
    TABLES.iter().copied().flatten()
}

/// What this scenario must come to.
pub fn expected(scenario: &str) -> &'static Expected {
    all()
        .find(|expected| expected.scenario == scenario)
        .unwrap_or_else(|| panic!("nothing is expected of {scenario}"))
}
