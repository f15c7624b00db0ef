//! The SQL that finds the API token by its hash, on a real PostgreSQL with tables as authentik's.

use akdoctor::probe::own_token::sha256;
use serde_json::{Value, json};

use super::psql::Cluster;

const SQL: &str = include_str!("../../../src/probe/psql_token.sql");

const TABLES: &str = r#"
create table authentik_core_user (id int primary key, username text, is_active bool);
create table authentik_core_token (token_uuid uuid, identifier text, key text, intent text, user_id int, expires timestamptz, expiring bool);
create table authentik_events_event (action text, created timestamptz);
insert into authentik_core_user values (1, 'anna', true), (2, 'ben', false);
insert into authentik_core_token values
  ('00000000-0000-0000-0000-000000000001', 'lasting', 'größe', 'api', 1, '2026-01-01T00:00:00Z', false),
  ('00000000-0000-0000-0000-000000000002', 'ending', 'k2', 'app_password', 2, '2026-01-01T00:00:00Z', true);
insert into authentik_events_event values ('secret_rotate', '2026-01-02T00:00:00Z'), ('login', '2026-01-03T00:00:00Z');
"#;

#[test]
fn a_token_is_found_by_its_hash_and_no_key_is_told() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(TABLES);
    let ask = |key: &str| {
        let (told, errors) = cluster.ask_with(&format!("\\set hash {}\n{SQL}", sha256(key)));
        assert_eq!(errors, "");
        assert!(!told.to_string().contains("größe"));
        told
    };
    assert_eq!(
        ask("größe")["own"],
        json!({"pk": "00000000-0000-0000-0000-000000000001", "identifier": "lasting",
               "intent": "api", "expires": null, "username": "anna", "is_active": true})
    );
    let ending = ask("k2");
    assert_eq!(ending["own"]["is_active"], false);
    let until = ending["own"]["expires"].as_str().unwrap();
    assert!(until.parse::<jiff::Timestamp>().is_ok(), "{until}");
    let unknown = ask("k3");
    assert_eq!(unknown["own"], Value::Null);
    let renewed = unknown["renewed"].as_str().unwrap();
    assert!(renewed.starts_with("2026-01-02T00:00:00"), "{renewed}");

    // A release that keeps keys otherwise tells nothing, and that it is so.
    cluster.make("alter table authentik_core_token rename column key to hash");
    let (told, errors) = cluster.ask_with(&format!("\\set hash 00\n{SQL}"));
    assert_eq!(told.get("own"), None);
    assert!(errors.contains("t.key does not exist"), "{errors}");
}
