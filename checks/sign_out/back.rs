//! The way back to the app after signing out, by release (knowledge B.9).

use url::Url;

use super::{
    Scene,
    address::{self, Given},
    raised,
};
use crate::{
    check::{Findings, Raised},
    facts::AppFacts,
    model::Version,
};

const BACK: &str = "authentik sends people back to it after signing out";
const RELEASE: &str = "this release takes apps' requests for signing out";

pub(super) fn judge(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    let Some(version) = &scene.version else {
        return findings;
    };
    if is_too_strict(version) {
        let raised = Raised::new("sign-out/release", scene.instance())
            .with("version", version.to_string())
            .inferred();
        findings.raise(RELEASE, raised);
    }
    for app in &scene.apps {
        for given in address::given(app) {
            if let Some(to) = wanted(&given.url) {
                findings.raise(BACK, of_address(app, &given, &to, version));
            }
        }
    }
    findings
}

/// 2026.5.0 to 2026.5.2 (#22572, #22603, #22904).
fn is_too_strict(version: &Version) -> bool {
    let range = ">=2026.5.0, <2026.5.3".parse::<crate::model::VersionRange>();
    version.has_patch() && range.is_ok_and(|range| range.holds(version))
}

/// Where an address asks to go after signing out.
fn wanted(url: &Url) -> Option<String> {
    let mut query = url.query_pairs();
    let found = query.find(|(name, _)| name == "post_logout_redirect_uri");
    found.map(|(_, to)| to.into_owned())
}

/// An address that stands in a setting carries no `id_token_hint`: that one is made anew for each
/// person.
fn of_address(app: &AppFacts, given: &Given<'_>, to: &str, version: &Version) -> Raised {
    let provider = app.provider.as_ref();
    let uris = provider.into_iter().flat_map(|row| &row.redirect_uris);
    let registered = uris
        .into_iter()
        .any(|uri| uri.redirect_uri_type.as_deref() == Some("logout"));
    let code = match version.at_least(2026, 5) && registered {
        true => "sign-out/redirect-refused",
        false => "sign-out/redirect-ignored",
    };
    raised(code, app)
        .with("variable", given.variable)
        .with("to", to)
        .with("version", version.to_string())
        .cites(given.cite())
}
