//! Expressions and conditions of extractors, compiled: outputs `{ field: expression }` and `where`.
//!
//! An expression gives any number of values; a missing one gives none, and a condition on none is false.

use redan_base::Span;
use redan_facts::{Value, ValueId, Values};
use redan_grammar::syntax::Compare;
use redan_program::functions::Function;
use redan_program::schema::Type;
use rustc_hash::FxHashSet;

use crate::lazy_regex::LazyRegex;
use crate::matching::{Capture, CaptureKind, Scalar};
use crate::tree::{NodeId, Shape, Tree};
use crate::tree_path::{Budget, Path};

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// A constant.
    Constant(Scalar),
    /// `$name`, `$$$name`
    Capture(Box<str>),
    /// `.a.b`, `root.a`
    Tree(Path, Option<(Path, Tail)>),
    /// `f(x)`
    Call {
        /// The function.
        function: &'static Function,
        /// Its regular expression.
        pattern: Option<Box<str>>,
        /// Its arguments.
        arguments: Vec<Self>,
    },
    /// `[a, b]`
    List(Vec<Self>),
    /// `a | b`
    First(Vec<Self>),
    /// `a + b`, `a - b`
    Sum(Box<Self>, Box<Self>, bool),
}

/// The last step of a path that is no key of the mapping: what the mapping as a whole gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// `.keys`
    Keys,
    /// `.entries`: `key=value`
    Entries,
}

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// All.
    And(Vec<Self>),
    /// At least one.
    Or(Vec<Self>),
    /// The other way round.
    Not(Box<Self>),
    /// `a == b`, …
    Compare(Compare, Operand, Operand),
    /// `a in …`, `a not in …`
    In(Operand, Members, bool),
    /// `x is string`
    Is(Operand, What),
    /// `x matches /…/`
    Matches(Operand, LazyRegex),
    /// `x like "…"`
    Like(Operand, globset::GlobMatcher),
    /// `x` alone
    Truth(Operand),
}

/// What `in` looks through.
#[derive(Debug, Clone)]
pub(crate) enum Members {
    /// The values of an expression.
    Operand(Operand),
    /// A set of the program.
    Set(FxHashSet<Scalar>, Vec<LazyRegex>),
}

/// What `is` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A text, also one whose value is not known.
    String,
    /// A whole number, or a number in code.
    Number,
    /// A truth value.
    Bool,
    /// A name in code.
    Identifier,
    /// Something whose value is known.
    Constant,
    /// A mapping.
    Mapping,
    /// A sequence.
    List,
}

impl What {
    /// All words.
    pub(crate) const WORDS: &[(&'static str, Self)] = &[
        ("bool", Self::Bool),
        ("constant", Self::Constant),
        ("identifier", Self::Identifier),
        ("int", Self::Number),
        ("list", Self::List),
        ("mapping", Self::Mapping),
        ("number", Self::Number),
        ("string", Self::String),
    ];
}

/// One value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// Its constant; none for a mapping or sequence without a value of its own.
    pub scalar: Option<Scalar>,
    /// Where it was read.
    pub span: Option<Span>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Constant,
    Node(NodeId, Shape),
    Capture(CaptureKind, bool),
}

/// What expressions are evaluated over: one match.
pub(crate) struct Context<'a> {
    /// The tree, its document and the matched node with its place.
    pub node: Option<(&'a Tree, NodeId, NodeId, Span)>,
    /// What was captured.
    pub captures: &'a [(String, Vec<Capture>)],
    /// What walks may cost.
    pub budget: &'a mut Budget,
    /// For calls of functions.
    pub values: &'a mut Values,
}

/// The most values of one expression.
pub(crate) const MOST_VALUES: usize = 1_000;

