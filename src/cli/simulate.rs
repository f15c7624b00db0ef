//! `akdoctor simulate`: the ordinary run, in a world that is played on loopback.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::{model::Places, render, simulate};

use super::{
    args::{Global, Simulate},
    format::Plain,
    logs, output,
    run::{self, Subject, Work},
    suggest::{did_you_mean, nearest},
};

pub(super) fn run(global: &Global, simulate: &Simulate) -> Result<u8> {
    if simulate.list {
        return list(global);
    }
    play(
        global,
        &simulate.scenario,
        &simulate.select.words,
        Work::Checks,
    )
}

/// Plays a scenario and does this work on it.
pub(super) fn play(global: &Global, scenario: &str, select: &[String], work: Work) -> Result<u8> {
    let name = known(scenario)?;
    let signatures = logs::signatures(&global.checks)?;
    run::in_runtime(async {
        let mut playing = simulate::play(&name).await?;
        playing.stack.signatures = signatures;
        let subject = Subject {
            stack: playing.stack,
            tools: playing.tools,
            token: None,
            secrets: Vec::new(),
            notes: Vec::new(),
            places: Places::default(),
            simulated: Some(name),
        };
        // The rest of `playing` keeps the world going until the report is out.
        run::diagnose(global, select, subject, work).await
    })
}

pub(super) fn known(name: &str) -> Result<String> {
    let scenarios = simulate::scenarios();
    if scenarios.iter().any(|scenario| scenario.name == name) {
        return Ok(name.to_owned());
    }
    let names = scenarios.iter().map(|scenario| scenario.name.as_str());
    let hint = did_you_mean(nearest(name, names));
    bail!("no scenario is called {name:?}{hint} (`akdoctor simulate --list` shows all)")
}

fn list(global: &Global) -> Result<u8> {
    let scenarios = simulate::scenarios();
    let mut out = Vec::new();
    let (plain, file) = global.plain()?;
    match plain {
        Plain::Json => {
            let value =
                |s: &simulate::Scenario| serde_json::json!({ "name": s.name, "title": s.title });
            render::json(&scenarios.iter().map(value).collect::<Vec<_>>(), &mut out)?;
        }
        Plain::Human => out.extend_from_slice(lines(&scenarios).as_bytes()),
    }
    output::deliver(&out, file.as_deref())?;
    Ok(0)
}

fn lines(scenarios: &[simulate::Scenario]) -> String {
    let column = scenarios.iter().map(|s| s.name.len()).max().unwrap_or(0);
    scenarios.iter().fold(String::new(), |mut lines, scenario| {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{:column$}  {}", scenario.name, scenario.title);
        lines
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_scenario() {
        let scenario = |name: &str, title: &str| simulate::Scenario {
            name: name.into(),
            title: title.into(),
        };
        let text = lines(&[scenario("oom", "no memory"), scenario("several", "more")]);
        assert_eq!(text, "oom      no memory\nseveral  more\n");
    }

    #[test]
    fn an_unknown_scenario_is_refused_with_the_way_on() {
        let error = known("xyzzy").unwrap_err().to_string();
        assert!(
            error.contains("\"xyzzy\"") && error.contains("simulate --list"),
            "{error}"
        );
    }
}
