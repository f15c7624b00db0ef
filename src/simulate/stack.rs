//! What should be true of every simulated world: the reference stack.

use crate::stack::{App, Authentik, ContainerNames, Stack, User};

/// Name, slug, URL and redirect URI of each app; the slug is client id and container too.
const APPS: [(&str, &str, &str, &str); 5] = [
    (
        "Coder",
        "coder",
        "https://host.docker.internal:7443",
        "https://host.docker.internal:7443/api/v2/users/oidc/callback",
    ),
    (
        "Gitea",
        "gitea",
        "http://localhost:3000",
        "http://localhost:3000/user/oauth2/Authentik/callback",
    ),
    (
        "MinIO",
        "minio",
        "http://localhost:9001",
        "http://localhost:9001/oauth_callback",
    ),
    (
        "Platform Admin",
        "platform-admin",
        "http://localhost:5050",
        "http://localhost:5050/auth/callback",
    ),
    (
        "LiteLLM",
        "litellm",
        "http://localhost:4000",
        "http://localhost:4000/sso/callback",
    ),
];

/// The reference stack.
pub(super) fn reference() -> Stack {
    Stack {
        authentik: Authentik {
            url: Some(super::AUTHENTIK.into()),
            also: vec!["http://host.docker.internal:9000".into()],
            containers: ContainerNames {
                server: Some("authentik-server".into()),
                worker: Some("authentik-worker".into()),
                postgresql: Some("authentik-postgresql".into()),
                redis: None,
            },
        },
        apps: APPS.iter().map(app).collect(),
        users: users(),
        ..Stack::default()
    }
}

fn app(&(name, slug, url, redirect_uri): &(&str, &str, &str, &str)) -> App {
    App {
        name: name.into(),
        slug: slug.into(),
        client_id: Some(slug.into()),
        url: Some(url.into()),
        start: None,
        redirect_uris: vec![redirect_uri.into()],
        container: Some(slug.into()),
        issuer: None,
        client_secret: None,
        profile: None,
        sign_out: None,
    }
}

fn users() -> Vec<User> {
    let user = |username: &str, groups: &[&str], superuser| User {
        username: username.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        superuser,
        kind: None,
        apps: Vec::new(),
    };
    let mut users = vec![
        user("akadmin", &[], true),
        user("appmanager", &["App Managers"], false),
    ];
    for username in ["contractor1", "contractor2", "contractor3", "readonly"] {
        users.push(user(username, &[], false));
    }
    users
}
