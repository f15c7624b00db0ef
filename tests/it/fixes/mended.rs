//! What is printed mends what was found: every command that a simulated stack is given is pasted
//! into a real `sh`, the Python on stand-ins of authentik's models and the requests to the
//! simulated authentik, and akdoctor is asked again.

use std::process::Command;

use akdoctor::model::{Finding, Fix};
use serde_json::{Value, json};

use super::scene::{Scene, stored};

/// Scenarios whose finding can be mended in authentik, by the release that they play.
const MENDABLE: &[(&str, [u16; 2])] = &[
    ("redirect-trailing-slash", [2025, 10]),
    ("redirect-scheme", [2025, 10]),
    ("redirect-host", [2025, 10]),
    ("redirect-port", [2025, 10]),
    ("redirect-case", [2025, 10]),
    ("redirect-encoded-twice", [2025, 10]),
    ("redirect-white-space", [2025, 10]),
    ("redirect-regex-as-strict", [2025, 10]),
    ("redirect-broken-regex", [2025, 10]),
    ("redirect-logout-type", [2026, 5]),
    ("redirect-other-provider", [2025, 10]),
    ("redirect-copied", [2025, 10]),
    ("redirect-lines-of-text", [2024, 6]),
    ("provider-of-another-kind", [2025, 10]),
    ("provider-without-application", [2025, 10]),
    ("hostile-names", [2025, 10]),
    ("empty-list", [2025, 10]),
    ("no-provider", [2025, 10]),
    ("grant-types", [2026, 5]),
    ("client-id", [2025, 10]),
    ("too-wide", [2025, 10]),
];

pub(super) fn with_command(finding: &Finding) -> impl Iterator<Item = &Fix> {
    finding.fixes.iter().filter(|fix| fix.shell.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pasted_mend_of_a_redirect_uri_mends_it_and_its_undo_takes_it_back() {
    let (mut by_shell, mut by_api) = (0, 0);
    for (scenario, release) in MENDABLE {
        let first = Scene::of(scenario, *release).await;
        let findings = first.findings().await;
        assert!(!findings.is_empty(), "{scenario} has no finding");
        for finding in &findings {
            for fix in with_command(finding) {
                let scene = Scene::of(scenario, *release).await;
                if fix.shell.as_ref().unwrap().starts_with("docker ") {
                    by_shell += 1;
                    scene.mends_by_shell(scenario, finding, fix).await;
                } else {
                    by_api += 1;
                    scene.mends_by_api(scenario, finding, fix).await;
                }
            }
        }
    }
    assert!(by_shell >= 30 && by_api >= 30, "{by_shell} and {by_api}");
}

impl Scene {
    async fn mends_by_shell(&self, scenario: &str, finding: &Finding, fix: &Fix) {
        let line = fix.shell.as_ref().unwrap();
        self.take_out();
        let before = self.standins();
        self.paste(line);
        assert_eq!(self.standins()["saves"], 1, "{line}");
        assert_eq!(differing(&before, &self.standins()), 1, "{line}");
        self.paste(line);
        assert_eq!(self.standins()["saves"], 1, "a second run saves: {line}");
        // The shell takes a list with a broken pattern in it, the API does not.
        if scenario != "redirect-broken-regex" {
            self.put_back();
            assert!(!stands(self, finding).await, "{scenario}: {line}");
        }
        let undo = fix.undo.as_ref().unwrap();
        self.paste(undo);
        assert_eq!(rows_of(&self.standins()), rows_of(&before), "{undo}");
    }

    async fn mends_by_api(&self, scenario: &str, finding: &Finding, fix: &Fix) {
        let line = fix.shell.as_ref().unwrap();
        self.take_out();
        let before = self.standins();
        self.paste(line);
        self.take_out();
        let once = self.standins();
        assert_eq!(differing(&before, &once), 1, "{line}");
        self.paste(line);
        self.take_out();
        assert_eq!(rows_of(&self.standins()), rows_of(&once), "{line}");
        assert!(!stands(self, finding).await, "{scenario}: {line}");
        // authentik takes a list with a broken pattern back from nobody.
        let Some(undo) = &fix.undo else {
            assert_eq!(scenario, "redirect-broken-regex", "{line}");
            return;
        };
        self.paste(undo);
        self.take_out();
        assert_eq!(rows_of(&self.standins()), rows_of(&before), "{undo}");
        assert!(stands(self, finding).await, "{scenario}: {undo}");
    }
}

/// Whether the same fault is still found.
pub(super) async fn stands(scene: &Scene, finding: &Finding) -> bool {
    let findings = scene.report().await.findings;
    findings
        .iter()
        .any(|now| now.code == finding.code && now.subject == finding.subject)
}

/// What the stand-ins hold.
fn rows_of(world: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    for row in world["providers"].as_array().unwrap() {
        rows.push(json!([
            row["pk"],
            row["name"],
            row["client_id"],
            stored(row),
            row["grant_types"]
        ]));
    }
    for row in world["applications"].as_array().unwrap() {
        rows.push(json!([row["slug"], row["name"], row["provider_id"]]));
    }
    rows
}

/// How many rows of one are not the same in the other.
fn differing(one: &Value, other: &Value) -> usize {
    let (one, other) = (rows_of(one), rows_of(other));
    assert_eq!(one.len(), other.len());
    one.iter().zip(&other).filter(|(a, b)| a != b).count()
}

/// On a release that keeps lines of text the same commands write lines, and lose none: a lone star
/// stays one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_release_gets_its_lines_of_text() {
    let scene = Scene::of("redirect-lines-of-text", [2024, 6]).await;
    let findings = scene.findings().await;
    let fixes: Vec<&Fix> = with_command(&findings[0]).collect();
    let by_api = fixes
        .iter()
        .find(|fix| fix.shell.as_ref().unwrap().contains("curl"));
    let by_shell = fixes
        .iter()
        .find(|fix| fix.shell.as_ref().unwrap().starts_with("docker"));
    let callback = "http://localhost:3000/user/oauth2/Authentik/callback";
    let gitea = |scene: &Scene| {
        let rows = scene.rows("/providers/oauth2/");
        let mut rows = rows.as_array().unwrap().iter();
        let row = rows.find(|row| row["client_id"] == "gitea").unwrap();
        row["redirect_uris"].clone()
    };
    let old = format!("{callback}/\n*");
    assert_eq!(gitea(&scene), old);
    scene.paste(by_api.unwrap().shell.as_ref().unwrap());
    assert_eq!(gitea(&scene), format!("{callback}/\n*\n{callback}"));
    scene.paste(by_api.unwrap().undo.as_ref().unwrap());
    assert_eq!(gitea(&scene), old);
    scene.take_out();
    scene.paste(by_shell.unwrap().shell.as_ref().unwrap());
    scene.put_back();
    assert_eq!(gitea(&scene), format!("{callback}/\n*\n{callback}"));
}

/// Nothing that akdoctor asks registers a URI: the list is as empty after a run as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_list_stays_empty() {
    let scene = Scene::of("empty-list", [2025, 10]).await;
    let gitea = |rows: Value| {
        let rows = rows.as_array().unwrap().clone();
        rows.into_iter()
            .find(|row| row["client_id"] == "gitea")
            .unwrap()
    };
    let before = gitea(scene.rows("/providers/oauth2/"));
    assert_eq!(before["redirect_uris"], json!([]));
    scene.report().await;
    let after = gitea(scene.rows("/providers/oauth2/"));
    assert_eq!(after["redirect_uris"], json!([]));
    // Others, whose lists are not empty, are asked; a request for this one would fill its list.
    let asked = scene.stage.requests();
    let authorize = asked
        .iter()
        .filter(|asked| asked.target.contains("/authorize"));
    let clients: Vec<&str> = authorize.map(|asked| asked.target.as_str()).collect();
    assert!(!clients.is_empty());
    assert!(
        clients.iter().all(|target| !target.contains("gitea")),
        "{clients:#?}"
    );
}

