//! What the evaluator tells while it runs.

use std::time::Duration;

/// Progress of an evaluation. Events come from one thread, in a fixed order; only their times differ
/// from run to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A group of relations that depend on each other, or on nothing unsolved, is begun.
    Level {
        /// Its number, from 0.
        level: u32,
        /// How many there are.
        levels: u32,
        /// How many rules it has.
        rules: usize,
    },
    /// A round of a recursive group ended.
    Round {
        /// The group.
        level: u32,
        /// The round, from 0.
        round: u32,
        /// Rows that were new in it.
        new_rows: usize,
    },
    /// Entities were found to be one thing, and the rules they depend on are evaluated again.
    Merged {
        /// Which pass, from 0.
        pass: u32,
        /// How many entities gave way to another.
        entities: usize,
    },
    /// A rule is done. Sent for every rule at the end of its group.
    Rule(RuleTiming),
}

/// What a rule cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleTiming {
    /// The rule: an index of the program's rules.
    pub rule: u32,
    /// The item it came from: an index of the program's origins.
    pub origin: u32,
    /// Rows that its plans began with.
    pub rows_in: u64,
    /// Rows that it produced, duplicates among them.
    pub rows_out: u64,
    /// Rows that nobody had produced before.
    pub new_rows: u64,
    /// Time, summed over threads.
    pub time: Duration,
    /// The plan in words, one step a line; of the last round.
    pub plan: String,
}
