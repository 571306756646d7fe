//! What a captured piece of code stands for, where it is plain.
//!
//! - literals: strings with their escapes, numbers, truth values;
//! - `+` and templates over what is plain itself;
//! - a name that is bound once in the nearest scope that binds it and never assigned to again;
//! - a member of a class or of an object literal of the same file (`Paths.USERS`, `this.url`), bound once.
//!
//! A text that is made of literals and of parts that are not plain keeps a hole for each of those, named after it:
//! `` `http://orders/${id}` `` and `"http://orders/" + id` are `http://orders/{id}`.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Node, Tree};

use super::grammar::{Binds, Bound, Grammar, role};
use super::strings::{self, Piece};
use crate::matching::{Capture, CaptureKind, Scalar};
use redan_base::Span;
use redan_languages::Assigns;

/// Names followed and texts nested in one value.
const DEPTH: u32 = 12;
/// Nodes looked at for one value.
const STEPS: u32 = 2_000;
/// A hole keeps the code that it stands for up to this length.
const HOLE: usize = 60;

/// Resolves captures of one file.
pub(crate) struct Resolver<'t, 's> {
    grammar: &'static Grammar,
    text: &'s str,
    tree: &'t Tree,
    comments: Vec<Range<usize>>,
    limit: usize,
    names: Option<Names<'t, 's>>,
    steps: u32,
}

/// A value in the making.
enum Value {
    Text { text: String, literal: bool },
    Int(i64),
    Bool(bool),
}

impl<'t, 's> Resolver<'t, 's> {
    /// A resolver; values are at most `limit` bytes long. `comments` are all of the file, in order.
    pub fn new(
        grammar: &'static Grammar,
        text: &'s str,
        tree: &'t Tree,
        comments: Vec<Range<usize>>,
        limit: usize,
    ) -> Self {
        Self { grammar, text, tree, comments, limit, names: None, steps: 0 }
    }

    /// The capture of a node.
    pub fn capture(&mut self, node: Node<'t>) -> Capture {
        let text = self.without_comments(node);
        let text = cut(&text, self.limit);
        self.steps = 0;
        let inner = self.unwrap(node);
        let value = self.value(inner, 0);
        let is = |roles| self.grammar.is(inner, roles);
        let kind =
            if matches!(value, Some(Value::Text { .. })) || is(role::STRING | role::STRING_LIST) {
                CaptureKind::String
            } else if matches!(value, Some(Value::Int(_))) || is(role::NUMBER) {
                CaptureKind::Number
            } else if is(role::IDENTIFIER) {
                CaptureKind::Identifier
            } else {
                CaptureKind::Other
            };
        let value = value.and_then(|v| match v {
            // A template of nothing but holes tells nothing.
            Value::Text { literal: false, .. } => None,
            Value::Text { text, .. } => Some(Scalar::Text(cut(&text, self.limit).to_owned())),
            Value::Int(number) => Some(Scalar::Int(number)),
            Value::Bool(truth) => Some(Scalar::Bool(truth)),
        });
        let span = Span::new(node.start_byte(), node.end_byte());
        Capture { text: text.to_owned(), span, value, kind }
    }

