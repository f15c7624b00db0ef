//! Which host names and ports the stack uses, who uses them, and from where: authentik's own
//! addresses, where people open each app, and every URL of authentik that an app was given.

use std::{net::IpAddr, sync::Arc};

use url::{Host, Url};

use super::{AppFacts, Base, GivenUrl, Place};
use crate::{
    probe::{
        Probe as _,
        engine::{Container, InspectContainer},
    },
    stack::Stack,
};

/// One use of a host name.
#[derive(Debug, Clone)]
pub struct NameUse {
    /// The host name or address, without brackets.
    pub name: String,
    /// The port that is connected to.
    pub port: u16,
    /// The URL that holds it.
    pub url: String,
    /// Who uses it.
    pub by: UsedBy,
    /// Whether browsers open it.
    pub opened: bool,
    /// Whether the app itself connects to it, from its container.
    pub called: bool,
}

/// Who uses a host name.
#[derive(Debug, Clone)]
pub enum UsedBy {
    /// It is an address of authentik as configured or discovered.
    Instance,
    /// People open this app there.
    App(String),
    /// This app was given it as an address of authentik.
    Given {
        /// The app.
        app: String,
        /// Where the value stands.
        place: Place,
    },
}

impl NameUse {
    fn of(url: &str, by: UsedBy, opened: bool, called: bool) -> Option<Self> {
        let parsed = Url::parse(url).ok()?;
        let name = match parsed.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Some(Self {
            name,
            port: parsed.port_or_known_default()?,
            url: url.to_owned(),
            by,
            opened,
            called,
        })
    }

    /// The app that uses it, if one does.
    pub fn app(&self) -> Option<&str> {
        match &self.by {
            UsedBy::Instance => None,
            UsedBy::App(app) | UsedBy::Given { app, .. } => Some(app),
        }
    }

    /// Whether it means the machine, or the container, that it is used on.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.name)
    }
}

/// Whether a host name or address means whoever looks it up: `localhost`, `127.0.0.1`, `::1`.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Every use of a host name in the stack.
pub fn names(stack: &Stack, base: &Base, apps: &[AppFacts]) -> Vec<NameUse> {
    let mut uses: Vec<NameUse> = instances(stack, base).collect();
    for app in apps {
        let configured = app.configured.as_ref().and_then(|app| app.url.as_deref());
        let opened = configured.into_iter().chain(app.says.public_url.value());
        uses.extend(
            opened.filter_map(|url| NameUse::of(url, UsedBy::App(app.name.clone()), true, false)),
        );
        uses.extend(given(app).into_iter().filter_map(|given| {
            let by = UsedBy::Given {
                app: app.name.clone(),
                place: given.place,
            };
            let opened = given.browser && is_opened(&given.url);
            NameUse::of(&given.url, by, opened, is_called(&given.url))
        }));
    }
    uses
}

/// What every URL of authentik's OAuth2 endpoints has in its path.
const MARK: &str = "/application/o/";

/// The URLs of authentik that an app was given: as its profile tells, else every variable of its
/// container that holds one.
fn given(app: &AppFacts) -> Vec<GivenUrl> {
    if !app.says.endpoints.is_empty() {
        return app.says.endpoints.clone();
    }
    let Some(container) = &app.container else {
        return Vec::new();
    };
    let variables = container.env.iter().filter_map(|(variable, value)| {
        let url = value.plain()?;
        path_of(url).contains(MARK).then(|| {
            let place = Place {
                text: format!("{variable} of container {}", container.name),
                container: Some(container.name.clone()),
                variable: Some(variable.clone()),
                whole: true,
                perhaps: false,
                cites: vec![
                    InspectContainer {
                        id: container.id.clone(),
                    }
                    .key(),
                ],
            };
            GivenUrl {
                url: url.to_owned(),
                place,
                browser: is_opened(url),
            }
        })
    });
    variables.collect()
}

fn instances<'a>(stack: &'a Stack, base: &'a Base) -> impl Iterator<Item = NameUse> + 'a {
    let also = stack.authentik.also.iter().map(String::as_str);
    std::iter::once(base.url.as_str())
        .chain(also)
        .filter_map(|url| NameUse::of(url.trim_end_matches('/'), UsedBy::Instance, true, false))
}

/// Endpoints that only the app calls. An issuer and a discovery document are called by the app,
/// and send the browser to the same host (authentik builds both from the host it was asked by).
const BY_APP_ONLY: [&str; 6] = [
    "/token",
    "/userinfo",
    "/jwks",
    "/introspect",
    "/revoke",
    "/api/v3",
];

fn path_of(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned())
}

fn is_opened(url: &str) -> bool {
    let path = path_of(url);
    !BY_APP_ONLY.iter().any(|part| path.contains(part))
}

fn is_called(url: &str) -> bool {
    let path = path_of(url);
    !path.contains("/authorize") && !path.contains("/end-session")
}

/// The names by which this app's container reaches authentik: those that it was given, else, where
/// it does not say, every address of authentik that is no loopback. With `true` where it said so.
pub fn called_by(app: &AppFacts, uses: &[NameUse]) -> (bool, Vec<NameUse>) {
    let given = |one: &&NameUse| {
        matches!(&one.by, UsedBy::Given { app: by, .. } if *by == app.name) && one.called
    };
    let said: Vec<NameUse> = uses.iter().filter(given).cloned().collect();
    if !said.is_empty() {
        return (true, said);
    }
    let usual = |one: &&NameUse| matches!(one.by, UsedBy::Instance) && !one.is_loopback();
    (false, uses.iter().filter(usual).cloned().collect())
}

/// Whether a name means a container, and so nothing to a machine outside: with the host's network
/// a container's address is the machine's own.
pub fn means_container(all: &[Arc<Container>], name: &str) -> bool {
    !is_loopback(name)
        && container_called(all, name).is_some_and(|container| container.network_mode != "host")
}

/// The container that this name can only mean: its own name, service or alias, or its address in a
/// network of the engine.
pub fn container_called<'a>(all: &'a [Arc<Container>], name: &str) -> Option<&'a Arc<Container>> {
    let dotted = name.contains(['.', ':']);
    let is_address = name.parse::<IpAddr>().is_ok();
    all.iter().find(|container| {
        let service = container.compose.as_ref().map(|at| at.service.as_str());
        let mut networks = container.networks.values();
        if is_address {
            return networks.any(|net| net.ip == name);
        }
        !dotted
            && (container.name == name
                || service == Some(name)
                || networks.any(|net| net.aliases.iter().any(|alias| alias == name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_opens_and_who_calls_an_endpoint() {
        let issuer = "http://a:9000/application/o/coder/";
        assert!(is_opened(issuer) && is_called(issuer));
        let token = "http://a:9000/application/o/token/";
        assert!(!is_opened(token) && is_called(token));
        let authorize = "http://a:9000/application/o/authorize/";
        assert!(is_opened(authorize) && !is_called(authorize));
    }

    #[test]
    fn a_name_is_cut_from_its_url() {
        let of = |url: &str| NameUse::of(url, UsedBy::Instance, true, false);
        let one = of("https://[::1]/x").unwrap();
        assert_eq!((&*one.name, one.port), ("::1", 443));
        assert!(one.is_loopback());
        assert!(of("mailto:x@y").is_none());
    }
}
