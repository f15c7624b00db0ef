//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test fails by panicking and says what it skips"
)]

mod access;
mod api;
mod bad_input;
mod cases;
mod cli;
mod config;
mod dns;
mod docs;
mod engine;
mod evidence;
mod fixes;
mod formats;
mod http;
mod logs;
mod net_world;
mod parties;
mod program;
mod render;
mod sample;
mod scenarios;
mod schema;
mod sign_in;
mod simulated;
mod start;
mod support;
mod tls;
mod token;
mod trace;
mod users;
mod walls;
mod whole;
mod why;
