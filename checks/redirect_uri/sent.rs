//! What an app sends against what its provider allows.

use super::{
    Scene,
    empty::empty,
    entries,
    refused::refused,
    rules::{Allows, allows, forbidden_scheme, is_of_outpost},
};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppFacts, Authorization, Place, Said},
    model::list_of,
    probe::{ProbeError, authentik_api::ProviderRow, authorize::Replied},
};

const WHAT: &str = "authentik allows its redirect URI";
/// Entries that are shown where none comes near.
const SHOWN: usize = 5;

/// A URI with who says that the app sends it.
pub(super) struct Claim<'a> {
    pub(super) uri: &'a str,
    /// For people: "CODER_ACCESS_URL of container coder", "akdoctor.toml".
    pub(super) by: &'a str,
    /// Where the app itself says so.
    pub(super) place: Option<&'a Place>,
}

/// Judges every URI that the app is said to send, against the provider that authentik finds by
/// the client id.
pub(super) fn judge(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    word: Option<&Authorization>,
) -> Findings {
    let mut findings = Findings::new();
    if let Said::Hidden(why) = &app.says.redirect_uri {
        findings.unknown("what its container sends", app.subject(), why);
    }
    let claims = claims(app);
    if provider.redirect_uris.is_empty() {
        findings.raise(WHAT, empty(scene, app, provider, claims.first()));
        return findings;
    }
    if claims.is_empty() {
        findings.skipped(WHAT, app.subject(), unsaid(app, provider));
    }
    for claim in &claims {
        findings.merge(one(scene, app, provider, claim, word));
    }
    findings.merge(outdated(scene, app, provider));
    findings
}

/// Judged by the list, and by authentik's own word where it could be asked: that counts more.
fn one(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    claim: &Claim<'_>,
    word: Option<&Authorization>,
) -> Findings {
    let mut findings = Findings::new();
    if let Some(scheme) = forbidden_scheme(claim.uri) {
        findings.raise(WHAT, forbidden(scene, app, provider, claim, scheme));
        return findings;
    }
    // The request that authentik was asked for is the one of the app's start.
    let replied = word.filter(|_| claim.place.is_some());
    let replied = replied.and_then(Authorization::replied);
    let taken = replied.and_then(|(replied, _)| replied.knows_the_app());
    let seen_too = |mut cites: Vec<String>| {
        cites.extend(replied.map(|(_, cite)| cite.clone()));
        cites
    };
    let passed = |findings: &mut Findings| {
        let what = format!("{WHAT} ({})", claim.by);
        findings.passed(&what, app.subject(), &seen_too(cites(scene, claim)));
    };
    match (allows(provider, claim.uri, scene.rules), taken) {
        (Allows::Yes, Some(false)) => {
            if let Some((replied, cite)) = replied {
                let raised = all_the_same(app, provider, claim, replied);
                findings.raise(WHAT, seen(scene, claim, raised).cites(cite.clone()));
            }
        }
        (Allows::Yes, _) | (_, Some(true)) => passed(&mut findings),
        (Allows::CannotTell(why), None) => {
            findings.unknown(WHAT, app.subject(), &cannot_tell(provider, why));
        }
        (Allows::No | Allows::CannotTell(_), _) => match refused(scene, app, provider, claim) {
            Some(raised) => {
                let cite = replied.map(|(_, cite)| cite.clone());
                findings.raise(WHAT, cite.into_iter().fold(raised, Raised::cites));
            }
            None => findings.skipped(
                WHAT,
                app.subject(),
                format!(
                    "{} is near nothing that authentik allows and may be for something else; \
                     name the redirect URI in akdoctor.toml",
                    claim.by
                ),
            ),
        },
    }
    findings
}

/// The list that was told allows it, and authentik does not.
fn all_the_same(
    app: &AppFacts,
    provider: &ProviderRow,
    claim: &Claim<'_>,
    replied: &Replied,
) -> Raised {
    let page = match replied {
        Replied::UnknownClient => "Client ID Error",
        _ => "Redirect URI Error",
    };
    let raised = Raised::new("redirect-uri/refused", app.subject())
        .with("sent", claim.uri)
        .with("by", claim.by)
        .with("page", page);
    about(app, provider, raised)
}

