//! A flow, run to its end through the executor, as authentik's own page runs it.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::{
    challenge::{Given, Move, answer, component, with_code},
    page,
    session::Session,
};
use crate::{
    model::{End, Stage, Want},
    probe::ProbeError,
};

/// Answers of one flow that are looked at; default flows have five stages.
const MOST: usize = 40;
/// How often in a row a stage may be shown before it counts as going round.
const AGAIN: usize = 3;

/// Where a flow led.
pub(super) enum Flowed {
    /// There.
    To(Url),
    /// Nowhere.
    End(End),
}

/// The slug of a flow by the URL of its page, `/if/flow/<slug>/`.
pub(super) fn slug_of<'u>(base: &Url, url: &'u Url) -> Option<&'u str> {
    let rest = url.path().strip_prefix(base.path())?;
    let slug = rest.strip_prefix("if/flow/")?.trim_end_matches('/');
    (!slug.is_empty() && !slug.contains('/')).then_some(slug)
}

impl Session<'_> {
    /// Runs the flow of a page's URL.
    pub(super) async fn flow(&mut self, slug: &str, at: &Url) -> Result<Flowed, ProbeError> {
        let mut executor = self.below(&format!("api/v3/flows/executor/{slug}/"))?;
        executor
            .query_pairs_mut()
            .append_pair("query", at.query().unwrap_or_default());
        let mut reply = self.api(&executor).await?;
        for _ in 0..MOST {
            // After each answer authentik sends the page to the executor again (recorded 027).
            if let Some(to) = &reply.to {
                let to = to.clone();
                if !self.is_ours(&to) {
                    return Ok(Flowed::To(to));
                }
                reply = self.api(&to).await?;
                continue;
            }
            let json = reply.json().filter(|json| json["component"].is_string());
            let Some(challenge) = json.filter(|_| reply.status < 400) else {
                return Ok(Flowed::End(page::end(self, &executor, &reply)));
            };
            if let Some(end) = self.note(slug, component(&challenge)) {
                return Ok(Flowed::End(end));
            }
            let given = Given {
                user: self.user,
                password: self.password(),
            };
            match answer(&challenge, &given) {
                Move::Post(body) => reply = self.post(&executor, &body).await?,
                Move::Code(devices) => match self.code(&devices).await? {
                    Some(body) => reply = self.post(&executor, &body).await?,
                    None => {
                        let end = End::Wants(Want::SecondFactor { devices });
                        return Ok(Flowed::End(self.tidied(end)));
                    }
                },
                Move::Stop(end) => return Ok(Flowed::End(self.tidied(end))),
                Move::Go(to) => return Ok(self.led(at, &to)),
            }
        }
        Ok(Flowed::End(End::Endless {
            place: format!("flow {slug}"),
        }))
    }

    /// The answer with a code, where there is one. It is given once: every wrong one counts against
    /// the person, and a right one is taken once (django-otp).
    async fn code(&mut self, devices: &[String]) -> Result<Option<Value>, ProbeError> {
        let Some(codes) = self.tools.codes().filter(|_| self.code.is_none()) else {
            return Ok(None);
        };
        let (codes, wanted) = (Arc::clone(codes), devices.to_vec());
        // A person is asked on a thread of its own, and may stop it all instead.
        let asked = tokio::task::spawn_blocking(move || codes.give(&wanted));
        self.code = tokio::select! {
            code = asked => code.ok().flatten(),
            () = self.tools.stopped() => return Err(self.stopped()),
        };
        let code = self
            .code
            .as_ref()
            .map(|code| with_code(code.expose_secret()));
        Ok(code)
    }

    /// Notes a stage; the same one again and again is an end.
    fn note(&mut self, slug: &str, component: &str) -> Option<End> {
        let leads_on = component == "xak-flow-redirect";
        let of_refusal = matches!(component, "ak-stage-access-denied" | "ak-stage-flow-error");
        let same = |stage: &Stage| stage.flow == slug && stage.component == component;
        if leads_on || of_refusal {
            return None;
        }
        // A stage that is shown again with errors is told by those.
        if !self.stages.last().is_some_and(same) {
            let component = self.tidy(component);
            self.stages.push(Stage {
                flow: slug.to_owned(),
                component,
            });
            self.again = 0;
        }
        self.again += 1;
        (self.again > AGAIN).then(|| End::Endless {
            place: format!("stage {component} of flow {slug}"),
        })
    }

    fn led(&self, at: &Url, to: &str) -> Flowed {
        match at.join(to) {
            Ok(url) => Flowed::To(url),
            Err(_) => Flowed::End(End::Elsewhere { url: self.tidy(to) }),
        }
    }

    /// Texts from outside made harmless.
    fn tidied(&self, end: End) -> End {
        let all = |texts: Vec<String>| texts.iter().map(|text| self.tidy(text)).collect();
        match end {
            End::Refused { says } => End::Refused { says: all(says) },
            End::Denied { says } => End::Denied {
                says: says.map(|says| self.tidy(&says)),
            },
            End::Broken { request_id } => End::Broken {
                request_id: self.tidy(&request_id),
            },
            End::Wants(want) => End::Wants(want.map(all)),
            end => end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slug_of_a_flow_stands_in_its_page() {
        let base = Url::parse("http://a/").unwrap();
        let of = |url: &str| slug_of(&base, &Url::parse(url).unwrap()).map(str::to_owned);
        assert_eq!(of("http://a/if/flow/x-y/?next=/").as_deref(), Some("x-y"));
        assert_eq!(of("http://a/if/flow/x/assets/y"), None);
        assert_eq!(of("http://a/if/user/"), None);
        let base = Url::parse("http://a/sso/").unwrap();
        let url = Url::parse("http://a/sso/if/flow/x/").unwrap();
        assert_eq!(slug_of(&base, &url), Some("x"));
    }
}
