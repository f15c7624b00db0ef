//! Every simulated scenario through the built program: what it says, the root cause it names and
//! how it ends.

mod expected;
mod requests;
mod secrets;

use std::{
    collections::HashMap,
    process::Output,
    sync::{Arc, LazyLock, Mutex, OnceLock},
};

use akdoctor::{render, simulate::scenarios};
use serde_json::Value;

use crate::program::{akdoctor, err, out};
use expected::expected;
pub use expected::{Expected, all as all_expected};
pub use secrets::SECRETS;

/// Plays a scenario through the built program. Where authentik hangs, a short limit spares the
/// wait; everywhere else the usual one keeps a busy machine from deciding.
fn play_anew(name: &str, options: &[&str]) -> Output {
    let mut args = vec!["simulate", name, "--color", "never"];
    if name == "database-hanging" {
        args.extend(["--timeout", "1s"]);
    }
    args.extend(options);
    akdoctor(&args).output().unwrap()
}

/// The same, once for every test that looks at it.
fn play(name: &str, options: &[&str]) -> Arc<Output> {
    type Played = Mutex<HashMap<String, Arc<OnceLock<Arc<Output>>>>>;
    static PLAYED: LazyLock<Played> = LazyLock::new(Played::default);
    let key = format!("{name} {}", options.join(" "));
    let cell = Arc::clone(PLAYED.lock().unwrap().entry(key).or_default());
    Arc::clone(cell.get_or_init(|| Arc::new(play_anew(name, options))))
}

