//! What container logs mean, without any I/O: dialects are read, known lines recognised and
//! grouped, one request's lines joined. One pass over the bytes, bounded whatever comes.
//!
//! ```text
//! bytes ─► Lane (whole lines, capped) ─► Sieve (rare fragments) ─► Record (dialect)
//!                                                                     │
//!          LogDigest ◄── Tally (groups, templates) ◄── Catalogue (signatures, benign lines)
//! ```

mod access;
mod catalogue;
mod clock;
mod compile;
mod dialect;
mod digest;
mod fragments;
mod join;
mod lane;
mod lines;
mod plain;
mod proof;
mod scanner;
mod screen;
mod sieve;
mod streams;
mod tally;
mod template;
mod text;
mod told;
mod values;
mod wrapping;

pub use catalogue::{Catalogue, Signature};
pub use clock::{cut_stamp, own_time, whole};
pub use compile::CatalogueError;
pub use digest::{Bound, LogDigest, LogGroup, Timeline, UnknownLine};
pub use lane::Lane;
pub use proof::prove;
pub use scanner::{Rules, Scanner};
pub use streams::Streams;
pub use template::of as template_of;
pub use text::shown;
pub use told::{Mends, Teller};

/// The most of one line that is looked at, in bytes; what is longer is cut and counted.
pub const LONGEST_LINE: usize = 256 << 10;
