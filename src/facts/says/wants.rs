//! What an app sends and needs when somebody signs in: where its client secret stands, the scopes
//! that it asks for, the claims that it looks at. No secret is read here: only where it stands.

use regex::Regex;

use super::{Place, Said, reader::Reader};
use crate::{
    probe::{
        client_secret::Held,
        engine::{EnvValue, SecretRef},
    },
    stack::{self, SecretPlace, profiles::Switch},
};

/// Where an app's client secret stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SaidSecret {
    /// Where a probe can read it.
    Held {
        /// There.
        held: Held,
        /// The same for people.
        place: Place,
    },
    /// The app says a client id and no secret.
    Missing {
        /// Where it would stand.
        place: Place,
        /// Whether that is there and empty.
        empty: bool,
    },
    /// It does not say: its profile knows no place, or the secret stands elsewhere.
    Not,
    /// There is no container to ask.
    #[default]
    Unasked,
}

/// The scopes that an app asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AskedScopes {
    /// Those that are known.
    pub named: Vec<String>,
    /// Whether these are all.
    pub whole: bool,
    /// Whether it asks for all that authentik has for it.
    pub all_supported: bool,
    /// Where they stand; `None` for those of its profile.
    pub place: Option<Place>,
}

/// A claim that an app needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededClaim {
    /// Its name.
    pub name: String,
    /// Whether it must be `true`.
    pub must_be_true: bool,
    /// The variables that would make it unneeded.
    pub unless: Vec<String>,
    /// The variable that names it; `None` for a name of its profile.
    pub named_by: Option<String>,
}

impl AskedScopes {
    /// Whether a scope is asked for; `None` where that is not known.
    pub fn asks(&self, scope: &str) -> Option<bool> {
        match self.all_supported || self.named.iter().any(|named| named == scope) {
            true => Some(true),
            false => self.whole.then_some(false),
        }
    }
}

impl Reader<'_> {
    /// Where the client secret stands. Flags win over variables, and those over files.
    pub(super) fn client_secret(&self, client_id: &Said) -> SaidSecret {
        let Some(name) = self.secret_variable() else {
            return SaidSecret::Not;
        };
        let setting = self.settings.named(&name);
        let flag = setting.filter(|setting| setting.stands.starts_with("--"));
        if let Some(flag) = flag.filter(|flag| !flag.is_file) {
            let (container, stands) = (self.container.id.clone(), flag.stands.clone());
            let held = Held::Flag {
                container,
                flag: stands.clone(),
            };
            return self.held(held, &stands);
        }
        let variable = self.container.env.get(&name);
        let is_set = |value: &&EnvValue| value.plain() != Some("");
        if flag.is_none() && variable.filter(is_set).is_some() {
            let held = Held::Variable(SecretRef {
                container: self.container.id.clone(),
                variable: name.clone(),
            });
            return self.held(held, &name);
        }
        if let Some(file) = setting.filter(|setting| setting.is_file) {
            let held = Held::File {
                container: self.container.id.clone(),
                path: file.value.clone(),
            };
            return self.held(held, &file.stands);
        }
        let elsewhere = &self.profile.client_secret_unless;
        let known = !self.profile.client_secret.is_empty() && client_id.value().is_some();
        match known && self.settings.first(elsewhere).is_none() {
            true => SaidSecret::Missing {
                place: self.place(&name),
                empty: variable.is_some(),
            },
            false => SaidSecret::Not,
        }
    }

    fn held(&self, held: Held, stands: &str) -> SaidSecret {
        SaidSecret::Held {
            held,
            place: self.place(stands),
        }
    }

    /// The variable of the secret: the first that is there, else the first of the profile's.
    fn secret_variable(&self) -> Option<String> {
        let names = &self.profile.client_secret;
        if let Some(like) = &self.profile.client_secret_like {
            return self.only_secret_like(like);
        }
        let there = |name: &&String| {
            self.settings.named(name).is_some() || self.container.env.contains_key(*name)
        };
        names.iter().find(there).or(names.first()).cloned()
    }

    /// The one variable of such a name that holds a secret or names a file with one.
    fn only_secret_like(&self, like: &str) -> Option<String> {
        let pattern = Regex::new(&format!("^(?:{like})$")).ok()?;
        let env = self.container.env.iter();
        let set = env.filter(|(_, value)| value.plain() != Some(""));
        let names = set.map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = names
            .chain(self.settings.names())
            .filter(|name| pattern.is_match(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        }
    }

    /// The scopes that it asks for.
    pub(super) async fn scopes(&self) -> Option<AskedScopes> {
        let scopes = self.profile.scopes.as_ref()?;
        let names: Vec<String> = scopes.variable.iter().cloned().collect();
        let said = self.by(&names, scopes.like.as_deref()).await;
        let (mut named, place) = match said {
            Said::Value { value, place } => (Some(scopes.cut(&value)), Some(place)),
            Said::Hidden(_) => return None,
            _ => (scopes.default.clone(), None),
        };
        let all_supported = named.is_none() && scopes.all_supported;
        let whole = named.is_some() || all_supported;
        let always = scopes.always.iter();
        let named = named.get_or_insert_default();
        let missing: Vec<_> = always
            .filter(|scope| !named.contains(scope))
            .cloned()
            .collect();
        named.extend(missing);
        let known = whole || !named.is_empty();
        known.then(|| AskedScopes {
            named: named.clone(),
            whole,
            all_supported,
            place,
        })
    }

    /// The claims that it needs.
    pub(super) fn claims(&self) -> Vec<NeededClaim> {
        let needed = self.profile.claims.iter().filter_map(|claim| {
            if claim.unless.iter().any(|switch| self.is_on(switch)) {
                return None;
            }
            let by = claim.named_by.as_deref();
            let setting = by.and_then(|name| self.settings.named(name));
            let given = setting.map(|setting| setting.value.clone());
            let named_by = setting.map(|setting| setting.stands.clone());
            Some(NeededClaim {
                name: given.or_else(|| claim.name.clone())?,
                must_be_true: claim.must_be_true,
                unless: claim.unless.iter().map(|it| it.variable.clone()).collect(),
                named_by,
            })
        });
        needed.collect()
    }

    /// Whether it reads claims from the id_token alone.
    pub(super) fn id_token_only(&self) -> bool {
        let Some(only) = &self.profile.id_token_only else {
            return false;
        };
        let is_on = |switch: &Option<Switch>| switch.as_ref().map(|it| self.is_on(it));
        is_on(&only.when).unwrap_or(true) && !is_on(&only.unless).unwrap_or(false)
    }

    fn is_on(&self, switch: &Switch) -> bool {
        let setting = self.settings.named(&switch.variable);
        setting.is_some_and(|setting| switch.is_on(&setting.value))
    }
}

/// What akdoctor.toml says of an app whose container does not.
pub(super) fn of_configuration(app: &stack::App) -> (Option<Said>, Option<SaidSecret>) {
    let place = |key: &str| Place {
        text: format!("{key} of {} in akdoctor.toml", app.name),
        ..Place::default()
    };
    let issuer = app.issuer.clone().map(|value| Said::Value {
        value,
        place: place("issuer"),
    });
    let secret = app.client_secret.as_ref().map(|stands| SaidSecret::Held {
        held: Held::Given {
            app: app.slug.clone(),
        },
        place: Place {
            text: match stands {
                SecretPlace::Variable(name) => format!("{name} of akdoctor's environment"),
                SecretPlace::File(path) => format!("file {path}"),
            },
            ..place("client_secret")
        },
    });
    (issuer, secret)
}
