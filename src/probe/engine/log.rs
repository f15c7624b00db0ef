//! The end of a container's log, from the engine's raw stream. Not through bollard: it holds a
//! line of 20 MB whole, and a terminal's line that begins with the byte 0x01 loses bytes there.

use http_body_util::BodyExt;
use tokio::time::timeout;

use super::{
    LogLine, LogLines, LogTail, Transport,
    client::{self, Client},
    describe::called,
    frames::{LineCutter, RawLine},
    raw,
};
use crate::{
    logs::{cut_stamp, whole},
    probe::{ProbeError, Tools},
};

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
        .unwrap_or_else(|_| Err(raw::late(&client.transport, client::PATIENCE)))?;
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
    let mut response = raw::get(transport, path, what).await?;
    let mut cutter = LineCutter::new(tty);
    while let Some(frame) = response.body_mut().frame().await {
        let frame = frame.map_err(|error| raw::reset(transport, &error))?;
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

/// Takes the engine's time stamps out of a line.
fn line_of(line: RawLine) -> LogLine {
    let (at, rest) = cut_stamp(&line.bytes);
    LogLine {
        at: at.map(str::to_owned),
        stderr: line.stderr,
        text: String::from_utf8_lossy(&whole(rest)).into_owned(),
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
            .chunks(16 << 10)
            .map(|piece| format!("{STAMP} {}", String::from_utf8_lossy(piece)))
            .collect();
        assert_eq!(line(pieces.concat()).text, text);
    }

    #[test]
    fn what_is_no_utf8_is_replaced_and_not_refused() {
        assert_eq!(line(&b"a\xffb"[..]).text, "a\u{fffd}b");
    }
}
