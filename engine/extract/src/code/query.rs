//! Tree-sitter queries: compiled once, and run only at the nodes at which they can begin.

use std::ops::{ControlFlow, Range};
use std::time::Instant;

use tree_sitter::{
    CaptureQuantifier, Node, Query, QueryCursor, QueryCursorOptions, QueryErrorKind,
    StreamingIterator,
};

use super::grammar::Grammar;
use super::query_text::{self, QueryPattern, QueryText};

/// Matches in progress that tree-sitter keeps at one time.
const IN_PROGRESS: u32 = 4_096;

/// A query of one grammar.
#[derive(Debug)]
pub(crate) struct CompiledQuery {
    query: Query,
    /// The kinds of nodes at which a match can begin; none: it is run over the whole file.
    pub heads: Option<Vec<u16>>,
    /// For each capture of the query its number among the names of the case.
    names: Vec<Option<usize>>,
    at: Option<u32>,
}

/// Why a text is no query, and where in it.
#[derive(Debug)]
pub(crate) struct QueryProblem {
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// A match: its place and the nodes of each name.
pub(crate) type QueryMatch<'t> = (Range<usize>, Vec<Vec<Node<'t>>>);

impl CompiledQuery {
    /// Compiles a query. `parsed` is what [`query_text::read`] reads of the text, and `names` the sorted names of the case.
    pub fn new(
        grammar: &'static Grammar,
        text: &str,
        parsed: &QueryText,
        names: &[String],
    ) -> Result<Self, QueryProblem> {
        let query = Query::new(&grammar.parser, text).map_err(|e| problem(grammar, text, &e))?;
        if let Some(p) = parsed.predicates().find(|p| !known(&p.name)) {
            return Err(QueryProblem {
                range: p.range.clone(),
                message: format!("the predicate `#{}` is unknown", p.name),
                help: Some("`#eq?`, `#match?` and `#any-of?` are known, with `not-` and `any-` before them".to_owned()),
            });
        }
        if query.capture_names().is_empty() {
            return Err(QueryProblem {
                range: 0..text.len(),
                message: "this query captures nothing".to_owned(),
                help: Some(
                    "name the node whose place the fact has: `(call_expression) @at`".to_owned(),
                ),
            });
        }
        debug_assert!(agrees(&query, parsed), "our reading of a query differs: {text}");
        let heads = heads(grammar, &query, parsed);
        let at = query.capture_index_for_name("at");
        let number = |n: &&str| names.binary_search_by(|have| have.as_str().cmp(n)).ok();
        let names = query.capture_names().iter().map(number).collect();
        Ok(Self { query, heads, names, at })
    }

