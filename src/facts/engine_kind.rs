//! Which kind of engine runs the containers, since what a container calls the machine, and what
//! mends a way there, differs between them (knowledge apps.md G.1 to G.5).

use crate::probe::engine::{Engine, Flavour};

/// A kind of engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// Docker on Linux itself, with root.
    Linux,
    /// Docker without root: its bridge lies in a network of its own.
    Rootless,
    /// Podman, in whichever way it runs.
    Podman,
    /// Docker Desktop: the engine runs in a virtual machine.
    Desktop,
    /// Colima: the engine runs in a virtual machine of Lima.
    Colima,
    /// OrbStack: the engine runs in a virtual machine.
    OrbStack,
    /// Rancher Desktop: the engine runs in a virtual machine.
    Rancher,
    /// Docker in a Linux of WSL 2; browsers usually run on the Windows around it.
    Wsl2,
}

impl EngineKind {
    /// Recognises an engine by what it says of itself and by where its socket lies.
    pub fn of(engine: &Engine) -> Self {
        if engine.flavour == Flavour::Podman {
            return Self::Podman;
        }
        let holds = |text: &str, word: &str| text.to_ascii_lowercase().contains(word);
        let system = |word| holds(&engine.operating_system, word);
        // A host may be called anything: its name counts where the kind gives it that name.
        let named = |name: &str| engine.name == name;
        let at = |folder| holds(&engine.endpoint, folder);
        if system("docker desktop") || named("docker-desktop") || holds(&engine.kernel, "linuxkit")
        {
            Self::Desktop
        } else if system("orbstack") || holds(&engine.kernel, "orbstack") {
            Self::OrbStack
        } else if system("rancher desktop") || named("lima-rancher-desktop") || at("/.rd/") {
            Self::Rancher
        } else if named("colima") || engine.name.starts_with("colima-") || at("/.colima/") {
            Self::Colima
        } else if holds(&engine.kernel, "microsoft") {
            Self::Wsl2
        } else if engine.rootless {
            Self::Rootless
        } else {
            Self::Linux
        }
    }

    /// Whether containers meet this machine's own network: its firewall, and addresses that are
    /// published on its loopback alone. Other kinds forward from a machine of their own.
    pub fn shares_the_machine(self) -> bool {
        matches!(self, Self::Linux | Self::Wsl2)
    }

    /// Whether the engine itself gives containers a name for the machine.
    pub fn names_the_machine(self) -> bool {
        !matches!(self, Self::Linux | Self::Rootless | Self::Wsl2)
    }

    /// The value that is given to fixes for this kind alone.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Linux => "on_linux",
            Self::Rootless => "on_rootless",
            Self::Podman => "on_podman",
            Self::Desktop => "on_desktop",
            Self::Colima => "on_colima",
            Self::OrbStack => "on_orbstack",
            Self::Rancher => "on_rancher",
            Self::Wsl2 => "on_wsl2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(system: &str, name: &str, kernel: &str) -> Engine {
        Engine {
            flavour: Flavour::Docker,
            version: "28.2.2".into(),
            api_version: "1.50".into(),
            operating_system: system.into(),
            kernel: kernel.into(),
            name: name.into(),
            rootless: false,
            endpoint: "unix:///var/run/docker.sock".into(),
        }
    }

    #[test]
    fn every_kind_is_known_by_what_it_says() {
        let wsl = "5.15.167.4-microsoft-standard-WSL2";
        for (system, name, kernel, kind) in [
            (
                "Debian GNU/Linux 12",
                "box",
                "6.1.0-28-amd64",
                EngineKind::Linux,
            ),
            (
                "Docker Desktop",
                "docker-desktop",
                "6.10.14-linuxkit",
                EngineKind::Desktop,
            ),
            ("Docker Desktop", "docker-desktop", wsl, EngineKind::Desktop),
            ("Ubuntu 24.04", "PC", wsl, EngineKind::Wsl2),
            (
                "Ubuntu 24.04.1 LTS",
                "colima",
                "6.8.0-50-generic",
                EngineKind::Colima,
            ),
            (
                "OrbStack",
                "orbstack",
                "6.12.3-orbstack",
                EngineKind::OrbStack,
            ),
            (
                "Rancher Desktop WSL Distribution",
                "PC",
                wsl,
                EngineKind::Rancher,
            ),
            (
                "Alpine Linux v3.20",
                "lima-rancher-desktop",
                "6.6.41-virt",
                EngineKind::Rancher,
            ),
        ] {
            assert_eq!(
                EngineKind::of(&engine(system, name, kernel)),
                kind,
                "{system} {name}"
            );
        }
    }

    #[test]
    fn rootless_podman_and_a_socket_of_colima() {
        let plain = || engine("Ubuntu 24.04", "box", "6.8.0");
        let rootless = Engine {
            rootless: true,
            ..plain()
        };
        assert_eq!(EngineKind::of(&rootless), EngineKind::Rootless);
        let podman = Engine {
            flavour: Flavour::Podman,
            ..rootless
        };
        assert_eq!(EngineKind::of(&podman), EngineKind::Podman);
        let endpoint = "unix:///Users/me/.colima/default/docker.sock".into();
        let colima = Engine {
            endpoint,
            ..plain()
        };
        assert_eq!(EngineKind::of(&colima), EngineKind::Colima);
    }
}
