//! Our judgement of patterns against the real `re.fullmatch`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test asks the real Python"
)]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::{
    pattern::{Match, fullmatch},
    rules::{Allows, Rules, allows, forbidden_scheme},
};
use crate::probe::authentik_api::{ProviderRow, RedirectUri};

/// What Python says to each pair: "True", "False" or "broken".
const PYTHON: &str = "
import json, re, sys, warnings
warnings.simplefilter('ignore')
def ask(p, u):
    try:
        return str(bool(re.fullmatch(p, u)))
    except re.error:
        return 'broken'
print(json.dumps([ask(p, u) for p, u in json.load(sys.stdin)]))
";

/// What a release with lines of text says, by the rules of its `check_redirect_uri`.
const PYTHON_OF_LINES: &str = "
import json, re, sys, warnings
warnings.simplefilter('ignore')
def ask(text, u):
    lines = '.*'.split() if text == '*' else text.split()
    try:
        return str(any(re.fullmatch(line, u) for line in lines))
    except re.error:
        return str(u in lines)
print(json.dumps([ask(p, u) for p, u in json.load(sys.stdin)]))
";

/// Which scheme `urlparse` sees.
const PYTHON_OF_SCHEMES: &str = "
import json, sys
from urllib.parse import urlparse
def ask(u):
    try:
        return urlparse(u).scheme
    except ValueError:
        return ''
print(json.dumps([ask(u) for _, u in json.load(sys.stdin)]))
";

fn python(script: &str, pairs: &[(String, String)]) -> Vec<String> {
    let mut python = Command::new("python3")
        .args(["-I", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_string(pairs).unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Numbers that are the same in every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn text(&mut self, parts: &[&str], most: usize) -> String {
        let count = 1 + self.below(most);
        (0..count).map(|_| parts[self.below(parts.len())]).collect()
    }
}

const PATTERN: &[&str] = &[
    "a", "b", ".", "/", ":", "-", "\\.", "\\/", "\\d", "\\w", ".*", ".+", "?", "*", "+", "{2}",
    "{1,}", "{,2}", "(", ")", "(?:", "(?P<n>", "|", "[ab]", "[^/]", "[]a]", "[a-", "]", "^", "$",
    "\\", "*?", "++", "(?=a)", "\\b", "0", "é", "[a&&b]", "{", "}", "(?i)",
];
const URI: &[&str] = &[
    "a", "b", ".", "/", ":", "-", "0", "aa", "ab", "?", "[", "{", "A", "é", "\n",
];

#[test]
fn whatever_we_say_python_says_too() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for _ in 0..20_000 {
        pairs.push((numbers.text(PATTERN, 6), numbers.text(URI, 4)));
    }
    let mut judged = 0;
    let mut differ = Vec::new();
    for ((pattern, uri), theirs) in pairs.iter().zip(python(PYTHON, &pairs)) {
        let ours = match fullmatch(pattern, uri) {
            Match::Yes => "True",
            Match::No => "False",
            Match::Broken => "broken",
            Match::CannotTell(_) => continue,
        };
        judged += 1;
        if ours != theirs {
            differ.push(format!("{pattern:?} on {uri:?}: {ours}, Python {theirs}"));
        }
    }
    assert!(
        differ.is_empty(),
        "{} of {judged}: {:#?}",
        differ.len(),
        &differ[..differ.len().min(20)]
    );
    assert!(judged > 5_000, "only {judged} were judged");
}

fn entry(mode: &str, url: &str, kind: Option<&str>) -> RedirectUri {
    RedirectUri {
        matching_mode: mode.into(),
        url: url.into(),
        redirect_uri_type: kind.map(str::to_owned),
    }
}

fn provider(list: Vec<RedirectUri>, text: Option<&str>) -> ProviderRow {
    ProviderRow {
        pk: 1,
        name: "P".into(),
        client_id: "c".into(),
        application: None,
        redirect_uris: list,
        redirect_text: text.map(str::to_owned),
        client_type: None,
        grant_types: None,
        signing_key: None,
        mappings: None,
        claims_in_id_token: None,
        flows: None,
        logout: None,
    }
}

fn of_text(text: &str) -> ProviderRow {
    let lines = text.split_whitespace();
    let list = lines.map(|line| entry("strict", line, None)).collect();
    provider(list, Some(text))
}

fn rules(version: &str) -> Rules {
    Rules::of(Some(&version.parse().unwrap()))
}

const CB: &str = "https://app.example.com/cb";

#[test]
fn each_release_compares_by_its_own_rules() {
    for (version, mode, url, kind, verdict) in [
        ("2025.10.0-rc1", "strict", CB, None, Allows::Yes),
        (
            "2025.10",
            "strict",
            "https://app.example.com/cb/",
            None,
            Allows::No,
        ),
        (
            "2025.10",
            "strict",
            "https://App.example.com/cb",
            None,
            Allows::No,
        ),
        ("2025.10", "strict", "https://.*/cb", None, Allows::No),
        ("2025.10", "strict", "*", None, Allows::No),
        ("2025.10", "regex", "https://.*/cb", None, Allows::Yes),
        (
            "2025.10",
            "regex",
            r"https://[^/]+\.example\.com/cb",
            None,
            Allows::Yes,
        ),
        (
            "2025.10",
            "regex",
            r"https://app\.example\.com",
            None,
            Allows::No,
        ),
        (
            "2025.10",
            "regex",
            "^https://app.example.com/cb$",
            None,
            Allows::Yes,
        ),
        ("2025.10", "regex", "https://app(.*", None, Allows::No),
        ("2025.10", "regex", "*", None, Allows::No),
        ("2025.10", "strict", CB, Some("logout"), Allows::Yes),
        ("2026.5.1", "strict", CB, Some("logout"), Allows::No),
        ("2026.5.1", "strict", CB, Some("authorization"), Allows::Yes),
        ("2026.8", "strict", CB, None, Allows::Yes),
    ] {
        let provider = provider(vec![entry(mode, url, kind)], None);
        let is = allows(&provider, CB, rules(version));
        assert_eq!(is, verdict, "{version} {mode} {url} {kind:?}");
    }
    let strange = provider(vec![entry("prefix", CB, None)], None);
    let strange = allows(&strange, CB, rules("2026.8"));
    assert!(matches!(strange, Allows::CannotTell(_)));
}

#[test]
fn a_text_is_compared_line_by_line_as_patterns() {
    for (text, uri, verdict) in [
        ("https://.*/cb", CB, Allows::Yes),
        ("*", CB, Allows::Yes),
        ("https://a/x *", CB, Allows::No),
        (
            "https://a/x\r\nhttps://app.example.com/cb\r\n",
            CB,
            Allows::Yes,
        ),
        ("https://app(", "https://app(", Allows::Yes),
        // A pattern that fits stands before the one that cannot be read.
        (".* (", CB, Allows::Yes),
        ("( .*", CB, Allows::No),
        ("https://a/cb?x=1", "https://a/cb?x=1", Allows::No),
    ] {
        let is = allows(&of_text(text), uri, rules("2024.6.1"));
        assert_eq!(is, verdict, "{text} on {uri}");
    }
}

#[test]
fn whatever_we_say_of_a_text_python_says_too() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for _ in 0..5_000 {
        let lines: Vec<String> = (0..=numbers.below(2))
            .map(|_| numbers.text(PATTERN, 3))
            .collect();
        pairs.push((lines.join("\n"), numbers.text(URI, 3)));
    }
    let mut judged = 0;
    for ((text, uri), theirs) in pairs.iter().zip(python(PYTHON_OF_LINES, &pairs)) {
        let ours = match allows(&of_text(text), uri, rules("2024.6.1")) {
            Allows::Yes => "True",
            Allows::No => "False",
            Allows::CannotTell(_) => continue,
        };
        judged += 1;
        assert_eq!(ours, theirs, "{text:?} on {uri:?}");
    }
    assert!(judged > 1_000, "only {judged} were judged");
}

