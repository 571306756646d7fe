//! One diagram: its nodes, edges and groups, whatever language drew it, and the tree that they become.

use redan_base::{Limits, Span};
use rustc_hash::FxHashMap;

use super::Broken;
use super::label::Label;
use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Problem, Shape};

/// A diagram.
pub(super) struct Drawing<'t> {
    /// The sort of diagram: `flowchart`, `sequence`, `c4`, `structure`.
    notation: &'static str,
    span: Span,
    limits: &'t Limits,
    nodes: Vec<Element>,
    groups: Vec<Element>,
    edges: Vec<Edge>,
    /// The number of a node, and of a group, by id.
    node_ids: FxHashMap<String, usize>,
    group_ids: FxHashMap<String, usize>,
    /// The open groups, from outside in, each with the number of its place in the text.
    open: Vec<usize>,
}

/// A node or a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    /// The name by which the diagram refers to it.
    pub id: String,
    /// What people read.
    pub label: Label,
    /// The word or form that the diagram uses for it.
    pub shape: String,
    /// What it is built with, where the notation has a place for that.
    pub technology: String,
    /// What it does, where the notation has a place for that.
    pub description: String,
    /// Marks: stereotypes, tags, classes.
    pub tags: Vec<String>,
    /// Where.
    pub span: Span,
    /// The group around it.
    pub group: Option<usize>,
    /// Whether a statement declares it; else only edges name it.
    pub declared: bool,
    /// Whether it is a group with something in it.
    pub filled: bool,
}

/// An edge.
#[derive(Debug, Clone, Default)]
pub(super) struct Edge {
    /// The id of the node or group that it leaves.
    pub from: String,
    /// The id of the node or group that it leads to.
    pub to: String,
    /// The text at it.
    pub label: Label,
    /// The technology or protocol, where the notation has a place for that.
    pub technology: String,
    /// `forward`, `both` or `none`.
    pub direction: &'static str,
    /// `solid`, `dashed` or `thick`.
    pub style: &'static str,
    /// Where.
    pub span: Span,
}

impl<'t> Drawing<'t> {
    /// An empty diagram.
    pub(super) fn new(notation: &'static str, span: Span, limits: &'t Limits) -> Self {
        Self {
            notation,
            span,
            limits,
            nodes: vec![],
            groups: vec![],
            edges: vec![],
            node_ids: FxHashMap::default(),
            group_ids: FxHashMap::default(),
            open: vec![],
        }
    }

