//! What is printed mends what was found: every command that a simulated stack is given is pasted
//! into a real `sh`, the Python on stand-ins of authentik's models and the requests to the
//! simulated authentik, and akdoctor is asked again.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    model::{Finding, Fix, Report},
    probe::Tools,
    simulate::{Stage, play_with},
    stack::Stack,
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

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
    ("empty-list", [2025, 10]),
    ("no-provider", [2025, 10]),
    ("grant-types", [2026, 5]),
    ("client-id", [2025, 10]),
    ("too-wide", [2025, 10]),
];

/// A scenario being played, with a folder for what stands in for `docker` and for curl's settings.
/// Its test needs threads beside the one that waits for a pasted command: they answer it.
pub(super) struct Scene {
    pub stack: Stack,
    tools: Arc<Tools>,
    stage: Stage,
    check: &'static str,
    release: [u16; 2],
    folder: tempfile::TempDir,
}

impl Scene {
    async fn of(scenario: &str, release: [u16; 2]) -> Self {
        let scene = Self::played(scenario, "", "redirect-uri", include_str!("standins.py")).await;
        Self { release, ..scene }
    }

    /// A scenario with something more changed, of which one check is asked; `standins` plays
    /// `docker`.
    pub async fn played(
        scenario: &str,
        overlay: &str,
        check: &'static str,
        standins: &str,
    ) -> Self {
        let playing = play_with(scenario, overlay).await.unwrap();
        let scene = Self {
            stack: playing.stack,
            tools: Arc::new(playing.tools),
            stage: playing.stage,
            check,
            release: [2025, 10],
            folder: tempfile::tempdir().unwrap(),
        };
        let docker = scene.path("docker");
        fs::write(&docker, standins).unwrap();
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
        let at = scene.tools.dial[&("localhost".to_owned(), 9000)];
        let curl = format!(
            "connect-to = \"localhost:9000:{}:{}\"\n",
            at.ip(),
            at.port()
        );
        fs::write(scene.path(".curlrc"), curl).unwrap();
        scene
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub async fn report(&self) -> Report {
        let seen = Evidence::new(Arc::clone(&self.tools), Limits::default());
        let options = Options {
            select: vec![self.check.into()],
            deadline: Duration::from_secs(20),
            simulated: None,
        };
        engine::run(&self.stack, &seen, &options).await.unwrap()
    }

    /// The finding that the scenario is about.
    pub async fn finding(&self) -> Option<Finding> {
        self.report().await.findings.into_iter().next()
    }

    pub fn paste(&self, line: &str) -> String {
        let ran = self.try_paste(line);
        let words = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{line}\n{words}");
        String::from_utf8(ran.stdout).unwrap()
    }

    pub fn try_paste(&self, line: &str) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), env!("PATH"));
        let token = self
            .tools
            .token()
            .unwrap()
            .secret
            .expose_secret()
            .to_owned();
        Command::new("sh")
            .args(["-c", line])
            .env("PATH", path)
            .env("CURL_HOME", self.folder.path())
            .env("STANDINS", self.path("world.json"))
            .env("AKDOCTOR_TOKEN", token)
            .output()
            .unwrap()
    }

    /// The rows of a list of the simulated authentik, asked as the fixes ask it.
    pub fn rows(&self, path: &str) -> Value {
        let ask = format!(
            "printf 'Authorization: Bearer %s\\n' \"$AKDOCTOR_TOKEN\" | \
             curl -fsS -H @- 'http://localhost:9000/api/v3{path}'"
        );
        let list: Value = serde_json::from_str(&self.paste(&ask)).unwrap();
        list["results"].clone()
    }

    /// Puts the simulated authentik's rows before the stand-ins.
    fn take_out(&self) {
        let mut providers = self.rows("/providers/oauth2/");
        for row in providers.as_array_mut().unwrap() {
            row["_redirect_uris"] = row["redirect_uris"].clone();
            let urls = row["redirect_uris"].as_array().unwrap().iter();
            let lines: Vec<&str> = urls.map(|entry| entry["url"].as_str().unwrap()).collect();
            row["redirect_uris"] = lines.join("\n").into();
        }
        let mut applications = self.rows("/core/applications/?superuser_full_list=true");
        for row in applications.as_array_mut().unwrap() {
            row["provider_id"] = row["provider"].clone();
        }
        let world = json!({
            "release": self.release, "saves": 0,
            "providers": providers, "applications": applications,
        });
        fs::write(self.path("world.json"), world.to_string()).unwrap();
    }

    pub fn standins(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("world.json")).unwrap()).unwrap()
    }

    /// Puts what the stand-ins hold back into the simulated authentik.
    fn put_back(&self) {
        let world = self.standins();
        for row in world["providers"].as_array().unwrap() {
            let mut body = json!({ "client_id": row["client_id"] });
            // A row that no code looked at has both forms; the list is the one that counts.
            body["redirect_uris"] = row["_redirect_uris"].clone();
            if row.get("grant_types").is_some() {
                body["grant_types"] = row["grant_types"].clone();
            }
            self.patch(&format!("/providers/oauth2/{}/", row["pk"]), &body);
        }
        for row in world["applications"].as_array().unwrap() {
            let slug = row["slug"].as_str().unwrap();
            let body = json!({ "provider": row["provider_id"] });
            self.patch(&format!("/core/applications/{slug}/"), &body);
        }
    }

    fn patch(&self, path: &str, body: &Value) {
        self.send("PATCH", path, body);
    }

    pub fn send(&self, method: &str, path: &str, body: &Value) {
        fs::write(self.path("body"), body.to_string()).unwrap();
        let body = self.path("body");
        self.paste(&format!(
            "printf 'Authorization: Bearer %s\\n' \"$AKDOCTOR_TOKEN\" | curl -fsS -H @- \
             -H 'Content-Type: application/json' --data-binary @{} -X {method} \
             'http://localhost:9000/api/v3{path}'",
            body.display()
        ));
    }
}

