//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs)]

mod cli;
mod render;
mod sample;
mod schema;
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod docs;
mod fixes;
mod walls;
mod config;
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod api;
mod evidence;
mod http;
mod net_world;
mod tls;
mod engine;
mod support;
mod simulated;
