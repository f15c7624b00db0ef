//! Secrets in what was kept of a log.

use serde_json::Value;

use super::Redactor;
use crate::logs::{LogDigest, LogGroup, UnknownLine};

impl Redactor {
    /// What was kept of a log, without secrets.
    pub fn digest(&self, mut digest: LogDigest) -> LogDigest {
        let groups = digest.groups.into_iter();
        digest.groups = groups.map(|group| self.group(group)).collect();
        let unknown = digest.unknown.into_iter();
        digest.unknown = unknown
            .map(|line| UnknownLine {
                template: self.text(&line.template),
                sample: self.text(&line.sample),
                ..line
            })
            .collect();
        digest
    }

    /// A known fault without secrets.
    pub fn group(&self, group: LogGroup) -> LogGroup {
        let values = group.values.into_iter();
        LogGroup {
            values: values
                .map(|(name, value)| (name, self.value(value)))
                .collect(),
            sample: self.text(&group.sample),
            ..group
        }
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(&text)),
            Value::Array(list) => list.into_iter().map(|one| self.value(one)).collect(),
            other => other,
        }
    }
}
