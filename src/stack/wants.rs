//! What an app sends when somebody signs in, and what it needs back, as its profile says it: its
//! client secret, the scopes that it asks for, the claims that it looks at (apps.md 2 to 7).

use serde::Deserialize;

/// The scopes that an app asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// The variable that says them.
    pub variable: Option<String>,
    /// A pattern for the name of that variable.
    pub like: Option<String>,
    /// What stands between two of them there; commas and white space where none is named.
    pub separator: Option<String>,
    /// Those it asks for where nothing says any; `None` where that is not known.
    pub default: Option<Vec<String>>,
    /// Those it asks for in any case.
    #[serde(default)]
    pub always: Vec<String>,
    /// Whether it asks for all that the discovery document names where nothing says any.
    #[serde(default)]
    pub all_supported: bool,
}

/// A claim that an app needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its name; `None` where only a variable says it.
    pub name: Option<String>,
    /// The variable that names it.
    pub named_by: Option<String>,
    /// What makes it unneeded.
    #[serde(default)]
    pub unless: Vec<Switch>,
    /// Whether it must be `true`.
    #[serde(default)]
    pub must_be_true: bool,
}

/// A variable that decides something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The variable.
    pub variable: String,
    /// Whether it must be switched on; otherwise any value does.
    #[serde(default)]
    pub on: bool,
}

/// When an app reads claims from the id_token alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdTokenOnly {
    /// What makes it do so; always where none is named.
    pub when: Option<Switch>,
    /// What makes it ask for more.
    pub unless: Option<Switch>,
}

impl Scopes {
    /// The scopes in a value, each once.
    pub fn cut(&self, value: &str) -> Vec<String> {
        let between = |c: char| match &self.separator {
            Some(separator) => separator.contains(c),
            None => c == ',' || c.is_whitespace(),
        };
        let mut scopes: Vec<String> = Vec::new();
        for scope in value.split(between).map(str::trim) {
            if !scope.is_empty() && scopes.iter().all(|known| known != scope) {
                scopes.push(scope.to_owned());
            }
        }
        scopes
    }
}

impl Switch {
    /// Whether a value of its variable switches it. The words for off are those of Go's
    /// `ParseBool`, and of people.
    pub fn is_on(&self, value: &str) -> bool {
        let off = ["0", "f", "false", "off", "no", "n"];
        !value.is_empty() && (!self.on || !off.contains(&value.to_ascii_lowercase().as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_cut_at_what_stands_between_them() {
        let any = Scopes::default();
        assert_eq!(
            any.cut("openid, email\tprofile openid"),
            ["openid", "email", "profile"]
        );
        assert_eq!(any.cut(" "), Vec::<String>::new());
        let spaces = Scopes {
            separator: Some(" ".into()),
            ..Scopes::default()
        };
        assert_eq!(spaces.cut("openid a,b"), ["openid", "a,b"]);
    }

    #[test]
    fn a_switch_is_on_by_the_words_for_it() {
        let set = |on, value: &str| {
            let switch = Switch {
                variable: "X".into(),
                on,
            };
            switch.is_on(value)
        };
        assert!(set(true, "true") && set(true, "1") && set(true, "on"));
        assert!(!set(true, "False") && !set(true, "0") && !set(true, ""));
        assert!(set(false, "false") && !set(false, ""));
    }
}
