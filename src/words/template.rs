//! Templates hold bare `{{ name }}` only. What a value becomes depends on where it goes (a
//! sentence, Python, JSON …), so a template in code never puts it inside quotes of its own: the
//! value brings them along (`x = '{{ name }}'` breaks quoting by construction).

use std::{borrow::Borrow, collections::BTreeMap, ops::Range};

use serde_json::Value;
use thiserror::Error;

/// What a template is written in, which says what counts as quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// A sentence or a path for people: quotes mean nothing.
    Prose,
    /// One argument of a command.
    Argument,
    /// Python.
    Python,
    /// JSON.
    Json,
    /// PostgreSQL's SQL.
    Sql,
}

/// Why a template cannot be filled.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum FillError {
    /// A value is missing.
    #[error("the value `{0}` is missing")]
    Missing(String),
    /// A value cannot be written there.
    #[error("the value of `{name}` {why}")]
    Refused {
        /// The value's name.
        name: String,
        /// "holds a NUL byte".
        why: String,
    },
    /// The template is none; [`check`] has not seen it.
    #[error("{0}")]
    Template(String),
}

/// A fault of a template: at which byte, and what.
pub(crate) type Fault = (usize, String);

/// Whether a text is a template of bare names, none of them inside quotes.
pub(crate) fn check(template: &str, syntax: Syntax) -> Result<(), Fault> {
    // Whether a backslash escapes depends on the server's settings; and psql runs `\\!`.
    if let (Syntax::Sql, Some(at)) = (syntax, template.find('\\')) {
        return Err((at, "a backslash is not allowed in SQL".to_owned()));
    }
    for (at, name) in tags(template)? {
        if in_quotes(&template[..at.start], syntax) {
            let why = "stands inside quotes; take them away, a value brings its own";
            return Err((at.start, format!("{{{{ {name} }}}} {why}")));
        }
    }
    Ok(())
}

/// The names that a template wants, in order, each once. Empty for a faulty template.
pub(crate) fn names(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (_, name) in tags(template).unwrap_or_default() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The template as documentation shows it: `‹name›` for every value.
pub(crate) fn shown(template: &str) -> String {
    let mut shown = String::with_capacity(template.len());
    let mut from = 0;
    for (at, name) in tags(template).unwrap_or_default() {
        shown.push_str(&template[from..at.start]);
        shown.push('‹');
        shown.push_str(name);
        shown.push('›');
        from = at.end;
    }
    shown.push_str(&template[from..]);
    shown
}

/// Fills a template, every value written by `write`.
pub(crate) fn fill_with<K: Borrow<str> + Ord>(
    template: &str,
    values: &BTreeMap<K, Value>,
    write: impl Fn(&Value) -> Result<String, String>,
) -> Result<String, FillError> {
    let mut written = BTreeMap::new();
    for name in names(template) {
        let missing = || FillError::Missing(name.to_owned());
        let value = values.get(name).ok_or_else(missing)?;
        let text = write(value).map_err(|why| FillError::Refused {
            name: name.to_owned(),
            why,
        })?;
        written.insert(name, text);
    }
    fill_texts(
        template,
        &written.iter().map(|(n, t)| (*n, t.as_str())).collect(),
    )
}

/// Fills a template with texts, as they are. Bare names are all that there is to fill, so no
/// template language is needed: it would be set up anew for every sentence.
pub(crate) fn fill_texts(
    template: &str,
    texts: &BTreeMap<&str, &str>,
) -> Result<String, FillError> {
    let tags = tags(template).map_err(|(_, why)| FillError::Template(why))?;
    let mut filled = String::with_capacity(template.len());
    let mut from = 0;
    for (at, name) in tags {
        let missing = || FillError::Missing(name.to_owned());
        filled.push_str(&template[from..at.start]);
        filled.push_str(texts.get(name).ok_or_else(missing)?);
        from = at.end;
    }
    filled.push_str(&template[from..]);
    Ok(filled)
}

/// Where the `{{ name }}` stand.
fn tags(template: &str) -> Result<Vec<(Range<usize>, &str)>, Fault> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some(open) = template[from..].find('{').map(|at| from + at) {
        let rest = &template[open..];
        if rest.starts_with("{%") || rest.starts_with("{#") {
            let why = "blocks and comments are not allowed in a template, bare {{ name }} only";
            return Err((open, why.to_owned()));
        }
        let Some(inside) = rest.strip_prefix("{{") else {
            from = open + 1;
            continue;
        };
        let close = inside.find("}}");
        let close = close.ok_or_else(|| (open, "{{ is never closed by }}".to_owned()))?;
        let name = inside[..close].trim_matches(' ');
        if !is_name(name) {
            let why = format!("{name:?} is not a bare name: no filters, no arithmetic");
            return Err((open, why));
        }
        from = open + close + 4;
        tags.push((open..from, name));
    }
    Ok(tags)
}

fn is_name(name: &str) -> bool {
    // Words that people know from template languages as something else.
    const KEPT: [&str; 12] = [
        "true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if",
    ];
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !KEPT.contains(&name)
}

