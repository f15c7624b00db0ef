//! A trace: the checks of the sign-in path, read as a row of hops for each app.

mod hops;
mod vantage;

use url::Url;

use hops::{Concern, HOPS};

use super::{Options, SelectError, library, needs, select};
use crate::{
    evidence::Evidence,
    facts::{self, AppFacts, Start, StartSight},
    model::{
        AppTrace, Cause, Finding, Hop, HopTrace, Kind, Needs, Outcome, Point, Reach, Report, Sends,
        Severity, Subject, TRACE_SCHEMA_VERSION, Trace,
    },
    stack::Stack,
};

/// Runs the checks of the sign-in path, narrowed to the apps that the options name, and reads them
/// as a trace.
///
/// # Errors
/// When a word of the selection is no app.
pub async fn trace(
    stack: &Stack,
    seen: &Evidence,
    options: &Options,
) -> Result<Trace, SelectError> {
    let mut stack = stack.clone();
    stack.trace = true;
    let mut options = options.clone();
    for word in &options.select {
        if select::app_called(&stack, word).is_none() {
            let names = stack.apps.iter().map(|app| app.slug.as_str());
            return Err(SelectError::Unknown {
                word: word.clone(),
                nearest: select::nearest_of(word, names),
            });
        }
    }
    let known = library()?;
    let of_path = hops::checks().filter(|id| known.iter().any(|(_, words)| words.id == **id));
    options.select.extend(of_path.map(str::to_owned));
    let narrowed = select::choose(&options.select, &stack)?.narrow(&stack);
    let report = super::run(&stack, seen, &options).await?;
    let base = facts::base(&narrowed, seen).await;
    let apps = facts::app_facts(&narrowed, seen, &base).await;
    let starts = facts::starts(&narrowed, seen, &apps).await;
    let names = facts::Apps {
        names: apps.iter().map(|app| app.name.clone()).collect(),
        complete: true,
    };
    let needs = needs::needs(&narrowed, seen, &base, &names, true).await;
    let rows = apps.iter().zip(&starts).map(|(app, sight)| {
        let row = Row {
            app,
            start: started(sight),
            report: &report,
            needs: &needs,
        };
        row.read()
    });
    let rows = rows.collect();
    let vantage = vantage::sights(&narrowed, seen, &base, &apps).await;
    Ok(Trace {
        schema_version: TRACE_SCHEMA_VERSION,
        hops: HOPS
            .iter()
            .map(|hop| Hop {
                id: hop.id.into(),
                title: hop.title.into(),
            })
            .collect(),
        apps: rows,
        vantage,
        report,
    })
}

fn started(sight: &StartSight) -> Option<&Start> {
    match sight {
        StartSight::Asked(start) => Some(start),
        StartSight::Not(_) => None,
    }
}

/// What one app's row is read from.
struct Row<'a> {
    app: &'a AppFacts,
    start: Option<&'a Start>,
    report: &'a Report,
    needs: &'a Needs,
}

