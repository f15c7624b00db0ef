//! What one app gets.

use super::{GIVEN, Look};
use crate::{
    check::{Findings, Raised},
    facts::NeededClaim,
    model::{Reach, Severity, list_of},
    probe::scope_mapping::ScopeMappingRow,
};

/// What can be said of an app whose needs are not known.
const SCOPES: &str = "its provider has the scopes that it is known to ask for";
const VERIFIED: &str = "email_verified";

/// Whether a claim comes.
enum Comes {
    Yes,
    No,
    /// It is not known what is asked for, or what an expression gives.
    Perhaps,
}

pub(super) fn app(look: &Look<'_>) -> Findings {
    let mut findings = Findings::new();
    if let Some(raised) = without_openid(look) {
        findings.raise(GIVEN, raised);
        return findings;
    }
    let mut told: Vec<String> = Vec::new();
    let mut perhaps = false;
    for claim in &look.app.says.claims {
        match comes(look, &claim.name) {
            // Without an address nobody asks whether it is verified.
            Comes::No if claim.name == VERIFIED && told.iter().any(|name| name == "email") => {}
            Comes::No => {
                told.push(claim.name.clone());
                findings.raise(GIVEN, missing(look, claim));
            }
            Comes::Yes if claim.must_be_true => {
                if let Some(raised) = untrue(look, claim) {
                    findings.raise(GIVEN, raised);
                }
            }
            Comes::Yes => {}
            Comes::Perhaps => perhaps = true,
        }
    }
    if let Some(raised) = not_in_id_token(look) {
        findings.raise(GIVEN, raised);
    }
    if let Some(raised) = not_selected(look, &told) {
        findings.raise(GIVEN, raised);
    }
    if findings.raised.is_empty() && !perhaps {
        let what = match look.app.says.claims.is_empty() {
            true => SCOPES,
            false => GIVEN,
        };
        findings.passed(what, look.subject(), &[look.cite.to_owned()]);
    }
    findings
}

/// Without the scope openid authentik issues no id_token with claims, and refuses userinfo
/// (verified.md 1, F-SC).
fn without_openid(look: &Look<'_>) -> Option<Raised> {
    let raised = look.raised("claims/no-openid");
    if look.asks("openid") == Some(false) {
        let because = format!("{} asks for {}", look.app.name, look.asked_for());
        return Some(raised.with("because", because).with("unasked", true));
    }
    if look.has("openid") {
        return None;
    }
    let because = format!("provider {} has no mapping for it", look.provider.name);
    let raised = raised.with("because", because);
    Some(match own_of(look, "openid") {
        Some(mapping) => look.selecting(raised, mapping),
        None => raised,
    })
}

/// authentik's mapping for a scope: its own first.
fn own_of<'a>(look: &Look<'a>, scope: &str) -> Option<&'a ScopeMappingRow> {
    let mut fits = look.all.iter().filter(|row| row.scope == scope);
    let managed = fits.clone().find(|row| row.managed.is_some());
    managed.or_else(|| fits.next())
}

fn comes(look: &Look<'_>, claim: &str) -> Comes {
    // Every token has them, whatever the mappings (RFC 7519 section 4.1).
    if matches!(claim, "sub" | "iss" | "aud") {
        return Comes::Yes;
    }
    let mut perhaps = false;
    for row in &look.selected {
        match (look.asks(&row.scope), row.gives.gives(claim)) {
            (Some(true), Some(true)) => return Comes::Yes,
            (Some(false), _) | (_, Some(false)) => {}
            _ => perhaps = true,
        }
    }
    if perhaps { Comes::Perhaps } else { Comes::No }
}

