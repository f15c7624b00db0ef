//! Whether the container of an app trusts what authentik shows, as far as a file of it tells: the
//! one that a variable names, or that of the system where the app's program reads that. What
//! cannot be known is not told: an app may hold authorities of its own.

use std::sync::Arc;

use super::{
    Scene,
    certificate::{is_authentiks_own, is_for},
    place::Look,
};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, NameUse, called_by, is_plain, override_file},
    model::{Kind, Subject},
    probe::{
        Probe as _, ProbeError,
        engine::{AskAuthorities, Container},
        tls::{Certificate, TlsAnswer, TlsFault},
    },
};

const TRUSTS: &str = "its container trusts authentik's certificate";
/// What programs in Go read first, where no variable names another file (crypto/x509, Linux).
const OF_SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";
/// A folder whose files they all read beside it.
const FOLDER: &str = "/etc/ssl/certs/";
/// Profiles of apps in Go that know no other way to be given an authority.
const IN_GO: [&str; 3] = ["coder", "forgejo", "gitea"];
/// Variables that replace the authorities of Go, OpenSSL and Python's libraries.
const REPLACE: [&str; 3] = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
/// The variable that adds to those of Node.
const ADDS: &str = "NODE_EXTRA_CA_CERTS";

/// A file of authorities that an app reads.
struct Store {
    path: String,
    /// The variable that names it.
    variable: Option<String>,
    /// Whether it adds to authorities that nobody can see.
    adds: bool,
    /// Whether files in the system's folder count beside it, whatever their names.
    beside: bool,
}

pub(super) async fn judge(scene: &Scene<'_>, app: &AppFacts, looks: &[Look<'_>]) -> Findings {
    let mut findings = Findings::new();
    let running = |it: &&Arc<Container>| it.state.status.is_up();
    let Some(container) = app.container.as_ref().filter(running) else {
        return findings;
    };
    let (true, called) = called_by(app, &scene.uses) else {
        return findings;
    };
    let Some(store) = store(app, container) else {
        return findings;
    };
    let mut told = Vec::new();
    for look in looks {
        let calls = |one: &NameUse| one.name == look.place.host && one.port == look.place.port;
        let Some(one) = called.iter().find(|one| calls(one) && is_https(one)) else {
            continue;
        };
        let Ok(answer) = look.told.as_deref() else {
            continue;
        };
        let is_told = || told.contains(&(&look.place.host, look.place.port));
        if is_judged(answer, &store) && !is_told() {
            told.push((&look.place.host, look.place.port));
            findings.merge(of_place(scene, app, container, &store, look, answer, one).await);
        }
    }
    findings
}

fn is_https(one: &NameUse) -> bool {
    one.url.to_ascii_lowercase().starts_with("https:")
}

/// Whether the file decides: everything else that is wrong with a certificate is told of it, and a
/// file that adds to unknown authorities says nothing of one that is known here.
fn is_judged(answer: &TlsAnswer, store: &Store) -> bool {
    match answer.fault {
        None => !store.adds,
        Some(TlsFault::UnknownAuthority) => true,
        _ => false,
    }
}

fn store(app: &AppFacts, container: &Container) -> Option<Store> {
    let named = |variable: &&&str| container.plain_env(variable).is_some();
    let in_go = app
        .says
        .profile
        .as_deref()
        .is_some_and(|id| IN_GO.contains(&id));
    let of = |variable: &str, adds| Store {
        path: container.plain_env(variable).unwrap_or_default().to_owned(),
        variable: Some(variable.to_owned()),
        adds,
        beside: in_go,
    };
    if container.plain_env("SSL_CERT_DIR").is_some() {
        return None;
    }
    if let Some(variable) = REPLACE.iter().find(named) {
        // Programs in Go know the first alone.
        if !in_go || *variable == REPLACE[0] {
            return Some(of(variable, false)).filter(|store| store.path.starts_with('/'));
        }
    }
    if container.plain_env(ADDS).is_some() && !in_go {
        return Some(of(ADDS, true)).filter(|store| store.path.starts_with('/'));
    }
    in_go.then(|| Store {
        path: OF_SYSTEM.to_owned(),
        variable: None,
        adds: false,
        beside: true,
    })
}

/// What was found in the files.
enum Held {
    Yes(Vec<String>),
    No { why: String, cites: Vec<String> },
    Unknown,
}