/// curl stands in for every client of the API here, so it must be there.
#[test]
fn curl_is_there() {
    let asked = Command::new("curl").arg("--version").output();
    assert!(
        asked.is_ok(),
        "install curl: the printed requests are made with it"
    );
}

/// Gitea's application was deleted; its provider is still there, under a client id that tells
/// nothing.
const DELETED: &str = "[provider.gitea]\nclient_id = \"Zx9\"\napplication_deleted = true\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_application_is_one_finding_and_is_made_again_for_its_provider() {
    let scene = || {
        Scene::played(
            "healthy",
            DELETED,
            "redirect-uri",
            include_str!("standins.py"),
        )
    };
    let findings = scene().await.findings().await;
    let codes: Vec<&str> = findings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["redirect-uri/unknown-application"]);
    let finding = &findings[0];
    let fixes: Vec<&Fix> = with_command(finding).collect();
    assert_eq!(fixes.len(), 2);
    for fix in fixes {
        let (line, undo) = (fix.shell.as_ref().unwrap(), fix.undo.as_ref().unwrap());
        let scene = scene().await;
        scene.take_out();
        let before = rows_of(&scene.standins());
        if line.starts_with("docker ") {
            scene.paste(line);
            let once = scene.standins();
            let row = once["applications"].as_array().unwrap().last().unwrap();
            let mut providers = once["providers"].as_array().unwrap().iter();
            let gitea = providers.find(|row| row["client_id"] == "Zx9");
            assert_eq!(row["slug"], "gitea", "{line}");
            assert_eq!(row["provider_id"], gitea.unwrap()["pk"], "{line}");
            scene.paste(line);
            assert_eq!(scene.standins(), once, "a second run changes: {line}");
            // Nothing is deleted that somebody has bound to something since.
            let mut bound = once.clone();
            bound["bindings"] = json!([{"target": "gitea"}]);
            std::fs::write(scene.path("world.json"), bound.to_string()).unwrap();
            scene.paste(undo);
            assert_eq!(rows_of(&scene.standins()), rows_of(&once), "{undo}");
            std::fs::write(scene.path("world.json"), once.to_string()).unwrap();
            scene.paste(undo);
            assert_eq!(rows_of(&scene.standins()), before, "{undo}");
            scene.paste(undo);
            assert_eq!(rows_of(&scene.standins()), before, "{undo}");
        } else {
            scene.paste(line);
            assert!(!stands(&scene, finding).await, "{line}");
            scene.take_out();
            assert_eq!(rows_of(&scene.standins()).len(), before.len() + 1, "{line}");
            scene.paste(undo);
            scene.take_out();
            assert_eq!(rows_of(&scene.standins()), before, "{undo}");
            assert!(stands(&scene, finding).await, "{undo}");
        }
    }
}
