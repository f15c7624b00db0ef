//! A start that was answered and leads to no authorization request.

use url::Url;

use super::{BEGINS, raised};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, Start},
    probe::start::{Ended, Page, Started},
    stack::profiles::{Meaning, Means},
};

pub(super) fn judge(app: &AppFacts, start: &Start, started: &Started) -> Findings {
    let mut findings = Findings::new();
    let fault = match &start.meaning {
        Some(means) => meant(app, start, started, means),
        None => plain(app, start, started),
    };
    findings.raise(BEGINS, fault.with("status", started.status()));
    findings
}

/// An answer that the app's profile knows.
fn meant(app: &AppFacts, start: &Start, started: &Started, means: &Means) -> Raised {
    let set_up = app.says.client_id.value().is_some();
    let code = match means.is {
        Meaning::NotConfigured => "app-start/not-configured",
        Meaning::NotOffered if !set_up => "app-start/not-configured",
        Meaning::CannotReach | Meaning::NotOffered => "app-start/cannot-reach",
        Meaning::Fails => "app-start/fails",
    };
    raised(code, app, start)
        .with("because", means.because.clone())
        .with("seen", seen(started))
}

/// An answer that nobody has told of.
fn plain(app: &AppFacts, start: &Start, started: &Started) -> Raised {
    let of = |code| raised(code, app, start);
    match &started.ended {
        Ended::Refused { says, .. } => {
            let because = match says {
                Some(says) => format!("it says \u{201c}{says}\u{201d}"),
                None => "it does not say why".to_owned(),
            };
            of("app-start/fails")
                .with("because", because)
                .with("seen", seen(started))
        }
        Ended::Page(page) => of("app-start/page").with("seen", described(page)),
        Ended::NoUrl { .. } => of("app-start/page").with("seen", "JSON without an address to open"),
        Ended::TooLarge => of("app-start/page").with("seen", "more than 256 KiB"),
        Ended::NoToken => of("app-start/page").with("seen", "a page without a token to post"),
        Ended::Endless => of("app-start/endless").with("last", started.last_url()),
        Ended::BadLocation { location, why, .. } => of("app-start/bad-location")
            .with("location", location.clone())
            .with("why", why.clone()),
        Ended::NoLocation => of("app-start/bad-location")
            .with("location", "no address")
            .with("why", "the redirect has no Location"),
        Ended::Elsewhere { url } if is_moved(&start.url, url) => {
            of("app-start/moved").with("to", url.clone())
        }
        // An authorization request is judged elsewhere.
        Ended::Elsewhere { url } => of("app-start/elsewhere").with("to", url.clone()),
        Ended::Authorize(request) => of("app-start/elsewhere").with("to", request.endpoint.clone()),
    }
}

/// Whether it is the same page of the same host by another scheme or port, or with and without
/// "www.".
fn is_moved(start: &str, to: &str) -> bool {
    let place = |url: &str| {
        let url = Url::parse(url).ok()?;
        let host = url.host_str()?.trim_start_matches("www.").to_owned();
        Some((host, url.path().trim_end_matches('/').to_owned()))
    };
    place(start).is_some_and(|own| Some(own) == place(to))
}

/// What came, for people.
fn seen(started: &Started) -> String {
    let status = started.status();
    match &started.ended {
        Ended::Refused {
            says: Some(says), ..
        } => format!("status {status}: {says}"),
        Ended::Page(page) => format!("status {status}, {}", described(page)),
        _ => format!("status {status}"),
    }
}

fn described(page: &Page) -> String {
    let kind = match (page.password, page.kind.as_str()) {
        (true, _) => "a page that asks for a password".to_owned(),
        (_, "" | "text/html") => "a page".to_owned(),
        (_, kind) => kind.to_owned(),
    };
    match &page.title {
        Some(title) => format!("{kind}, \u{201c}{title}\u{201d}"),
        None => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_scheme_or_port_of_the_same_host_is_a_move() {
        assert!(is_moved(
            "http://a.example:80/x",
            "https://www.a.example/x/"
        ));
        assert!(!is_moved(
            "http://localhost:3000/x",
            "http://localhost:9000/y"
        ));
        assert!(!is_moved("http://a.example/", "http://b.example/"));
        assert!(!is_moved("http://a.example/", "nothing"));
    }
}
