//! Applications one by one, by their slugs: a list is shortened to those that the token's own user
//! may open, unless that is a superuser, while whoever has `view_application` may read each
//! (authentik 2025.10, `core/api/applications.py`).

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;

use super::{List, ask::Api, pages, rows::ProviderWire};
use crate::probe::{ProbeError, Tools};

/// Every application for a superuser; for others authentik ignores the parameter.
pub(super) const ALL: &str = "/core/applications/?superuser_full_list=true";
const VIEW_APPLICATION: &str = "authentik_core.view_application";
/// Applications that are read one by one; further ones stay unseen, and are counted so.
const MOST: usize = 100;
/// Requests side by side.
const AT_ONCE: usize = 4;

/// The applications of a list, completed by those that have an OAuth2 provider and those of `known`
/// slugs, where the token may read them. What is missing still, the list's count tells.
pub(super) async fn applications<W: DeserializeOwned + Send>(
    tools: &Tools,
    base: &str,
    list: &str,
    known: &[String],
    slug: impl Fn(&W) -> &str,
) -> Result<List<W>, ProbeError> {
    let api = Api::new(tools, base, Some(VIEW_APPLICATION))?;
    let mut told: List<W> = pages::all(&api, list, |row: &W| slug(row).to_owned()).await?;
    if !told.is_shortened() {
        return Ok(told);
    }
    let mut wanted: BTreeSet<String> = known.iter().cloned().collect();
    let providers = pages::all(&api, "/providers/oauth2/", |row: &ProviderWire| row.pk).await;
    // A token that may not read them has the known slugs alone.
    let providers = providers.map(|list| list.rows).unwrap_or_default();
    wanted.extend(providers.into_iter().filter_map(ProviderWire::application));
    // A word of somebody's own could lead to another path.
    wanted.retain(|slug| is_slug(slug));
    for row in &told.rows {
        wanted.remove(slug(row));
    }
    let mut wanted = wanted.into_iter().take(MOST);
    // The first alone: a token that may read none is refused once.
    let Some(first) = wanted.next() else {
        return Ok(told);
    };
    let first = match one::<W>(&api, &first).await {
        Err(ProbeError::NotAllowed { .. }) => return Ok(told),
        first => first,
    };
    let others = stream::iter(wanted).map(|slug| {
        let api = &api;
        async move { one::<W>(api, &slug).await }
    });
    let others: Vec<_> = others.buffered(AT_ONCE).collect().await;
    told.rows
        .extend([first].into_iter().chain(others).filter_map(Result::ok));
    Ok(told)
}

/// Of what Django makes slugs.
fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(fits)
}

async fn one<W: DeserializeOwned>(api: &Api<'_>, slug: &str) -> Result<W, ProbeError> {
    api.get(&format!("/core/applications/{slug}/")).await
}
