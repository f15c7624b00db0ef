//! Every format of a report: what it holds, that it keeps to its own rules whatever the values,
//! and that the exit code does not depend on it.

use std::{fs, path::Path};

use akdoctor::{
    model::{Kind, Places, Report, Severity, Subject},
    render::{self, NagiosState, Unseen},
};
use regex::Regex;
use serde_json::Value;
use tempfile::tempdir;

use crate::{
    program::{akdoctor, err, out},
    sample,
};

/// Characters that mean something in at least one of the formats.
const HOSTILE: &str = "x\u{1b}[2J\u{202e}%0A::error::\r\n|`<&>\"'\\,:={}]]>--><!--y";

fn places() -> Places {
    Places {
        file: Some("conf/akdoctor.toml".into()),
        lines: vec![(Subject::new(Kind::App, "Gitea"), 12)],
        authentik: Some(3),
    }
}

fn text(write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn junit(report: &Report, fail_on: Severity, unseen: Unseen) -> String {
    text(|out| render::junit(report, fail_on, unseen, out))
}

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&text(|out| render::sarif(report, &places(), out))).unwrap()
}

fn hostile() -> Report {
    let mut report = sample::report();
    report.verdict.headline = HOSTILE.into();
    report.notes = vec![HOSTILE.into()];
    report.target.url = Some(HOSTILE.into());
    for check in &mut report.checks {
        check.title = HOSTILE.into();
        check.why = Some(HOSTILE.into());
        for point in &mut check.points {
            point.what = HOSTILE.into();
            point.subject.name = HOSTILE.into();
        }
    }
    for finding in &mut report.findings {
        finding.says = HOSTILE.into();
        finding.subject.name = HOSTILE.into();
        finding.expected = Some(HOSTILE.into());
        finding.observed = Some(HOSTILE.into());
        for fix in &mut finding.fixes {
            fix.does = HOSTILE.into();
            fix.note = Some(HOSTILE.into());
        }
    }
    report
}

#[test]
fn every_format_of_one_report() {
    let report = sample::report();
    let error = Severity::Error;
    insta::assert_snapshot!("junit", junit(&report, error, Unseen::Error));
    insta::assert_snapshot!("sarif", text(|out| render::sarif(&report, &places(), out)));
    insta::assert_snapshot!(
        "github",
        text(|out| render::github(&report, &places(), out))
    );
    insta::assert_snapshot!("markdown", text(|out| render::markdown(&report, out)));
    insta::assert_snapshot!(
        "prometheus",
        text(|out| render::prometheus(&report, 1, out))
    );
    insta::assert_snapshot!("nagios", text(|out| render::nagios(&report, out)));
    let healthy = sample::healthy();
    insta::assert_snapshot!(
        "markdown_healthy",
        text(|out| render::markdown(&healthy, out))
    );
    insta::assert_snapshot!("nagios_healthy", text(|out| render::nagios(&healthy, out)));
}

