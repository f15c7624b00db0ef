//! Whether anybody at all may open an application.

use super::{Scene, only_policies};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppAccess, Binding, BoundTo, Holders, Mode, Together, Trilean},
    model::{Kind, Subject, list_of},
    probe::ProbeError,
};

pub(super) const WHAT: &str = "somebody may open it, and not by accident";

pub(super) fn judge(scene: &Scene<'_>, app: &AppAccess) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::App, scene.name(app));
    let raised = |code| {
        Raised::new(code, subject.clone())
            .with("app", scene.name(app))
            .with("slug", app.slug.clone())
            .cites(scene.access.cite.clone())
    };
    if app.counting().next().is_none() {
        let why = off_words(app);
        let closed = || {
            raised("app-access/unbound").with(
                "why",
                format!("{why}, and authentik's settings close applications without bindings"),
            )
        };
        match (app.unbound, app.bindings.is_empty()) {
            (Trilean::Yes, true) => findings.passed(WHAT, subject.clone(), scene.cites()),
            (Trilean::Yes, false) => {
                let raised = raised("app-access/all-off").with("why", why.clone());
                findings.raise(WHAT, with_off(app, raised));
            }
            (Trilean::No, _) => findings.raise(WHAT, with_candidate(scene, app, closed())),
            (Trilean::Unknown, _) => findings.unknown(WHAT, subject.clone(), &setting(scene)),
        }
        return findings;
    }
    match opens_to_somebody(app) {
        Trilean::Yes => findings.passed(WHAT, subject.clone(), scene.cites()),
        Trilean::No => {
            let raised = raised("app-access/nobody").with("why", why(app));
            let raised = with_off(app, with_candidate(scene, app, raised));
            findings.raise(WHAT, raised);
        }
        Trilean::Unknown => {
            let untold = app.counting().filter(|one| opens(one) == Trilean::Unknown);
            let mut untold = untold.filter(|one| one.is_static() && !one.dry_run);
            let why = match untold.next() {
                Some(binding) => holders_untold(scene, binding),
                None => only_policies(scene, app),
            };
            findings.unknown(WHAT, subject.clone(), &why);
        }
    }
    findings
}

/// Whether a binding lets in anybody who is active. One that is turned round lets in everybody
/// else.
fn opens(binding: &Binding) -> Trilean {
    match &binding.to {
        _ if binding.dry_run => Trilean::Unknown,
        BoundTo::Policy { .. } | BoundTo::Nothing => Trilean::Unknown,
        _ if binding.negate => Trilean::Yes,
        BoundTo::User { is_active, .. } => (*is_active).into(),
        BoundTo::Group { holders, .. } => match holders {
            Holders::Active => Trilean::Yes,
            Holders::Inactive | Holders::Nobody => Trilean::No,
            Holders::Unknown => Trilean::Unknown,
        },
    }
}

/// `No` is sure; `Yes` says that no binding by itself shuts everybody out.
fn opens_to_somebody(app: &AppAccess) -> Trilean {
    let statics = || app.counting().filter(|one| one.is_static()).map(opens);
    let others = app.counting().filter(|one| !one.is_static()).map(opens);
    let together = statics().next().map(|_| {
        match (app.mode, app.together) {
            (Mode::All, Together::Each) => Trilean::all(statics()),
            // Where it is not known whether each is needed, one that lets somebody in may be enough.
            _ => Trilean::any(statics()),
        }
    });
    let parts = others.chain(together);
    match app.mode {
        Mode::Any => Trilean::any(parts),
        Mode::All => Trilean::all(parts),
    }
}

fn why(app: &AppAccess) -> String {
    let shut = app.counting().filter(|one| opens(one) == Trilean::No);
    let words: Vec<String> = shut
        .map(|binding| {
            let is = match &binding.to {
                BoundTo::Group {
                    holders: Holders::Nobody,
                    ..
                } => "no members",
                BoundTo::Group { .. } => "all members are inactive",
                _ => "inactive",
            };
            format!("{} ({is})", binding.called())
        })
        .collect();
    let bound = match app.mode {
        Mode::Any => "it is bound only to",
        Mode::All => "it needs",
    };
    format!("{bound} {}", list_of(&words))
}

fn off_words(app: &AppAccess) -> String {
    let words: Vec<String> = app
        .bindings
        .iter()
        .map(|binding| {
            let is = match binding.enabled {
                true => "has run out",
                false => "is switched off",
            };
            format!("the binding to {} {is}", binding.called())
        })
        .collect();
    match words.is_empty() {
        true => "nothing is bound to it".to_owned(),
        false => list_of(&words),
    }
}

/// The first binding that could be switched on again, or be kept from running out.
fn with_off(app: &AppAccess, raised: Raised) -> Raised {
    let useful = |one: &&Binding| !one.counts() && opens(one) != Trilean::No;
    let mut off = app.bindings.iter().filter(useful);
    let raised = match off.clone().find(|one| !one.enabled && !one.expired) {
        Some(one) => raised
            .with("off", one.called())
            .with("off_pk", one.pk.clone()),
        None => raised,
    };
    match off.find(|one| one.enabled && one.expired) {
        Some(one) => raised
            .with("expired", one.called())
            .with("expired_pk", one.pk.clone()),
        None => raised,
    }
}

/// Who could be let in: somebody of whom akdoctor.toml says that they should be, and somebody
/// inactive to whom the application is bound.
fn with_candidate(scene: &Scene<'_>, app: &AppAccess, raised: Raised) -> Raised {
    let mut raised = raised;
    for binding in app.counting() {
        match &binding.to {
            BoundTo::User {
                pk,
                name,
                is_active: false,
            } if !binding.negate => {
                raised = raised
                    .with("inactive_pk", *pk)
                    .with("inactive", name.clone());
            }
            BoundTo::Group { pk, name, .. } if opens(binding) == Trilean::No => {
                raised = raised
                    .with("group_pk", pk.clone())
                    .with("group", name.clone());
            }
            _ => {}
        }
    }
    let mut wanted = scene
        .stack
        .users
        .iter()
        .filter(|user| user.apps.contains(&app.slug))
        .filter_map(|user| {
            let mut named = scene.people.iter().flat_map(|people| &people.named);
            named.find(|row| row.username == user.username && row.is_active)
        });
    match wanted.next() {
        Some(row) => raised.with("user", row.username.clone()).with("pk", row.pk),
        None => raised,
    }
}

fn setting(scene: &Scene<'_>) -> Unknown {
    Unknown {
        key: scene.access.cite.clone(),
        error: ProbeError::NotAllowed {
            what: "reading whether applications without bindings are open".into(),
            detail: "the token's user needs the permission authentik_rbac.view_system_settings"
                .into(),
        },
    }
}

fn holders_untold(scene: &Scene<'_>, binding: &Binding) -> Unknown {
    Unknown {
        key: scene.access.cite.clone(),
        error: ProbeError::NotAllowed {
            what: format!("reading who is in {}", binding.called()),
            detail: "the token's user needs authentik_core.view_group and authentik_core.view_user"
                .into(),
        },
    }
}
