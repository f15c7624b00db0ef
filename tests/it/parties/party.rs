//! A relying party that runs: where it is, what it logs, and what akdoctor.toml says of it.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;
use url::Url;

use super::{
    program::Running,
    world::{Diagnosis, World},
};

/// A relying party at a port of localhost.
pub struct Party {
    _running: Running,
    folder: TempDir,
    port: u16,
    log: &'static str,
    described: String,
}

impl Party {
    /// Starts it with its files in a folder; `log` is where it writes what it has to say, `None`
    /// what goes to its standard output.
    pub fn start(
        folder: TempDir,
        port: u16,
        command: &mut Command,
        log: Option<&'static str>,
        described: &str,
    ) -> Self {
        let said = folder.path().join("said.log");
        Self {
            _running: Running::start(command, port, &said),
            folder,
            port,
            log: log.unwrap_or("said.log"),
            described: described.to_owned(),
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where people open a path of it.
    pub fn at(&self, path: &str) -> Url {
        Url::parse(&format!("http://localhost:{}{path}", self.port)).unwrap()
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(self.log)).unwrap_or_default()
    }

    /// What akdoctor.toml says of it.
    pub fn described(&self) -> String {
        self.described.clone()
    }

    /// What the program says of it, having written nothing.
    pub fn diagnosed(&self, world: &World) -> Diagnosis {
        self.diagnosed_with(world, "")
    }

    /// The same with further lines about it in akdoctor.toml, in which AUTHENTIK stands for where
    /// authentik is.
    pub fn diagnosed_with(&self, world: &World, lines: &str) -> Diagnosis {
        let lines = lines.replace("AUTHENTIK", &world.authentik());
        let diagnosis = world.diagnosed(&(self.described() + &lines));
        diagnosis.wrote_nothing();
        diagnosis
    }
}
