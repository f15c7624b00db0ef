//! Cookies as an app sets them (RFC 6265 sections 4.1 and 5.2): a small jar for the way of one
//! start, and for judgements the flags alone.

use std::collections::BTreeMap;

use hyper::http::HeaderMap;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::super::http::cut;

/// Cookies of one answer that are kept.
const MOST: usize = 32;
/// Bytes of a name, a domain or a path that are kept.
const LONGEST: usize = 256;
/// Bytes that the jar sends at most.
const HEAVIEST: usize = 8 * 1024;

/// A cookie that an answer set, without its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetCookie {
    /// Its name.
    pub name: String,
    /// `Secure`: sent over https only.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite` in lower case: "lax", "strict", "none"; browsers take "lax" where it is not said.
    pub same_site: Option<String>,
    /// `Domain` as written, a leading dot gone; `None` binds it to the host alone.
    pub domain: Option<String>,
    /// `Path` as written.
    pub path: Option<String>,
    /// Whether it takes the cookie away: no value, or a life that is over.
    pub removes: bool,
}

/// The cookies of one start.
#[derive(Debug, Default)]
pub(in crate::probe) struct Jar(BTreeMap<String, (String, bool)>);

impl Jar {
    /// Takes what an answer set, and says its flags.
    pub(in crate::probe) fn take(&mut self, headers: &HeaderMap) -> Vec<SetCookie> {
        let values = headers.get_all("set-cookie").iter().take(MOST);
        let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        texts.filter_map(|text| self.one(&text)).collect()
    }

    fn one(&mut self, text: &str) -> Option<SetCookie> {
        let (cookie, value) = read(text)?;
        if cookie.removes {
            self.0.remove(&cookie.name);
        } else {
            self.0
                .insert(cookie.name.clone(), (value.to_owned(), cookie.secure));
        }
        Some(cookie)
    }

    /// A cookie's value.
    pub(in crate::probe) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(value, _)| value.as_str())
    }

    /// The `Cookie` header for a URL; those that want https stay back elsewhere, except on this
    /// machine, as browsers have it.
    pub(in crate::probe) fn header(&self, url: &Url) -> Option<String> {
        let safe = url.scheme() == "https" || is_here(url);
        let sent = self.0.iter().filter(|(_, (_, secure))| safe || !secure);
        let mut header = String::new();
        for (name, (value, _)) in sent {
            if header.len() + name.len() + value.len() < HEAVIEST {
                let joint = if header.is_empty() { "" } else { "; " };
                header += &format!("{joint}{name}={value}");
            }
        }
        (!header.is_empty()).then_some(header)
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A `Set-Cookie` header: the cookie and its value.
fn read(text: &str) -> Option<(SetCookie, &str)> {
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() {
        return None;
    }
    let kept = |text: &str| cut(text.trim().to_owned(), LONGEST);
    let mut cookie = SetCookie {
        name: kept(name),
        removes: value.is_empty() || value == "\"\"",
        ..SetCookie::default()
    };
    for part in parts {
        let (key, given) = part.split_once('=').unwrap_or((part, ""));
        match key.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "samesite" => cookie.same_site = Some(kept(given).to_ascii_lowercase()),
            "domain" if !given.trim().is_empty() => {
                cookie.domain = Some(kept(given.trim().trim_start_matches('.')));
            }
            "path" => cookie.path = Some(kept(given)),
            "max-age" => cookie.removes |= given.trim().parse::<i64>().is_ok_and(|age| age <= 0),
            _ => {}
        }
    }
    Some((cookie, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_values_stay_in_the_jar() {
        let mut jar = Jar::default();
        let set = jar
            .one("oauth_state=SeCrEt; Path=/; HttpOnly; Secure; SameSite=Lax; Domain=.example.com")
            .unwrap();
        assert!(set.secure && set.http_only && !set.removes);
        assert_eq!(set.same_site.as_deref(), Some("lax"));
        assert_eq!(set.domain.as_deref(), Some("example.com"));
        assert!(!serde_json::to_string(&set).unwrap().contains("SeCrEt"));
        let at = |url: &str| jar.header(&Url::parse(url).unwrap());
        assert_eq!(at("https://a/").as_deref(), Some("oauth_state=SeCrEt"));
        assert_eq!(
            at("http://localhost/").as_deref(),
            Some("oauth_state=SeCrEt")
        );
        assert_eq!(at("http://a/"), None);
    }

    #[test]
    fn a_cookie_is_taken_away() {
        let mut jar = Jar::default();
        jar.one("a=1");
        assert!(jar.one("a=; Max-Age=0").unwrap().removes);
        assert_eq!(jar.header(&Url::parse("http://a/").unwrap()), None);
        assert_eq!(jar.one("no cookie"), None);
        assert_eq!(jar.one("=x"), None);
    }
}
