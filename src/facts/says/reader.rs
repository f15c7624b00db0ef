//! Reads an app's container by its profile.

use super::{
    AppSays, GivenUrl, Insists, Place, Said,
    settings::{Setting, Settings},
    texts::ini_value,
};
use crate::{
    evidence::{Evidence, Unknown},
    facts::AppFacts,
    probe::{
        Probe as _, ProbeError,
        engine::{Container, InspectContainer, ReadFile},
    },
    stack::profiles::{Follows, Form, Ini, Profile, What},
};

/// Reads one container by one profile.
pub(super) struct Reader<'a> {
    pub(super) app: &'a AppFacts,
    pub(super) container: &'a Container,
    pub(super) profile: &'a Profile,
    pub(super) seen: &'a Evidence,
    pub(super) settings: Settings,
}

impl<'a> Reader<'a> {
    /// A reader of an app's container.
    pub(super) fn of(
        app: &'a AppFacts,
        container: &'a Container,
        profile: &'a Profile,
        seen: &'a Evidence,
    ) -> Self {
        Self {
            app,
            container,
            profile,
            seen,
            settings: Settings::of(container, profile),
        }
    }

    pub(super) async fn all(&self) -> AppSays {
        let public_url = self.public_url().await;
        let issuer = self
            .by(&self.profile.issuer, self.profile.issuer_like.as_deref())
            .await;
        let issuer = self.or_in_text(issuer, What::Issuer).await;
        let endpoints = self.endpoints(&issuer).await;
        let client_id = self
            .by(
                &self.profile.client_id,
                self.profile.client_id_like.as_deref(),
            )
            .await;
        let client_id = self.or_in_text(client_id, What::ClientId).await;
        let (redirect_uri, by_page) = self.redirect_uri(&public_url).await;
        let has_page = self.profile.login_page.is_some() && public_url.value().is_some();
        AppSays {
            profile: Some(self.profile.id.clone()),
            insists: Insists::of(self.profile),
            client_secret: self.client_secret(&client_id),
            sends: self.profile.sends,
            scopes: self.scopes().await,
            claims: self.claims(),
            id_token_only: self.id_token_only(),
            no_source: has_page && redirect_uri == self.silent(),
            redirect_uri,
            client_id: by_page.unwrap_or(client_id),
            issuer,
            endpoints,
            public_url,
        }
    }

    async fn endpoints(&self, issuer: &Said) -> Vec<GivenUrl> {
        let mut endpoints = Vec::new();
        let mut given = |said: Said, browser: bool| {
            if let Said::Value { value: url, place } = said {
                let given = GivenUrl {
                    url,
                    place,
                    browser,
                };
                endpoints.push(given);
            }
        };
        given(issuer.clone(), true);
        for endpoint in &self.profile.endpoints {
            let said = self.first(std::slice::from_ref(&endpoint.variable)).await;
            given(said, endpoint.browser);
        }
        endpoints
    }

    /// The container for people, with a word where it is not the only one or does not run.
    pub(super) fn named(&self) -> String {
        let mut named = format!("container {}", self.container.name);
        if self.app.alike > 1 {
            named += &format!(", one of {} alike", self.app.alike);
        }
        if !self.container.state.status.is_up() {
            named += ", which does not run";
        }
        named
    }

    pub(super) fn place(&self, stands: &str) -> Place {
        let id = self.container.id.clone();
        Place {
            text: format!("{stands} of {}", self.named()),
            container: Some(self.container.name.clone()),
            variable: Some(stands.to_owned()),
            whole: true,
            perhaps: false,
            cites: vec![InspectContainer { id }.key()],
        }
    }

    /// A setting's own value, or the one in the file that it names.
    async fn value(&self, setting: &Setting) -> Said {
        let mut place = self.place(&setting.stands);
        if setting.is_file {
            place.cites.push(file_of(setting, self.container).key());
        }
        match whole_value(setting, self.container, self.seen).await {
            Ok(value) => Said::Value { value, place },
            Err(why) => Said::Hidden(why),
        }
    }

    pub(super) fn silent(&self) -> Said {
        Said::Not(self.profile.silent.clone())
    }

    /// The first of these variables that is set, or whose `_FILE` names a file with it.
    async fn first(&self, names: &[String]) -> Said {
        match self.settings.first(names) {
            Some(setting) => self.value(setting).await,
            None => self.silent(),
        }
    }

    pub(super) async fn by(&self, names: &[String], like: Option<&str>) -> Said {
        match like.and_then(|like| self.settings.only_like(like)) {
            Some(setting) => self.value(setting).await,
            None => self.first(names).await,
        }
    }

    async fn public_url(&self) -> Said {
        let said = self.first(&self.profile.public_url).await;
        let said = match (&said, &self.profile.ini) {
            (Said::Not(_), Some(ini)) => self.ini(ini).await,
            _ => said,
        };
        self.or_in_text(said, What::PublicUrl).await
    }

