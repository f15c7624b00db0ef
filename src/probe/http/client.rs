//! The HTTP client: strict TLS, no redirect followed, no cookies kept, the four seams obeyed.

use std::{
    collections::HashMap,
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::{Uri, http::HeaderMap};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderValue, ORIGIN},
    redirect, retry,
};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout_at;
use url::{Host, Position, Url};

use super::{failure::Asked, resolve::SeamResolver};
use crate::probe::{
    ProbeError,
    tools::{DialMap, Lookup},
};

/// What akdoctor calls itself, so that its own requests can be told from others in logs.
const USER_AGENT: &str = concat!("akdoctor/", env!("CARGO_PKG_VERSION"));

/// The HTTP client behind every HTTP probe.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    /// Asks the place itself.
    direct: Client,
    /// Asks through the proxies of the environment.
    proxied: Client,
    /// Ask the place that stands in for another. One each, because the client lets a URL's port
    /// win over a resolver's.
    mapped: HashMap<(String, u16), (SocketAddr, Client)>,
    proxies: Matcher,
    /// The look-up of a world that is never left: what has no stand-in is not there.
    alone: Option<Lookup>,
    timeout: Duration,
    connect_timeout: Duration,
}

/// A GET to send.
pub(crate) struct Get<'a> {
    pub(crate) url: &'a Url,
    pub(crate) accept: &'a str,
    pub(crate) bearer: Option<&'a SecretString>,
    /// Bytes of the decoded body to read at most.
    pub(crate) cap: usize,
    /// Whether part of a body is worth having: it is then read for no longer than leaves time to
    /// answer with that part.
    pub(crate) partial: bool,
    /// The question, without secrets, for errors.
    pub(crate) what: &'a str,
}

/// What a browser would send with a request besides.
#[derive(Default)]
pub(crate) struct Besides<'a> {
    /// The `Cookie` header.
    pub(crate) cookie: Option<&'a str>,
    /// The `Origin` header, which browsers send with whatever they post.
    pub(crate) origin: Option<&'a str>,
    /// authentik's `X-authentik-CSRF` header, which its API wants of whoever is signed in.
    pub(crate) csrf: Option<&'a str>,
    /// Content type and body: a POST instead of a GET.
    pub(crate) post: Option<(&'a str, &'a str)>,
}

/// A form to send, for the one question that is no GET (a token request without a code).
pub(crate) struct PostForm<'a> {
    pub(crate) url: &'a Url,
    /// The body, `application/x-www-form-urlencoded`.
    pub(crate) form: String,
    /// What stands after "Basic" in the header, if it is sent.
    pub(crate) basic: Option<String>,
    /// Bytes of the decoded body to read at most.
    pub(crate) cap: usize,
    /// The question, without secrets, for errors.
    pub(crate) what: &'a str,
}

/// An answer as it came, at most `cap` bytes of its body.
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

/// Why the reading of a body ended.
pub(crate) enum End {
    /// It was read as a whole.
    Whole,
    /// There is more than the cap.
    Capped,
    /// No more came in time.
    Stalled,
    /// The connection failed in the middle of it.
    Broken(ProbeError),
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("mapped", &self.inner.mapped.len())
            .field("timeout", &self.inner.timeout)
            .finish_non_exhaustive()
    }
}

impl HttpClient {
    /// A client over these seams. `timeout` is the longest that a look may take.
    pub(crate) fn new(
        dial: &DialMap,
        dial_only: bool,
        lookup: &Lookup,
        tls: &ClientConfig,
        timeout: Duration,
        connect_timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let builder = || builder(lookup, tls, connect_timeout);
        let stand_in = |(place, address): (&(String, u16), &SocketAddr)| {
            let client = builder().no_proxy().resolve(&place.0, *address).build()?;
            Ok((place.clone(), (*address, client)))
        };
        Ok(Self {
            inner: Arc::new(Inner {
                direct: builder().no_proxy().build()?,
                proxied: builder().build()?,
                mapped: dial.iter().map(stand_in).collect::<Result<_, _>>()?,
                proxies: Matcher::from_env(),
                alone: dial_only.then(|| lookup.clone()),
                timeout,
                connect_timeout,
            }),
        })
    }

    /// The proxy that a URL is asked through, without credentials; `None` when it is asked
    /// directly. Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY` …) because the
    /// person's other programs use them too; loopback and stand-ins are never proxied.
    pub fn proxy_for(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        if is_loopback(&url) || self.stand_in(&url).is_some() {
            return None;
        }
        let uri: Uri = url.as_str().parse().ok()?;
        let proxy = self.inner.proxies.intercept(&uri)?;
        let authority = proxy.uri().authority()?.as_str();
        let host = authority.rsplit('@').next()?;
        Some(format!("{}://{host}", proxy.uri().scheme_str()?))
    }

    fn stand_in(&self, url: &Url) -> Option<&(SocketAddr, Client)> {
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default()?;
        self.inner.mapped.get(&(host, port))
    }

    fn request(&self, method: Method, url: &Url, proxied: bool) -> RequestBuilder {
        let Some((address, client)) = self.stand_in(url) else {
            let client = if proxied {
                &self.inner.proxied
            } else {
                &self.inner.direct
            };
            return client.request(method, url.clone());
        };
        let mut to = url.clone();
        // Neither fails: the URL has a host, and was asked for its port before.
        let _ = to.set_port(Some(address.port()));
        if !matches!(url.host(), Some(Host::Domain(_))) {
            let _ = to.set_ip_host(address.ip());
        }
        let authority = &url[Position::BeforeHost..Position::AfterPort];
        client.request(method, to).header(HOST, authority)
    }

