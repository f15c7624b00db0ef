//! The script that `ak shell` runs, against stand-ins for authentik's models; and the whole
//! question against a container that plays `ak`.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use akdoctor::probe::{
    ProbeError,
    ak_shell::{AkShell, ShellFacts},
    people::PeopleQuestion,
};

use crate::support::{ContainerSpec, engine, evidence_for};

const SCRIPT: &str = include_str!("../../../src/probe/ak_shell_facts.py");
const MODELS: &str = include_str!("ak_shell_models.py");

/// What the script prints where this version is played, between its marks.
fn printed(version: &str) -> Option<String> {
    let mut python = Command::new("python3")
        .args(["-c", MODELS, version])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| eprintln!("no python3 ({error}): skipped"))
        .ok()?;
    let question = serde_json::json!({
        "usernames": ["akadmin", "boss", "from-ldap", "anna"], "groups": ["Apps", "None"],
        "within": 86_400,
    });
    let hex = data_encoding::HEXLOWER.encode(question.to_string().as_bytes());
    let script = format!("ASKED = \"{hex}\"\n{SCRIPT}");
    python
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, rest) = text.split_once("AKD_BEGIN").unwrap();
    Some(rest.split_once("AKD_END").unwrap().0.to_owned())
}

fn facts(version: &str) -> Option<ShellFacts> {
    let mut told: serde_json::Value = serde_json::from_str(&printed(version)?).unwrap();
    // The probe reads expressions, and keeps none.
    told["scope_mappings"] = serde_json::json!([]);
    let part = |name: &str| told[name].clone();
    let flows = serde_json::json!({
        "flows": part("flows"), "flow_stages": part("flow_stages"), "brands": part("brands"),
    });
    let access = serde_json::json!({
        "access_apps": part("access_apps"), "access_bindings": part("access_bindings"),
        "access_groups": part("access_groups"), "access_unbound": part("access_unbound"),
    });
    (told["flows"], told["access"]) = (flows, access);
    Some(serde_json::from_value(told).unwrap())
}

#[test]
fn redirect_uris_in_lines_of_text_and_no_tasks() {
    let Some(facts) = facts("2023.10") else {
        return;
    };
    assert_eq!(facts.version, "2023.10.7");
    assert_eq!((facts.workers, facts.queue), (None, None));
    let uris = &facts.providers[0].redirect_uris;
    assert_eq!(
        (&*uris[0].matching_mode, &*uris[0].url),
        ("strict", "http://git.test/cb")
    );
    assert_eq!((&*uris[1].matching_mode, &*uris[1].url), ("regex", ".*"));
}

#[test]
fn redirect_uris_as_a_list_with_workers_and_tasks() {
    let Some(facts) = facts("2025.10") else {
        return;
    };
    assert_eq!(facts.version, "2025.10.1");
    let [provider] = &facts.providers[..] else {
        panic!("{facts:?}");
    };
    assert_eq!(
        (provider.pk, provider.application.as_deref()),
        (1, Some("gitea"))
    );
    assert_eq!(provider.redirect_uris[0].url, "http://git.test/cb");
    assert_eq!(provider.mappings.as_deref(), Some(&["a1".to_owned()][..]));
    assert_eq!(provider.claims_in_id_token, Some(true));
    let told: serde_json::Value = serde_json::from_str(&printed("2025.10").unwrap()).unwrap();
    let mapping = serde_json::json!({
        "pk": "a1", "name": "e-mail", "scope": "email", "managed": null,
        "expression": "return {'email': 1}",
    });
    assert_eq!(told["scope_mappings"][0], mapping);
    assert_eq!(provider.redirect_uris[0].redirect_uri_type, None);
    let workers = facts.workers.unwrap();
    assert_eq!(workers.count, 2, "the dead one does not count");
    assert_eq!(workers.rows[0].worker_id, "w1@alive");
    let matching: Vec<_> = workers
        .rows
        .iter()
        .map(|row| row.version_matching)
        .collect();
    assert_eq!(matching, [Some(true), Some(false)]);
    let queue = facts.queue.unwrap();
    assert_eq!(queue.count, 2);
    assert!(queue.oldest.unwrap().starts_with("2026-01-01T"));
}

