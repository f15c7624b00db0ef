//! The near miss in words.

use std::net::IpAddr;

use url::Url;

use super::near::Miss;

/// What kind of name a host is, for the words of a host that differs.
fn kind_of(host: &str) -> &'static str {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) if ip.is_loopback() => "this machine by its loopback address",
        Ok(_) => "an address",
        Err(_) if bare == "localhost" => "this machine by its name",
        Err(_) if bare == "host.docker.internal" => "the container host",
        Err(_) if !bare.contains('.') => "a name that only containers know",
        Err(_) => "another name",
    }
}

impl Miss {
    /// The difference as a clause after "they differ".
    pub(super) fn words(self, uri: &str, entry: &str) -> String {
        let (seen, wanted) = (Url::parse(uri).ok(), Url::parse(entry).ok());
        let part = |of: &dyn Fn(&Url) -> String| {
            let text = |url: &Option<Url>| url.as_ref().map_or_else(String::new, of);
            (text(&seen), text(&wanted))
        };
        match self {
            Self::Logout => {
                "in nothing, but that entry is of type logout and counts only for signing out"
                    .into()
            }
            Self::PatternAsText => {
                "because the entry is a pattern that is compared as plain text: its mode is strict"
                    .into()
            }
            Self::TextAsPattern => {
                "in nothing, but this release compares every line as a pattern, and the line holds \
                 characters that stand for others there"
                    .into()
            }
            Self::Wildcard => {
                "because a star in a strict entry stands for itself: authentik has patterns, and no \
                 wildcards"
                    .into()
            }
            Self::Spelling => {
                "in spelling only: both are the same address, and authentik compares every byte"
                    .into()
            }
            Self::WhiteSpace => "in white space or an invisible character".into(),
            Self::TrailingSlash => "in the slash at the end".into(),
            Self::LetterCase => "in upper and lower case only".into(),
            Self::Scheme => {
                let (seen, wanted) = part(&|url| url.scheme().to_owned());
                format!("in the scheme: {seen} was sent, {wanted} is allowed")
            }
            Self::Encoding => "in percent-encoding: one is encoded once more than the other".into(),
            Self::Host => {
                let (seen, wanted) = part(&|url| url.host_str().unwrap_or_default().to_owned());
                format!(
                    "in the host: {seen} ({}) was sent, {wanted} ({}) is allowed",
                    kind_of(&seen),
                    kind_of(&wanted)
                )
            }
            Self::Port => {
                let port = |url: &Url| {
                    let port = url.port_or_known_default();
                    port.map_or_else(String::new, |port| port.to_string())
                };
                let (seen, wanted) = part(&port);
                format!("in the port: {seen} was sent, {wanted} is allowed")
            }
            Self::Query => "in the query or fragment".into(),
            Self::Path => "in the path".into(),
            Self::BrokenPattern => {
                "because the entry is a pattern that Python cannot read, so it fits nothing".into()
            }
            Self::Pattern => "because the pattern does not fit from end to end".into(),
        }
    }
}
