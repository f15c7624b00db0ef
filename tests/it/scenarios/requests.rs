//! A plain run only looks: it sends nothing that authentik is known to write something for.

use std::{sync::Arc, time::Duration};

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    simulate::{Asked, play, scenarios},
};

/// The most requests that a plain run may send to authentik: three for each app, of which one
/// scenario has a dozen.
const MOST: usize = 72;

/// What may be asked of authentik: seen to change no table and no cache (compared dumps of
/// authentik 2025.10 before and after).
const HARMLESS: &[&str] = &[
    "/-/health/live/",
    "/-/health/ready/",
    "/api/v3/admin/settings/",
    "/api/v3/admin/system/",
    "/api/v3/admin/version/",
    "/api/v3/core/applications/",
    "/api/v3/core/brands/current/",
    "/api/v3/core/groups/",
    "/api/v3/core/users/",
    "/api/v3/core/users/me/",
    "/api/v3/events/events/",
    "/api/v3/propertymappings/provider/scope/",
    "/api/v3/providers/oauth2/",
    "/api/v3/root/config/",
    "/api/v3/tasks/tasks/",
    "/api/v3/tasks/workers",
    "/if/admin/",
    "/if/flow/default-authentication-flow/",
    "/if/user/",
];

/// Lists that authentik only reads for, of which no dump was compared but those of policies'
/// bindings: flows, stages and brands as a token may read them with permissions to view alone, and
/// the tokens of its own user (a token has no date of its last use).
const LISTS: &[&str] = &[
    "/api/v3/core/brands/",
    "/api/v3/core/tokens/",
    "/api/v3/flows/bindings/",
    "/api/v3/flows/instances/",
    "/api/v3/policies/bindings/",
    "/api/v3/stages/authenticator/validate/",
    "/api/v3/stages/identification/",
    "/api/v3/stages/password/",
];

async fn asked(scenario: &str) -> Vec<Asked> {
    asked_by(scenario, false).await
}

/// What a plain run or a trace asks of a scenario.
async fn asked_by(scenario: &str, trace: bool) -> Vec<Asked> {
    let playing = play(scenario).await.unwrap();
    let limits = Limits {
        timeout: Duration::from_secs(if scenario == "database-hanging" { 1 } else { 5 }),
        ..Limits::default()
    };
    let seen = Evidence::new(Arc::new(playing.tools), limits);
    let options = Options {
        select: Vec::new(),
        deadline: Duration::from_secs(20),
        simulated: Some(scenario.to_owned()),
    };
    match trace {
        true => drop(
            engine::trace(&playing.stack, &seen, &options)
                .await
                .unwrap(),
        ),
        false => drop(engine::run(&playing.stack, &seen, &options).await.unwrap()),
    }
    playing.stage.requests()
}

/// Where the apps begin a sign-in: each answers itself, nobody follows it to authentik, and an
/// anonymous session of the app's own is all that stays (apps.md 0.2).
const STARTS: &[(&str, &str)] = &[
    ("coder", "/api/v2/users/oidc/callback"),
    ("forge", "/user/oauth2/Company%20SSO"),
    ("forge", "/user/oauth2/GitHub"),
    ("gitea", "/user/oauth2/Authentik"),
    ("litellm", "/sso/key/generate"),
    ("litellm", "/sso/key/generate/"),
    ("minio", "/api/v1/login"),
    ("platform-admin", "/auth/login"),
    ("wiki-auth", "/oauth2/start"),
];

/// Whether it is a token request that authentik answers before it writes anything: with the grant
/// type of a code and without one, and with nothing else that it could act on.
fn is_without_code(asked: &Asked) -> bool {
    let known = ["grant_type", "client_id", "client_secret"];
    let form: Vec<(&str, &str)> = asked
        .form
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    asked.listener == "authentik"
        && asked.target == "/application/o/token/"
        && form.contains(&("grant_type", "authorization_code"))
        && form.iter().all(|(name, _)| known.contains(name))
        && !asked.with_token
}

/// Whether it is an app's own request, as nobody and with `prompt=none`, and without what authentik
/// fails on.
fn is_anonymous_authorize(asked: &Asked, query: &str) -> bool {
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let is = |name: &str, wanted: &str| {
        let mut values = parameters.iter().filter(|(key, _)| key == name);
        values.next().is_some_and(|(_, value)| value == wanted) && values.next().is_none()
    };
    let names_max_age = parameters.iter().any(|(name, _)| name == "max_age");
    asked.listener == "authentik"
        && is("prompt", "none")
        && is("state", "akdoctor")
        && !names_max_age
        && !asked.with_token
}

