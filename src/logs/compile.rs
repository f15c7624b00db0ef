//! Signatures compiled: whether each can be used, and the fragments that betray them.

use regex::bytes::{Regex, RegexBuilder};
use thiserror::Error;

use super::fragments::{self, Betrayal, Fragment, Ordinary};
use crate::words::LinePattern;

/// Fragments of lines that tell of an error which no signature may know.
const ERRORS: [&[u8; 4]; 13] = [
    b"\"err", b"\"cri", b"\"fat", b"\"pan", b"ERRO", b"FATA", b"PANI", b"CRIT", b"[err", b"[cri",
    b"=err", b"Trac", b"[E] ",
];

/// Why signatures cannot be used.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// An id stands twice.
    #[error("the id {id} is used twice")]
    Twice {
        /// The id.
        id: String,
    },
    /// An id meant something else in an earlier release.
    #[error("the id {id} is retired: it meant something else in an earlier release")]
    Retired {
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

/// Refuses an id that meant something else once.
pub(super) fn not_retired(
    lines: &[&LinePattern],
    retired: &[String],
) -> Result<(), CatalogueError> {
    let reused = lines.iter().find(|line| retired.contains(&line.id));
    match reused {
        Some(line) => Err(CatalogueError::Retired {
            id: line.id.clone(),
        }),
        None => Ok(()),
    }
}

/// One pattern, with its groups.
pub(super) fn one(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

/// Whether every pattern is one.
pub(super) fn sound<'l>(
    lines: impl Iterator<Item = &'l LinePattern>,
) -> Result<(), CatalogueError> {
    for line in lines {
        one(&line.pattern).map_err(|error| CatalogueError::Pattern {
            id: line.id.clone(),
            why: error.to_string(),
        })?;
    }
    Ok(())
}

/// The fragments that betray the patterns, and those of errors that nobody knows.
pub(super) fn fragments_of(lines: &[&LinePattern]) -> Result<Vec<Fragment>, CatalogueError> {
    let ordinary = Ordinary::new();
    let betrayals: Vec<Betrayal> = lines
        .iter()
        .map(|line| {
            let betrayal = Betrayal::of(&line.pattern, &ordinary);
            let betrayal = betrayal.map(|it| it.or_by(&line.conditions, &ordinary));
            betrayal.ok_or_else(|| CatalogueError::Vague {
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
