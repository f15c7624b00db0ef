//! akdoctor.toml, the token and where it may go, from real files in folders of their own.
// Helpers of tests may panic as tests do; clippy's own exception sees only the tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod client_secret;
mod content;
mod files;
mod own_profiles;
mod problems;
mod token;
mod trust_question;

use akdoctor::stack::{LoadOptions, Loaded, Surroundings, load};
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A token that must never be seen in any text.
const SECRET: &str = "tOp5ecretTOKENtOp5ecretTOKEN";

/// A person's folders and variables.
struct Person {
    root: TempDir,
    variables: BTreeMap<String, String>,
}

impl Person {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        for folder in ["here", "home", "config/akdoctor"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        Self {
            root,
            variables: BTreeMap::new(),
        }
    }

    /// With this akdoctor.toml in the current folder.
    fn with_file(text: impl AsRef<[u8]>) -> Self {
        let person = Self::new();
        person.write("here/akdoctor.toml", text);
        person
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A token file that only its owner may read.
    fn write_token(&self, path: &str, text: &str) -> PathBuf {
        let path = self.write(path, text);
        set_mode(&path, 0o600);
        path
    }

    fn surroundings(&self) -> Surroundings {
        let variables = self.variables.clone();
        Surroundings {
            variable: Arc::new(move |name| variables.get(name).map(Into::into)),
            current_dir: self.path("here"),
            home: Some(self.path("home")),
            config_dir: Some(self.path("config")),
            state_dir: Some(self.path("state")),
        }
    }

    fn options(&self) -> LoadOptions {
        LoadOptions {
            surroundings: self.surroundings(),
            ..LoadOptions::default()
        }
    }

    fn load(&self) -> Loaded {
        load(&self.options()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The error, with this person's folders written as `$ROOT`.
    fn refusal(&self) -> String {
        self.refusal_of(&self.options())
    }

    fn refusal_of(&self, options: &LoadOptions) -> String {
        let error = load(options).expect_err("this must be refused");
        assert!(!format!("{error}{error:?}").contains(SECRET));
        self.masked(&error.to_string())
    }

    fn masked(&self, text: &str) -> String {
        text.replace(self.root.path().to_str().unwrap(), "$ROOT")
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The token that a loaded stack would send, and to where.
fn sent(loaded: Loaded) -> Option<(String, String)> {
    let token = loaded.token?.bind(None)?;
    Some((
        token.secret.expose_secret().to_owned(),
        token.origin.to_string(),
    ))
}

fn refused(text: impl AsRef<[u8]>, told: &str) {
    let text = text.as_ref();
    let shown = String::from_utf8_lossy(text);
    assert_eq!(Person::with_file(text).refusal(), told, "for:\n{shown}");
}
