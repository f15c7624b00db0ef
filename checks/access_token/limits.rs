//! What the token may not read and nothing else told: the questions of the other checks, asked with
//! them, so that nothing is asked for the sake of it.

use super::Scene;
use crate::{
    check::Findings, evidence::Unknown, facts, model::list_of, probe::authentik_api::TokenUser,
};

const READS: &str = "the API token may read what nothing else tells";

/// A kind of rows, the permission that opens it (verified.md 3), and what came of asking.
struct Asked {
    what: &'static str,
    permission: &'static str,
    refused: Option<Unknown>,
}

impl Asked {
    fn of<T>(what: &'static str, permission: &'static str, told: Result<T, Unknown>) -> Self {
        Self {
            what,
            permission,
            refused: told.err().filter(Unknown::is_refused),
        }
    }
}

pub(super) async fn judge(scene: &Scene<'_>, user: &TokenUser) -> Findings {
    let mut findings = Findings::new();
    let (stack, seen, base) = (scene.stack, scene.seen, &scene.base);
    if user.is_superuser {
        findings.passed(READS, scene.subject(), &[scene.me()]);
        return findings;
    }
    let (applications, providers, workers, flows, people) = futures::join!(
        facts::applications(stack, seen, base),
        facts::providers(stack, seen, base),
        facts::workers(stack, seen, base),
        facts::flows(stack, seen, base),
        facts::people(stack, seen, base)
    );
    let asked = [
        Asked::of(
            "every application",
            "a superuser's rights for the list of applications",
            applications,
        ),
        Asked::of(
            "providers",
            "authentik_providers_oauth2.view_oauth2provider",
            providers,
        ),
        Asked::of("workers", "authentik_rbac.view_system_info", workers),
        Asked::of("flows", "authentik_flows.view_flow", flows),
        Asked::of("people", "authentik_core.view_user", people),
    ];
    let refused: Vec<&Asked> = asked.iter().filter(|it| it.refused.is_some()).collect();
    if refused.is_empty() {
        findings.passed(READS, scene.subject(), &[scene.me()]);
        return findings;
    }
    let what: Vec<&str> = refused.iter().map(|it| it.what).collect();
    let permissions: Vec<&str> = refused.iter().map(|it| it.permission).collect();
    let raised = scene
        .raised("access-token/limited")
        .with("user", user.username.clone())
        .with("what", list_of(&what))
        .with("permissions", list_of(&permissions));
    let keys = refused.iter().filter_map(|it| it.refused.as_ref());
    let raised = keys.fold(raised, |raised, why| raised.cites(why.key.clone()));
    findings.raise(READS, raised);
    findings
}
