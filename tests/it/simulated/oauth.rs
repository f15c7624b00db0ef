//! The authorize and token endpoints.

use super::{LOCAL, get, request, same, send};
use akdoctor::simulate::play;

const CODER: &str =
    "https%3A%2F%2Fhost.docker.internal%3A7443%2Fapi%2Fv2%2Fusers%2Foidc%2Fcallback";
const GITEA: &str = "http%3A%2F%2Flocalhost%3A3000%2Fuser%2Foauth2%2FAuthentik%2Fcallback";

#[tokio::test]
async fn authorize_is_strict() {
    let playing = play("healthy").await.unwrap();
    let ask = async |rest: &str| {
        let target = format!("/application/o/authorize/?{rest}");
        get(&playing, &target, &[]).await
    };
    let scope = "scope=openid+email+profile&state=st4te";
    for (file, rest) in [
        (
            "001-authorize-wrong-redirect-uri.txt",
            format!(
                "client_id=gitea&response_type=code&{scope}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fwrong"
            ),
        ),
        (
            "001-authorize-wrong-redirect-uri.txt",
            format!("client_id=gitea&response_type=code&{scope}&redirect_uri={GITEA}%2F"),
        ),
        (
            "002-authorize-unknown-client-id.txt",
            format!("client_id=nope&response_type=code&{scope}&redirect_uri={GITEA}"),
        ),
        (
            "003-authorize-right-anonymous.txt",
            format!("client_id=gitea&response_type=code&{scope}&redirect_uri={GITEA}"),
        ),
        (
            "005-authorize-bad-response-type.txt",
            format!("client_id=gitea&response_type=bogus&{scope}&redirect_uri={GITEA}"),
        ),
        (
            "006-authorize-prompt-none-anonymous.txt",
            format!("client_id=gitea&response_type=code&{scope}&redirect_uri={GITEA}&prompt=none"),
        ),
    ] {
        same(file, &ask(&rest).await);
    }
}

/// What comes after client and redirect URI, in authentik's order and with its words (authentik
/// 2025.10, `OAuthAuthorizationParams`); errors of types that give tokens at once come in the
/// fragment.
#[tokio::test]
async fn authorize_judges_what_is_asked_for() {
    let playing = play("healthy").await.unwrap();
    let right = format!("client_id=gitea&redirect_uri={GITEA}&state=s&prompt=none");
    for (rest, wanted) in [
        ("response_type=code&scope=openid", "?error=login_required&"),
        ("response_type=code", "?error=login_required&"),
        ("response_type=code&scope=email", "?error=login_required&"),
        (
            "response_type=token+id_token&scope=openid",
            "?error=unsupported_response_type&",
        ),
        (
            "response_type=id_token&scope=email",
            "#error=invalid_scope&",
        ),
        (
            "response_type=id_token&scope=openid",
            "#error=invalid_request&error_description=The%20request%20is%20otherwise%20malformed&",
        ),
        (
            "response_type=code+id_token&scope=openid&request=x",
            "#error=invalid_request&",
        ),
        (
            "response_type=code+token&scope=openid&request=x",
            "#error=request_not_supported&",
        ),
        (
            "response_type=code&code_challenge=c",
            "?error=login_required&",
        ),
        (
            "response_type=code&code_challenge=c&code_challenge_method=S512&request=x",
            "?error=invalid_request&error_description=Unsupported%20challenge%20method%20S512&",
        ),
        (
            "response_type=code&code_challenge_method=S512",
            "?error=login_required&",
        ),
    ] {
        let target = format!("/application/o/authorize/?{right}&{rest}");
        let got = get(&playing, &target, &[]).await;
        let location = got.header("location");
        let told = location.strip_prefix("http://localhost:3000/user/oauth2/Authentik/callback");
        let told = told.unwrap_or_default();
        assert!(told.starts_with(wanted), "{rest}: {location}");
        assert!(told.ends_with("&state=s"), "{rest}: {location}");
    }
}

/// Patterns fit from end to end, broken ones nothing (recorded 231); lines of text are patterns
/// until one of them cannot be read, and a scheme that could run a script is never allowed.
#[tokio::test]
async fn authorize_compares_as_each_entry_says() {
    for (scenario, client_id, uri, status) in [
        (
            "too-wide",
            "gitea",
            "https%3A%2F%2Fanywhere.example%2F",
            302,
        ),
        ("redirect-broken-regex", "gitea", GITEA, 400),
        ("redirect-regex-as-strict", "gitea", GITEA, 400),
        ("redirect-logout-type", "gitea", GITEA, 400),
        ("redirect-lines-of-text", "gitea", GITEA, 400),
        ("redirect-lines-of-text", "coder", CODER, 302),
        (
            "redirect-forbidden-scheme",
            "platform-admin",
            "javascript%3Aalert%28document.domain%29",
            400,
        ),
    ] {
        let playing = play(scenario).await.unwrap();
        let target = format!(
            "/application/o/authorize/?client_id={client_id}&response_type=code&scope=openid&redirect_uri={uri}"
        );
        let got = get(&playing, &target, &[]).await;
        assert_eq!(got.status, status, "{scenario}: {}", got.body);
    }
}

#[tokio::test]
async fn the_token_endpoint_tells_secrets_apart() {
    let playing = play("healthy").await.unwrap();
    let gitea = "client_id=gitea&client_secret=gitea-secret";
    let uri = format!("redirect_uri={GITEA}");
    for (file, form) in [
        (
            "007-token-right-secret-bogus-code.txt",
            format!("grant_type=authorization_code&code=bogus&{gitea}&{uri}"),
        ),
        (
            "008-token-wrong-secret.txt",
            format!(
                "grant_type=authorization_code&code=bogus&client_id=gitea&client_secret=WRONG&{uri}"
            ),
        ),
        (
            "008-token-wrong-secret.txt",
            format!(
                "grant_type=authorization_code&code=bogus&{gitea}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fwrong"
            ),
        ),
        (
            "007-token-right-secret-bogus-code.txt",
            format!("grant_type=authorization_code&{gitea}"),
        ),
        (
            "007-token-right-secret-bogus-code.txt",
            format!("grant_type=refresh_token&{gitea}"),
        ),
        (
            "016-token-bad-grant-type.txt",
            format!("grant_type=bogus&{gitea}"),
        ),
    ] {
        let request = request("POST", "/application/o/token/", &[], &form);
        same(file, &send(&playing, LOCAL, request).await.unwrap());
    }
    // `gitea:gitea-secret` by HTTP Basic, as in recording 010.
    let basic = [("authorization", "Basic Z2l0ZWE6Z2l0ZWEtc2VjcmV0")];
    let form = format!("grant_type=authorization_code&code=bogus&{uri}");
    let right = send(
        &playing,
        LOCAL,
        request("POST", "/application/o/token/", &basic, &form),
    )
    .await
    .unwrap();
    same("007-token-right-secret-bogus-code.txt", &right);
    same(
        "017-token-get.txt",
        &get(&playing, "/application/o/token/", &[]).await,
    );
}
