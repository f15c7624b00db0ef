//! One person by the API: what of their sign-in can be told so. A filter that authentik does not
//! know is ignored without a word (measured.md), so every row is held against what was asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ask::Api,
    pages::Page,
    people::{UserWire, VIEW_EVENT, VIEW_USER, query, users},
};
use crate::probe::{
    Probe, ProbeError, Tools,
    http::place_of,
    people::PersonRow,
    person::{DeviceRow, EventRow, NearRow},
};

/// Events that are looked at, the newest.
const MOST_EVENTS: &str = "100";
/// Letters by which people who could be meant are looked for.
const FIRST_LETTERS: usize = 3;

/// Who is called so, by user name, e-mail address or primary key. Needs `view_user`.
#[derive(Debug, Clone, Serialize)]
pub struct AskWho {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The user name, e-mail address or primary key.
    pub who: String,
}

/// Who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoSeen {
    /// Those who are called so: by user name, else by primary key, else by address.
    pub rows: Vec<PersonRow>,
    /// Where there are none: who could be meant.
    pub near: Vec<NearRow>,
}

/// Somebody's devices of a second factor; any token may ask (verified.md 3).
#[derive(Debug, Clone, Serialize)]
pub struct AskDevices {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The person's primary key.
    pub user: i64,
}

/// What happened to somebody. Needs `view_event`.
#[derive(Debug, Clone, Serialize)]
pub struct AskPersonEvents {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// Their user name.
    pub username: String,
}

/// Whether somebody may open an application: authentik runs its policies, as if they opened it. Only
/// a superuser's token is answered for anybody but its own user; others must not ask.
#[derive(Debug, Clone, Serialize)]
pub struct AskCheckAccess {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The application's slug.
    pub slug: String,
    /// The person's primary key.
    pub user: i64,
}

/// What authentik says (recorded 115, 208, 218).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessSaid {
    /// Whether they may; yes of inactive people too.
    pub passing: bool,
    /// What policies say.
    #[serde(default)]
    pub messages: Vec<String>,
}

/// A probe by what it asks, for its key, and how.
macro_rules! person_probe {
    ($probe:ty, $answer:ty, |$self:ident| $path:expr, |$asked:ident, $tools:ident| $look:expr) => {
        impl Probe for $probe {
            const KIND: &'static str = "api";
            const LIMIT: Option<Duration> = super::LIST;
            type Answer = $answer;

            fn key(&self) -> String {
                let $self = self;
                format!("api GET {}/api/v3{}", self.base, $path)
            }

            fn place(&self) -> Option<String> {
                place_of(&self.base)
            }

            async fn look(&self, $tools: &Tools) -> Result<$answer, ProbeError> {
                let $asked = self;
                $look.await
            }
        }
    };
}

pub(super) use person_probe;

person_probe!(
    AskWho,
    WhoSeen,
    |ask| format!(
        "/core/users/?{}",
        query(&[("username", &ask.who), ("email", &ask.who)])
    ),
    |ask, tools| who(tools, ask)
);
person_probe!(
    AskDevices,
    Vec<DeviceRow>,
    |ask| format!("/authenticators/admin/all/?user={}", ask.user),
    |ask, tools| devices(tools, ask)
);
person_probe!(
    AskPersonEvents,
    Vec<EventRow>,
    |ask| events_path(&ask.username),
    |ask, tools| events(tools, ask)
);
person_probe!(
    AskCheckAccess,
    AccessSaid,
    |ask| check_path(ask),
    |ask, tools| check(tools, ask)
);

fn check_path(ask: &AskCheckAccess) -> String {
    let slug: String = url::form_urlencoded::byte_serialize(ask.slug.as_bytes()).collect();
    format!(
        "/core/applications/{slug}/check_access/?for_user={}",
        ask.user
    )
}

async fn check(tools: &Tools, ask: &AskCheckAccess) -> Result<AccessSaid, ProbeError> {
    Api::new(tools, &ask.base, None)?
        .get(&check_path(ask))
        .await
}

/// One request for a user name that is right; at most two more.
async fn who(tools: &Tools, ask: &AskWho) -> Result<WhoSeen, ProbeError> {
    let api = Api::new(tools, &ask.base, Some(VIEW_USER))?;
    let found = |rows: Vec<UserWire>| WhoSeen {
        rows: rows.into_iter().map(PersonRow::from).collect(),
        near: Vec::new(),
    };
    let mut rows = users(&api, &[("username", &ask.who), ("page_size", "5")]).await?;
    rows.retain(|row| row.username == ask.who);
    if !rows.is_empty() {
        return Ok(found(rows));
    }
    let is_pk = !ask.who.is_empty() && ask.who.bytes().all(|byte| byte.is_ascii_digit());
    if is_pk {
        match api
            .get::<UserWire>(&format!("/core/users/{}/", ask.who))
            .await
        {
            Err(ProbeError::Absent { .. }) => {}
            row => return Ok(found(vec![row?])),
        }
    }
    if ask.who.contains('@') {
        let mut rows = users(&api, &[("email", &ask.who), ("page_size", "20")]).await?;
        rows.retain(|row| row.email.to_lowercase() == ask.who.to_lowercase());
        if !rows.is_empty() {
            return Ok(found(rows));
        }
    }
    // What the first letters find is compared by whoever asks.
    let start: String = ask.who.chars().take(FIRST_LETTERS).collect();
    let near = users(&api, &[("search", &start), ("page_size", "20")]).await?;
    let near = near.into_iter().map(|row| NearRow {
        username: row.username,
        email: row.email,
    });
    Ok(WhoSeen {
        rows: Vec::new(),
        near: near.collect(),
    })
}

