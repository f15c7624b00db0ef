//! Profiles of the person's own: read strictly, with file, line and column, and standing before
//! those of akdoctor.

use std::fs;

use super::Person;

const HEAD: &str = "profiles = [\"own\"]\n[authentik]\nurl = \"http://localhost:9000\"\n";
const SHOP: &str = "[[profile]]\nid = 'shop'\ntitle = 'Shop'\nsilent = 'it says nothing'\n";

/// What is said of this file in the folder that akdoctor.toml names.
fn refused(text: &str) -> String {
    let person = Person::with_file(HEAD);
    person.write("here/own/shop.toml", text);
    let told = person.refusal();
    let place = told.strip_prefix("$ROOT/here/own/shop.toml:");
    place.unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[test]
fn a_fault_is_told_with_file_line_and_column() {
    for (more, told) in [
        ("imagess = []", "5:1: unknown field `imagess`"),
        ("images = 7", "5:10: invalid type"),
        (
            "client_id_like = '('",
            "5:18: not a pattern: unclosed group",
        ),
        (
            "[[profile.text]]\nissuer = 'x'",
            "6:10: a pattern here has one group, ( and ), around the value",
        ),
        (
            "[[profile.redirect_uri]]\nbase = 'A'",
            "5:1: a redirect_uri has either whole, or base, path and join",
        ),
        (
            "[[profile.start]]\nby = 'redirect'",
            "5:1: a start has a path that begins with /",
        ),
    ] {
        let said = refused(&format!("{SHOP}{more}\n"));
        assert!(said.starts_with(told), "{said}");
    }
    let said = refused("[[profile]]\nid = 'shop'\n");
    assert!(said.starts_with("1:1: missing field"), "{said}");
    let said = refused("id = 'shop'\n");
    assert!(said.starts_with("1:1: unknown field `id`"), "{said}");
    let said = refused(&format!("{SHOP}{SHOP}"));
    assert!(
        said.starts_with("5:1: \"shop\" is also the id of line 1"),
        "{said}"
    );
    let said = refused(&SHOP.replace("'shop'", "'generic'"));
    assert!(
        said.starts_with("1:1: \"generic\" is the profile of"),
        "{said}"
    );
    let said = refused("[[profile\n");
    assert!(said.starts_with("1:"), "{said}");
}

#[test]
fn files_that_are_not_there_are_told_where_they_are_named() {
    let person = Person::with_file(HEAD);
    let told = person.refusal();
    assert!(
        told.starts_with("akdoctor.toml:1:13: profiles cannot be read: "),
        "{told}"
    );
    fs::create_dir(person.path("here/own")).unwrap();
    let told = person.refusal();
    assert!(told.contains("holds no .toml file"), "{told}");
    person.write("here/own/a.toml", b"\xff");
    assert!(person.refusal().contains("UTF-8"), "{}", person.refusal());
    person.write("here/own/a.toml", SHOP);
    person.write("here/own/b.toml", SHOP);
    let told = person.refusal();
    assert!(
        told.contains("b.toml:1:1: \"shop\" is also the id of a profile in"),
        "{told}"
    );
}

#[test]
fn they_stand_before_akdoctors_and_replace_those_of_the_same_id() {
    let person = Person::with_file(HEAD);
    person.write("here/own/shop.toml", SHOP);
    person.write("here/own/coder.toml", SHOP.replace("'shop'", "'coder'"));
    person.write("here/own/notes.txt", "no profile");
    let all = person.load().stack.profiles().unwrap();
    let ids: Vec<&str> = all.iter().map(|profile| profile.id.as_str()).collect();
    assert_eq!(ids[..2], ["coder", "shop"]);
    assert_eq!(ids.iter().filter(|id| **id == "coder").count(), 1);
    assert_eq!(ids.last(), Some(&"generic"));
}

#[test]
fn an_apps_profile_must_be_there() {
    let app = |id: &str| format!("{HEAD}[[app]]\nname = \"Wiki\"\nprofile = \"{id}\"\n");
    let person = Person::with_file(app("shopp"));
    person.write("here/own/shop.toml", SHOP);
    let told = "akdoctor.toml:6:11: there is no profile \"shopp\"; did you mean \"shop\"?";
    assert_eq!(person.refusal(), told);
    person.write("here/akdoctor.toml", app("outline"));
    assert_eq!(
        person.load().stack.apps[0].profile.as_deref(),
        Some("outline")
    );
}
