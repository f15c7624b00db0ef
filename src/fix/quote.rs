//! Values written for whoever reads them: a POSIX shell, Python, JSON, SQL, a URL. Everything but
//! a plain ASCII character is escaped, so nothing that is pasted can steer a terminal.

use std::{borrow::Cow, fmt::Write as _};

use serde_json::Value;

use crate::model::printable;

/// Why a value cannot be written, as a phrase after "the value of x".
type Refusal = String;

/// One word of a POSIX shell. Control and hidden characters go through `printf`, also a tab
/// (pasted into a terminal it would complete); a line break stands in quotes as itself.
///
/// # Errors
/// When the text holds a NUL byte, which no argument can.
pub fn shell_word(text: &str) -> Result<String, Refusal> {
    if text.contains('\0') {
        return Err("holds a NUL byte".to_owned());
    }
    let escaped = |at: usize, c: char| is_hidden(c) || (c == '!' && expands(text, at));
    let mut word = String::new();
    let mut rest = 0;
    while rest < text.len() || word.is_empty() {
        let tail = &text[rest..];
        let first = tail.chars().next().is_some_and(|c| escaped(rest, c));
        let end = tail
            .char_indices()
            .find(|(at, c)| escaped(rest + at, *c) != first)
            .map_or(text.len(), |(at, _)| rest + at);
        let part = &text[rest..end];
        if first {
            word.push_str(&printed(part));
        } else {
            word.push_str(&plain(part)?);
        }
        rest = end;
    }
    Ok(word)
}

/// Program and arguments as a line of a POSIX shell.
///
/// # Errors
/// As [`shell_word`].
pub fn shell_line(argv: &[String]) -> Result<String, Refusal> {
    let words: Vec<String> = argv
        .iter()
        .map(|word| shell_word(word))
        .collect::<Result<_, _>>()?;
    Ok(words.join(" "))
}

/// Whether a character must not reach a terminal; a line break may.
fn is_hidden(c: char) -> bool {
    c != '\n' && matches!(printable(c.encode_utf8(&mut [0; 4])), Cow::Owned(_))
}

/// Whether an interactive bash before 5.0 would take this `!` for history, which it does on the
/// second and later lines of a quotation.
fn expands(text: &str, at: usize) -> bool {
    let next = text[at + 1..].chars().next();
    text.contains('\n') && !matches!(next, Some(' ' | '\t' | '\n' | '\r' | '='))
}

fn plain(text: &str) -> Result<Cow<'_, str>, Refusal> {
    shlex::try_quote(text).map_err(|error| format!("cannot be quoted: {error}"))
}

/// Characters as a substitution that prints them; none of them may be a line break at the end,
/// which a substitution would lose.
fn printed(text: &str) -> String {
    let mut bytes = String::with_capacity(text.len() * 4);
    for byte in text.bytes() {
        let _ = write!(bytes, "\\{byte:03o}");
    }
    format!("\"$(printf '{bytes}')\"")
}

/// A literal of Python in ASCII.
///
/// # Errors
/// When a text holds a NUL byte: no text of authentik's database can.
pub fn python(value: &Value) -> Result<String, Refusal> {
    Ok(match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => python_text(text)?,
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(python).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                Ok(format!("{}: {}", python_text(key)?, python(value)?))
            };
            let entries: Vec<String> = entries.iter().map(entry).collect::<Result<_, Refusal>>()?;
            format!("{{{}}}", entries.join(", "))
        }
    })
}

fn python_text(text: &str) -> Result<String, Refusal> {
    let mut literal = String::from("'");
    for c in without_nul(text)?.chars() {
        match c {
            '\\' | '\'' => literal.extend(['\\', c]),
            ' '..='~' => literal.push(c),
            c => escape(&mut literal, c),
        }
    }
    literal.push('\'');
    Ok(literal)
}

/// `\uXXXX` or `\UXXXXXXXX`, as Python and PostgreSQL read them.
fn escape(literal: &mut String, c: char) {
    let code = u32::from(c);
    let _ = if code > 0xffff {
        write!(literal, "\\U{code:08x}")
    } else {
        write!(literal, "\\u{code:04x}")
    };
}

