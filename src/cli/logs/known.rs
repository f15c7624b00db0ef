//! What is known: akdoctor's own signatures and those of the person's own folders.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};

use crate::{
    logs::{Catalogue, prove},
    stack::SignatureFile,
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
        let mut words = packs(folders)?;
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

/// A person's own signatures for an ordinary run, found right among akdoctor's.
///
/// # Errors
/// Says which file, where in it, and what is wrong.
pub(in crate::cli) fn signatures(folders: &[PathBuf]) -> Result<Vec<SignatureFile>> {
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    Known::load(folders)?;
    let mut all = Vec::new();
    for path in files(folders)? {
        all.push(SignatureFile {
            name: path.display().to_string(),
            text: text_of(&path)?,
        });
    }
    Ok(all)
}

/// The words of every file in these folders.
///
/// # Errors
/// Says which file, where in it, and what is wrong.
pub(in crate::cli) fn packs(folders: &[PathBuf]) -> Result<Vec<Words>> {
    files(folders)?.iter().map(|path| file(path)).collect()
}

fn files(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let each: Vec<Vec<PathBuf>> = folders
        .iter()
        .map(|folder| inside(folder))
        .collect::<Result<_>>()?;
    Ok(each.concat())
}

/// Every `.toml` in a folder, in the order of their names.
fn inside(folder: &Path) -> Result<Vec<PathBuf>> {
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
    Ok(files)
}

fn text_of(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn file(path: &Path) -> Result<Words> {
    let text = text_of(path)?;
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
    let own = packs(&[folder.to_owned()])?;
    let ids: Vec<&str> = own.iter().flat_map(Words::line_ids).collect();
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
