//! Every action is rendered with hostile values, read by the real `sh -n`, run by the real `sh`
//! against programs that write down what they were given, and compared byte for byte. Python goes
//! through the real `python3`, in one process for all.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use akdoctor::{
    fix::{Runtime, Workshop, render},
    model::Fix,
    probe::engine::{Compose, Flavour},
    words::{FixWords, Words},
};
use serde_json::{Value, json};

const FIXTURE: &str = include_str!("fixes/fixture.toml");

/// Values that break what is not quoted.
const HOSTILE: &[&str] = &[
    "plain",
    "",
    " ",
    "O'Brien",
    "say \"hi\"",
    "$HOME ${HOME} $(id)",
    "`id`",
    "back\\slash\\",
    "\\n \\x41 \\u0041",
    "two\nlines\n",
    "\n",
    "tab\tand\rreturn",
    "größe",
    "🦀",
    "a\u{202e}b",
    "\u{1b}[31m\u{7}\u{7f}\u{9b}",
    "-rf",
    "--help",
    "{{x}} {% y %} {# z #}",
    "%s%n%%",
    "!ls !! a!b",
    "l1!x\nl2!y != z!",
    "'\"'\"'",
    "; rm -rf /",
    "# no comment",
    "~",
    "*",
    "a=b",
    "@/etc/passwd",
    "E'\\'' OR 1=1 --",
    "$$",
    "&&",
    "|",
    "<<EOF\nEOF",
    "\\",
    "'''",
    "\u{feff}\u{ad}",
];

fn words() -> Vec<FixWords> {
    Words::parse(FIXTURE).unwrap().findings.remove(0).fixes
}

fn values(value: &str) -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("container", json!("authentik-server")),
        ("value", json!(value)),
        ("segment", json!(format!("x{value}"))),
        ("list", json!([value, 1, -2.5, true, null, [value]])),
    ])
}

fn shop(flavour: Flavour, compose: bool) -> Workshop {
    let compose = compose.then(|| Compose {
        project: "my-project".into(),
        service: "server".into(),
        files: vec!["/srv/it's here/compose.yml".into(), "/srv/$x.yml".into()],
        folder: Some("/srv/it's here".into()),
        version: None,
    });
    let runtime = Runtime { flavour, compose };
    Workshop {
        containers: BTreeMap::from([
            ("authentik-server".to_owned(), runtime.clone()),
            ("database".to_owned(), runtime),
        ]),
        server: Some("authentik-server".into()),
        api: Some("https://auth.example.com/".into()),
        token_variable: "MY_TOKEN".into(),
        ..Workshop::default()
    }
}

fn named<'f>(fixes: &'f [Fix], does: &str) -> &'f Fix {
    fixes.iter().find(|fix| fix.does == does).unwrap()
}

/// What a program was given: its name and arguments, and its input.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    argv: Vec<String>,
    stdin: String,
}

/// Random texts of the characters that quoting is about; the same ones at every run.
fn random_texts(count: usize) -> Vec<String> {
    let alphabet: Vec<char> = "ab '\"`$\\!%{}()#&;|<>*?~=-\n\t\r\u{1b}é🦀\u{202e}\u{0}"
        .chars()
        .collect();
    // xorshift64*: enough for texts, and no dependency.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    };
    (0..count)
        .map(|_| {
            (0..next(24))
                .map(|_| alphabet[next(alphabet.len() - 1)])
                .collect()
        })
        .collect()
}

fn all_texts() -> Vec<String> {
    let fixed = HOSTILE.iter().map(|text| (*text).to_owned());
    fixed.chain(random_texts(40)).collect()
}

/// Puts programs into a folder that write down what they are given: NUL-separated arguments, a
/// line with the number of bytes of the input, the input.
fn recorders(folder: &Path) {
    let script = "#!/bin/sh\nset -e\nn=0\nuntil mkdir \"$OUT/call.$n\" 2>/dev/null; do n=$((n+1)); done\n\
                  at=\"$OUT/call.$n\"\nprintf '%s\\0' \"${0##*/}\" \"$@\" > \"$at/argv\"\n\
                  if [ -p /dev/stdin ]; then cat > \"$at/stdin\"; else : > \"$at/stdin\"; fi\n";
    for name in ["docker", "podman", "curl", "chmod"] {
        let path = folder.join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Runs scripts one after another in one real `sh`; says what was called by each.
fn run_all(scripts: &[String]) -> Vec<Vec<Call>> {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    recorders(&bin);
    let mut whole = String::new();
    for (at, script) in scripts.iter().enumerate() {
        let out = folder.path().join(at.to_string());
        fs::create_dir(&out).unwrap();
        whole.push_str(&format!("OUT='{}'; export OUT\n{script}\n", out.display()));
    }
    let file = folder.path().join("all.sh");
    fs::write(&file, whole).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for flags in [&["-n"][..], &[]] {
        let ran = Command::new("sh")
            .args(flags)
            .arg(&file)
            .env("PATH", &path)
            .env("MY_TOKEN", "t0ken%s\\n")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.success() && said.is_empty(),
            "sh {flags:?}: {said}"
        );
    }
    (0..scripts.len())
        .map(|at| calls(&folder.path().join(at.to_string())))
        .collect()
}

fn calls(out: &Path) -> Vec<Call> {
    let mut calls: Vec<Call> = fs::read_dir(out)
        .unwrap()
        .map(|entry| {
            let at = entry.unwrap().path();
            let argv = fs::read_to_string(at.join("argv")).unwrap();
            let argv = argv.strip_suffix('\0').unwrap();
            Call {
                argv: argv.split('\0').map(str::to_owned).collect(),
                stdin: fs::read_to_string(at.join("stdin")).unwrap(),
            }
        })
        .collect();
    // The parts of a pipe start in any order.
    calls.sort_by(|a, b| a.argv.cmp(&b.argv));
    calls
}

fn call(argv: &[&str], stdin: &str) -> Call {
    Call {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        stdin: stdin.to_owned(),
    }
}

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
            argv[..6],
            [
                "curl",
                "-fsS",
                "-H",
                "@-",
                "-H",
                "Content-Type: application/json"
            ]
        );
        assert_eq!(
            (argv[6].as_str(), argv[8].as_str(), argv[9].as_str()),
            ("--data-raw", "-X", "PATCH")
        );
        let body: Value = serde_json::from_str(&argv[7]).unwrap();
        assert_eq!(body["x"], **value);
        assert_eq!(body["list"], values(value)["list"]);
        let url = url::Url::parse(&argv[10]).unwrap();
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        assert_eq!(segments.len(), 6, "{url}");
        assert!((url.query(), url.fragment()) == (None, None), "{url}");
        assert_eq!(decoded(segments[4]), format!("x{value}"));
    }
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

