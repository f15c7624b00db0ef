//! A real reverse proxy, Apache with mod_proxy and mod_ssl, before the simulated authentik and
//! before an app.

use std::path::PathBuf;

use super::{
    authority, flask, httpd,
    party::Party,
    program::free_port,
    world::{CLIENT, Diagnosis, World},
};

const MODULES: [&str; 7] = [
    "mpm_event",
    "authn_core",
    "authz_core",
    "headers",
    "ssl",
    "proxy",
    "proxy_http",
];
/// What a front that passes everything on is told, beside TLS and whom to ask.
const RIGHT: &str = "ProxyPreserveHost On\nRequestHeader set X-Forwarded-Proto https\n";
/// Years in which certificates end.
const GOOD: i32 = 2098;
const OVER: i32 = 2021;

fn port() -> Option<u16> {
    httpd::port(&MODULES, "apache2-bin")
}

/// A front at this port that ends TLS and passes on to `behind`.
fn front(port: u16, behind: &str, last_year: i32, directives: &str) -> Party {
    let folder = httpd::folder();
    authority::write(folder.path(), last_year);
    let at = folder.path().display();
    let directives = format!(
        "SSLEngine on\nSSLCertificateFile \"{at}/cert.pem\"\n\
         SSLCertificateKeyFile \"{at}/key.pem\"\n\
         {directives}ProxyPass \"/\" \"{behind}/\"\n"
    );
    let mut command = httpd::command(&folder, port, &MODULES, &directives);
    Party::start(folder, port, &mut command, Some("error.log"), "")
}

/// What is said of an authentik behind a front that was told this, with these lines at the head of
/// the part about authentik.
fn said_of(last_year: i32, directives: &str, host: &str) -> Option<(Diagnosis, u16)> {
    let port = port()?;
    let world = World::allowing("http://localhost:1/callback", "");
    let behind = world.authentik().replace("localhost", host);
    let front = front(port, &behind, last_year, directives);
    let url = format!("https://localhost:{port}");
    let app = format!(
        "name = \"Shop\"\nclient_id = \"{CLIENT}\"\n\
         issuer = \"{url}/application/o/{CLIENT}/\"\n"
    );
    let authorities: PathBuf = front.folder().join("ca.pem");
    let said = world.diagnosed_at(&url, Some(&authorities), "", &app);
    said.wrote_nothing();
    Some((said, port))
}

#[test]
fn behind_a_front_that_passes_everything_on_nothing_is_said() {
    let Some((said, _)) = said_of(GOOD, RIGHT, "localhost") else {
        return;
    };
    said.is_healthy();
}

#[test]
fn a_front_that_keeps_the_scheme_to_itself_is_named() {
    let right = "ProxyPreserveHost On\n";
    let Some((said, port)) = said_of(GOOD, right, "localhost") else {
        return;
    };
    let told = format!("http://localhost:{port}");
    said.is("proxy-headers/scheme-lost", &[&told, "X-Forwarded-Proto"]);
}

#[test]
fn a_front_that_writes_its_own_host_is_named() {
    let directives = "RequestHeader set X-Forwarded-Proto https\n";
    let Some((said, _)) = said_of(GOOD, directives, "127.0.0.1") else {
        return;
    };
    said.is("proxy-headers/host-rewritten", &["https://127.0.0.1:"]);
}

#[test]
fn a_front_that_takes_the_token_out_is_named() {
    let directives = format!("{RIGHT}RequestHeader unset Authorization\n");
    let Some((said, _)) = said_of(GOOD, &directives, "localhost") else {
        return;
    };
    said.is("proxy-headers/authorization-lost", &["did not arrive"]);
}

#[test]
fn a_certificate_that_is_over_is_named() {
    let Some((said, _)) = said_of(OVER, RIGHT, "localhost") else {
        return;
    };
    said.is("tls/expired", &["2021"]);
}

/// The app behind a front at 127.0.0.1, and authentik at localhost: two sites.
fn cookies(directives: &str) -> Option<Diagnosis> {
    let (python, port) = (flask::python()?, port()?);
    let callback = format!("http://127.0.0.1:{port}/auth/callback");
    let world = World::allowing(&callback, "");
    let own = free_port();
    let setup = flask::but(flask::right(&world, own), "OIDC_REDIRECT_URI", callback);
    let _flask = flask::start(&python, own, setup);
    let folder = httpd::folder();
    let pass = format!("{directives}ProxyPass \"/\" \"http://127.0.0.1:{own}/\"\n");
    let mut command = httpd::command(&folder, port, &MODULES, &pass);
    let described = format!(
        "name = \"Shop\"\nclient_id = \"{CLIENT}\"\nurl = \"http://127.0.0.1:{port}/\"\n\
         start = \"/auth/login\"\n"
    );
    let front = Party::start(folder, port, &mut command, Some("error.log"), &described);
    Some(front.diagnosed(&world))
}

#[test]
fn an_app_behind_a_front_that_leaves_its_cookies_alone_is_left_alone() {
    let Some(said) = cookies("ProxyPreserveHost On\n") else {
        return;
    };
    said.is_healthy();
}

#[test]
fn a_front_that_makes_an_apps_cookies_strict_is_named() {
    let strict = "Header always edit Set-Cookie ^(.*)$ \"$1; SameSite=Strict\"\n\
                  Header edit Set-Cookie ^(.*)$ \"$1; SameSite=Strict\"\n";
    let Some(said) = cookies(strict) else { return };
    said.is("cookies/kept-back", &["session", "SameSite=Strict"]);
}

#[test]
fn a_front_that_gives_an_apps_cookies_another_domain_is_named() {
    let domain = "ProxyPassReverseCookieDomain \"127.0.0.1\" \"shop.example.com\"\n\
                  Header edit Set-Cookie ^(.*)$ \"$1; Domain=shop.example.com\"\n";
    let Some(said) = cookies(domain) else { return };
    said.is("cookies/thrown-away", &["session", "shop.example.com"]);
}
