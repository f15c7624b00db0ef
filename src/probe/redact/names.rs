//! Which names (of variables, JSON keys, headers, query parameters) go with a secret.

/// Ends of names that hold something about a secret, not the secret.
const ABOUT: [&str; 20] = [
    "_file",
    "_path",
    "_dir",
    "_id",
    "_url",
    "_uri",
    "_endpoint",
    "_email",
    "_name",
    "_type",
    "_date",
    "_length",
    "_validity",
    "_lifetime",
    "_ttl",
    "_expiry",
    "_expires",
    "_enabled",
    "_policy",
    "_methods_supported",
];

/// Names that are secret as a whole.
const WHOLE: [&str; 7] = [
    "key",
    "pwd",
    "cookie",
    "set_cookie",
    "authorization",
    "proxy_authorization",
    "sessionid",
];

/// Parts of names that make them secret wherever they stand, also run together (`PGPASSWORD`).
const PARTS: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "privatekey",
    "credential",
];

/// Words of names that make them secret.
const WORDS: [&str; 5] = ["token", "pass", "pw", "accesstoken", "authtoken"];

/// OAuth's parameters that pass for credentials while they live (RFC 6749, OpenID Connect Core).
/// In JSON they are also ordinary words (`"state": "queued"`), so they count in queries only.
const IN_QUERIES: [&str; 4] = ["code", "state", "nonce", "code_verifier"];

/// Whether a variable, key or header of this name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
    if WHOLE.contains(&name.as_str()) {
        return true;
    }
    if ABOUT.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    PARTS.iter().any(|part| name.contains(part))
        || name.split('_').any(|word| WORDS.contains(&word))
        || is_key(&name)
}

/// `…_KEY`, but for keys that are public or no keys in this sense.
fn is_key(name: &str) -> bool {
    name.strip_suffix("_key").is_some_and(|kind| {
        !["public", "primary", "foreign", "sort", "signing"]
            .iter()
            .any(|other| kind.ends_with(other))
    })
}

/// Whether a query's or a form's parameter of this name holds a secret.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_passing(name) || is_secret(name)
}

/// Whether it names a parameter of OAuth that is a secret only while a login goes on.
pub(super) fn is_passing(name: &str) -> bool {
    IN_QUERIES
        .iter()
        .any(|passing| name.eq_ignore_ascii_case(passing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in [
            "AUTHENTIK_SECRET_KEY",
            "AUTHENTIK_POSTGRESQL__PASSWORD",
            "AUTHENTIK_BOOTSTRAP_TOKEN",
            "AUTHENTIK_BOOTSTRAP_PASSWORD",
            "AUTHENTIK_EMAIL__PASSWORD",
            "CODER_OIDC_CLIENT_SECRET",
            "MINIO_ROOT_PASSWORD",
            "MINIO_IDENTITY_OPENID_CLIENT_SECRET",
            "LITELLM_MASTER_KEY",
            "GENERIC_CLIENT_SECRET",
            "OAUTH2_PROXY_COOKIE_SECRET",
            "GITEA__security__INTERNAL_TOKEN",
            "PGPASSWORD",
            "PG_PASS",
            "private_key",
            "apiKey",
            "clientSecret",
            "Authorization",
            "Set-Cookie",
            "X-Api-Key",
            "id_token",
            "passphrase",
            "aws_credentials",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_things() {
        for name in [
            "AUTHENTIK_POSTGRESQL__PASSWORD_FILE",
            "CODER_OIDC_CLIENT_ID",
            "KEYCLOAK_URL",
            "TOKEN_URL",
            "GENERIC_TOKEN_ENDPOINT",
            "AUTHENTIK_BOOTSTRAP_EMAIL",
            "AUTHENTIK_COOKIE_DOMAIN",
            "COMPOSE_PROJECT_NAME",
            "access_token_validity",
            "max_tokens",
            "authorization_flow",
            "password_change_date",
            "token_type",
            "token_endpoint_auth_methods_supported",
            "public_key",
            "signing_key",
            "redirect_uri",
            "client_id",
            "error",
            "state",
            "PATH",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn parameters_of_a_login_are_secret_in_queries_only() {
        assert!(is_secret_parameter("code") && is_secret_parameter("STATE"));
        assert!(!is_secret("code") && !is_secret("nonce"));
    }
}
