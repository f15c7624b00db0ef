//! A redirect URI whose last part only the app's own login page shows.

use url::Url;

use super::{Place, Said, reader::Reader, texts::links};
use crate::{
    evidence::Unknown,
    probe::{
        Probe as _, ProbeError,
        http::{HttpAnswer, HttpGet},
    },
    stack::profiles::LoginPage,
};

/// More sources than anybody offers on one page.
const MOST_SOURCES: usize = 8;

/// A redirect URI, and the client id where it was told with it.
type Told = (Said, Option<Said>);

impl Reader<'_> {
    /// The address that people use, and the link of the source that the login page shows.
    pub(super) async fn by_login_page(&self, page: &LoginPage, public_url: &Said) -> Told {
        let Said::Value { value: root, place } = public_url else {
            return (public_url.clone(), None);
        };
        let configured = self.app.configured.as_ref().and_then(|app| app.url.clone());
        let at = configured.unwrap_or_else(|| root.clone());
        let at = at.trim_end_matches('/');
        let ask = HttpGet::new(format!("{at}{}", page.path));
        let mut place = place.clone();
        place.whole = false;
        place.text = format!("{} and its login page", place.text);
        place.cites.push(ask.key());
        let names = match self.names(ask, page).await {
            Ok(names) => names,
            Err(why) => return (Said::Hidden(why), None),
        };
        match names.as_slice() {
            [] => (self.silent(), None),
            [name] => {
                let value = page.redirect_uri(root, name);
                (Said::Value { value, place }, None)
            }
            names => self.among(page, root, at, names, &place).await,
        }
    }

    /// The names of the sources that the page links to, or that it leads to at once.
    async fn names(&self, ask: HttpGet, page: &LoginPage) -> Result<Vec<String>, Unknown> {
        let key = ask.key();
        let answer = self.seen.ask(ask).await?;
        let leads = answer
            .headers
            .get("location")
            .filter(|_| is_redirect(&answer));
        let names = match leads {
            Some(target) => links(&format!("href=\"{target}\""), &page.link),
            None => links(&answer.body, &page.link),
        };
        let error = match answer.status {
            _ if !names.is_empty() => return Ok(names),
            200 if answer.truncated => ProbeError::TooLarge {
                what: "its login page".into(),
                limit: "16 KiB before the first of its sources".into(),
            },
            200 => return Ok(names),
            status => ProbeError::Status {
                what: "its login page".into(),
                status,
            },
        };
        Err(Unknown { key, error })
    }

    /// Of several sources the one whose redirect URI authentik allows, else the one that is asked
    /// for a start and answers with the provider's client id. Such a start is answered by the app
    /// itself and not followed.
    async fn among(
        &self,
        page: &LoginPage,
        root: &str,
        at: &str,
        names: &[String],
        place: &Place,
    ) -> Told {
        let said = |value: String| Said::Value {
            value,
            place: place.clone(),
        };
        let allowed = self.app.provider.iter().flat_map(|row| &row.redirect_uris);
        let allowed: Vec<&str> = allowed.map(|entry| entry.url.as_str()).collect();
        let uris = names.iter().map(|name| page.redirect_uri(root, name));
        let mut fitting = uris.filter(|uri| allowed.contains(&uri.as_str()));
        if let (Some(one), None) = (fitting.next(), fitting.next()) {
            return (said(one), None);
        }
        let wanted = self.app.provider.as_ref().map(|row| row.client_id.as_str());
        for name in names.iter().take(MOST_SOURCES) {
            let start = HttpGet::new(format!("{at}{}{name}", page.link));
            if let Some((id, uri)) = self.started(start).await
                && Some(id.as_str()) == wanted
            {
                let mut by_page = place.clone();
                by_page.variable = None;
                let id = Said::Value {
                    value: id,
                    place: by_page,
                };
                return (said(uri), Some(id));
            }
        }
        let why = format!(
            "its login page names several sources, and which one is authentik's could not be told: {}",
            names.join(", ")
        );
        (Said::Not(why), None)
    }

    /// Client id and redirect URI of the authorization request that a start leads to.
    async fn started(&self, start: HttpGet) -> Option<(String, String)> {
        let answer = self.seen.ask(start).await.ok()?;
        let target = answer
            .headers
            .get("location")
            .filter(|_| is_redirect(&answer))?;
        let target = Url::parse(target).ok()?;
        let of = |name: &str| {
            let mut pairs = target.query_pairs();
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        Some((of("client_id")?, of("redirect_uri")?))
    }
}

fn is_redirect(answer: &HttpAnswer) -> bool {
    (300..400).contains(&answer.status)
}
