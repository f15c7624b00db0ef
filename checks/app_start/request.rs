//! What the authorization request asks for, and whether authentik takes it: by its own rules, and
//! by its own word where it could be asked.

use super::{raised, rules};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppFacts, Authorization, Start},
    model::{Kind, Reach, Severity, Subject, list_of},
    probe::{ProbeError, authorize::Replied, start::Authorize},
};
use rules::{Refusal, refusal};

const ASKS: &str = "its request asks for what a sign-in needs";
const TAKES: &str = "authentik takes its request";

pub(super) fn judge(
    app: &AppFacts,
    start: &Start,
    request: &Authorize,
    word: &Authorization,
) -> Findings {
    let mut findings = Findings::new();
    let missing: Vec<&str> = [
        ("client_id", &request.client_id),
        ("redirect_uri", &request.redirect_uri),
        ("response_type", &request.response_type),
    ]
    .into_iter()
    .filter(|(_, value)| value.as_deref().is_none_or(str::is_empty))
    .map(|(name, _)| name)
    .collect();
    if !missing.is_empty() {
        let fault = raised("app-start/parameter-missing", app, start);
        findings.raise(ASKS, fault.with("missing", list_of(&missing)));
        return findings;
    }
    let taken = word
        .replied()
        .is_some_and(|(replied, _)| replied.takes_it());
    // A release may know more than these rules; a question never holds `max_age`.
    match refusal(request).filter(|refusal| !taken || refusal.error().is_none()) {
        Some(refusal) => {
            let fault = foreseen(app, start, refusal);
            let cite = word.replied().map(|(_, cite)| cite.clone());
            findings.raise(ASKS, cite.into_iter().fold(fault, Raised::cites));
        }
        None => {
            findings.merge(asks(app, start, request));
            findings.merge(takes(app, start, word));
        }
    }
    findings
}

/// What authentik's rules refuse.
fn foreseen(app: &AppFacts, start: &Start, refusal: Refusal) -> Raised {
    let error = refusal.error().unwrap_or("status 500");
    let of = |code| raised(code, app, start).with("error", error);
    match refusal {
        Refusal::ResponseType(kind) => of("app-start/response-type").with("kind", kind),
        Refusal::PkceMethod(method) => {
            let method = match method.is_empty() {
                true => "nothing".to_owned(),
                false => method,
            };
            of("app-start/pkce-method").with("method", method)
        }
        Refusal::RequestObject => of("app-start/request-object"),
        Refusal::Implicit { kind, without, .. } => of("app-start/implicit-incomplete")
            .with("kind", kind)
            .with("without", without),
        // It was not seen to fail: asking would leave an event.
        Refusal::MaxAge(age) => of("app-start/max-age").with("age", age).inferred(),
    }
}

/// What the request asks for, apart from what authentik refuses.
fn asks(app: &AppFacts, start: &Start, request: &Authorize) -> Findings {
    let mut findings = Findings::new();
    // authentik takes every scope of the provider where none is asked for (apps.md 1).
    let scope = request
        .scope
        .as_deref()
        .filter(|scope| !scope.trim().is_empty());
    if let Some(scope) = scope
        && !scope.split_whitespace().any(|one| one == "openid")
    {
        let fault = raised("app-start/no-openid", app, start).with("scope", scope);
        let fault = match app.says.insists.issuer_exact {
            // It reads the id token, which comes with this scope alone.
            Some(true) => fault.weighing(Severity::Error, Reach::Subject),
            _ => fault,
        };
        findings.raise(ASKS, fault);
        return findings;
    }
    let pkce = match &request.pkce {
        Some(method) => format!("PKCE {method}"),
        None => "no PKCE".to_owned(),
    };
    let cites = std::slice::from_ref(&start.cite);
    findings.passed(&format!("{ASKS} ({pkce})"), subject(app), cites);
    findings
}

/// authentik's own word on a request that its rules take.
fn takes(app: &AppFacts, start: &Start, word: &Authorization) -> Findings {
    let mut findings = Findings::new();
    let (told, cite) = match word {
        Authorization::Asked { told, cite } => (told, cite),
        Authorization::Not(why) => {
            findings.skipped(TAKES, subject(app), *why);
            return findings;
        }
    };
    let told = match told {
        Ok(told) => told,
        Err(why) => {
            findings.unknown(TAKES, subject(app), why);
            return findings;
        }
    };
    match &**told {
        replied if replied.takes_it() => {
            findings.passed(TAKES, subject(app), std::slice::from_ref(cite));
        }
        Replied::SentBack { error, description } => {
            let says = description
                .as_deref()
                .map(|it| format!(" (\u{201c}{it}\u{201d})"));
            let fault = raised("app-start/request-refused", app, start)
                .with("error", error.clone())
                .with("words", says.unwrap_or_default())
                .cites(cite.clone());
            findings.raise(TAKES, fault);
        }
        // Told by the check of redirect URIs.
        Replied::UnknownClient | Replied::RefusedRedirectUri => {}
        Replied::Other { status, to } => {
            let to = to.as_deref().map(|to| format!(", leading to {to}"));
            let why = Unknown {
                key: cite.clone(),
                error: ProbeError::Malformed {
                    what: "the authorization endpoint".into(),
                    detail: format!("status {status}{}", to.unwrap_or_default()),
                },
            };
            findings.unknown(TAKES, subject(app), &why);
        }
    }
    findings
}

fn subject(app: &AppFacts) -> Subject {
    Subject::new(Kind::App, &app.name)
}
