//! What every matcher (tree path, code pattern, regular expression, diagram) hands to the interpreter of
//! expressions: where it matched, and what it captured.
//!
//! This is also the line between the folder `code` (tree-sitter) and the rest of the crate. `code` gives
//!
//! ```text
//! // Is `language` a programming language, and which grammar reads `path` for it? ("typescript", "a.tsx") -> "tsx".
//! // None for a name that is no programming language.
//! pub(crate) fn grammar(language: &str, path: &str) -> Option<&'static str>;
//! // The languages by name, sorted, with the globs of their own files ("**/*.js", "**/*.mjs").
//! pub(crate) fn languages() -> Vec<(&'static str, Vec<String>)>;
//!
//! impl CompiledCase {
//!     // `matcher` is a Pattern or a Query; labels of diagnostics lie in `source`, whose whole text is `pack`.
//!     pub(crate) fn compile(language: &str, matcher: &syntax::Matcher, source: SourceId, pack: &str) -> Result<CompiledCase, Vec<Diagnostic>>;
//!     // Texts of which a file must hold some, or the case cannot match.
//!     pub(crate) fn anchors(&self) -> Anchors;
//!     // The names of all captures (without `$` or `@`), sorted; `at` is not among them.
//!     pub(crate) fn captures(&self) -> &[String];
//! }
//!
//! // All cases of a grammar in one parse and one traversal. `text` is the whole file.
//! pub(crate) fn run(grammar: &str, text: &str, cases: &[&CompiledCase], limits: &Limits) -> CodeMatches;
//! ```

use redan_base::{SkipReason, Span};
use serde::{Deserialize, Serialize};

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

/// What a captured piece of source is, as far as conditions ask (`$x is string`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CaptureKind {
    /// A string, also one that is built from constants; its value may still be unknown.
    String,
    /// A name.
    Identifier,
    /// A number.
    Number,
    /// Anything else.
    Other,
}

/// One captured piece of source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    /// The source text, at most as long as the limit for values.
    pub text: String,
    /// Where.
    pub span: Span,
    /// The constant that it stands for; none if it is not constant.
    pub value: Option<Scalar>,
    /// What it is.
    pub kind: CaptureKind,
}

/// One match of one case in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    /// The place of the fact.
    pub span: Span,
    /// What is captured, by name (without `$` or `@`); a `$$$name` holds any number, `$name` one. A capture that
    /// did not take part is absent.
    pub captures: Vec<(String, Vec<Capture>)>,
}

/// What a file must contain before it is worth a parse: of each inner list at least one text. Empty: anything.
pub(crate) type Anchors = Vec<Vec<String>>;

/// What `code::run` found.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodeMatches {
    /// For each case its matches, in the order of their places.
    pub matches: Vec<Vec<Match>>,
    /// What was not seen: the parse or the query ran out of time, a case had too many matches. Texts are short
    /// sentences in lower case.
    pub problems: Vec<(SkipReason, String)>,
    /// Whether the tree has errors: what lies in them was not seen.
    pub partial: bool,
    /// The bytes that the grammar could make nothing of.
    pub error_bytes: u64,
}
