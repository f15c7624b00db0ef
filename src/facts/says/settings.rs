//! What a container was given to run with: the flags of its command, then its variables.

use regex::Regex;

use crate::{probe::engine::Container, stack::profiles::Profile};

/// A value that an app was given, or the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The variable that profiles know it by.
    name: String,
    /// The variable or flag as it stands there.
    pub(super) stands: String,
    /// The value, or the path of a file with it.
    pub(super) value: String,
    /// Whether the value is such a path.
    pub(super) is_file: bool,
}

/// Everything that an app was given and that is no secret.
pub(super) struct Settings(Vec<Setting>);

impl Settings {
    /// Those of a container. Flags come first: they win over variables (coder/serpent,
    /// oauth2-proxy's documentation).
    pub(super) fn of(container: &Container, profile: &Profile) -> Self {
        let flags = match &profile.flags {
            Some(prefix) => flags(&container.args, prefix),
            None => Vec::new(),
        };
        let variables = container.env.iter().filter_map(|(name, value)| {
            let value = value.plain().filter(|value| !value.is_empty())?;
            Some(setting(name, name, value))
        });
        let known = |setting: &Setting| !is_open(&setting.value);
        Self(flags.into_iter().chain(variables).filter(known).collect())
    }

    /// Whether any of them is an address of authentik's own kind (`/application/o/…`, knowledge
    /// B.1).
    pub(super) fn name_authentik(&self) -> bool {
        let mut all = self.0.iter();
        all.any(|setting| setting.value.contains("/application/o/"))
    }

    /// The variables that profiles know them by.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|setting| setting.name.as_str())
    }

    /// The first of these variables that was given.
    pub(super) fn first(&self, names: &[String]) -> Option<&Setting> {
        names.iter().find_map(|name| self.named(name))
    }

    /// This one, given itself rather than by a file.
    pub(super) fn named(&self, name: &str) -> Option<&Setting> {
        let mut given = self.0.iter().filter(|setting| setting.name == name);
        let first = given.clone().find(|setting| !setting.is_file);
        first.or_else(|| given.next())
    }

    /// The one whose whole name fits a pattern, if there is just one.
    pub(super) fn only_like(&self, pattern: &str) -> Option<&Setting> {
        let pattern = Regex::new(&format!("^(?:{pattern})$")).ok()?;
        let fits = |name: &str| pattern.is_match(name) && !name.contains("LOGOUT");
        let mut names: Vec<&str> = self.0.iter().map(|setting| setting.name.as_str()).collect();
        names.retain(|name| fits(name));
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [only] => self.named(only),
            _ => None,
        }
    }
}

/// `NAME_FILE` and `NAME__FILE` name a file with the value of `NAME`.
fn setting(variable: &str, stands: &str, value: &str) -> Setting {
    let bare = variable.strip_suffix("_FILE");
    let is_file = bare.is_some() && value.starts_with('/');
    let name = bare.filter(|_| is_file).unwrap_or(variable);
    Setting {
        name: name.trim_end_matches('_').to_owned(),
        stands: stands.to_owned(),
        value: value.to_owned(),
        is_file,
    }
}

/// Whether a shell or a template has yet to put something into it.
fn is_open(value: &str) -> bool {
    value.starts_with('$') || value.contains("${") || value.contains("$(") || value.contains("{{")
}

/// `--name=value` and `--name value`, by the variable that the flag stands for.
fn flags(args: &[String], prefix: &str) -> Vec<Setting> {
    // A command in one text, such as `sh -c "coder server --access-url …"`.
    let words = args.iter().flat_map(|arg| match arg.contains(" --") {
        true => shlex::split(arg).unwrap_or_default(),
        false => vec![arg.clone()],
    });
    let words: Vec<String> = words.collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(flag) = word.strip_prefix("--") else {
            continue;
        };
        let next = words.get(at + 1).filter(|next| !next.starts_with('-'));
        let Some((name, value)) = flag
            .split_once('=')
            .or_else(|| Some((flag, next?.as_str())))
        else {
            continue;
        };
        let variable = format!("{prefix}{}", name.to_uppercase().replace(['-', '.'], "_"));
        if !name.is_empty() && !value.is_empty() {
            found.push(setting(&variable, &format!("--{name}"), value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(args: &[&str]) -> Vec<(String, String, bool)> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let flags = flags(&args, "CODER_").into_iter();
        flags.map(|s| (s.name, s.value, s.is_file)).collect()
    }

    #[test]
    fn a_flag_is_known_by_its_variable() {
        let url = [("CODER_ACCESS_URL".to_owned(), "https://c".to_owned(), false)];
        for line in [
            ["server", "--access-url=https://c"].as_slice(),
            &["--access-url", "https://c", "x"],
            &["-c", "exec coder server --access-url 'https://c' --verbose"],
        ] {
            assert_eq!(found(line), url, "{line:?}");
        }
        assert_eq!(found(&["--access-url", "--verbose", "--", "-x"]), []);
    }

    #[test]
    fn a_file_is_told_from_a_value() {
        let file = setting("OIDC_CLIENT_ID_FILE", "x", "/run/secrets/id");
        assert_eq!((&*file.name, file.is_file), ("OIDC_CLIENT_ID", true));
        let file = setting("GF_CLIENT_ID__FILE", "x", "/run/secrets/id");
        assert_eq!((&*file.name, file.is_file), ("GF_CLIENT_ID", true));
        assert!(!setting("CODER_OIDC_ICON_FILE", "x", "an icon").is_file);
    }

    #[test]
    fn what_a_shell_would_still_fill_in_is_not_told() {
        assert!(is_open("$BASE_URL/cb") && is_open("https://${HOST}/cb"));
        assert!(!is_open("https://a/cb$"));
    }
}
