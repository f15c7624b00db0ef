//! What authentik saw of a request: `/admin/system/` tells it to whoever may ask (knowledge C.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ask::Api;
use crate::probe::{Probe, ProbeError, Tools, http::place_of};

/// Headers by which proxies tell of the request that they got, as Django names them. No other
/// leaves the probe: the answer repeats the token too.
const TELLING: [&str; 6] = [
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_SCHEME",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_FORWARDED",
];

/// What a request through this base URL looks like to authentik. Needs `view_system_info`; writes
/// nothing (verified.md 2).
#[derive(Debug, Clone, Serialize)]
pub struct AskEcho {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// A request as authentik saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// The host that it takes itself to be.
    pub host: String,
    /// Whether the request counts as https.
    pub secure: bool,
    /// What proxies said, by header (`x-forwarded-proto`).
    pub forwarded: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct EchoWire {
    #[serde(default)]
    http_host: String,
    #[serde(default)]
    http_is_secure: bool,
    #[serde(default)]
    http_headers: BTreeMap<String, Value>,
}

impl Probe for AskEcho {
    const KIND: &'static str = "api";
    type Answer = Echo;

    fn key(&self) -> String {
        format!("api GET {}/api/v3/admin/system/", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<Echo, ProbeError> {
        let permission = Some("authentik_rbac.view_system_info");
        let api = Api::new(tools, &self.base, permission)?;
        let wire: EchoWire = api.get("/admin/system/").await?;
        let text = |text: &str| {
            tools
                .redact
                .text(&text.chars().take(300).collect::<String>())
        };
        let forwarded = TELLING.iter().filter_map(|name| {
            let value = text(wire.http_headers.get(*name)?.as_str()?);
            let name = name.strip_prefix("HTTP_")?;
            Some((name.to_lowercase().replace('_', "-"), value))
        });
        Ok(Echo {
            host: text(&wire.http_host),
            secure: wire.http_is_secure,
            forwarded: forwarded.collect(),
        })
    }
}
