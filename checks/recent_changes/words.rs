//! A change in words, and the app that it is about.

use jiff::Timestamp;

use crate::{
    facts::AppFacts,
    model::{Kind, Subject, clock, list_of},
    probe::events::ChangeRow,
};

/// Who `ak shell` says it is (verified.md 1).
const SHELL: &str = "authentik-shell";

/// "provider Gitea OIDC".
pub(super) fn thing(change: &ChangeRow) -> String {
    let kind = match change.model.as_str() {
        "application" => "application",
        "flow" => "flow",
        "flowstagebinding" => "a stage of a flow,",
        "brand" | "tenant" => "brand",
        "certificatekeypair" => "certificate",
        "policybinding" => "binding",
        "outpost" => "outpost",
        model if model.ends_with("provider") => "provider",
        model if model.ends_with("stage") => "stage",
        model if model.ends_with("policy") => "policy",
        model if model.ends_with("mapping") => "property mapping",
        model if model.ends_with("source") => "source",
        _ => "something",
    };
    match (&change.name, &change.pk) {
        // authentik says itself what it is: "Binding from Gitea #0 to Policy x".
        (Some(name), _) if change.model == "policybinding" => name.clone(),
        (Some(name), _) => format!("{kind} {name}"),
        (None, Some(pk)) => format!("{kind} {pk}"),
        (None, None) => kind.to_owned(),
    }
}

/// "changed".
pub(super) fn did(change: &ChangeRow) -> &'static str {
    match change.action.as_str() {
        "model_created" => "made",
        "model_deleted" => "deleted",
        _ => "changed",
    }
}

pub(super) fn who(change: &ChangeRow) -> String {
    match change.who.as_deref() {
        Some(SHELL) => "ak shell".into(),
        Some(who) => who.to_owned(),
        None => "somebody".into(),
    }
}

/// "provider Gitea OIDC was changed by akadmin at 10:02 UTC".
pub(super) fn sentence(change: &ChangeRow, now: Timestamp) -> String {
    let (thing, did, who) = (thing(change), did(change), who(change));
    format!("{thing} was {did} by {who} at {}", clock(change.at, now))
}

/// ": client_id and name", where the fields were written down.
pub(super) fn fields(change: &ChangeRow) -> String {
    match change.fields.as_deref() {
        None | Some([]) => String::new(),
        Some(fields) => format!(" ({})", list_of(fields)),
    }
}

/// Whether it is of a policy or a mapping, and of another one than the one that broke.
pub(super) fn is_of_another(change: &ChangeRow, broke: Option<&str>) -> bool {
    let (Some(broke), Some(name)) = (broke, change.name.as_deref()) else {
        return false;
    };
    match change.model.as_str() {
        "policybinding" => !name.ends_with(&format!(" to Policy {broke}")),
        model => (model.ends_with("policy") || model.ends_with("mapping")) && name != broke,
    }
}

/// The app whose provider or application it is. What several apps share is about none.
pub(super) fn app_of(change: &ChangeRow, apps: &[AppFacts]) -> Option<Subject> {
    let name = change.name.as_ref()?;
    let mut apps = apps.iter();
    let app = apps.find(|app| match change.model.as_str() {
        "application" => app.name == *name,
        "policybinding" => name.starts_with(&format!("Binding from {} #", app.name)),
        model if model.ends_with("provider") => {
            let provider = app.provider.as_ref();
            provider.is_some_and(|provider| {
                provider.name == *name && Some(provider.pk.to_string()) == change.pk
            })
        }
        _ => false,
    });
    app.map(|app| Subject::new(Kind::App, &app.name))
}
