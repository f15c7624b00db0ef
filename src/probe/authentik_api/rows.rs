//! The API's JSON, read leniently: only the fields needed, what is unknown ignored, both shapes of
//! what changed between versions.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::probe::flows::{LogoutUri, ProviderFlows};

use super::{ApplicationRow, ProviderRow, RedirectUri, RunningVersion, TokenUser, WorkerRow};

/// `/core/users/me/`.
#[derive(Deserialize)]
pub(super) struct MeWire {
    user: UserWire,
}

#[derive(Deserialize)]
struct UserWire {
    pk: i64,
    username: String,
    #[serde(default)]
    is_superuser: bool,
    #[serde(default)]
    system_permissions: Vec<String>,
}

impl From<MeWire> for TokenUser {
    fn from(MeWire { user }: MeWire) -> Self {
        Self {
            pk: user.pk,
            username: user.username,
            is_superuser: user.is_superuser,
            system_permissions: user.system_permissions,
        }
    }
}

/// `/admin/version/`.
#[derive(Deserialize)]
pub(super) struct VersionWire {
    version_current: String,
    version_latest: Option<String>,
}

impl From<VersionWire> for RunningVersion {
    fn from(wire: VersionWire) -> Self {
        Self {
            current: wire.version_current,
            latest: wire.version_latest,
        }
    }
}

/// A row of `/tasks/workers`.
#[derive(Deserialize)]
pub(super) struct WorkerWire {
    worker_id: String,
    version: Option<String>,
    version_matching: Option<bool>,
}

impl From<WorkerWire> for WorkerRow {
    fn from(wire: WorkerWire) -> Self {
        Self {
            worker_id: wire.worker_id,
            version: wire.version,
            version_matching: wire.version_matching,
        }
    }
}

/// `/admin/workers/`, up to 2025.6.
#[derive(Deserialize)]
pub(super) struct WorkerCountWire {
    pub(super) count: u64,
}

/// A row of `/tasks/tasks/`.
#[derive(Deserialize)]
pub(super) struct TaskWire {
    pub(super) mtime: Option<String>,
}

/// A row of `/core/applications/`.
#[derive(Deserialize)]
pub(super) struct ApplicationWire {
    slug: String,
    name: String,
    provider: Option<i64>,
    launch_url: Option<String>,
}

impl ApplicationWire {
    /// What it is called in URLs.
    pub(super) fn slug(&self) -> &str {
        &self.slug
    }
}

impl From<ApplicationWire> for ApplicationRow {
    fn from(wire: ApplicationWire) -> Self {
        Self {
            slug: wire.slug,
            name: wire.name,
            provider: wire.provider,
            launch_url: wire.launch_url.filter(|url| !url.is_empty()),
        }
    }
}

/// A row of `/providers/oauth2/`. The `client_secret` that comes with it is not read.
#[derive(Deserialize)]
pub(super) struct ProviderWire {
    pub(super) pk: i64,
    name: String,
    client_id: String,
    assigned_application_slug: Option<String>,
    #[serde(default, deserialize_with = "redirect_uris")]
    redirect_uris: Told,
    client_type: Option<String>,
    grant_types: Option<Vec<String>>,
    signing_key: Option<String>,
    property_mappings: Option<Vec<String>>,
    include_claims_in_id_token: Option<bool>,
    authentication_flow: Option<String>,
    /// Null where only `ak shell` or SQL could make it so (verified.md 7); there in every release.
    authorization_flow: Option<String>,
    invalidation_flow: Option<String>,
    /// 2025.8 to 2025.10.
    backchannel_logout_uri: Option<String>,
    logout_uri: Option<String>,
    logout_method: Option<String>,
}

impl ProviderWire {
    /// The slug of its application.
    pub(super) fn application(self) -> Option<String> {
        self.assigned_application_slug
            .filter(|slug| !slug.is_empty())
    }
}

/// The same for its secret alone; releases that keep secrets apart tell none (knowledge A.1).
#[derive(Deserialize)]
pub(super) struct SecretWire {
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
}

