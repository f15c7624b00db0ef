//! The command line of the built program.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Output, Stdio},
};

use akdoctor::{checks, simulate, words::Words};
use tempfile::tempdir;

/// The program in an empty environment, so that the machine's own does not decide a test.
fn akdoctor(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akdoctor"));
    command.env_clear().env("LANG", "C.UTF-8").args(args);
    command
}

fn run(args: &[&str]) -> Output {
    akdoctor(args).output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Refused as usage: exit code 2, nothing on stdout, one word on stderr.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(out(output), "");
    err(output).to_owned()
}

#[test]
fn help_is_on_stdout_with_examples() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help_short", &["-h"]),
        ("help_simulate", &["simulate", "-h"]),
        ("help_list", &["list", "-h"]),
        ("help_explain", &["explain", "-h"]),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(err(&output), "");
        insta::assert_snapshot!(name, out(&output));
    }
}

#[test]
fn the_version_is_told() {
    let output = run(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        out(&output),
        concat!("akdoctor ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn the_environment_shows_in_no_help() {
    let output = akdoctor(&["--help"])
        .env("AUTHENTIK_URL", "https://me:s3cret@auth.example.com")
        .output()
        .unwrap();
    assert!(!out(&output).contains("s3cret"));
}

#[test]
fn wrong_options_are_usage() {
    for args in [
        &["--no-such-option"][..],
        &["--fail-on", "never"],
        &["--timeout", "soon"],
        &["--deadline", "0"],
        &["--jobs", "0"],
        &["-o", "pdf"],
        &["-q", "-v"],
        &["explain"],
        &["completions", "cobol"],
    ] {
        refused(&run(args));
    }
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        for word in ["akdoctor", "simulate", "fail-on"] {
            assert!(out(&output).contains(word), "{shell} {word}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = akdoctor(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(said, "");
}

#[test]
fn a_full_disk_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = akdoctor(&["completions", "bash"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("writing the report to stdout"),
        "{}",
        err(&output)
    );
}

#[test]
fn an_output_file_is_whole_and_stdout_stays_empty() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("report");
    fs::write(&file, "old").unwrap();
    let output = run(&[
        "completions",
        "bash",
        "--output-file",
        file.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!((out(&output), err(&output)), ("", ""));
    assert_eq!(
        fs::read(&file).unwrap(),
        run(&["completions", "bash"]).stdout
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left"
    );
}

#[cfg(unix)]
#[test]
fn an_output_file_that_is_a_link_stays_one() {
    let folder = tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    run(&[
        "completions",
        "bash",
        "--output-file",
        link.to_str().unwrap(),
    ]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("akdoctor"));
}

#[test]
fn an_output_file_that_cannot_be_written_is_said() {
    let folder = tempdir().unwrap();
    let there = folder.path().to_str().unwrap().to_owned();
    let nowhere = folder
        .path()
        .join("no/such/file")
        .to_str()
        .unwrap()
        .to_owned();
    for file in [&there, &nowhere] {
        let said = refused(&run(&["completions", "bash", "--output-file", file]));
        assert!(
            said.contains("writing the report to") && said.contains(file),
            "{said}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn errors_steer_no_terminal() {
    let said = refused(&run(&["simulate", "x\u{1b}[2J\u{202e}"]));
    assert!(
        !said.contains('\u{1b}') && !said.contains('\u{202e}'),
        "{said:?}"
    );
}

#[test]
fn scenarios_are_listed_and_slips_are_set_right() {
    let listed = run(&["simulate", "--list"]);
    assert_eq!(listed.status.code(), Some(0));
    for scenario in simulate::scenarios() {
        assert!(out(&listed).contains(&scenario.title), "{}", scenario.name);
        let slip = scenario.name.replacen('e', "", 1);
        if slip != scenario.name {
            let said = refused(&run(&["simulate", &slip]));
            let right = format!("did you mean \"{}\"?", scenario.name);
            assert!(said.contains(&right), "{said}");
        }
    }
    refused(&run(&["simulate", "xyzzy"]));
}

#[test]
fn every_code_is_listed_and_explained() {
    let list = run(&["list"]);
    assert_eq!((list.status.code(), err(&list)), (Some(0), ""));
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["list", "-o", "json"]).stdout).unwrap();
    for check in checks::ALL {
        let words = Words::parse(check.words).unwrap();
        assert!(json.to_string().contains(&words.title));
        let all = run(&["explain", &words.id]);
        for finding in &words.findings {
            assert!(out(&list).contains(&finding.code));
            assert!(out(&all).contains(&finding.code), "{}", finding.code);
        }
    }
}

#[test]
fn a_slip_in_a_code_is_set_right() {
    let code = Words::parse(checks::ALL[0].words).unwrap().findings[0]
        .code
        .clone();
    let one = run(&["explain", &code]);
    assert_eq!(one.status.code(), Some(0));
    assert!(out(&one).starts_with(&code));
    let said = refused(&run(&["explain", &code.replacen('a', "", 1)]));
    assert!(said.contains(&format!("did you mean {code:?}?")), "{said}");
    assert!(refused(&run(&["explain", "xyzzy"])).contains("akdoctor list"));
}

#[test]
fn a_simulated_run_reaches_every_format_alike() {
    let human = run(&["simulate"]);
    let json = run(&["simulate", "-o", "json"]);
    assert_eq!(human.status.code(), Some(1), "{}", err(&human));
    assert_eq!(json.status.code(), Some(1));
    assert!(out(&human).starts_with("SIMULATED: several\n"));
    assert!(!out(&human).contains('\u{1b}'));
    let schema = jsonschema::validator_for(&akdoctor::render::schema()).unwrap();
    assert!(schema.is_valid(&serde_json::from_slice(&json.stdout).unwrap()));
}

#[test]
fn colours_are_as_asked_and_never_in_a_file() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("report");
    let colored = |command: &mut Command| command.output().unwrap().stdout.contains(&0x1b);
    assert!(!colored(&mut akdoctor(&["simulate", "healthy"])));
    assert!(colored(&mut akdoctor(&[
        "simulate", "healthy", "--color", "always"
    ])));
    assert!(colored(
        akdoctor(&["simulate", "healthy"]).env("CLICOLOR_FORCE", "1")
    ));
    assert!(!colored(
        akdoctor(&["simulate", "healthy"])
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1")
    ));
    let to_file = ["simulate", "healthy", "--color", "always", "--output-file"];
    akdoctor(&to_file).arg(&file).output().unwrap();
    assert!(!fs::read(&file).unwrap().contains(&0x1b));
}

#[test]
fn without_a_utf8_locale_the_report_is_ascii() {
    let output = akdoctor(&["simulate", "-v"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(out(&output).starts_with("SIMULATED") && out(&output).is_ascii());
}

#[test]
fn a_word_that_names_nothing_is_usage() {
    let said = refused(&run(&["simulate", "healthy", "helth"]));
    assert!(
        said.contains("\"helth\"") && said.contains("\"health\""),
        "{said}"
    );
}