    /// The source of a node with a space for each comment: what a comment says is no evidence.
    fn without_comments(&self, node: Node<'t>) -> Cow<'s, str> {
        let text: &'s str = self.text;
        // More than is kept of a capture need not be looked at.
        let enough = node.start_byte() + 8 * self.limit;
        let whole = node.byte_range();
        let first = self.comments.partition_point(|c| c.end <= whole.start);
        let inside = self.comments.get(first..).unwrap_or(&[]).iter();
        let mut plain = String::new();
        let mut from = whole.start;
        for comment in inside.take_while(|c| c.start < whole.end.min(enough)) {
            plain.push_str(text.get(from..comment.start).unwrap_or(""));
            plain.push(' ');
            from = comment.end;
        }
        if from == whole.start {
            return Cow::Borrowed(text.get(whole).unwrap_or(""));
        }
        plain.push_str(text.get(from..whole.end).unwrap_or(""));
        Cow::Owned(plain)
    }

    /// The node whose value a node has: without parentheses, casts, the name of an argument.
    fn unwrap(&self, mut node: Node<'t>) -> Node<'t> {
        for _ in 0..64 {
            let is = |roles| self.grammar.is(node, roles);
            let last = is(role::LAST);
            if !last && !is(role::PARENTHESES | role::FIRST) {
                break;
            }
            let mut cursor = node.walk();
            let mut inner = node.named_children(&mut cursor).filter(|c| !c.is_extra());
            let inner = if last { inner.last() } else { inner.next() };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    fn value(&mut self, node: Node<'t>, depth: u32) -> Option<Value> {
        self.steps += 1;
        if depth > DEPTH || self.steps > STEPS {
            return None;
        }
        let node = self.unwrap(node);
        let is = |roles| self.grammar.is(node, roles);
        let own = self.text.get(node.byte_range()).unwrap_or("");
        if is(role::STRING) {
            let mut parts = Parts::default();
            for piece in strings::pieces(self.grammar, self.text, node) {
                match piece {
                    Piece::Text(text) => parts.text(&text, self.limit),
                    Piece::Hole(hole) => self.part(hole, depth, &mut parts),
                }
            }
            parts.literal |= !parts.holes;
            return Some(parts.into());
        }
        if is(role::STRING_LIST) {
            let mut parts = Parts::default();
            let mut cursor = node.walk();
            let strings: Vec<_> =
                node.named_children(&mut cursor).filter(|c| !c.is_extra()).collect();
            for string in strings {
                self.part(string, depth, &mut parts);
            }
            return Some(parts.into());
        }
        if is(role::SUM) {
            return self.sum(node, depth);
        }
        if is(role::NUMBER) {
            return number(own).map(Value::Int);
        }
        if is(role::TRUTH) {
            return Some(Value::Bool(own.eq_ignore_ascii_case("true")));
        }
        if is(role::NEGATION) {
            let mut cursor = node.walk();
            let inner = node.named_children(&mut cursor).last()?;
            return match self.value(inner, depth + 1) {
                Some(Value::Int(number)) if own.starts_with('-') => {
                    Some(Value::Int(number.checked_neg()?))
                }
                _ => None,
            };
        }
        if is(role::MEMBER | role::IDENTIFIER) {
            let bound = self.bound(node, 0)?;
            return self.value(bound, depth + 1);
        }
        None
    }

    /// `a + b + c`, which is nested on the left.
    fn sum(&mut self, node: Node<'t>, depth: u32) -> Option<Value> {
        let mut operands = vec![];
        let mut left = node;
        while self.grammar.is(left, role::SUM) {
            let operator = left.child_by_field_name("operator")?;
            if self.text.get(operator.byte_range()) != Some("+") || operands.len() > STEPS as usize
            {
                break;
            }
            operands.push(left.child_by_field_name("right")?);
            left = self.unwrap(left.child_by_field_name("left")?);
        }
        if operands.is_empty() {
            return None;
        }
        operands.push(left);
        operands.reverse();
        let values: Vec<_> = operands.iter().map(|o| self.value(*o, depth + 1)).collect();
        if let Some(numbers) = values
            .iter()
            .map(|v| if let Some(Value::Int(n)) = v { Some(*n) } else { None })
            .collect::<Option<Vec<i64>>>()
        {
            let add = |sum: Option<i64>, n: i64| sum?.checked_add(n);
            return numbers.into_iter().fold(Some(0), add).map(Value::Int);
        }
        if !values.iter().any(|v| matches!(v, Some(Value::Text { .. }))) {
            return None;
        }
        let mut parts = Parts::default();
        for (operand, value) in operands.into_iter().zip(values) {
            self.add(operand, value, &mut parts);
        }
        Some(parts.into())
    }

    fn part(&mut self, node: Node<'t>, depth: u32, parts: &mut Parts) {
        let value = self.value(node, depth + 1);
        self.add(node, value, parts);
    }

    fn add(&self, node: Node<'t>, value: Option<Value>, parts: &mut Parts) {
        match value {
            Some(Value::Text { text, literal }) => {
                parts.text(&text, self.limit);
                parts.literal |= literal;
            }
            Some(Value::Int(number)) => parts.text(&number.to_string(), self.limit),
            Some(Value::Bool(truth)) => parts.text(&truth.to_string(), self.limit),
            None => {
                let code = self.text.get(node.byte_range()).unwrap_or("");
                let fit = code.len() <= HOLE && !code.contains(['{', '}', '\n', '"', '\'', '`']);
                parts.hole(if fit { code } else { "" }, self.limit);
            }
        }
    }

    /// The node that a name or a member is bound to.
    fn bound(&mut self, node: Node<'t>, depth: u32) -> Option<Node<'t>> {
        if depth > DEPTH {
            return None;
        }
        let member = self.grammar.members.iter().find(|m| m.0 == node.kind_id());
        let variable = self.grammar.is(node, role::REFERENCE) && !is_own_name(self.text, node);
        if member.is_none() && !variable {
            return None;
        }
        if self.names.is_none() {
            self.names = Some(Names::new(self.grammar, self.text, self.tree));
        }
        let Some((_, object, property)) = member else {
            let name = self.text.get(node.byte_range())?;
            let names = self.names.as_ref()?;
            return names
                .name(name, node.start_byte())
                .filter(|_| !names.targets.contains(&node.id()));
        };
        let object = self.unwrap(node.child_by_field_id(*object)?);
        let property = self.text.get(node.child_by_field_id(*property)?.byte_range())?;
        let names = self.names.as_ref()?;
        let own = self.text.get(object.byte_range()).unwrap_or("");
        if self.grammar.language.constants.selves.contains(&own) {
            let class = names.class_around(node.start_byte())?;
            return names.member(class, property);
        }
        let object = self.bound(object, depth + 1)?;
        let object = self.unwrap(object);
        let names = self.names.as_ref()?;
        let scope = names.by_node.get(&object.id()).copied()?;
        if names.assigned_members.contains(property) {
            return None;
        }
        names.member(scope, property)
    }
}

#[derive(Default)]
struct Parts {
    text: String,
    /// Some of it is literal text.
    literal: bool,
    /// Some of it is not known.
    holes: bool,
}

impl Parts {
    fn text(&mut self, text: &str, limit: usize) {
        if self.text.len() < limit {
            self.text.push_str(text);
        }
        self.literal |= !text.is_empty();
    }

    fn hole(&mut self, code: &str, limit: usize) {
        if self.text.len() < limit {
            self.text.extend(["{", code, "}"]);
        }
        self.holes = true;
    }
}

impl From<Parts> for Value {
    fn from(parts: Parts) -> Self {
        Self::Text { text: parts.text, literal: parts.literal }
    }
}

/// Whether an identifier names a member (`a.get`) or something called (`get(…)`) rather than a variable.
pub(crate) fn is_own_name(text: &str, node: Node<'_>) -> bool {
    const NEAR: usize = 64;
    let bytes = text.as_bytes();
    let before = bytes.get(node.start_byte().saturating_sub(NEAR)..node.start_byte());
    let behind = bytes.get(node.end_byte()..bytes.len().min(node.end_byte() + NEAR));
    let space = |b: &&u8| b.is_ascii_whitespace();
    before.and_then(|b| b.iter().rev().find(|b| !space(b))) == Some(&b'.')
        || behind.and_then(|b| b.iter().find(|b| !space(b))) == Some(&b'(')
}

/// The longest start of a text that has at most `limit` bytes.
fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text.get(..end).unwrap_or("")
}

fn number(text: &str) -> Option<i64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let text = text.trim_end_matches(['l', 'n', 'u']);
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok();
        }
    }
    text.parse().ok()
}

/// What the names of a file are bound to.
struct Names<'t, 's> {
    scopes: Vec<Scope>,
    bound: FxHashMap<(usize, &'s str), Vec<Option<Node<'t>>>>,
    /// Where a name is assigned to without being declared.
    assigned: FxHashMap<&'s str, Vec<usize>>,
    /// Members that are assigned to on something other than the own object.
    assigned_members: FxHashSet<&'s str>,
    by_node: FxHashMap<usize, usize>,
    /// The nodes at which names are bound: they are names, not what these stand for.
    targets: FxHashSet<usize>,
    /// Whether a class's members are visible in it by their bare names.
    bare: bool,
}

#[derive(Debug)]
struct Scope {
    range: Range<usize>,
    parent: Option<usize>,
    class: bool,
    object: bool,
}

impl<'t, 's> Names<'t, 's> {
    fn new(grammar: &'static Grammar, text: &'s str, tree: &'t Tree) -> Self {
        let mut names = Self {
            scopes: vec![],
            bound: FxHashMap::default(),
            assigned: FxHashMap::default(),
            assigned_members: FxHashSet::default(),
            by_node: FxHashMap::default(),
            targets: FxHashSet::default(),
            bare: grammar.language.constants.bare_members,
        };
        let mut cursor = tree.walk();
        // For each open node: the scope that it opened, if any.
        let mut open: Vec<bool> = vec![];
        let mut current: Option<usize> = None;
        'walk: loop {
            let node = cursor.node();
            let binding = grammar.is(node, role::BINDING);
            if binding {
                names.bind(grammar, text, node, current, true);
            }
            let opens = grammar.is(node, role::SCOPE | role::CLASS | role::OBJECT);
            if opens {
                names.by_node.insert(node.id(), names.scopes.len());
                names.scopes.push(Scope {
                    range: node.byte_range(),
                    parent: current,
                    class: grammar.is(node, role::CLASS),
                    object: grammar.is(node, role::OBJECT),
                });
                current = Some(names.scopes.len() - 1);
            }
            if binding {
                names.bind(grammar, text, node, current, false);
            }
            if cursor.goto_first_child() {
                open.push(opens);
                continue;
            }
            let mut opened = opens;
            loop {
                if opened {
                    current = current.and_then(|c| names.scopes.get(c)).and_then(|s| s.parent);
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    break 'walk;
                }
                opened = open.pop().unwrap_or(false);
            }
        }
        names
    }

