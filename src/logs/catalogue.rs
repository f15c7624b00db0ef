//! Every known line: signatures of faults and harmless lines, compiled once for a run.

use std::{collections::BTreeMap, sync::OnceLock};

use regex::bytes::Regex;
use serde_json::Value;

use super::{
    compile::{CatalogueError, fragments_of, not_retired, one, sound, unique},
    dialect::Record,
    screen::Screen,
    sieve::Sieve,
};
use crate::{
    model::{Reach, Severity},
    words::{BenignWords, Component, FindingWords, Level, LinePattern, LogField, LogWords, Words},
};

/// A known fault.
#[derive(Debug)]
pub struct Signature {
    /// The finding's code.
    pub code: String,
    /// How bad it is while it stands.
    severity: Severity,
    /// Who is hit while it stands.
    reach: Reach,
    /// How it shows.
    pub log: LogWords,
    regex: OnceLock<Option<Regex>>,
}

impl Signature {
    fn new(finding: &FindingWords, log: &LogWords) -> Self {
        Self {
            code: finding.code.clone(),
            severity: finding.severity,
            reach: finding.reach,
            log: log.clone(),
            regex: OnceLock::new(),
        }
    }

    /// Its id, such as `PG-01`.
    pub fn id(&self) -> &str {
        &self.log.line.id
    }

    /// How bad it is while it stands.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Who is hit while it stands.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The values that it can tell: named groups first.
    pub fn value_names(&self) -> Vec<&str> {
        let groups = self
            .regex()
            .into_iter()
            .flat_map(Regex::capture_names)
            .flatten();
        let keys = self.log.values.iter().map(|(name, _)| name.as_str());
        groups.chain(keys).collect()
    }

    /// Compiled when it first fits a line: most never do.
    fn regex(&self) -> Option<&Regex> {
        self.regex
            .get_or_init(|| one(&self.log.line.pattern).ok())
            .as_ref()
    }

    /// The values of its named groups in a record that it fits.
    pub(super) fn captured(&self, record: &Record) -> Vec<(&str, String)> {
        let Some(regex) = self.regex() else {
            return Vec::new();
        };
        let mut texts = texts(record, self.log.line.field);
        let Some(found) = texts.find_map(|text| regex.captures(text.as_bytes())) else {
            return Vec::new();
        };
        let names = regex.capture_names().flatten();
        names
            .filter_map(|name| {
                let text = String::from_utf8_lossy(found.name(name)?.as_bytes());
                Some((name, text.into_owned()))
            })
            .collect()
    }
}

/// Every known line.
pub struct Catalogue {
    signatures: Vec<Signature>,
    benign: Vec<BenignWords>,
    /// Lines after which a fault is none, each with its signature's place.
    ends: Vec<(usize, LinePattern)>,
    /// Signatures, then benign lines, then those ends.
    screen: Screen,
    pub(super) sieve: Sieve,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalogue of {} signatures", self.signatures.len())
    }
}

/// What a record is known as.
#[derive(Debug, Default)]
pub(super) struct Known<'c> {
    /// Every fault that fits, the one to tell first.
    pub all: Vec<&'c Signature>,
    /// Why it is none, if it is a harmless line.
    pub benign: Vec<&'c BenignWords>,
    /// Faults before it that are none, now that it has come.
    pub ends: Vec<&'c Signature>,
}

