use super::*;

const SECRET: &str = "hunter2-Zq9/x+7";

fn hides(text: &str, secret: &str) {
    let hidden = Redactor::default().text(text);
    // Without the marks, whose digits are random and may spell a short secret.
    let mut parts = hidden.split(MARK);
    let rest = |part: &str| part.split_once('»').map(|(_, rest)| rest.to_owned());
    let bare = parts.next().map(str::to_owned).into_iter();
    let bare: Vec<String> = bare.chain(parts.filter_map(rest)).collect();
    let shows = bare.iter().any(|part| part.contains(secret));
    assert!(!shows, "{text:?} became {hidden:?}");
    assert!(hidden.contains(MARK), "{text:?} became {hidden:?}");
}

fn keeps(text: &str) {
    assert_eq!(Redactor::default().text(text), text);
}

#[test]
fn equal_secrets_have_equal_marks_within_a_run_and_other_marks_in_another() {
    let (run, clone, other) = {
        let run = Redactor::default();
        (run.clone(), run, Redactor::default())
    };
    assert_eq!(run.mark(SECRET), clone.mark(SECRET));
    assert_ne!(run.mark(SECRET), run.mark("another"));
    assert_ne!(run.mark(SECRET), other.mark(SECRET));
    assert_eq!(run.mark("a").len(), run.mark(SECRET).len());
}

#[test]
fn a_known_secret_is_found_in_every_encoding_and_has_one_mark() {
    let run = Redactor::default();
    run.clone().learn(SECRET);
    let mark = run.mark(SECRET);
    for text in [
        SECRET.to_owned(),
        format!("a{SECRET}b"),
        data_encoding::BASE64.encode(SECRET.as_bytes()),
        data_encoding::BASE64URL_NOPAD.encode(SECRET.as_bytes()),
        "hunter2-Zq9%2Fx%2B7".to_owned(),
        "hunter2-Zq9%2fx%2b7".to_owned(),
        "hunter2-Zq9\\/x+7".to_owned(),
    ] {
        let hidden = run.text(&format!("seen {text} there"));
        assert!(hidden.contains(&mark), "{text} became {hidden}");
        assert!(!hidden.contains("hunter2"), "{text} became {hidden}");
    }
}

#[test]
fn the_same_secret_has_the_same_mark_by_knowledge_and_by_pattern() {
    let run = Redactor::default();
    let by_pattern = run.text("client_secret=abcdef123456&x=1");
    run.learn("abcdef123456");
    assert_eq!(run.text("client_secret=abcdef123456&x=1"), by_pattern);
    assert_eq!(
        by_pattern,
        format!("client_secret={}&x=1", run.mark("abcdef123456"))
    );
}

#[test]
fn short_secrets_are_not_learnt() {
    let run = Redactor::default();
    run.learn("admin");
    run.learn("");
    assert_eq!(run.text("the admin page"), "the admin page");
}

