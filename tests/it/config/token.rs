//! Where the API token comes from.

use super::{Person, SECRET, refused, sent, set_mode};
use akdoctor::stack::{Loaded, TokenAccess};
use std::fs;
use std::path::Path;

#[test]
fn a_token_in_clear_is_refused_and_never_shown() {
    const HOW: &str =
        "write token = { env = \"NAME\" } or token = { file = \"path\" }, and keep the token there";
    for (token, told) in [
        (
            format!("\"{SECRET}\""),
            format!("akdoctor.toml:2:9: token stands here in clear, for everybody who can read this file; {HOW}"),
        ),
        (
            format!("[\"{SECRET}\"]"),
            format!("akdoctor.toml:2:9: token is neither a variable nor a file; {HOW}"),
        ),
        (
            "{}".to_owned(),
            format!("akdoctor.toml:2:9: token names nothing; {HOW}"),
        ),
        (
            "{ env = \"A\", file = \"b\" }".to_owned(),
            "akdoctor.toml:2:9: token names both a variable and a file; leave one of them out".to_owned(),
        ),
        (
            format!("{{ env = \"{SECRET}-\" }}"),
            "akdoctor.toml:2:17: env is not the name of a variable; give the name of the variable that holds the token, not the token".to_owned(),
        ),
    ] {
        refused(format!("[authentik]\ntoken = {token}"), &told);
    }
    // A token may look like a variable's name.
    let person = Person::with_file(format!("[authentik]\ntoken.env = \"{SECRET}\""));
    assert_eq!(
        person.load().notes,
        [
            "akdoctor.toml takes the API token from the variable of token.env, which is not set; going on without a token"
        ]
    );
}

#[test]
fn the_first_token_in_the_order_is_taken() {
    let person = Person::with_file(
        "[authentik]\nurl = \"http://localhost:9000\"\ntoken = { env = \"MY_TOKEN\" }",
    );
    let given = |loaded: Loaded| {
        let from = loaded.stack.access.token.clone();
        (from, sent(loaded).map(|(secret, _)| secret))
    };
    let expected = |name: &str, secret: &str| {
        let from = TokenAccess::Given { from: name.into() };
        (from, Some(secret.to_owned()))
    };
    let unset = person.load();
    assert_eq!(
        unset.notes,
        [
            "akdoctor.toml takes the API token from MY_TOKEN, which is not set; going on without a token"
        ]
    );
    assert_eq!(given(unset), (TokenAccess::None, None));
    let person = person.set("MY_TOKEN", "named");
    assert_eq!(given(person.load()), expected("MY_TOKEN", "named"));
    let person = person.set("AUTHENTIK_TOKEN", "second");
    assert_eq!(given(person.load()), expected("AUTHENTIK_TOKEN", "second"));
    let person = person.set("AKDOCTOR_TOKEN", " first\n");
    assert_eq!(given(person.load()), expected("AKDOCTOR_TOKEN", "first"));
}

#[test]
fn variables_that_hold_no_token_are_told_and_not_shown() {
    const SET: &str = "set it to the token alone, or unset AKDOCTOR_TOKEN";
    const ODD: &str = "holds characters that no token has (white space, controls, non-ASCII)";
    for (value, why) in [
        ("", "is empty"),
        (" \r\n", "is empty"),
        ("tOp5ecretTOKENtOp5ecretTOKEN x", ODD),
        ("tOp5ecretTOKENtOp5ecretTOKEN\nx", ODD),
        ("tOp5ecretTOKENtOp5ecretTOKEN\u{0}", ODD),
        ("tOp5ecretTOKENtOp5ecretTOKENé", ODD),
        (
            "Bearer tOp5ecretTOKENtOp5ecretTOKEN",
            "begins with \"Bearer\", which is not part of the token",
        ),
    ] {
        let person = Person::new().set("AKDOCTOR_TOKEN", value);
        assert_eq!(person.refusal(), format!("AKDOCTOR_TOKEN {why}; {SET}"));
    }
}

#[test]
fn a_token_file_lies_beside_the_configuration_or_at_home() {
    let text = |path: &Path| {
        format!(
            "[authentik]\nurl = \"http://localhost:9000\"\ntoken = {{ file = \"{}\" }}",
            path.display()
        )
    };
    for (named, kept) in [
        ("tokens/mine", "config/akdoctor/tokens/mine"),
        ("~/token", "home/token"),
    ] {
        let person = Person::new();
        person.write("config/akdoctor/akdoctor.toml", text(Path::new(named)));
        let path = person.write_token(kept, &format!("{SECRET}\r\n"));
        let loaded = person.load();
        assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
        let from = format!("file {}", path.display());
        assert_eq!(loaded.stack.access.token, TokenAccess::Given { from });
        let to = "http://localhost:9000/".to_owned();
        assert_eq!(sent(loaded), Some((SECRET.to_owned(), to)));
    }
}

#[test]
fn a_token_file_that_is_no_good_is_told() {
    let text = "[authentik]\ntoken = { file = \"it's mine\" }";
    let person = Person::with_file(text);
    let told = |why: &str, hint: &str| {
        format!("akdoctor.toml:2:9: the token file $ROOT/here/it's mine {why}; {hint}")
    };
    let absent = "put the token there, or leave token out to go on without one";
    let alone = "write the token into it, and nothing else";
    assert_eq!(person.refusal(), told("does not exist", absent));
    let odd = "holds characters that no token has (white space, controls, non-ASCII)";
    for (content, why, hint) in [
        ("\n".as_bytes(), "is empty", alone),
        (b"tOp5ecretTOKENtOp5ecretTOKEN\nuser=x\n", odd, alone),
        (b"tOp5ecretTOKENtOp5ecretTOKEN\xff", odd, absent),
        (&[b'a'; 70_000], odd, absent),
    ] {
        person.write_token("here/it's mine", "");
        fs::write(person.path("here/it's mine"), content).unwrap();
        assert_eq!(person.refusal(), told(why, hint));
    }
    fs::remove_file(person.path("here/it's mine")).unwrap();
    fs::create_dir(person.path("here/it's mine")).unwrap();
    assert_eq!(person.refusal(), told("is a folder", absent));
}

#[test]
fn a_token_file_that_others_can_read_is_noted_with_the_command_that_mends_it() {
    let person = Person::with_file("[authentik]\ntoken = { file = \"it's mine\" }");
    let path = person.write_token("here/it's mine", SECRET);
    assert!(person.load().notes.is_empty());
    for mode in [0o640, 0o604, 0o666, 0o620] {
        set_mode(&path, mode);
        let notes = person.load().notes;
        assert_eq!(
            notes
                .iter()
                .map(|note| person.masked(note))
                .collect::<Vec<_>>(),
            [
                "others than you can use the token file $ROOT/here/it's mine; \
              mend it with: chmod 600 \"$ROOT/here/it's mine\""
            ]
        );
    }
    let command = person.load().notes.remove(0);
    let (_, command) = command.split_once("mend it with: ").unwrap();
    let done = std::process::Command::new("sh")
        .args(["-c", command])
        .status();
    assert!(done.unwrap().success());
    assert!(person.load().notes.is_empty());
}
