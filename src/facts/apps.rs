//! The apps that sign in through authentik: what akdoctor.toml names, completed by what authentik
//! knows, with what each app's own container says of its sign-in.

use std::sync::Arc;

use super::{AppSays, Base, containers, database_facts, rights, says, shell_facts};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe, ProbeError,
        ak_shell::ShellFacts,
        authentik_api::{
            ApplicationRow, AskApplications, AskProviders, AskScopeMappings, List, ProviderRow,
        },
        engine::Container,
        psql::DatabaseFacts,
        scope_mapping::ScopeMappingRow,
    },
    stack::{self, Stack},
};

/// The apps that sign in through authentik.
#[derive(Debug, Clone, Default)]
pub struct Apps {
    /// Their names, those of akdoctor.toml first.
    pub names: Vec<String>,
    /// Whether authentik itself told them all; otherwise there may be more.
    pub complete: bool,
}

/// Rows of authentik's, and who told them.
#[derive(Debug, Clone)]
pub struct Told<R> {
    /// All of them.
    pub rows: Vec<R>,
    /// The key of the evidence.
    pub cite: String,
}

/// An app, put together from everything that knows it.
#[derive(Debug, Clone)]
pub struct AppFacts {
    /// What people call it; the name of its subject.
    pub name: String,
    /// What akdoctor.toml says of it.
    pub configured: Option<stack::App>,
    /// Its application in authentik.
    pub application: Option<ApplicationRow>,
    /// The provider of that application, or the one with its client id.
    pub provider: Option<ProviderRow>,
    /// Its container on this engine.
    pub container: Option<Arc<Container>>,
    /// How many containers say that they are this app: replicas, or a copy that was left behind.
    pub alike: usize,
    /// What its container says of its sign-in.
    pub says: AppSays,
}

/// The apps, from the best source that tells them.
pub async fn apps(stack: &Stack, seen: &Evidence, base: &Base) -> Apps {
    let mut names: Vec<String> = stack.apps.iter().map(|app| app.name.clone()).collect();
    let known = applications(stack, seen, base).await;
    for row in known.iter().flat_map(|told| &told.rows) {
        let listed = stack.apps.iter().any(|app| app.slug == row.slug);
        if !listed && row.provider.is_some() {
            names.push(row.name.clone());
        }
    }
    Apps {
        names,
        complete: known.is_ok(),
    }
}

/// Everything known of every app: those of akdoctor.toml first, then authentik's other
/// applications that have an OAuth2 provider, and containers that say that they sign in through it
/// and are none of these, unless the run was narrowed to some apps.
pub async fn app_facts(stack: &Stack, seen: &Evidence, base: &Base) -> Vec<AppFacts> {
    let (applications, providers, found) = futures::join!(
        applications(stack, seen, base),
        providers(stack, seen, base),
        containers(stack, seen)
    );
    let whole = applications.is_ok() && providers.is_ok() && !stack.narrowed;
    let applications = applications.map(|told| told.rows).unwrap_or_default();
    let providers = providers.map(|told| told.rows).unwrap_or_default();
    let mut facts: Vec<AppFacts> = Vec::new();
    for app in &stack.apps {
        let application = applications
            .iter()
            .find(|row| row.slug == app.slug)
            .cloned();
        let provider = providers
            .iter()
            .find(|row| row.application.as_deref() == Some(&app.slug))
            .or_else(|| {
                providers
                    .iter()
                    .find(|row| Some(&row.client_id) == app.client_id.as_ref())
            });
        let named = app.container.as_deref();
        let container = named.and_then(|name| found.as_ref().ok()?.named(name).cloned());
        facts.push(AppFacts {
            name: app.name.clone(),
            configured: Some(app.clone()),
            application,
            provider: provider.cloned(),
            alike: usize::from(container.is_some()),
            container,
            says: AppSays::default(),
        });
    }
    for application in &applications {
        let known = stack.apps.iter().any(|app| app.slug == application.slug);
        let provider = providers
            .iter()
            .find(|row| row.application.as_deref() == Some(&application.slug));
        if let Some(provider) = provider.filter(|_| !known && !stack.narrowed) {
            facts.push(AppFacts {
                name: application.name.clone(),
                configured: None,
                application: Some(application.clone()),
                provider: Some(provider.clone()),
                container: None,
                alike: 0,
                says: AppSays::default(),
            });
        }
    }
    let others = whole.then_some(providers.as_slice());
    // Proved when the configuration was read.
    let profiles = stack.profiles().unwrap_or_default();
    let found = found.as_ref().ok();
    says::complete(&mut facts, seen, found, others, &profiles).await;
    for app in &mut facts {
        says::by_named_profile(app, &profiles);
        if let Some(configured) = &app.configured {
            app.says.complete_by(configured);
        }
    }
    facts
}

