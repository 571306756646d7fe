//! From a pattern or query in a pack to something that runs, and what is said when it cannot.

use std::ops::Range;
use std::sync::OnceLock;

use redan_base::{Diagnostic, Source, SourceId, Span};
use redan_grammar::syntax;

use super::grammar::Grammar;
use super::pattern::{self, Pattern, PatternError};
use super::placeholders::{Placeholder, scan};
use super::query::CompiledQuery;
use super::{query_text, rows};
use crate::matching::Anchors;

/// A code pattern or query, ready to run.
#[derive(Debug)]
pub(crate) struct CompiledCase {
    names: Vec<String>,
    anchors: Anchors,
    /// For a capture by number the only texts that a name of a member may have.
    wanted: Vec<(usize, Vec<String>)>,
    /// The pattern; empty for a query.
    pattern: String,
    /// The query; empty for a pattern.
    query: String,
    /// For each row of the language in which it parses.
    grammars: Vec<InGrammar>,
    /// For each row that reads files which those cannot.
    alternatives: Vec<InGrammar>,
}

/// A case in one grammar.
#[derive(Debug)]
struct InGrammar {
    grammar: &'static Grammar,
    /// Tree-sitter takes milliseconds for a query, and patterns are parsed in many ways: what is known to compile
    /// waits for a file that wants it.
    code: OnceLock<Option<Code>>,
}

/// How a case is found in code.
#[derive(Debug)]
pub(crate) enum Code {
    Pattern(Pattern),
    Query(CompiledQuery),
}

impl CompiledCase {
    /// Compiles a pattern or query of a language. `pack` is the whole of `source`, in which `matcher` is written.
    pub(crate) fn compile(
        language: &str,
        matcher: &syntax::Matcher,
        source: SourceId,
        pack: Option<&Source>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (text, is_query) = match matcher {
            syntax::Matcher::Pattern(text) => (text, false),
            syntax::Matcher::Query(text) => (text, true),
            _ => return Err(vec![]),
        };
        let rows = rows(language);
        if rows.is_empty() {
            // A name that is no language was told before.
            return Err(vec![]);
        }
        let grammars: Vec<&'static Grammar> =
            rows.iter().filter_map(|row| Grammar::get(row.name)).collect();
        let place = Place { source, text, pack: pack.map_or("", Source::text) };
        let checked = pack.is_some_and(Source::is_checked);
        let compiled = if is_query {
            query(&grammars, &place, checked)
        } else {
            code_pattern(language, &grammars, &place, checked)
        };
        let mut compiled = compiled.map_err(|d| vec![d])?;
        let names = rows.iter().flat_map(|row| row.alternatives);
        let other = names.filter_map(|name| Grammar::get(name));
        let other = other.filter(|g| {
            compiled.grammars.iter().all(|own| own.grammar.language.name != g.language.name)
        });
        compiled.alternatives =
            other.map(|grammar| InGrammar { grammar, code: OnceLock::new() }).collect();
        Ok(compiled)
    }

    /// Takes note of what the condition behind `where` asks of the names of members, `$method in [get, post]`:
    /// other matches are dropped before their constants are resolved, and a file without these words is not parsed.
    pub(crate) fn narrow(&mut self, filter: &syntax::Cond) {
        let mut open = vec![filter];
        while let Some(condition) = open.pop() {
            let (capture, texts) = match &condition.kind {
                syntax::CondKind::And(all) => {
                    open.extend(all);
                    continue;
                }
                syntax::CondKind::Group(inner) => {
                    open.push(inner);
                    continue;
                }
                syntax::CondKind::In { left, right, negated: false } => match &right.kind {
                    syntax::ExprKind::List(list) => (left, list.iter().map(word).collect()),
                    _ => continue,
                },
                syntax::CondKind::Compare(syntax::Compare::Eq, left, right) => {
                    (left, word(right).map(|w| vec![w]))
                }
                _ => continue,
            };
            let (syntax::ExprKind::Capture(name), Some(texts)) = (&capture.kind, texts) else {
                continue;
            };
            let Ok(number) = self.names.binary_search(name) else { continue };
            if self.names_a_member(name) {
                self.anchors.push(texts.clone());
            }
            self.wanted.push((number, texts));
        }
    }

