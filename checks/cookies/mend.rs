//! Values that fixes are made of: a domain for authentik's cookies, and override files that set a
//! variable of authentik or of an app.

use crate::{
    check::Raised,
    facts::{AppFacts, Containers, OverrideValues, Said, is_plain, override_for, variable_file},
    probe::engine::Container,
};

/// The domain that holds all these hosts: the longest that they share, of two labels at least; a
/// single host's own name. `None` for addresses and names without a dot, which no browser takes.
pub(super) fn domain_of(hosts: &[&str]) -> Option<String> {
    let has_domain = |host: &&str| {
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        !is_address && is_plain(host) && host.trim_matches('.').contains('.')
    };
    let (first, rest) = hosts.split_first()?;
    if !hosts.iter().all(has_domain) {
        return None;
    }
    let mut shared: Vec<&str> = first.rsplit('.').collect();
    for host in rest {
        let labels = host.rsplit('.');
        let alike = shared.iter().zip(labels).take_while(|(a, b)| **a == *b);
        let alike = alike.count();
        shared.truncate(alike);
    }
    // Of several names under one public suffix nobody may set a cookie for all.
    let enough = if rest.is_empty() { 1 } else { 2 };
    shared.reverse();
    (shared.len() >= enough.max(2)).then(|| shared.join("."))
}

/// An override file that gives a variable of authentik's server, and of its workers beside it,
/// another value.
pub(super) fn own_variable(
    found: &Containers,
    server: &Container,
    variable: &str,
    value: Option<&str>,
    raised: Raised,
) -> Raised {
    let (Some(value), Some(made)) = (value.filter(|it| is_plain(it)), &server.compose) else {
        return raised;
    };
    let body = format!("{{environment: {{{variable}: \"{value}\"}}}}");
    let roles = &found.roles;
    let core = roles.server.iter().chain(&roles.worker);
    let beside = core.filter_map(|it| it.compose.as_ref());
    let mut services: Vec<&str> = beside
        .filter(|it| it.project == made.project)
        .map(|it| it.service.as_str())
        .collect();
    services.sort_unstable();
    services.dedup();
    with(override_for(server, &services, &body), raised)
}

/// An override file that tells an app the address at which people open it, where one variable
/// holds that address whole.
pub(super) fn own_address(app: &AppFacts, opened: &str, raised: Raised) -> Raised {
    let Said::Value { place, .. } = &app.says.public_url else {
        return raised;
    };
    let container = app.container.as_deref();
    let file = container.and_then(|it| variable_file(it, place, opened));
    let variable = place.variable.clone().filter(|_| place.whole);
    with(file, raised.with_some("variable", variable))
}

fn with(values: Option<OverrideValues>, raised: Raised) -> Raised {
    let values = values.unwrap_or_default().into_iter();
    values.fold(raised, |raised, (key, value)| raised.with(key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_domain_holds_all_hosts() {
        let of = |hosts: &[&str]| domain_of(hosts);
        assert_eq!(
            of(&["auth.example.com"]).as_deref(),
            Some("auth.example.com")
        );
        assert_eq!(
            of(&["auth.example.com", "sso.example.com"]).as_deref(),
            Some("example.com")
        );
        assert_eq!(
            of(&["example.com", "sso.example.com"]).as_deref(),
            Some("example.com")
        );
        assert_eq!(of(&["auth.example.com", "auth.example.org"]), None);
        assert_eq!(of(&["10.0.0.7"]), None);
        assert_eq!(of(&["localhost"]), None);
        assert_eq!(of(&[]), None);
    }
}
