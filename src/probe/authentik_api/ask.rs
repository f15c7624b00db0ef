//! One question to the API: the token goes along, and the answer is JSON or an error that says
//! what it was instead.

use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use crate::probe::{
    ProbeError, Tools,
    http::{End, Get, Raw, http_url},
    tools::ApiToken,
};

/// Bytes of an answer that are read: 10,000 users are 13 MB, a page of 100 of anything is under 1.
const LARGEST: usize = 8 * 1024 * 1024;
/// The same for people.
const LARGEST_TEXT: &str = "8 MiB";

/// authentik's API as one probe asks it.
pub(super) struct Api<'a> {
    tools: &'a Tools,
    /// `<base>/api/v3`.
    root: String,
    token: &'a ApiToken,
    /// What would let the token ask this, beside being a superuser's.
    permission: Option<&'static str>,
}

/// What authentik says when it refuses.
#[derive(Deserialize)]
struct Refusal {
    detail: Option<String>,
    error: Option<String>,
}

impl<'a> Api<'a> {
    /// The API under a base URL, if there is a token that may go there.
    pub(super) fn new(
        tools: &'a Tools,
        base: &str,
        permission: Option<&'static str>,
    ) -> Result<Self, ProbeError> {
        let root = format!("{}/api/v3", base.trim_end_matches('/'));
        let url = http_url(&root, &root)?;
        let token = tools.token().ok_or_else(no_token)?;
        if !token.may_go_to(&url) {
            return Err(elsewhere(token, &url));
        }
        Ok(Self {
            tools,
            root,
            token,
            permission,
        })
    }

    /// GET of a path below the root.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ProbeError> {
        let what = format!("GET {}{path}", self.root);
        let url = http_url(&format!("{}{path}", self.root), &what)?;
        // The path cannot change the origin, but the token is worth a second look.
        if !self.token.may_go_to(&url) {
            return Err(elsewhere(self.token, &url));
        }
        let raw = self
            .tools
            .http
            .get(&Get {
                url: &url,
                accept: "application/json",
                bearer: Some(&self.token.secret),
                cap: LARGEST,
                partial: false,
                what: &what,
            })
            .await?;
        self.read(&what, raw)
    }

    fn read<T: DeserializeOwned>(&self, what: &str, raw: Raw) -> Result<T, ProbeError> {
        match raw.end {
            End::Broken(error) => return Err(error),
            End::Capped => {
                return Err(ProbeError::TooLarge {
                    what: what.into(),
                    limit: LARGEST_TEXT.into(),
                });
            }
            End::Whole | End::Stalled => {}
        }
        let refusal = serde_json::from_slice::<Refusal>(&raw.body).ok();
        if let Some(error) = self.refused(what, raw.status, refusal) {
            return Err(error);
        }
        serde_json::from_slice(&raw.body).map_err(|error| self.unreadable(what, &raw, &error))
    }

    /// Every status but 200 is a refusal, and so is authentik's "starting", which 2025.x sends
    /// with status 200 (knowledge A.5, fixed in 2025.12).
    fn refused(&self, what: &str, status: u16, refusal: Option<Refusal>) -> Option<ProbeError> {
        let what = what.to_owned();
        let starting = |refusal: &Refusal| refusal.error.as_deref() == Some("authentik starting");
        match status {
            _ if refusal.as_ref().is_some_and(starting) => {
                Some(ProbeError::Status { what, status: 503 })
            }
            200 => None,
            401 | 403 => Some(ProbeError::NotAllowed {
                what,
                detail: self.refusal(refusal.and_then(|refusal| refusal.detail)),
            }),
            404 => Some(ProbeError::Absent { what }),
            _ => Some(ProbeError::Status { what, status }),
        }
    }

    /// A refusal's words and what would help. A missing, wrong or expired token and the token of
    /// an inactive user all give 403 and are told apart by the words (measured.md).
    fn refusal(&self, detail: Option<String>) -> String {
        let Some(detail) = detail else {
            return "no reason was given; a proxy in front of authentik may have refused it".into();
        };
        let detail = self.tools.redact.text(&detail);
        let help = match (detail.as_str(), self.permission) {
            ("Token invalid/expired", _) => {
                "AKDOCTOR_TOKEN is wrong, has expired, or belongs to an inactive user; it must be \
                 a token with intent API"
                    .to_owned()
            }
            ("Authentication credentials were not provided.", _) => {
                "the token did not arrive; a proxy in front of authentik may drop the \
                 Authorization header"
                    .to_owned()
            }
            (_, Some(permission)) => {
                format!("the token's user needs the permission {permission}")
            }
            (_, None) => return detail,
        };
        format!("{detail} ({help})")
    }

    fn unreadable(&self, what: &str, raw: &Raw, error: &serde_json::Error) -> ProbeError {
        let detail = if looks_like_html(&raw.body) {
            "HTML instead of JSON; perhaps the URL is not authentik's, or a proxy answered".into()
        } else {
            // Says line and column. A type that differs is quoted, so it could quote a secret.
            self.tools.redact.text(&error.to_string())
        };
        ProbeError::Malformed {
            what: what.into(),
            detail,
        }
    }

    /// Something in a list that cannot be.
    pub(super) fn malformed(&self, path: &str, detail: String) -> ProbeError {
        ProbeError::Malformed {
            what: format!("GET {}{path}", self.root),
            detail,
        }
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

fn no_token() -> ProbeError {
    ProbeError::NotConfigured {
        why: "authentik's API needs a token and none is configured; set AKDOCTOR_TOKEN to a token \
              with intent API"
            .into(),
    }
}

fn elsewhere(token: &ApiToken, url: &Url) -> ProbeError {
    ProbeError::NotConfigured {
        why: format!(
            "the API token was configured for {} and is not sent to {}",
            token.origin.origin().ascii_serialization(),
            url.origin().ascii_serialization(),
        ),
    }
}
