//! The Python that makes the token or takes it away again, and what it answers.

use std::{fmt::Write as _, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::probe::ak_shell::READER;

const MAKE: &str = include_str!("make.py");
const REVOKE: &str = include_str!("revoke.py");

/// What a token of akdoctor may read, the smallest set that answers what akdoctor asks (verified.md
/// 3). Without certificates: that permission serves private keys too.
pub(super) const PERMISSIONS: [&str; 22] = [
    "authentik_blueprints.view_blueprintinstance",
    "authentik_brands.view_brand",
    "authentik_core.preview_user",
    "authentik_core.view_application",
    "authentik_core.view_group",
    "authentik_core.view_user",
    "authentik_core.view_user_applications",
    "authentik_events.view_event",
    "authentik_flows.view_flow",
    "authentik_flows.view_flowstagebinding",
    "authentik_outposts.view_outpost",
    "authentik_policies.view_policybinding",
    "authentik_policies_reputation.view_reputation",
    "authentik_policies_reputation.view_reputationpolicy",
    "authentik_providers_oauth2.view_oauth2provider",
    "authentik_providers_oauth2.view_scopemapping",
    "authentik_rbac.view_system_info",
    "authentik_rbac.view_system_settings",
    "authentik_stages_authenticator_validate.view_authenticatorvalidatestage",
    "authentik_stages_identification.view_identificationstage",
    "authentik_stages_password.view_passwordstage",
    "authentik_tasks.view_task",
];

/// The script that makes the token: with this key, or with one of authentik's own making; `have` is
/// the SHA-256 of the token that lies in the file already.
pub(super) fn make(key: Option<&SecretString>, have: Option<&str>, lives: Duration) -> String {
    let mut wanted = wanted(have);
    let permissions: String = PERMISSIONS
        .iter()
        .map(|name| format!("    \"{name}\",\n"))
        .collect();
    let key = key.map_or_else(
        || "None".to_owned(),
        |key| format!("\"{}\"", key.expose_secret()),
    );
    let _ = write!(
        wanted,
        "WANTED[\"seconds\"] = {}\nWANTED[\"permissions\"] = [\n{permissions}]\nWANTED[\"key\"] = {key}\n",
        lives.as_secs()
    );
    wanted + MAKE
}

/// The script that takes it away again.
pub(super) fn revoke(have: Option<&str>) -> String {
    wanted(have) + REVOKE
}

/// Letters, digits and numbers of our own making only: nothing that Python could read otherwise.
fn wanted(have: Option<&str>) -> String {
    let have = have.map_or_else(|| "None".to_owned(), |have| format!("\"{have}\""));
    format!("WANTED = {{\"have\": {have}}}\n")
}

/// The same for whoever runs it by hand.
pub(super) fn by_hand(script: &str, does: &str) -> String {
    format!(
        "# {does}. Save it as akdoctor-token.py and run, with your server's container:\n#\n\
         #   docker exec -i authentik-server ak shell -c \"{READER}\" < akdoctor-token.py\n#\n\
         # It prints no key: copy it under Directory > Tokens and App passwords > akdoctor-api.\n\
         {script}"
    )
}

/// What a script says that it did.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub(super) enum Told {
    /// A new token.
    Made(Token),
    /// The token that there was has a new key.
    Renewed(Token),
    /// It has its key still, and lives longer.
    Extended(Token),
    /// Nothing was to be done.
    There(Token),
    /// Nothing was done.
    Refused {
        /// Why.
        why: String,
    },
    /// Taken away.
    Removed {
        /// What was.
        removed: Vec<String>,
        /// What was not, and why.
        kept: Vec<String>,
        /// Whether the file held the token that is gone.
        matched: bool,
    },
}

/// The token that there is now.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Token {
    /// When it expires, RFC 3339.
    pub expires: Option<String>,
    /// Permissions that this release does not have.
    pub unknown: Vec<String>,
    /// What it may read beside those.
    pub more: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_holds_the_key_once_and_the_printed_one_none() {
        let key = SecretString::from("k".repeat(60));
        let lives = Duration::from_secs(90);
        let script = make(Some(&key), Some("ab12"), lives);
        assert_eq!(script.matches(&"k".repeat(60)).count(), 1);
        assert!(script.starts_with("WANTED = {\"have\": \"ab12\"}\nWANTED[\"seconds\"] = 90\n"));
        let printed = by_hand(&make(None, None, lives), "Makes it");
        assert!(printed.contains("WANTED[\"key\"] = None\n"), "{printed}");
        assert!(!printed.contains("ASKED"));
    }

    #[test]
    fn answers_are_read() {
        let read = |text| serde_json::from_str::<Told>(text).unwrap();
        let there = r#"{"outcome": "there", "expires": null, "unknown": [], "more": ["a.view_b"]}"#;
        assert!(matches!(read(there), Told::There(token) if token.more == ["a.view_b"]));
        let refused = read(r#"{"outcome": "refused", "why": "no"}"#);
        assert_eq!(refused, Told::Refused { why: "no".into() });
    }
}
