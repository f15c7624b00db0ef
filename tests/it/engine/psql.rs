//! The SQL that is given to `psql`, on a real PostgreSQL with tables as authentik's.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

const SQL: &str = include_str!("../../../src/probe/psql_facts.sql");
const FLOWS: &str = include_str!("../../../src/probe/psql_flows.sql");
pub(super) const PEOPLE: &str = concat!(
    include_str!("../../../src/probe/psql_person_row.sql"),
    include_str!("../../../src/probe/psql_people.sql")
);

/// The tables of authentik 2025.10, reduced to the columns that matter.
const TABLES: &str = r#"
create table authentik_version_history (id serial, "timestamp" timestamptz, version text, build text);
insert into authentik_version_history ("timestamp", version) values
  ('2026-01-01', '2025.8.4'), ('2026-02-01', '2025.10.1');
create table authentik_core_provider (id int primary key, name text);
create table authentik_core_application
  (slug text, name text, provider_id int, meta_launch_url text default '');
create table authentik_providers_oauth2_oauth2provider
  (provider_ptr_id int, client_id text, client_secret text, _redirect_uris jsonb);
insert into authentik_core_provider values (1, E'Gitea\n"OIDC"'), (2, 'lone');
insert into authentik_core_application values ('gitea', 'Gitea', 1, 'http://git.test'), ('a', 'A', null, '');
insert into authentik_providers_oauth2_oauth2provider values
  (1, 'gitea', 'top-secret', '[{"url": "http://git.test/cb", "matching_mode": "strict"}]'),
  (2, 'lone', 'top-secret', '[]');
create table authentik_core_propertymapping (pm_uuid uuid, name text, expression text, managed text);
create table authentik_providers_oauth2_scopemapping (propertymapping_ptr_id uuid, scope_name text);
create table authentik_core_provider_property_mappings
  (id serial, provider_id int, propertymapping_id uuid);
insert into authentik_core_propertymapping values
  ('00000000-0000-0000-0000-0000000000a1', 'e "mail"', E'return {\n"email": 1,\n"email_verified": False\n}', 'own'),
  ('00000000-0000-0000-0000-0000000000a2', 'saml', 'return 1', null);
insert into authentik_providers_oauth2_scopemapping values
  ('00000000-0000-0000-0000-0000000000a1', 'email');
insert into authentik_core_provider_property_mappings (provider_id, propertymapping_id) values
  (1, '00000000-0000-0000-0000-0000000000a1');
create table authentik_tasks_workerstatus (id uuid, hostname text, version text, last_seen timestamptz);
insert into authentik_tasks_workerstatus values
  ('13fa7779-2db0-48fc-8c1c-f439b71a06c0', 'alive', '2025.10.1', now()),
  ('15078dd3-d570-4c63-9b7e-bda1a67f452f', 'dead', '2025.8.4', now() - interval '3 minutes');
create table authentik_tasks_task (message_id int, state text, mtime timestamptz, eta timestamptz);
insert into authentik_tasks_task values
  (1, 'queued', '2026-01-01T10:00:00Z', null), (2, 'queued', now(), now() - interval '1 minute'),
  (3, 'queued', '2025-01-01T10:00:00Z', now() + interval '1 hour'), (4, 'done', '2024-01-01', null);
"#;
/// What makes an authentik 2023.10 of them.
const OLDER: &str = r#"
drop table authentik_version_history;
drop table authentik_tasks_workerstatus;
drop table authentik_tasks_task;
alter table authentik_providers_oauth2_oauth2provider drop column _redirect_uris;
alter table authentik_providers_oauth2_oauth2provider add column redirect_uris text default E'http://a\n.*';
"#;

