//! authentik's answer finds each app at its callback. The callback itself is never asked: an app
//! logs one without a code as an error, and some end a session. Where it has the origin at which
//! the app's start was asked, the app answers there; elsewhere a connection, by https a TLS
//! handshake, tells whether anybody listens, and the engine whose port it is.

mod origin;

use futures::future::join_all;
use url::{Position, Url};

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Containers, OverrideValues, Said, StartSight},
    model::{Kind, Subject},
    probe::{
        Probe as _, ProbeError,
        connect::Connect,
        engine::{Container, InspectContainer},
        tls::{TlsFault, TlsHandshake},
    },
    stack::Stack,
};
use origin::{bare, is_here};

const LISTENS: &str = "the app listens at its callback";

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// An app's callback.
struct Callback<'a> {
    app: &'a AppFacts,
    url: Url,
    host: String,
    port: u16,
    /// The evidence of who says so.
    cites: Vec<String>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let (starts, found) = futures::join!(
        facts::starts(stack, seen, &apps),
        facts::containers(stack, seen)
    );
    let found = found.ok();
    let looks = apps.iter().zip(&starts);
    let looks = looks.map(|(app, start)| of_app(seen, found.as_ref(), app, start));
    let mut findings = Findings::new();
    for one in join_all(looks).await {
        findings.merge(one);
    }
    Ok(findings)
}

async fn of_app(
    seen: &Evidence,
    found: Option<&Containers>,
    app: &AppFacts,
    start: &StartSight,
) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    let callback = match Callback::of(app, start) {
        Ok(callback) => callback,
        Err(why) => {
            findings.skipped(LISTENS, subject, why);
            return findings;
        }
    };
    let opened = facts::opened(app).filter(|it| it.said);
    let opened = opened.and_then(|it| Url::parse(&it.url).ok());
    if let StartSight::Asked(asked) = start
        && Url::parse(&asked.url).is_ok_and(|url| url.origin() == callback.url.origin())
    {
        match &asked.told {
            Ok(_) => findings.passed(LISTENS, subject, std::slice::from_ref(&asked.cite)),
            // What keeps the start from answering is told of the start.
            Err(why) => findings.unknown(LISTENS, subject, why),
        }
        return findings;
    }
    let open_elsewhere = opened.as_ref().is_none_or(|url| !is_here(url));
    if is_here(&callback.url) && open_elsewhere {
        let why =
            "it is at the machine of whoever signs in, as those of programs without a server are";
        findings.skipped(LISTENS, subject, why);
        return findings;
    }
    let better = opened.filter(|_| start.started().is_some());
    let better = better.map(|url| {
        let path = &callback.url[Position::BeforePath..];
        format!("{}{path}", &url[..Position::BeforePath])
    });
    match reached(seen, &callback).await {
        Ok(cite) => match holder(found, &callback) {
            None => findings.passed(LISTENS, subject, &[cite]),
            Some((own, other)) => {
                let raised = raised("callback/another-container", &callback, better)
                    .with("container", own.name.clone())
                    .with("holder", other.name.clone())
                    .cites(inspected(own))
                    .cites(inspected(other))
                    .inferred();
                findings.raise(LISTENS, raised);
            }
        },
        Err(Missed::Fault(code, how, cite)) => {
            let raised = raised(code, &callback, better).with("how", how).cites(cite);
            findings.raise(LISTENS, raised);
        }
        Err(Missed::Unknown(why)) => findings.unknown(LISTENS, subject, &why),
    }
    findings
}

impl<'a> Callback<'a> {
    /// The callback that the app sends, or that it says of itself; else why there is none to look
    /// at. What authentik's list or akdoctor.toml holds may be one of several, or of development.
    fn of(app: &'a AppFacts, start: &StartSight) -> Result<Self, &'static str> {
        let sent = start.started().and_then(|it| it.authorize());
        let sent = sent.and_then(|request| request.redirect_uri.as_deref());
        let (text, cites) = match (sent, start, &app.says.redirect_uri) {
            (Some(sent), StartSight::Asked(asked), _) => (sent, vec![asked.cite.clone()]),
            (_, _, Said::Value { value, place }) if !place.perhaps => {
                (value.as_str(), place.cites.clone())
            }
            _ => return Err("neither its start nor its container says where it is"),
        };
        let url = Url::parse(text).map_err(|_| "it is no URL")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it is no web address: a program on the device takes it");
        }
        let host = url
            .host_str()
            .map(bare)
            .ok_or("it names no host")?
            .to_owned();
        let port = url.port_or_known_default().ok_or("it names no port")?;
        Ok(Self {
            app,
            url,
            host,
            port,
            cites,
        })
    }

