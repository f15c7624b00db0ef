//! Discovery documents and public keys, of the providers as they are now (recorded 177, 188, 237,
//! 238 and 240; faults as measured: verified.md 7).

use serde_json::{Value, json};

use super::{Asked, answer::Answer, providers::Providers};

/// A certificate whose private key authentik does not have.
pub(super) const WITHOUT_PRIVATE_KEY: &str = "00000000-0000-4000-8000-000000000001";
/// A certificate that tokens are encrypted for.
pub(super) const ENCRYPTION_KEY: &str = "00000000-0000-4000-8000-000000000002";

/// The answer to a path below `/application/o/`.
pub(super) fn answer(asked: &Asked, providers: &Providers) -> Answer {
    let path = asked.uri.path();
    let rest = path.strip_prefix("/application/o/").unwrap_or_default();
    let (slug, page) = rest.split_once('/').unwrap_or_default();
    match (providers.by_slug(slug), page) {
        (Some(provider), ".well-known/openid-configuration") => document(slug, &provider),
        (Some(provider), "jwks/") => keys(&provider),
        _ => Answer::recorded("023-discovery-unknown-slug.txt"),
    }
}

fn document(slug: &str, provider: &Value) -> Answer {
    if provider["signing_key"] == WITHOUT_PRIVATE_KEY {
        return Answer::recorded("293-db-stopped-discovery.txt");
    }
    let answer = Answer::recorded("177-discovery-coder.json");
    let body = answer.body.replace("/coder/", &format!("/{slug}/"));
    let mut document: Value = serde_json::from_str(&body).unwrap_or_default();
    if provider["signing_key"].is_null() {
        document["id_token_signing_alg_values_supported"] = json!(["HS256"]);
    }
    if !provider["encryption_key"].is_null() {
        document["id_token_encryption_alg_values_supported"] = json!(["RSA-OAEP-256"]);
        document["id_token_encryption_enc_values_supported"] = json!(["A256CBC-HS512"]);
    }
    if provider["issuer_mode"] == "global" {
        document["issuer"] = json!("http://localhost:9000/");
    }
    told(answer, &document)
}

fn keys(provider: &Value) -> Answer {
    let answer = Answer::recorded("188-jwks.json");
    let recorded: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let key = recorded["keys"][0].clone();
    let mut keys = Vec::new();
    let signing = &provider["signing_key"];
    if !signing.is_null() && signing != WITHOUT_PRIVATE_KEY {
        keys.push(key.clone());
    }
    if !provider["encryption_key"].is_null() {
        let mut key = key;
        key["use"] = json!("enc");
        keys.push(key);
    }
    let body = if keys.is_empty() {
        json!({})
    } else {
        json!({ "keys": keys })
    };
    told(answer, &body)
}

fn told(mut answer: Answer, body: &Value) -> Answer {
    answer.set("content-type", "application/json");
    answer.body = body.to_string();
    answer
}
