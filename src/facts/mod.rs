//! Facts about the stack, from whichever source can tell them; the source is chosen once, for
//! every check.
