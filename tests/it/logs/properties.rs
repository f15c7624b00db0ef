//! What must hold for any bytes and any secret.

use akdoctor::{logs::Rules, probe::redact::Redactor};
use proptest::prelude::*;
use serde_json::json;

use super::{digest, streamed};

/// A secret as somebody might choose it, long enough to be recognised.
fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9!#$%&()*+,./:;<=>?@^_{|}~äß\" '-]{12,40}"
        .prop_filter("no blanks at its ends", |text| text.trim() == text)
}

/// Found by the fuzzer: an id of a request may be anything too.
#[test]
fn an_id_of_a_request_that_holds_a_secret_is_not_kept() {
    let redact = Redactor::default();
    redact.learn("canary-Zx81-Qw93");
    let requests = |id: &str| {
        let line = json!({"event": "Invalid client secret", "request_id": id});
        let digest = digest(line.to_string().as_bytes(), 4096, Rules::unknown());
        redact.digest(digest).groups[0].requests.clone()
    };
    assert_eq!(requests("2fddcanary-Zx81-Qw9348"), [""; 0]);
    let own = "2fdd732771f541f48902ede5073295d8";
    assert_eq!(requests(own), [own]);
}

/// A line that tells of an error, in each dialect, with a text somewhere in it.
fn lines(text: &str) -> Vec<String> {
    let json = |value: serde_json::Value| value.to_string();
    vec![
        json(
            json!({"event": format!("cannot do it: {text} failed"), "level": "error", "logger": "a"}),
        ),
        json(
            json!({"event": "x", "level": "error", "exception": [{"exc_type": "ValueError", "exc_value": text}]}),
        ),
        json(
            json!({"event": "failed to proxy to backend", "error": format!("dial {text}"), "level": "error"}),
        ),
        json(
            json!({"timestamp": "2026-09-01T17:09:49.217807", "level": "error", "message": text, "target": "a"}),
        ),
        json(json!({"event": "Invalid client secret", "client_id": text, "level": "warning"})),
        json(
            json!({"event": "Created Event", "action": "login_failed", "context": {"username": text}, "level": "info", "logger": "authentik.events.models"}),
        ),
        format!(
            "2025-07-03 07:49:54.203 UTC [61] FATAL:  password authentication failed for user \"{text}\""
        ),
        format!(
            "2025-07-03 07:49:54.203 UTC [61] ERROR:  {text}\n2025-07-03 07:49:54.203 UTC [61] DETAIL:  {text}"
        ),
        format!("1:M 20 May 2025 15:03:15.594 # ERROR {text}"),
        format!("2025/05/20 15:03:15 [error] 31#31: *1 {text}"),
        format!("time=\"2025-05-20T15:03:15Z\" level=error msg=\"{text}\""),
        format!("[2025-05-20 15:03:15 +0000] [7] [ERROR] {text}"),
        format!("ERROR:    {text}"),
        format!("2024-10-11 08:47:19 [error    ] {text}"),
        format!(
            "Traceback (most recent call last):\n  File \"{text}\", line 1\nValueError: {text}"
        ),
        format!("panic: {text}"),
    ]
}

