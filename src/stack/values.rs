//! What single values of akdoctor.toml must look like. The faults name no value: a URL may hold
//! a password, and the position says which value is meant.

use url::{ParseError, Url};

use super::SignOut;

/// What is wrong with a value, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Continues "url ".
    pub message: String,
    /// A lower-case fragment.
    pub hint: &'static str,
}

fn fault<T>(message: impl Into<String>, hint: &'static str) -> Result<T, Fault> {
    Err(Fault {
        message: message.into(),
        hint,
    })
}

const SCHEME: &str = "begin it with http:// or https://";

/// The base URL of an authentik: scheme, host, perhaps a path. Given back in its normal form,
/// without a trailing slash.
pub(super) fn base_url(text: &str) -> Result<String, Fault> {
    let url = web_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return fault(
            "has a query or a fragment",
            "give the base URL alone, such as http://localhost:9000",
        );
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A URL that a browser opens.
pub(super) fn web_url(text: &str) -> Result<Url, Fault> {
    let url = parsed(text)?;
    if !text.contains("://") {
        return fault("has no scheme", SCHEME);
    }
    if !is_web(&url) {
        let scheme = url.scheme();
        return fault(
            format!("has the scheme {scheme}, not http or https"),
            SCHEME,
        );
    }
    Ok(url)
}

/// Where a sign-in begins: a path, or a URL that a browser opens. No authorization request: none is
/// sent as it stands.
pub(super) fn start(text: &str) -> Result<(), Fault> {
    let url = match text.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => parsed(&format!("http://app/{rest}"))?,
        _ => web_url(text)?,
    };
    if url.fragment().is_some() {
        return fault("has a fragment", "leave out everything from # on");
    }
    if url.path().contains("/application/o/authorize") {
        return fault(
            "is an address of authentik's",
            "name where the app itself begins, such as /auth/login: it leads to authentik by itself",
        );
    }
    Ok(())
}

/// A redirect URI (RFC 6749 section 3.1.2: absolute, no fragment). Apps on phones and desktops
/// have schemes of their own (RFC 8252 section 7.1), such as `app.immich:///oauth-callback`.
pub(super) fn redirect_uri(text: &str) -> Result<(), Fault> {
    let url = parsed(text)?;
    let after_scheme = text.split_once(':').map_or("", |(_, rest)| rest);
    if is_web(&url) && !after_scheme.starts_with("//") {
        return fault("has no // after its scheme", SCHEME);
    }
    // `localhost:3000/callback` parses as a URL of the scheme "localhost".
    if !after_scheme.starts_with('/') && url.scheme() != "urn" {
        return fault("has no scheme", SCHEME);
    }
    if url.fragment().is_some() {
        return fault(
            "has a fragment",
            "leave out everything from # on: OAuth does not allow it (RFC 6749 section 3.1.2)",
        );
    }
    Ok(())
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn parsed(text: &str) -> Result<Url, Fault> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return fault(
            "holds white space or control characters",
            "write it without, or percent-encoded",
        );
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => return fault("has no scheme", SCHEME),
        Err(ParseError::EmptyHost) => {
            return fault("has no host", "write it as in http://localhost:9000");
        }
        // These errors are fixed texts; none repeats the URL.
        Err(error) => {
            return fault(
                format!("is not a URL ({error})"),
                "write it as in http://localhost:9000",
            );
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return fault(
            "holds a user name or a password",
            "leave out everything before and including the @: akdoctor signs in with an API \
             token only",
        );
    }
    Ok(url)
}

/// The type of an account (authentik 2023.8 and later).
pub(super) fn account_type(text: &str) -> Result<(), Fault> {
    match text {
        "internal" | "external" | "service_account" | "internal_service_account" => Ok(()),
        _ => fault(
            "is no type of account",
            "write internal, external, service_account or internal_service_account",
        ),
    }
}

/// What signing out of an app does.
pub(super) fn sign_out(text: &str) -> Result<SignOut, Fault> {
    match text {
        "ends-session" => Ok(SignOut::EndsSession),
        "keeps-session" => Ok(SignOut::KeepsSession),
        _ => fault(
            "is nothing that signing out does",
            "write ends-session or keeps-session",
        ),
    }
}