/// What the container says comes first; what akdoctor.toml expects counts only where it does not
/// say anything.
fn claims(app: &AppFacts) -> Vec<Claim<'_>> {
    if let Said::Value { value, place } = &app.says.redirect_uri {
        return vec![Claim {
            uri: value,
            by: &place.text,
            place: Some(place),
        }];
    }
    expected(app)
        .iter()
        .map(|uri| Claim {
            uri,
            by: "akdoctor.toml",
            place: None,
        })
        .collect()
}

/// What akdoctor.toml expects.
pub(super) fn expected(app: &AppFacts) -> &[String] {
    app.configured
        .as_ref()
        .map_or(&[], |configured| &configured.redirect_uris)
}

fn unsaid(app: &AppFacts, provider: &ProviderRow) -> String {
    match &app.says.redirect_uri {
        _ if provider.redirect_uris.iter().all(is_of_outpost) => {
            "authentik's own outpost signs in for it".into()
        }
        Said::Not(why) => why.clone(),
        _ => "nothing says which redirect URI it sends; name it in akdoctor.toml".into(),
    }
}

/// The evidence of the provider's list and of the claim.
pub(super) fn cites(scene: &Scene, claim: &Claim<'_>) -> Vec<String> {
    let place = claim.place.iter().flat_map(|place| place.cites.clone());
    scene.cites.iter().take(1).cloned().chain(place).collect()
}

fn cannot_tell(provider: &ProviderRow, why: &str) -> Unknown {
    Unknown {
        key: format!("provider {}", provider.pk),
        error: ProbeError::Malformed {
            what: format!("the list of provider {}", provider.name),
            detail: format!("{why}, which only authentik itself can judge"),
        },
    }
}

/// A scheme that authentik refuses whatever the list allows.
fn forbidden(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    claim: &Claim<'_>,
    scheme: &str,
) -> Raised {
    let raised = Raised::new("redirect-uri/forbidden-scheme", app.subject())
        .with("sent", claim.uri)
        .with("by", claim.by)
        .with("scheme", scheme)
        .with_some(
            "variable",
            claim.place.and_then(|place| place.variable.clone()),
        );
    let raised = about(app, provider, raised);
    seen(scene, claim, raised)
}

/// With the evidence of the claim; what akdoctor.toml expects is not what was seen.
pub(super) fn seen(scene: &Scene, claim: &Claim<'_>, raised: Raised) -> Raised {
    let raised = cites(scene, claim).into_iter().fold(raised, Raised::cites);
    match claim.place {
        Some(_) => raised,
        None => raised.inferred(),
    }
}

/// Some of many URIs.
pub(super) fn shown(urls: Vec<String>) -> String {
    let more = urls.len().saturating_sub(SHOWN);
    let mut urls: Vec<String> = urls.into_iter().take(SHOWN).collect();
    if more > 0 {
        urls.push(format!("{more} more"));
    }
    list_of(&urls)
}

/// The app does what authentik allows and akdoctor.toml expects something else.
fn outdated(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let Said::Value { value, place } = &app.says.redirect_uri else {
        return findings;
    };
    let fits =
        forbidden_scheme(value).is_none() && allows(provider, value, scene.rules) == Allows::Yes;
    let behind = !expected(app).is_empty() && !expected(app).contains(value);
    if fits && behind {
        let raised = Raised::new("redirect-uri/outdated", app.subject())
            .with("sent", value.clone())
            .with("by", place.text.clone())
            .with("expected", shown(expected(app).to_vec()));
        let raised = about(app, provider, raised);
        findings.raise("akdoctor.toml names the redirect URI that it sends", raised);
    }
    findings
}

/// The values that every finding about a provider has.
pub(super) fn about(app: &AppFacts, provider: &ProviderRow, raised: Raised) -> Raised {
    raised
        .with("app", app.name.clone())
        .with("provider", provider.name.clone())
        .with("pk", provider.pk)
        .with("client_id", provider.client_id.clone())
        .with("list_old", entries::as_is(provider))
        .with_some("list_before", entries::before(provider))
}