    /// Notes what a node binds: a class its own name outside it, everything else inside.
    fn bind(
        &mut self,
        grammar: &Grammar,
        text: &'s str,
        node: Node<'t>,
        scope: Option<usize>,
        outside: bool,
    ) {
        let Some(scope) = scope else { return };
        for rule in grammar.bindings.iter().filter(|b| b.kind == node.kind_id()) {
            if (rule.value == Bound::Itself) != outside {
                continue;
            }
            let mut targets = vec![];
            let mut cursor = node.walk();
            if rule.name == 0 {
                targets.extend(node.named_children(&mut cursor));
            } else {
                targets.extend(
                    node.children_by_field_id(
                        std::num::NonZeroU16::new(rule.name).unwrap_or(std::num::NonZeroU16::MIN),
                        &mut cursor,
                    )
                    .filter(|n| n.is_named()),
                );
            }
            let value = match rule.value {
                Bound::Field(field) => node.child_by_field_id(field),
                Bound::Last => {
                    let mut cursor = node.walk();
                    let last = node.named_children(&mut cursor).filter(|c| !c.is_extra()).last();
                    last.filter(|l| targets.iter().all(|t| t.id() != l.id()))
                }
                Bound::Itself => Some(node),
                Bound::Nothing => None,
            };
            let targets = spread(grammar, targets);
            let values = value.map(|v| spread(grammar, vec![v])).unwrap_or_default();
            for (i, target) in targets.iter().enumerate() {
                // `a, b = f()` binds neither to something known.
                let value =
                    if values.len() == targets.len() { values.get(i).copied() } else { None };
                let declared_only =
                    value.is_none() && values.is_empty() && rule.value != Bound::Nothing;
                self.target(grammar, text, *target, (rule, value, declared_only), scope);
            }
        }
    }

