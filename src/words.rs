//! The words of a check: `check.toml` read strictly, and its templates.
