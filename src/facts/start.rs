//! Where each app's sign-in begins and what came of it there: by akdoctor.toml, by the app's
//! profile, or by what apps with such a callback use to have (apps.md 9.1).

use std::sync::Arc;

use futures::future::join_all;
use url::{Position, Url};

use super::AppFacts;
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _,
        start::{AskStart, PostStart, Sending, Started},
    },
    stack::{
        Stack,
        profiles::{By, Means, Profile},
        start::{self, filled},
    },
};

/// Usual starts that are tried, one after the other.
const MOST: usize = 3;

/// What is known of an app's start.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one for each app")]
pub enum StartSight {
    /// It was asked.
    Asked(Start),
    /// It was not asked, with the reason for people: not known, only by POST, only in a browser.
    Not(String),
}

/// An app's start, as it was asked.
#[derive(Debug, Clone)]
pub struct Start {
    /// The URL that was asked.
    pub url: String,
    /// Where in a JSON answer the authorization request stands (RFC 6901).
    pub pointer: Option<String>,
    /// What is sent to it, where it is asked by POST.
    pub send: Option<Sending>,
    /// Who says that the app begins there.
    pub by: StartBy,
    /// What came.
    pub told: Result<Arc<Started>, Unknown>,
    /// What an answer that led nowhere means, by the app's profile.
    pub meaning: Option<Means>,
    /// The key of the evidence.
    pub cite: String,
}

/// Who says where an app's sign-in begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartBy {
    /// akdoctor.toml.
    Configured,
    /// The profile of the app that its container is.
    Profile,
    /// Nobody for this app: apps of its kind use to begin there. Only a start that leads on says
    /// anything.
    Usual,
}

/// Where people open an app, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The URL.
    pub url: String,
    /// Whether akdoctor.toml or the app itself says it; otherwise it is the origin of its redirect
    /// URI.
    pub said: bool,
}

impl StartSight {
    /// What came of the start, if it was asked and answered.
    pub fn started(&self) -> Option<&Started> {
        match self {
            Self::Asked(start) => start.told.as_deref().ok(),
            Self::Not(_) => None,
        }
    }
}

/// The starts of these apps, one for each, asked once a run.
pub async fn starts(stack: &Stack, seen: &Evidence, apps: &[AppFacts]) -> Vec<StartSight> {
    let Ok(profiles) = stack.profiles() else {
        return apps
            .iter()
            .map(|_| StartSight::Not("akdoctor's profiles cannot be read".into()))
            .collect();
    };
    join_all(apps.iter().map(|app| of_app(stack, seen, &profiles, app))).await
}

/// Where people open an app.
pub fn opened(app: &AppFacts) -> Option<Opened> {
    let configured = app.configured.as_ref().and_then(|app| app.url.as_deref());
    if let Some(url) = configured.or(app.says.public_url.value()) {
        let is_web = Url::parse(url).is_ok_and(|url| is_web(&url));
        return is_web.then(|| Opened {
            url: url.to_owned(),
            said: true,
        });
    }
    let mut origins: Vec<String> = redirect_uris(app)
        .iter()
        .filter_map(|uri| {
            let url = Url::parse(uri).ok().filter(is_web)?;
            Some(url[..Position::BeforePath].to_owned())
        })
        .collect();
    origins.sort();
    origins.dedup();
    // With several nobody knows which one people use.
    let [url] = origins.as_slice() else {
        return None;
    };
    Some(Opened {
        url: url.clone(),
        said: false,
    })
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host_str().is_some()
}

/// The redirect URIs of an app, from the best source that knows them: itself, akdoctor.toml,
/// authentik's strict entries.
pub(super) fn redirect_uris(app: &AppFacts) -> Vec<&str> {
    if let Some(uri) = app.says.redirect_uri.value() {
        return vec![uri];
    }
    let configured = app.configured.iter().flat_map(|app| &app.redirect_uris);
    let configured: Vec<&str> = configured.map(String::as_str).collect();
    if !configured.is_empty() {
        return configured;
    }
    let entries = app.provider.iter().flat_map(|row| &row.redirect_uris);
    let strict = entries.filter(|entry| entry.matching_mode == "strict");
    strict.map(|entry| entry.url.as_str()).collect()
}

/// A start to ask.
struct Candidate {
    url: String,
    by: StartBy,
    start: Option<start::Start>,
}

async fn of_app(
    stack: &Stack,
    seen: &Evidence,
    profiles: &[Profile],
    app: &AppFacts,
) -> StartSight {
    let opened = opened(app);
    let candidates = match candidates(app, opened.as_ref(), profiles) {
        Ok(candidates) => candidates,
        Err(why) => return StartSight::Not(why),
    };
    let mut tried = Vec::new();
    for candidate in candidates.into_iter().take(MOST) {
        if candidate.start.as_ref().is_some_and(|it| it.posts()) && !stack.trace {
            let why = "it begins with a POST, which only a trace sends";
            return StartSight::Not(why.into());
        }
        let usual = candidate.by == StartBy::Usual;
        let start = ask(seen, candidate, opened.as_ref()).await;
        match &start.told {
            Ok(started) if usual && started.authorize().is_none() => tried.push(start.url),
            // That nothing answers is told of an address that somebody says, not of a path.
            Err(why) if opened.as_ref().is_some_and(|opened| !opened.said) => {
                let why = format!("its address is not known for sure, and {why}");
                return StartSight::Not(why);
            }
            _ => return StartSight::Asked(start),
        }
    }
    StartSight::Not(format!(
        "where it begins is not known; name it as start in akdoctor.toml ({} did not lead to \
         authentik)",
        tried.join(", ")
    ))
}

