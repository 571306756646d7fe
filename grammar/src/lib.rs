//! The Redan language as text: grammar, syntax tree, parser and formatter.
//!
//! Comes in: the text of a pack file. Goes out: a [`syntax::File`] in which every node has its span,
//! all comments, and diagnostics; a broken item costs that item only. This crate must never know
//! types or facts.

pub mod syntax;
