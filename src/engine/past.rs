//! Faults that were seen and may be over. They are information, unless a fault that is seen now
//! agrees as their cause.

use crate::model::{Finding, Reach, Severity};

/// What findings of the past would be if they stood.
#[derive(Default)]
pub(super) struct Past(Vec<Kept>);

struct Kept {
    /// Code, subject and sentence tell a finding from every other.
    finding: Finding,
    severity: Severity,
    reach: Reach,
}

impl Past {
    /// Remembers what a finding of the past would be.
    pub(super) fn keep(&mut self, finding: &Finding, severity: Severity, reach: Reach) {
        self.0.push(Kept {
            finding: finding.clone(),
            severity,
            reach,
        });
    }

    /// Gives those back their weight that a fault of now agrees with, and tells the others as what
    /// was.
    pub(super) fn confirm(&self, findings: &mut [Finding]) {
        let live: Vec<Finding> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error && !self.holds(finding))
            .cloned()
            .collect();
        for finding in findings {
            let agrees = live.iter().any(|other| causes(other, finding));
            match self.of(finding) {
                Some(kept) if agrees => {
                    (finding.severity, finding.reach) = (kept.severity, kept.reach);
                }
                Some(_) => finding.says = format!("earlier: {}", finding.says),
                None => {}
            }
        }
    }

    /// Whether a finding is of the past.
    pub(super) fn holds(&self, finding: &Finding) -> bool {
        self.of(finding).is_some()
    }

    fn of(&self, finding: &Finding) -> Option<&Kept> {
        self.0.iter().find(|kept| {
            let it = &kept.finding;
            it.code == finding.code && it.subject == finding.subject && it.says == finding.says
        })
    }
}

fn causes(cause: &Finding, finding: &Finding) -> bool {
    let named = finding.caused_by.as_ref();
    named.is_some_and(|named| named.code == cause.code && named.subject == cause.subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cause, Kind, Subject};

    fn finding(code: &str, severity: Severity) -> Finding {
        Finding {
            code: code.into(),
            severity,
            subject: Subject::new(Kind::Server, "s"),
            says: code.into(),
            expected: None,
            observed: None,
            since: None,
            certain: true,
            reach: Reach::Nobody,
            cites: Vec::new(),
            caused_by: None,
            fixes: Vec::new(),
            admin: None,
            see: Vec::new(),
        }
    }

    #[test]
    fn only_a_fault_of_now_confirms() {
        for (severity, then) in [
            (Severity::Error, Severity::Error),
            (Severity::Warning, Severity::Info),
        ] {
            let mut past = Past::default();
            let mut log = finding("container-logs/x", Severity::Info);
            past.keep(&log, Severity::Error, Reach::Everybody);
            let live = finding("health/y", severity);
            log.caused_by = Some(Cause {
                code: live.code.clone(),
                subject: live.subject.clone(),
            });
            let mut findings = [live, log];
            past.confirm(&mut findings);
            assert_eq!(findings[1].severity, then);
            assert_eq!(
                findings[1].says.starts_with("earlier: "),
                then == Severity::Info
            );
        }
    }
}