#[test]
fn the_newest_shape_tells_what_an_entry_is_for() {
    let Some(facts) = facts("2026.05") else {
        return;
    };
    let kind = facts.providers[0].redirect_uris[0]
        .redirect_uri_type
        .as_deref();
    assert_eq!(kind, Some("authorization"));
}

#[test]
fn flows_are_told_with_their_stages_in_order() {
    let Some(facts) = facts("2025.10") else {
        return;
    };
    let flows = facts.flows.flows.unwrap();
    assert_eq!(
        (flows[0].slug.as_str(), flows[0].policies),
        ("sign-in", Some(1))
    );
    let stages = facts.flows.flow_stages.unwrap();
    let kinds: Vec<_> = stages
        .iter()
        .map(|stage| (stage.kind.as_deref(), stage.policies))
        .collect();
    assert_eq!(
        kinds,
        [
            (Some("passwordstage"), Some(0)),
            (Some("userloginstage"), Some(1))
        ]
    );
    assert!(facts.flows.brands.unwrap()[0].default);
    let old = self::facts("2023.10").unwrap();
    assert_eq!(old.flows.brands, None, "there were tenants");
}

#[test]
fn what_is_bound_to_applications_is_told_by_every_release() {
    for version in ["2023.10", "2025.10", "2025.12", "2026.05"] {
        let Some(facts) = facts(version) else { return };
        let access = facts.access;
        let modes: Vec<String> = access
            .access_apps
            .unwrap()
            .into_iter()
            .map(|app| format!("{} {} {}", app.slug, app.target, app.mode))
            .collect();
        assert_eq!(modes, ["broken t2 any", "gitea t1 all"]);
        let bindings = access.access_bindings.unwrap();
        let pks: Vec<&str> = bindings.iter().map(|row| row.pk.as_str()).collect();
        let expires = version == "2026.05";
        match expires {
            true => assert_eq!(pks, ["p4", "p5", "p6", "p7"]),
            false => assert_eq!(pks, ["p4", "p5", "p6"], "{version}: none of flows"),
        }
        let [admins, person, policy, ..] = &bindings[..] else {
            panic!("{bindings:?}");
        };
        assert!(admins.negate && admins.enabled && !admins.expired);
        assert_eq!(admins.group.as_ref().unwrap().name, "Admins");
        assert_eq!(person.user.as_ref().unwrap().username, "Anna");
        assert!(!person.enabled && !person.user.as_ref().unwrap().is_active);
        let kind = policy.policy.as_ref().unwrap().kind.as_deref();
        assert_eq!(
            (kind, policy.failure_result),
            (Some("expressionpolicy"), true)
        );
        assert_eq!(bindings.last().unwrap().expired, expires);
        let groups = access.access_groups.unwrap();
        assert_eq!((groups.len(), groups[0].pk.as_str()), (1, "a"));
        assert_eq!(groups[0].below, ["b"]);
        assert_eq!(
            (groups[0].people, groups[0].active),
            (Some(true), Some(true))
        );
        assert_eq!(access.access_unbound, expires.then_some(false), "{version}");
        let boss = facts.people.named.unwrap().remove(1);
        assert_eq!(boss.group_pks, ["a", "b"]);
    }
}

#[test]
fn one_application_that_breaks_does_not_take_the_others_along() {
    let Some(facts) = facts("2025.10") else {
        return;
    };
    let [gitea, broken] = &facts.applications[..] else {
        panic!("{facts:?}");
    };
    assert_eq!(gitea.launch_url.as_deref(), Some("http://git.test"));
    assert_eq!(
        (broken.launch_url.as_deref(), broken.provider),
        (None, None)
    );
    assert_eq!(broken.name, "No 'provider' \u{202e} é");
}

#[test]
fn a_part_that_fails_says_so_and_leaves_the_rest() {
    let Some(text) = printed("2025.08-broken") else {
        return;
    };
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(told["providers"].is_null());
    let why = told["errors"]["providers"].as_str().unwrap();
    assert!(why.starts_with("NameError"), "{why}");
    assert_eq!(told["queue"]["count"], 2);
}

