//! Whose network a container is in: its own, the machine's, or another container's.

use std::sync::Arc;

use crate::probe::engine::Container;

/// Whose network a container is in (`HostConfig.NetworkMode`).
#[derive(Debug)]
pub(super) enum Space {
    /// Its own: its localhost is itself.
    Own,
    /// The machine's (`host`).
    Host,
    /// Another container's (`container:ID`), which may be known.
    Of(Option<Arc<Container>>),
}

impl Space {
    pub(super) fn of(container: &Container, all: &[Arc<Container>]) -> Self {
        match container.network_mode.as_str() {
            "host" => Self::Host,
            mode => match mode.strip_prefix("container:") {
                Some(whose) => {
                    let mut all = all.iter();
                    let other = all.find(|it| it.name == whose || it.id.starts_with(whose));
                    Self::Of(other.filter(|_| !whose.is_empty()).cloned())
                }
                None => Self::Own,
            },
        }
    }

    /// Whether its localhost is not the machine's.
    pub(super) fn is_apart(&self) -> bool {
        !matches!(self, Self::Host)
    }

    /// Whether names of the other container mean something there: one network of both, or one
    /// network stack.
    pub(super) fn shares_network(&self, container: &Container, other: &Container) -> bool {
        match self {
            Self::Of(Some(whose)) => whose.id == other.id || whose.shares_network(other),
            // Which networks it is in is not known.
            Self::Of(None) => true,
            _ => container.shares_network(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(id: &str, mode: &str) -> Container {
        Container {
            id: id.into(),
            name: format!("name-{id}"),
            network_mode: mode.into(),
            ..Container::default()
        }
    }

    #[test]
    fn the_mode_tells_whose_network_it_is() {
        let mut other = container("abc", "net");
        other.networks.insert("net".into(), Default::default());
        let all = [Arc::new(other.clone())];
        let of = |mode: &str| Space::of(&container("x", mode), &all);
        assert!(matches!(of("net"), Space::Own));
        assert!(!of("host").is_apart());
        let shared = of("container:abc");
        assert!(shared.shares_network(&container("x", ""), &other));
        assert!(matches!(of("container:gone"), Space::Of(None)));
    }
}
