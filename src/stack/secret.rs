//! Client secrets that akdoctor.toml names: from a variable or a file, never from the file itself,
//! never shown.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    ConfigError, Problem, Surroundings,
    file::{Holder, TokenSource},
    locate::{self, Found},
};

/// The longest file that is read, in bytes: authentik keeps at most 255 characters (verified.md 1c).
const LONGEST: u64 = 16 * 1024;

/// Where a client secret of an app stands, as akdoctor.toml names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPlace {
    /// A variable of akdoctor's own environment.
    Variable(String),
    /// A file of this machine.
    File(String),
}

/// A client secret by the slug of its app.
pub type ClientSecret = (String, SecretString);

/// The secret of one app, and where it stands; `None` where its variable is not set: a team shares
/// the file, and not everybody has the secret.
pub(super) fn find(
    around: &Surroundings,
    found: &Found,
    app: &str,
    source: &TokenSource,
    notes: &mut Vec<String>,
) -> Result<Option<(SecretPlace, SecretString)>, ConfigError> {
    let fail = |message: String, hint: &str| {
        ConfigError::from(Problem {
            file: Some(found.shown.clone()),
            at: Some(source.at),
            message,
            hint: Some(hint.to_owned()),
        })
    };
    match &source.holder {
        Holder::Variable(name) => {
            let shown = locate::name_or_not(name, "the variable of client_secret.env");
            let Some(value) = around.get(name) else {
                notes.push(format!(
                    "{} takes the client secret of {} from {shown}, which is not set; going on \
                     without it",
                    crate::model::printable(&found.shown),
                    crate::model::printable(app),
                ));
                return Ok(None);
            };
            let value = value.into_string().map_err(|_| {
                fail(
                    format!("{shown} holds no text"),
                    "put the secret alone there",
                )
            })?;
            Ok(Some((
                SecretPlace::Variable(shown),
                SecretString::from(value),
            )))
        }
        Holder::File(path) => {
            let path = locate::beside(&found.path, &around.expand(Path::new(path)));
            let shown = locate::shown(&path);
            let text = read(&path).map_err(|error| {
                let message =
                    format!("the file {shown} with the client secret cannot be read: {error}");
                fail(message, "put the secret there, or leave client_secret out")
            })?;
            // Programs that read such a file drop the line break at its end.
            let secret = text.trim_end_matches(['\n', '\r']);
            Ok(Some((SecretPlace::File(shown), SecretString::from(secret))))
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let length = File::open(path)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    if length as u64 > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is over 16 KiB",
        ));
    }
    Ok(text)
}
