//! Names and ports from inside containers of a real engine: with and without extra_hosts, with a
//! wrong one, without a shell, at a port that is published for this machine alone.

use serde_json::Value;

use super::{run::Ran, stack::Stack};
use crate::support::ContainerSpec;

const NAME: &str = "host.docker.internal";

/// An app that was given an issuer at this port, under this name in akdoctor.toml.
fn app(stack: &Stack, spec: ContainerSpec) -> ContainerSpec {
    let port = stack.port;
    let issuer = format!("OIDC_ISSUER_URL=http://{NAME}:{port}/application/o/app/");
    spec.with(&["--network", &stack.network.name, "-e", &issuer])
}

/// What is said of an app by a code of this check.
fn of<'r>(ran: &'r Ran, code: &str, app: &str) -> Option<&'r Value> {
    let mut findings = ran.findings().iter();
    findings.find(|found| found["code"] == code && found["subject"]["name"] == app)
}

#[test]
fn each_container_is_told_by_what_it_sees() {
    let Some(stack) = Stack::start() else { return };
    let add = |address: &str| format!("{NAME}:{address}");
    let idle = || app(&stack, ContainerSpec::idle());
    let with = stack.run(idle().with(&["--add-host", &add("host-gateway")]));
    let without = stack.run(idle());
    let wrong = stack.run(idle().with(&["--add-host", &add("127.0.0.1")]));
    let bare = stack.run(app(&stack, ContainerSpec::bare()));
    let mut text = format!("[authentik]\nurl = \"{}\"\n", stack.url());
    for (name, container) in [
        ("With", &with),
        ("Without", &without),
        ("Wrong", &wrong),
        ("Bare", &bare),
    ] {
        text += &format!(
            "[[app]]\nname = \"{name}\"\nslug = \"{}\"\ncontainer = \"{}\"\n",
            name.to_lowercase(),
            container.name
        );
    }
    std::fs::write(stack.folder.path().join("akdoctor.toml"), text).unwrap();
    let ran = stack.ask_with(&["dns"]);

    // The port is published on 127.0.0.1, which only the one with the right address finds out.
    let root = of(&ran, "dns/published-on-loopback", &stack.server.name).unwrap();
    assert_eq!(root["certain"], true, "{ran}");
    let refused = of(&ran, "dns/refused-inside", "With").unwrap();
    assert_eq!(refused["caused_by"]["code"], "dns/published-on-loopback");
    let missing = of(&ran, "dns/container-name-missing", "Without").unwrap();
    assert_eq!(missing["certain"], true, "{ran}");
    assert!(
        of(&ran, "dns/container-name-wrong", "Wrong").is_some(),
        "{ran}"
    );
    // Without a shell nothing is tried: what its settings come to is only inferred.
    let bare = of(&ran, "dns/container-name-missing", "Bare").unwrap();
    assert_eq!(bare["certain"], false, "{ran}");
}
