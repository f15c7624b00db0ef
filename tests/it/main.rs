//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod docs;
mod fixes;
mod walls;
