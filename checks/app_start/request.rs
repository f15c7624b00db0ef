//! What the authorization request asks for.

use super::raised;
use crate::{
    check::Findings,
    facts::{AppFacts, Start},
    model::{Kind, Reach, Severity, Subject, list_of},
    probe::start::Authorize,
};

const ASKS: &str = "its request asks for what a sign-in needs";

/// The response types that authentik takes (2025.10, knowledge B.2).
const RESPONSE_TYPES: [&str; 6] = [
    "code",
    "code id_token",
    "code id_token token",
    "code token",
    "id_token",
    "id_token token",
];

pub(super) fn judge(app: &AppFacts, start: &Start, request: &Authorize) -> Findings {
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
    let kind = request.response_type.clone().unwrap_or_default();
    let mut parts: Vec<&str> = kind.split_whitespace().collect();
    parts.sort_unstable();
    if !RESPONSE_TYPES.contains(&parts.join(" ").as_str()) {
        let fault = raised("app-start/response-type", app, start);
        findings.raise(ASKS, fault.with("kind", kind));
        return findings;
    }
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
    let subject = Subject::new(Kind::App, &app.name);
    findings.passed(ASKS, subject, std::slice::from_ref(&start.cite));
    findings
}
