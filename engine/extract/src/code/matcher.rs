//! Compares the tree of a pattern with code.
//!
//! A search over a list of goals, each "this list of the pattern against those children" or "this node against that
//! one". It recurses over the pattern, whose size is bounded, never over code. Every way to reach the end of the goals
//! is a match.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use tree_sitter::{Node, TreeCursor};

use super::grammar::{Field, Grammar, role};
use super::pattern::{PatternNode, PatternShape, PatternTree};
use super::strings;

/// Comparisons for one node of code, after which the search for further ways ends.
const STEPS: u32 = 20_000;
/// Ways to match at one node of code that are kept.
const WAYS: usize = 256;
/// Remembered lists of children.
const REMEMBERED: usize = 8_192;

/// What a placeholder stands for.
#[derive(Debug, Clone)]
pub(crate) enum Captured<'t> {
    One(Node<'t>),
    Many(Vec<Node<'t>>),
}

/// One way to match: what each name stands for, and how far the match goes.
#[derive(Debug)]
pub(crate) struct Way<'t> {
    pub captures: Vec<Option<Captured<'t>>>,
    pub start: usize,
    pub end: usize,
}

/// A child as it is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kid<'t> {
    pub node: Node<'t>,
    field: Field,
    /// The part of [`Kids::modifiers`] that decorates it.
    decorators: (u32, u32),
}

/// The children of a node as they are compared.
#[derive(Debug, Default)]
pub(crate) struct Kids<'t> {
    list: Vec<Kid<'t>>,
    /// The node's own modifiers, then those of its children.
    modifiers: Vec<Node<'t>>,
    own: usize,
}

/// Compares patterns with the code of one file.
pub(crate) struct Matcher<'t, 's> {
    grammar: &'static Grammar,
    text: &'s str,
    cursor: TreeCursor<'t>,
    remembered: FxHashMap<usize, Rc<Kids<'t>>>,
    strings: FxHashMap<usize, Option<Rc<str>>>,
}

impl<'t, 's> Matcher<'t, 's> {
    pub fn new(grammar: &'static Grammar, text: &'s str, root: Node<'t>) -> Self {
        Self {
            grammar,
            text,
            cursor: root.walk(),
            remembered: FxHashMap::default(),
            strings: FxHashMap::default(),
        }
    }

    /// The ways in which a pattern matches at a node, and whether there were too many to try.
    pub fn ways(
        &mut self,
        tree: &PatternTree,
        names: usize,
        node: Node<'t>,
        parent: Option<Node<'t>>,
    ) -> (Vec<Way<'t>>, bool) {
        let Some(&first) = tree.roots.first() else { return (vec![], false) };
        let root = tree.node(first);
        if !self.may_be(root, node) {
            return (vec![], false);
        }
        let outside =
            parent.filter(|p| self.grammar.is(*p, role::DECORATED | role::DECORATED_ONLY));
        let wants_parent = tree.roots.len() > 1
            || matches!(&root.shape, PatternShape::Branch { modifiers, .. } if !modifiers.is_empty());
        let mut decorators = vec![];
        let mut siblings = None;
        if let Some(parent) = if tree.roots.len() > 1 { parent } else { outside }
            && wants_parent
        {
            let kids = self.kids(parent);
            if let Some(at) = kids.list.iter().position(|k| k.node.id() == node.id()) {
                decorators = kids.decorators(at).to_vec();
                siblings = Some((kids, at));
            }
        }
        let start =
            decorators.first().map_or(node.start_byte(), |d| d.start_byte().min(node.start_byte()));
        let mut search = Search {
            matcher: self,
            tree,
            captures: vec![None; names],
            ways: vec![],
            steps: 0,
            start,
            end: node.end_byte(),
        };
        if tree.roots.len() > 1 {
            let Some((kids, at)) = siblings else { return (vec![], false) };
            let goal = Goal::List { wanted: &tree.roots, kids, at, open: true, top: true };
            search.solve(Some(&Goals { goal, next: None }));
        } else {
            search.solve(Some(&Goals {
                goal: Goal::Node(root, node, Rc::from(decorators)),
                next: None,
            }));
        }
        let exhausted = search.steps > STEPS;
        (distinct(search.ways), exhausted)
    }

