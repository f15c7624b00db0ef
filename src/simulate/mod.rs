//! An authentik, its apps and a container engine, played on loopback from recorded answers.
//!
//! A scenario is data (`scenarios/*.toml`): the healthy world with an overlay. [`play`] starts its
//! listeners and hands out [`Tools`] whose seams lead there; nothing else in akdoctor knows
//! whether the world is simulated.

mod authentik;
mod directory;
mod engine;
mod flows;
mod hosts;
mod listen;
mod recorded;
mod scenario;
mod stack;
mod time;
mod tls;
mod world;

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::IpAddr,
    sync::Arc,
};

use anyhow::Context;
use futures::FutureExt;
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::{
    probe::{
        Tools,
        dns::Dns,
        engine::{EngineEndpoint, Transport},
        tools::{ApiToken, DialMap, Lookup, ToolsOptions},
    },
    stack::{Stack, TokenAccess},
};
use authentik::{Programs, Providers, Sessions, Tokens};
use directory::Directory;
use engine::Engine;
use flows::Flows;
use hosts::HostsFile;
use listen::{Listening, Requests};
use tls::Authorities;
use world::{ListenerState, World};

pub use listen::Asked;

/// Where the simulated authentik is, for people and for the API.
const AUTHENTIK: &str = "http://localhost:9000";

/// A scenario: the healthy world with an overlay.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: String,
    /// What is wrong in it, in one line.
    pub title: String,
}

/// A world being played; it ends when this is dropped.
pub struct Playing {
    /// Which scenario it is.
    pub scenario: Scenario,
    /// What should be true of it.
    pub stack: Stack,
    /// What to ask it with.
    pub tools: Tools,
    /// What answers: keep it as long as anything may be asked.
    pub stage: Stage,
}

impl Playing {
    /// Every request that came so far.
    pub fn requests(&self) -> Vec<Asked> {
        self.stage.requests()
    }
}

/// What answers in a world being played: its listeners and its hosts file. Both end when this is
/// dropped.
pub struct Stage {
    _listening: Listening,
    _hosts: HostsFile,
    requests: Requests,
}

impl Stage {
    /// Every request that came so far.
    pub fn requests(&self) -> Vec<Asked> {
        self.requests.so_far()
    }
}

/// Every scenario, in the order of `simulate --list`.
pub fn scenarios() -> Vec<Scenario> {
    scenario::all()
        .map(|(name, title)| Scenario {
            name: name.to_owned(),
            title,
        })
        .collect()
}

/// Starts to play a scenario on loopback.
///
/// # Errors
/// When there is no such scenario or loopback cannot be listened on.
pub async fn play(name: &str) -> anyhow::Result<Playing> {
    play_with(name, "").await
}

/// Starts to play a scenario with something more changed, written as the scenarios' files are.
///
/// # Errors
/// As [`play`], and when the overlay cannot be read.
pub async fn play_with(name: &str, overlay: &str) -> anyhow::Result<Playing> {
    let world = Arc::new(scenario::load(name, overlay)?);
    let tokens = Tokens {
        superuser: random_hex() + &random_hex(),
        limited: random_hex() + &random_hex(),
        reader: random_hex() + &random_hex(),
    };
    let token = tokens.of(world.token).map(str::to_owned);
    let requests = Requests::default();
    let mut listening = Listening::default();
    let programs = Arc::new(Programs {
        world: Arc::clone(&world),
        tokens,
        providers: Arc::new(Providers::of(&world)),
        directory: Arc::new(Directory::of(&world)),
        flows: Arc::new(Flows::of(&world)),
        requests: requests.clone(),
        sessions: Sessions::default(),
    });
    let authorities = Authorities::new().context("making certificates")?;
    let dial = listen_all(&world, &programs, &authorities, &mut listening)?;
    let engine = start_engine(&programs, &authorities, &mut listening)?;
    let hosts = HostsFile::write(&world.lookup).context("writing the simulated hosts file")?;
    let tools = Tools::new(ToolsOptions {
        dial,
        dial_only: true,
        dns: dns(&world),
        lookup: lookup(&world),
        hosts_file: hosts.path().to_owned(),
        token: token
            .as_deref()
            .map(|token| api_token(token, &world))
            .transpose()?,
        authorities: vec![authorities.known()],
        ..ToolsOptions::new(engine)
    })?;
    Ok(Playing {
        scenario: Scenario {
            name: name.to_owned(),
            title: world.title.clone(),
        },
        stack: reference_stack(&world, token.is_some()),
        tools,
        stage: Stage {
            _listening: listening,
            _hosts: hosts,
            requests,
        },
    })
}

