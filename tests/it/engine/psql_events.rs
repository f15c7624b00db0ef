//! The SQL that tells of events, against a PostgreSQL of its own.

use serde_json::{Value, json};

use super::psql::Cluster;

const EVENTS: &str = include_str!("../../../src/probe/psql_events.sql");

/// Events as authentik 2025.10 keeps them, beside some that a release or a person made odd.
const TABLES: &str = r#"
create table authentik_version_history (id serial, "timestamp" timestamptz, version text, build text);
insert into authentik_version_history ("timestamp", version) values
  (now() - interval '2 days', '2025.8.4'), (now(), '2025.10.1');
create table authentik_events_event (action text, context jsonb, created timestamptz, "user" jsonb, client_ip inet);
insert into authentik_events_event values
  ('login_failed', '{"username": "Anna", "http_request": {"request_id": "r1"}}', now() - interval '5 minutes', '{"pk": 3, "username": "Anna"}', '10.0.0.1'),
  ('login_failed', '{"username": "Anna", "http_request": {"request_id": "r2"}}', now() - interval '6 minutes', '{"pk": 3, "username": "Anna"}', '10.0.0.2'),
  ('login_failed', '{"username": "Anna"}', now() - interval '3 days', '{"pk": 3, "username": "Anna"}', '10.0.0.1'),
  ('login', '{}', now(), '{"pk": 3, "username": "Anna"}', null),
  ('login_failed', '{"username": "ghost"}', now() - interval '2 hours', '{"pk": null, "username": "ghost"}', null),
  ('login_failed', '{"username": "root"}', now() - interval '2 hours', '{"pk": 1, "username": "AnonymousUser"}', null),
  ('policy_exception', '{"binding": {"name": "B"}, "message": "Policy failed to execute",
     "request": {"obj": {"name": "MinIO", "model_name": "application"}},
     "exception": [{"exc_type": "Wrapped", "exc_value": "", "is_cause": false, "frames": []},
       {"exc_type": "ZeroDivisionError", "exc_value": "division by zero", "is_cause": true, "frames": [{"filename": "/boom"}]}],
     "http_request": {"args": {"client_id": "minio"}, "path": "/x", "request_id": "r0"}}',
   now() - interval '10 minutes', '{"pk": 6, "username": "ben"}', '10.0.0.1'),
  ('property_mapping_exception', '{"message": "Traceback (most recent call last):\n  File\nKeyError: ''a''\n", "exception": "a text"}', now() - interval '20 minutes', '{}', null),
  ('system_exception', '{"message": "one", "exception": 7, "http_request": {"path": "/y", "args": [1]}}', now() - interval '30 minutes', 'null', null),
  ('model_updated', '{"model": {"model_name": "oauth2provider", "name": "P", "pk": 2}, "diff": {"b": 1, "client_secret": {"previous_value": "s3cret"}}}', now(), '{"pk": 4, "username": "akadmin"}', null),
  ('model_updated', '{"model": {"model_name": "totpdevice", "name": "T", "pk": 2}}', now(), '{"pk": 4, "username": "akadmin"}', null),
  ('model_deleted', '{"model": {"model_name": "flow", "name": "F", "pk": "abc"}, "diff": [1]}', now() - interval '24 hours 30 minutes', '{"pk": 4, "username": "akadmin"}', null),
  ('model_deleted', '{"model": {"model_name": "flow", "name": "old", "pk": "abd"}}', now() - interval '26 hours', '{"pk": 4, "username": "akadmin"}', null);
"#;

#[test]
fn failures_come_in_groups_and_changes_one_by_one() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(TABLES);
    let sql = format!("\\set asked '{{\"within\": 86400}}'\n{EVENTS}");
    let (told, errors) = cluster.ask_with(&sql);
    assert_eq!(errors, "");
    let failures = told["failures"].as_array().unwrap();
    let of = |action: &str| -> Vec<&Value> {
        let rows = failures.iter();
        rows.filter(|row| row["action"] == action).collect()
    };
    let logins = of("login_failed");
    let [anna, unknown] = &logins[..] else {
        panic!("{failures:#?}");
    };
    assert_eq!(
        (&anna["username"], &anna["count"]),
        (&json!("Anna"), &json!(2))
    );
    assert_eq!(anna["requests"], json!(["r1", "r2"]), "the latest first");
    assert_eq!(anna["before_last"], anna["first"]);
    assert_eq!(anna["signed_in_since"], true);
    assert_eq!(unknown["people"], json!(["ghost", "root"]));
    assert_eq!(
        (&unknown["names"], unknown.get("username")),
        (&json!(2), None)
    );
    let policy = of("policy_exception")[0];
    assert_eq!(policy["error"], "ZeroDivisionError: division by zero");
    assert_eq!(policy["script"], "boom");
    assert_eq!(
        (&policy["application"], policy.get("client_id")),
        (&json!("MinIO"), None)
    );
    assert_eq!(policy["people"], json!(["ben"]));
    assert_eq!(
        of("property_mapping_exception")[0]["error"],
        "KeyError: 'a'"
    );
    assert_eq!(of("system_exception")[0]["path"], "/y");

    let changes = told["changes"].as_array().unwrap();
    let names: Vec<&str> = changes
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["P", "F"], "an hour more than failures");
    assert_eq!(
        (&changes[0]["pk"], &changes[0]["who"]),
        (&json!("2"), &json!("akadmin"))
    );
    assert_eq!(changes[0]["fields"], json!(["b", "client_secret"]));
    assert!(!told.to_string().contains("s3cret"));
    assert_eq!(told["versions"][0]["version"], "2025.10.1");

    // A release without the history loses only that.
    cluster.make("drop table authentik_version_history;");
    let (later, errors) = cluster.ask_with(&sql);
    assert!(errors.contains("authentik_version_history"), "{errors}");
    assert_eq!(
        (later.get("versions"), &later["changes"]),
        (None, &told["changes"])
    );
}
