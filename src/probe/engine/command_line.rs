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

#[cfg(test)]
mod tests {
    use super::*;

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
