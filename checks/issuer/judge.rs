//! The issuer, as the app was configured with it.

use url::Url;

use super::Look;
use crate::{
    check::{Findings, Raised},
    facts::Said,
};

pub(super) const EXPECTED: &str = "the issuer of its provider is the one that it expects";
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The issuer of one app.
pub(super) fn app(look: &Look) -> Findings {
    let mut findings = Findings::new();
    let own = look.seen.given_slug().unwrap_or(&look.seen.slug) == look.seen.slug;
    let Some(issuer) = look.seen.issuer().filter(|_| own) else {
        return findings;
    };
    let exact = look.app.says.insists.issuer_exact;
    if is_root(&issuer) && exact != Some(false) {
        if let Some(raised) = global(look, &issuer) {
            findings.raise(EXPECTED, raised);
        }
        return findings;
    }
    match (&look.app.says.issuer, exact) {
        (Said::Value { value, .. }, Some(true)) => match difference(value, &issuer) {
            Some(how) => findings.raise(EXPECTED, differs(look, &issuer, value, &how)),
            None => {
                let cites = std::slice::from_ref(&look.seen.cite);
                findings.passed(EXPECTED, look.subject(), cites);
            }
        },
        (Said::Hidden(why), Some(true)) => findings.unknown(EXPECTED, look.subject(), why),
        _ => {}
    }
    findings
}

/// Whether the issuer has no path of its own, as with issuer mode "global" (recorded 240).
fn is_root(issuer: &str) -> bool {
    Url::parse(issuer).is_ok_and(|url| url.path() == "/")
}

fn global(look: &Look, issuer: &str) -> Option<Raised> {
    let provider = look.app.provider.as_ref()?;
    let wanted = format!(
        "{}/application/o/{}/",
        issuer.trim_end_matches('/'),
        look.seen.slug
    );
    let raised = look
        .raised("issuer/global")
        .with("provider", provider.name.clone())
        .with("pk", provider.pk)
        .with("wanted", wanted)
        .with("issuer", issuer);
    Some(match look.app.says.insists.issuer_exact {
        Some(true) => raised,
        _ => raised.inferred(),
    })
}

fn differs(look: &Look, issuer: &str, given: &str, how: &str) -> Raised {
    look.raised("issuer/differs")
        .with("issuer", issuer)
        .with("given", given)
        .with("how", how)
}

/// How what an app was given differs from the issuer that authentik names; `None` where it does
/// not.
fn difference(given: &str, issuer: &str) -> Option<String> {
    if given == issuer {
        return None;
    }
    if given.trim_end_matches('/') == issuer.trim_end_matches('/') {
        let lacks = !given.ends_with('/');
        let how = if lacks {
            "lacks the"
        } else {
            "has more than one"
        };
        return Some(format!("it {how} slash at its end"));
    }
    if given.trim_end_matches('/').ends_with(WELL_KNOWN) {
        return Some("it is the address of the document, not the issuer".into());
    }
    let (Ok(is), Ok(wanted)) = (Url::parse(given), Url::parse(issuer)) else {
        return Some("it is no URL".into());
    };
    let how = match (&is, &wanted) {
        (is, wanted) if is.host() != wanted.host() => "another host",
        (is, wanted) if is.scheme() != wanted.scheme() => "another scheme",
        (is, wanted) if is.port_or_known_default() != wanted.port_or_known_default() => {
            "another port"
        }
        (is, wanted) if is.path() != wanted.path() => "another path",
        _ => "written otherwise, which counts where bytes are compared",
    };
    Some(format!("it has {how}").replace("it has written", "it is written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_named() {
        let issuer = "http://idp:9000/application/o/a/";
        for (given, how) in [
            (issuer, None),
            (
                "http://idp:9000/application/o/a",
                Some("it lacks the slash at its end"),
            ),
            (
                "https://idp:9000/application/o/a/",
                Some("it has another scheme"),
            ),
            (
                "http://idq:9000/application/o/a/",
                Some("it has another host"),
            ),
            ("http://idp/application/o/a/", Some("it has another port")),
            (
                "http://idp:9000/application/o/b/",
                Some("it has another path"),
            ),
            (
                "HTTP://idp:9000/application/o/a/",
                Some("it is written otherwise, which counts where bytes are compared"),
            ),
            ("idp", Some("it is no URL")),
        ] {
            assert_eq!(difference(given, issuer).as_deref(), how, "{given}");
        }
        let document = format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'));
        assert!(difference(&document, issuer).unwrap().contains("document"));
    }
}
