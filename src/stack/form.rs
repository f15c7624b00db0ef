//! How an app builds its redirect URI, as its profile says it.

use serde::Deserialize;

/// A way to build the redirect URI.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "FormTable")]
pub enum Form {
    /// A variable holds all of it.
    Whole {
        /// The variable.
        whole: String,
    },
    /// A base and a path.
    Joined {
        /// The variable with the base.
        base: String,
        /// A variable with a folder in between.
        folder: Option<String>,
        /// The path.
        path: String,
        /// How they are put together.
        join: Join,
    },
}

/// A form as its table is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormTable {
    whole: Option<String>,
    base: Option<String>,
    folder: Option<String>,
    path: Option<String>,
    join: Option<Join>,
}

impl TryFrom<FormTable> for Form {
    type Error = &'static str;

    fn try_from(table: FormTable) -> Result<Self, Self::Error> {
        match (
            table.whole,
            table.base,
            table.path,
            table.join,
            table.folder,
        ) {
            (Some(whole), None, None, None, None) => Ok(Self::Whole { whole }),
            (None, Some(base), Some(path), Some(join), folder) => Ok(Self::Joined {
                base,
                folder,
                path,
                join,
            }),
            _ => Err("a redirect_uri has either whole, or base, path and join"),
        }
    }
}

/// How a base and a path are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// As a reference is resolved (RFC 3986 section 5): the base's own path goes.
    Resolve,
    /// One after the other with one slash between.
    Append,
}

impl Join {
    /// Base and path together; `None` when the base is no URL.
    pub fn together(self, base: &str, folder: Option<&str>, path: &str) -> Option<String> {
        let folder = folder.unwrap_or_default().trim_matches('/');
        match self {
            Self::Resolve => {
                // By bytes: the app keeps letter case and port of the base as they were typed.
                let host = base.find("://")? + 3;
                let end = base[host..]
                    .find(['/', '?', '#'])
                    .map_or(base.len(), |at| host + at);
                Some(format!("{}{path}", &base[..end]))
            }
            Self::Append => {
                let parts = [
                    base.trim_end_matches('/'),
                    folder,
                    path.trim_start_matches('/'),
                ];
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                base.contains("://").then(|| parts.join("/"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_and_path_are_put_together_as_the_app_does() {
        for (join, base, folder, wanted) in [
            (Join::Resolve, "https://c:7443", None, "https://c:7443/cb"),
            (Join::Resolve, "https://c/sub/", None, "https://c/cb"),
            (
                Join::Resolve,
                "https://C.example:443",
                None,
                "https://C.example:443/cb",
            ),
            (Join::Append, "http://m:9001/", None, "http://m:9001/cb"),
            (Join::Append, "http://m/sub", None, "http://m/sub/cb"),
            (
                Join::Append,
                "http://l:4000",
                Some("/llm/"),
                "http://l:4000/llm/cb",
            ),
            (Join::Append, "http://l:4000", Some(""), "http://l:4000/cb"),
        ] {
            assert_eq!(join.together(base, folder, "/cb").as_deref(), Some(wanted));
        }
        assert_eq!(Join::Append.together("no url", None, "/cb"), None);
    }
}