impl Operand {
    /// The values of the expression.
    pub(crate) fn eval(&self, context: &mut Context<'_>) -> Vec<Item> {
        match self {
            Self::Constant(scalar) => vec![constant(scalar.clone(), None)],
            Self::Capture(name) => context
                .captures
                .iter()
                .filter(|(n, _)| **n == **name)
                .flat_map(|(_, list)| list)
                .map(captured)
                .collect(),
            Self::Tree(path, tail) => walk(path, tail.as_ref(), context),
            Self::Call { function, pattern, arguments } => {
                call(function, pattern.as_deref(), arguments, context)
            }
            Self::List(list) => {
                list.iter().flat_map(|o| o.eval(context)).take(MOST_VALUES).collect()
            }
            Self::First(list) => {
                // The first that gives a value; a mapping is taken only if nothing else is there.
                let mut best = vec![];
                for operand in list {
                    let items = operand.eval(context);
                    if items.iter().any(|i| i.scalar.is_some()) {
                        return items;
                    }
                    if best.is_empty() {
                        best = items;
                    }
                }
                best
            }
            Self::Sum(left, right, minus) => {
                let (left, right) = (left.eval(context), right.eval(context));
                let mut out = vec![];
                for l in &left {
                    for r in &right {
                        let sum = l.scalar.as_ref().zip(r.scalar.as_ref());
                        let sum = sum.and_then(|(a, b)| add(a, b, *minus));
                        out.extend(sum.map(|s| constant(s, l.span.or(r.span))));
                        if out.len() >= MOST_VALUES {
                            return out;
                        }
                    }
                }
                out
            }
        }
    }
}

impl Condition {
    /// Whether the condition holds.
    pub(crate) fn holds(&self, context: &mut Context<'_>) -> bool {
        match self {
            Self::And(list) => list.iter().all(|c| c.holds(context)),
            Self::Or(list) => list.iter().any(|c| c.holds(context)),
            Self::Not(inner) => !inner.holds(context),
            Self::Compare(op, left, right) => {
                let (left, right) = (left.eval(context), right.eval(context));
                pairs(&left, &right).any(|(a, b)| compare(*op, a, b))
            }
            Self::In(left, members, negated) => {
                let left = left.eval(context);
                let inside = |value: &Scalar, members: &[Item]| {
                    members.iter().filter_map(|m| m.scalar.as_ref()).any(|m| same(value, m))
                };
                let members_found = match members {
                    Members::Operand(o) => o.eval(context),
                    Members::Set(..) => vec![],
                };
                left.iter().filter_map(|i| i.scalar.as_ref()).any(|value| {
                    let found = match members {
                        Members::Operand(_) => inside(value, &members_found),
                        Members::Set(set, patterns) => {
                            set.contains(value)
                                || set.contains(&Scalar::Text(show(value)))
                                || patterns.iter().any(|p| p.is_match(&show(value)))
                        }
                    };
                    found != *negated
                })
            }
            Self::Is(subject, what) => subject.eval(context).iter().any(|i| is(i, *what)),
            Self::Matches(subject, regex) => {
                let items = subject.eval(context);
                items.iter().filter_map(|i| i.scalar.as_ref()).any(|s| match s {
                    Scalar::Text(t) => regex.is_match(t),
                    other => regex.is_match(&show(other)),
                })
            }
            Self::Like(subject, glob) => {
                let items = subject.eval(context);
                items.iter().filter_map(|i| i.scalar.as_ref()).any(|s| glob.is_match(show(s)))
            }
            Self::Truth(operand) => operand.eval(context).iter().any(|i| match &i.scalar {
                Some(Scalar::Bool(b)) => *b,
                Some(Scalar::Text(t)) => t != "false",
                Some(Scalar::Int(_)) | None => true,
            }),
        }
    }
}

impl Item {
    /// The elements of a sequence, or the item itself.
    pub(crate) fn elements(self, tree: Option<&Tree>) -> Vec<Self> {
        match (self.kind, tree) {
            (Kind::Node(id, Shape::Sequence), Some(tree)) if self.scalar.is_none() => {
                let edges = tree.node(id).edges.iter();
                edges.take(MOST_VALUES).filter_map(|e| node_item(tree, e.node, e.value)).collect()
            }
            _ => vec![self],
        }
    }
}