    /// A key of its configuration file.
    async fn ini(&self, ini: &Ini) -> Said {
        match ini_of(self.container, ini, self.seen).await {
            Ok(Some((value, path, cite))) => {
                let place = Place {
                    text: format!("{} in {path} of {}", ini.key, self.named()),
                    container: Some(self.container.name.clone()),
                    cites: vec![cite],
                    ..Place::default()
                };
                Said::Value { value, place }
            }
            Ok(None) => self.silent(),
            Err(why) => Said::Hidden(why),
        }
    }

    /// The redirect URI, and the client id where its login page told that as well.
    async fn redirect_uri(&self, public_url: &Said) -> (Said, Option<Said>) {
        if let Some(page) = &self.profile.login_page {
            return self.by_login_page(page, public_url).await;
        }
        (self.by_settings().await, None)
    }

    async fn by_settings(&self) -> Said {
        if self
            .profile
            .follows_browser
            .iter()
            .any(|it| self.follows(it))
        {
            return Said::Not("it follows the address in the browser".into());
        }
        for form in &self.profile.redirect_uris {
            match self.built(form).await {
                Said::Not(_) => {}
                said => return said,
            }
        }
        let in_text = self.or_in_text(self.silent(), What::RedirectUri).await;
        if !matches!(in_text, Said::Not(_)) {
            return in_text;
        }
        let sure = self.like(self.profile.redirect_uri_like.as_deref()).await;
        if !matches!(sure, Said::Not(_)) {
            return sure;
        }
        let perhaps = self.profile.redirect_uri_perhaps.as_deref();
        match self.like(perhaps).await {
            Said::Value { value, mut place } => {
                place.perhaps = true;
                Said::Value { value, place }
            }
            _ => sure,
        }
    }

    /// The one variable whose name is like this, if its value is a whole URI.
    async fn like(&self, pattern: Option<&str>) -> Said {
        match self.by(&[], pattern).await {
            Said::Value { value, place } if !is_whole_uri(&value) => {
                Said::Not(format!("{} is not one whole URI", place.text))
            }
            said => said,
        }
    }

    fn follows(&self, by: &Follows) -> bool {
        let given = self.settings.named(&by.variable);
        given.is_some_and(|given| by.value.as_ref().is_none_or(|value| given.value == *value))
    }

    async fn built(&self, form: &Form) -> Said {
        match form {
            Form::Whole { whole } => self.first(std::slice::from_ref(whole)).await,
            Form::Joined {
                base,
                folder,
                path,
                join,
            } => {
                let said = self.first(std::slice::from_ref(base)).await;
                let Said::Value { value, mut place } = said else {
                    return said;
                };
                place.whole = false;
                let folder = folder.as_deref().and_then(|name| self.settings.named(name));
                let folder = folder.map(|setting| setting.value.as_str());
                match join.together(&value, folder, path) {
                    Some(value) => Said::Value { value, place },
                    None => Said::Not(format!("{} is no URL", place.text)),
                }
            }
        }
    }
}

/// Whether a value is one URI and no list, path or template of some.
fn is_whole_uri(value: &str) -> bool {
    let one = !value.contains([',', ' ', ';']);
    one && value.split_once(':').is_some_and(|(scheme, rest)| {
        let mut scheme = scheme.chars();
        scheme.next().is_some_and(|c| c.is_ascii_alphabetic())
            && scheme.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
    })
}

fn file_of(setting: &Setting, container: &Container) -> ReadFile {
    ReadFile {
        container: container.id.clone(),
        path: setting.value.clone(),
    }
}

/// A setting's value; a file is read by the engine's archive API.
pub(super) async fn whole_value(
    setting: &Setting,
    container: &Container,
    seen: &Evidence,
) -> Result<String, Unknown> {
    if !setting.is_file {
        return Ok(setting.value.clone());
    }
    let file = seen.ask(file_of(setting, container)).await?;
    // Programs that read such a file drop the line break at its end.
    Ok(file.text.trim_end_matches(['\n', '\r']).to_owned())
}

/// A key of the first of the files that is there: its value, the file and the evidence.
pub(super) async fn ini_of(
    container: &Container,
    ini: &Ini,
    seen: &Evidence,
) -> Result<Option<(String, String, String)>, Unknown> {
    for path in &ini.files {
        let file = ReadFile {
            container: container.id.clone(),
            path: path.clone(),
        };
        let cite = file.key();
        match seen.ask(file).await {
            Ok(file) => {
                let value = ini_value(&file.text, &ini.section, &ini.key);
                return Ok(value.map(|value| (value, path.clone(), cite)));
            }
            Err(why) if matches!(why.error, ProbeError::Absent { .. }) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(None)
}
