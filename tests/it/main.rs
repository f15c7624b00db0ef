//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod api;
mod evidence;
mod http;
mod net_world;
mod tls;
