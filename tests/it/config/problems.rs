//! What is wrong in a file is told where it stands.

use super::{Person, refused};

#[test]
fn unknown_keys_are_told_with_the_nearest_right_one() {
    for (text, told) in [
        (
            "[[app]]\nname = \"Gitea\"\n  redirect_uri = []\n",
            "akdoctor.toml:3:3: unknown key \"redirect_uri\" in [[app]]; did you mean \"redirect_uris\"?",
        ),
        (
            "[[apps]]\nname = \"Gitea\"",
            "akdoctor.toml:1:3: unknown key \"apps\" in the file; did you mean \"app\"?",
        ),
        (
            "[authentik]\nURL = \"http://localhost\"",
            "akdoctor.toml:2:1: unknown key \"URL\" in [authentik]; did you mean \"url\"?",
        ),
        (
            "[authentik.containers]\npostgres = \"db\"",
            "akdoctor.toml:2:1: unknown key \"postgres\" in [authentik.containers]; did you mean \"postgresql\"?",
        ),
        (
            "[[user]]\nusername = \"a\"\nmail = \"b\"",
            "akdoctor.toml:3:1: unknown key \"mail\" in [[user]]; known here: username, groups, superuser, type and apps",
        ),
        (
            "\"\\u001b[31m\" = 1",
            "akdoctor.toml:1:1: unknown key \"\\u{1b}[31m\" in the file; known here: authentik, app, user and profiles",
        ),
        (
            "[authentik]\napi_token = \"tOp5ecretTOKENtOp5ecretTOKEN\"",
            "akdoctor.toml:2:1: unknown key \"api_token\" in [authentik]; did you mean \"token\"?",
        ),
    ] {
        refused(text, told);
    }
}

#[test]
fn wrong_types_are_told_where_they_stand() {
    for (text, told) in [
        (
            "authentik = \"http://localhost\"",
            "akdoctor.toml:1:13: authentik must be the table [authentik], not text",
        ),
        (
            "[authentik]\nurl = 9000",
            "akdoctor.toml:2:7: url must be text in quotes, not a number",
        ),
        (
            "[authentik]\nurl = [\"http://localhost\"]",
            "akdoctor.toml:2:7: url must be text in quotes, not a list",
        ),
        (
            "[app]\nname = \"Gitea\"",
            "akdoctor.toml:1:1: app must be [[app]] sections, not a table; write [[app]], with two brackets, above each",
        ),
        (
            "app = [\"Gitea\"]",
            "akdoctor.toml:1:8: app must be [[app]] sections, not text",
        ),
        (
            "[[app]]\nname = \"Gitea\"\nredirect_uris = \"http://localhost\"",
            "akdoctor.toml:3:17: redirect_uris must be a list of texts in quotes, not text; write it in brackets: [\"…\"]",
        ),
        (
            "[[user]]\nusername = \"a\"\ngroups = [\n  \"b\",\n  1979-05-27,\n]",
            "akdoctor.toml:5:3: groups must be a list of texts in quotes, not a date or time",
        ),
        (
            "[[user]]\nusername = \"a\"\nsuperuser = \"yes\"",
            "akdoctor.toml:3:13: superuser must be true or false, not text; write it without quotes",
        ),
        (
            "[[user]]\nusername = true",
            "akdoctor.toml:2:12: username must be text in quotes, not true or false",
        ),
    ] {
        refused(text, told);
    }
}

#[test]
fn what_is_missing_empty_or_there_twice_is_told() {
    for (text, told) in [
        (
            "[[app]]\nurl = \"http://localhost\"",
            "akdoctor.toml:1:1: [[app]] has no name; add name = \"…\", as people call the app",
        ),
        (
            "[[user]]\ngroups = []",
            "akdoctor.toml:1:1: [[user]] has no username; add username = \"…\", as in authentik",
        ),
        (
            "[[app]]\nname = \"  \"",
            "akdoctor.toml:2:8: name is empty; fill it in or leave it out",
        ),
        (
            "[[user]]\nusername = \"a\\n\"",
            "akdoctor.toml:2:12: username begins or ends with white space; leave that out",
        ),
        (
            "[[app]]\nname = \"Gitea\"\n\n[[app]]\nname = \"Another\"\nslug = \"gitea\"",
            "akdoctor.toml:6:8: slug names what line 2 already names; leave one of the two out",
        ),
        (
            "[[user]]\nusername = \"a\"\n[[user]]\nusername = \"a\"",
            "akdoctor.toml:4:12: username names what line 2 already names; leave one of the two out",
        ),
        (
            "[[app]]\nname = \"A\"\nredirect_uris = [\n\"http://a/b\",\n\"http://a/b\"]",
            "akdoctor.toml:5:1: redirect_uris names what line 4 already names; leave one of the two out",
        ),
        (
            "[authentik]\nurl = \"http://a\"\nalso = [\"http://A/\"]",
            "akdoctor.toml:3:9: also names url once more; leave it out",
        ),
        (
            "[authentik]\nalso = [\"http://a\"]",
            "akdoctor.toml:2:9: also stands without url; name the first as url",
        ),
        (
            "[[app]]\nname = \"Café\"",
            "akdoctor.toml:2:8: name gives no slug; add slug = \"…\", as in the application's URL in authentik",
        ),
        (
            "[[app]]\nname = \"A\"\ncontainer = \"--help\"",
            "akdoctor.toml:3:13: container is not a container's name; write it as `docker ps` shows it under NAMES",
        ),
        (
            "[[app]]\nname = \"A\"\nsign_out = \"yes\"",
            "akdoctor.toml:3:12: sign_out is nothing that signing out does; write ends-session or keeps-session",
        ),
    ] {
        refused(text, told);
    }
}

