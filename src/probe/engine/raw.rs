//! Requests to the engine whose answer is a raw stream of bytes. Not through bollard: it holds a
//! line of 20 MB whole, and a terminal's line that begins with the byte 0x01 loses bytes there.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, Response, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;

use super::{
    Transport,
    client::{self, millis},
};
use crate::probe::ProbeError;

/// The longest message of a refusal that is read.
const REFUSAL: usize = 64 << 10;

/// Asks for a path; `what` is what it is about, in words for people.
///
/// # Errors
/// Also when the engine answers with a refusal.
pub(super) async fn get(
    transport: &Transport,
    path: &str,
    what: &str,
) -> Result<Response<Incoming>, ProbeError> {
    let response = send(transport, path).await?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let message = refusal_words(response).await;
    Err(client::refusal(status.as_u16(), message, what))
}

async fn send(transport: &Transport, path: &str) -> Result<Response<Incoming>, ProbeError> {
    let stream = client::open(transport).await?;
    let reset = |error| reset(transport, &error);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(reset)?;
    // Drives the connection; it ends by itself when the response has been read or dropped.
    tokio::spawn(connection);
    let host = match transport {
        Transport::Unix(_) => "localhost",
        Transport::Tcp(address) => address,
    };
    let request = Request::get(path)
        .header(header::HOST, host)
        .body(Empty::<Bytes>::new())
        .map_err(|error| ProbeError::Malformed {
            what: format!("the address {path}"),
            detail: error.to_string(),
        })?;
    sender.send_request(request).await.map_err(reset)
}

/// The engine's `message`, or whatever else stands in the body.
async fn refusal_words(response: Response<Incoming>) -> String {
    let Ok(body) = Limited::new(response.into_body(), REFUSAL).collect().await else {
        return String::new();
    };
    let body = body.to_bytes();
    let message = serde_json::from_slice::<serde_json::Value>(&body)
        .ok()
        .and_then(|answer| Some(answer.get("message")?.as_str()?.to_owned()));
    message.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned())
}

pub(super) fn reset(transport: &Transport, error: &hyper::Error) -> ProbeError {
    ProbeError::Reset {
        at: transport.to_string(),
        detail: error.to_string(),
    }
}

pub(super) fn late(transport: &Transport, limit: Duration) -> ProbeError {
    ProbeError::TimedOut {
        at: transport.to_string(),
        doing: "answer".into(),
        millis: millis(limit),
    }
}
