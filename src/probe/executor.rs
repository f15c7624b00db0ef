//! The first answer of authentik's flow executor: which stage a flow begins with, or why it does
//! not.
//!
//! **Not for a plain run**: authentik answers it with an anonymous session, which stays for 24 hours
//! (verified.md 2).

use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    http::{End, Get, Raw, http_url, place_of},
};

/// Bytes of an answer that are read; recorded ones have under a thousand.
const LARGEST: usize = 256 * 1024;
/// Characters of a text that are kept.
const LONGEST: usize = 300;

/// GET of a flow's first stage, as somebody who is not signed in.
#[derive(Debug, Clone, Serialize)]
pub struct AskExecutor {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The flow's slug.
    pub slug: String,
}

/// What a flow begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "first", content = "value", rename_all = "kebab-case")]
pub enum FirstStep {
    /// A stage, by its component, such as "ak-stage-identification" (recorded 026).
    Stage(String),
    /// It does not apply, in the page's own words (recorded 250).
    Refused(String),
    /// It is over at once, and sends the browser here: a flow without stages (verified.md 1b).
    Over(String),
    /// There is no such flow (recorded 048).
    Absent,
    /// Something else, in a few words.
    Other(String),
}

/// The executor's JSON, as far as it matters.
#[derive(Deserialize)]
struct Challenge {
    component: String,
    to: Option<String>,
    error_message: Option<String>,
}

impl Probe for AskExecutor {
    const KIND: &'static str = "executor";
    type Answer = FirstStep;

    fn key(&self) -> String {
        format!("executor GET {} at {}", self.slug, self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<FirstStep, ProbeError> {
        let what = self.key();
        let mut url = http_url(&self.base, &what)?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["api", "v3", "flows", "executor", &self.slug, ""]);
        }
        url.set_query(Some("query="));
        let get = Get {
            url: &url,
            accept: "application/json",
            bearer: None,
            cap: LARGEST,
            partial: false,
            what: &what,
        };
        let first = read(tools.http.get(&get).await?)?;
        let kept =
            |text: String| -> String { tools.redact.text(&text).chars().take(LONGEST).collect() };
        Ok(match first {
            FirstStep::Stage(text) => FirstStep::Stage(kept(text)),
            FirstStep::Refused(text) => FirstStep::Refused(kept(text)),
            FirstStep::Over(text) => FirstStep::Over(kept(text)),
            FirstStep::Absent => FirstStep::Absent,
            FirstStep::Other(text) => FirstStep::Other(kept(text)),
        })
    }
}

fn read(raw: Raw) -> Result<FirstStep, ProbeError> {
    match raw.status {
        200 => {}
        404 => return Ok(FirstStep::Absent),
        status => return Ok(FirstStep::Other(format!("status {status}"))),
    }
    match raw.end {
        End::Broken(error) => return Err(error),
        End::Capped => return Ok(FirstStep::Other("more than 256 KiB".into())),
        End::Whole | End::Stalled => {}
    }
    Ok(first(&raw.body))
}

fn first(body: &[u8]) -> FirstStep {
    let Ok(challenge) = serde_json::from_slice::<Challenge>(body) else {
        return FirstStep::Other("no answer of a flow".into());
    };
    match challenge.component.as_str() {
        "xak-flow-redirect" => FirstStep::Over(challenge.to.unwrap_or_default()),
        "ak-stage-access-denied" => FirstStep::Refused(challenge.error_message.unwrap_or_default()),
        _ => FirstStep::Stage(challenge.component),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_flow_begins_with_is_read() {
        for (body, wanted) in [
            (
                r#"{"flow_info": {}, "component": "ak-stage-identification", "user_fields": []}"#,
                FirstStep::Stage("ak-stage-identification".into()),
            ),
            (
                r#"{"component": "ak-stage-access-denied", "error_message": "Flow does not apply to current user."}"#,
                FirstStep::Refused("Flow does not apply to current user.".into()),
            ),
            (
                r#"{"component": "xak-flow-redirect", "to": "/"}"#,
                FirstStep::Over("/".into()),
            ),
            ("<html>", FirstStep::Other("no answer of a flow".into())),
        ] {
            assert_eq!(first(body.as_bytes()), wanted, "{body}");
        }
    }
}