    fn target(
        &mut self,
        grammar: &Grammar,
        text: &'s str,
        target: Node<'t>,
        (rule, value, declared_only): (&Binds, Option<Node<'t>>, bool),
        scope: usize,
    ) {
        let name = |n: Node<'t>| text.get(n.byte_range()).unwrap_or("");
        if let Some((_, object, property)) =
            grammar.members.iter().find(|m| m.0 == target.kind_id())
        {
            let part = |field| target.child_by_field_id(field).map(name).unwrap_or("");
            let own = grammar.language.constants.selves.contains(&part(*object));
            match self.class_above(Some(scope)).filter(|_| own) {
                Some(class) => self.bound.entry((class, part(*property))).or_default().push(value),
                None => {
                    self.assigned_members.insert(part(*property));
                }
            }
        } else if grammar.is(target, role::IDENTIFIER) {
            self.targets.insert(target.id());
            match rule.assigns {
                Assigns::Always => {
                    self.assigned.entry(name(target)).or_default().push(target.start_byte());
                }
                Assigns::Never | Assigns::Declares => {
                    let all = self.bound.entry((scope, name(target))).or_default();
                    if !declared_only {
                        all.push(value);
                    }
                }
            }
        }
    }

    fn class_above(&self, mut scope: Option<usize>) -> Option<usize> {
        loop {
            let this = self.scopes.get(scope?)?;
            if this.class {
                return scope;
            }
            scope = this.parent;
        }
    }

    fn around(&self, offset: usize) -> Option<usize> {
        let mut scope = self.scopes.partition_point(|s| s.range.start <= offset).checked_sub(1);
        while let Some(s) = scope.and_then(|s| self.scopes.get(s)) {
            if s.range.contains(&offset) {
                return scope;
            }
            scope = s.parent;
        }
        None
    }

    fn class_around(&self, offset: usize) -> Option<usize> {
        self.class_above(self.around(offset))
    }

    /// What a name at a place is bound to, if that is one thing.
    fn name(&self, name: &str, offset: usize) -> Option<Node<'t>> {
        let nearest = self.around(offset);
        let mut scope = nearest;
        while let Some(number) = scope {
            let this = self.scopes.get(number)?;
            let visible = !this.object && (!this.class || self.bare || scope == nearest);
            if visible && let Some(values) = self.bound.get(&(number, name)) {
                let inside = |o: &usize| this.range.contains(o);
                if self.assigned.get(name).is_some_and(|places| places.iter().any(inside)) {
                    return None;
                }
                return single(values);
            }
            scope = this.parent;
        }
        None
    }

    fn member(&self, scope: usize, name: &str) -> Option<Node<'t>> {
        single(self.bound.get(&(scope, name))?)
    }
}

fn single<'t>(values: &[Option<Node<'t>>]) -> Option<Node<'t>> {
    match values {
        [only] => *only,
        _ => None,
    }
}

/// The elements of lists.
fn spread<'t>(grammar: &Grammar, nodes: Vec<Node<'t>>) -> Vec<Node<'t>> {
    let mut out = vec![];
    for node in nodes {
        if grammar.is(node, role::LIST) {
            let mut cursor = node.walk();
            out.extend(node.named_children(&mut cursor).filter(|c| !c.is_extra()));
        } else {
            out.push(node);
        }
    }
    out
}
