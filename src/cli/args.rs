//! The command line, as clap reads it.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use jiff::Timestamp;

use crate::{model::Severity, render::Detail};

use super::{
    duration,
    format::{Wanted, WantedParser},
    sign_in::AsUser,
    since, token,
};

const EXAMPLES: &str = "\
Examples:
  akdoctor                                   find out why sign-in is broken, here
  akdoctor --url https://auth.example.com    the same from a laptop
  akdoctor gitea                             only what concerns the app gitea
  akdoctor health '!oidc*'                   some checks, without others
  akdoctor logs                              what the logs of it all mean
  akdoctor -o human -o json=report.json -o junit=report.xml
  akdoctor explain health/container-stopped   what a finding means
  akdoctor simulate                          see it at work, nothing installed

Exit codes:
  0    nothing at or above --fail-on
  1    findings
  2    usage or configuration
  3    something wanted could not be told, and nothing failed
  130  interrupted; the partial report was printed";

/// Finds out why sign-in through authentik is broken, and prints the command that mends it.
///
/// Says who is hit, the one root cause with the command that mends it, and what follows from it.
/// It only looks: nothing is changed.
#[derive(Debug, Parser)]
#[command(name = "akdoctor", version, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub select: Select,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the checks on a simulated stack: nothing needs to be installed
    #[command(
        after_help = "Examples:\n  akdoctor simulate --list\n  akdoctor simulate database-down\n  \
        akdoctor simulate several gitea"
    )]
    Simulate(Simulate),
    /// Walk each app's sign-in hop by hop and show where it breaks
    #[command(
        after_help = "Examples:\n  akdoctor trace\n  akdoctor trace gitea -v\n  \
        akdoctor trace --as anna gitea\n  akdoctor trace --simulate redirect-scheme\n\n\
        It asks what a plain run asks, and besides, of apps whose sign-in begins with a POST, that \
        start.\n\n\
        With --as it signs in for real, and shows the stages instead of the hops. authentik then \
        writes what it writes of every sign-in: a session (which is ended), login and \
        authorization events, the person's last login and reputation, and a consent where a flow \
        asks for one. With --simulate everybody's password is password123."
    )]
    Trace(Trace),
    /// Tell why somebody can or cannot sign in, and what mends it
    #[command(
        after_help = "Examples:\n  akdoctor why anna\n  akdoctor why anna gitea\n  akdoctor why anna@example.com\n  \
        akdoctor why --simulate inactive-user contractor2\n\nExit codes: 0 can sign in and open APP, 1 \
        cannot, 2 no such app, 3 not everything was seen\n\nWhere a policy decides about APP and the \
        token is a superuser's, authentik is asked to run it."
    )]
    Why(Why),
    /// Say what the logs mean: known faults, counted and explained
    #[command(
        after_help = "Examples:\n  akdoctor logs\n  akdoctor logs gitea --follow\n  \
        akdoctor logs --file server.log\n  docker logs authentik-server 2>&1 | akdoctor logs -"
    )]
    Logs(Logs),
    /// Make the token with which akdoctor reads: a service account that may change nothing
    #[command(
        after_help = "Examples:\n  akdoctor token\n  akdoctor token --expires 30d --yes\n  \
        akdoctor token --print\n  akdoctor token --revoke\n\n\
        It runs Python in authentik's container, on the machine where that runs, shows before what \
        it makes, and asks. The key goes to a file of yours and is never shown. Run again it renews \
        the token when its time is half over, or leaves it alone."
    )]
    Token(Token),
    /// Try out signatures of your own
    Pack {
        #[command(subcommand)]
        command: Pack,
    },
    /// List every check and every code
    #[command(after_help = "Examples:\n  akdoctor list\n  akdoctor list -o json")]
    List,
    /// Explain what a finding means and what mends it
    #[command(after_help = "Example:\n  akdoctor explain health/container-stopped")]
    Explain {
        /// A code, as a report or `akdoctor list` shows it; or a check's name
        #[arg(value_name = "CODE")]
        code: String,
    },
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  akdoctor completions bash > \
        ~/.local/share/bash-completion/completions/akdoctor")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// What is wrong in the simulated stack
    #[arg(value_name = "SCENARIO", default_value = "several")]
    pub scenario: String,
    /// List every scenario
    #[arg(long, conflicts_with = "select")]
    pub list: bool,
    #[command(flatten)]
    pub select: Select,
}

#[derive(Debug, Args)]
pub(super) struct Trace {
    /// Apps by slug or name, as in akdoctor.toml [default: all that are known]
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    /// On a simulated stack; `akdoctor simulate --list` shows every scenario
    #[arg(long, value_name = "SCENARIO")]
    pub simulate: Option<String>,
    #[command(flatten)]
    pub as_user: AsUser,
}

