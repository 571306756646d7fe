//! Runs all cases that want a file over one tree of it, in one traversal.

use std::time::{Duration, Instant};

use redan_base::{Limits, SkipReason, Span};
use tree_sitter::{Node, Tree};

use super::compile::{Code, CompiledCase};
use super::constants::{Resolver, is_own_name};
use super::grammar::{Grammar, role};
use super::matcher::{Captured, Matcher};
use super::parse;
use super::pattern::{PatternShape, PatternTree};
use super::query::CompiledQuery;
use crate::matching::{CodeMatches, Match};

/// Nodes between two looks at the clock.
const PACE: u32 = 2_048;

/// What is tried at a kind of node: the number of the case, and its tree or query.
#[derive(Clone, Copy)]
enum Trial<'c> {
    Pattern(usize, &'c PatternTree),
    Query(usize, &'c CompiledQuery),
}

/// A match before its constants are resolved.
struct Found<'t> {
    case: usize,
    span: Span,
    captures: Vec<Option<Captured<'t>>>,
}

/// Runs all cases of a grammar over a text.
pub(crate) fn run(
    grammar: &str,
    text: &str,
    cases: &[&CompiledCase],
    limits: &Limits,
) -> CodeMatches {
    let mut out =
        CodeMatches { matches: cases.iter().map(|_| vec![]).collect(), ..CodeMatches::default() };
    let Some(mut grammar) = Grammar::get(grammar) else { return out };
    if text.len() as u64 > limits.file_bytes {
        out.problems.push((SkipReason::TooLarge, format!("{} bytes of code", text.len())));
        return out;
    }
    let Some(mut tree) = parse::parse(grammar, text, limits) else {
        let detail = format!("parsing took more than {} ms", limits.parse_ms);
        out.problems.push((SkipReason::Limit, detail));
        return out;
    };
    out.partial = tree.root_node().has_error();
    out.error_bytes = if out.partial { error_bytes(&tree) } else { 0 };
    for name in if out.partial { grammar.language.alternatives } else { &[] } {
        let Some(other) = Grammar::get(name) else { continue };
        let Some(read) = parse::parse(other, text, limits) else { continue };
        let bytes = if read.root_node().has_error() { error_bytes(&read) } else { 0 };
        // A node that is only missing has no bytes.
        if bytes < out.error_bytes || bytes == out.error_bytes && !read.root_node().has_error() {
            (grammar, tree, out.error_bytes) = (other, read, bytes);
            out.partial = tree.root_node().has_error();
        }
    }
    let mut traversal = Traversal {
        grammar,
        text,
        limits,
        end: Instant::now() + Duration::from_millis(limits.extract_ms),
        found: vec![],
        comments: vec![],
        count: vec![0; cases.len()],
        out: &mut out,
    };
    traversal.over(&tree, cases);
    let found = std::mem::take(&mut traversal.found);
    let comments = std::mem::take(&mut traversal.comments);
    let mut resolver = Resolver::new(grammar, text, &tree, comments, limits.value_bytes);
    for Found { case, span, captures } in found {
        let Some(compiled) = cases.get(case) else { continue };
        let captures = compiled
            .captures()
            .iter()
            .zip(&captures)
            .filter_map(|(name, captured)| {
                let nodes = captured.as_ref()?.nodes();
                Some((name.clone(), nodes.iter().map(|n| resolver.capture(*n)).collect()))
            })
            .collect();
        if let Some(list) = out.matches.get_mut(case) {
            list.push(Match { span, captures });
        }
    }
    for list in &mut out.matches {
        list.sort_by_key(|m| m.span);
    }
    out
}

/// The bytes in nodes that stand for an error; only what holds errors is looked into.
fn error_bytes(tree: &Tree) -> u64 {
    let mut cursor = tree.walk();
    let mut bytes = 0;
    loop {
        let node = cursor.node();
        if node.is_error() {
            bytes += node.byte_range().len() as u64;
        }
        if node.has_error() && !node.is_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return bytes;
            }
        }
    }
}

struct Traversal<'t, 's, 'o> {
    grammar: &'static Grammar,
    text: &'s str,
    limits: &'s Limits,
    end: Instant,
    found: Vec<Found<'t>>,
    /// The comments, which captures leave out.
    comments: Vec<std::ops::Range<usize>>,
    count: Vec<usize>,
    out: &'o mut CodeMatches,
}

