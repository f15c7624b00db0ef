//! Python regular expressions, as authentik compares redirect URIs with them (`re.fullmatch`,
//! knowledge B.3), judged by Rust's `regex` where both mean the same. Anything else cannot be told.

use regex::RegexBuilder;

/// What became of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// It fits, from end to end.
    Yes,
    /// It does not.
    No,
    /// Python cannot read the pattern; authentik then refuses every URI by it.
    Broken,
    /// Python and Rust may differ here, by this construct.
    CannotTell(&'static str),
}

/// Bytes a compiled pattern may take: one from outside must not take the machine's memory.
const LARGEST: usize = 1 << 20;

/// `re.fullmatch(pattern, uri)`.
pub(super) fn fullmatch(pattern: &str, uri: &str) -> Match {
    match read(pattern) {
        Reading::Broken => return Match::Broken,
        Reading::Foreign(what) => return Match::CannotTell(what),
        Reading::Common => {}
    }
    // `\d`, `\w`, `\s` and `.` agree on printable ASCII; beyond it the two have other tables, and
    // Python's `$` also stands before a final line break.
    if !uri.chars().all(|c| (' '..='~').contains(&c)) {
        return Match::CannotTell("a URI with characters beyond printable ASCII");
    }
    let whole = format!(r"\A(?:{pattern})\z");
    match RegexBuilder::new(&whole).size_limit(LARGEST).build() {
        Ok(regex) if regex.is_match(uri) => Match::Yes,
        Ok(_) => Match::No,
        Err(_) => Match::CannotTell("a pattern that only Python may be able to read"),
    }
}

/// Whether a text holds what only a pattern would: it was perhaps meant as one.
pub(super) fn looks_like_pattern(text: &str) -> bool {
    text.starts_with('^')
        || text.ends_with('$')
        || [
            "\\.", "\\/", ".*", ".+", "[^", ")?", "|", "\\d", "\\w", "(?:",
        ]
        .iter()
        .any(|mark| text.contains(mark))
        || text == "*"
}

/// How far Python and Rust agree on a pattern.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Common,
    Foreign(&'static str),
    Broken,
}

/// What stands before a quantifier.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that could be repeated.
    Nothing,
    /// An anchor, which Python does not repeat.
    Anchor,
    /// Something that can be repeated.
    Item,
    /// A quantifier.
    Quantifier,
    /// A quantifier with its `?`.
    Lazy,
}

