//! Puts a stack together: what the command line, the environment and akdoctor.toml say, and the
//! API token with the word whether it may be sent.

use std::path::PathBuf;

use jiff::Timestamp;
use url::Url;

use crate::model::{Places, printable};

use super::{
    Access, ClientSecret, ConfigError, Stack, Surroundings, TokenAccess,
    file::{self, Described, TokenSource},
    locate::{self, Chosen, Found},
    own, places, secret,
    token::{self, PendingToken},
    trust::{self, Decision, Remembered},
    values,
};

/// What the command line and the environment say about the stack.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--url` or `AUTHENTIK_URL`.
    pub url: Option<String>,
    /// `--trust-config`: a token may go where the configuration found in the current folder says.
    pub trust_config: bool,
    /// `--since`.
    pub since: Option<Timestamp>,
    /// Variables and folders; by default those of this process.
    pub surroundings: Surroundings,
}

/// A stack with what only this process may know.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What should be true.
    pub stack: Stack,
    /// The API token, if there is one that may be used. [`PendingToken::bind`] makes it ready to
    /// send; the redactor must learn it first.
    pub token: Option<PendingToken>,
    /// The client secrets that the configuration names; the tools must learn them first.
    pub secrets: Vec<ClientSecret>,
    /// What to ask the person before a token is sent; the answer yes is [`Loaded::trust`]. While
    /// it stands, [`Loaded::token`] is `None`.
    pub ask: Option<Question>,
    /// On which lines the configuration speaks of what.
    pub places: Places,
    /// What the person should know (a world-readable token file).
    pub notes: Vec<String>,
    /// Whether nobody but a file that lies in the current folder says where authentik is.
    pub by_chance: bool,
    withheld: Option<PendingToken>,
    remembered: Remembered,
}

/// Asks whether a token may be sent somewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file} in this folder wants the API token of {token} sent to {origin}, which you have not \
     agreed to before; send it?"
)]
pub struct Question {
    /// The configuration file that says so.
    pub file: String,
    /// The variable or file that holds the token.
    pub token: String,
    /// Scheme, host and port.
    pub origin: String,
}

/// Reads the configuration in force and the token.
///
/// # Errors
/// Where (file, line, column), why, and what to do.
pub fn load(options: &LoadOptions) -> Result<Loaded, ConfigError> {
    let found = locate::find(options)?;
    let mut described = match &found {
        Some(found) => file::parse(&found.shown, &found.text)?,
        None => Described::default(),
    };
    if let Some(url) = &options.url {
        described.authentik.url = Some(named_url(url)?);
    }
    let mut loaded = Loaded {
        remembered: Remembered::of(&options.surroundings),
        ..Loaded::default()
    };
    if let Some(empty) = found.as_ref().filter(|_| described.nothing) {
        let file = printable(&empty.shown);
        let note = format!("{file} says nothing yet; going by discovery");
        loaded.notes.push(note);
    }
    let named = found.as_ref().zip(described.token.as_ref());
    let token = token::find(&options.surroundings, named, &mut loaded.notes)?;
    let secrets = std::mem::take(&mut described.secrets);
    let own = std::mem::take(&mut described.profiles);
    let wanted = std::mem::take(&mut described.app_profiles);
    loaded.stack = stack(described, found.as_ref());
    if let Some(found) = &found {
        loaded.places = places::places(&found.shown, &found.text);
        loaded.stack.profiles = own::read(found, &options.surroundings, &own)?;
        own::known(found, &loaded.stack, &wanted)?;
    }
    loaded.stack.since = options.since;
    loaded.by_chance = found
        .as_ref()
        .is_some_and(|found| found.chosen == Chosen::ByChance)
        && options.url.is_none()
        && !options.trust_config;
    if let Some(found) = &found {
        loaded.read_secrets(secrets, options, found)?;
    }
    loaded.settle_secrets(found.as_ref());
    if let Some(token) = token {
        loaded.give_or_withhold(token, found.as_ref());
    }
    Ok(loaded)
}

