//! What a stage of a flow shows, and what a browser would answer: authentik's challenges, by the
//! name of their component (authentik 2025.10, `flows/challenge.py` and `stages/*/stage.py`).

use serde_json::{Value, json};

use crate::model::{End, Want};

/// Devices, stages, fields and messages that are kept.
const MOST: usize = 16;
/// Classes of devices whose codes a person has without authentik sending anything.
const BY_CODE: [&str; 2] = ["totp", "static"];

/// What is to be done about a challenge.
#[derive(Debug, PartialEq)]
pub(super) enum Move {
    /// Post this.
    Post(Value),
    /// Go there.
    Go(String),
    /// Post a code of one of these devices.
    Code(Vec<String>),
    /// Nothing more.
    Stop(End),
}

/// What a person gives.
pub(super) struct Given<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

/// The name of a challenge's component.
pub(super) fn component(challenge: &Value) -> &str {
    challenge["component"].as_str().unwrap_or_default()
}

/// The answer to a challenge.
pub(super) fn answer(challenge: &Value, given: &Given<'_>) -> Move {
    let errors = errors(challenge);
    if !errors.is_empty() {
        return Move::Stop(End::Refused { says: errors });
    }
    let text = |name: &str| challenge[name].as_str().unwrap_or_default().to_owned();
    let component = component(challenge);
    match component {
        "xak-flow-redirect" => Move::Go(text("to")),
        "ak-stage-identification" => identification(challenge, given),
        "ak-stage-password" => {
            Move::Post(json!({ "component": component, "password": given.password }))
        }
        "ak-stage-consent" => {
            Move::Post(json!({ "component": component, "token": challenge["token"] }))
        }
        "ak-stage-user-login" => {
            Move::Post(json!({ "component": component, "remember_me": false }))
        }
        "ak-stage-dummy" => Move::Post(json!({ "component": component })),
        "ak-stage-access-denied" => Move::Stop(End::Denied {
            says: Some(text("error_message")).filter(|says| !says.is_empty()),
        }),
        "ak-stage-flow-error" => Move::Stop(End::Broken {
            request_id: text("request_id"),
        }),
        _ => match wanted(component, challenge) {
            Want::SecondFactor { devices } if devices.iter().any(|it| is_by_code(it)) => {
                Move::Code(devices)
            }
            want => Move::Stop(End::Wants(want)),
        },
    }
}

/// Whether a device of this class is answered with a code that a person has.
fn is_by_code(class: &str) -> bool {
    BY_CODE.contains(&class)
}

/// The answer that brings a code. authentik tries it with each of the person's devices that have
/// codes, whichever is selected (authentik 2025.10, `stages/authenticator_validate/stage.py`).
pub(super) fn with_code(code: &str) -> Value {
    json!({ "component": "ak-stage-authenticator-validate", "code": code })
}

/// The first stage wants the name, and the password too where it is set so.
fn identification(challenge: &Value, given: &Given<'_>) -> Move {
    if challenge["captcha_stage"].is_object() {
        return Move::Stop(End::Wants(Want::Captcha));
    }
    let mut body = json!({
        "component": "ak-stage-identification",
        "uid_field": given.user,
    });
    if challenge["password_fields"] == true {
        body["password"] = given.password.into();
    }
    Move::Post(body)
}

/// What a stage wants that only a person at a browser can give.
fn wanted(component: &str, challenge: &Value) -> Want {
    match component {
        "ak-stage-authenticator-validate" => second_factor(challenge),
        "ak-stage-prompt" => Want::Fields {
            labels: texts(&challenge["fields"], &["label", "field_key"]),
        },
        "ak-stage-captcha" => Want::Captcha,
        "ak-stage-email" => Want::Mail,
        _ => match component.strip_prefix("ak-stage-authenticator-") {
            Some(kind) => Want::Setup {
                stages: vec![kind.to_owned()],
            },
            None => Want::Unknown,
        },
    }
}