    /// How many edges there are.
    pub(super) fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Whether a node or group of this id is known.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.node_ids.contains_key(id) || self.group_ids.contains_key(id)
    }

    /// How many groups are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// A node that a statement declares. What an edge said of it before is completed; the first declaration counts.
    pub(super) fn declare(&mut self, mut element: Element) {
        element.declared = true;
        element.group = self.open.last().copied();
        self.fill();
        match self.node_ids.get(&element.id).copied() {
            Some(number) => {
                if let Some(known) = self.nodes.get_mut(number) {
                    if !known.declared {
                        element.group = element.group.or(known.group);
                        *known = element;
                    } else if known.group.is_none() {
                        known.group = element.group;
                    }
                }
            }
            None => self.push(element),
        }
    }

    /// A node that an edge names; it gets its id as its label unless a statement declares it.
    pub(super) fn mention(&mut self, id: &str, shape: &str, span: Span) {
        if self.knows(id) {
            return;
        }
        let (id, shape) = (id.to_owned(), shape.to_owned());
        let label = Label::new(&id);
        let group = self.open.last().copied();
        self.fill();
        self.push(Element { id, label, shape, span, group, ..Element::default() });
    }

    fn push(&mut self, element: Element) {
        self.node_ids.insert(element.id.clone(), self.nodes.len());
        self.nodes.push(element);
    }

    /// Puts a node that is known and in no group into the group that is open.
    pub(super) fn place(&mut self, id: &str) {
        let group = self.open.last().copied();
        let node = self.node_ids.get(id).and_then(|n| self.nodes.get_mut(*n));
        if let (Some(node), true) = (node, group.is_some())
            && node.group.is_none()
        {
            node.group = group;
            self.fill();
        }
    }

    fn fill(&mut self) {
        if let Some(group) = self.open.last().and_then(|g| self.groups.get_mut(*g)) {
            group.filled = true;
        }
    }

    /// Begins a group. One without anything in it is a node in the end.
    pub(super) fn open(&mut self, mut group: Element) -> Result<(), Broken> {
        if self.open.len() >= self.limits.tree_depth {
            let most = self.limits.tree_depth;
            return Err((group.span, format!("it is nested more than {most} levels deep")));
        }
        self.fill();
        group.group = self.open.last().copied();
        let number = self.groups.len();
        self.group_ids.entry(group.id.clone()).or_insert(number);
        self.groups.push(group);
        self.open.push(number);
        Ok(())
    }

    /// Begins a group, or goes on with the one of its id.
    pub(super) fn enter(&mut self, group: Element) -> Result<(), Broken> {
        match self.group_ids.get(&group.id).copied() {
            Some(number) => {
                self.fill();
                self.open.push(number);
                Ok(())
            }
            None => self.open(group),
        }
    }

    /// The group that is open.
    pub(super) fn innermost(&mut self) -> Option<&mut Element> {
        let number = *self.open.last()?;
        self.groups.get_mut(number)
    }

    /// The node of an id.
    pub(super) fn node_mut(&mut self, id: &str) -> Option<&mut Element> {
        self.nodes.get_mut(*self.node_ids.get(id)?)
    }

    /// The node or group of an id.
    pub(super) fn element(&self, id: &str) -> Option<&Element> {
        let node = self.node_ids.get(id).and_then(|n| self.nodes.get(*n));
        let group = self.group_ids.get(id).and_then(|n| self.groups.get(*n));
        node.filter(|n| n.declared).or(group).or(node)
    }

    /// Ends the group that was opened last; false if none is open.
    pub(super) fn close(&mut self) -> bool {
        self.open.pop().is_some()
    }

    /// An edge between what its ends name.
    pub(super) fn edge(&mut self, edge: Edge) {
        self.edges.push(edge);
    }

    /// Whether the diagram is whole.
    pub(super) fn check(&self) -> Result<(), Broken> {
        match self.open.last().and_then(|g| self.groups.get(*g)) {
            Some(group) => Err((group.span, "what is opened here is never closed".to_owned())),
            None => Ok(()),
        }
    }

    /// The diagram as a document of a tree.
    pub(super) fn build(mut self, builder: &mut Builder<'_>) -> Result<(), Problem> {
        self.settle();
        let root = builder.add(Shape::Mapping, None, self.span)?;
        let at = self.span.start;
        for (name, elements) in [("nodes", &self.nodes), ("groups", &self.groups)] {
            let list = builder.add(Shape::Sequence, None, self.span)?;
            for element in elements {
                let node = self.element_node(builder, element)?;
                builder.link(list, None, node);
            }
            builder.link(root, Some(key(name, self.span)), list);
        }
        let list = builder.add(Shape::Sequence, None, self.span)?;
        for edge in &self.edges {
            let (Some(from), Some(to)) = (self.element(&edge.from), self.element(&edge.to)) else {
                continue;
            };
            let node = builder.add(Shape::Mapping, None, edge.span)?;
            let mut field = |name: &str, value: &str| text(builder, node, name, value, edge.span);
            field("from", &from.id)?;
            field("to", &to.id)?;
            field("from_label", &from.label.text())?;
            field("to_label", &to.label.text())?;
            field("label", &edge.label.text())?;
            field("technology", &edge.technology)?;
            field("direction", edge.direction)?;
            field("style", edge.style)?;
            field("notation", self.notation)?;
            number(builder, node, at, edge.span)?;
            builder.link(list, None, node);
        }
        builder.link(root, Some(key("edges", self.span)), list);
        builder.document(root);
        Ok(())
    }

    /// Groups with nothing in them become nodes; nodes that only stand for a group go.
    fn settle(&mut self) {
        let mut place = vec![None; self.groups.len()];
        let mut kept = vec![];
        for (number, group) in std::mem::take(&mut self.groups).into_iter().enumerate() {
            if group.filled {
                if let Some(slot) = place.get_mut(number) {
                    *slot = Some(kept.len());
                }
                kept.push(group);
            } else if !self.node_ids.contains_key(&group.id) {
                self.push(group);
            } else if let Some(known) = self.node_mut(&group.id)
                && !known.declared
            {
                *known = group;
            }
        }
        // What stood around something that is filled is filled itself.
        let moved = |group: Option<usize>| group.and_then(|g| place.get(g).copied().flatten());
        self.nodes.iter_mut().chain(&mut kept).for_each(|e| e.group = moved(e.group));
        self.group_ids.retain(|_, number| match place.get(*number).copied().flatten() {
            Some(new) => {
                *number = new;
                true
            }
            None => false,
        });
        self.groups = kept;
        let groups = &self.group_ids;
        self.nodes.retain(|n| n.declared || !groups.contains_key(&n.id));
        self.node_ids = (0..).zip(&self.nodes).map(|(i, n)| (n.id.clone(), i)).collect();
    }

    fn element_node(&self, builder: &mut Builder<'_>, e: &Element) -> Result<NodeId, Problem> {
        let node = builder.add(Shape::Mapping, None, e.span)?;
        let mut field = |name: &str, value: &str| text(builder, node, name, value, e.span);
        field("id", &e.id)?;
        field("label", &e.label.text())?;
        if let [title, detail @ ..] = e.label.lines.as_slice() {
            field("title", title)?;
            field("detail", &detail.join(" "))?;
        }
        field("shape", &e.shape)?;
        field("technology", &e.technology)?;
        field("description", &e.description)?;
        field("notation", self.notation)?;
        let mut around = vec![];
        let mut next = e.group;
        while let Some(group) = next.and_then(|g| self.groups.get(g)) {
            around.push(group);
            next = group.group;
        }
        if let Some(group) = around.first() {
            field("group", &group.label.text())?;
        }
        around.reverse();
        let groups: Vec<String> = around.iter().map(|g| g.label.text()).collect();
        texts(builder, node, "groups", &groups, e.span)?;
        texts(builder, node, "tags", &e.tags, e.span)?;
        number(builder, node, self.span.start, e.span)?;
        Ok(node)
    }
}