    /// A quick look at whether a node can be what the pattern asks for.
    fn may_be(&mut self, wanted: &PatternNode, node: Node<'t>) -> bool {
        match &wanted.shape {
            PatternShape::One(_) => node.is_named(),
            PatternShape::Many(_) => true,
            PatternShape::AnyString(_) => self.grammar.is(node, role::STRING),
            PatternShape::String(_) => self.grammar.is(node, role::STRING | role::STRING_LIST),
            PatternShape::Name(name) => {
                self.grammar.is(node, role::IDENTIFIER)
                    && self.text.get(node.byte_range()) == Some(name)
            }
            PatternShape::Leaf { kind, text } => {
                self.grammar.compared(node.kind_id()) == *kind
                    && (!node.is_named() || self.text.get(node.byte_range()) == Some(text))
            }
            PatternShape::Branch { kind, .. } => self.grammar.compared(node.kind_id()) == *kind,
        }
    }

    /// The value of a string literal without holes.
    fn string(&mut self, node: Node<'t>) -> Option<Rc<str>> {
        let (grammar, text) = (self.grammar, self.text);
        let read = || strings::plain(grammar, text, node).map(Rc::from);
        self.strings.entry(node.id()).or_insert_with(read).clone()
    }

    /// The children of a node as they are compared, remembered.
    fn kids(&mut self, node: Node<'t>) -> Rc<Kids<'t>> {
        if let Some(kids) = self.remembered.get(&node.id()) {
            return Rc::clone(kids);
        }
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        let kids = Rc::new(self.collect(node));
        self.remembered.insert(node.id(), Rc::clone(&kids));
        kids
    }

    fn collect(&mut self, node: Node<'t>) -> Kids<'t> {
        let grammar = self.grammar;
        let decorates = grammar.is(node, role::DECORATED | role::DECORATED_ONLY);
        let mut kids = Kids::default();
        let mut pending: Vec<Node<'t>> = vec![];
        let mut outer: Vec<Node<'t>> = vec![];
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            let field = self.cursor.field_id().map_or(0, |f| f.get());
            if child.is_extra() || grammar.is(child, role::IGNORED) && !child.is_named() {
            } else if grammar.is(child, role::MODIFIER_LIST) {
                let mut inner = child.walk();
                let flat = child.children(&mut inner).filter(|c| grammar.is(*c, role::MODIFIER));
                kids.modifiers.extend(flat);
            } else if grammar.is(child, role::MODIFIER) {
                if decorates { pending.push(child) } else { kids.modifiers.push(child) }
            } else {
                let mut seen = look_through(grammar, child);
                if grammar.is(seen, role::DECORATED_ONLY) {
                    let mut inner = seen.walk();
                    for part in seen.children(&mut inner) {
                        if grammar.is(part, role::MODIFIER) {
                            pending.push(part);
                        } else if part.is_named() && !part.is_extra() {
                            seen = part;
                        }
                    }
                }
                let from = outer.len() as u32;
                if seen.is_named() {
                    outer.append(&mut pending);
                }
                let decorators = (from, outer.len() as u32);
                kids.list.push(Kid { node: seen, field, decorators });
            }
            more = self.cursor.goto_next_sibling();
        }
        kids.own = kids.modifiers.len();
        kids.modifiers.append(&mut outer);
        kids
    }

    /// Whether two pieces of code are the same but for white space, comments and quotes.
    fn same(&mut self, a: Node<'t>, b: Node<'t>) -> bool {
        let (mut left, mut right) = (vec![a], vec![b]);
        for _ in 0..STEPS {
            match (left.pop(), right.pop()) {
                (None, None) => return true,
                (Some(x), Some(y)) => {
                    if self.grammar.is(x, role::STRING)
                        && self.grammar.is(y, role::STRING)
                        && let (Some(s), Some(t)) = (self.string(x), self.string(y))
                    {
                        if s != t {
                            return false;
                        }
                        continue;
                    }
                    let (xs, ys) = (self.kids(x), self.kids(y));
                    if xs.list.len() != ys.list.len() {
                        return false;
                    }
                    if xs.list.is_empty()
                        && self.text.get(x.byte_range()) != self.text.get(y.byte_range())
                    {
                        return false;
                    }
                    left.extend(xs.list.iter().map(|k| k.node));
                    right.extend(ys.list.iter().map(|k| k.node));
                }
                (Some(_), None) | (None, Some(_)) => return false,
            }
        }
        false
    }
}

impl<'t> Kids<'t> {
    fn decorators(&self, at: usize) -> &[Node<'t>] {
        let Some(kid) = self.list.get(at) else { return &[] };
        let (from, to) = (kid.decorators.0 as usize, kid.decorators.1 as usize);
        self.modifiers.get(self.own + from..self.own + to).unwrap_or(&[])
    }
}

/// The expression in parentheses.
fn look_through<'t>(grammar: &Grammar, mut node: Node<'t>) -> Node<'t> {
    while grammar.is(node, role::PARENTHESES) {
        let mut cursor = node.walk();
        let inner = node.named_children(&mut cursor).find(|c| !c.is_extra());
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

enum Goal<'p, 't> {
    /// This node against that one, with the decorators outside it.
    Node(&'p PatternNode, Node<'t>, Rc<[Node<'t>]>),
    /// The wanted nodes against the children from `at` on.
    List { wanted: &'p [usize], kids: Rc<Kids<'t>>, at: usize, open: bool, top: bool },
    /// The wanted modifiers among these, of which some are taken.
    Modifiers { wanted: &'p [usize], there: Rc<[Node<'t>]>, taken: u64 },
}

struct Goals<'g, 'p, 't> {
    goal: Goal<'p, 't>,
    next: Option<&'g Goals<'g, 'p, 't>>,
}

struct Search<'m, 'p, 't, 's> {
    matcher: &'m mut Matcher<'t, 's>,
    tree: &'p PatternTree,
    captures: Vec<Option<Captured<'t>>>,
    ways: Vec<Way<'t>>,
    steps: u32,
    start: usize,
    end: usize,
}

impl<'p, 't> Search<'_, 'p, 't, '_> {
    fn solve(&mut self, goals: Option<&Goals<'_, 'p, 't>>) {
        self.steps += 1;
        if self.steps > STEPS || self.ways.len() >= WAYS {
            self.steps = self.steps.max(STEPS + 1);
            return;
        }
        let Some(Goals { goal, next }) = goals else {
            let captures = self.captures.clone();
            self.ways.push(Way { captures, start: self.start, end: self.end });
            return;
        };
        match goal {
            Goal::Node(wanted, node, decorators) => self.node(wanted, *node, decorators, *next),
            Goal::List { wanted, kids, at, open, top } => {
                self.list(wanted, kids, *at, (*open, *top), *next);
            }
            Goal::Modifiers { wanted, there, taken } => {
                let Some((&first, rest)) = wanted.split_first() else { return self.solve(*next) };
                let wanted = self.tree.node(first);
                for (i, &node) in there.iter().enumerate().take(64) {
                    if taken & (1 << i) == 0 && self.matcher.may_be(wanted, node) {
                        let others = Goal::Modifiers {
                            wanted: rest,
                            there: Rc::clone(there),
                            taken: taken | (1 << i),
                        };
                        let others = Goals { goal: others, next: *next };
                        self.node(wanted, node, &Rc::from([]), Some(&others));
                    }
                }
            }
        }
    }

    fn node(
        &mut self,
        wanted: &'p PatternNode,
        node: Node<'t>,
        decorators: &Rc<[Node<'t>]>,
        next: Option<&Goals<'_, 'p, 't>>,
    ) {
        if !self.matcher.may_be(wanted, node) {
            return;
        }
        match &wanted.shape {
            PatternShape::One(capture) => self.bind(*capture, Captured::One(node), next),
            PatternShape::Many(capture) => self.bind(*capture, Captured::Many(vec![node]), next),
            PatternShape::AnyString(capture) => self.bind(*capture, Captured::One(node), next),
            PatternShape::String(value) => {
                if self.matcher.string(node).as_deref() == Some(value) {
                    self.solve(next);
                }
            }
            PatternShape::Name(_) | PatternShape::Leaf { .. } => self.solve(next),
            PatternShape::Branch { children, modifiers, open, .. } => {
                let kids = self.matcher.kids(node);
                let own = kids.modifiers.get(..kids.own).unwrap_or(&[]);
                if modifiers.len() > own.len() + decorators.len() {
                    return;
                }
                let there: Rc<[Node<'t>]> = if modifiers.is_empty() {
                    Rc::from([])
                } else {
                    own.iter().chain(decorators.iter()).copied().collect()
                };
                let list = Goal::List { wanted: children, kids, at: 0, open: *open, top: false };
                let list = Goals { goal: list, next };
                if modifiers.is_empty() {
                    self.solve(Some(&list));
                } else {
                    let goal = Goal::Modifiers { wanted: modifiers, there, taken: 0 };
                    self.solve(Some(&Goals { goal, next: Some(&list) }));
                }
            }
        }
    }

    fn list(
        &mut self,
        wanted: &'p [usize],
        kids: &Rc<Kids<'t>>,
        at: usize,
        (open, top): (bool, bool),
        next: Option<&Goals<'_, 'p, 't>>,
    ) {
        let rest = kids.list.get(at..).unwrap_or(&[]);
        let Some((&first, others)) = wanted.split_first() else {
            if top && let Some(last) = at.checked_sub(1).and_then(|i| kids.list.get(i)) {
                self.end = last.node.end_byte();
            }
            if open || rest.iter().all(|k| self.may_lack(k)) {
                self.solve(next);
            }
            return;
        };
        let first = self.tree.node(first);
        let following = |at| Goal::List { wanted: others, kids: Rc::clone(kids), at, open, top };
        if let PatternShape::Many(capture) = first.shape {
            // Brackets and words of the language end what three dollars can stand for.
            let longest = rest.iter().position(|k| !k.node.is_named()).unwrap_or(rest.len());
            let token = |i: &usize| match &self.tree.node(*i).shape {
                PatternShape::Leaf { kind, .. } => !self.matcher.grammar.named(*kind),
                _ => false,
            };
            let to_the_end = others.first().map_or(!open, token);
            let least = if to_the_end { longest } else { 0 };
            for length in least..=longest {
                let nodes = || rest.iter().take(length).map(|k| k.node).collect();
                let goals = Goals { goal: following(at + length), next };
                match capture {
                    Some(_) => self.bind(capture, Captured::Many(nodes()), Some(&goals)),
                    None => self.solve(Some(&goals)),
                }
            }
            return;
        }
        let mut there = false;
        for (i, kid) in rest.iter().enumerate() {
            let in_place = first.field == kid.field || first.field == 0;
            if in_place && self.matcher.may_be(first, kid.node) {
                there = true;
                let goals = Goals { goal: following(at + i + 1), next };
                let decorators = Rc::from(kids.decorators(at + i));
                self.node(first, kid.node, &decorators, Some(&goals));
            }
            if !self.may_lack(kid) {
                break;
            }
        }
        if first.omittable && !there {
            // What is missing with its brackets holds nothing.
            let inside: &[usize] = match &first.shape {
                PatternShape::Branch { children, .. } => children,
                _ => &[],
            };
            let names = inside.iter().filter_map(|i| match self.tree.node(*i).shape {
                PatternShape::Many(capture) => capture,
                _ => None,
            });
            let name = names.into_iter().next();
            let goals = Goals { goal: following(at), next };
            self.bind(name, Captured::Many(vec![]), Some(&goals));
        }
    }

    /// Whether code may have this child where the pattern says nothing about it.
    fn may_lack(&self, kid: &Kid<'t>) -> bool {
        self.matcher.grammar.is(kid.node, role::OPTIONAL)
            || self.matcher.grammar.optional_field(kid.field)
    }

    /// Goes on with a name bound, unless it stands for other code already.
    fn bind(
        &mut self,
        capture: Option<usize>,
        value: Captured<'t>,
        next: Option<&Goals<'_, 'p, 't>>,
    ) {
        let Some(number) = capture else { return self.solve(next) };
        let Some(before) = self.captures.get(number).cloned() else { return };
        if let Some(before) = before {
            let (xs, ys) = (before.nodes(), value.nodes());
            if xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| self.matcher.same(*x, *y)) {
                self.solve(next);
            }
            return;
        }
        if let Some(slot) = self.captures.get_mut(number) {
            *slot = Some(value);
        }
        self.solve(next);
        if let Some(slot) = self.captures.get_mut(number) {
            *slot = None;
        }
    }
}

impl<'t> Captured<'t> {
    /// The nodes.
    pub fn nodes(&self) -> &[Node<'t>] {
        match self {
            Self::One(node) => std::slice::from_ref(node),
            Self::Many(nodes) => nodes,
        }
    }
}

/// Leaves out ways that differ in nothing that has a name.
fn distinct(ways: Vec<Way<'_>>) -> Vec<Way<'_>> {
    if ways.len() < 2 {
        return ways;
    }
    let key = |way: &Way<'_>| -> Vec<Option<Vec<usize>>> {
        let ids = |c: &Captured<'_>| c.nodes().iter().map(|n| n.id()).collect();
        way.captures.iter().map(|c| c.as_ref().map(ids)).collect()
    };
    let mut seen = rustc_hash::FxHashSet::default();
    ways.into_iter().filter(|w| seen.insert(key(w))).collect()
}
