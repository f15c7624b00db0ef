//! What lines of one kind have in common: numbers, ids, quoted texts and addresses become `*`.

/// The longest template that is kept, in characters.
const LONGEST: usize = 160;

/// The template of a text.
pub fn of(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        if out.chars().count() >= LONGEST {
            break;
        }
        let (taken, told) = match c {
            '"' | '\'' => quoted(rest, c),
            c if c.is_alphanumeric() => word(rest),
            c if c.is_whitespace() => (run(rest, char::is_whitespace), " "),
            c => (c.len_utf8(), &rest[..c.len_utf8()]),
        };
        out.push_str(told);
        rest = &rest[taken..];
    }
    while out.contains("*.*") || out.contains("*:*") || out.contains("*-*") {
        out = out
            .replace("*.*", "*")
            .replace("*:*", "*")
            .replace("*-*", "*");
    }
    out
}

/// A quoted text that ends on the same line, or the quote alone.
fn quoted(rest: &str, quote: char) -> (usize, &str) {
    match rest[1..].find(quote) {
        Some(end) if end <= 200 => (end + 2, "*"),
        _ => (1, &rest[..1]),
    }
}

/// A word, or `*` for one that holds a digit.
fn word(rest: &str) -> (usize, &str) {
    let end = run(rest, |c| c.is_alphanumeric() || c == '_');
    let word = &rest[..end];
    let differs = word.contains(|c: char| c.is_ascii_digit());
    (end, if differs { "*" } else { word })
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_becomes_a_star() {
        for (one, other) in [
            (
                "dial tcp 10.0.0.1:5432: connection refused after 3 tries",
                "dial tcp 172.19.0.22:80: connection refused after 11 tries",
            ),
            (
                "task 870201c2-5e5c-4a1b-b279-835a2ac32b5a of \"a b\" died",
                "task 7d9ddb2a-28c5-4f06-9747-5dc54829bce1 of \"c\" died",
            ),
            (
                "2026-11-23T11:11:24.848Z oh  no",
                "2027-01-02T01:01:01Z oh no",
            ),
        ] {
            assert_eq!(of(one), of(other));
            assert!(of(one).contains('*'));
        }
        assert_eq!(of("it's over"), "it's over");
    }

    #[test]
    fn any_text_has_a_short_template() {
        for odd in [
            "",
            "\"",
            "é\u{0}\u{1}",
            &"x ".repeat(10_000),
            &"'".repeat(999),
        ] {
            assert!(of(odd).chars().count() < 2 * LONGEST);
        }
    }
}
