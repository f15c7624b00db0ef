//! `akdoctor trace` through the built program: the drawing, where it breaks, the exit code, JSON.

use std::{env, fs, path::Path};

use akdoctor::render;
use serde_json::Value;

use crate::program::{akdoctor, err, out};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/trace.schema.json");

fn trace(scenario: &str, options: &[&str]) -> std::process::Output {
    let mut args = vec!["trace", "--simulate", scenario, "--color", "never"];
    args.extend(options);
    akdoctor(&args).output().unwrap()
}

fn value(scenario: &str, options: &[&str]) -> Value {
    let output = trace(scenario, &[&["-o", "json"], options].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{scenario}: {why}"))
}

fn row<'v>(trace: &'v Value, app: &str) -> &'v Value {
    let apps = trace["apps"].as_array().unwrap();
    apps.iter().find(|row| row["app"] == app).unwrap()
}

fn outcome<'v>(trace: &'v Value, app: &str, hop: &str) -> &'v str {
    let hops = row(trace, app)["hops"].as_array().unwrap();
    let hop = hops.iter().find(|it| it["hop"] == hop).unwrap();
    hop["outcome"].as_str().unwrap()
}

fn schema_text() -> String {
    let mut out = Vec::new();
    render::json(&render::trace_schema(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
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
        "docs/schema/trace.schema.json has drifted; AKDOCTOR_BLESS=1 writes it anew"
    );
}

#[test]
fn json_keeps_to_the_schema_and_ends_as_the_screen_does() {
    let schema = jsonschema::validator_for(&render::trace_schema()).unwrap();
    for scenario in [
        "healthy",
        "several",
        "start-unknown-host",
        "start-javascript",
    ] {
        let value = value(scenario, &[]);
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{scenario}: {faults:#?}");
        let (json, human) = (trace(scenario, &["-o", "json"]), trace(scenario, &[]));
        assert_eq!(json.status.code(), human.status.code(), "{scenario}");
    }
}

#[test]
fn a_healthy_stack_breaks_nowhere() {
    let output = trace("healthy", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("no fault in what could be seen of 5 apps"));
    let trace = value("healthy", &[]);
    for app in ["Coder", "Gitea", "MinIO", "Platform Admin", "LiteLLM"] {
        assert_eq!(row(&trace, app)["breaks_at"], Value::Null, "{app}");
        for hop in [
            "reached",
            "start",
            "host",
            "client",
            "redirect-uri",
            "discovery",
            "key",
        ] {
            assert_eq!(outcome(&trace, app, hop), "passed", "{app} {hop}");
        }
        assert!(
            row(&trace, app)["sends"]["redirect_uri"].is_string(),
            "{app}"
        );
    }
}

#[test]
fn each_fault_breaks_its_own_hop() {
    for (scenario, app, hop, code) in [
        (
            "app-stopped",
            "Gitea",
            "reached",
            "app-start/container-stopped",
        ),
        (
            "sso-not-configured",
            "LiteLLM",
            "start",
            "app-start/not-configured",
        ),
        ("start-endless", "LiteLLM", "start", "app-start/endless"),
        (
            "start-javascript",
            "MinIO",
            "start",
            "app-start/bad-location",
        ),
        (
            "start-unknown-host",
            "Gitea",
            "host",
            "app-start/unresolvable-host",
        ),
        (
            "start-other-provider",
            "Gitea",
            "host",
            "app-start/other-provider",
        ),
        (
            "service-name-in-url",
            "Coder",
            "host",
            "dns/service-name-in-url",
        ),
        (
            "start-parameters",
            "MinIO",
            "client",
            "app-start/parameter-missing",
        ),
        ("client-id", "MinIO", "client", "redirect-uri/client-id"),
        (
            "redirect-scheme",
            "Gitea",
            "redirect-uri",
            "redirect-uri/not-allowed",
        ),
        ("issuer-slash", "Coder", "discovery", "issuer/differs"),
        ("tokens-encrypted", "MinIO", "key", "signing-key/encrypted"),
    ] {
        let trace = value(scenario, &[]);
        let row = row(&trace, app);
        assert_eq!(row["breaks_at"], hop, "{scenario}: {row:#}");
        assert_eq!(row["cause"]["code"], code, "{scenario}");
    }
}

/// What everybody needs breaks everybody's way, once.
#[test]
fn one_cause_is_told_once() {
    let output = trace("server-down", &[]);
    let text = out(&output);
    assert_eq!(text.matches("container-stopped").count(), 1, "{text}");
    let all = "Coder, Gitea, MinIO, Platform Admin and LiteLLM break at 3, authentik's host";
    assert!(text.replace("\n  ", " ").contains(all), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_trace_is_narrowed_to_apps() {
    let trace = value("several", &["gitea", "LiteLLM"]);
    let apps = trace["apps"].as_array().unwrap();
    let apps: Vec<&Value> = apps.iter().map(|row| &row["app"]).collect();
    assert_eq!(apps, ["Gitea", "LiteLLM"]);
}

#[test]
fn a_word_that_is_no_app_is_refused_with_the_way_on() {
    let output = trace("healthy", &["gitae"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("did you mean \"gitea\""),
        "{}",
        err(&output)
    );
    // Checks are no apps.
    assert_eq!(trace("healthy", &["health"]).status.code(), Some(2));
}

#[test]
fn only_ascii_where_that_is_wanted() {
    let plain = trace("several", &["--ascii", "-v"]);
    assert!(out(&plain).is_ascii(), "{}", out(&plain));
    let by_locale = akdoctor(&["trace", "--simulate", "several"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(out(&by_locale).is_ascii());
}

/// Who reaches whom, from what was asked.
#[test]
fn verbose_shows_what_each_app_sends_and_who_reaches_whom() {
    let output = trace("healthy", &["-v"]);
    let text = out(&output);
    assert!(text.contains("Gitea sends"), "{text}");
    assert!(text.contains("http://localhost:3000/user/oauth2/Authentik/callback"));
    assert!(text.contains("Who reaches whom") && text.contains("container coder"));
    let trace = value("container-dns-missing", &[]);
    let sights = trace["vantage"].as_array().unwrap();
    let lost = |sight: &&Value| sight["says"] == "no address";
    assert!(sights.iter().any(|sight| lost(&sight)), "{sights:#?}");
}

#[test]
fn what_a_person_reads() {
    let mut settings = insta::Settings::clone_current();
    for (from, to) in [
        (r"tcp://127\.0\.0\.1:\d+", "tcp://127.0.0.1:PORT"),
        (r"(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC", "HH:MM UTC"),
    ] {
        settings.add_filter(from, to);
    }
    let _steady = settings.bind_to_scope();
    for scenario in ["healthy", "start-unknown-host", "app-stopped"] {
        insta::assert_snapshot!(format!("{scenario}.trace"), out(&trace(scenario, &[])));
    }
}

/// The drawing on screens of every width.
#[test]
fn the_drawing_fits_narrow_screens() {
    let trace: akdoctor::model::Trace = serde_json::from_value(value("several", &[])).unwrap();
    for width in [20, 30, 38, 50, 80, 120] {
        for unicode in [true, false] {
            let style = render::Style {
                color: false,
                unicode,
                width,
            };
            let mut out = Vec::new();
            render::trace(&trace, &style, render::Detail::Quiet, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let drawing = text.lines().filter(|line| !line.contains("docker"));
            let widest = drawing.map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width, "{width}: {text}");
            if width == 30 && unicode {
                insta::assert_snapshot!("narrow.trace", text);
            }
        }
    }
}
