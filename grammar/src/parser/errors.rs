//! Says in words what the parser expected.

use pest::error::{Error, ErrorVariant, InputLocation};
use redan_base::{Diagnostic, Span};

use super::{Cx, Rule};
use crate::codes;
use crate::lex::{ITEM_WORDS, Token};

impl Cx<'_> {
    /// The error of a piece `start..end` of the text.
    pub(super) fn syntax_error(
        &self,
        error: &Error<Rule>,
        start: usize,
        end: usize,
        _first: Option<Token>,
    ) -> Diagnostic {
        let at = start
            + match error.location {
                InputLocation::Pos(at) => at,
                InputLocation::Span((at, _)) => at,
            };
        let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
            return Diagnostic::error(codes::NESTING, "this is too involved to be read")
                .at(self.source, Span::new(start, end), "")
                .help("divide it into several items");
        };
        let _ = ITEM_WORDS;
        Diagnostic::error(codes::SYNTAX, format!("expected {positives:?}"))
            .at(self.source, Span::new(at, at), "")
    }
}
