//! A check's page for the docs, and a finding's words for `explain`: generated, so that they
//! cannot drift from what the program says.

use std::fmt::Write as _;

use super::{Action, ComposeScope, ExecWords, FindingWords, FixWords, Words, template::shown};
use crate::model::{Reach, Risk};

/// The text of `docs/checks/<id>.md`.
pub fn page(words: &Words) -> String {
    let mut page = format!(
        "<!-- Generated from checks/{}/check.toml; edit that file. -->\n\n# {}\n\n",
        words.id.replace('-', "_"),
        words.id
    );
    section(&mut page, "What it promises", &sentence(&words.title));
    section(&mut page, "Why it matters", &sentence(&words.why));
    if !words.findings.is_empty() {
        page.push_str("## What it finds\n\n");
    }
    for finding in &words.findings {
        let _ = write!(page, "### {}\n\n{}", finding.code, body(finding));
    }
    if !words.retired.is_empty() {
        let retired = format!("{}.", code_list(&words.retired));
        section(&mut page, "Codes of earlier releases", &retired);
    }
    if !words.see.is_empty() {
        section(&mut page, "See also", &links(&words.see));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// What a finding means, for the terminal: the same content as its part of the page.
pub fn explain(words: &Words, finding: &FindingWords) -> String {
    let mut text = format!("{}\n\n{}", finding.code, body(finding));
    let _ = write!(
        text,
        "The check {} promises: {}\nWhy it matters: {}\n",
        words.id,
        sentence(&words.title),
        sentence(&words.why)
    );
    if !words.see.is_empty() {
        let _ = write!(text, "\nSee also:\n\n{}\n", links(&words.see));
    }
    text
}

fn section(page: &mut String, heading: &str, text: &str) {
    let _ = write!(page, "## {heading}\n\n{text}\n\n");
}

/// A text as a sentence of its own. authentik and akdoctor keep their case.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let named = ["authentik", "akdoctor"];
    let text = if named.iter().any(|name| text.starts_with(name)) {
        text.to_owned()
    } else {
        let mut letters = text.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        format!("{}{}", first.unwrap_or_default(), letters.as_str())
    };
    let dot = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{text}{dot}")
}

fn links(see: &[String]) -> String {
    let links: Vec<String> = see.iter().map(|link| format!("- <{link}>")).collect();
    links.join("\n")
}

fn code_list(codes: &[String]) -> String {
    let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    crate::model::list_of(&codes)
}

fn body(finding: &FindingWords) -> String {
    let mut body = format!(
        "- Severity: {}\n- Hit: {}\n",
        finding.severity,
        hit(finding)
    );
    let _ = writeln!(body, "- Looks like: {}", shown(&finding.says));
    let lines = [
        ("Expected", &finding.expected),
        ("Seen", &finding.observed),
        ("In the admin interface", &finding.admin),
    ];
    for (what, template) in lines {
        if let Some(template) = template {
            let _ = writeln!(body, "- {what}: {}", shown(template));
        }
    }
    if !finding.explained_by.is_empty() {
        let _ = writeln!(
            body,
            "- Can follow from: {}",
            code_list(&finding.explained_by)
        );
    }
    let _ = write!(body, "\n{}\n\n", finding.explain);
    if !finding.fixes.is_empty() {
        body.push_str("How to mend it:\n\n");
    }
    for (at, fix) in finding.fixes.iter().enumerate() {
        body.push_str(&mend(at + 1, fix));
    }
    body
}

fn hit(finding: &FindingWords) -> &'static str {
    match finding.reach {
        Reach::Everybody => "everybody, in every app",
        Reach::Subject => "this app or this person",
        Reach::Nobody => "nobody for now",
    }
}

fn mend(number: usize, fix: &FixWords) -> String {
    let does = sentence(&shown(&fix.does));
    let mut mend = format!("{number}. {does} Risk: {}", risk(fix.risk));
    if let Some(versions) = &fix.authentik {
        let _ = write!(mend, "; authentik {}", versions.text);
    }
    mend.push('.');
    if let Some(note) = &fix.note {
        let _ = write!(mend, " {}", sentence(&shown(note)));
    }
    mend.push_str("\n\n");
    mend.push_str(&block(&fix.action));
    if let Some(undo) = &fix.undo {
        let _ = write!(mend, "   To take it back:\n\n{}", block(undo));
    }
    mend
}

fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::ReadOnly => "only looks",
        Risk::Restarts => "interrupts running sign-ins for a moment",
        Risk::ChangesData => "changes data, can be undone",
        Risk::Destructive => "cannot be undone",
    }
}

/// The form of a command, as an indented block of the list item it belongs to.
fn block(action: &Action) -> String {
    let form = form(action);
    if form.is_empty() {
        return String::new();
    }
    let lines: String = form
        .trim_end()
        .lines()
        .map(|line| format!("   {line}").trim_end().to_owned() + "\n")
        .collect();
    format!("   ```text\n{lines}   ```\n\n")
}

