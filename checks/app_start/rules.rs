//! What authentik makes of an authorization request, by its own rules and in its own order
//! (`OAuthAuthorizationParams`, authentik 2025.10; knowledge B.2). Client and redirect URI come
//! first and are judged by `redirect-uri`.
//!
//! What it does not mind: PKCE is never required; a challenge without a method counts as plain; an
//! unknown `response_mode` is replaced and an unknown `prompt` dropped without a word.

use crate::probe::start::Authorize;

/// The response types that authentik knows, compared as they stand: it does not sort their words,
/// though RFC 6749 section 3.1.1 says that their order does not matter.
const RESPONSE_TYPES: [&str; 6] = [
    "code",
    "id_token",
    "id_token token",
    "code token",
    "code id_token",
    "code id_token token",
];
/// The methods of PKCE that it knows (RFC 7636 section 4.2).
const METHODS: [&str; 2] = ["plain", "S256"];

/// Why authentik refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It does not know the response type.
    ResponseType(String),
    /// It does not know the method of PKCE.
    PkceMethod(String),
    /// It reads no request objects.
    RequestObject,
    /// The response type gives an id token at once, which needs this.
    Implicit {
        kind: String,
        without: &'static str,
        error: &'static str,
    },
    /// It fails on a `max_age` that is no number: Python's `int` raises.
    MaxAge(String),
}

impl Refusal {
    /// The error that comes back to the app; `None` where authentik itself fails.
    pub(super) fn error(&self) -> Option<&'static str> {
        match self {
            Self::ResponseType(_) => Some("unsupported_response_type"),
            Self::PkceMethod(_) => Some("invalid_request"),
            Self::RequestObject => Some("request_not_supported"),
            Self::Implicit { error, .. } => Some(error),
            Self::MaxAge(_) => None,
        }
    }
}

/// Why authentik refuses this request, if it does.
pub(super) fn refusal(request: &Authorize) -> Option<Refusal> {
    // Read before anything is judged.
    let max_age = request.max_age.as_deref().filter(|age| !age.is_empty());
    if let Some(age) = max_age.filter(|age| !is_number(age)) {
        return Some(Refusal::MaxAge(age.to_owned()));
    }
    let kind = request.response_type.as_deref().unwrap_or_default();
    if !RESPONSE_TYPES.contains(&kind) {
        return Some(Refusal::ResponseType(kind.to_owned()));
    }
    let implicit = |without, error| {
        Some(Refusal::Implicit {
            kind: kind.to_owned(),
            without,
            error,
        })
    };
    // Without any scope authentik takes all of the provider's.
    let mut scopes = request
        .scope
        .as_deref()
        .unwrap_or_default()
        .split_whitespace();
    let is_openid = |scope| scope == "openid";
    let lacks_openid = scopes.clone().next().is_some() && !scopes.any(is_openid);
    if kind != "code" && lacks_openid {
        return implicit("the scope openid", "invalid_scope");
    }
    let gives_id_token = kind.split(' ').any(|part| part == "id_token");
    if gives_id_token && !lacks_openid && !request.nonce {
        return implicit("a nonce", "invalid_request");
    }
    if let Some(method) = request.pkce.as_deref()
        && !METHODS.contains(&method)
    {
        return Some(Refusal::PkceMethod(method.to_owned()));
    }
    request.request_object.then_some(Refusal::RequestObject)
}

/// Whether Python's `int` reads it, but for digits of other scripts.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut groups = digits.split('_');
    groups.all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: &str, scope: &str) -> Authorize {
        Authorize {
            response_type: Some(kind.into()),
            scope: Some(scope.into()),
            ..Authorize::default()
        }
    }

    #[test]
    fn response_types_are_compared_as_they_stand() {
        for kind in RESPONSE_TYPES {
            let mut request = request(kind, "openid");
            request.nonce = true;
            assert_eq!(refusal(&request), None, "{kind}");
        }
        for kind in [
            "token id_token",
            "id_token code",
            "code  token",
            "Code",
            "token",
            "none",
        ] {
            let found = refusal(&request(kind, "openid"));
            assert_eq!(found, Some(Refusal::ResponseType(kind.into())));
        }
    }

    #[test]
    fn pkce_is_never_required_and_its_method_must_be_known() {
        for (method, taken) in [
            ("plain", true),
            ("S256", true),
            ("s256", false),
            ("S512", false),
            ("", false),
        ] {
            let mut request = request("code", "openid");
            request.pkce = Some(method.into());
            assert_eq!(refusal(&request).is_none(), taken, "{method}");
        }
        assert_eq!(refusal(&request("code", "openid")), None);
    }

    #[test]
    fn tokens_at_once_need_openid_and_a_nonce() {
        let error = |request: &Authorize| refusal(request).and_then(|it| it.error());
        let mut asks = request("id_token", "email");
        assert_eq!(error(&asks), Some("invalid_scope"));
        asks.scope = Some("email openid".into());
        assert_eq!(error(&asks), Some("invalid_request"));
        asks.nonce = true;
        assert_eq!(error(&asks), None);
        // No scope is every scope, and "code token" gives no id token at once.
        assert_eq!(error(&request("code token", "")), None);
        assert_eq!(
            error(&request("code token", "email")),
            Some("invalid_scope")
        );
        assert_eq!(error(&request("code", "email")), None);
    }

    #[test]
    fn what_authentik_cannot_read() {
        let mut asks = request("code", "openid");
        asks.request_object = true;
        assert_eq!(refusal(&asks), Some(Refusal::RequestObject));
        for (age, read) in [
            ("0", true),
            (" +1_000 ", true),
            ("-1", true),
            ("1h", false),
            ("1.5", false),
            ("_1", false),
        ] {
            assert_eq!(is_number(age), read, "{age}");
        }
        asks.max_age = Some("1h".into());
        assert_eq!(refusal(&asks), Some(Refusal::MaxAge("1h".into())));
        asks.max_age = Some(String::new());
        assert_eq!(refusal(&asks), Some(Refusal::RequestObject));
    }
}
