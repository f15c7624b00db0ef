//! What is printed for who may open an application mends what was found, pasted into a real `sh`:
//! commands in the server's container on stand-ins of authentik's models, requests to the simulated
//! authentik.

use std::fs;

use akdoctor::model::Finding;
use serde_json::{Value, json};

use super::{
    mended::{stands, with_command},
    scene::Scene,
};

/// Scenarios, and how many mends with a command their findings have.
const MENDABLE: &[(&str, usize)] = &[
    ("app-nobody", 6),
    ("app-not-for-person", 3),
    ("app-unbound", 1),
    ("negated-binding", 1),
    ("binding-off", 2),
    ("expired-binding", 1),
];

async fn scene(scenario: &str, overlay: &str) -> Scene {
    Scene::played(
        scenario,
        overlay,
        "app-access",
        include_str!("standins_access.py"),
    )
    .await
}

/// What the simulated authentik holds.
fn world(scene: &Scene, scenario: &str) -> Value {
    let mut world = json!({
        "users": scene.rows("/core/users/"), "groups": scene.rows("/core/groups/"),
        "applications": scene.rows("/core/applications/?superuser_full_list=true"),
        "bindings": scene.rows("/policies/bindings/"), "saves": 0,
    });
    if scenario == "expired-binding" {
        // The API does not list it.
        let of = |rows: &Value, name: &str| {
            let mut rows = rows.as_array().unwrap().iter();
            rows.find(|row| row["name"] == name).unwrap()["pk"].clone()
        };
        let row = json!({
            "pk": "00000000-0000-4000-a000-000000000001", "policy": null, "user": null,
            "group": of(&world["groups"], "App Managers"), "order": 0, "negate": false,
            "target": of(&world["applications"], "Gitea"), "enabled": true, "expiring": true,
        });
        world["bindings"].as_array_mut().unwrap().push(row);
    }
    world
}

/// Puts its rows before the stand-ins.
fn take_out(scene: &Scene, scenario: &str) {
    fs::write(scene.path("world.json"), world(scene, scenario).to_string()).unwrap();
}

/// Puts what the stand-ins hold back into the simulated authentik.
fn put_back(scene: &Scene, before: &Value) {
    let now = scene.standins();
    for row in now["users"].as_array().unwrap() {
        let body = json!({"is_active": row["is_active"], "groups": row["groups"]});
        scene.send("PATCH", &format!("/core/users/{}/", row["pk"]), &body);
    }
    let known = before["bindings"].as_array().unwrap();
    for row in now["bindings"].as_array().unwrap() {
        let pk = row["pk"].as_str().unwrap();
        match known.iter().find(|old| old["pk"] == row["pk"]) {
            Some(old) if old == row => {}
            // The API does not let it be changed: one more comes to the same.
            Some(old) if old["expiring"] == true => {
                scene.send("POST", "/policies/bindings/", row);
            }
            Some(_) => scene.send("PATCH", &format!("/policies/bindings/{pk}/"), row),
            None => scene.send("POST", "/policies/bindings/", row),
        }
    }
}

/// What a mend may change and its undo brings back.
fn state(world: &Value) -> Vec<Value> {
    let rows = |kind: &str| world[kind].as_array().unwrap().clone().into_iter();
    let users = rows("users").map(|row| json!([row["pk"], row["is_active"], row["groups"]]));
    let bindings = rows("bindings").map(|row| {
        json!([
            row["target"],
            row["user"],
            row["group"],
            row["enabled"],
            row["negate"],
            row["expiring"]
        ])
    });
    users.chain(bindings).collect()
}

/// The finding that is mended: the root, whose mends are shown.
async fn root(scenario: &str) -> Finding {
    let findings = scene(scenario, "").await.findings().await;
    let mut roots = findings.into_iter().filter(|one| one.caused_by.is_none());
    roots
        .next()
        .unwrap_or_else(|| panic!("{scenario} has no finding"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pasted_mend_opens_the_application_and_its_undo_takes_it_back() {
    for (scenario, mends) in MENDABLE {
        let finding = root(scenario).await;
        assert_eq!(with_command(&finding).count(), *mends, "{scenario}");
        for fix in with_command(&finding) {
            let line = fix.shell.as_ref().unwrap();
            let undo = fix.undo.as_ref().unwrap();
            let scene = scene(scenario, "").await;
            let before = world(&scene, scenario);
            if line.contains("docker exec") {
                take_out(&scene, scenario);
                scene.paste(line);
                let after = scene.standins();
                assert_ne!(state(&after), state(&before), "{line}");
                assert_eq!(after["saves"], 1, "{line}");
                scene.paste(line);
                assert_eq!(scene.standins(), after, "again: {line}");
                put_back(&scene, &before);
                assert!(!stands(&scene, &finding).await, "{scenario}: {line}");
                scene.paste(undo);
                assert_eq!(state(&scene.standins()), state(&before), "{undo}");
            } else {
                scene.paste(line);
                let after = world(&scene, scenario);
                assert_ne!(state(&after), state(&before), "{line}");
                scene.paste(line);
                assert_eq!(
                    state(&world(&scene, scenario)),
                    state(&after),
                    "again: {line}"
                );
                assert!(!stands(&scene, &finding).await, "{scenario}: {line}");
                scene.paste(undo);
                assert_eq!(state(&world(&scene, scenario)), state(&before), "{undo}");
                assert!(stands(&scene, &finding).await, "{scenario}: {undo}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_name_is_harmless() {
    for name in [
        "O'Brien \"x\" $HOME \\ é",
        "`id` $(id) ; rm -rf /",
        "two\nlines",
    ] {
        let key = serde_json::to_string(name).unwrap();
        let overlay = format!(
            "[group.{key}]\n[person.{key}]\nis_active = false\n\
             [access.minio]\nbindings = [{{ group = {key} }}, {{ person = {key} }}]\n\
             [expects]\ncontractor1 = [\"minio\"]\n"
        );
        let scene = scene("healthy", &overlay).await;
        let findings = scene.findings().await;
        let finding = findings
            .iter()
            .find(|one| one.code == "app-access/nobody")
            .unwrap();
        assert_eq!(with_command(finding).count(), 4);
        let before = world(&scene, "healthy");
        for fix in with_command(finding) {
            take_out(&scene, "healthy");
            scene.paste(fix.shell.as_ref().unwrap());
            scene.paste(fix.undo.as_ref().unwrap());
            assert_eq!(state(&world(&scene, "healthy")), state(&before));
            assert_eq!(state(&scene.standins()), state(&before));
        }
    }
}