/// JSON in ASCII.
///
/// # Errors
/// As [`python`].
pub fn json(value: &Value) -> Result<String, Refusal> {
    let written = value.to_string();
    if written.contains("\\u0000") && holds_nul(value) {
        return Err("holds a NUL byte".to_owned());
    }
    let mut literal = String::with_capacity(written.len());
    for c in written.chars() {
        if matches!(c, ' '..='~') {
            literal.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(literal, "\\u{unit:04x}");
        }
    }
    Ok(literal)
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(entries) => entries
            .iter()
            .any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// A literal of PostgreSQL in ASCII, right whatever `standard_conforming_strings` is; a list as
/// `IN` takes it. `\u` in `E''` wants a database in UTF-8, which authentik's is.
///
/// # Errors
/// When a text holds a NUL byte, and for objects.
pub fn sql(value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Null => Ok("NULL".to_owned()),
        Value::Bool(true) => Ok("TRUE".to_owned()),
        Value::Bool(false) => Ok("FALSE".to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => sql_text(text),
        Value::Array(items) if items.is_empty() => Ok("(NULL)".to_owned()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(sql).collect::<Result<_, _>>()?;
            Ok(format!("({})", items.join(", ")))
        }
        Value::Object(_) => Err("cannot be written in SQL".to_owned()),
    }
}

fn sql_text(text: &str) -> Result<String, Refusal> {
    let simple = |c| matches!(c, ' '..='~') && c != '\\';
    let mark = if text.chars().all(simple) { "'" } else { "E'" };
    let mut literal = String::from(mark);
    for c in without_nul(text)?.chars() {
        match c {
            '\\' | '\'' => literal.extend([c, c]),
            ' '..='~' => literal.push(c),
            c => escape(&mut literal, c),
        }
    }
    literal.push('\'');
    Ok(literal)
}

/// A part of a URL's path, percent-encoded (RFC 3986 section 2.1).
///
/// # Errors
/// For what would make another path of it: nothing, `.` and `..`.
pub fn path_part(value: &Value) -> Result<String, Refusal> {
    let text = argument(value)?;
    if matches!(text.as_str(), "" | "." | "..") {
        return Err(format!("({text:?}) cannot be a part of a path"));
    }
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    Ok(form.replace('+', "%20"))
}

/// A value as an argument: text and numbers as they are.
///
/// # Errors
/// For NUL bytes and for what is neither text, number nor truth.
pub fn argument(value: &Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => without_nul(text).map(ToOwned::to_owned),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err("is neither text nor number".to_owned()),
    }
}

fn without_nul(text: &str) -> Result<&str, Refusal> {
    if text.contains('\0') {
        return Err("holds a NUL byte".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_in_a_shell_line_cannot_steer_a_terminal() {
        let word = shell_word("a\u{1b}[31m\u{202e}\t\r b\nc").unwrap();
        assert!(!word.chars().any(is_hidden), "{word:?}");
        assert_eq!(word.matches('\n').count(), 1);
        assert!(shell_word("a\0b").is_err());
        assert_eq!(shell_word("").unwrap(), "''");
        assert_eq!(shell_word("authentik-server").unwrap(), "authentik-server");
    }

    #[test]
    fn a_path_stays_where_it_is() {
        assert_eq!(
            path_part(&json!("a/../b c+é?#%")).unwrap(),
            "a%2F..%2Fb%20c%2B%C3%A9%3F%23%25"
        );
        for hostile in ["", ".", "..", "a\0"] {
            assert!(path_part(&json!(hostile)).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn sql_is_plain_where_it_can_be() {
        assert_eq!(sql(&json!("O'Brien")).unwrap(), "'O''Brien'");
        assert_eq!(sql(&json!("a\\'é")).unwrap(), "E'a\\\\''\\u00e9'");
        assert_eq!(sql(&json!(["a", 1, null])).unwrap(), "('a', 1, NULL)");
        assert!(sql(&json!("a\0")).is_err());
    }
}