    fn at(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        format!("{host}:{}", self.port)
    }
}

/// Why a callback was not reached.
enum Missed {
    /// A fault: its code, how it looked, the evidence.
    Fault(&'static str, String, String),
    Unknown(Unknown),
}

/// Connects to where a callback is; gives the evidence.
async fn reached(seen: &Evidence, callback: &Callback<'_>) -> Result<String, Missed> {
    let (host, port) = (callback.host.clone(), callback.port);
    if callback.url.scheme() == "http" {
        let ask = Connect { host, port };
        let cite = ask.key();
        return match seen.ask(ask).await {
            Ok(_) => Ok(cite),
            Err(why) => Err(missed(why, cite)),
        };
    }
    let ask = TlsHandshake { host, port };
    let cite = ask.key();
    match seen.ask(ask).await {
        Ok(answer) if answer.fault == Some(TlsFault::NotTls) => Err(Missed::Fault(
            "callback/not-tls",
            "what answers is no TLS".into(),
            cite,
        )),
        // Whom a certificate convinces is judged by `tls`; somebody listens.
        Ok(_) => Ok(cite),
        Err(why) => Err(missed(why, cite)),
    }
}

fn missed(why: Unknown, cite: String) -> Missed {
    let (code, how) = match &why.error {
        ProbeError::Refused { .. } => ("callback/refused", "the connection was refused"),
        ProbeError::NoAddress { .. } => ("callback/no-address", "the name has no address"),
        ProbeError::Unreachable { .. } => ("callback/silent", "there is no way there"),
        ProbeError::Reset { .. } => ("callback/silent", "the connection was closed at once"),
        error if error.is_timeout() => ("callback/silent", "no answer came in time"),
        _ => return Missed::Unknown(why),
    };
    Missed::Fault(code, how.into(), cite)
}

/// The app's container and another one that has the port of the callback, where the callback is
/// at this machine and the other cannot pass on what comes.
fn holder<'f>(
    found: Option<&'f Containers>,
    callback: &'f Callback<'_>,
) -> Option<(&'f Container, &'f Container)> {
    let found = found?;
    let own = callback.app.container.as_deref()?;
    if !origin::is_of_machine(&callback.url) || !origin::is_engine_here(&found.engine.endpoint) {
        return None;
    }
    let has_port = |it: &Container| it.network_mode == "host" || it.publishes(callback.port);
    if has_port(own) || found.publishing(callback.port).any(|it| it.id == own.id) {
        return None;
    }
    let apart = |it: &Container| it.network_mode != "host" && !it.shares_network(own);
    let other = found.publishing(callback.port).next()?;
    apart(other).then_some((own, &**other))
}

fn raised(code: &'static str, callback: &Callback<'_>, better: Option<String>) -> Raised {
    let app = callback.app;
    let raised = Raised::new(code, Subject::new(Kind::App, &app.name))
        .with("app", app.name.clone())
        .with("callback", callback.url.to_string())
        .with("at", callback.at())
        .with("host", callback.host.clone())
        .with("port", callback.port)
        .with_some("better", better.clone());
    let raised = callback.cites.iter().fold(raised, Raised::cites);
    match better.and_then(|better| setting(callback, better)) {
        Some(values) => values
            .into_iter()
            .fold(raised, |raised, (key, value)| raised.with(key, value)),
        None => raised.with("by_hand", true),
    }
}

/// What moves the callback to `better`: the variable that holds the callback whole, or the app's own
/// address, of which the callback is made; with the values of an override file, where one can be
/// written.
fn setting(callback: &Callback<'_>, better: String) -> Option<OverrideValues> {
    let says = &callback.app.says;
    let container = callback.app.container.as_deref()?;
    let (place, right) = match (&says.redirect_uri, &says.public_url) {
        (Said::Value { place, .. }, _) if place.whole => (place, better),
        (_, Said::Value { value, place }) => {
            let own = Url::parse(value).ok()?;
            let moved = Url::parse(&better).ok()?;
            let is_made_of_it = own.origin() == callback.url.origin() && own.path() == "/";
            let origin = moved[..Position::BeforePath].to_owned();
            (place, is_made_of_it.then_some(origin)?)
        }
        _ => return None,
    };
    let variable = place.variable.clone().filter(|_| place.whole)?;
    let mut values = facts::variable_file(container, place, &right).unwrap_or_default();
    values.push(("variable", variable));
    values.push(("right", right));
    Some(values)
}

fn inspected(container: &Container) -> String {
    let id = container.id.clone();
    InspectContainer { id }.key()
}
