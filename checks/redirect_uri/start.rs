//! What an app really sends: the authorization request that its start leads to says more than any
//! setting, which may be read elsewhere, be older than the app, or follow the browser.

use crate::{
    evidence::Evidence,
    facts::{self, AppFacts, Place, Said, StartSight},
    probe::start::Authorize,
    stack::Stack,
};

/// The apps, with what each one's start sends in the place of what its container says.
pub(super) async fn complete(
    stack: &Stack,
    seen: &Evidence,
    mut apps: Vec<AppFacts>,
) -> Vec<AppFacts> {
    let starts = facts::starts(stack, seen, &apps).await;
    for (app, sight) in apps.iter_mut().zip(starts) {
        let StartSight::Asked(start) = &sight else {
            continue;
        };
        // Another identity provider has other clients.
        let request = sight.started().and_then(|started| started.authorize());
        let Some(request) = request.filter(|it| it.is_path_of_authentik()) else {
            continue;
        };
        sent(app, request, &start.url, &start.cite);
    }
    apps
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
