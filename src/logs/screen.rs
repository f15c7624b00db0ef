//! Which of many patterns fit a text. A text holds few of the literals that patterns cannot match
//! without, so few patterns are tried; all at once in one automaton are slower by far, since most
//! of them allow anything in between.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::{compile::one, fragments::Betrayal};
use crate::words::LinePattern;

/// Patterns, each compiled when it is first tried.
pub(super) struct Screen {
    patterns: Vec<(String, OnceLock<Option<Regex>>)>,
    /// Finds every literal.
    finder: Option<AhoCorasick>,
    /// The patterns that a literal speaks for.
    owners: Vec<usize>,
    /// Patterns without a literal, always tried.
    always: Vec<usize>,
}

impl Screen {
    /// A screen for these patterns, each with what betrays it.
    pub fn new(lines: &[&LinePattern], betrayals: &[Option<Betrayal>]) -> Self {
        let (mut literals, mut owners, mut always) = (Vec::new(), Vec::new(), Vec::new());
        for (at, betrayal) in betrayals.iter().enumerate() {
            let Some(betrayal) = betrayal else {
                always.push(at);
                continue;
            };
            for literal in betrayal.literals() {
                literals.push(literal.to_vec());
                owners.push(at);
            }
        }
        let patterns = lines
            .iter()
            .map(|line| (line.pattern.clone(), OnceLock::new()));
        Self {
            patterns: patterns.collect(),
            // Building fails only beyond 2^31 literals.
            finder: AhoCorasick::new(&literals).ok(),
            owners,
            always,
        }
    }

    /// The patterns that fit a text, by place.
    pub fn fitting(&self, text: &str) -> Vec<usize> {
        let found = self
            .finder
            .iter()
            .flat_map(|it| it.find_overlapping_iter(text));
        let owners = found.map(|found| self.owners[found.pattern().as_usize()]);
        let mut maybe: Vec<usize> = owners.chain(self.always.iter().copied()).collect();
        maybe.sort_unstable();
        maybe.dedup();
        maybe.retain(|at| {
            let (pattern, regex) = &self.patterns[*at];
            let regex = regex.get_or_init(|| one(pattern).ok());
            regex
                .as_ref()
                .is_some_and(|regex| regex.is_match(text.as_bytes()))
        });
        maybe
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{logs::fragments::Ordinary, words::LogField};

    fn line(pattern: &str) -> LinePattern {
        LinePattern {
            id: "X-01".into(),
            components: Vec::new(),
            field: LogField::Event,
            pattern: pattern.into(),
            conditions: Vec::new(),
            matches: Vec::new(),
            rejects: Vec::new(),
        }
    }

    #[test]
    fn every_pattern_that_fits_is_named_and_no_other() {
        let lines = [
            line("refused.*(password|secret)"),
            line("(?i)PASSWORD"),
            line("^password"),
            line("\\d+"),
            line("word refused"),
        ];
        let ordinary = Ordinary::new();
        let betrayals = lines.iter().map(|it| Betrayal::of(&it.pattern, &ordinary));
        let screen = Screen::new(
            &lines.iter().collect::<Vec<_>>(),
            &betrayals.collect::<Vec<_>>(),
        );
        assert_eq!(screen.fitting("it refused the password"), [0, 1]);
        assert_eq!(screen.fitting("password refused 3 times"), [1, 2, 3, 4]);
        assert_eq!(screen.fitting("nothing"), [0; 0]);
    }
}
