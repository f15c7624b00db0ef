//! Signatures compiled: every pattern at once, and the fragments that betray them.

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use thiserror::Error;

use super::fragments::{self, Betrayal, Fragment, Ordinary};
use crate::words::LinePattern;

/// Fragments of lines that tell of an error which no signature may know.
const ERRORS: [&[u8; 4]; 13] = [
    b"\"err", b"\"cri", b"\"fat", b"\"pan", b"ERRO", b"FATA", b"PANI", b"CRIT", b"[err", b"[cri",
    b"=err", b"Trac", b"[E] ",
];
/// The most memory that matching many patterns at once may take, in bytes.
const SET_MEMORY: usize = 4 << 20;

/// Why signatures cannot be used.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// An id stands twice.
    #[error("the id {id} is used twice")]
    Twice {
        /// The id.
        id: String,
    },
    /// A pattern could not be found fast.
    #[error(
        "the pattern of {id} can match a line that holds no four plain characters of it in a row; \
         write more of the line's own text into every alternative"
    )]
    Vague {
        /// The signature.
        id: String,
    },
    /// A pattern is too large, or none.
    #[error("the pattern of {id} cannot be compiled: {why}")]
    Pattern {
        /// The signature.
        id: String,
        /// The reason.
        why: String,
    },
}

/// Refuses an id that stands twice.
pub(super) fn unique(lines: &[&LinePattern]) -> Result<(), CatalogueError> {
    for (at, line) in lines.iter().enumerate() {
        if lines[..at].iter().any(|before| before.id == line.id) {
            return Err(CatalogueError::Twice {
                id: line.id.clone(),
            });
        }
    }
    Ok(())
}

/// One pattern, with its groups.
pub(super) fn one(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

/// All patterns at once.
pub(super) fn set(lines: &[&LinePattern]) -> Result<RegexSet, CatalogueError> {
    let patterns = lines.iter().map(|line| &line.pattern);
    let set = RegexSetBuilder::new(patterns)
        .unicode(false)
        .dfa_size_limit(SET_MEMORY)
        .build();
    set.map_err(|error| {
        let broken = lines.iter().find(|line| one(&line.pattern).is_err());
        CatalogueError::Pattern {
            id: broken.map_or("all together", |line| &line.id).to_owned(),
            why: error.to_string(),
        }
    })
}

/// The fragments that betray the patterns, and those of errors that nobody knows.
pub(super) fn fragments_of(lines: &[&LinePattern]) -> Result<Vec<Fragment>, CatalogueError> {
    let ordinary = Ordinary::new();
    let betrayals: Vec<Betrayal> = lines
        .iter()
        .map(|line| {
            Betrayal::of(&line.pattern, &ordinary).ok_or_else(|| CatalogueError::Vague {
                id: line.id.clone(),
            })
        })
        .collect::<Result<_, _>>()?;
    let mut chosen = fragments::choose(&betrayals, &ordinary);
    for error in ERRORS {
        if !chosen.contains(error) {
            chosen.push(*error);
        }
    }
    Ok(chosen)
}
