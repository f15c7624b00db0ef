//! What the logs tell, for checks that judge by when something began or by the request that it
//! happened in. The same questions as the check's own, so that each log is read once.

use jiff::Timestamp;

use super::{known, read, scene, story};
use crate::{
    evidence::Evidence,
    facts,
    model::{Severity, Subject},
    stack::Stack,
};

/// A known fault in a log.
#[derive(Debug, Clone)]
pub(in super::super) struct LogFault {
    /// The code of its finding.
    pub code: &'static str,
    /// What is faulty, as far as the line tells.
    pub subject: Subject,
    /// How bad it is where it stands.
    pub severity: Severity,
    /// Whose log it is.
    pub container: String,
    /// Since when it is seen again and again, or when it was seen first.
    pub began: Option<Timestamp>,
    /// Requests that it was seen in, the last ones.
    pub requests: Vec<String>,
    /// A line of it.
    pub sample: String,
    /// The key of the evidence.
    pub cite: String,
}

/// Every known fault in the logs that could be read; none without a container engine.
pub(in super::super) async fn faults(stack: &Stack, seen: &Evidence) -> Vec<LogFault> {
    let (Ok(found), Some(catalogue)) = (facts::containers(stack, seen).await, known(stack)) else {
        return Vec::new();
    };
    let (scene, sources) = scene(stack, seen, &found, catalogue).await;
    let read = read(&scene, &sources).await;
    let logs: Vec<_> = read.into_iter().filter_map(|(_, log)| log.ok()).collect();
    let stories = story::stories(&scene, &logs);
    stories
        .into_iter()
        .map(|story| LogFault {
            code: &story.signature.code,
            subject: story.subject(),
            severity: story.signature.severity(),
            container: story.log.source.container.name.clone(),
            began: story.group.since.or(story.group.first),
            requests: story.group.requests.clone(),
            sample: seen.hide(&story.group.sample),
            cite: story.log.cite.clone(),
        })
        .collect()
}
