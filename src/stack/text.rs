//! Settings of an app that stand in a text, and releases that lost what is wanted of them, as its
//! profile says it.

use serde::Deserialize;

use super::pattern;

/// A text that holds settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsText {
    /// Files in the container, the first that is there counts.
    #[serde(default)]
    pub files: Vec<String>,
    /// A variable that names the file.
    pub named_by: Option<String>,
    /// Or the variable that holds the text.
    pub variable: Option<String>,
    /// How a line begins that is only a comment.
    pub comment: Option<String>,
    /// What takes the client id out of it.
    #[serde(default, deserialize_with = "pattern::taking")]
    pub client_id: Option<String>,
    /// The issuer, or the discovery document's URL.
    #[serde(default, deserialize_with = "pattern::taking")]
    pub issuer: Option<String>,
    /// The redirect URI.
    #[serde(default, deserialize_with = "pattern::taking")]
    pub redirect_uri: Option<String>,
    /// Where browsers open the app.
    #[serde(default, deserialize_with = "pattern::taking")]
    pub public_url: Option<String>,
}

/// What a text may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The client id.
    ClientId,
    /// The issuer, or the discovery document's URL.
    Issuer,
    /// The redirect URI.
    RedirectUri,
    /// Where browsers open the app.
    PublicUrl,
}

impl What {
    /// Everything.
    pub const ALL: [Self; 4] = [
        Self::ClientId,
        Self::Issuer,
        Self::RedirectUri,
        Self::PublicUrl,
    ];

    /// Its key in a profile.
    pub fn key(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::Issuer => "issuer",
            Self::RedirectUri => "redirect_uri",
            Self::PublicUrl => "public_url",
        }
    }
}

impl SettingsText {
    /// The pattern for this, if the text says it.
    pub fn pattern(&self, what: What) -> Option<&str> {
        match what {
            What::ClientId => self.client_id.as_deref(),
            What::Issuer => self.issuer.as_deref(),
            What::RedirectUri => self.redirect_uri.as_deref(),
            What::PublicUrl => self.public_url.as_deref(),
        }
    }
}

/// Releases from which on an app has no sign-in through an identity provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// How a tag begins that tells the release; such tags are in the order of their letters.
    pub tags: String,
    /// The first of them.
    pub from: String,
    /// The last release that has it.
    pub last: String,
    /// What they do not have, for people.
    pub lacks: String,
}

impl Release {
    /// Whether an image of this tag is one of them; `None` where its tag does not tell.
    pub fn has(&self, tag: &str) -> Option<bool> {
        let tells = tag.starts_with(&self.tags) && tag.len() >= self.from.len();
        tells.then(|| tag >= self.from.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_told_by_its_tag() {
        let release = Release {
            tags: "RELEASE.".into(),
            from: "RELEASE.2025-05-24T17-08-30Z".into(),
            last: "RELEASE.2025-04-22T22-12-26Z".into(),
            lacks: "x".into(),
        };
        for (tag, wanted) in [
            ("RELEASE.2025-04-22T22-12-26Z", Some(false)),
            ("RELEASE.2025-04-22T22-12-26Z-cpuv1", Some(false)),
            ("RELEASE.2025-05-24T17-08-30Z", Some(true)),
            ("RELEASE.2025-09-07T16-13-09Z-cpuv1", Some(true)),
            ("latest", None),
            ("RELEASE.", None),
        ] {
            assert_eq!(release.has(tag), wanted, "{tag}");
        }
    }
}
