//! What stands around a line in a file: Docker's own files, `docker compose logs`, `docker logs
//! -t`, `kubectl logs`, container runtimes of Kubernetes, the journal. Known by what a file
//! begins with; its name says nothing.

use std::borrow::Cow;

use serde::Deserialize;

use super::{clock::cut_stamp, dialect::level_of};

/// Lines that a file is known by.
const LOOKED_AT: usize = 16;
/// A pod's or container's name is shorter.
const LONGEST_NAME: usize = 300;

/// How the lines of a file are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// Not at all.
    Bare,
    /// The engine's time stamp stands before each (`docker logs -t`).
    Stamped,
    /// Docker's json-file driver, `/var/lib/docker/containers/…/…-json.log`.
    JsonFile,
    /// The container runtime interface of Kubernetes, also Podman's k8s-file:
    /// `2026-11-24T10:00:00.1Z stdout F text`.
    Runtime,
    /// `docker compose logs`, `docker service logs`: `server-1  | text`.
    Compose,
    /// `kubectl logs --prefix`: `[pod/name/container] text`.
    Pod,
    /// `journalctl` in its short forms, and syslog: `Nov 24 10:00:00 host name[7]: text`.
    Journal,
}

/// A line taken out of what is around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened<'l> {
    /// Who wrote it, where several write into one file.
    pub from: Option<&'l str>,
    /// When, as an engine's stamp.
    pub stamp: Option<Cow<'l, str>>,
    /// Whether it came on standard error.
    pub stderr: bool,
    /// The line itself.
    pub text: Cow<'l, [u8]>,
    /// Whether it ends here; else the next one of its writer goes on with it.
    pub whole: bool,
}

impl Wrapping {
    /// Forms that several lines must agree on, the surest first.
    const WRAPPED: [Self; 5] = [
        Self::JsonFile,
        Self::Runtime,
        Self::Pod,
        Self::Compose,
        Self::Journal,
    ];

    /// How a file is wrapped that begins like this.
    pub fn of(head: &[u8]) -> Self {
        let lines = head.split(|byte| *byte == b'\n');
        let lines: Vec<&[u8]> = lines
            .filter(|line| !line.is_empty())
            .take(LOOKED_AT)
            .collect();
        // `docker compose up` says what it attaches to before, and a rotated file may begin in
        // the middle of a line.
        let agree = |form: &Self| {
            let count = lines.iter().filter(|line| form.open(line).is_some());
            let count = count.count();
            count > 0 && count * 4 >= lines.len() * 3
        };
        if let Some(form) = Self::WRAPPED.into_iter().find(agree) {
            return form;
        }
        match lines.first().and_then(|line| cut_stamp(line).0) {
            Some(_) => Self::Stamped,
            None => Self::Bare,
        }
    }

    /// Whether lines need no opening: the scanner knows what to do with them.
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Bare | Self::Stamped)
    }

    /// Whether a stamp stands before lines that were opened.
    pub fn stamped(self, head: &[u8]) -> bool {
        let mut lines = head.split(|byte| *byte == b'\n');
        match self {
            Self::Bare => false,
            Self::Stamped | Self::JsonFile | Self::Runtime => true,
            _ => lines
                .find_map(|line| self.open(line))
                .is_some_and(|line| line.stamp.is_some()),
        }
    }

    /// A line without what is around it; `None` where it is not wrapped like this.
    pub fn open(self, line: &[u8]) -> Option<Opened<'_>> {
        match self {
            Self::Bare | Self::Stamped => None,
            Self::JsonFile => json_file(line),
            Self::Runtime => runtime(line),
            Self::Compose => compose(line),
            Self::Pod => pod(line),
            Self::Journal => journal(line),
        }
    }
}

/// An entry of the json-file driver (moby `daemon/logger/jsonfilelog/jsonlog`).
#[derive(Deserialize)]
struct Entry {
    log: String,
    stream: String,
    time: String,
}

fn json_file(line: &[u8]) -> Option<Opened<'static>> {
    if !line.starts_with(b"{\"log\":") {
        return None;
    }
    let text = String::from_utf8_lossy(line);
    let entry: Entry = serde_json::from_str(text.trim_end_matches('\r')).ok()?;
    let mut text = entry.log.into_bytes();
    let whole = text.last() == Some(&b'\n');
    if whole {
        text.pop();
    }
    Some(Opened {
        from: None,
        stamp: Some(Cow::Owned(entry.time)),
        stderr: entry.stream == "stderr",
        text: Cow::Owned(text),
        whole,
    })
}

