//! What authentik itself answers: ready, live, the pages that people open, and who answers in its
//! place when it does not.

use jiff::Timestamp;

use super::{
    Scene,
    ports::{real_url, web_ports},
    say::ago,
};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{Base, BaseSource, Condition, Sight, condition, means_container},
    model::{Kind, Reach, Severity, Subject},
    probe::{
        Probe as _, ProbeError,
        engine::Container,
        http::{HttpAnswer, HttpGet},
        tls::{TlsAnswer, TlsFault, TlsHandshake},
    },
};

/// How long a start may take before it is odd: one to three minutes are usual (knowledge A.5).
const PATIENCE_SECONDS: i64 = 300;
/// The pages that people open, and what they are called.
const PAGES: [(&str, &str); 2] = [
    ("/if/admin/", "admin interface"),
    ("/if/user/", "user interface"),
];
const READY: &str = "the ready endpoint says ready";

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let subject = scene.instance();
    findings.merge(ready(scene, &scene.base, &scene.sight, subject).await);
    findings.merge(live(scene));
    if scene.is_ready() {
        findings.merge(pages(scene).await);
    }
    let further = scene.stack.authentik.also.iter();
    let further = further.map(|url| async move { also(scene, &Base::configured(url)).await });
    for one in futures::future::join_all(further).await {
        findings.merge(one);
    }
    findings
}

/// A further address of the same instance. What is wrong with it follows from the first address
/// when that fails alike.
async fn also(scene: &Scene<'_>, base: &Base) -> Findings {
    let sight = condition(scene.seen, base).await;
    if scene.is_ready() && is_for_containers(scene, base, &sight) {
        let mut findings = Findings::new();
        let why = "only containers know this name, so nobody can be asked from here";
        findings.skipped(READY, Subject::new(Kind::Instance, &base.url), why);
        return findings;
    }
    let mut findings = ready(scene, base, &sight, Subject::new(Kind::Instance, &base.url)).await;
    if scene.is_ready() {
        // Who uses this address is hit; whether that is everybody only the apps know.
        findings
            .raised
            .iter_mut()
            .for_each(|raised| raised.certain = false);
    }
    findings
}

/// Whether nothing answers here because the address is one of containers: apps may well use it.
fn is_for_containers(scene: &Scene<'_>, base: &Base, sight: &Sight) -> bool {
    let url = url::Url::parse(&base.url).ok();
    let host = url.as_ref().and_then(|url| url.host_str());
    let found = scene.containers.as_ref().ok();
    matches!(sight.condition, Condition::NoAnswer(_))
        && host
            .zip(found)
            .is_some_and(|(host, found)| means_container(&found.all, host))
}

async fn ready(scene: &Scene<'_>, base: &Base, sight: &Sight, subject: Subject) -> Findings {
    let mut findings = Findings::new();
    let raised = |code| {
        let raised = Raised::new(code, subject.clone())
            .with("url", base.url.clone())
            .with_some("container", scene.server_name());
        sight
            .cites
            .iter()
            .fold(raised, |raised, key| raised.cites(key))
    };
    let observed = sight.ready.as_ref().map_or_else(String::new, describe);
    let raised = match &sight.condition {
        Condition::Ready => {
            findings.passed(READY, subject, &sight.cites);
            return findings;
        }
        Condition::Starting => starting(scene, raised("health/starting"), &observed),
        Condition::ServerError => raised("health/server-error").with("observed", observed),
        Condition::NotReady => raised("health/not-ready")
            .with("observed", observed)
            .with("backing", "database or Redis"),
        Condition::BackendGone => raised("health/backend-gone").with("observed", observed),
        Condition::Gateway(gateway) => raised("health/gateway-error").with(
            "observed",
            match &gateway.server {
                Some(server) => format!("status {} from {server}", gateway.status),
                None => format!("status {} without authentik's marks", gateway.status),
            },
        ),
        Condition::WrongPath(_) => raised("health/wrong-path").with("observed", observed),
        Condition::Stranger(who) => stranger(scene, base, raised("health/another-program"), who),
        Condition::MovedTo(to) => {
            let target = to.split("/-/").next().unwrap_or(to).to_owned();
            let usable = url::Url::parse(&target).is_ok_and(|url| url.has_host());
            raised("health/moved")
                .with("target", to.clone())
                .with("observed", observed)
                .with_some("target_base", usable.then_some(target))
        }
        Condition::NoAnswer(why) => match no_answer(scene, base, why, &raised).await {
            Some(raised) => raised,
            None => {
                findings.unknown(READY, subject, &nothing_known(base, why));
                return findings;
            }
        },
    };
    if raised
        .severity
        .is_some_and(|severity| severity < Severity::Error)
        || matches!(sight.condition, Condition::MovedTo(_))
    {
        // No fault that stops anybody, and authentik itself was not seen: that is no pass.
        findings.unknown(
            "authentik behind it is ready",
            subject,
            &not_seen(base, sight),
        );
    }
    findings.raise(READY, raised);
    findings
}