fn constant(scalar: Scalar, span: Option<Span>) -> Item {
    Item { scalar: Some(scalar), span, kind: Kind::Constant }
}

fn captured(capture: &Capture) -> Item {
    let known = capture.value.is_some();
    let scalar = capture.value.clone().unwrap_or_else(|| Scalar::Text(capture.text.clone()));
    let kind = Kind::Capture(capture.kind, known);
    Item { scalar: Some(scalar), span: Some(capture.span), kind }
}

/// A node as a value; `null` is none.
fn node_item(tree: &Tree, id: NodeId, span: Span) -> Option<Item> {
    let node = tree.node(id);
    if node.shape == Shape::Leaf && node.scalar.is_none() {
        return None;
    }
    let kind = Kind::Node(id, node.shape);
    Some(Item { scalar: node.scalar.clone(), span: Some(span), kind })
}

fn walk(path: &Path, tail: Option<&(Path, Tail)>, context: &mut Context<'_>) -> Vec<Item> {
    let Some((tree, root, node, span)) = context.node else { return vec![] };
    let from = |p: &Path| if p.from_root { root } else { node };
    let (hits, _) = path.walk(tree, from(path), context.budget, MOST_VALUES);
    let place = |h: &crate::tree_path::Hit| if h.node == node { span } else { h.span };
    let items: Vec<Item> = hits.iter().filter_map(|h| node_item(tree, h.node, place(h))).collect();
    let Some((parent, tail)) = tail.filter(|_| items.is_empty()) else { return items };
    let (hits, _) = parent.walk(tree, from(parent), context.budget, MOST_VALUES);
    let mut out = vec![];
    for hit in hits {
        let found = tree.node(hit.node);
        context.budget.pay(found.edges.len());
        for edge in found.edges.iter().take(MOST_VALUES) {
            let Some(key) = &edge.key else { continue };
            let text = match tail {
                Tail::Keys => key.text.to_string(),
                Tail::Entries => {
                    let value = tree.node(edge.node);
                    match (&value.scalar, value.shape) {
                        (Some(scalar), _) => format!("{}={}", key.text, show(scalar)),
                        (None, Shape::Leaf) => format!("{}=", key.text),
                        (None, Shape::Mapping | Shape::Sequence) => continue,
                    }
                }
            };
            out.push(constant(Scalar::Text(text), Some(edge.span())));
            if out.len() >= MOST_VALUES {
                return out;
            }
        }
    }
    out
}

fn call(
    function: &'static Function,
    pattern: Option<&str>,
    arguments: &[Operand],
    context: &mut Context<'_>,
) -> Vec<Item> {
    let mut rows: Vec<(Vec<ValueId>, Option<Span>)> = vec![(vec![], None)];
    for (operand, ty) in arguments.iter().zip(function.parameters) {
        let items = operand.eval(context);
        let mut longer = vec![];
        for (row, place) in &rows {
            for item in &items {
                let Some(value) =
                    item.scalar.as_ref().and_then(|s| argument(s, ty, context.values))
                else {
                    continue;
                };
                let mut row = row.clone();
                row.push(value);
                longer.push((row, place.or(item.span)));
                if longer.len() >= MOST_VALUES {
                    break;
                }
            }
        }
        longer.truncate(MOST_VALUES);
        rows = longer;
    }
    let mut out = vec![];
    for (row, span) in rows {
        let mut results = vec![];
        (function.run)(context.values, pattern, &row, &mut results);
        for result in results.into_iter().take(MOST_VALUES) {
            let scalar = match context.values.get(result) {
                Value::Str(s) => Scalar::Text(s.to_string()),
                Value::Int(n) => Scalar::Int(*n),
                Value::Bool(b) => Scalar::Bool(*b),
                Value::Symbol { name, .. } => Scalar::Text(name.to_string()),
                Value::Entity { .. } => continue,
            };
            out.push(constant(scalar, span));
        }
        if out.len() >= MOST_VALUES {
            break;
        }
    }
    out
}

