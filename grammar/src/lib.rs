//! The Redan language as text: grammar, syntax tree, parser and formatter.
//!
//! Comes in: the text of a pack file. Goes out: a [`syntax::File`] in which every node has its span,
//! all comments, and diagnostics; a broken item costs that item only. This crate must never know
//! types or facts.

mod codes;
mod format;
mod lex;
mod parser;
mod split;
pub mod syntax;
mod text;

pub use format::format;
pub use parser::{parse, parse_arguments, parse_condition, parse_without};
