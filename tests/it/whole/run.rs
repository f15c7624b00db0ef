//! A run of the built program, and what its report says.

use std::{
    fmt::Write as _,
    process::{Command, Output},
};

use serde_json::Value;

/// What no run may ever print.
pub const SECRETS: [&str; 3] = [
    "hJ2kS9dLq0ZxV7bN4mWt",
    "wQ8vR3xT6yU1iO5pA7sD",
    "fG4hJ9kL2zX6cV8bN1mQ",
];

/// The program in an empty environment.
pub fn akdoctor(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akdoctor"));
    command.env_clear().env("LANG", "C.UTF-8").args(args);
    command
}

/// Runs it, and sees that it tells no secret.
pub fn finish(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let printed = [&*output.stdout, &*output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    for secret in SECRETS {
        assert!(!printed.contains(secret), "told a secret: {printed}");
    }
    output
}

/// A finished run with `-o json`.
pub struct Ran {
    pub code: i32,
    pub report: Value,
}

impl Ran {
    /// Runs it.
    pub fn of(command: &mut Command) -> Self {
        let output = finish(command.args(["-o", "json"]));
        let said = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout);
        Self {
            code: output.status.code().unwrap(),
            report: report.unwrap_or_else(|why| panic!("{why}: {said}")),
        }
    }

    /// Every finding.
    pub fn findings(&self) -> &[Value] {
        self.report["findings"].as_array().unwrap()
    }

    /// The finding with this code.
    pub fn finding(&self, code: &str) -> Option<&Value> {
        self.findings().iter().find(|found| found["code"] == code)
    }

    /// The one root cause, which must be this; everything else follows from it.
    pub fn root(&self, code: &str, subject: &str) -> &Value {
        let roots: Vec<&Value> = self
            .findings()
            .iter()
            .filter(|found| found["caused_by"].is_null())
            .collect();
        let [root] = roots[..] else {
            panic!("not one root cause:\n{self}");
        };
        assert_eq!(root["code"], code, "{self}");
        assert_eq!(root["subject"]["name"], subject, "{self}");
        assert_eq!(self.code, if root["severity"] == "error" { 1 } else { 0 });
        root
    }

    /// That this finding is there and follows from a cause.
    pub fn follows(&self, code: &str, cause: &str) {
        let found = self.finding(code);
        let found = found.unwrap_or_else(|| panic!("no {code}:\n{self}"));
        assert_eq!(found["caused_by"]["code"], cause, "{self}");
    }

    /// That nothing was found and nothing that was wanted could not be told.
    pub fn is_well(&self) {
        assert!(self.findings().is_empty(), "{self}");
        assert_eq!(self.code, 0, "{self}");
    }

    /// The points with this outcome, as (what, subject, why).
    pub fn points(&self, outcome: &str) -> Vec<(&str, &str, &str)> {
        let checks = self.report["checks"].as_array().unwrap();
        let points = checks
            .iter()
            .flat_map(|check| check["points"].as_array().unwrap());
        points
            .filter(|point| point["outcome"] == outcome)
            .map(|point| {
                let text =
                    |value: &'_ Value| value.as_str().unwrap_or_default().to_owned().leak() as &str;
                (
                    text(&point["what"]),
                    text(&point["subject"]["name"]),
                    text(&point["why"]),
                )
            })
            .collect()
    }

    /// Why this could not be told.
    pub fn why_unknown(&self, what: &str) -> &str {
        let points = self.points("unknown");
        let found = points.iter().find(|(name, ..)| *name == what);
        found
            .unwrap_or_else(|| panic!("{what} is known:\n{self}"))
            .2
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "exit code {}", self.code)?;
        for found in self.findings() {
            writeln!(
                f,
                "{} {} {}: {} [{}] after {}",
                found["severity"],
                found["code"],
                found["subject"]["name"],
                found["says"],
                found["observed"],
                found["caused_by"]["code"]
            )?;
            for fix in found["fixes"].as_array().into_iter().flatten() {
                writeln!(
                    f,
                    "    {} {}: {}",
                    fix["recommended"], fix["does"], fix["shell"]
                )?;
            }
        }
        let mut rest = String::new();
        for outcome in ["unknown", "skipped", "broke"] {
            for (what, subject, why) in self.points(outcome) {
                let _ = writeln!(rest, "{outcome} {subject}: {what}: {why}");
            }
        }
        f.write_str(&rest)
    }
}

/// The line of a finding's recommended fix.
pub fn recommended(finding: &Value) -> &str {
    let fixes = finding["fixes"].as_array().unwrap();
    let fix = fixes.iter().find(|fix| fix["recommended"] == true).unwrap();
    fix["shell"].as_str().unwrap()
}

/// Pastes a line into a shell, as a person does.
pub fn paste(line: &str) -> Output {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    output
}