/// A slug as Django defines it: ASCII letters, digits, hyphens and underscores.
pub(super) fn slug(text: &str) -> Result<(), Fault> {
    if text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    {
        return Ok(());
    }
    fault(
        "is not a slug",
        "use letters, digits, - and _, as in the application's URL in authentik",
    )
}

/// The slug that authentik's admin interface proposes for most names: lower case, spaces as
/// hyphens.
pub(super) fn slug_of(name: &str) -> String {
    name.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-")
}

/// A container's name as Docker allows it. Nothing else ever stands where a command takes a
/// container; least of all what begins with a hyphen and reads as an option.
pub(super) fn container(text: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(allowed) {
        return Ok(());
    }
    fault(
        "is not a container's name",
        "write it as `docker ps` shows it under NAMES",
    )
}

/// The name of an environment variable (POSIX: letters, digits, underscore, no digit first).
pub(super) fn variable(text: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(allowed) {
        return Ok(());
    }
    fault(
        "is not the name of a variable",
        "give the name of the variable that holds the token, not the token",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_have_one_form() {
        for (given, kept) in [
            ("http://localhost:9000", "http://localhost:9000"),
            ("HTTP://LocalHost:9000/", "http://localhost:9000"),
            ("https://sso.example.org:443//", "https://sso.example.org"),
            ("https://example.org/sso/", "https://example.org/sso"),
            ("http://[::1]:9000", "http://[::1]:9000"),
        ] {
            assert_eq!(base_url(given).as_deref(), Ok(kept), "{given}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_told() {
        for (given, why) in [
            ("localhost:9000", "has no scheme"),
            ("localhost", "has no scheme"),
            ("//localhost", "has no scheme"),
            ("http:localhost:9000", "has no scheme"),
            ("http://", "has no host"),
            ("http://:9000", "has no host"),
            ("ftp://localhost", "has the scheme ftp, not http or https"),
            (
                "http://localhost:99999",
                "is not a URL (invalid port number)",
            ),
            ("http://a:b@localhost", "holds a user name or a password"),
            ("http://localhost/?a=b", "has a query or a fragment"),
            (
                "http://local host",
                "holds white space or control characters",
            ),
        ] {
            assert_eq!(base_url(given).unwrap_err().message, why, "{given}");
        }
    }

    #[test]
    fn a_start_is_a_path_or_a_url() {
        for good in ["/auth/login?next=/", "/", "https://a.example.org/login"] {
            assert_eq!(start(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("auth/login", "has no scheme"),
            ("//evil.example.org/x", "has no scheme"),
            ("/a b", "holds white space or control characters"),
            ("/a#b", "has a fragment"),
            ("javascript:alert(1)", "has no scheme"),
            (
                "http://a/application/o/authorize/?client_id=x",
                "is an address of authentik's",
            ),
        ] {
            assert_eq!(start(bad).unwrap_err().message, why, "{bad}");
        }
    }

    #[test]
    fn redirect_uris_may_have_schemes_of_their_own() {
        for good in [
            "http://localhost:3000/user/oauth2/Authentik/callback",
            "app.immich:///oauth-callback",
            "com.example.app:/oauth2redirect",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert_eq!(redirect_uri(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("localhost:3000/callback", "has no scheme"),
            ("/callback", "has no scheme"),
            ("http:localhost/callback", "has no // after its scheme"),
            ("https:///", "has no host"),
            ("http://localhost/#here", "has a fragment"),
            ("http://u:p@localhost/", "holds a user name or a password"),
        ] {
            assert_eq!(
                redirect_uri(bad).map_err(|f| f.message),
                Err(why.into()),
                "{bad}"
            );
        }
    }

    #[test]
    fn names_that_would_read_as_options_are_refused() {
        assert_eq!(container("authentik-server_1.a"), Ok(()));
        for bad in ["-v", "--help", "a b", "a;b", "/gitea", "é"] {
            assert!(container(bad).is_err(), "{bad}");
        }
        assert_eq!(slug_of("Platform  Admin"), "platform-admin");
        assert!(slug(&slug_of("Café")).is_err());
        assert!(variable("1A").is_err() && variable("A-B").is_err() && variable("_A1").is_ok());
    }
}