/// Every application.
///
/// # Errors
/// [`Unknown`] of the last source when none told.
pub async fn applications(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
) -> Result<Told<ApplicationRow>, Unknown> {
    let ask = AskApplications {
        base: base.url.clone(),
        known: stack.apps.iter().map(|app| app.slug.clone()).collect(),
    };
    let database = |facts: &DatabaseFacts| facts.applications.clone();
    let shell = |facts: &ShellFacts| facts.applications.clone();
    best(stack, seen, base, ask, database, shell).await
}

/// Every OAuth2/OpenID provider.
///
/// # Errors
/// [`Unknown`] of the last source when none told.
pub async fn providers(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
) -> Result<Told<ProviderRow>, Unknown> {
    let ask = AskProviders {
        base: base.url.clone(),
    };
    let database = |facts: &DatabaseFacts| facts.providers.clone();
    let shell = |facts: &ShellFacts| facts.providers.clone();
    best(stack, seen, base, ask, database, shell).await
}

/// Every scope mapping; no source tells of none, because authentik always has its own.
///
/// # Errors
/// [`Unknown`] of the last source when none told.
pub async fn scope_mappings(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
) -> Result<Told<ScopeMappingRow>, Unknown> {
    let ask = AskScopeMappings {
        base: base.url.clone(),
    };
    let key = ask.key();
    let database = |facts: &DatabaseFacts| facts.scope_mappings.clone();
    let shell = |facts: &ShellFacts| facts.scope_mappings.clone();
    let told = best(stack, seen, base, ask, database, shell).await?;
    match told.rows.is_empty() {
        false => Ok(told),
        true => Err(Unknown::not_configured(
            key,
            "no source tells the scope mappings",
        )),
    }
}

/// A list from the first source that tells it whole: the API, `psql`, `ak shell`.
async fn best<P, R>(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    ask: P,
    database: impl Fn(&DatabaseFacts) -> Vec<R>,
    shell: impl Fn(&ShellFacts) -> Vec<R>,
) -> Result<Told<R>, Unknown>
where
    P: Probe<Answer = List<R>>,
    R: Clone,
{
    let key = ask.key();
    let told = match rights(stack, seen, &base.url).await {
        Ok(_) => seen.ask(ask).await,
        Err(why) => Err(why),
    };
    if let Some(whole) = whole(&told, key.clone()) {
        return Ok(whole);
    }
    if let Ok(facts) = database_facts(stack, seen).await {
        let cite = "psql".into();
        let rows = database(&facts);
        return Ok(Told { rows, cite });
    }
    let facts = shell_facts(stack, seen, base).await;
    let rows = shell(&*facts.map_err(|why| better(told, &key, why))?);
    let cite = "ak shell".into();
    Ok(Told { rows, cite })
}

/// Why nothing told: what the API said, where it was asked and refused or told less than all.
fn better<R>(api: Result<Arc<List<R>>, Unknown>, key: &str, last: Unknown) -> Unknown {
    if !last.is_not_configured() {
        return last;
    }
    match api {
        Err(why) if !why.is_not_configured() => why,
        Ok(list) => Unknown {
            key: key.to_owned(),
            error: ProbeError::NotAllowed {
                what: "reading the whole list".into(),
                detail: format!(
                    "this token's user sees {} of {} rows; the token of a superuser sees all, and \
                     so does a run on the machine of authentik's containers",
                    list.rows.len(),
                    list.count
                ),
            },
        },
        Err(_) => last,
    }
}

/// A list of the API that is whole: a limited token's may be shortened.
fn whole<R: Clone>(list: &Result<Arc<List<R>>, Unknown>, cite: String) -> Option<Told<R>> {
    let list = list.as_ref().ok().filter(|list| !list.is_shortened())?;
    Some(Told {
        rows: list.rows.clone(),
        cite,
    })
}
