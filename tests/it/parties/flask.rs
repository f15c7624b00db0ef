//! A small app of one's own: Flask with Authlib (`app.py`), run by the Python of an environment
//! that has both.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::{
    http::{get, parameter},
    needed, own_file,
    party::Party,
    program::free_port,
    world::{CLIENT, Diagnosis, ODD_SECRET, SECRET, World},
};

/// Where `.ci/run` makes the environment of `requirements.txt`.
const ENVIRONMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/parties/bin/python");

/// How it is set up: its environment.
pub type Setup = Vec<(&'static str, String)>;

/// A Python that has what the app imports.
pub fn python() -> Option<PathBuf> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let has = |python: &&str| {
            let imports = ["-c", "import authlib, flask, requests"];
            let run = Command::new(python).args(imports).output();
            run.is_ok_and(|run| run.status.success())
        };
        let found = [ENVIRONMENT, "python3"].into_iter().find(has);
        found.map(PathBuf::from).ok_or_else(|| {
            "no Python with Flask and Authlib (python3 -m venv target/parties && \
             target/parties/bin/pip install -r tests/it/parties/requirements.txt)"
                .to_owned()
        })
    });
    needed(found.clone())
}

fn redirect_uri(port: u16) -> String {
    format!("http://localhost:{port}/auth/callback")
}

/// Set up as this authentik has it.
pub fn right(world: &World, port: u16) -> Setup {
    vec![
        ("OIDC_CLIENT_ID", CLIENT.into()),
        ("OIDC_CLIENT_SECRET", SECRET.into()),
        ("OIDC_DISCOVERY_URL", world.discovery(CLIENT)),
        ("OIDC_REDIRECT_URI", redirect_uri(port)),
    ]
}

/// The same with one setting otherwise.
pub fn but(mut setup: Setup, name: &'static str, value: impl Into<String>) -> Setup {
    setup.retain(|(known, _)| *known != name);
    setup.push((name, value.into()));
    setup
}

pub fn start(python: &Path, port: u16, setup: Setup) -> Party {
    let mut command = Command::new(python);
    command
        .arg(own_file("app.py"))
        .env("PORT", port.to_string())
        .env("SECRET_KEY", "a key of the tests")
        .envs(setup)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .env("NO_PROXY", "localhost,127.0.0.1");
    let described =
        format!("name = \"Shop\"\nclient_id = \"{CLIENT}\"\nurl = \"http://localhost:{port}/\"\n");
    let folder = tempfile::tempdir().unwrap();
    Party::start(folder, port, &mut command, None, &described)
}

#[test]
fn it_starts_a_sign_in_as_authentik_wants_it() {
    let Some(python) = python() else { return };
    let port = free_port();
    let world = World::allowing(&redirect_uri(port), "");
    let setup = but(right(&world, port), "OIDC_REDIRECT_URI", "");
    let flask = start(&python, port, setup);
    let start = get(&flask.at("/auth/login"), "");
    assert_eq!(start.status, 302, "{}", flask.log());
    let leads = start.location();
    assert!(
        leads
            .as_str()
            .starts_with(world.at("/application/o/authorize/").as_str()),
        "{leads}"
    );
    assert_eq!(parameter(&leads, "client_id"), CLIENT);
    assert_eq!(parameter(&leads, "redirect_uri"), redirect_uri(port));
    let taken = get(&leads, "");
    let on = taken.header("location");
    assert!(
        on.starts_with("/flows/-/default/authentication/"),
        "{taken:?}"
    );
}

#[test]
fn its_code_is_refused_and_its_secret_is_not() {
    let Some(python) = python() else { return };
    for (secret, told) in [(ODD_SECRET, "invalid_grant"), ("another", "invalid_client")] {
        let port = free_port();
        let world = World::with_secret(ODD_SECRET, &redirect_uri(port), "");
        let setup = but(right(&world, port), "OIDC_CLIENT_SECRET", secret);
        let flask = start(&python, port, setup);
        let start = get(&flask.at("/auth/login"), "");
        let state = parameter(&start.location(), "state");
        let mut back = flask.at("/auth/callback");
        back.query_pairs_mut()
            .append_pair("code", "bogus")
            .append_pair("state", &state);
        let answer = get(&back, &start.cookies());
        assert_eq!(answer.status, 500, "{answer:?}");
        assert!(flask.log().contains(told), "{}", flask.log());
    }
}

