//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it skips"
)]

mod api;
mod cli;
mod config;
mod docs;
mod engine;
mod evidence;
mod fixes;
mod http;
mod net_world;
mod render;
mod sample;
mod schema;
mod simulated;
mod support;
mod tls;
mod walls;
mod whole;
