//! authentik's own cookies: their domain, http beside https on one host, and sign-ins that start at
//! several names of one authentik.

use std::collections::BTreeMap;

use url::Url;

use super::{host_of, mend, takes};
use crate::{
    check::{Findings, Raised},
    evidence::Evidence,
    facts::{self, AppFacts, Base, Condition, Containers, NameUse, StartSight, UsedBy},
    model::{Kind, Reach, Severity, Subject, list_of},
    probe::{
        Probe as _,
        engine::{Container, InspectContainer},
    },
};

const DOMAIN: &str = "authentik's cookies are for the host that browsers open";
const SCHEMES: &str = "browsers open authentik by http or by https, not by both under one name";
const NAMES: &str = "the sign-ins of all apps share one session";
/// The variable whose value authentik writes into each of its cookies as `Domain` (knowledge C.3).
const VARIABLE: &str = "AUTHENTIK_COOKIE_DOMAIN";
/// The name of the machine that runs the containers, as they know it.
const OF_THE_HOST: &str = "host.docker.internal";

/// Addresses of authentik that browsers open.
fn opened(uses: &[NameUse]) -> impl Iterator<Item = &NameUse> + Clone {
    let of_authentik = |one: &&NameUse| one.opened && !matches!(one.by, UsedBy::App(_));
    uses.iter().filter(of_authentik)
}

