//! Every profile by a typical container of its app: recognised by its image, by its variables, by
//! nothing else's, and read as the app reads itself. The environments are those of apps.md and of
//! authentik's pages for these apps.

use std::collections::BTreeSet;

use super::tests::{container, said};
use crate::stack::profiles::{Profile, profiles};

/// A typical container, and what its app sends.
struct Typical {
    profile: &'static str,
    image: &'static str,
    env: &'static [(&'static str, &'static str)],
    redirect_uri: Option<&'static str>,
    client_id: Option<&'static str>,
    issuer: Option<&'static str>,
}

const fn bare(profile: &'static str, image: &'static str) -> Typical {
    Typical {
        profile,
        image,
        env: &[],
        redirect_uri: None,
        client_id: None,
        issuer: None,
    }
}

const ISSUER: &str = "https://idp.example.com/application/o/app/";
const DOCUMENT: &str = "https://idp.example.com/application/o/app/.well-known/openid-configuration";
const AUTHORIZE: &str = "https://idp.example.com/application/o/authorize/";

const TABLE: &[Typical] = &[
    bare("argo-cd", "quay.io/argoproj/argocd:v3.1.0"),
    Typical {
        env: &[
            ("CODER_ACCESS_URL", "https://coder.example.com"),
            ("CODER_OIDC_CLIENT_ID", "coder"),
            ("CODER_OIDC_ISSUER_URL", ISSUER),
        ],
        redirect_uri: Some("https://coder.example.com/api/v2/users/oidc/callback"),
        client_id: Some("coder"),
        issuer: Some(ISSUER),
        ..bare("coder", "ghcr.io/coder/coder:v2.27.1")
    },
    bare("gitea", "docker.gitea.com/gitea:1.25.1"),
    Typical {
        env: &[("FORGEJO__server__ROOT_URL", "https://code.example.com/")],
        ..bare("gitea", "codeberg.org/forgejo/forgejo:11")
    },
    Typical {
        env: &[(
            "GITLAB_OMNIBUS_CONFIG",
            "external_url 'https://git.example.com'; gitlab_rails['omniauth_providers'] = \
             [{ name: 'openid_connect', args: { issuer: \
             'https://idp.example.com/application/o/app/', client_options: { identifier: \
             'gitlab', secret: 'x', redirect_uri: \
             'https://git.example.com/users/auth/openid_connect/callback' } } }]",
        )],
        redirect_uri: Some("https://git.example.com/users/auth/openid_connect/callback"),
        client_id: Some("gitlab"),
        issuer: Some(ISSUER),
        ..bare("gitlab", "gitlab/gitlab-ce:18.5.1-ce.0")
    },
    Typical {
        env: &[
            ("GF_SERVER_ROOT_URL", "https://graphs.example.com/"),
            ("GF_AUTH_GENERIC_OAUTH_ENABLED", "true"),
            ("GF_AUTH_GENERIC_OAUTH_CLIENT_ID", "grafana"),
            ("GF_AUTH_GENERIC_OAUTH_AUTH_URL", AUTHORIZE),
        ],
        redirect_uri: Some("https://graphs.example.com/login/generic_oauth"),
        client_id: Some("grafana"),
        ..bare("grafana", "grafana/grafana:12.2.0")
    },
    bare("harbor", "goharbor/harbor-core:v2.14.0"),
    bare("immich", "ghcr.io/immich-app/immich-server:v2.1.0"),
    Typical {
        env: &[
            ("OAUTH2_AUTHORIZE_URL", AUTHORIZE),
            ("OAUTH_CLIENT_ID", "hub"),
            (
                "OAUTH_CALLBACK_URL",
                "https://hub.example.com/hub/oauth_callback",
            ),
        ],
        redirect_uri: Some("https://hub.example.com/hub/oauth_callback"),
        client_id: Some("hub"),
        ..bare("jupyterhub", "quay.io/jupyterhub/jupyterhub:5")
    },
    Typical {
        env: &[
            ("PROXY_BASE_URL", "https://llm.example.com"),
            ("GENERIC_CLIENT_ID", "litellm"),
            ("GENERIC_AUTHORIZATION_ENDPOINT", AUTHORIZE),
        ],
        redirect_uri: Some("https://llm.example.com/sso/callback"),
        client_id: Some("litellm"),
        ..bare("litellm", "ghcr.io/berriai/litellm:main-stable")
    },
    Typical {
        env: &[
            ("MINIO_BROWSER_REDIRECT_URL", "https://minio.example.com"),
            ("MINIO_IDENTITY_OPENID_CLIENT_ID", "minio"),
            ("MINIO_IDENTITY_OPENID_CONFIG_URL", DOCUMENT),
        ],
        redirect_uri: Some("https://minio.example.com/oauth_callback"),
        client_id: Some("minio"),
        issuer: Some(DOCUMENT),
        ..bare("minio", "quay.io/minio/minio:RELEASE.2025-04-22T22-12-26Z")
    },
    Typical {
        env: &[
            ("OIDC_ENABLED", "1"),
            ("OIDC_PROVIDER_METADATA_URL", DOCUMENT),
            ("OIDC_CLIENT_ID", "feeds"),
        ],
        client_id: Some("feeds"),
        issuer: Some(DOCUMENT),
        ..bare("mod-auth-openidc", "freshrss/freshrss:latest")
    },
    Typical {
        env: &[
            ("NEXTAUTH_URL", "https://keep.example.com"),
            ("OAUTH_WELLKNOWN_URL", DOCUMENT),
            ("OAUTH_CLIENT_ID", "keep"),
        ],
        client_id: Some("keep"),
        issuer: Some(DOCUMENT),
        ..bare("nextauth", "ghcr.io/karakeep-app/karakeep:release")
    },
    Typical {
        env: &[("OVERWRITECLIURL", "https://cloud.example.com")],
        ..bare("nextcloud", "nextcloud:32-apache")
    },
    Typical {
        env: &[
            (
                "OAUTH2_PROXY_REDIRECT_URL",
                "https://w.example.com/oauth2/callback",
            ),
            ("OAUTH2_PROXY_CLIENT_ID", "wiki"),
            ("OAUTH2_PROXY_OIDC_ISSUER_URL", ISSUER),
        ],
        redirect_uri: Some("https://w.example.com/oauth2/callback"),
        client_id: Some("wiki"),
        issuer: Some(ISSUER),
        ..bare("oauth2-proxy", "quay.io/oauth2-proxy/oauth2-proxy:v7.9.0")
    },
    Typical {
        env: &[
            (
                "OPENID_REDIRECT_URI",
                "https://ai.example.com/oauth/oidc/callback",
            ),
            ("OAUTH_CLIENT_ID", "ai"),
            ("OPENID_PROVIDER_URL", DOCUMENT),
        ],
        redirect_uri: Some("https://ai.example.com/oauth/oidc/callback"),
        client_id: Some("ai"),
        issuer: Some(DOCUMENT),
        ..bare("open-webui", "ghcr.io/open-webui/open-webui:main")
    },
    Typical {
        env: &[
            ("URL", "https://notes.example.com"),
            ("OIDC_CLIENT_ID", "notes"),
            ("OIDC_AUTH_URI", AUTHORIZE),
        ],
        redirect_uri: Some("https://notes.example.com/auth/oidc.callback"),
        client_id: Some("notes"),
        ..bare(
            "outline",
            "docker.getoutline.com/outlinewiki/outline:latest",
        )
    },
    Typical {
        env: &[
            ("PAPERLESS_URL", "https://paper.example.com"),
            (
                "PAPERLESS_SOCIALACCOUNT_PROVIDERS",
                r#"{"openid_connect": {"APPS": [{"provider_id": "authentik", "client_id": "paper", "secret": "x", "settings": {"server_url": "https://idp.example.com/application/o/app/.well-known/openid-configuration"}}]}}"#,
            ),
        ],
        client_id: Some("paper"),
        issuer: Some(DOCUMENT),
        ..bare("paperless-ngx", "ghcr.io/paperless-ngx/paperless-ngx:2.19")
    },
    bare("portainer", "portainer/portainer-ce:lts"),
    Typical {
        env: &[
            (
                "SPRING_SECURITY_OAUTH2_CLIENT_REGISTRATION_AUTHENTIK_CLIENTID",
                "comics",
            ),
            (
                "SPRING_SECURITY_OAUTH2_CLIENT_PROVIDER_AUTHENTIK_ISSUERURI",
                ISSUER,
            ),
            (
                "SPRING_SECURITY_OAUTH2_CLIENT_REGISTRATION_AUTHENTIK_REDIRECTURI",
                "{baseUrl}/login/oauth2/code/{registrationId}",
            ),
        ],
        client_id: Some("comics"),
        issuer: Some(ISSUER),
        ..bare("spring", "gotson/komga:1.23")
    },
    Typical {
        env: &[
            ("DOMAIN", "https://vault.example.com"),
            ("SSO_ENABLED", "true"),
            ("SSO_AUTHORITY", ISSUER),
            ("SSO_CLIENT_ID", "vault"),
        ],
        redirect_uri: Some("https://vault.example.com/identity/connect/oidc-signin"),
        client_id: Some("vault"),
        issuer: Some(ISSUER),
        ..bare("vaultwarden", "vaultwarden/server:1.34.3")
    },
    Typical {
        env: &[
            ("OIDC_CLIENT_ID", "shop"),
            ("OIDC_DISCOVERY_URL", DOCUMENT),
            (
                "OIDC_REDIRECT_URI",
                "https://shop.example.com/auth/callback",
            ),
        ],
        redirect_uri: Some("https://shop.example.com/auth/callback"),
        client_id: Some("shop"),
        issuer: Some(DOCUMENT),
        ..bare("generic", "shop:latest")
    },
];

