//! The issuer that authentik names is the one that each app expects, byte for byte where the app
//! compares bytes. Read out of the discovery document where the app asks it, because authentik
//! writes into it the name under which it is asked (knowledge B.5).

mod judge;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Said, SeenDiscovery},
    model::{Kind, Subject},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(run(stack, seen)),
};

/// An app with what was seen of its document.
struct Look {
    app: AppFacts,
    seen: SeenDiscovery,
}

async fn run(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let instance = Subject::new(Kind::Instance, &base.url);
    let documents = match facts::discovery(seen, &base, &apps).await {
        Ok(documents) => documents,
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            findings.skipped(judge::EXPECTED, instance, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let both = apps.into_iter().zip(documents);
    let looks: Vec<Look> = both
        .filter_map(|(app, seen)| Some(Look { app, seen: seen? }))
        .collect();
    let mut findings = Findings::new();
    for look in &looks {
        findings.merge(judge::app(look));
    }
    Ok(findings)
}

impl Look {
    fn subject(&self) -> Subject {
        Subject::new(Kind::App, &self.app.name)
    }

    /// A fault of the issuer that this app expects.
    fn raised(&self, code: &'static str) -> Raised {
        let place = match &self.app.says.issuer {
            Said::Value { place, .. } => Some(place),
            _ => None,
        };
        let by = place.map_or("below authentik's address", |place| &place.text);
        let variable = place.and_then(|place| place.variable.clone());
        let raised = Raised::new(code, self.subject())
            .with("app", self.app.name.clone())
            .with("by", by)
            .with_some("variable", variable.clone())
            .with_some("by_hand", variable.is_none().then_some(true))
            .cites(self.seen.cite.clone());
        let cites = place.iter().flat_map(|place| place.cites.iter().cloned());
        cites.fold(raised, Raised::cites)
    }
}
