//! `akdoctor why` through the built program: who can sign in, what keeps them out, what was not
//! seen.

use std::{env, fs, path::Path, sync::Arc, time::Duration};

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    model::{Can, Why},
    render,
    simulate::play_with,
};
use serde_json::Value;

use crate::program::{akdoctor, out};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/why.schema.json");
/// From a laptop: the API alone.
const API: &str = "engine = false\n";
/// The most requests that one person costs, however large the directory.
const MOST: usize = 12;

fn why(scenario: &str, user: &str, options: &[&str]) -> std::process::Output {
    let mut args = vec!["why", "--simulate", scenario, "--color", "never"];
    args.extend(options);
    args.extend(["--", user]);
    akdoctor(&args).output().unwrap()
}

fn value(scenario: &str, user: &str) -> Value {
    let output = why(scenario, user, &["-o", "json"]);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{scenario} {user}: {error}: {output:?}"))
}

fn codes(why: &Value) -> Vec<&str> {
    let findings = why["findings"].as_array().unwrap().iter();
    findings.map(|it| it["code"].as_str().unwrap()).collect()
}

/// What is told of somebody in a world with an overlay, and how many requests came to authentik.
async fn ask(scenario: &str, overlay: &str, user: &str) -> (Why, usize) {
    ask_app(scenario, overlay, user, None).await
}

async fn ask_app(scenario: &str, overlay: &str, user: &str, app: Option<&str>) -> (Why, usize) {
    let playing = play_with(scenario, overlay).await.unwrap();
    let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
    let options = Options {
        select: Vec::new(),
        deadline: Duration::from_secs(60),
        simulated: None,
    };
    let told = engine::why(&playing.stack, &seen, &options, user, app).await;
    let asked = playing.stage.requests();
    let to_authentik = asked.iter().filter(|asked| asked.listener == "authentik");
    (told.unwrap(), to_authentik.count())
}

fn found(why: &Why) -> Vec<&str> {
    why.findings.iter().map(|it| it.code.as_str()).collect()
}

