//! The inner walls: who may use whom (docs/architecture.md). Read from the `use` lines and paths
//! of the source itself, so that a wall cannot be climbed unnoticed.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A part of the house: where it lies, and which other parts it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("src/model", &["model"]),
    ("src/render", &["model", "render"]),
    ("src/words", &["model", "words"]),
    ("src/words.rs", &["model", "words"]),
    ("src/fix", &["fix", "model", "probe::engine", "words"]),
    ("src/check.rs", &["evidence", "model", "stack"]),
    ("src/evidence.rs", &["probe"]),
    ("src/logs", &["logs", "model", "words"]),
    ("src/probe", &["logs", "model", "probe", "words::Component"]),
    ("src/stack", &["model", "probe", "stack"]),
    (
        "src/facts",
        &[
            "evidence",
            "facts",
            "logs::LogGroup",
            "model",
            "probe",
            "stack",
            "words::Component",
        ],
    ),
    (
        "src/engine",
        &[
            "check", "checks", "engine", "evidence", "facts", "fix", "model", "probe", "stack",
            "words",
        ],
    ),
    (
        "checks",
        &[
            "check", "evidence", "facts", "logs", "model", "probe", "stack", "words",
        ],
    ),
];

/// Crates and modules that touch the world, and the only parts that may use them.
const WORLD: &[(&str, &[&str])] = &[
    ("reqwest", &["src/probe"]),
    ("hickory_resolver", &["src/probe"]),
    ("bollard", &["src/probe"]),
    ("rustls", &["src/probe", "src/simulate"]),
    ("tokio_rustls", &["src/probe", "src/simulate"]),
    ("rcgen", &["src/simulate"]),
    ("x509_parser", &["src/probe"]),
    ("hyper", &["src/probe", "src/simulate"]),
    ("tokio::net", &["src/probe", "src/simulate"]),
    (
        "std::fs",
        &["src/probe", "src/simulate", "src/stack", "src/cli"],
    ),
    ("std::process", &["src/cli", "src/main.rs"]),
    ("clap", &["src/cli"]),
    ("indicatif", &["src/cli"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// The source without comments, its unit tests, and its string literals' worth of false alarms.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every `crate::a::b` of a source, `use crate::{a::{…}, b}` spread out.
fn used(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(heads(group));
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            found.push(rest[..end.unwrap_or(rest.len())].to_owned());
        }
    }
    found
}

/// The first names of a brace group, with what follows them directly.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            c if depth == 0 && !c.is_whitespace() => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn parts_use_only_what_they_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut climbed = Vec::new();
    let mut looked = 0;
    for (room, may_use) in ROOMS {
        for path in sources(&root.join(room)) {
            looked += 1;
            for name in used(&code_of(&path)) {
                let fits = |part: &&str| name == **part || name.starts_with(&format!("{part}::"));
                if !may_use.iter().any(fits) {
                    climbed.push(format!("{} uses crate::{name}", path.display()));
                }
            }
        }
    }
    assert!(looked > 30, "the walls were looked for in the wrong place");
    assert!(climbed.is_empty(), "{}", climbed.join("\n"));
}

#[test]
fn only_their_parts_touch_the_world() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut climbed = Vec::new();
    for folder in ["src", "checks"] {
        for path in sources(&root.join(folder)) {
            let relative = path.strip_prefix(root).unwrap().to_owned();
            let code = code_of(&path);
            for (world, parts) in WORLD {
                let inside = parts.iter().any(|part| relative.starts_with(part));
                let word = format!("{world}::");
                let uses = code.match_indices(&word).any(|(at, _)| {
                    let before = code[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if uses && !inside {
                    climbed.push(format!("{} uses {world}", relative.display()));
                }
            }
        }
    }
    assert!(climbed.is_empty(), "{}", climbed.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "checks"] {
        for path in sources(&root.join(folder)) {
            let code = code_of(&path);
            let prints = [
                "println!(",
                "eprintln!(",
                "print!(",
                "eprint!(",
                "io::stdout(",
                "io::stderr(",
            ]
            .iter()
            .any(|word| code.contains(word));
            let inside = path.starts_with(root.join("src/cli"));
            assert!(inside || !prints, "{} prints", path.display());
        }
    }
}
