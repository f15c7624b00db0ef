//! A page or an error that a start answered with instead of leading on.

use hyper::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{http::cut, redact::Redactor};

/// Bytes of a title or message that are kept.
const LONGEST: usize = 300;
/// Keys of JSON errors that hold words for people, in the order of their worth (Coder, MinIO's
/// console, FastAPI, Spring, OAuth).
const MESSAGES: [&str; 7] = [
    "message",
    "detail",
    "detailedMessage",
    "error_description",
    "error",
    "title",
    "msg",
];

/// A page with status 200 where a redirect was expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Its title.
    pub title: Option<String>,
    /// What it is: "text/html", "application/json"; empty where it does not say.
    pub kind: String,
    /// Whether it asks for a password.
    pub password: bool,
    /// Whether it does something only with a script.
    pub script: bool,
    /// Those of the marks that it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
}

impl Page {
    /// Looks at a page.
    pub(super) fn of(headers: &HeaderMap, text: &str, marks: &[String], redact: &Redactor) -> Self {
        let lower = text.to_ascii_lowercase();
        let password = ["type=\"password\"", "type='password'", "type=password"];
        Self {
            title: title(text, redact),
            kind: kind(headers),
            password: password.iter().any(|form| lower.contains(form)),
            script: lower.contains("<script"),
            marks: held(text, marks),
        }
    }
}

/// The content type without its parameters.
fn kind(headers: &HeaderMap) -> String {
    let kind = headers.get("content-type");
    let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase());
    let kind = kind.unwrap_or_default();
    cut(
        kind.split(';').next().unwrap_or_default().trim().to_owned(),
        64,
    )
}

/// Those of these texts that stand in a body.
pub(super) fn held(text: &str, marks: &[String]) -> Vec<String> {
    marks
        .iter()
        .filter(|mark| text.contains(mark.as_str()))
        .cloned()
        .collect()
}

/// The words of an error: the message of JSON, or a page's title, else a short plain text.
pub(in crate::probe) fn says(text: &str, redact: &Redactor) -> Option<String> {
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        let message = MESSAGES.iter().find_map(|key| words(&json[*key]))?;
        return tidy(message, redact);
    }
    title(text, redact).or_else(|| {
        let short = text.len() <= LONGEST && !text.contains('<');
        short.then(|| tidy(text, redact)).flatten()
    })
}

/// A text, or the message inside an object (LiteLLM: `{"error": {"message": …}}`).
fn words(value: &Value) -> Option<&str> {
    let text = value.as_str().or_else(|| value["message"].as_str());
    text.filter(|text| !text.trim().is_empty())
}

fn title(text: &str, redact: &Redactor) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower[begin..].find('>')? + 1;
    let end = begin + lower[begin..].find("</title")?;
    tidy(text.get(begin..end)?, redact)
}

/// One line without secrets, cut; `None` where nothing is left.
fn tidy(text: &str, redact: &Redactor) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = cut(redact.text(&words.join(" ")), LONGEST);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_are_found() {
        let of = |text: &str| says(text, &Redactor::default());
        assert_eq!(
            of(r#"{"message": "The oauth2 method requested is not configured!"}"#).as_deref(),
            Some("The oauth2 method requested is not configured!")
        );
        assert_eq!(
            of(r#"{"error": {"message": "no  key"}}"#).as_deref(),
            Some("no key")
        );
        assert_eq!(of("<title>\n Oops </title>").as_deref(), Some("Oops"));
        assert_eq!(of("not found\n").as_deref(), Some("not found"));
        assert_eq!(of("<p>no words"), None);
        assert_eq!(of("[1]"), None);
    }

    #[test]
    fn a_sign_in_form_is_recognised() {
        let html = "<TITLE>Sign in</TITLE><input TYPE='password'><script src=x></script>";
        let page = Page::of(
            &HeaderMap::new(),
            html,
            &["Sign".into()],
            &Redactor::default(),
        );
        assert!(page.password && page.script);
        assert_eq!(page.title.as_deref(), Some("Sign in"));
        assert_eq!(page.marks, ["Sign"]);
    }
}
