//! Secrets in what was kept of a log.

use serde_json::Value;

use super::{Redactor, patterns};
use crate::logs::{LogDigest, LogGroup, UnknownLine, shown, template_of};

impl Redactor {
    /// What was kept of a log, without secrets and short.
    pub fn digest(&self, mut digest: LogDigest) -> LogDigest {
        let groups = digest.groups.into_iter();
        digest.groups = groups.map(|group| self.group(group)).collect();
        let unknown = digest.unknown.into_iter();
        digest.unknown = unknown.map(|line| self.unknown(line)).collect();
        digest
    }

    /// A known fault without secrets.
    pub fn group(&self, group: LogGroup) -> LogGroup {
        let values = group.values.into_iter();
        LogGroup {
            values: values
                .map(|(name, value)| {
                    let value = self.value(&name, value);
                    (name, value)
                })
                .collect(),
            sample: self.shown(&group.sample),
            // An id with a secret in it is none of authentik's; others are compared, never changed.
            requests: group
                .requests
                .into_iter()
                .filter(|id| self.text(id) == *id)
                .collect(),
            ..group
        }
    }

    fn unknown(&self, line: UnknownLine) -> UnknownLine {
        let sample = self.shown(&line.sample);
        UnknownLine {
            template: template_of(&sample),
            sample,
            ..line
        }
    }

    fn shown(&self, text: &str) -> String {
        shown(text, |text| self.text(text))
    }

    /// A value may be a secret by its name alone.
    fn value(&self, name: &str, value: Value) -> Value {
        match value {
            Value::String(text) if patterns::is_secret_member(name, &text) => {
                Value::from(self.mark(&text))
            }
            Value::String(text) => Value::from(self.shown(&text)),
            Value::Array(list) => list.into_iter().map(|one| self.value(name, one)).collect(),
            other => other,
        }
    }
}
