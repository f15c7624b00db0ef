//! Saved evidence with the findings it must give: every file in a check's `cases/` is judged
//! offline. `AKDOCTOR_BLESS=1` records the simulated scenarios anew, and derives the cases of
//! [`made`] from them; `AKDOCTOR_BLESS=dns,users` does so for these checks alone.

mod dns;
mod events;
mod flow;
mod kinds;
mod logs;
mod made;
mod oidc;
mod proxy;
mod record;
mod redirect;
mod secret;
mod sign_out;
mod start;
mod tls;
mod token;
mod who;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use akdoctor::{
    engine::{self, Options},
    evidence::{Entry, Evidence},
    model::{Cause, Finding, Report, Severity, Subject},
    stack::Stack,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::scenarios::{Expected, SECRETS, all_expected};

/// A case file.
#[derive(Clone, Serialize, Deserialize)]
struct Case {
    stack: Stack,
    started: Timestamp,
    evidence: BTreeMap<String, Entry>,
    findings: Vec<Found>,
}

/// A finding, as far as a case fixes it: words and mends may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Found {
    code: String,
    subject: Subject,
    caused_by: Option<Cause>,
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.clone(),
            subject: finding.subject.clone(),
            caused_by: finding.caused_by.clone(),
        }
    }
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    }

    /// One line a question, so that a change shows as one.
    fn write(&self, path: &Path) {
        let mut text = format!(
            "{{\n\"stack\": {},\n\"started\": {},\n\"evidence\": {{\n",
            line(&self.stack),
            line(&self.started)
        );
        let entries = self.evidence.iter();
        let entries: Vec<String> = entries
            .map(|(key, entry)| format!("{}: {}", line(key), line(entry)))
            .collect();
        text += &entries.join(",\n");
        text += "\n},\n\"findings\": [\n";
        let findings: Vec<String> = self.findings.iter().map(line).collect();
        text += &findings.join(",\n");
        text += "\n]\n}\n";
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What the check makes of it, without the world.
    async fn judged(&self, check: &str) -> Report {
        let seen = Evidence::replay(self.evidence.clone(), self.started);
        engine::run(&self.stack, &seen, &options(check))
            .await
            .unwrap()
    }
}

fn line<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

fn options(check: &str) -> Options {
    Options {
        select: vec![check.to_owned()],
        deadline: Duration::from_secs(20),
        simulated: None,
    }
}

fn found(report: &Report) -> Vec<Found> {
    report.findings.iter().map(Found::from).collect()
}

fn checks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("checks")
}

/// Every case of every check: the check's id, the case's name, its file.
fn files() -> Vec<(String, String, PathBuf)> {
    let mut files = Vec::new();
    for check in fs::read_dir(checks()).unwrap() {
        let check = check.unwrap();
        let Ok(cases) = fs::read_dir(check.path().join("cases")) else {
            continue;
        };
        let id = check.file_name().into_string().unwrap().replace('_', "-");
        for case in cases {
            let path = case.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            files.push((id.clone(), name, path));
        }
    }
    files.sort();
    files
}

fn file_of(check: &str, name: &str) -> PathBuf {
    let folder = check.replace('-', "_");
    checks().join(format!("{folder}/cases/{name}.json"))
}

/// Scenarios whose point is that a check finds nothing.
const HARMLESS: [(&str, &str); 3] = [
    ("behind-proxy", "tls"),
    ("brand-without-flow", "login-flow"),
    ("policy-raises", "app-access"),
];

/// The check that a scenario is about: that of its first root cause.
fn check_of(expected: &Expected) -> &'static str {
    let mut harmless = HARMLESS.iter();
    if let Some((_, check)) = harmless.find(|(scenario, _)| *scenario == expected.scenario) {
        return check;
    }
    let first = expected.roots.first();
    first.map_or("health", |(code, _)| code.split('/').next().unwrap_or(code))
}

/// Codes of which no case tells yet.
const WITHOUT_CASE: [&str; 8] = [
    "health/container-missing",
    "health/container-restarting",
    "health/cannot-start",
    "health/database-network",
    "health/disk-low",
    "health/connection-closed",
    "health/interface-missing",
    "health/port-not-published",
];

