//! Records a simulated scenario as a case.

use std::{sync::Arc, time::Duration};

use akdoctor::{
    engine,
    evidence::{Evidence, Limits},
    model::Report,
    simulate::play,
};
use serde_json::{Value, json};

use super::{Case, options};

/// Checks that judge flows.
const JUDGE_FLOWS: [&str; 2] = ["login-flow", "sign-out"];

/// Containers that a case keeps: those of authentik, and the one that takes its port; of names
/// those that have a part in them.
fn is_kept(name: &str, check: &str) -> bool {
    match check {
        "dns" => matches!(name, "authentik-server" | "coder" | "gitea" | "minio"),
        // Every app says what it sends, and where it begins.
        "redirect-uri" => true,
        "app-start" => !matches!(name, "authentik-worker" | "authentik-postgresql"),
        // What each of these insists on stands in its profile.
        "oidc-discovery" | "issuer" => matches!(
            name,
            "authentik-server" | "coder" | "gitea" | "minio" | "platform-admin"
        ),
        "app-release" => name == "minio",
        "cookies" => matches!(name, "authentik-server" | "coder"),
        "proxy-headers" => matches!(name, "authentik-server" | "coder" | "gitea" | "traefik"),
        "tls" => matches!(
            name,
            "authentik-server" | "coder" | "platform-admin" | "traefik"
        ),
        "sign-out" => matches!(
            name,
            "authentik-server" | "authentik-postgresql" | "minio" | "litellm"
        ),
        // What each of these sends and needs.
        "claims" | "client-secret" => matches!(
            name,
            "coder" | "gitea" | "minio" | "platform-admin" | "litellm"
        ),
        "signing-key" => matches!(name, "coder" | "gitea" | "minio"),
        _ => name.starts_with("authentik-") || name == "minio",
    }
}

/// What a run asks of a scenario, without the containers that have no part in it.
pub(super) async fn scenario(name: &str, check: &str) -> Case {
    let (mut case, _) = with_report(name, check).await;
    case.evidence.retain(|_, entry| {
        let inspected = entry.kind == "inspect";
        !inspected
            || entry
                .answer
                .as_ref()
                .is_none_or(|container| is_kept(name_of(container), check))
    });
    keep_flows(&mut case, check);
    keep_access(&mut case, check);
    let listed = case.evidence.get_mut("containers");
    if let Some(Value::Array(rows)) = listed.and_then(|entry| entry.answer.as_mut()) {
        rows.retain(|row| is_kept(name_of(row), check));
    }
    case
}

/// Flows are judged by one check, and most of them by none.
fn keep_flows(case: &mut Case, check: &str) {
    if JUDGE_FLOWS.contains(&check) {
        keep_only_flows(case);
    }
    let entries = case.evidence.values_mut();
    let told = entries.filter(|entry| matches!(entry.kind.as_str(), "psql" | "ak-shell"));
    for facts in told.filter_map(|entry| entry.answer.as_mut()?.get_mut("flows")) {
        if !JUDGE_FLOWS.contains(&check) {
            *facts = json!({});
            continue;
        }
        let judged = |flow: &Value| match flow["designation"].as_str() {
            Some("invalidation") => true,
            Some("authentication" | "authorization") => check == "login-flow",
            _ => false,
        };
        let kept = rows(facts, "flows", judged);
        rows(facts, "flow_stages", |stage| kept.contains(&stage["flow"]));
    }
}

/// Who may open which application is judged by one check alone.
fn keep_access(case: &mut Case, check: &str) {
    if check == "app-access" {
        return;
    }
    for entry in case.evidence.values_mut() {
        let facts = entry.answer.as_mut().and_then(Value::as_object_mut);
        if let Some(facts) = facts.filter(|_| matches!(entry.kind.as_str(), "psql" | "ak-shell")) {
            facts.remove("access");
        }
    }
}

/// What the API told too, and what these checks do not look at, need not be told by the database.
fn keep_only_flows(case: &mut Case) {
    let entries = case.evidence.values_mut();
    for told in entries.filter(|entry| entry.kind == "psql") {
        let Some(facts) = told.answer.as_mut().and_then(Value::as_object_mut) else {
            continue;
        };
        facts.remove("people");
        facts.remove("scope_mappings");
        for list in ["applications", "providers"] {
            facts.insert(list.into(), json!([]));
        }
    }
}

/// Keeps some rows of a list; gives their primary keys.
fn rows(facts: &mut Value, list: &str, keep: impl Fn(&Value) -> bool) -> Vec<Value> {
    let Some(rows) = facts[list].as_array_mut() else {
        return Vec::new();
    };
    rows.retain(keep);
    rows.iter().map(|row| row["pk"].clone()).collect()
}

fn name_of(value: &Value) -> &str {
    value["name"].as_str().unwrap_or_default()
}

/// Everything that a run asks of a scenario, and its report.
pub(super) async fn with_report(name: &str, check: &str) -> (Case, Report) {
    let playing = play(name).await.unwrap();
    let limits = Limits {
        timeout: Duration::from_secs(if name == "database-hanging" { 1 } else { 5 }),
        ..Limits::default()
    };
    let seen = Evidence::new(Arc::new(playing.tools), limits);
    let report = engine::run(&playing.stack, &seen, &options(check))
        .await
        .unwrap();
    let case = Case {
        stack: playing.stack,
        started: seen.started(),
        evidence: seen.record(),
        findings: Vec::new(),
    };
    (case, report)
}
