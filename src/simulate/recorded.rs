//! Answers and log lines recorded from a running authentik 2025.10.0-rc1, embedded in the
//! program. A `.json` file is a body alone; a `.txt` file is status line, headers and body; of
//! HTML pages only the texts were kept.

use jiff::civil::DateTime;
use serde_json::Value;

use super::time::read_http_date;

/// What every JSON answer of the API came with, where the body alone was recorded.
const JSON_HEAD: &str = "HTTP/1.1 200 OK
date: Mon, 23 Nov 2026 11:12:12 GMT
server: uvicorn
content-type: application/json; charset=utf-8
allow: GET, HEAD, OPTIONS
x-frame-options: DENY
x-content-type-options: nosniff
referrer-policy: same-origin
x-authentik-id: *
vary: Accept-Language, Cookie
content-language: en

";

/// A recorded answer, still untold: times and ids are those of its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    /// The status.
    pub status: u16,
    /// Its headers, names in lower case, without `Date`.
    pub headers: Vec<(String, String)>,
    /// The body; JSON as recorded, HTML written out from its texts.
    pub body: String,
    /// When it was recorded (UTC).
    pub at: Option<DateTime>,
}

/// The text of a recorded file.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES
        .iter()
        .find_map(|(file, text)| (*file == name).then_some(*text))
}

/// A recorded answer by its file's name.
pub(super) fn answer(name: &str) -> Option<Recorded> {
    let text = text(name)?;
    if name.ends_with(".json") {
        parse(JSON_HEAD, text)
    } else {
        let (head, body) = text.split_once("\n\n")?;
        parse(head, body)
    }
}

/// The rows of a recorded list; none where there is no such list.
pub(super) fn rows(name: &str) -> Vec<Value> {
    let body = answer(name).and_then(|answer| serde_json::from_str::<Value>(&answer.body).ok());
    let rows = body.as_ref().and_then(|body| body["results"].as_array());
    rows.cloned().unwrap_or_default()
}

fn parse(head: &str, body: &str) -> Option<Recorded> {
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut recorded = Recorded {
        status,
        headers: Vec::new(),
        body: page(body.trim_end()),
        at: None,
    };
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if name == "date" {
            recorded.at = read_http_date(value);
        } else {
            recorded.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Some(recorded)
}

/// A page written out from the texts that were kept of it; anything else stays as it is.
fn page(body: &str) -> String {
    let Some(texts) = body.strip_prefix("[HTML body trimmed to its texts]\n") else {
        return body.to_owned();
    };
    let mut html = String::from("<!DOCTYPE html>\n<html>\n");
    for line in texts.lines() {
        let line = if let Some(title) = line.strip_prefix("<title> ") {
            format!("<head><title>{title}</title></head>\n")
        } else if let Some(heading) = line.strip_prefix("<h1> ") {
            format!("<h1>{heading}</h1>\n")
        } else {
            format!("<p>{line}</p>\n")
        };
        html.push_str(&line);
    }
    html + "</html>\n"
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Every recorded file.
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("recorded/", $name)))),*];
    };
}

