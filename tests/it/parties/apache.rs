//! Apache with mod_auth_openidc (Debian's packages apache2-bin and libapache2-mod-auth-openidc).

use std::fs;

use super::{
    http::{get, parameter},
    httpd,
    party::Party,
    program::free_port,
    world::{CLIENT, Diagnosis, ODD_SECRET, SECRET, World},
};

const MODULES: [&str; 7] = [
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "dir",
    "mime",
    "auth_openidc",
];

/// How it is set up.
struct Setup {
    client_id: String,
    secret: String,
    metadata: String,
    /// More directives.
    more: String,
}

/// The port that it will have, if it is installed.
fn port() -> Option<u16> {
    httpd::port(&MODULES, "apache2-bin and libapache2-mod-auth-openidc")
}

fn redirect_uri(port: u16) -> String {
    format!("http://localhost:{port}/protected/callback")
}

/// Set up as this authentik has it.
fn right(world: &World) -> Setup {
    Setup {
        client_id: CLIENT.into(),
        secret: SECRET.into(),
        metadata: world.discovery(CLIENT),
        more: String::new(),
    }
}

fn start(port: u16, setup: &Setup) -> Party {
    let folder = httpd::folder();
    let at = folder.path();
    fs::create_dir_all(at.join("htdocs/protected")).unwrap();
    fs::write(at.join("htdocs/index.html"), "open to all\n").unwrap();
    fs::write(at.join("htdocs/protected/index.html"), "signed in\n").unwrap();
    let directives = directives(&at.display().to_string(), port, setup);
    let mut command = httpd::command(&folder, port, &MODULES, &directives);
    let described = format!(
        "name = \"Apache\"\nclient_id = \"{CLIENT}\"\n\
         url = \"http://localhost:{port}/protected/\"\nprofile = \"mod-auth-openidc\"\n"
    );
    Party::start(folder, port, &mut command, Some("error.log"), &described)
}

fn directives(at: &str, port: u16, setup: &Setup) -> String {
    let Setup {
        client_id,
        secret,
        metadata,
        more,
    } = setup;
    let redirect_uri = redirect_uri(port);
    let metadata = match metadata.as_str() {
        "" => String::new(),
        url => format!("OIDCProviderMetadataURL \"{url}\""),
    };
    format!(
        r#"LogLevel warn auth_openidc:debug
TypesConfig /dev/null
DocumentRoot "{at}/htdocs"
DirectoryIndex index.html
{metadata}
OIDCClientID "{client_id}"
OIDCClientSecret "{secret}"
OIDCRedirectURI "{redirect_uri}"
OIDCCryptoPassphrase "a passphrase of the tests"
OIDCScope "openid email profile"
{more}
<Location "/protected">
  AuthType openid-connect
  Require valid-user
</Location>
<Directory "{at}/htdocs">
  Require all granted
</Directory>
"#
    )
}

#[test]
fn it_starts_a_sign_in_as_authentik_wants_it() {
    let Some(port) = port() else { return };
    let world = World::allowing(&redirect_uri(port), "");
    let apache = start(port, &right(&world));
    assert_eq!(get(&apache.at("/"), "").body, "open to all\n");
    let start = get(&apache.at("/protected/"), "");
    assert_eq!(start.status, 302, "{}", apache.log());
    let leads = start.location();
    assert!(
        leads
            .as_str()
            .starts_with(world.at("/application/o/authorize/").as_str()),
        "{leads}"
    );
    assert_eq!(parameter(&leads, "client_id"), CLIENT);
    assert_eq!(parameter(&leads, "redirect_uri"), redirect_uri(port));
    // authentik takes it: the way on is its login page.
    let taken = get(&leads, "");
    let on = taken.header("location");
    assert!(
        on.starts_with("/flows/-/default/authentication/"),
        "{taken:?}"
    );
}

#[test]
fn its_code_is_refused_and_its_secret_is_not() {
    let Some(port) = port() else { return };
    for (secret, told) in [(SECRET, "invalid_grant"), ("another", "invalid_client")] {
        let world = World::allowing(&redirect_uri(port), "");
        let setup = Setup {
            secret: secret.into(),
            ..right(&world)
        };
        let apache = start(port, &setup);
        let start = get(&apache.at("/protected/"), "");
        let state = parameter(&start.location(), "state");
        let mut back = apache.at("/protected/callback");
        back.query_pairs_mut()
            .append_pair("code", "bogus")
            .append_pair("state", &state);
        let answer = get(&back, &start.cookies());
        assert!(apache.log().contains(told), "{answer:?}\n{}", apache.log());
    }
}

#[test]
fn healthy_it_is_left_alone() {
    let Some(port) = port() else { return };
    let world = World::allowing(&redirect_uri(port), "");
    let apache = start(port, &right(&world));
    apache.diagnosed(&world).is_healthy();
}

/// What is said of an Apache that is set up otherwise, with these further lines in akdoctor.toml.
fn said_of(otherwise: impl Fn(&World, u16) -> Setup, lines: &str) -> Option<Diagnosis> {
    let port = port()?;
    let world = World::allowing(&redirect_uri(port), "");
    let apache = start(port, &otherwise(&world, port));
    Some(apache.diagnosed_with(&world, lines))
}

