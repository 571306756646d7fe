//! The pipeline as one call.
//!
//! Comes in: packs, a [`base::World`], a configuration. Goes out: an [`Analysis`] with everything that the
//! later outputs show. What the command line, an editor and a web page use. Knows nothing of terminals.

mod analyze;
mod drift;
mod event;
mod lint;
mod pages;
mod policy;
mod testing;

pub use redan_base as base;
pub use redan_facts as facts;
pub use redan_grammar as grammar;
pub use redan_program as program;
pub use redan_program::{Grouping, Origin, PackFile, Packs, Page};
pub use redan_report as report;
pub use redan_solve as solve;
pub use redan_threats as threats;

pub use analyze::{
    Analysis, AnalyzeOptions, Goal, PrepareOptions, Prepared, analyze, coverage, origin_of, prepare,
};
pub use drift::Parts;
pub use event::Event;
pub use lint::{LintFinding, lint};
pub use policy::{apply as apply_policies, fail_on};
pub use testing::{
    TestOptions, TestReport, TestResult, WrittenCondition, analyze_fixtures, run_tests,
};
