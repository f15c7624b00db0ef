//! Codes by time (RFC 6238), as authenticator apps make them, for a machine that signs in.

use data_encoding::BASE32_NOPAD;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

/// The step of authentik's devices, in seconds (django-otp's default, which authentik keeps).
const STEP: u64 = 30;
/// The digits of a code; authentik's set-up stage has 6 by default, and offers 8.
const DIGITS: u32 = 6;

/// A key that codes are made of.
pub struct Totp {
    key: Key,
    digits: u32,
    step: u64,
}

/// Why a text is no such key. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoTotp {
    /// Not base32.
    #[error("it is neither base32 nor an otpauth:// address")]
    NoBase32,
    /// Another kind of address.
    #[error("it is an otpauth:// address of another kind than totp")]
    OtherKind,
    /// The address says what is not made here.
    #[error("akdoctor makes codes with SHA1, of 6 to 8 digits, that change with time")]
    Unsupported,
}

impl Totp {
    /// Reads a key: base32, in groups or not, or the `otpauth://totp/…` address of a QR code.
    ///
    /// # Errors
    /// When it is neither, or asks for another digest than SHA1, which authentik's devices have.
    pub fn read(text: &str) -> Result<Self, NoTotp> {
        let text = text.trim();
        if !text.to_ascii_lowercase().starts_with("otpauth:") {
            return Self::of(text, DIGITS, STEP);
        }
        let url = Url::parse(text).map_err(|_| NoTotp::NoBase32)?;
        if url.host_str() != Some("totp") {
            return Err(NoTotp::OtherKind);
        }
        let of = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        if of("algorithm").is_some_and(|it| !it.eq_ignore_ascii_case("SHA1")) {
            return Err(NoTotp::Unsupported);
        }
        let number = |name: &str, usual: u64| match of(name) {
            Some(text) => text.parse().map_err(|_| NoTotp::Unsupported),
            None => Ok(usual),
        };
        let digits = number("digits", DIGITS.into())?;
        let digits = u32::try_from(digits).map_err(|_| NoTotp::Unsupported)?;
        let step = number("period", STEP)?;
        Self::of(&of("secret").unwrap_or_default(), digits, step)
    }

    fn of(base32: &str, digits: u32, step: u64) -> Result<Self, NoTotp> {
        let plain: String = base32
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let bytes = BASE32_NOPAD.decode(plain.as_bytes());
        let bytes = bytes.map_err(|_| NoTotp::NoBase32)?;
        if bytes.is_empty() {
            return Err(NoTotp::NoBase32);
        }
        if !(6..=8).contains(&digits) || step == 0 {
            return Err(NoTotp::Unsupported);
        }
        Ok(Self {
            key: Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes),
            digits,
            step,
        })
    }

    /// The code at a time, in seconds since 1970.
    pub fn at(&self, seconds: u64) -> SecretString {
        let tag = sign(&self.key, &(seconds / self.step).to_be_bytes());
        let tag = tag.as_ref();
        // RFC 4226 section 5.3: the last four bits say where the number begins.
        let begin = tag.last().map_or(0, |last| usize::from(last & 0xf));
        let number = tag.iter().skip(begin).take(4);
        let number = number.fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        let code = (number & 0x7fff_ffff) % 10_u32.pow(self.digits);
        let width = self.digits as usize;
        SecretString::from(format!("{code:0width$}"))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    /// The key of RFC 6238's test vectors, "12345678901234567890".
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn code(text: &str, seconds: u64) -> String {
        let totp = Totp::read(text).map_err(|why| why.to_string()).unwrap();
        totp.at(seconds).expose_secret().to_owned()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        let long = format!("otpauth://totp/authentik:anna?secret={KEY}&digits=8&issuer=authentik");
        for (seconds, wanted) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
        ] {
            assert_eq!(code(&long, seconds), wanted);
            assert_eq!(code(KEY, seconds), wanted[2..]);
        }
        let grouped = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n";
        assert_eq!(code(grouped, 59), "287082");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for (text, why) in [
            ("", NoTotp::NoBase32),
            ("123456", NoTotp::NoBase32),
            ("otpauth://hotp/a?secret=GEZDGNBV", NoTotp::OtherKind),
            ("otpauth://totp/a", NoTotp::NoBase32),
            (
                "otpauth://totp/a?secret=GEZDGNBV&algorithm=SHA256",
                NoTotp::Unsupported,
            ),
            (
                "otpauth://totp/a?secret=GEZDGNBV&digits=99",
                NoTotp::Unsupported,
            ),
            (
                "otpauth://totp/a?secret=GEZDGNBV&period=0",
                NoTotp::Unsupported,
            ),
        ] {
            assert_eq!(Totp::read(text).err(), Some(why), "{text}");
        }
    }
}
