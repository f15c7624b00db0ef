//! Reads typed values out of parsed TOML, strictly: what is unknown, of another type or empty is
//! noted with its place, and reading goes on, so that a person mends a file in one go.

use std::cell::RefCell;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::model::{list_of, printable};

use super::problem::{ConfigError, Position, Problem};

/// Keys less alike than this are not proposed for one another.
const ALIKE: f64 = 0.6;

/// A text being read, with what was found wrong so far.
pub(super) struct Document<'t> {
    file: &'t str,
    text: &'t str,
    problems: RefCell<Vec<(usize, Problem)>>,
}

/// A value and where it begins, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located<T> {
    pub value: T,
    pub at: usize,
}

/// What a table is called in messages, and the keys it may have.
pub(super) struct Shape {
    pub name: &'static str,
    pub keys: &'static [&'static str],
}

/// A table being read.
pub(super) struct Fields<'d> {
    document: &'d Document<'d>,
    table: &'d DeTable<'d>,
    shape: &'static Shape,
    /// Where the table begins, in bytes.
    pub at: usize,
}

impl<'t> Document<'t> {
    pub fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            problems: RefCell::default(),
        }
    }

    /// Notes that something is wrong at a byte offset.
    pub fn wrong(&self, at: usize, message: impl Into<String>, hint: impl Into<String>) {
        let hint = hint.into();
        let problem = Problem {
            file: Some(self.file.to_owned()),
            at: Some(self.position(at)),
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
        };
        self.problems.borrow_mut().push((at, problem));
    }

    pub fn position(&self, at: usize) -> Position {
        Position::of(self.text, at)
    }

    /// `Ok` if nothing was wrong so far; otherwise what was, in the order of the text.
    pub fn verdict(&self) -> Result<(), ConfigError> {
        let mut problems = self.problems.take();
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|(at, _)| *at);
        Err(ConfigError {
            problems: problems.into_iter().map(|(_, problem)| problem).collect(),
        })
    }
}

