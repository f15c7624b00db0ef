//! `akdoctor completions SHELL`.

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{
    args::{Cli, Global},
    output,
};

pub(super) fn run(global: &Global, shell: Shell) -> Result<u8> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "akdoctor", &mut script);
    output::deliver(&script, global.output_file.as_deref())?;
    Ok(0)
}
