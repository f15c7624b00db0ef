//! The report for programs, and the JSON Schema of it.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{
    Value,
    ser::{Formatter, PrettyFormatter, Serializer},
};

use crate::model::{Report, SignIn, Trace, Why, printable};

/// Writes a value as indented JSON with one newline at the end.
///
/// Characters that steer a terminal or hide text stand as `\u` escapes: the value is the same for
/// a program, and harmless for a person who looks at it.
///
/// # Errors
/// When `out` cannot be written to.
pub fn json<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Harmless(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// The JSON Schema (draft 2020-12) of a report as it is written.
pub fn schema() -> Value {
    schema_of::<Report>()
}

/// The JSON Schema of a trace as it is written.
pub fn trace_schema() -> Value {
    schema_of::<Trace>()
}

/// The JSON Schema of an answer of `akdoctor why` as it is written.
pub fn why_schema() -> Value {
    schema_of::<Why>()
}

/// The JSON Schema of a sign-in as it is written.
pub fn sign_in_schema() -> Value {
    schema_of::<SignIn>()
}

fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Indents, and escapes what JSON itself would let through.
struct Harmless<'a>(PrettyFormatter<'a>);

impl Formatter for Harmless<'_> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if matches!(printable(fragment), Cow::Borrowed(_)) {
            return out.write_all(fragment.as_bytes());
        }
        let mut bytes = [0; 4];
        for c in fragment.chars() {
            let one: &str = c.encode_utf8(&mut bytes);
            match printable(one) {
                Cow::Borrowed(same) => out.write_all(same.as_bytes())?,
                Cow::Owned(_) => escape(out, c)?,
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// A character as JSON's own escape: UTF-16 units (RFC 8259 section 7).
fn escape<W: ?Sized + Write>(out: &mut W, c: char) -> io::Result<()> {
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        write!(out, "\\u{unit:04x}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_mean_the_same() {
        let hostile = "a\u{9b}31m\u{202e}\u{e0041}\u{7f}\"\\\u{1b}é\n";
        let mut out = Vec::new();
        json(&vec![hostile], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "[\n  \"a\\u009b31m\\u202e\\udb40\\udc41\\u007f\\\"\\\\\\u001bé\\n\"\n]\n"
        );
        assert_eq!(
            serde_json::from_str::<Vec<String>>(&text).unwrap(),
            [hostile]
        );
    }
}
