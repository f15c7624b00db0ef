//! A provider without redirect URIs: what that means depends on the release (knowledge A.1).

use super::{
    Scene, entries,
    sent::{Claim, about},
};
use crate::{
    check::Raised,
    facts::AppFacts,
    model::{Reach, Severity, Version},
    probe::authentik_api::ProviderRow,
};

const LEARNS: &str = "whoever asks first decides where sign-ins of this app are sent";
const REFUSES: &str = "this release refuses every sign-in then";
const EITHER: &str = "this release either refuses every sign-in or takes the first URI that comes";
const UNKNOWN: &str = "which release runs here could not be told; up to 2026.2 whoever asks first \
                       decides where sign-ins of this app are sent, later releases refuse them";

/// The finding.
pub(super) fn empty(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    claim: Option<&Claim<'_>>,
) -> Raised {
    let means = means(scene.version.as_ref());
    let raised = Raised::new("redirect-uri/empty-list", app.subject()).with("means", means);
    let raised = about(app, provider, raised);
    let cites = scene.cites.iter().take(1).cloned();
    let raised = cites.fold(raised, Raised::cites);
    let raised = match means {
        REFUSES => raised.weighing(Severity::Error, Reach::Subject),
        _ => raised,
    };
    let Some(claim) = claim else { return raised };
    raised
        .with("sent", claim.uri)
        .with("line", entries::line(claim.uri))
        .with("by", claim.by)
        .with("list_added", entries::with(scene, provider, claim.uri))
}

fn means(version: Option<&Version>) -> &'static str {
    match version {
        None => UNKNOWN,
        Some(version) if version.at_least(2026, 8) => REFUSES,
        Some(version) if version.at_least(2026, 5) => EITHER,
        Some(_) => LEARNS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_release_reads_an_empty_list_in_its_own_way() {
        let means = |text: &str| super::means(Some(&text.parse().unwrap()));
        assert_eq!(means("2024.6.1"), LEARNS);
        assert_eq!(means("2026.2.3"), LEARNS);
        assert_eq!(means("2026.5.0"), EITHER);
        assert_eq!(means("2026.8.0-rc1"), REFUSES);
        assert_eq!(super::means(None), UNKNOWN);
    }
}
