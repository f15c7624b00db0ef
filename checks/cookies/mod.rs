//! A sign-in's cookies survive until it ends: authentik's own are for the host that browsers open,
//! and those that an app sets when a sign-in begins come back to its callback.
//!
//! No GET that writes nothing makes authentik set a cookie (recorded 006 and 084 against 003), so
//! its own are judged by what decides their flags: the variable for the domain, and the scheme
//! under which it is asked (knowledge C.3), which `proxy-headers` tells.

mod app;
mod callback;
mod mend;
mod own;

use futures::future::join;
use url::Url;

use crate::{
    check::{Check, Findings},
    evidence::{Evidence, Unknown},
    facts,
    stack::Stack,
};

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
    let found = found.ok();
    let server = found.as_ref().and_then(|it| it.roles.server.first());
    if let (Some(found), Some(server)) = (&found, server) {
        findings.merge(own::domain(found, server, &uses, &base.url));
    }
    findings.merge(own::schemes(seen, &uses, &base.url).await);
    findings.merge(own::names(
        server.map(|it| &**it),
        &uses,
        &apps,
        &starts,
        &base.url,
    ));
    for (app, start) in apps.iter().zip(&starts) {
        findings.merge(callback::judge(app, start));
        findings.merge(app::judge(app, start));
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

/// The host of a URL, without brackets.
fn host_of(url: &Url) -> Option<&str> {
    Some(url.host_str()?.trim_matches(['[', ']']))
}

/// What a sign-in's callback is, as the app sends it or says it.
fn callback_of(app: &facts::AppFacts, start: &facts::StartSight) -> Option<String> {
    let sent = start.started().and_then(|it| it.authorize());
    let sent = sent.and_then(|request| request.redirect_uri.clone());
    sent.or_else(|| app.says.redirect_uri.value().map(str::to_owned))
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
}
