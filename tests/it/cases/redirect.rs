//! Cases of redirect URIs that no scenario plays: the healthy recording with a few answers changed.

use akdoctor::evidence::Entry;
use serde_json::{Value, json};

use super::{
    Case, blessed, file_of,
    made::{Made, Recorded},
};

const PROVIDERS: &str = "api GET http://localhost:9000/api/v3/providers/oauth2/";
const APPLICATIONS: &str = "api GET http://localhost:9000/api/v3/core/applications/";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "outdated-configuration",
        make: outdated,
        roots: &[("redirect-uri/outdated", "Gitea")],
    },
    Made {
        name: "http-in-public",
        make: http_in_public,
        roots: &[("redirect-uri/not-encrypted", "Gitea")],
    },
    Made {
        name: "unknown-application",
        make: unknown_application,
        roots: &[("redirect-uri/unknown-application", "Gitea")],
    },
    Made {
        name: "unknown-client",
        make: |recorded| stray(recorded, true),
        roots: &[("redirect-uri/unknown-client", "MinIO")],
    },
    Made {
        name: "stray-without-application",
        make: |recorded| stray(recorded, false),
        roots: &[("redirect-uri/provider-without-application", "MinIO")],
    },
    Made {
        name: "two-providers-with-one-callback",
        make: shared,
        roots: &[("redirect-uri/shared", "Coder OIDC")],
    },
    Made {
        name: "shared-by-design",
        make: shared_by_design,
        roots: &[],
    },
    Made {
        name: "client-id-of-another",
        make: client_id_of_another,
        roots: &[("redirect-uri/client-id", "MinIO")],
    },
    Made {
        name: "copied-without-configuration",
        make: copied,
        roots: &[("redirect-uri/not-allowed", "Platform Admin")],
    },
    Made {
        name: "entered-at-another-provider",
        make: entered_elsewhere,
        roots: &[("redirect-uri/not-allowed", "MinIO")],
    },
    Made {
        name: "wildcard",
        make: |recorded| {
            let mut case = healthy(recorded);
            let list = json!([strict("http://localhost:3000/user/oauth2/*/callback")]);
            provider(&mut case, "gitea")["redirect_uris"] = list;
            case
        },
        roots: &[("redirect-uri/not-allowed", "Gitea")],
    },
    Made {
        name: "empty-list-of-unknown-release",
        make: unknown_release,
        roots: &[("redirect-uri/empty-list", "Gitea")],
    },
    Made {
        name: "empty-list-of-2026-8",
        make: |recorded| empty(recorded, Some("2026.8.1")),
        roots: &[("redirect-uri/empty-list", "Gitea")],
    },
    Made {
        name: "pattern-that-only-python-reads",
        make: only_python,
        roots: &[],
    },
    Made {
        name: "pattern-that-authentik-itself-judges",
        make: |recorded| {
            let mut case = only_python(recorded);
            let words = recorded["healthy"].evidence.iter();
            let words = words.filter(|(_, entry)| entry.kind == "authorize");
            let words = words.map(|(key, entry)| (key.clone(), entry.clone()));
            case.evidence.extend(words);
            case
        },
        roots: &[],
    },
    Made {
        name: "every-line-is-a-pattern",
        make: line_with_a_question_mark,
        roots: &[("redirect-uri/not-allowed", "Platform Admin")],
    },
];

/// Without authentik's own word on each request, which would no longer fit what is changed.
fn healthy(recorded: &Recorded) -> Case {
    let mut case = recorded["healthy"].clone();
    case.evidence.retain(|_, entry| entry.kind != "authorize");
    case
}

fn rows<'a>(case: &'a mut Case, key: &str) -> &'a mut Vec<Value> {
    let entry: &mut Entry = case.evidence.get_mut(key).unwrap();
    entry.answer.as_mut().unwrap()["rows"]
        .as_array_mut()
        .unwrap()
}

/// A list that says of more rows than came is held for a shortened one.
fn recount(case: &mut Case, key: &str) {
    let count = rows(case, key).len();
    let answer = case.evidence.get_mut(key).unwrap().answer.as_mut();
    answer.unwrap()["count"] = count.into();
}

fn provider<'a>(case: &'a mut Case, client_id: &str) -> &'a mut Value {
    let mut providers = rows(case, PROVIDERS).iter_mut();
    providers.find(|row| row["client_id"] == client_id).unwrap()
}

fn strict(url: &str) -> Value {
    json!({ "matching_mode": "strict", "url": url, "redirect_uri_type": null })
}

