//! The words of every check, for the commands that only tell.

use anyhow::{Context, Result};

use crate::{checks, words::Words};

use super::{args::Global, logs};

/// The words of every check, in the order of the checks.
///
/// # Errors
/// When words that were compiled in cannot be read: a fault of akdoctor.
pub(super) fn words() -> Result<Vec<Words>> {
    checks::ALL
        .iter()
        .map(|check| Words::parse(check.words))
        .collect::<Result<_, _>>()
        .context("reading akdoctor's own checks; please report it")
}

/// The words of every check, and after them those of a person's own signatures.
///
/// # Errors
/// Says which file of theirs is wrong, and where.
pub(super) fn words_and_own(global: &Global) -> Result<Vec<Words>> {
    let mut all = words()?;
    all.extend(logs::packs(&global.checks)?);
    Ok(all)
}

/// A template as people read it: `‹app›` where a value will stand.
pub(super) fn shown(template: &str) -> String {
    let mut shown = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, tag)) = rest.split_once("{{") {
        let Some((name, after)) = tag.split_once("}}") else {
            break;
        };
        shown.push_str(before);
        shown.push('‹');
        shown.push_str(name.trim());
        shown.push('›');
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_named_in_templates() {
        assert_eq!(shown("{{ app }} sends {{ sent }}."), "‹app› sends ‹sent›.");
        assert_eq!(shown("no {{ end"), "no {{ end");
    }
}
