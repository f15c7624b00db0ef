//! The names by which apps reach authentik, from the container of each app.

use futures::future::join_all;

use super::{Fault, Scene, space::Space, way::Way};
use crate::{
    check::Findings,
    facts::{AppFacts, Containers, NameUse, called_by},
    model::{Kind, Outcome, Point, Subject},
    probe::engine::{Container, Status},
};

/// What an app's container sees, and the faults among it.
pub(super) async fn judge(scene: &Scene<'_>, app: &AppFacts) -> (Findings, Vec<Fault>) {
    let mut points = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    let what = "its container reaches authentik by name";
    let found = match &scene.containers {
        Ok(found) => found,
        Err(why) if why.is_not_configured() => {
            points.skipped(what, subject, "no container engine to ask");
            return (points, Vec::new());
        }
        Err(why) => {
            points.unknown(what, subject, why);
            return (points, Vec::new());
        }
    };
    let (said, ways) = ways(scene, app);
    let container = match asked(app) {
        Ok(_) if ways.is_empty() => {
            Err("it does not say by which address it reaches authentik".into())
        }
        other => other,
    };
    match container {
        Ok(container) => try_all(scene, found, app, container, said, &ways).await,
        Err(why) => {
            points.skipped(what, subject, why);
            (points, Vec::new())
        }
    }
}

/// The container to ask in, or why there is none.
fn asked(app: &AppFacts) -> Result<&Container, String> {
    let Some(container) = app.container.as_deref() else {
        return Err("it has no known container on this engine".into());
    };
    if container.state.status != Status::Running {
        return Err(format!("its container {} does not run", container.name));
    }
    if container.network_mode == "none" {
        return Err("its container is in no network (none)".into());
    }
    Ok(container)
}

/// Each name and port that it uses, once; with `true` where it said so.
fn ways(scene: &Scene<'_>, app: &AppFacts) -> (bool, Vec<NameUse>) {
    let (said, uses) = called_by(app, &scene.uses);
    let mut ways: Vec<NameUse> = Vec::new();
    for one in uses {
        let known = |other: &NameUse| other.name == one.name && other.port == one.port;
        if !ways.iter().any(known) {
            ways.push(one);
        }
    }
    (said, ways)
}

async fn try_all(
    scene: &Scene<'_>,
    found: &Containers,
    app: &AppFacts,
    container: &Container,
    said: bool,
    ways: &[NameUse],
) -> (Findings, Vec<Fault>) {
    let space = Space::of(container, &found.all);
    let looks = ways.iter().map(|one| {
        let way = Way {
            scene,
            found,
            app,
            container,
            space: &space,
            one,
            said,
        };
        way.judge()
    });
    let mut points = Findings::new();
    let mut faults = Vec::new();
    for (point, fault) in join_all(looks).await {
        points.merge(point);
        faults.extend(fault);
    }
    let passed = |point: &Point| point.outcome == Outcome::Passed;
    if !said && points.points.iter().any(passed) {
        // One way of several is enough for an app that does not say which it takes.
        let why = "another address of authentik answers there, and it does not say which it uses";
        for fault in faults.drain(..) {
            points.skipped(&fault.what, fault.raised.subject, why);
        }
    }
    (points, faults)
}
