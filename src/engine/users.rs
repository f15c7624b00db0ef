//! Which apps use a host name or a further address of authentik, as far as they say: whom a fault
//! of it hits; and who should be in a group.

use std::collections::BTreeMap;

use url::Url;

use crate::{
    evidence::Evidence,
    facts::{self, Base, NameUse, UsedBy},
    model::{Finding, Kind, Reach},
    stack::Stack,
};

/// What every app says of the addresses that it uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Users {
    uses: Vec<NameUse>,
    /// Apps that do not say by which address they, and their browsers, reach authentik.
    silent: Vec<String>,
    apps: usize,
    /// Who should be in each group of akdoctor.toml.
    groups: BTreeMap<String, Vec<String>>,
    /// The host name of authentik's first address, which everybody opens.
    first: Option<String>,
}

/// The apps that a fault hits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Those {
    /// They say that they use it.
    pub(super) surely: Vec<String>,
    /// They do not say what they use.
    pub(super) perhaps: Vec<String>,
}

impl Users {
    /// Asks what the checks of names have asked before.
    pub(super) async fn of(stack: &Stack, seen: &Evidence, base: &Base) -> Self {
        let apps = facts::app_facts(stack, seen, base).await;
        let uses = facts::names(stack, base, &apps);
        let says = |name: &str| {
            let mut uses = uses.iter();
            uses.any(|one| matches!(&one.by, UsedBy::Given { app, .. } if app == name))
        };
        let silent = apps.iter().filter(|app| !says(&app.name));
        Self {
            silent: silent.map(|app| app.name.clone()).collect(),
            apps: apps.len(),
            groups: BTreeMap::new(),
            first: place_of(&base.url).map(|(name, _)| name),
            uses,
        }
    }

    /// The same with the people of akdoctor.toml.
    pub(super) fn and_people_of(mut self, stack: &Stack) -> Self {
        for user in &stack.users {
            for group in &user.groups {
                let members = self.groups.entry(group.clone()).or_default();
                members.push(user.username.clone());
            }
        }
        self
    }

    /// Whom this finding hits, where that is told by who uses its subject: a host name, or an
    /// address of authentik that fails while another answers. `None` where nothing tells it apart
    /// from everybody.
    pub(super) fn hit_by(&self, finding: &Finding) -> Option<Those> {
        if finding.subject.kind == Kind::Group {
            let members = self.groups.get(&finding.subject.name);
            return members.map(|members| Those {
                surely: members.clone(),
                perhaps: Vec::new(),
            });
        }
        let vague = finding.reach == Reach::Everybody && !finding.certain;
        let named = finding.reach == Reach::Subject && finding.subject.kind == Kind::Name;
        let place = match finding.subject.kind {
            // That everybody opens authentik's first address is known.
            Kind::Name if vague && self.first.as_ref() == Some(&finding.subject.name) => None,
            Kind::Name if named || vague => Some((finding.subject.name.clone(), None)),
            Kind::Instance if vague => place_of(&finding.subject.name),
            _ => None,
        };
        let (name, port) = place?;
        let fits = |one: &&NameUse| {
            let opened = one.opened || port.is_some();
            opened && one.name == name && port.is_none_or(|port| one.port == port)
        };
        let mut surely: Vec<String> = Vec::new();
        for app in self.uses.iter().filter(fits).filter_map(NameUse::app) {
            if !surely.iter().any(|known| known == app) {
                surely.push(app.to_owned());
            }
        }
        let unsaid = self.silent.iter().filter(|app| !surely.contains(app));
        let those = Those {
            perhaps: unsaid.cloned().collect(),
            surely,
        };
        let tells = those.perhaps.len() < self.apps;
        tells.then_some(those)
    }
}

/// The host name and port of an address.
fn place_of(url: &str) -> Option<(String, Option<u16>)> {
    let url = Url::parse(url).ok()?;
    let name = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((name, url.port_or_known_default()))
}
