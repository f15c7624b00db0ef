//! Who resolves and reaches which name: what the checks asked already, put together. Nothing is
//! asked for its sake.

use crate::{
    evidence::Evidence,
    facts::{self, AppFacts, Base},
    model::{Outcome, Sight},
    probe::{
        Probe as _, ProbeError,
        connect::Connect,
        engine::{ReachInside, Reached},
        lookup::SystemLookup,
    },
    stack::Stack,
};

pub(super) async fn sights(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    apps: &[AppFacts],
) -> Vec<Sight> {
    let asked = seen.record();
    let mut places: Vec<(String, u16)> = Vec::new();
    for one in facts::names(stack, base, apps) {
        let place = (one.name, one.port);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let mut sights = Vec::new();
    for (host, port) in &places {
        let to = format!("{host}:{port}");
        let lookup = SystemLookup { host: host.clone() };
        let connect = Connect {
            host: host.clone(),
            port: *port,
        };
        let here = match asked.contains_key(&connect.key()) {
            true => Some(seen.ask(connect).await.map(|_| ()).map_err(|it| it.error)),
            false if asked.contains_key(&lookup.key()) => {
                Some(seen.ask(lookup).await.map(|_| ()).map_err(|it| it.error))
            }
            false => None,
        };
        if let Some(here) = here {
            sights.push(by_error("this machine", &to, here.err().as_ref()));
        }
        for app in apps {
            let Some(container) = &app.container else {
                continue;
            };
            let reach = ReachInside {
                container: container.id.clone(),
                host: host.clone(),
                port: *port,
            };
            if asked.contains_key(&reach.key())
                && let Ok(reached) = seen.ask(reach).await
            {
                let from = format!("container {}", container.name);
                sights.push(by_tool(&from, &to, &reached));
            }
        }
    }
    sights
}

fn sight(from: &str, to: &str, outcome: Outcome, says: &str) -> Sight {
    Sight {
        from: from.into(),
        to: to.into(),
        outcome,
        says: says.into(),
    }
}

fn by_error(from: &str, to: &str, error: Option<&ProbeError>) -> Sight {
    let of = |outcome, says| sight(from, to, outcome, says);
    match error {
        None => of(Outcome::Passed, "yes"),
        Some(ProbeError::NoAddress { .. }) => of(Outcome::Found, "no address"),
        Some(ProbeError::Refused { .. }) => of(Outcome::Found, "refused"),
        Some(ProbeError::Reset { .. }) => of(Outcome::Found, "closed"),
        Some(ProbeError::Unreachable { .. }) => of(Outcome::Found, "no way"),
        Some(error) if error.is_timeout() => of(Outcome::Found, "silent"),
        Some(_) => of(Outcome::Unknown, "not told"),
    }
}

fn by_tool(from: &str, to: &str, reached: &Reached) -> Sight {
    let of = |outcome, says| sight(from, to, outcome, says);
    match reached {
        Reached::Open => of(Outcome::Passed, "yes"),
        Reached::Refused => of(Outcome::Found, "refused"),
        Reached::TimedOut => of(Outcome::Found, "silent"),
        Reached::NoRoute => of(Outcome::Found, "no way"),
        Reached::Reset => of(Outcome::Found, "closed"),
        Reached::NoAddress => of(Outcome::Found, "no address"),
        Reached::NoTool | Reached::Unclear(_) => of(Outcome::Unknown, "not told"),
    }
}
