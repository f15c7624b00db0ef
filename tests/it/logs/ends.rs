//! A fault that shows by what does not follow: the lock of migrations that is not given back.

use akdoctor::{logs::Rules, words::Component};
use jiff::Timestamp;

use super::{digest, ids};

/// As authentik 2025.10 wrote it at a start (recorded, `server-restart.server.log`).
const RECORDED: &str = include_str!("../../recorded/logs/server-restart.server.log");
const WAITS: [&str; 2] = [
    "2026-11-23 11:18:23 [info     ] waiting to acquire database lock\n",
    "{\"domain_url\": null, \"event\": \"waiting to acquire database lock\", \"level\": \"info\", \"logger\": \"lifecycle.migrate\", \"pid\": 7, \"timestamp\": \"2026-11-23T11:18:23.298374\"}\n",
];
const RELEASES: [&str; 2] = [
    "2026-11-23 11:18:26 [info     ] releasing database lock\n",
    "{\"domain_url\": null, \"event\": \"releasing database lock\", \"level\": \"info\", \"logger\": \"lifecycle.migrate\", \"pid\": 7, \"schema_name\": \"public\", \"timestamp\": \"2026-11-23T11:18:26.794449\"}\n",
];

fn rules() -> Rules {
    Rules {
        component: Component::Server,
        ..Rules::unknown()
    }
}

fn found(log: &str) -> Vec<String> {
    let digest = digest(log.as_bytes(), 100, rules());
    ids(&digest).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_lock_that_is_given_back_is_none_in_either_dialect() {
    assert!(RECORDED.contains("waiting to acquire") && RECORDED.contains("releasing database"));
    assert_eq!(found(RECORDED), [""; 0]);
    for waits in WAITS {
        for releases in RELEASES {
            assert_eq!(found(&format!("{waits}{waits}x\n{releases}")), [""; 0]);
            // The next start waits again.
            assert_eq!(found(&format!("{waits}{releases}{waits}")), ["PG-16"]);
        }
    }
}

/// The access line of a request comes last: until then nobody can tell that akdoctor asked.
#[test]
fn a_request_under_way_since_akdoctor_asks_may_be_its_own() {
    let fault = r#"{"auth_via": "oauth_client_secret", "event": "Missing authorization code", "level": "warning", "logger": "authentik.providers.oauth2.views.token", "request_id": "7a1b1f658cc940ae", "timestamp": "2026-11-23T11:11:43.743939"}"#;
    let access = |agent: &str| {
        format!(
            r#"{{"event": "/application/o/token/", "level": "info", "logger": "authentik.asgi", "method": "POST", "request_id": "7a1b1f658cc940ae", "status": 400, "timestamp": "2026-11-23T11:11:43.75", "user_agent": "{agent}"}}"#
        )
    };
    let log = format!("{fault}\n");
    let whole = |agent: &str| format!("{fault}\n{}\n", access(agent));
    let asked = |at: &str| Rules {
        asked: Some(at.parse().unwrap()),
        ..rules()
    };
    let found = |log: &str, rules: Rules| ids(&digest(log.as_bytes(), 4096, rules)).len();
    let before = "2026-11-23T11:11:40Z";
    assert_eq!(found(&log, asked(before)), 0);
    assert_eq!(found(&log, asked("2026-11-23T11:12:00Z")), 1);
    assert_eq!(found(&log, rules()), 1);
    assert_eq!(found(&whole("Go-http-client/1.1"), asked(before)), 1);
    assert_eq!(found(&whole("akdoctor/0.1.0"), rules()), 0);
}

#[test]
fn a_lock_that_is_not_given_back_stands_after_five_minutes() {
    for waits in WAITS {
        let digest = digest(waits.as_bytes(), 4096, rules());
        assert_eq!(ids(&digest), ["PG-16"]);
        let stands = |at: &str| digest.groups[0].stands(at.parse::<Timestamp>().unwrap());
        assert!(!stands("2026-11-23T11:23:00Z"), "{waits}");
        assert!(stands("2026-11-23T11:23:24Z"), "{waits}");
        assert!(stands("2026-11-23T18:00:00Z"), "{waits}");
    }
    // The recorded start, cut before the lock is given back.
    let (cut, _) = RECORDED
        .split_once("{\"domain_url\": null, \"event\": \"releasing")
        .unwrap();
    assert_eq!(found(cut), ["PG-16"]);
}