/// Flows as authentik 2025.10 keeps them; the longest table's name as PostgreSQL cuts it and Django
/// ends it.
const FLOW_TABLES: &str = r#"
create table authentik_policies_policybinding (target_id uuid, enabled bool);
create table authentik_flows_flow (flow_uuid uuid primary key, policybindingmodel_ptr_id uuid, slug text, name text, designation text, authentication text, denied_action text);
create table authentik_flows_stage (stage_uuid uuid primary key, name text);
create table authentik_flows_flowstagebinding (policybindingmodel_ptr_id uuid, target_id uuid, stage_id uuid, "order" int);
create table authentik_stages_identification_identificationstage (stage_ptr_id uuid, user_fields varchar(100)[], password_stage_id uuid, passwordless_flow_id uuid);
create table authentik_stages_identification_identificationstage_sources (identificationstage_id uuid, source_id uuid);
create table authentik_stages_password_passwordstage (stage_ptr_id uuid, backends text[]);
create table authentik_stages_user_login_userloginstage (stage_ptr_id uuid);
create table authentik_stages_authenticator_validate_authenticatorvalida499c (stage_ptr_id uuid, not_configured_action text);
create table authentik_brands_brand (brand_uuid uuid, domain text, "default" bool, flow_authentication_id uuid, flow_invalidation_id uuid);
insert into authentik_flows_flow values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a0', 'sign-in', E'O''Brien\n"x"', 'authentication', 'none', 'message');
insert into authentik_policies_policybinding values ('00000000-0000-0000-0000-0000000000a0', true), ('00000000-0000-0000-0000-0000000000a0', false), ('00000000-0000-0000-0000-0000000000b2', true);
insert into authentik_flows_stage values ('00000000-0000-0000-0000-000000000001', 'who'), ('00000000-0000-0000-0000-000000000002', 'password'), ('00000000-0000-0000-0000-000000000003', 'second factor'), ('00000000-0000-0000-0000-000000000004', 'login');
insert into authentik_flows_flowstagebinding values
 ('00000000-0000-0000-0000-0000000000b4', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000004', 100),
 ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000001', 10),
 ('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000003', 30);
insert into authentik_stages_identification_identificationstage values ('00000000-0000-0000-0000-000000000001', '{email,username}', '00000000-0000-0000-0000-000000000002', null);
insert into authentik_stages_identification_identificationstage_sources values ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000ff');
insert into authentik_stages_password_passwordstage values ('00000000-0000-0000-0000-000000000002', '{authentik.core.auth.InbuiltBackend}');
insert into authentik_stages_user_login_userloginstage values ('00000000-0000-0000-0000-000000000004');
insert into authentik_stages_authenticator_validate_authenticatorvalida499c values ('00000000-0000-0000-0000-000000000003', 'skip');
insert into authentik_brands_brand values ('00000000-0000-0000-0000-0000000000c0', 'authentik-default', true, '00000000-0000-0000-0000-00000000000a', null);
"#;

/// People as authentik 2025.10 keeps them.
pub(super) const PEOPLE_TABLES: &str = r#"
create table authentik_core_user (id int primary key, username text, name text, email text,
  is_active bool, password text, path text default 'users', type text default 'internal',
  last_login timestamptz);
create table authentik_core_group (group_uuid uuid primary key, name text, is_superuser bool, parent_id uuid);
create table authentik_core_user_ak_groups (user_id int, group_id uuid);
create table authentik_core_usersourceconnection (user_id int);
create table authentik_events_event (action text, context jsonb, created timestamptz);
insert into authentik_core_user (id, username, name, email, is_active, password) values
  (1, 'akadmin', '', 'admin@example.com', true, 'pbkdf2_sha256$hash'),
  (2, E'O''Brien "x" \\ %_', '', 'Shared@example.com', true, '!unusable'),
  (3, 'Anna', '', 'shared@example.com', false, 'pbkdf2_sha256$hash'),
  (4, 'boss', '', 'shared@example.com', true, ''),
  (5, 'from-ldap', '', '', true, '!x'),
  (6, 'gone', '', '', false, 'pbkdf2_sha256$hash');
update authentik_core_user set path = 'goauthentik.io/sources/ldap' where id = 5;
insert into authentik_core_group values
  ('00000000-0000-0000-0000-00000000000a', 'Admins', true, null),
  ('00000000-0000-0000-0000-00000000000b', 'Deputies', false, '00000000-0000-0000-0000-00000000000a'),
  ('00000000-0000-0000-0000-00000000000c', 'Apps', false, null);
insert into authentik_core_user_ak_groups values
  (1, '00000000-0000-0000-0000-00000000000a'), (4, '00000000-0000-0000-0000-00000000000b');
insert into authentik_events_event values
  ('login_failed', '{"username": "Anna"}', now() - interval '5 minutes'),
  ('login_failed', '{"username": "Anna"}', now() - interval '6 minutes'),
  ('login_failed', '{"username": "gone"}', now() - interval '3 days'),
  ('login_failed', '{"username": "akadmin"}', now()),
  ('login_failed', '{"username": "nobody"}', now()),
  ('login', '{"username": "gone"}', now());
"#;
/// What makes an authentik 2025.12, and then a 2026.2, of them.
pub(super) const PARENTS: &str = r#"
create table authentik_core_groupparentage (uuid uuid, child_id uuid, parent_id uuid);
insert into authentik_core_groupparentage (child_id, parent_id)
  select group_uuid, parent_id from authentik_core_group where parent_id is not null;
alter table authentik_core_group drop column parent_id;
"#;
pub(super) const GROUPS: &str =
    "alter table authentik_core_user_ak_groups rename to authentik_core_user_groups;";

/// A cluster of its own on a unix socket, ended with this value.
pub(super) struct Cluster {
    bin: PathBuf,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// `None`, with a word, where PostgreSQL is not installed.
    pub(super) fn start() -> Option<Self> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok();
        let bin = versions
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .find(|bin| bin.join("initdb").exists());
        let Some(bin) = bin else {
            eprintln!("no PostgreSQL below /usr/lib/postgresql: skipped");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let cluster = Self { bin, folder };
        cluster.give_to_owner();
        cluster.must("initdb -U postgres -A trust -N -D DIR/data");
        cluster.must(
            "pg_ctl -w -s -D DIR/data -l DIR/log -o \"-F -c listen_addresses='' -k DIR\" start",
        );
        Some(cluster)
    }

    /// PostgreSQL refuses to run as root.
    fn give_to_owner(&self) {
        if is_root() {
            let changed = Command::new("chown")
                .arg("postgres")
                .arg(self.path())
                .status();
            assert!(changed.unwrap().success());
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn shell(&self, command: &str) -> Command {
        let line = command.replace("DIR", &self.path().display().to_string());
        let line = format!("cd / && PATH={}:$PATH {line}", self.bin.display());
        let mut shell = match is_root() {
            true => {
                let mut su = Command::new("runuser");
                su.args(["-u", "postgres", "--", "sh"]);
                su
            }
            false => Command::new("sh"),
        };
        shell.args(["-c", &line]).stdin(Stdio::null());
        shell
    }

    fn must(&self, command: &str) {
        let output = self.shell(command).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }

    fn psql(&self, options: &str, sql: &str) -> Output {
        let command = format!("psql -h DIR -U postgres -d postgres {options}");
        let mut psql = self
            .shell(&command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        psql.stdin
            .take()
            .unwrap()
            .write_all(sql.as_bytes())
            .unwrap();
        psql.wait_with_output().unwrap()
    }

    pub(super) fn make(&self, sql: &str) {
        let output = self.psql("-v ON_ERROR_STOP=1 -q", sql);
        assert!(output.status.success(), "{output:?}");
    }

    /// The answer's lines, put together, and what went wrong.
    fn ask(&self) -> (Value, String) {
        self.ask_with(SQL)
    }

    pub(super) fn ask_with(&self, sql: &str) -> (Value, String) {
        let output = self.psql("-w -AtqX -v ON_ERROR_STOP=0", sql);
        assert!(output.status.success(), "{output:?}");
        let mut all = serde_json::Map::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let fact: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            all.extend(fact);
        }
        (all.into(), String::from_utf8(output.stderr).unwrap())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self
            .shell("pg_ctl -s -m immediate -D DIR/data stop")
            .output();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

#[test]
fn the_sql_answers_on_a_new_and_on_an_old_schema() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(TABLES);
    let (told, errors) = cluster.ask();
    assert_eq!(errors, "");
    assert_eq!(told["version"], "2025.10.1");
    assert_eq!(
        told["applications"],
        json!([
            {"slug": "a", "name": "A", "provider": null, "launch_url": null},
            {"slug": "gitea", "name": "Gitea", "provider": 1, "launch_url": "http://git.test"},
        ])
    );
    let first = json!({
        "pk": 1, "name": "Gitea\n\"OIDC\"", "client_id": "gitea", "application": "gitea",
        "redirect_uris": [{"url": "http://git.test/cb", "matching_mode": "strict"}],
        "client_type": null, "grant_types": null, "signing_key": null,
        "claims_in_id_token": null,
        "flows": {"authentication": null, "authorize": null, "invalidation": null},
        "logout": {"uri": "", "method": null},
    });
    assert_eq!(told["providers"][0], first);
    assert_eq!(told["providers"][1]["application"], Value::Null);
    assert!(!told.to_string().contains("top-secret"));
    let mapping = "00000000-0000-0000-0000-0000000000a1";
    assert_eq!(told["provider_mappings"], json!([[1, mapping]]));
    assert_eq!(
        told["scope_mappings"],
        json!([{
            "pk": mapping, "name": "e \"mail\"", "scope": "email", "managed": "own",
            "expression": "return {\n\"email\": 1,\n\"email_verified\": False\n}",
        }])
    );
    let alive = json!([{
        "worker_id": "13fa7779-2db0-48fc-8c1c-f439b71a06c0@alive", "version": "2025.10.1",
    }]);
    assert_eq!(told["workers"], alive);
    assert_eq!(told["queue"]["count"], 2, "one is not due yet, one is done");
    let oldest = told["queue"]["oldest"].as_str().unwrap();
    assert!(oldest.starts_with("2026-01-01T10:00:00"), "{oldest}");

    cluster.make(OLDER);
    let (told, errors) = cluster.ask();
    assert!(errors.contains("authentik_version_history"), "{errors}");
    assert_eq!(told.get("version"), None);
    assert_eq!(told["providers"][0]["redirect_uris"], "http://a\n.*");
    assert_eq!(told["applications"].as_array().unwrap().len(), 2);
}

#[test]
fn flows_are_told_with_their_stages() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(FLOW_TABLES);
    let (told, errors) = cluster.ask_with(FLOWS);
    assert_eq!(errors, "");
    let flow = &told["flows"][0];
    assert_eq!(flow["name"], "O'Brien\n\"x\"");
    assert_eq!(flow["policies"], 1, "one more is not enabled");
    let stages = told["flow_stages"].as_array().unwrap();
    let kinds: Vec<&str> = stages
        .iter()
        .map(|stage| stage["kind"].as_str().unwrap())
        .collect();
    let wanted = [
        "identificationstage",
        "authenticatorvalidatestage",
        "userloginstage",
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(stages[0]["user_fields"], json!(["email", "username"]));
    assert_eq!(
        stages[0]["backends"],
        json!(["authentik.core.auth.InbuiltBackend"]),
        "those of the password stage inside"
    );
    assert_eq!(stages[0]["sources"], 1);
    assert_eq!(stages[0]["passwordless"], false);
    assert_eq!(stages[1]["not_configured_action"], "skip");
    assert_eq!(stages[1]["policies"], 1);
    assert_eq!(told["brands"][0]["domain"], "authentik-default");

    // A release without one of the tables loses only its own fact.
    cluster.make("drop table authentik_brands_brand;");
    let (told, errors) = cluster.ask_with(FLOWS);
    assert!(errors.contains("authentik_brands_brand"), "{errors}");
    assert_eq!(told.get("brands"), None);
    assert_eq!(told["flow_stages"].as_array().unwrap().len(), 3);
}

/// Whom the question names, as the probe writes it.
fn question(usernames: &[&str], groups: &[&str]) -> String {
    let question = json!({"usernames": usernames, "groups": groups, "within": 86_400});
    let hex = data_encoding::HEXLOWER.encode(question.to_string().as_bytes());
    format!("\\set asked {hex}\n{PEOPLE}")
}

fn names(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["username"].as_str().unwrap()).collect()
}

#[test]
fn people_are_told_alike_on_every_schema() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(PEOPLE_TABLES);
    let odd = "O'Brien \"x\" \\ %_";
    let sql = question(
        &[
            "akadmin",
            odd,
            "boss",
            "from-ldap",
            "anna",
            "ann'; drop table x; --",
        ],
        &["Apps", "Nobody's"],
    );
    let (told, errors) = cluster.ask_with(&sql);
    assert_eq!(errors, "");
    assert_eq!(names(&told["named"]), ["akadmin", odd, "boss", "from-ldap"]);
    let of = |name: &str| {
        let mut rows = told["named"].as_array().unwrap().iter();
        rows.find(|row| row["username"] == name).unwrap().clone()
    };
    assert_eq!(of("boss")["groups"], json!(["Admins", "Deputies"]));
    assert_eq!(of("boss")["is_superuser"], true);
    assert_eq!(of(odd)["groups"], json!([]));
    let usable = |name: &str| of(name)["usable"].as_bool().unwrap();
    assert!(usable("akadmin") && !usable(odd) && !usable("boss"));
    assert_eq!(of("from-ldap")["linked"], true);
    assert_eq!(told["groups"][0]["name"], "Apps");
    assert_eq!(told["groups"].as_array().unwrap().len(), 1);
    assert_eq!(names(&told["superusers"]), ["akadmin", "boss"]);
    let tried = &told["tried"][0];
    assert_eq!(tried["person"]["username"], "Anna");
    assert_eq!(
        (
            tried["count"].as_u64(),
            told["tried"].as_array().unwrap().len()
        ),
        (Some(2), 1)
    );
    let near = told["near"].as_array().unwrap();
    assert!(
        near.iter()
            .any(|row| row["wanted"] == "anna" && row["username"] == "Anna")
    );
    let shared = &told["shared_emails"][0];
    assert_eq!(
        (&shared["email"], &shared["count"]),
        (&json!("shared@example.com"), &json!(2))
    );
    assert!(
        !told.to_string().contains("pbkdf2"),
        "no password's hash leaves the database"
    );
    for step in [PARENTS, GROUPS] {
        cluster.make(step);
        let (later, errors) = cluster.ask_with(&sql);
        assert_eq!(errors, "");
        assert_eq!(later, told);
    }
}

#[test]
fn the_sql_cannot_write() {
    assert!(SQL.contains("default_transaction_read_only = on"));
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let output = cluster.psql("-AtqX", &format!("{SQL}\ncreate table t (a int);"));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("read-only transaction"), "{errors}");
}

/// On a fresh authentik the statement that unites the stages' tables was compiled for longer than
/// its limit of time.
#[test]
fn no_statement_is_compiled() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let output = cluster.psql("-AtqX", &format!("{SQL}\nshow jit;"));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown.lines().last(), Some("off"), "{shown}");
}
