//! Every part of authentik is up and answers: containers, the instance's own health endpoints, the
//! database and its disk, the worker and its queue, versions and clock. What is down is one root
//! cause; what fails because of it is linked to it by the engine, not judged away here.

mod clock;
mod containers;
mod database;
mod instance;
mod ports;
mod say;
mod worker;

use futures::future::join_all;

use crate::{
    check::{Check, Findings},
    evidence::{Evidence, Unknown},
    facts::{self, Base, Condition, Containers, Sight},
    model::{Kind, Subject},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene<'a> {
    stack: &'a Stack,
    seen: &'a Evidence,
    base: Base,
    sight: Sight,
    containers: Result<Containers, Unknown>,
}

impl Scene<'_> {
    /// The instance as a subject: its base URL.
    fn instance(&self) -> Subject {
        Subject::new(Kind::Instance, &self.base.url)
    }

    fn is_ready(&self) -> bool {
        self.sight.condition == Condition::Ready
    }

    /// The name of the first server container, for fixes.
    fn server_name(&self) -> Option<String> {
        let found = self.containers.as_ref().ok()?;
        Some(found.roles.server.first()?.name.clone())
    }
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let (base, containers) =
        futures::join!(facts::base(stack, seen), facts::containers(stack, seen));
    // Every address at once, since each may take the whole time limit; what comes of the further
    // ones is judged later, from the same evidence.
    let further = stack.authentik.also.iter().map(|url| async {
        facts::condition(seen, &Base::configured(url)).await;
    });
    let (sight, _) = futures::join!(facts::condition(seen, &base), join_all(further));
    let scene = Scene {
        stack,
        seen,
        base,
        sight,
        containers,
    };
    let mut findings = Findings::new();
    findings.merge(containers::judge(&scene).await);
    findings.merge(ports::judge(&scene));
    let (instance, database, worker) = futures::join!(
        instance::judge(&scene),
        database::judge(&scene),
        worker::judge(&scene)
    );
    findings.merge(instance);
    findings.merge(database);
    findings.merge(worker);
    findings.merge(clock::judge(&scene));
    Ok(findings)
}
