//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs)]

mod api;
mod evidence;
mod http;
mod net_world;
mod tls;
