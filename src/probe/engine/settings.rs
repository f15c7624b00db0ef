//! Settings out of a configuration file of a container. The file, which may hold secrets too, never
//! leaves the probe.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::{super::Probe, archive, client::Client};
use crate::probe::{ProbeError, Tools};

/// Settings of a file in a container, each taken out by a pattern with one group.
#[derive(Debug, Clone, Serialize)]
pub struct AskSettings {
    /// The container's id.
    pub container: String,
    /// Absolute path inside.
    pub path: String,
    /// How a line begins that is only a comment.
    pub comment: Option<String>,
    /// The patterns by what they find.
    pub patterns: BTreeMap<String, String>,
}

/// What the patterns found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FoundSettings {
    /// Values, redacted; nothing for a pattern that found nothing.
    pub values: BTreeMap<String, String>,
}

impl Probe for AskSettings {
    const KIND: &'static str = "settings";
    type Answer = FoundSettings;

    fn key(&self) -> String {
        format!("settings {}:{}", self.container, self.path)
    }

    async fn look(&self, tools: &Tools) -> Result<FoundSettings, ProbeError> {
        let client = Client::connect(tools).await?;
        let bytes = archive::bytes(&client, &self.container, &self.path).await?;
        let text = String::from_utf8_lossy(&bytes);
        let value = |(what, pattern): (&String, &String)| {
            let value = taken(&text, self.comment.as_deref(), pattern)?;
            Some((what.clone(), tools.redact.text(&value)))
        };
        Ok(FoundSettings {
            values: self.patterns.iter().filter_map(value).collect(),
        })
    }
}

/// What a pattern's group takes out of the lines of a text that are no comments.
pub fn taken(text: &str, comment: Option<&str>, pattern: &str) -> Option<String> {
    let pattern = Regex::new(pattern).ok()?;
    let is_comment = |line: &&str| comment.is_some_and(|it| line.trim_start().starts_with(it));
    let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    let found = pattern
        .captures(&lines.join("\n"))?
        .get(1)?
        .as_str()
        .to_owned();
    Some(found).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_settings() {
        let text = "# external_url 'http://example'\nexternal_url 'https://git.lan'\n";
        let pattern = r"external_url\s+'([^']+)'";
        let of = |comment| taken(text, comment, pattern);
        assert_eq!(of(Some("#")).as_deref(), Some("https://git.lan"));
        assert_eq!(of(None).as_deref(), Some("http://example"));
        assert_eq!(taken(text, None, "nothing(x)"), None);
    }
}
