//! One run: choose checks, run them at once, link causes, build the report.
