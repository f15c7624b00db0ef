//! A callback at another host than where people open the app.

use super::{callback_of, mend, own::host, takes};
use crate::{
    check::{Findings, Raised},
    facts::{self, AppFacts, StartSight},
    model::{Kind, Subject},
};

const BACK: &str = "its callback is at the host where people open it";

/// A callback at another host than where the sign-in began; nothing where one of the two is not
/// known. Ports do not part cookies (RFC 6265 section 8.5).
pub(super) fn judge(app: &AppFacts, start: &StartSight) -> Findings {
    let mut findings = Findings::new();
    let opened = facts::opened(app).filter(|it| it.said);
    let (Some(opened), Some(callback)) = (opened, callback_of(app, start)) else {
        return findings;
    };
    let (Some(from), Some(to)) = (host(&opened.url), host(&callback)) else {
        return findings;
    };
    let subject = Subject::new(Kind::App, &app.name);
    let cites: Vec<String> = match start {
        StartSight::Asked(asked) => vec![asked.cite.clone()],
        StartSight::Not(_) => Vec::new(),
    };
    // A cookie for a domain above both comes back.
    let shared = start.started().is_some_and(|started| {
        let mut cookies = started.cookies();
        cookies.any(|(_, cookie)| {
            let above = |domain: &String| takes(domain, &from) && takes(domain, &to);
            cookie.domain.as_ref().is_some_and(above)
        })
    });
    if from == to || shared {
        findings.passed(BACK, subject, &cites);
        return findings;
    }
    let raised = Raised::new("cookies/callback-elsewhere", subject)
        .with("app", app.name.clone())
        .with("opened", opened.url.clone())
        .with("from", from)
        .with("to", to)
        .with("callback", callback)
        // An app may send people on to its own address before it begins.
        .inferred();
    let raised = mend::own_address(app, &opened.url, raised);
    findings.raise(BACK, cites.iter().fold(raised, Raised::cites));
    findings
}
