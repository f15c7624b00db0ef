//! What override files for compose say to mend names and ports.

use crate::{
    check::Raised,
    facts::{OverrideValues as Values, is_plain, override_file, override_for},
    probe::engine::{Container, Port},
};

/// Gives a name to the container as host-gateway.
pub(super) fn extra_host(container: &Container, name: &str) -> Option<Values> {
    let body = format!("{{extra_hosts: [\"{name}:host-gateway\"]}}");
    override_file(container, &body).filter(|_| is_plain(name))
}

/// Publishes a port on one more address of this machine.
pub(super) fn port(container: &Container, ip: &str, port: &Port) -> Option<Values> {
    let (outside, inside) = (port.outside, port.inside);
    override_file(
        container,
        &format!("{{ports: [\"{ip}:{outside}:{inside}\"]}}"),
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
    override_for(container, &services, &body)
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
    use crate::probe::engine::Compose;

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
