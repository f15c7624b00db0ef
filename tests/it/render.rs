//! Every format over one report that holds everything.

use akdoctor::{
    model::{Finding, Kind, Outcome, Report, Severity, Subject},
    render::{Detail, Style, human, json},
};

use crate::sample;

const WIDE: Style = Style {
    color: false,
    unicode: true,
    width: 80,
};

fn shown(report: &Report, style: Style, detail: Detail) -> String {
    let mut out = Vec::new();
    human(report, &style, detail, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn normal(report: &Report) -> String {
    shown(report, WIDE, Detail::Normal)
}

#[test]
fn the_report_for_a_person() {
    let report = sample::report();
    insta::assert_snapshot!("human_80", normal(&report));
    insta::assert_snapshot!("human_quiet", shown(&report, WIDE, Detail::Quiet));
    insta::assert_snapshot!("human_verbose", shown(&report, WIDE, Detail::Verbose));
    insta::assert_snapshot!("human_healthy", normal(&sample::healthy()));
}

#[test]
fn the_report_on_poor_screens() {
    let report = sample::report();
    let narrow = Style { width: 20, ..WIDE };
    let ascii = Style {
        unicode: false,
        ..WIDE
    };
    insta::assert_snapshot!("human_20", shown(&report, narrow, Detail::Normal));
    let plain = shown(&report, ascii, Detail::Verbose);
    assert!(plain.is_ascii());
    insta::assert_snapshot!("human_ascii", plain);
}

#[test]
fn colours_say_nothing_that_the_text_does_not() {
    let color = Style {
        color: true,
        ..WIDE
    };
    let report = sample::report();
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let colored = shown(&report, color, detail);
        assert!(colored.contains("\u{1b}["));
        assert_eq!(without_codes(&colored), shown(&report, WIDE, detail));
    }
    insta::assert_debug_snapshot!(
        "human_color_head",
        shown(&report, color, Detail::Quiet)
            .lines()
            .collect::<Vec<_>>()
    );
}

fn without_codes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

#[test]
fn the_report_for_a_program() {
    let mut out = Vec::new();
    json(&sample::report(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    insta::assert_snapshot!("json", text);
    let back: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(back, sample::report());
}

#[test]
fn a_simulated_run_says_so_first_and_prints_no_command_of_its_own() {
    let mut report = sample::report();
    report.target.simulated = Some("several".into());
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let text = shown(&report, WIDE, detail);
        assert!(
            text.starts_with("SIMULATED: several\nNOBODY CAN SIGN IN\n"),
            "{text}"
        );
        assert!(!text.contains("akdoctor health"), "{text}");
    }
}

#[test]
fn hostile_values_steer_no_screen() {
    let hostile = "x\u{1b}]0;owned\u{7}\u{202e}\u{9b}2J\r\n\u{200b}y";
    let mut report = hostile_report(hostile);
    report.notes = vec![hostile.into()];
    report.verdict.headline = hostile.into();
    report.target.url = Some(hostile.into());
    for width in [0, 1, 20, 33, 80, 500] {
        for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
            let text = shown(&report, Style { width, ..WIDE }, detail);
            let steers = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
            assert!(!text.chars().any(steers), "{text:?}");
        }
    }
}

fn hostile_report(hostile: &str) -> Report {
    let mut report = sample::report();
    for check in &mut report.checks {
        check.why = Some(hostile.into());
        for point in &mut check.points {
            point.what = hostile.into();
            point.why = Some(hostile.into());
            point.subject = Subject::new(Kind::Person, hostile);
        }
    }
    for finding in &mut report.findings {
        finding.says = hostile.into();
        finding.expected = Some(hostile.into());
        finding.observed = Some(format!("{hostile}z"));
        finding.since = Some(hostile.into());
        finding.admin = Some(hostile.into());
        finding.see = vec![hostile.into()];
        for fix in &mut finding.fixes {
            fix.does = hostile.into();
            fix.shell = Some(hostile.into());
            fix.undo = Some(hostile.into());
            fix.note = Some(hostile.into());
        }
    }
    report
}

#[test]
fn every_command_can_be_copied_at_every_width() {
    let report = sample::report();
    for width in [0, 20, 41, 80, 200] {
        let text = shown(&report, Style { width, ..WIDE }, Detail::Normal);
        for fix in report.findings.iter().flat_map(|finding| &finding.fixes) {
            let shell = fix.shell.as_deref().unwrap();
            let here = if shell.contains('\n') { "\n" } else { "\n    " };
            assert!(
                text.contains(&format!("{here}{shell}\n")),
                "{shell}\n{text}"
            );
        }
    }
}

#[test]
fn quiet_shows_the_recommended_command_only() {
    let text = shown(&sample::report(), WIDE, Detail::Quiet);
    assert!(
        text.contains("    docker start authentik-postgresql-1\n"),
        "{text}"
    );
    assert!(!text.contains("psql"), "an alternative is shown: {text}");
}

#[test]
fn the_caret_stands_under_the_first_difference() {
    let text = normal(&sample::report());
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.trim() == "^").unwrap();
    let column = lines[at].find('^').unwrap();
    let (expected, observed) = (lines[at - 2], lines[at - 1]);
    assert_eq!(expected[14..column], observed[14..column]);
    assert_ne!(expected.chars().nth(column), observed.chars().nth(column));
}

#[test]
fn what_could_not_be_told_is_never_called_right() {
    let mut report = sample::healthy();
    let mut unseen = report.checks[0].points[0].clone();
    unseen.outcome = Outcome::Unknown;
    unseen.why = Some("connection refused".into());
    report.checks[0].points = vec![unseen];
    report.summary.points = Default::default();
    report.summary.points.add(Outcome::Unknown);
    let text = normal(&report);
    assert!(
        text.contains("nothing could be seen: 0 of 1 thing"),
        "{text}"
    );
    assert!(text.contains("connection refused"), "{text}");
    assert!(!text.contains("no fault"), "{text}");
}

#[test]
fn a_cut_run_says_so() {
    let mut report = sample::healthy();
    report.partial = true;
    assert!(normal(&report).contains("cut short"), "{}", normal(&report));
}

#[test]
fn exit_codes_by_severity_and_outcome() {
    use Severity::{Error, Info, Warning};
    for (found, outcome, fail_on, code) in [
        (None, Outcome::Passed, Info, 0),
        (None, Outcome::Skipped, Info, 0),
        (None, Outcome::Unknown, Error, 3),
        (None, Outcome::Broke, Error, 3),
        (Some(Info), Outcome::Found, Info, 1),
        (Some(Info), Outcome::Found, Warning, 0),
        (Some(Warning), Outcome::Found, Warning, 1),
        (Some(Warning), Outcome::Found, Error, 0),
        (Some(Warning), Outcome::Unknown, Error, 3),
        (Some(Error), Outcome::Unknown, Error, 1),
        (Some(Error), Outcome::Found, Info, 1),
    ] {
        let mut report = sample::healthy();
        report.findings = found.map(at).into_iter().collect();
        report.summary.points = Default::default();
        report.summary.points.add(outcome);
        assert_eq!(
            report.exit_code(fail_on),
            code,
            "{found:?} {outcome:?} {fail_on}"
        );
    }
}

fn at(severity: Severity) -> Finding {
    sample::finding(
        "a/b",
        severity,
        Subject::new(Kind::App, "gitea"),
        "it is wrong",
    )
}
