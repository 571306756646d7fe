//! Extractors over the files of a repository: from files to facts.
//!
//! Comes in: the extractors of a program and a [`redan_base::World`]. Goes out: facts with their places, and a
//! record of what was read and what was not. This crate must never know what a threat is.

mod code;
mod matching;