/// The starts that an app may have: the one that akdoctor.toml names, else those of its profile.
fn candidates(
    app: &AppFacts,
    opened: Option<&Opened>,
    profiles: &[Profile],
) -> Result<Vec<Candidate>, String> {
    let (profile, recognised) = profile(app, profiles);
    let named = app.configured.as_ref().and_then(|app| app.start.as_deref());
    if let Some(named) = named {
        let url = start::configured(named, opened.map(|opened| opened.url.as_str()));
        let url = url.ok_or("its start is a path, and where people open it is not known")?;
        return Ok(vec![Candidate {
            url,
            by: StartBy::Configured,
            start: named_start(profile, named),
        }]);
    }
    let opened =
        opened.ok_or("where people open it is not known; name it as url in akdoctor.toml")?;
    let uris = redirect_uris(app);
    let profile = profile.ok_or("nothing tells where it begins")?;
    if profile.starts.iter().any(|start| start.by == By::Browser) {
        return Err("it begins only in a browser".into());
    }
    let mut found: Vec<Candidate> = Vec::new();
    for start in &profile.starts {
        let path = match uris.as_slice() {
            [] => start.path_for(None),
            uris => uris.iter().find_map(|uri| start.path_for(Some(uri))),
        };
        let Some(path) = path else { continue };
        let url = format!("{}{path}", opened.url.trim_end_matches('/'));
        let by = match start.usual || !recognised {
            true => StartBy::Usual,
            false => StartBy::Profile,
        };
        if found.iter().all(|known| known.url != url) {
            let start = Some(start.clone());
            found.push(Candidate { url, by, start });
        }
    }
    match found.is_empty() {
        true => Err("where it begins is not known; name it as start in akdoctor.toml".into()),
        false => Ok(found),
    }
}

/// The profile's own words for a start that akdoctor.toml names, where it is the same.
fn named_start(profile: Option<&Profile>, named: &str) -> Option<start::Start> {
    let starts = &profile?.starts;
    starts
        .iter()
        .find(|start| named.ends_with(&start.path))
        .cloned()
}

/// The profile of an app: the one that recognised its container, else the only one whose redirect
/// URIs look like this app's, else "generic". With whether it was recognised.
fn profile<'p>(app: &AppFacts, profiles: &'p [Profile]) -> (Option<&'p Profile>, bool) {
    if let Some(id) = &app.says.profile {
        return (profiles.iter().find(|profile| profile.id == *id), true);
    }
    let uris = redirect_uris(app);
    let mut alike = profiles
        .iter()
        .filter(|profile| uris.iter().any(|uri| profile.has_form(uri)));
    let only = alike.next().filter(|_| alike.next().is_none());
    (only.or(profiles.last()), false)
}

async fn ask(seen: &Evidence, candidate: Candidate, opened: Option<&Opened>) -> Start {
    let Candidate { url, by, start } = candidate;
    let marks = start.as_ref().map(start::Start::marks).unwrap_or_default();
    let pointer = start.as_ref().and_then(|start| match &start.by {
        By::Json { pointer } | By::PostJson { pointer, .. } => Some(pointer.clone()),
        By::Form { pointer, .. } => pointer.clone(),
        By::Redirect | By::Browser => None,
    });
    let get = AskStart {
        url: url.clone(),
        pointer: pointer.clone(),
        marks,
    };
    let root = opened.map_or("", |opened| opened.url.as_str());
    let send = start.as_ref().and_then(|start| sending(&start.by, root));
    let (cite, told) = match send.clone() {
        None => (get.key(), seen.ask(get).await),
        Some(send) => {
            let post = PostStart { start: get, send };
            (post.key(), seen.ask(post).await)
        }
    };
    let meaning = told.as_deref().ok().and_then(|started| {
        let led = started.authorize().is_some();
        let start = start.as_ref().filter(|_| !led)?;
        start.meaning(started.status(), started.marks()).cloned()
    });
    Start {
        url,
        pointer,
        send,
        by,
        told,
        meaning,
        cite,
    }
}

/// What a start by POST sends.
fn sending(by: &By, root: &str) -> Option<Sending> {
    match by {
        By::PostJson { body, .. } => Some(Sending::Json {
            body: filled(body, root),
        }),
        By::Form {
            page,
            token,
            fields,
            ..
        } => Some(Sending::Form {
            page: format!("{}{page}", root.trim_end_matches('/')),
            token: token.clone(),
            fields: fields.clone(),
        }),
        By::Redirect | By::Json { .. } | By::Browser => None,
    }
}
