//! A sign-in that is really made, in simulated worlds: how far it comes, what it says, and that
//! nothing of it is told or left.

use std::sync::Arc;

use akdoctor::{
    evidence::{Evidence, Limits, Unknown},
    facts::{self, Base},
    model::{End, SignIn, SignOut, Want},
    probe::{
        Tools,
        sign_in::{Aim, SignInAs, Totp, Way},
        start::{AskStart, Sending},
        tools::{Codes, Password},
    },
    render::{self, Style},
    simulate::{Asked, play_with},
};
use jiff::Timestamp;
use secrecy::SecretString;

const RIGHT: &str = "password123";

struct Made {
    told: Result<Arc<SignIn>, Unknown>,
    saved: String,
    requests: Vec<Asked>,
}

impl Made {
    fn told(&self) -> &SignIn {
        self.told.as_ref().unwrap()
    }

    /// The end for an app.
    fn end(&self, app: &str) -> &End {
        let mut walks = self.told().walks.iter();
        let walk = walks.find(|walk| walk.app.as_deref() == Some(app));
        &walk
            .unwrap_or_else(|| panic!("{app} of {:?}", self.told()))
            .end
    }

    fn stages(&self) -> Vec<&str> {
        let stages = self.told().walks.iter().flat_map(|walk| &walk.stages);
        stages.map(|stage| stage.component.as_str()).collect()
    }

