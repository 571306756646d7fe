//! Code patterns: from the text in a pack to a small tree that [`super::matcher`] compares with code.
//!
//! # What a pattern means
//!
//! A pattern is code of the language with placeholders: `$x` is any one node, `$_` too but without a name, `$$$`
//! and `$$$xs` are any number of nodes side by side. The same `$x` twice must be equal code. A pattern may be an
//! expression, a statement, a declaration with or without its body, a member of a class, a decorator alone, a pair of an
//! object, or several statements one after the other (with `$$$` for those between).
//!
//! - Kinds of nodes, names, operators and keywords must agree. Comments, white space, separators, trailing commas,
//!   semicolons, parentheses around an expression and the style of quotes do not count. A pattern of a statement that holds an
//!   expression alone is that expression, wherever it stands.
//! - What a pattern does not speak of may be there: types and type arguments, `async`, `export`, modifiers, annotations,
//!   decorators, base classes, thrown types, return types.
//! - Modifiers, annotations and decorators that it does name must all be there, in any order, among any others.
//! - Every other list is complete: `f($a)` has one argument. `f($a, $$$)` has at least one.
//! - A list of an annotation's arguments that is nothing but `$$$` may be missing with its parentheses.
//! - Each way to fill the placeholders is a match of its own: `f($$$, $x, $$$)` gives one for each argument.
//! - `"$x"` is any string literal. Within longer strings a dollar is a dollar.
//! - A declaration that reads the same in two places means both: `String $x = $v;` is a field and a variable.

use std::ops::Range;

use redan_base::Limits;
use tree_sitter::{Node, Tree};

use super::grammar::{Field, Grammar, role};
use super::parse;
use super::placeholders::{Attempt, Placeholder, Search, scan};
use super::strings;

/// Deeper patterns are refused: their comparison recurses.
const DEPTH: usize = 120;
/// Larger patterns are refused.
const NODES: usize = 2_000;
/// Longer patterns are refused.
const BYTES: usize = 20_000;

/// A pattern in one grammar: one tree for each of its meanings.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub trees: Vec<PatternTree>,
}

/// A pattern as a tree.
#[derive(Debug, Default)]
pub(crate) struct PatternTree {
    nodes: Vec<PatternNode>,
    /// What must stand side by side; mostly one.
    pub roots: Vec<usize>,
}

/// A node of a pattern.
#[derive(Debug)]
pub(crate) struct PatternNode {
    pub shape: PatternShape,
    /// Where it stands in its parent; 0 is nowhere in particular.
    pub field: Field,
    /// Whether code may lack it.
    pub omittable: bool,
}

/// What a pattern's node asks for.
#[derive(Debug)]
pub(crate) enum PatternShape {
    /// `$x`: any named node, captured under this number.
    One(Option<usize>),
    /// `$$$`.
    Many(Option<usize>),
    /// `"$x"`: any string literal.
    AnyString(Option<usize>),
    /// A string literal of this value.
    String(String),
    /// A name.
    Name(String),
    /// A token, or a node without children.
    Leaf { kind: u16, text: String },
    /// A node with children.
    Branch {
        kind: u16,
        children: Vec<usize>,
        modifiers: Vec<usize>,
        /// More children may follow.
        open: bool,
    },
}

/// Why a text is no pattern, and where in it.
#[derive(Debug)]
pub(crate) enum PatternError {
    /// It does not parse here.
    Syntax(Range<usize>),
    /// It is a placeholder alone, or a list of them.
    MatchesAnything,
    /// A name is used both with one and with three dollars.
    OneAndMany(Range<usize>),
    /// It is too large or nested too deeply.
    TooLarge,
}

impl PatternTree {
    /// A node.
    pub fn node(&self, index: usize) -> &PatternNode {
        static ANY: PatternNode =
            PatternNode { shape: PatternShape::Many(None), field: 0, omittable: false };
        // Indices come from the builder alone, so this default is never seen.
        self.nodes.get(index).unwrap_or(&ANY)
    }

