//! Structured files of every format as one kind of tree: mappings, sequences and scalars, each with its place.
//!
//! The nodes live in one arena. An edge holds the key, so that a YAML alias can share a node instead of copying it;
//! what the tree would be without sharing is counted all the same, and bounded.

use redan_base::{Limits, SkipReason, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::found::LocalNote;
use crate::matching::Scalar;

/// The number of a node in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

/// What a node is apart from its scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Children by key, or none: a scalar or an absent value.
    Mapping,
    /// Children by position.
    Sequence,
    /// A value alone.
    Leaf,
}

/// A node. A mapping may have a value as well: an XML element with text, a property `a` beside `a.b`.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where it is written, without its key.
    pub span: Span,
    /// What it is.
    pub shape: Shape,
    /// Its value; none for `null`.
    pub scalar: Option<Scalar>,
    /// Its children in the order of the file.
    pub edges: Vec<Edge>,
    weight: u32,
    height: u32,
}

/// The way from a node to one of its children.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// The key; none in a sequence.
    pub key: Option<Key>,
    /// Where the value is written: for an alias the alias, else the node.
    pub value: Span,
    /// The child.
    pub node: NodeId,
}

impl Edge {
    /// Key and value together.
    pub(crate) fn span(&self) -> Span {
        self.key.as_ref().map_or(self.value, |k| k.span.to(self.value))
    }
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The text.
    pub text: Box<str>,
    /// Where.
    pub span: Span,
}

impl Key {
    /// A key.
    pub(crate) fn new(text: impl Into<Box<str>>, span: Span) -> Self {
        Self { text: text.into(), span }
    }
}

/// A whole file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The roots; most formats have one.
    pub documents: Vec<NodeId>,
    /// Whether dots in keys were split into nested mappings.
    pub dotted: bool,
}

impl Tree {
    /// A node.
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        // Numbers come from the builder of this very tree.
        &self.nodes[id.0 as usize]
    }

    /// Changes all places, those of keys too.
    pub(crate) fn move_to(&mut self, place: impl Fn(Span) -> Span) {
        for node in &mut self.nodes {
            node.span = place(node.span);
            for edge in &mut node.edges {
                edge.value = place(edge.value);
                if let Some(key) = &mut edge.key {
                    key.span = place(key.span);
                }
            }
        }
    }
}

/// What a format made of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parsed {
    /// What could be read.
    pub tree: Tree,
    /// What could not, in short sentences.
    pub problems: Vec<(SkipReason, String)>,
    /// Whether template marks were blanked before parsing.
    pub templated: bool,
    /// Whether a part was left out.
    pub partial: bool,
    /// What to tell about parts that were left out.
    pub notes: Vec<LocalNote>,
}

impl Parsed {
    /// Nothing, and why.
    pub(crate) fn failed((reason, detail): Problem) -> Self {
        Self { problems: vec![(reason, detail)], ..Self::default() }
    }
}

/// Why a file, or the rest of it, is not seen.
pub(crate) type Problem = (SkipReason, String);

/// A syntax error, with its line.
pub(crate) fn syntax_error(line: u32, message: &str) -> Problem {
    let message = message.lines().next().unwrap_or_default().trim();
    let short: String = message.chars().filter(|c| !c.is_control()).take(160).collect();
    (SkipReason::Syntax, format!("line {line}: {short}"))
}

/// The error of a file nested too deeply.
pub(crate) fn too_deep(limits: &Limits) -> Problem {
    (SkipReason::Limit, format!("nested more than {} levels deep", limits.tree_depth))
}

/// Builds a [`Tree`] within the limits.
#[derive(Debug)]
pub(crate) struct Builder<'l> {
    tree: Tree,
    limits: &'l Limits,
    weight: usize,
    /// For each mapping that was asked for children by key: which edge is the last under a key.
    index: Option<FxHashMap<(NodeId, Box<str>), usize>>,
    /// The sequences that [`Builder::append_to_key`] made.
    made: FxHashSet<NodeId>,
}

impl<'l> Builder<'l> {
    /// An empty tree.
    pub(crate) fn new(limits: &'l Limits) -> Self {
        let (index, made) = (None, FxHashSet::default());
        Self { tree: Tree::default(), limits, weight: 0, index, made }
    }

    /// An empty tree in which children can be looked up by key while it is built.
    pub(crate) fn indexed(limits: &'l Limits) -> Self {
        Self { index: Some(FxHashMap::default()), ..Self::new(limits) }
    }

