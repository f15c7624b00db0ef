//! What a signature makes of a record: its values, and which group they make.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{access, catalogue::Signature, dialect::Record, tally::What, text::kept};

/// What a signature makes of a record.
pub(super) fn known_as(signature: &Signature, record: &Record) -> What {
    let mut values: BTreeMap<String, Value> = signature
        .captured(record)
        .into_iter()
        .map(|(name, text)| (name.to_owned(), short(Value::from(text))))
        .collect();
    for (name, path) in &signature.log.values {
        if let Some(value) = record.field(path).and_then(told) {
            values.insert(name.clone(), short(value));
        }
    }
    What::Known {
        id: signature.id().to_owned(),
        group: group_of(signature, &values),
        within: signature.log.unless.as_ref().map(|it| it.within.as_secs()),
        values,
    }
}

/// Adds what the access line of the request tells.
pub(super) fn complete(what: &mut What, signature: &Signature, access: &Record) {
    let What::Known { values, group, .. } = what else {
        return;
    };
    for (name, key) in &signature.log.values {
        let told = access::asked_of_request(key).and_then(|key| access::told(access, key));
        if let Some(told) = told {
            values.insert(name.clone(), short(told));
        }
    }
    *group = group_of(signature, values);
}

/// What makes a group: the signature and the values that it names, or all.
fn group_of(signature: &Signature, values: &BTreeMap<String, Value>) -> String {
    let wanted = signature.log.group.as_ref();
    let kept = values
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted.contains(name)));
    kept.fold(signature.id().to_owned(), |all, (name, value)| {
        format!("{all}\n{name}={value}")
    })
}

/// A JSON value as words can tell it: lists of objects with a URL become their URLs.
fn told(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(value.clone()),
        Value::Array(list) => {
            let urls = list
                .iter()
                .map(|one| one.get("url").filter(|url| url.is_string()));
            let urls: Option<Vec<Value>> = urls.map(Option::<&Value>::cloned).collect();
            Some(urls.map_or_else(|| Value::from(value.to_string()), Value::Array))
        }
        Value::Object(_) => Some(Value::from(value.to_string())),
    }
}

fn short(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(kept(text)),
        Value::Array(mut list) => {
            list.truncate(20);
            Value::Array(list.into_iter().map(short).collect())
        }
        other => other,
    }
}
