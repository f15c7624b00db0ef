//! Whose machine a URL names.

use url::Url;

use crate::facts;

/// Names of the machine that runs the containers.
const OF_THE_HOST: [&str; 2] = ["host.docker.internal", "host.containers.internal"];

/// A host without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

/// Whether a URL names whoever opens it.
pub(super) fn is_here(url: &Url) -> bool {
    url.host_str()
        .is_some_and(|host| facts::is_loopback(bare(host)))
}

/// Whether a URL can only name the machine that runs the containers, when it is opened on it.
pub(super) fn is_of_machine(url: &Url) -> bool {
    is_here(url)
        || url
            .host_str()
            .is_some_and(|host| OF_THE_HOST.contains(&host))
}

/// Whether an engine runs on this machine, by where it is asked.
pub(super) fn is_engine_here(endpoint: &str) -> bool {
    let place = endpoint.strip_prefix("tcp://");
    let host = place.and_then(|place| place.rsplit_once(':'));
    host.is_none_or(|(host, _)| facts::is_loopback(bare(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_of_a_url() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(is_here(&url("http://[::1]:3000/")) && is_here(&url("http://localhost/")));
        assert!(!is_here(&url("http://host.docker.internal/")));
        assert!(is_of_machine(&url("http://host.docker.internal/")));
        assert!(!is_of_machine(&url("http://app.example.com/")));
        assert!(is_engine_here("unix:///var/run/docker.sock"));
        assert!(is_engine_here("tcp://127.0.0.1:2375"));
        assert!(!is_engine_here("tcp://10.0.0.9:2375"));
    }
}
