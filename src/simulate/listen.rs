//! Listening on loopback: ephemeral ports, listeners that refuse, hang or hang up, and a log of
//! every request that came.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::world::ListenerState;

/// An answer's body.
pub(super) type Body = Full<Bytes>;

/// The connection is closed instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub(super) struct HangUp;

/// What answers the requests of a listener.
pub(super) type Service = Arc<
    dyn Fn(Request<Incoming>) -> BoxFuture<'static, Result<Response<Body>, HangUp>> + Send + Sync,
>;

/// A request that the simulated world got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which listener: "authentik", "engine", an app.
    pub listener: String,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Whether a bearer token came with it.
    pub with_token: bool,
    /// The fields of its form, secrets without their value.
    pub form: Vec<(String, String)>,
}

/// Every request so far, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<Mutex<Vec<Asked>>>);

impl Requests {
    /// Writes a request down, and says where.
    pub(super) fn note<B>(&self, listener: &str, request: &Request<B>) -> usize {
        let authorization = request.headers().get(hyper::header::AUTHORIZATION);
        let bearer = authorization.is_some_and(|value| value.as_bytes().starts_with(b"Bearer"));
        let asked = Asked {
            listener: listener.to_owned(),
            method: request.method().to_string(),
            target: request.uri().to_string(),
            with_token: bearer,
            form: Vec::new(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(asked);
        all.len() - 1
    }

    /// Writes down the form that came with a request.
    pub(super) fn note_form(&self, at: usize, mut form: Vec<(String, String)>) {
        for (_, value) in form.iter_mut().filter(|(name, _)| name.ends_with("secret")) {
            value.clear();
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = all.get_mut(at) {
            asked.form = form;
        }
    }

    /// Every request so far.
    pub(super) fn so_far(&self) -> Vec<Asked> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The tasks and sockets behind a world; they end when this is dropped.
#[derive(Default)]
pub(super) struct Listening {
    tasks: JoinSet<()>,
    /// Bound and never listened on: whoever connects is refused, and nobody else gets the port.
    refusing: Vec<TcpSocket>,
}

impl Listening {
    /// Starts to listen on a port of loopback that the system chooses.
    pub(super) fn start(
        &mut self,
        state: ListenerState,
        service: Service,
        tls: Option<TlsAcceptor>,
    ) -> io::Result<SocketAddr> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let at = socket.local_addr()?;
        match state {
            ListenerState::Refusing => self.refusing.push(socket),
            ListenerState::Up => drop(self.tasks.spawn(serve(socket.listen(1024)?, service, tls))),
            ListenerState::Hanging => drop(self.tasks.spawn(hold(socket.listen(1024)?))),
            ListenerState::Resetting => drop(self.tasks.spawn(hang_up(socket.listen(1024)?))),
        }
        Ok(at)
    }
}

/// The next connection; a failed accept (a peer that was gone already) is no reason to end.
async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(listener: TcpListener, service: Service, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = next(&listener) => drop(connections.spawn(converse(stream, Arc::clone(&service), tls.clone()))),
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(stream: TcpStream, service: Service, tls: Option<TlsAcceptor>) {
    match tls {
        None => talk(stream, service).await,
        // Whoever does not like the certificate is gone, and there is nobody to tell.
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => talk(stream, service).await,
            Err(_) => {}
        },
    }
}

async fn talk<S>(stream: S, service: Service)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(move |request| service(request));
    // A connection that fails has nobody left to tell.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades()
        .await;
}

async fn hold(listener: TcpListener) {
    let mut held = Vec::new();
    loop {
        held.push(next(&listener).await);
    }
}

async fn hang_up(listener: TcpListener) {
    loop {
        drop(next(&listener).await);
    }
}
