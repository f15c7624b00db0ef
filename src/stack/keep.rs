//! Where the API token is kept, for the command that makes one: what akdoctor.toml says of it, and the
//! same file with a line more or less.

use std::path::{Path, PathBuf};

use super::{
    ConfigError, LoadOptions, Stack, Surroundings,
    file::{self, Described, Holder},
    load,
    locate::{self, FOLDER, Found},
};

/// What stands behind the line that akdoctor writes, by which it knows it again.
const MARK: &str = "# by akdoctor token";

/// The configuration in force, read without the secrets that it names: the file of the token may
/// not be there yet.
pub struct Kept {
    /// What should be true.
    pub stack: Stack,
    around: Surroundings,
    file: Option<(Found, Described)>,
}

/// What holds the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// Nothing is said.
    Nothing,
    /// This variable.
    Variable(String),
    /// This file.
    File(PathBuf),
}

/// Reads the configuration in force.
///
/// # Errors
/// As [`super::load`], but for the token and the client secrets.
pub fn kept(options: &LoadOptions) -> Result<Kept, ConfigError> {
    let found = locate::find(options)?;
    let mut kept = Kept {
        stack: Stack::default(),
        around: options.surroundings.clone(),
        file: None,
    };
    if let Some(found) = found {
        let described = file::parse(&found.shown, &found.text)?;
        kept.stack = load::stack(file::parse(&found.shown, &found.text)?, Some(&found));
        kept.file = Some((found, described));
    }
    Ok(kept)
}

impl Kept {
    /// The configuration file, and how people know it.
    pub fn file(&self) -> Option<(&Path, &str)> {
        let (found, _) = self.file.as_ref()?;
        Some((&found.path, &found.shown))
    }

    /// What holds the token.
    pub fn keeper(&self) -> Keeper {
        let Some((found, described)) = &self.file else {
            return Keeper::Nothing;
        };
        match described.token.as_ref().map(|source| &source.holder) {
            None => Keeper::Nothing,
            Some(Holder::Variable(name)) => {
                Keeper::Variable(locate::name_or_not(name, "the variable of token.env"))
            }
            Some(Holder::File(path)) => {
                let path = self.around.expand(Path::new(path));
                Keeper::File(locate::beside(&found.path, &path))
            }
        }
    }

    /// The variable that holds a token now and stands above the file, if one does.
    pub fn variable(&self) -> Option<&'static str> {
        let is_set = |name: &&str| self.around.get(name).is_some();
        super::token::VARIABLES.into_iter().find(is_set)
    }

    /// Where a token is kept of which nothing says where.
    pub fn usual(&self) -> Option<PathBuf> {
        let own = self.around.config_dir.as_ref()?;
        Some(own.join(FOLDER).join("token"))
    }

    /// The text of the configuration file with the token kept in `path`; `None` where akdoctor
    /// cannot write it without a change of something else.
    pub fn with_token_in(&self, path: &str) -> Option<String> {
        let (found, described) = self.file.as_ref()?;
        if described.token.is_some() {
            return None;
        }
        let line = format!("{} {MARK}", line_for(path));
        let is_header = |line: &str| line.split('#').next().map(str::trim) == Some("[authentik]");
        let mut lines: Vec<&str> = found.text.lines().collect();
        match lines.iter().position(|line| is_header(line)) {
            Some(at) => lines.insert(at + 1, &line),
            None => lines.extend(["", "[authentik]", &line]),
        }
        let text = lines.join("\n") + "\n";
        let with = file::parse(&found.shown, &text).ok()?;
        let right = Holder::File(path.to_owned());
        let is_right = with.token.as_ref().map(|source| &source.holder) == Some(&right);
        (is_right && same_but_token(described, &with)).then_some(text)
    }

    /// The text of the configuration file without the line that akdoctor wrote; `None` where there
    /// is none.
    pub fn without_token(&self) -> Option<String> {
        let (found, described) = self.file.as_ref()?;
        let is_ours = |line: &&str| line.starts_with("token = ") && line.trim_end().ends_with(MARK);
        let lines: Vec<&str> = found.text.lines().filter(|line| !is_ours(line)).collect();
        let text = lines.join("\n") + "\n";
        let without = file::parse(&found.shown, &text).ok()?;
        let is_gone = described.token.is_some() && without.token.is_none();
        (is_gone && same_but_token(described, &without)).then_some(text)
    }
}

/// The line of `[authentik]` that names the file.
pub fn line_for(path: &str) -> String {
    format!("token = {{ file = {} }}", toml::Value::from(path))
}

fn same_but_token(one: &Described, other: &Described) -> bool {
    let names = |described: &Described| -> Vec<String> {
        let secrets = described.secrets.iter().map(|(slug, _)| slug.clone());
        let profiles = described.profiles.iter().chain(&described.app_profiles);
        secrets
            .chain(profiles.map(|(name, _)| name.clone()))
            .collect()
    };
    one.authentik == other.authentik
        && one.apps == other.apps
        && one.users == other.users
        && names(one) == names(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kept {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("akdoctor.toml"), text).unwrap();
        let surroundings = Surroundings {
            current_dir: folder.path().to_owned(),
            variable: std::sync::Arc::new(|_| None),
            home: Some("/home/anna".into()),
            config_dir: Some("/home/anna/.config".into()),
            ..Surroundings::default()
        };
        kept(&LoadOptions {
            surroundings,
            ..LoadOptions::default()
        })
        .unwrap()
    }

    #[test]
    fn the_line_goes_below_its_section_and_away_again() {
        for text in [
            "[authentik] # ours\nurl = \"http://a\"\n",
            "[[app]]\nname = \"Gitea\"\n",
            "# nothing yet\n",
            "[[user]]\nusername = \"anna\"\n\n[authentik]\n",
        ] {
            let path = "/home/an\"na/tok\\en";
            let with = of(text).with_token_in(path).unwrap();
            let again = of(&with);
            assert_eq!(again.keeper(), Keeper::File(path.into()), "{with}");
            assert_eq!(again.with_token_in(path), None, "only once");
            let without = again.without_token().unwrap();
            assert_eq!(of(&without).keeper(), Keeper::Nothing, "{without}");
            assert!(without.starts_with(text), "{without}");
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_left_alone() {
        let inline = of("authentik = { url = \"http://a\" }\n");
        assert_eq!(inline.with_token_in("/t"), None);
        let own = of("[authentik]\ntoken = { file = \"~/t\" }\n");
        assert_eq!(own.keeper(), Keeper::File("/home/anna/t".into()));
        assert_eq!((own.with_token_in("/t"), own.without_token()), (None, None));
        let named = of("[authentik]\ntoken = { env = \"MY_TOKEN\" }\n");
        assert_eq!(named.keeper(), Keeper::Variable("MY_TOKEN".into()));
        assert_eq!(
            own.usual(),
            Some("/home/anna/.config/akdoctor/token".into())
        );
    }
}
