//! What each place showed: the faults told apart, the same certificate told once, and one that
//! ends soon.

use jiff::{SignedDuration, Timestamp};

use super::{
    Scene, mend,
    place::{Look, Place, SHOWS, weight},
};
use crate::{
    check::{Findings, Raised},
    model::{Reach, Severity, ago, list_of},
    probe::tls::{Certificate, TlsAnswer, TlsFault},
};

/// From when on an end is near. Certificates are renewed with a third of their time left (Let's
/// Encrypt: 30 of 90 days), so one in its last third that lives on has not been renewed.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 30);
/// From when on it is a warning.
const VERY_SOON: SignedDuration = SignedDuration::from_hours(24 * 14);

pub(super) fn judge(scene: &Scene<'_>, looks: &[Look<'_>]) -> Findings {
    let mut findings = Findings::new();
    let mut told: Vec<(&'static str, String)> = Vec::new();
    for look in looks {
        let answer = match &look.told {
            Ok(answer) => answer,
            Err(why) => {
                findings.unknown(SHOWS, look.place.subject(scene), why);
                continue;
            }
        };
        let Some(code) = code(answer, scene.seen.started()) else {
            let cites = std::slice::from_ref(&look.cite);
            findings.passed(SHOWS, look.place.subject(scene), cites);
            continue;
        };
        // One certificate at several places is one fault.
        let which = answer.chain.first().map_or_else(
            || look.place.at(),
            |leaf| match code {
                "tls/wrong-name" => look.place.at(),
                _ => leaf.sha256.clone(),
            },
        );
        if told.contains(&(code, which.clone())) {
            continue;
        }
        let same: Vec<&Look<'_>> = looks
            .iter()
            .filter(|other| is_same(look, other) || std::ptr::eq(*other, look))
            .collect();
        told.push((code, which));
        findings.raise(SHOWS, raised(scene, code, answer, &same));
    }
    findings
}

/// Whether two places show one certificate, with one fault.
fn is_same(one: &Look<'_>, other: &Look<'_>) -> bool {
    let (Ok(one), Ok(other)) = (&one.told, &other.told) else {
        return false;
    };
    let leaf = |answer: &TlsAnswer| Some(answer.chain.first()?.sha256.clone());
    let named = |fault| fault == Some(TlsFault::WrongName);
    leaf(one).is_some() && leaf(one) == leaf(other) && one.fault == other.fault && !named(one.fault)
}

/// The code of what is wrong; `None` where nothing is.
fn code(answer: &TlsAnswer, now: Timestamp) -> Option<&'static str> {
    let leaf = answer.chain.first();
    Some(match answer.fault {
        None => {
            return leaf
                .and_then(|leaf| soon(leaf, now))
                .map(|_| "tls/expires-soon");
        }
        Some(TlsFault::Expired) => "tls/expired",
        Some(TlsFault::NotYetValid) => "tls/not-yet-valid",
        Some(TlsFault::WrongName) => "tls/wrong-name",
        Some(TlsFault::UnknownAuthority) => match leaf {
            Some(leaf) if leaf.is_self_signed() => "tls/self-signed",
            _ if is_incomplete(answer) => "tls/incomplete-chain",
            _ => "tls/unknown-authority",
        },
        Some(TlsFault::NotTls) => "tls/plain-http",
        Some(TlsFault::OldProtocol) => "tls/old-protocol",
        Some(TlsFault::Refused) => "tls/refused",
        Some(TlsFault::Other) => "tls/not-accepted",
    })
}

/// How bad it is that a certificate ends; `None` while that is far away.
fn soon(leaf: &Certificate, now: Timestamp) -> Option<Severity> {
    let left = leaf.not_after.duration_since(now);
    let whole = leaf.not_after.duration_since(leaf.not_before);
    if left > SOON || left > whole / 3 {
        return None;
    }
    // A certificate of twelve hours is renewed with four left, and nobody needs to know.
    Some(match left <= VERY_SOON && left < whole / 5 {
        true => Severity::Warning,
        false => Severity::Info,
    })
}

/// Whether an authority in between was not sent: the leaf says where its issuer's certificate is,
/// as those of public authorities do, and stands alone.
fn is_incomplete(answer: &TlsAnswer) -> bool {
    matches!(answer.chain.as_slice(), [leaf] if leaf.ca_issuers.is_some())
}

/// Whether a certificate is for a host, as RFC 6125 section 6.4 has it: a star stands for one whole
/// label, and never for all of them.
pub(super) fn is_for(leaf: &Certificate, host: &str) -> bool {
    let below = host.split_once('.').map(|(_, rest)| rest);
    leaf.names.iter().any(|name| {
        name.eq_ignore_ascii_case(host)
            || name
                .strip_prefix("*.")
                .is_some_and(|rest| below.is_some_and(|below| below.eq_ignore_ascii_case(rest)))
    })
}