fn schema_text() -> String {
    let mut out = Vec::new();
    render::json(&render::why_schema(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_schema_in_the_docs_is_this_programs() {
    if env::var_os("AKDOCTOR_BLESS").is_some() {
        fs::create_dir_all(Path::new(SCHEMA).parent().unwrap()).unwrap();
        fs::write(SCHEMA, schema_text()).unwrap();
    }
    let kept = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(
        kept == schema_text(),
        "docs/schema/why.schema.json has drifted; AKDOCTOR_BLESS=1 writes it anew"
    );
}

/// Scenario, whom, exit code, codes in the order to mend them.
const TOLD: &[(&str, &str, i32, &[&str])] = &[
    ("healthy", "akadmin", 0, &[]),
    ("inactive-user", "contractor3", 1, &["users/inactive"]),
    ("no-password", "readonly", 1, &["users/no-password"]),
    ("missing-user", "contractor2", 1, &["why/unknown-user"]),
    (
        "user-in-other-letters",
        "contractor2",
        1,
        &["why/unknown-user"],
    ),
    ("mfa-required", "contractor1", 1, &["why/no-second-factor"]),
    ("mfa-required", "appmanager", 0, &[]),
    ("mfa-required", "readonly", 1, &["why/passkey-elsewhere"]),
    ("limited-token", "akadmin", 3, &[]),
];

#[test]
fn what_keeps_somebody_out_is_told_with_its_mend() {
    let schema = jsonschema::validator_for(&render::why_schema()).unwrap();
    for (scenario, user, exit, expected) in TOLD {
        let told = value(scenario, user);
        assert_eq!(codes(&told), *expected, "{scenario} {user}");
        let human = why(scenario, user, &[]);
        assert_eq!(human.status.code(), Some(*exit), "{}", out(&human));
        let faults: Vec<String> = schema.iter_errors(&told).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{scenario}: {faults:#?}");
        for finding in told["findings"].as_array().unwrap() {
            let fixes = finding["fixes"].as_array().unwrap();
            assert!(!fixes.is_empty(), "{scenario} {user}: {finding}");
        }
        assert!(!told["tell"].as_str().unwrap().is_empty());
    }
}

#[test]
fn somebody_is_found_by_name_number_and_address() {
    let by_name = value("healthy", "contractor1");
    let pk = by_name["account"]["pk"].to_string();
    let email = by_name["account"]["email"].as_str().unwrap();
    for asked in [&*pk, email] {
        let told = value("healthy", asked);
        assert_eq!(told["account"], by_name["account"], "{asked}");
    }
}

#[test]
fn the_screen_says_who_why_what_mends_it_and_what_to_tell() {
    let output = why("inactive-user", "contractor3", &[]);
    let text = out(&output);
    for wanted in [
        "contractor3 CANNOT SIGN IN",
        "users/inactive",
        "Mend: Activate contractor3",
        "Tell them:",
        "switched off",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limited_token_never_yields_a_wrong_yes() {
    for user in ["akadmin", "contractor1", "readonly", "nobody-at-all"] {
        let (told, _) = ask("limited-token", "", user).await;
        assert_eq!(told.signs_in, Can::Unknown, "{user}: {told:?}");
        assert!(!told.unseen.is_empty(), "{user}");
    }
    // By the API alone nobody tells whether there is a password.
    let (told, _) = ask("no-password", API, "readonly").await;
    assert_eq!(told.signs_in, Can::Unknown, "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_asking_finds_the_same() {
    for (scenario, user, codes) in [
        ("inactive-user", "contractor3", &["users/inactive"][..]),
        ("missing-user", "contractor2", &["why/unknown-user"]),
        ("mfa-required", "contractor1", &["why/no-second-factor"]),
        ("mfa-required", "appmanager", &[]),
    ] {
        for way in ["", API] {
            let (told, asked) = ask(scenario, way, user).await;
            assert_eq!(found(&told), codes, "{scenario} {user} {way}");
            assert!(asked <= MOST, "{scenario} {user} {way}: {asked}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_cost_no_more_requests() {
    let overlay = "[person.person100007]\nis_active = false\n";
    let (_, few) = ask("healthy", API, "contractor1").await;
    let crowd = format!("{API}crowd = 100000\n{overlay}");
    for user in ["person099999", "contractor1", "person100007", "personx"] {
        let (told, many) = ask("healthy", &crowd, user).await;
        assert!(many <= few + 1 && many <= MOST, "{user}: {many}, {few}");
        assert_eq!(told.account.is_some(), user != "personx", "{told:?}");
    }
}

/// Two thousand groups (the recorded ones among them) nested five deep and five hundred apps, each bound to the top of a chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_groups_and_apps_cost_no_more_requests() {
    use std::fmt::Write as _;

    let mut overlay = format!("{API}crowd = 100000\n");
    for chain in 0..399 {
        for depth in 0..5 {
            let _ = writeln!(overlay, "[group.g{chain:03}d{depth}]");
            if depth > 0 {
                let _ = writeln!(overlay, "parent = \"g{chain:03}d{}\"", depth - 1);
            }
        }
    }
    for app in 0..495 {
        let _ = write!(
            overlay,
            "[provider.app{app:03}]\nname = \"P {app}\"\nredirect_uris = [\"http://a/{app}\"]\n\
             application = [\"app{app:03}\", \"App {app:03}\"]\n\
             [access.app{app:03}]\nbindings = [{{ group = \"g{:03}d0\" }}]\n",
            app % 399
        );
    }
    overlay += "[person.contractor1]\ngroups = [\"g007d4\"]\n";
    let (told, asked) = ask("healthy", &overlay, "contractor1").await;
    assert!(asked <= MOST, "{asked}: {:?}", told.unseen);
    assert_eq!(told.apps.len(), 500, "{:?}", told.unseen);
    let open = told.apps.iter().filter(|app| app.can == Can::Yes);
    let open: Vec<&str> = open.map(|app| app.slug.as_str()).collect();
    for slug in ["app007", "app406", "gitea"] {
        assert!(open.contains(&slug), "{slug}: {open:?}");
    }
    assert_eq!(open.len(), 7, "{open:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reputation_and_expiry_keep_out_where_policies_say_so() {
    let person = "[person.contractor1]\nscore = -7\npassword_days = 91\n";
    let (told, _) = ask("healthy", person, "contractor1").await;
    assert_eq!(found(&told), [""; 0], "no policy judges by it");
    let limit = format!("[reputation]\nname = \"low\"\nthreshold = -5\n{person}");
    let (told, _) = ask("healthy", &limit, "contractor1").await;
    assert_eq!(found(&told), ["why/reputation"]);
    assert_eq!(told.signs_in, Can::No);
    // To what it is bound the API does not tell.
    let (told, _) = ask("healthy", &format!("{API}{limit}"), "contractor1").await;
    assert_eq!(found(&told), ["why/reputation"]);
    assert_eq!(told.signs_in, Can::Unknown);
    for (days, codes) in [(90, &["why/password-expired"][..]), (92, &[])] {
        let expiry = format!("[expiry]\nname = \"quarterly\"\ndays = {days}\n{person}");
        let (told, _) = ask("healthy", &expiry, "contractor1").await;
        assert_eq!(found(&told), codes, "{days}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told_from_an_account_that_is_off() {
    let failed = "[person.contractor1]\nfailed_logins = 3\n";
    let (told, _) = ask("healthy", failed, "contractor1").await;
    assert_eq!(found(&told), ["why/wrong-password"]);
    assert_eq!(told.signs_in, Can::Yes, "with the right one");
    assert_eq!(told.history.unwrap().failures, 3);
    let off = "[person.contractor1]\nfailed_logins = 3\nis_active = false\n";
    let (told, _) = ask("healthy", off, "contractor1").await;
    assert_eq!(found(&told), ["users/inactive"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_address_is_nobodys() {
    let overlay = "[person.contractor1]\nemail = \"one@x.example\"\n\
        [person.contractor2]\nemail = \"One@x.example\"\n";
    for way in ["", API] {
        let overlay = format!("{way}{overlay}");
        let (told, _) = ask("healthy", &overlay, "one@x.example").await;
        assert_eq!(found(&told), ["why/several"], "{way}");
        assert_eq!(told.account, None);
    }
}

const BOUND: &str = "[access.gitea]\nbindings = [{ group = \"App Managers\" }]\n\
    [access.minio]\nbindings = [{ group = \"App Managers\" }]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_opened_by_a_group_which_opens_others_too() {
    for way in ["", API] {
        let overlay = format!("{way}{BOUND}");
        let (told, asked) = ask_app("healthy", &overlay, "contractor1", Some("Gitea")).await;
        assert_eq!(found(&told), ["why/no-access"], "{way}: {told:#?}");
        assert_eq!(told.can(), Can::No);
        assert!(asked <= MOST, "{way}: {asked}");
        let app = &told.apps[0];
        assert_eq!((told.apps.len(), &*app.slug), (1, "gitea"));
        assert_eq!(app.ways[0].does, "add them to the group App Managers");
        assert_eq!(app.ways[0].also_opens, ["MinIO"], "{way}");
        let fix = &told.findings[0].fixes[0];
        assert_eq!(fix.note.as_deref(), Some("also opens MinIO"), "{way}");
        // Somebody in a group below it gets in; of the other apps nothing keeps anybody out.
        let nested = format!(
            "{overlay}[group.\"Gitea Managers\"]\nparent = \"App Managers\"\n\
             [person.contractor1]\ngroups = [\"Gitea Managers\"]\n"
        );
        let (told, _) = ask("healthy", &nested, "contractor1").await;
        assert_eq!(found(&told), [""; 0], "{way}");
        assert!(told.apps.len() >= 5, "{way}");
        assert!(
            told.apps.iter().all(|app| app.can == Can::Yes),
            "{way}: {told:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_run_for_one_app_and_never_believed_of_an_inactive_account() {
    let (told, _) = ask_app("policy-raises", "", "contractor1", Some("minio")).await;
    assert_eq!(
        (told.can(), told.signs_in),
        (Can::No, Can::Yes),
        "{told:#?}"
    );
    assert!(
        told.notes
            .iter()
            .any(|note| note.contains("run the policies"))
    );
    let off = "[person.contractor1]\nis_active = false\n";
    let (told, _) = ask_app("policy-raises", off, "contractor1", Some("minio")).await;
    assert_eq!(found(&told), ["users/inactive"]);
    assert_eq!(told.apps[0].can, Can::Unknown);
    // Without an app none is run.
    let (told, _) = ask("policy-raises", "", "contractor1").await;
    assert!(told.notes.is_empty(), "{:?}", told.notes);
    assert!(told.apps.iter().any(|app| app.can == Can::Unknown));
}

/// From elsewhere, with the token that `akdoctor token` makes.
const READER: &str = "token = \"reader\"\nengine = false\n";
/// Its user may not open Gitea.
const CLOSED: &str = "[access.gitea]\nbindings = [{ group = \"App Managers\" }]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_may_only_read_tells_of_apps_that_its_user_may_not_open() {
    let overlay = format!("{READER}{CLOSED}");
    for (user, can) in [("contractor1", Can::No), ("appmanager", Can::Yes)] {
        let (told, asked) = ask_app("healthy", &overlay, user, Some("Gitea")).await;
        assert_eq!(told.apps.len(), 1, "{told:#?}");
        assert_eq!(told.apps[0].can, can, "{user}: {told:#?}");
        assert!(asked <= MOST + 3, "{asked}");
    }
    let (told, _) = ask("healthy", &overlay, "contractor1").await;
    assert!(told.apps.len() >= 5, "{told:#?}");
    assert!(told.unseen.iter().all(|it| !it.of_app), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authentik_is_asked_about_somebody_by_a_token_that_may_only_read() {
    let overlay = format!(
        "{READER}[access.minio]\n\
         bindings = [{{ policy = \"business hours\" }}, {{ group = \"App Managers\" }}]\n"
    );
    let (told, _) = ask_app("healthy", &overlay, "contractor1", Some("minio")).await;
    assert_eq!(told.apps[0].can, Can::No, "{told:#?}");
    assert!(
        told.notes
            .iter()
            .any(|note| note.contains("run the policies"))
    );
    let off = format!("{overlay}[person.contractor1]\nis_active = false\n");
    let (told, _) = ask_app("healthy", &off, "contractor1", Some("minio")).await;
    assert_eq!(told.apps[0].can, Can::Unknown, "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_limited_token_does_not_see_is_never_a_yes() {
    // Bindings that are not shown would look as if there were none.
    let hidden = "http = [{ path = \"/api/v3/policies/bindings/\", caller = [\"reader\"], \
        list = \"154-reputation.json\" }]\n";
    let overlay = format!("{READER}{hidden}{CLOSED}");
    let (told, _) = ask_app("healthy", &overlay, "contractor1", Some("gitea")).await;
    assert_eq!(told.can(), Can::Unknown, "{told:#?}");
    // Nor is an application that is not shown one that is not there.
    let hidden = "http = [{ path = \"/api/v3/core/applications/gitea/\", caller = [\"reader\"], \
        recorded = \"062-limited-token-users.txt\" }]\n";
    let overlay = format!("{READER}{hidden}{CLOSED}");
    for app in ["gitea", "another"] {
        let (told, _) = ask_app("healthy", &overlay, "appmanager", Some(app)).await;
        assert_eq!(told.can(), Can::Unknown, "{told:#?}");
        assert!(told.unseen.iter().any(|it| it.of_app), "{told:#?}");
    }
    let (told, _) = ask("healthy", &overlay, "appmanager").await;
    assert!(told.unseen.iter().any(|it| it.of_app), "{told:#?}");
}

#[test]
fn an_app_that_is_not_there_is_a_wrong_word() {
    let mut args = vec!["why", "--simulate", "healthy", "contractor1", "gitae"];
    let output = akdoctor(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("gitea"),
        "{output:?}"
    );
    args[3] = "";
    assert_eq!(akdoctor(&args).output().unwrap().status.code(), Some(2));
}

/// Names as authentik takes them (verified.md 1c).
const HOSTILE: &[&str] = &[
    "O'Brien \"x\" $HOME \\ é",
    "`id` $(id) ; rm -rf /",
    "two\nlines\tand a tab",
    "right\u{202e}left \u{1b}[31mred",
    "{{ pk }} %s && || <<EOF {}",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_name_is_harmless_on_the_screen_and_in_every_mend() {
    let style = render::Style {
        color: false,
        unicode: true,
        width: 80,
    };
    for name in HOSTILE {
        let key = serde_json::to_string(name).unwrap();
        let key = key.replace("\\u001b", "\\u001B");
        let overlay = format!(
            "[stage.default-authentication-mfa-validation]\nnot_configured_action = \"deny\"\n\
             [reputation]\nname = {key}\nthreshold = 0\n\
             [person.{key}]\nis_active = false\nno_password = true\nscore = -1\n"
        );
        for overlay in [&*overlay, ""] {
            let (told, _) = ask("healthy", overlay, name).await;
            let expected: &[&str] = match overlay {
                "" => &["why/unknown-user"],
                _ => &[
                    "users/inactive",
                    "users/no-password",
                    "why/no-second-factor",
                    "why/reputation",
                ],
            };
            assert_eq!(found(&told), expected, "{name:?}");
            assert!(told.tell.contains(name), "{}", told.tell);
            let mut screen = Vec::new();
            render::why(&told, &style, render::Detail::Verbose, &mut screen).unwrap();
            let screen = String::from_utf8(screen).unwrap();
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!screen.chars().any(steers), "{screen:?}");
            for fix in told.findings.iter().flat_map(|it| &it.fixes) {
                let lines = fix.shell.iter().chain(&fix.undo);
                for line in lines {
                    assert!(
                        !line.chars().any(|c| c.is_control() && c != '\n'),
                        "{line:?}"
                    );
                }
            }
        }
    }
}
