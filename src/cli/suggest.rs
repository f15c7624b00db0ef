//! The nearest right name for a wrong one.

/// Less alike than this is no help, it is a guess; but for two letters that changed places, which
/// in a short word leaves little alike.
const ALIKE: f64 = 0.7;

/// The candidate most like the word, if any is like it at all.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, candidate), candidate))
        .filter(|(alike, candidate)| {
            *alike >= ALIKE || strsim::damerau_levenshtein(&word, candidate) == 1
        })
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// "; did you mean \"x\"?", or nothing.
pub(super) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_find_their_name() {
        let names = ["server-down", "database-down", "oom", "several"];
        for (word, name) in [
            ("sever-down", Some("server-down")),
            ("databse-down", Some("database-down")),
            ("SEVERAL", Some("several")),
            ("omo", Some("oom")),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), name, "{word}");
        }
    }
}
