//! What fixes are rendered for: the containers, URLs and version of this stack.

use crate::{
    evidence::{Evidence, Unknown},
    facts::{self, Base, Containers},
    fix::{Runtime, Workshop},
    stack::{Stack, TokenAccess},
};

/// What the containers alone tell, for a command that asks nothing else.
pub fn workshop_of(found: &Containers, stack: &Stack) -> Workshop {
    let containers = found.all.iter().map(|container| {
        let runtime = Runtime {
            flavour: found.engine.flavour,
            compose: container.compose.clone(),
        };
        (container.name.clone(), runtime)
    });
    let roles = &found.roles;
    let server = roles.server.first().map(|server| server.name.clone());
    let mut core = roles.server.iter().chain(&roles.worker);
    Workshop {
        containers: containers.collect(),
        elsewhere: server.is_none(),
        server: server.or_else(|| stack.authentik.containers.server.clone()),
        version: core.find_map(|container| facts::image_version(container)),
        ..Workshop::default()
    }
}

pub(super) async fn workshop(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    simulated: bool,
) -> Workshop {
    let seen_here = match facts::containers(stack, seen).await {
        Ok(found) => workshop_of(&found, stack),
        Err(_) => Workshop {
            elsewhere: true,
            server: stack.authentik.containers.server.clone(),
            ..Workshop::default()
        },
    };
    let rights = facts::rights(stack, seen, &base.url).await;
    // A token that authentik refuses mends nothing: its user may be the very one who is inactive.
    let refused = rights.as_ref().is_err_and(Unknown::is_refused);
    let token_variable = match &stack.access.token {
        TokenAccess::Given { from } if from == "AUTHENTIK_TOKEN" => from.clone(),
        _ => "AKDOCTOR_TOKEN".into(),
    };
    Workshop {
        token: rights.is_ok_and(|user| user.is_superuser),
        api: (!refused).then(|| base.url.clone()),
        token_variable,
        version: facts::version(stack, seen, base).await,
        simulated,
        ..seen_here
    }
}
