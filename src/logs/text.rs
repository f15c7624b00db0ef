//! How much of a line's text is kept, and how it is shown. Between the two secrets are hidden, at
//! the border of the program: a text that was cut first could show half of one.

/// What is kept of a text until secrets are hidden, in characters.
const KEPT: usize = 2048;
/// What is shown of it.
const SHOWN: usize = 600;

/// At most what is kept.
pub(super) fn kept(text: String) -> String {
    match text.char_indices().nth(KEPT) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

/// A text for people, once secrets are hidden by `hide`: on one line, and cut where it is long.
pub fn shown(text: &str, hide: impl Fn(&str) -> String) -> String {
    let mut hidden = hide(text);
    if text.chars().count() >= KEPT {
        // It was cut, perhaps in the middle of a secret, which then is not recognised.
        let half = hidden.chars().count() / 2;
        hidden = hidden.chars().take(half).collect();
    }
    let mut lines = hidden
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().to_owned();
    let line = lines.fold(first, |all, line| all + " " + line);
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_secret_is_never_shown() {
        let secret = "correct-horse-battery-staple";
        let hide = |text: &str| text.replace(secret, "*");
        for before in (0..KEPT + 10).step_by(7) {
            let text =
                kept(secret.repeat(before / secret.len()) + &"x".repeat(before % 28) + secret);
            assert!(!shown(&text, hide).contains("corr"), "{before}");
        }
        assert_eq!(shown("a\n\n  b\n", hide), "a b");
    }
}