    /// The names and texts that code must contain.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = vec![];
        for node in &self.nodes {
            match &node.shape {
                PatternShape::Name(name) => words.push(name.clone()),
                PatternShape::String(text) => {
                    // Other characters may be written as escapes.
                    let plain = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-';
                    words.extend(text.split(plain).max_by_key(|w| w.len()).map(str::to_owned));
                }
                PatternShape::One(_)
                | PatternShape::Many(_)
                | PatternShape::AnyString(_)
                | PatternShape::Leaf { .. }
                | PatternShape::Branch { .. } => {}
            }
        }
        words.retain(|w| w.len() > 1);
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// The names of a pattern's captures, sorted, and whether they are fit to be captured.
pub(crate) fn names(pattern: &str) -> Result<Vec<String>, PatternError> {
    let placeholders = scan(pattern);
    let mut names: Vec<String> = vec![];
    for p in &placeholders {
        let Some(name) = &p.name else { continue };
        let unlike = |o: &&Placeholder| o.name.as_ref() == Some(name) && o.many != p.many;
        if let Some(other) = placeholders.iter().find(unlike) {
            return Err(PatternError::OneAndMany(
                other.range.start.max(p.range.start)..other.range.end.max(p.range.end),
            ));
        }
        names.push(name.clone());
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Compiles a pattern; `names` are those of [`names`].
pub(crate) fn compile(
    grammar: &'static Grammar,
    pattern: &str,
    names: &[String],
) -> Result<Pattern, PatternError> {
    if pattern.len() > BYTES {
        return Err(PatternError::TooLarge);
    }
    let placeholders = scan(pattern);
    let shape = &grammar.language.shape;
    let mut trees: Vec<PatternTree> = vec![];
    let mut error = None;
    for (i, &context) in shape.contexts.iter().chain(shape.last_contexts).enumerate() {
        if !trees.is_empty() && (i >= shape.contexts.len() || !shape.alternatives) {
            break;
        }
        let mut search = Search::new(pattern, &placeholders, shape.placeholders);
        while let Some(choice) = search.next() {
            let around: Vec<(&str, &str)> =
                choice.iter().filter_map(|f| shape.placeholders.get(*f).copied()).collect();
            let attempt = Attempt::new(pattern, &placeholders, context, &around);
            let builder =
                Builder { grammar, attempt: &attempt, placeholders: &placeholders, names };
            match builder.tree() {
                Ok(Some((tree, expression))) => {
                    let root = |t: &PatternTree| t.roots.first().map(|r| root_kind(t, *r));
                    if trees.iter().all(|t| root(t) != root(&tree)) {
                        trees.push(tree);
                    }
                    if expression {
                        return Ok(Pattern { trees });
                    }
                    break;
                }
                Ok(None) => search.failed(&choice, pattern.len()),
                Err(PatternError::Syntax(place)) => {
                    search.failed(&choice, place.start);
                    error.get_or_insert(PatternError::Syntax(place));
                }
                Err(e) => return Err(e),
            }
        }
    }
    if trees.is_empty() {
        return Err(error.unwrap_or(PatternError::Syntax(0..pattern.len())));
    }
    Ok(Pattern { trees })
}

fn root_kind(tree: &PatternTree, root: usize) -> u16 {
    match &tree.node(root).shape {
        PatternShape::Leaf { kind, .. } | PatternShape::Branch { kind, .. } => *kind,
        _ => 0,
    }
}

struct Builder<'a> {
    grammar: &'static Grammar,
    attempt: &'a Attempt,
    placeholders: &'a [Placeholder],
    names: &'a [String],
}

impl Builder<'_> {
    /// The tree, and whether it is an expression. None if it parses but means something else than was written.
    fn tree(&self) -> Result<Option<(PatternTree, bool)>, PatternError> {
        let Some(parsed) = parse::parse(self.grammar, &self.attempt.text, &Limits::default())
        else {
            return Err(PatternError::TooLarge);
        };
        if parsed.root_node().has_error() {
            return Err(PatternError::Syntax(self.first_error(&parsed)));
        }
        let (nodes, expression) = self.effective_roots(&parsed);
        if nodes.iter().any(|n| self.grammar.language.shape.unwanted.contains(&n.kind())) {
            return Ok(None);
        }
        check_size(&parsed)?;
        let mut out = PatternTree::default();
        let mut realised = vec![false; self.placeholders.len()];
        let kids = self.kids(&nodes, true);
        for kid in &kids {
            let root = self.build(&mut out, kid, &mut realised);
            out.roots.push(root);
        }
        if !realised.iter().all(|r| *r) || out.roots.is_empty() {
            return Ok(None);
        }
        let free =
            |shape: &PatternShape| matches!(shape, PatternShape::One(_) | PatternShape::Many(_));
        if free(&out.node(out.roots.first().copied().unwrap_or(0)).shape) {
            return Err(PatternError::MatchesAnything);
        }
        if out.roots.len() == 1 {
            // The root may stand anywhere.
            if let Some(root) = out.roots.first().and_then(|r| out.nodes.get_mut(*r)) {
                root.field = 0;
            }
        }
        Ok(Some((out, expression)))
    }

    /// The nodes that the pattern is, without what only surrounds them.
    fn effective_roots<'t>(&self, tree: &'t Tree) -> (Vec<Node<'t>>, bool) {
        let text = self.attempt.text.get(self.attempt.range.clone()).unwrap_or("");
        let from = self.attempt.range.start + (text.len() - text.trim_start().len());
        let to = self.attempt.range.start + text.trim_end().len();
        let mut node = tree.root_node();
        let mut expression = false;
        loop {
            // Down to the only child that covers the pattern, as long as the rest is nothing that counts.
            let children = children(node);
            let covering = children
                .iter()
                .find(|c| c.start_byte() <= from && c.end_byte() >= to && c.is_named());
            if let Some(child) = covering {
                if self.is_placeholder(*child).is_some() {
                    return (vec![*child], expression);
                }
                expression |= self.grammar.is(node, role::EXPRESSION_STATEMENT);
                node = *child;
                continue;
            }
            let holds_modifiers = self.grammar.is(node, role::MODIFIER_LIST);
            let inside: Vec<Node<'t>> = children
                .iter()
                .copied()
                .filter(|c| c.start_byte() < to && c.end_byte() > from && !self.ignored(*c))
                .filter(|c| c.is_named() || !holds_modifiers)
                .collect();
            let only = match inside.as_slice() {
                [one] if one.is_named() && self.descends(node) => Some(*one),
                _ => None,
            };
            if let Some(child) = only {
                expression |= self.grammar.is(node, role::EXPRESSION_STATEMENT);
                node = child;
                continue;
            }
            // A node that begins or ends outside the pattern is only there to hold it, unless the pattern is its head.
            let starts_before = node.start_byte() < from;
            let holds =
                starts_before || node.parent().is_none() || self.grammar.is(node, role::LIST);
            return if holds { (inside, expression) } else { (vec![node], expression) };
        }
    }

