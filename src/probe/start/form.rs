//! A form that is posted with a token from a page (against CSRF): Rails and Django show it as a
//! hidden field, Auth.js as JSON (apps.md 7.5, 7.9, 8).

use std::collections::BTreeMap;

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{
    Sending,
    walk::{Answer, Post, Walk},
};
use crate::probe::{ProbeError, http::http_url};

impl Walk<'_> {
    /// What a start by POST sends; `None` where it needs a token and its page shows none.
    pub(super) async fn post(&mut self, send: &Sending) -> Result<Post, ProbeError> {
        match send {
            Sending::Json { body } => Ok(Some(("application/json", body.clone()))),
            Sending::Form {
                page,
                token,
                fields,
            } => {
                let at = http_url(page, self.what)?;
                let answer = self.ask(&at, None).await?;
                let value = found(&answer, token);
                Ok(value.map(|value| {
                    let form = encoded(token, &value, fields);
                    ("application/x-www-form-urlencoded", form)
                }))
            }
        }
    }
}

fn encoded(token: &str, value: &str, fields: &BTreeMap<String, String>) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair(token, value);
    form.extend_pairs(fields);
    form.finish()
}

/// The token in JSON, in a hidden field, or in a page's head (Rails: `csrf-token`).
fn found(answer: &Answer, token: &str) -> Option<String> {
    if let Ok(json) = serde_json::from_str::<Value>(&answer.text) {
        return Some(json[token].as_str()?.to_owned());
    }
    let named = format!("name=\"{token}\"");
    let tags = || answer.text.split('<');
    let field = tags().find(|tag| tag.starts_with("input") && tag.contains(&named));
    let field = field.and_then(|tag| attribute(tag, "value"));
    field.or_else(|| {
        let meta = tags().find(|tag| tag.starts_with("meta") && tag.contains("csrf-token"));
        attribute(meta?, "content")
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let value = value
        .replace("&#43;", "+")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&");
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, token: &str) -> Option<String> {
        let answer = Answer {
            status: 200,
            text: text.into(),
            ..Answer::default()
        };
        found(&answer, token)
    }

    #[test]
    fn a_token_is_found_where_frameworks_show_it() {
        let field = r#"<form><input type="hidden" name="csrfmiddlewaretoken" value="a&amp;b">"#;
        assert_eq!(of(field, "csrfmiddlewaretoken").as_deref(), Some("a&b"));
        let meta = r#"<meta name="csrf-token" content="x+y/z==" />"#;
        assert_eq!(of(meta, "authenticity_token").as_deref(), Some("x+y/z=="));
        assert_eq!(
            of(r#"{"csrfToken": "t"}"#, "csrfToken").as_deref(),
            Some("t")
        );
        assert_eq!(of("<p>none</p>", "csrfToken"), None);
    }
}
