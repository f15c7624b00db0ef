//! Flags and one file a subcommand: the only place that knows clap, stdout and exit codes.
