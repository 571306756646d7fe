//! Parsing within a time limit.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use redan_base::Limits;
use tree_sitter::{ParseOptions, Parser, Tree};

use super::grammar::Grammar;

thread_local! {
    /// Each thread has one: patterns are many and short, and a parser keeps what it needs for the next text.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// The tree of a text; none if it took too long.
pub(crate) fn parse(grammar: &Grammar, text: &str, limits: &Limits) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&grammar.parser).ok()?;
        let tree = parse_by(parser, text, limits);
        if tree.is_none() {
            // Else it would go on with this text.
            parser.reset();
        }
        tree
    })
}

fn parse_by(parser: &mut Parser, text: &str, limits: &Limits) -> Option<Tree> {
    let end = Instant::now() + Duration::from_millis(limits.parse_ms);
    let mut late = |_: &tree_sitter::ParseState| {
        if Instant::now() > end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut late);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |i, _| bytes.get(i..).unwrap_or(&[]), None, Some(options))
}
