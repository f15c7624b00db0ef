//! A container's command without its secrets.

use super::describe::is_secret;
use crate::probe::redact::Redactor;

/// A command with the values of its secret flags replaced: `--client-secret=…` and
/// `--client-secret …`.
pub(super) fn hidden(args: Vec<String>, redact: &Redactor) -> Vec<String> {
    let mut follows = false;
    let mut word = |arg: String| {
        let flag = arg.strip_prefix("--").map(str::to_owned);
        let is_value = std::mem::take(&mut follows) && !arg.starts_with('-') && !arg.is_empty();
        if is_value {
            redact.learn(&arg);
            return redact.mark(&arg);
        }
        match flag
            .as_deref()
            .map(|flag| flag.split_once('=').unwrap_or((flag, "")))
        {
            Some((name, "")) => {
                follows = Redactor::is_secret_name(name);
                arg
            }
            Some((name, value)) if is_secret(name, value) => {
                redact.learn(value);
                format!("--{name}={}", redact.mark(value))
            }
            _ => redact.text(&arg),
        }
    };
    args.into_iter().map(&mut word).collect()
}

/// The value of a flag, `--name=value` or `--name value`, also in a command that is one text
/// (`sh -c "…"`).
pub(super) fn value_of(args: &[String], flag: &str) -> Option<String> {
    let words: Vec<String> = args
        .iter()
        .flat_map(|arg| match arg.contains(" --") {
            true => shlex::split(arg).unwrap_or_default(),
            false => vec![arg.clone()],
        })
        .collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = word.strip_prefix(flag)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => words.get(at + 1).cloned(),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_flag_is_found_in_every_form() {
        let of = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            value_of(&args, "--client-secret")
        };
        assert_eq!(of(&["--client-secret=a=b"]).as_deref(), Some("a=b"));
        assert_eq!(of(&["--client-secret", "a"]).as_deref(), Some("a"));
        let text = ["-c", "exec x --client-secret 'a b' --v"];
        assert_eq!(of(&text).as_deref(), Some("a b"));
        assert_eq!(of(&["--client-secret-file=/x", "--client-secret"]), None);
    }

    #[test]
    fn the_values_of_secret_flags_are_hidden() {
        let redact = Redactor::default();
        let line = [
            "server",
            "--access-url=https://c",
            "--client-secret=s3cret-one",
            "--cookie-secret",
            "s3cret-two",
            "--client-secret-file=/run/secrets/x",
            "--client-id",
            "wiki",
            "--password",
            "--verbose",
        ];
        let shown = hidden(line.map(str::to_owned).to_vec(), &redact);
        let text = shown.join(" ");
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!((&*shown[1], &*shown[5]), (line[1], line[5]));
        assert_eq!(shown[6..], line[6..]);
        assert!(
            !redact
                .text("and s3cret-two elsewhere")
                .contains("s3cret-two")
        );
    }
}
