//! An OpenID provider's public documents: its discovery document (OpenID Connect Discovery 1.0
//! section 3) and its keys (RFC 7517). Both are GETs that write nothing in authentik (measured:
//! verified.md 2). Only what judgements need is kept.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Probe, ProbeError, Tools,
    http::{End, Get, Raw, http_url, place_of},
    redact::Redactor,
    tls,
};

/// Bytes of a document that are read: authentik's have two to five thousand.
const LARGEST: usize = 256 * 1024;
/// Bytes of one text in it that are kept.
const LONGEST: usize = 2 * 1024;
/// Entries of a list that are kept.
const MOST: usize = 64;

/// GET of a discovery document.
#[derive(Debug, Clone, Serialize)]
pub struct AskDiscovery {
    /// Its URL, `…/.well-known/openid-configuration`.
    pub url: String,
}

/// GET of a provider's public keys.
#[derive(Debug, Clone, Serialize)]
pub struct AskKeys {
    /// The URL of the JSON Web Key Set.
    pub url: String,
}

/// What came for a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", content = "value", rename_all = "kebab-case")]
pub enum Told<T> {
    /// The document.
    Document(T),
    /// Another status than 200.
    Status {
        /// The status.
        status: u16,
        /// Where a redirect leads.
        location: Option<String>,
    },
    /// Something that is no such document, in a few words.
    Other(String),
    /// More than 256 KiB.
    TooLarge,
}

/// A discovery document; a field that is missing or of another type is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Discovery {
    /// `issuer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// `authorization_endpoint`, opened by browsers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// `token_endpoint`, asked by the app's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// `jwks_uri`, asked by the app's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// `end_session_endpoint`, opened by browsers (OpenID Connect RP-Initiated Logout 1.0 section 2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// `response_types_supported`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    /// `subject_types_supported`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_types: Option<Vec<String>>,
    /// `id_token_signing_alg_values_supported`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing: Option<Vec<String>>,
    /// `id_token_encryption_alg_values_supported`; authentik names them only with an encryption
    /// key (verified.md 7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Vec<String>>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// `kid`.
    pub id: String,
    /// `use`: "sig" or "enc"; empty where it is not said.
    pub used_for: String,
    /// When the certificate in `x5c` ends, RFC 3339.
    pub not_after: Option<String>,
}

impl Discovery {
    /// The fields that section 3 requires and that are not there. `token_endpoint` may be missing
    /// of a provider with the implicit flow only, which authentik's never are.
    pub fn missing(&self) -> Vec<&'static str> {
        let texts = [
            ("issuer", &self.issuer),
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("jwks_uri", &self.jwks_uri),
        ];
        let lists = [
            ("response_types_supported", &self.response_types),
            ("subject_types_supported", &self.subject_types),
            ("id_token_signing_alg_values_supported", &self.signing),
        ];
        let texts = texts.iter().filter(|(_, text)| text.is_none());
        let lists = lists
            .iter()
            .filter(|(_, list)| list.as_ref().is_none_or(Vec::is_empty));
        texts
            .map(|(name, _)| *name)
            .chain(lists.map(|(name, _)| *name))
            .collect()
    }
}

impl Probe for AskDiscovery {
    const KIND: &'static str = "discovery";
    type Answer = Told<Discovery>;

    fn key(&self) -> String {
        format!("discovery GET {}", self.url)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.url)
    }

    async fn look(&self, tools: &Tools) -> Result<Told<Discovery>, ProbeError> {
        ask(tools, &self.url, &self.key(), discovery).await
    }
}

impl Probe for AskKeys {
    const KIND: &'static str = "keys";
    type Answer = Told<Vec<Key>>;

    fn key(&self) -> String {
        format!("keys GET {}", self.url)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.url)
    }

    async fn look(&self, tools: &Tools) -> Result<Told<Vec<Key>>, ProbeError> {
        ask(tools, &self.url, &self.key(), keys).await
    }
}

async fn ask<T: DeserializeOwned>(
    tools: &Tools,
    url: &str,
    what: &str,
    read: fn(&Value, &Redactor) -> Option<T>,
) -> Result<Told<T>, ProbeError> {
    let url = http_url(url, what)?;
    let get = Get {
        url: &url,
        accept: "application/json",
        bearer: None,
        cap: LARGEST,
        partial: false,
        what,
    };
    told(tools.http.get(&get).await?, &tools.redact, read)
}

