//! From the text of a `check.toml` to [`Words`].

use toml::de::DeTable;

use super::{
    FindingWords, Words, WordsError, read_fix, read_log,
    table::{Table, Text, wrong_at},
    template::{self, Syntax},
};
use crate::model::{Reach, Severity};

/// The check of whatever a person teaches.
const LOCAL: &str = "local";

const SEVERITIES: [(&str, Severity); 3] = [
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("error", Severity::Error),
];

const REACHES: [(&str, Reach); 3] = [
    ("everybody", Reach::Everybody),
    ("subject", Reach::Subject),
    ("nobody", Reach::Nobody),
];

/// Reads a `check.toml`.
pub(super) fn words(source: &str) -> Result<Words, WordsError> {
    read(source, None)
}

/// Reads a person's own findings.
pub(super) fn pack(source: &str) -> Result<Words, WordsError> {
    read(source, Some(LOCAL))
}

fn read(source: &str, otherwise: Option<&str>) -> Result<Words, WordsError> {
    let document = DeTable::parse(source).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong_at(source, at, error.message().trim())
    })?;
    let table = Table::new(source, 0..0, document.get_ref());
    let head = |key| match (table.text(key)?, otherwise) {
        (None, Some(local)) => Ok(local),
        _ => Ok(table.need(key)?.text),
    };
    let id = head("id")?;
    if !is_kebab(id) || otherwise.is_some_and(|local| local != id) {
        let like = otherwise.unwrap_or("in kebab-case");
        return Err(table
            .need("id")?
            .wrong(0, format_args!("{id:?} is not {like}")));
    }
    let words = Words {
        id: id.to_owned(),
        group: head("group")?.to_owned(),
        title: head("title")?.to_owned(),
        why: head("why")?.to_owned(),
        see: owned(&table.texts("see")?),
        retired: codes(table.texts("retired")?, Some(id))?,
        retired_ids: owned(&table.texts("retired_ids")?),
        findings: findings(&table, id)?,
        benign: table
            .tables("benign")?
            .iter()
            .map(read_log::benign)
            .collect::<Result<_, _>>()?,
    };
    table.finish()?;
    for old in table.texts("retired_ids")? {
        if words.line_ids().any(|id| id == old.text) {
            return Err(old.wrong(0, format_args!("the id {} is retired and used", old.text)));
        }
    }
    Ok(words)
}

/// Text that is a template for people, wherever it may be left out.
pub(super) fn prose(text: Option<Text<'_>>) -> Result<Option<String>, WordsError> {
    text.map(|text| checked(text, Syntax::Prose)).transpose()
}

/// Text that is a template in this syntax.
pub(super) fn checked(text: Text<'_>, syntax: Syntax) -> Result<String, WordsError> {
    template::check(text.text, syntax).map_err(|(at, why)| text.wrong(at, why))?;
    Ok(text.text.to_owned())
}

/// Whether a name is `in-kebab-case`.
pub(super) fn is_kebab(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(part)
}

fn findings(table: &Table<'_>, id: &str) -> Result<Vec<FindingWords>, WordsError> {
    let retired = owned(&table.texts("retired")?);
    let mut findings: Vec<FindingWords> = Vec::new();
    for entry in table.tables("finding")? {
        let code = entry.need("code")?;
        let twice = findings.iter().any(|finding| finding.code == code.text);
        if twice || retired.iter().any(|old| old == code.text) {
            let how = if twice { "used twice" } else { "retired" };
            return Err(code.wrong(0, format_args!("the code {:?} is {how}", code.text)));
        }
        findings.push(finding(&entry, id)?);
    }
    Ok(findings)
}

fn finding(table: &Table<'_>, id: &str) -> Result<FindingWords, WordsError> {
    let log = match table.table("log")? {
        Some(log) => Some(read_log::log(&log)?),
        None => None,
    };
    let observed = prose(table.text("observed")?)?;
    let words = FindingWords {
        code: codes(vec![table.need("code")?], Some(id))?.remove(0),
        severity: table.need("severity")?.one_of(&SEVERITIES)?,
        reach: table.need("reach")?.one_of(&REACHES)?,
        says: checked(table.need("says")?, Syntax::Prose)?,
        expected: prose(table.text("expected")?)?,
        // Of a line in a log the line itself is what was seen.
        observed: observed.or(log.as_ref().map(|_| "{{ seen }}: {{ sample }}".to_owned())),
        admin: prose(table.text("admin")?)?,
        explain: table.need("explain")?.text.trim().to_owned(),
        explained_by: codes(table.texts("explained_by")?, None)?,
        fixes: table
            .tables("fix")?
            .iter()
            .map(|fix| read_fix::fix(fix, id))
            .collect::<Result<_, _>>()?,
        log,
    };
    table.finish()?;
    Ok(words)
}

