//! Reads an app's container by its profile.

use super::{
    AppSays, GivenUrl, Place, Said, first_of, only_like,
    texts::{ini_value, links},
};
use crate::{
    evidence::{Evidence, Unknown},
    facts::AppFacts,
    probe::{
        Probe as _, ProbeError,
        engine::{Container, InspectContainer, ReadFile},
        http::HttpGet,
    },
    stack::profiles::{Form, Ini, LoginPage, Profile},
};

/// Reads one container by one profile.
pub(super) struct Reader<'a> {
    pub(super) app: &'a AppFacts,
    pub(super) container: &'a Container,
    pub(super) profile: &'a Profile,
    pub(super) seen: &'a Evidence,
}

impl Reader<'_> {
    pub(super) async fn all(&self) -> AppSays {
        let public_url = self.public_url().await;
        let issuer = self.issuer().await;
        let mut endpoints: Vec<GivenUrl> = Vec::new();
        if let Said::Value { value, place } = &issuer {
            endpoints.push(GivenUrl {
                url: value.clone(),
                place: place.clone(),
                browser: true,
            });
        }
        for endpoint in &self.profile.endpoints {
            if let Said::Value { value, place } =
                self.first(std::slice::from_ref(&endpoint.variable)).await
            {
                endpoints.push(GivenUrl {
                    url: value,
                    place,
                    browser: endpoint.browser,
                });
            }
        }
        AppSays {
            profile: Some(self.profile.id.clone()),
            redirect_uri: self.redirect_uri(&public_url).await,
            client_id: self
                .by(
                    &self.profile.client_id,
                    self.profile.client_id_like.as_deref(),
                )
                .await,
            issuer,
            endpoints,
            public_url,
        }
    }

    fn place(&self, variable: &str) -> Place {
        let id = self.container.id.clone();
        Place {
            text: format!("{variable} of container {}", self.container.name),
            container: Some(self.container.name.clone()),
            variable: Some(variable.to_owned()),
            perhaps: false,
            cites: vec![InspectContainer { id }.key()],
        }
    }

    fn value(&self, (name, value): (String, String)) -> Said {
        let place = self.place(&name);
        Said::Value { value, place }
    }

    fn silent(&self) -> Said {
        Said::Not("its environment does not say".into())
    }

    /// The first of these variables that is set, or whose `_FILE` names a file with it.
    async fn first(&self, names: &[String]) -> Said {
        if let Some(found) = first_of(names, self.container) {
            return self.value(found);
        }
        for name in names {
            let variable = format!("{name}_FILE");
            let Some(path) = self.container.plain_env(&variable) else {
                continue;
            };
            let file = ReadFile {
                container: self.container.id.clone(),
                path: path.to_owned(),
            };
            let key = file.key();
            return match self.seen.ask(file).await {
                Err(why) => Said::Hidden(why),
                Ok(file) => {
                    let mut place = self.place(&variable);
                    place.cites.push(key);
                    // Programs that read such a file drop the line break at its end.
                    let value = file.text.trim_end_matches(['\n', '\r']).to_owned();
                    Said::Value { value, place }
                }
            };
        }
        self.silent()
    }

    async fn by(&self, names: &[String], like: Option<&str>) -> Said {
        match like.and_then(|like| only_like(like, self.container)) {
            Some(found) => self.value(found),
            None => self.first(names).await,
        }
    }

    async fn issuer(&self) -> Said {
        self.by(&self.profile.issuer, self.profile.issuer_like.as_deref())
            .await
    }

    async fn public_url(&self) -> Said {
        let said = self.first(&self.profile.public_url).await;
        match (&said, &self.profile.ini) {
            (Said::Not(_), Some(ini)) => self.ini(ini).await,
            _ => said,
        }
    }

    /// A key of the first of the files that is there.
    async fn ini(&self, ini: &Ini) -> Said {
        for path in &ini.files {
            let file = ReadFile {
                container: self.container.id.clone(),
                path: path.clone(),
            };
            let key = file.key();
            match self.seen.ask(file).await {
                Ok(file) => {
                    let Some(value) = ini_value(&file.text, &ini.section, &ini.key) else {
                        return self.silent();
                    };
                    let place = Place {
                        text: format!("{} in {path} of container {}", ini.key, self.container.name),
                        container: Some(self.container.name.clone()),
                        variable: None,
                        perhaps: false,
                        cites: vec![key],
                    };
                    return Said::Value { value, place };
                }
                Err(why) if matches!(why.error, ProbeError::Absent { .. }) => {}
                Err(why) => return Said::Hidden(why),
            }
        }
        self.silent()
    }

    async fn redirect_uri(&self, public_url: &Said) -> Said {
        if let Some(page) = &self.profile.login_page {
            return self.by_login_page(page, public_url).await;
        }
        let dynamic = self.profile.follows_browser.as_deref();
        if dynamic.and_then(|name| self.container.plain_env(name)) == Some("on") {
            return Said::Not("it follows the address in the browser".into());
        }
        for form in &self.profile.redirect_uris {
            match self.built(form).await {
                Said::Not(_) => {}
                said => return said,
            }
        }
        self.by(&[], self.profile.redirect_uri_like.as_deref())
            .await
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
                let Said::Value { value, place } = said else {
                    return said;
                };
                let folder = folder
                    .as_deref()
                    .and_then(|name| self.container.plain_env(name));
                match join.together(&value, folder, path) {
                    Some(value) => Said::Value { value, place },
                    None => Said::Not(format!("{} is no URL", place.text)),
                }
            }
        }
    }

    /// The address that people use, and the link of the one source that the login page shows.
    async fn by_login_page(&self, page: &LoginPage, public_url: &Said) -> Said {
        let Said::Value { value: root, place } = public_url else {
            return public_url.clone();
        };
        let configured = self.app.configured.as_ref().and_then(|app| app.url.clone());
        let at = configured.unwrap_or_else(|| root.clone());
        let ask = HttpGet::new(format!("{}{}", at.trim_end_matches('/'), page.path));
        let key = ask.key();
        let body = match self.seen.ask(ask).await {
            Ok(answer) if answer.status == 200 => answer.body.clone(),
            Ok(answer) => {
                let (what, status) = (at, answer.status);
                let error = ProbeError::Status { what, status };
                return Said::Hidden(Unknown { key, error });
            }
            Err(why) => return Said::Hidden(why),
        };
        let names = links(&body, &page.link);
        let [name] = names.as_slice() else {
            return match names.is_empty() {
                true => self.silent(),
                false => Said::Not(format!(
                    "its login page names several sources: {}",
                    names.join(", ")
                )),
            };
        };
        let mut place = place.clone();
        place.text = format!("{} and its login page", place.text);
        place.cites.push(key);
        let value = format!(
            "{}{}{name}{}",
            root.trim_end_matches('/'),
            page.link,
            page.then
        );
        Said::Value { value, place }
    }
}