fn told<T>(
    raw: Raw,
    redact: &Redactor,
    read: fn(&Value, &Redactor) -> Option<T>,
) -> Result<Told<T>, ProbeError> {
    if raw.status != 200 {
        let location = raw.headers.get("location");
        let location = location.map(|to| kept(&String::from_utf8_lossy(to.as_bytes()), redact));
        return Ok(Told::Status {
            status: raw.status,
            location,
        });
    }
    match raw.end {
        End::Broken(error) => return Err(error),
        End::Capped => return Ok(Told::TooLarge),
        End::Whole | End::Stalled => {}
    }
    let Ok(json) = serde_json::from_slice::<Value>(&raw.body) else {
        let html = raw.body.trim_ascii_start().first() == Some(&b'<');
        let what = if html { "a page of HTML" } else { "no JSON" };
        return Ok(Told::Other(what.into()));
    };
    Ok(match read(&json, redact) {
        Some(document) => Told::Document(document),
        None => Told::Other("JSON that is no object".into()),
    })
}

fn kept(text: &str, redact: &Redactor) -> String {
    let text = redact.text(text);
    let end = (0..=LONGEST.min(text.len())).rev();
    let end = end.into_iter().find(|at| text.is_char_boundary(*at));
    text[..end.unwrap_or(0)].to_owned()
}

fn discovery(json: &Value, redact: &Redactor) -> Option<Discovery> {
    let json = json.as_object()?;
    let text = |name: &str| Some(kept(json.get(name)?.as_str()?, redact));
    let list = |name: &str| {
        let texts = json.get(name)?.as_array()?.iter().filter_map(Value::as_str);
        Some(texts.take(MOST).map(|text| kept(text, redact)).collect())
    };
    Some(Discovery {
        issuer: text("issuer"),
        authorization_endpoint: text("authorization_endpoint"),
        token_endpoint: text("token_endpoint"),
        jwks_uri: text("jwks_uri"),
        end_session_endpoint: text("end_session_endpoint"),
        response_types: list("response_types_supported"),
        subject_types: list("subject_types_supported"),
        signing: list("id_token_signing_alg_values_supported"),
        encryption: list("id_token_encryption_alg_values_supported"),
    })
}

/// The keys; without any authentik says `{}` (recorded 238).
fn keys(json: &Value, redact: &Redactor) -> Option<Vec<Key>> {
    let keys = json.as_object()?.get("keys").and_then(Value::as_array);
    let text = |key: &Value, name: &str| kept(key[name].as_str().unwrap_or_default(), redact);
    let key = |key: &Value| Key {
        id: text(key, "kid"),
        used_for: text(key, "use"),
        not_after: key["x5c"][0].as_str().and_then(ends),
    };
    Some(keys.into_iter().flatten().take(MOST).map(key).collect())
}

/// The end of a certificate in base64 of DER (RFC 7517 section 4.7).
fn ends(x5c: &str) -> Option<String> {
    let der = BASE64.decode(x5c.as_bytes()).ok()?;
    Some(tls::Certificate::of(&der)?.not_after.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_of_another_type_counts_as_missing() {
        let redact = Redactor::default();
        let read = discovery(
            &json!({"issuer": 7, "token_endpoint": "http://a/t", "subject_types_supported": []}),
            &redact,
        );
        let missing = read.unwrap().missing();
        assert!(missing.contains(&"issuer") && missing.contains(&"subject_types_supported"));
        assert!(!missing.contains(&"token_endpoint"), "{missing:?}");
        assert_eq!(discovery(&json!([]), &redact), None);
    }

    #[test]
    fn no_keys_and_keys_without_certificates_are_read() {
        let redact = Redactor::default();
        assert_eq!(keys(&json!({}), &redact), Some(Vec::new()));
        let odd = json!({"keys": [{"kid": "a", "use": "enc", "x5c": ["!"]}, 7]});
        let read = keys(&odd, &redact).unwrap();
        assert_eq!((read.len(), read[0].used_for.as_str()), (2, "enc"));
        assert!(read.iter().all(|key| key.not_after.is_none()));
    }
}
