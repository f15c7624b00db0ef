//! The end of a container's log, from the engine's raw stream. Not through bollard: it holds a
//! line of 20 MB whole, and a terminal's line that begins with the byte 0x01 loses bytes there.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, Response, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::time::timeout;

use super::{
    LogLine, LogLines, LogTail, Transport,
    client::{self, Client, millis},
    describe::called,
    frames::{LineCutter, RawLine},
};
use crate::probe::{ProbeError, Tools};

/// Engines split a line into pieces of this many bytes, with a time stamp before each
/// (moby daemon/logger/copier.go, `defaultBufSize`).
const PIECE: usize = 16 << 10;
/// The longest message of a refusal that is read.
const REFUSAL: usize = 64 << 10;

pub(super) async fn tail(tools: &Tools, question: &LogTail) -> Result<LogLines, ProbeError> {
    let client = Client::connect(tools).await?;
    let what = format!("the log of {}", called(&question.container));
    let path = format!(
        "/v{}/containers/{}/logs?stdout=1&stderr=1&timestamps=1&tail={}",
        client.docker.client_version(),
        question.container,
        question.lines
    );
    let read = read(&client.transport, &path, &what, question.tty);
    let lines = timeout(client::PATIENCE, read)
        .await
        .unwrap_or_else(|_| Err(late(&client.transport, client::PATIENCE)))?;
    Ok(LogLines {
        lines: lines
            .into_iter()
            .map(|line| {
                let line = line_of(line);
                LogLine {
                    text: tools.redact.text(&line.text),
                    ..line
                }
            })
            .collect(),
    })
}

async fn read(
    transport: &Transport,
    path: &str,
    what: &str,
    tty: bool,
) -> Result<Vec<RawLine>, ProbeError> {
    let mut response = get(transport, path).await?;
    let status = response.status();
    if !status.is_success() {
        let message = refusal_words(response).await;
        return Err(client::refusal(status.as_u16(), message, what));
    }
    let mut cutter = LineCutter::new(tty);
    while let Some(frame) = response.body_mut().frame().await {
        let frame = frame.map_err(|error| reset(transport, &error))?;
        let Some(bytes) = frame.data_ref() else {
            continue;
        };
        cutter.push(bytes).map_err(|error| ProbeError::Malformed {
            what: what.into(),
            detail: error.to_string(),
        })?;
    }
    Ok(cutter.finish())
}

async fn get(transport: &Transport, path: &str) -> Result<Response<Incoming>, ProbeError> {
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

fn reset(transport: &Transport, error: &hyper::Error) -> ProbeError {
    ProbeError::Reset {
        at: transport.to_string(),
        detail: error.to_string(),
    }
}

fn late(transport: &Transport, limit: Duration) -> ProbeError {
    ProbeError::TimedOut {
        at: transport.to_string(),
        doing: "answer".into(),
        millis: millis(limit),
    }
}

/// Takes the engine's time stamps out of a line: the one before it, and those before the pieces
/// of a long one.
fn line_of(line: RawLine) -> LogLine {
    let (at, mut rest) = stamp(&line.bytes);
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((piece, more)) = rest.split_at_checked(PIECE) {
        bytes.extend_from_slice(piece);
        rest = stamp(more).1;
    }
    bytes.extend_from_slice(rest);
    LogLine {
        at: at.map(str::to_owned),
        stderr: line.stderr,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// The time stamp at the beginning, if there is one, and what follows it.
fn stamp(bytes: &[u8]) -> (Option<&str>, &[u8]) {
    let head = &bytes[..bytes.len().min(40)];
    let found = head.iter().position(|byte| *byte == b' ').and_then(|end| {
        let text = std::str::from_utf8(&bytes[..end]).ok()?;
        text.parse::<Timestamp>().ok()?;
        Some((text, &bytes[end + 1..]))
    });
    // An empty line of some engines is the stamp alone.
    let alone = || {
        let text = std::str::from_utf8(bytes).ok()?;
        text.parse::<Timestamp>().ok()?;
        Some((text, &bytes[bytes.len()..]))
    };
    match found.or_else(alone) {
        Some((text, rest)) => (Some(text), rest),
        None => (None, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: &str = "2026-11-23T13:06:16.123456789Z";

    fn line(bytes: impl Into<Vec<u8>>) -> LogLine {
        line_of(RawLine {
            stderr: false,
            bytes: bytes.into(),
        })
    }

    #[test]
    fn the_engines_stamp_is_cut_off_and_the_programs_own_stays() {
        let found = line(format!("{STAMP} {STAMP} started"));
        assert_eq!(found.at.as_deref(), Some(STAMP));
        assert_eq!(found.text, format!("{STAMP} started"));
        let bare = line("no stamp here");
        assert_eq!((bare.at, &*bare.text), (None, "no stamp here"));
        let empty = line(STAMP);
        assert_eq!((empty.at.as_deref(), &*empty.text), (Some(STAMP), ""));
    }

    #[test]
    fn podmans_stamps_with_an_offset_are_read() {
        let found = line("2026-11-23T14:06:16.123456789+01:00 x");
        assert_eq!(
            found.at.as_deref(),
            Some("2026-11-23T14:06:16.123456789+01:00")
        );
    }

    #[test]
    fn a_long_line_is_whole_again() {
        let text = "0123456789abcdef".repeat(3 * 1024);
        let pieces: Vec<String> = text
            .as_bytes()
            .chunks(PIECE)
            .map(|piece| format!("{STAMP} {}", String::from_utf8_lossy(piece)))
            .collect();
        assert_eq!(line(pieces.concat()).text, text);
    }

    #[test]
    fn what_is_no_utf8_is_replaced_and_not_refused() {
        assert_eq!(line(&b"a\xffb"[..]).text, "a\u{fffd}b");
    }
}