#[derive(Debug, Args)]
pub(super) struct Why {
    /// Who: user name, e-mail address or primary key
    #[arg(value_name = "USER")]
    pub user: String,
    /// An app, by slug or name [default: each]
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// On a simulated stack; `akdoctor simulate --list` shows every scenario
    #[arg(long, value_name = "SCENARIO")]
    pub simulate: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Logs {
    /// Containers by name, app or part (server, worker, database …); - for standard input
    /// [default: all that belong to sign-in]
    #[arg(value_name = "CONTAINER")]
    pub containers: Vec<String>,
    /// Read a file instead; needs no Docker. May be given again
    #[arg(long, value_name = "FILE")]
    pub file: Vec<String>,
    /// Go on and tell each fault when it appears
    #[arg(short, long)]
    pub follow: bool,
    /// Only what was written until then: a time such as 2026-11-24T08:00Z, or how long ago (15m,
    /// 2h, 3d)
    #[arg(long, value_name = "WHEN", value_parser = since::parse)]
    pub until: Option<Timestamp>,
    /// Only the last lines
    #[arg(long, value_name = "LINES", value_parser = clap::value_parser!(u64).range(1..))]
    pub tail: Option<u64>,
    /// Everything that the engine has kept, however large
    #[arg(long, conflicts_with = "tail")]
    pub all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Token {
    /// How long it lives: 12h, 90d, 4w
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = token::lives)]
    pub expires: Duration,
    /// The file for the key [default: the one that akdoctor.toml names, else akdoctor/token in the
    /// user's configuration folder]
    #[arg(long, value_name = "FILE", conflicts_with = "print")]
    pub file: Option<PathBuf>,
    /// Do it without asking
    #[arg(long, conflicts_with = "print")]
    pub yes: bool,
    /// Only show the script, to be run by hand; authentik then makes the key
    #[arg(long)]
    pub print: bool,
    /// Take it all away again
    #[arg(long)]
    pub revoke: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Pack {
    /// Check that every signature in a folder matches its own lines and no other's
    #[command(after_help = "Example:\n  akdoctor pack test ./signatures")]
    Test {
        /// The folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Select {
    /// Checks, apps and codes to look at; globs, and `!` to exclude [default: everything]
    #[arg(value_name = "CHECK|APP|CODE", id = "select")]
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Global {
    /// Format of the report, and the file that it goes to; may be given again
    #[arg(
        short,
        long,
        value_name = "FORMAT[=FILE]",
        value_parser = WantedParser,
        global = true
    )]
    pub output: Vec<Wanted>,
    /// Write the report to this file, whole or not at all
    #[arg(long, value_name = "FILE", global = true)]
    pub output_file: Option<PathBuf>,
    /// What a case of JUnit is whose point could not be told
    #[arg(long, value_name = "AS", default_value = "error", global = true)]
    pub unknown: Untold,
    /// Exit with 1 for findings from this severity on
    #[arg(long, value_name = "SEVERITY", default_value = "error", global = true)]
    pub fail_on: FailOn,
    /// Configuration file [default: ./akdoctor.toml, then the user's configuration folder]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Where authentik is, such as https://auth.example.com
    #[arg(long, env = "AUTHENTIK_URL", hide_env_values = true, global = true)]
    pub url: Option<String>,
    /// The longest wait for one answer: seconds, or 500ms, 2s, 1m
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration::parse, global = true)]
    pub timeout: Duration,
    /// The longest a run may take
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = duration::parse, global = true)]
    pub deadline: Duration,
    /// How far back to look at what happened: 30m, 6h, 2d, or a time such as 2026-11-24T08:00Z
    /// [default: 24h]
    #[arg(long, value_name = "WHEN", value_parser = since::parse, global = true)]
    pub since: Option<Timestamp>,
    /// The most questions asked at once
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=1024), global = true)]
    pub jobs: u16,
    /// A folder with signatures of your own for lines of logs; may be given again
    #[arg(long, value_name = "FOLDER", global = true)]
    pub checks: Vec<PathBuf>,
    /// Send the API token where a configuration file of the current folder says, without asking
    #[arg(long, global = true)]
    pub trust_config: bool,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
    /// Only ASCII characters, as where the locale is not UTF-8
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Only the verdict, the root cause and the command
    #[arg(short, long, conflicts_with = "verbose", global = true)]
    pub quiet: bool,
    /// Also passes, skips, evidence, timings and proxies
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Global {
    /// How much the human report says.
    pub fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }

    /// authentik's URL; a variable that is set to nothing is no URL.
    pub fn url(&self) -> Option<String> {
        self.url.clone().filter(|url| !url.is_empty())
    }
}

/// What a point that could not be told is in JUnit's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Untold {
    Error,
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Info,
    Warning,
    Error,
}

impl From<FailOn> for Severity {
    fn from(from: FailOn) -> Self {
        match from {
            FailOn::Info => Self::Info,
            FailOn::Warning => Self::Warning,
            FailOn::Error => Self::Error,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR says otherwise
    Auto,
    /// Always, except in an --output-file
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn words_that_are_no_subcommand_select() {
        let cli = parse("akdoctor gitea health/* -o json");
        assert!(cli.command.is_none());
        assert_eq!(cli.select.words, ["gitea", "health/*"]);
        assert_eq!(cli.global.output.len(), 1);
    }

    #[test]
    fn global_options_may_stand_on_either_side() {
        for line in [
            "akdoctor --deadline 2s simulate oom gitea",
            "akdoctor simulate oom gitea --deadline 2",
        ] {
            let cli = parse(line);
            assert_eq!(cli.global.deadline, Duration::from_secs(2));
            let Some(Command::Simulate(simulate)) = cli.command else {
                panic!("{line}");
            };
            assert_eq!(simulate.scenario, "oom");
            assert_eq!(simulate.select.words, ["gitea"]);
        }
    }

    #[test]
    fn without_a_name_several_is_played() {
        let Some(Command::Simulate(simulate)) = parse("akdoctor simulate").command else {
            panic!();
        };
        assert_eq!(simulate.scenario, "several");
    }
}