/// Whether code that begins like this has a quote open. Where it could be read both ways the
/// answer is yes.
fn in_quotes(mut code: &str, syntax: Syntax) -> bool {
    let quotes: &[&str] = match syntax {
        Syntax::Prose => return false,
        Syntax::Argument => &["'", "\"", "`"],
        Syntax::Python => &["'''", "\"\"\"", "'", "\""],
        Syntax::Json => &["\""],
        Syntax::Sql => &["'", "\"", "$$"],
    };
    let comment = match syntax {
        Syntax::Python => Some("#"),
        Syntax::Sql => Some("--"),
        _ => None,
    };
    loop {
        let next = code.char_indices().find_map(|(at, _)| {
            let rest = &code[at..];
            let quote = quotes.iter().find(|quote| rest.starts_with(**quote));
            let comment = comment.filter(|mark| rest.starts_with(mark));
            quote.map(|q| (at, *q)).or(comment.map(|c| (at, c)))
        });
        let Some((at, mark)) = next else { return false };
        let inside = &code[at + mark.len()..];
        let end = if comment == Some(mark) { "\n" } else { mark };
        match after(inside, end) {
            Some(rest) => code = rest,
            None => return true,
        }
    }
}

/// What follows the end of a quotation, past escaped characters.
fn after<'c>(inside: &'c str, end: &str) -> Option<&'c str> {
    let mut from = 0;
    while let Some(c) = inside[from..].chars().next() {
        if inside[from..].starts_with(end) {
            return Some(&inside[from + end.len()..]);
        }
        from += c.len_utf8();
        if c == '\\' {
            from += inside[from..].chars().next().map_or(0, char::len_utf8);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_bare_name_is_refused() {
        for template in [
            "{{ a | upper }}",
            "{{ a.b }}",
            "{{ 1 }}",
            "{{ a + b }}",
            "{% if a %}",
            "{# x #}",
            "{{- a }}",
            "{{ a",
            "{{ }}",
            "{{ none }}",
            "{{ A }}",
            "{{ {{ a }} }}",
            "{{ a[0] }}",
        ] {
            assert!(check(template, Syntax::Prose).is_err(), "{template}");
        }
    }

    #[test]
    fn a_value_inside_quotes_is_refused_in_code_only() {
        for (template, syntax) in [
            ("x = '{{ a }}'", Syntax::Python),
            ("x = \"\"\"it's {{ a }}\"\"\"", Syntax::Python),
            ("x = 'a\\'{{ a }}'", Syntax::Python),
            ("# {{ a }}", Syntax::Python),
            ("{\"k\": \"v{{ a }}\"}", Syntax::Json),
            ("SELECT '{{ a }}'", Syntax::Sql),
            ("DO $$ {{ a }} $$", Syntax::Sql),
            ("echo '{{ a }}'", Syntax::Argument),
            ("`{{ a }}`", Syntax::Argument),
        ] {
            assert!(check(template, syntax).is_err(), "{template}");
            assert_eq!(check(template, Syntax::Prose), Ok(()));
        }
    }

    #[test]
    fn a_value_outside_quotes_is_allowed() {
        for (template, syntax) in [
            ("# it's\nx = {'k': {{ a }}}", Syntax::Python),
            ("x = 'it\\'s', {{ a }}", Syntax::Python),
            ("{\"k\": {{ a }}, \"l\": {{ b }}}", Syntax::Json),
            ("SELECT 'it''s', {{ a }} -- don't\n, {{ b }}", Syntax::Sql),
            ("--path={{ a }}", Syntax::Argument),
        ] {
            assert_eq!(check(template, syntax), Ok(()), "{template}");
        }
    }

    #[test]
    fn a_fault_is_where_it_stands() {
        assert_eq!(check("ab {{ x|y }}", Syntax::Prose).unwrap_err().0, 3);
        assert_eq!(check("x='{{ a }}'", Syntax::Python).unwrap_err().0, 3);
    }

    #[test]
    fn values_are_never_read_as_templates() {
        let values = BTreeMap::from([("a", Value::from("{{ b }}{% x %}\r\n\n"))]);
        let write = |value: &Value| Ok(value.as_str().unwrap().to_owned());
        let filled = fill_with("<{{ a }}|{{a}}>\n", &values, write).unwrap();
        assert_eq!(filled, "<{{ b }}{% x %}\r\n\n|{{ b }}{% x %}\r\n\n>\n");
    }

    #[test]
    fn what_is_no_template_or_lacks_a_text_is_not_filled() {
        let texts = BTreeMap::from([("a", "1")]);
        assert_eq!(
            fill_texts("{{ a }} {{ b }}", &texts),
            Err(FillError::Missing("b".into()))
        );
        for broken in ["{{ a", "{{ a|x }}", "{% a %}"] {
            let filled = fill_texts(broken, &texts);
            assert!(matches!(filled, Err(FillError::Template(_))), "{broken}");
        }
        assert_eq!(
            fill_texts("{ a } }} {{a}}{{ a }}\n", &texts).unwrap(),
            "{ a } }} 11\n"
        );
    }

    #[test]
    fn documentation_shows_the_names() {
        assert_eq!(shown("{{ a }} and {{b}}: {x}"), "‹a› and ‹b›: {x}");
    }
}
