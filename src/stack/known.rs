//! Every profile: those in `profiles/`, which are compiled in, and those of the person's own.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::Spanned;

use super::{ConfigError, Position, Problem, Stack, profiles::Profile};

/// The profile of whatever has none of its own.
const LAST: &str = "generic";

/// A profile that is none; a fault of akdoctor, which a test rules out.
#[derive(Debug, Error)]
#[error("profile {name}{}: {what}", at.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column)))]
pub struct ProfileError {
    name: String,
    at: Option<Position>,
    what: String,
}

const FILES: [(&str, &str); 21] = [
    ("argo-cd", include_str!("profiles/argo-cd.toml")),
    ("coder", include_str!("profiles/coder.toml")),
    ("gitea", include_str!("profiles/gitea.toml")),
    ("gitlab", include_str!("profiles/gitlab.toml")),
    ("grafana", include_str!("profiles/grafana.toml")),
    ("harbor", include_str!("profiles/harbor.toml")),
    ("immich", include_str!("profiles/immich.toml")),
    ("jupyterhub", include_str!("profiles/jupyterhub.toml")),
    ("litellm", include_str!("profiles/litellm.toml")),
    ("minio", include_str!("profiles/minio.toml")),
    (
        "mod-auth-openidc",
        include_str!("profiles/mod-auth-openidc.toml"),
    ),
    ("nextauth", include_str!("profiles/nextauth.toml")),
    ("nextcloud", include_str!("profiles/nextcloud.toml")),
    ("oauth2-proxy", include_str!("profiles/oauth2-proxy.toml")),
    ("open-webui", include_str!("profiles/open-webui.toml")),
    ("outline", include_str!("profiles/outline.toml")),
    ("paperless-ngx", include_str!("profiles/paperless-ngx.toml")),
    ("portainer", include_str!("profiles/portainer.toml")),
    ("spring", include_str!("profiles/spring.toml")),
    ("vaultwarden", include_str!("profiles/vaultwarden.toml")),
    ("generic", include_str!("profiles/generic.toml")),
];

/// Every profile, "generic" last.
///
/// # Errors
/// When one cannot be read, with line and column.
pub fn profiles() -> Result<Vec<Profile>, ProfileError> {
    FILES.iter().map(|(name, text)| read(name, text)).collect()
}

fn read(name: &str, text: &str) -> Result<Profile, ProfileError> {
    toml::from_str(text).map_err(|why: toml::de::Error| ProfileError {
        name: format!("{name}.toml"),
        at: why.span().map(|span| Position::of(text, span.start)),
        what: why.message().to_owned(),
    })
}

/// A file with profiles of the person's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnProfiles {
    /// The file as people know it.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// Such a file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnFile {
    profile: Vec<Spanned<Profile>>,
}

impl OwnProfiles {
    /// The profiles in it, and where each begins.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub(super) fn read(&self) -> Result<Vec<(Profile, Position)>, Problem> {
        let at = |offset| Position::of(&self.text, offset);
        let file: OwnFile = toml::from_str(&self.text).map_err(|why: toml::de::Error| {
            self.wrong(why.span().map(|it| at(it.start)), why.message())
        })?;
        let mut read: Vec<(Profile, Position)> = Vec::new();
        for profile in file.profile {
            let at = at(profile.span().start);
            let profile = profile.into_inner();
            let id = &profile.id;
            if id == LAST {
                let what = "\"generic\" is the profile of whatever has none; choose another id";
                return Err(self.wrong(Some(at), what));
            }
            if let Some((_, first)) = read.iter().find(|(known, _)| known.id == *id) {
                let what = format!("{id:?} is also the id of line {}", first.line);
                return Err(self.wrong(Some(at), &what));
            }
            read.push((profile, at));
        }
        Ok(read)
    }

    fn wrong(&self, at: Option<Position>, what: &str) -> Problem {
        Problem {
            file: Some(self.file.clone()),
            at,
            message: what.trim().lines().next().unwrap_or_default().to_owned(),
            hint: None,
        }
    }
}

impl Stack {
    /// Every profile: the person's own first, which replace those of the same id.
    ///
    /// # Errors
    /// When one cannot be read; those that are compiled in are proved by a test, the others when
    /// the configuration is read.
    pub fn profiles(&self) -> Result<Vec<Profile>, ConfigError> {
        let known = profiles().map_err(|why| ConfigError::usage(why.to_string(), "report it"))?;
        let mut all: Vec<Profile> = Vec::new();
        for own in &self.profiles {
            all.extend(own.read()?.into_iter().map(|(profile, _)| profile));
        }
        let replaced = |it: &Profile| all.iter().any(|own| own.id == it.id);
        let known: Vec<Profile> = known.into_iter().filter(|it| !replaced(it)).collect();
        all.extend(known);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_reads_and_has_its_file() {
        let all = profiles().unwrap();
        let ids: Vec<_> = all.iter().map(|profile| profile.id.as_str()).collect();
        let names: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(ids, names);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/stack/profiles");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
    }

    #[test]
    fn a_fault_in_a_profile_is_told_by_line_and_column() {
        let of = |text: &str| read("x", text).unwrap_err().to_string();
        let head = "id = 'x'\ntitle = 'X'\nsilent = 'it does not say'\n";
        let unknown = of(&format!("{head}imagess = []\n"));
        assert!(
            unknown.starts_with("profile x.toml:4:1: unknown field `imagess`"),
            "{unknown}"
        );
        let form = of(&format!("{head}\n[[redirect_uri]]\nbase = 'A'\n"));
        let wanted = "profile x.toml:5:1: a redirect_uri has either whole, or base, path and join";
        assert_eq!(form, wanted);
        let join = of(&format!(
            "{head}[[redirect_uri]]\nbase = 'A'\npath = '/cb'\njoin = 'glue'\n"
        ));
        assert!(
            join.starts_with("profile x.toml:7:8: unknown variant `glue`"),
            "{join}"
        );
        assert!(
            of("id = ").starts_with("profile x.toml:1:"),
            "{}",
            of("id = ")
        );
    }

    #[test]
    fn the_form_of_a_redirect_uri_is_known_by_its_path() {
        let all = profiles().unwrap();
        let forms = |uri: &str| -> Vec<&str> {
            let fits = all.iter().filter(|profile| profile.has_form(uri));
            fits.map(|profile| profile.id.as_str()).collect()
        };
        assert_eq!(
            forms("https://git.example.com/user/oauth2/My%20IdP/callback"),
            ["gitea"]
        );
        assert_eq!(
            forms("https://c.example.com/api/v2/users/OIDC/callback/"),
            ["coder"]
        );
        assert_eq!(forms("https://x.example.com/cb"), Vec::<&str>::new());
    }

    #[test]
    fn an_image_is_matched_whole_or_after_a_registry() {
        let all = profiles().unwrap();
        let fits = |repository: &str| -> Vec<&str> {
            let fits = all.iter().filter(|profile| profile.fits(repository, []));
            fits.map(|profile| profile.id.as_str()).collect()
        };
        assert_eq!(fits("ghcr.io/coder/coder"), ["coder"]);
        assert_eq!(fits("gitea/gitea"), ["gitea"]);
        assert_eq!(fits("codeberg.org/forgejo/forgejo"), ["gitea"]);
        assert_eq!(fits("example.com/notcoder/coder-x"), Vec::<&str>::new());
    }
}
