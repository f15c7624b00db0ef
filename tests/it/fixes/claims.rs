//! Scope mappings that are selected and made by pasted lines, on stand-ins of authentik's models:
//! safe to run twice, and taken back by their undo.

use std::fs;

use akdoctor::{model::Fix, probe::scope_mapping::Gives};
use serde_json::{Value, json};

use super::{mended::with_command, scene::Scene};

const STANDINS: &str = include_str!("standins_signin.py");

struct Mending {
    scene: Scene,
    fix: Fix,
}

impl Mending {
    /// The first mend by `ak shell` of a scenario's finding.
    async fn of(scenario: &str, subject: &str) -> Self {
        let scene = Scene::played(scenario, "", "claims", STANDINS).await;
        let findings = scene.findings().await;
        let finding = findings
            .iter()
            .find(|it| it.subject.name == subject)
            .unwrap();
        let by_shell = |fix: &&Fix| fix.shell.as_ref().unwrap().contains("ak shell");
        let fix = with_command(finding).find(by_shell).unwrap().clone();
        let world = json!({
            "saves": 0,
            "providers": scene.rows("/providers/oauth2/"),
            "mappings": scene.rows("/propertymappings/provider/scope/"),
        });
        fs::write(scene.path("world.json"), world.to_string()).unwrap();
        Self { scene, fix }
    }

    fn run(&self) {
        self.scene.paste(self.fix.shell.as_ref().unwrap());
    }

    fn undo(&self) {
        self.scene.paste(self.fix.undo.as_ref().unwrap());
    }

    /// The scopes and expressions of the mappings that a provider has now.
    fn selected(&self, client_id: &str) -> Vec<(String, String)> {
        let world = self.scene.standins();
        let rows = |name: &str| world[name].as_array().unwrap().clone();
        let provider = rows("providers")
            .into_iter()
            .find(|row| row["client_id"] == client_id);
        let pks = provider.unwrap()["property_mappings"]
            .as_array()
            .unwrap()
            .clone();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let mut selected: Vec<(String, String)> = rows("mappings")
            .iter()
            .filter(|row| pks.contains(&row["pk"]))
            .map(|row| (text(row, "scope_name"), text(row, "expression")))
            .collect();
        selected.sort();
        selected
    }

    fn mappings(&self) -> usize {
        self.scene.standins()["mappings"].as_array().unwrap().len()
    }
}

fn scopes(selected: &[(String, String)]) -> Vec<&str> {
    selected.iter().map(|(scope, _)| scope.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_is_selected_and_taken_out_again() {
    let mending = Mending::of("scope-missing", "Coder").await;
    for _ in 0..2 {
        mending.run();
        assert_eq!(
            scopes(&mending.selected("coder")),
            ["email", "openid", "profile"]
        );
    }
    for _ in 0..2 {
        mending.undo();
        assert_eq!(scopes(&mending.selected("coder")), ["openid", "profile"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_are_told_as_verified_and_as_before_again() {
    let mending = Mending::of("email-unverified", "Coder").await;
    let (before, count) = (mending.selected("coder"), mending.mappings());
    for _ in 0..2 {
        mending.run();
        let now = mending.selected("coder");
        assert_eq!(scopes(&now), ["email", "openid", "profile"]);
        assert_eq!(Gives::of(&now[0].1).email_verified, Some(true), "{now:?}");
        assert_eq!(mending.mappings(), count + 1);
        // Others keep authentik's own.
        assert_eq!(mending.selected("gitea"), before);
    }
    for _ in 0..2 {
        mending.undo();
        assert_eq!(mending.selected("coder"), before);
        assert_eq!(mending.mappings(), count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_given_and_taken_away_again() {
    let mending = Mending::of("minio-without-policy", "MinIO").await;
    let before = mending.selected("minio");
    for _ in 0..2 {
        mending.run();
        let given = mending.selected("minio");
        let own = given.iter().find(|one| !before.contains(one)).unwrap();
        assert_eq!(own.0, "openid");
        assert_eq!(Gives::of(&own.1).claims, ["policy"]);
        assert_eq!(given.len(), before.len() + 1);
    }
    for _ in 0..2 {
        mending.undo();
        assert_eq!(mending.selected("minio"), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_are_written_into_the_id_token_and_left_out_again() {
    let mending = Mending::of("claims-not-in-id-token", "Coder").await;
    let told = || {
        let world = mending.scene.standins();
        let rows = world["providers"].as_array().unwrap().clone();
        let coder = rows.into_iter().find(|row| row["client_id"] == "coder");
        (
            coder.unwrap()["include_claims_in_id_token"].clone(),
            world["saves"].clone(),
        )
    };
    for _ in 0..2 {
        mending.run();
        assert_eq!(told(), (json!(true), json!(1)));
    }
    mending.undo();
    assert_eq!(told().0, false);
}
