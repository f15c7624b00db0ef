//! An override file for compose: a file of our own beside the one that a container was made from,
//! which compose lays over it by itself. It is YAML in flow style, one line, of plain words alone.

use crate::{
    check::Raised,
    probe::engine::{Compose, Container, Port},
};

/// Compose files that compose finds by itself, with an override file that it finds beside each.
const OVERRIDES: [(&str, &str); 4] = [
    ("compose.yaml", "compose.override.yaml"),
    ("compose.yml", "compose.override.yml"),
    ("docker-compose.yml", "docker-compose.override.yml"),
    ("docker-compose.yaml", "docker-compose.override.yaml"),
];

pub(super) type Values = Vec<(&'static str, String)>;

/// Gives a name to the container as host-gateway.
pub(super) fn extra_host(container: &Container, name: &str) -> Option<Values> {
    let body = format!("{{extra_hosts: [\"{name}:host-gateway\"]}}");
    of(container, body).filter(|_| is_plain(name))
}

/// Publishes a port on one more address of this machine.
pub(super) fn port(container: &Container, ip: &str, port: &Port) -> Option<Values> {
    let (outside, inside) = (port.outside, port.inside);
    of(
        container,
        format!("{{ports: [\"{ip}:{outside}:{inside}\"]}}"),
    )
}

/// Lets authentik listen on IPv4 (knowledge authentik.md A.1, row "default listen").
///
/// Server and worker start from one image and fail alike, so one file speaks of every container of
/// that compose project among these.
pub(super) fn listen<'c>(
    container: &Container,
    core: impl Iterator<Item = &'c Container>,
) -> Option<Values> {
    let listen = [("HTTP", 9000), ("HTTPS", 9443), ("METRICS", 9300)];
    let pairs = listen.map(|(name, port)| format!("AUTHENTIK_LISTEN__{name}: \"0.0.0.0:{port}\""));
    let body = format!("{{environment: {{{}}}}}", pairs.join(", "));
    let project = &container.compose.as_ref()?.project;
    let beside = core.filter_map(|it| it.compose.as_ref());
    let services: Vec<&str> = beside
        .filter(|it| it.project == *project)
        .map(|it| it.service.as_str())
        .collect();
    about(container, &services, &body)
}

/// The values of an override file that says this of the container's service.
fn of(container: &Container, body: String) -> Option<Values> {
    let service = container.compose.as_ref()?.service.as_str();
    about(container, &[service], &body)
}

/// The same for several services of the container's project, where compose made it from one file
/// that it finds by itself.
fn about(container: &Container, services: &[&str], body: &str) -> Option<Values> {
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
pub(super) fn is_plain(word: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    !word.is_empty() && word.chars().all(inside)
}

/// The values, for the templates.
pub(super) fn with(raised: Raised, values: Values) -> Raised {
    values
        .into_iter()
        .fold(raised, |raised, (key, value)| raised.with(key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(service: &str, files: &[&str]) -> Container {
        Container {
            name: "p-app-1".into(),
            compose: Some(Compose {
                project: "p".into(),
                service: service.into(),
                files: files.iter().map(|&file| file.into()).collect(),
                folder: Some("/srv/it's".into()),
                version: None,
            }),
            ..Container::default()
        }
    }

    fn yaml(container: &Container) -> Option<String> {
        let values = extra_host(container, "host.docker.internal")?;
        values
            .into_iter()
            .find(|(key, _)| *key == "override_yaml")
            .map(|(_, yaml)| yaml)
    }

    #[test]
    fn one_file_that_compose_finds_has_an_override_file() {
        let wanted = "services: {\"app\": {extra_hosts: [\"host.docker.internal:host-gateway\"]}}";
        for file in [
            "/srv/it's/compose.yaml",
            "docker-compose.yml",
            "./compose.yml",
        ] {
            assert_eq!(
                yaml(&made("app", &[file])).as_deref(),
                Some(wanted),
                "{file}"
            );
        }
        for files in [
            &["/srv/it's/a.yml"][..],
            &["/srv/compose.yml"],
            &[],
            &["compose.yml", "b.yml"],
        ] {
            assert_eq!(yaml(&made("app", files)), None, "{files:?}");
        }
    }

    #[test]
    fn what_is_no_plain_word_is_not_written() {
        for service in ["a\"b", "a: b", "-a", "a b", "", "a\nb", "é"] {
            assert_eq!(yaml(&made(service, &["compose.yml"])), None, "{service}");
        }
        let app = made("app", &["compose.yml"]);
        for name in ["a\"b", "a b", "a\u{202e}b", "a,b"] {
            assert!(extra_host(&app, name).is_none(), "{name}");
        }
    }
}
