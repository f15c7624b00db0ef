//! Text from outside is data: this makes it harmless on a screen without losing what it was.

use std::{borrow::Cow, fmt::Write as _};

/// The text with control characters, bidirectional controls and other invisible format
/// characters written as escapes (`\u{202e}`), so that a terminal or a reader is not led astray.
/// authentik accepts all of these in names and URLs (verified.md 1c).
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_hidden(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", c as u32);
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Control characters (C0, C1, DEL) and the Unicode format characters that reorder or hide text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// "a", "a and b", "a, b and c".
pub fn list_of<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        let hostile = "a\u{1b}[31mred\u{202e}\u{7}\r\nb\u{200b}\u{9b}";
        let safe = printable(hostile);
        assert!(!safe.chars().any(is_hidden), "{safe:?}");
        assert_eq!(
            safe,
            "a\\u{1b}[31mred\\u{202e}\\u{7}\\r\\nb\\u{200b}\\u{9b}"
        );
    }

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(
            printable("O'Brien \"x\" $HOME \\ é"),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn lists_read_as_people_write_them() {
        assert_eq!(list_of::<&str>(&[]), "");
        assert_eq!(list_of(&["a"]), "a");
        assert_eq!(list_of(&["a", "b", "c"]), "a, b and c");
    }
}
