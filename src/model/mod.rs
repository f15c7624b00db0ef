//! Plain data that every other module speaks in. Nothing here does I/O and nothing here uses
//! another module of ours.

mod finding;
mod logs;
mod needs;
mod outcome;
mod places;
mod report;
mod severity;
mod sign_in;
mod subject;
mod text;
mod times;
mod trace;
mod version;
mod why;

pub use finding::{Cause, Finding, Fix, Reach, Risk};
pub use logs::{LogFinding, LogReport, LogSource, UnknownError};
pub use needs::Needs;
pub use outcome::{CheckReport, Outcome, Point};
pub use places::Places;
pub use report::{Counts, Hit, Report, SCHEMA_VERSION, Summary, Target, Verdict};
pub use severity::Severity;
pub use sign_in::{End, SIGN_IN_SCHEMA_VERSION, SignIn, SignOut, Stage, Walk, Want};
pub use subject::{Kind, Subject};
pub use text::{list_of, printable};
pub use times::{ago, clock, times};
pub use trace::{AppTrace, Hop, HopTrace, Sends, Sight, TRACE_SCHEMA_VERSION, Trace};
pub use version::{ParseVersionError, Version, VersionRange};
pub use why::{
    Account, AppAnswer, Can, Failure, History, Opened, Unseen, WHY_SCHEMA_VERSION, Way, Why,
};
