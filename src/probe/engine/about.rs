//! Which engine answers, and on what it runs.

use bollard::models::{SystemInfo, SystemVersion};

use super::{Engine, Flavour, client::Client};
use crate::probe::{ProbeError, Tools};

pub(super) async fn engine(tools: &Tools) -> Result<Engine, ProbeError> {
    let client = Client::connect(tools).await?;
    let (version, info) = tokio::try_join!(
        client.ask("the engine's version", client.docker.version()),
        client.ask("the engine's host", client.docker.info()),
    )?;
    Ok(engine_of(version, info, client.transport.to_string()))
}

fn engine_of(version: SystemVersion, info: SystemInfo, endpoint: String) -> Engine {
    Engine {
        flavour: flavour_of(&version),
        version: version.version.unwrap_or_default(),
        api_version: version.api_version.unwrap_or_default(),
        operating_system: info.operating_system.unwrap_or_default(),
        kernel: info.kernel_version.unwrap_or_default(),
        name: info.name.unwrap_or_default(),
        rootless: info
            .security_options
            .unwrap_or_default()
            .iter()
            .any(|option| option.contains("name=rootless")),
        endpoint,
    }
}

/// Podman behind the Docker API names itself among the components (knowledge apps.md G.5).
fn flavour_of(version: &SystemVersion) -> Flavour {
    let components = version.components.as_deref().unwrap_or_default();
    if components
        .iter()
        .any(|component| component.name == "Podman Engine")
    {
        Flavour::Podman
    } else {
        Flavour::Docker
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn podman_is_known_by_its_component_and_rootless_by_its_option() {
        let version = serde_json::from_value(json!({
            "Version": "5.4.0", "ApiVersion": "1.41",
            "Components": [{"Name": "Podman Engine", "Version": "5.4.0"}],
        }))
        .unwrap();
        let info = serde_json::from_value(json!({
            "OperatingSystem": "fedora", "KernelVersion": "6.1", "Name": "box",
            "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"],
        }))
        .unwrap();
        let engine = engine_of(version, info, "unix:///x".into());
        assert_eq!(engine.flavour, Flavour::Podman);
        assert!(engine.rootless);
        assert_eq!((&*engine.kernel, &*engine.name), ("6.1", "box"));
    }

    #[test]
    fn an_engine_that_says_little_is_docker_with_gaps() {
        let engine = engine_of(
            SystemVersion::default(),
            SystemInfo::default(),
            String::new(),
        );
        assert_eq!(engine.flavour, Flavour::Docker);
        assert!(!engine.rootless);
    }
}