fn key(name: &str, span: Span) -> Key {
    Key::new(name, Span { start: span.start, end: span.start })
}

/// A field, unless it has no value.
fn text(
    builder: &mut Builder<'_>,
    node: NodeId,
    name: &str,
    value: &str,
    span: Span,
) -> Result<(), Problem> {
    if !value.is_empty() {
        let leaf = builder.leaf(Some(Scalar::Text(value.to_owned())), span)?;
        builder.link(node, Some(key(name, span)), leaf);
    }
    Ok(())
}

fn texts(
    builder: &mut Builder<'_>,
    node: NodeId,
    name: &str,
    values: &[String],
    span: Span,
) -> Result<(), Problem> {
    if values.is_empty() {
        return Ok(());
    }
    let list = builder.add(Shape::Sequence, None, span)?;
    for value in values {
        let leaf = builder.leaf(Some(Scalar::Text(value.clone())), span)?;
        builder.link(list, None, leaf);
    }
    builder.link(node, Some(key(name, span)), list);
    Ok(())
}

/// The byte at which the diagram begins: it tells the diagrams of a file apart.
fn number(builder: &mut Builder<'_>, node: NodeId, at: u32, span: Span) -> Result<(), Problem> {
    let leaf = builder.leaf(Some(Scalar::Int(i64::from(at))), span)?;
    builder.link(node, Some(key("diagram", span)), leaf);
    Ok(())
}
