//! Which container is which app, and where what it says stands, without any configuration.

use std::{collections::BTreeMap, sync::Arc};

use akdoctor::{
    evidence::{Evidence, Limits},
    facts::{self, AppFacts, Said},
    simulate::play,
};

async fn apps(scenario: &str) -> (BTreeMap<String, AppFacts>, Vec<akdoctor::simulate::Asked>) {
    let playing = play(scenario).await.unwrap();
    let mut stack = playing.stack.clone();
    stack.apps.clear();
    let stage = playing.stage;
    let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
    let base = facts::base(&stack, &seen).await;
    let apps = facts::app_facts(&stack, &seen, &base).await;
    let apps = apps.into_iter().map(|app| (app.name.clone(), app));
    (apps.collect(), stage.requests())
}

/// Where it stands, and the URI.
fn sent(app: &AppFacts) -> (&str, &str) {
    match &app.says.redirect_uri {
        Said::Value { value, place } => (&place.text, value),
        Said::Not(why) => ("not", why),
        Said::Hidden(_) => ("hidden", ""),
        Said::Unasked => ("unasked", ""),
    }
}

#[tokio::test]
async fn every_app_is_found_by_what_its_container_says() {
    let (apps, requests) = apps("apps-otherwise").await;
    for (app, by, uri) in [
        (
            "Coder",
            "--access-url of container coder",
            "https://host.docker.internal:7443/api/v2/users/oidc/callback",
        ),
        (
            "Platform Admin",
            "OIDC_REDIRECT_URI_FILE of container platform-admin",
            "http://localhost:5050/auth/callback",
        ),
        (
            "LiteLLM",
            "PROXY_BASE_URL of container litellm, one of 2 alike",
            "http://localhost:4000/sso/callback",
        ),
        (
            "Gitea",
            "GITEA__server__ROOT_URL of container gitea and its login page",
            "http://localhost:3000/user/oauth2/Authentik/callback",
        ),
        (
            "Code",
            "ROOT_URL in /data/gitea/conf/app.ini of container forge and its login page",
            "http://code.lan:3100/user/oauth2/Company%20SSO/callback",
        ),
        (
            "Wiki",
            "--redirect-url of container wiki-auth",
            "https://wiki.example.com/oauth2/callback",
        ),
    ] {
        assert_eq!(sent(&apps[app]), (by, uri), "{app}");
    }
    assert_eq!(apps["Code"].says.client_id.value(), Some("x4711"));
    assert_eq!(
        apps["Platform Admin"].says.client_id.value(),
        Some("platform-admin")
    );
    assert_eq!(
        sent(&apps["Shop"]),
        (
            "not",
            "OIDC_REDIRECT_URI of container shop is not one whole URI"
        )
    );
    assert!(apps["Photos"].container.is_none());
    let files: Vec<&str> = requests
        .iter()
        .filter(|asked| asked.target.contains("secrets"))
        .map(|asked| asked.target.as_str())
        .collect();
    assert_eq!(files.len(), 2, "a secret was read: {files:?}");
}

/// No secret of a command line is kept: it stands in evidence otherwise.
#[tokio::test]
async fn secrets_among_flags_are_hidden() {
    let (apps, _) = apps("apps-otherwise").await;
    for app in ["Coder", "Wiki"] {
        let container = apps[app].container.as_ref().unwrap();
        let line = container.args.join(" ");
        assert!(
            !line.contains("flag-secret") && !line.contains("proxy-secret"),
            "{line}"
        );
        assert!(line.contains("client-secret"), "{line}");
    }
}

/// A client id that nobody has is a slip: the app is known by its address and form all the same.
#[tokio::test]
async fn a_slip_in_the_client_id_hides_no_app() {
    let (apps, _) = apps("client-id").await;
    let minio = &apps["MinIO"];
    let container = minio
        .container
        .as_ref()
        .map(|container| container.name.as_str());
    assert_eq!(container, Some("minio"));
    assert_eq!(minio.says.client_id.value(), Some("minio"));
    let provider = minio.provider.as_ref().unwrap();
    assert_eq!(provider.client_id, "MinIO");
}