fn reference_stack(world: &World, with_token: bool) -> Stack {
    let mut stack = stack::reference();
    if let Some(url) = &world.url {
        stack.authentik.url = Some(url.clone());
    }
    if let Some(also) = &world.also {
        stack.authentik.also.clone_from(also);
    }
    for app in &mut stack.apps {
        app.sign_out = world.sign_out.get(&app.slug).copied();
        if let Some(url) = world.opened.get(&app.slug) {
            app.url = Some(url.clone());
        }
    }
    for user in &mut stack.users {
        user.apps = world
            .expects
            .get(&user.username)
            .cloned()
            .unwrap_or_default();
    }
    if with_token {
        let from = "the simulation".into();
        stack.access.token = TokenAccess::Given { from };
    }
    stack
}

fn api_token(secret: &str, world: &World) -> anyhow::Result<ApiToken> {
    Ok(ApiToken {
        secret: SecretString::from(secret),
        origin: Url::parse(world.url.as_deref().unwrap_or(AUTHENTIK))?,
    })
}

/// Starts every listener; the map leads from where it is asked to where it really is.
fn listen_all(
    world: &World,
    programs: &Arc<Programs>,
    authorities: &Authorities,
    listening: &mut Listening,
) -> anyhow::Result<DialMap> {
    let mut dial = DialMap::new();
    for (name, listener) in &world.listener {
        let tls = listener.tls.as_ref();
        let tls = tls.map(|shown| authorities.acceptor(shown, listener.hosts()));
        let at = listening
            .start(
                listener.state,
                programs.service(name, listener),
                tls.transpose()?,
            )
            .with_context(|| format!("listening on loopback for the simulated {name}"))?;
        for place in &listener.at {
            let (host, port) = place
                .rsplit_once(':')
                .with_context(|| format!("{place:?} is not host:port"))?;
            dial.insert((host.to_owned(), port.parse()?), at);
        }
    }
    Ok(dial)
}

/// The engine of the world that these programs play; its containers tell of the same people and
/// providers.
fn start_engine(
    programs: &Programs,
    authorities: &Authorities,
    listening: &mut Listening,
) -> anyhow::Result<EngineEndpoint> {
    if !programs.world.engine {
        return Ok(EngineEndpoint::Absent {
            looked_at: vec!["/var/run/docker.sock".into()],
        });
    }
    let engine = Arc::new(Engine {
        world: Arc::clone(&programs.world),
        providers: Arc::clone(&programs.providers),
        directory: Arc::clone(&programs.directory),
        flows: Arc::clone(&programs.flows),
        began: Timestamp::now(),
        requests: programs.requests.clone(),
        pem: authorities.pem(),
        execs: std::sync::Mutex::default(),
    });
    let at = listening
        .start(ListenerState::Up, engine.service(), None)
        .context("listening on loopback for the simulated engine")?;
    Ok(EngineEndpoint::At {
        transport: Transport::Tcp(at.to_string()),
        configured_by: Some("the simulation".into()),
    })
}

/// The resolver of a world, with the words of a real one for a name that it does not know.
fn lookup(world: &Arc<World>) -> Lookup {
    let world = Arc::clone(world);
    Arc::new(move |host| {
        let found: Option<Vec<IpAddr>> = world.lookup.get(&host).cloned();
        async move {
            found.ok_or_else(|| {
                io::Error::other("failed to lookup address information: Name or service not known")
            })
        }
        .boxed()
    })
}

/// The DNS server of a world.
fn dns(world: &Arc<World>) -> Dns {
    let world = Arc::clone(world);
    Arc::new(move |host| {
        let found = world.dns.get(&host).cloned().unwrap_or_default();
        async move { Ok(found) }.boxed()
    })
}

/// 32 hexadecimal digits as nobody has seen them before; nothing outside a simulated world
/// depends on their being secret.
fn random_hex() -> String {
    let half = || RandomState::new().hash_one(Timestamp::now().as_nanosecond());
    format!("{:016x}{:016x}", half(), half())
}
