//! Where apps are told of a sign-out that began elsewhere (from 2025.8): by authentik itself
//! (backchannel) or in the browser, inside authentik's own page (frontchannel).

use std::sync::Arc;

use futures::future::join_all;
use url::{Host, Url};

use super::{Scene, raised, subject};
use crate::{
    check::Findings,
    evidence::{Evidence, Unknown},
    facts::{AppFacts, Role, is_loopback},
    probe::{
        Probe as _, ProbeError,
        engine::{Container, ReachInside, Reached},
        flows::LogoutUri,
    },
};

const REACHES: &str = "authentik can tell it of a sign-out";
const READS: &str = "the address at which authentik tells it of a sign-out reads right, whether or not authentik \
     reaches it";
const OPENS: &str = "browsers can open the address that tells it of a sign-out";

pub(super) async fn judge(scene: &Scene, seen: &Evidence) -> Findings {
    let told = scene.apps.iter().filter_map(|app| {
        let logout = app.provider.as_ref()?.logout.as_ref()?;
        Some(of_app(scene, seen, app, logout))
    });
    let mut findings = Findings::new();
    for of_app in join_all(told).await {
        findings.merge(of_app);
    }
    findings
}

async fn of_app(scene: &Scene, seen: &Evidence, app: &AppFacts, logout: &LogoutUri) -> Findings {
    match logout.method.as_deref() {
        Some("frontchannel") => by_browser(scene, app, logout),
        _ => by_authentik(scene, seen, app, logout).await,
    }
}

/// What a URL of the web names: itself, its host without brackets, its port.
fn web(uri: &str) -> Option<(Url, String, u16)> {
    let url = Url::parse(uri).ok()?;
    let host = match url.host().filter(|_| is_web(&url))? {
        Host::Ipv6(ip) => ip.to_string(),
        host => host.to_string(),
    };
    let port = url.port_or_known_default()?;
    Some((url, host, port))
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

const NO_ADDRESS: &str = "it is no address of the web";

/// Judged by its text, and tried from inside the container that sends it.
async fn by_authentik(
    scene: &Scene,
    seen: &Evidence,
    app: &AppFacts,
    logout: &LogoutUri,
) -> Findings {
    let mut findings = Findings::new();
    let fault = |how: &str| {
        raised("sign-out/backchannel", app)
            .with("uri", logout.uri.clone())
            .with("how", how)
    };
    let Some((_, host, port)) = web(&logout.uri) else {
        findings.raise(REACHES, fault(NO_ADDRESS));
        return findings;
    };
    let Some(core) = sender(scene) else {
        // Without an engine nobody knows what the name means there.
        findings.passed(READS, subject(app), &[]);
        return findings;
    };
    if core.network_mode != "host" && is_loopback(&host) {
        let how = "inside authentik's containers this name is the container itself";
        findings.raise(REACHES, fault(how));
        return findings;
    }
    if !core.state.status.is_up() {
        findings.passed(READS, subject(app), &[]);
        return findings;
    }
    let reach = ReachInside {
        container: core.id.clone(),
        host,
        port,
    };
    let key = reach.key();
    let untold = |detail: &str| Unknown {
        key: key.clone(),
        error: ProbeError::Failed {
            what: format!("trying {} from inside {}", logout.uri, core.name),
            detail: detail.to_owned(),
        },
    };
    let how = match seen.ask(reach).await.as_deref() {
        Ok(Reached::Open) => {
            findings.passed(REACHES, subject(app), std::slice::from_ref(&key));
            return findings;
        }
        Ok(Reached::Refused) => "nothing listens there",
        Ok(Reached::TimedOut) => "there is no answer within three seconds",
        Ok(Reached::NoRoute) => "there is no way there",
        Ok(Reached::Reset) => "the connection is closed at once",
        Ok(Reached::NoAddress) => "the name has no address",
        Ok(Reached::NoTool) => {
            let why = untold("the container has no tool to try it with");
            findings.unknown(REACHES, subject(app), &why);
            return findings;
        }
        Ok(Reached::Unclear(said)) => {
            findings.unknown(
                REACHES,
                subject(app),
                &untold(&format!("its tool says {said:?}")),
            );
            return findings;
        }
        Err(why) => {
            findings.unknown(REACHES, subject(app), why);
            return findings;
        }
    };
    let how = format!("seen from inside {}, {how}", core.name);
    findings.raise(REACHES, fault(&how).cites(key));
    findings
}

/// The container that sends it: the worker, where there is one that runs.
fn sender(scene: &Scene) -> Option<&Arc<Container>> {
    let roles = &scene.containers.as_ref()?.roles;
    let all = || roles.of(Role::Worker).iter().chain(roles.of(Role::Server));
    all()
        .find(|core| core.state.status.is_up())
        .or_else(|| all().next())
}

/// Judged by its text alone: a browser opens it, and the app's own page decides what comes of it.
fn by_browser(scene: &Scene, app: &AppFacts, logout: &LogoutUri) -> Findings {
    let mut findings = Findings::new();
    let how = match web(&logout.uri) {
        None => Some(NO_ADDRESS.to_owned()),
        Some((url, host, _)) => unknown_to_browsers(scene, app, &host)
            .or_else(|| blocked(scene, &url, &host).map(str::to_owned)),
    };
    match how {
        None => findings.passed(OPENS, subject(app), &[]),
        Some(how) => {
            let raised = raised("sign-out/frontchannel", app)
                .with("uri", logout.uri.clone())
                .with("how", how);
            findings.raise(OPENS, raised);
        }
    }
    findings
}

/// A container's name means nothing outside its network, unless people open the app by it too.
fn unknown_to_browsers(scene: &Scene, app: &AppFacts, host: &str) -> Option<String> {
    let container = scene.containers.as_ref()?.named(host)?;
    let opened = app.says.public_url.value();
    let configured = app.configured.as_ref().and_then(|app| app.url.as_deref());
    let known = opened.into_iter().chain(configured).any(|url| {
        let url = Url::parse(url).ok();
        url.is_some_and(|url| url.host_str() == Some(host))
    });
    (!known).then(|| {
        format!(
            "{} is the name of a container, which browsers do not know",
            container.name
        )
    })
}

/// An https page loads nothing over http, but from the browser's own machine (W3C Mixed Content).
fn blocked(scene: &Scene, url: &Url, host: &str) -> Option<&'static str> {
    let page = Url::parse(&scene.base.url).ok()?;
    (page.scheme() == "https" && url.scheme() == "http" && !is_loopback(host)).then_some(
        "authentik's page, which loads it, is https, and browsers load nothing over http there",
    )
}
