//! What the process stands in (variables, folders), as a value: so that loading can be tested
//! without touching the real ones.

use std::{
    env,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use etcetera::BaseStrategy as _;

/// Looks up a variable.
type Variables = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// The variables and folders that loading depends on; by default those of this process.
#[derive(Clone)]
pub struct Surroundings {
    /// Looks up an environment variable.
    pub variable: Variables,
    /// The current folder; empty for the one of this process.
    pub current_dir: PathBuf,
    /// The person's home, for `~`.
    pub home: Option<PathBuf>,
    /// Where programs keep configuration (`$XDG_CONFIG_HOME`, `~/.config`).
    pub config_dir: Option<PathBuf>,
    /// Where programs keep state (`$XDG_STATE_HOME`, `~/.local/state`).
    pub state_dir: Option<PathBuf>,
}

impl Default for Surroundings {
    fn default() -> Self {
        let folders = etcetera::choose_base_strategy().ok();
        let folders = folders.as_ref();
        Self {
            variable: Arc::new(|name| env::var_os(name)),
            current_dir: PathBuf::new(),
            home: folders.map(|of| of.home_dir().to_owned()),
            config_dir: folders.map(|of| of.config_dir()),
            // Windows has no folder for state.
            state_dir: folders.map(|of| of.state_dir().unwrap_or_else(|| of.data_dir())),
        }
    }
}

/// Variables hold secrets: only the folders are shown.
impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("current_dir", &self.current_dir)
            .field("home", &self.home)
            .field("config_dir", &self.config_dir)
            .field("state_dir", &self.state_dir)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<OsString> {
        (self.variable)(name)
    }

    /// The path with a leading `~/` replaced by the person's home.
    pub(super) fn expand(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.home) {
            (Ok(below), Some(home)) => home.join(below),
            _ => path.to_owned(),
        }
    }
}