pub(super) fn with_command(finding: &Finding) -> impl Iterator<Item = &Fix> {
    finding.fixes.iter().filter(|fix| fix.shell.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pasted_mend_of_a_redirect_uri_mends_it_and_its_undo_takes_it_back() {
    let (mut by_shell, mut by_api) = (0, 0);
    for (scenario, release) in MENDABLE {
        let first = Scene::of(scenario, *release).await;
        let finding = first.finding().await;
        let finding = finding.unwrap_or_else(|| panic!("{scenario} has no finding"));
        for fix in with_command(&finding) {
            let scene = Scene::of(scenario, *release).await;
            let line = fix.shell.as_ref().unwrap();
            if line.starts_with("docker ") {
                by_shell += 1;
                scene.take_out();
                let before = scene.standins();
                scene.paste(line);
                assert_eq!(scene.standins()["saves"], 1, "{line}");
                scene.paste(line);
                assert_eq!(scene.standins()["saves"], 1, "a second run saves: {line}");
                // The shell takes a list with a broken pattern in it, the API does not.
                if *scenario != "redirect-broken-regex" {
                    scene.put_back();
                    assert!(!stands(&scene, &finding).await, "{scenario}: {line}");
                }
                let undo = fix.undo.as_ref().unwrap();
                scene.paste(undo);
                assert_eq!(rows_of(&scene.standins()), rows_of(&before), "{undo}");
            } else {
                by_api += 1;
                scene.paste(line);
                scene.paste(line);
                assert!(!stands(&scene, &finding).await, "{scenario}: {line}");
                // authentik takes a list with a broken pattern back from nobody.
                let Some(undo) = &fix.undo else {
                    assert_eq!(*scenario, "redirect-broken-regex", "{line}");
                    continue;
                };
                scene.paste(undo);
                assert!(stands(&scene, &finding).await, "{scenario}: {undo}");
            }
        }
    }
    assert!(by_shell >= 20 && by_api >= 20, "{by_shell} and {by_api}");
}

/// Whether the same fault is still found.
pub(super) async fn stands(scene: &Scene, finding: &Finding) -> bool {
    let findings = scene.report().await.findings;
    findings
        .iter()
        .any(|now| now.code == finding.code && now.subject == finding.subject)
}

/// What the stand-ins hold, without the form that the release does not have.
fn rows_of(world: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    for row in world["providers"].as_array().unwrap() {
        rows.push(json!([
            row["pk"],
            row["client_id"],
            row["_redirect_uris"],
            row["grant_types"]
        ]));
    }
    for row in world["applications"].as_array().unwrap() {
        rows.push(json!([row["slug"], row["provider_id"]]));
    }
    rows
}

/// On a release that keeps lines of text the same commands write lines, and lose none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_release_gets_its_lines_of_text() {
    let scene = Scene::of("redirect-trailing-slash", [2024, 6]).await;
    scene.take_out();
    let finding = scene.finding().await.unwrap();
    let line = finding.fixes[0].shell.clone().unwrap();
    scene.paste(&line);
    scene.paste(&line);
    let world = scene.standins();
    let providers = world["providers"].as_array().unwrap();
    let gitea = providers
        .iter()
        .find(|row| row["client_id"] == "gitea")
        .unwrap();
    let callback = "http://localhost:3000/user/oauth2/Authentik/callback";
    assert_eq!(gitea["redirect_uris"], format!("{callback}/\n{callback}"));
    assert_eq!(world["saves"], 1);
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
    let asked = scene.stage.requests();
    assert!(
        asked
            .iter()
            .all(|asked| !asked.target.contains("authorize"))
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
