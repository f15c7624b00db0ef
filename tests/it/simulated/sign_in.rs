//! The flow executor and the sessions, against what was recorded of a sign-in, step by step.

use super::{Got, LOCAL, get, request, same, send};
use akdoctor::simulate::{Playing, play, play_with};

const FLOW: &str = "/api/v3/flows/executor/default-authentication-flow/?query=";
const AUTHORIZE: &str = "/application/o/authorize/?client_id=gitea&response_type=code\
    &scope=openid+email+profile&state=st4te&redirect_uri=\
    http%3A%2F%2Flocalhost%3A3000%2Fuser%2Foauth2%2FAuthentik%2Fcallback";

/// A browser: its cookies as one header.
#[derive(Default)]
struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    async fn ask(&mut self, playing: &Playing, method: &str, target: &str, body: &str) -> Got {
        let headers = [
            ("cookie", self.cookie.clone()),
            ("x-authentik-csrf", self.csrf.clone()),
        ];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let got = send(playing, LOCAL, request(method, target, &headers, body))
            .await
            .unwrap();
        for set in got.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            match pair.strip_prefix("authentik_csrf=") {
                Some(csrf) => self.csrf = csrf.to_owned(),
                None => self.cookie = pair.to_owned(),
            }
        }
        got
    }

    async fn get(&mut self, playing: &Playing, target: &str) -> Got {
        self.ask(playing, "GET", target, "").await
    }

    async fn post(&mut self, playing: &Playing, target: &str, body: &str) -> Got {
        self.ask(playing, "POST", target, body).await
    }

    /// Name and password, as recorded.
    async fn signs_in(&mut self, playing: &Playing) {
        self.get(playing, FLOW).await;
        let name = r#"{"component": "ak-stage-identification", "uid_field": "contractor1"}"#;
        self.post(playing, FLOW, name).await;
        let password = r#"{"component": "ak-stage-password", "password": "password123"}"#;
        self.post(playing, FLOW, password).await;
        let done = self.get(playing, FLOW).await;
        same("031-login-right-6-follow.txt", &done);
    }
}

#[tokio::test]
async fn a_sign_in_goes_as_recorded() {
    let playing = play("healthy").await.unwrap();
    let mut browser = Browser::default();
    same(
        "026-login-right-1-get.txt",
        &browser.get(&playing, FLOW).await,
    );
    let name = r#"{"component": "ak-stage-identification", "uid_field": "contractor1"}"#;
    let sent_back = browser.post(&playing, FLOW, name).await;
    same("027-login-right-2-post-identification.txt", &sent_back);
    same(
        "028-login-right-3-follow.txt",
        &browser.get(&playing, FLOW).await,
    );
    let wrong = r#"{"component": "ak-stage-password", "password": "nope"}"#;
    let refused = browser.post(&playing, FLOW, wrong).await;
    same("035-login-wrong-password-4-post-password.txt", &refused);
    let nobody = browser.get(&playing, "/api/v3/core/users/me/").await;
    same("257-user-deactivated-with-session-me.txt", &nobody);

    browser.signs_in(&playing).await;
    let code = browser.get(&playing, AUTHORIZE).await;
    let to = code.header("location");
    assert!(
        to.starts_with("http://localhost:3000/user/oauth2/Authentik/callback?code="),
        "{to}"
    );
    assert!(to.ends_with("&state=st4te"), "{to}");

    let out = "/api/v3/flows/executor/default-invalidation-flow/?query=";
    same(
        "258-global-logout-1-get.txt",
        &browser.get(&playing, out).await,
    );
    let after = browser.get(&playing, AUTHORIZE).await;
    same("003-authorize-right-anonymous.txt", &after);
}

#[tokio::test]
async fn consent_and_refusal_go_as_recorded() {
    let playing = play_with("healthy", "[gate]\ngitea = \"consent\"")
        .await
        .unwrap();
    let mut browser = Browser::default();
    browser.signs_in(&playing).await;
    let asked = browser.get(&playing, AUTHORIZE).await;
    same("262-explicit-consent-authorize.txt", &asked);
    let flow = "/api/v3/flows/executor/default-provider-authorization-explicit-consent/?query=\
        client_id%3Dgitea%26state%3Dst4te%26redirect_uri%3Dhttp%253A%252F%252Fl%252Fcb";
    same(
        "263-explicit-consent-get.txt",
        &browser.get(&playing, flow).await,
    );
    let agree = r#"{"component": "ak-stage-consent", "token": "*"}"#;
    let csrf = std::mem::take(&mut browser.csrf);
    assert_eq!(browser.post(&playing, flow, agree).await.status, 403);
    browser.csrf = csrf;
    assert_eq!(browser.post(&playing, flow, agree).await.status, 302);
    let to = browser.get(&playing, flow).await.json()["to"].to_string();
    assert!(to.starts_with("\"http://l/cb?code="), "{to}");

    let playing = play_with("healthy", "[gate]\ngitea = \"denied\"")
        .await
        .unwrap();
    let mut browser = Browser::default();
    browser.signs_in(&playing).await;
    same(
        "212-denied-authorize.txt",
        &browser.get(&playing, AUTHORIZE).await,
    );
    let anonymous = get(&playing, AUTHORIZE, &[]).await;
    same("003-authorize-right-anonymous.txt", &anonymous);
}
