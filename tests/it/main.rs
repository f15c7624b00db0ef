//! The whole program, tested against real parts: one crate, one module a subject.
#![allow(missing_docs)]
mod simulated;
