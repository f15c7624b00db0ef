//! What an app really sends: the authorization request that its start leads to says more than any
//! setting, which may be read elsewhere, be older than the app, or follow the browser.

use futures::future::join_all;

use crate::{
    evidence::Evidence,
    facts::{self, AppFacts, Authorization, Base, Place, Said, StartSight},
    probe::{authentik_api::ProviderRow, start::Authorize},
    stack::Stack,
};

/// Puts what each app's start sends in the place of what its container says; gives the requests,
/// one for each app.
pub(super) async fn complete(
    stack: &Stack,
    seen: &Evidence,
    apps: &mut [AppFacts],
) -> Vec<Option<Authorize>> {
    let starts = facts::starts(stack, seen, apps).await;
    let looks = apps.iter_mut().zip(starts);
    looks
        .map(|(app, sight)| {
            let StartSight::Asked(start) = &sight else {
                return None;
            };
            // Another identity provider has other clients.
            let request = sight.started()?.authorize()?;
            if !request.is_path_of_authentik() {
                return None;
            }
            sent(app, request, &start.url, &start.cite);
            Some(request.clone())
        })
        .collect()
}

/// authentik's own word on each of these requests.
pub(super) async fn words(
    seen: &Evidence,
    base: &Base,
    providers: &[ProviderRow],
    requests: &[Option<Authorize>],
) -> Vec<Option<Authorization>> {
    let ask = |request: &Option<Authorize>| {
        let request = request.clone();
        async move {
            let request = request?;
            Some(facts::authorization(seen, base, providers, &request).await)
        }
    };
    join_all(requests.iter().map(ask)).await
}

fn sent(app: &mut AppFacts, request: &Authorize, start: &str, cite: &str) {
    let says = &mut app.says;
    let pairs = [
        (&mut says.redirect_uri, &request.redirect_uri),
        (&mut says.client_id, &request.client_id),
    ];
    for (said, sent) in pairs {
        let Some(sent) = sent.as_ref().filter(|sent| !sent.is_empty()) else {
            continue;
        };
        match said {
            Said::Value { value, place } if value == sent => {
                place.perhaps = false;
                place.cites.push(cite.to_owned());
            }
            _ => {
                *said = Said::Value {
                    value: sent.clone(),
                    place: Place {
                        text: format!("its start at {start}"),
                        container: app.container.as_ref().map(|it| it.name.clone()),
                        cites: vec![cite.to_owned()],
                        ..Place::default()
                    },
                };
            }
        }
    }
}
