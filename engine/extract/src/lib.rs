//! Extractors over the files of a repository: from files to facts.
//!
//! Comes in: the extractors of a program and a [`redan_base::World`]. Goes out: facts with their places, and a
//! record of what was read and what was not. This crate must never know what a threat is.
//!
//! [`compile`] turns the extractors of a program into [`Extractors`], so that every mistake in a pattern is told
//! before a file is read; [`extract`] runs them. A file is read once, looked through once for the texts without which
//! nothing can match, and parsed once for each format or language that still wants it. With a [`redan_base::Cache`]
//! what was found in a file is kept, and a file that did not change is not looked through again.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::string_slice,
        clippy::format_collect,
        reason = "a test that fails has to fail"
    )
)]

mod code;
mod compile;
mod coverage;
mod decode;
mod diagrams;
mod expr;
mod expr_compile;
mod file;
mod formats;
mod found;
mod kept;
mod lazy_regex;
mod line_regex;
mod matching;
mod run;
mod templates;
mod tree;
mod tree_path;

pub use compile::{Extractors, compile};
pub use coverage::{Coverage, ExtractorCoverage, Group};
pub use run::{Event, Extraction, extract};

#[cfg(test)]
mod tests;
