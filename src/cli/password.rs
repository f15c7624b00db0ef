//! The password of a sign-in: from a variable, a file or the person at the terminal, never from the
//! command line; and whether it may go where authentik is said to be.

use std::{
    fs::File,
    io::{IsTerminal, Read as _, stdin},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use secrecy::SecretString;
use url::Url;

use crate::{
    model::printable,
    stack::{
        Surroundings,
        trust::{Decision, Remembered, decide},
    },
};

/// The variable that may hold it.
const VARIABLE: &str = "AKDOCTOR_PASSWORD";
/// The longest file read, in bytes.
const LONGEST: u64 = 4096;

/// Where the URL of authentik comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// The person: `--url`, `--config`, `--trust-config`, or their own configuration folder; or
    /// authentik's own container on this machine.
    ByPerson,
    /// A configuration file that lies in the current folder.
    ByChance,
}

/// The password of somebody for an authentik.
///
/// # Errors
/// When there is none, or it may not be sent there; with what to do.
pub(super) fn password(
    user: &str,
    origin: &Url,
    named: Named,
    file: Option<&Path>,
) -> Result<SecretString> {
    if let Some(path) = file {
        allowed(origin, named)?;
        return from_file(path);
    }
    if let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        allowed(origin, named)?;
        let value = value.into_string();
        let value = value.map_err(|_| anyhow::anyhow!("{VARIABLE} is not text"))?;
        return Ok(SecretString::from(value));
    }
    if !stdin().is_terminal() {
        bail!(
            "no password of {}: set {VARIABLE}, or name a file with --password-file",
            shown(user)
        );
    }
    // Whoever types it has read where it goes.
    let at = origin.origin().ascii_serialization();
    let question = format!("Password of {} at {at}: ", shown(user));
    let typed = rpassword::prompt_password(question).context("reading the password")?;
    if typed.is_empty() {
        bail!("no password was given");
    }
    Ok(SecretString::from(typed))
}

fn shown(user: &str) -> String {
    printable(user).into_owned()
}

/// As for the API token: on the word of a file that lies in the current folder no secret leaves
/// this machine.
fn allowed(origin: &Url, named: Named) -> Result<()> {
    let remembered = Remembered::of(&Surroundings::default());
    match decide(origin, &remembered) {
        Decision::Ask { origin } if named == Named::ByChance => bail!(
            "the configuration in the current folder names {origin}, and you have not agreed to \
             send a password there; if that is right, add --url {origin} or --trust-config"
        ),
        _ => Ok(()),
    }
}

/// The first line of a file: an editor ends it with a newline.
fn from_file(path: &Path) -> Result<SecretString> {
    let shown = printable(&path.to_string_lossy()).into_owned();
    let file = File::open(path).with_context(|| format!("reading the password file {shown}"))?;
    let mut text = String::new();
    let read = file.take(LONGEST + 1).read_to_string(&mut text);
    let length = read.with_context(|| format!("reading the password file {shown}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if length as u64 > LONGEST || line.contains('\n') {
        bail!("the password file {shown} holds more than one line");
    }
    if line.is_empty() {
        bail!("the password file {shown} is empty");
    }
    Ok(SecretString::from(line))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn of(text: &str) -> Result<String> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        Ok(from_file(file.path())?.expose_secret().to_owned())
    }

    #[test]
    fn a_file_holds_one_line() {
        assert_eq!(of(" p w \n").unwrap(), " p w ");
        assert_eq!(of("x\r\n").unwrap(), "x");
        assert_eq!(of("x").unwrap(), "x");
        for bad in ["", "\n", "a\nb\n"] {
            let error = of(bad).unwrap_err().to_string();
            assert!(
                !error.contains("a\nb") && error.contains("password file"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_of_the_current_folder_sends_no_password_away() {
        let far = Url::parse("https://sso.invalid").unwrap();
        let near = Url::parse("http://localhost:9000").unwrap();
        assert!(allowed(&far, Named::ByChance).is_err());
        assert!(allowed(&far, Named::ByPerson).is_ok());
        assert!(allowed(&near, Named::ByChance).is_ok());
    }
}
