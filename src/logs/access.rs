//! What authentik's access line tells of a request: who asked for what, with which parameters.

use serde_json::Value;

use super::dialect::Record;

/// How akdoctor names itself in every request; lines of these requests are its own doing.
const OURS: &str = "akdoctor/";

/// Whether akdoctor itself asked.
pub(super) fn is_ours(record: &Record) -> bool {
    let agents = ["user_agent", "context.http_request.user_agent"];
    let mut agents = agents
        .iter()
        .filter_map(|path| record.field(path)?.as_str());
    record.ours || agents.any(|agent| agent.starts_with(OURS))
}

/// `client_id` for `request.client_id`.
pub(super) fn asked_of_request(key: &str) -> Option<&str> {
    key.strip_prefix("request.")
}

/// What the access line says of a name: one of its own keys, or a parameter of the query.
pub(super) fn told(access: &Record, name: &str) -> Option<Value> {
    match name {
        "path" => Some(Value::from(access.event.split('?').next()?)),
        "user_agent" | "status" | "method" | "remote" | "host" => access.field(name).cloned(),
        _ => {
            let (_, query) = access.event.split_once('?')?;
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            let value = pairs.find(|(key, _)| key == name)?.1;
            Some(Value::from(value.into_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_our_own_requests_are_known() {
        let line = br#"{"event": "/application/o/authorize/?client_id=gitea&redirect_uri=http%3A%2F%2Fx%2Fa%20b", "method": "GET", "status": 400, "user_agent": "akdoctor/0.1.0"}"#;
        let access = Record::read(line);
        let told = |name| told(&access, name);
        assert_eq!(told("redirect_uri"), Some(Value::from("http://x/a b")));
        assert_eq!(told("path"), Some(Value::from("/application/o/authorize/")));
        assert_eq!(told("status"), Some(Value::from(400)));
        assert_eq!(told("nonce"), None);
        assert!(is_ours(&access) && access.is_access());
    }
}