fn is_harmless(asked: &Asked) -> bool {
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    match path {
        // Without it authentik runs every policy and keeps the outcome.
        "/api/v3/core/applications/" => query.contains("superuser_full_list=true"),
        // One application, which nothing is run for.
        _ if path.starts_with("/api/v3/core/applications/") => {
            path.trim_end_matches('/').split('/').count() == 6
        }
        // The front page of an app, as everybody asks for it who opens the app.
        "/" => asked.listener != "authentik",
        // The page that anybody sees who is not signed in to the app.
        "/user/login" => ["gitea", "forge"].contains(&asked.listener.as_str()),
        // Without a session authentik answers it before it writes (recorded 006).
        "/application/o/authorize/" => is_anonymous_authorize(asked, query),
        // Discovery documents and public keys: open to anybody, and they write nothing.
        _ if path.starts_with("/application/o/") => {
            path.ends_with("/.well-known/openid-configuration") || path.ends_with("/jwks/")
        }
        _ if STARTS.contains(&(asked.listener.as_str(), path)) => true,
        _ => HARMLESS.contains(&path) || LISTS.contains(&path),
    }
}

#[tokio::test]
async fn a_plain_run_sends_nothing_that_leaves_a_trace() {
    for scenario in scenarios() {
        let asked = asked(&scenario.name).await;
        leaves_no_trace(&scenario.name, asked);
    }
}

/// A provider that would learn the redirect URI of a request is sent none: one without any, or of
/// which nothing is known.
#[tokio::test]
async fn a_provider_that_would_learn_is_never_asked() {
    for scenario in ["empty-list", "several", "limited-token", "healthy"] {
        let asked = asked(scenario).await;
        let authorize = asked.iter().filter(|asked| {
            let is_asked = asked.target.starts_with("/application/o/authorize/");
            is_asked && asked.target.contains("client_id=gitea&")
        });
        let expected = usize::from(scenario == "healthy");
        assert_eq!(authorize.count(), expected, "{scenario}");
    }
}

/// A trace asks no more of authentik than a plain run does.
#[tokio::test]
async fn nor_does_a_trace_of_starts() {
    for scenario in ["healthy", "apps-otherwise", "several", "start-endless"] {
        leaves_no_trace(scenario, asked_by(scenario, true).await);
    }
}

fn leaves_no_trace(scenario: &str, asked: Vec<Asked>) {
    let (engine, others): (Vec<_>, Vec<_>) = asked
        .into_iter()
        .partition(|asked| asked.listener == "engine");
    for asked in &others {
        let tries_a_secret = asked.method == "POST" && is_without_code(asked);
        let only_reads = asked.method == "GET" && is_harmless(asked);
        assert!(tries_a_secret || only_reads, "{scenario}: {asked:?}");
    }
    assert!(others.len() <= MOST, "{scenario}: {others:#?}");
    // The engine is asked, and told only to run read-only commands.
    for asked in engine.iter().filter(|asked| asked.method != "GET") {
        let exec = asked.method == "POST" && asked.target.contains("/exec");
        assert!(exec || asked.method == "HEAD", "{scenario}: {asked:?}");
    }
}

#[tokio::test]
async fn the_token_goes_to_the_api_only() {
    for scenario in ["healthy", "limited-token", "not-authentik"] {
        for asked in asked(scenario)
            .await
            .iter()
            .filter(|asked| asked.with_token)
        {
            assert_eq!(asked.listener, "authentik");
            assert!(asked.target.starts_with("/api/v3/"), "{asked:?}");
        }
    }
}

#[tokio::test]
async fn no_question_is_asked_twice() {
    let mut asked: Vec<String> = asked("healthy")
        .await
        .into_iter()
        .filter(|asked| asked.listener == "authentik")
        .map(|asked| format!("{} {} {:?}", asked.target, asked.with_token, asked.form))
        .collect();
    asked.sort();
    // Both addresses of the instance are asked whether it lives and is ready, and nothing else.
    let twice = asked.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
    for same in twice {
        assert!(
            same.len() == 2 && same[0].starts_with("/-/health/"),
            "{same:?}"
        );
    }
}
