//! authentik's authorization and token endpoints, as far as they answer without a login: who is
//! refused, and how (recorded 001 to 017). Nothing here ever issues a code or a token.

use data_encoding::BASE64;
use url::form_urlencoded::byte_serialize;

use serde_json::Value;

use super::{Asked, answer::Answer, parameter, parameters, providers::Providers, redirects};

/// A provider as far as these endpoints look at it.
struct Provider {
    secret: String,
    public: bool,
    grants: Option<Vec<Value>>,
    redirect_uris: Value,
    /// The scopes of its mappings.
    scopes: Vec<String>,
}

/// The provider of a client id.
fn provider(providers: &Providers, client_id: &str) -> Option<Provider> {
    let row = providers.by_client_id(client_id)?;
    Some(Provider {
        secret: row["client_secret"].as_str()?.to_owned(),
        public: row["client_type"] == "public",
        grants: row["grant_types"].as_array().cloned(),
        redirect_uris: row["redirect_uris"].clone(),
        scopes: providers.scopes(&row),
    })
}

/// The authorization endpoint for somebody who is not logged in.
pub(super) fn authorize(asked: &Asked, providers: &Providers) -> Answer {
    let query = asked.query();
    let of = |name| parameter(&query, name).unwrap_or_default();
    let Some(provider) = provider(providers, of("client_id")) else {
        return Answer::recorded("002-authorize-unknown-client-id.txt");
    };
    let uri = of("redirect_uri");
    let learns = redirects::is_empty(&provider.redirect_uris) && !uri.is_empty();
    if learns {
        providers.learn(of("client_id"), uri);
    }
    let allowed = learns || redirects::allow(&provider.redirect_uris, uri);
    if !allowed || redirects::is_forbidden(uri) {
        return Answer::recorded("001-authorize-wrong-redirect-uri.txt");
    }
    let type_is_known = GRANTS.iter().any(|(kind, _)| *kind == of("response_type"));
    if !type_is_known {
        return sent_back("005-authorize-bad-response-type.txt", uri, of("state"));
    }
    if let Some((error, description)) = refusal(&provider, &query) {
        let mut answer = sent_back("005-authorize-bad-response-type.txt", uri, of("state"));
        let joint = match grant_of(of("response_type")) {
            "implicit" | "hybrid" => '#',
            _ => '?',
        };
        // Python's `quote` writes a space so (recorded 005).
        let description: String = byte_serialize(description.as_bytes()).collect();
        let description = description.replace('+', "%20");
        let state: String = byte_serialize(of("state").as_bytes()).collect();
        answer.set(
            "location",
            format!("{uri}{joint}error={error}&error_description={description}&state={state}"),
        );
        return answer;
    }
    if of("prompt").split(' ').any(|prompt| prompt == "none") {
        return sent_back("006-authorize-prompt-none-anonymous.txt", uri, of("state"));
    }
    to_login(asked)
}

/// The response types that authentik knows, each with its grant; compared as they stand.
const GRANTS: [(&str, &str); 6] = [
    ("code", "authorization_code"),
    ("id_token", "implicit"),
    ("id_token token", "implicit"),
    ("code token", "hybrid"),
    ("code id_token", "hybrid"),
    ("code id_token token", "hybrid"),
];

fn grant_of(response_type: &str) -> &'static str {
    let mut grants = GRANTS.iter();
    let found = grants.find(|(kind, _)| *kind == response_type);
    found.map_or("", |(_, grant)| grant)
}

/// Why a request is refused whose client, redirect URI and response type are taken, in the order of
/// authentik 2025.10 (`OAuthAuthorizationParams.__post_init__`): error and description.
fn refusal(provider: &Provider, query: &[(String, String)]) -> Option<(&'static str, String)> {
    const MALFORMED: &str = "The request is otherwise malformed";
    let of = |name| parameter(query, name).unwrap_or_default();
    let kind = of("response_type");
    let grant = grant_of(kind);
    // From 2026.5 (knowledge B.2, step 3b).
    if let Some(grants) = &provider.grants
        && grants.iter().all(|it| it != grant)
    {
        return Some(("invalid_request", MALFORMED.into()));
    }
    let is_configured = |scope: &&str| provider.scopes.iter().any(|it| it == scope);
    let mut asked = of("scope").split_whitespace().filter(is_configured);
    let has_openid = match of("scope").trim() {
        "" => is_configured(&"openid"),
        _ => asked.any(|scope| scope == "openid"),
    };
    let gives_id_token = kind.split(' ').any(|part| part == "id_token");
    if !has_openid && grant != "authorization_code" {
        let what = "The requested scope is invalid, unknown, or malformed";
        return Some(("invalid_scope", what.into()));
    }
    if has_openid && gives_id_token && of("nonce").is_empty() {
        return Some(("invalid_request", MALFORMED.into()));
    }
    let method = parameter(query, "code_challenge_method").unwrap_or("plain");
    if !of("code_challenge").is_empty() && !matches!(method, "plain" | "S256") {
        let what = format!("Unsupported challenge method {method}");
        return Some(("invalid_request", what));
    }
    (!of("request").is_empty()).then(|| {
        let what = "The provider does not support use of the request parameter";
        ("request_not_supported", what.into())
    })
}