#[test]
fn sarif_keeps_to_its_schema() {
    let schema = include_str!("../schema/sarif-2.1.0.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for report in [sample::report(), sample::healthy(), hostile()] {
        let value = sarif(&report);
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
    let mut wrong = sarif(&sample::report());
    wrong["runs"][0]["results"][0]["level"] = "catastrophe".into();
    assert!(!schema.is_valid(&wrong));
}

/// Code scanning knows a fault again by its fingerprint.
#[test]
fn the_same_fault_has_the_same_fingerprint_in_every_run() {
    let prints = |report: &Report| -> Vec<String> {
        let value = sarif(report);
        let results = value["runs"][0]["results"].as_array().unwrap().clone();
        let print = |it: &Value| it["partialFingerprints"]["akdoctor/v1"].to_string();
        results.iter().map(print).collect()
    };
    let mut later = sample::report();
    later.started = "2027-01-01T00:00:00Z".into();
    later.findings[0].says = "the same in other words".into();
    assert_eq!(prints(&sample::report()), prints(&later));
    later.findings[0].subject.name = "another".into();
    assert_ne!(prints(&sample::report())[0], prints(&later)[0]);
}

#[test]
fn a_case_of_junit_fails_by_the_threshold_and_the_untold_as_asked() {
    let count = |text: &str, what: &str| text.matches(what).count();
    let report = sample::report();
    let strict = junit(&report, Severity::Info, Unseen::Error);
    let lax = junit(&report, Severity::Error, Unseen::Skipped);
    assert!(count(&strict, "<failure") >= count(&lax, "<failure"));
    let points: usize = report
        .checks
        .iter()
        .map(|check| check.points.len().max(1))
        .sum();
    assert_eq!(count(&strict, "<testcase"), points);
    assert!(count(&strict, "type=\"unknown\"") > 0);
    assert_eq!(count(&lax, "type=\"unknown\""), 0);
    assert_eq!(
        count(&strict, "type=\"broke\""),
        count(&lax, "type=\"broke\"")
    );
}

#[test]
fn nothing_from_outside_leaves_its_place() {
    let report = hostile();
    let github = text(|out| render::github(&report, &places(), out));
    let command = Regex::new(r"^::(error|warning|notice) [^:\r\n]*::[^\r\n]*$").unwrap();
    let (last, commands) = {
        let mut lines: Vec<&str> = github.lines().collect();
        (lines.pop().unwrap(), lines)
    };
    assert!(last.starts_with("akdoctor: "), "{last}");
    for line in commands {
        assert!(command.is_match(line), "{line}");
    }
    let nagios = text(|out| render::nagios(&report, out));
    assert_eq!(nagios.matches('|').count(), 1, "{nagios}");
    assert_eq!(nagios.lines().count(), 1, "{nagios}");
    let prometheus = text(|out| render::prometheus(&report, 1, out));
    let series = Regex::new(
        r#"^[a-z_]+(\{[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="([^"\\]|\\["\\n])*")*\})? [0-9.]+$"#,
    )
    .unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for line in prometheus.lines().filter(|line| !line.starts_with('#')) {
        assert!(series.is_match(line), "{line}");
        let name = line.rsplit_once(' ').unwrap().0;
        assert!(seen.insert(name.to_owned()), "twice: {name}");
    }
    let junit = junit(&report, Severity::Info, Unseen::Error);
    let markdown = text(|out| render::markdown(&report, out));
    for text in [&github, &nagios, &prometheus, &junit, &markdown] {
        let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text.chars().any(steers), "{text}");
    }
    quick_junit::Report::deserialize_from_str(&junit).unwrap();
}

/// What GitHub does not show as annotations is counted, and stands in the summary.
#[test]
fn github_is_told_the_worst_first_and_no_more_than_it_shows() {
    let mut report = sample::report();
    let one = report.findings[0].clone();
    for at in 0..25 {
        let mut more = one.clone();
        more.code = format!("health/more-{at}");
        report.findings.push(more);
    }
    let github = text(|out| render::github(&report, &Places::default(), out));
    assert_eq!(github.matches("::error ").count(), 10);
    assert!(github.contains("more of level error stand in the summary"));
    let first_warning = github.find("::warning ").unwrap();
    assert!(github.rfind("::error ").unwrap() < first_warning);
    assert!(!github.contains("file="));
}

#[test]
fn a_service_of_nagios_has_four_states() {
    let mut report = sample::healthy();
    assert_eq!(NagiosState::of(&report), NagiosState::Ok);
    report.summary.points.unknown = 1;
    assert_eq!(NagiosState::of(&report), NagiosState::Unknown);
    let subject = Subject::new(Kind::App, "x");
    for (severity, state) in [
        (Severity::Info, NagiosState::Unknown),
        (Severity::Warning, NagiosState::Warning),
        (Severity::Error, NagiosState::Critical),
    ] {
        let finding = sample::finding("health/x", severity, subject.clone(), "is down");
        report.findings.push(finding);
        assert_eq!(NagiosState::of(&report), state, "{severity}");
    }
}

