//! Profiles of the person's own: the files that akdoctor.toml names, and the profiles that its apps
//! are said to have.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{
    ConfigError, Position, Problem, Stack, Surroundings,
    locate::{self, Found},
    profiles::{OwnProfiles, Profile},
};

/// The longest file that is read, in bytes; a profile has under 4 KiB.
const LONGEST: u64 = 1024 * 1024;
/// Profiles less alike than this are not proposed for one another.
const ALIKE: f64 = 0.6;

/// A text of akdoctor.toml and where it stands.
pub(super) type Named = (String, Position);

/// Reads the files and folders that akdoctor.toml names, and proves what is in them.
///
/// # Errors
/// Everything that is wrong, the first fault of each file.
pub(super) fn read(
    found: &Found,
    around: &Surroundings,
    named: &[Named],
) -> Result<Vec<OwnProfiles>, ConfigError> {
    let mut problems = Vec::new();
    let mut all: Vec<OwnProfiles> = Vec::new();
    let mut ids: Vec<(String, String)> = Vec::new();
    for (path, at) in named {
        let place = locate::beside(&found.path, &around.expand(Path::new(path)));
        let files = match files_of(&place) {
            Ok(files) => files,
            Err(why) => {
                problems.push(of_entry(found, *at, &why));
                continue;
            }
        };
        for file in files {
            let shown = locate::shown(&file);
            match text_of(&file) {
                Ok(text) => all.push(OwnProfiles { file: shown, text }),
                Err(why) => problems.push(of_entry(found, *at, &format!("{shown}: {why}"))),
            }
        }
    }
    for own in &all {
        match own.read() {
            Ok(profiles) => {
                for (profile, at) in profiles {
                    match ids.iter().find(|(id, _)| *id == profile.id) {
                        Some((id, file)) => problems.push(twice(own, at, id, file)),
                        None => ids.push((profile.id, own.file.clone())),
                    }
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(all),
        false => Err(ConfigError { problems }),
    }
}

/// Whether every profile that an app is said to have is there.
///
/// # Errors
/// Those that are not, with what was probably meant.
pub(super) fn known(found: &Found, stack: &Stack, wanted: &[Named]) -> Result<(), ConfigError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let profiles = stack.profiles()?;
    let problems: Vec<Problem> = wanted
        .iter()
        .filter(|(id, _)| profiles.iter().all(|profile| profile.id != *id))
        .map(|(id, at)| Problem {
            file: Some(found.shown.clone()),
            at: Some(*at),
            message: format!("there is no profile {id:?}"),
            hint: Some(nearest(id, &profiles)),
        })
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ConfigError { problems }),
    }
}

fn nearest(id: &str, profiles: &[Profile]) -> String {
    let likeness = |profile: &Profile| strsim::normalized_damerau_levenshtein(id, &profile.id);
    let best = profiles
        .iter()
        .map(|profile| (likeness(profile), profile))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((_, profile)) => format!("did you mean \"{}\"?", profile.id),
        None => "docs/profiles.md lists them".into(),
    }
}

fn twice(own: &OwnProfiles, at: Position, id: &str, file: &str) -> Problem {
    Problem {
        file: Some(own.file.clone()),
        at: Some(at),
        message: format!("{id:?} is also the id of a profile in {file}"),
        hint: Some("give one of the two another id".into()),
    }
}

/// A fault of a path that akdoctor.toml names.
fn of_entry(found: &Found, at: Position, why: &str) -> Problem {
    Problem {
        file: Some(found.shown.clone()),
        at: Some(at),
        message: format!("profiles cannot be read: {why}"),
        hint: Some("name a .toml file, or a folder with some".into()),
    }
}

/// The file itself, or every `.toml` file of the folder in the order of their names.
fn files_of(place: &Path) -> Result<Vec<PathBuf>, String> {
    let shown = locate::shown(place);
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = std::fs::read_dir(place).map_err(|why| format!("{shown}: {why}"))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml") && path.is_file())
        .collect();
    files.sort();
    match files.is_empty() {
        true => Err(format!("{shown} holds no .toml file")),
        false => Ok(files),
    }
}

fn text_of(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let length = File::open(file)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    if length as u64 > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is over 1 MiB",
        ));
    }
    Ok(text)
}
