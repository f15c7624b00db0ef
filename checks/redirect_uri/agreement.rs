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
    rules::{Allows, Rules, entry_allows, list_allows},
};
use crate::probe::authentik_api::RedirectUri;

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

fn python(pairs: &[(String, String)]) -> Vec<String> {
    let mut python = Command::new("python3")
        .args(["-I", "-c", PYTHON])
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
    for ((pattern, uri), theirs) in pairs.iter().zip(python(&pairs)) {
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

fn rules(version: &str) -> Rules {
    Rules::of(Some(&version.parse().unwrap()))
}

#[test]
fn each_release_compares_by_its_own_rules() {
    let cb = "https://app.example.com/cb";
    for (version, mode, url, kind, uri, allows) in [
        ("2025.10.0-rc1", "strict", cb, None, cb, Allows::Yes),
        (
            "2025.10",
            "strict",
            "https://app.example.com/cb/",
            None,
            cb,
            Allows::No,
        ),
        (
            "2025.10",
            "strict",
            "https://App.example.com/cb",
            None,
            cb,
            Allows::No,
        ),
        ("2025.10", "strict", "https://.*/cb", None, cb, Allows::No),
        ("2025.10", "strict", "*", None, cb, Allows::No),
        ("2025.10", "regex", "https://.*/cb", None, cb, Allows::Yes),
        (
            "2025.10",
            "regex",
            r"https://[^/]+\.example\.com/cb",
            None,
            cb,
            Allows::Yes,
        ),
        (
            "2025.10",
            "regex",
            r"https://app\.example\.com",
            None,
            cb,
            Allows::No,
        ),
        (
            "2025.10",
            "regex",
            "^https://app.example.com/cb$",
            None,
            cb,
            Allows::Yes,
        ),
        (
            "2025.10",
            "regex",
            "https://app(.*",
            None,
            cb,
            Allows::Broken,
        ),
        ("2025.10", "regex", "*", None, cb, Allows::Broken),
        ("2025.10", "strict", cb, Some("logout"), cb, Allows::Yes),
        ("2026.5.1", "strict", cb, Some("logout"), cb, Allows::No),
        (
            "2026.5.1",
            "strict",
            cb,
            Some("authorization"),
            cb,
            Allows::Yes,
        ),
        ("2026.8", "strict", cb, None, cb, Allows::Yes),
        ("2024.8.4", "strict", "https://.*/cb", None, cb, Allows::Yes),
        ("2024.8.5", "strict", "https://.*/cb", None, cb, Allows::No),
        (
            "2024.10.2",
            "strict",
            "https://.*/cb",
            None,
            cb,
            Allows::Yes,
        ),
        ("2024.10.3", "strict", "https://.*/cb", None, cb, Allows::No),
        (
            "2024.6.1",
            "regex",
            "https://app(",
            None,
            "https://app(",
            Allows::Yes,
        ),
    ] {
        let verdict = entry_allows(&entry(mode, url, kind), uri, rules(version));
        assert_eq!(verdict, allows, "{version} {mode} {url} {kind:?}");
    }
    let strange = entry_allows(&entry("prefix", cb, None), cb, rules("2026.8"));
    assert!(matches!(strange, Allows::CannotTell(_)));
}

#[test]
fn a_list_that_cannot_be_judged_is_not_guessed_at() {
    let unreadable = entry("regex", "https://(?=app).*", None);
    let right = entry("strict", "https://app/cb", None);
    let rules = rules("2025.10");
    let of = |list: &[RedirectUri]| list_allows(list, "https://app/cb", rules);
    assert_eq!(of(&[unreadable.clone(), right]), Allows::Yes);
    assert!(matches!(of(&[unreadable]), Allows::CannotTell(_)));
    assert_eq!(of(&[entry("regex", "(", None)]), Allows::No);
    assert_eq!(of(&[]), Allows::No);
}
