//! A browser of a few lines: one request, no redirect followed, cookies handed on by hand.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use url::Url;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// A header's first value.
    pub fn header(&self, name: &str) -> &str {
        let mut all = self.headers.iter();
        all.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value.as_str()))
            .unwrap_or_default()
    }

    /// Where it leads.
    pub fn location(&self) -> Url {
        Url::parse(self.header("location")).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// Every cookie that it sets, as they are sent back.
    pub fn cookies(&self) -> String {
        let set = self
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let pairs: Vec<&str> = set
            .filter_map(|(_, value)| value.split(';').next())
            .collect();
        pairs.join("; ")
    }
}

/// A parameter of a URL's query.
pub fn parameter(url: &Url, name: &str) -> String {
    let mut pairs = url.query_pairs();
    pairs
        .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        .unwrap_or_default()
}

/// Asks for a page, with these cookies.
pub fn get(url: &Url, cookies: &str) -> Answer {
    let port = url.port_or_known_default().unwrap();
    let mut stream = TcpStream::connect((url.host_str().unwrap(), port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    // HTTP/1.0, so that nothing comes in chunks.
    let mut head = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\nAccept: text/html\r\n");
    if !cookies.is_empty() {
        head += &format!("Cookie: {cookies}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    read(&String::from_utf8_lossy(&bytes))
}

fn read(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    Answer {
        status: status
            .and_then(|status| status.parse().ok())
            .unwrap_or_default(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
