//! Names and ports from inside containers in every kind of network: their own, two at once, the
//! machine's, another container's, none; with the server's port published on all addresses.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    run::{Ran, paste, recommended},
    stack::{Parts, Stack},
};
use crate::support::{ContainerSpec, TestContainer};

const NAME: &str = "host.docker.internal";

/// A stack whose server's port is published on all addresses.
fn open() -> Option<Stack> {
    Stack::changed(|parts| Parts {
        server: parts.server.rewritten("127.0.0.1:", "0.0.0.0:"),
        ..parts
    })
}

/// An app that calls authentik's token endpoint there; browsers never open it.
fn app(place: &str) -> ContainerSpec {
    let url = format!("OIDC_ISSUER_URL=http://{place}/application/o/token/");
    ContainerSpec::idle().with(&["-e", &url])
}

/// What `dns` says of these apps, each in its container.
fn ask(stack: &Stack, apps: &[(&str, &TestContainer)]) -> Ran {
    let mut text = format!("[authentik]\nurl = \"{}\"\n", stack.url());
    for (name, container) in apps {
        let slug = name.to_lowercase();
        let _ = write!(
            text,
            "[[app]]\nname = \"{name}\"\nslug = \"{slug}\"\ncontainer = \"{}\"\n",
            container.name
        );
    }
    std::fs::write(stack.folder.path().join("akdoctor.toml"), text).unwrap();
    stack.ask_with(&["dns"])
}

fn of<'r>(ran: &'r Ran, code: &str, app: &str) -> &'r Value {
    let mut findings = ran.findings().iter();
    let found = findings.find(|found| found["code"] == code && found["subject"]["name"] == app);
    found.unwrap_or_else(|| panic!("no {code} of {app}:\n{ran}"))
}

#[test]
fn no_kind_of_network_is_a_fault_by_itself() {
    let Some(stack) = open() else { return };
    let other = stack.engine.network();
    let here = format!("{NAME}:{}", stack.port);
    let gateway = [
        "network",
        "inspect",
        "-f",
        "{{(index .IPAM.Config 0).Gateway}}",
    ];
    let gateway = stack
        .engine
        .docker(&[&gateway[..], &[&other.name]].concat());
    let typed = |address: &str| format!("{NAME}:{address}");
    let on = ["--network", &stack.network.name, "--add-host"];
    let on = |address: &str| app(&here).with(&on).with(&[&typed(address)]);
    let one = stack.run(on("host-gateway"));
    let two = stack.run(on("host-gateway"));
    stack
        .engine
        .docker(&["network", "connect", &other.name, &two.name]);
    // The machine is the machine, by whichever bridge it is called.
    let pinned = stack.run(on(&gateway));
    let bare = ContainerSpec::bare().with(&[
        "-e",
        &format!("OIDC_ISSUER_URL=http://{here}/application/o/token/"),
    ]);
    let bare = stack.run(bare.with(&[
        "--network",
        &stack.network.name,
        "--add-host",
        &typed("host-gateway"),
    ]));
    let localhost = format!("localhost:{}", stack.port);
    let host = stack.run(app(&localhost).with(&["--network", "host"]));
    let shared = format!("container:{}", stack.server.id);
    let beside = stack.run(app("localhost:9000").with(&["--network", &shared]));
    let none = stack.run(app(&here).with(&["--network", "none"]));
    let stopped = stack.run(app(&here).with(&["--network", &stack.network.name]));
    stack.engine.docker(&["stop", "-t", "0", &stopped.name]);
    let ran = ask(
        &stack,
        &[
            ("One", &one),
            ("Two", &two),
            ("Pinned", &pinned),
            ("Bare", &bare),
            ("Host", &host),
            ("Beside", &beside),
            ("None", &none),
            ("Stopped", &stopped),
        ],
    );
    ran.is_well();
    let passed = ran.points("passed");
    for app in ["One", "Two", "Pinned", "Host", "Beside"] {
        assert!(
            passed.iter().any(|(_, subject, _)| *subject == app),
            "{app}: {ran}"
        );
    }
    let skipped = ran.points("skipped");
    for (app, why) in [
        ("Bare", "inferred and not tried"),
        ("None", "no network"),
        ("Stopped", "does not run"),
    ] {
        let mut points = skipped.iter();
        assert!(
            points.any(|(_, subject, said)| *subject == app && said.contains(why)),
            "{app}: {ran}"
        );
    }
}

#[test]
fn a_container_of_another_network_is_connected_by_the_printed_line() {
    let Some(stack) = open() else { return };
    let other = stack.engine.network();
    let server = format!("{}:9000", stack.server.name);
    let lost = stack.run(app(&server).with(&["--network", &other.name]));
    let ran = ask(&stack, &[("Lost", &lost)]);
    let found = of(&ran, "dns/other-network", "Lost");
    paste(recommended(found));
    ask(&stack, &[("Lost", &lost)]).is_well();
    paste(found["fixes"][0]["undo"].as_str().unwrap());
    of(
        &ask(&stack, &[("Lost", &lost)]),
        "dns/other-network",
        "Lost",
    );
}

#[test]
fn an_address_of_nobody_is_wrong_and_its_own_resolver_is_believed() {
    let Some(stack) = open() else { return };
    let here = format!("{NAME}:{}", stack.port);
    let on = ["--network", &stack.network.name, "--add-host"];
    // 192.0.2.0/24 is for documentation (RFC 5737): nobody has such an address.
    let wrong = stack.run(app(&here).with(&on).with(&[&format!("{NAME}:192.0.2.7")]));
    // Neither extra_hosts nor the hosts file tells what this one's resolver does.
    let getent = "#!/bin/sh\necho '192.0.2.8       STREAM x'\n";
    let told = app(&here)
        .with(&on[..2])
        .program("/bin/getent", getent)
        .program("/bin/bash", "#!/bin/sh\necho 'timed out' >&2\nexit 1\n");
    let told = stack.run(told);
    let ran = ask(&stack, &[("Wrong", &wrong), ("Told", &told)]);
    for (app, address) in [("Wrong", "192.0.2.7"), ("Told", "192.0.2.8")] {
        let found = of(&ran, "dns/container-name-wrong", app);
        let observed = found["observed"].as_str().unwrap();
        assert!(
            observed.contains(&format!("its own resolver says {address}")),
            "{observed}"
        );
        assert!(
            observed.contains("no address of this machine"),
            "{observed}"
        );
    }
}
