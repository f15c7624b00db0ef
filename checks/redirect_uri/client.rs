//! The client that an app is: its client id, and the grants that its provider allows.

use super::{Scene, sent::about};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, Said},
    model::list_of,
    probe::authentik_api::ProviderRow,
};

/// The provider that authentik finds for the client id which the app sends: another one than its
/// own judges the redirect URI then. With an id that nobody knows it is not judged at all; its own
/// stands in for what the app will meet once that is mended.
pub(super) fn met<'a>(scene: &'a Scene, app: &AppFacts, own: &'a ProviderRow) -> &'a ProviderRow {
    let said = app.says.client_id.value();
    said.and_then(|id| of_id(scene, id)).unwrap_or(own)
}

fn of_id<'a>(scene: &'a Scene, id: &str) -> Option<&'a ProviderRow> {
    scene.providers.iter().find(|row| row.client_id == id)
}

/// Whether it uses the client id of its provider.
pub(super) fn client_id(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let what = "it uses the client id of its provider";
    let configured = app.configured.as_ref();
    let configured = configured.and_then(|app| app.client_id.as_deref());
    match &app.says.client_id {
        Said::Value { value, place } if *value != provider.client_id => {
            let raised = differs(scene, app, provider, value, &place.text);
            let raised = place.cites.iter().cloned().fold(raised, Raised::cites);
            let raised = raised.with_some("variable", place.variable.clone());
            findings.raise(what, raised);
        }
        Said::Value { place, .. } => findings.passed(what, app.subject(), &place.cites),
        Said::Hidden(why) => findings.unknown(what, app.subject(), why),
        Said::Not(_) | Said::Unasked => match configured {
            Some(id) if id != provider.client_id => {
                let raised = differs(scene, app, provider, id, "akdoctor.toml");
                findings.raise(what, raised.with("by_file", true).inferred());
            }
            Some(_) => findings.passed(what, app.subject(), &scene.cites[..1]),
            None => {}
        },
    }
    findings
}

fn differs(scene: &Scene, app: &AppFacts, provider: &ProviderRow, sent: &str, by: &str) -> Raised {
    let raised = Raised::new("redirect-uri/client-id", app.subject())
        .with("sent_id", sent)
        .with("by", by)
        .cites(scene.cites[0].clone());
    let raised = match of_id(scene, sent) {
        // No two providers have one client id.
        Some(owner) => raised.with("owner", format!("; it is that of provider {}", owner.name)),
        None => raised.with("owner", "").with("free_id", sent),
    };
    about(app, provider, raised)
}

/// From 2026.5 a provider names the grant types that it allows; made without them, by the API or a
/// blueprint, it allows none (knowledge A.1).
pub(super) fn grant_types(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let Some(types) = &provider.grant_types else {
        return findings;
    };
    let what = "its provider allows the authorization code grant";
    if types.iter().any(|kind| kind == "authorization_code") {
        findings.passed(what, app.subject(), &scene.cites[..1]);
        return findings;
    }
    let signs_in = app.configured.is_some() || app.says.profile.is_some() || types.is_empty();
    if !signs_in {
        findings.skipped(
            what,
            app.subject(),
            "it allows other grants and may not be for people",
        );
        return findings;
    }
    let observed = match types.is_empty() {
        true => "none".to_owned(),
        false => list_of(types),
    };
    let mut wanted: Vec<String> = types.clone();
    for kind in ["authorization_code", "refresh_token"] {
        if !wanted.iter().any(|there| there == kind) {
            wanted.push(kind.into());
        }
    }
    let raised = Raised::new("redirect-uri/grant-types", app.subject())
        .with("grants", observed)
        .with("grants_old", types.clone())
        .with("grants_new", wanted)
        .cites(scene.cites[0].clone());
    findings.raise(what, about(app, provider, raised));
    findings
}
