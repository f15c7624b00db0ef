//! Every action is rendered with hostile values, read by the real `sh -n`, run by the real `sh`
//! against programs that write down what they were given, and compared byte for byte. Python goes
//! through the real `python3`, in one process for all.

mod access;
mod claims;
mod every;
mod flows;
mod hosts;
mod mended;
mod offered;
mod overrides;
mod pasted;
mod people;
mod scene;
mod scripts;
mod secrets;
mod shell;
mod signin;
mod tls;
mod why;

use akdoctor::fix::{Runtime, Workshop};
use akdoctor::model::Fix;
use akdoctor::probe::engine::{Compose, Flavour};
use akdoctor::words::{FixWords, Words};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FIXTURE: &str = include_str!("fixture.toml");

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
