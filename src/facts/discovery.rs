//! Each app's discovery document, as the app asks it where its container tells, else below
//! authentik's base URL.

use std::sync::Arc;

use futures::future::join_all;
use url::{Position, Url};

use super::{AppFacts, Base, Condition, Said, condition};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        http::HttpGet,
        oidc::{AskDiscovery, AskKeys, Discovery, Key, Told},
    },
};

const WELL_KNOWN: &str = "/.well-known/openid-configuration";
/// Before an application's slug in each of its URLs (knowledge B.5).
const BEFORE_SLUG: &str = "/application/o/";

/// What was seen of an app's discovery document.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The slug of its application.
    pub slug: String,
    /// The URL that was asked.
    pub url: String,
    /// The URL that the app asks; `None` where its container does not say.
    pub given: Option<String>,
    /// What came.
    pub told: Result<Arc<Told<Discovery>>, Unknown>,
    /// The key of the evidence.
    pub cite: String,
}

/// The documents of these apps, one for each; `None` for one without a slug.
///
/// # Errors
/// [`Unknown`] when authentik does not answer, or is not ready and was not asked: then no document
/// says anything of an app.
pub async fn discovery(
    seen: &Evidence,
    base: &Base,
    apps: &[AppFacts],
) -> Result<Vec<Option<Seen>>, Unknown> {
    is_ready(seen, base).await?;
    Ok(join_all(apps.iter().map(|app| of_app(seen, base, app))).await)
}

/// The keys of an application's provider, below authentik's base URL, and the evidence's key.
pub async fn keys(
    seen: &Evidence,
    base: &Base,
    slug: &str,
) -> (Result<Arc<Told<Vec<Key>>>, Unknown>, String) {
    let url = base.path(&format!("{BEFORE_SLUG}{slug}/jwks/"));
    let ask = AskKeys { url };
    let cite = ask.key();
    (seen.ask(ask).await, cite)
}

pub(super) async fn is_ready(seen: &Evidence, base: &Base) -> Result<(), Unknown> {
    let sight = condition(seen, base).await;
    let error = match sight.condition {
        Condition::Ready => return Ok(()),
        Condition::NoAnswer(why) => return Err(why),
        _ => ProbeError::NotConfigured {
            why: "not asked: authentik is not ready, and says nothing of a single app then".into(),
        },
    };
    let key = HttpGet::new(base.path("/-/health/ready/")).key();
    Err(Unknown { key, error })
}

async fn of_app(seen: &Evidence, base: &Base, app: &AppFacts) -> Option<Seen> {
    let slug = slug_of(app)?;
    let given = given(app);
    let usual = base.path(&format!("{BEFORE_SLUG}{slug}{WELL_KNOWN}"));
    let first = ask(seen, &slug, given.as_ref().unwrap_or(&usual), &given).await;
    // A name that only containers know, or a certificate of a private authority: other checks
    // tell of it, and the same document stands below the base URL.
    match first.told {
        Err(_) if first.url != usual => Some(ask(seen, &slug, &usual, &given).await),
        _ => Some(first),
    }
}

async fn ask(seen: &Evidence, slug: &str, url: &str, given: &Option<String>) -> Seen {
    let ask = AskDiscovery {
        url: url.to_owned(),
    };
    Seen {
        slug: slug.to_owned(),
        url: url.to_owned(),
        given: given.clone(),
        cite: ask.key(),
        told: seen.ask(ask).await,
    }
}

fn slug_of(app: &AppFacts) -> Option<String> {
    let configured = app.configured.as_ref().map(|app| app.slug.clone());
    configured.or_else(|| Some(app.application.as_ref()?.slug.clone()))
}

/// The URL of the document by what the app's container says; libraries add the well-known path to
/// an issuer after one slash is taken off its end (apps.md 10).
fn given(app: &AppFacts) -> Option<String> {
    let Said::Value { value, .. } = &app.says.issuer else {
        return None;
    };
    let url = Url::parse(value).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.query().is_none();
    let root = value.trim_end_matches('/');
    let whole = root.ends_with(WELL_KNOWN);
    is_web.then(|| match whole {
        true => root.to_owned(),
        false => format!("{root}{WELL_KNOWN}"),
    })
}

impl Seen {
    /// The issuer that the app would read at its own URL: authentik makes it of the scheme and the
    /// host that ask (knowledge B.5), so those of the app's are put in where another was asked.
    pub fn issuer(&self) -> Option<String> {
        let Ok(told) = &self.told else { return None };
        let Told::Document(document) = &**told else {
            return None;
        };
        let issuer = document.issuer.as_ref()?;
        let given = self.given.as_ref().filter(|given| **given != self.url);
        let Some(given) = given else {
            return Some(issuer.clone());
        };
        let (asked, given) = (origin(&self.url)?, origin(given)?);
        let rest = issuer.strip_prefix(&asked);
        Some(rest.map_or_else(|| issuer.clone(), |rest| format!("{given}{rest}")))
    }

    /// The slug in the URL that the app asks.
    pub fn given_slug(&self) -> Option<&str> {
        let (_, rest) = self.given.as_ref()?.split_once(BEFORE_SLUG)?;
        rest.split('/').next().filter(|slug| !slug.is_empty())
    }
}

/// Scheme, host and port of a URL, as written there.
pub fn origin(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    parsed.host_str()?;
    Some(parsed[..Position::BeforePath].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(given: &str, url: &str, issuer: &str) -> Seen {
        let document = Discovery {
            issuer: Some(issuer.into()),
            ..Discovery::default()
        };
        Seen {
            slug: "a".into(),
            url: url.into(),
            given: Some(given.into()),
            told: Ok(Arc::new(Told::Document(document))),
            cite: String::new(),
        }
    }

    #[test]
    fn the_issuer_follows_the_host_that_the_app_asks() {
        let inside = "http://idp:9000/application/o/a/.well-known/openid-configuration";
        let here = "http://localhost:9000/application/o/a/.well-known/openid-configuration";
        let told = "http://localhost:9000/application/o/a/";
        let is = |seen: Seen| seen.issuer().unwrap();
        assert_eq!(
            is(seen(inside, here, told)),
            "http://idp:9000/application/o/a/"
        );
        assert_eq!(is(seen(here, here, told)), told);
        let fixed = "https://auth.example.com/application/o/a/";
        assert_eq!(is(seen(inside, here, fixed)), fixed);
    }

    #[test]
    fn the_slug_is_read_from_the_url() {
        assert_eq!(
            seen("http://h/application/o/x/y", "", "").given_slug(),
            Some("x")
        );
        assert_eq!(seen("http://h/", "", "").given_slug(), None);
    }
}