#[test]
fn a_line_that_is_written_fits_its_uri() {
    for uri in [
        CB,
        "https://a/cb?x=1&y=(2)",
        "https://a/[b]+c",
        "app.immich:///oauth-callback",
    ] {
        let line = super::entries::line(uri);
        assert_eq!(fullmatch(&line, uri), Match::Yes, "{line}");
    }
    assert_eq!(super::entries::line(CB), CB);
}

#[test]
fn forbidden_schemes_are_seen_as_python_sees_them() {
    let uris = [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " \u{1}javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "https://javascript:x@a/",
        "app.immich:///oauth-callback",
        "javascripts:x",
        "javascript",
        "urn:ietf:wg:oauth:2.0:oob",
    ];
    let pairs: Vec<_> = uris
        .iter()
        .map(|uri| (String::new(), (*uri).to_owned()))
        .collect();
    for (uri, scheme) in uris.iter().zip(python(PYTHON_OF_SCHEMES, &pairs)) {
        let theirs = ["javascript", "data", "vbscript"].contains(&scheme.as_str());
        assert_eq!(forbidden_scheme(uri).is_some(), theirs, "{uri:?}: {scheme}");
    }
}

#[test]
fn a_list_that_cannot_be_judged_is_not_guessed_at() {
    let unreadable = entry("regex", "https://(?=app).*", None);
    let right = entry("strict", "https://app/cb", None);
    let of = |list: &[RedirectUri]| {
        let provider = provider(list.to_vec(), None);
        allows(&provider, "https://app/cb", rules("2025.10"))
    };
    assert_eq!(of(&[unreadable.clone(), right]), Allows::Yes);
    assert!(matches!(of(&[unreadable]), Allows::CannotTell(_)));
    assert_eq!(of(&[entry("regex", "(", None)]), Allows::No);
    assert_eq!(of(&[]), Allows::No);
}