fn report(name: &str) -> Value {
    let output = play(name, &["-o", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// What differs from run to run: times, ports, how long it took.
fn steady() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    for (from, to) in [
        (r"tcp://127\.0\.0\.1:\d+", "tcp://127.0.0.1:PORT"),
        (r"(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC", "HH:MM UTC"),
        (r"\b\d+ seconds?\b", "N seconds"),
        // Just before a full minute or just after.
        (r"the oldest for 1[12] minutes", "the oldest for 12 minutes"),
        (r#""(started|since)": "20[^"]*""#, r#""$1": "TIME""#),
        (r#""milliseconds": \d+"#, r#""milliseconds": 0"#),
        // Simulated certificates are made on the spot.
        (r"\b([0-9A-F]{2}:){31}[0-9A-F]{2}\b", "FINGERPRINT"),
        (r#""akdoctor": "[^"]*""#, r#""akdoctor": "VERSION""#),
    ] {
        settings.add_filter(from, to);
    }
    settings.bind_to_scope()
}

#[test]
fn every_scenario_has_an_expectation() {
    let played: Vec<String> = scenarios().into_iter().map(|s| s.name).collect();
    let named: Vec<&str> = all_expected().map(|e| e.scenario).collect();
    assert_eq!(played, named);
}

#[test]
fn what_a_person_reads() {
    let _steady = steady();
    for scenario in scenarios() {
        let output = play(&scenario.name, &[]);
        let code = output.status.code();
        assert_eq!(code, Some(expected(&scenario.name).exit), "{output:?}");
        insta::assert_snapshot!(format!("{}.human", scenario.name), out(&output));
    }
}

#[test]
fn what_a_program_reads() {
    let _steady = steady();
    let schema = jsonschema::validator_for(&render::schema()).unwrap();
    for scenario in scenarios() {
        let output = play(&scenario.name, &["-o", "json"]);
        let code = output.status.code();
        assert_eq!(code, Some(expected(&scenario.name).exit), "{output:?}");
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", scenario.name);
        insta::assert_snapshot!(format!("{}.json", scenario.name), out(&output));
    }
}

#[test]
fn the_root_causes_are_the_right_ones_and_the_rest_follows() {
    for expected in all_expected() {
        let report = report(expected.scenario);
        let findings = report["findings"].as_array().unwrap();
        roots_are_right(expected, findings);
        for finding in findings {
            let Some(cause) = finding["caused_by"].as_object() else {
                continue;
            };
            let causing =
                |f: &&Value| f["code"] == cause["code"] && f["subject"] == cause["subject"];
            assert!(findings.iter().any(|f| causing(&f)), "{finding:#}");
            assert_eq!(finding["fixes"].as_array().unwrap().len(), 0, "{finding:#}");
        }
    }
}

fn roots_are_right(expected: &Expected, findings: &[Value]) {
    let (roots, follows): (Vec<&Value>, Vec<&Value>) =
        findings.iter().partition(|f| f["caused_by"].is_null());
    let name = |f: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&f["code"]), text(&f["subject"]["name"]))
    };
    let roots: Vec<_> = roots.into_iter().map(name).collect();
    let follows: Vec<_> = follows.into_iter().map(name).collect();
    let wanted = |list: &[(&str, &str)]| -> Vec<_> {
        let owned = list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        owned.collect()
    };
    assert_eq!(roots, wanted(expected.roots), "{}", expected.scenario);
    assert_eq!(follows, wanted(expected.follows), "{}", expected.scenario);
}

#[test]
fn every_root_cause_has_one_mend_to_take_first() {
    for expected in all_expected() {
        for finding in report(expected.scenario)["findings"].as_array().unwrap() {
            if !finding["caused_by"].is_null() {
                continue;
            }
            let fixes = finding["fixes"].as_array().unwrap();
            let first = fixes.iter().filter(|fix| fix["recommended"] == true);
            assert_eq!(first.count(), 1, "{finding:#}");
        }
    }
}

#[test]
fn every_line_with_a_command_says_simulated() {
    for expected in all_expected() {
        let mut commands = 0;
        for finding in report(expected.scenario)["findings"].as_array().unwrap() {
            for fix in finding["fixes"].as_array().unwrap() {
                for line in [&fix["shell"], &fix["undo"]] {
                    let Some(line) = line.as_str() else { continue };
                    assert!(line.contains("# SIMULATED"), "{line}");
                    commands += 1;
                }
            }
        }
        let human = play(expected.scenario, &["-v"]);
        let programs = [
            "docker ",
            "akdoctor ",
            "podman ",
            "curl ",
            "printf ",
            "sh -c",
            "sudo ",
            "rm -f --",
        ];
        // A command of several lines says it in the line before.
        let mut before = "";
        for line in out(&human).lines().map(str::trim_start) {
            if programs.iter().any(|program| line.starts_with(program)) {
                let says = line.ends_with("# SIMULATED") || before == "# SIMULATED";
                assert!(says, "{line}");
                commands -= 1;
            }
            before = line;
        }
        assert_eq!(
            commands, 0,
            "{}: commands of JSON and human differ",
            expected.scenario
        );
        assert!(out(&human).starts_with(&format!("SIMULATED: {}\n", expected.scenario)));
    }
}

/// Whatever authentik lets people choose, nothing of it steers a terminal or turns a line around.
#[test]
fn hostile_names_are_harmless_on_the_screen() {
    for options in [&[][..], &["-v"]] {
        let output = play("hostile-names", options);
        for text in [out(&output), err(&output)] {
            let shown = akdoctor::model::printable(text).replace("\\n", "\n");
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}'),
                "{text}"
            );
            assert_eq!(shown, text.replace("\\n", "\n"));
        }
    }
}

/// Nor has a stack whose apps are set up in every other way that works.
#[test]
fn a_healthy_stack_has_not_one_finding() {
    let otherwise = report("apps-otherwise");
    assert_eq!(otherwise["findings"], serde_json::json!([]));
    assert_eq!(otherwise["summary"]["points"]["unknown"], 0);
    let output = play("healthy", &["--fail-on", "info"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let report = report("healthy");
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["verdict"]["hit"], "none");
    // Gitea keeps its client secret in its own database, which nobody reads.
    for (outcome, count) in [("found", 0), ("unknown", 0), ("skipped", 1), ("broke", 0)] {
        assert_eq!(report["summary"]["points"][outcome], count, "{outcome}");
    }
}
