//! Small servers on loopback that answer exactly the bytes they are told, broken ones included,
//! and keep what they were asked.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use akdoctor::{
    evidence::{Evidence, Limits},
    probe::{
        engine::EngineEndpoint,
        tools::{ApiToken, Tools, ToolsOptions},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How a server answers one request.
#[derive(Clone)]
pub enum Reply {
    /// These bytes, then the end of the connection.
    Send(Vec<u8>),
    /// These bytes again and again, without end.
    Forever(Vec<u8>, Vec<u8>),
    /// These bytes, then one more every few milliseconds.
    Trickle(Vec<u8>),
    /// Nothing, ever.
    Hang,
    /// The end of the connection.
    Close,
}

/// A server and the heads of the requests that it got.
pub struct Server {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, reply) = (heads.clone(), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, reply) = (kept.clone(), reply.clone());
                tokio::spawn(async move { serve(stream, &kept, &*reply).await });
            }
        });
        Self { address, heads }
    }

    /// Answers everything the same.
    pub async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn serve(mut stream: TcpStream, kept: &Mutex<Vec<String>>, reply: &impl Fn(&str) -> Reply) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    kept.lock().unwrap().push(head.clone());
    // A peer that goes away in the middle is what some tests are about.
    let _ = answer(&mut stream, reply(&head)).await;
}

async fn answer(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Close => Ok(()),
        Reply::Hang => std::future::pending().await,
        Reply::Send(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Forever(first, again) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&again).await?;
            }
        }
        Reply::Trickle(first) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

/// An answer with a body, complete.
pub fn answered(status: u16, kind: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    Reply::Send(bytes)
}

pub fn json(body: impl AsRef<[u8]>) -> Reply {
    answered(200, "application/json", body)
}

/// The start of an answer whose body has no announced end.
pub fn endless_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec()
}

/// A recorded answer: a JSON body, or request, head and body as text.
pub fn recorded(name: &str) -> Reply {
    let path = format!("{}/tests/recorded/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    if name.ends_with(".json") {
        return json(text);
    }
    let answer = &text[text.find("HTTP/1.1 ").unwrap()..];
    let (head, body) = answer.split_once("\n\n").unwrap();
    let status = head[9..12].parse().unwrap();
    let kind = head
        .lines()
        .find_map(|line| line.strip_prefix("content-type: "));
    answered(status, kind.unwrap(), body)
}

/// What probes need to ask these servers.
pub struct World {
    pub options: ToolsOptions,
}

impl World {
    /// A world in which no name has an address.
    pub fn new() -> Self {
        let mut options = ToolsOptions::new(EngineEndpoint::Absent { looked_at: vec![] });
        options.timeout = Duration::from_millis(500);
        Self { options }.names(&[])
    }

    pub fn timeout(mut self, millis: u64) -> Self {
        self.options.timeout = Duration::from_millis(millis);
        self
    }

    pub fn dial(mut self, host: &str, port: u16, to: SocketAddr) -> Self {
        self.options.dial.insert((host.into(), port), to);
        self
    }

    pub fn names(mut self, names: &[(&str, &str)]) -> Self {
        let names: HashMap<String, std::net::IpAddr> = names
            .iter()
            .map(|(name, address)| ((*name).to_owned(), address.parse().unwrap()))
            .collect();
        self.options.lookup = Arc::new(move |host| {
            let found = names.get(&host).copied();
            Box::pin(async move {
                found
                    .map(|address| vec![address])
                    .ok_or_else(|| std::io::Error::other("Name or service not known"))
            })
        });
        self
    }

    pub fn token(mut self, secret: &str, origin: &str) -> Self {
        self.options.token = Some(ApiToken {
            secret: secret.into(),
            origin: origin.parse().unwrap(),
        });
        self
    }

    pub fn evidence(self) -> Evidence {
        let limits = Limits {
            timeout: self.options.timeout,
            ..Limits::default()
        };
        Evidence::new(Arc::new(Tools::new(self.options).unwrap()), limits)
    }
}