/// The domain of its cookies holds every host where browsers open it.
pub(super) fn domain(
    found: &Containers,
    server: &Container,
    uses: &[NameUse],
    base: &str,
) -> Findings {
    let mut findings = Findings::new();
    let cite = inspected(server);
    let instance = Subject::new(Kind::Instance, base);
    let outside = server
        .plain_env(VARIABLE)
        .and_then(|domain| Some((domain, opened(uses).find(|one| !takes(domain, &one.name))?)));
    let Some((domain, one)) = outside else {
        findings.passed(DOMAIN, instance, &[cite]);
        return findings;
    };
    let is_base = one.url.trim_end_matches('/') == base;
    let mut hosts: Vec<&str> = opened(uses).map(|one| one.name.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let right = mend::domain_of(&hosts);
    let raised = Raised::new("cookies/domain", instance)
        .with("domain", domain)
        .with("host", one.name.clone())
        .with("url", one.url.clone())
        .with_some("right", right.clone())
        .cites(cite)
        .weighing(Severity::Error, Reach::Everybody);
    let raised = mend::own_variable(found, server, VARIABLE, right.as_deref(), raised);
    // Who signs in at a further address only the apps know.
    let raised = if is_base { raised } else { raised.inferred() };
    findings.raise(DOMAIN, raised);
    findings
}

/// By https authentik's session cookie is `Secure`, and by http a browser does not let one that is
/// not take its place (RFC 6265bis section 5.7; knowledge C.3, #4625 and #11982). Ports do not part
/// cookies.
pub(super) async fn schemes(seen: &Evidence, uses: &[NameUse], base: &str) -> Findings {
    let mut findings = Findings::new();
    let instance = || Subject::new(Kind::Instance, base);
    let mut hosts: BTreeMap<String, [Option<&NameUse>; 2]> = BTreeMap::new();
    // Browsers count this machine as safe, and take `Secure` cookies by http there.
    for one in opened(uses).filter(|one| !one.is_loopback()) {
        let is_https = one.url.starts_with("https://");
        let both = hosts.entry(one.name.to_ascii_lowercase()).or_default();
        both[usize::from(is_https)].get_or_insert(one);
    }
    let mut cites = Vec::new();
    for (host, both) in hosts {
        let [Some(http), Some(https)] = both else {
            continue;
        };
        let sights = [root(&http.url), root(&https.url)].map(|url| async move {
            let url = url?;
            Some((facts::condition(seen, &Base::configured(&url)).await, url))
        });
        let [plain, secure] = sights;
        let (Some((plain, at)), Some((secure, safe))) = futures::join!(plain, secure) else {
            continue;
        };
        let both = plain.cites.iter().chain(&secure.cites).cloned();
        // One that only sends on to https sets no cookie; one that does not answer is told elsewhere.
        if !matches!(plain.condition, Condition::Ready) {
            cites.extend(both);
            continue;
        }
        let apps = [http, https].map(users);
        let raised = Raised::new("cookies/http-beside-https", instance())
            .with("host", host)
            .with("http", at)
            .with("https", safe)
            .with("by_http", apps[0].clone())
            .with("by_https", apps[1].clone())
            .apart();
        let raised = both.fold(raised, Raised::cites);
        // It hits a browser that was at the https address before.
        let raised = match secure.condition {
            Condition::Ready => raised,
            _ => raised.inferred(),
        };
        findings.raise(SCHEMES, raised);
    }
    if findings.raised.is_empty() {
        findings.passed(SCHEMES, instance(), &cites);
    }
    findings
}

/// Who uses an address.
fn users(one: &NameUse) -> String {
    one.app().map_or_else(
        || "the address of authentik itself".to_owned(),
        str::to_owned,
    )
}

/// The address of authentik that a URL of it begins with.
fn root(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    let before = parsed.path().split("/application/o/").next()?;
    let origin = facts::origin(url)?;
    Some(format!("{origin}{}", before.trim_end_matches('/')))
}

/// A sign-in that starts at one name of authentik leaves a session that another name does not see.
pub(super) fn names(
    server: Option<&Container>,
    uses: &[NameUse],
    apps: &[AppFacts],
    starts: &[StartSight],
    base: &str,
) -> Findings {
    let mut findings = Findings::new();
    let mut hosts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut cites = Vec::new();
    for (app, start) in apps.iter().zip(starts) {
        let StartSight::Asked(asked) = start else {
            continue;
        };
        let leads = start.started().and_then(|it| it.authorize());
        let Some(request) = leads else { continue };
        let host = request.host.trim_matches(['[', ']']).to_ascii_lowercase();
        // Another identity provider has sessions of its own.
        let is_ours = uses
            .iter()
            .any(|one| matches!(one.by, UsedBy::Instance) && one.name.eq_ignore_ascii_case(&host));
        // On one machine several names are usual, and each is good for a try alone.
        if !is_ours || facts::is_loopback(&host) || host == OF_THE_HOST {
            continue;
        }
        hosts.entry(host).or_default().push(&app.name);
        cites.push(asked.cite.clone());
    }
    let domain = server.and_then(|it| it.plain_env(VARIABLE));
    let shares = |domain: &str| hosts.keys().all(|host| takes(domain, host));
    let instance = Subject::new(Kind::Instance, base);
    match hosts.len() {
        0 => return findings,
        1 => findings.passed(NAMES, instance, &cites),
        _ if domain.is_some_and(shares) => findings.passed(NAMES, instance, &cites),
        _ => {
            let told = hosts
                .iter()
                .map(|(host, apps)| format!("{} by {host}", list_of(apps)));
            let told: Vec<String> = told.collect();
            let names: Vec<&str> = hosts.keys().map(String::as_str).collect();
            let raised = Raised::new("cookies/several-names", instance)
                .with("names", list_of(&names))
                .with("told", list_of(&told))
                .with_some("shared", mend::domain_of(&names));
            let raised = cites.iter().fold(raised, Raised::cites);
            findings.raise(NAMES, raised);
        }
    }
    findings
}

fn inspected(container: &Container) -> String {
    let id = container.id.clone();
    InspectContainer { id }.key()
}

/// The host that a URL names, for comparing.
pub(super) fn host(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    Some(host_of(&url)?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authentik_is_cut_out_of_its_urls() {
        let of = |url: &str| root(url).unwrap();
        assert_eq!(of("https://a.lan/application/o/gitea/"), "https://a.lan");
        assert_eq!(
            of("http://a.lan:9000/sso/application/o/token/"),
            "http://a.lan:9000/sso"
        );
        assert_eq!(of("https://a.lan/"), "https://a.lan");
        assert_eq!(root("mailto:a@b"), None);
    }
}