impl<'t> Traversal<'t, '_, '_> {
    fn over(&mut self, tree: &'t Tree, cases: &[&CompiledCase]) {
        let root = tree.root_node();
        let trials = self.dispatch(cases, root);
        if trials.iter().all(Vec::is_empty) && self.found.is_empty() {
            return;
        }
        let mut matcher = Matcher::new(self.grammar, self.text, root);
        let mut cursor = tree.walk();
        let mut above: Vec<Node<'t>> = vec![];
        let mut steps = 0_u32;
        let mut late = false;
        'walk: loop {
            let node = cursor.node();
            let kind = node.kind_id();
            if self.grammar.has(kind, role::COMMENT) {
                self.comments.push(node.byte_range());
            }
            let here = trials.get(kind as usize).map_or(&[][..], Vec::as_slice);
            for trial in here.iter().filter(|_| !late) {
                self.attempt(*trial, &mut matcher, node, above.last().copied(), cases);
            }
            steps += 1 + 16 * here.len() as u32;
            if steps > PACE && !late {
                steps = 0;
                // What is left of the way only collects comments.
                late = Instant::now() > self.end;
                if late {
                    self.late();
                }
            }
            if cursor.goto_first_child() {
                above.push(node);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
                above.pop();
            }
        }
    }

    /// For each kind of node what is tried there. Queries that may begin anywhere run at once.
    fn dispatch<'c>(&mut self, cases: &[&'c CompiledCase], root: Node<'t>) -> Vec<Vec<Trial<'c>>> {
        let mut trials: Vec<Vec<Trial<'c>>> = vec![vec![]; self.grammar.kinds()];
        let grammar = self.grammar;
        let mut add = |wanted: &dyn Fn(u16) -> bool, trial: Trial<'c>| {
            for (kind, list) in trials.iter_mut().enumerate() {
                if wanted(kind as u16) {
                    list.push(trial);
                }
            }
        };
        for (case, compiled) in cases.iter().enumerate() {
            match compiled.code(grammar.language.name) {
                Some(Code::Pattern(pattern)) => {
                    for tree in &pattern.trees {
                        let Some(&first) = tree.roots.first() else { continue };
                        let wanted: &dyn Fn(u16) -> bool = match &tree.node(first).shape {
                            PatternShape::Branch { kind, .. } | PatternShape::Leaf { kind, .. } => {
                                &|id| grammar.compared(id) == *kind
                            }
                            PatternShape::Name(_) => &|id| grammar.has(id, role::IDENTIFIER),
                            PatternShape::String(_) | PatternShape::AnyString(_) => {
                                &|id| grammar.has(id, role::STRING)
                            }
                            PatternShape::One(_) | PatternShape::Many(_) => &|_| false,
                        };
                        add(wanted, Trial::Pattern(case, tree));
                    }
                }
                Some(Code::Query(query)) => match &query.heads {
                    Some(heads) => {
                        add(&|id| heads.binary_search(&id).is_ok(), Trial::Query(case, query));
                    }
                    None => self.query(case, query, root, cases),
                },
                None => {}
            }
        }
        trials
    }

    fn attempt(
        &mut self,
        trial: Trial<'_>,
        matcher: &mut Matcher<'t, '_>,
        node: Node<'t>,
        parent: Option<Node<'t>>,
        cases: &[&CompiledCase],
    ) {
        match trial {
            Trial::Pattern(case, tree) => {
                let names = cases.get(case).map_or(0, |c| c.captures().len());
                let (ways, too_many) = matcher.ways(tree, names, node, parent);
                for way in ways {
                    if cases.get(case).is_some_and(|c| !self.may_be_wanted(c, &way.captures)) {
                        continue;
                    }
                    let span = Span::new(way.start, way.end);
                    self.keep(Found { case, span, captures: way.captures });
                }
                if too_many {
                    self.problem("a pattern has too many ways to match at one place");
                }
            }
            Trial::Query(case, query) => self.query(case, query, node, cases),
        }
    }

    /// A quick look at the names of members that the case's condition asks for.
    fn may_be_wanted(&self, case: &CompiledCase, captures: &[Option<Captured<'t>>]) -> bool {
        case.may_be_wanted(|number| match captures.get(number) {
            Some(Some(Captured::One(node)))
                if self.grammar.is(*node, role::IDENTIFIER) && is_own_name(self.text, *node) =>
            {
                self.text.get(node.byte_range()).map(str::to_owned)
            }
            _ => None,
        })
    }

    fn query(
        &mut self,
        case: usize,
        query: &CompiledQuery,
        node: Node<'t>,
        cases: &[&CompiledCase],
    ) {
        let names = cases.get(case).map_or(0, |c| c.captures().len());
        let (text, end) = (self.text, self.end);
        let mut keep = |(place, nodes): (std::ops::Range<usize>, Vec<Vec<Node<'t>>>)| {
            let captures = nodes
                .into_iter()
                .map(|list| if list.is_empty() { None } else { Some(Captured::Many(list)) })
                .collect();
            self.keep(Found { case, span: Span::new(place.start, place.end), captures })
        };
        if !query.run(node, text, names, end, &mut keep) {
            if Instant::now() > self.end {
                self.late();
            } else {
                self.problem("a query has too many matches in progress");
            }
        }
    }

    /// Keeps a match; false if the case has too many.
    fn keep(&mut self, found: Found<'t>) -> bool {
        let limit = self.limits.matches_per_file;
        let Some(count) = self.count.get_mut(found.case) else { return false };
        if *count >= limit {
            self.problem("an extractor has too many matches");
            return false;
        }
        *count += 1;
        self.found.push(found);
        true
    }

    fn late(&mut self) {
        let detail = format!("matching took more than {} ms", self.limits.extract_ms);
        self.problem(&detail);
    }

    fn problem(&mut self, detail: &str) {
        let problem = (SkipReason::Limit, detail.to_owned());
        if !self.out.problems.contains(&problem) {
            self.out.problems.push(problem);
        }
    }
}
