//! Files of a simulated container, as tar archives.

use std::fmt::Write;

use hyper::{Response, StatusCode};

use super::{super::listen::Body, Engine, Found, failure, with_type};

/// `GET /containers/{id}/archive?path=`.
pub(super) fn file(engine: &Engine, found: Found<'_>, query: &str) -> Response<Body> {
    let path = url::form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "path").then(|| value.into_owned()))
        .unwrap_or_default();
    let text = match path.as_str() {
        "/etc/hosts" => Some(hosts(found)),
        "/etc/resolv.conf" => Some("nameserver 127.0.0.11\noptions ndots:0\n".to_owned()),
        other => found
            .spec
            .files
            .get(other)
            .cloned()
            .or_else(|| usual(other)),
    };
    let text = text.map(|text| {
        let words = engine.pem.iter();
        words.fold(text, |text, (word, pem)| text.replace(word, pem))
    });
    match text.and_then(|text| packed(&path, &text)) {
        Some(archive) => with_type(StatusCode::OK, "application/x-tar", archive),
        None => failure(
            StatusCode::NOT_FOUND,
            &format!("Could not find the file {path} in container {}", found.name),
        ),
    }
}

/// What images have unless they say otherwise: the authorities of the system.
fn usual(path: &str) -> Option<String> {
    (path == "/etc/ssl/certs/ca-certificates.crt").then(|| "{public-ca}".to_owned())
}

/// A tar archive of one file.
fn packed(path: &str, text: &str) -> Option<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(u64::try_from(text.len()).ok()?);
    header.set_mode(0o644);
    let name = path.rsplit('/').next()?;
    archive
        .append_data(&mut header, name, text.as_bytes())
        .ok()?;
    archive.into_inner().ok()
}

/// The hosts file as Docker writes it: `host-gateway` becomes the default bridge's address.
fn hosts(found: Found<'_>) -> String {
    let mut text =
        String::from("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    for entry in &found.spec.extra_hosts {
        if let Some((name, address)) = entry.split_once(':') {
            let address = if address == "host-gateway" {
                "172.17.0.1"
            } else {
                address
            };
            let _ = writeln!(text, "{address}\t{name}");
        }
    }
    let _ = writeln!(text, "{}\t{}", found.spec.ip, &found.id()[..12]);
    text
}
