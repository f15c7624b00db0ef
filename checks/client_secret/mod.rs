//! authentik takes each app's client secret: asked by a token request without a code, which writes
//! nothing (verified.md 2). The secret is read and compared inside the probe.

use futures::future::join_all;
use serde_json::Value;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Place, SaidSecret},
    model::{Kind, Subject},
    probe::{
        ProbeError,
        authentik_api::ProviderRow,
        client_secret::{Held, SecretSeen, Slip, Taken},
    },
    stack::{SecretPlace, Stack},
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

const TAKEN: &str = "authentik takes its client secret";
const CODE: &str = "authorization_code";
/// Why a secret is not asked for where the app's container does not hold it.
const UNTOLD: &str = "its container does not tell it: an app may keep it in its own database, as \
    Gitea does; client_secret of the app in akdoctor.toml can say where a copy stands";

/// What is judged, and with what.
struct Scene<'a> {
    stack: &'a Stack,
    seen: &'a Evidence,
    base: Base,
    /// Whether authentik's providers are known.
    told: bool,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    match facts::ready(seen, &base).await {
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let instance = Subject::new(Kind::Instance, &base.url);
            findings.skipped(TAKEN, instance, why.to_string());
            return Ok(findings);
        }
        ready => ready?,
    }
    let apps = facts::app_facts(stack, seen, &base).await;
    let told = facts::providers(stack, seen, &base).await.is_ok();
    let scene = Scene {
        stack,
        seen,
        base,
        told,
    };
    let mut findings = Findings::new();
    for one in join_all(apps.iter().map(|app| scene.app(app))).await {
        findings.merge(one);
    }
    if findings.points.is_empty() {
        let instance = Subject::new(Kind::Instance, &scene.base.url);
        let why = "no container here has a client secret, and akdoctor.toml names none";
        findings.skipped(TAKEN, instance, why);
    }
    Ok(findings)
}