fn form(action: &Action) -> String {
    match action {
        Action::Engine { verb, container } => format!("docker {verb} {}", shown(container)),
        Action::Compose {
            scope,
            container,
            over,
        } => {
            let service = shown(container);
            let what = match scope {
                ComposeScope::Service => format!(" ‹service of {service}›"),
                ComposeScope::Anew => format!(" --force-recreate ‹service of {service}›"),
                ComposeScope::Project => String::new(),
            };
            let over = over.as_deref().map(shown);
            let over = over.map_or_else(String::new, |over| format!(" -f {over}"));
            format!("docker compose -p ‹project›{over} up -d{what}")
        }
        Action::EngineCommand(argv) => format!("docker {}", words(argv)),
        Action::Exec(exec) => exec_form(exec),
        Action::AkShell(code) => {
            format!(
                "in ak shell in authentik's server container:\n{}",
                shown(code.trim())
            )
        }
        Action::Api(api) => {
            let body = api.body.as_ref().map(|body| shown(body));
            let body = body.map_or_else(String::new, |body| format!("\n{body}"));
            format!(
                "{} ‹authentik›/api/v3{}{body}",
                api.method,
                shown(&api.path)
            )
        }
        Action::Run(argv) => words(argv),
        Action::Pipe(steps) => steps.iter().map(form).collect::<Vec<_>>().join(" |\n"),
        Action::Steps(steps) => steps.iter().map(form).collect::<Vec<_>>().join(" &&\n"),
        Action::Sql(sql) => format!(
            "in psql -U {} -d {} in the container {}:\n{}",
            shown(&sql.user),
            shown(&sql.database),
            shown(&sql.container),
            shown(sql.statement.trim())
        ),
        Action::Advice => String::new(),
    }
}

fn exec_form(exec: &ExecWords) -> String {
    let flag = if exec.stdin.is_some() { "-i " } else { "" };
    let argv = words(&exec.argv);
    let stdin = exec.stdin.as_ref().map(|text| shown(text));
    let stdin = stdin.map_or_else(String::new, |text| format!("\nwhich reads:\n{text}"));
    format!("docker exec {flag}{} {argv}{stdin}", shown(&exec.container))
}

/// Arguments as documentation shows them: in quotes only where a word is not plain.
fn words(argv: &[String]) -> String {
    let plain = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_alphanumeric() || "-_./:=,@%+‹›".contains(c))
    };
    let words = argv.iter().map(|word| {
        let word = shown(word);
        if plain(&word) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = r#"
id = "a-check"
group = "g"
title = "the door is open"
why = "nobody can get in"
see = ["https://docs.goauthentik.io/"]
retired = ["a-check/old"]
[[finding]]
code = "a-check/shut"
severity = "error"
reach = "everybody"
says = "{{ door }} is shut"
expected = "open"
observed = "{{ state }}"
explain = "Somebody has shut it."
explained_by = ["other/gone"]
  [[finding.fix]]
  does = "open {{ door }}"
  risk = "changes-data"
  authentik = ">=2024.12"
  note = "mind the step"
  exec = { in = "{{ door }}", argv = ["open", "{{ door }}", "a b"] }
  undo = { run = ["shut", "--", "{{ door }}"] }
"#;

    #[test]
    fn a_page_says_all() {
        let page = page(&Words::parse(WORDS).unwrap());
        for part in [
            "Generated from checks/a_check/check.toml",
            "# a-check\n\n## What it promises\n\nThe door is open.\n\n## Why it matters",
            "- Severity: error\n- Hit: everybody, in every app\n- Looks like: ‹door› is shut\n",
            "- Expected: open\n- Seen: ‹state›\n- Can follow from: `other/gone`\n\nSomebody has",
            "1. Open ‹door›. Risk: changes data, can be undone; authentik >=2024.12. Mind the step.\n",
            "   ```text\n   docker exec ‹door› open ‹door› 'a b'\n   ```\n",
            "   To take it back:\n\n   ```text\n   shut -- ‹door›\n   ```\n",
            "## Codes of earlier releases\n\n`a-check/old`.\n\n## See also\n\n- <https://docs",
        ] {
            assert!(page.contains(part), "{part}\nis missing in\n{page}");
        }
    }

    #[test]
    fn the_terminal_reads_the_same() {
        let words = Words::parse(WORDS).unwrap();
        let text = explain(&words, &words.findings[0]);
        assert!(page(&words).contains(&body(&words.findings[0]).trim_end().to_owned()));
        assert!(text.contains(&body(&words.findings[0])));
        assert!(text.contains("promises: The door is open.\nWhy it matters: Nobody can get in."));
    }
}
