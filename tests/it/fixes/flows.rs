//! What is printed for flows mends what was found, pasted into a real `sh`: commands in the server's
//! container on stand-ins of authentik's models, requests to the simulated authentik.

use std::fs;

use akdoctor::model::{Finding, Fix};
use serde_json::{Value, json};

use super::{
    mended::{stands, with_command},
    scene::Scene,
};

const NO_FIELDS: &str = "[stage.default-authentication-identification]\nuser_fields = []";
const NO_BACKENDS: &str = "[stage.default-authentication-password]\nbackends = []";
const NO_BACKENDS_INSIDE: &str = "[stage.default-authentication-identification]\n\
    password_stage = \"default-authentication-password\"\n\
    [stage.default-authentication-password]\nbackends = []";
const ENROLLMENT: &str = "[provider.gitea]\nauthentication_flow = \"default-source-enrollment\"";
const OUTPOSTS: &str =
    "[flow.default-provider-authorization-implicit-consent]\nauthentication = \"require_outpost\"";
const NO_BRAND: &str = "[brand.authentik-default]\nremoved = true";
/// A brand's domain and a provider's name as authentik takes them (verified.md 1c).
const HOSTILE: &str = r#"
[brand."wiki '\"$(id)`\u202E\u001B[31m\n\\.example.com"]
authentication = "wiki-sign-in"
[flow.wiki-sign-in]
name = "'\"$HOME`id`\u202E\u001B[2J"
stages = []
[provider.gitea]
name = "O'Brien \"$HOME\" `id` $(id) \\ %s\n\u001B[31m\u202E; rm -rf ~ #"
authentication_flow = "default-source-authentication"
authorization_flow = ""
"#;

/// A scenario, and what is changed more.
const MENDABLE: &[(&str, &str)] = &[
    ("flow-not-applicable", ""),
    ("flow-empty", ""),
    ("flow-without-login", ""),
    ("flow-denies", ""),
    ("flow-missing", ""),
    ("flow-of-sources", ""),
    ("brand-of-another-host", ""),
    ("no-authorization-flow", ""),
    ("healthy", NO_FIELDS),
    ("healthy", NO_BACKENDS),
    ("healthy", NO_BACKENDS_INSIDE),
    ("healthy", ENROLLMENT),
    ("healthy", OUTPOSTS),
    ("healthy", NO_BRAND),
    ("healthy", HOSTILE),
];

/// The same of signing out.
const SIGN_OUT: &[(&str, &str)] = &[
    ("sign-out-keeps-session", ""),
    ("sign-out-without-flow", ""),
    (
        "healthy",
        "[provider.gitea]\ninvalidation_flow = \"default-invalidation-flow\"\n\
         [sign_out]\ngitea = \"keeps-session\"",
    ),
    (
        "healthy",
        "[flow.default-provider-invalidation-flow]\nauthentication = \"require_outpost\"",
    ),
];

async fn scene(check: &'static str, scenario: &str, overlay: &str) -> Scene {
    let standins = include_str!("standins_flows.py");
    Scene::played(scenario, overlay, check, standins).await
}

/// A model, the path of its list, and its fields as authentik and as the API call them.
type Model = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const KINDS: &[Model] = &[
    (
        "Brand",
        "/core/brands/",
        &[
            ("pk", "brand_uuid"),
            ("domain", "domain"),
            ("default", "default"),
            ("flow_authentication_id", "flow_authentication"),
            ("flow_invalidation_id", "flow_invalidation"),
        ],
    ),
    (
        "Flow",
        "/flows/instances/",
        &[
            ("pk", "pk"),
            ("slug", "slug"),
            ("authentication", "authentication"),
        ],
    ),
    (
        "FlowStageBinding",
        "/flows/bindings/",
        &[
            ("target_id", "target"),
            ("stage_id", "stage"),
            ("order", "order"),
        ],
    ),
    (
        "IdentificationStage",
        "/stages/identification/",
        &[("pk", "pk"), ("user_fields", "user_fields")],
    ),
    (
        "PasswordStage",
        "/stages/password/",
        &[("pk", "pk"), ("backends", "backends")],
    ),
    (
        "OAuth2Provider",
        "/providers/oauth2/",
        &[
            ("pk", "pk"),
            ("authentication_flow_id", "authentication_flow"),
            ("authorization_flow_id", "authorization_flow"),
            ("invalidation_flow_id", "invalidation_flow"),
        ],
    ),
];

/// Puts the simulated authentik's rows before the stand-ins.
fn take_out(scene: &Scene) {
    let mut world = json!({ "saves": 0, "applied": [] });
    for (kind, path, fields) in KINDS {
        let rows = scene.rows(path);
        let rows = rows.as_array().unwrap().iter().map(|row| {
            let fields = fields
                .iter()
                .map(|(ours, theirs)| ((*ours).to_owned(), row[theirs].clone()));
            Value::from(fields.collect::<serde_json::Map<_, _>>())
        });
        world[kind] = rows.collect();
    }
    fs::write(scene.path("world.json"), world.to_string()).unwrap();
}