impl From<ProviderWire> for ProviderRow {
    fn from(wire: ProviderWire) -> Self {
        let uri = wire.logout_uri.or(wire.backchannel_logout_uri);
        Self {
            pk: wire.pk,
            name: wire.name,
            client_id: wire.client_id,
            application: wire
                .assigned_application_slug
                .filter(|slug| !slug.is_empty()),
            redirect_uris: wire.redirect_uris.list,
            redirect_text: wire.redirect_uris.text,
            client_type: wire.client_type,
            grant_types: wire.grant_types,
            signing_key: wire.signing_key,
            mappings: wire.property_mappings,
            claims_in_id_token: wire.include_claims_in_id_token,
            flows: Some(ProviderFlows {
                authentication: wire.authentication_flow,
                authorize: wire.authorization_flow,
                invalidation: wire.invalidation_flow,
            }),
            logout: uri.filter(|uri| !uri.is_empty()).map(|uri| LogoutUri {
                uri,
                method: wire.logout_method.filter(|method| !method.is_empty()),
            }),
        }
    }
}

#[derive(Deserialize)]
struct RedirectUriWire {
    matching_mode: String,
    url: String,
    redirect_uri_type: Option<String>,
}

/// A list of redirect URIs, with the text where it was told as one.
#[derive(Default)]
struct Told {
    list: Vec<RedirectUri>,
    text: Option<String>,
}

fn redirect_uris<'de, D: Deserializer<'de>>(from: D) -> Result<Told, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => Told::default(),
        Value::String(text) => Told {
            list: RedirectUri::lines(&text),
            text: Some(text),
        },
        list => {
            let wires: Vec<RedirectUriWire> = serde_json::from_value(list)
                .map_err(|error| D::Error::custom(format!("redirect_uris: {error}")))?;
            Told {
                list: wires.into_iter().map(RedirectUri::from).collect(),
                text: None,
            }
        }
    })
}

impl From<RedirectUriWire> for RedirectUri {
    fn from(wire: RedirectUriWire) -> Self {
        Self {
            matching_mode: wire.matching_mode,
            url: wire.url,
            redirect_uri_type: wire.redirect_uri_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(redirect_uris: &str) -> Result<ProviderRow, serde_json::Error> {
        serde_json::from_str::<ProviderWire>(&format!(
            r#"{{"pk":1,"name":"n","client_id":"c","client_secret":"s3cr3t","redirect_uris":{redirect_uris}}}"#
        ))
        .map(ProviderRow::from)
    }

    #[test]
    fn both_shapes_of_redirect_uris_are_read() {
        let list = provider(
            r#"[{"matching_mode":"regex","url":"http://a/.*","redirect_uri_type":"logout"}]"#,
        )
        .unwrap();
        assert_eq!(list.redirect_uris[0].matching_mode, "regex");
        assert_eq!(
            list.redirect_uris[0].redirect_uri_type.as_deref(),
            Some("logout")
        );
        let text = provider(r#""http://a/cb\nhttp://b/.*\n*""#).unwrap();
        let modes: Vec<_> = text
            .redirect_uris
            .iter()
            .map(|uri| (uri.matching_mode.as_str(), uri.url.as_str()))
            .collect();
        assert_eq!(
            modes,
            [
                ("strict", "http://a/cb"),
                ("strict", "http://b/.*"),
                ("regex", "*")
            ]
        );
        let told = text.redirect_text.as_deref();
        assert_eq!(told, Some("http://a/cb\nhttp://b/.*\n*"));
        assert_eq!(list.redirect_text, None);
        let empty = provider("\"\"").unwrap();
        assert_eq!(
            (empty.redirect_uris, empty.redirect_text),
            (Vec::new(), Some(String::new()))
        );
        assert_eq!(provider("null").unwrap().redirect_uris, []);
        assert!(
            provider("7")
                .unwrap_err()
                .to_string()
                .contains("redirect_uris")
        );
    }

    #[test]
    fn a_row_never_holds_the_client_secret() {
        let row = provider("[]").unwrap();
        assert!(!serde_json::to_string(&row).unwrap().contains("s3cr3t"));
    }
}
