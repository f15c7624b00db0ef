//! What a right file says, and what it leaves to discovery.

use super::{Person, SECRET};
use akdoctor::stack::{SignOut, TokenAccess, load};
use std::path::Path;

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
    let page = include_str!("../../../docs/configuration.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let person = Person::new();
    person.write("here/akdoctor.toml", example);
    person.write_token("home/.config/akdoctor/token", SECRET);
    let loaded = person.load();
    assert_eq!(loaded.stack.apps.len(), 3);
    assert_eq!(loaded.stack.users[1].apps, ["gitea"]);
    assert!(matches!(
        loaded.stack.access.token,
        TokenAccess::Withheld { .. }
    ));
}

#[test]
fn what_signing_out_of_an_app_does_is_said_or_left_open() {
    for (line, wanted) in [
        ("sign_out = \"ends-session\"", Some(SignOut::EndsSession)),
        ("sign_out = \"keeps-session\"", Some(SignOut::KeepsSession)),
        ("", None),
    ] {
        let person = Person::with_file(format!("[[app]]\nname = \"Gitea\"\n{line}"));
        assert_eq!(person.load().stack.apps[0].sign_out, wanted, "{line}");
    }
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
