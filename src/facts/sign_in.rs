//! A sign-in as somebody: to which apps it goes on, and how.

use super::{AppFacts, Base, StartSight, app_facts, start::redirect_uris, starts};
use crate::{
    evidence::{Evidence, Unknown},
    model::list_of,
    probe::{
        sign_in::{Aim, SignInAs, Way},
        start::AskStart,
    },
    stack::Stack,
};

/// The question that signs in as somebody and goes on to every app that is known, or to `only`
/// those. With `complete` each app is given its code, and begins a session of its own. It is not
/// asked here.
///
/// Asking it writes in authentik: see [`SignInAs`].
///
/// # Errors
/// [`Unknown`] when no app is called as one of `only`.
pub async fn sign_in(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    user: &str,
    only: &[String],
    complete: bool,
) -> Result<SignInAs, Unknown> {
    let mut apps = app_facts(stack, seen, base).await;
    if let Some(word) = only
        .iter()
        .find(|word| !apps.iter().any(|app| is(app, word)))
    {
        let apps: Vec<&str> = apps.iter().map(|app| app.name.as_str()).collect();
        let why = format!("no app is called {word:?}; known are {}", list_of(&apps));
        return Err(Unknown::not_configured("sign-in", why));
    }
    apps.retain(|app| only.is_empty() || only.iter().any(|word| is(app, word)));
    // A start by POST is asked where it is gone on from.
    let mut asking = stack.clone();
    asking.trace |= complete;
    let starts = starts(&asking, seen, &apps).await;
    let aims = apps.iter().zip(&starts).map(|(app, start)| Aim {
        app: app.name.clone(),
        way: way(app, start, complete),
    });
    Ok(SignInAs {
        base: base.url.clone(),
        user: user.to_owned(),
        aims: aims.collect(),
    })
}

/// Whether an app is called so: by name in any case, or by its slug.
fn is(app: &AppFacts, word: &str) -> bool {
    let slug = app.application.as_ref().map(|row| row.slug.as_str());
    let configured = app.configured.as_ref().map(|app| app.slug.as_str());
    let by_slug = [slug, configured].contains(&Some(word));
    by_slug || app.name.to_lowercase() == word.to_lowercase()
}

fn way(app: &AppFacts, start: &StartSight, complete: bool) -> Way {
    match aim(app, start, complete) {
        Ok(way) => way,
        Err(why) => Way::Closed { why: why.into() },
    }
}

/// How an app is gone on to, or why it is not: an authorization request to a provider without
/// redirect URIs would store the one that it brings (measured.md).
fn aim(app: &AppFacts, sight: &StartSight, complete: bool) -> Result<Way, &'static str> {
    let provider = app.provider.as_ref();
    let provider = provider.ok_or("its provider in authentik is not known")?;
    if provider.redirect_uris.is_empty() {
        return Err("authentik has no redirect URI for it, and would store the first that comes");
    }
    let client_id = provider.client_id.clone();
    if complete {
        let StartSight::Asked(start) = sight else {
            return Err("where its sign-in begins is not known");
        };
        return Ok(Way::Complete {
            start: AskStart {
                url: start.url.clone(),
                pointer: start.pointer.clone(),
                marks: Vec::new(),
            },
            send: start.send.clone(),
            client_id,
        });
    }
    let sent = sight.started().and_then(|started| started.authorize());
    let sent = sent.and_then(|request| request.redirect_uri.as_deref());
    let known = redirect_uris(app).into_iter().next();
    let redirect_uri = sent.or(known);
    let redirect_uri = redirect_uri
        .ok_or("which redirect URI it sends is not known, and authentik has patterns")?;
    Ok(Way::Request {
        client_id,
        redirect_uri: redirect_uri.to_owned(),
    })
}
