//! What is known: akdoctor's own signatures and those of the person's own folders.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};

use crate::{
    logs::{Catalogue, prove},
    words::Words,
};

use super::super::{args::Global, index, output};

/// Signatures and their words.
pub(super) struct Known {
    pub words: Vec<Words>,
    pub catalogue: Arc<Catalogue>,
}

impl Known {
    /// akdoctor's own signatures with those of these folders. A person's own come first: they may
    /// know better.
    pub fn load(folders: &[PathBuf]) -> Result<Self> {
        let mut words = Vec::new();
        for folder in folders {
            words.extend(pack(folder)?);
        }
        words.extend(index::words()?);
        let catalogue = Catalogue::new(&words)?;
        if !folders.is_empty() {
            catalogue.sound()?;
        }
        Ok(Self {
            words,
            catalogue: Arc::new(catalogue),
        })
    }
}

/// The words of every `.toml` in a folder, in the order of their names.
fn pack(folder: &Path) -> Result<Vec<Words>> {
    let doing = || format!("reading signatures in {}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(doing)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("{}: no file there ends in .toml", doing());
    }
    files.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> Result<Words> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let words = Words::parse_pack(&text).with_context(|| format!("in {}", path.display()))?;
    let bare = words.findings.iter().find(|finding| finding.log.is_none());
    match bare {
        Some(finding) => bail!(
            "in {}: {} has no [finding.log]",
            path.display(),
            finding.code
        ),
        None => Ok(words),
    }
}

/// `akdoctor pack test`: whether a folder's signatures keep their word, among akdoctor's own.
pub(in crate::cli) fn pack_test(global: &Global, folder: &Path) -> Result<u8> {
    let own = pack(folder)?;
    let ids: Vec<&str> = own
        .iter()
        .flat_map(|words| &words.findings)
        .filter_map(|finding| Some(finding.log.as_ref()?.line.id.as_str()))
        .collect();
    let known = Known::load(&[folder.to_owned()])?;
    // What akdoctor's own tests have shown needs no telling.
    let wrong: Vec<String> = prove(&known.catalogue)
        .into_iter()
        .filter(|line| ids.iter().any(|id| names(line, id)))
        .collect();
    let mut text = wrong.join("\n");
    if wrong.is_empty() {
        text = match ids.len() {
            1 => "1 signature keeps its word".into(),
            count => format!("{count} signatures keep their word"),
        };
    }
    text.push('\n');
    output::deliver(text.as_bytes(), global.output_file.as_deref())?;
    Ok(u8::from(!wrong.is_empty()))
}

fn names(line: &str, id: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .any(|word| word == id)
}
