//! To the end in the app: its own start, authentik's code, its callback with its own cookies.

use super::{session::Session, walk::Led};
use crate::{
    model::End,
    probe::{
        ProbeError,
        start::{AskStart, Leads, Sending, leads},
    },
};

impl Session<'_> {
    /// Begins in the app, gets a code for it, and brings it there.
    pub(super) async fn complete(
        &mut self,
        start: &AskStart,
        send: Option<&Sending>,
        client_id: &str,
    ) -> Result<End, ProbeError> {
        let led = tokio::select! {
            led = leads(self.tools, start, send, self.what) => led?,
            () = self.tools.stopped() => return Err(self.stopped()),
        };
        let Some(Leads { request, jar }) = led else {
            return Ok(not_tried("its start leads to no authorization request"));
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
        let url = match self.follow(url, Some(&redirect_uri)).await? {
            Led::End(end) => return Ok(end),
            Led::Home => {
                let why = "authentik sent the browser to its own start page";
                return Ok(not_tried(why));
            }
            Led::There(url) => url,
        };
        match self.arrived(&url) {
            End::Code => tokio::select! {
                end = self.hand_over(&url, jar) => end,
                () = self.tools.stopped() => Err(self.stopped()),
            },
            end => Ok(end),
        }
    }
}

fn not_tried(why: &str) -> End {
    End::NotTried {
        why: why.to_owned(),
    }
}