files! {
    "001-authorize-wrong-redirect-uri.txt",
    "002-authorize-unknown-client-id.txt",
    "003-authorize-right-anonymous.txt",
    "005-authorize-bad-response-type.txt",
    "006-authorize-prompt-none-anonymous.txt",
    "007-token-right-secret-bogus-code.txt",
    "008-token-wrong-secret.txt",
    "016-token-bad-grant-type.txt",
    "017-token-get.txt",
    "023-discovery-unknown-slug.txt",
    "026-login-right-1-get.txt",
    "027-login-right-2-post-identification.txt",
    "028-login-right-3-follow.txt",
    "031-login-right-6-follow.txt",
    "035-login-wrong-password-4-post-password.txt",
    "048-flow-executor-unknown-flow.txt",
    "053-auth-missing-token-users.txt",
    "054-auth-wrong-token-users.txt",
    "055-auth-not-bearer-token-users.txt",
    "056-auth-empty-bearer-token-users.txt",
    "057-auth-basic-token-users.txt",
    "059-auth-wrong-token-html-accept.txt",
    "062-limited-token-users.txt",
    "063-limited-token-users-me.txt",
    "066-limited-token-providers.txt",
    "067-limited-token-admin-system.txt",
    "068-limited-token-admin-version.txt",
    "069-limited-token-workers.txt",
    "070-limited-token-events.txt",
    "073-limited-token-provider-detail.txt",
    "074-limited-token-bindings.txt",
    "075-limited-token-brands.txt",
    "076-health-live-get.txt",
    "077-health-ready-get.txt",
    "080-health-ready-no-slash.txt",
    "081-root.txt",
    "082-api-root-404.txt",
    "083-api-no-trailing-slash.txt",
    "084-if-flow-html.txt",
    "086-root-config.json",
    "087-admin-version.json",
    "088-admin-system.json",
    "089-tasks-workers.json",
    "091-tasks-workers-slash.txt",
    "094-users-page-beyond.txt",
    "095-users-page-size-1000.json",
    "103-users-detail.json",
    "104-users-detail-404.txt",
    "105-users-me.json",
    "106-groups.json",
    "109-applications-superuser.json",
    "113-applications-detail.json",
    "114-applications-detail-404.txt",
    "120-providers-oauth2.json",
    "122-providers-oauth2-detail.json",
    "123-providers-oauth2-setup-urls.json",
    "127-policies-bindings.json",
    "129-crypto.json",
    "131-brands.json",
    "132-brands-current.json",
    "133-outposts.json",
    "135-tasks.json",
    "136-tasks-errors.json",
    "137-tasks-queued.json",
    "139-tokens.json",
    "142-flow-stage-bindings.json",
    "143-stages-password.json",
    "144-stages-identification.json",
    "150-settings.json",
    "154-reputation.json",
    "164-events-login_failed.json",
    "166-events-configuration_error.json",
    "171-events-model_updated.json",
    "172-events-model_created.json",
    "175-events-ordering.json",
    "177-discovery-coder.json",
    "188-jwks.json",
    "189-issuer-root.txt",
    "191-headless-02-get.txt",
    "198-headless-09-get.txt",
    "212-denied-authorize.txt",
    "215-policy-exception-check-access.json",
    "217-policy-exception-events.json",
    "227-empty-redirect-uris-patch.txt",
    "230-regex-bad-patch.txt",
    "232-redirect-uris-old-shape-patch.txt",
    "250-flow-require-authenticated-1-get.txt",
    "257-user-deactivated-with-session-me.txt",
    "258-global-logout-1-get.txt",
    "262-explicit-consent-authorize.txt",
    "263-explicit-consent-get.txt",
    "265-explicit-consent-follow.txt",
    "266-worker-stopped-workers.txt",
    "268-worker-stopped-tasks-queued.txt",
    "287-db-stopped-live-get.txt",
    "289-db-stopped-ready-head.txt",
    "290-db-stopped-users.txt",
    "293-db-stopped-discovery.txt",
    "296-db-stopped-token.txt",
    "314-rbac-readonly-flows-instances.txt",
    "321-rbac-readonly-core-tokens.txt",
    "325-rbac-readonly-propertymappings-provider-scope.txt",
    "ak-shell-facts.json",
    "database-password.postgresql.log",
    "database-password.server.log",
    "db-hanging.server.log",
    "db-stopped.server.log",
    "db-stopped.worker.log",
    "disk-full.postgresql.log",
    "flow-require-authenticated.server.log",
    "healthy.server.log",
    "healthy.worker.log",
    "log-story.server.log",
    "migration-lock.server.log",
    "only-noise.postgresql.log",
    "only-noise.server.log",
    "policy-exception.server.log",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/simulate/recorded");
        let mut on_disk: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        on_disk.sort();
        let embedded: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(on_disk, embedded);
        let bytes: usize = FILES.iter().map(|(_, text)| text.len()).sum();
        assert!(bytes < 400_000, "{bytes} bytes weigh on every download");
    }

    #[test]
    fn every_recorded_answer_can_be_told() {
        for (name, _) in FILES {
            if !name.starts_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            let recorded = answer(name).unwrap_or_else(|| panic!("{name}"));
            assert!(recorded.at.is_some(), "{name}");
            assert!(recorded.headers.len() >= 2, "{name}");
        }
    }

    #[test]
    fn no_credential_of_the_recording_is_embedded() {
        for (name, text) in FILES {
            for mark in ["Bearer ", "eyJ", "authentik_session"] {
                assert!(!text.contains(mark), "{name} holds {mark:?}");
            }
        }
    }
}
