//! Secrets that are known from somewhere (an environment, a token), found in any encoding.

use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use url::form_urlencoded::byte_serialize;

use super::Hit;

/// Shorter secrets would be found in ordinary words.
const SHORTEST: usize = 6;

/// The known secrets.
#[derive(Default)]
pub(super) struct Known {
    /// Every form of every secret, with the secret.
    forms: Vec<(String, Arc<str>)>,
    finder: Option<AhoCorasick>,
}

impl Known {
    pub(super) fn learn(&mut self, secret: &str) {
        let known = self.forms.iter().any(|(_, known)| &**known == secret);
        if known || secret.chars().count() < SHORTEST {
            return;
        }
        let shared: Arc<str> = secret.into();
        self.forms
            .extend(forms(secret).into_iter().map(|form| (form, shared.clone())));
        // Building fails only beyond 2^31 patterns.
        self.finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(self.forms.iter().map(|(form, _)| form))
            .ok();
    }

    pub(super) fn find(&self, text: &str) -> Vec<Hit> {
        let Some(finder) = &self.finder else {
            return Vec::new();
        };
        finder
            .find_iter(text)
            .map(|found| Hit {
                range: found.range(),
                secret: Some(self.forms[found.pattern().as_usize()].1.clone()),
            })
            .collect()
    }
}

/// How a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let form: String = byte_serialize(bytes).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let mut forms = vec![
        secret.to_owned(),
        BASE64.encode(bytes),
        BASE64_NOPAD.encode(bytes),
        BASE64URL.encode(bytes),
        BASE64URL_NOPAD.encode(bytes),
        percent.replace("%2F", "/"),
        percent.replace("%7E", "~"),
        lower_escapes(&percent),
        percent,
        form,
        json.replace('/', "\\/"),
        ascii_json(&json),
        json,
    ];
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// `%2F` as `%2f`, which is the same to every reader.
fn lower_escapes(percent: &str) -> String {
    let mut left = 0;
    percent
        .chars()
        .map(|c| {
            left = if c == '%' { 2 } else { i32::max(left - 1, -1) };
            if left >= 0 { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

/// As Python's `json.dumps` writes it: everything beyond ASCII as `\uXXXX`.
fn ascii_json(json: &str) -> String {
    let mut ascii = String::new();
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_alone_are_lowered() {
        assert_eq!(lower_escapes("AB%2FCD%3D"), "AB%2fCD%3d");
    }

    #[test]
    fn every_usual_writing_of_a_secret_is_known() {
        let forms = forms("p/ä\"ß s~");
        for wanted in [
            "p/ä\"ß s~",
            "cC/DpCLDnyBzfg==",
            "cC_DpCLDnyBzfg",
            "p%2F%C3%A4%22%C3%9F+s%7E",
            "p%2f%c3%a4%22%c3%9f%20s%7e",
            "p/ä\\\"ß s~",
            "p\\/ä\\\"ß s~",
            "p/\\u00e4\\\"\\u00df s~",
        ] {
            assert!(
                forms.iter().any(|form| form == wanted),
                "{wanted} in {forms:?}"
            );
        }
    }
}
