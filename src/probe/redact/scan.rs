//! Small steps over text that the patterns are made of. Positions are byte offsets at character
//! boundaries.

use std::ops::Range;

use super::MARK;

/// Where `needle` (ASCII, lower case) stands in `text` in any case.
pub(super) fn all_of<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (bytes, wanted) = (text.as_bytes(), needle.as_bytes());
    (0..bytes.len().saturating_sub(wanted.len().saturating_sub(1)))
        .filter(move |&at| bytes[at..at + wanted.len()].eq_ignore_ascii_case(wanted))
}

/// Where a run of characters ends that began at `from`.
pub(super) fn run(text: &str, from: usize, belongs: impl Fn(char) -> bool) -> usize {
    text[from..]
        .find(|c| !belongs(c))
        .map_or(text.len(), |length| from + length)
}

/// Where a run of characters begins that ends at `until`.
pub(super) fn run_back(text: &str, until: usize, belongs: impl Fn(char) -> bool) -> usize {
    text[..until]
        .char_indices()
        .rev()
        .take_while(|(_, c)| belongs(*c))
        .last()
        .map_or(until, |(at, _)| at)
}

/// Characters of names of variables, keys and headers.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Characters of tokens (RFC 6750 section 2.1).
pub(super) fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

/// Blanks inside a line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// The name that ends at `until`, without what an encoded `?` or `&` before it left behind
/// (`%26state`, `%2526state`).
pub(super) fn name_before(text: &str, until: usize) -> &str {
    let start = run_back(text, until, is_name);
    let name = &text[start..until];
    if !text[..start].ends_with('%') {
        return name;
    }
    let skip = if name.starts_with("25") { 4 } else { 2 };
    name.get(skip..).unwrap_or(name)
}

/// Whether only blanks, dashes and quotes stand between the line's beginning and `at`.
pub(super) fn begins_line(text: &str, at: usize) -> bool {
    let start = run_back(text, at, |c| {
        is_blank(c) || matches!(c, '-' | '>' | '<' | '"' | '\'')
    });
    start == 0 || text[..start].ends_with(['\n', '\r'])
}

/// The range, unless it is empty or already hidden.
pub(super) fn shown(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let hidden = text[range.start..].starts_with(MARK);
    (!text[range.clone()].trim().is_empty() && !hidden).then_some(range)
}

/// The end of the line that `from` stands in.
pub(super) fn line_end(text: &str, from: usize) -> usize {
    run(text, from, |c| c != '\n' && c != '\r')
}
