//! Each app finds its discovery document, whole, and with the issuer that it expects. The document
//! is asked where the app asks it, because authentik writes into it the name under which it is
//! asked (knowledge B.5); the GET writes nothing (verified.md 2).

mod document;
mod issuer;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Role, Said, SeenDiscovery},
    model::{Kind, Subject},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// An app with what was seen of its document.
struct Look {
    app: AppFacts,
    seen: SeenDiscovery,
    /// The container of authentik's server, whose log may tell more.
    server: Option<String>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let documents = match facts::discovery(seen, &base, &apps).await {
        Ok(documents) => documents,
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let instance = Subject::new(Kind::Instance, &base.url);
            findings.skipped(
                "each app finds its discovery document",
                instance,
                why.to_string(),
            );
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let server = server(stack, seen).await;
    let looks: Vec<Look> = apps
        .into_iter()
        .zip(documents)
        .filter_map(|(app, seen)| {
            Some(Look {
                app,
                seen: seen?,
                server: server.clone(),
            })
        })
        .collect();
    let mut findings = Findings::new();
    for look in &looks {
        findings.merge(document::judge(look));
        findings.merge(issuer::judge(look));
    }
    Ok(findings)
}

async fn server(stack: &Stack, seen: &Evidence) -> Option<String> {
    let found = facts::containers(stack, seen).await.ok()?;
    Some(found.roles.of(Role::Server).first()?.name.clone())
}

impl Look {
    fn subject(&self) -> Subject {
        Subject::new(Kind::App, &self.app.name)
    }

    /// A fault of this app's document.
    fn raised(&self, code: &'static str) -> Raised {
        let place = match &self.app.says.issuer {
            Said::Value { place, .. } if self.seen.given.is_some() => Some(place),
            _ => None,
        };
        let by = place.map_or("below authentik's address", |place| &place.text);
        let variable = place.and_then(|place| place.variable.clone());
        let raised = Raised::new(code, self.subject())
            .with("app", self.app.name.clone())
            .with("slug", self.seen.slug.clone())
            .with("url", self.asked())
            .with("by", by)
            .with_some("variable", variable.clone())
            .with_some("by_hand", variable.is_none().then_some(true))
            .cites(self.seen.cite.clone());
        let cites = place.iter().flat_map(|place| place.cites.iter().cloned());
        cites.fold(raised, Raised::cites)
    }

    /// The document's URL as the app asks it.
    fn asked(&self) -> &str {
        self.seen.given.as_deref().unwrap_or(&self.seen.url)
    }

    /// What the app should have been given, with its own slug in the place of another.
    fn right(&self) -> Option<String> {
        let Said::Value { value, .. } = &self.app.says.issuer else {
            return None;
        };
        let slug = self.seen.given_slug()?;
        let wrong = format!("/application/o/{slug}");
        let right = format!("/application/o/{}", self.seen.slug);
        Some(value.replacen(&wrong, &right, 1))
    }
}
