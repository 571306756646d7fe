//! From text to tree: item by item, so that a broken item yields one good error and the others their
//! trees.

mod conditions;
mod errors;
mod expressions;
mod extracts;
mod items;

use std::num::NonZeroUsize;
use std::sync::Once;

use pest::Parser as _;
use pest::iterators::Pair;
use redan_base::{Diagnostic, SourceId, Span};

use crate::codes;
use crate::lex::{Lexed, lex};
use crate::split::{Chunk, Piece, split};
use crate::syntax::{Cond, Expr, File, Name, Path, Text};
use crate::text::{code_value, text_value};

/// The generated parser; its rules have no documentation of their own.
mod grammar {
    #![allow(missing_docs, reason = "generated from redan.pest")]
    #[derive(pest_derive::Parser)]
    #[grammar = "redan.pest"]
    pub struct Grammar;
}
use expressions::joined;
use grammar::{Grammar, Rule};

/// Texts longer than this are not parsed, in bytes.
const MAX_BYTES: usize = 8 << 20;

/// How much work the parser may do for one item. The grammar is linear and needs about 30 of these
/// for a byte, so that only a mistake in the grammar can reach it.
const MAX_CALLS: usize = 400_000_000;

/// Pieces longer than this are parsed as a whole or not at all.
const MAX_ONE_BY_ONE: usize = 1 << 16;

/// Parses a pack file.
///
/// Items that do not parse are left out, listed in [`File::broken`], and reported with one error
/// each.
pub fn parse(source: SourceId, text: &str) -> (File, Vec<Diagnostic>) {
    parse_without(source, text, &[])
}

/// As [`parse`], but items that begin with one of these words are passed over: nobody will look at them.
pub fn parse_without(source: SourceId, text: &str, words: &[&str]) -> (File, Vec<Diagnostic>) {
    if let Some(error) = too_long(source, text) {
        return (File { broken: vec![Span::new(0, text.len())], ..File::default() }, vec![error]);
    }
    let lexed = lex(source, text);
    let (chunks, mut diagnostics) = split(source, text, &lexed);
    let mut file = File { comments: lexed.comments.clone(), ..File::default() };
    let mut cx = Cx::new(source, text, &lexed);
    for chunk in chunks {
        let word = chunk.first().and_then(|piece| text.get(piece.first.start..piece.first.end));
        if !word.is_some_and(|word| words.contains(&word)) {
            cx.chunk(chunk, &mut file);
        }
    }
    diagnostics.append(&mut cx.diagnostics);
    diagnostics.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
    (file, diagnostics)
}

/// Parses a condition alone; `a where b` is `a and b`.
pub fn parse_condition(source: SourceId, text: &str) -> (Option<Cond>, Vec<Diagnostic>) {
    parse_alone(source, text, Rule::entry_cond, |cx, pair| {
        if pair.as_rule() == Rule::query { cx.query(pair).map(joined) } else { None }
    })
}

/// Parses the bindings of a rule: `caller: web, service: "x"`.
pub fn parse_arguments(source: SourceId, text: &str) -> (Vec<(Name, Expr)>, Vec<Diagnostic>) {
    let (list, diagnostics) = parse_all(source, text, Rule::entry_arguments, |cx, pair| {
        if pair.as_rule() == Rule::binding { cx.binding(pair) } else { None }
    });
    (list.unwrap_or_default(), diagnostics)
}

fn parse_alone<T>(
    source: SourceId,
    text: &str,
    rule: Rule,
    convert: impl FnMut(&mut Cx<'_>, Pair<'_, Rule>) -> Option<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    let (list, diagnostics) = parse_all(source, text, rule, convert);
    (list.and_then(|list| list.into_iter().next()), diagnostics)
}

