//! A key for a token, made here: authentik's own would have to be shown to be brought over.

use anyhow::{Result, anyhow};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;

/// What authentik's own keys are made of, and how long they are (recorded 060).
const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: usize = 60;
/// Bytes from here on would make some characters more likely than others.
const FAIR: u8 = 248;

/// A key as nobody has seen it.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn key() -> Result<SecretString> {
    let source = SystemRandom::new();
    let mut key = String::with_capacity(LENGTH);
    while key.len() < LENGTH {
        let mut bytes = [0; LENGTH];
        source
            .fill(&mut bytes)
            .map_err(|_| anyhow!("this system gives no random numbers"))?;
        let fair = bytes.into_iter().filter(|byte| *byte < FAIR);
        let characters = fair.map(|byte| CHARACTERS[usize::from(byte) % CHARACTERS.len()]);
        key.extend(characters.take(LENGTH - key.len()).map(char::from));
    }
    Ok(SecretString::from(key))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_key_is_sixty_letters_and_digits_and_never_the_same() {
        assert_eq!(usize::from(FAIR) % CHARACTERS.len(), 0);
        let (one, other) = (key().unwrap(), key().unwrap());
        assert_eq!(one.expose_secret().len(), LENGTH);
        let usual = |c: char| c.is_ascii_alphanumeric();
        assert!(one.expose_secret().chars().all(usual));
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
