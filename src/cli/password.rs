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

use crate::{model::printable, stack::Access};

/// The variable that may hold it.
const VARIABLE: &str = "AKDOCTOR_PASSWORD";
/// The longest file read, in bytes.
const LONGEST: u64 = 4096;

/// The password of somebody for an authentik.
///
/// # Errors
/// When there is none, or it may not be sent there; with what to do.
pub(super) fn password(
    user: &str,
    origin: &Url,
    access: &Access,
    file: Option<&Path>,
) -> Result<SecretString> {
    if let Some(path) = file {
        allowed(access)?;
        return from_file(path);
    }
    if let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        allowed(access)?;
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

/// On the word of a file that lies in the current folder no secret leaves this machine.
fn allowed(access: &Access) -> Result<()> {
    match &access.secrets_withheld {
        Some(why) => bail!("the password is not sent: {why}"),
        None => Ok(()),
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
        let withheld = Access {
            secrets_withheld: Some("ask first".into()),
            ..Access::default()
        };
        let refused = allowed(&withheld).unwrap_err().to_string();
        assert_eq!(refused, "the password is not sent: ask first");
        assert!(allowed(&Access::default()).is_ok());
    }
}
