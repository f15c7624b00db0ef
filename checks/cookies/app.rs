//! The cookies that an app sets when a sign-in begins: browsers keep them, and send them back with
//! the callback. Their values are never seen, only their names and attributes.

use url::Url;

use super::{callback_of, host_of, mend, takes};
use crate::{
    check::{Findings, Raised},
    facts::{self, AppFacts, Start, StartSight},
    model::{Kind, Subject},
    probe::start::{Authorize, SetCookie},
};

const KEPT: &str = "browsers keep the cookies with which its sign-in begins";
const RETURN: &str = "those cookies come back with its callback";

/// Parts of the names of cookies that hold a sign-in's state (apps.md 1.4, 2 to 7 and 9).
const STATE: [&str; 6] = ["state", "nonce", "oauth", "oidc", "pkce", "verifier"];

pub(super) fn judge(app: &AppFacts, sight: &StartSight) -> Findings {
    let mut findings = Findings::new();
    if facts::opened(app).is_none_or(|it| !it.said) {
        return findings;
    }
    let StartSight::Asked(asked) = sight else {
        return findings;
    };
    let Some((started, request)) = sight.started().and_then(|it| Some((it, it.authorize()?)))
    else {
        return findings;
    };
    let subject = Subject::new(Kind::App, &app.name);
    let cites = std::slice::from_ref(&asked.cite);
    let cookies: Vec<(&str, &SetCookie)> = started.cookies().collect();
    let mut all = cookies.iter();
    let lost = all.find_map(|(url, cookie)| Some((*url, *cookie, lost(url, cookie)?)));
    if let Some((url, cookie, why)) = lost {
        let raised = raised("cookies/thrown-away", app, asked, cookie, why).with("url", url);
        let wants_https = cookie.secure && !url.starts_with("https://");
        let https = url.strip_prefix("http://").filter(|_| wants_https);
        findings.raise(KEPT, raised.with_some("wants_https", https.map(|_| true)));
        return findings;
    }
    findings.passed(KEPT, subject.clone(), cites);
    let callback = callback_of(app, sight).and_then(|it| Url::parse(&it).ok());
    let (Some(callback), false) = (callback, cookies.is_empty()) else {
        return findings;
    };
    match kept_back(&cookies, request, &callback) {
        None => findings.passed(RETURN, subject, cites),
        Some((cookie, why)) => {
            let raised = raised("cookies/kept-back", app, asked, cookie, why);
            findings.raise(RETURN, raised.with("callback", callback.to_string()));
        }
    }
    findings
}

fn raised(
    code: &'static str,
    app: &AppFacts,
    asked: &Start,
    cookie: &SetCookie,
    why: String,
) -> Raised {
    let raised = Raised::new(code, Subject::new(Kind::App, &app.name))
        .with("app", app.name.clone())
        .with("cookie", cookie.name.clone())
        .with("why", why)
        .cites(asked.cite.clone())
        // Which of its cookies an app cannot do without it does not say.
        .inferred();
    match facts::opened(app) {
        Some(opened) => {
            mend::own_address(app, &opened.url, raised.with("opened", opened.url.clone()))
        }
        None => raised,
    }
}

/// Why a browser throws a cookie away (RFC 6265bis section 5.7); `None` where it keeps it.
fn lost(url: &str, cookie: &SetCookie) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = host_of(&url)?;
    let domain = cookie.domain.as_deref();
    if let Some(domain) = domain.filter(|domain| !takes(domain, host)) {
        return Some(format!("it is for {domain}, and {host} is not below that"));
    }
    // Browsers count this machine as safe.
    if cookie.secure && url.scheme() == "http" && !facts::is_loopback(host) {
        return Some("it wants https, and was set over http".into());
    }
    if cookie.same_site.as_deref() == Some("none") && !cookie.secure {
        return Some("it is SameSite=None and not Secure".into());
    }
    let is_called = |prefix: &str| {
        let name = cookie.name.get(..prefix.len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(prefix))
    };
    if (is_called("__Secure-") || is_called("__Host-")) && !cookie.secure {
        return Some("its name promises Secure, and it is not".into());
    }
    let whole = domain.is_none() && cookie.path.as_deref() == Some("/");
    (is_called("__Host-") && !whole)
        .then(|| "its name promises one host and the path /, and it has others".into())
}

