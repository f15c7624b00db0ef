//! The check of people by each way of asking: they agree, and none grows with the directory.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    model::{Outcome, Point, Report},
    simulate::play_with,
    stack::User,
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
    "inactive-user",
    "missing-user",
    "user-in-other-letters",
    "no-superuser",
    "not-superuser",
    "not-in-group",
    "nested-group",
    "missing-group",
    "user-type",
    "stranger-tried",
    "no-password",
    "shared-email",
];

/// What is asked of a world: the report, and how many requests came to authentik.
async fn ask(scenario: &str, overlay: &str, users: Option<Vec<User>>) -> (Report, usize) {
    let playing = play_with(scenario, overlay).await.unwrap();
    let mut stack = playing.stack.clone();
    if let Some(users) = users {
        stack.users = users;
    }
    let stage = playing.stage;
    let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
    let options = Options {
        select: vec!["users".into()],
        deadline: Duration::from_secs(60),
        simulated: None,
    };
    let report = engine::run(&stack, &seen, &options).await.unwrap();
    let asked = stage.requests();
    let to_authentik = asked.iter().filter(|asked| asked.listener == "authentik");
    (report, to_authentik.count())
}

fn faults(report: &Report) -> BTreeSet<(String, String)> {
    let findings = report.findings.iter();
    findings
        .map(|finding| (finding.code.clone(), finding.subject.name.clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_asking_finds_the_same() {
    for scenario in SCENARIOS {
        let by_psql = faults(&ask(scenario, "", None).await.0);
        let (report, _) = ask(scenario, SHELL, None).await;
        assert!(cites(&report, "ak shell"), "{scenario}");
        assert_eq!(faults(&report), by_psql, "{scenario} by ak shell");
        // The token is akadmin's, and refused while akadmin is inactive.
        if *scenario == "no-superuser" {
            continue;
        }
        let (report, _) = ask(scenario, API, None).await;
        assert!(cites(&report, "core/users/"), "{scenario}");
        let mut by_api = faults(&report);
        // From a laptop nobody could make a recovery key; passwords are not told there, and
        // shared addresses would cost a request for every hundred people.
        by_api.retain(|(code, _)| code != "users/single-superuser");
        let hidden = ["users/no-password", "users/shared-email"];
        let told = by_psql
            .into_iter()
            .filter(|(code, _)| !hidden.contains(&&**code));
        assert_eq!(by_api, told.collect(), "{scenario} by the API");
    }
}

fn points(report: &Report) -> impl Iterator<Item = &Point> {
    report.checks.iter().flat_map(|check| &check.points)
}

fn cites(report: &Report, what: &str) -> bool {
    points(report).any(|point| point.cites.iter().any(|cite| cite.contains(what)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_cost_no_more_requests_than_eight() {
    let (few, asked_of_few) = ask("inactive-user", API, None).await;
    let crowd = format!("{API}crowd = 100000\n");
    let (many, asked_of_many) = ask("inactive-user", &crowd, None).await;
    assert_eq!(faults(&few), faults(&many));
    assert_eq!(asked_of_few, asked_of_many);
    assert!(asked_of_many <= 25, "{asked_of_many} requests");
}

#[tokio::test]
async fn somebody_of_the_crowd_is_found_by_name() {
    let overlay = format!("{API}crowd = 100000\n");
    let users = ["person099999", "person100000"].map(|username| User {
        username: username.into(),
        ..User::default()
    });
    let (report, _) = ask("healthy", &overlay, Some(users.into())).await;
    let missing: Vec<_> = faults(&report)
        .into_iter()
        .filter(|(code, _)| code == "users/missing")
        .collect();
    assert_eq!(
        missing,
        [("users/missing".to_owned(), "person100000".to_owned())]
    );
}

/// Without akdoctor.toml whoever tried and is inactive is told; whoever stays away is not.
#[tokio::test]
async fn without_a_list_only_those_who_tried_are_told() {
    let overlay = "[person.former]\nis_active = false\n";
    for way in ["", API, SHELL] {
        let overlay = format!("{way}{overlay}");
        let (report, _) = ask("inactive-user", &overlay, Some(Vec::new())).await;
        let mut faults = faults(&report);
        faults.retain(|(code, _)| code != "users/single-superuser");
        let wanted = ("users/inactive".to_owned(), "contractor3".to_owned());
        assert_eq!(faults, BTreeSet::from([wanted]), "{way}");
    }
}

/// Whose token is refused cannot mend by it.
#[tokio::test]
async fn a_refused_token_is_no_way_to_mend() {
    let (report, _) = ask("no-superuser", "", None).await;
    let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
    let lines: Vec<&String> = fixes.filter_map(|fix| fix.shell.as_ref()).collect();
    assert!(
        !lines.is_empty() && lines.iter().all(|line| !line.contains("curl")),
        "{lines:?}"
    );
}

/// A filter that authentik ignores brings everybody: that is no telling of superusers.
#[tokio::test]
async fn a_filter_that_is_ignored_is_not_believed() {
    let overlay = format!(
        "{API}http = [{{ path = \"/api/v3/core/users/\", query = {{ is_superuser = \"true\" }}, \
         list = \"095-users-page-size-1000.json\" }}]"
    );
    let (report, _) = ask("healthy", &overlay, None).await;
    assert_eq!(faults(&report), BTreeSet::new());
    let point = points(&report).find(|point| point.outcome == Outcome::Unknown);
    let why = point.unwrap().why.as_ref().unwrap();
    assert!(why.contains("was ignored"), "{why}");
}

/// What a token may not see is unknown, and the rest is judged.
#[tokio::test]
async fn a_part_that_is_refused_leaves_the_rest() {
    let overlay = format!(
        "{API}http = [{{ path = \"/api/v3/events/events/\", recorded = \
         \"070-limited-token-events.txt\" }}]"
    );
    let (report, _) = ask("inactive-user", &overlay, None).await;
    let told = ("users/inactive".to_owned(), "contractor3".to_owned());
    assert!(faults(&report).contains(&told));
    let unknown: Vec<_> = points(&report)
        .filter(|point| point.outcome == Outcome::Unknown)
        .collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    let why = unknown[0].why.as_ref().unwrap();
    assert!(why.contains("authentik_events.view_event"), "{why}");
}
