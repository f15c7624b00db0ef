//! What an app sends against what its provider allows.

use super::{
    Scene, entries,
    near::{self, Miss},
    rules::{Allows, is_for_logout, list_allows},
};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppFacts, Place, Said},
    model::{Reach, Severity, list_of},
    probe::{ProbeError, authentik_api::ProviderRow},
};

const WHAT: &str = "authentik allows its redirect URI";
/// Entries that are shown where none comes near.
const SHOWN: usize = 5;

/// A URI with who says that the app sends it.
struct Claim<'a> {
    uri: &'a str,
    /// For people: "CODER_ACCESS_URL of container coder", "akdoctor.toml".
    by: &'a str,
    /// Where the app itself says so.
    place: Option<&'a Place>,
}

/// Judges every URI that the app is said to send.
pub(super) fn judge(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
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
        findings.skipped(WHAT, app.subject(), unsaid(app));
    }
    for claim in &claims {
        match list_allows(&provider.redirect_uris, claim.uri, scene.rules) {
            Allows::Yes => {
                let what = format!("{WHAT} ({})", claim.by);
                findings.passed(&what, app.subject(), &cites(scene, claim));
            }
            Allows::CannotTell(why) => {
                findings.unknown(WHAT, app.subject(), &cannot_tell(provider, why));
            }
            Allows::No | Allows::Broken => {
                findings.raise(WHAT, refused(scene, app, provider, claim));
            }
        }
    }
    findings.merge(outdated(scene, app, provider));
    findings
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

fn expected(app: &AppFacts) -> &[String] {
    app.configured
        .as_ref()
        .map_or(&[], |configured| &configured.redirect_uris)
}

fn unsaid(app: &AppFacts) -> String {
    match &app.says.redirect_uri {
        Said::Not(why) => why.clone(),
        _ => "nothing says which redirect URI it sends; name it in akdoctor.toml".into(),
    }
}

fn cites(scene: &Scene, claim: &Claim<'_>) -> Vec<String> {
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

/// A URI that no entry allows.
fn refused(scene: &Scene, app: &AppFacts, provider: &ProviderRow, claim: &Claim<'_>) -> Raised {
    let list = &provider.redirect_uris;
    let near = near::nearest(claim.uri, list, scene.rules);
    let elsewhere = other_provider(scene, provider, claim.uri);
    let how = match (&elsewhere, &near) {
        (Some(other), _) => format!(
            "provider {} allows it instead: is the client id right?",
            other.name
        ),
        (None, Some(near)) => {
            let entry = &list[near.at].url;
            format!("they differ {}", near.miss.words(claim.uri, entry))
        }
        (None, None) => "no entry comes near it".to_owned(),
    };
    let allowed = match &near {
        Some(near) if near.miss == Miss::Logout => format!("{} (type logout)", list[near.at].url),
        Some(near) => list[near.at].url.clone(),
        None => shown(list.iter().map(|entry| entry.url.clone()).collect()),
    };
    let raised = about(
        scene,
        app,
        provider,
        Raised::new("redirect-uri/not-allowed", app.subject()),
    )
    .with("sent", claim.uri)
    .with("by", claim.by)
    .with("allowed", allowed)
    .with("how", how)
    .with("list_added", entries::with(scene, provider, claim.uri));
    let raised = match &near {
        Some(near) if near.miss == Miss::PatternAsText => {
            raised.with("pattern", list[near.at].url.clone()).with(
                "list_pattern",
                entries::as_pattern(scene, provider, near.at),
            )
        }
        Some(near) if near.miss != Miss::Logout => {
            raised.with("wrong", list[near.at].url.clone()).with(
                "list_mended",
                entries::replaced(scene, provider, near.at, claim.uri),
            )
        }
        _ => raised,
    };
    let raised = at_the_app(app, provider, claim, scene, raised);
    let raised = cites(scene, claim).into_iter().fold(raised, Raised::cites);
    // What akdoctor.toml expects is not what was seen.
    if claim.place.is_some() {
        raised
    } else {
        raised.inferred()
    }
}

/// What mends it at the app: where a variable decides what it sends.
fn at_the_app(
    app: &AppFacts,
    provider: &ProviderRow,
    claim: &Claim<'_>,
    scene: &Scene,
    raised: Raised,
) -> Raised {
    let Some(place) = claim.place else {
        return raised;
    };
    let allowed =
        |uri: &&String| list_allows(&provider.redirect_uris, uri, scene.rules) == Allows::Yes;
    // authentik allows just what akdoctor.toml expects: then it is the app that is wrong.
    let right = expected(app).iter().find(allowed);
    let raised = raised.with_some("variable", place.variable.clone());
    match right {
        Some(right) => raised.with("right", right.clone()),
        None => raised,
    }
}

fn shown(urls: Vec<String>) -> String {
    let more = urls.len().saturating_sub(SHOWN);
    let mut urls: Vec<String> = urls.into_iter().take(SHOWN).collect();
    if more > 0 {
        urls.push(format!("{more} more"));
    }
    list_of(&urls)
}

/// Another provider that allows just this URI.
fn other_provider<'a>(scene: &'a Scene, own: &ProviderRow, uri: &str) -> Option<&'a ProviderRow> {
    scene.providers.iter().find(|other| {
        other.pk != own.pk
            && other.redirect_uris.iter().any(|entry| {
                entry.url == uri && entry.matching_mode == "strict" && !is_for_logout(entry)
            })
    })
}