/// Whether it is the one that authentik makes for itself at each start (its source: organization
/// "authentik", the name "*", which stands for no host).
pub(super) fn is_authentiks_own(leaf: &Certificate) -> bool {
    leaf.is_self_signed()
        && leaf.subject.contains("authentik default certificate")
        && leaf.names == ["*"]
}

fn raised(scene: &Scene<'_>, code: &'static str, answer: &TlsAnswer, same: &[&Look<'_>]) -> Raised {
    let now = scene.seen.started();
    let places: Vec<&Place<'_>> = same.iter().map(|look| &look.place).collect();
    let first = places[0];
    let at: Vec<String> = places.iter().map(|place| place.at()).collect();
    let raised = weight(scene, &places)
        .raised(code)
        .with("url", first.url())
        .with("host", first.host.clone())
        .with("port", first.port)
        .with("at", list_of(&at))
        .with("detail", answer.detail.clone().unwrap_or_default());
    let raised = same
        .iter()
        .fold(raised, |raised, look| raised.cites(&look.cite));
    let raised = match answer.chain.first() {
        Some(leaf) => of_leaf(raised, leaf, now),
        None => raised.with("seen", "no certificate was shown"),
    };
    let raised = mend::served(scene, first, raised);
    match code {
        "tls/expires-soon" => {
            let severity = answer.chain.first().and_then(|leaf| soon(leaf, now));
            raised.weighing(severity.unwrap_or(Severity::Info), Reach::Nobody)
        }
        // Only this machine may not know the authority; browsers and apps elsewhere may.
        "tls/unknown-authority" => raised.weighing(Severity::Warning, Reach::Nobody),
        // A browser asks, and a person may say yes; whether an app takes it is told by the app.
        "tls/self-signed" => raised.weighing(Severity::Warning, Reach::Nobody),
        "tls/incomplete-chain" => raised.inferred(),
        _ => raised,
    }
}

fn of_leaf(raised: Raised, leaf: &Certificate, now: Timestamp) -> Raised {
    let names = match leaf.names.is_empty() {
        true => "no name at all".to_owned(),
        false => list_of(&leaf.names),
    };
    let ends = match leaf.not_after > now {
        true => format!("ends in {}", ago(leaf.not_after, now)),
        false => format!("ended {} ago", ago(now, leaf.not_after)),
    };
    let own = is_authentiks_own(leaf);
    let signed = match leaf.is_self_signed() {
        true if own => "made by authentik for itself".to_owned(),
        true => "signed by itself".to_owned(),
        false => format!("signed by {}", leaf.issuer),
    };
    let raised = raised
        .with("seen", format!("for {names}, {signed}, {ends}"))
        .with("names", names)
        .with("issuer", leaf.issuer.clone())
        .with("left", ago(leaf.not_after, now))
        .with("ended", ago(now, leaf.not_after))
        .with("ahead", ago(leaf.not_before, now))
        .with_some("authentiks_own", own.then_some(true));
    let ended = (leaf.not_after <= now).then(|| leaf.not_after.to_string());
    match raised.code {
        "tls/expired" => raised.since(ended),
        _ => raised,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(names: &[&str], from: i64, until: i64) -> Certificate {
        let at = |days: i64| Timestamp::from_second(days * 86_400).unwrap();
        Certificate {
            subject: "CN=a".into(),
            issuer: "CN=b".into(),
            names: names.iter().map(|name| (*name).into()).collect(),
            not_before: at(from),
            not_after: at(until),
            sha256: String::new(),
            ca_issuers: None,
        }
    }

    #[test]
    fn a_star_stands_for_one_label() {
        let is = |names: &[&str], host| is_for(&leaf(names, 0, 1), host);
        assert!(is(&["*.example.com"], "auth.example.com"));
        assert!(is(&["AUTH.example.com"], "auth.Example.com"));
        assert!(is(&["10.0.0.7"], "10.0.0.7"));
        assert!(!is(&["*.example.com"], "example.com"));
        assert!(!is(&["*.example.com"], "a.b.example.com"));
        assert!(!is(&["*"], "localhost"));
        assert!(!is(&[], "localhost"));
    }

    #[test]
    fn an_end_is_near_by_the_age_that_a_certificate_reaches() {
        let judged = |from, until| soon(&leaf(&[], from, until), Timestamp::UNIX_EPOCH);
        // Of 90 days, as Let's Encrypt makes them: renewed with 30 left.
        assert_eq!(judged(-50, 40), None);
        assert_eq!(judged(-65, 25), Some(Severity::Info));
        assert_eq!(judged(-80, 10), Some(Severity::Warning));
        // Of a week: renewed with two or three days left.
        assert_eq!(judged(-3, 4), None);
        assert_eq!(judged(-6, 1), Some(Severity::Warning));
        // Of a year.
        assert_eq!(judged(-300, 65), None);
        assert_eq!(judged(-336, 29), Some(Severity::Info));
    }
}
