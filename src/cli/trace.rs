//! `akdoctor trace`: the sign-in of each app, hop by hop, on the stack at hand or a simulated one.

use anyhow::Result;

use super::{
    args::{Global, Trace},
    check,
    run::Work,
    simulate,
};

pub(super) fn run(global: &Global, asked: &Trace) -> Result<u8> {
    match &asked.simulate {
        Some(scenario) => simulate::play(global, scenario, &asked.apps, Work::Trace),
        None => check::work(global, &asked.apps, Work::Trace),
    }
}
