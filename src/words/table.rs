//! A TOML table that is read key by key and knows where everything stands: what is wrong is said
//! with line and column, and a key that nobody asked for with the nearest one that is right.

use std::{cell::RefCell, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::WordsError;

/// A value with its place in the text.
pub(super) type Item<'t> = &'t Spanned<DeValue<'t>>;

/// A piece of text and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) text: &'t str,
    span: (usize, usize),
    source: &'t str,
    /// Whether a test has shown what it holds to be right.
    pub(super) proven: bool,
}

/// A table that is being read.
pub(super) struct Table<'t> {
    source: &'t str,
    span: Range<usize>,
    entries: &'t DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
    proven: bool,
}

/// What is wrong at a byte of the text.
pub(super) fn wrong_at(source: &str, byte: usize, what: impl std::fmt::Display) -> WordsError {
    let before = source.get(..byte).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    WordsError(format!("line {line}, column {column}: {what}"))
}

/// The nearest of `names`, if one is near enough to be meant.
pub(super) fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    names
        .iter()
        .map(|name| (strsim::jaro_winkler(word, name), *name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

impl<'t> Text<'t> {
    /// What is wrong at a byte of this text.
    pub(super) fn wrong(&self, byte: usize, what: impl std::fmt::Display) -> WordsError {
        let (from, to) = self.span;
        // A text with escapes stands otherwise in the source; then the value's start must do.
        let raw = self
            .source
            .get(from..to)
            .and_then(|raw| raw.find(self.text));
        wrong_at(self.source, from + raw.map_or(0, |at| at + byte), what)
    }

    /// The one of `choices` that this text names.
    pub(super) fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, WordsError> {
        let found = choices.iter().find(|(name, _)| *name == self.text);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let what = format!("{:?} is none of {}", self.text, names.join(", "));
            self.wrong(0, what)
        })
    }
}

impl<'t> Table<'t> {
    /// A document's or a sub-table's entries; `proven` where a test has shown what its texts hold to be right.
    pub(super) fn new(
        source: &'t str,
        span: Range<usize>,
        entries: &'t DeTable<'t>,
        proven: bool,
    ) -> Self {
        Self {
            source,
            span,
            entries,
            proven,
            asked: RefCell::default(),
        }
    }

    /// What is wrong with this table as a whole.
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> WordsError {
        wrong_at(self.source, self.span.start, what)
    }

    /// What is wrong with a value in it.
    pub(super) fn wrong_value(&self, item: Item<'_>, what: impl std::fmt::Display) -> WordsError {
        wrong_at(self.source, item.span().start, what)
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Item<'t>> {
        self.asked.borrow_mut().push(key);
        let mut entries = self.entries.iter();
        entries
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, item)| item)
    }

    /// The text of a key, if it is there.
    pub(super) fn text(&self, key: &'static str) -> Result<Option<Text<'t>>, WordsError> {
        self.get(key).map(|item| self.as_text(item)).transpose()
    }

    /// The text of a key that must be there and hold something.
    pub(super) fn need(&self, key: &'static str) -> Result<Text<'t>, WordsError> {
        let text = self
            .text(key)?
            .ok_or_else(|| self.wrong(format_args!("the key `{key}` is missing")))?;
        if text.text.trim().is_empty() {
            return Err(text.wrong(0, format_args!("`{key}` is empty")));
        }
        Ok(text)
    }

    /// The truth of a key, if it is there.
    pub(super) fn flag(&self, key: &'static str) -> Result<Option<bool>, WordsError> {
        let Some(item) = self.get(key) else {
            return Ok(None);
        };
        let flag = item.get_ref().as_bool();
        let flag = flag.ok_or_else(|| self.wrong_value(item, "this must be true or false"))?;
        Ok(Some(flag))
    }

    /// The whole number of a key, if it is there.
    pub(super) fn count(&self, key: &'static str) -> Result<Option<u64>, WordsError> {
        let Some(item) = self.get(key) else {
            return Ok(None);
        };
        let number = item.get_ref().as_integer();
        let number = number.and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        let number = number.ok_or_else(|| self.wrong_value(item, "this must be a whole number"))?;
        Ok(Some(number))
    }

    /// Every key with its text, for a table whose keys are names of somebody else's.
    pub(super) fn pairs(&self) -> Result<Vec<(&'t str, Text<'t>)>, WordsError> {
        let entries = self.entries.iter();
        entries
            .map(|(name, item)| Ok((name.get_ref().as_ref(), self.as_text(item)?)))
            .collect()
    }

    /// The texts of a list; none when the key is not there.
    pub(super) fn texts(&self, key: &'static str) -> Result<Vec<Text<'t>>, WordsError> {
        let items = self.list(key)?.iter();
        items.map(|item| self.as_text(item)).collect()
    }

    /// The tables of a list; none when the key is not there.
    pub(super) fn tables(&self, key: &'static str) -> Result<Vec<Table<'t>>, WordsError> {
        let items = self.list(key)?.iter();
        items.map(|item| self.as_table(item)).collect()
    }

    /// The table of a key, if it is there.
    pub(super) fn table(&self, key: &'static str) -> Result<Option<Table<'t>>, WordsError> {
        self.get(key).map(|item| self.as_table(item)).transpose()
    }

    /// Refuses keys that nobody has asked for.
    pub(super) fn finish(&self) -> Result<(), WordsError> {
        let asked = self.asked.borrow();
        let unknown = self
            .entries
            .keys()
            .find(|key| !asked.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown else { return Ok(()) };
        let name = key.get_ref();
        let hint = match nearest(name, &asked) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => format!("; known here: {}", asked.join(", ")),
        };
        let what = format!("the key `{name}` is not known{hint}");
        Err(wrong_at(self.source, key.span().start, what))
    }

    fn list(&self, key: &'static str) -> Result<&'t [Spanned<DeValue<'t>>], WordsError> {
        let Some(item) = self.get(key) else {
            return Ok(&[]);
        };
        let list = item.get_ref().as_array().map(AsRef::as_ref);
        list.ok_or_else(|| self.wrong_value(item, format_args!("`{key}` must be a list")))
    }

    fn as_text(&self, item: Item<'t>) -> Result<Text<'t>, WordsError> {
        let text = item.get_ref().as_str();
        let text = text.ok_or_else(|| self.wrong_value(item, "this must be text in quotes"))?;
        Ok(Text {
            text,
            span: (item.span().start, item.span().end),
            source: self.source,
            proven: self.proven,
        })
    }

    fn as_table(&self, item: Item<'t>) -> Result<Table<'t>, WordsError> {
        let table = item.get_ref().as_table();
        let table = table.ok_or_else(|| self.wrong_value(item, "this must be a table"))?;
        Ok(Table::new(self.source, item.span(), table, self.proven))
    }
}