fn second_factor(challenge: &Value) -> Want {
    let mut devices = texts(&challenge["device_challenges"], &["device_class"]);
    devices.sort();
    devices.dedup();
    if !devices.is_empty() {
        return Want::SecondFactor { devices };
    }
    Want::Setup {
        stages: texts(
            &challenge["configuration_stages"],
            &["verbose_name", "name"],
        ),
    }
}

/// The first of these texts of each entry.
fn texts(list: &Value, names: &[&str]) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten().take(MOST);
    let text = |entry: &Value| {
        let mut texts = names.iter().filter_map(|name| entry[*name].as_str());
        texts.find(|text| !text.is_empty()).map(str::to_owned)
    };
    entries.filter_map(text).collect()
}

/// Why a stage refused what it was given: `{"field": [{"string": …, "code": …}]}` (recorded 035).
fn errors(challenge: &Value) -> Vec<String> {
    let fields = challenge["response_errors"].as_object();
    let fields = fields.into_iter().flatten().take(MOST);
    fields
        .flat_map(|(_, list)| texts(list, &["string"]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: Given<'_> = Given {
        user: "anna",
        password: "s3cret",
    };

    fn stop(challenge: Value) -> End {
        match answer(&challenge, &GIVEN) {
            Move::Stop(end) => end,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_password_goes_where_it_is_asked_for_and_nowhere_else() {
        let plain = json!({ "component": "ak-stage-identification", "password_fields": false,
            "captcha_stage": null });
        let Move::Post(body) = answer(&plain, &GIVEN) else {
            panic!();
        };
        assert_eq!(
            body,
            json!({ "component": "ak-stage-identification", "uid_field": "anna" })
        );
        let both = json!({ "component": "ak-stage-identification", "password_fields": true });
        let Move::Post(body) = answer(&both, &GIVEN) else {
            panic!();
        };
        assert_eq!(body["password"], "s3cret");
    }

    #[test]
    fn stages_for_people_are_named() {
        let factor = json!({ "component": "ak-stage-authenticator-validate", "device_challenges": [
            { "device_class": "webauthn" }, { "device_class": "sms" }, { "device_class": "sms" }]});
        let devices = vec!["sms".into(), "webauthn".into()];
        assert_eq!(stop(factor), End::Wants(Want::SecondFactor { devices }));
        let factor = json!({ "component": "ak-stage-authenticator-validate", "device_challenges": [
            { "device_class": "webauthn" }, { "device_class": "totp" }]});
        let devices = vec!["totp".into(), "webauthn".into()];
        assert_eq!(answer(&factor, &GIVEN), Move::Code(devices));
        let choose = json!({ "component": "ak-stage-authenticator-validate",
            "device_challenges": [], "configuration_stages": [{ "name": "t", "verbose_name": "TOTP" }]});
        let stages = vec!["TOTP".into()];
        assert_eq!(stop(choose), End::Wants(Want::Setup { stages }));
        let setup = json!({ "component": "ak-stage-authenticator-totp" });
        let stages = vec!["totp".into()];
        assert_eq!(stop(setup), End::Wants(Want::Setup { stages }));
        let captcha = json!({ "component": "ak-stage-identification", "captcha_stage": {} });
        assert_eq!(stop(captcha), End::Wants(Want::Captcha));
        let other = json!({ "component": "ak-source-plex" });
        assert_eq!(stop(other), End::Wants(Want::Unknown));
        assert_eq!(stop(json!([])), End::Wants(Want::Unknown));
    }

    #[test]
    fn refusals_come_with_authentiks_words() {
        let wrong = json!({ "component": "ak-stage-password",
            "response_errors": { "password": [{ "string": "Invalid password", "code": "invalid" }]}});
        let says = vec!["Invalid password".into()];
        assert_eq!(stop(wrong), End::Refused { says });
        let denied = json!({ "component": "ak-stage-access-denied",
            "error_message": "Flow does not apply to current user." });
        let says = Some("Flow does not apply to current user.".into());
        assert_eq!(stop(denied), End::Denied { says });
    }
}
