//! The secrets of a sign-in, a password and the key of a second factor: from a variable, a file or
//! the person at the terminal, never from the command line; and whether they may go where authentik
//! is said to be.

use std::{
    fs::File,
    io::{self, IsTerminal, Read as _, Write as _, stderr, stdin},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::progress::Aside;
use crate::{
    model::{list_of, printable},
    probe::{sign_in::Totp, tools::Codes},
    stack::Access,
};

/// The variable that may hold the password.
const VARIABLE: &str = "AKDOCTOR_PASSWORD";
/// The variable that may hold the key of a second factor.
const TOTP: &str = "AKDOCTOR_TOTP";
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
        allowed("password", access)?;
        return from_file("password", path);
    }
    if let Some(value) = variable(VARIABLE)? {
        allowed("password", access)?;
        return Ok(value);
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

/// Where codes of somebody's second factor come from: the key in a file or a variable, else the
/// person at the terminal when one is wanted. `None` where there is nobody to ask.
///
/// # Errors
/// When there is a key that cannot be read, or that may not be used for this authentik.
pub(super) fn codes(user: &str, access: &Access, file: Option<&Path>) -> Result<Option<Totp>> {
    let text = match file {
        Some(path) => Some(from_file("TOTP", path)?),
        None => variable(TOTP)?,
    };
    let Some(text) = text else {
        return Ok(None);
    };
    allowed("code of the second factor", access)?;
    let totp = Totp::read(text.expose_secret());
    let whose = shown(user);
    Ok(Some(totp.with_context(|| {
        format!("reading the key of {whose}'s second factor")
    })?))
}

/// Codes of a key.
pub(super) fn made(totp: Totp) -> Codes {
    Codes::new(move |devices| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let fits = devices.iter().any(|device| device == "totp");
        fits.then(|| totp.at(now.as_secs()))
    })
}

/// Codes that the person types; `None` where nobody sits at a terminal.
pub(super) fn typed(user: &str, aside: Aside) -> Option<Codes> {
    if !stdin().is_terminal() {
        return None;
    }
    let user = shown(user);
    Some(Codes::new(move |devices| {
        let devices: Vec<&str> = devices.iter().map(|device| called(device)).collect();
        let question = format!("Code of {user}'s second factor ({}): ", list_of(&devices));
        aside.run(|| ask(&question).ok().flatten())
    }))
}

fn called(device: &str) -> &str {
    match device {
        "totp" => "authenticator app",
        "static" => "recovery code",
        other => other,
    }
}

/// A code is good for one time, so it may be seen; and a terminal whose echo is off would stay so
/// when the person stops akdoctor here.
fn ask(question: &str) -> io::Result<Option<SecretString>> {
    let mut screen = stderr();
    write!(screen, "{}", printable(question))?;
    screen.flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let code: String = line.split_whitespace().collect();
    Ok((!code.is_empty()).then(|| SecretString::from(code)))
}

/// What a variable holds, unless nothing.
fn variable(name: &str) -> Result<Option<SecretString>> {
    let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let value = value.into_string();
    let value = value.map_err(|_| anyhow::anyhow!("{name} is not text"))?;
    Ok(Some(SecretString::from(value)))
}

fn shown(user: &str) -> String {
    printable(user).into_owned()
}

/// On the word of a file that lies in the current folder no secret leaves this machine.
fn allowed(secret: &str, access: &Access) -> Result<()> {
    match &access.secrets_withheld {
        Some(why) => bail!("the {secret} is not sent: {why}"),
        None => Ok(()),
    }
}

/// The first line of a file: an editor ends it with a newline.
fn from_file(secret: &str, path: &Path) -> Result<SecretString> {
    let shown = printable(&path.to_string_lossy()).into_owned();
    let file = File::open(path).with_context(|| format!("reading the {secret} file {shown}"))?;
    let mut text = String::new();
    let read = file.take(LONGEST + 1).read_to_string(&mut text);
    let length = read.with_context(|| format!("reading the {secret} file {shown}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if length as u64 > LONGEST || line.contains('\n') {
        bail!("the {secret} file {shown} holds more than one line");
    }
    if line.is_empty() {
        bail!("the {secret} file {shown} is empty");
    }
    Ok(SecretString::from(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<String> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        Ok(from_file("password", file.path())?
            .expose_secret()
            .to_owned())
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
        let refused = allowed("password", &withheld).unwrap_err().to_string();
        assert_eq!(refused, "the password is not sent: ask first");
        assert!(allowed("password", &Access::default()).is_ok());
    }
}
