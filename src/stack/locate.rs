//! Which akdoctor.toml is in force, and its text.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::model::printable;

use super::{ConfigError, LoadOptions, Position, Problem};

/// The name of the file.
const NAME: &str = "akdoctor.toml";
/// The folder of ours in the person's configuration and state folders.
pub(super) const FOLDER: &str = "akdoctor";
/// The longest file read, in bytes. The reference stack has under 4 KiB.
const LONGEST: u64 = 1024 * 1024;

/// The name of a variable, unless it may be a secret that somebody put in its place.
pub(super) fn name_or_not(name: &str, otherwise: &str) -> String {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.chars().all(usual) {
        name.to_owned()
    } else {
        otherwise.to_owned()
    }
}

/// A configuration file that is there.
pub(super) struct Found {
    pub path: PathBuf,
    /// As the person knows it.
    pub shown: String,
    /// Without a byte order mark.
    pub text: String,
    pub chosen: Chosen,
}

/// Who chose a file, which decides how far it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// The person: by name, or by putting it into their own folder.
    ByPerson,
    /// Nobody: it lay in the current folder, perhaps as part of somebody else's repository.
    ByChance,
}

/// Finds and reads the file in force: `--config`, `AKDOCTOR_CONFIG`, the current folder, the
/// person's configuration folder.
pub(super) fn find(options: &LoadOptions) -> Result<Option<Found>, ConfigError> {
    if let Some((path, by)) = named(options) {
        return read_named(options, &path, by).map(Some);
    }
    let around = &options.surroundings;
    let here = around.current_dir.join(NAME);
    if let Some(text) = read_if_there(&here, NAME)? {
        return Ok(Some(Found {
            path: here,
            shown: NAME.to_owned(),
            text,
            chosen: Chosen::ByChance,
        }));
    }
    let Some(own) = around.config_dir.as_ref() else {
        return Ok(None);
    };
    let path = own.join(FOLDER).join(NAME);
    let shown = path.display().to_string();
    Ok(read_if_there(&path, &shown)?.map(|text| Found {
        path,
        shown,
        text,
        chosen: Chosen::ByPerson,
    }))
}

/// The path that the person named, and how. An empty variable counts as none, as usual.
fn named(options: &LoadOptions) -> Option<(PathBuf, &'static str)> {
    if let Some(path) = &options.config {
        return Some((path.clone(), "--config"));
    }
    let path = options.surroundings.get("AKDOCTOR_CONFIG")?;
    (!path.is_empty()).then(|| (path.into(), "AKDOCTOR_CONFIG"))
}

fn read_named(options: &LoadOptions, path: &Path, by: &str) -> Result<Found, ConfigError> {
    let shown = path.display().to_string();
    let around = &options.surroundings;
    let path = around.current_dir.join(around.expand(path));
    let Some(text) = read_if_there(&path, &shown)? else {
        let hint = format!("mend the path in {by}, or leave it out to go by discovery");
        return Err(ConfigError::of_file(&shown, "there is no such file", hint));
    };
    Ok(Found {
        path,
        shown,
        text,
        chosen: Chosen::ByPerson,
    })
}

fn read_if_there(path: &Path, shown: &str) -> Result<Option<String>, ConfigError> {
    match read(path) {
        Ok(bytes) => text(bytes, shown).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(shown, &error)),
    }
}

/// The first bytes of a file, at most one more than the longest.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(shown: &str, error: &io::Error) -> ConfigError {
    match error.kind() {
        io::ErrorKind::IsADirectory => ConfigError::of_file(
            shown,
            "this is a folder, not a file",
            format!("name the {NAME} in it"),
        ),
        _ => ConfigError::of_file(
            shown,
            format!("reading the configuration failed: {error}"),
            "make the file readable for you, or name another with --config",
        ),
    }
}

fn text(bytes: Vec<u8>, shown: &str) -> Result<String, ConfigError> {
    if bytes.len() as u64 > LONGEST {
        let hint = format!("this is hardly an {NAME}; name the right file with --config");
        return Err(ConfigError::of_file(shown, "the file is over 1 MiB", hint));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        Problem {
            file: Some(shown.to_owned()),
            at: Some(Position::of(&before, before.len())),
            message: "the text is not UTF-8".to_owned(),
            hint: Some("save the file as UTF-8".to_owned()),
        }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// A path of the configuration, seen from the file that holds it.
pub(super) fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

/// A path for a message.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}
