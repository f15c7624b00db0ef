//! SARIF 2.1.0 (OASIS), as code scanning reads it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::json;
use crate::model::{Finding, Places, Report, Severity, printable};

/// The schema that it keeps to.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes SARIF; `places` says where the configuration speaks of what is faulty.
///
/// # Errors
/// When `out` cannot be written to.
pub fn sarif(report: &Report, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in &report.findings {
        rules
            .entry(&finding.code)
            .or_insert_with(|| rule(report, finding));
    }
    let index: Vec<&str> = rules.keys().copied().collect();
    let results: Vec<Value> = (report.findings.iter())
        .map(|finding| result(finding, &index, places))
        .collect();
    let notes = report.notes.iter();
    let notes: Vec<Value> = notes
        .map(|note| json!({ "level": "note", "message": { "text": clean(note) } }))
        .collect();
    let run = json!({
        "tool": { "driver": {
            "name": "akdoctor",
            "version": report.akdoctor,
            "rules": rules.into_values().collect::<Vec<_>>(),
        } },
        "invocations": [{
            // A finding is no failure of the tool.
            "executionSuccessful": report.summary.checks.broke == 0 && !report.partial,
            "startTimeUtc": report.started,
            "toolExecutionNotifications": notes,
        }],
        "results": results,
        "columnKind": "unicodeCodePoints",
    });
    json(
        &json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }),
        out,
    )
}

fn rule(report: &Report, finding: &Finding) -> Value {
    let id = finding.code.split('/').next().unwrap_or_default();
    let check = report.checks.iter().find(|check| check.id == id);
    let title = check.map_or(finding.code.as_str(), |check| check.title.as_str());
    let mut rule = json!({
        "id": finding.code,
        "shortDescription": { "text": clean(title) },
        "defaultConfiguration": { "level": level(finding.severity) },
    });
    if let Some(link) = finding.see.first() {
        rule["helpUri"] = link.as_str().into();
    }
    rule
}

fn result(finding: &Finding, rules: &[&str], places: &Places) -> Value {
    let mut text = clean(&finding.says);
    for (label, said) in [
        ("Expected", &finding.expected),
        ("Observed", &finding.observed),
    ] {
        if let Some(said) = said {
            text.push_str(&format!("\n{label}: {}", clean(said)));
        }
    }
    for fix in &finding.fixes {
        text.push_str(&format!("\nMend: {}", clean(&fix.does)));
        if let Some(shell) = &fix.shell {
            text.push_str(&format!("\n{shell}"));
        }
    }
    let mut location = json!({ "logicalLocations": [{
        "fullyQualifiedName": clean(&finding.subject.to_string()),
        "kind": finding.subject.kind.to_string(),
    }] });
    if let Some((file, line)) = places.of(&finding.subject) {
        location["physicalLocation"] = json!({
            "artifactLocation": { "uri": uri(file) },
            "region": { "startLine": line },
        });
    }
    json!({
        "ruleId": finding.code,
        "ruleIndex": rules.iter().position(|rule| *rule == finding.code),
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [location],
        "partialFingerprints": { "akdoctor/v1": fingerprint(finding) },
        "properties": {
            "root": finding.is_root(),
            "certain": finding.certain,
            "causedBy": finding.caused_by.as_ref().map(|cause| &cause.code),
        },
    })
}

/// The same fault of the same thing has the same in every run.
fn fingerprint(finding: &Finding) -> String {
    let of = format!(
        "{}\0{}\0{}",
        finding.code, finding.subject.kind, finding.subject.name
    );
    HEXLOWER.encode(digest(&SHA256, of.as_bytes()).as_ref())
}

/// A path as a relative reference (RFC 3986 section 4.2): bytes that a path may not hold are
/// written as escapes.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let bytes = path.bytes();
    bytes
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn clean(text: &str) -> String {
    printable(text).into_owned()
}