async fn devices(tools: &Tools, ask: &AskDevices) -> Result<Vec<DeviceRow>, ProbeError> {
    let api = Api::new(tools, &ask.base, None)?;
    let path = format!("/authenticators/admin/all/?user={}", ask.user);
    let rows: Vec<DeviceWire> = api.get(&path).await?;
    Ok(rows.into_iter().map(DeviceRow::from).collect())
}

fn events_path(username: &str) -> String {
    let filters = [
        ("actions", "login_failed"),
        ("actions", "authorize_application"),
        ("username", username),
        ("ordering", "-created"),
        ("page_size", MOST_EVENTS),
    ];
    format!("/events/events/?{}", query(&filters))
}

async fn events(tools: &Tools, ask: &AskPersonEvents) -> Result<Vec<EventRow>, ProbeError> {
    let api = Api::new(tools, &ask.base, Some(VIEW_EVENT))?;
    let page: Page<EventWire> = api.get(&events_path(&ask.username)).await?;
    let theirs = |event: &EventWire| {
        event.user["username"] == ask.username.as_str()
            && matches!(&*event.action, "login_failed" | "authorize_application")
    };
    let rows = page.results.into_iter().filter(theirs);
    Ok(rows.map(EventRow::from).collect())
}

#[derive(Deserialize)]
struct DeviceWire {
    pk: Value,
    #[serde(default)]
    name: String,
    #[serde(default)]
    confirmed: bool,
    #[serde(default)]
    meta_model_name: String,
    #[serde(default, rename = "type")]
    label: String,
    last_used: Option<String>,
}

impl From<DeviceWire> for DeviceRow {
    fn from(wire: DeviceWire) -> Self {
        let model = match wire.meta_model_name.is_empty() {
            true => wire.label,
            false => wire.meta_model_name,
        };
        let model = model.rsplit('.').next().unwrap_or_default().to_lowercase();
        Self {
            user: None,
            pk: match wire.pk {
                Value::String(text) => text,
                other => other.to_string(),
            },
            kind: model.trim_end_matches("device").to_owned(),
            name: wire.name,
            confirmed: wire.confirmed,
            rp_id: None,
            used: wire.last_used,
        }
    }
}

#[derive(Deserialize)]
struct EventWire {
    action: String,
    created: String,
    client_ip: Option<String>,
    #[serde(default)]
    user: Value,
    #[serde(default)]
    context: Value,
}

impl From<EventWire> for EventRow {
    fn from(wire: EventWire) -> Self {
        let of = |part: &str, field: &str| {
            let text = wire.context.get(part)?.get(field)?;
            text.as_str().map(str::to_owned)
        };
        Self {
            user: wire.user["pk"].as_i64(),
            stage: of("stage", "model_name"),
            app: of("authorized_application", "name"),
            app_pk: of("authorized_application", "pk"),
            action: wire.action,
            at: wire.created,
            ip: wire.client_ip,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(text: &str) -> DeviceRow {
        serde_json::from_str::<DeviceWire>(text).unwrap().into()
    }

    #[test]
    fn a_device_is_known_by_its_model_and_any_key() {
        let one = device(
            r#"{"pk": 3, "name": "phone", "confirmed": true, "last_used": null,
                "meta_model_name": "authentik_stages_authenticator_totp.totpdevice"}"#,
        );
        assert_eq!((&*one.pk, &*one.kind, one.confirmed), ("3", "totp", true));
        let older =
            r#"{"pk": "a-b", "type": "authentik_stages_authenticator_webauthn.WebAuthnDevice"}"#;
        let other = device(older);
        assert_eq!(
            (&*other.pk, &*other.kind, other.confirmed),
            ("a-b", "webauthn", false)
        );
    }

    #[test]
    fn an_event_tells_the_stage_or_the_app() {
        let wire: EventWire = serde_json::from_value(serde_json::json!({
            "action": "authorize_application", "created": "2026-11-24T10:00:00Z",
            "client_ip": "10.0.0.1", "user": {"pk": 6, "username": "anna"},
            "context": {"authorized_application": {"pk": "ab", "name": "Gitea"}},
        }))
        .unwrap();
        let row = EventRow::from(wire);
        assert_eq!((row.user, row.app.as_deref()), (Some(6), Some("Gitea")));
        assert_eq!(row.stage, None);
    }

    #[test]
    fn what_is_asked_cannot_leave_its_parameter() {
        let path = events_path("x&actions=login#\n");
        assert!(
            path.contains("username=x%26actions%3Dlogin%23%0A"),
            "{path}"
        );
    }
}
