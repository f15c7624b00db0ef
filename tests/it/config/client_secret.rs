//! Client secrets and issuers that akdoctor.toml names.

use super::{Person, SECRET, refused};
use akdoctor::stack::SecretPlace;
use secrecy::ExposeSecret as _;

fn app(line: &str) -> String {
    format!("[authentik]\nurl = \"http://localhost:9000\"\n[[app]]\nname = \"Wiki\"\n{line}\n")
}

#[test]
fn a_secret_in_clear_is_refused_and_never_shown() {
    const HOW: &str = "write client_secret = { env = \"NAME\" } or client_secret = { file = \"path\" }, and keep the secret there";
    for (value, told) in [
        (
            format!("\"{SECRET}\""),
            format!(
                "akdoctor.toml:5:17: client_secret stands here in clear, for everybody who can read this file; {HOW}"
            ),
        ),
        (
            "7".to_owned(),
            format!("akdoctor.toml:5:17: client_secret is neither a variable nor a file; {HOW}"),
        ),
        (
            "{}".to_owned(),
            format!("akdoctor.toml:5:17: client_secret names nothing; {HOW}"),
        ),
    ] {
        refused(app(&format!("client_secret = {value}")), &told);
    }
}

#[test]
fn a_secret_is_read_where_it_is_named_and_kept_out_of_the_stack() {
    let person = Person::with_file(app("client_secret = { env = \"WIKI\" }"));
    let unset = person.load();
    assert_eq!(unset.stack.apps[0].client_secret, None);
    assert_eq!(
        unset.notes,
        [
            "akdoctor.toml takes the client secret of Wiki from WIKI, which is not set; going on without it"
        ]
    );
    let given = person.set("WIKI", " a$b\"é ").load();
    assert_eq!(
        given.stack.apps[0].client_secret,
        Some(SecretPlace::Variable("WIKI".into()))
    );
    assert_eq!(given.secrets[0].0, "wiki");
    assert_eq!(given.secrets[0].1.expose_secret(), " a$b\"é ");
    let person = Person::with_file(app("client_secret = { file = \"s\" }"));
    person.write("here/s", format!("{SECRET} \n"));
    let loaded = person.load();
    assert_eq!(loaded.secrets[0].1.expose_secret(), format!("{SECRET} "));
    assert!(!format!("{loaded:?}").contains(SECRET));
    let missing = Person::with_file(app("client_secret = { file = \"none\" }"));
    assert!(
        missing.refusal().contains("cannot be read"),
        "{}",
        missing.refusal()
    );
}

#[test]
fn secrets_go_to_no_host_that_only_a_file_found_by_chance_names() {
    let far = "[authentik]\nurl = \"https://sso.example.org\"\n";
    let person = Person::with_file(far);
    let why = person.load().stack.access.secrets_withheld.unwrap();
    assert!(why.contains("https://sso.example.org"), "{why}");
    let mut options = person.options();
    options.trust_config = true;
    let trusted = akdoctor::stack::load(&options).unwrap();
    assert_eq!(trusted.stack.access.secrets_withheld, None);
    options.trust_config = false;
    options.url = Some("https://sso.example.org".into());
    let named = akdoctor::stack::load(&options).unwrap();
    assert_eq!(named.stack.access.secrets_withheld, None);
    let near = Person::with_file(app("")).load();
    assert_eq!(near.stack.access.secrets_withheld, None);
}

#[test]
fn an_issuer_is_a_url_byte_for_byte() {
    let person = Person::with_file(app(
        "issuer = \"HTTPS://sso.example.org/application/o/wiki\"",
    ));
    let issuer = person.load().stack.apps[0].issuer.clone();
    assert_eq!(
        issuer.as_deref(),
        Some("HTTPS://sso.example.org/application/o/wiki")
    );
    refused(
        app("issuer = \"sso.example.org\""),
        "akdoctor.toml:5:10: issuer has no scheme; begin it with http:// or https://",
    );
}
