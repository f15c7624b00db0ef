//! An override file for compose: a file of our own beside the one that a container was made from,
//! which compose lays over it by itself. It is YAML in flow style, one line, of plain words alone.

use super::Place;
use crate::probe::engine::{Compose, Container};

/// Compose files that compose finds by itself, with an override file that it finds beside each.
const OVERRIDES: [(&str, &str); 4] = [
    ("compose.yaml", "compose.override.yaml"),
    ("compose.yml", "compose.override.yml"),
    ("docker-compose.yml", "docker-compose.override.yml"),
    ("docker-compose.yaml", "docker-compose.override.yaml"),
];

/// Values for the templates of a fix that writes such a file.
pub type OverrideValues = Vec<(&'static str, String)>;

/// The values of an override file that says this of the container's service.
pub fn override_file(container: &Container, body: &str) -> Option<OverrideValues> {
    let service = container.compose.as_ref()?.service.as_str();
    override_for(container, &[service], body)
}

/// The same for several services of the container's project, where compose made it from one file
/// that it finds by itself.
pub fn override_for(
    container: &Container,
    services: &[&str],
    body: &str,
) -> Option<OverrideValues> {
    let compose = container.compose.as_ref()?;
    let folder = compose.folder.as_deref()?;
    let (file, over) = files(compose, folder)?;
    let starts_well = |name: &str| name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !services
        .iter()
        .all(|name| starts_well(name) && is_plain(name))
    {
        return None;
    }
    let services: Vec<String> = services
        .iter()
        .map(|name| format!("\"{name}\": {body}"))
        .collect();
    Some(vec![
        ("override_file", format!("{folder}/{over}")),
        ("override_name", over.to_owned()),
        (
            "override_yaml",
            format!("services: {{{}}}", services.join(", ")),
        ),
        ("folder", folder.to_owned()),
        ("compose_file", file.to_owned()),
        ("made", container.name.clone()),
    ])
}

/// The values of an override file that gives another value, a URL, to the variable that decides
/// what this place says, where the variable is the container's own and holds it whole.
pub fn variable_file(container: &Container, place: &Place, url: &str) -> Option<OverrideValues> {
    let variable = place.variable.as_deref().filter(|_| place.whole)?;
    let is_its_own = place.container.as_deref() == Some(container.name.as_str());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-:/[]".contains(c);
    if !is_its_own || !is_plain(variable) || url.is_empty() || !url.chars().all(plain) {
        return None;
    }
    let body = format!("{{environment: {{{variable}: \"{url}\"}}}}");
    override_file(container, &body)
}

/// The name of its one compose file, and that of the override file beside it. Compose 1 writes
/// file names as they were typed.
fn files<'c>(compose: &'c Compose, folder: &str) -> Option<(&'c str, &'static str)> {
    let [file] = compose.files.as_slice() else {
        return None;
    };
    let base = match file.strip_prefix(folder) {
        Some(rest) => rest.strip_prefix('/')?,
        None => file.strip_prefix("./").unwrap_or(file),
    };
    let (_, over) = OVERRIDES.iter().find(|(known, _)| *known == base)?;
    Some((base, over))
}

/// Letters, digits, dots, dashes and underscores: a word of YAML and of every shell.
pub fn is_plain(word: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    !word.is_empty() && word.chars().all(inside)
}