/// A cookie that does not come back with the callback, and why: one whose name says that it holds
/// the sign-in's state, or each one that was set.
fn kept_back<'c>(
    cookies: &[(&str, &'c SetCookie)],
    request: &Authorize,
    callback: &Url,
) -> Option<(&'c SetCookie, String)> {
    let judged = cookies
        .iter()
        .map(|(url, cookie)| (*cookie, away(url, cookie, request, callback)));
    let judged: Vec<(&SetCookie, Option<String>)> = judged.collect();
    let is_state = |cookie: &SetCookie| {
        let name = cookie.name.to_ascii_lowercase();
        STATE.iter().any(|part| name.contains(part))
    };
    let none_comes = judged.iter().all(|(_, why)| why.is_some());
    let mut judged = judged.into_iter();
    judged.find_map(|(cookie, why)| {
        let why = why.filter(|_| none_comes || is_state(cookie))?;
        Some((cookie, why))
    })
}

/// Why a cookie does not come with the callback. That the callback may be at another host is told
/// by itself.
fn away(url: &str, cookie: &SetCookie, request: &Authorize, callback: &Url) -> Option<String> {
    let set_at = Url::parse(url).ok()?;
    let to = host_of(callback)?;
    if cookie.secure && callback.scheme() == "http" && !facts::is_loopback(to) {
        return Some("it wants https, and the callback is http".into());
    }
    let path = match cookie.path.as_deref() {
        Some(path) if path.starts_with('/') => path.to_owned(),
        _ => default_path(&set_at),
    };
    if !covers(&path, callback.path()) {
        return Some(format!(
            "it is for the path {path}, and the callback is {}",
            callback.path()
        ));
    }
    let from = request.host.trim_matches(['[', ']']);
    if !are_other_sites(from, to) {
        return None;
    }
    let posts = request.response_mode.as_deref() == Some("form_post");
    match cookie.same_site.as_deref() {
        Some("strict") => Some(format!(
            "it is SameSite=Strict, and {from}, which sends people back, is another site"
        )),
        Some("lax") if posts => Some(format!(
            "it is SameSite=Lax, and {from}, which is another site, sends people back by POST"
        )),
        _ => None,
    }
}

/// The path of a cookie that names none (RFC 6265 section 5.1.4).
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        None | Some(("", _)) => "/".into(),
        Some((before, _)) => before.to_owned(),
    }
}

/// Whether a cookie of this path is sent with a request for that one (RFC 6265 section 5.1.4).
fn covers(path: &str, asked: &str) -> bool {
    let rest = asked.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
}

