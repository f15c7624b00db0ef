//! The built program in an empty environment, so that the machine's own does not decide a test.

use std::process::{Command, Output};

/// The program with these arguments and 80 columns.
pub fn akdoctor(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akdoctor"));
    command
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "80")
        .args(args);
    command
}

/// What it wrote to stdout.
pub fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What it wrote to stderr.
pub fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
