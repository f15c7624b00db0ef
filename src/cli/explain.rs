//! `akdoctor explain CODE`: what a finding means, why it matters, what mends it.

use anyhow::{Result, bail};
use serde_json::json;

use crate::{
    render,
    words::{FindingWords, Words, explain},
};

use super::{
    args::Global,
    format::Plain,
    index, output,
    suggest::{did_you_mean, nearest},
};

pub(super) fn run(global: &Global, code: &str) -> Result<u8> {
    let all = index::words_and_own(global)?;
    let chosen = choose(&all, code)?;
    let mut out = Vec::new();
    let (plain, file) = global.plain()?;
    match plain {
        Plain::Json => render::json(&chosen.iter().map(value).collect::<Vec<_>>(), &mut out)?,
        Plain::Human => {
            let texts: Vec<String> = chosen.iter().map(|(w, f)| explain(w, f)).collect();
            out.extend_from_slice(texts.join("\n").as_bytes());
        }
    }
    output::deliver(&out, file.as_deref())?;
    Ok(0)
}

type Chosen<'w> = (&'w Words, &'w FindingWords);

/// The finding of this code, or every finding of the check of this name.
fn choose<'w>(all: &'w [Words], name: &str) -> Result<Vec<Chosen<'w>>> {
    let every = || {
        all.iter()
            .flat_map(|w| w.findings.iter().map(move |f| (w, f)))
    };
    let chosen: Vec<Chosen<'w>> = every()
        .filter(|(words, finding)| finding.code == name || words.id == name)
        .collect();
    if chosen.is_empty() {
        let names = all.iter().map(|words| words.id.as_str());
        let names = names.chain(every().map(|(_, finding)| finding.code.as_str()));
        let hint = did_you_mean(nearest(name, names));
        bail!("no finding has the code {name:?}{hint} (`akdoctor list` shows all)");
    }
    Ok(chosen)
}

fn value((words, finding): &Chosen<'_>) -> serde_json::Value {
    json!({
        "code": finding.code,
        "severity": finding.severity,
        "says": index::shown(&finding.says),
        "explain": finding.explain,
        "explained_by": finding.explained_by,
        "fixes": finding.fixes.iter().map(|fix| index::shown(&fix.does)).collect::<Vec<_>>(),
        "check": { "id": words.id, "title": words.title, "why": words.why, "see": words.see },
    })
}