/// A code that no case comes to may never be raised.
#[tokio::test]
async fn every_code_has_a_case() {
    blessed().await;
    let mut raised = std::collections::BTreeSet::new();
    for (_, _, path) in files() {
        let found = Case::read(&path).findings.into_iter();
        raised.extend(found.map(|found| found.code));
    }
    let library = engine::library().unwrap();
    let codes = library.iter().flat_map(|(_, words)| &words.findings);
    // A signature of a log is proved by lines of its own.
    let without: Vec<&str> = codes
        .filter(|finding| finding.log.is_none())
        .map(|finding| finding.code.as_str())
        .filter(|code| !raised.contains(*code))
        .collect();
    assert_eq!(without, WITHOUT_CASE);
}

/// What is recorded: every scenario for the check that it is about, and a healthy world for all.
fn recorded() -> impl Iterator<Item = (&'static str, &'static Expected)> {
    let healthy = all_expected().filter(|e| e.scenario == "healthy");
    let about = all_expected().map(|e| (check_of(e), e));
    const OTHERS: &[&str] = &[
        "access-token",
        "app-access",
        "app-release",
        "app-start",
        "certificates",
        "callback",
        "claims",
        "client-secret",
        "issuer",
        "container-logs",
        "cookies",
        "dns",
        "login-flow",
        "oidc-discovery",
        "proxy-headers",
        "recent-changes",
        "recent-failures",
        "redirect-uri",
        "sign-out",
        "signing-key",
        "tls",
        "users",
    ];
    let proxied = all_expected().filter(|e| e.scenario == "behind-proxy");
    let changed = all_expected().filter(|e| e.scenario == "changed-before-failure");
    about
        .chain(healthy.flat_map(|e| OTHERS.iter().map(move |check| (*check, e))))
        .chain(proxied.map(|e| ("proxy-headers", e)))
        .chain(changed.map(|e| ("recent-changes", e)))
}

/// The cases that are made of recorded ones, for each check.
const MADE: &[(&str, &[made::Made])] = &[
    ("access-token", token::MADE),
    ("app-access", &[]),
    ("app-release", oidc::RELEASES),
    ("app-start", start::MADE),
    ("certificates", oidc::CERTIFICATES),
    ("callback", proxy::CALLBACK),
    ("claims", secret::CLAIMS),
    ("client-secret", secret::SECRETS),
    ("issuer", &[]),
    ("container-logs", logs::MADE),
    ("cookies", proxy::COOKIES),
    ("health", made::MADE),
    ("dns", dns::MADE),
    ("login-flow", flow::MADE),
    ("oidc-discovery", oidc::DISCOVERY),
    ("proxy-headers", proxy::MADE),
    ("recent-changes", events::CHANGES),
    ("recent-failures", events::FAILURES),
    ("redirect-uri", redirect::MADE),
    ("sign-out", sign_out::MADE),
    ("signing-key", oidc::KEYS),
    ("tls", tls::MADE),
    ("users", &[]),
];

/// Writes the cases anew if that was asked for, before any test reads one.
async fn blessed() {
    static BLESSED: OnceCell<()> = OnceCell::const_new();
    let bless = async || {
        if let Ok(checks) = env::var("AKDOCTOR_BLESS") {
            bless(&checks).await;
        }
    };
    BLESSED.get_or_init(bless).await;
}

/// Records every scenario of these checks, and makes their other cases of the recordings.
async fn bless(checks: &str) {
    let named = |check: &&str| checks == "1" || checks.split(',').any(|name| name == *check);
    for (check, made) in MADE.iter().filter(|(check, _)| named(check)) {
        let mut of_check = BTreeMap::new();
        for (_, expected) in recorded().filter(|(of, _)| of == check) {
            let mut case = record::scenario(expected.scenario, check).await;
            case.findings = found(&case.judged(check).await);
            case.write(&file_of(check, expected.scenario));
            of_check.insert(expected.scenario.to_owned(), case);
        }
        for made in *made {
            let mut case = (made.make)(&of_check);
            case.findings = found(&case.judged(check).await);
            case.write(&file_of(check, made.name));
        }
    }
}

