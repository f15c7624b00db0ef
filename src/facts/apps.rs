//! The apps that sign in through authentik: what akdoctor.toml names, completed by what authentik
//! itself knows.

use super::{Base, database_facts, rights, shell_facts};
use crate::{
    evidence::Evidence,
    probe::authentik_api::{ApplicationRow, AskApplications},
    stack::Stack,
};

/// The apps that sign in through authentik.
#[derive(Debug, Clone, Default)]
pub struct Apps {
    /// Their names, those of akdoctor.toml first.
    pub names: Vec<String>,
    /// Whether authentik itself told them all; otherwise there may be more.
    pub complete: bool,
}

/// The apps, from the best source that tells them.
pub async fn apps(stack: &Stack, seen: &Evidence, base: &Base) -> Apps {
    let mut names: Vec<String> = stack.apps.iter().map(|app| app.name.clone()).collect();
    let known = applications(stack, seen, base).await;
    for row in known.iter().flatten() {
        let listed = stack.apps.iter().any(|app| app.slug == row.slug);
        if !listed && row.provider.is_some() {
            names.push(row.name.clone());
        }
    }
    Apps {
        names,
        complete: known.is_some(),
    }
}

async fn applications(stack: &Stack, seen: &Evidence, base: &Base) -> Option<Vec<ApplicationRow>> {
    if rights(stack, seen, &base.url).await.is_ok() {
        let url = base.url.clone();
        if let Ok(list) = seen.ask(AskApplications { base: url }).await
            && !list.is_shortened()
        {
            return Some(list.rows.clone());
        }
    }
    if let Ok(facts) = database_facts(stack, seen).await {
        return Some(facts.applications.clone());
    }
    let facts = shell_facts(stack, seen, base).await.ok()?;
    Some(facts.applications.clone())
}