/// Whether two hosts are certainly two sites: their last two labels differ. Where those are alike
/// only the list of public suffixes could tell.
fn are_other_sites(one: &str, other: &str) -> bool {
    let is_address = |host: &str| host.parse::<std::net::IpAddr>().is_ok();
    let end = |host: &str| {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        match is_address(&host) {
            true => host,
            false => {
                let mut labels: Vec<&str> = host.rsplit('.').take(2).collect();
                labels.reverse();
                labels.join(".")
            }
        }
    };
    end(one) != end(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(name: &str) -> SetCookie {
        SetCookie {
            name: name.into(),
            path: Some("/".into()),
            ..SetCookie::default()
        }
    }

    fn why(url: &str, change: impl Fn(&mut SetCookie)) -> Option<String> {
        let mut cookie = cookie("__Host-x");
        cookie.name = "session".into();
        change(&mut cookie);
        lost(url, &cookie)
    }

    #[test]
    fn a_cookie_that_wants_https_is_lost_over_http() {
        let secure = |it: &mut SetCookie| it.secure = true;
        assert!(why("http://app.lan/", secure).is_some());
        assert!(why("http://localhost:3000/", secure).is_none());
        assert!(why("https://app.lan/", secure).is_none());
        let other = |it: &mut SetCookie| it.domain = Some("other.lan".into());
        assert!(why("https://app.lan/", other).is_some());
    }

    #[test]
    fn a_cookie_that_breaks_its_own_word_is_lost() {
        let none = |it: &mut SetCookie| it.same_site = Some("none".into());
        assert!(why("https://app.lan/", none).is_some());
        let named = |name: &'static str, path: &'static str| {
            why("https://app.lan/", move |it| {
                it.name = name.into();
                it.secure = true;
                it.path = Some(path.into());
            })
        };
        assert!(named("__Host-state", "/auth").is_some());
        assert!(named("__Host-state", "/").is_none());
        assert!(named("__Secure-state", "/auth").is_none());
        assert!(why("https://app.lan/", |it| it.name = "__secure-x".into()).is_some());
    }

    fn away_of(change: impl Fn(&mut SetCookie, &mut Authorize), callback: &str) -> Option<String> {
        let mut cookie = cookie("state");
        let mut request = Authorize {
            host: "auth.example.com".into(),
            ..Authorize::default()
        };
        change(&mut cookie, &mut request);
        let callback = Url::parse(callback).unwrap();
        away("https://app.lan/auth/login", &cookie, &request, &callback)
    }

    #[test]
    fn a_strict_cookie_stays_behind_when_another_site_sends_people_back() {
        let strict = |it: &mut SetCookie, _: &mut Authorize| it.same_site = Some("strict".into());
        assert!(away_of(strict, "https://app.lan/callback").is_some());
        assert!(away_of(strict, "https://app.example.com/callback").is_none());
        let lax = |it: &mut SetCookie, _: &mut Authorize| it.same_site = Some("lax".into());
        assert!(away_of(lax, "https://app.lan/callback").is_none());
        let posted = |it: &mut SetCookie, request: &mut Authorize| {
            it.same_site = Some("lax".into());
            request.response_mode = Some("form_post".into());
        };
        assert!(away_of(posted, "https://app.lan/callback").is_some());
    }

    #[test]
    fn a_cookie_comes_back_below_its_path_alone() {
        let below = |path: Option<&'static str>| {
            move |it: &mut SetCookie, _: &mut Authorize| it.path = path.map(Into::into)
        };
        let to = "https://app.lan/auth/callback";
        assert!(away_of(below(Some("/auth")), to).is_none());
        assert!(away_of(below(Some("/auth/")), to).is_none());
        assert!(away_of(below(Some("/aut")), to).is_some());
        assert!(away_of(below(None), to).is_none());
        assert!(away_of(below(None), "https://app.lan/callback").is_some());
        let secure = |it: &mut SetCookie, _: &mut Authorize| it.secure = true;
        assert!(away_of(secure, "http://app.lan/callback").is_some());
    }

    #[test]
    fn one_that_holds_the_state_is_enough() {
        let (mut state, mut other) = (cookie("oauth_state"), cookie("language"));
        state.same_site = Some("strict".into());
        let request = Authorize {
            host: "auth.example.com".into(),
            ..Authorize::default()
        };
        let callback = Url::parse("https://app.lan/callback").unwrap();
        let at = "https://app.lan/";
        let found = |cookies: &[(&str, &SetCookie)]| {
            kept_back(cookies, &request, &callback).map(|(it, _)| it.name.clone())
        };
        let both = [(at, &other), (at, &state)];
        assert_eq!(found(&both).as_deref(), Some("oauth_state"));
        other.same_site = Some("strict".into());
        assert_eq!(found(&[(at, &other)]).as_deref(), Some("language"));
        let lax = cookie("oauth_state");
        assert_eq!(found(&[(at, &other), (at, &lax)]), None);
    }
}
