//! The keys of each provider, by its discovery document and its public keys: GETs that write
//! nothing (verified.md 2). What each fault looks like was measured: verified.md 7.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::Timestamp;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, SeenDiscovery},
    model::{Kind, Subject, list_of},
    probe::{
        authentik_api::ProviderRow,
        oidc::{Discovery, Key, Told},
    },
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

const USABLE: &str = "its tokens are signed with a key that it can use";
const VALID: &str = "the certificates that sign tokens are valid";

/// An app whose document and keys were seen.
struct Look<'a> {
    app: &'a AppFacts,
    document: &'a SeenDiscovery,
    keys: Vec<Key>,
    cite: String,
}

impl Look<'_> {
    /// Whether its provider shows a public key for what it signs.
    fn signs(&self) -> bool {
        self.keys.iter().any(|key| key.used_for != "enc")
    }
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let documents = match facts::discovery(seen, &base, &apps).await {
        Ok(documents) => documents,
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let instance = Subject::new(Kind::Instance, &base.url);
            findings.skipped(USABLE, instance, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let both = apps.iter().zip(&documents);
    let asked = both.filter_map(|(app, seen)| Some((app, seen.as_ref()?)));
    let looks = asked.map(|(app, document)| look(seen, &base, app, document));
    let mut findings = Findings::new();
    let mut looks = join_all(looks).await;
    looks.retain(|look| match look {
        Ok(look) => look.is_some(),
        Err((subject, why)) => {
            findings.unknown(USABLE, subject.clone(), why);
            false
        }
    });
    let looks: Vec<Look<'_>> = looks.into_iter().flatten().flatten().collect();
    for look in &looks {
        match (fault(look, &apps), &look.document.told) {
            (Some(raised), _) => findings.raise(USABLE, raised),
            (None, Err(why)) if !look.signs() => findings.unknown(USABLE, subject(look.app), why),
            (None, _) => {
                findings.passed(USABLE, subject(look.app), std::slice::from_ref(&look.cite))
            }
        }
    }
    findings.merge(expired(&looks, seen.started(), &base));
    Ok(findings)
}

fn subject(app: &AppFacts) -> Subject {
    Subject::new(Kind::App, &app.name)
}

/// `None` where there is no provider to look at, which `oidc-discovery` tells.
async fn look<'a>(
    seen: &Evidence,
    base: &Base,
    app: &'a AppFacts,
    document: &'a SeenDiscovery,
) -> Result<Option<Look<'a>>, (Subject, Unknown)> {
    let (told, cite) = facts::keys(seen, base, &document.slug).await;
    let told = told.map_err(|why| (subject(app), why))?;
    let Told::Document(keys) = &*told else {
        return Ok(None);
    };
    Ok(Some(Look {
        app,
        document,
        keys: keys.clone(),
        cite,
    }))
}

fn fault(look: &Look<'_>, apps: &[AppFacts]) -> Option<Raised> {
    let told = look.document.told.as_deref().ok()?;
    let provider = look.app.provider.as_ref()?;
    let signs = look.signs();
    let insists = look.app.says.insists;
    match told {
        Told::Status { status, .. } if *status >= 500 && !signs => {
            let raised = raised("signing-key/no-private-key", look, provider);
            let raised = raised.with("status", *status);
            let raised = raised.with_some("old", provider.signing_key.clone());
            Some(like(raised, provider, apps))
        }
        Told::Document(document) if insists.rs256 && !signs && !signs_with_key(document) => {
            let raised = raised("signing-key/missing", look, provider);
            Some(like(raised, provider, apps))
        }
        Told::Document(document)
            if look.app.says.profile.is_none() && !signs && !signs_with_key(document) =>
        {
            let raised = raised("signing-key/none", look, provider);
            Some(like(raised, provider, apps))
        }
        Told::Document(document) if insists.plain_tokens && document.encryption.is_some() => {
            Some(raised("signing-key/encrypted", look, provider))
        }
        _ => None,
    }
}

fn signs_with_key(document: &Discovery) -> bool {
    let algorithms = document.signing.iter().flatten();
    algorithms.into_iter().any(|name| !name.starts_with("HS"))
}

fn raised(code: &'static str, look: &Look<'_>, provider: &ProviderRow) -> Raised {
    Raised::new(code, subject(look.app))
        .with("app", look.app.name.clone())
        .with("provider", provider.name.clone())
        .with("pk", provider.pk)
        .cites(look.document.cite.clone())
        .cites(look.cite.clone())
}

/// The key of another provider, which works there, can be taken for this one.
fn like(raised: Raised, provider: &ProviderRow, apps: &[AppFacts]) -> Raised {
    let others = apps.iter().filter_map(|app| app.provider.as_ref());
    let mut keys = others.filter(|other| other.pk != provider.pk);
    let other =
        keys.find(|other| other.signing_key.is_some() && other.signing_key != provider.signing_key);
    let Some(other) = other else { return raised };
    raised
        .with_some("key", other.signing_key.clone())
        .with("like", other.name.clone())
}

/// One finding a certificate, however many providers sign with it.
fn expired(looks: &[Look<'_>], now: Timestamp, base: &Base) -> Findings {
    let mut findings = Findings::new();
    let instance = Subject::new(Kind::Instance, &base.url);
    let mut by_key: BTreeMap<&str, (&str, Vec<&Look<'_>>)> = BTreeMap::new();
    for look in looks {
        for key in look.keys.iter().filter(|key| key.used_for != "enc") {
            let Some(until) = key.not_after.as_deref().filter(|until| is_past(until, now)) else {
                continue;
            };
            let known = by_key.entry(&key.id).or_insert((until, Vec::new()));
            known.1.push(look);
        }
    }
    for (until, looks) in by_key.values() {
        let apps: Vec<&str> = looks.iter().map(|look| look.app.name.as_str()).collect();
        let raised = Raised::new("signing-key/expired", instance.clone())
            .with("apps", list_of(&apps))
            .with("until", *until);
        let cites = looks.iter().map(|look| look.cite.clone());
        findings.raise(VALID, cites.fold(raised, Raised::cites));
    }
    if let Some(look) = looks.first().filter(|_| by_key.is_empty()) {
        findings.passed(VALID, instance, std::slice::from_ref(&look.cite));
    }
    findings
}

fn is_past(until: &str, now: Timestamp) -> bool {
    until.parse::<Timestamp>().is_ok_and(|until| until < now)
}