    /// Whether a match may be what `where` asks for; `own_name` tells of a node the text, if it is a name of a member.
    pub(super) fn may_be_wanted(&self, own_name: impl Fn(usize) -> Option<String>) -> bool {
        self.wanted
            .iter()
            .all(|(number, texts)| own_name(*number).is_none_or(|t| texts.contains(&t)))
    }

    /// Whether a capture of a pattern always is the name of a member: `$app.$method(…)`.
    fn names_a_member(&self, name: &str) -> bool {
        let own = |p: &Placeholder| p.name.as_deref() == Some(name);
        let member = |p: &Placeholder| {
            let before = self.pattern.get(..p.range.start).unwrap_or("");
            !p.many && before.ends_with('.') && !before.ends_with("..")
        };
        scan(&self.pattern).iter().any(|p| own(p) && member(p))
    }

    /// Texts of which a file must hold some.
    pub(crate) fn anchors(&self) -> Anchors {
        self.anchors.clone()
    }

    /// The names of all captures, sorted.
    pub(crate) fn captures(&self) -> &[String] {
        &self.names
    }

    /// What runs in a grammar.
    pub(super) fn code(&self, grammar: &str) -> Option<&Code> {
        let mut rows = self.grammars.iter().chain(&self.alternatives);
        let found = rows.find(|g| g.grammar.language.name == grammar)?;
        let compile = || {
            if self.query.is_empty() {
                let pattern = pattern::compile(found.grammar, &self.pattern, &self.names);
                return pattern.ok().map(Code::Pattern);
            }
            let parsed = query_text::read(&self.query);
            let query = CompiledQuery::new(found.grammar, &self.query, &parsed, &self.names);
            query.ok().map(Code::Query)
        };
        found.code.get_or_init(compile).as_ref()
    }
}

