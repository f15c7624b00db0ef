//! Client secrets with every odd character, by the real HTTP client against an authentik on loopback
//! that reads them as authentik does: a form is decoded, Basic is split at its first colon and taken
//! as it stands (knowledge B.4, recorded 007 to 013).

use std::sync::Arc;

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    model::Report,
    probe::client_secret::{AskClientSecret, Held, SecretSeen, Sends, Slip, Taken},
    simulate::{Playing, play, play_with},
};
use secrecy::SecretString;

const ODD: &[&str] = &[
    "plain-secret",
    "a b:c%&=+?'\"$x",
    "100%",
    "%41%zz",
    "a+b c",
    "größe 🦀 é",
    "\\n`id`;#|<>",
    "line\nbreak",
    " x",
    ":",
    "ends with =",
    "\u{1}\u{7f}\ttab",
];

/// The healthy world where authentik has this secret for Coder, and another was given for the app.
async fn ask(own: &str, given: &str, sends: Sends, control: bool) -> (SecretSeen, Playing) {
    let overlay = format!(
        "[provider.coder]\nclient_secret = {}",
        toml::Value::from(own)
    );
    let mut playing = play_with("healthy", &overlay).await.unwrap();
    let tools = std::mem::replace(&mut playing.tools, play("healthy").await.unwrap().tools);
    tools.give_client_secrets(vec![("coder".into(), SecretString::from(given))]);
    let seen = Evidence::new(Arc::new(tools), Limits::default());
    let question = AskClientSecret {
        base: "http://localhost:9000".into(),
        client_id: "coder".into(),
        held: Held::Given {
            app: "coder".into(),
        },
        sends,
        control,
    };
    let answer = seen.ask(question).await.unwrap();
    let saved = serde_json::to_string(&seen.record()).unwrap();
    if given.len() > 6 {
        assert!(!saved.contains(given), "{saved}");
    }
    ((*answer).clone(), playing)
}

fn seen(taken: Taken, but_for: Option<Slip>, compared: bool) -> SecretSeen {
    SecretSeen {
        taken,
        but_for,
        compared,
    }
}

#[tokio::test]
async fn every_odd_character_arrives_in_the_form_and_by_basic() {
    for secret in ODD {
        for sends in [Sends::Body, Sends::Basic] {
            let (answer, playing) = ask(secret, secret, sends, true).await;
            assert_eq!(
                answer,
                seen(Taken::Yes, None, false),
                "{secret:?} {sends:?}"
            );
            let asked = playing.requests();
            assert!(
                asked
                    .iter()
                    .all(|asked| asked.target == "/application/o/token/")
            );
            assert_eq!(asked.len(), 2, "one, and one to see that a secret counts");
            assert!(
                asked
                    .iter()
                    .all(|asked| asked.form.iter().all(|(name, _)| name != "code"))
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_is_wrong_and_a_slip_is_named() {
    for (own, given, but_for, compared) in [
        ("right", "wrong", None, true),
        ("right", "right\n", Some(Slip::LineBreak), false),
        ("right", " right\t", Some(Slip::WhiteSpace), false),
        ("right", "\"right\"", Some(Slip::Quotes), false),
        ("ri$ght", "ri$$ght", Some(Slip::DoubleDollar), false),
        ("right$money-1", "right-1", Some(Slip::Eaten), true),
        ("größe", "grosse", None, true),
    ] {
        let (answer, _) = ask(own, given, Sends::Body, false).await;
        assert_eq!(
            answer,
            seen(Taken::No, but_for, compared),
            "{own:?} {given:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_that_is_encoded_for_basic_is_another_to_authentik() {
    let (answer, _) = ask("a+b%", "a+b%", Sends::EncodedBasic, false).await;
    assert_eq!(answer, seen(Taken::No, Some(Slip::Encoded), false));
    let (answer, _) = ask("plain", "plain", Sends::EncodedBasic, false).await;
    assert_eq!(answer, seen(Taken::Yes, None, false));
}

async fn report(overlay: &str, withheld: Option<&str>) -> (Report, Playing) {
    let mut playing = play_with("healthy", overlay).await.unwrap();
    playing.stack.access.secrets_withheld = withheld.map(Into::into);
    let tools = std::mem::replace(&mut playing.tools, play("healthy").await.unwrap().tools);
    let seen = Evidence::new(Arc::new(tools), Limits::default());
    let options = Options {
        select: vec!["client-secret".into()],
        deadline: std::time::Duration::from_secs(20),
        simulated: None,
    };
    let report = engine::run(&playing.stack, &seen, &options).await.unwrap();
    (report, playing)
}

fn posts(playing: &Playing) -> Vec<String> {
    let posts = playing.requests().into_iter();
    let posts = posts.filter(|asked| asked.method == "POST" && asked.listener != "engine");
    posts
        .map(|asked| format!("{} {}", asked.listener, asked.target))
        .collect()
}

#[tokio::test]
async fn a_secret_follows_no_redirect_and_is_not_sent_without_consent() {
    let overlay = "[[http]]\npath = \"/application/o/token/\"\nmethods = [\"POST\"]\nstatus = 307\n\
                   body = \"\"\nheaders = { location = \"http://localhost:3000/steal\" }\n";
    let (told, playing) = report(overlay, None).await;
    assert!(told.findings.is_empty(), "{:#?}", told.findings);
    let posts_made = posts(&playing);
    assert_eq!(posts_made.len(), 4, "{posts_made:?}");
    assert!(
        posts_made
            .iter()
            .all(|post| post == "authentik /application/o/token/")
    );
    let (told, playing) = report("", Some("nobody agreed")).await;
    assert!(told.findings.is_empty());
    assert_eq!(posts(&playing), Vec::<String>::new());
}
