//! Whether somebody may open one application, as authentik itself decides it when it is asked for
//! their applications: for a token that is not a superuser's.

use std::time::Duration;

use serde::Serialize;

use super::{
    access::AppWire, ask::Api, pages::Page, people::query, person::AccessSaid, person::person_probe,
};
use crate::probe::{Probe, ProbeError, Tools, http::place_of};

const VIEW: &str = "authentik_core.view_user_applications";

/// Whether somebody may open an application: authentik runs its policies as if they did. Needs
/// `view_user_applications`, and is answered with status 400 otherwise (verified.md 3). From 2024.2;
/// older releases answer for the token's own user and must not be asked.
#[derive(Debug, Clone, Serialize)]
pub struct AskAllowed {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The application's slug.
    pub slug: String,
    /// The person's primary key.
    pub user: i64,
}

person_probe!(AskAllowed, AccessSaid, |ask| path(ask), |ask, tools| {
    allowed(tools, ask)
});

fn path(ask: &AskAllowed) -> String {
    let user = ask.user.to_string();
    let filters = [("for_user", user.as_str()), ("slug", &ask.slug)];
    format!("/core/applications/?{}", query(&filters))
}

/// The filter leaves one application, which is counted whether they may open it or not (authentik
/// 2025.10, `core/api/applications.py`).
async fn allowed(tools: &Tools, ask: &AskAllowed) -> Result<AccessSaid, ProbeError> {
    let api = Api::new(tools, &ask.base, Some(VIEW))?;
    let path = path(ask);
    let page: Page<AppWire> = match api.get(&path).await {
        Err(ProbeError::Status { what, status: 400 }) => {
            return Err(ProbeError::NotAllowed {
                what,
                detail: format!("the token's user needs the permission {VIEW}"),
            });
        }
        page => page?,
    };
    let passing = match (page.pagination.count, &*page.results) {
        (1, []) => false,
        (1, [one]) if one.slug() == ask.slug => true,
        _ => return Err(api.malformed(&path, "it tells of other applications".into())),
    };
    Ok(AccessSaid {
        passing,
        messages: Vec::new(),
    })
}
