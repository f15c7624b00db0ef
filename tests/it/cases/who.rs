//! Who is hit by a fault of a host name or of a further address: those who say that they use it,
//! and perhaps those who do not say.

use akdoctor::{
    engine,
    evidence::Evidence,
    model::{Hit, Report},
};
use serde_json::json;

use super::{Case, blessed, dns, file_of, options};

async fn dns_missing() -> Case {
    blessed().await;
    Case::read(&file_of("dns", "dns-missing"))
}

async fn judged(case: &Case) -> Report {
    let seen = Evidence::replay(case.evidence.clone(), case.started);
    engine::run(&case.stack, &seen, &options("dns"))
        .await
        .unwrap()
}

/// Coder, MinIO and LiteLLM are in the recording with what they say; the others do not say.
#[tokio::test]
async fn those_who_say_so_are_hit_and_those_who_do_not_perhaps() {
    let report = judged(&dns_missing().await).await;
    assert_eq!(report.verdict.hit, Hit::Some);
    assert_eq!(report.verdict.names, ["Coder", "MinIO", "LiteLLM"]);
    assert!(report.verdict.certain);
    let headline = &report.verdict.headline;
    assert!(
        headline.starts_with("CODER, MINIO AND LITELLM, PERHAPS GITEA"),
        "{headline}"
    );
}

#[tokio::test]
async fn who_uses_another_name_is_not_hit() {
    let mut case = dns_missing().await;
    let minio = dns::container(&mut case, "minio");
    let url = "http://localhost:9000/application/o/token/";
    minio["env"]["MINIO_IDENTITY_OPENID_CONFIG_URL"] = json!({"plain": url});
    minio["network_mode"] = json!("host");
    let verdict = judged(&case).await.verdict;
    assert_eq!(verdict.names, ["Coder", "LiteLLM"]);
    assert!(!verdict.headline.contains("MINIO"), "{}", verdict.headline);
}

/// Nobody says what they use: it may be everybody.
#[tokio::test]
async fn where_nobody_says_it_is_probably_everybody() {
    let mut case = dns_missing().await;
    for name in ["coder", "litellm", "minio"] {
        dns::container(&mut case, name)["env"] = json!({});
    }
    for app in &mut case.stack.apps {
        app.url = None;
    }
    let report = judged(&case).await;
    assert_eq!(report.verdict.headline, "PROBABLY NOBODY CAN SIGN IN");
    assert!(!report.verdict.certain);
}
