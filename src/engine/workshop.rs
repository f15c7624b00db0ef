//! What fixes are rendered for: the containers, URLs and version of this stack.

use crate::{
    evidence::{Evidence, Unknown},
    facts::{self, Base},
    fix::{Runtime, Workshop},
    stack::{Stack, TokenAccess},
};

pub(super) async fn workshop(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    simulated: bool,
) -> Workshop {
    let found = facts::containers(stack, seen).await.ok();
    let containers = found.iter().flat_map(|found| {
        found.all.iter().map(|container| {
            let runtime = Runtime {
                flavour: found.engine.flavour,
                compose: container.compose.clone(),
            };
            (container.name.clone(), runtime)
        })
    });
    let server = found
        .as_ref()
        .and_then(|found| Some(found.roles.server.first()?.name.clone()));
    let rights = facts::rights(stack, seen, &base.url).await;
    // A token that authentik refuses mends nothing: its user may be the very one who is inactive.
    let refused = rights.as_ref().is_err_and(Unknown::is_refused);
    let token_variable = match &stack.access.token {
        TokenAccess::Given { from } if from == "AUTHENTIK_TOKEN" => from.clone(),
        _ => "AKDOCTOR_TOKEN".into(),
    };
    Workshop {
        containers: containers.collect(),
        elsewhere: server.is_none(),
        token: rights.is_ok_and(|user| user.is_superuser),
        server: server.or_else(|| stack.authentik.containers.server.clone()),
        api: (!refused).then(|| base.url.clone()),
        token_variable,
        version: facts::version(stack, seen, base).await,
        simulated,
    }
}
