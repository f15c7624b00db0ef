//! Hides secrets where answers enter the program. The same secret gets the same mark all through
//! a run, so that "these two differ" can still be judged.

/// Replaces secrets by marks.
#[derive(Debug, Clone, Default)]
pub struct Redactor {}