async fn of_place(
    scene: &Scene<'_>,
    app: &AppFacts,
    container: &Container,
    store: &Store,
    look: &Look<'_>,
    answer: &TlsAnswer,
    one: &NameUse,
) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    let leaf = answer.chain.first();
    let (why, cites) = match held(scene, container, store, &answer.chain).await {
        Held::Unknown => return findings,
        Held::Yes(cites) if leaf.is_none_or(|leaf| is_for(leaf, &look.place.host)) => {
            findings.passed(TRUSTS, subject, &cites);
            return findings;
        }
        Held::Yes(cites) => ("the certificate is for other names".to_owned(), cites),
        Held::No { why, cites } => (why, cites),
    };
    let raised = Raised::new("tls/not-trusted-inside", subject)
        .with("app", app.name.clone())
        .with("container", container.name.clone())
        .with("url", one.url.clone())
        .with("path", store.path.clone())
        .with("why", why)
        .with_some("variable", store.variable.clone())
        .with("issuer", leaf.map_or("", |leaf| leaf.issuer.as_str()))
        .cites(&look.cite);
    let raised = cites.into_iter().fold(raised, Raised::cites);
    let raised = match leaf.is_some_and(is_authentiks_own) {
        true => raised.with("authentiks_own", true),
        false => mend(raised, container, store, look, answer),
    };
    findings.raise(TRUSTS, raised);
    findings
}

/// Whether the app's files hold an authority of the chain.
async fn held(
    scene: &Scene<'_>,
    container: &Container,
    store: &Store,
    chain: &[Certificate],
) -> Held {
    let wanted: Vec<String> = chain.iter().map(|it| it.issuer.clone()).collect();
    let beside = container.mounts.iter().map(|it| it.destination.as_str());
    let beside =
        beside.filter(|path| store.beside && path.len() > FOLDER.len() && path.starts_with(FOLDER));
    let mut cites = Vec::new();
    let (mut count, mut absent) = (0, false);
    for path in std::iter::once(store.path.as_str()).chain(beside) {
        let ask = AskAuthorities {
            container: container.id.clone(),
            path: path.to_owned(),
            wanted: wanted.clone(),
        };
        cites.push(ask.key());
        match scene.seen.ask(ask).await {
            Ok(file) if !file.held.is_empty() => return Held::Yes(cites),
            Ok(file) => count += file.count,
            Err(why) if path != store.path => {
                let gone = matches!(why.error, ProbeError::Absent { .. });
                if !gone {
                    return Held::Unknown;
                }
            }
            Err(why) => match (&why.error, &store.variable) {
                (ProbeError::Absent { .. }, Some(_)) => absent = true,
                _ => return Held::Unknown,
            },
        }
    }
    let why = match (absent, count) {
        (true, _) => "there is no such file in the container".to_owned(),
        (_, 0) => "it holds no certificate".to_owned(),
        (_, 1) => "it holds one certificate, of another authority".to_owned(),
        (_, count) => format!("it holds {count} certificates, and not that one"),
    };
    Held::No { why, cites }
}

/// Gives the authority to the container by an override file, where the authority was shown too: a
/// chain may end before it.
fn mend(
    raised: Raised,
    container: &Container,
    store: &Store,
    look: &Look<'_>,
    answer: &TlsAnswer,
) -> Raised {
    let root = answer.chain.last().filter(|last| last.is_self_signed());
    let (Some(root), true, true) = (root, store.beside, is_plain(&look.place.host)) else {
        return raised.with("by_hand", true);
    };
    let mount = format!("./{FILE}:{FOLDER}{FILE}:ro");
    let Some(values) = override_file(container, &format!("{{volumes: [\"{mount}\"]}}")) else {
        return raised.with("by_hand", true);
    };
    let raised = raised
        .with("fingerprint", fingerprint(&root.sha256))
        .with("place", look.place.at())
        .with("host", look.place.host.clone())
        .with("authority_file", FILE);
    values
        .into_iter()
        .fold(raised, |raised, (key, value)| raised.with(key, value))
}

/// The file that holds the authority, beside the compose file.
const FILE: &str = "akdoctor-authority.pem";

/// A digest as `openssl` and browsers show it: pairs of capital digits with colons between.
fn fingerprint(sha256: &str) -> String {
    let digits: Vec<char> = sha256.to_uppercase().chars().collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    pairs.join(":")
}