fn read(pattern: &str) -> Reading {
    if !pattern.is_ascii() {
        return Reading::Foreign("characters beyond ASCII in a pattern");
    }
    let mut reader = Reader {
        rest: pattern.as_bytes(),
        length: pattern.len(),
        depth: 0,
        before: Before::Nothing,
    };
    match reader.all() {
        Err(reading) => reading,
        Ok(()) if reader.depth > 0 => Reading::Broken,
        Ok(()) => Reading::Common,
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
    depth: usize,
    before: Before,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn takes(&mut self, start: &[u8]) -> bool {
        match self.rest.strip_prefix(start) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn all(&mut self) -> Result<(), Reading> {
        while let Some(c) = self.next() {
            self.before = match c {
                b'\\' => self.escape()?,
                b'[' => self.class()?,
                b'(' => self.group()?,
                b')' => {
                    self.depth = self.depth.checked_sub(1).ok_or(Reading::Broken)?;
                    Before::Item
                }
                b'|' => Before::Nothing,
                b'^' | b'$' => Before::Anchor,
                b'*' | b'+' | b'?' | b'{' => self.quantifier(c)?,
                b' '..=b'~' => Before::Item,
                _ => return Err(Reading::Foreign("control characters in a pattern")),
            };
        }
        Ok(())
    }

    fn quantifier(&mut self, c: u8) -> Result<Before, Reading> {
        match (self.before, c) {
            (Before::Quantifier, b'?') => return Ok(Before::Lazy),
            (Before::Quantifier, b'+') => {
                return Err(Reading::Foreign("a possessive quantifier"));
            }
            (_, b'{') if !self.counted() => {
                return Err(Reading::Foreign("a brace that is no count"));
            }
            (Before::Item, _) => {}
            // "nothing to repeat", "multiple repeat".
            (Before::Nothing | Before::Anchor | Before::Quantifier | Before::Lazy, _) => {
                return Err(Reading::Broken);
            }
        }
        Ok(Before::Quantifier)
    }

    /// The rest of `{2}`, `{2,}` or `{2,3}`, small enough for both.
    fn counted(&mut self) -> bool {
        let Some(end) = self.rest.iter().position(|c| *c == b'}') else {
            return false;
        };
        let Ok(inside) = std::str::from_utf8(&self.rest[..end]) else {
            return false;
        };
        // Rust's parser of numbers takes a leading plus sign, Python's braces do not.
        let small = |text: &str| {
            let digits = text.bytes().all(|c| c.is_ascii_digit());
            let count = text.parse::<u16>().ok();
            count.filter(|count| digits && *count <= 1000)
        };
        let fits = match inside.split_once(',') {
            None => small(inside).is_some(),
            Some((low, "")) => small(low).is_some(),
            Some((low, high)) => match (small(low), small(high)) {
                (Some(low), Some(high)) => low <= high,
                _ => false,
            },
        };
        if fits {
            self.rest = &self.rest[end + 1..];
        }
        fits
    }

    /// After a backslash, in a class or outside.
    fn escape(&mut self) -> Result<Before, Reading> {
        match self.next() {
            None => Err(Reading::Broken),
            Some(b'd' | b'D' | b'w' | b'W' | b's' | b'S' | b't' | b'n' | b'r') => Ok(Before::Item),
            Some(b'<' | b'>') => Err(Reading::Foreign("an escaped angle bracket")),
            Some(c) if c.is_ascii_punctuation() => Ok(Before::Item),
            Some(_) => Err(Reading::Foreign(
                "an escape that the two may read differently",
            )),
        }
    }

    /// `(?:…)`, `(?P<name>…)` and plain groups mean the same.
    fn group(&mut self) -> Result<Before, Reading> {
        self.depth += 1;
        if !self.takes(b"?") || self.takes(b":") {
            return Ok(Before::Nothing);
        }
        // On ASCII both ignore case alike; anywhere but in front Python refuses it, or warns.
        if self.rest.len() + 2 == self.length && self.takes(b"i)") {
            self.depth -= 1;
            return Ok(Before::Nothing);
        }
        if !self.takes(b"P<") {
            return Err(Reading::Foreign(
                "a look-around, a flag or a back-reference",
            ));
        }
        let end = self.rest.iter().position(|c| *c == b'>');
        let name = end.map(|end| &self.rest[..end]).unwrap_or_default();
        let fits = name
            .first()
            .is_some_and(|c| c.is_ascii_alphabetic() || *c == b'_')
            && name.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_');
        if !fits {
            return Err(Reading::Broken);
        }
        self.rest = &self.rest[name.len() + 1..];
        Ok(Before::Nothing)
    }

    /// A class without the set operations that only Rust has.
    fn class(&mut self) -> Result<Before, Reading> {
        self.takes(b"^");
        // In front a closing bracket is one of the class's own.
        let mut first = true;
        loop {
            match self.next() {
                None => return Err(Reading::Broken),
                Some(b']') if !first => return Ok(Before::Item),
                // Python begins a range with it, Rust does not.
                Some(b']') if self.rest.first() == Some(&b'-') => {
                    return Err(Reading::Foreign("a range that begins with a bracket"));
                }
                Some(b'\\') => {
                    self.escape()?;
                }
                Some(b'[') => return Err(Reading::Foreign("a bracket inside a class")),
                Some(c @ (b'&' | b'-' | b'~' | b'|')) if self.rest.first() == Some(&c) => {
                    return Err(Reading::Foreign("a doubled sign inside a class"));
                }
                Some(b' '..=b'~') => {}
                Some(_) => return Err(Reading::Foreign("control characters in a pattern")),
            }
            first = false;
        }
    }
}