#[test]
fn what_looks_like_a_secret_is_hidden() {
    for (text, secret) in [
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "eyJ"),
        ("Authorization: Bearer wrong-token", "wrong-token"),
        ("authorization: Token abc def", "abc"),
        ("sent 'Bearer abcd1234' twice", "abcd1234"),
        ("curl -H 'Authorization: Basic Z2l0ZWE6c2VjcmV0'", "Z2l0"),
        ("GET /cb?code=abc123&state=xyz987 HTTP/1.1", "abc123"),
        ("GET /cb?code=abc123&state=xyz987 HTTP/1.1", "xyz987"),
        (
            "/if/flow/x/?next=%2Fauthorize%3Fclient_id%3Dgitea%26state%3Dxyz987%26nonce%3Dq",
            "xyz987",
        ),
        ("?next=%252Fa%253Fstate%253Dxyz987%2526b%253Dc", "xyz987"),
        (
            "grant_type=authorization_code&client_secret=s3cr3t",
            "s3cr3t",
        ),
        ("password = \"two words\"", "two words"),
        ("PGPASSWORD=pa ss\nX=1", "ss\n"),
        ("docker run -e AUTHENTIK_SECRET_KEY=abc/def x", "abc/def"),
        ("host=db password='a b' user=x", "a b"),
        (r#"{"client_id":"x","client_secret": "ab\"cd"}"#, "cd"),
        (r#"{"event":"{\"password\": \"inner1\"}"}"#, "inner1"),
        ("{'refresh_token': 'py-token'}", "py-token"),
        (r#"{"password": 123456}"#, "123456"),
        (r#"{"code":"4f9a8b7c6d5e4f3a2b1c"}"#, "4f9a8b7c"),
        ("redis://:redispw@redis:6379/0", "redispw"),
        ("postgresql://ak:p@ss@db/ak", "p@ss"),
        ("postgres://ak:pa/ss@db/ak", "pa/ss"),
        ("https://ghp_abcdef@git.example.com/x", "ghp_abcdef"),
        (
            "Set-Cookie: authentik_session=eyJx; Path=/",
            "authentik_session",
        ),
        ("> Cookie: a=b; c=d\nAccept: x", "c=d"),
        ("  secret_key: yaml value\nnext: 1", "yaml value"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
            "MIIE",
        ),
    ] {
        hides(text, secret);
    }
}

#[test]
fn what_judgements_need_stays() {
    for text in [
        "redirect_uri=http://localhost:3000/cb&client_id=gitea&error=access_denied",
        "WWW-Authenticate: Bearer realm=\"authentik\"",
        "Basic auth and Bearer token are supported",
        r#"{"state": "queued", "code": "invalid", "token_type": "Bearer"}"#,
        r#"{"token_endpoint":"http://host:9000/application/o/token/","jwks_uri":"http://h/jwks/"}"#,
        "http://host.docker.internal:9000/application/o/gitea/.well-known/openid-configuration",
        "https://host:443/users/a@b.example",
        "Token invalid/expired",
        "invalid password: try again",
        "AUTHENTIK_COOKIE_DOMAIN=.example.com PASSWORD_FILE=/run/secrets/pw",
        "password authentication failed for user \"authentik\"",
        "CSRF cookie not set.",
        "eyJ is how a token begins",
        "é «quoted» ∅ a==b",
    ] {
        keeps(text);
    }
}

#[test]
fn hiding_twice_is_hiding_once() {
    let run = Redactor::default();
    run.learn("abcdef123456");
    for text in [
        "password=abc&x=1 Bearer abcd1234 abcdef123456",
        "Authorization: Bearer abc\nCookie: a=b",
        "redis://:pw@h/0 {\"client_secret\": \"abc\"}",
        "AUTHENTIK_SECRET_KEY=a b c\nsecret: x y",
    ] {
        let once = run.text(text);
        assert_eq!(run.text(&once), once, "{text}");
    }
}

/// Twenty kinds of places for a secret, each with secrets of every awkward character: none
/// survives, and nothing panics.
#[test]
fn no_secret_survives_in_any_place() {
    let places: [fn(&str) -> String; 20] = [
        |s| format!("?code={s}"),
        |s| format!("/cb?a=b&state={s}&c=d"),
        |s| format!("token={s}"),
        |s| format!("x access_token={s} y"),
        |s| format!("refresh_token={s}&x"),
        |s| format!("#id_token={s}"),
        |s| format!("client_secret={s}"),
        |s| format!("password={s}"),
        |s| format!("secret={s}"),
        |s| format!("?key={s}"),
        |s| format!("{{\"client_secret\":\"{s}\"}}"),
        |s| format!("{{'password': '{s}'}}"),
        |s| format!("{{\\\"token\\\":\\\"{s}\\\"}}"),
        |s| format!("Authorization: Bearer {s}"),
        |s| format!("authorization: {s}\r\nnext"),
        |s| format!("Cookie: session={s}; other={s}"),
        |s| format!("set-cookie: {s}=1"),
        |s| format!("postgres://user:{s}@db:5432/ak"),
        |s| format!("AUTHENTIK_SECRET_KEY={s}"),
        |s| format!("db:\n  password: {s}\n  x: 1"),
    ];
    let tails = [
        "", "-", "_", ".", "+", "%2F", "=", "~", "!", "*", "$x", "é", "∅", "(1)",
    ];
    for place in places {
        for tail in tails {
            let secret = format!("s3cr{tail}Zq");
            let text = place(&secret);
            let hidden = Redactor::default().text(&text);
            assert!(!hidden.contains(&secret), "{text:?} became {hidden:?}");
            assert!(!hidden.contains("s3cr"), "{text:?} became {hidden:?}");
        }
    }
}

#[test]
fn nothing_panics_on_broken_text() {
    let run = Redactor::default();
    for text in [
        "",
        "=",
        ":",
        "://",
        "://@",
        "'':'",
        "%3d",
        "é=",
        "password=",
        "\"password\":\"",
        "Bearer ",
        "%26=é",
        "%=",
        "-----BEGIN PRIVATE KEY-----",
        "token%3D",
        "∅%3D∅",
        "\\\":\\\"",
    ] {
        for more in [
            text.to_owned(),
            format!("é{text}é"),
            format!("password{text}∅"),
            text.repeat(3),
        ] {
            let _ = run.text(&more);
        }
    }
}
