//! The way in and out: reads the command line, runs a command, turns what came of it into an exit
//! code.

use std::{
    io::{self, Write},
    panic::{self, PanicHookInfo},
    path::Path,
    process::ExitCode,
};

use clap::Parser;

use crate::model::printable;

use super::{
    args::{Cli, Command, Pack},
    check, completions, explain, format, list, logs, simulate, token, trace, why,
};

/// Usage or configuration.
pub(super) const USAGE: u8 = 2;
/// akdoctor itself failed, so nothing can be told.
const INTERNAL: u8 = 3;

/// Runs the program as the process was called.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(internal_fault));
    let code = panic::catch_unwind(|| match Cli::try_parse() {
        Ok(cli) => dispatch(&cli),
        Err(usage) => refused(&usage),
    });
    ExitCode::from(code.unwrap_or(INTERNAL))
}

fn dispatch(cli: &Cli) -> u8 {
    let done = match &cli.command {
        None => check::run(&cli.global, &cli.select.words),
        Some(Command::Simulate(simulate)) => simulate::run(&cli.global, simulate),
        Some(Command::Trace(asked)) => trace::run(&cli.global, asked),
        Some(Command::Why(asked)) => why::run(&cli.global, asked),
        Some(Command::Logs(asked)) => logs::run(&cli.global, asked),
        Some(Command::Token(asked)) => token::run(&cli.global, asked),
        Some(Command::Pack {
            command: Pack::Test { folder },
        }) => logs::pack_test(&cli.global, folder),
        Some(Command::List) => list::run(&cli.global),
        Some(Command::Explain { code }) => explain::run(&cli.global, code),
        Some(Command::Completions { shell }) => completions::run(&cli.global, *shell),
    };
    done.unwrap_or_else(|error| match cli.global.is_nagios() {
        true => format::nagios_failed(&format!("{error:#}")),
        false => {
            complain(&format!("{error:#}"));
            USAGE
        }
    })
}

/// Help and version are no errors and go to stdout; a closed pipe there is nobody's fault.
fn refused(usage: &clap::Error) -> u8 {
    let _ = usage.print();
    u8::try_from(usage.exit_code()).unwrap_or(USAGE)
}

/// An error for the person, on stderr; it may quote what came from outside.
fn complain(error: &str) {
    let mut lines = error.lines();
    let first = lines.next().unwrap_or("failed");
    say(&format!("akdoctor: {first}"));
    lines.for_each(say);
}

/// One line on stderr. When stderr is closed there is nobody to tell.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(line));
}

/// Only where, never what: the text of a panic can hold a secret.
fn internal_fault(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, |at| {
        format!(" at {}:{}", inside(at.file()), at.line())
    });
    say(&format!(
        "akdoctor: internal fault{place}; please report it"
    ));
}

/// The file without the folders it was built in.
fn inside(file: &str) -> String {
    let parts: Vec<&str> = Path::new(file).iter().filter_map(|p| p.to_str()).collect();
    let last = parts.len().saturating_sub(3);
    parts[last..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_no_folder_of_the_machine() {
        assert_eq!(
            inside("/home/me/x/dep-1.0/src/lib.rs"),
            "dep-1.0/src/lib.rs"
        );
        assert_eq!(inside("src/engine.rs"), "src/engine.rs");
    }
}
