//! What is bound to applications, asked by the SQL of a real PostgreSQL.

use serde_json::{Value, json};

use super::psql::{Cluster, GROUPS, PARENTS, PEOPLE, PEOPLE_TABLES};

const ACCESS: &str = include_str!("../../../src/probe/psql_access.sql");

/// Applications and bindings as authentik 2025.10 keeps them, beside its people.
const TABLES: &str = r#"
create table authentik_core_application (slug text, name text, policybindingmodel_ptr_id uuid);
create table authentik_policies_policybindingmodel (pbm_uuid uuid, policy_engine_mode text);
create table authentik_policies_policy (policy_uuid uuid, name text);
create table authentik_policies_expression_expressionpolicy (policy_ptr_id uuid);
create table authentik_policies_policybinding (policy_binding_uuid uuid, target_id uuid, "order" int,
  enabled bool, negate bool, timeout int, failure_result bool, user_id int, group_id uuid, policy_id uuid);
insert into authentik_policies_policybindingmodel values
  ('00000000-0000-0000-0000-0000000000f1', 'all'), ('00000000-0000-0000-0000-0000000000f2', 'any');
insert into authentik_core_application values
  ('gitea', E'Git\n"ea"', '00000000-0000-0000-0000-0000000000f1'),
  ('a', 'A', '00000000-0000-0000-0000-0000000000f2');
insert into authentik_policies_policy values ('00000000-0000-0000-0000-0000000000e1', 'office hours');
insert into authentik_policies_expression_expressionpolicy values ('00000000-0000-0000-0000-0000000000e1');
insert into authentik_policies_policybinding values
  ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-0000000000f1', 5, true, true, 30, true, null, null, '00000000-0000-0000-0000-0000000000e1'),
  ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000f1', 0, true, false, 30, false, null, '00000000-0000-0000-0000-00000000000a', null),
  ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-0000000000f1', 1, false, false, 30, false, 3, null, null),
  ('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-0000000000f2', 0, true, false, 30, false, null, '00000000-0000-0000-0000-00000000000c', null),
  ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000099', 0, true, false, 30, false, 1, null, null);
update authentik_core_user_ak_groups set group_id = '00000000-0000-0000-0000-00000000000b';
"#;
/// What 2026.8 has more.
const LATER: &str = r#"
alter table authentik_policies_policybinding add column expiring bool default false, add column expires timestamptz;
update authentik_policies_policybinding set expiring = true, expires = now() - interval '1 day' where "order" = 5;
create table authentik_tenants_tenant (schema_name text, flags jsonb);
insert into authentik_tenants_tenant values ('public', '{"core_default_app_access": false}');
"#;

fn ask(cluster: &Cluster) -> (Value, String) {
    let question = json!({"usernames": [], "groups": [], "within": 60}).to_string();
    let hex = data_encoding::HEXLOWER.encode(question.as_bytes());
    cluster.ask_with(&format!("\\set asked {hex}\n{PEOPLE}{ACCESS}"))
}

#[test]
fn what_is_bound_to_applications_is_told_by_every_schema() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(PEOPLE_TABLES);
    cluster.make(TABLES);
    let (told, errors) = ask(&cluster);
    assert!(errors.contains("authentik_tenants_tenant"), "{errors}");
    assert_eq!(errors.matches("ERROR").count(), 1, "{errors}");
    assert_eq!(told.get("access_unbound"), None);
    let app = &told["access_apps"][1];
    assert_eq!(
        (&app["name"], &app["mode"]),
        (&json!("Git\n\"ea\""), &json!("all"))
    );
    let bindings = told["access_bindings"].as_array().unwrap();
    assert_eq!(bindings.len(), 4, "none of flows: {bindings:?}");
    let group = json!({"pk": "00000000-0000-0000-0000-00000000000a", "name": "Admins"});
    assert_eq!(bindings[0]["group"], group);
    assert_eq!(bindings[0]["user"], Value::Null);
    let person = json!({"pk": 3, "username": "Anna", "is_active": false});
    assert_eq!(
        (&bindings[1]["user"], &bindings[1]["enabled"]),
        (&person, &json!(false))
    );
    assert_eq!(bindings[2]["policy"]["kind"], "expressionpolicy");
    assert_eq!(
        (&bindings[2]["negate"], &bindings[2]["failure_result"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(bindings[2]["expired"], false);
    let groups = told["access_groups"].clone();
    let below = json!(["00000000-0000-0000-0000-00000000000b"]);
    assert_eq!(
        groups[0]["below"], below,
        "members are in the one below alone"
    );
    assert_eq!(
        (&groups[0]["people"], &groups[0]["active"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&groups[1]["people"], &groups[1]["active"]),
        (&json!(false), &json!(false))
    );

    cluster.make(PARENTS);
    cluster.make(GROUPS);
    cluster.make(LATER);
    let (told, errors) = ask(&cluster);
    assert_eq!(errors, "");
    assert_eq!(told["access_groups"], groups);
    assert_eq!(told["access_bindings"][2]["expired"], true);
    assert_eq!(told["access_unbound"], false);
    cluster.make("update authentik_core_user set is_active = false");
    let (told, _) = ask(&cluster);
    assert_eq!(told["access_groups"][0]["active"], false);
    assert_eq!(told["access_groups"][0]["people"], true);
}