fn argument(scalar: &Scalar, ty: &Type, values: &mut Values) -> Option<ValueId> {
    Some(match (ty, scalar) {
        (Type::Str | Type::Enum(_), s) => values.text(&show(s)),
        (Type::Int, Scalar::Text(t)) => values.int(t.parse().ok()?),
        (Type::Bool, Scalar::Text(t)) => values.bool(t.parse().ok()?),
        (_, Scalar::Text(t)) => values.text(t),
        (_, Scalar::Int(n)) => values.int(*n),
        (_, Scalar::Bool(b)) => values.bool(*b),
    })
}

fn add(left: &Scalar, right: &Scalar, minus: bool) -> Option<Scalar> {
    const LONGEST: usize = 1 << 16;
    match (left, right, minus) {
        (Scalar::Int(a), Scalar::Int(b), false) => a.checked_add(*b).map(Scalar::Int),
        (Scalar::Int(a), Scalar::Int(b), true) => a.checked_sub(*b).map(Scalar::Int),
        (a, b, false) => {
            let text = format!("{}{}", show(a), show(b));
            (text.len() <= LONGEST).then_some(Scalar::Text(text))
        }
        _ => None,
    }
}

fn pairs<'i>(
    left: &'i [Item],
    right: &'i [Item],
) -> impl Iterator<Item = (&'i Scalar, &'i Scalar)> {
    left.iter()
        .filter_map(|i| i.scalar.as_ref())
        .flat_map(|a| right.iter().filter_map(move |i| i.scalar.as_ref().map(|b| (a, b))))
}

/// Formats differ in what has a type (all values of a properties file are texts), so `8080` equals `"8080"`.
fn same(a: &Scalar, b: &Scalar) -> bool {
    a == b || show(a) == show(b)
}

fn compare(op: Compare, a: &Scalar, b: &Scalar) -> bool {
    let order = || {
        let number = |s: &Scalar| match s {
            Scalar::Int(n) => Some(*n),
            Scalar::Text(t) => t.parse::<i64>().ok(),
            Scalar::Bool(_) => None,
        };
        match (number(a), number(b), a, b) {
            (Some(x), Some(y), ..) => Some(x.cmp(&y)),
            (_, _, Scalar::Text(x), Scalar::Text(y)) => Some(x.cmp(y)),
            _ => None,
        }
    };
    match op {
        Compare::Eq => same(a, b),
        Compare::Ne => !same(a, b),
        Compare::Lt => order().is_some_and(|o| o.is_lt()),
        Compare::Le => order().is_some_and(|o| o.is_le()),
        Compare::Gt => order().is_some_and(|o| o.is_gt()),
        Compare::Ge => order().is_some_and(|o| o.is_ge()),
    }
}

fn is(item: &Item, what: What) -> bool {
    match (what, item.kind) {
        (What::Mapping, Kind::Node(_, shape)) => shape == Shape::Mapping,
        (What::List, Kind::Node(_, shape)) => shape == Shape::Sequence,
        (What::Mapping | What::List, _) => false,
        (What::Constant, Kind::Capture(_, known)) => known,
        (What::Constant, _) => item.scalar.is_some(),
        (What::Identifier, kind) => matches!(kind, Kind::Capture(CaptureKind::Identifier, _)),
        (What::String, Kind::Capture(kind, _)) => kind == CaptureKind::String,
        (What::Number, Kind::Capture(kind, _)) => kind == CaptureKind::Number,
        (What::Bool, _) => matches!(item.scalar, Some(Scalar::Bool(_))),
        (What::String, _) => matches!(item.scalar, Some(Scalar::Text(_))),
        (What::Number, _) => matches!(item.scalar, Some(Scalar::Int(_))),
    }
}

/// A constant as text.
pub(crate) fn show(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(t) => t.clone(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Bool(b) => b.to_string(),
    }
}