fn named_url(url: &str) -> Result<String, ConfigError> {
    values::base_url(url).map_err(|fault| {
        let message = format!("the URL given by --url or AUTHENTIK_URL {}", fault.message);
        ConfigError::usage(message, fault.hint)
    })
}

pub(super) fn stack(described: Described, found: Option<&Found>) -> Stack {
    Stack {
        authentik: described.authentik,
        apps: described.apps,
        users: described.users,
        access: Access::default(),
        config_path: found.map(|found| found.shown.clone()),
        narrowed: false,
        since: None,
        trace: false,
        profiles: Vec::new(),
        signatures: Vec::new(),
    }
}

impl Loaded {
    /// Lets the token go where the configuration says, and remembers that for this origin. Does
    /// nothing when no question stands.
    pub fn trust(&mut self) {
        let Some(token) = self.withheld.take() else {
            return;
        };
        self.ask = None;
        self.stack.access.secrets_withheld = None;
        let kept = token.origin().map(|origin| self.remembered.add(origin));
        if let Some(Err(error)) = kept {
            self.notes.push(format!(
                "your answer could not be kept, so you will be asked again: {error}"
            ));
        }
        self.give(token);
    }

    fn read_secrets(
        &mut self,
        sources: Vec<(String, TokenSource)>,
        options: &LoadOptions,
        found: &Found,
    ) -> Result<(), ConfigError> {
        for (slug, source) in sources {
            let mut apps = self.stack.apps.iter_mut();
            let Some(app) = apps.find(|app| app.slug == slug) else {
                continue;
            };
            let around = &options.surroundings;
            let read = secret::find(around, found, &app.name, &source, &mut self.notes)?;
            if let Some((place, secret)) = read {
                app.client_secret = Some(place);
                self.secrets.push((slug, secret));
            }
        }
        Ok(())
    }

    /// Client secrets, also those that stand in containers, go to no host that only a file found
    /// by chance names.
    fn settle_secrets(&mut self, found: Option<&Found>) {
        let url = self.stack.authentik.url.as_deref();
        let Some(origin) = url.and_then(|url| Url::parse(url).ok()) else {
            return;
        };
        let Some(found) = found.filter(|_| self.by_chance) else {
            return;
        };
        if let Decision::Ask { origin } = trust::decide(&origin, &self.remembered) {
            let file = printable(&found.shown);
            self.stack.access.secrets_withheld = Some(format!(
                "{file} in the current folder names {origin}, and you have not agreed to send a \
                 secret there; if that is right, add --url {origin} or --trust-config"
            ));
        }
    }

    fn give(&mut self, token: PendingToken) {
        self.stack.access.token = TokenAccess::Given {
            from: token.from().to_owned(),
        };
        self.token = Some(token);
    }

    fn give_or_withhold(&mut self, token: PendingToken, found: Option<&Found>) {
        let url = self.stack.authentik.url.as_deref();
        let token = token.with_origin(url.and_then(|url| Url::parse(url).ok()));
        // `--url` and `AUTHENTIK_URL` stand above the file: then the person chose the origin.
        let by_chance = found.filter(|_| self.by_chance);
        let decision = token
            .origin()
            .map(|origin| trust::decide(origin, &self.remembered));
        match (by_chance, decision) {
            (Some(found), Some(Decision::Ask { origin })) => {
                self.withhold(token, found, origin);
            }
            _ => self.give(token),
        }
    }

    fn withhold(&mut self, token: PendingToken, found: &Found, origin: String) {
        let question = Question {
            file: printable(&found.shown).into_owned(),
            token: token.from().to_owned(),
            origin,
        };
        let Question { file, origin, .. } = &question;
        self.stack.access.token = TokenAccess::Withheld {
            why: format!(
                "{file} in the current folder names {origin}, and you have not agreed to send a \
                 token there; if that is right, add --url {origin} or --trust-config"
            ),
        };
        self.ask = Some(question);
        self.withheld = Some(token);
    }
}
