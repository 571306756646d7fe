//! The commands, one file each. A command takes its arguments and the [`crate::session::Session`], writes to standard output, and gives
//! an exit code.

pub mod check;
pub mod completions;
pub mod docs;
pub mod explain;
pub mod facts;
pub mod fmt;
pub mod lint;
pub mod model;
pub mod new;
pub mod query;
pub mod report;
pub mod rules;
pub mod scan;
pub mod test;
pub mod why_not;