    fn shown(&self) -> String {
        let style = Style {
            color: false,
            unicode: true,
            width: 80,
        };
        let mut out = Vec::new();
        render::sign_in(self.told(), &style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}

async fn made(overlay: &str, user: &str, password: &str, only: &[&str], complete: bool) -> Made {
    made_with(overlay, user, password, only, complete, |_| {}).await
}

async fn made_with(
    overlay: &str,
    user: &str,
    password: &str,
    only: &[&str],
    complete: bool,
    prepare: impl FnOnce(&Arc<Tools>),
) -> Made {
    let playing = play_with("healthy", overlay).await.unwrap();
    let tools = Arc::new(playing.tools);
    tools.give_password(Password {
        secret: SecretString::from(password),
        origin: "http://localhost:9000".parse().unwrap(),
    });
    prepare(&tools);
    let seen = Evidence::new(tools, Limits::default());
    let base = Base::configured("http://localhost:9000");
    let only: Vec<String> = only.iter().map(|app| (*app).to_owned()).collect();
    let ask = facts::sign_in(&playing.stack, &seen, &base, user, &only, complete).await;
    let told = match ask {
        Ok(ask) => seen.ask(ask).await,
        Err(why) => Err(why),
    };
    Made {
        told,
        saved: serde_json::to_string(&seen.record()).unwrap(),
        requests: playing.stage.requests(),
    }
}

#[tokio::test]
async fn somebody_comes_to_every_app_and_leaves_no_session() {
    let made = made("", "contractor1", RIGHT, &[], false).await;
    let ends: Vec<&End> = made.told().walks.iter().map(|walk| &walk.end).collect();
    assert_eq!(ends, [&End::Code; 5]);
    assert_eq!(
        made.stages(),
        ["ak-stage-identification", "ak-stage-password"]
    );
    assert_eq!(made.told().sign_out, SignOut::Done);
    assert_eq!(made.told().exit_code(), 0);
    // One sign-in for all, and no app is given a code.
    let to = |part: &str| {
        made.requests
            .iter()
            .filter(|asked| asked.target.contains(part))
            .count()
    };
    assert_eq!(
        to("default-authentication-flow/?query"),
        5,
        "{:?}",
        made.requests
    );
    assert_eq!(to("code="), 0);
    insta::assert_snapshot!(made.shown(), @r"
    CONTRACTOR1 CAN SIGN IN TO CODER, GITEA, MINIO, PLATFORM ADMIN AND LITELLM
    as contractor1 in authentik at http://localhost:9000

    ✓ Coder: authentik gave a code for its redirect URI
      ✓ identification (flow default-authentication-flow)
      ✓ password (flow default-authentication-flow)
    ✓ Gitea: authentik gave a code for its redirect URI
    ✓ MinIO: authentik gave a code for its redirect URI
    ✓ Platform Admin: authentik gave a code for its redirect URI
    ✓ LiteLLM: authentik gave a code for its redirect URI

    ✓ signed out: no session is left
    the codes were not handed over; --complete goes on into the apps
    ");
}

#[tokio::test]
async fn nothing_that_lives_briefly_is_kept() {
    for (password, complete) in [(RIGHT, false), ("nope", false), (RIGHT, true)] {
        let made = made("", "contractor1", password, &["gitea", "litellm"], complete).await;
        let (shown, saved) = (made.shown(), &made.saved);
        assert!(saved.contains("ak-stage-password"), "{shown}");
        assert_eq!(shown.contains("took the code"), complete, "{shown}");
        for part in [
            "code=",
            "authentik_session",
            "csrf",
            "code_challenge=",
            "\"nope\"",
            RIGHT,
        ] {
            assert!(!saved.contains(part), "{part} is saved");
            assert!(!shown.contains(part), "{part} in {shown}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_an_inactive_account_and_an_unknown_name_look_alike() {
    let inactive = "[person.contractor1]\nis_active = false";
    for (overlay, user, password) in [
        ("", "contractor1", "nope"),
        (inactive, "contractor1", RIGHT),
        ("", "nobody", RIGHT),
    ] {
        let made = made(overlay, user, password, &["gitea", "coder"], false).await;
        let says = vec!["Invalid password".into()];
        assert_eq!(*made.end("Coder"), End::Refused { says }, "{user}");
        // Every try counts against the person: there is no second one.
        assert!(matches!(made.end("Gitea"), End::NotTried { .. }), "{user}");
        assert_eq!(made.told().sign_out, SignOut::NoSession);
        assert_eq!(made.told().exit_code(), 1);
        let tries = |asked: &&Asked| asked.method == "POST" && asked.target.contains("executor");
        assert_eq!(made.requests.iter().filter(tries).count(), 2);
    }
}

#[tokio::test]
async fn what_stands_between_a_person_and_an_app_is_told() {
    let overlay = "gate = { gitea = \"consent\", minio = \"denied\" }\n\
        [provider.litellm]\nredirect_uris = []\n\
        [provider.coder]\nredirect_uris = [\"https://elsewhere.example/cb\"]";
    let made = made(overlay, "appmanager", RIGHT, &[], false).await;
    assert_eq!(*made.end("Gitea"), End::Code);
    assert!(made.stages().contains(&"ak-stage-consent"));
    let says = vec!["Request has been denied.".into()];
    assert_eq!(*made.end("MinIO"), End::NoAccess { says });
    let End::ErrorPage {
        status: 400,
        heading,
        ..
    } = made.end("Coder")
    else {
        panic!("{:?}", made.end("Coder"));
    };
    assert_eq!(heading.as_deref(), Some("Redirect URI Error"));
    // A request would store its redirect URI there.
    assert!(matches!(made.end("LiteLLM"), End::NotTried { .. }));
    let asks = |asked: &Asked| asked.target.contains("client_id=litellm");
    assert!(!made.requests.iter().any(asks));
    assert_eq!(made.told().sign_out, SignOut::Done);
    assert_eq!(made.told().exit_code(), 1);
}

#[tokio::test]
async fn a_second_factor_is_named() {
    let overlay = "[person.contractor1]\nsecond_factor = [\"webauthn\", \"totp\"]";
    let made = made(overlay, "contractor1", RIGHT, &["gitea"], false).await;
    let devices = vec!["totp".into(), "webauthn".into()];
    assert_eq!(
        *made.end("Gitea"),
        End::Wants(Want::SecondFactor { devices })
    );
    let shown = made.shown();
    assert!(shown.contains("✗ second factor"), "{shown}");
    assert!(shown.contains("totp or webauthn"), "{shown}");
}

const TWO_DEVICES: &str = "[person.contractor1]\nsecond_factor = [\"webauthn\", \"totp\"]";

#[tokio::test]
async fn a_code_of_a_second_factor_goes_on_and_is_tried_once() {
    let right = |_: &[String]| {
        let now = Timestamp::now().as_second().try_into().unwrap();
        Some(Totp::read("JBSWY3DPEHPK3PXP").unwrap().at(now))
    };
    let give = |tools: &Arc<Tools>| tools.give_codes(Codes::new(right));
    let made = made_with(TWO_DEVICES, "contractor1", RIGHT, &["gitea"], false, give).await;
    assert_eq!(*made.end("Gitea"), End::Code);
    let stage = "ak-stage-authenticator-validate";
    assert!(made.stages().contains(&stage), "{:?}", made.stages());
    assert_eq!(made.told().sign_out, SignOut::Done);

    let wrong = |_: &[String]| Some(SecretString::from("000000"));
    let give = |tools: &Arc<Tools>| tools.give_codes(Codes::new(wrong));
    let apps = ["gitea", "coder"];
    let made = made_with(TWO_DEVICES, "contractor1", RIGHT, &apps, false, give).await;
    let End::Refused { says } = made.end("Coder") else {
        panic!("{:?}", made.end("Coder"));
    };
    assert!(says[0].starts_with("Invalid Token."), "{says:?}");
    assert!(matches!(made.end("Gitea"), End::NotTried { .. }));
    let shown = made.shown();
    assert!(shown.contains("the clocks of authentik"), "{shown}");
    assert!(!made.saved.contains("000000") && !shown.contains("000000"));
    let posts = |asked: &&Asked| asked.method == "POST" && asked.target.contains("executor");
    assert_eq!(made.requests.iter().filter(posts).count(), 3);
}

#[tokio::test]
async fn a_sign_in_that_is_stopped_leaves_no_session() {
    let given = Arc::new(std::sync::Mutex::new(None::<Arc<Tools>>));
    let held = Arc::clone(&given);
    // The person presses Ctrl-C where the code is asked for, and never types one.
    let give = |tools: &Arc<Tools>| {
        *given.lock().unwrap() = Some(Arc::clone(tools));
        tools.give_codes(Codes::new(move |_| {
            let tools = held.lock().unwrap().take();
            tools.unwrap().stop();
            std::thread::sleep(std::time::Duration::from_secs(1));
            None
        }));
    };
    let apps = ["gitea", "coder"];
    let made = made_with(TWO_DEVICES, "contractor1", RIGHT, &apps, false, give).await;
    let why = "interrupted".to_owned();
    assert_eq!(*made.end("Coder"), End::Failed { why: why.clone() });
    assert_eq!(*made.end("Gitea"), End::NotTried { why });
    // It was stopped before authentik knew anybody; the session without anybody is left.
    assert_eq!(made.told().sign_out, SignOut::NoSession);
}

#[tokio::test]
async fn a_sign_in_that_is_stopped_half_way_signs_out() {
    let slow = "http = [{ path = \"/application/o/authorize/\", \
        query = { client_id = \"gitea\" }, delay_ms = 500, play = \"authorize\" }]";
    let playing = play_with("healthy", slow).await.unwrap();
    let tools = Arc::new(playing.tools);
    tools.give_password(Password {
        secret: SecretString::from(RIGHT),
        origin: "http://localhost:9000".parse().unwrap(),
    });
    let seen = Evidence::new(Arc::clone(&tools), Limits::default());
    let base = Base::configured("http://localhost:9000");
    let only = ["coder", "gitea", "minio"].map(str::to_owned);
    let ask = facts::sign_in(&playing.stack, &seen, &base, "contractor1", &only, false).await;
    let at_gitea = async {
        let asks = |asked: &Asked| asked.target.contains("/authorize/?client_id=gitea");
        while !playing.stage.requests().iter().any(asks) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        tools.stop();
    };
    let (told, ()) = tokio::join!(seen.ask(ask.unwrap()), at_gitea);
    let told = told.unwrap();
    let ends: Vec<&End> = told.walks.iter().map(|walk| &walk.end).collect();
    let why = "interrupted".to_owned();
    // The answer that was out is still read.
    assert_eq!(ends, [&End::Code, &End::Code, &End::NotTried { why }]);
    assert_eq!(told.sign_out, SignOut::Done);
}

#[tokio::test]
async fn an_app_that_begins_with_a_post_is_gone_on_to() {
    let leads = "http://localhost:9000/application/o/authorize/?client_id=gitea&response_type=code\
        &redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fuser%2Foauth2%2FAuthentik%2Fcallback&state=x";
    let start = format!(
        "http = [{{ listener = \"gitea\", path = \"/api/oauth/authorize\", methods = [\"POST\"], \
         status = 201, body = '{{\"url\":\"{leads}\"}}' }}]"
    );
    let playing = play_with("healthy", &start).await.unwrap();
    let tools = Arc::new(playing.tools);
    tools.give_password(Password {
        secret: SecretString::from(RIGHT),
        origin: "http://localhost:9000".parse().unwrap(),
    });
    let seen = Evidence::new(tools, Limits::default());
    let way = Way::Complete {
        start: AskStart {
            url: "http://localhost:3000/api/oauth/authorize".into(),
            pointer: Some("/url".into()),
            marks: Vec::new(),
        },
        send: Some(Sending::Json {
            body: "{\"redirectUri\":\"http://localhost:3000/auth/login\"}".into(),
        }),
        client_id: "gitea".into(),
    };
    let app = "Gitea".to_owned();
    let ask = SignInAs {
        base: "http://localhost:9000".into(),
        user: "contractor1".into(),
        aims: vec![Aim { app, way }],
    };
    let told = seen.ask(ask).await.unwrap();
    let to = Some("http://localhost:3000/".to_owned());
    assert_eq!(told.walks[0].end, End::Taken { status: 303, to });
    assert_eq!(told.sign_out, SignOut::Done);
}

#[tokio::test]
async fn an_app_that_does_not_sign_in_is_told_from_one_that_does() {
    let made_right = made("", "contractor1", RIGHT, &[], true).await;
    for app in ["Coder", "Gitea", "Platform Admin", "LiteLLM"] {
        let end = made_right.end(app);
        assert!(matches!(end, End::Taken { .. }), "{app}: {end:?}");
    }
    // A page of one script, which posts the code itself (apps.md 4).
    assert_eq!(*made_right.end("MinIO"), End::Unjudged { status: 200 });
    assert_eq!(made_right.told().exit_code(), 3);

    let callback = |listener: &str, path: &str, answer: &str| {
        format!("http = [{{ listener = \"{listener}\", path = \"{path}\", {answer} }}]")
    };
    let gitea = "/user/oauth2/Authentik/callback";
    let to = |to: &str| format!("status = 303, headers = {{ location = \"{to}\" }}");
    for (answer, wanted) in [
        (
            to("/user/login"),
            "the browser ended at http://localhost:3000/user/login",
        ),
        (
            to("/?error=email+taken"),
            "did not take the code: it answered 303: email taken",
        ),
        (
            to("/user/oauth2/Authentik"),
            "the browser ended at http://host.docker.internal:9000/",
        ),
        (
            to("http://localhost:9000/if/user/"),
            "ended at http://localhost:9000/if/user/",
        ),
        (
            "status = 200, body = \"<form><input type='password'></form>\"".into(),
            "the browser ended at http://localhost:3000/user/oauth2/",
        ),
        (
            "status = 200, body = \"{\\\"error\\\": \\\"no such user\\\"}\"".into(),
            "answered 200: no such user",
        ),
        (
            "status = 500, body = \"oops\"".into(),
            "it answered 500: oops",
        ),
        (to("/user/oauth2/Authentik/callback"), "round and round"),
    ] {
        let overlay = callback("gitea", gitea, &answer);
        let made = made(&overlay, "contractor1", RIGHT, &["gitea"], true).await;
        assert_eq!(made.told().exit_code(), 1, "{answer}: {:?}", made.told());
        let shown: Vec<&str> = made.shown().leak().split_whitespace().collect();
        let shown = shown.join(" ");
        assert!(shown.contains(wanted), "{answer}: {shown}");
    }
}

#[tokio::test]
async fn broken_flows_and_sessions_that_stay_are_told() {
    let empty = "[flow.default-authentication-flow]\nstages = []";
    let made_empty = made(empty, "contractor1", RIGHT, &["gitea", "coder"], false).await;
    let flow = "default-authentication-flow".to_owned();
    assert_eq!(*made_empty.end("Coder"), End::EmptyFlow { flow });
    assert!(matches!(made_empty.end("Gitea"), End::NotTried { .. }));

    let denied = "[flow.default-authentication-flow]\nauthentication = \"require_authenticated\"";
    let made_denied = made(denied, "contractor1", RIGHT, &["gitea"], false).await;
    let says = Some("Flow does not apply to current user.".into());
    assert_eq!(*made_denied.end("Gitea"), End::Denied { says });

    let stays = "http = [{ path = \"/flows/-/default/invalidation/\", \
        recorded = \"082-api-root-404.txt\" }]";
    let made_stays = made(stays, "contractor1", RIGHT, &["gitea"], false).await;
    assert_eq!(*made_stays.end("Gitea"), End::Code);
    let SignOut::Left { why } = &made_stays.told().sign_out else {
        panic!("{:?}", made_stays.told());
    };
    assert!(why.contains("status 404"), "{why}");
    assert_eq!(made_stays.told().exit_code(), 3);
}

#[tokio::test]
async fn an_answer_that_is_none_ends_it() {
    let executor = "/api/v3/flows/executor/default-authentication-flow/";
    for odd in [
        "status = 200, body = \"authentik starting\"",
        "status = 200, headers = { content-type = \"application/json\" }, body = \"[1]\"",
        "status = 200, body = \"{\\\"component\\\": 7}\"",
        "status = 302, headers = { location = \"javascript:alert(1)\" }",
        "status = 302, headers = { location = \"http://elsewhere.example/\" }",
        "status = 302, headers = { location = \"/api/v3/flows/executor/default-authentication-flow/\" }",
        "status = 200, body = \"{\\\"component\\\": \\\"xak-flow-redirect\\\", \\\"to\\\": \\\"//x y\\\"}\"",
        "status = 500, body = \"\"",
        "fault = \"reset\"",
    ] {
        let overlay = format!("http = [{{ path = \"{executor}\", {odd} }}]");
        let made = made(&overlay, "contractor1", RIGHT, &["gitea"], false).await;
        assert!(!made.end("Gitea").is_reached(), "{odd}: {:?}", made.told());
        let posts = |asked: &Asked| asked.method == "POST" && asked.target.contains("executor");
        assert!(!made.requests.iter().any(posts), "{odd}");
    }
}

#[tokio::test]
async fn an_app_that_nobody_knows_is_refused_before_anything_is_sent() {
    let made = made("", "contractor1", RIGHT, &["gitae"], false).await;
    let why = made.told.unwrap_err().to_string();
    assert!(why.contains("gitae") && why.contains("Gitea"), "{why}");
    let asks = |asked: &Asked| asked.target.contains("/flows/");
    assert!(!made.requests.iter().any(asks));
}