/// Puts what the stand-ins hold back into the simulated authentik.
fn put_back(scene: &Scene, before: &Value) {
    let now = scene.standins();
    unbind(scene, &now);
    for (kind, path, fields) in KINDS {
        for row in now[kind].as_array().unwrap() {
            if before[kind].as_array().unwrap().contains(row) {
                continue;
            }
            let fields = fields
                .iter()
                .filter(|(ours, _)| row.get(ours).is_some())
                .map(|(ours, theirs)| ((*theirs).to_owned(), row[ours].clone()));
            let body = Value::from(fields.collect::<serde_json::Map<_, _>>());
            let name = if *kind == "Flow" { "slug" } else { "pk" };
            let known = row.get(name).filter(|pk| **pk != "new");
            let Some(pk) = known else {
                scene.send("POST", path, &body);
                continue;
            };
            let pk = pk.as_str().map_or_else(|| pk.to_string(), str::to_owned);
            scene.send("PATCH", &format!("{path}{pk}/"), &body);
        }
    }
}

/// What a mend may change and its undo brings back; the database has no order of its own.
fn state(mut world: Value) -> Value {
    world["saves"] = Value::Null;
    for (kind, ..) in KINDS {
        let rows = world[kind].as_array_mut().unwrap();
        rows.sort_by_cached_key(Value::to_string);
    }
    world
}

/// Takes from the simulated authentik the bindings that the stand-ins no longer hold.
fn unbind(scene: &Scene, now: &Value) {
    let path = "/flows/bindings/";
    let bindings = scene.rows(path);
    for binding in bindings.as_array().unwrap() {
        let row = json!({
            "target_id": binding["target"],
            "stage_id": binding["stage"],
            "order": binding["order"],
        });
        if !now["FlowStageBinding"].as_array().unwrap().contains(&row) {
            let pk = binding["pk"].as_str().unwrap();
            scene.send("DELETE", &format!("{path}{pk}/"), &Value::Null);
        }
    }
}

async fn by_shell(scene: &Scene, finding: &Finding, fix: &Fix) {
    let line = fix.shell.as_ref().unwrap();
    take_out(scene);
    let before = scene.standins();
    scene.paste(line);
    let after = scene.standins();
    if line.contains("apply_blueprint") {
        let applied = after["applied"].as_array().unwrap();
        assert_eq!(
            applied[0], "default/flow-default-authentication-flow.yaml",
            "{line}"
        );
        // The stand-ins make nothing of a blueprint, so there is nothing to take back.
        if let Some(undo) = &fix.undo {
            scene.paste(undo);
        }
        return;
    }
    assert_eq!(after["saves"], 1, "{line}");
    scene.paste(line);
    assert_eq!(scene.standins(), after, "again: {line}");
    put_back(scene, &before);
    assert!(!stands(scene, finding).await, "{line}");
    scene.paste(fix.undo.as_ref().unwrap());
    let brand = line.contains("Brand(domain");
    if !brand {
        assert_eq!(state(scene.standins()), state(before), "{line}");
    }
}

async fn by_api(scene: &Scene, finding: &Finding, fix: &Fix) {
    let line = fix.shell.as_ref().unwrap();
    for _ in 0..2 {
        scene.paste(line);
        assert!(!stands(scene, finding).await, "{line}");
    }
    if let Some(undo) = &fix.undo {
        scene.paste(undo);
        assert!(stands(scene, finding).await, "{undo}");
    }
}

/// How many commands and how many requests were pasted.
async fn pasted(check: &'static str, mendable: &[(&str, &str)]) -> (u32, u32) {
    let (mut shells, mut requests) = (0, 0);
    for (scenario, overlay) in mendable {
        let findings = scene(check, scenario, overlay).await.findings().await;
        assert!(!findings.is_empty(), "{scenario} {overlay}");
        for finding in &findings {
            for fix in with_command(finding) {
                let scene = scene(check, scenario, overlay).await;
                let line = fix.shell.as_ref().unwrap();
                let steers = |c: char| c.is_control() && c != '\n';
                assert!(!line.contains(steers) && !line.contains('\u{202e}'));
                if line.contains("docker exec") {
                    shells += 1;
                    by_shell(&scene, finding, fix).await;
                } else {
                    requests += 1;
                    by_api(&scene, finding, fix).await;
                }
            }
        }
    }
    (shells, requests)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pasted_mend_of_a_flow_mends_it_and_its_undo_takes_it_back() {
    let (shells, requests) = pasted("login-flow", MENDABLE).await;
    assert!(shells >= 14 && requests >= 10, "{shells} and {requests}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pasted_mend_of_a_sign_out_mends_it_and_its_undo_takes_it_back() {
    let (shells, requests) = pasted("sign-out", SIGN_OUT).await;
    assert!(shells >= 4 && requests >= 4, "{shells} and {requests}");
}
