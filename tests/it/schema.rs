//! The JSON Schema in the docs is the one of this program, and what it writes keeps to it.

use std::{env, fs, path::Path};

use akdoctor::{model::Report, render};
use serde_json::Value;

use crate::{
    program::{akdoctor, err},
    sample,
};

const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/docs/schema/report.schema.json"
);

const SIGN_IN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/docs/schema/sign-in.schema.json"
);

#[test]
fn a_sign_in_keeps_to_the_schema_in_the_docs() {
    let mut text = Vec::new();
    render::json(&render::sign_in_schema(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    if env::var_os("AKDOCTOR_BLESS").is_some() {
        fs::write(SIGN_IN, &text).unwrap();
    }
    let kept = fs::read_to_string(SIGN_IN).unwrap_or_default();
    assert!(
        kept == text,
        "docs/schema/sign-in.schema.json has drifted; AKDOCTOR_BLESS=1 writes it anew"
    );
    let schema = jsonschema::validator_for(&render::sign_in_schema()).unwrap();
    for (password, code) in [("password123", 0), ("nope", 1)] {
        let args = [
            "trace",
            "--simulate",
            "healthy",
            "-o",
            "json",
            "--as",
            "contractor1",
        ];
        let output = akdoctor(&args)
            .env("AKDOCTOR_PASSWORD", password)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", err(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        let mut less = value;
        less.as_object_mut().unwrap().remove("sign_out");
        assert!(!schema.is_valid(&less));
    }
}

fn schema_text() -> String {
    let mut out = Vec::new();
    render::json(&render::schema(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn written(report: &Report) -> Value {
    let mut out = Vec::new();
    render::json(report, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn the_schema_in_the_docs_is_this_programs() {
    if env::var_os("AKDOCTOR_BLESS").is_some() {
        fs::create_dir_all(Path::new(SCHEMA).parent().unwrap()).unwrap();
        fs::write(SCHEMA, schema_text()).unwrap();
    }
    let kept = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(
        kept == schema_text(),
        "docs/schema/report.schema.json has drifted; AKDOCTOR_BLESS=1 writes it anew"
    );
}

#[test]
fn reports_keep_to_the_schema() {
    let schema = jsonschema::validator_for(&render::schema()).unwrap();
    for report in [sample::report(), sample::healthy()] {
        let value = written(&report);
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema = jsonschema::validator_for(&render::schema()).unwrap();
    let whole = written(&sample::report());
    for field in [
        "schema_version",
        "target",
        "verdict",
        "summary",
        "checks",
        "findings",
    ] {
        let mut value = whole.clone();
        value.as_object_mut().unwrap().remove(field);
        assert!(!schema.is_valid(&value), "{field} is not required");
    }
    let mut value = whole;
    value["findings"][0]["severity"] = "catastrophe".into();
    assert!(!schema.is_valid(&value));
}

#[test]
fn the_envelope_is_the_promised_one() {
    let value = written(&sample::report());
    for path in [
        "/schema_version",
        "/akdoctor",
        "/target/url",
        "/verdict/headline",
        "/summary/points/unknown",
        "/checks/0/id",
        "/checks/0/outcome",
        "/checks/0/why",
        "/checks/0/milliseconds",
        "/findings/0/code",
        "/findings/0/subject/kind",
        "/findings/0/subject/name",
        "/findings/0/expected",
        "/findings/0/observed",
        "/findings/0/since",
        "/findings/0/cites",
        "/findings/0/caused_by",
        "/findings/0/fixes/0/does",
        "/findings/0/fixes/0/risk",
        "/findings/0/fixes/0/argv",
        "/findings/0/fixes/0/shell",
        "/findings/0/fixes/0/undo",
        "/findings/0/fixes/0/proves",
    ] {
        assert!(value.pointer(path).is_some(), "{path} is not there");
    }
}
