//! The words of every check, for the commands that only tell.

use anyhow::{Context, Result};

use crate::{
    check::Check,
    checks,
    words::{Outline, Words, outline},
};

use super::{args::Global, logs};

/// The words of every check, in the order of the checks.
///
/// # Errors
/// When words that were compiled in cannot be read: a fault of akdoctor.
pub(super) fn words() -> Result<Vec<Words>> {
    read(checks::ALL.iter())
}

fn read<'c>(checks: impl Iterator<Item = &'c &'static Check>) -> Result<Vec<Words>> {
    checks
        .map(|check| Words::own(check.words))
        .collect::<Result<_, _>>()
        .context("reading akdoctor's own checks; please report it")
}

/// The words of the checks that know lines of logs: reading the others would take as long as
/// reading a log of some size.
///
/// # Errors
/// As for [`words`].
pub(super) fn words_of_logs() -> Result<Vec<Words>> {
    let checks = checks::ALL.iter();
    read(checks.filter(|check| check.words.contains("[finding.log]")))
}

/// The outline of every check, and after them of a person's own signatures.
///
/// # Errors
/// As for [`words_and_own`].
pub(super) fn outlines(global: &Global) -> Result<Vec<Outline>> {
    let own = checks::ALL.iter().map(|check| outline(check.words));
    let Some(mut all) = own.collect::<Option<Vec<_>>>() else {
        return Ok(words_and_own(global)?.iter().map(Outline::from).collect());
    };
    let local = logs::packs(&global.checks)?;
    all.extend(local.iter().map(Outline::from));
    Ok(all)
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
