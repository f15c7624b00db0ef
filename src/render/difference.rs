//! Where two values begin to differ.

use textwrap::core::display_width;

/// Values that have less in common are simply different; a mark would point at nothing.
const SIMILAR: f64 = 0.5;

/// Where more words than this stand, the value is a sentence, and sentences differ by sense.
const WORDS: usize = 3;

/// The columns before the first difference, when the two are values on single lines and similar
/// enough for the place to say something.
pub(super) fn first_difference(expected: &str, observed: &str) -> Option<usize> {
    let multi_line = expected.contains('\n') || observed.contains('\n');
    let sentence = [expected, observed]
        .iter()
        .any(|text| text.split_whitespace().count() > WORDS);
    if multi_line || sentence || expected == observed {
        return None;
    }
    if strsim::normalized_levenshtein(expected, observed) < SIMILAR {
        return None;
    }
    let same = expected
        .char_indices()
        .zip(observed.chars())
        .find(|((_, a), b)| a != b)
        .map_or(expected.len().min(observed.len()), |((at, _), _)| at);
    Some(display_width(&expected[..same]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_column() {
        for (expected, observed, column) in [
            ("https://a/cb", "http://a/cb", Some(4)),
            ("https://a/cb", "https://a/cb/", Some(12)),
            ("https://a/cb/", "https://a/cb", Some(12)),
            ("名前x", "名前y", Some(4)),
            ("running", "exited with code 137", None),
            ("same", "same", None),
            ("one\ntwo", "one\ntow", None),
            ("App Managers", "App managers", Some(4)),
            (
                "a binding to somebody who is active",
                "it is bound only to contractor3, who is inactive",
                None,
            ),
            ("", "x", None),
        ] {
            assert_eq!(first_difference(expected, observed), column, "{expected}");
        }
    }
}