fn runtime(line: &[u8]) -> Option<Opened<'_>> {
    let (stamp, rest) = cut_stamp(line);
    let stderr = rest.starts_with(b"stderr ");
    if !stderr && !rest.starts_with(b"stdout ") {
        return None;
    }
    let (tag, text) = split_at_blank(&rest[b"stdout ".len()..])?;
    Some(Opened {
        from: None,
        stamp: Some(Cow::Borrowed(stamp?)),
        stderr,
        text: Cow::Borrowed(text),
        // Podman writes F and P, Kubernetes may write several tags.
        whole: match tag.first()? {
            b'F' => true,
            b'P' => false,
            _ => return None,
        },
    })
}

fn compose(line: &[u8]) -> Option<Opened<'_>> {
    let line = without_colour(line);
    let end = line
        .iter()
        .take(LONGEST_NAME)
        .position(|byte| *byte == b' ')?;
    let (name, rest) = line.split_at(end);
    let rest = without_colour(rest.trim_ascii_start().strip_prefix(b"|")?);
    let name = std::str::from_utf8(name).ok()?;
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-@".contains(c);
    let named = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(inside);
    // `INFO | text` is how some programs write.
    if !named || level_of(name).is_some() {
        return None;
    }
    Some(written(Some(name), rest.strip_prefix(b" ").unwrap_or(rest)))
}

fn pod(line: &[u8]) -> Option<Opened<'_>> {
    let rest = line.strip_prefix(b"[pod/")?;
    let end = rest
        .iter()
        .take(LONGEST_NAME)
        .position(|byte| *byte == b']')?;
    let name = std::str::from_utf8(&rest[..end]).ok()?;
    Some(written(Some(name), rest[end + 1..].trim_ascii_start()))
}

/// What was written by somebody, the engine's stamp before it where there is one.
fn written<'l>(from: Option<&'l str>, text: &'l [u8]) -> Opened<'l> {
    let (stamp, text) = cut_stamp(text);
    Opened {
        from,
        stamp: stamp.map(Cow::Borrowed),
        stderr: false,
        text: Cow::Borrowed(text),
        whole: true,
    }
}

/// `Nov 24 10:00:00 host name[7]: text`, also with fractions, or `2026-11-24T10:00:00+0000` in
/// front. The former tells neither year nor zone, so the line's own clock must do.
fn journal(line: &[u8]) -> Option<Opened<'_>> {
    let (stamp, rest) = match month_and_time(line) {
        Some(rest) => (None, rest),
        None => {
            let (first, rest) = split_at_blank(line)?;
            (Some(stamp_of(first)?), rest)
        }
    };
    let (_host, rest) = split_at_blank(rest)?;
    let (name, text) = split_at_blank(rest)?;
    let name = std::str::from_utf8(name.strip_suffix(b":")?).ok()?;
    let name = name.split('[').next().filter(|name| !name.is_empty())?;
    Some(Opened {
        from: Some(name),
        stamp: stamp.map(Cow::Owned),
        stderr: false,
        text: Cow::Borrowed(text),
        whole: true,
    })
}

fn month_and_time(line: &[u8]) -> Option<&[u8]> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let (month, rest) = line.split_at_checked(3)?;
    if !MONTHS.chunks(3).any(|known| known == month) {
        return None;
    }
    let (day, rest) = rest.split_at_checked(4)?;
    let plain = |byte: &u8| byte.is_ascii_digit() || *byte == b' ';
    let (time, rest) = split_at_blank(rest)?;
    let clock = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
    let shaped = day.iter().all(plain) && time.len() >= 8 && time.iter().all(clock);
    shaped.then_some(rest)
}

/// `2026-11-24T10:00:00+0000`, as an engine would write it.
fn stamp_of(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    if !text.contains('T') {
        return None;
    }
    let offset = |at: usize| matches!(text.as_bytes().get(at), Some(b'+' | b'-'));
    let colonless = text.len().checked_sub(5).filter(|at| offset(*at));
    let stamp = match colonless {
        Some(at) => format!("{}:{}", &text[..at + 3], &text[at + 3..]),
        None => text.to_owned(),
    };
    stamp.parse::<jiff::Timestamp>().is_ok().then_some(stamp)
}

