//! akdoctor.toml, the token and where it may go, from real files in folders of their own.
// Helpers of tests may panic as tests do; clippy's own exception sees only the tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use akdoctor::stack::{LoadOptions, Loaded, Surroundings, TokenAccess, load, trust};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use url::Url;

/// A token that must never be seen in any text.
const SECRET: &str = "tOp5ecretTOKENtOp5ecretTOKEN";

/// A person's folders and variables.
struct Person {
    root: TempDir,
    variables: BTreeMap<String, String>,
}

impl Person {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        for folder in ["here", "home", "config/akdoctor"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        Self {
            root,
            variables: BTreeMap::new(),
        }
    }

    /// With this akdoctor.toml in the current folder.
    fn with_file(text: impl AsRef<[u8]>) -> Self {
        let person = Self::new();
        person.write("here/akdoctor.toml", text);
        person
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A token file that only its owner may read.
    fn write_token(&self, path: &str, text: &str) -> PathBuf {
        let path = self.write(path, text);
        set_mode(&path, 0o600);
        path
    }

    fn surroundings(&self) -> Surroundings {
        let variables = self.variables.clone();
        Surroundings {
            variable: Arc::new(move |name| variables.get(name).map(Into::into)),
            current_dir: self.path("here"),
            home: Some(self.path("home")),
            config_dir: Some(self.path("config")),
            state_dir: Some(self.path("state")),
        }
    }

    fn options(&self) -> LoadOptions {
        LoadOptions {
            surroundings: self.surroundings(),
            ..LoadOptions::default()
        }
    }

    fn load(&self) -> Loaded {
        load(&self.options()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The error, with this person's folders written as `$ROOT`.
    fn refusal(&self) -> String {
        self.refusal_of(&self.options())
    }

    fn refusal_of(&self, options: &LoadOptions) -> String {
        let error = load(options).expect_err("this must be refused");
        assert!(!format!("{error}{error:?}").contains(SECRET));
        self.masked(&error.to_string())
    }

    fn masked(&self, text: &str) -> String {
        text.replace(self.root.path().to_str().unwrap(), "$ROOT")
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The token that a loaded stack would send, and to where.
fn sent(loaded: Loaded) -> Option<(String, String)> {
    let token = loaded.token?.bind(None)?;
    Some((
        token.secret.expose_secret().to_owned(),
        token.origin.to_string(),
    ))
}

fn refused(text: impl AsRef<[u8]>, told: &str) {
    let text = text.as_ref();
    let shown = String::from_utf8_lossy(text);
    assert_eq!(Person::with_file(text).refusal(), told, "for:\n{shown}");
}

#[test]
fn the_reference_stack_says_what_it_should() {
    let mut options = Person::new().options();
    options.config =
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/webide-poc.toml"));
    let stack = load(&options).unwrap().stack;

    let authentik = &stack.authentik;
    assert_eq!(authentik.url.as_deref(), Some("http://localhost:9000"));
    assert_eq!(authentik.also, ["http://host.docker.internal:9000"]);
    let containers = &authentik.containers;
    assert_eq!(containers.server.as_deref(), Some("authentik-server"));
    assert_eq!(containers.worker.as_deref(), Some("authentik-worker"));
    assert_eq!(
        containers.postgresql.as_deref(),
        Some("authentik-postgresql")
    );
    assert_eq!(containers.redis, None);
    assert_eq!(stack.access.token, TokenAccess::None);

    let apps: Vec<_> = stack
        .apps
        .iter()
        .map(|app| {
            let [redirect_uri] = app.redirect_uris.as_slice() else {
                panic!("{} has one redirect URI", app.name);
            };
            assert_eq!(app.client_id.as_ref(), Some(&app.slug));
            assert_eq!(app.container.as_ref(), Some(&app.slug));
            let url = app.url.as_deref().unwrap();
            (
                app.name.as_str(),
                app.slug.as_str(),
                url,
                redirect_uri.as_str(),
            )
        })
        .collect();
    assert_eq!(
        apps,
        [
            (
                "Coder",
                "coder",
                "https://host.docker.internal:7443",
                "https://host.docker.internal:7443/api/v2/users/oidc/callback"
            ),
            (
                "Gitea",
                "gitea",
                "http://localhost:3000",
                "http://localhost:3000/user/oauth2/Authentik/callback"
            ),
            (
                "MinIO",
                "minio",
                "http://localhost:9001",
                "http://localhost:9001/oauth_callback"
            ),
            (
                "Platform Admin",
                "platform-admin",
                "http://localhost:5050",
                "http://localhost:5050/auth/callback"
            ),
            (
                "LiteLLM",
                "litellm",
                "http://localhost:4000",
                "http://localhost:4000/sso/callback"
            ),
        ]
    );

    let users: Vec<_> = stack
        .users
        .iter()
        .map(|user| (user.username.as_str(), user.groups.clone(), user.superuser))
        .collect();
    assert_eq!(
        users,
        [
            ("akadmin", vec![], true),
            ("appmanager", vec!["App Managers".to_owned()], false),
            ("contractor1", vec![], false),
            ("contractor2", vec![], false),
            ("contractor3", vec![], false),
            ("readonly", vec![], false),
        ]
    );
}

#[test]
fn the_example_of_the_documentation_is_a_file_that_loads() {
    let page = include_str!("../../docs/configuration.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let person = Person::new();
    person.write("here/akdoctor.toml", example);
    person.write_token("home/.config/akdoctor/token", SECRET);
    let loaded = person.load();
    assert_eq!(loaded.stack.apps.len(), 2);
    assert!(matches!(
        loaded.stack.access.token,
        TokenAccess::Withheld { .. }
    ));
}

#[test]
fn without_a_file_or_with_an_empty_one_discovery_serves() {
    let loaded = Person::new().load();
    assert_eq!(loaded.stack, Default::default());
    assert!(loaded.notes.is_empty());

    for empty in ["", "\n\n", "# later\r\n", "\u{feff}"] {
        let loaded = Person::with_file(empty).load();
        assert_eq!(
            loaded.notes,
            ["akdoctor.toml says nothing yet; going by discovery"]
        );
        assert_eq!(loaded.stack.config_path.as_deref(), Some("akdoctor.toml"));
        assert!(loaded.stack.apps.is_empty());
    }
}

#[test]
fn what_is_left_out_of_an_app_is_made_of_its_name() {
    let person =
        Person::with_file("[[app]]\nname = \"Platform Admin\"\n[[user]]\nusername = \"a b\"");
    let stack = person.load().stack;
    assert_eq!(stack.apps[0].slug, "platform-admin");
    // authentik makes client ids at random: one that nobody wrote is not known.
    assert_eq!(stack.apps[0].client_id, None);
    assert_eq!(stack.users[0].username, "a b");
}

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
            "akdoctor.toml:3:1: unknown key \"mail\" in [[user]]; known here: username, groups and superuser",
        ),
        (
            "\"\\u001b[31m\" = 1",
            "akdoctor.toml:1:1: unknown key \"\\u{1b}[31m\" in the file; known here: authentik, app and user",
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
    let first =
        "akdoctor.toml:1:1: unknown key \"x\" in the file; known here: authentik, app and user";
    refused("\u{feff}x = 1", first);
}

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
