//! A sign-in's cookies survive until it ends: authentik's own are for the host that browsers open,
//! and those that an app sets when a sign-in begins come back to its callback.

use futures::future::join;
use url::Url;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, NameUse, StartSight, UsedBy},
    model::{Kind, Reach, Severity, Subject},
    probe::{
        Probe as _,
        engine::{Container, InspectContainer},
    },
    stack::Stack,
};

const OWN: &str = "authentik's cookies are for the host that browsers open";
const BACK: &str = "its callback is at the host where people open it";
const KEPT: &str = "browsers keep the cookies with which its sign-in begins";
const VARIABLE: &str = "AUTHENTIK_COOKIE_DOMAIN";

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let uses = facts::names(stack, &base, &apps);
    let (found, starts) = join(
        facts::containers(stack, seen),
        facts::starts(stack, seen, &apps),
    )
    .await;
    let mut findings = Findings::new();
    if let Some(server) = found.as_ref().ok().and_then(|it| it.roles.server.first()) {
        findings.merge(own(server, &uses, &base.url));
    }
    for (app, start) in apps.iter().zip(&starts) {
        findings.merge(of_app(app, start));
    }
    Ok(findings)
}

/// Whether a browser takes a cookie of this domain from this host (RFC 6265 section 5.1.3).
fn takes(domain: &str, host: &str) -> bool {
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let is_below = host
        .strip_suffix(&domain)
        .is_some_and(|rest| rest.ends_with('.'));
    host == domain || (is_below && host.parse::<std::net::IpAddr>().is_err())
}

/// authentik's own cookies: it writes the variable's value into each as `Domain` (knowledge C.3).
fn own(server: &Container, uses: &[NameUse], base: &str) -> Findings {
    let mut findings = Findings::new();
    let id = server.id.clone();
    let cite = InspectContainer { id }.key();
    let instance = Subject::new(Kind::Instance, base);
    let Some(domain) = server.plain_env(VARIABLE) else {
        findings.passed(OWN, instance, &[cite]);
        return findings;
    };
    let of_authentik = |one: &&NameUse| one.opened && !matches!(one.by, UsedBy::App(_));
    let outside = uses
        .iter()
        .filter(of_authentik)
        .find(|one| !takes(domain, &one.name));
    let Some(one) = outside else {
        findings.passed(OWN, instance, &[cite]);
        return findings;
    };
    let is_base = one.url.trim_end_matches('/') == base;
    let raised = Raised::new("cookies/domain", instance)
        .with("domain", domain)
        .with("host", one.name.clone())
        .with("url", one.url.clone())
        .cites(cite)
        .weighing(Severity::Error, Reach::Everybody);
    // Who signs in at a further address only the apps know.
    let raised = if is_base { raised } else { raised.inferred() };
    findings.raise(OWN, raised);
    findings
}

fn of_app(app: &AppFacts, start: &StartSight) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    let Some(opened) = facts::opened(app).filter(|it| it.said) else {
        return findings;
    };
    if let Some((raised, cites)) = elsewhere(app, start, &opened.url) {
        match raised {
            Some(raised) => findings.raise(BACK, raised),
            None => findings.passed(BACK, subject.clone(), &cites),
        }
    }
    let StartSight::Asked(asked) = start else {
        return findings;
    };
    let Some(started) = start.started().filter(|it| it.authorize().is_some()) else {
        return findings;
    };
    let lost = started
        .cookies()
        .find_map(|(url, cookie)| Some((url, cookie, lost(url, cookie.secure, &cookie.domain)?)));
    let cites = std::slice::from_ref(&asked.cite);
    match lost {
        None => findings.passed(KEPT, subject, cites),
        Some((url, cookie, why)) => findings.raise(
            KEPT,
            Raised::new("cookies/thrown-away", subject)
                .with("app", app.name.clone())
                .with("cookie", cookie.name.clone())
                .with("url", url)
                .with("why", why)
                .cites(asked.cite.clone())
                .inferred(),
        ),
    }
    findings
}

/// Why a browser throws a cookie away; `None` where it keeps it.
fn lost(url: &str, secure: bool, domain: &Option<String>) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    if let Some(domain) = domain.as_deref().filter(|domain| !takes(domain, host)) {
        return Some(format!("it is for {domain}, and {host} is not below that"));
    }
    // Browsers count this machine as safe.
    (secure && url.scheme() == "http" && !facts::is_loopback(host))
        .then(|| "it wants https, and was set over http".to_owned())
}

/// A callback at another host than where the sign-in began, with the evidence; `None` where one of
/// the two is not known. Ports do not part cookies (RFC 6265 section 8.5).
fn elsewhere(
    app: &AppFacts,
    start: &StartSight,
    opened: &str,
) -> Option<(Option<Raised>, Vec<String>)> {
    let sent = start.started().and_then(|it| it.authorize());
    let sent = sent.and_then(|request| request.redirect_uri.clone());
    let said = || app.says.redirect_uri.value().map(str::to_owned);
    let callback = sent.or_else(said)?;
    let host = |text: &str| Some(Url::parse(text).ok()?.host_str()?.to_ascii_lowercase());
    let (from, to) = (host(opened)?, host(&callback)?);
    let cites: Vec<String> = match start {
        StartSight::Asked(asked) => vec![asked.cite.clone()],
        StartSight::Not(_) => Vec::new(),
    };
    if from == to {
        return Some((None, cites));
    }
    // A cookie for a domain above both comes back.
    let shared = start.started().is_some_and(|started| {
        let mut cookies = started.cookies();
        cookies.any(|(_, cookie)| {
            let above = |domain: &String| takes(domain, &from) && takes(domain, &to);
            cookie.domain.as_ref().is_some_and(above)
        })
    });
    if shared {
        return Some((None, cites));
    }
    let raised = Raised::new(
        "cookies/callback-elsewhere",
        Subject::new(Kind::App, &app.name),
    )
    .with("app", app.name.clone())
    .with("opened", opened)
    .with("from", from)
    .with("to", to)
    .with("callback", callback)
    // An app may send people on to its own address before it begins.
    .inferred();
    let raised = cites.iter().fold(raised, |raised, key| raised.cites(key));
    Some((Some(raised), cites))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_taken_from_its_domain_and_below() {
        assert!(takes("example.com", "auth.example.com"));
        assert!(takes(".Example.com", "example.com"));
        assert!(!takes("example.com", "badexample.com"));
        assert!(!takes("auth.example.com", "example.com"));
        assert!(takes("10.0.0.7", "10.0.0.7"));
        assert!(!takes("0.0.7", "10.0.0.7"));
    }

    #[test]
    fn a_cookie_that_wants_https_is_lost_over_http() {
        let why = |url, secure, domain: Option<&str>| lost(url, secure, &domain.map(Into::into));
        assert!(why("http://app.lan/", true, None).is_some());
        assert!(why("http://localhost:3000/", true, None).is_none());
        assert!(why("https://app.lan/", true, None).is_none());
        assert!(why("https://app.lan/", false, Some("other.lan")).is_some());
    }
}