fn set_variable(case: &mut Case, container: &str, name: &str, value: &str) {
    let mut entries = case.evidence.values_mut();
    let answer = entries.find_map(|entry| {
        let answer = entry.answer.as_mut()?;
        (entry.kind == "inspect" && answer["name"] == container).then_some(answer)
    });
    answer.unwrap()["env"][name] = json!({ "plain": value });
}

fn outdated(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let gitea = case.stack.apps.iter_mut().find(|app| app.slug == "gitea");
    gitea.unwrap().redirect_uris = vec!["http://localhost:3000/user/oauth2/old/callback".into()];
    case
}

fn http_in_public(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let uris = &mut provider(&mut case, "gitea")["redirect_uris"];
    let uris = uris.as_array_mut().unwrap();
    uris.push(strict(
        "http://git.example.com/user/oauth2/Authentik/callback",
    ));
    case
}

fn unknown_application(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    for row in rows(&mut case, APPLICATIONS) {
        if row["slug"] == "gitea" {
            row["slug"] = "git-tea".into();
        }
    }
    provider(&mut case, "gitea")["application"] = "git-tea".into();
    // Told to the configured app alone: the other is one more.
    case.stack.narrowed = true;
    case
}

/// Only MinIO's container tells of it: its application is gone, perhaps with its provider.
fn stray(recorded: &Recorded, and_provider: bool) -> Case {
    let mut case = healthy(recorded);
    case.stack.apps.retain(|app| app.slug != "minio");
    rows(&mut case, APPLICATIONS).retain(|row| row["slug"] != "minio");
    if and_provider {
        rows(&mut case, PROVIDERS).retain(|row| row["client_id"] != "minio");
    } else {
        provider(&mut case, "minio")["application"] = Value::Null;
    }
    for list in [APPLICATIONS, PROVIDERS] {
        recount(&mut case, list);
    }
    case
}

fn shared(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    for client_id in ["coder", "minio"] {
        let uris = &mut provider(&mut case, client_id)["redirect_uris"];
        let uris = uris.as_array_mut().unwrap();
        uris.push(strict("https://apps.example.com/callback"));
    }
    case
}

/// Addresses of this machine, a mobile app's scheme, and one host behind two outposts.
fn shared_by_design(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    for client_id in ["coder", "minio"] {
        let uris = &mut provider(&mut case, client_id)["redirect_uris"];
        let uris = uris.as_array_mut().unwrap();
        uris.push(strict("http://localhost:8250/oidc/callback"));
        uris.push(strict("app.immich:///oauth-callback"));
        uris.push(strict(
            "https://a.example.com/?X-authentik-auth-callback=true",
        ));
    }
    case
}

/// authentik judges by the provider whose client id is sent, and that one allows the URI.
fn client_id_of_another(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    // Its start would tell the client id that it really sends.
    case.evidence
        .retain(|key, _| key != "start GET http://localhost:9001/api/v1/login");
    set_variable(
        &mut case,
        "minio",
        "MINIO_IDENTITY_OPENID_CLIENT_ID",
        "litellm",
    );
    let uri = provider(&mut case, "minio")["redirect_uris"][0].take();
    provider(&mut case, "minio")["redirect_uris"] = json!([strict("http://localhost:9001/old")]);
    let uris = &mut provider(&mut case, "litellm")["redirect_uris"];
    uris.as_array_mut().unwrap().push(uri);
    case
}

/// Nothing but the other app's address says that the setting was copied from there.
fn copied(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let uri = "http://localhost:4000/sso/callback";
    set_variable(&mut case, "platform-admin", "OIDC_REDIRECT_URI", uri);
    for app in &mut case.stack.apps {
        app.redirect_uris.clear();
    }
    case
}

/// MinIO sends its own address and its own client id.
fn entered_elsewhere(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let uri = provider(&mut case, "minio")["redirect_uris"][0].take();
    provider(&mut case, "minio")["redirect_uris"] = json!([strict("http://localhost:9001/old")]);
    let uris = &mut provider(&mut case, "litellm")["redirect_uris"];
    uris.as_array_mut().unwrap().push(uri);
    case
}

fn empty(recorded: &Recorded, version: Option<&str>) -> Case {
    let mut case = healthy(recorded);
    provider(&mut case, "gitea")["redirect_uris"] = json!([]);
    let key = "api GET http://localhost:9000/api/v3/admin/version/";
    match version {
        Some(version) => {
            let entry = case.evidence.get_mut(key).unwrap();
            entry.answer.as_mut().unwrap()["current"] = version.into();
        }
        None => {
            case.evidence.remove(key);
        }
    }
    case
}