const FORMATS: [&str; 7] = [
    "human",
    "json",
    "junit",
    "sarif",
    "github",
    "markdown",
    "prometheus",
];

/// The scenario, thresholds, the exit code of each format, and that of Nagios.
const CODES: [(&str, &[&str], i32, i32); 5] = [
    ("healthy", &[], 0, 0),
    ("too-wide", &[], 0, 1),
    ("too-wide", &["--fail-on", "warning"], 1, 1),
    ("server-down", &[], 1, 2),
    ("unseen-applications", &[], 3, 3),
];

#[test]
fn the_exit_code_is_the_same_in_each_format() {
    for (scenario, options, code, nagios) in CODES {
        let check = match scenario {
            "server-down" => "health",
            _ => "redirect-uri",
        };
        for (format, code) in FORMATS
            .map(|it| (it, code))
            .into_iter()
            .chain([("nagios", nagios)])
        {
            let args = [&["simulate", scenario, check, "-o", format], options].concat();
            let output = akdoctor(&args).output().unwrap();
            assert_eq!(
                output.status.code(),
                Some(code),
                "{args:?} {}",
                err(&output)
            );
            assert!(!output.stdout.is_empty(), "{args:?}");
        }
    }
}

#[test]
fn several_formats_of_one_run_each_go_to_their_own_file() {
    let folder = tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let output = akdoctor(&["simulate", "server-down", "health", "-o", "human"])
        .args(["-o", &format!("junit={}", file("report.xml"))])
        .args(["-o", &format!("json={}", file("report.json"))])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).starts_with("SIMULATED: server-down"));
    let report: Report =
        serde_json::from_str(&fs::read_to_string(file("report.json")).unwrap()).unwrap();
    let xml = fs::read_to_string(file("report.xml")).unwrap();
    let points: usize = report
        .checks
        .iter()
        .map(|check| check.points.len().max(1))
        .sum();
    assert_eq!(xml.matches("<testcase").count(), points);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn the_whole_stands_in_the_steps_summary() {
    let folder = tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "# before\n").unwrap();
    let output = akdoctor(&["simulate", "server-down", "health", "-o", "github"])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    assert!(out(&output).starts_with("::error "), "{output:?}");
    let text = fs::read_to_string(&summary).unwrap();
    assert!(
        text.starts_with("# before\n# NOBODY CAN SIGN IN\n"),
        "{text}"
    );
    let nowhere = folder.path().join("no/such/folder");
    let output = akdoctor(&["simulate", "healthy", "health", "-o", "github"])
        .env("GITHUB_STEP_SUMMARY", &nowhere)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("GITHUB_STEP_SUMMARY"), "{output:?}");
}

#[test]
fn nagios_is_told_of_errors_in_its_own_way() {
    let output = akdoctor(&["-o", "nagios", "--config", "no/such.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        out(&output).starts_with("AKDOCTOR UNKNOWN - "),
        "{output:?}"
    );
    assert_eq!(err(&output), "");
}

#[test]
fn a_format_that_a_command_does_not_write_is_refused_before_anything_is_asked() {
    for args in [
        &["list", "-o", "sarif"][..],
        &["explain", "health", "-o", "junit"],
        &["trace", "--simulate", "healthy", "-o", "markdown"],
        &["simulate", "healthy", "-o", "json", "-o", "human"],
    ] {
        let output = akdoctor(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(out(&output), "", "{args:?}");
    }
}

/// A fault is shown at the table that speaks of what is faulty.
#[test]
fn sarif_points_at_the_line_of_akdoctor_toml() {
    let folder = tempdir().unwrap();
    let config = "# ours\n\n[authentik]\nurl = \"http://127.0.0.1:9\"\n";
    fs::write(folder.path().join("akdoctor.toml"), config).unwrap();
    let output = akdoctor(&["health", "-o", "sarif"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = value["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty(), "{value:#}");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 3, "{value:#}");
    let file = place["artifactLocation"]["uri"].as_str().unwrap();
    assert_eq!(Path::new(file).file_name().unwrap(), "akdoctor.toml");
}
