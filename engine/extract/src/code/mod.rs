//! Code patterns and tree-sitter queries over programming languages.
//!
//! Comes in: the text of a file and the cases that want it. Goes out: their matches, from one parse and one
//! traversal. See [`crate::matching`] for the interface.

use redan_base::{Diagnostic, Limits, SourceId};
use redan_grammar::syntax;

use crate::matching::{Anchors, CodeMatches};

/// A code pattern or query, ready to run.
#[derive(Debug)]
pub(crate) struct CompiledCase {}

impl CompiledCase {
    /// Compiles a pattern or query of a language.
    pub(crate) fn compile(
        _language: &str,
        _matcher: &syntax::Matcher,
        _source: SourceId,
        _pack: &str,
    ) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self {})
    }

    /// Texts of which a file must hold some.
    pub(crate) fn anchors(&self) -> Anchors {
        vec![]
    }

    /// The names of all captures, sorted.
    pub(crate) fn captures(&self) -> &[String] {
        &[]
    }
}

/// The grammar that reads a path for a language.
pub(crate) fn grammar(_language: &str, _path: &str) -> Option<&'static str> {
    None
}

/// The languages by name, with the globs of their own files.
pub(crate) fn languages() -> Vec<(&'static str, Vec<String>)> {
    vec![]
}

/// Runs all cases of a grammar over a text.
pub(crate) fn run(
    _grammar: &str,
    _text: &str,
    cases: &[&CompiledCase],
    _limits: &Limits,
) -> CodeMatches {
    CodeMatches { matches: cases.iter().map(|_| vec![]).collect(), ..CodeMatches::default() }
}