#[tokio::test]
async fn each_app_is_read_as_it_reads_itself() {
    for it in TABLE {
        let said = said(it.image, it.env).await;
        let image = it.image;
        assert_eq!(said.profile.as_deref(), Some(it.profile), "{image}");
        assert_eq!(said.redirect_uri.value(), it.redirect_uri, "{image}");
        assert_eq!(said.client_id.value(), it.client_id, "{image}");
        assert_eq!(said.issuer.value(), it.issuer, "{image}");
    }
}

#[test]
fn every_profile_has_its_container_and_no_other_takes_it() {
    let all = profiles().unwrap();
    let ids: BTreeSet<&str> = all.iter().map(|profile| profile.id.as_str()).collect();
    let typical: BTreeSet<&str> = TABLE.iter().map(|it| it.profile).collect();
    assert_eq!(ids, typical);
    for it in TABLE {
        let container = container(it.image, it.env);
        let by = |profile: &&Profile| {
            let names = it.env.iter().map(|(name, _)| *name);
            profile.fits(container.repository(), names)
        };
        let taken: Vec<&str> = all.iter().filter(by).map(|it| it.id.as_str()).collect();
        match it.profile {
            "generic" => assert_eq!(taken, [""; 0], "{}", it.image),
            own => assert_eq!(taken, [own], "{}", it.image),
        }
    }
}

