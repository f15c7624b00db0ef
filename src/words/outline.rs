//! What `akdoctor list` tells of a check, without reading the rest of its words: those of the logs
//! alone are a third of a megabyte, and reading them takes longer than all else that a list does.

use super::Words;
use crate::model::Severity;

/// A check's head and its codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its id.
    pub id: String,
    /// What kind of thing it looks at.
    pub group: String,
    /// What it promises.
    pub title: String,
    /// Its codes, in their order.
    pub codes: Vec<OutlinedCode>,
}

/// A code and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlinedCode {
    /// `check/fault`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// Template of the fault in one sentence.
    pub says: String,
}

/// The outline of a `check.toml`; `None` where it is written in a way that only a reader of TOML
/// understands. A test holds that no check of akdoctor's is, and that this is what its words say.
pub fn outline(text: &str) -> Option<Outline> {
    let mut lines = Lines(text.lines());
    let mut head = Head::default();
    let mut codes: Vec<Head> = Vec::new();
    // Whether keys are those of the check or of a finding, not of a table inside one.
    let mut looking = true;
    while let Some(line) = lines.next()? {
        if line.starts_with('[') {
            looking = line == "[[finding]]";
            if looking {
                codes.push(Head::default());
            }
        } else if let Some((key, value)) = line.split_once('=').filter(|_| looking) {
            codes.last_mut().unwrap_or(&mut head).take(key, value)?;
        }
    }
    Some(Outline {
        id: head.id?,
        group: head.group?,
        title: head.title?,
        codes: codes.into_iter().map(Head::code).collect::<Option<_>>()?,
    })
}

impl From<&Words> for Outline {
    fn from(words: &Words) -> Self {
        let findings = words.findings.iter();
        Self {
            id: words.id.clone(),
            group: words.group.clone(),
            title: words.title.clone(),
            codes: findings
                .map(|finding| OutlinedCode {
                    code: finding.code.clone(),
                    severity: finding.severity,
                    says: finding.says.clone(),
                })
                .collect(),
        }
    }
}

/// Keys that an outline is made of.
#[derive(Default)]
struct Head {
    id: Option<String>,
    group: Option<String>,
    title: Option<String>,
    code: Option<String>,
    severity: Option<String>,
    says: Option<String>,
}

impl Head {
    /// Takes a key with its value as it is written; `None` where that is not plain text.
    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        let place = match key.trim_end() {
            "id" => &mut self.id,
            "group" => &mut self.group,
            "title" => &mut self.title,
            "code" => &mut self.code,
            "severity" => &mut self.severity,
            "says" => &mut self.says,
            _ => return Some(()),
        };
        *place = Some(plain(value.trim())?.to_owned());
        Some(())
    }

    fn code(self) -> Option<OutlinedCode> {
        Some(OutlinedCode {
            code: self.code?,
            severity: match self.severity?.as_str() {
                "info" => Severity::Info,
                "warning" => Severity::Warning,
                "error" => Severity::Error,
                _ => return None,
            },
            says: self.says?,
        })
    }
}

/// A text on one line, without anything that stands for something else.
fn plain(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inside = value.strip_prefix(quote)?.strip_suffix(quote)?;
    let odd = inside.contains(quote) || (quote == '"' && inside.contains('\\'));
    (!odd).then_some(inside)
}

/// Lines that begin at the margin, without what stands inside texts of several lines.
struct Lines<'t>(std::str::Lines<'t>);

impl<'t> Lines<'t> {
    /// The next line; the inner `None` at the end, the outer where a text never ends.
    fn next(&mut self) -> Option<Option<&'t str>> {
        loop {
            let Some(line) = self.0.next() else {
                return Some(None);
            };
            for quote in ["\"\"\"", "'''"] {
                // Opened and not closed on the same line.
                if !line.starts_with('#') && line.matches(quote).count() % 2 == 1 {
                    self.0.find(|line| line.contains(quote))?;
                }
            }
            let inside = line.starts_with([' ', '\t', '#']) || line.is_empty();
            // A table inside a finding is indented, and ends its keys all the same.
            match line.trim_start() {
                table if table.starts_with('[') && inside => return Some(Some("[inside]")),
                _ if inside => {}
                _ => return Some(Some(line.trim_end())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: &str = r#"
# A comment with ''' in it
id    = "health"
group = "g"
title = 'every "part" is up'
why   = "w"
see   = [
  "https://example.com",
]

[[finding]]
code     = "health/gone"
severity = "error"
reach    = "everybody"
says     = "{{ name }} is gone = away"
explain  = """
says = "no"
[[finding]]
"""
  [finding.log]
  id = "PG-01"
  match = [
    '''one
code = "no"
two''',
  ]
pattern = 'x'
  [[finding.fix]]
  does = "x"

[[finding]]
severity = "info"
code     = "health/other"
says     = 'is "other"'
explain  = """x"""

[[benign]]
id = "B-01"
"#;

    #[test]
    fn the_head_and_the_codes_are_told() {
        let outline = outline(CHECK).unwrap();
        assert_eq!(
            (&*outline.id, &*outline.title),
            ("health", "every \"part\" is up")
        );
        let codes = outline.codes.iter();
        let codes: Vec<_> = codes
            .map(|it| (&*it.code, it.severity, &*it.says))
            .collect();
        assert_eq!(
            codes,
            [
                ("health/gone", Severity::Error, "{{ name }} is gone = away"),
                ("health/other", Severity::Info, "is \"other\""),
            ]
        );
    }

    #[test]
    fn what_needs_a_reader_of_toml_is_left_to_one() {
        for (from, to) in [
            ("\"health/gone\"", "\"health/\\u0067one\""),
            ("\"error\"", "\"fatal\""),
            ("code     = \"health/gone\"", ""),
            (
                "says     = \"{{ name }} is gone = away\"",
                "says = \"\"\"\nx\"\"\"",
            ),
            ("\"g\"", "\"g\" # why"),
        ] {
            assert_eq!(outline(&CHECK.replace(from, to)), None, "{to}");
        }
    }
}
