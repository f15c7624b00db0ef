//! From a `[finding.log]` or a `[[benign]]` to its words.

use std::time::Duration;

use super::{
    BenignWords, Component, Level, LinePattern, LogField, LogWords, Unless, WordsError,
    read::owned,
    read_fix::versions,
    table::{Table, Text},
};

const FIELDS: [(&str, LogField); 4] = [
    ("event", LogField::Event),
    ("error", LogField::Error),
    ("exception", LogField::Exception),
    ("any", LogField::Any),
];

/// Reads a `[finding.log]`.
pub(super) fn log(table: &Table<'_>) -> Result<LogWords, WordsError> {
    let line = line(table)?;
    let unless = table.table("unless")?;
    let words = LogWords {
        unless: unless
            .map(|inner| self::unless(&inner, &line))
            .transpose()?,
        line,
        authentik: table.text("authentik")?.map(versions).transpose()?,
        level: match table.text("level")? {
            Some(text) => Some(text.one_of(&Level::ALL)?),
            None => None,
        },
        values: pairs(table, "values")?,
        group: match table.get("group") {
            Some(_) => Some(owned(&table.texts("group")?)),
            None => None,
        },
        overlaps: owned(&table.texts("overlaps")?),
    };
    table.finish()?;
    Ok(words)
}

/// Reads a `[[benign]]`.
pub(super) fn benign(table: &Table<'_>) -> Result<BenignWords, WordsError> {
    let words = BenignWords {
        line: line(table)?,
        why: table.need("why")?.text.trim().to_owned(),
        within: table.text("within")?.map(span).transpose()?,
        at_most: table.count("at_most")?,
    };
    table.finish()?;
    Ok(words)
}

/// Reads `unless = { then = …, within = …, match = […] }` of a line.
fn unless(table: &Table<'_>, of: &LinePattern) -> Result<Unless, WordsError> {
    let words = Unless {
        then: LinePattern {
            pattern: pattern(table.need("then")?)?,
            conditions: Vec::new(),
            matches: at_least_one(table)?,
            rejects: owned(&table.texts("reject")?),
            ..of.clone()
        },
        within: span(table.need("within")?)?,
    };
    table.finish()?;
    Ok(words)
}

fn line(table: &Table<'_>) -> Result<LinePattern, WordsError> {
    let id = table.need("id")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !id.text.chars().all(plain) {
        return Err(id.wrong(0, format_args!("{:?} is not an id such as PG-01", id.text)));
    }
    let components = table.texts("component")?;
    let components = components
        .iter()
        .map(|text| text.one_of(&Component::ALL))
        .collect::<Result<_, _>>()?;
    Ok(LinePattern {
        id: id.text.to_owned(),
        components,
        field: match table.text("field")? {
            Some(text) => text.one_of(&FIELDS)?,
            None => LogField::Event,
        },
        pattern: pattern(table.need("pattern")?)?,
        conditions: pairs(table, "where")?,
        matches: at_least_one(table)?,
        rejects: owned(&table.texts("reject")?),
    })
}

fn at_least_one(table: &Table<'_>) -> Result<Vec<String>, WordsError> {
    let lines = table.texts("match")?;
    if lines.is_empty() {
        return Err(table.wrong("`match` must hold at least one line of a log"));
    }
    Ok(owned(&lines))
}

/// A regular expression that can be read; whether it can be found fast the catalogue says.
fn pattern(text: Text<'_>) -> Result<String, WordsError> {
    let mut parser = regex_syntax::ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .build();
    match parser.parse(text.text) {
        Ok(_) => Ok(text.text.to_owned()),
        Err(error) => {
            let (at, why) = match &error {
                regex_syntax::Error::Parse(error) => {
                    (error.span().start.offset, error.kind().to_string())
                }
                regex_syntax::Error::Translate(error) => {
                    (error.span().start.offset, error.kind().to_string())
                }
                other => (0, other.to_string()),
            };
            Err(text.wrong(at, format_args!("this is no regular expression: {why}")))
        }
    }
}

fn pairs(table: &Table<'_>, key: &'static str) -> Result<Vec<(String, String)>, WordsError> {
    let Some(inner) = table.table(key)? else {
        return Ok(Vec::new());
    };
    let pairs = inner.pairs()?;
    Ok(pairs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.text.to_owned()))
        .collect())
}

/// A span of time such as `90s`, `3m` or `2h`.
fn span(text: Text<'_>) -> Result<Duration, WordsError> {
    let wrong = || text.wrong(0, format_args!("{:?} is not a span such as 3m", text.text));
    let digits = text
        .text
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match &text.text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(count.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::words::{Component, Level, LogField, Words};

    const HEAD: &str = "id = \"container-logs\"\ngroup = \"g\"\ntitle = \"t\"\nwhy = \"w\"\n";
    const FINDING: &str = r#"
[[finding]]
code = "container-logs/gone"
severity = "error"
reach = "everybody"
says = "{{ container }} is gone"
explain = "Look."
  [finding.log]
  id = "PG-01"
  component = ["server", "worker"]
  level = "warning"
  field = "exception"
  pattern = 'gone: (?<what>\w+)'
  values = { cause = "context.cause" }
  where = { action = "x" }
  group = ["what"]
  match = ['gone: all']
  overlaps = ["PG-02"]
  unless = { then = 'back again', within = "5m", match = ['it is back again'] }
[[benign]]
id = "B-01"
pattern = 'nothing at all'
why = "it says nothing"
within = "3m"
at_most = 10
match = ['nothing at all']
"#;

    fn error(from: &str, to: &str) -> String {
        let text = format!("{HEAD}{}", FINDING.replace(from, to));
        Words::parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn every_key_is_read() {
        let words = Words::parse(&format!("{HEAD}{FINDING}")).unwrap();
        let log = words.findings[0].log.as_ref().unwrap();
        assert_eq!(log.line.components, [Component::Server, Component::Worker]);
        assert_eq!(
            (log.level, log.line.field),
            (Some(Level::Warning), LogField::Exception)
        );
        assert_eq!(
            log.values,
            [("cause".to_owned(), "context.cause".to_owned())]
        );
        assert_eq!(log.group.as_deref(), Some(&["what".to_owned()][..]));
        let unless = log.unless.as_ref().unwrap();
        assert_eq!(
            (&*unless.then.id, &*unless.then.pattern, unless.within),
            ("PG-01", "back again", Duration::from_secs(300))
        );
        let benign = &words.benign[0];
        assert_eq!(
            (benign.within.unwrap().as_secs(), benign.at_most),
            (180, Some(10))
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (from, to, said) in [
            (
                r"\w+)",
                r"\w+",
                "this is no regular expression: unclosed group",
            ),
            (
                "match = ['gone: all']",
                "",
                "`match` must hold at least one line",
            ),
            ("\"3m\"", "\"3 weeks\"", "is not a span such as 3m"),
            ("PG-01", "PG 01", "is not an id such as PG-01"),
            ("\"server\"", "\"sever\"", "is none of server, worker"),
            (
                "at_most = 10",
                "at_most = \"10\"",
                "this must be a whole number",
            ),
            ("overlaps", "overlap", "did you mean `overlaps`?"),
            ("within = \"5m\", ", "", "the key `within` is missing"),
            (
                "match = ['it is back again']",
                "",
                "`match` must hold at least one line",
            ),
        ] {
            let said_so = error(from, to);
            assert!(
                said_so.contains(said) && said_so.contains("line "),
                "{said_so}"
            );
        }
    }
}
