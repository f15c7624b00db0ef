//! Pasted into a shell, a command calls what is meant, byte for byte.

use super::shell::{Call, call, run_all};
use super::{HOSTILE, all_texts, named, shop, values, words};
use akdoctor::fix::render;
use akdoctor::model::Fix;
use akdoctor::probe::engine::Flavour;
use serde_json::Value;

/// What the fixture's commands mean for a value, written down without any quoting.
fn meant(engine: &str, value: &str) -> Vec<(&'static str, Vec<Call>)> {
    let server = "authentik-server";
    let pair = format!("x={value}");
    let mut exec = vec![engine, "exec", server, "df", "-h", "--"];
    exec.extend([value, pair.as_str()]);
    let twice = format!("{value}\n{value}\n");
    let password = [
        engine,
        "exec",
        "-i",
        server,
        "ak",
        "changepassword",
        "--",
        value,
    ];
    let dump = [engine, "exec", server, "ak", "dump", "--", value];
    let psql = [engine, "exec", "-i", "database", "psql", "-U", "authentik"];
    vec![
        ("start", vec![call(&[engine, "start", server], "")]),
        ("exec", vec![call(&exec, "")]),
        ("exec-stdin", vec![call(&password, &twice)]),
        ("run", vec![call(&["chmod", "600", "--", value], "")]),
        ("pipe", vec![call(&psql, ""), call(&dump, "")]),
    ]
}

/// Percent-decoding for what holds no `+` unencoded.
fn decoded(segment: &str) -> String {
    assert!(!segment.contains('+'));
    let form = format!("k={segment}");
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .unwrap()
        .1
        .into_owned()
}

#[test]
fn a_pasted_command_calls_what_is_meant_byte_for_byte() {
    for (engine, flavour) in [("docker", Flavour::Docker), ("podman", Flavour::Podman)] {
        let (mut scripts, mut expected) = (Vec::new(), Vec::new());
        for value in all_texts() {
            let fixes = render(&words(), &values(&value), &shop(flavour, false));
            for (does, mut calls) in meant(engine, &value) {
                calls.sort_by(|a, b| a.argv.cmp(&b.argv));
                scripts.push(named(&fixes, does).shell.clone().unwrap());
                expected.push(calls);
            }
        }
        for ((script, got), wanted) in scripts.iter().zip(run_all(&scripts)).zip(expected) {
            assert_eq!(got, wanted, "{script}");
        }
    }
}

#[test]
fn what_is_run_is_what_is_pasted() {
    let fixes: Vec<Fix> = HOSTILE
        .iter()
        .flat_map(|value| render(&words(), &values(value), &shop(Flavour::Docker, true)))
        .filter(|fix| fix.shell.is_some())
        .collect();
    let pasted: Vec<String> = fixes.iter().map(|fix| fix.shell.clone().unwrap()).collect();
    // shlex writes the line anew from argv, so that both forms go through a shell once.
    let run: Vec<String> = fixes
        .iter()
        .map(|fix| shlex::try_join(fix.argv.iter().map(String::as_str)).unwrap())
        .collect();
    let both = run_all(&[pasted, run].concat());
    let (pasted, run) = both.split_at(fixes.len());
    for (fix, (pasted, run)) in fixes.iter().zip(pasted.iter().zip(run)) {
        assert!(!pasted.is_empty(), "{}", fix.does);
        assert_eq!(pasted, run, "{}", fix.does);
    }
}

#[test]
fn compose_gets_project_folder_files_and_service() {
    let shop = shop(Flavour::Podman, true);
    let fixes = render(&words(), &values("x"), &shop);
    let scripts = ["recreate", "up"].map(|does| named(&fixes, does).shell.clone().unwrap());
    let mut wanted = vec![
        "podman",
        "compose",
        "-p",
        "my-project",
        "--project-directory",
    ];
    wanted.extend([
        "/srv/it's here",
        "-f",
        "/srv/it's here/compose.yml",
        "-f",
        "/srv/$x.yml",
    ]);
    wanted.extend(["up", "-d"]);
    let got = run_all(&scripts);
    assert_eq!(got[1], [call(&[&wanted[..], &["server"]].concat(), "")]);
    wanted.push("--force-recreate");
    assert_eq!(got[0], [call(&[&wanted[..], &["server"]].concat(), "")]);
}

#[test]
fn the_api_is_asked_with_the_token_on_standard_input_only() {
    let texts = all_texts();
    let scripts: Vec<String> = texts
        .iter()
        .map(|value| {
            let fixes = render(&words(), &values(value), &shop(Flavour::Docker, false));
            named(&fixes, "api").shell.clone().unwrap()
        })
        .collect();
    for (value, calls) in texts.iter().zip(run_all(&scripts)) {
        let [Call { argv, stdin }] = &calls[..] else {
            panic!("{calls:?}")
        };
        assert_eq!(stdin, "Authorization: Bearer t0ken%s\\n\n");
        assert!(argv.iter().all(|word| !word.contains("t0ken")));
        assert_eq!(
            argv[..8],
            [
                "curl",
                "-fsS",
                "-H",
                "@-",
                "-o",
                "/dev/null",
                "-H",
                "Content-Type: application/json"
            ]
        );
        assert_eq!(
            (argv[8].as_str(), argv[10].as_str(), argv[11].as_str()),
            ("--data-raw", "-X", "PATCH")
        );
        let body: Value = serde_json::from_str(&argv[9]).unwrap();
        assert_eq!(body["x"], **value);
        assert_eq!(body["list"], values(value)["list"]);
        let url = url::Url::parse(&argv[12]).unwrap();
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        assert_eq!(segments.len(), 6, "{url}");
        assert!((url.query(), url.fragment()) == (None, None), "{url}");
        assert_eq!(decoded(segments[4]), format!("x{value}"));
    }
}

#[test]
fn every_command_of_a_simulated_stack_says_so_and_still_works() {
    let mut simulated = shop(Flavour::Docker, true);
    let real: Vec<String> = HOSTILE
        .iter()
        .flat_map(|value| render(&words(), &values(value), &simulated))
        .filter_map(|fix| fix.shell)
        .collect();
    simulated.simulated = true;
    let said: Vec<String> = HOSTILE
        .iter()
        .flat_map(|value| render(&words(), &values(value), &simulated))
        .flat_map(|fix| fix.undo.into_iter().chain(fix.shell).last())
        .collect();
    assert!(said.iter().all(|shell| shell.contains("# SIMULATED")));
    assert_eq!(run_all(&said), run_all(&real));
}