#[test]
fn urls_without_scheme_or_host_or_with_a_password_are_refused_unseen() {
    for (text, told) in [
        (
            "[authentik]\nurl = \"localhost:9000\"",
            "akdoctor.toml:2:7: url has no scheme; begin it with http:// or https://",
        ),
        (
            "[authentik]\nurl = \"https://\"",
            "akdoctor.toml:2:7: url has no host; write it as in http://localhost:9000",
        ),
        (
            "[authentik]\nurl = \"http://akadmin:tOp5ecretTOKENtOp5ecretTOKEN@localhost\"",
            "akdoctor.toml:2:7: url holds a user name or a password; leave out everything before and including the @: akdoctor signs in with an API token only",
        ),
        (
            "[[app]]\nname = \"A\"\nredirect_uris = [\"/callback\"]",
            "akdoctor.toml:3:18: redirect_uris has no scheme; begin it with http:// or https://",
        ),
    ] {
        refused(text, told);
    }
    let person = Person::new();
    let mut options = person.options();
    options.url = Some("localhost:9000".into());
    assert_eq!(
        person.refusal_of(&options),
        "the URL given by --url or AUTHENTIK_URL has no scheme; begin it with http:// or https://"
    );
}

#[test]
fn everything_wrong_is_told_at_once_in_the_order_of_the_file() {
    refused(
        "[[user]]\nsuperuser = 1\n\n[[app]]\nname = 1\nurl = \"x\"\nslag = \"a\"\n[authentik]\nurl = \"\"\n",
        "akdoctor.toml:1:1: [[user]] has no username; add username = \"…\", as in authentik\n\
         akdoctor.toml:2:13: superuser must be true or false, not a number; write it without quotes\n\
         akdoctor.toml:5:8: name must be text in quotes, not a number\n\
         akdoctor.toml:6:7: url has no scheme; begin it with http:// or https://\n\
         akdoctor.toml:7:1: unknown key \"slag\" in [[app]]; did you mean \"slug\"?\n\
         akdoctor.toml:9:7: url is empty; fill it in or leave it out",
    );
}

#[test]
fn text_that_is_no_toml_is_told_without_being_quoted() {
    let told: Vec<String> = [
        "[authentik]\ntoken = tOp5ecretTOKENtOp5ecretTOKEN\nurl = \"http://a",
        "[authentik\nurl = 1",
        "a = 1\na = 2",
        "<html>\n<body>",
    ]
    .iter()
    .map(|text| Person::with_file(text).refusal())
    .collect();
    insta::assert_snapshot!(told.join("\n--\n"), @r#"
    akdoctor.toml:2:9: this is not TOML: invalid boolean, expected `true`; write text in quotes
    akdoctor.toml:3:16: this is not TOML: invalid basic string, expected `"`
    --
    akdoctor.toml:1:11: this is not TOML: unclosed table, expected `]`
    --
    akdoctor.toml:2:1: this is not TOML: duplicate key
    --
    akdoctor.toml:1:1: this is not TOML: invalid unquoted key, expected letters, numbers, `-`, `_`
    akdoctor.toml:2:7: this is not TOML: key with no value, expected `=`
    "#);
}

#[test]
fn lines_and_columns_hold_with_a_byte_order_mark_and_windows_line_ends() {
    let told = "akdoctor.toml:3:1: unknown key \"slg\" in [[app]]; did you mean \"slug\"?";
    for text in [
        "[[app]]\nname = \"A\"\nslg = \"a\"\n",
        "[[app]]\r\nname = \"A\"\r\nslg = \"a\"\r\n",
        "\u{feff}[[app]]\r\nname = \"A\"\r\nslg = \"a\"\r\n",
    ] {
        refused(text, told);
    }
    let first = "akdoctor.toml:1:1: unknown key \"x\" in the file; known here: authentik, app, user and profiles";
    refused("\u{feff}x = 1", first);
}
