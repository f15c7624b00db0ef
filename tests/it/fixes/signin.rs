//! Requests that mend a provider's keys and issuer: pasted into a real `sh`, answered by the
//! simulated authentik, asked again, and taken back.

use akdoctor::model::Fix;

use super::{
    mended::{stands, with_command},
    scene::Scene,
};

const SCENARIOS: &[(&str, &str)] = &[
    ("claims-not-in-id-token", "claims"),
    ("issuer-global", "issuer"),
    ("no-signing-key", "signing-key"),
    ("key-without-private", "signing-key"),
    ("public-client", "client-secret"),
    ("scope-missing", "claims"),
    ("tokens-encrypted", "signing-key"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_mends_its_fault_and_its_undo_takes_it_back() {
    for (scenario, check) in SCENARIOS {
        let scene = Scene::played(scenario, "", check, include_str!("standins.py")).await;
        let finding = scene.findings().await.remove(0);
        let is_request = |fix: &&Fix| fix.shell.as_ref().unwrap().contains("curl");
        let fix = with_command(&finding).find(is_request).unwrap();
        for _ in 0..2 {
            scene.paste(fix.shell.as_ref().unwrap());
            assert!(!stands(&scene, &finding).await, "{scenario}: {fix:#?}");
        }
        // Which encryption key there was is not known, so it cannot be given back.
        let Some(undo) = &fix.undo else {
            assert_eq!(*scenario, "tokens-encrypted");
            continue;
        };
        scene.paste(undo);
        assert!(stands(&scene, &finding).await, "{scenario}: {undo}");
    }
}