/// An empty list: what it means depends on the release (knowledge A.1).
fn empty(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    claim: Option<&Claim<'_>>,
) -> Raised {
    let raised = about(
        scene,
        app,
        provider,
        Raised::new("redirect-uri/empty-list", app.subject()),
    );
    let version = scene.version.as_ref();
    let (raised, means) = if version.is_some_and(|v| v.at_least(2026, 8)) {
        let raised = raised.weighing(Severity::Error, Reach::Subject);
        (raised, "this release refuses every sign-in then")
    } else if version.is_some_and(|v| v.at_least(2026, 5)) {
        let means = "this release either refuses every sign-in or takes the first URI that comes";
        (raised, means)
    } else {
        (
            raised,
            "whoever asks first decides where sign-ins of this app are sent",
        )
    };
    let raised = raised.with("means", means);
    let raised = scene
        .cites
        .iter()
        .take(1)
        .cloned()
        .fold(raised, Raised::cites);
    match claim {
        Some(claim) => raised
            .with("sent", claim.uri)
            .with("by", claim.by)
            .with("list_added", entries::with(scene, provider, claim.uri)),
        None => raised,
    }
}

/// The app does what authentik allows and akdoctor.toml expects something else.
fn outdated(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let Said::Value { value, place } = &app.says.redirect_uri else {
        return findings;
    };
    let fits = list_allows(&provider.redirect_uris, value, scene.rules) == Allows::Yes;
    let behind = !expected(app).is_empty() && !expected(app).contains(value);
    if fits && behind {
        let raised = about(
            scene,
            app,
            provider,
            Raised::new("redirect-uri/outdated", app.subject()),
        )
        .with("sent", value.clone())
        .with("by", place.text.clone())
        .with("expected", shown(expected(app).to_vec()));
        findings.raise("akdoctor.toml names the redirect URI that it sends", raised);
    }
    findings
}

/// The values that every finding about a provider has.
pub(super) fn about(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    raised: Raised,
) -> Raised {
    raised
        .with("app", app.name.clone())
        .with("provider", provider.name.clone())
        .with("pk", provider.pk)
        .with("list_old", entries::as_is(scene, &provider.redirect_uris))
        .with_some("list_before", before(scene, provider))
}

/// The list as the API takes it back: not one with a pattern that it refuses.
fn before(scene: &Scene, provider: &ProviderRow) -> Option<serde_json::Value> {
    let list = &provider.redirect_uris;
    let refused = list.iter().any(entries::is_broken);
    (!refused).then(|| entries::as_is(scene, list))
}
