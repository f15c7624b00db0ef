//! Where the API token may go, and who was asked.

use super::{Person, SECRET, sent};
use akdoctor::stack::{LoadOptions, TokenAccess, load, trust};
use std::fs;
use std::path::Path;
use url::Url;

#[test]
fn a_file_found_by_chance_sends_no_token_elsewhere_until_the_person_agrees() {
    let text = "[authentik]\nurl = \"https://sso.example.org/auth\"";
    let person = Person::with_file(text).set("AKDOCTOR_TOKEN", SECRET);
    let mut loaded = person.load();
    assert!(loaded.token.is_none());
    assert_eq!(
        loaded.stack.access.token,
        TokenAccess::Withheld {
            why: "akdoctor.toml in the current folder names https://sso.example.org, and you have \
                  not agreed to send a token there; if that is right, add --url \
                  https://sso.example.org or --trust-config"
                .into()
        }
    );
    assert_eq!(
        loaded.ask.as_ref().unwrap().to_string(),
        "akdoctor.toml in this folder wants the API token of AKDOCTOR_TOKEN sent to \
         https://sso.example.org, which you have not agreed to before; send it?"
    );
    assert!(!format!("{loaded:?}").contains(SECRET));

    loaded.trust();
    assert_eq!(loaded.ask, None);
    let from = "AKDOCTOR_TOKEN".to_owned();
    assert_eq!(loaded.stack.access.token, TokenAccess::Given { from });
    assert_eq!(
        sent(loaded),
        Some((SECRET.into(), "https://sso.example.org/auth".into()))
    );

    let again = person.load();
    assert_eq!(again.ask, None, "asked once, remembered");
    assert!(again.token.is_some());

    person.write("here/akdoctor.toml", text.replace("sso", "evil"));
    let elsewhere = person.load();
    assert!(elsewhere.token.is_none() && elsewhere.ask.is_some());
}

#[test]
fn a_token_named_by_a_file_found_by_chance_is_withheld_as_well() {
    let url = "[authentik]\nurl = \"https://sso.example.org\"\n";
    let person = Person::with_file(format!("{url}token = {{ file = \"t\" }}"));
    person.write_token("here/t", SECRET);
    assert!(person.load().ask.is_some());
    let person =
        Person::with_file(format!("{url}token = {{ env = \"OTHER\" }}")).set("OTHER", SECRET);
    assert!(person.load().ask.is_some());
    assert!(person.load().token.is_none());
}

#[test]
fn who_names_the_host_or_the_file_is_not_asked() {
    let text = "[authentik]\nurl = \"https://sso.example.org\"";
    let person = Person::with_file(text).set("AKDOCTOR_TOKEN", SECRET);
    let goes_to = |change: &dyn Fn(&mut LoadOptions)| {
        let mut options = person.options();
        change(&mut options);
        sent(load(&options).unwrap()).map(|(_, origin)| origin)
    };
    let there = Some("https://sso.example.org/".to_owned());
    assert_eq!(goes_to(&|_| ()), None);
    assert_eq!(goes_to(&|options| options.trust_config = true), there);
    let named = |options: &mut LoadOptions| options.url = Some("https://sso.example.org".into());
    assert_eq!(goes_to(&named), there);
    let other = |options: &mut LoadOptions| options.url = Some("https://other.example".into());
    assert_eq!(goes_to(&other).as_deref(), Some("https://other.example/"));
    let config = |options: &mut LoadOptions| options.config = Some("akdoctor.toml".into());
    assert_eq!(goes_to(&config), there);
    assert!(!person.path("state").exists(), "only a yes is remembered");

    let own = Person::new().set("AKDOCTOR_TOKEN", SECRET);
    own.write("config/akdoctor/akdoctor.toml", text);
    assert_eq!(sent(own.load()).map(|(_, origin)| origin), there);
    let near = text.replace("https://sso.example.org", "http://127.0.0.1:9000");
    let near = Person::with_file(near).set("AKDOCTOR_TOKEN", SECRET);
    assert!(sent(near.load()).is_some());
}

#[test]
fn a_token_without_a_url_waits_for_discovery() {
    let person = Person::new().set("AKDOCTOR_TOKEN", SECRET);
    let token = person.load().token.unwrap();
    assert_eq!((token.origin(), token.from()), (None, "AKDOCTOR_TOKEN"));
    assert!(token.bind(None).is_none());
    let found = Url::parse("http://localhost:9000").unwrap();
    let token = person
        .load()
        .token
        .unwrap()
        .bind(Some(found.clone()))
        .unwrap();
    assert_eq!(token.origin, found);

    let mut options = person.options();
    options.url = Some("https://sso.example.org".into());
    let token = load(&options)
        .unwrap()
        .token
        .unwrap()
        .bind(Some(found))
        .unwrap();
    assert_eq!(
        token.origin.as_str(),
        "https://sso.example.org/",
        "the configured URL stands above what discovery found"
    );
}

#[test]
fn the_list_of_trusted_origins_is_private_and_whole() {
    use std::os::unix::fs::PermissionsExt as _;
    let person = Person::new();
    let around = person.surroundings();
    for url in [
        "https://a.example/path",
        "http://b.example:8080",
        "https://a.example:443",
    ] {
        trust::remember(&around, &Url::parse(url).unwrap()).unwrap();
    }
    let list = person.path("state/akdoctor/trusted-origins");
    assert_eq!(
        fs::read_to_string(&list).unwrap(),
        "https://a.example\nhttp://b.example:8080\n"
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&list), 0o600);
    assert_eq!(mode(list.parent().unwrap()), 0o700);
    let names = fs::read_dir(list.parent().unwrap()).unwrap().count();
    assert_eq!(names, 1, "nothing is left beside the list");
}

#[test]
fn an_answer_that_cannot_be_kept_still_counts_for_this_run() {
    let text = "[authentik]\nurl = \"https://sso.example.org\"";
    let person = Person::with_file(text).set("AKDOCTOR_TOKEN", SECRET);
    person.write("state", "not a folder");
    let mut loaded = person.load();
    loaded.trust();
    assert!(loaded.token.is_some());
    let [note] = loaded.notes.as_slice() else {
        panic!("one note, not {:?}", loaded.notes);
    };
    assert!(note.starts_with("your answer could not be kept, so you will be asked again: "));
}