/// Why authentik itself was not seen, although something answered for it.
fn not_seen(base: &Base, sight: &Sight) -> Unknown {
    let detail = match &sight.condition {
        Condition::MovedTo(to) => format!("it sends on to {to}, which was not followed"),
        _ => "its certificate is not trusted here, so nothing was asked".into(),
    };
    Unknown {
        key: sight.cites[0].clone(),
        error: ProbeError::Failed {
            what: format!("asking {}", base.url),
            detail,
        },
    }
}

/// Nobody said where authentik is and nothing answers at the usual place: that is no fault of the
/// stack, akdoctor was not told where to look.
fn nothing_known(base: &Base, why: &Unknown) -> Unknown {
    match (base.source, &why.error) {
        (BaseSource::Guessed, ProbeError::Refused { .. } | ProbeError::NoAddress { .. }) => {
            Unknown {
                key: why.key.clone(),
                error: ProbeError::Absent {
                    what: format!(
                        "authentik was not found: no --url, no akdoctor.toml, no container of it, \
                         and an authentik at {}",
                        base.url
                    ),
                },
            }
        }
        _ => why.clone(),
    }
}

/// The finding for a failure to get any answer; `None` when it says nothing about authentik.
async fn no_answer(
    scene: &Scene<'_>,
    base: &Base,
    why: &Unknown,
    raised: &impl Fn(&'static str) -> Raised,
) -> Option<Raised> {
    let observed = why.error.to_string();
    let raised = |code| raised(code).with("observed", observed.clone());
    let nobody_said = base.source == BaseSource::Guessed && scene.server_name().is_none();
    Some(match &why.error {
        ProbeError::Refused { .. } if !nobody_said => raised("health/refused"),
        ProbeError::Reset { .. } => match young(scene) {
            // The engine's proxy accepts before the program inside listens (recorded 271).
            Some(_) => starting(scene, raised("health/starting"), &observed),
            None => raised("health/connection-closed"),
        },
        ProbeError::TimedOut { doing, millis, .. } if doing == "answer" => {
            raised("health/silent").with("limit", format!("{millis} ms"))
        }
        ProbeError::Breaker { .. } => raised("health/silent").with("limit", "the time limit"),
        ProbeError::TimedOut { .. } | ProbeError::Unreachable { .. } => {
            raised("health/unreachable")
        }
        ProbeError::NoAddress { host, .. } if !nobody_said => {
            let local = host == "host.docker.internal";
            raised("health/no-address")
                .with("host", host.clone())
                .with_some("local_name", local.then_some(true))
        }
        ProbeError::Tls { .. } => tls(scene, base, raised("health/tls")).await,
        ProbeError::Malformed { .. } => {
            stranger(scene, base, raised("health/another-program"), &observed)
        }
        _ => return None,
    })
}

fn starting(scene: &Scene<'_>, raised: Raised, observed: &str) -> Raised {
    let up = server_started(scene);
    let since_when = up.map_or_else(String::new, |at| {
        format!(", {} after its start", ago(scene.seen.started(), at))
    });
    raised
        .with("observed", observed.to_owned())
        .with("since_when", since_when)
        .with_some("young", young(scene).map(|_| true))
        .since(up.map(|at| at.to_string()))
}

/// The start of the server's container, when that was so recently that it may still be starting.
fn young(scene: &Scene<'_>) -> Option<Timestamp> {
    let started = server_started(scene)?;
    let up = scene.seen.started().as_second() - started.as_second();
    (up < PATIENCE_SECONDS).then_some(started)
}

fn server_started(scene: &Scene<'_>) -> Option<Timestamp> {
    let server: &Container = scene.containers.as_ref().ok()?.roles.server.first()?;
    server.state.started.as_deref()?.parse().ok()
}

/// Another program on authentik's port: which container it is, and where authentik really is.
fn stranger(scene: &Scene<'_>, base: &Base, raised: Raised, who: &str) -> Raised {
    let found = scene.containers.as_ref().ok();
    let server = found.and_then(|found| found.roles.server.first());
    let other = base.port().filter(|_| base.is_local()).and_then(|port| {
        let mut there = found?.publishing(port);
        there.find(|c| server.is_none_or(|server| server.id != c.id))
    });
    let real = server
        .filter(|server| server.state.status.is_up())
        .and_then(|server| web_ports(server).map(real_url).find(|url| *url != base.url));
    let which = other.map_or_else(String::new, |other| format!(": container {}", other.name));
    raised
        .with("which", which)
        .with("observed", who.to_owned())
        .with_some("other", other.map(|other| other.name.clone()))
        .with_some("real_url", real)
}

async fn tls(scene: &Scene<'_>, base: &Base, raised: Raised) -> Raised {
    let (host, port) = (base.host().unwrap_or_default(), base.port().unwrap_or(443));
    let probe = TlsHandshake {
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
    };
    let key = probe.key();
    let raised = raised.with("host", host).cites(key);
    match scene.seen.ask(probe).await {
        Ok(answer) => {
            let (fault, observed) = describe_chain(&answer);
            // Only this machine may not know the authority; browsers and apps may.
            let raised = match answer.fault {
                Some(TlsFault::UnknownAuthority) => {
                    raised.weighing(Severity::Warning, Reach::Nobody)
                }
                _ => raised,
            };
            raised.with("fault", fault).with("observed", observed)
        }
        Err(why) => raised.with("fault", why.to_string()),
    }
}

fn describe_chain(answer: &TlsAnswer) -> (String, String) {
    let fault = match answer.fault {
        Some(TlsFault::Expired) => "it has expired",
        Some(TlsFault::NotYetValid) => "it is not valid yet",
        Some(TlsFault::WrongName) => "it is made for other names",
        Some(TlsFault::UnknownAuthority) => "this machine does not know who signed it",
        Some(TlsFault::NotTls) => "the port does not speak TLS, perhaps plain HTTP",
        Some(TlsFault::OldProtocol) => "the port speaks only versions of TLS that were given up",
        Some(TlsFault::Refused | TlsFault::Other) | None => "the handshake fails",
    };
    let leaf = answer.chain.first().map_or_else(
        || "no certificate was shown".to_owned(),
        |leaf| {
            format!(
                "for {}, valid until {}, signed by {}",
                crate::model::list_of(&leaf.names),
                leaf.not_after.strftime("%Y-%m-%d"),
                leaf.issuer
            )
        },
    );
    (fault.into(), leaf)
}

/// The live endpoint, where it contradicts the ready endpoint.
fn live(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let what = "the live endpoint answers";
    let subject = scene.instance();
    let key = scene.sight.cites.last().cloned().unwrap_or_default();
    match &scene.sight.live {
        Ok(answer) if matches!(answer.status, 200 | 204) && scene.is_ready() => {
            findings.passed(what, subject, &[key]);
        }
        Ok(answer) if scene.is_ready() && answer.status >= 400 => findings.raise(
            what,
            Raised::new("health/live-fails", subject)
                .with("observed", describe(answer))
                .with_some("container", scene.server_name())
                .cites(key),
        ),
        Err(why) if scene.is_ready() => findings.unknown(what, subject, why),
        // Not ready is told by the ready endpoint; live may say 200 all the while.
        _ => {}
    }
    findings
}

async fn pages(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let asked = PAGES.map(|(path, _)| scene.seen.ask(HttpGet::new(scene.base.path(path))));
    let answers = futures::future::join_all(asked).await;
    for ((path, name), answer) in PAGES.into_iter().zip(answers) {
        let what = format!("the {name} opens");
        let probe = HttpGet::new(scene.base.path(path));
        match answer {
            Ok(answer) if answer.status < 400 => {
                findings.passed(&what, scene.instance(), &[probe.key()]);
            }
            Ok(answer) => findings.raise(
                &what,
                Raised::new("health/interface-missing", scene.instance())
                    .with("interface", name)
                    .with("path", path)
                    .with("status", answer.status)
                    .with("observed", describe(&answer))
                    .with_some("container", scene.server_name())
                    .cites(probe.key()),
            ),
            Err(why) => findings.unknown(&what, scene.instance(), &why),
        }
    }
    findings
}

/// An answer in a line: status, and the first text that it holds.
fn describe(answer: &HttpAnswer) -> String {
    let text = first_text(&answer.body);
    match text {
        Some(text) => format!("status {}: {text}", answer.status),
        None => format!("status {} without a text", answer.status),
    }
}

/// The heading of a page, else its first line, without markup.
fn first_text(body: &str) -> Option<String> {
    // authentik's error pages are all titled "authentik"; their heading tells.
    let body = body.find("<h1").map_or(body, |at| &body[at..]);
    let mut text = String::new();
    let mut in_tag = false;
    for c in body.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push('\n');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| line.chars().any(char::is_alphanumeric))?;
    Some(line.chars().take(120).collect())
}
