//! Who may open which application, by each way of asking: they agree, and none grows with the
//! directory.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    facts::{self, Member, Opening, Trilean},
    model::{Outcome, Report},
    simulate::play_with,
};

/// From a laptop: the API alone.
const API: &str = "engine = false\n";
/// On the machine, without a token, where psql cannot be run: `ak shell`.
const SHELL: &str = r#"
token = "none"
exec = [{ container = "authentik-postgresql", holds = "psql", exit = 127, stderr = "not found" }]
"#;
const SCENARIOS: &[&str] = &[
    "healthy",
    "app-nobody",
    "app-not-for-person",
    "app-unbound",
    "negated-binding",
    "policy-raises",
    "binding-off",
    "expired-binding",
];

/// The report of the check, and how many requests came to authentik.
async fn ask(scenario: &str, overlay: &str) -> (Report, usize) {
    ask_of("app-access", scenario, overlay).await
}

async fn ask_of(check: &str, scenario: &str, overlay: &str) -> (Report, usize) {
    let playing = play_with(scenario, overlay).await.unwrap();
    let stage = playing.stage;
    let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
    let options = Options {
        select: vec![check.into()],
        deadline: Duration::from_secs(60),
        simulated: None,
    };
    let report = engine::run(&playing.stack, &seen, &options).await.unwrap();
    let asked = stage.requests();
    let to_authentik = asked.iter().filter(|asked| asked.listener == "authentik");
    (report, to_authentik.count())
}

/// What was found, and what is not known.
fn told(report: &Report) -> BTreeSet<(String, String)> {
    let findings = report.findings.iter();
    let found = findings.map(|finding| (finding.code.clone(), finding.subject.name.clone()));
    let points = report.checks.iter().flat_map(|check| &check.points);
    let unknown = points.filter(|point| point.outcome == Outcome::Unknown);
    let unknown = unknown.map(|point| (point.what.clone(), point.subject.name.clone()));
    found.chain(unknown).collect()
}

fn cites(report: &Report, what: &str) -> bool {
    let mut points = report.checks.iter().flat_map(|check| &check.points);
    points.any(|point| point.cites.iter().any(|cite| cite.contains(what)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_asking_finds_the_same() {
    for scenario in SCENARIOS {
        let (report, _) = ask(scenario, "").await;
        assert!(cites(&report, "psql"), "{scenario}");
        let by_psql = told(&report);
        assert_eq!(by_psql.is_empty(), *scenario == "healthy", "{by_psql:?}");
        let (report, _) = ask(scenario, SHELL).await;
        assert!(cites(&report, "ak shell"), "{scenario}");
        assert_eq!(told(&report), by_psql, "{scenario} by ak shell");
        let (report, _) = ask(scenario, API).await;
        assert!(cites(&report, "policies/bindings/"), "{scenario}");
        // authentik's API does not list bindings whose time is over.
        let by_api = match *scenario {
            "expired-binding" => BTreeSet::new(),
            _ => by_psql,
        };
        assert_eq!(told(&report), by_api, "{scenario} by the API");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_cost_no_more_requests_than_eight() {
    let (few, asked_of_few) = ask("app-nobody", API).await;
    let (many, asked_of_many) = ask("app-nobody", &format!("{API}crowd = 100000\n")).await;
    assert_eq!(told(&few), told(&many));
    assert_eq!(asked_of_few, asked_of_many);
    assert!(asked_of_many <= 45, "{asked_of_many} requests");
}

/// Whether somebody may open Gitea where it is bound to the group App Managers.
async fn decided(scenario: &str, overlay: &str, username: &str) -> facts::Decision {
    let bound = "[access.gitea]\nbindings = [{ group = \"App Managers\" }]\n";
    let playing = play_with(scenario, &format!("{overlay}{bound}"))
        .await
        .unwrap();
    let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
    let base = facts::base(&playing.stack, &seen).await;
    let access = facts::access(&playing.stack, &seen, &base).await.unwrap();
    let people = facts::people(&playing.stack, &seen, &base).await.unwrap();
    let row = people.named.iter().find(|row| row.username == username);
    access
        .of_app("gitea")
        .unwrap()
        .decide(&Member::of(row.unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_above_counts_and_the_one_that_is_missing_would_open_it() {
    for way in ["", API, SHELL] {
        let nested = decided("nested-group", way, "appmanager").await;
        assert_eq!(nested.can, Trilean::Yes, "{way}: {nested:?}");
        let out = decided("not-in-group", way, "appmanager").await;
        assert_eq!(out.can, Trilean::No, "{way}: {out:?}");
        let name = match &out.opens[0] {
            Opening::Join { name, .. } => name.as_str(),
            other => panic!("{other:?}"),
        };
        assert_eq!(name, "App Managers");
        let inactive = decided("inactive-user", way, "contractor3").await;
        assert_eq!(inactive.opens[0], Opening::Activate, "{way}");
        let superuser = decided("healthy", way, "akadmin").await;
        assert_eq!(superuser.can, Trilean::No, "a superuser gets no free pass");
    }
}

/// A list of the API that a limited token shortens is not believed.
#[tokio::test]
async fn a_limited_token_tells_nothing_by_the_api() {
    let overlay = format!("{API}token = \"limited\"\n");
    let (report, _) = ask("app-nobody", &overlay).await;
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert!(!cites(&report, "psql"));
    let points = report.checks.iter().flat_map(|check| &check.points);
    assert!(points.clone().all(|point| point.outcome != Outcome::Passed));
}

/// From elsewhere, with the token that `akdoctor token` makes.
const READER: &str = "token = \"reader\"\nengine = false\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_may_only_read_finds_the_same() {
    for scenario in SCENARIOS {
        let (report, _) = ask(scenario, API).await;
        let by_superuser = told(&report);
        let (report, _) = ask(scenario, READER).await;
        assert_eq!(told(&report), by_superuser, "{scenario}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_is_not_shown_is_unknown_and_not_passed() {
    let hidden = "http = [{ path = \"/api/v3/core/applications/gitea/\", caller = [\"reader\"], \
                  recorded = \"062-limited-token-users.txt\" }]\n";
    let (report, _) = ask("app-nobody", &format!("{READER}{hidden}")).await;
    let unknown = told(&report).into_iter();
    let unknown: Vec<String> = unknown.map(|(_, name)| name).collect();
    assert_eq!(unknown, ["contractor1", "Gitea"], "{report:#?}");
    let points = report.checks.iter().flat_map(|check| &check.points);
    let passed = points.filter(|point| point.outcome == Outcome::Passed);
    assert!(passed.count() >= 4, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_shown_sign_ins_sees_that_nothing_fails() {
    for (login, outcome) in [
        (
            "[[event]]\naction = \"login\"\nby = \"contractor1\"\nago = \"3 hours ago\"\n",
            Outcome::Passed,
        ),
        ("", Outcome::Unknown),
    ] {
        let overlay = format!("{READER}{login}");
        let (report, _) = ask_of("recent-failures", "healthy", &overlay).await;
        let points: Vec<_> = report
            .checks
            .iter()
            .flat_map(|check| &check.points)
            .collect();
        assert!(!points.is_empty());
        for point in points {
            assert_eq!(point.outcome, outcome, "{point:?}");
        }
    }
}
