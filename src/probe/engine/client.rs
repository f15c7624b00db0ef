//! A connection to the container engine, and what its failures mean.

use std::{error::Error as _, future::Future, io, time::Duration};

use bollard::{API_DEFAULT_VERSION, Docker, errors::Error as EngineError};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use super::{EngineEndpoint, Transport};
use crate::probe::{ProbeError, Tools};

/// The longest that one question to the engine may take; the run's `--timeout` is usually shorter.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// The longest that the engine may take to accept a connection; it is on this machine or near it.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(2);

/// Anything that HTTP can be spoken over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An engine that accepts connections and speaks a version of the API that is known to both.
#[derive(Clone)]
pub(in crate::probe) struct Client {
    /// The API's client.
    pub docker: Docker,
    /// How it is reached.
    pub transport: Transport,
}

impl Client {
    /// Reaches the engine, once a run: agreeing on a version costs half a second on Podman.
    pub async fn connect(tools: &Tools) -> Result<Self, ProbeError> {
        let client = tools.engine_client.get_or_try_init(|| Self::agree(tools));
        client.await.cloned()
    }

    /// Agrees with the engine on a version of the API: an engine refuses versions newer than
    /// itself, and Docker 29 also old ones.
    async fn agree(tools: &Tools) -> Result<Self, ProbeError> {
        let transport = transport_of(&tools.engine)?.clone();
        // bollard buries what the system said of a socket; asking once by hand keeps "refused",
        // "not allowed" and "not there" apart.
        drop(open(&transport).await?);
        let docker = client_for(&transport).map_err(|error| meaning(error, "the engine"))?;
        let agreed = bounded("the engine's version", docker.negotiate_version()).await;
        match agreed {
            Ok(docker) => Ok(Self { docker, transport }),
            Err(error) => Err(placed(error, &transport)),
        }
    }

    /// Asks one question, `what` in words for people.
    pub async fn ask<T>(
        &self,
        what: &str,
        question: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, ProbeError> {
        bounded(what, question)
            .await
            .map_err(|error| placed(error, &self.transport))
    }
}

/// A connection to the engine for what bollard does not do.
pub(super) async fn open(transport: &Transport) -> Result<Box<dyn Stream>, ProbeError> {
    let at = transport.to_string();
    let connected = timeout(PATIENCE_TO_CONNECT, async {
        Ok(match transport {
            Transport::Unix(path) => Box::new(UnixStream::connect(path).await?) as Box<dyn Stream>,
            Transport::Tcp(address) => Box::new(TcpStream::connect(address.as_str()).await?),
        })
    });
    match connected.await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(not_connected(at, &error)),
        Err(_) => Err(ProbeError::TimedOut {
            at,
            doing: "accept a connection".into(),
            millis: millis(PATIENCE_TO_CONNECT),
        }),
    }
}

fn transport_of(endpoint: &EngineEndpoint) -> Result<&Transport, ProbeError> {
    match endpoint {
        EngineEndpoint::At { transport, .. } => Ok(transport),
        EngineEndpoint::Absent { looked_at } => Err(ProbeError::NotConfigured {
            why: format!(
                "no container engine here (looked at {}); set DOCKER_HOST if it is elsewhere",
                looked_at.join(", ")
            ),
        }),
        EngineEndpoint::Unusable { configured_by, why } => Err(ProbeError::Unreachable {
            at: format!("the container engine of {configured_by}"),
            detail: why.clone(),
        }),
    }
}

fn client_for(transport: &Transport) -> Result<Docker, EngineError> {
    let patience = PATIENCE.as_secs();
    match transport {
        Transport::Unix(path) => {
            Docker::connect_with_unix(&path.to_string_lossy(), patience, API_DEFAULT_VERSION)
        }
        Transport::Tcp(address) => {
            Docker::connect_with_http(address, patience, API_DEFAULT_VERSION)
        }
    }
}

async fn bounded<T>(
    what: &str,
    question: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, ProbeError> {
    match timeout(PATIENCE, question).await {
        Ok(answer) => answer.map_err(|error| meaning(error, what)),
        Err(_) => Err(meaning(EngineError::RequestTimeoutError, what)),
    }
}

/// Says where the engine is in errors about the connection itself.
fn placed(error: ProbeError, transport: &Transport) -> ProbeError {
    match error {
        ProbeError::Reset { detail, .. } => ProbeError::Reset {
            at: transport.to_string(),
            detail,
        },
        ProbeError::TimedOut { doing, millis, .. } => ProbeError::TimedOut {
            at: transport.to_string(),
            doing,
            millis,
        },
        other => other,
    }
}

/// What the system's refusal to connect means.
fn not_connected(at: String, error: &io::Error) -> ProbeError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ProbeError::Refused { at },
        io::ErrorKind::PermissionDenied => ProbeError::NotAllowed {
            what: format!("opening {at}"),
            detail: "permission denied; run akdoctor with sudo, or as a member of the group that \
                     owns the socket (usually `docker`)"
                .into(),
        },
        io::ErrorKind::NotFound => ProbeError::Unreachable {
            at,
            detail: "no such socket; is the container engine started?".into(),
        },
        _ => ProbeError::Unreachable {
            at,
            detail: error.to_string(),
        },
    }
}

/// What a failed question means. `what` names the thing asked about.
pub(super) fn meaning(error: EngineError, what: &str) -> ProbeError {
    match error {
        EngineError::DockerResponseServerError {
            status_code,
            message,
        } => refusal(status_code, message, what),
        EngineError::RequestTimeoutError => ProbeError::TimedOut {
            at: what.into(),
            doing: "answer".into(),
            millis: millis(PATIENCE),
        },
        error if is_unreadable(&error) => ProbeError::Malformed {
            what: what.into(),
            detail: error.to_string(),
        },
        error => ProbeError::Reset {
            at: what.into(),
            detail: deepest(&error),
        },
    }
}

/// What an HTTP status of the engine, or of a proxy before its socket, means.
pub(super) fn refusal(status: u16, message: String, what: &str) -> ProbeError {
    match status {
        401 | 403 => ProbeError::NotAllowed {
            what: format!("asking the container engine about {what}"),
            detail: format!(
                "{} (status {status}); let the socket proxy allow it, or give akdoctor the \
                 engine's own socket",
                words(&message)
            ),
        },
        404 => ProbeError::Absent { what: what.into() },
        _ if message.trim().is_empty() => ProbeError::Status {
            what: what.into(),
            status,
        },
        _ => ProbeError::Failed {
            what: what.into(),
            detail: format!("{} (status {status})", words(&message)),
        },
    }
}

/// The first line of a message, or words for none: proxies answer with whole HTML pages.
fn words(message: &str) -> String {
    let line = message.trim().lines().next().unwrap_or_default();
    if line.is_empty() || line.starts_with('<') {
        return "refused".into();
    }
    line.chars().take(300).collect()
}

fn is_unreadable(error: &EngineError) -> bool {
    let spoken_otherwise = |error: &hyper::Error| error.is_parse() || error.is_incomplete_message();
    match error {
        EngineError::JsonDataError { .. }
        | EngineError::JsonSerdeError { .. }
        | EngineError::StrParseError { .. }
        | EngineError::APIVersionParseError {} => true,
        EngineError::HyperResponseError { err } => spoken_otherwise(err),
        EngineError::HyperLegacyError { err } => err
            .source()
            .and_then(|cause| cause.downcast_ref::<hyper::Error>())
            .is_some_and(hyper::Error::is_parse),
        _ => false,
    }
}

/// The innermost cause, which alone says what the system said.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

pub(super) fn millis(limit: Duration) -> u64 {
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
}
