//! The SQL that is given to `psql`, on a real PostgreSQL with tables as authentik's.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

const SQL: &str = include_str!("../../../src/probe/psql_facts.sql");

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

/// A cluster of its own on a unix socket, ended with this value.
struct Cluster {
    bin: PathBuf,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// `None`, with a word, where PostgreSQL is not installed.
    fn start() -> Option<Self> {
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

    fn make(&self, sql: &str) {
        let output = self.psql("-v ON_ERROR_STOP=1 -q", sql);
        assert!(output.status.success(), "{output:?}");
    }

    /// The answer's lines, put together, and what went wrong.
    fn ask(&self) -> (Value, String) {
        let output = self.psql("-w -AtqX -v ON_ERROR_STOP=0", SQL);
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
        "client_type": null, "grant_types": null,
    });
    assert_eq!(told["providers"][0], first);
    assert_eq!(told["providers"][1]["application"], Value::Null);
    assert!(!told.to_string().contains("top-secret"));
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
fn the_sql_cannot_write() {
    assert!(SQL.contains("default_transaction_read_only = on"));
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let output = cluster.psql("-AtqX", &format!("{SQL}\ncreate table t (a int);"));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("read-only transaction"), "{errors}");
}