#[test]
fn a_client_id_that_nobody_has_is_named() {
    let otherwise = |world: &World, _| Setup {
        client_id: "stranger".into(),
        ..right(world)
    };
    let Some(said) = said_of(otherwise, "") else {
        return;
    };
    said.is("redirect-uri/client-id", &["stranger", CLIENT]);
}

#[test]
fn a_redirect_uri_that_is_not_allowed_is_named() {
    let Some(port) = port() else { return };
    let allowed = format!("http://localhost:{port}/protected/callback/");
    let world = World::allowing(&allowed, "");
    let apache = start(port, &right(&world));
    let said = apache.diagnosed(&world);
    said.is("redirect-uri/not-allowed", &[&redirect_uri(port), &allowed]);
}

#[test]
fn a_wrong_slug_is_named_where_akdoctor_knows_the_issuer() {
    let otherwise = |world: &World, _| Setup {
        metadata: world.discovery("nobody"),
        ..right(world)
    };
    let lines = "issuer = \"AUTHENTIK/application/o/nobody/\"\n";
    let Some(said) = said_of(otherwise, lines) else {
        return;
    };
    said.is(
        "oidc-discovery/not-found",
        &["/application/o/nobody/", "app-start/cannot-reach"],
    );
}

#[test]
fn metadata_out_of_reach_is_named() {
    let otherwise = |world: &World, _| Setup {
        metadata: format!(
            "http://localhost:{}/x/.well-known/openid-configuration",
            free_port()
        ),
        ..right(world)
    };
    let Some(said) = said_of(otherwise, "") else {
        return;
    };
    said.is("app-start/cannot-reach", &["OIDCProviderMetadataURL"]);
}

#[test]
fn a_name_that_no_browser_knows_is_named() {
    // Endpoints that it is given one by one must be https.
    let otherwise = |world: &World, _| {
        Setup {
        metadata: String::new(),
        more: "OIDCProviderIssuer https://authentik-server/application/o/party/\n\
               OIDCProviderAuthorizationEndpoint https://authentik-server/application/o/authorize/\n\
               OIDCProviderTokenEndpoint https://authentik-server/application/o/token/\n\
               OIDCProviderJwksUri https://authentik-server/application/o/party/jwks/\n"
            .into(),
        ..right(world)
    }
    };
    let Some(said) = said_of(otherwise, "") else {
        return;
    };
    said.is("app-start/unresolvable-host", &["authentik-server"]);
}

#[test]
fn an_apache_that_does_not_run_is_named() {
    let Some(port) = port() else { return };
    let world = World::allowing(&redirect_uri(port), "");
    let apache = start(port, &right(&world));
    let described = apache.described();
    drop(apache);
    world
        .diagnosed(&described)
        .is("app-start/refused", &["Apache"]);
}

#[test]
fn a_key_that_a_profile_of_ones_own_insists_on_is_named() {
    let Some(port) = port() else { return };
    let world = World::allowing(&redirect_uri(port), "signing = \"none\"\n");
    world.write(
        "own.toml",
        "[[profile]]\nid = 'strict-apache'\ntitle = 'Apache'\nneeds_rs256 = true\n\
         silent = 'it says nothing'\n[[profile.start]]\nby = 'redirect'\npath = '/'\n",
    );
    let apache = start(port, &right(&world));
    let described = apache
        .described()
        .replace("mod-auth-openidc", "strict-apache");
    let said = world.diagnosed_with("profiles = [\"own.toml\"]\n", &described);
    said.is("signing-key/missing", &["Party OIDC"]);
}

#[test]
fn a_secret_that_is_not_authentiks_is_named_and_the_right_one_is_not() {
    for (secret, right_one) in [("another-secret-4711", false), (SECRET, true)] {
        let Some(port) = port() else { return };
        let world = World::allowing(&redirect_uri(port), "");
        let setup = Setup {
            secret: secret.into(),
            ..right(&world)
        };
        world.write("client-secret", secret);
        let apache = start(port, &setup);
        let said = apache.diagnosed_with(&world, "client_secret = { file = \"client-secret\" }\n");
        match right_one {
            true => said.is_healthy(),
            false => said.is("client-secret/wrong", &["Apache"]),
        }
        assert!(!said.text().contains(secret), "{}", said.text());
    }
}

/// It encodes its secret before it goes into HTTP Basic, and authentik takes it as it stands.
#[test]
fn a_secret_that_it_encodes_is_named() {
    let Some(port) = port() else { return };
    let world = World::with_secret(ODD_SECRET, &redirect_uri(port), "");
    let setup = Setup {
        secret: ODD_SECRET.into(),
        ..right(&world)
    };
    world.write("client-secret", ODD_SECRET);
    let apache = start(port, &setup);
    let said = apache.diagnosed_with(&world, "client_secret = { file = \"client-secret\" }\n");
    said.is("client-secret/written-otherwise", &["Apache", "encoded"]);
    assert!(!said.text().contains(ODD_SECRET), "{}", said.text());
}
