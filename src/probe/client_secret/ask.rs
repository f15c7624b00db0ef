//! The token request without a code.

use data_encoding::BASE64;
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::{AskClientSecret, Sends, Taken};
use crate::probe::{
    ProbeError, Tools,
    http::{End, PostForm, http_url},
};

/// Bytes of an answer that are read: authentik's have under three hundred.
const LARGEST: usize = 16 * 1024;

/// authentik's token endpoint, as one client asks it.
pub(super) struct Endpoint<'a> {
    tools: &'a Tools,
    url: Url,
    client_id: &'a str,
    what: String,
}

/// The error of RFC 6749 section 5.2.
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

impl<'a> Endpoint<'a> {
    pub(super) fn of(question: &'a AskClientSecret, tools: &'a Tools) -> Result<Self, ProbeError> {
        let what = format!("POST {}/application/o/token/", question.base);
        let url = format!(
            "{}/application/o/token/",
            question.base.trim_end_matches('/')
        );
        Ok(Self {
            tools,
            url: http_url(&url, &what)?,
            client_id: &question.client_id,
            what,
        })
    }

    /// What authentik says of a secret.
    pub(super) async fn ask(&self, secret: &str, sends: Sends) -> Result<Taken, ProbeError> {
        let (form, basic) = request(self.client_id, secret, sends);
        let raw = self
            .tools
            .http
            .post_form(&PostForm {
                url: &self.url,
                form,
                basic,
                cap: LARGEST,
                what: &self.what,
            })
            .await?;
        if let End::Broken(error) = raw.end {
            return Err(error);
        }
        Ok(taken(raw.status, &raw.body, self.tools))
    }
}

/// The body, and what stands in the header after "Basic". No code, on purpose.
fn request(client_id: &str, secret: &str, sends: Sends) -> (String, Option<String>) {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code");
    let basic = match sends {
        Sends::Body => {
            form.append_pair("client_id", client_id);
            form.append_pair("client_secret", secret);
            None
        }
        Sends::Basic => Some(format!("{client_id}:{secret}")),
        Sends::EncodedBasic => {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let (id, secret): (String, String) = (encoded(client_id), encoded(secret));
            Some(format!("{id}:{secret}"))
        }
    };
    let basic = basic.map(|pair| BASE64.encode(pair.as_bytes()));
    (form.finish(), basic)
}

/// The name of the error tells, whatever the status: `invalid_client` has 401 where Basic is used
/// in RFC 6749, and 400 in authentik.
fn taken(status: u16, body: &[u8], tools: &Tools) -> Taken {
    let refusal = serde_json::from_slice::<Refusal>(body).ok();
    let error = refusal.and_then(|refusal| refusal.error);
    match (status, error.as_deref()) {
        (400 | 401, Some("invalid_grant")) => Taken::Yes,
        (400 | 401, Some("invalid_client")) => Taken::No,
        _ => Taken::Other {
            status,
            error: error.map(|error| tools.redact.text(&error).chars().take(80).collect()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(encoded: &str) -> String {
        String::from_utf8(BASE64.decode(encoded.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn each_way_of_sending_is_the_librarys_own() {
        let secret = "a b:c%&=+é\"'$\\";
        let (form, basic) = request("my id", secret, Sends::Body);
        let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect();
        let pair = |at: usize| (pairs[at].0.as_str(), pairs[at].1.as_str());
        assert_eq!(pair(0), ("grant_type", "authorization_code"));
        assert_eq!(
            (pair(1), pair(2)),
            (("client_id", "my id"), ("client_secret", secret))
        );
        assert_eq!((pairs.len(), basic), (3, None));
        let (form, basic) = request("my id", secret, Sends::Basic);
        assert_eq!(form, "grant_type=authorization_code");
        assert_eq!(read(&basic.unwrap()), format!("my id:{secret}"));
        let (_, basic) = request("my id", secret, Sends::EncodedBasic);
        let wanted = "my+id:a+b%3Ac%25%26%3D%2B%C3%A9%22%27%24%5C";
        assert_eq!(read(&basic.unwrap()), wanted);
    }
}
