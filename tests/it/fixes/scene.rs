//! A simulated stack with stand-ins for `docker` and for authentik's models, to paste commands at.

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
    model::{Finding, Report, Why},
    probe::Tools,
    simulate::{Stage, play_with},
    stack::Stack,
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// A scenario being played, with a folder for what stands in for `docker` and for curl's settings.
/// Its test needs threads beside the one that waits for a pasted command: they answer it.
pub(super) struct Scene {
    pub(super) stack: Stack,
    tools: Arc<Tools>,
    pub(super) stage: Stage,
    check: &'static str,
    release: [u16; 2],
    folder: tempfile::TempDir,
}

impl Scene {
    pub(super) async fn of(scenario: &str, release: [u16; 2]) -> Self {
        let scene = Self::played(scenario, "", "redirect-uri", include_str!("standins.py")).await;
        Self { release, ..scene }
    }

    /// A scenario with something more changed, of which one check is asked; `standins` plays
    /// `docker`.
    pub(super) async fn played(
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

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(super) async fn report(&self) -> Report {
        let seen = Evidence::new(Arc::clone(&self.tools), Limits::default());
        let options = Options {
            select: vec![self.check.into()],
            deadline: Duration::from_secs(20),
            simulated: None,
        };
        engine::run(&self.stack, &seen, &options).await.unwrap()
    }

    /// What `akdoctor why` says of somebody.
    pub(super) async fn why(&self, user: &str, app: Option<&str>) -> Why {
        let seen = Evidence::new(Arc::clone(&self.tools), Limits::default());
        let options = Options {
            select: Vec::new(),
            deadline: Duration::from_secs(20),
            simulated: None,
        };
        let told = engine::why(&self.stack, &seen, &options, user, app).await;
        told.unwrap()
    }

    /// What the scenario is about.
    pub(super) async fn findings(&self) -> Vec<Finding> {
        self.report().await.findings
    }

    pub(super) fn paste(&self, line: &str) -> String {
        let ran = self.try_paste(line);
        let words = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{line}\n{words}");
        String::from_utf8(ran.stdout).unwrap()
    }

    pub(super) fn try_paste(&self, line: &str) -> Output {
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
    pub(super) fn rows(&self, path: &str) -> Value {
        let ask = format!(
            "printf 'Authorization: Bearer %s\\n' \"$AKDOCTOR_TOKEN\" | \
             curl -fsS -H @- 'http://localhost:9000/api/v3{path}'"
        );
        let list: Value = serde_json::from_str(&self.paste(&ask)).unwrap();
        list["results"].clone()
    }

    /// Puts the simulated authentik's rows before the stand-ins.
    pub(super) fn take_out(&self) {
        let mut providers = self.rows("/providers/oauth2/");
        for row in providers.as_array_mut().unwrap() {
            // The model's field has another name for a list than for lines of text.
            if row["redirect_uris"].is_array() {
                row["_redirect_uris"] = row["redirect_uris"].take();
            }
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

    pub(super) fn standins(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("world.json")).unwrap()).unwrap()
    }

    /// Puts what the stand-ins hold back into the simulated authentik.
    pub(super) fn put_back(&self) {
        let world = self.standins();
        for row in world["providers"].as_array().unwrap() {
            let mut body = json!({ "client_id": row["client_id"] });
            body["redirect_uris"] = stored(row);
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

    pub(super) fn send(&self, method: &str, path: &str, body: &Value) {
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

/// A row's redirect URIs, in the field of its release.
pub(super) fn stored(row: &Value) -> Value {
    match row.get("_redirect_uris") {
        Some(list) if !list.is_null() => list.clone(),
        _ => row["redirect_uris"].clone(),
    }
}