    /// The matches that begin at a node (or, without heads, anywhere below it). False if a limit was hit.
    pub fn run<'t>(
        &self,
        node: Node<'t>,
        text: &str,
        names: usize,
        end: Instant,
        found: &mut dyn FnMut(QueryMatch<'t>) -> bool,
    ) -> bool {
        let mut cursor = QueryCursor::new();
        cursor.set_match_limit(IN_PROGRESS);
        if self.heads.is_some() {
            cursor.set_max_start_depth(Some(0));
        }
        let mut complete = true;
        let mut late = |_: &tree_sitter::QueryCursorState| {
            if Instant::now() > end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = QueryCursorOptions::new().progress_callback(&mut late);
        let mut matches = cursor.matches_with_options(&self.query, node, text.as_bytes(), options);
        while let Some(m) = matches.next() {
            let mut captures = vec![vec![]; names];
            let mut place = None;
            for capture in m.captures() {
                let range = capture.node.byte_range();
                if self.at == Some(capture.index) || place.is_none() && self.at.is_none() {
                    place.get_or_insert(range);
                }
                if let Some(Some(number)) = self.names.get(capture.index as usize)
                    && let Some(list) = captures.get_mut(*number)
                {
                    list.push(capture.node);
                }
            }
            let place = place.or_else(|| m.captures().first().map(|c| c.node.byte_range()));
            if let Some(place) = place
                && !found((place, captures))
            {
                complete = false;
                break;
            }
        }
        drop(matches);
        complete && !cursor.did_exceed_match_limit() && Instant::now() <= end
    }
}

/// Whether our own reading of the captures is that of tree-sitter, where it says that a match always has one.
fn agrees(query: &Query, parsed: &QueryText) -> bool {
    let all = query.capture_names().iter().all(|name| {
        parsed.patterns.iter().any(|p| p.captures.iter().any(|(known, _)| known == name))
    });
    let has = |pattern: usize, name: &str| {
        let index = query.capture_index_for_name(name);
        let quantifier = index.and_then(|c| query.capture_quantifiers(pattern).get(c as usize));
        matches!(quantifier, Some(CaptureQuantifier::One | CaptureQuantifier::OneOrMore))
    };
    let sure = |(i, p): (usize, &QueryPattern)| {
        p.captures.iter().filter(|(_, always)| *always).all(|(name, _)| has(i, name))
    };
    all && (parsed.patterns.len() != query.pattern_count()
        || parsed.patterns.iter().enumerate().all(sure))
}

fn known(predicate: &str) -> bool {
    let bare = predicate.strip_prefix("any-").filter(|p| *p != "of?").unwrap_or(predicate);
    let bare = bare.strip_prefix("not-").unwrap_or(bare);
    matches!(bare, "eq?" | "match?" | "any-of?") || predicate == "set!"
}

/// The kinds at which a match can begin, if they can be told.
fn heads(grammar: &Grammar, query: &Query, parsed: &QueryText) -> Option<Vec<u16>> {
    let language = &grammar.parser;
    let mut heads = vec![];
    if parsed.patterns.len() != query.pattern_count() {
        return None;
    }
    for (i, pattern) in parsed.patterns.iter().enumerate() {
        if !query.is_pattern_rooted(i) || pattern.heads.is_empty() {
            return None;
        }
        for head in &pattern.heads {
            let ids: Vec<u16> = (0..language.node_kind_count() as u16)
                .filter(|id| {
                    language.node_kind_is_visible(*id) && !language.node_kind_is_supertype(*id)
                })
                .filter(|id| language.node_kind_is_named(*id))
                .filter(|id| language.node_kind_for_id(*id) == Some(head))
                .collect();
            if ids.is_empty() {
                return None;
            }
            heads.extend(ids);
        }
    }
    heads.sort_unstable();
    heads.dedup();
    Some(heads)
}

fn problem(grammar: &Grammar, text: &str, error: &tree_sitter::QueryError) -> QueryProblem {
    let start = error.offset.min(text.len());
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '!' | '?');
    let tail = text.get(start..).unwrap_or("");
    let length = tail.find(|c| !is_word(c)).filter(|l| *l > 0);
    let word = tail.get(..length.unwrap_or(tail.len())).unwrap_or("");
    let end =
        length.map_or_else(|| start + tail.chars().next().map_or(0, char::len_utf8), |l| start + l);
    let language = &grammar.parser;
    let name = grammar.language.name;
    let all_kinds = || -> Vec<&str> {
        (0..language.node_kind_count() as u16)
            .filter(|id| language.node_kind_is_visible(*id) && language.node_kind_is_named(*id))
            .filter_map(|id| language.node_kind_for_id(id))
            .collect()
    };
    let all_fields = || -> Vec<&str> {
        (1..=language.field_count() as u16)
            .filter_map(|id| language.field_name_for_id(id))
            .collect()
    };
    let (range, message, help) = match error.kind {
        QueryErrorKind::NodeType => {
            (start..end, format!("{name} has no node of the kind `{word}`"), likely(word, all_kinds()))
        }
        QueryErrorKind::Field => (start..end, format!("{name} has no field `{word}`"), likely(word, all_fields())),
        QueryErrorKind::Capture => (start..end, format!("no node is captured as `@{word}`"), None),
        QueryErrorKind::Structure => (
            impossible(text, start),
            format!("no {name} code has this shape, so the query can never match"),
            Some("look at the kinds of the children that this node can have".to_owned()),
        ),
        QueryErrorKind::Predicate => predicate_problem(text, &error.message),
        QueryErrorKind::Syntax => (
            start..end,
            "this is no tree-sitter query".to_owned(),
            Some("a node is written `(kind field: (kind) @name)`; look for a missing bracket or quote".to_owned()),
        ),
        QueryErrorKind::Language => (0..text.len(), error.message.clone(), None),
    };
    QueryProblem { range, message, help }
}

/// The kind of node that cannot be where it is.
fn impossible(text: &str, start: usize) -> Range<usize> {
    let tail = text.get(start..).unwrap_or("");
    let from = start + (tail.len() - tail.trim_start_matches(['(', '[', '"']).len());
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let length = text.get(from..).map_or(0, |t| t.find(|c| !word(c)).unwrap_or(t.len()));
    from..from + length.max(1)
}

/// A predicate with the wrong arguments: tree-sitter tells which, but not where.
fn predicate_problem(text: &str, message: &str) -> (Range<usize>, String, Option<String>) {
    let parsed = query_text::read(text);
    if message.starts_with("Invalid regex") {
        let quoted = |s: &String| message.contains(&format!("'{s}'"));
        let place = parsed
            .predicates()
            .filter(|p| p.name.ends_with("match?"))
            .find_map(|p| p.strings.iter().position(quoted).and_then(|i| p.places.get(i)));
        let place = place.cloned().unwrap_or(0..text.len());
        return (place, "this regular expression does not compile".to_owned(), None);
    }
    let named = |p: &&query_text::Predicate| message.contains(&format!("#{}", p.name));
    let place = parsed.predicates().find(named).or(parsed.predicates().next());
    let place = place.map_or(0..text.len(), |p| p.range.clone());
    let message = message.trim().trim_end_matches('.');
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    let help = "write `(#eq? @capture \"text\")`".to_owned();
    (place, first.into_iter().chain(chars).collect(), Some(help))
}

fn likely(word: &str, all: Vec<&str>) -> Option<String> {
    let mut all: Vec<_> =
        all.into_iter().map(|n| (strsim::damerau_levenshtein(word, n), n)).collect();
    all.sort_unstable();
    let (far, name) = all.first()?;
    (*far <= word.len() / 3 + 1).then(|| format!("did you mean `{name}`?"))
}
