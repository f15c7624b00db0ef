//! What is printed for people mends what was found, pasted into a real `sh`: commands in the
//! server's container on stand-ins of authentik's models, requests to the simulated authentik.

use std::{collections::BTreeMap, fs};

use akdoctor::model::Finding;
use serde_json::{Value, json};

use super::{
    mended::{stands, with_command},
    scene::Scene,
};

/// Scenarios whose finding can be mended in authentik.
const MENDABLE: &[&str] = &[
    "inactive-user",
    "missing-user",
    "no-password",
    "not-superuser",
    "not-in-group",
    "missing-group",
    "user-type",
    "stranger-tried",
];

async fn scene(scenario: &str, overlay: &str) -> Scene {
    Scene::played(
        scenario,
        overlay,
        "users",
        include_str!("standins_people.py"),
    )
    .await
}

/// Puts the simulated authentik's rows before the stand-ins.
fn take_out(scene: &Scene, locked: &[i64]) {
    let world = json!({
        "users": scene.rows("/core/users/"), "groups": scene.rows("/core/groups/"),
        "locked": locked, "tokens": [], "saves": 0,
    });
    fs::write(scene.path("world.json"), world.to_string()).unwrap();
}

/// Puts what the stand-ins hold back into the simulated authentik.
fn put_back(scene: &Scene, before: &Value) {
    let now = scene.standins();
    let known = |kind: &str, row: &Value| {
        let rows = before[kind].as_array().unwrap();
        rows.iter().any(|old| old["pk"] == row["pk"])
    };
    for row in now["groups"].as_array().unwrap() {
        if !known("groups", row) {
            scene.send("POST", "/core/groups/", &json!({"name": row["name"]}));
        }
    }
    let groups = scene.rows("/core/groups/");
    let same_name = |pk: &Value| {
        let mut rows = now["groups"].as_array().unwrap().iter();
        let name = &rows.find(|row| row["pk"] == *pk).unwrap()["name"];
        let mut theirs = groups.as_array().unwrap().iter();
        theirs.find(|row| row["name"] == *name).unwrap()["pk"].clone()
    };
    for row in now["users"].as_array().unwrap() {
        let pks: Vec<Value> = row["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(same_name)
            .collect();
        let body = json!({
            "username": row["username"], "is_active": row["is_active"], "type": row["type"],
            "groups": pks,
        });
        match known("users", row) {
            true => scene.send("PATCH", &format!("/core/users/{}/", row["pk"]), &body),
            false => scene.send("POST", "/core/users/", &body),
        }
    }
    for pk in before["locked"].as_array().unwrap() {
        if !now["locked"].as_array().unwrap().contains(pk) {
            let body = json!({"password": "whatever was made"});
            scene.send("POST", &format!("/core/users/{pk}/set_password/"), &body);
        }
    }
}

/// What a mend may change and its undo brings back.
fn state(world: &Value) -> BTreeMap<String, Value> {
    let users = world["users"].as_array().unwrap().iter().map(|row| {
        let locked = world["locked"].as_array().unwrap().contains(&row["pk"]);
        let state = json!([row["is_active"], row["type"], row["groups"], locked]);
        (format!("user {}", row["username"]), state)
    });
    let groups = world["groups"].as_array().unwrap().iter().map(|row| {
        let state = json!([row["pk"], row["is_superuser"]]);
        (format!("group {}", row["name"]), state)
    });
    users.chain(groups).collect()
}

fn locked(finding: &Finding) -> Vec<i64> {
    let readonly = finding.code == "users/no-password";
    readonly.then_some(9).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pasted_mend_of_a_person_mends_it_and_its_undo_takes_it_back() {
    let (mut by_shell, mut by_api) = (0, 0);
    for scenario in MENDABLE {
        let finding = scene(scenario, "")
            .await
            .findings()
            .await
            .into_iter()
            .next();
        let finding = finding.unwrap_or_else(|| panic!("{scenario} has no finding"));
        for fix in with_command(&finding) {
            let line = fix.shell.as_ref().unwrap();
            let scene = scene(scenario, "").await;
            if line.contains("docker exec") {
                by_shell += 1;
                take_out(&scene, &locked(&finding));
                let before = scene.standins();
                // A terminal is not there; what is typed on it is not what is tried.
                let line = line.replace("exec -it", "exec -i");
                let said = scene.paste(&line);
                let link = said.contains("/recovery/");
                let after = scene.standins();
                assert!(link || state(&after) != state(&before), "{line}");
                if !link && !line.contains("changepassword") {
                    scene.paste(&line);
                    assert_eq!(state(&scene.standins()), state(&after), "again: {line}");
                    assert_eq!(scene.standins()["saves"], after["saves"], "again: {line}");
                }
                put_back(&scene, &before);
                assert!(
                    link || !stands(&scene, &finding).await,
                    "{scenario}: {line}"
                );
                scene.paste(fix.undo.as_ref().unwrap());
                assert_eq!(state(&scene.standins()), state(&before), "{line}");
                assert_eq!(scene.standins()["tokens"], json!([]), "{line}");
            } else {
                by_api += 1;
                scene.paste(line);
                assert!(!stands(&scene, &finding).await, "{scenario}: {line}");
                // What is made is refused a second time, and nothing changes.
                let again = scene.try_paste(line).status.success();
                assert_eq!(again, !line.contains("\"name\""), "{line}");
                assert!(!stands(&scene, &finding).await, "{scenario}: {line}");
                if let Some(undo) = &fix.undo {
                    scene.paste(undo);
                    assert!(stands(&scene, &finding).await, "{scenario}: {undo}");
                }
            }
        }
    }
    assert!(by_shell >= 10 && by_api >= 6, "{by_shell} and {by_api}");
}

/// Names as authentik takes them (verified.md 1c).
const HOSTILE: &[&str] = &[
    "O'Brien \"x\" $HOME \\ é",
    "`id` $(id) ; rm -rf /",
    "two\nlines\tand a tab",
    "right\u{202e}left \u{1b}[31mred",
    "{{ pk }} %s && || <<EOF",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_name_is_harmless_in_every_mend() {
    for name in HOSTILE {
        let key = serde_json::to_string(name)
            .unwrap()
            .replace("\\u001b", "\\u001B");
        let overlay = format!(
            "[person.{key}]\nis_active = false\nno_password = true\ngroups = []\n[group.{key}]"
        );
        let cases = [
            ("users/inactive", overlay.as_str()),
            ("users/not-in-group", &overlay),
            ("users/missing", ""),
            ("users/missing-group", ""),
        ];
        for (code, overlay) in cases {
            let mut scene = scene("healthy", overlay).await;
            let user = akdoctor::stack::User {
                username: (*name).into(),
                groups: vec![(*name).into()],
                ..Default::default()
            };
            scene.stack.users.push(user);
            let report = scene.report().await;
            let found = report.findings.iter().find(|finding| finding.code == code);
            let found = found.unwrap_or_else(|| panic!("{name:?}: {code}: {:?}", report.findings));
            assert_eq!(found.subject.name, *name);
            for finding in report.findings.iter().filter(|f| f.subject.name == *name) {
                for fix in with_command(finding) {
                    let line = fix.shell.as_ref().unwrap();
                    assert!(
                        line.chars().all(|c| c == '\n' || !c.is_control()),
                        "{line:?}"
                    );
                    if !line.contains("docker exec") {
                        continue;
                    }
                    let rows = scene.rows("/core/users/");
                    let mut rows = rows.as_array().unwrap().iter();
                    let pk = rows
                        .find(|row| row["username"] == *name)
                        .map(|row| &row["pk"]);
                    let locked: Vec<i64> = pk.and_then(Value::as_i64).into_iter().collect();
                    take_out(&scene, &locked);
                    let before = state(&scene.standins());
                    scene.paste(&line.replace("exec -it", "exec -i"));
                    let after = state(&scene.standins());
                    for (key, value) in &before {
                        let name = Value::from(*name);
                        let own = [format!("user {name}"), format!("group {name}")].contains(key);
                        assert!(
                            own || after.get(key) == Some(value),
                            "{key} changed: {line}"
                        );
                    }
                }
            }
        }
    }
}