    /// Whether a node with one meaningful child is nothing but that child.
    fn descends(&self, node: Node<'_>) -> bool {
        self.grammar.is(
            node,
            role::EXPRESSION_STATEMENT | role::LIST | role::MODIFIER_LIST | role::PARENTHESES,
        ) || node.parent().is_none()
            || children(node).iter().all(|c| c.is_named() || self.ignored(*c))
                && node.named_child_count() == 1
    }

    fn ignored(&self, node: Node<'_>) -> bool {
        node.is_extra()
            || self.grammar.is(node, role::IGNORED) && !node.is_named()
            || node.byte_range().is_empty()
    }

    /// The placeholder that a node is.
    fn is_placeholder(&self, node: Node<'_>) -> Option<usize> {
        let number = self.attempt.outer.iter().position(|o| *o == node.byte_range())?;
        (!self.grammar.is(node, role::LIST | role::VERBATIM)).then_some(number)
    }

    /// Children as they are compared: without what is ignored, parentheses looked through, decorators at what
    /// they decorate.
    fn kids<'t>(&self, nodes: &[Node<'t>], top: bool) -> Vec<Kid<'t>> {
        let mut kids: Vec<Kid<'t>> = vec![];
        let mut pending = vec![];
        for &node in nodes {
            if self.ignored(node) {
                continue;
            }
            let field = field_of(node);
            if self.grammar.is(node, role::MODIFIER) && !(top && nodes.len() == 1) {
                pending.push(node);
            } else if node.is_named() {
                let mut inner = node;
                if self.grammar.is(node, role::DECORATED_ONLY)
                    && self.is_placeholder(node).is_none()
                {
                    for child in children(node) {
                        if self.grammar.is(child, role::MODIFIER) {
                            pending.push(child);
                        } else if child.is_named() && !child.is_extra() {
                            inner = child;
                        }
                    }
                }
                kids.push(Kid { node: inner, field, modifiers: std::mem::take(&mut pending) });
            } else {
                kids.push(Kid { node, field, modifiers: vec![] });
            }
        }
        if let (Some(last), false) = (kids.last_mut(), pending.is_empty()) {
            last.modifiers.append(&mut pending);
        }
        kids
    }

    fn build(&self, out: &mut PatternTree, kid: &Kid<'_>, realised: &mut Vec<bool>) -> usize {
        let (node, field) = (kid.node, kid.field);
        if let Some(number) = self.is_placeholder(node) {
            if let Some(slot) = realised.get_mut(number) {
                *slot = true;
            }
            return push(out, self.placeholder(number), field);
        }
        let shown = self.attempt.shown.get(node.byte_range()).unwrap_or("");
        if self.grammar.is(node, role::STRING) {
            let inside: Vec<usize> = self.placeholders_in(node.byte_range());
            if !self.has_holes(node) {
                for i in &inside {
                    if let Some(slot) = realised.get_mut(*i) {
                        *slot = true;
                    }
                }
                let value =
                    strings::plain(self.grammar, &self.attempt.shown, node).unwrap_or_default();
                let whole = inside.first().filter(|i| {
                    self.attempt.inner.get(**i).and_then(|r| self.attempt.shown.get(r.clone()))
                        == Some(value.as_str())
                });
                let shape = match whole {
                    Some(&i) => PatternShape::AnyString(self.capture(i)),
                    None => PatternShape::String(value),
                };
                return push(out, shape, field);
            }
        }
        if self.grammar.is(node, role::PARENTHESES) {
            let inner: Vec<Node<'_>> =
                children(node).into_iter().filter(|c| c.is_named() && !c.is_extra()).collect();
            if let [one] = inner.as_slice() {
                let kid = Kid { node: *one, field, modifiers: vec![] };
                return self.build(out, &kid, realised);
            }
        }
        if node.child_count() == 0 {
            let shape = if self.grammar.is(node, role::IDENTIFIER) {
                PatternShape::Name(shown.to_owned())
            } else {
                PatternShape::Leaf {
                    kind: self.grammar.compared(node.kind_id()),
                    text: shown.to_owned(),
                }
            };
            return push(out, shape, field);
        }
        self.branch(out, kid, realised)
    }

    fn branch(&self, out: &mut PatternTree, kid: &Kid<'_>, realised: &mut Vec<bool>) -> usize {
        let node = kid.node;
        let all = children(node);
        let inside: Vec<Node<'_>> =
            all.iter().copied().filter(|c| c.start_byte() < self.attempt.range.end).collect();
        let open = inside.len() < all.len();
        let mut modifier_nodes: Vec<Node<'_>> = kid.modifiers.clone();
        let (own, rest) = self.split_modifiers(node, &inside);
        modifier_nodes.extend(own);
        let mut flat = vec![];
        for modifier in modifier_nodes {
            if self.grammar.is(modifier, role::MODIFIER_LIST) {
                flat.extend(
                    children(modifier).into_iter().filter(|c| self.grammar.is(*c, role::MODIFIER)),
                );
            } else {
                flat.push(modifier);
            }
        }
        let modifiers: Vec<usize> = flat
            .into_iter()
            .map(|m| self.build(out, &Kid { node: m, field: 0, modifiers: vec![] }, realised))
            .collect();
        let children: Vec<usize> =
            self.kids(&rest, false).iter().map(|k| self.build(out, k, realised)).collect();
        // `$$$;` is a statement that holds a placeholder alone: the placeholder.
        if self.grammar.is(node, role::EXPRESSION_STATEMENT)
            && let [only] = children.as_slice()
            && matches!(out.node(*only).shape, PatternShape::Many(_))
        {
            if let Some(slot) = out.nodes.get_mut(*only) {
                slot.field = kid.field;
            }
            return *only;
        }
        let shape = &self.grammar.language.shape;
        let many = |i: &usize| matches!(out.node(*i).shape, PatternShape::Many(_));
        let omittable = shape.omittable.contains(&node.kind())
            && children.iter().any(many)
            && children.iter().all(|i| many(i) || is_token(out.node(*i)));
        let kind = self.grammar.compared(node.kind_id());
        let index = push(out, PatternShape::Branch { kind, children, modifiers, open }, kid.field);
        if let Some(slot) = out.nodes.get_mut(index) {
            slot.omittable = omittable;
        }
        index
    }

    /// The children that modify the node itself, and the others.
    fn split_modifiers<'t>(
        &self,
        node: Node<'t>,
        children: &[Node<'t>],
    ) -> (Vec<Node<'t>>, Vec<Node<'t>>) {
        let (mut own, mut rest) = (vec![], vec![]);
        for &child in children {
            let modifies = self.grammar.is(child, role::MODIFIER_LIST)
                || self.grammar.is(child, role::MODIFIER)
                    && !self.grammar.is(node, role::DECORATED | role::DECORATED_ONLY);
            if modifies && !self.grammar.is(node, role::MODIFIER_LIST) {
                own.push(child);
            } else {
                rest.push(child);
            }
        }
        (own, rest)
    }

    fn has_holes(&self, node: Node<'_>) -> bool {
        children(node).iter().any(|c| self.grammar.is(*c, role::SUBSTITUTION))
    }

    fn placeholders_in(&self, range: Range<usize>) -> Vec<usize> {
        let inside = |r: &Range<usize>| range.start <= r.start && r.end <= range.end;
        (0..self.placeholders.len())
            .filter(|i| self.attempt.inner.get(*i).is_some_and(inside))
            .collect()
    }

    fn capture(&self, number: usize) -> Option<usize> {
        let name = self.placeholders.get(number)?.name.as_ref()?;
        self.names.binary_search(name).ok()
    }

    fn placeholder(&self, number: usize) -> PatternShape {
        let many = self.placeholders.get(number).is_some_and(|p| p.many);
        let capture = self.capture(number);
        if many { PatternShape::Many(capture) } else { PatternShape::One(capture) }
    }

    /// The word of the pattern at which the parser first lost its way.
    fn first_error(&self, tree: &Tree) -> Range<usize> {
        let mut place = None;
        let mut cursor = tree.walk();
        'walk: loop {
            let node = cursor.node();
            if node.is_missing() || node.is_error() {
                place = Some(node.byte_range());
                break;
            }
            if node.has_error() && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
            }
        }
        let place = place.unwrap_or(self.attempt.range.clone());
        let at = |o| self.attempt.in_pattern(o, self.placeholders);
        at(place.start)..at(place.end)
    }
}

