//! Slips that make another secret of a right one.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::Sends;

/// A slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slip {
    /// A line break at its end.
    LineBreak,
    /// Other white space around it.
    WhiteSpace,
    /// Quotes around it.
    Quotes,
    /// `$$` where authentik has `$`.
    DoubleDollar,
    /// A variable of compose or a shell was put in for a part that begins with `$`.
    Eaten,
    /// It is encoded before it goes into HTTP Basic, and authentik takes it as it stands.
    Encoded,
}

/// What a secret may have been meant to be, the most frequent first, each once.
pub(super) fn readings(secret: &str, sends: Sends) -> Vec<(Slip, String)> {
    let mut readings: Vec<(Slip, String)> = Vec::new();
    let mut read = |slip, reading: &str| {
        let known = readings.iter().any(|(_, known)| known == reading);
        if !reading.is_empty() && !known && (reading != secret || slip == Slip::Encoded) {
            readings.push((slip, reading.to_owned()));
        }
    };
    if sends == Sends::EncodedBasic && is_changed(secret) {
        read(Slip::Encoded, secret);
    }
    read(Slip::LineBreak, secret.trim_end_matches(['\n', '\r']));
    let bare = secret.trim();
    read(Slip::WhiteSpace, bare);
    for quote in ['"', '\''] {
        let inner = bare
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        inner.iter().for_each(|inner| read(Slip::Quotes, inner));
    }
    read(Slip::DoubleDollar, &secret.replace("$$", "$"));
    readings
}

fn is_changed(secret: &str) -> bool {
    form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>() != secret
}

/// Whether the app's is authentik's after compose, or a shell, has read it.
pub(super) fn eaten(own: &str, apps: &str) -> Option<Slip> {
    let differs = own != apps && own.contains('$');
    (differs && fits(own, apps)).then_some(Slip::Eaten)
}

/// Whether a text comes of another by putting nothing, or anything, in for each `$NAME` and
/// `${…}` in it, and `$` for each `$$`.
fn fits(own: &str, apps: &str) -> bool {
    let Some((before, rest)) = own.split_once('$') else {
        return own == apps;
    };
    let Some(apps) = apps.strip_prefix(before) else {
        return false;
    };
    if let Some(rest) = rest.strip_prefix('$') {
        return apps.strip_prefix('$').is_some_and(|apps| fits(rest, apps));
    }
    let after = match rest.strip_prefix('{') {
        Some(braced) => braced.split_once('}').map(|(_, after)| after),
        None => {
            let name = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            Some(rest.trim_start_matches(|c: char| !name(c)))
        }
    };
    let Some(after) = after.filter(|after| after.len() < rest.len()) else {
        // A dollar that begins no variable stays.
        return apps.strip_prefix('$').is_some_and(|apps| fits(rest, apps));
    };
    fits(after, apps)
}

/// A secret that is surely another.
pub(super) fn another(secret: &str) -> String {
    format!("akdoctor-not-{}", secret.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slips(secret: &str) -> Vec<(Slip, String)> {
        readings(secret, Sends::Body)
    }

    #[test]
    fn a_secret_is_read_in_the_ways_it_may_have_been_meant() {
        assert_eq!(slips("plain"), []);
        assert_eq!(slips("s\n"), [(Slip::LineBreak, "s".into())]);
        assert_eq!(slips("s \r\n").len(), 2);
        assert_eq!(slips(" s"), [(Slip::WhiteSpace, "s".into())]);
        assert_eq!(slips("\"s\""), [(Slip::Quotes, "s".into())]);
        assert_eq!(slips("'s"), []);
        assert_eq!(slips("a$$b"), [(Slip::DoubleDollar, "a$b".into())]);
        assert_eq!(slips("\n"), []);
        assert_eq!(
            readings("a b", Sends::EncodedBasic),
            [(Slip::Encoded, "a b".into())]
        );
        assert_eq!(readings("ab", Sends::EncodedBasic), []);
    }

    #[test]
    fn what_compose_made_of_a_secret_is_known() {
        for (own, apps) in [
            ("pa$word", "pa"),
            ("pa${x}word", "paword"),
            ("pa$$word", "pa$word"),
            ("$abc-1", "-1"),
            ("a$b-$c-d", "a--d"),
        ] {
            assert_eq!(eaten(own, apps), Some(Slip::Eaten), "{own}");
        }
        for (own, apps) in [
            ("abc", "abd"),
            ("a$b", "a$b"),
            ("a$b-c", "a-d"),
            ("a$", "a"),
        ] {
            assert_eq!(eaten(own, apps), None, "{own}");
        }
    }
}