    /// The limits.
    pub(crate) fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// A node of the tree so far.
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.tree.node(id)
    }

    /// Adds a node without children.
    pub(crate) fn add(
        &mut self,
        shape: Shape,
        scalar: Option<Scalar>,
        span: Span,
    ) -> Result<NodeId, Problem> {
        self.grow(1)?;
        let id = NodeId(self.tree.nodes.len() as u32);
        self.tree.nodes.push(Node { span, shape, scalar, edges: vec![], weight: 1, height: 1 });
        Ok(id)
    }

    /// Adds a value.
    pub(crate) fn leaf(&mut self, scalar: Option<Scalar>, span: Span) -> Result<NodeId, Problem> {
        self.add(Shape::Leaf, scalar, span)
    }

    /// Makes `child` a child of `parent`. Children are complete before they are linked, unless the format
    /// bounds the depth itself.
    pub(crate) fn link(&mut self, parent: NodeId, key: Option<Key>, child: NodeId) {
        let value = self.tree.node(child).span;
        self.push_edge(parent, Edge { key, value, node: child });
    }

    /// Makes a node that already has a place in the tree a child once more, written at `value`.
    pub(crate) fn share(
        &mut self,
        parent: NodeId,
        key: Option<Key>,
        child: NodeId,
        value: Span,
    ) -> Result<(), Problem> {
        let weight = self.tree.node(child).weight;
        self.grow(weight as usize)?;
        if self.tree.node(child).height as usize >= self.limits.tree_depth {
            return Err(too_deep(self.limits));
        }
        self.push_edge(parent, Edge { key, value, node: child });
        Ok(())
    }

    fn push_edge(&mut self, parent: NodeId, edge: Edge) {
        let (weight, height) = {
            let child = self.tree.node(edge.node);
            (child.weight, child.height)
        };
        if let Some(node) = self.tree.nodes.get_mut(parent.0 as usize) {
            node.weight = node.weight.saturating_add(weight);
            node.height = node.height.max(height.saturating_add(1));
            if let (Some(index), Some(key)) = (&mut self.index, &edge.key) {
                index.insert((parent, key.text.clone()), node.edges.len());
            }
            node.edges.push(edge);
        }
    }

    /// Sets where a node is written.
    pub(crate) fn set_span(&mut self, id: NodeId, span: Span) {
        if let Some(node) = self.tree.nodes.get_mut(id.0 as usize) {
            node.span = span;
        }
    }

    /// Gives a node a value beside its children.
    pub(crate) fn set_scalar(&mut self, id: NodeId, scalar: Option<Scalar>) {
        if let Some(node) = self.tree.nodes.get_mut(id.0 as usize) {
            node.scalar = scalar;
        }
    }

    /// The child of a mapping under a key, the last one if there are several; of an indexed builder.
    pub(crate) fn child(&self, parent: NodeId, key: &str) -> Option<NodeId> {
        self.tree.node(parent).edges.get(self.edge(parent, key)?).map(|e| e.node)
    }

    fn edge(&self, parent: NodeId, key: &str) -> Option<usize> {
        self.index.as_ref()?.get(&(parent, Box::from(key))).copied()
    }

    /// The child of a mapping under a key, made if it is not there; its place is that of what made it.
    pub(crate) fn child_or_add(
        &mut self,
        parent: NodeId,
        key: &str,
        key_span: Span,
        span: Span,
    ) -> Result<NodeId, Problem> {
        if let Some(child) = self.child(parent, key) {
            return Ok(child);
        }
        let child = self.add(Shape::Mapping, None, span)?;
        self.link(parent, Some(Key::new(key, key_span)), child);
        Ok(child)
    }

    /// Replaces the child under a key by a sequence of it and `more`; a sequence made so before just grows.
    pub(crate) fn append_to_key(
        &mut self,
        parent: NodeId,
        key: Key,
        more: NodeId,
    ) -> Result<(), Problem> {
        let known = self.edge(parent, &key.text);
        let known = known.and_then(|i| self.tree.node(parent).edges.get(i).map(|e| (i, e.node)));
        let Some((index, first)) = known else {
            self.link(parent, Some(key), more);
            return Ok(());
        };
        let sequence = if self.made.contains(&first) {
            first
        } else {
            let span = self.tree.node(first).span;
            let sequence = self.add(Shape::Sequence, None, span)?;
            self.made.insert(sequence);
            self.link(sequence, None, first);
            sequence
        };
        self.link(sequence, None, more);
        let span = self.tree.node(sequence).span.to(self.tree.node(more).span);
        self.set_span(sequence, span);
        let edge = self.tree.nodes.get_mut(parent.0 as usize).and_then(|n| n.edges.get_mut(index));
        if let Some(edge) = edge {
            edge.node = sequence;
            edge.value = span;
        }
        Ok(())
    }

    /// Ends a document.
    pub(crate) fn document(&mut self, root: NodeId) {
        self.tree.documents.push(root);
    }

    /// The tree.
    pub(crate) fn finish(self) -> Tree {
        self.tree
    }

    fn grow(&mut self, by: usize) -> Result<(), Problem> {
        self.weight = self.weight.saturating_add(by);
        if self.weight > self.limits.tree_nodes {
            let most = self.limits.tree_nodes;
            return Err((SkipReason::Limit, format!("more than {most} nodes")));
        }
        Ok(())
    }
}
