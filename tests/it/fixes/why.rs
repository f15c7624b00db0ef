//! What `akdoctor why` prints, pasted into a real `sh`.

use std::fs;

use akdoctor::model::{Finding, Why};
use serde_json::{Value, json};

use super::{mended::with_command, scene::Scene};

const BOUND: &str = "[access.gitea]\nbindings = [{ group = \"App Managers\" }]\n";
/// A name that is hostile to shells, Python and SQL.
const NAME: &str = "O'Brien \"$HOME\" `id` $(id) \\ {{ pk }} %s # é";

async fn scene(overlay: &str) -> Scene {
    Scene::played("healthy", overlay, "users", include_str!("standins_why.py")).await
}

fn finding<'w>(why: &'w Why, code: &str) -> &'w Finding {
    let found = why.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("{code}: {why:#?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_the_group_opens_the_app_and_its_undo_closes_it() {
    let asked = || async {
        let scene = scene(BOUND).await;
        let why = scene.why("contractor1", Some("gitea")).await;
        (scene, why)
    };
    let (_, why) = asked().await;
    let by_api = |line: &str| line.contains("curl") && line.contains("add_user");
    let mut tried = 0;
    for fix in with_command(finding(&why, Why::NO_ACCESS)) {
        let line = fix.shell.as_ref().unwrap();
        if !by_api(line) {
            continue;
        }
        tried += 1;
        let (scene, _) = asked().await;
        let stands = || async {
            let why = scene.why("contractor1", Some("gitea")).await;
            why.findings.iter().any(|it| it.code == Why::NO_ACCESS)
        };
        assert!(stands().await);
        scene.paste(line);
        assert!(!stands().await, "{line}");
        scene.paste(line);
        scene.paste(fix.undo.as_ref().unwrap());
        assert!(stands().await, "{line}");
    }
    assert_eq!(tried, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgetting_the_reputation_mends_it() {
    let overlay = "[reputation]\nname = \"low\"\nthreshold = -5\n\
        [person.contractor1]\nscore = -7\n[person.contractor2]\nscore = -9\n";
    let scene = scene(overlay).await;
    let why = scene.why("contractor1", None).await;
    let fixes = with_command(finding(&why, "why/reputation"));
    let by_api = fixes.filter(|fix| fix.shell.as_ref().unwrap().contains("curl"));
    for fix in by_api {
        scene.paste(fix.shell.as_ref().unwrap());
    }
    let after = scene.why("contractor1", None).await;
    assert!(after.findings.is_empty(), "{:#?}", after.findings);
    let other = scene.why("contractor2", None).await;
    finding(&other, "why/reputation");
}

/// Each command touches the rows of one person alone, is safe to run twice, and is taken back by its
/// undo where it has one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_in_the_container_touch_nobody_else() {
    let key = serde_json::to_string(NAME).unwrap();
    let overlay = format!(
        "[stage.default-authentication-mfa-validation]\nnot_configured_action = \"deny\"\n\
         [reputation]\nname = \"low\"\nthreshold = 0\n\
         [expiry]\nname = \"quarterly\"\ndays = 90\n\
         [person.{key}]\nscore = -1\npassword_days = 91\nsecond_factor = [\"webauthn\"]\n\
         passkey_host = \"old.example\"\n"
    );
    let scene = scene(&overlay).await;
    let why = scene.why(NAME, None).await;
    let pk = why.account.as_ref().unwrap().pk;
    let mut tried = 0;
    for code in [
        "why/password-expired",
        "why/passkey-elsewhere",
        "why/reputation",
    ] {
        for fix in with_command(finding(&why, code)) {
            let line = fix.shell.as_ref().unwrap().replace("exec -it", "exec -i");
            if !line.contains("docker exec") {
                continue;
            }
            tried += 1;
            let device = |user: i64, host: &str| json!({"user__pk": user, "rp_id": host});
            let world = json!({
                "users": [{"pk": pk, "username": NAME}],
                "scores": [{"identifier": NAME}, {"identifier": "other"}],
                "devices": [device(pk, "old.example"), device(pk, "localhost"), device(1, "old.example")],
                "tokens": [],
            });
            fs::write(scene.path("world.json"), world.to_string()).unwrap();
            scene.paste(&line);
            let once = scene.standins();
            match code {
                "why/reputation" => assert_eq!(once["scores"], json!([{"identifier": "other"}])),
                "why/passkey-elsewhere" if line.contains("WebAuthnDevice") => {
                    let left = json!([device(pk, "localhost"), device(1, "old.example")]);
                    assert_eq!(once["devices"], left);
                }
                _ => assert_eq!(once["devices"], world["devices"]),
            }
            scene.paste(&line);
            if let Some(undo) = &fix.undo {
                scene.paste(undo);
                assert_eq!(
                    scene.standins()["tokens"],
                    Value::Array(Vec::new()),
                    "{undo}"
                );
            } else {
                assert_eq!(scene.standins(), once, "again: {line}");
            }
        }
    }
    assert_eq!(tried, 5);
}