#[test]
fn healthy_it_is_left_alone() {
    let Some(python) = python() else { return };
    let port = free_port();
    let world = World::allowing(&redirect_uri(port), "");
    let flask = start(&python, port, right(&world, port));
    flask.diagnosed(&world).is_healthy();
}

/// What is said of an app that is set up otherwise.
fn said_of(otherwise: impl Fn(Setup, &World, u16) -> Setup, lines: &str) -> Option<Diagnosis> {
    let python = python()?;
    let port = free_port();
    let world = World::allowing(&redirect_uri(port), "");
    let setup = otherwise(right(&world, port), &world, port);
    let flask = start(&python, port, setup);
    Some(flask.diagnosed_with(&world, lines))
}

#[test]
fn a_client_id_that_nobody_has_is_named() {
    let otherwise = |setup, _: &World, _| but(setup, "OIDC_CLIENT_ID", "stranger");
    let Some(said) = said_of(otherwise, "") else {
        return;
    };
    said.is("redirect-uri/client-id", &["stranger", CLIENT]);
}

#[test]
fn a_redirect_uri_by_another_host_is_named() {
    let otherwise = |setup, _: &World, port| {
        let other = format!("http://127.0.0.1:{port}/auth/callback");
        but(setup, "OIDC_REDIRECT_URI", other)
    };
    let Some(said) = said_of(otherwise, "") else {
        return;
    };
    said.is(
        "redirect-uri/not-allowed",
        &["http://127.0.0.1:", "http://localhost:"],
    );
}

#[test]
fn a_wrong_slug_is_named_where_akdoctor_knows_the_issuer() {
    let otherwise =
        |setup, world: &World, _| but(setup, "OIDC_DISCOVERY_URL", world.discovery("nobody"));
    let lines = "start = \"/auth/login\"\nissuer = \"AUTHENTIK/application/o/nobody/\"\n";
    let Some(said) = said_of(otherwise, lines) else {
        return;
    };
    said.is(
        "oidc-discovery/not-found",
        &["/application/o/nobody/", "app-start/fails"],
    );
}

#[test]
fn a_document_out_of_reach_is_named() {
    let otherwise = |setup, _: &World, _| {
        let nowhere = format!("http://localhost:{}/x", free_port());
        but(setup, "OIDC_DISCOVERY_URL", nowhere)
    };
    let Some(said) = said_of(otherwise, "start = \"/auth/login\"\n") else {
        return;
    };
    said.is("app-start/fails", &["/auth/login", "500"]);
}

#[test]
fn a_missing_openid_is_named() {
    let otherwise = |setup, _: &World, _| but(setup, "OIDC_SCOPES", "profile email");
    let Some(said) = said_of(otherwise, "") else {
        return;
    };
    said.is("claims/no-openid", &["profile email"]);
}

#[test]
fn an_app_that_does_not_run_is_named() {
    let Some(python) = python() else { return };
    let port = free_port();
    let world = World::allowing(&redirect_uri(port), "");
    let flask = start(&python, port, right(&world, port));
    let described = flask.described() + "start = \"/auth/login\"\n";
    drop(flask);
    world
        .diagnosed(&described)
        .is("app-start/refused", &["Shop"]);
}

#[test]
fn a_secret_that_is_not_authentiks_is_named_and_the_right_one_is_not() {
    let Some(python) = python() else { return };
    for (secret, right_one) in [("another-secret-4711", false), (SECRET, true)] {
        let port = free_port();
        let world = World::allowing(&redirect_uri(port), "");
        let setup = but(right(&world, port), "OIDC_CLIENT_SECRET", secret);
        world.write("client-secret", secret);
        let flask = start(&python, port, setup);
        let said = flask.diagnosed_with(&world, "client_secret = { file = \"client-secret\" }\n");
        match right_one {
            true => said.is_healthy(),
            false => said.is("client-secret/wrong", &["Shop"]),
        }
        assert!(!said.text().contains(secret), "{}", said.text());
    }
}

#[test]
fn a_callback_where_nobody_listens_is_named() {
    let Some(python) = python() else { return };
    let (port, nobody) = (free_port(), free_port());
    let world = World::allowing(&redirect_uri(nobody), "");
    let setup = but(
        right(&world, port),
        "OIDC_REDIRECT_URI",
        redirect_uri(nobody),
    );
    let flask = start(&python, port, setup);
    let said = flask.diagnosed_with(&world, "start = \"/auth/login\"\n");
    said.is("callback/refused", &["Shop", &redirect_uri(nobody)]);
}
