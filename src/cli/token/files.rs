//! The file that holds the token, and akdoctor.toml that names it: written beside their target and
//! moved there whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context as _, Result, bail};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{model::printable, probe::own_token::sha256};

/// The longest token file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// A token that lies beside the file that it is for, until authentik knows it.
pub(super) struct Waiting {
    beside: PathBuf,
    target: PathBuf,
    moved: bool,
}

impl Waiting {
    /// Writes the token beside its file, for nobody's eyes but the person's.
    ///
    /// # Errors
    /// When it cannot be written there, so that nothing is made which nobody could keep.
    pub(super) fn write(token: &SecretString, target: &Path) -> Result<Self> {
        let doing = || format!("writing beside {}", shown(target));
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        if target.is_dir() {
            bail!("{} is a folder; name a file in it", shown(&target));
        }
        if let Some(folder) = target.parent().filter(|folder| !folder.exists()) {
            make_folder(folder).with_context(|| format!("making the folder {}", shown(folder)))?;
        }
        let beside = beside(&target).with_context(doing)?;
        let waiting = Self {
            beside,
            target,
            moved: false,
        };
        let mut file = private(&waiting.beside).with_context(doing)?;
        file.write_all(token.expose_secret().as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .with_context(doing)?;
        Ok(waiting)
    }

    /// Puts it in place.
    ///
    /// # Errors
    /// When it cannot be moved; it then stays where the error says.
    pub(super) fn keep(mut self) -> Result<()> {
        self.moved = true;
        fs::rename(&self.beside, &self.target).with_context(|| {
            format!(
                "moving the token to {}; it lies in {}",
                shown(&self.target),
                shown(&self.beside)
            )
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.moved {
            // Best effort: authentik does not know this key.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// The SHA-256 of the token in a file; `None` where the file is not there.
///
/// # Errors
/// When the file is there and cannot be read.
pub(super) fn hash_in(path: &Path) -> Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("reading {}", shown(path))),
    };
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    read.with_context(|| format!("reading {}", shown(path)))?;
    Ok(Some(sha256(text.trim())))
}

/// Writes a text in place of a file's, with the same permissions.
///
/// # Errors
/// When it cannot be written.
pub(super) fn replace(path: &Path, text: &str) -> Result<()> {
    let doing = || format!("writing {}", shown(path));
    let target = fs::canonicalize(path).with_context(doing)?;
    let beside = beside(&target).with_context(doing)?;
    let written = fs::metadata(&target).and_then(|there| {
        let mut file = private(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(there.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, &target)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(doing)
}

/// Removes a file; that it is not there is no error.
///
/// # Errors
/// When it stays.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", shown(path)))
        }
        _ => Ok(()),
    }
}

/// A path for a message.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

fn beside(target: &Path) -> io::Result<PathBuf> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", process::id()));
    Ok(target.with_file_name(hidden))
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_token_that_was_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new/token");
        let token = SecretString::from("secret");
        drop(Waiting::write(&token, &target).unwrap());
        assert!(names(&folder.path().join("new")).is_empty());
        Waiting::write(&token, &target).unwrap().keep().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "secret\n");
        assert_eq!(hash_in(&target).unwrap(), Some(sha256("secret")));
        assert_eq!(names(&folder.path().join("new")), ["token"]);
        remove(&target).unwrap();
        assert_eq!(hash_in(&target).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("token");
        fs::write(&target, "old, for everybody").unwrap();
        let token = SecretString::from("secret");
        Waiting::write(&token, &target).unwrap().keep().unwrap();
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let toml = folder.path().join("akdoctor.toml");
        fs::write(&toml, "a").unwrap();
        fs::set_permissions(&toml, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&toml, "b").unwrap();
        let mode = fs::metadata(&toml).unwrap().permissions().mode();
        assert_eq!(
            (mode & 0o777, &*fs::read_to_string(&toml).unwrap()),
            (0o640, "b")
        );
    }
}
