//! `akdoctor token`: the Python that it runs, through the real `python3` on stand-ins of authentik's
//! models, and the built program on a simulated engine.

mod command;

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::program::{akdoctor, out};

const STANDINS: &str = include_str!("standins.py");
const KEY: &str = "KEYkeyKEYkeyKEYkeyKEYkeyKEYkeyKEYkeyKEYkeyKEYkeyKEYkeyKEYkey0";
/// The SHA-256 of that key.
const HASH: &str = "d7b12070c957af5d4439a9e0ca96568dbd3388aad39e10622359421106a5c6b9";

/// An authentik of stand-ins.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    /// `old` keeps permissions of roles as releases up to 2025.10 do.
    fn new(old: bool) -> Self {
        let script = printed(&[]);
        let names = script
            .lines()
            .filter_map(|line| line.strip_prefix("    \"authentik_"));
        let mut permissions: Vec<Value> = names
            .filter_map(|rest| rest.strip_suffix("\","))
            .map(|name| json!({ "name": format!("authentik_{name}") }))
            .collect();
        assert_eq!(permissions.len(), 22);
        for more in [
            "authentik_core.change_user",
            "authentik_crypto.view_certificatekeypair",
        ] {
            permissions.push(json!({ "name": more }));
        }
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        world.set(&json!({
            "old": old, "next": 100, "saves": 0, "users": [], "groups": [], "roles": [],
            "tokens": [], "django_groups": {}, "permissions": permissions,
        }));
        fs::write(world.path("standins.py"), STANDINS).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&self, world: &Value) {
        fs::write(self.path("world.json"), world.to_string()).unwrap();
    }

    fn rows(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("world.json")).unwrap()).unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut world = self.rows();
        change(&mut world);
        self.set(&world);
    }

    fn run(&self, script: &str) -> Value {
        let mut python = Command::new("python3")
            .arg(self.path("standins.py"))
            .env("STANDINS", self.path("world.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = python.stdin.take().unwrap();
        input.write_all(script.as_bytes()).unwrap();
        drop(input);
        let ran = python.wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{words}");
        let told = out(&ran).trim().to_owned();
        assert!(!told.contains(KEY), "the key is never printed");
        let told = told.strip_prefix("AKD_BEGIN").unwrap();
        serde_json::from_str(told.strip_suffix("AKD_END").unwrap()).unwrap()
    }

    /// Makes the token with this key, while the file holds the token of this hash.
    fn make(&self, key: &str, have: Option<&str>) -> Value {
        self.run(&with(&printed(&[]), key, have))
    }

    fn refuses(&self, why: &str) {
        let before = self.rows();
        let told = self.make(KEY, None);
        assert_eq!(told["outcome"], "refused", "{told}");
        assert!(told["why"].as_str().unwrap().contains(why), "{told}");
        assert_eq!(self.rows(), before, "a refusal changes nothing");
    }
}

/// The script that the program shows.
fn printed(options: &[&str]) -> String {
    let mut args = vec!["token", "--print"];
    args.extend(options);
    let output = akdoctor(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    out(&output).to_owned()
}

fn with(script: &str, key: &str, have: Option<&str>) -> String {
    let have = have.map_or("None".to_owned(), |have| format!("\"{have}\""));
    script
        .replace(
            "WANTED[\"key\"] = None",
            &format!("WANTED[\"key\"] = \"{key}\""),
        )
        .replace("{\"have\": None}", &format!("{{\"have\": {have}}}"))
}

#[test]
fn what_is_made_may_read_and_nothing_more_on_both_kinds_of_releases() {
    for old in [true, false] {
        let world = World::new(old);
        let told = world.make(KEY, None);
        assert_eq!(
            (&told["outcome"], &told["more"]),
            (&json!("made"), &json!([])),
            "{told}"
        );
        let rows = world.rows();
        let user = &rows["users"][0];
        assert_eq!(
            (&user["type"], &user["password"]),
            (&json!("service_account"), &json!("!"))
        );
        let token = &rows["tokens"][0];
        assert_eq!(
            (&token["key"], &token["intent"]),
            (&json!(KEY), &json!("api"))
        );
        assert_eq!(
            (&token["user_id"], &token["expiring"]),
            (&user["pk"], &json!(true))
        );
        assert_eq!(rows["groups"][0]["members"], json!([user["pk"]]));
        let held = match old {
            true => &rows["django_groups"]["akdoctor"],
            false => &rows["roles"][0]["permissions"],
        };
        assert_eq!(held.as_array().unwrap().len(), 22);
        assert!(!held.to_string().contains("certificate"), "{held}");

        // Again, with the key in the file: nothing is written but what was there.
        let told = world.make("another", Some(HASH));
        assert_eq!(told["outcome"], "there", "{told}");
        assert_eq!(world.rows(), rows);

        let told = world.run(&printed(&["--revoke"]));
        assert_eq!(told["removed"].as_array().unwrap().len(), 4, "{told}");
        let left = world.rows();
        for list in ["users", "groups", "roles", "tokens"] {
            assert_eq!(left[list], json!([]), "{list}");
        }
        assert_eq!(left["django_groups"], json!({}));
    }
}

#[test]
fn a_token_is_renewed_when_its_file_is_gone_and_extended_when_its_time_is_half_over() {
    let world = World::new(true);
    world.make(KEY, None);
    let told = world.make("another", None);
    assert_eq!(told["outcome"], "renewed", "{told}");
    assert_eq!(world.rows()["tokens"][0]["key"], "another");

    world.make(KEY, None);
    world.change(|world| world["tokens"][0]["expires"] = json!("2099-01-01T00:00:00+00:00"));
    assert_eq!(world.make("third", Some(HASH))["outcome"], "there");
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let soon = soon.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    world.change(|world| world["tokens"][0]["expires"] = json!(soon));
    assert_eq!(world.make("third", Some(HASH))["outcome"], "extended");
    let token = world.rows()["tokens"][0].clone();
    assert_eq!(token["key"], KEY, "the file's key stays good");
    assert_ne!(token["expires"], json!(soon));

    // authentik takes no expired token, and gives it a new key soon.
    world.change(|world| world["tokens"][0]["expires"] = json!("2020-01-01T00:00:00+00:00"));
    assert_eq!(world.make("third", Some(HASH))["outcome"], "renewed");
    assert_eq!(world.rows()["tokens"][0]["key"], "third");
}

#[test]
fn what_is_somebody_elses_is_left_alone() {
    let user = |kind: &str| {
        json!({"pk": 1, "username": "akdoctor", "name": "", "type": kind, "path": "users",
               "is_active": true, "password": "usable"})
    };
    let group = |name: &str, superuser: bool, members: Value| json!({"pk": 2, "name": name, "is_superuser": superuser, "members": members, "role_pks": []});
    let world = World::new(true);
    world.change(|world| world["users"] = json!([user("internal")]));
    world.refuses("no service account");
    world.change(|world| {
        world["users"] = json!([user("service_account")]);
        world["groups"] = json!([group("authentik Admins", true, json!([1]))]);
    });
    world.refuses("authentik Admins");
    world.change(|world| world["groups"] = json!([group("akdoctor", true, json!([]))]));
    world.refuses("superusers");
    world.change(|world| world["groups"] = json!([group("akdoctor", false, json!([7, 1]))]));
    world.change(|world| {
        let mut other = user("internal");
        (other["pk"], other["username"]) = (json!(7), json!("anna"));
        world["users"] = json!([user("service_account"), other]);
    });
    world.refuses("other members");
    world.change(|world| {
        world["groups"] = json!([]);
        world["tokens"] = json!([{"pk": 3, "identifier": "akdoctor-api", "user_id": 7,
            "intent": "api", "key": "k", "expiring": false, "expires": null, "description": ""}]);
    });
    world.refuses("somebody else");
    let told = world.run(&printed(&["--revoke"]));
    assert!(
        told["kept"].to_string().contains("somebody else's"),
        "{told}"
    );
    assert_eq!(world.rows()["tokens"].as_array().unwrap().len(), 1);
}

#[test]
fn a_role_that_may_change_something_is_refused_and_a_deleted_ones_rights_do_not_come_back() {
    let world = World::new(true);
    // The role is gone, and the Django group behind it stayed (verified.md 3).
    world.change(|world| {
        world["django_groups"] = json!({ "akdoctor": ["authentik_core.change_user"] });
    });
    assert_eq!(world.make(KEY, None)["more"], json!([]));
    world.change(|world| {
        let held = world["django_groups"]["akdoctor"].as_array_mut().unwrap();
        held.push(json!("authentik_crypto.view_certificatekeypair"));
    });
    let told = world.make(KEY, None);
    let more = json!(["authentik_crypto.view_certificatekeypair"]);
    assert_eq!(told["more"], more, "it is said and left");
    world.change(|world| {
        let held = world["django_groups"]["akdoctor"].as_array_mut().unwrap();
        held.push(json!("authentik_core.change_user"));
    });
    world.refuses("could do more than read");
}

#[test]
fn a_release_without_a_permission_is_given_the_rest() {
    let world = World::new(false);
    world.change(|world| {
        let all = world["permissions"].as_array_mut().unwrap();
        all.retain(|row| row["name"] != "authentik_tasks.view_task");
    });
    let told = world.make(KEY, None);
    assert_eq!(told["unknown"], json!(["authentik_tasks.view_task"]));
    assert_eq!(told["outcome"], "made");
}
