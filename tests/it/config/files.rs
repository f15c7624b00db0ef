//! Which file is in force, and files that cannot be read.

use super::{Person, refused, set_mode};
use akdoctor::stack::load;
use std::fs;

#[test]
fn files_that_cannot_be_read_are_told() {
    refused(
        b"[authentik]\nurl = \"h\xfft\"",
        "akdoctor.toml:2:9: the text is not UTF-8; save the file as UTF-8",
    );
    refused(
        vec![b'#'; 1024 * 1024 + 1],
        "akdoctor.toml: the file is over 1 MiB; this is hardly an akdoctor.toml; name the right file with --config",
    );
    let person = Person::new();
    fs::create_dir(person.path("here/akdoctor.toml")).unwrap();
    assert_eq!(
        person.refusal(),
        "akdoctor.toml: this is a folder, not a file; name the akdoctor.toml in it"
    );
    let person = Person::new();
    let looping = person.path("here/akdoctor.toml");
    std::os::unix::fs::symlink(&looping, &looping).unwrap();
    let told = person.refusal();
    assert!(
        told.starts_with("akdoctor.toml: reading the configuration failed: "),
        "{told}"
    );
}

#[test]
fn a_file_without_read_permission_is_told() {
    let person = Person::with_file("");
    set_mode(&person.path("here/akdoctor.toml"), 0o000);
    if fs::read(person.path("here/akdoctor.toml")).is_ok() {
        // Root reads everything; the looping link above goes the same way.
        return;
    }
    let told = person.refusal();
    assert!(told.contains("Permission denied"), "{told}");
    assert!(told.ends_with("make the file readable for you, or name another with --config"));
}

#[test]
fn the_first_file_in_the_order_is_in_force() {
    let at = |host: &str| format!("[authentik]\nurl = \"http://{host}.example\"");
    let person = Person::new().set("AKDOCTOR_CONFIG", "../by-variable.toml");
    person.write("by-flag.toml", at("flag"));
    person.write("by-variable.toml", at("variable"));
    person.write("here/akdoctor.toml", at("here"));
    person.write("config/akdoctor/akdoctor.toml", at("own"));
    let url = |person: &Person, config: Option<&str>, url: Option<&str>| {
        let mut options = person.options();
        options.config = config.map(|config| person.path(config));
        options.url = url.map(Into::into);
        load(&options).unwrap().stack.authentik.url.unwrap()
    };
    assert_eq!(
        url(&person, Some("by-flag.toml"), None),
        "http://flag.example"
    );
    assert_eq!(
        url(&person, Some("by-flag.toml"), Some("http://word.example/")),
        "http://word.example"
    );
    assert_eq!(url(&person, None, None), "http://variable.example");
    let person = person.set("AKDOCTOR_CONFIG", "");
    assert_eq!(url(&person, None, None), "http://here.example");
    fs::remove_file(person.path("here/akdoctor.toml")).unwrap();
    assert_eq!(url(&person, None, None), "http://own.example");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let person = Person::with_file("").set("AKDOCTOR_CONFIG", "no\u{1b}where.toml");
    assert_eq!(
        person.refusal(),
        "no\\u{1b}where.toml: there is no such file; mend the path in AKDOCTOR_CONFIG, or leave it out to go by discovery"
    );
    let mut options = person.options();
    options.config = Some("gone.toml".into());
    assert_eq!(
        person.refusal_of(&options),
        "gone.toml: there is no such file; mend the path in --config, or leave it out to go by discovery"
    );
}