/// Codes `check/fault`, of this check if one is given.
fn codes(texts: Vec<Text<'_>>, of: Option<&str>) -> Result<Vec<String>, WordsError> {
    texts
        .into_iter()
        .map(|text| {
            let whole = text.text.split_once('/').is_some_and(|(check, fault)| {
                is_kebab(check) && is_kebab(fault) && of.is_none_or(|id| id == check)
            });
            if whole {
                return Ok(text.text.to_owned());
            }
            let like = of.unwrap_or("check");
            Err(text.wrong(
                0,
                format_args!("{:?} is not a code such as {like}/some-fault", text.text),
            ))
        })
        .collect()
}

pub(super) fn owned(texts: &[Text<'_>]) -> Vec<String> {
    texts.iter().map(|text| text.text.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINDING: &str = r#"
[[finding]]
code = "health/gone"
severity = "error"
reach = "everybody"
says = "{{ name }} is gone"
explain = "Look."
"#;

    fn check(rest: &str) -> String {
        format!("id = \"health\"\ngroup = \"g\"\ntitle = \"t\"\nwhy = \"w\"\n{rest}")
    }

    fn error(text: &str) -> String {
        words(text).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest() {
        let said = error(&check(&FINDING.replace("severity", "sevrity")));
        assert!(said.contains("the key `severity` is missing"), "{said}");
        let said = error(&check(&format!("{FINDING}expcted = \"x\"\n")));
        assert_eq!(
            said,
            "line 12, column 1: the key `expcted` is not known; did you mean `expected`?"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (from, to, said) in [
            (
                "\"error\"",
                "\"fatal\"",
                "line 8, column 13: \"fatal\" is none of info, warning",
            ),
            (
                "{{ name }}",
                "{{ name|x }}",
                "line 10, column 9: \"name|x\" is not a bare name",
            ),
            (
                "health/gone",
                "other/gone",
                "line 7, column 9: \"other/gone\" is not a code",
            ),
            (
                "health/gone",
                "health/Gone",
                "is not a code such as health/some-fault",
            ),
            (
                "\"Look.\"",
                "7",
                "line 11, column 11: this must be text in quotes",
            ),
            ("\"Look.\"", "\" \"", "`explain` is empty"),
            ("\"Look.\"", "", "line 11, column 1"),
        ] {
            let got = error(&check(&FINDING.replace(from, to)));
            assert!(got.contains(said), "{got}");
        }
    }

    #[test]
    fn codes_are_used_once_and_retired_ones_never() {
        assert!(error(&check(&format!("{FINDING}{FINDING}"))).contains("is used twice"));
        let retired = format!("retired = [\"health/gone\"]\n{FINDING}");
        assert!(error(&check(&retired)).contains("is retired"));
        let kept = words(&check(&format!("retired = [\"health/old\"]\n{FINDING}"))).unwrap();
        assert_eq!(kept.retired, ["health/old"]);
        assert!(kept.finding("health/gone").is_some());
    }

    #[test]
    fn the_id_of_a_line_is_never_used_again() {
        let line = "\n[finding.log]\nid = \"PG-01\"\npattern = 'gone'\nmatch = ['gone']\n";
        let text = |retired: &str| check(&format!("retired_ids = [{retired}]\n{FINDING}{line}"));
        let said = error(&text("\"PG-07\", \"PG-01\""));
        assert_eq!(said, "line 5, column 25: the id PG-01 is retired and used");
        let kept = words(&text("\"PG-07\"")).unwrap();
        assert_eq!(kept.retired_ids, ["PG-07"]);
    }

    #[test]
    fn an_id_is_in_kebab_case() {
        for id in ["Health", "a_b", "-a", "a--b", "1a", ""] {
            assert!(words(&format!("id = \"{id}\"")).is_err(), "{id}");
        }
    }
}