impl<'d> Fields<'d> {
    /// Begins to read a table; unknown keys are noted at once.
    pub fn new(
        document: &'d Document<'d>,
        table: &'d DeTable<'d>,
        at: usize,
        shape: &'static Shape,
    ) -> Self {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !shape.keys.contains(&name) {
                let message = format!("unknown key \"{}\" in {}", printable(name), shape.name);
                document.wrong(key.span().start, message, nearest(name, shape.keys));
            }
        }
        Self {
            document,
            table,
            shape,
            at,
        }
    }

    /// The value of a key, whatever its type.
    pub fn value(&self, key: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str) -> Option<Located<&'d str>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(_) => self.text_of(key, value),
            other => self.mistyped(key, value, "text in quotes", other, ""),
        }
    }

    /// A text that must be there.
    pub fn required(&self, key: &str, hint: &str) -> Option<Located<&'d str>> {
        if self.value(key).is_none() {
            let message = format!("{} has no {key}", self.shape.name);
            self.document.wrong(self.at, message, hint);
        }
        self.text(key)
    }

    /// A list of texts, none of them empty, none of them twice.
    pub fn texts(&self, key: &str) -> Vec<Located<&'d str>> {
        let mut texts: Vec<Located<&str>> = Vec::new();
        for value in self.list(key) {
            let text = match value.get_ref() {
                DeValue::String(_) => self.text_of(key, value),
                other => self.mistyped(key, value, "a list of texts in quotes", other, ""),
            };
            let Some(text) = text else { continue };
            match texts.iter().find(|known| known.value == text.value) {
                Some(first) => self.twice(key, text.at, first.at),
                None => texts.push(text),
            }
        }
        texts
    }

    /// True or false; false if it is not there.
    pub fn flag(&self, key: &str) -> bool {
        let Some(value) = self.value(key) else {
            return false;
        };
        match value.get_ref() {
            DeValue::Boolean(flag) => *flag,
            other => {
                let hint = "write it without quotes";
                self.mistyped::<()>(key, value, "true or false", other, hint);
                false
            }
        }
    }

    /// A table within this one.
    pub fn table(&self, key: &str, shape: &'static Shape) -> Option<Fields<'d>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                let at = value.span().start;
                Some(Fields::new(self.document, table, at, shape))
            }
            other => self.mistyped(key, value, &format!("the table {}", shape.name), other, ""),
        }
    }

    /// The tables of a list (`[[app]]`).
    pub fn tables(&self, key: &str, shape: &'static Shape) -> Vec<Fields<'d>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let expected = format!("{} sections", shape.name);
        let DeValue::Array(list) = value.get_ref() else {
            let hint = format!("write {}, with two brackets, above each", shape.name);
            self.mistyped::<()>(key, value, &expected, value.get_ref(), &hint);
            return Vec::new();
        };
        list.iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(table) => {
                    let at = item.span().start;
                    Some(Fields::new(self.document, table, at, shape))
                }
                other => self.mistyped(key, item, &expected, other, ""),
            })
            .collect()
    }

    /// Notes a fault of a value: "url has no scheme".
    pub fn wrong(&self, key: &str, at: usize, message: &str, hint: &str) {
        self.document.wrong(at, format!("{key} {message}"), hint);
    }

    /// Notes that something stands here and stood before.
    pub fn twice(&self, key: &str, at: usize, first: usize) {
        let line = self.document.position(first).line;
        let message = format!("names what line {line} already names");
        self.wrong(key, at, &message, "leave one of the two out");
    }

    fn list(&self, key: &str) -> &'d [Spanned<DeValue<'d>>] {
        let Some(value) = self.value(key) else {
            return &[];
        };
        match value.get_ref() {
            DeValue::Array(list) => list,
            other => {
                let expected = "a list of texts in quotes";
                let hint = "write it in brackets: [\"…\"]";
                self.mistyped::<()>(key, value, expected, other, hint);
                &[]
            }
        }
    }

    fn text_of(&self, key: &str, value: &'d Spanned<DeValue<'d>>) -> Option<Located<&'d str>> {
        let at = value.span().start;
        let text = value.get_ref().as_str()?;
        if text.trim().is_empty() {
            self.wrong(key, at, "is empty", "fill it in or leave it out");
            return None;
        }
        if text.trim() != text {
            self.wrong(key, at, "begins or ends with white space", "leave that out");
            return None;
        }
        Some(Located { value: text, at })
    }

    /// Notes a value of another type; never the value itself.
    fn mistyped<T>(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        expected: &str,
        seen: &DeValue<'_>,
        hint: &str,
    ) -> Option<T> {
        let message = format!("must be {expected}, not {}", kind_of(seen));
        self.wrong(key, value.span().start, &message, hint);
        None
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The known key that was probably meant, or all of them.
fn nearest(key: &str, known: &[&str]) -> String {
    let key = key.to_lowercase().replace('-', "_");
    let likeness = |known: &str| {
        // `api_token` is far from `token` by letters and near in sense.
        let part = key.ends_with(&format!("_{known}"));
        let by_letters = strsim::normalized_damerau_levenshtein(&key, known);
        if part {
            by_letters.max(ALIKE)
        } else {
            by_letters
        }
    };
    let best = known
        .iter()
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((_, known)) => format!("did you mean \"{known}\"?"),
        None => format!("known here: {}", list_of(known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_proposed_and_nothing_far_fetched() {
        let known = ["name", "redirect_uris", "client_id"];
        for (typed, told) in [
            ("redirect_uri", "did you mean \"redirect_uris\"?"),
            ("Client-ID", "did you mean \"client_id\"?"),
            ("secret", "known here: name, redirect_uris and client_id"),
        ] {
            assert_eq!(nearest(typed, &known), told);
        }
    }
}