impl Scene<'_> {
    async fn app(&self, app: &AppFacts) -> Findings {
        let mut findings = Findings::new();
        let subject = Subject::new(Kind::App, &app.name);
        let Some((id, provider)) = self.client(app) else {
            return findings;
        };
        let public = provider.is_some_and(|row| row.client_type.as_deref() == Some("public"));
        match &app.says.client_secret {
            SaidSecret::Missing { place, empty } => {
                let Some(provider) = provider else {
                    return findings;
                };
                match public {
                    true => findings.passed(TAKEN, subject, &place.cites),
                    false => findings.raise(TAKEN, missing(app, provider, place, *empty)),
                }
            }
            SaidSecret::Held { held, place } => {
                if let Some(provider) = provider.filter(|_| public) {
                    let raised = Raised::new("client-secret/public", subject);
                    findings.raise(
                        TAKEN,
                        self.dressed(raised, app, Some(provider), held, place),
                    );
                    return findings;
                }
                // `redirect-uri/grant-types` tells of it, and authentik says nothing of a secret.
                let grants = provider.and_then(|row| row.grant_types.as_ref());
                if grants.is_some_and(|grants| grants.iter().all(|grant| grant != CODE)) {
                    return findings;
                }
                let asked = (id, held, app.says.sends);
                let control = provider.is_none();
                let ask = facts::client_secret(self.stack, self.seen, &self.base, asked, control);
                let (answer, cite) = ask.await;
                match answer {
                    Ok(seen) => {
                        let held = (held, place);
                        self.told(&mut findings, app, provider, held, &seen, &cite);
                    }
                    Err(why) => findings.unknown(TAKEN, subject, &why),
                }
            }
            SaidSecret::Not if public => {}
            SaidSecret::Not => findings.skipped(TAKEN, subject, UNTOLD),
            SaidSecret::Unasked => {}
        }
        findings
    }

    /// The client id that the app sends and its provider. `None` where there is none of that id,
    /// or another's: `redirect-uri` tells of that.
    fn client<'a>(&self, app: &'a AppFacts) -> Option<(&'a str, Option<&'a ProviderRow>)> {
        let configured = app.configured.as_ref();
        let said = app.says.client_id.value();
        let said = said.or_else(|| configured?.client_id.as_deref());
        match &app.provider {
            Some(row) => said
                .is_none_or(|id| id == row.client_id)
                .then_some((row.client_id.as_str(), Some(row))),
            None if self.told => None,
            None => Some((said?, None)),
        }
    }

    fn told(
        &self,
        findings: &mut Findings,
        app: &AppFacts,
        provider: Option<&ProviderRow>,
        (held, place): (&Held, &Place),
        seen: &SecretSeen,
        cite: &str,
    ) {
        let subject = Subject::new(Kind::App, &app.name);
        let unclear = |detail: String| Unknown {
            key: cite.to_owned(),
            error: ProbeError::Failed {
                what: "asking authentik about the client secret".into(),
                detail,
            },
        };
        let raised = |code| {
            let raised = Raised::new(code, subject.clone()).cites(cite);
            self.dressed(raised, app, provider, held, place)
        };
        match (&seen.taken, seen.but_for, provider) {
            (Taken::Yes, ..) => findings.passed(TAKEN, subject, &[cite.to_owned()]),
            (Taken::Empty, _, Some(provider)) => {
                let raised = missing(app, provider, place, true).cites(cite);
                findings.raise(TAKEN, raised);
            }
            (Taken::No, Some(slip), _) => {
                let raised = raised("client-secret/written-otherwise");
                findings.raise(TAKEN, slipped(raised, slip));
            }
            (Taken::No, None, Some(_)) => {
                let observed = match seen.compared {
                    true => {
                        "authentik answers invalid_client; compared with each other, unseen, the two differ"
                    }
                    false => "authentik answers invalid_client",
                };
                findings.raise(
                    TAKEN,
                    raised("client-secret/wrong").with("observed", observed),
                );
            }
            (Taken::No, None, None) => findings.raise(TAKEN, raised("client-secret/refused")),
            (Taken::Empty, _, None) => {
                findings.unknown(TAKEN, subject, &unclear("the secret is empty".into()));
            }
            (Taken::NotLookedAt, ..) => {
                let detail = "it answers the same to a wrong secret: the client is public, or may \
                              not use the grant type authorization_code";
                findings.unknown(TAKEN, subject, &unclear(detail.into()));
            }
            (Taken::Other { status, error }, ..) => {
                let error = error.as_deref().unwrap_or("no error that OAuth knows");
                let detail = format!("it answered with status {status} and {error}");
                findings.unknown(TAKEN, subject, &unclear(detail));
            }
        }
    }

    /// A fault with what its words and its mends need.
    fn dressed(
        &self,
        raised: Raised,
        app: &AppFacts,
        provider: Option<&ProviderRow>,
        held: &Held,
        place: &Place,
    ) -> Raised {
        let mut raised = of_app(raised, app, place);
        if let Some(provider) = provider {
            raised = of_provider(raised, provider);
        }
        let container = place.container.as_deref();
        let text = |value: &str| Some(Value::from(value));
        match held {
            Held::Variable(at) => raised.with_some("from_variable", text(&at.variable)),
            Held::Flag { flag, .. } => raised.with_some("from_flag", text(flag)),
            Held::File { path, .. } => {
                let at = container.map(|name| format!("{name}:{path}"));
                raised.with_some("from_file", at)
            }
            Held::Given { .. } => match self.given(app) {
                Some(SecretPlace::Variable(name)) => raised.with_some("own_variable", text(name)),
                Some(SecretPlace::File(path)) => raised.with_some("own_file", text(path)),
                None => raised,
            },
        }
    }

    fn given<'a>(&self, app: &'a AppFacts) -> Option<&'a SecretPlace> {
        app.configured.as_ref()?.client_secret.as_ref()
    }
}

fn of_app(raised: Raised, app: &AppFacts, place: &Place) -> Raised {
    let raised = raised
        .with("app", app.name.clone())
        .with("place", place.text.clone())
        .with_some("container", place.container.clone());
    place.cites.iter().cloned().fold(raised, Raised::cites)
}

fn of_provider(raised: Raised, provider: &ProviderRow) -> Raised {
    raised
        .with("provider", provider.name.clone())
        .with("pk", provider.pk)
}

fn missing(app: &AppFacts, provider: &ProviderRow, place: &Place, empty: bool) -> Raised {
    let raised = Raised::new("client-secret/missing", Subject::new(Kind::App, &app.name));
    let how = if empty { "is empty" } else { "is not set" };
    of_provider(of_app(raised, app, place), provider).with("how", how)
}

/// A secret that is right but for a slip.
fn slipped(raised: Raised, slip: Slip) -> Raised {
    let (how, mend) = match slip {
        Slip::LineBreak => (
            "it has a line break at its end",
            "without the line break at its end",
        ),
        Slip::WhiteSpace => (
            "it has white space around it",
            "without white space around it",
        ),
        Slip::Quotes => (
            "the quotes around it are part of it",
            "without quotes around it",
        ),
        Slip::DoubleDollar => (
            "it has $$ where authentik's has $",
            "with one $ where it has two: nothing makes one of them here",
        ),
        Slip::Eaten => (
            "a part that begins with $ was taken for a variable and is gone",
            "with $$ for each $ where compose reads it, or in single quotes where a shell does",
        ),
        Slip::Encoded => (
            "it is encoded like a form's value before it goes into HTTP Basic, and authentik takes it as it stands",
            "of letters, digits, - and _ alone, on both sides, or let it be sent in the form (client_secret_post)",
        ),
    };
    raised.with("how", how).with("mend", mend)
}
