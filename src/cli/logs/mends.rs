//! What mends a fault that a log tells of: commands for the containers at hand. A file's name is no
//! container's, so what needs one is left out there.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    fix::{self, Workshop},
    logs::Mends,
    model::Fix,
    words::FindingWords,
};

/// The value that names the container of the log.
const CONTAINER: &str = "container";

/// Where commands are to be pasted.
pub(super) struct Shop(pub Workshop);

impl Mends for Shop {
    fn of(&self, words: &FindingWords, values: &BTreeMap<&str, Value>) -> Vec<Fix> {
        let mut values = values.clone();
        let here = values.get(CONTAINER).and_then(Value::as_str);
        if !here.is_some_and(|name| self.0.containers.contains_key(name)) {
            values.remove(CONTAINER);
        }
        fix::render(&words.fixes, &values, &self.0)
    }
}
