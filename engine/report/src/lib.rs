//! The last room: one [`Report`] structure, and a row for each form that it is written in.
//!
//! Comes in: findings, the solved facts and what was read. Goes out: text, or the bytes of a file. Everything that comes
//! from a repository or a pack is escaped for where it goes. This crate must never know how a
//! finding was found, nor a terminal, a file or a clock.

mod asked;
mod assemble;
mod coverage;
mod data;
mod diagram;
mod drift;
mod escape;
mod exchange;
mod explain;
mod facts;
mod formats;
mod layout;
mod library;
mod matrix;
mod model;
mod notes;
mod overview;
mod posture;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
mod seen;
mod since;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod texts;
mod why_not;
mod words;

pub use asked::{COVERAGE, DESIGN_DOCUMENT, HANDED_ON, MODEL, REPORT};
pub use assemble::Inputs;
pub use coverage::{CoverageReport, Library, coverage_json, coverage_text};
pub use data::{
    Account, ArchitectureRule, Assumption, Boundary, Change, ChangeInfo, Changed, Component,
    Coverage, DataAsset, DefaultValue, Difference, Drift, Element, Exchange, ExchangeComponent,
    ExchangeFlow, Flow, Judgement, LanguageCoverage, Matrix, MatrixElement, MatrixState, Model,
    Note, NoteLabel, Outcome, PackInfo, PastFinding, PolicyResult, Posture, Quote, Report,
    RuleInfo, RuleState, RuleTexts, SCHEMA_VERSION, Shape, Since, Summary, Tally, Tool,
};
pub use escape::{line as terminal_line, lines as terminal_text, web_address};
pub use explain::{ExplainedFact, ExplainedFacts, explain_facts, explain_finding, explained_facts};
pub use facts::{FactTable, fact_tables, facts_json, facts_text, query_tables};
pub use formats::{FORMATS, Format, Pages, Style, Typesetter, Writer, format};
pub use layout::{width as terminal_width, wrap as terminal_wrap};
pub use library::{
    LibraryAdjustment, LibraryFile, LibraryFilter, LibraryMitigation, LibraryRule, library,
    library_chapters, library_files, library_list, library_page, library_terminal,
};
pub use model::{MODEL_FORMATS, ModelFormat, model_format};
pub use since::Earlier;
pub use texts::{Catalog, FluentFile, Key, LANGUAGES, Text, Words, language, latin, mistakes};
pub use why_not::{Seen, WhyNotReport, explain_why_not, why_not_report};
