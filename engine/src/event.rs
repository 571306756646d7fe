//! What a run tells while it works: for progress on a terminal and for the log.

use serde::Serialize;

/// One event. Times are those of the machine: events are for people and logs, never for a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A step begins.
    Step {
        /// `packs`, `extract`, `solve`, `findings`.
        step: &'static str,
    },
    /// Files were read.
    Files {
        /// So many.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// Something happened to a file or a cache entry that does not reach the report.
    File {
        /// The path.
        path: String,
        /// What.
        what: String,
    },
    /// A group of rules is evaluated.
    Rules {
        /// Which, from 1.
        group: u32,
        /// Of so many.
        groups: u32,
    },
    /// A rule is done.
    Rule {
        /// The item it came from.
        rule: String,
        /// Rows that it produced, duplicates among them.
        rows: u64,
        /// Rows that were new.
        new_rows: u64,
        /// Microseconds, summed over threads.
        micros: u64,
    },
    /// A step ended.
    Done {
        /// Which.
        step: &'static str,
        /// Microseconds.
        micros: u64,
    },
}
