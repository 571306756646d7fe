//! The last room: one [`Report`] structure, and a row for each form that it is written in.
//!
//! Comes in: findings, the solved facts and what was read. Goes out: text. Everything that comes
//! from a repository or a pack is escaped for where it goes. This crate must never know how a
//! finding was found, nor a terminal, a file or a clock.

mod assemble;
mod data;
mod diagram;
mod escape;
mod explain;
mod facts;
mod formats;
mod layout;
mod model;
mod notes;
mod overview;
#[cfg(test)]
mod sample;
mod seen;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod texts;
mod why_not;

pub use assemble::Inputs;
pub use data::{
    Boundary, ChangeInfo, Component, Coverage, Drift, Element, Flow, Model, Note, NoteLabel,
    PackInfo, PolicyResult, Report, RuleInfo, RuleState, SCHEMA_VERSION, Shape, Summary, Tool,
};
pub use escape::{line as terminal_line, lines as terminal_text};
pub use explain::{ExplainedFact, ExplainedFacts, explain_facts, explain_finding, explained_facts};
pub use facts::{FactTable, fact_tables, facts_json, facts_text, query_tables};
pub use formats::{FORMATS, Format, Style, format};
pub use model::{MODEL_FORMATS, ModelFormat, model_format};
pub use why_not::{WhyNotReport, explain_why_not, why_not_report};
