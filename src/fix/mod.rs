//! An action is turned into a command for the runtime at hand, with quoting by construction.
