//! The flows that a sign-in runs through exist, apply and end with somebody signed in. Which flow
//! runs for whom is told by [`facts::Flows`]; what each fault does was measured (verified.md 1b
//! and 7). No flow is run: the executor would leave a session.

mod authorization;
mod fault;
mod mend;
mod sign_in;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Flows, Role},
    model::{Kind, Subject},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene {
    base: Base,
    flows: Flows,
    apps: Vec<AppFacts>,
    /// The running container of authentik's server, where there is one on this engine.
    server: Option<String>,
}

impl Scene {
    fn instance(&self) -> Subject {
        Subject::new(Kind::Instance, &self.base.url)
    }

    fn cites(&self) -> &[String] {
        std::slice::from_ref(&self.flows.cite)
    }

    /// A fault of something.
    fn raised(&self, code: &'static str, subject: Subject) -> Raised {
        Raised::new(code, subject)
            .with_some("server", self.server.clone())
            .cites(self.flows.cite.clone())
    }
}

fn app(app: &AppFacts) -> Subject {
    Subject::new(Kind::App, &app.name)
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (flows, apps, containers) = futures::join!(
        facts::flows(stack, seen, &base),
        facts::app_facts(stack, seen, &base),
        facts::containers(stack, seen)
    );
    let flows = match flows {
        Ok(flows) => flows,
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let subject = Subject::new(Kind::Instance, &base.url);
            findings.skipped("its flows", subject, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let server = containers.ok().and_then(|found| {
        let mut servers = found.roles.of(Role::Server).iter();
        let running = servers.find(|server| server.state.status.is_up())?;
        Some(running.name.clone())
    });
    let scene = Scene {
        base,
        flows,
        apps,
        server,
    };
    let mut findings = sign_in::judge(&scene);
    findings.merge(authorization::judge(&scene));
    Ok(findings)
}