fn parse_all<T>(
    source: SourceId,
    text: &str,
    rule: Rule,
    mut convert: impl FnMut(&mut Cx<'_>, Pair<'_, Rule>) -> Option<T>,
) -> (Option<Vec<T>>, Vec<Diagnostic>) {
    if let Some(error) = too_long(source, text) {
        return (None, vec![error]);
    }
    let lexed = lex(source, text);
    let (chunks, mut diagnostics) = split(source, text, &lexed);
    diagnostics.extend(chunks.into_iter().flatten().filter_map(|piece| piece.broken).take(1));
    if !diagnostics.is_empty() {
        return (None, diagnostics);
    }
    limit_calls();
    let mut cx = Cx::new(source, text, &lexed);
    let list = match Grammar::parse(rule, text) {
        Ok(pairs) => {
            let list = pairs.filter_map(|pair| convert(&mut cx, pair)).collect();
            cx.diagnostics.is_empty().then_some(list)
        }
        Err(error) => {
            let diagnostic = cx.syntax_error(&error, 0, text.len(), None);
            cx.diagnostics.push(diagnostic);
            None
        }
    };
    (list, cx.diagnostics)
}

fn too_long(source: SourceId, text: &str) -> Option<Diagnostic> {
    (text.len() > MAX_BYTES).then(|| {
        Diagnostic::error(codes::TOO_LONG, "this file is too long to be read")
            .at(source, Span::new(0, 0), "")
            .help(format!("divide it into files of at most {} MiB", MAX_BYTES >> 20))
    })
}

/// Sets the limit of pest, which is one for the process and always the same.
fn limit_calls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| pest::set_call_limit(NonZeroUsize::new(MAX_CALLS)));
}

/// What turns pairs of pest into the tree.
struct Cx<'a> {
    source: SourceId,
    text: &'a str,
    lexed: &'a Lexed,
    /// Where the parsed piece begins in the text.
    offset: usize,
    /// Whether the piece is an extractor, in which `root` is the document.
    in_extract: bool,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    fn new(source: SourceId, text: &'a str, lexed: &'a Lexed) -> Self {
        Self { source, text, lexed, offset: 0, in_extract: false, diagnostics: vec![] }
    }

    fn chunk(&mut self, chunk: Chunk, file: &mut File) {
        if let [first, .., last] = chunk.as_slice()
            && chunk.iter().all(|piece| piece.broken.is_none())
        {
            limit_calls();
            self.offset = first.start;
            let text = self.text.get(first.start..last.end).unwrap_or("");
            if let Ok(pairs) = Grammar::parse(Rule::entry_items, text) {
                self.items(pairs, file);
                return;
            }
        }
        for piece in chunk {
            self.piece(piece, file);
        }
    }

    fn piece(&mut self, piece: Piece, file: &mut File) {
        let span = Span::new(piece.start, piece.end);
        if let Some(error) = piece.broken {
            self.diagnostics.push(error);
            file.broken.push(span);
            return;
        }
        limit_calls();
        let text = self.text.get(span.range()).unwrap_or("");
        self.offset = piece.start;
        match Grammar::parse(Rule::entry_items, text) {
            Ok(pairs) => self.items(pairs, file),
            Err(error) => {
                let from = if text.len() <= MAX_ONE_BY_ONE {
                    self.one_by_one(text, &piece, file)
                } else {
                    0
                };
                let first = (from == 0).then_some(piece.first);
                let diagnostic = self.syntax_error(&error, piece.start, piece.end, first);
                self.diagnostics.push(diagnostic);
                file.broken.push(Span::new(piece.start + from, piece.end));
            }
        }
    }

    /// Parses the items at the beginning of a piece that are whole, and gives where the broken one
    /// begins.
    fn one_by_one(&mut self, text: &str, piece: &Piece, file: &mut File) -> usize {
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            self.offset = piece.start + at;
            let Ok(pairs) = Grammar::parse(Rule::entry_item, rest) else { break };
            let end = pairs.clone().last().map_or(0, |p| p.as_span().end());
            // The next piece must begin on a word of its own, else this one is the broken one.
            let next = self.lexed.tokens.partition_point(|t| t.start < self.offset + end);
            let Some(next) = self.lexed.tokens.get(next).filter(|t| t.start < piece.end) else {
                break;
            };
            if !next.first || end == 0 {
                break;
            }
            self.items(pairs, file);
            at = next.start - piece.start;
        }
        self.offset = piece.start;
        at
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        Span::new(self.offset + span.start(), self.offset + span.end())
    }

    fn error(&mut self, code: u16, span: Span, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::error(code, message).at(self.source, span, "").help(help);
        self.diagnostics.push(diagnostic);
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        Name { text: pair.as_str().to_owned(), span: self.span(pair) }
    }

    fn path(&self, pair: Pair<'_, Rule>) -> Option<Path> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let first = self.name(&parts.next()?);
        Some(match parts.next() {
            Some(second) => Path { pack: Some(first), name: self.name(&second), span },
            None => Path { pack: None, name: first, span },
        })
    }

    fn string(&self, pair: &Pair<'_, Rule>) -> Text {
        Text { value: text_value(pair.as_str()), span: self.span(pair) }
    }

    fn code(&self, pair: &Pair<'_, Rule>) -> Text {
        Text { value: code_value(pair.as_str()), span: self.span(pair) }
    }

    /// The `///` comments that stand directly before a place.
    fn docs(&self, start: u32) -> String {
        let comments = &self.lexed.comments;
        let end = comments.partition_point(|c| c.span.end <= start);
        let mut lines: Vec<&str> = vec![];
        let mut next = start;
        for comment in comments.get(..end).unwrap_or(&[]).iter().rev() {
            let between = self.text.get(comment.span.end as usize..next as usize);
            let only_space = between.is_some_and(|b| b.bytes().all(|b| b.is_ascii_whitespace()));
            if !only_space || !comment.own_line {
                break;
            }
            next = comment.span.start;
            if comment.doc {
                lines.push(&comment.text);
            }
        }
        lines.reverse();
        lines.join("\n")
    }
}