    /// Asks, and reads the answer up to its cap.
    ///
    /// # Errors
    /// Why no answer began. One that began and did not end is an answer; its `end` tells.
    pub(crate) async fn get(&self, get: &Get<'_>) -> Result<Raw, ProbeError> {
        self.send(get, &Besides::default()).await
    }

    /// Asks as a browser does, with what it sends besides.
    ///
    /// # Errors
    /// As [`HttpClient::get`].
    pub(crate) async fn send(
        &self,
        get: &Get<'_>,
        besides: &Besides<'_>,
    ) -> Result<Raw, ProbeError> {
        if self.stand_in(get.url).is_none()
            && let Some(lookup) = &self.inner.alone
        {
            return Err(not_there(get.url, lookup).await);
        }
        let began = Instant::now();
        let until = get.partial.then(|| began + self.inner.timeout * 4 / 5);
        let method = match besides.post {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        self.exchange(method, get.url, get.what, get.cap, until, |request| {
            let mut request = request.header(ACCEPT, get.accept);
            if let Some(cookie) = besides.cookie {
                request = request.header(COOKIE, cookie);
            }
            if let Some(origin) = besides.origin {
                request = request.header(ORIGIN, origin);
            }
            if let Some(csrf) = besides.csrf {
                request = request.header("X-authentik-CSRF", csrf);
            }
            if let Some((kind, body)) = besides.post {
                request = request.header(CONTENT_TYPE, kind).body(body.to_owned());
            }
            match get.bearer {
                Some(token) => request.bearer_auth(token.expose_secret()),
                None => request,
            }
        })
        .await
    }

    /// Sends a form, and reads the answer up to its cap.
    ///
    /// # Errors
    /// As [`HttpClient::get`].
    pub(crate) async fn post_form(&self, post: &PostForm<'_>) -> Result<Raw, ProbeError> {
        let basic = post.basic.as_ref().map(|pair| {
            let mut value = HeaderValue::from_str(&format!("Basic {pair}"));
            if let Ok(value) = &mut value {
                value.set_sensitive(true);
            }
            value
        });
        let basic = basic.transpose().map_err(|_| ProbeError::Failed {
            what: post.what.into(),
            detail: "the client id and secret make no header".into(),
        })?;
        self.exchange(
            Method::POST,
            post.url,
            post.what,
            post.cap,
            None,
            |request| {
                let request = request
                    .header(ACCEPT, "application/json")
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(post.form.clone());
                match basic {
                    Some(value) => request.header(AUTHORIZATION, value),
                    None => request,
                }
            },
        )
        .await
    }

    async fn exchange(
        &self,
        method: Method,
        url: &Url,
        what: &str,
        cap: usize,
        until: Option<Instant>,
        dress: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Raw, ProbeError> {
        let proxy = self.proxy_for(url.as_str());
        let at = match &proxy {
            Some(proxy) => format!("proxy {proxy}"),
            None => super::place_of(url.as_str()).unwrap_or_default(),
        };
        let asked = Asked {
            at: &at,
            what,
            connect_timeout: self.inner.connect_timeout,
        };
        let request = dress(self.request(method, url, proxy.is_some()));
        let mut response = request.send().await.map_err(|error| asked.failed(&error))?;
        let (body, end) = read(&mut response, cap, until, &asked).await;
        Ok(Raw {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
            end,
        })
    }
}

/// Why a place outside a world cannot be asked.
async fn not_there(url: &Url, lookup: &Lookup) -> ProbeError {
    if let Some(Host::Domain(name)) = url.host() {
        let detail = match lookup(name.to_owned()).await {
            Ok(addresses) if addresses.is_empty() => Some("the resolver gave an empty list".into()),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(detail) = detail {
            let host = name.to_owned();
            return ProbeError::NoAddress { host, detail };
        }
    }
    ProbeError::Unreachable {
        at: super::place_of(url.as_str()).unwrap_or_default(),
        detail: "nothing is there".into(),
    }
}

fn builder(lookup: &Lookup, tls: &ClientConfig, connect_timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(connect_timeout)
        .dns_resolver(SeamResolver(lookup.clone()))
        .tls_backend_preconfigured(tls.clone())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

async fn read(
    response: &mut Response,
    cap: usize,
    until: Option<Instant>,
    asked: &Asked<'_>,
) -> (Vec<u8>, End) {
    let mut body = Vec::new();
    loop {
        let chunk = match until {
            Some(until) => timeout_at(until.into(), response.chunk()).await,
            None => Ok(response.chunk().await),
        };
        let end = match chunk {
            Ok(Ok(Some(bytes))) if body.len() + bytes.len() <= cap => {
                body.extend_from_slice(&bytes);
                continue;
            }
            Ok(Ok(Some(bytes))) => {
                body.extend_from_slice(&bytes[..cap - body.len()]);
                End::Capped
            }
            Ok(Ok(None)) => End::Whole,
            Ok(Err(error)) => End::Broken(asked.failed(&error)),
            Err(_) => End::Stalled,
        };
        return (body, end);
    }
}
