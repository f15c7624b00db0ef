//! The engine's questions, asked of a real engine where there is one.

mod ak_shell;
mod container_log;
mod containers;
mod endpoint;
mod exec;
mod failures;
mod log;
mod own_token;
mod psql;
mod psql_access;
mod psql_events;
mod psql_person;