impl Row<'_> {
    fn read(&self) -> AppTrace {
        let hops: Vec<HopTrace> = HOPS.iter().map(|hop| self.hop(hop)).collect();
        let broken = hops.iter().find(|hop| hop.outcome == Outcome::Found);
        let cause = broken.and_then(|hop| self.root(&self.breaking(&hop.hop)));
        AppTrace {
            app: self.app.name.clone(),
            breaks_at: broken.map(|hop| hop.hop.clone()),
            cause,
            sends: self.sends(),
            hops,
        }
    }

    fn hop(&self, hop: &hops::HopWords) -> HopTrace {
        let breaking = self.breaking(hop.id);
        let codes: Vec<String> = breaking.iter().map(|it| it.code.clone()).collect();
        let points: Vec<&Point> = self.points(hop).collect();
        let unknown = points
            .iter()
            .find(|point| matches!(point.outcome, Outcome::Unknown | Outcome::Broke));
        let why = unknown
            .and_then(|point| point.why.clone())
            .or(self.silent(hop));
        let passed = points.iter().any(|point| point.outcome == Outcome::Passed);
        let outcome = match () {
            () if !codes.is_empty() => Outcome::Found,
            () if why.is_some() || unknown.is_some() => Outcome::Unknown,
            () if passed => Outcome::Passed,
            () => Outcome::Skipped,
        };
        HopTrace {
            hop: hop.id.into(),
            why: why.filter(|_| outcome == Outcome::Unknown),
            outcome,
            codes,
        }
    }

    /// The findings that break a hop of this app.
    fn breaking(&self, hop: &str) -> Vec<&Finding> {
        let hits = |finding: &&Finding| {
            finding.severity == Severity::Error
                && finding.reach != Reach::Nobody
                && self.concerns(&finding.subject)
                && hops::of_finding(finding, &self.concern()) == Some(hop)
        };
        self.report.findings.iter().filter(hits).collect()
    }

    /// What the checks looked at on this hop of this app.
    fn points<'s>(&'s self, hop: &'s hops::HopWords) -> impl Iterator<Item = &'s Point> {
        let of_hop = hop.points.iter().flat_map(|(check, what)| {
            let checks = self.report.checks.iter().filter(move |it| it.id == *check);
            // What could not be told as a whole stands under the check's own title.
            checks.flat_map(move |check| {
                let points = check.points.iter();
                points
                    .filter(move |point| point.what.starts_with(what) || point.what == check.title)
            })
        });
        of_hop.filter(|point| self.concerns(&point.subject))
    }

    /// Why a check of this hop could not judge at all.
    fn silent(&self, hop: &hops::HopWords) -> Option<String> {
        let checks = hop.points.iter().filter_map(|(check, _)| {
            let found = self.report.checks.iter().find(|it| it.id == *check)?;
            let nothing = found.points.is_empty()
                && matches!(found.outcome, Outcome::Unknown | Outcome::Broke);
            nothing.then(|| found.why.clone().unwrap_or_else(|| "it broke".into()))
        });
        let mut checks = checks;
        checks.next()
    }

    /// Whether what is said of a subject is said of this app's sign-in.
    fn concerns(&self, subject: &Subject) -> bool {
        let app = Subject::new(Kind::App, &self.app.name);
        let provider = self.app.provider.as_ref();
        let is_provider =
            subject.kind == Kind::Provider && provider.is_some_and(|row| row.name == subject.name);
        is_provider || self.needs.distance(&app, subject).is_some()
    }

    fn concern(&self) -> Concern {
        let host = |url: &str| {
            let url = Url::parse(url).ok()?;
            Some(url.host_str()?.trim_matches(['[', ']']).to_owned())
        };
        Concern {
            own: facts::opened(self.app).and_then(|opened| host(&opened.url)),
        }
    }

    /// The root cause of the first of these findings.
    fn root(&self, findings: &[&Finding]) -> Option<Cause> {
        let mut at = *findings.first()?;
        // A chain of causes is no longer than there are findings.
        for _ in 0..self.report.findings.len() {
            let Some(cause) = &at.caused_by else { break };
            let mut all = self.report.findings.iter();
            let next = all.find(|it| it.code == cause.code && it.subject == cause.subject);
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(Cause {
            code: at.code.clone(),
            subject: at.subject.clone(),
        })
    }

    fn sends(&self) -> Option<Sends> {
        let start = self.start?;
        let request = start.told.as_deref().ok()?.authorize()?;
        Some(Sends {
            start: start.url.clone(),
            endpoint: request.endpoint.clone(),
            client_id: request.client_id.clone(),
            redirect_uri: request.redirect_uri.clone(),
            response_type: request.response_type.clone(),
            scope: request.scope.clone(),
            pkce: request.pkce.clone(),
        })
    }
}