#[test]
fn people_are_told_alike_by_every_release() {
    for version in ["2023.10", "2025.10", "2025.12"] {
        let Some(text) = printed(version) else { return };
        let told: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["errors"], serde_json::json!({}), "{version}");
        let people = facts(version).unwrap().people;
        let named = people.named.unwrap();
        let names: Vec<&str> = named.iter().map(|row| row.username.as_str()).collect();
        assert_eq!(names, ["akadmin", "boss", "from-ldap"]);
        assert_eq!(named[1].groups, ["Admins", "Deputies"]);
        assert_eq!(
            (named[1].is_superuser, named[1].usable),
            (true, Some(false))
        );
        assert!(named[2].linked);
        let superusers = people.superusers.unwrap();
        let superusers: Vec<i64> = superusers.iter().map(|row| row.pk).collect();
        assert_eq!(superusers, [1, 4], "{version}");
        let tried = people.tried.unwrap();
        assert_eq!((tried.len(), tried[0].count, tried[0].person.pk), (1, 2, 3));
        assert_eq!(people.near.unwrap()[0].username, "Anna");
        assert_eq!(people.groups.unwrap().len(), 1);
        let shared = people.shared_emails.unwrap();
        assert_eq!((shared.len(), shared[0].count), (1, 2));
    }
}

#[test]
fn the_script_names_no_secret() {
    let harmless = [
        "has_usable_password()",
        "s.password_stage",
        "passwordless",
        "passwordstage",
    ];
    let script = harmless
        .iter()
        .fold(SCRIPT.to_owned(), |script, name| script.replace(name, ""));
    for word in ["client_secret", "password", "key_data"] {
        assert!(!script.contains(word), "{word}");
    }
}

/// Plays `timeout` and `ak` with the shell that the image has.
const PLAYED: &str = r#"
/bin/busybox mkdir -p /usr/bin
printf '#!/bin/sh\nshift\nexec "$@"\n' > /usr/bin/timeout
printf '#!/bin/sh\n[ "$1 $2" = "shell -c" ] || exit 9\ncat > /read\n. /answer\n' > /usr/bin/ak
/bin/busybox chmod +x /usr/bin/timeout /usr/bin/ak
/bin/busybox touch /ready
exec sleep 600
"#;

async fn ask(answer: &str) -> Option<Result<ShellFacts, ProbeError>> {
    let engine = engine()?;
    let script = format!("cat > /answer <<'END'\n{answer}\nEND\n{PLAYED}");
    let path = "PATH=/usr/bin:/bin";
    let container = engine.run(ContainerSpec::shell(&script).with(&["-e", path]));
    let ready = "until [ -e /ready ]; do sleep 0.1; done";
    engine.docker(&["exec", &container.id, "sh", "-c", ready]);
    let question = AkShell {
        container: container.id.clone(),
        people: PeopleQuestion::default(),
    };
    let answer = evidence_for(engine.endpoint()).ask(question).await;
    if answer.is_ok() {
        let read = engine.docker(&["exec", &container.id, "cat", "/read"]);
        assert!(read.ends_with(SCRIPT.trim_end()), "the script comes whole");
    }
    Some(
        answer
            .map(|facts| ShellFacts::clone(&facts))
            .map_err(|unknown| unknown.error),
    )
}

#[tokio::test]
async fn the_whole_question_by_the_engine() {
    let told = r#"AKD_BEGIN{"version":"2025.10.1","applications":[],"providers":[],"workers":null,"queue":null,"errors":{}}AKD_END"#;
    let Some(answer) = ask(&format!("echo noise >&2; echo '{told}'")).await else {
        return;
    };
    assert_eq!(answer.unwrap().version, "2025.10.1");
    let ends = "echo '{\"event\":\"retrying\"}' >&2; exit 124";
    let late = ask(ends).await.unwrap().unwrap_err();
    assert!(late.is_timeout(), "{late}");
}

#[tokio::test]
async fn a_container_without_ak_or_without_memory_to_spare_says_so() {
    let Some(engine) = engine() else { return };
    let evidence = evidence_for(engine.endpoint());
    let bare = engine.run(ContainerSpec::bare());
    let small = engine.run(ContainerSpec::idle().with(&["--memory", "64m"]));
    for (container, word) in [(&bare, "executable file"), (&small, "not run, because")] {
        let question = AkShell {
            container: container.id.clone(),
            people: PeopleQuestion::default(),
        };
        let error = evidence.ask(question).await.unwrap_err().error;
        assert!(matches!(error, ProbeError::Failed { .. }), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
    }
}