fn missing(look: &Look<'_>, claim: &NeededClaim) -> Raised {
    let name = claim.name.as_str();
    let raised = look
        .raised("claims/missing")
        .with("claim", name)
        .with_some("unless", claim.unless.first().cloned());
    let gives = |row: &&&ScopeMappingRow| row.gives.gives(name) == Some(true);
    if let Some(row) = look.selected.iter().find(gives) {
        let because = format!(
            "it comes with the scope {}, which {} does not ask for",
            row.scope, look.app.name
        );
        return raised
            .with("because", because)
            .with("scope", row.scope.clone());
    }
    let mut others = look.all.iter();
    let other = others
        .find(|row| row.gives.gives(name) == Some(true) && look.asks(&row.scope) != Some(false));
    let raised = match other {
        Some(row) => {
            let because = format!(
                "the mapping that gives it, {}, is not selected on provider {}",
                row.name, look.provider.name
            );
            look.selecting(raised.with("because", because), row)
        }
        None => {
            let because = format!(
                "no scope mapping of provider {} gives it",
                look.provider.name
            );
            let raised = raised.with("because", because).with("none", true);
            let minio = look.app.says.profile.as_deref() == Some("minio");
            raised.with_some("policy", minio.then(|| name.to_owned()))
        }
    };
    // Releases of Coder differ in what they make of an absent one (knowledge B.8).
    match name {
        VERIFIED => raised.weighing(Severity::Warning, Reach::Nobody).inferred(),
        _ => raised,
    }
}

/// A claim that must be true and is written out as false. What an expression works out for each
/// person is not judged.
fn untrue(look: &Look<'_>, claim: &NeededClaim) -> Option<Raised> {
    let told: Vec<&&ScopeMappingRow> = look
        .selected
        .iter()
        .filter(|row| look.asks(&row.scope) == Some(true))
        .filter(|row| row.gives.gives(&claim.name) == Some(true))
        .collect();
    let all_false = told
        .iter()
        .all(|row| row.gives.email_verified == Some(false));
    if claim.name != VERIFIED || told.is_empty() || !all_false {
        return None;
    }
    let names: Vec<&str> = told.iter().map(|row| row.name.as_str()).collect();
    let pks: Vec<String> = told.iter().map(|row| row.pk.clone()).collect();
    let managed = told.iter().any(|row| row.managed.is_some());
    let by = match managed {
        true => format!("{}, authentik's own from 2025.10 on", list_of(&names)),
        false => list_of(&names),
    };
    let raised = look
        .raised("claims/email-not-verified")
        .with("by", by)
        .with("replaced", pks)
        .with_some(
            "container",
            look.app.container.as_ref().map(|it| it.name.clone()),
        )
        .with_some("unless", claim.unless.first().cloned());
    Some(raised)
}

fn not_in_id_token(look: &Look<'_>) -> Option<Raised> {
    let claims: Vec<&str> = look
        .app
        .says
        .claims
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    let only = look.app.says.id_token_only && !claims.is_empty();
    let without = look.provider.claims_in_id_token == Some(false);
    (only && without).then(|| {
        look.raised("claims/not-in-id-token")
            .with("claims", list_of(&claims))
    })
}

/// Scopes that are asked for and that authentik drops without a word to the app: what comes with
/// them does not come. Those whose claims are missing are told by that.
fn not_selected(look: &Look<'_>, told: &[String]) -> Option<Raised> {
    let scopes = look.app.says.scopes.as_ref()?;
    let explains = |scope: &str| {
        let mut all = look.all.iter().filter(|row| row.scope == scope);
        all.any(|row| {
            told.iter()
                .any(|claim| row.gives.gives(claim) == Some(true))
        })
    };
    let dropped: Vec<&str> = scopes
        .named
        .iter()
        .map(String::as_str)
        .filter(|scope| !look.has(scope) && !explains(scope))
        .collect();
    let first = dropped.first()?;
    let raised = look
        .raised("claims/scope-not-selected")
        .with("scopes", list_of(&dropped));
    // Groups come with the scope profile; there is no scope of that name (knowledge B.8).
    let note = match dropped.contains(&"groups") {
        true => "the claim groups comes with the scope profile",
        false => "what would come with it does not come",
    };
    let raised = raised.with("consequence", note);
    Some(match own_of(look, first) {
        Some(mapping) => look.selecting(raised, mapping),
        None => raised,
    })
}