/// Whether a pair is a keyword or a sign, which says nothing that its place does not say.
fn is_noise(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::p_open
            | Rule::p_close
            | Rule::p_left
            | Rule::p_right
            | Rule::p_list
            | Rule::p_unlist
            | Rule::p_colon
            | Rule::p_comma
            | Rule::p_assign
            | Rule::p_arrow
            | Rule::p_bar
            | Rule::kw_and
            | Rule::kw_or
            | Rule::kw_in
            | Rule::kw_is
            | Rule::kw_matches
            | Rule::kw_like
            | Rule::kw_same
            | Rule::kw_file
            | Rule::kw_if
            | Rule::kw_because
            | Rule::kw_until
            | Rule::kw_exists
            | Rule::kw_no
            | Rule::kw_every
            | Rule::kw_satisfies
            | Rule::kw_finding
            | Rule::kw_count
            | Rule::kw_as
            | Rule::kw_ask
            | Rule::kw_set
            | Rule::kw_pack
            | Rule::kw_enum
            | Rule::kw_extend
            | Rule::kw_kind
            | Rule::kw_extract
            | Rule::kw_from
            | Rule::kw_when
            | Rule::kw_mentions
            | Rule::kw_at
            | Rule::kw_query
            | Rule::kw_relation
            | Rule::kw_derive
            | Rule::kw_threat
            | Rule::kw_mitigation
            | Rule::kw_policy
            | Rule::kw_translate
            | Rule::kw_test
            | Rule::kw_given
            | Rule::kw_expect
            | Rule::kw_fact
            | Rule::kw_system
            | Rule::all_comma
            | Rule::EOI
    )
}

/// The parts of a pair without keywords and signs.
fn parts(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pair.into_inner().filter(|p| !is_noise(p.as_rule()))
}