fn split_at_blank(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b' ')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Without one colour of a terminal in front (`ESC [ … m`).
fn without_colour(line: &[u8]) -> &[u8] {
    let Some(sequence) = line.strip_prefix(b"\x1b[") else {
        return line;
    };
    let inside = |byte: &u8| byte.is_ascii_digit() || *byte == b';';
    let end = sequence.iter().position(|byte| !inside(byte));
    match end.map(|end| (sequence[end], &sequence[end + 1..])) {
        Some((b'm', rest)) => rest,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(form: Wrapping, line: &str) -> (Option<String>, Option<String>, String, bool) {
        let opened = form.open(line.as_bytes());
        let opened = opened.unwrap_or_else(|| panic!("{form:?}: {line}"));
        (
            opened.from.map(str::to_owned),
            opened.stamp.map(Cow::into_owned),
            String::from_utf8_lossy(&opened.text).into_owned(),
            opened.whole,
        )
    }

    fn all(from: &str, stamp: &str, text: &str) -> (Option<String>, Option<String>, String, bool) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(from), some(stamp), text.to_owned(), true)
    }

    #[test]
    fn each_wrapping_is_known_and_taken_off() {
        let stamp = "2026-11-24T10:00:00.123456789Z";
        for (form, line, wanted) in [
            (
                Wrapping::JsonFile,
                format!(r#"{{"log":"a \"b\"\n","stream":"stderr","time":"{stamp}"}}"#),
                all("", stamp, "a \"b\""),
            ),
            (
                Wrapping::Runtime,
                format!("{stamp} stdout F a b"),
                all("", stamp, "a b"),
            ),
            (
                Wrapping::Compose,
                "authentik-server-1  | {\"a\": 1}".into(),
                all("authentik-server-1", "", "{\"a\": 1}"),
            ),
            (
                Wrapping::Compose,
                format!("\u{1b}[36mdb-1      |\u{1b}[0m {stamp} a"),
                all("db-1", stamp, "a"),
            ),
            (
                Wrapping::Compose,
                "sso_server.1.x7@node    | a".into(),
                all("sso_server.1.x7@node", "", "a"),
            ),
            (
                Wrapping::Pod,
                format!("[pod/authentik-server-5f/server] {stamp} a"),
                all("authentik-server-5f/server", stamp, "a"),
            ),
            (
                Wrapping::Journal,
                "Nov  4 10:00:00 host authentik-server[77]: a b".into(),
                all("authentik-server", "", "a b"),
            ),
            (
                Wrapping::Journal,
                "2026-11-24T10:00:00+0100 host 3f2a[77]: a".into(),
                all("3f2a", "2026-11-24T10:00:00+01:00", "a"),
            ),
        ] {
            assert_eq!(Wrapping::of(line.as_bytes()), form, "{line}");
            assert_eq!(opened(form, &line), wanted, "{line}");
        }
    }

    #[test]
    fn what_programs_write_themselves_is_not_taken_for_a_wrapping() {
        for line in [
            "INFO     | uvicorn started",
            "2026-11-24 10:00:00.123 | INFO     | app - x",
            "{\"log\": \"structured\", \"level\": \"info\"}",
            "2025-07-03 07:49:54.203 UTC [50] ERROR:  x",
            "Now it is: so",
            "[pod] x",
            "",
        ] {
            assert_eq!(Wrapping::of(line.as_bytes()), Wrapping::Bare, "{line}");
        }
        let stamped = b"2026-11-24T10:00:00.123456789Z a: b\n";
        assert_eq!(Wrapping::of(stamped), Wrapping::Stamped);
    }

    #[test]
    fn a_line_in_pieces_goes_on() {
        let piece = br#"{"log":"a","stream":"stdout","time":"2026-11-24T10:00:00Z"}"#;
        assert!(!Wrapping::JsonFile.open(piece).unwrap().whole);
        let piece = b"2026-11-24T10:00:00Z stdout P a";
        assert!(!Wrapping::Runtime.open(piece).unwrap().whole);
    }

    #[test]
    fn a_few_lines_of_another_kind_do_not_matter() {
        let head = format!("Attaching to a-1\n{}", "a-1  | x\n".repeat(5));
        assert_eq!(Wrapping::of(head.as_bytes()), Wrapping::Compose);
    }
}
