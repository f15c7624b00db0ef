//! `akdoctor list`: every check and every code, one a line.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

use crate::{model::Severity, render, words::Outline};

use super::{args::Global, format::Plain, index, output, screen};

/// A check as `list -o json` tells it.
#[derive(Debug, Serialize)]
struct Listed<'w> {
    id: &'w str,
    group: &'w str,
    title: &'w str,
    codes: Vec<Code<'w>>,
}

#[derive(Debug, Serialize)]
struct Code<'w> {
    code: &'w str,
    severity: Severity,
    says: String,
}

pub(super) fn run(global: &Global) -> Result<u8> {
    let outlines = index::outlines(global)?;
    let checks: Vec<Listed<'_>> = outlines.iter().map(listed).collect();
    let mut out = Vec::new();
    let (plain, file) = global.plain()?;
    match plain {
        Plain::Json => render::json(&checks, &mut out)?,
        Plain::Human => lines(&checks, screen::style(global).unicode, &mut out)?,
    }
    output::deliver(&out, file.as_deref())?;
    Ok(0)
}

fn listed(check: &Outline) -> Listed<'_> {
    let codes = check.codes.iter();
    Listed {
        id: &check.id,
        group: &check.group,
        title: &check.title,
        codes: codes
            .map(|code| Code {
                code: &code.code,
                severity: code.severity,
                says: index::shown(&code.says),
            })
            .collect(),
    }
}

/// Never wrapped: a line stays a line for `grep`.
fn lines(checks: &[Listed<'_>], unicode: bool, out: &mut dyn Write) -> io::Result<()> {
    let names = checks.iter().flat_map(|check| {
        let codes = check.codes.iter().map(|code| code.code.len() + 2);
        codes.chain([check.id.len()])
    });
    let column = names.max().unwrap_or(0);
    for check in checks {
        line(
            out,
            unicode,
            &format!("{:column$}  {}", check.id, check.title),
        )?;
        for code in &check.codes {
            let name = format!("  {}", code.code);
            let severity = code.severity.to_string();
            line(
                out,
                unicode,
                &format!("{name:column$}  {severity:7}  {}", code.says),
            )?;
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, unicode: bool, text: &str) -> io::Result<()> {
    if unicode {
        return writeln!(out, "{text}");
    }
    writeln!(out, "{}", text.replace('‹', "<").replace('›', ">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Listed<'static> {
        Listed {
            id: "health",
            group: "containers",
            title: "every part of authentik is up",
            codes: vec![Code {
                code: "health/database-down",
                severity: Severity::Error,
                says: "the database ‹name› is down".into(),
            }],
        }
    }

    #[test]
    fn one_line_each_in_columns() {
        let mut out = Vec::new();
        lines(&[check()], false, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "health                  every part of authentik is up\n  \
             health/database-down  error    the database <name> is down\n"
        );
    }
}
