//! Asks the person before a token goes where a configuration file of the current folder says.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use crate::{model::printable, stack::Loaded};

/// Asks the question that stands, if there is somebody to ask; otherwise the token stays withheld.
pub(super) fn settle(loaded: &mut Loaded) {
    let Some(question) = &loaded.ask else {
        return;
    };
    let somebody = stdin().is_terminal() && stderr().is_terminal();
    if somebody && agreed(&question.to_string(), &mut stdin().lock(), &mut stderr()) {
        loaded.trust();
    }
}

/// Anything but a clear yes is a no.
pub(super) fn agreed(question: &str, answers: &mut dyn BufRead, out: &mut dyn Write) -> bool {
    let mut answer = String::new();
    write!(out, "{} [y/N] ", printable(question))
        .and_then(|()| out.flush())
        .and_then(|()| answers.read_line(&mut answer))
        .is_ok_and(|_| matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        for (answer, yes) in [
            ("y\n", true),
            (" Yes \n", true),
            ("\n", false),
            ("", false),
            ("n\n", false),
            ("maybe yes\n", false),
        ] {
            let mut out = Vec::new();
            let said = agreed("send it to \u{1b}x?", &mut answer.as_bytes(), &mut out);
            assert_eq!(said, yes, "{answer:?}");
            assert_eq!(out, b"send it to \\u{1b}x? [y/N] ");
        }
    }
}