/// A word or text of a condition.
fn word(expression: &syntax::Expr) -> Option<String> {
    match &expression.kind {
        syntax::ExprKind::Name(text) | syntax::ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// A pattern. The first grammar that reads it says which words code must hold; the others wait if it is `checked`.
fn code_pattern(
    language: &str,
    grammars: &[&'static Grammar],
    place: &Place<'_>,
    checked: bool,
) -> Result<CompiledCase, Diagnostic> {
    let text = place.text.value.as_str();
    let told = |e: PatternError| told(language, place, e);
    let names = pattern::names(text).map_err(told)?;
    let mut compiled = vec![];
    let mut words = None;
    let mut first_error = None;
    for grammar in grammars {
        if checked && words.is_some() {
            compiled.push(InGrammar { grammar, code: OnceLock::new() });
            continue;
        }
        match pattern::compile(grammar, text, &names) {
            Ok(pattern) => {
                words.get_or_insert_with(|| pattern.trees.first().map(|t| t.words()));
                let code = OnceLock::from(Some(Code::Pattern(pattern)));
                compiled.push(InGrammar { grammar, code });
            }
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    let Some(words) = words else {
        return Err(told(first_error.unwrap_or(PatternError::TooLarge)));
    };
    let anchors = words.into_iter().flatten().map(|w| vec![w]).collect();
    let grammars = compiled;
    let query = String::new();
    let pattern = text.to_owned();
    let (wanted, alternatives) = (vec![], vec![]);
    Ok(CompiledCase { names, anchors, wanted, pattern, query, grammars, alternatives })
}

/// A query; one that is `checked` compiles when a file wants it.
fn query(
    grammars: &[&'static Grammar],
    place: &Place<'_>,
    checked: bool,
) -> Result<CompiledCase, Diagnostic> {
    let text = place.text.value.as_str();
    let parsed = query_text::read(text);
    let (names, anchors) = (parsed.names(), parsed.anchors());
    let mut compiled = vec![];
    let mut first_problem = None;
    for grammar in grammars {
        let code = if checked {
            OnceLock::new()
        } else {
            match CompiledQuery::new(grammar, text, &parsed, &names) {
                Ok(query) => OnceLock::from(Some(Code::Query(query))),
                Err(problem) => {
                    first_problem.get_or_insert(problem);
                    continue;
                }
            }
        };
        compiled.push(InGrammar { grammar, code });
    }
    if compiled.is_empty() {
        let problem = first_problem.map_or_else(
            || {
                Diagnostic::error(454, "this query does not compile").at(
                    place.source,
                    place.text.span,
                    "",
                )
            },
            |p| {
                let d = Diagnostic::error(454, p.message).at(place.source, place.span(p.range), "");
                if let Some(help) = p.help { d.help(help) } else { d }
            },
        );
        return Err(problem);
    }
    let (pattern, query) = (String::new(), text.to_owned());
    let (wanted, grammars, alternatives) = (vec![], compiled, vec![]);
    Ok(CompiledCase { names, anchors, wanted, pattern, query, grammars, alternatives })
}

fn told(language: &str, place: &Place<'_>, error: PatternError) -> Diagnostic {
    let at = |d: Diagnostic, range: Range<usize>, text: &str| {
        d.at(place.source, place.span(range), text)
    };
    let whole = || 0..place.text.value.len();
    match error {
        PatternError::Syntax(range) => {
            let d = Diagnostic::error(450, format!("this pattern is not {language} code"));
            let (range, text) =
                odd_bracket(&place.text.value).unwrap_or((range, "it cannot be read from here"));
            at(d, range, text).help(
                "write a whole expression, statement or declaration; `$x` stands for one node of it, `$$$` for any number",
            )
        }
        PatternError::MatchesAnything => {
            let d = Diagnostic::error(451, "this pattern matches any code");
            at(d, whole(), "").help("write what is around the placeholder, such as `listen($port)`")
        }
        PatternError::OneAndMany(range) => {
            let d = Diagnostic::error(452, "this name stands for one node and for any number");
            at(d, range, "").help("give one of them another name")
        }
        PatternError::TooLarge => {
            let d = Diagnostic::error(453, "this pattern is too large");
            at(d, whole(), "").help("split it, and relate the facts by `inside`")
        }
    }
}

/// The bracket of a broken pattern that has no partner.
fn odd_bracket(code: &str) -> Option<(Range<usize>, &'static str)> {
    let mut open: Vec<(usize, char)> = vec![];
    let mut quote = None;
    let mut chars = code.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(') => open.push((at, ')')),
            (None, '[') => open.push((at, ']')),
            (None, '{') => open.push((at, '}')),
            (None, ')' | ']' | '}') if open.pop().is_none_or(|(_, close)| close != c) => {
                return Some((at..at + 1, "nothing opens this bracket"));
            }
            (None, _) => {}
        }
    }
    let (at, _) = open.pop().filter(|_| quote.is_none())?;
    Some((at..at + 1, "this bracket is not closed"))
}

/// Where a text stands in its pack.
struct Place<'a> {
    source: SourceId,
    text: &'a syntax::Text,
    pack: &'a str,
}

impl Place<'_> {
    /// The place in the pack of a range of the text's value, from which escapes and indentation were removed.
    fn span(&self, range: Range<usize>) -> Span {
        let span = self.text.span;
        let Some(raw) = self.pack.get(span.range()) else { return span };
        let fence = raw.len() - raw.trim_start_matches(['`', '"']).len();
        let mut raw_chars = raw.char_indices().skip_while(|(i, _)| *i < fence).peekable();
        let (mut start, mut end) = (None, None);
        for (offset, wanted) in self.text.value.char_indices() {
            while raw_chars.peek().is_some_and(|(_, c)| *c != wanted) {
                raw_chars.next();
            }
            let Some((at, c)) = raw_chars.next() else { break };
            if offset >= range.start {
                start.get_or_insert(at);
                if offset < range.end.max(range.start + 1) {
                    end = Some(at + c.len_utf8());
                }
            }
        }
        let base = span.start as usize;
        match (start, end) {
            (Some(start), Some(end)) => Span::new(base + start, base + end),
            // Behind the last character: the closing quote.
            _ => {
                let closing = raw.trim_end_matches(['`', '"']).len();
                Span::new(base + closing, span.end as usize)
            }
        }
    }
}
