//! An http address at a port that speaks TLS. Only a port that does not answer http as http is
//! tried: a handshake with a server of plain http leaves a line in its log.

use futures::future::join_all;
use url::{Position, Url};

use super::{
    Scene, mend,
    place::{self, Place, weight},
};
use crate::{
    check::Findings,
    evidence::Unknown,
    facts::UsedBy,
    probe::{
        Probe as _, ProbeError,
        http::{HttpAnswer, HttpGet},
    },
};

const SPEAKS: &str = "its port speaks http";
/// What Go, nginx and Apache answer to http at a port of TLS.
const SAYINGS: [&str; 3] = [
    "client sent an http request to an https server",
    "plain http request was sent to https port",
    "speaking plain http to an ssl-enabled server port",
];

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let places = place::of(scene, "http", &mut Findings::new());
    let judged = places.into_iter().map(|place| of_place(scene, place));
    let mut findings = Findings::new();
    for one in join_all(judged).await {
        findings.merge(one);
    }
    findings
}

async fn of_place(scene: &Scene<'_>, place: Place<'_>) -> Findings {
    let mut findings = Findings::new();
    let Some(probe) = front_page(&place) else {
        return findings;
    };
    let cite = probe.key();
    let answer = scene.seen.ask(probe).await;
    let answer = answer.as_deref().map_err(|why| (*why).clone());
    if !may_speak_tls(answer.as_ref().copied()) {
        if answer.is_ok() {
            findings.passed(SPEAKS, place.subject(scene), &[cite]);
        }
        // A port that does not answer is told by others.
        return findings;
    }
    let look = place.asked(scene.seen).await;
    let speaks = look.told.as_ref().is_ok_and(|told| !told.chain.is_empty());
    if speaks {
        let place = &look.place;
        let raised = weight(scene, &[place])
            .raised("tls/http-to-tls-port")
            .with("url", place.url())
            .with("right", place.url().replacen("http:", "https:", 1))
            .with("at", place.at())
            .with("host", place.host.clone())
            .with("port", place.port)
            .cites(cite)
            .cites(look.cite);
        findings.raise(SPEAKS, mend::served(scene, place, raised));
    }
    findings
}

/// The page to ask for: of authentik one that is asked anyway, of an app its front page, as
/// everybody asks for it who opens the app. An endpoint of authentik's is asked by others.
fn front_page(place: &Place<'_>) -> Option<HttpGet> {
    place.uses.iter().find_map(|one| match one.by {
        UsedBy::Instance => {
            let url = one.url.trim_end_matches('/');
            Some(HttpGet::new(format!("{url}/-/health/ready/")))
        }
        UsedBy::App(_) => {
            let url = Url::parse(&one.url).ok()?;
            Some(HttpGet::new(format!("{}/", &url[..Position::BeforePath])))
        }
        UsedBy::Given { .. } => None,
    })
}

fn may_speak_tls(answer: Result<&HttpAnswer, &Unknown>) -> bool {
    match answer {
        Ok(answer) => {
            let body = answer.body.to_ascii_lowercase();
            answer.status == 400 && SAYINGS.iter().any(|saying| body.contains(saying))
        }
        Err(why) => matches!(
            why.error,
            ProbeError::Malformed { .. } | ProbeError::Reset { .. }
        ),
    }
}