/// Neither API, image, page nor database tells the release.
fn unknown_release(recorded: &Recorded) -> Case {
    let mut case = empty(recorded, None);
    for entry in case
        .evidence
        .values_mut()
        .filter(|entry| entry.kind == "inspect")
    {
        let answer = entry.answer.as_mut().unwrap();
        if answer["name"].as_str().unwrap().starts_with("authentik-") {
            answer["image_version"] = Value::Null;
            answer["image"] = "ghcr.io/goauthentik/server:latest".into();
        }
    }
    case
}

fn only_python(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let pattern = json!({
        "matching_mode": "regex",
        "url": "http://(?=localhost)localhost:3000/user/oauth2/Authentik/callback",
        "redirect_uri_type": null,
    });
    provider(&mut case, "gitea")["redirect_uris"] = json!([pattern]);
    case
}

/// Before 2024.8.5 a line with a question mark does not fit itself.
fn line_with_a_question_mark(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let uri = "http://localhost:5050/auth/callback?tenant=1";
    set_variable(&mut case, "platform-admin", "OIDC_REDIRECT_URI", uri);
    let row = provider(&mut case, "platform-admin");
    row["redirect_uris"] = json!([strict(uri)]);
    row["redirect_text"] = uri.into();
    case
}

/// What an app sends could not be seen: the client id of the other provider is the likelier.
#[tokio::test]
async fn a_client_id_that_was_not_seen_is_probably_the_other_ones() {
    blessed().await;
    let mut case = Case::read(&file_of("redirect-uri", "redirect-other-provider"));
    case.evidence.retain(|_, entry| entry.kind != "start");
    let report = case.judged("redirect-uri").await;
    let first = &report.findings[0].fixes[0];
    let does = "Set the client id in the settings of Gitea to gitea";
    assert!(first.does.starts_with(does), "{first:?}");
    let note = first.note.as_deref().unwrap_or_default();
    assert!(note.contains("it probably carries that one's client id minio"));
}

/// Where either end could be changed, the likelier one is recommended, with the reason.
#[tokio::test]
async fn the_likelier_end_is_recommended_and_why() {
    blessed().await;
    for (name, does, why) in [
        (
            "redirect-host",
            "Allow http://localhost:3000/user/oauth2/Authentik/callback on provider Gitea OIDC",
            "takes nothing away",
        ),
        (
            "redirect-other-provider",
            "Allow http://localhost:3000/user/oauth2/Authentik/callback on provider Gitea OIDC",
            "the app sends the right client id",
        ),
        (
            "copied-without-configuration",
            "Set OIDC_REDIRECT_URI of Platform Admin so that it sends http://localhost:5050/auth/callback",
            "an address of LiteLLM and allowed at its provider LiteLLM OIDC",
        ),
        (
            "redirect-copied",
            "Set OIDC_REDIRECT_URI of Platform Admin so that it sends http://localhost:5050/auth/callback",
            "authentik and akdoctor.toml agree",
        ),
        (
            "entered-at-another-provider",
            "Allow http://localhost:9001/oauth_callback on provider MinIO OIDC",
            "entered at the other provider by mistake",
        ),
    ] {
        let report = Case::read(&file_of("redirect-uri", name))
            .judged("redirect-uri")
            .await;
        let first = &report.findings[0].fixes[0];
        let note = first.note.as_deref().unwrap_or_default();
        assert!(
            first.recommended && first.does.starts_with(does),
            "{name}: {first:?}"
        );
        assert!(note.contains(why), "{name}: {note}");
        let others = report.findings[0].fixes.len();
        assert!(others > 2, "{name}: only one end");
    }
}

/// An empty list of a release that nobody told means one thing or the other: both are said.
#[tokio::test]
async fn an_unknown_release_is_told_both_meanings() {
    blessed().await;
    let says = async |name: &str| {
        let case = Case::read(&file_of("redirect-uri", name));
        case.judged("redirect-uri").await.findings[0].says.clone()
    };
    let unknown = says("empty-list-of-unknown-release").await;
    assert!(
        unknown.contains("up to 2026.2 whoever asks first decides"),
        "{unknown}"
    );
    assert!(unknown.contains("later releases refuse them"), "{unknown}");
    let newest = says("empty-list-of-2026-8").await;
    assert!(
        newest.contains("this release refuses every sign-in"),
        "{newest}"
    );
}