/// The same lines as files hold them, wrapped in each way.
fn wrapped(line: &str) -> Vec<String> {
    let each = |before: &str| {
        let lines = line.lines().map(|line| format!("{before}{line}\n"));
        lines.collect::<String>()
    };
    let stamp = "2026-11-24T10:00:00.123456789Z";
    let entry = |line: &str| {
        let entry = json!({"log": format!("{line}\n"), "stream": "stderr", "time": stamp});
        format!("{entry}\n")
    };
    vec![
        each(""),
        each(&format!("{stamp} ")),
        each(&format!("{stamp} stdout F ")),
        each("authentik-server-1  | "),
        each(&format!("\u{1b}[36mserver-1  |\u{1b}[0m {stamp} ")),
        each(&format!("[pod/authentik/server] {stamp} ")),
        each("Nov 24 10:00:00 host authentik[7]: "),
        line.lines().map(entry).collect(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_known_secret_never_comes_out(secret in secret(), before in "[ -~]{0,700}", after in "[ -~]{0,60}") {
        let redact = Redactor::default();
        redact.learn(&secret);
        let encoded = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
        for form in [secret.clone(), encoded] {
            let text = format!("{before} {form} {after}");
            for line in lines(&text) {
                let digest = redact.digest(digest(line.as_bytes(), 4096, Rules::unknown()));
                let told = serde_json::to_string(&digest).unwrap();
                let escaped = serde_json::to_string(&form).unwrap();
                let inner = escaped.trim_matches('"');
                prop_assert!(!told.contains(inner), "{form} is told of {line}: {told}");
            }
        }
    }

    #[test]
    fn a_secret_by_its_name_never_comes_out(secret in "[A-Za-z0-9]{16,40}") {
        let redact = Redactor::default();
        for text in [
            format!("client_secret={secret}"),
            format!("refresh_token={secret}&x=1"),
            format!("Authorization: Bearer {secret}"),
            format!("postgres://user:{secret}@host/db"),
            format!("Cookie: authentik_session={secret}"),
        ] {
            for line in lines(&text) {
                let digest = redact.digest(digest(line.as_bytes(), 4096, Rules::unknown()));
                let told = serde_json::to_string(&digest).unwrap();
                prop_assert!(!told.contains(&secret), "{secret} is told of {line}: {told}");
            }
        }
    }

    #[test]
    fn no_wrapping_lets_a_secret_out(secret in secret(), before in "[ -~]{0,200}", piece in 1_usize..100) {
        let redact = Redactor::default();
        redact.learn(&secret);
        for line in lines(&format!("{before} {secret} end")) {
            for file in wrapped(&line) {
                for (_, digest) in streamed(file.as_bytes(), piece) {
                    let told = serde_json::to_string(&redact.digest(digest)).unwrap();
                    let escaped = serde_json::to_string(&secret).unwrap();
                    let inner = escaped.trim_matches('"');
                    prop_assert!(!told.contains(inner), "{secret} is told of {file}: {told}");
                }
            }
        }
    }

    #[test]
    fn any_file_is_read_alike_in_whichever_pieces(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"{\"log\":\"Invalid client secret".to_vec()),
            Just(b"{\"log\":\"{\\\"event\\\": \\\"Invalid client secret\\\"}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-24T10:00:00Z\"}\n".to_vec()),
            Just(b"server-1  | {\"event\": \"Invalid client secret\"}\n".to_vec()),
            Just(b"db-1      | 2025-07-03 07:49:54.203 UTC [1] ERROR:  x\n".to_vec()),
            Just(b"db-1      | 2025-07-03 07:49:54.203 UTC [1] DETAIL:  y\n".to_vec()),
            Just(b"[pod/a/b] 2026-11-24T10:00:00Z Traceback (most recent call last):\n".to_vec()),
            Just(b"2026-11-24T10:00:00Z stderr P half \n2026-11-24T10:00:00Z stderr F line\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..40),
        ], 0..60),
        piece in 1_usize..50,
    ) {
        let bytes = bytes.concat();
        prop_assert_eq!(streamed(&bytes, usize::MAX), streamed(&bytes, piece));
    }

    #[test]
    fn any_bytes_are_read_alike_in_whichever_pieces(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"{\"event\": \"Invalid client secret\", \"request_id\": \"0123456789abcdef\"}".to_vec()),
            Just(b"2025-07-03 07:49:54.203 UTC [1] ERROR:  x\n2025-07-03 07:49:54.203 UTC [1] DETAIL:  y\n".to_vec()),
            Just(b"Traceback (most recent call last):\n  x\nE: y\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..40),
        ], 0..40),
        piece in 1_usize..50,
    ) {
        let bytes = bytes.concat();
        let whole = digest(&bytes, bytes.len().max(1), Rules::unknown());
        let pieces = digest(&bytes, piece, Rules::unknown());
        prop_assert_eq!(&whole, &pieces);
        prop_assert_eq!(whole.bytes, bytes.len() as u64);
    }
}
