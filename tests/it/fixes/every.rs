//! Every fix of every check, as it would be printed for hostile values: read by the real `sh -n`
//! and, where it holds Python, by the real `python3`; one process each for all of them.

use std::{collections::BTreeMap, fs, process::Command};

use akdoctor::{
    engine::library,
    fix,
    probe::engine::Flavour,
    words::{Action, FixWords},
};
use serde_json::{Value, json};

use super::{all_texts, scripts::python, shop};

/// Values that name containers or networks: engines take none with other characters.
const NAMES: [&str; 12] = [
    "made",
    "alias",
    "container",
    "server",
    "worker",
    "other",
    "one",
    "sibling",
    "holder",
    "network",
    "host",
    "user",
];

fn fixes() -> Vec<(String, FixWords)> {
    let library = library().unwrap();
    let findings = library.into_iter().flat_map(|(_, words)| words.findings);
    findings
        .flat_map(|finding| {
            let code = finding.code.clone();
            finding
                .fixes
                .into_iter()
                .map(move |fix| (code.clone(), fix))
        })
        .collect()
}

/// Every value that a fix wants, hostile but for the names of containers.
fn values_for(words: &FixWords, text: &str) -> BTreeMap<&'static str, Value> {
    let templates = words.templates();
    let wanted = templates.iter().flat_map(|template| {
        let parts = template.split("{{ ").skip(1);
        parts.filter_map(|part| part.split(" }}").next())
    });
    let needs = words.needs.iter().map(String::as_str);
    wanted
        .chain(needs)
        .map(|name| {
            // Leaked: the names of values are known when checks are compiled, as in a check.
            let name: &'static str = name.to_owned().leak();
            let value = match NAMES.contains(&name) {
                true => json!("authentik-server"),
                false => json!(text),
            };
            (name, value)
        })
        .collect()
}

#[test]
fn every_fix_of_every_check_is_a_command_that_sh_reads() {
    let mut script = String::new();
    let mut rendered = 0;
    for (code, words) in fixes() {
        let mut with_command = words.action == Action::Advice;
        for flavour in [Flavour::Docker, Flavour::Podman] {
            for text in all_texts() {
                let values = values_for(&words, &text);
                for fix in fix::render(std::slice::from_ref(&words), &values, &shop(flavour, true))
                {
                    for line in fix.shell.iter().chain(&fix.undo) {
                        with_command = true;
                        rendered += 1;
                        script.push_str(line);
                        script.push('\n');
                    }
                    assert!(
                        !fix.argv.iter().any(|word| word.contains("{{ ")),
                        "{code}: {fix:?}"
                    );
                }
            }
        }
        assert!(
            with_command,
            "a fix of {code} is never offered: {}",
            words.does
        );
    }
    assert!(rendered > 1000, "{rendered}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.sh");
    fs::write(&file, script).unwrap();
    let read = Command::new("sh").arg("-n").arg(&file).output().unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
}

/// The Python in an action: of `ak shell`, or handed to `python3 -c` in a container.
fn python_in(action: &Action, found: &mut Vec<String>) {
    match action {
        Action::AkShell(code) => found.push(code.clone()),
        Action::Exec(exec)
            if exec
                .argv
                .first()
                .is_some_and(|program| program == "python3") =>
        {
            found.extend(exec.argv.get(2).cloned());
        }
        Action::Pipe(steps) | Action::Steps(steps) => {
            steps.iter().for_each(|step| python_in(step, found));
        }
        _ => {}
    }
}

#[test]
fn the_python_of_every_fix_is_python() {
    let mut found = Vec::new();
    for (_, words) in fixes() {
        python_in(&words.action, &mut found);
        words
            .undo
            .iter()
            .for_each(|undo| python_in(undo, &mut found));
    }
    assert!(!found.is_empty());
    // A value stands where an expression may: a name is one.
    let codes: Vec<String> = found
        .iter()
        .map(|code| code.replace("{{ ", "").replace(" }}", ""))
        .collect();
    python(
        "import ast, json, sys\nfor code in json.load(sys.stdin): ast.parse(code)\n",
        &Value::from(codes),
    );
}

/// The one script that carries a password from container to container: the SQL that it prints sets
/// exactly that password, in each form that authentik takes it.
#[test]
fn the_password_script_prints_the_password_as_an_sql_literal() {
    let all = fixes();
    let (_, words) = all
        .iter()
        .find(|(code, _)| code == "health/database-password")
        .unwrap();
    let mut found = Vec::new();
    python_in(&words.action, &mut found);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "from a file's\n").unwrap();
    let hostile = "it's \"quoted\" $HOME \\ größe";
    for (given, meant) in [
        (hostile.to_owned(), hostile.replace('\'', "''")),
        (
            format!("file://{}", secret.display()),
            "from a file''s".into(),
        ),
        ("env://ELSEWHERE".into(), "from elsewhere".into()),
    ] {
        let ran = Command::new("python3")
            .args(["-c", &found[0]])
            .env("AUTHENTIK_POSTGRESQL__PASSWORD", given)
            .env("AUTHENTIK_POSTGRESQL__USER", "auth\"entik")
            .env("ELSEWHERE", "from elsewhere")
            .env("PYTHONIOENCODING", "utf-8")
            .output()
            .unwrap();
        let sql = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(
            sql,
            format!("ALTER USER \"auth\"\"entik\" WITH PASSWORD '{meant}';\n")
        );
    }
}
