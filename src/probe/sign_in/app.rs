//! To the end in the app: its own start, authentik's code, its callback with its own cookies.

use url::Url;

use super::{
    session::{Session, reply, within},
    walk::Led,
};
use crate::{
    model::End,
    probe::{
        ProbeError,
        http::{Besides, Get, http_url},
        start::{Jar, Leads, leads, says},
    },
};

/// Bytes of the callback's body that are read.
const LARGEST: usize = 256 * 1024;
/// What browsers accept.
const ACCEPT: &str = "text/html,application/json;q=0.9,*/*;q=0.8";

impl Session<'_> {
    /// Begins in the app, gets a code for it, and brings it there.
    pub(super) async fn complete(
        &mut self,
        start: &str,
        pointer: Option<&str>,
        client_id: &str,
    ) -> Result<End, ProbeError> {
        let Leads { request, jar } = match leads(self.tools, start, pointer, self.what).await? {
            Some(leads) => leads,
            None => return Ok(not_tried("its start leads to no authorization request")),
        };
        let of = |name: &str| {
            let mut pairs = request.query_pairs();
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        let Some(redirect_uri) = of("redirect_uri") else {
            return Ok(not_tried("its authorization request has no redirect_uri"));
        };
        if of("client_id").as_deref() != Some(client_id) {
            return Ok(not_tried(
                "its authorization request has another client id than authentik has for it",
            ));
        }
        // The same authentik by the name that this sign-in uses: cookies belong to one name.
        let mut url = self.below("application/o/authorize/")?;
        url.set_query(request.query());
        Ok(match self.follow(url, Some(&redirect_uri)).await? {
            Led::End(end) => end,
            Led::Home => not_tried("authentik sent the browser to its own start page"),
            Led::There(url) => match self.arrived(&url) {
                End::Code => self.hand_over(&url, &jar).await?,
                end => end,
            },
        })
    }

    /// Opens the app's callback, as the browser would.
    async fn hand_over(&self, url: &Url, jar: &Jar) -> Result<End, ProbeError> {
        let url = http_url(url.as_str(), self.what)?;
        let get = Get {
            url: &url,
            accept: ACCEPT,
            bearer: None,
            cap: LARGEST,
            partial: true,
            what: self.what,
        };
        let cookie = jar.header(&url);
        let besides = Besides {
            cookie: cookie.as_deref(),
            ..Besides::default()
        };
        let raw = within(self.tools, self.what, self.tools.http.send(&get, &besides)).await?;
        let reply = reply(&url, raw)?;
        let status = reply.status;
        if status < 400 {
            let to = reply.to.map(|to| self.shown(&to));
            return Ok(End::Taken { status, to });
        }
        let says = says(&reply.text, &self.tools.redact).map(|says| self.tidy(&says));
        Ok(End::NotTaken { status, says })
    }
}

fn not_tried(why: &str) -> End {
    End::NotTried {
        why: why.to_owned(),
    }
}
