//! The second factor: whether the sign-in asks for one, and whether this person has one that works
//! at this host.

use std::collections::BTreeSet;

use super::{Judged, Scene};
use crate::{
    model::list_of,
    probe::{
        people::PersonRow,
        person::{DeviceRow, FactorRow},
    },
};

const WHAT: &str = "whether the sign-in asks for a second factor that they do not have";

pub(super) fn judge(scene: &Scene<'_>, row: &PersonRow, judged: &mut Judged) {
    let person = scene.person;
    let (flow, factors) = match (&person.flow, &person.factors) {
        (Ok(flow), Ok(factors)) => (flow, factors),
        (Err(why), _) | (_, Err(why)) => return judged.unseen(WHAT, why),
    };
    let here: Vec<&FactorRow> = factors.iter().filter(|stage| stage.flow == *flow).collect();
    if here.is_empty() {
        return;
    }
    let devices = match &person.devices {
        Ok(devices) => devices,
        Err(why) => return judged.unseen(WHAT, why),
    };
    for stage in here {
        one(scene, row, stage, devices, judged);
    }
}

fn one(
    scene: &Scene<'_>,
    row: &PersonRow,
    stage: &FactorRow,
    devices: &[DeviceRow],
    judged: &mut Judged,
) {
    let takes = |device: &&DeviceRow| {
        let classes = stage.classes.as_ref();
        device.confirmed && classes.is_none_or(|classes| classes.contains(&device.kind))
    };
    let taken: Vec<&DeviceRow> = devices.iter().filter(takes).collect();
    if taken.is_empty() {
        match &*stage.action {
            "deny" => judged.raised.push({
                let raised = scene
                    .raised("why/no-second-factor", row)
                    .with("stage", stage.name.clone())
                    .with("classes", classes(stage))
                    .with("devices", told(devices));
                match stage.policies {
                    Some(0) => raised,
                    // Policies decide whether the stage runs for them.
                    _ => raised.inferred(),
                }
            }),
            "configure" => judged.notes.push(format!(
                "the stage {} leads them through the set-up of a second factor",
                stage.name
            )),
            _ => {}
        }
        return;
    }
    judged.notes.push(format!(
        "after the password they are asked for a second factor: {}",
        told_refs(&taken)
    ));
    let Some(host) = scene.base.host() else {
        return;
    };
    let passkeys_only = taken.iter().all(|device| device.kind == "webauthn");
    if !passkeys_only {
        return;
    }
    if !scene.person.tells_hosts {
        let why = crate::evidence::Unknown::not_configured(
            "devices",
            "authentik's API does not tell the host that a WebAuthn device is bound to; its \
             database does",
        );
        return judged.unseen("whether their passkeys belong to this host", &why);
    }
    let elsewhere = |device: &&DeviceRow| {
        let bound = device.rp_id.as_deref();
        bound.is_some_and(|bound| !bound.eq_ignore_ascii_case(&host))
    };
    if taken.iter().all(elsewhere) {
        let hosts: BTreeSet<&str> = taken.iter().filter_map(|it| it.rp_id.as_deref()).collect();
        let hosts: Vec<&str> = hosts.into_iter().collect();
        let raised = scene
            .raised("why/passkey-elsewhere", row)
            .with("hosts", list_of(&hosts))
            .with("host", host)
            .with("devices", told_refs(&taken));
        judged.raised.push(raised);
    }
}

fn classes(stage: &FactorRow) -> String {
    match &stage.classes {
        Some(classes) => {
            let names: Vec<&str> = classes.iter().map(|kind| name_of(kind)).collect();
            names.join(" or ")
        }
        None => "of any kind".to_owned(),
    }
}

fn told(devices: &[DeviceRow]) -> String {
    let all: Vec<&DeviceRow> = devices.iter().collect();
    told_refs(&all)
}

fn told_refs(devices: &[&DeviceRow]) -> String {
    let one = |device: &&DeviceRow| {
        let kind = name_of(&device.kind);
        let name = match device.name.is_empty() {
            true => kind.to_owned(),
            false => format!("{kind} \"{}\"", device.name),
        };
        match device.confirmed {
            true => name,
            false => format!("{name} (never finished)"),
        }
    };
    let names: Vec<String> = devices.iter().map(one).collect();
    match names.is_empty() {
        true => "no device".to_owned(),
        false => list_of(&names),
    }
}

/// A kind of device as people call it.
fn name_of(kind: &str) -> &str {
    match kind {
        "totp" => "authenticator app",
        "static" => "recovery codes",
        "webauthn" => "passkey",
        "duo" => "Duo",
        "sms" => "SMS",
        "email" => "e-mail code",
        other => other,
    }
}