#[tokio::test]
async fn every_case_is_judged_as_it_was() {
    blessed().await;
    let mut differ = Vec::new();
    for (check, name, path) in files() {
        let case = Case::read(&path);
        let now = found(&case.judged(&check).await);
        if now != case.findings {
            differ.push(format!(
                "{check}/{name}: {now:#?}\ninstead of {:#?}",
                case.findings
            ));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// What a case must come to stands in the code too, so that blessing cannot hide a wrong turn.
#[tokio::test]
async fn every_case_has_the_root_causes_that_it_is_about() {
    blessed().await;
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    // Of a scenario with faults of several kinds a check tells its own.
    let own = |check: &str, e: &Expected| -> Vec<(&str, &str)> {
        let roots = e.roots.iter().copied();
        roots
            .filter(|(code, _)| code.split('/').next() == Some(check))
            .collect()
    };
    let scenarios = recorded().map(|(check, e)| (check, e.scenario, own(check, e)));
    let made = MADE.iter().flat_map(|(check, made)| {
        let made = made.iter();
        made.map(|made| (*check, made.name, made.roots.to_vec()))
    });
    for (check, name, roots) in scenarios.chain(made) {
        wanted.push((check, name));
        let case = Case::read(&file_of(check, name));
        let is_root = |found: &&Found| found.caused_by.is_none();
        let is: Vec<(&str, &str)> = (case.findings.iter().filter(is_root))
            .map(|found| (found.code.as_str(), found.subject.name.as_str()))
            .collect();
        assert_eq!(is, roots, "{check}/{name}");
    }
    wanted.sort_unstable();
    let there: Vec<(String, String, PathBuf)> = files();
    let there: Vec<(&str, &str)> = there.iter().map(|(c, n, _)| (&**c, &**n)).collect();
    assert_eq!(
        there, wanted,
        "a case that nothing makes, or a case without its file"
    );
}

#[tokio::test]
async fn cases_are_small_and_hold_no_secret() {
    blessed().await;
    for (_, name, path) in files() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.len() < 30_000, "{name} has {} bytes", text.len());
        for secret in SECRETS {
            assert!(!text.contains(secret), "{name} holds {secret}");
        }
        for word in ["Bearer ", "eyJ"] {
            assert!(!text.contains(word), "{name} holds {word:?}");
        }
    }
}

/// Words that lack a value would show their template.
#[tokio::test]
async fn every_word_of_every_case_is_filled() {
    blessed().await;
    for (check, name, path) in files() {
        let report = Case::read(&path).judged(&check).await;
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains("{{ "), "{name}: {text}");
    }
}

/// Whoever was not seen is not well: a redirect and an unknown authority hide authentik itself.
#[tokio::test]
async fn an_authentik_that_was_not_seen_is_no_success() {
    blessed().await;
    for name in ["moved-to-https", "certificate-of-a-private-authority"] {
        let report = Case::read(&file_of("health", name)).judged("health").await;
        assert_eq!(report.exit_code(Severity::Error), 3, "{name}: {report:#?}");
        assert!(!report.verdict.headline.starts_with("NOBODY IS"), "{name}");
    }
}

/// What was seen of a world and is judged offline comes to the same findings.
#[tokio::test]
async fn saved_evidence_is_judged_as_the_world_was() {
    for scenario in ["worker-down", "several", "not-authentik"] {
        let (case, live) = record::with_report(scenario, "health").await;
        let saved: Value = serde_json::to_value(&case).unwrap();
        let case: Case = serde_json::from_value(saved).unwrap();
        let offline = case.judged("health").await;
        let texts = |report: &Report| -> Vec<_> {
            let all = report.findings.iter();
            all.map(|f| (f.code.clone(), f.says.clone(), f.observed.clone()))
                .collect()
        };
        assert_eq!(texts(&live), texts(&offline), "{scenario}");
    }
}
