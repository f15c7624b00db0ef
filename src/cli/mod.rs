//! Flags and one file a subcommand: the only place that knows clap, stdout and exit codes.

mod args;
mod check;
mod completions;
mod duration;
mod explain;
mod format;
mod github;
mod index;
mod list;
mod logs;
mod output;
mod password;
mod progress;
mod proxies;
mod run;
mod screen;
mod sign_in;
mod simulate;
mod since;
mod start;
mod suggest;
mod token;
mod trace;
mod trust;
mod why;
mod world;

pub use start::main;
