//! The log of a simulated container: recorded lines, told as if the last one had just been written,
//! or as long ago as the scenario says.

use hyper::{Response, StatusCode};
use jiff::{SignedDuration, civil::DateTime};

use super::{
    super::{
        listen::Body,
        recorded,
        time::{first_time, last_time, moved},
    },
    Engine, Found, frame, nanoseconds, with_type,
};

/// `GET /containers/{id}/logs`: frames, since no simulated container writes to a terminal.
pub(super) fn lines(engine: &Engine, found: Found<'_>, query: &str) -> Response<Body> {
    let wanted = Wanted::read(query);
    let recorded = found
        .spec
        .log
        .as_deref()
        .and_then(recorded::text)
        .unwrap_or_default();
    let last = last_time(recorded).unwrap_or(DateTime::ZERO);
    let ended = found.spec.log_ended.from(engine.began);
    let text = moved(recorded, last, ended);
    let lines: Vec<_> = text.lines().collect();
    let skipped = lines.len().saturating_sub(wanted.tail);
    let mut body = Vec::new();
    for (index, line) in lines.iter().enumerate().skip(skipped) {
        let before_now = i64::try_from(lines.len() - index).unwrap_or(0);
        // The engine saw a line when its writer wrote it; one without a time a second before the next.
        let at = first_time(line).unwrap_or(ended - SignedDuration::from_secs(before_now));
        let stamp = if wanted.timestamps {
            nanoseconds(at) + " "
        } else {
            String::new()
        };
        if wanted.stdout {
            body.extend(frame(false, &format!("{stamp}{line}\n")));
        }
    }
    with_type(
        StatusCode::OK,
        "application/vnd.docker.multiplexed-stream",
        body,
    )
}

/// What a client wants of a log.
struct Wanted {
    stdout: bool,
    timestamps: bool,
    tail: usize,
}

impl Wanted {
    fn read(query: &str) -> Self {
        let mut wanted = Self {
            stdout: false,
            timestamps: false,
            tail: usize::MAX,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let yes = matches!(&*value, "1" | "true");
            match &*name {
                "stdout" => wanted.stdout = yes,
                "timestamps" => wanted.timestamps = yes,
                "tail" => wanted.tail = value.parse().unwrap_or(usize::MAX),
                _ => {}
            }
        }
        wanted
    }
}
