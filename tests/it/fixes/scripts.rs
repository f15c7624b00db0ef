//! Python and SQL: values arrive as literals.

use super::shell::run_all;
use super::{all_texts, named, shop, values, words};
use akdoctor::fix::render;
use akdoctor::probe::engine::Flavour;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

#[test]
fn python_reads_every_value_back() {
    let texts = all_texts();
    let codes: Vec<String> = texts
        .iter()
        .map(|value| {
            let fixes = render(&words(), &values(value), &shop(Flavour::Docker, false));
            let argv = &named(&fixes, "ak_shell").argv;
            assert_eq!(
                argv[..6],
                ["docker", "exec", "authentik-server", "ak", "shell", "-c"]
            );
            argv[6].clone()
        })
        .collect();
    assert!(codes.iter().all(|code| code.is_ascii()));
    let cases: Vec<Value> = texts
        .iter()
        .zip(&codes)
        .map(|(value, code)| json!([code, value, values(value)["list"]]))
        .collect();
    python(
        "import ast, json, sys\n\
         for code, value, items in json.load(sys.stdin):\n\
         \ttree = ast.parse(code)\n\
         \tdictionary = tree.body[1].value\n\
         \tassert ast.literal_eval(dictionary.values[0]) == value, code\n\
         \tassert ast.literal_eval(tree.body[2].value.args[1]) == items, code\n\
         \texec(code, {'print': lambda *a: None})\n",
        &Value::from(cases),
    );
}

pub(super) fn python(script: &str, input: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input.json");
    fs::write(&file, input.to_string()).unwrap();
    let ran = Command::new("python3")
        .args(["-I", "-c", script])
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// Reads an SQL literal as PostgreSQL does (manual, sections 4.1.2.1 and 4.1.2.2); says what
/// follows it.
fn sql_literal(text: &str) -> (String, &str) {
    let (escapes, mut rest) = match text.strip_prefix("E'") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('\'').unwrap()),
    };
    let mut value = String::new();
    loop {
        let c = rest.chars().next().unwrap();
        rest = &rest[c.len_utf8()..];
        if c == '\'' && !rest.starts_with('\'') {
            return (value, rest);
        }
        let hex = match (escapes && c == '\\', rest.as_bytes()[0]) {
            (true, b'u') => 4,
            (true, b'U') => 8,
            (escaped, _) => {
                assert!(
                    escaped || c == '\'' || c != '\\',
                    "a backslash of unsure meaning"
                );
                value.push(c);
                rest = &rest[usize::from(escaped || c == '\'')..];
                continue;
            }
        };
        let code = u32::from_str_radix(&rest[1..=hex], 16).unwrap();
        value.push(char::from_u32(code).unwrap());
        rest = &rest[1 + hex..];
    }
}

#[test]
fn sql_is_fed_to_psql_with_values_as_literals() {
    let texts = all_texts();
    let scripts: Vec<String> = texts
        .iter()
        .map(|value| {
            let fixes = render(&words(), &values(value), &shop(Flavour::Docker, false));
            named(&fixes, "sql").shell.clone().unwrap()
        })
        .collect();
    let server = "authentik-server";
    let mut argv = vec![
        "docker",
        "exec",
        "-i",
        server,
        "psql",
        "-X",
        "-v",
        "ON_ERROR_STOP=1",
    ];
    argv.extend(["-U", server, "-d", "authentik"]);
    for (value, calls) in texts.iter().zip(run_all(&scripts)) {
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].argv, argv);
        assert!(calls[0].stdin.is_ascii());
        let (read, rest) = sql_literal(calls[0].stdin.strip_prefix("SELECT ").unwrap());
        assert_eq!((read.as_str(), rest), (value.as_str(), ", 'it''s';"));
    }
}

#[test]
fn a_long_script_goes_by_standard_input() {
    let long = "é'".repeat(30_000);
    let fixes = render(&words(), &values(&long), &shop(Flavour::Docker, false));
    let fix = named(&fixes, "ak_shell");
    assert!(fix.argv.iter().all(|word| word.len() <= 131_071));
    let again = shlex::try_join(fix.argv.iter().map(String::as_str)).unwrap();
    let got = run_all(&[fix.shell.clone().unwrap(), again]);
    assert_eq!(got[0], got[1]);
    assert_eq!(
        got[0][0].argv[..7],
        [
            "docker",
            "exec",
            "-i",
            "authentik-server",
            "ak",
            "shell",
            "-c"
        ]
    );
    assert!(got[0][0].stdin.starts_with("from json import dumps\n"));
    assert!(got[0][0].stdin.ends_with(", [") || got[0][0].stdin.ends_with("])"));
}
