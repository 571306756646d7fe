//! Parsing within a time limit.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use redan_base::Limits;
use tree_sitter::{ParseOptions, Parser, Tree};

use super::grammar::Grammar;

/// The tree of a text; none if it took too long.
pub(crate) fn parse(grammar: &Grammar, text: &str, limits: &Limits) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.parser).ok()?;
    let end = Instant::now() + Duration::from_millis(limits.parse_ms);
    let mut late = |_: &tree_sitter::ParseState| {
        if Instant::now() > end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut late);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |i, _| bytes.get(i..).unwrap_or(&[]), None, Some(options))
}
