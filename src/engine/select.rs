//! Which checks run: ids, globs, codes, apps, `!` to exclude.

use globset::Glob;

use crate::{check::Check, checks::ALL, model::Finding, stack::Stack, words::Words};

/// Why a run cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// A word names neither check, app nor code.
    #[error("nothing is called {word:?}{}", hint(nearest.as_deref()))]
    Unknown {
        /// The word.
        word: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The words exclude everything.
    #[error("no check is left to run; `akdoctor list` shows all")]
    Nothing,
    /// A check's own words cannot be read; a fault of akdoctor.
    #[error("akdoctor's own words are broken: {0}")]
    Words(#[from] crate::words::WordsError),
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// Every check with its words, in the order of the index.
///
/// # Errors
/// When a check's words cannot be read, which a test rules out.
pub fn library() -> Result<Vec<(&'static Check, Words)>, crate::words::WordsError> {
    ALL.iter()
        .map(|check| Ok((*check, Words::parse(check.words)?)))
        .collect()
}

/// The check that reads logs, to which a person's own signatures belong.
const LOGS: &str = "container-logs";

/// Every check with its words, a person's own findings among those of the logs.
fn library_with(stack: &Stack) -> Result<Vec<(&'static Check, Words)>, crate::words::WordsError> {
    let mut library = library()?;
    let logs = library.iter_mut().find(|(_, words)| words.id == LOGS);
    if let Some((_, words)) = logs {
        for file in &stack.signatures {
            words
                .findings
                .extend(Words::parse_pack(&file.text)?.findings);
        }
    }
    Ok(library)
}

/// What the words of the command line chose.
pub(super) struct Choice {
    pub(super) checks: Vec<(&'static Check, Words)>,
    pub(super) codes: Codes,
    apps: Vec<String>,
}

/// Codes that were asked for by name; empty for all.
pub(super) struct Codes(Vec<String>);

impl Codes {
    /// Keeps the findings of these codes and whatever they follow from.
    pub(super) fn keep(&self, findings: &mut Vec<Finding>) {
        if self.0.is_empty() {
            return;
        }
        let mut wanted: Vec<bool> = findings.iter().map(|f| self.0.contains(&f.code)).collect();
        for at in 0..findings.len() {
            let mut next = wanted[at].then(|| findings[at].caused_by.clone()).flatten();
            while let Some(cause) = next.take() {
                let found = findings
                    .iter()
                    .position(|f| f.code == cause.code && f.subject == cause.subject);
                if let Some(found) = found.filter(|&found| !wanted[found]) {
                    wanted[found] = true;
                    next = findings[found].caused_by.clone();
                }
            }
        }
        let mut wanted = wanted.into_iter();
        findings.retain(|_| wanted.next().unwrap_or(false));
    }
}

impl Choice {
    /// The stack, narrowed to the apps that were asked for.
    pub(super) fn narrow(&self, stack: &Stack) -> Stack {
        let mut stack = stack.clone();
        if !self.apps.is_empty() {
            stack.apps.retain(|app| self.apps.contains(&app.slug));
            stack.narrowed = true;
        }
        stack
    }
}

pub(super) fn choose(select: &[String], stack: &Stack) -> Result<Choice, SelectError> {
    let library = library_with(stack)?;
    let mut keep = vec![false; library.len()];
    let mut any_check = false;
    let mut codes = Vec::new();
    let mut apps = Vec::new();
    let (exclude, include): (Vec<&String>, Vec<&String>) =
        select.iter().partition(|word| word.starts_with('!'));
    for word in include {
        if let Some(app) = app_called(stack, word) {
            apps.push(app);
            continue;
        }
        any_check = true;
        if let Some(at) = holder_of(&library, word) {
            codes.push(word.clone());
            keep[at] = true;
            continue;
        }
        mark(&library, word, &mut keep, true, stack)?;
    }
    if !any_check {
        keep.fill(true);
    }
    for word in exclude {
        mark(&library, &word[1..], &mut keep, false, stack)?;
    }
    let mut keep = keep.into_iter();
    let checks: Vec<_> = library
        .into_iter()
        .filter(|_| keep.next().unwrap_or(false))
        .collect();
    if checks.is_empty() {
        return Err(SelectError::Nothing);
    }
    Ok(Choice {
        checks,
        codes: Codes(codes),
        apps,
    })
}

pub(super) fn app_called(stack: &Stack, word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let mut apps = stack.apps.iter();
    let app = apps.find(|app| app.slug == word || app.name.to_lowercase() == lower)?;
    Some(app.slug.clone())
}

/// The check whose code this is.
fn holder_of(library: &[(&'static Check, Words)], code: &str) -> Option<usize> {
    library
        .iter()
        .position(|(_, words)| words.finding(code).is_some())
}

fn mark(
    library: &[(&'static Check, Words)],
    word: &str,
    keep: &mut [bool],
    to: bool,
    stack: &Stack,
) -> Result<(), SelectError> {
    let unknown = || SelectError::Unknown {
        word: word.to_owned(),
        nearest: nearest(library, word, stack),
    };
    let glob = Glob::new(word).map_err(|_| unknown())?.compile_matcher();
    let mut hit = false;
    for ((_, words), keep) in library.iter().zip(keep) {
        if glob.is_match(&words.id) || words.group == word {
            (*keep, hit) = (to, true);
        }
    }
    if hit { Ok(()) } else { Err(unknown()) }
}

fn nearest(library: &[(&'static Check, Words)], word: &str, stack: &Stack) -> Option<String> {
    let ids = library.iter().map(|(_, words)| words.id.as_str());
    let codes = library
        .iter()
        .flat_map(|(_, words)| words.findings.iter().map(|finding| finding.code.as_str()));
    let apps = stack.apps.iter().map(|app| app.slug.as_str());
    nearest_of(word, ids.chain(codes).chain(apps))
}

/// The name most like a word, if any is.
pub(super) fn nearest_of<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    names
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}
