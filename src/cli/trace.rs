//! `akdoctor trace`: the sign-in of each app, hop by hop, on the stack at hand or a simulated one; or
//! with `--as` a sign-in that is really made.

use anyhow::Result;

use super::{
    args::{Global, Trace},
    check,
    run::Work,
    sign_in, simulate,
};

pub(super) fn run(global: &Global, asked: &Trace) -> Result<u8> {
    match &asked.simulate {
        _ if asked.as_user.user.is_some() => sign_in::run(global, asked),
        Some(scenario) => simulate::play(global, scenario, &asked.apps, Work::Trace),
        None => check::work(global, &asked.apps, Work::Trace),
    }
}