/// A recorded way back to the app, with the redirect URI and the state of this request.
fn sent_back(recorded: &str, uri: &str, state: &str) -> Answer {
    let mut answer = Answer::recorded(recorded);
    let told = answer
        .headers
        .iter()
        .find_map(|(name, value)| (name == "location").then(|| value.clone()))
        .unwrap_or_default();
    let why = told.split_once('?').map_or("", |(_, why)| why);
    let why = why.rsplit_once("&state=").map_or(why, |(why, _)| why);
    let state: String = byte_serialize(state.as_bytes()).collect();
    let joint = if uri.contains('?') { '&' } else { '?' };
    answer.set("location", format!("{uri}{joint}{why}&state={state}"));
    answer
}

/// The way to the login page, and back here after it.
fn to_login(asked: &Asked) -> Answer {
    let mut answer = Answer::recorded("003-authorize-right-anonymous.txt");
    // Python's `quote` keeps the slash (recorded 003).
    let next = byte_serialize(asked.uri.to_string().as_bytes())
        .collect::<String>()
        .replace("%2F", "/");
    answer.set(
        "location",
        format!("/flows/-/default/authentication/?next={next}"),
    );
    answer
}

/// From the default flow's path to its page (recorded 191).
pub(super) fn default_flow(asked: &Asked) -> Answer {
    let mut answer = Answer::recorded("191-headless-02-get.txt");
    let query = asked.query();
    let next = parameter(&query, "next").map(|next| {
        let next: String = byte_serialize(next.as_bytes()).collect();
        format!("?next={next}")
    });
    let page = match asked.last_part().as_str() {
        "invalidation" => "/if/flow/default-invalidation-flow/",
        _ => "/if/flow/default-authentication-flow/",
    };
    answer.set("location", format!("{page}{}", next.unwrap_or_default()));
    answer
}

/// The token endpoint: which requests are refused, and by what name. A redirect URI that is not
/// the provider's has the name of a wrong secret (recorded 011).
pub(super) fn token(asked: &Asked, providers: &Providers) -> Answer {
    if asked.method != "POST" {
        return Answer::recorded("017-token-get.txt");
    }
    let form = parameters(&asked.body);
    let of = |name| parameter(&form, name).unwrap_or_default();
    let (id, secret) = basic(asked).unwrap_or((of("client_id").into(), of("client_secret").into()));
    let Some(provider) = provider(providers, &id) else {
        return Answer::recorded("008-token-wrong-secret.txt");
    };
    // From 2026.5 the grant type comes before the secret (knowledge B.4).
    let grant = of("grant_type");
    if provider
        .grants
        .as_ref()
        .is_some_and(|grants| grants.iter().all(|it| it != grant))
    {
        return Answer::recorded("007-token-right-secret-bogus-code.txt");
    }
    if !provider.public && provider.secret != secret {
        return Answer::recorded("008-token-wrong-secret.txt");
    }
    let uri_is_right = redirects::allow(&provider.redirect_uris, of("redirect_uri"));
    match grant {
        // Without a code authentik looks no further (recorded 013).
        "authorization_code" if of("code").is_empty() || uri_is_right => {
            Answer::recorded("007-token-right-secret-bogus-code.txt")
        }
        "authorization_code" => Answer::recorded("008-token-wrong-secret.txt"),
        "refresh_token" => Answer::recorded("007-token-right-secret-bogus-code.txt"),
        _ => Answer::recorded("016-token-bad-grant-type.txt"),
    }
}

/// Client id and secret by HTTP Basic (recorded 009, 010).
fn basic(asked: &Asked) -> Option<(String, String)> {
    let encoded = asked.header("authorization").strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