#[test]
fn every_image_and_mark_is_of_one_profile_alone() {
    let all = profiles().unwrap();
    for profile in &all {
        for image in &profile.images {
            let fits = all.iter().filter(|it| it.fits(image, []));
            let fits: Vec<&str> = fits.map(|it| it.id.as_str()).collect();
            assert_eq!(fits, [profile.id.as_str()], "{image}");
        }
        for mark in &profile.marks {
            let fits = all.iter().filter(|it| it.fits("x", [mark.as_str()]));
            let fits: Vec<&str> = fits.map(|it| it.id.as_str()).collect();
            assert_eq!(fits, [profile.id.as_str()], "{mark}");
        }
    }
}

#[test]
fn no_redirect_uri_has_the_form_of_two_apps() {
    let all = profiles().unwrap();
    for uri in [
        "https://argo.example.com/api/dex/callback",
        "https://cloud.example.com/apps/user_oidc/code",
        "https://harbor.example.com/c/oidc/callback",
        "https://comics.example.com/login/oauth2/code/authentik",
        "https://keep.example.com/api/auth/callback/custom",
        "app.immich:///oauth-callback",
    ] {
        let fits = all.iter().filter(|it| it.has_form(uri)).count();
        assert_eq!(fits, 1, "{uri}");
    }
    for it in TABLE {
        let Some(uri) = it.redirect_uri else { continue };
        let fits = all.iter().filter(|profile| profile.has_form(uri));
        // A MinIO below /hub would have JupyterHub's too.
        let fits = fits.filter(|profile| profile.id != "minio" || it.profile == "minio");
        let fits: Vec<&str> = fits.map(|it| it.id.as_str()).collect();
        assert!(fits.len() <= 1, "{uri}: {fits:?}");
    }
}
