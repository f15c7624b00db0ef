//! Where a report goes: stdout, or a file that is written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, Result, bail};

/// Writes a finished report to the file, or to stdout.
///
/// # Errors
/// When it cannot be written, saying where and what to do. A reader that went away (`| head`) is
/// no error.
pub(super) fn deliver(report: &[u8], file: Option<&Path>) -> Result<()> {
    match file {
        Some(file) => to_file(report, file),
        None => to_stdout(report),
    }
}

fn to_stdout(report: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(report).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("writing the report to stdout")
        }
        _ => Ok(()),
    }
}

fn to_file(report: &[u8], file: &Path) -> Result<()> {
    let doing = || format!("writing the report to {}", file.display());
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    match fs::metadata(&target) {
        Ok(there) if there.is_dir() => {
            bail!("{}: it is a folder; name a file in it", doing())
        }
        // A device or a named pipe cannot be replaced, only written to.
        Ok(there) if !there.is_file() => fs::write(&target, report).with_context(doing),
        _ => replace(report, &target).with_context(doing),
    }
}

/// Writes beside the target and renames, so that nobody ever reads half a report.
fn replace(report: &[u8], target: &Path) -> io::Result<()> {
    let beside = beside(target)?;
    let written = write_new(report, &beside).and_then(|()| fs::rename(&beside, target));
    if written.is_err() {
        // Best effort: the error that is reported is the one above.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(report: &[u8], path: &Path) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(report)?;
    file.sync_all()
}

fn beside(target: &Path) -> io::Result<PathBuf> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "it names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", process::id()));
    Ok(target.with_file_name(hidden))
}