struct Kid<'t> {
    node: Node<'t>,
    field: Field,
    modifiers: Vec<Node<'t>>,
}

fn is_token(node: &PatternNode) -> bool {
    matches!(&node.shape, PatternShape::Leaf { text, .. } if matches!(text.as_str(), "(" | ")" | "[" | "]" | "<" | ">"))
}

fn push(out: &mut PatternTree, shape: PatternShape, field: Field) -> usize {
    out.nodes.push(PatternNode { shape, field, omittable: false });
    out.nodes.len() - 1
}

/// All children of a node of a pattern, which is small.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

fn field_of(node: Node<'_>) -> Field {
    let Some(parent) = node.parent() else { return 0 };
    let mut cursor = parent.walk();
    let mut more = cursor.goto_first_child();
    while more {
        if cursor.node().id() == node.id() {
            return cursor.field_id().map_or(0, |f| f.get());
        }
        more = cursor.goto_next_sibling();
    }
    0
}

fn check_size(tree: &Tree) -> Result<(), PatternError> {
    let mut cursor = tree.walk();
    let mut nodes = 0;
    loop {
        nodes += 1;
        if nodes > NODES || cursor.depth() as usize > DEPTH {
            return Err(PatternError::TooLarge);
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Ok(());
            }
        }
    }
}
