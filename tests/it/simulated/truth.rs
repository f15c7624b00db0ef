//! Whichever way a scenario's providers are asked for, they are the same.

use std::sync::Arc;

use akdoctor::{
    evidence::{Evidence, Limits},
    facts,
    probe::{
        ak_shell::AkShell,
        authentik_api::{
            AskApplications, AskEvents, AskFlows, AskProviders, AskScopeMappings, ProviderRow,
        },
        flows::FlowFacts,
        people::PeopleQuestion,
        psql::Psql,
    },
    simulate::play,
};

#[tokio::test]
async fn api_database_and_shell_tell_one_truth() {
    for scenario in [
        "healthy",
        "apps-otherwise",
        "hostile-names",
        "redirect-lines-of-text",
        "empty-list",
        "no-provider",
        "grant-types",
        "scope-missing",
        "claims-not-in-id-token",
        "flow-empty",
        "flow-missing",
        "brand-of-another-host",
        "no-authorization-flow",
    ] {
        let playing = play(scenario).await.unwrap();
        let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
        let found = facts::containers(&playing.stack, &seen).await.unwrap();
        let base = "http://localhost:9000".to_owned();
        let api = seen.ask(AskProviders { base: base.clone() }).await.unwrap();
        let mappings = AskScopeMappings { base: base.clone() };
        let mappings = seen.ask(mappings).await.unwrap();
        let flows = seen.ask(AskFlows { base: base.clone() }).await.unwrap();
        let applications = seen
            .ask(AskApplications {
                base,
                known: Vec::new(),
            })
            .await
            .unwrap();
        let database = Psql {
            container: found.named("authentik-postgresql").unwrap().id.clone(),
            user: "authentik".into(),
            database: "authentik".into(),
            people: PeopleQuestion::default(),
        };
        let database = seen.ask(database).await.unwrap();
        let shell = AkShell {
            container: found.named("authentik-server").unwrap().id.clone(),
            people: PeopleQuestion::default(),
        };
        let shell = seen.ask(shell).await.unwrap();
        let api = sorted(&api.rows);
        assert!(api.len() >= 5, "{scenario}");
        assert_eq!(api, sorted(&database.providers), "{scenario}");
        assert_eq!(api, sorted(&shell.providers), "{scenario}");
        assert!(
            mappings.rows.len() >= 7 && !mappings.is_shortened(),
            "{scenario}"
        );
        assert_eq!(mappings.rows, database.scope_mappings, "{scenario}");
        assert_eq!(mappings.rows, shell.scope_mappings, "{scenario}");
        assert_eq!(applications.rows, database.applications, "{scenario}");
        assert_eq!(applications.rows, shell.applications, "{scenario}");
        let flows = ordered(&flows);
        assert!(flows.flows.as_ref().unwrap().len() >= 13, "{scenario}");
        assert_eq!(flows, ordered(&database.flows), "{scenario}");
        assert_eq!(flows, ordered(&shell.flows), "{scenario}");
    }
}

#[tokio::test]
async fn events_are_one_truth_too() {
    for scenario in [
        "healthy",
        "many-failures",
        "changed-before-failure",
        "inactive-user",
    ] {
        let playing = play(scenario).await.unwrap();
        let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
        let found = facts::containers(&playing.stack, &seen).await.unwrap();
        let people = PeopleQuestion {
            within: 86_400,
            ..PeopleQuestion::default()
        };
        let api = AskEvents {
            base: "http://localhost:9000".into(),
            within: people.within,
        };
        let api = seen.ask(api).await.unwrap();
        let database = Psql {
            container: found.named("authentik-postgresql").unwrap().id.clone(),
            user: "authentik".into(),
            database: "authentik".into(),
            people: people.clone(),
        };
        let database = seen.ask(database).await.unwrap();
        let shell = AkShell {
            container: found.named("authentik-server").unwrap().id.clone(),
            people,
        };
        let shell = seen.ask(shell).await.unwrap();
        let failures = api.failures.as_ref().unwrap().len();
        assert_eq!(failures == 0, scenario == "healthy", "{scenario}");
        for inside in [&database.events, &shell.events] {
            assert_eq!(api.failures, inside.failures, "{scenario}");
            assert_eq!(api.changes, inside.changes, "{scenario}");
        }
    }
}

fn ordered(facts: &FlowFacts) -> FlowFacts {
    let mut facts = facts.clone();
    facts
        .flows
        .as_mut()
        .unwrap()
        .sort_by_key(|row| row.pk.clone());
    let stages = facts.flow_stages.as_mut().unwrap();
    stages.sort_by_key(|row| (row.flow.clone(), row.order));
    facts
        .brands
        .as_mut()
        .unwrap()
        .sort_by_key(|row| row.pk.clone());
    facts
}

fn sorted(rows: &[ProviderRow]) -> Vec<ProviderRow> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.pk);
    rows
}
