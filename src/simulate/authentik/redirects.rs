//! How a simulated authentik keeps a provider's redirect URIs, and what it allows by them: a list of
//! entries, or the lines of text of releases up to 2024.8.4 and 2024.10.2.

use regex::Regex;
use serde_json::{Value, json};

/// What a scenario says, in the form of its release: a text is a strict entry, a table an entry as
/// the API has it.
pub(super) fn of_scenario(uris: &[toml::Value], text: bool) -> Value {
    let list: Value = uris.iter().map(entry).collect();
    if text { as_text(&list) } else { list }
}

fn entry(uri: &toml::Value) -> Value {
    match uri.as_str() {
        Some(url) => json!({ "matching_mode": "strict", "url": url }),
        None => serde_json::to_value(uri).unwrap_or_default(),
    }
}

/// A list as lines of text.
pub(super) fn as_text(list: &Value) -> Value {
    let entries = list.as_array().into_iter().flatten();
    let lines: Vec<&str> = entries.filter_map(|entry| entry["url"].as_str()).collect();
    lines.join("\n").into()
}

/// The first redirect URI of an empty list, as authentik up to 2026.2 stores it on any request for
/// authorization (recorded 228, 229).
pub(super) fn learnt(stored: &Value, uri: &str) -> Value {
    match stored {
        Value::String(_) => uri.into(),
        _ => json!([{ "matching_mode": "strict", "url": uri }]),
    }
}

/// Whether nothing is stored.
pub(super) fn is_empty(stored: &Value) -> bool {
    match stored {
        Value::String(text) => text.is_empty(),
        list => list.as_array().is_none_or(Vec::is_empty),
    }
}

/// Whether what is stored allows a URI. A list: strict entries byte for byte, others as patterns
/// from end to end (recorded 231, 233 to 236). A text: every line as a pattern, and when one cannot
/// be read all as they stand (authentik 2024.8.4).
pub(super) fn allow(stored: &Value, uri: &str) -> bool {
    match stored {
        Value::String(text) if text == "*" => true,
        Value::String(text) => lines_allow(text, uri),
        list => {
            let mut entries = list.as_array().into_iter().flatten();
            entries.any(|entry| entry_allows(entry, uri))
        }
    }
}

fn lines_allow(text: &str, uri: &str) -> bool {
    for line in text.split_whitespace() {
        match pattern(line) {
            Some(pattern) if pattern.is_match(uri) => return true,
            Some(_) => {}
            None => return text.split_whitespace().any(|line| line == uri),
        }
    }
    false
}

fn entry_allows(entry: &Value, uri: &str) -> bool {
    let url = entry["url"].as_str().unwrap_or_default();
    match entry["matching_mode"].as_str() {
        // Only a release that knows the type has such an entry.
        _ if entry["redirect_uri_type"] == "logout" => false,
        Some("regex") => pattern(url).is_some_and(|pattern| pattern.is_match(uri)),
        _ => url == uri,
    }
}

fn pattern(text: &str) -> Option<Regex> {
    // Alone first: the brackets around it could complete what is broken.
    Regex::new(text).ok()?;
    Regex::new(&format!(r"\A(?:{text})\z")).ok()
}

/// Whether a URI begins as none may, whatever is stored (authentik 2025.10,
/// `FORBIDDEN_URI_SCHEMES`).
pub(super) fn is_forbidden(uri: &str) -> bool {
    let scheme = uri
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    matches!(scheme.as_str(), "javascript" | "data" | "vbscript")
}

/// Whether an entry is a pattern that cannot be read; the API takes no such list (recorded 230).
pub(super) fn has_broken_pattern(list: &Value) -> bool {
    let broken = |entry: &Value| {
        let url = entry["url"].as_str().unwrap_or_default();
        entry["matching_mode"] == "regex" && pattern(url).is_none()
    };
    list.as_array().into_iter().flatten().any(broken)
}
