//! What apps say of their sign-in.

use std::sync::Arc;

use super::*;
use crate::probe::engine::{Container, EnvValue};

pub(super) fn container(image: &str, env: &[(&str, &str)]) -> Container {
    let plain =
        |(name, value): &(&str, &str)| ((*name).to_owned(), EnvValue::Plain((*value).to_owned()));
    Container {
        id: "c1".into(),
        name: "app".into(),
        image: image.into(),
        env: env.iter().map(plain).collect(),
        ..Container::default()
    }
}

pub(super) async fn said(image: &str, env: &[(&str, &str)]) -> AppSays {
    let app = AppFacts {
        name: "App".into(),
        configured: None,
        application: None,
        provider: None,
        alike: 1,
        container: Some(Arc::new(container(image, env))),
        says: AppSays::default(),
    };
    let seen = Evidence::replay(
        std::collections::BTreeMap::new(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    says(&app, &seen, &crate::stack::profiles::profiles().unwrap()).await
}

#[tokio::test]
async fn each_app_says_its_redirect_uri_as_it_builds_it() {
    for (image, env, wanted) in [
        (
            "ghcr.io/coder/coder:v2",
            [
                ("CODER_ACCESS_URL", "https://host.docker.internal:7443"),
                ("X", "1"),
            ],
            Some("https://host.docker.internal:7443/api/v2/users/oidc/callback"),
        ),
        (
            "minio/minio",
            [
                ("MINIO_BROWSER_REDIRECT_URL", "http://localhost:9001"),
                ("X", "1"),
            ],
            Some("http://localhost:9001/oauth_callback"),
        ),
        (
            "minio/minio",
            [
                ("MINIO_BROWSER_REDIRECT_URL", "http://localhost:9001"),
                ("MINIO_IDENTITY_OPENID_REDIRECT_URI", "http://m/cb/"),
            ],
            Some("http://m/cb/"),
        ),
        (
            "ghcr.io/berriai/litellm:main",
            [
                ("PROXY_BASE_URL", "http://localhost:4000/"),
                ("SERVER_ROOT_PATH", "/llm"),
            ],
            Some("http://localhost:4000/llm/sso/callback"),
        ),
        ("ghcr.io/berriai/litellm", [("A", "1"), ("B", "2")], None),
        (
            "local/platform-admin",
            [
                ("OIDC_REDIRECT_URI", "http://localhost:5050/auth/callback"),
                ("X", "1"),
            ],
            Some("http://localhost:5050/auth/callback"),
        ),
        (
            "local/two",
            [
                ("OIDC_REDIRECT_URI", "http://a/cb"),
                ("SSO_CALLBACK_URL", "http://b/cb"),
            ],
            None,
        ),
    ] {
        let said = said(image, &env).await;
        assert_eq!(said.redirect_uri.value(), wanted, "{image}");
    }
}

#[tokio::test]
async fn which_urls_a_browser_opens() {
    let said = said(
        "berriai/litellm",
        &[
            ("GENERIC_AUTHORIZATION_ENDPOINT", "http://localhost:9000/a"),
            ("GENERIC_TOKEN_ENDPOINT", "http://authentik-server:9000/t"),
        ],
    )
    .await;
    let browser: Vec<bool> = said.endpoints.iter().map(|given| given.browser).collect();
    assert_eq!(browser, [true, false]);
}

#[tokio::test]
async fn a_container_that_does_not_run_is_said_to_be_so() {
    let said = said("coder/coder", &[("CODER_ACCESS_URL", "https://c")]).await;
    let Said::Value { place, .. } = said.redirect_uri else {
        panic!("it says its redirect URI");
    };
    let wanted = "CODER_ACCESS_URL of container app, which does not run";
    assert_eq!((place.text.as_str(), place.whole), (wanted, false));
}

#[tokio::test]
async fn what_follows_the_browser_says_nothing() {
    let url = ("CODER_ACCESS_URL", "https://c");
    let hosts = ("CODER_OIDC_REDIRECT_ALLOWED_HOSTS", "c.example.com");
    let said = said("coder/coder", &[url, hosts]).await;
    assert!(matches!(said.redirect_uri, Said::Not(_)), "{said:?}");
}
