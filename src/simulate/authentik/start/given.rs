//! What a simulated app was given: flags of its command, variables, files that variables name.

use super::super::super::world::Container;

/// Everything that a container was given.
pub(super) struct Given<'a>(&'a Container);

impl<'a> Given<'a> {
    pub(super) fn of(container: &'a Container) -> Self {
        Self(container)
    }

    /// The value of a setting by its variable: a flag that ends like it wins, then the variable,
    /// then the file that `…_FILE` names. Empty is not given.
    pub(super) fn value(&self, variable: &str) -> Option<String> {
        let env = |name: &str| {
            let value = self.0.env.get(name).filter(|value| !value.is_empty());
            value.cloned()
        };
        let file = || {
            let path = env(&format!("{variable}_FILE"))?;
            Some(self.0.files.get(&path)?.trim_end().to_owned())
        };
        self.flag(variable).or_else(|| env(variable)).or_else(file)
    }

    /// `--access-url=…` or `--access-url …` for `CODER_ACCESS_URL`.
    fn flag(&self, variable: &str) -> Option<String> {
        let words = &self.0.command;
        for (at, word) in words.iter().enumerate() {
            let Some(flag) = word.strip_prefix("--") else {
                continue;
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, words.get(at + 1).map(String::as_str)),
            };
            let name = format!("_{}", name.to_uppercase().replace('-', "_"));
            if variable.ends_with(&name) {
                return value.map(str::to_owned);
            }
        }
        None
    }
}