impl Catalogue {
    /// Compiles the lines of words, in their order.
    ///
    /// # Errors
    /// Names the signature that cannot be used.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w Words>) -> Result<Self, CatalogueError> {
        let (mut signatures, mut benign, mut retired) = (Vec::new(), Vec::new(), Vec::new());
        for words in words {
            retired.extend(words.retired_ids.iter().cloned());
            let logged = |finding: &FindingWords| {
                let log = finding.log.as_ref()?;
                Some(Signature::new(finding, log))
            };
            signatures.extend(words.findings.iter().filter_map(logged));
            benign.extend(words.benign.iter().cloned());
        }
        let ends = ends(&signatures);
        let faults: Vec<&LinePattern> = signatures.iter().map(|one| &one.log.line).collect();
        let harmless = benign.iter().map(|one: &BenignWords| &one.line);
        let mut lines: Vec<&LinePattern> = faults.iter().copied().chain(harmless).collect();
        unique(&lines)?;
        not_retired(&lines, &retired)?;
        let after = ends.iter().map(|(_, line)| line);
        lines.extend(after.clone());
        let screen = Screen::new(&lines);
        // Harmless lines need no finding: they are looked for among those that look like faults.
        let sought: Vec<&LinePattern> = faults.into_iter().chain(after).collect();
        let sieve = Sieve::new(&fragments_of(&sought)?);
        Ok(Self {
            signatures,
            benign,
            ends,
            screen,
            sieve,
        })
    }

    /// Compiles every pattern at once, which costs time that a run does not spend: there each is
    /// compiled when it is first tried.
    ///
    /// # Errors
    /// Names the pattern that is too large.
    pub fn sound(&self) -> Result<(), CatalogueError> {
        let signatures = self.signatures.iter().map(|one| &one.log.line);
        let lines = signatures.chain(self.benign.iter().map(|one| &one.line));
        sound(lines.chain(self.ends.iter().map(|(_, line)| line)))
    }

    /// Every signature, in order.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Every harmless line, in order.
    pub fn benign(&self) -> &[BenignWords] {
        &self.benign
    }

    /// The signature of this id.
    pub fn signature(&self, id: &str) -> Option<&Signature> {
        self.signatures
            .iter()
            .find(|signature| signature.id() == id)
    }

    /// What a record of this component is known as. Of several signatures the first in order.
    pub(super) fn know(&self, record: &Record, component: Component) -> Known<'_> {
        let mut known = Known::default();
        for (at, fields) in self.fitting(record) {
            let signature = self.signatures.get(at);
            let benign = at.checked_sub(self.signatures.len());
            let end = benign.and_then(|at| self.ends.get(at.checked_sub(self.benign.len())?));
            let benign = benign.and_then(|at| self.benign.get(at));
            let line = signature
                .map(|one| &one.log.line)
                .or(benign.map(|one| &one.line))
                .or(end.map(|(_, line)| line));
            let fits = line.is_some_and(|line| {
                let field = line.field == LogField::Any || fields.contains(&line.field);
                field && belongs(line, record, component)
            });
            if !fits {
                continue;
            }
            known.benign.extend(benign);
            known
                .ends
                .extend(end.and_then(|(of, _)| self.signatures.get(*of)));
            known
                .all
                .extend(signature.filter(|one| loud_enough(one.log.level, record.level)));
        }
        known
    }

    /// The patterns that fit a record, by place, each with the fields that it fits.
    fn fitting(&self, record: &Record) -> BTreeMap<usize, Vec<LogField>> {
        let mut fitting: BTreeMap<usize, Vec<LogField>> = BTreeMap::new();
        for field in [LogField::Event, LogField::Error, LogField::Exception] {
            let text = texts(record, field).next().filter(|text| !text.is_empty());
            for at in text
                .map(|text| self.screen.fitting(text))
                .unwrap_or_default()
            {
                fitting.entry(at).or_default().push(field);
            }
        }
        fitting
    }
}

fn ends(signatures: &[Signature]) -> Vec<(usize, LinePattern)> {
    let places = signatures.iter().enumerate();
    places
        .filter_map(|(at, one)| Some((at, one.log.unless.as_ref()?.then.clone())))
        .collect()
}

/// The texts of a record that a field means.
fn texts(record: &Record, field: LogField) -> impl Iterator<Item = &str> {
    let event =
        Some(record.event.as_str()).filter(|_| matches!(field, LogField::Event | LogField::Any));
    let error = record.error.as_deref();
    let error = error.filter(|_| matches!(field, LogField::Error | LogField::Any));
    let exception = record.exception.as_deref();
    let exception = exception.filter(|_| matches!(field, LogField::Exception | LogField::Any));
    [event, error, exception].into_iter().flatten()
}

fn belongs(line: &LinePattern, record: &Record, component: Component) -> bool {
    let any = component == Component::Any
        || line.components.is_empty()
        || line.components.contains(&Component::Any);
    let equal = |(path, text): &(String, String)| match record.field(path) {
        Some(Value::String(found)) => found == text,
        Some(Value::Bool(flag)) => *text == if *flag { "true" } else { "false" },
        Some(Value::Number(number)) => number.to_string().as_str() == text,
        _ => false,
    };
    (any || line.components.contains(&component)) && line.conditions.iter().all(equal)
}

fn loud_enough(least: Option<Level>, level: Option<Level>) -> bool {
    match (least, level) {
        (Some(least), Some(level)) => level >= least,
        _ => true,
    }
}