fn python(script: &str, input: &Value) {
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
fn no_line_steers_a_terminal() {
    for value in all_texts() {
        for fix in render(&words(), &values(&value), &shop(Flavour::Docker, true)) {
            let line = fix.shell.unwrap_or_default().replace('\n', "");
            assert_eq!(akdoctor::model::printable(&line), line, "{}", fix.does);
        }
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

#[test]
fn what_cannot_be_done_here_is_left_out() {
    let does = |shop: &Workshop| -> Vec<String> {
        let fixes = render(&words(), &values("x"), shop);
        fixes.into_iter().map(|fix| fix.does).collect()
    };
    let bare = does(&Workshop::default());
    for missing in ["recreate", "up", "ak_shell", "api"] {
        assert!(!bare.iter().any(|does| does == missing), "{missing}");
    }
    assert_eq!(bare.len() + 4, does(&shop(Flavour::Docker, true)).len());
    let mut values = values("x");
    values.remove("container");
    let left = render(&words(), &values, &shop(Flavour::Docker, true));
    assert!(
        left.iter()
            .all(|fix| !fix.does.contains("exec") && fix.does != "start")
    );
}

#[test]
fn what_cannot_be_pasted_stays_without_a_command_and_says_why() {
    let mut hostile = values("a\0b");
    hostile.insert("container", json!("--privileged"));
    let fixes = render(&words(), &hostile, &shop(Flavour::Docker, true));
    for does in ["start", "exec", "ak_shell", "api", "run", "sql"] {
        let fix = named(&fixes, does);
        assert_eq!(
            (&fix.argv[..], &fix.shell, &fix.undo),
            (&[][..], &None, &None),
            "{does}"
        );
        assert!(
            fix.note
                .as_ref()
                .unwrap()
                .contains("no command can be given"),
            "{does}"
        );
        assert!(!fix.recommended);
    }
}

#[test]
fn the_first_that_works_is_recommended_and_stands_first() {
    let fixes = render(&words(), &values("x"), &shop(Flavour::Docker, true));
    assert!(fixes[0].recommended && fixes[0].does == "start");
    assert_eq!(
        fixes[0].undo.as_deref(),
        Some("docker stop authentik-server")
    );
    assert_eq!(fixes.iter().filter(|fix| fix.recommended).count(), 1);
    let text = FIXTURE.replace("does = \"run\"", "does = \"run\"\n  recommended = true");
    let words = Words::parse(&text).unwrap().findings.remove(0).fixes;
    let fixes = render(&words, &values("x"), &shop(Flavour::Docker, true));
    let order: Vec<&str> = fixes.iter().map(|fix| fix.does.as_str()).collect();
    assert_eq!(order[..3], ["run", "start", "recreate"]);
    assert!(fixes[0].recommended && !fixes[1].recommended);
}

#[test]
fn a_form_for_another_release_is_left_out() {
    let text = FIXTURE.replace(
        "does = \"run\"",
        "does = \"run\"\n  authentik = \">=2025.10\"",
    );
    let words = Words::parse(&text).unwrap().findings.remove(0).fixes;
    let mut shop = shop(Flavour::Docker, false);
    let run = |shop: &Workshop| {
        let fixes = render(&words, &values("x"), shop);
        fixes.into_iter().find(|fix| fix.does == "run")
    };
    assert_eq!(
        run(&shop).unwrap().note.as_deref(),
        Some("for authentik >=2025.10")
    );
    shop.version = Some("2025.10.0-rc1".parse().unwrap());
    assert_eq!(run(&shop).unwrap().note, None);
    shop.version = Some("2025.8.1".parse().unwrap());
    assert_eq!(run(&shop), None);
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
