//! The API token: from a variable or a file, never from the command line, never shown.

use std::{
    ffi::OsString,
    fs::{File, Metadata},
    io::{self, Read as _},
    path::Path,
};

use secrecy::SecretString;
use url::Url;

use crate::probe::tools::ApiToken;

use super::{
    ConfigError, Problem, Surroundings,
    file::{Holder, TokenSource},
    locate::{self, Found},
};

/// Variables that may hold the token, the first before the second.
pub(super) const VARIABLES: [&str; 2] = ["AKDOCTOR_TOKEN", "AUTHENTIK_TOKEN"];
/// The longest token file read, in bytes. Tokens have 60 characters, JSON web tokens some hundred.
const LONGEST: u64 = 64 * 1024;

/// A token that may be used, not yet bound to the one origin it may be sent to.
#[derive(Debug)]
pub struct PendingToken {
    secret: SecretString,
    from: String,
    origin: Option<Url>,
}

impl PendingToken {
    /// The variable or file that gave it: "AKDOCTOR_TOKEN", "file /…".
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The configured URL, the only origin that this token may go to; `None` where discovery has
    /// the word.
    pub fn origin(&self) -> Option<&Url> {
        self.origin.as_ref()
    }

    /// The secret, for the redactor to know it.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Binds the token to the configured URL or, where none is configured, to the one that
    /// discovery found on this machine's own container engine. `None` if neither is known.
    ///
    /// A URL that the configuration names for anything else (an app's, say) must never be passed:
    /// nobody agreed to send the token there.
    pub fn bind(self, discovered: Option<Url>) -> Option<ApiToken> {
        Some(ApiToken {
            origin: self.origin.or(discovered)?,
            secret: self.secret,
        })
    }

    pub(super) fn with_origin(mut self, origin: Option<Url>) -> Self {
        self.origin = origin;
        self
    }
}

/// Looks for the token. Notes what the person should know about where it is kept.
pub(super) fn find(
    around: &Surroundings,
    named: Option<(&Found, &TokenSource)>,
    notes: &mut Vec<String>,
) -> Result<Option<PendingToken>, ConfigError> {
    for name in VARIABLES {
        if let Some(value) = around.get(name) {
            return from_variable(name, value)
                .map(Some)
                .map_err(|why| ConfigError::usage(format!("{name} {why}"), unset(name)));
        }
    }
    let Some((found, source)) = named else {
        return Ok(None);
    };
    let fail = |(message, hint): (String, String)| {
        ConfigError::from(Problem {
            file: Some(found.shown.clone()),
            at: Some(source.at),
            message,
            hint: Some(hint),
        })
    };
    match &source.holder {
        Holder::Variable(name) => from_named_variable(around, found, name, notes).map_err(fail),
        Holder::File(path) => {
            let path = locate::beside(&found.path, &around.expand(Path::new(path)));
            from_file(&path, notes).map(Some).map_err(fail)
        }
    }
}

fn unset(name: &str) -> String {
    format!("set it to the token alone, or unset {name}")
}

fn from_variable(name: &str, value: OsString) -> Result<PendingToken, &'static str> {
    let value = value.into_string().map_err(|_| NOT_A_TOKEN)?;
    Ok(PendingToken {
        secret: token_in(&value)?,
        from: name.to_owned(),
        origin: None,
    })
}

/// A variable that is not set is no error: a team shares the file, and not everybody has a token.
fn from_named_variable(
    around: &Surroundings,
    found: &Found,
    name: &str,
    notes: &mut Vec<String>,
) -> Result<Option<PendingToken>, (String, String)> {
    let shown = locate::name_or_not(name, "the variable of token.env");
    let Some(value) = around.get(name) else {
        notes.push(format!(
            "{} takes the API token from {shown}, which is not set; going on without a token",
            crate::model::printable(&found.shown)
        ));
        return Ok(None);
    };
    from_variable(&shown, value)
        .map(Some)
        .map_err(|why| (format!("{shown} {why}"), unset(&shown)))
}

fn from_file(path: &Path, notes: &mut Vec<String>) -> Result<PendingToken, (String, String)> {
    let shown = locate::shown(path);
    let (text, metadata) = read(path).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            io::ErrorKind::IsADirectory => "is a folder".to_owned(),
            io::ErrorKind::InvalidData => NOT_A_TOKEN.to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        let hint = "put the token there, or leave token out to go on without one";
        (format!("the token file {shown} {why}"), hint.to_owned())
    })?;
    let secret = token_in(&text).map_err(|why| {
        let hint = "write the token into it, and nothing else";
        (format!("the token file {shown} {why}"), hint.to_owned())
    })?;
    notes.extend(too_open(path, &metadata));
    Ok(PendingToken {
        secret,
        from: format!("file {shown}"),
        origin: None,
    })
}

fn read(path: &Path) -> io::Result<(String, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut text = String::new();
    let length = file.take(LONGEST + 1).read_to_string(&mut text)?;
    if length as u64 > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok((text, metadata))
}

const NOT_A_TOKEN: &str = "holds characters that no token has (white space, controls, non-ASCII)";

/// The token in a text: white space around it is not part of it (an editor ends a file with a
/// newline); anything else but visible ASCII would end or split an HTTP header.
fn token_in(text: &str) -> Result<SecretString, &'static str> {
    let token = text.trim();
    if token.is_empty() {
        return Err("is empty");
    }
    if token.starts_with("Bearer ") {
        return Err("begins with \"Bearer\", which is not part of the token");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(NOT_A_TOKEN);
    }
    Ok(SecretString::from(token))
}

#[cfg(unix)]
fn too_open(path: &Path, metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Any right of the group or of everybody.
    const OTHERS: u32 = 0o077;
    if metadata.permissions().mode() & OTHERS == 0 {
        return None;
    }
    let shown = locate::shown(path);
    let mend = path.to_str().and_then(|path| shlex::try_quote(path).ok());
    Some(
        match mend.filter(|quoted| crate::model::printable(quoted) == *quoted) {
            Some(quoted) => format!(
                "others than you can use the token file {shown}; mend it with: chmod 600 {quoted}"
            ),
            None => format!("others than you can use the token file {shown}; make it yours alone"),
        },
    )
}

#[cfg(not(unix))]
fn too_open(_: &Path, _: &Metadata) -> Option<String> {
    None
}
