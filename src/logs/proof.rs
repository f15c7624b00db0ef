//! Whether signatures keep their word: each example matches its own signature and no other, and is
//! found by the sieve. For the tests of akdoctor's own signatures and for `akdoctor pack test`.

use super::{
    catalogue::{Catalogue, Known, Signature},
    dialect::Record,
    join,
};
use crate::words::{Component, LinePattern};

/// What is wrong with the examples, one sentence each; empty when all is right.
pub fn prove(catalogue: &Catalogue) -> Vec<String> {
    let mut wrong = Vec::new();
    for signature in catalogue.signatures() {
        let line = &signature.log.line;
        for text in &line.matches {
            wrong.extend(matched(catalogue, signature, text));
        }
        for text in &line.rejects {
            let fits = |known: &Known<'_>| known.all.iter().any(|one| one.id() == line.id);
            if judged(catalogue, line, text, fits) {
                wrong.push(format!(
                    "{} matches what it must reject: {}",
                    line.id,
                    head(text)
                ));
            }
        }
        wrong.extend(unknown_overlaps(catalogue, signature));
        wrong.extend(taken_back(catalogue, signature));
    }
    for benign in catalogue.benign() {
        let line = &benign.line;
        let fits = |known: &Known<'_>| known.benign.iter().any(|one| one.line.id == line.id);
        for text in line
            .matches
            .iter()
            .filter(|text| !judged(catalogue, line, text, fits))
        {
            wrong.push(format!(
                "{} does not match its own line: {}",
                line.id,
                head(text)
            ));
        }
        for text in line
            .rejects
            .iter()
            .filter(|text| judged(catalogue, line, text, fits))
        {
            wrong.push(format!(
                "{} matches what it must reject: {}",
                line.id,
                head(text)
            ));
        }
    }
    wrong
}

fn matched(catalogue: &Catalogue, signature: &Signature, text: &str) -> Vec<String> {
    let (id, line) = (signature.id(), &signature.log.line);
    let mut wrong = Vec::new();
    if catalogue.sieve.search(text.as_bytes()).from(0).is_none() {
        wrong.push(format!(
            "{id} is not found fast in its own line: {}",
            head(text)
        ));
    }
    let component = component_of(line);
    let mut found = false;
    for record in records(text) {
        let known = catalogue.know(&record, component);
        found |= known.all.iter().any(|one| one.id() == id);
        for other in known.all.iter().filter(|one| one.id() != id) {
            if !overlap(signature, other) {
                wrong.push(format!(
                    "{} also matches a line of {id}: {}",
                    other.id(),
                    head(text)
                ));
            }
        }
        let always =
            |one: &&&crate::words::BenignWords| one.within.is_none() && one.at_most.is_none();
        for benign in known.benign.iter().filter(always) {
            let id_of = &benign.line.id;
            wrong.push(format!(
                "{id_of} calls a line of {id} harmless: {}",
                head(text)
            ));
        }
    }
    if !found {
        wrong.push(format!("{id} does not match its own line: {}", head(text)));
    }
    wrong
}

/// Whether the line that takes a fault back is found and recognised, and the fault's own is not
/// taken for it.
fn taken_back(catalogue: &Catalogue, signature: &Signature) -> Vec<String> {
    let Some(unless) = &signature.log.unless else {
        return Vec::new();
    };
    let id = signature.id();
    let ends = |text: &String| {
        let fits = |known: &Known<'_>| known.ends.iter().any(|one| one.id() == id);
        let found = catalogue.sieve.search(text.as_bytes()).from(0).is_some();
        found && judged(catalogue, &unless.then, text, fits)
    };
    let missed = unless.then.matches.iter().filter(|text| !ends(text));
    let missed = missed.map(|text| format!("{id} is not taken back by: {}", head(text)));
    let others = unless
        .then
        .rejects
        .iter()
        .chain(&signature.log.line.matches);
    let others = others.filter(|text| ends(text));
    let others = others.map(|text| format!("{id} is taken back by: {}", head(text)));
    missed.chain(others).collect()
}

fn overlap(one: &Signature, other: &Signature) -> bool {
    let declares = |a: &Signature, b: &Signature| a.log.overlaps.iter().any(|id| id == b.id());
    declares(one, other) || declares(other, one)
}

fn unknown_overlaps(catalogue: &Catalogue, signature: &Signature) -> Vec<String> {
    let unknown = signature.log.overlaps.iter();
    let unknown = unknown.filter(|id| catalogue.signature(id).is_none());
    unknown
        .map(|id| format!("{} overlaps with {id}, which is none", signature.id()))
        .collect()
}

fn judged(
    catalogue: &Catalogue,
    line: &LinePattern,
    text: &str,
    fits: impl Fn(&Known<'_>) -> bool,
) -> bool {
    let component = component_of(line);
    let mut records = records(text).into_iter();
    records.any(|record| fits(&catalogue.know(&record, component)))
}

fn component_of(line: &LinePattern) -> Component {
    line.components.first().copied().unwrap_or(Component::Any)
}

/// The records of a text of several lines, each as the scanner would read it.
fn records(text: &str) -> Vec<Record> {
    let text = text.trim_end_matches('\n').to_owned() + "\n";
    let mut rest = text.as_bytes();
    let mut records = Vec::new();
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        let joined = join::with_following(join::text_of(line, false), after, false);
        records.push(Record::read(&joined.text));
        rest = &after[joined.taken..];
    }
    records
}

fn head(text: &str) -> String {
    text.chars().take(120).collect()
}
