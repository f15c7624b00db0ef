//! authentik's version, most reliable source first (knowledge A.2).

use super::{Base, containers, database_facts, rights};
use crate::{
    evidence::Evidence,
    model::Version,
    probe::{authentik_api::AskVersion, engine::Container, http::HttpGet},
    stack::Stack,
};

/// authentik's version, if anything tells it.
pub async fn version(stack: &Stack, seen: &Evidence, base: &Base) -> Option<Version> {
    if rights(stack, seen, &base.url).await.is_ok()
        && let Ok(running) = seen
            .ask(AskVersion {
                base: base.url.clone(),
            })
            .await
        && let Ok(version) = running.current.parse()
    {
        return Some(version);
    }
    if let Ok(found) = containers(stack, seen).await {
        let core = found.roles.server.iter().chain(&found.roles.worker);
        if let Some(version) = core.into_iter().find_map(|c| image_version(c)) {
            return Some(version);
        }
    }
    if let Some(family) = page_version(seen, base).await {
        return Some(family);
    }
    let facts = database_facts(stack, seen).await.ok()?;
    facts.version.as_deref()?.parse().ok()
}

/// The version that a container's image was built as: its label, else its tag. A tag such as
/// `latest` is no version.
pub fn image_version(container: &Container) -> Option<Version> {
    let label = container.image_version.as_deref();
    label
        .and_then(|label| label.parse().ok())
        .or_else(|| container.tag()?.parse().ok())
}

/// The release family in the login page's inline script (`versionFamily: "2025.8"`), which needs
/// no token.
async fn page_version(seen: &Evidence, base: &Base) -> Option<Version> {
    let url = base.path("/if/flow/default-authentication-flow/");
    let page = seen.ask(HttpGet::new(url)).await.ok()?;
    let (_, rest) = page.body.split_once("versionFamily")?;
    let (_, rest) = rest.split_once('"')?;
    // `versionFamily: "2025.8"` or, as JSON, `"versionFamily": "2025.8"`.
    let rest = rest
        .strip_prefix(": \"")
        .or(rest.strip_prefix(":\""))
        .unwrap_or(rest);
    rest.split('"').next()?.parse().ok()
}

/// Whether authentik's own pages are open to this type of account (knowledge A.1: external people
/// from 2024.8, service accounts from 2026.5).
pub fn may_use_pages(kind: &str, version: Option<&Version>) -> bool {
    let (year, month) = match kind {
        "external" => (2024, 8),
        "service_account" | "internal_service_account" => (2026, 5),
        _ => return true,
    };
    version.is_none_or(|running| !running.at_least(year, month))
}
