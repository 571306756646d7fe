//! Tree paths: which nodes of a structured file a path reaches, and what it binds on the way.

use redan_base::Span;
use redan_grammar::syntax::{TreePath, TreeStep};
use rustc_hash::FxHashSet;

use crate::matching::{Capture, CaptureKind, Scalar};
use crate::tree::{Edge, Node, NodeId, Shape, Tree};

/// A path, ready to walk.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Whether it begins at the document.
    pub from_root: bool,
    /// The steps, and the steps for trees whose keys were split at their dots.
    steps: Vec<Step>,
    dotted: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(Box<str>),
    Bind(Box<str>),
    AnyKey,
    Any,
    Index(usize),
    Deep,
}

/// What a path reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The node.
    pub node: NodeId,
    /// Its place with its key.
    pub span: Span,
    /// The place of its value alone.
    pub value: Span,
    /// What `$name` steps bound, in order.
    pub captures: Vec<(String, Capture)>,
}

/// How many steps over nodes a file may cost; shared by all paths over it.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u64,
}

impl Budget {
    /// Enough for any file that people write.
    pub(crate) fn new() -> Self {
        Self { left: 30_000_000 }
    }

    /// Pays for some steps; false when there is nothing left.
    pub(crate) fn pay(&mut self, steps: usize) -> bool {
        self.left = self.left.saturating_sub(steps as u64 + 1);
        self.left > 0
    }

    /// Whether something could not be paid.
    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

impl Path {
    /// Compiles a path.
    pub(crate) fn new(path: &TreePath) -> Self {
        let mut steps: Vec<Step> = path
            .steps
            .iter()
            .map(|s| match s {
                TreeStep::Key(name) => Step::Key(name.text.as_str().into()),
                TreeStep::Bind(name) => Step::Bind(name.text.trim_start_matches('$').into()),
                TreeStep::AnyKey => Step::AnyKey,
                TreeStep::Any => Step::Any,
                TreeStep::Index(n) => Step::Index(*n),
                TreeStep::Deep => Step::Deep,
            })
            .collect();
        steps.dedup_by(|a, b| *a == Step::Deep && *b == Step::Deep);
        let dotted = steps
            .iter()
            .flat_map(|s| match s {
                Step::Key(k) => k.split('.').map(|p| Step::Key(p.into())).collect(),
                other => vec![other.clone()],
            })
            .collect();
        Self { from_root: path.from_root, steps, dotted }
    }

    /// The path `NAME[*]` of the document.
    pub(crate) fn elements_of(name: &str) -> Self {
        let steps = vec![Step::Key(name.into()), Step::Any];
        Self { from_root: true, dotted: steps.clone(), steps }
    }

    /// The path `.NAME`.
    pub(crate) fn key(name: &str) -> Self {
        let steps = vec![Step::Key(name.into())];
        Self { from_root: false, dotted: steps.clone(), steps }
    }

    /// The names that the path binds.
    pub(crate) fn binds(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|s| match s {
            Step::Bind(name) => Some(&**name),
            Step::Key(_) | Step::AnyKey | Step::Any | Step::Index(_) | Step::Deep => None,
        })
    }

    /// The keys that must be in a file for the path to reach anything.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|s| match s {
            Step::Key(k) => Some(&**k),
            Step::Bind(_) | Step::AnyKey | Step::Any | Step::Index(_) | Step::Deep => None,
        })
    }

    /// The path without its last step, and that step's key.
    pub(crate) fn split_last(&self) -> Option<(Self, &str)> {
        let (Step::Key(last), rest) = self.steps.split_last()? else { return None };
        let dotted = self.dotted.split_last()?.1.to_vec();
        Some((Self { from_root: self.from_root, steps: rest.to_vec(), dotted }, last))
    }

    /// All nodes that the path reaches from a node, in the order of the file. At most `most`; gives whether
    /// there are more.
    pub(crate) fn walk(
        &self,
        tree: &Tree,
        from: NodeId,
        budget: &mut Budget,
        most: usize,
    ) -> (Vec<Hit>, bool) {
        let steps = if tree.dotted { &self.dotted } else { &self.steps };
        let start = tree.node(from).span;
        let mut walk = Walk {
            steps,
            bound: vec![],
            todo: vec![At { node: from, step: 0, span: start, value: start, bound: 0 }],
        };
        let mut hits = vec![];
        let mut seen = FxHashSet::default();
        // Only a path with `**` can come to a node on two ways.
        let twice = steps.contains(&Step::Deep);
        while let Some(at) = walk.todo.pop() {
            let node = tree.node(at.node);
            if !budget.pay(0) {
                break;
            }
            if at.step == steps.len() {
                let captures = walk.captures(at.bound);
                let spans: Vec<Span> = captures.iter().map(|(_, c)| c.span).collect();
                if twice && !seen.insert((at.node, at.span, spans)) {
                    continue;
                }
                if hits.len() >= most {
                    return (hits, true);
                }
                hits.push(Hit { node: at.node, span: at.span, value: at.value, captures });
                continue;
            }
            if !budget.pay(node.edges.len()) {
                break;
            }
            let first = walk.todo.len();
            walk.step(&at, node);
            if let Some(new) = walk.todo.get_mut(first..) {
                new.reverse();
            }
        }
        (hits, false)
    }
}

/// A node on the way. `bound` is 0 for nothing bound, else 1 + an index of [`Walk::bound`].
struct At {
    node: NodeId,
    step: usize,
    span: Span,
    value: Span,
    bound: usize,
}

struct Walk<'t> {
    steps: &'t [Step],
    /// Captures as linked lists: (previous, name, capture).
    bound: Vec<(usize, Box<str>, Capture)>,
    todo: Vec<At>,
}

impl Walk<'_> {
    fn captures(&self, mut at: usize) -> Vec<(String, Capture)> {
        let mut out = vec![];
        while let Some((previous, name, capture)) =
            at.checked_sub(1).and_then(|i| self.bound.get(i))
        {
            out.push((name.to_string(), capture.clone()));
            at = *previous;
        }
        out.reverse();
        out
    }

    fn go(&mut self, edge: &Edge, step: usize, bound: usize) {
        self.todo.push(At { node: edge.node, step, span: edge.span(), value: edge.value, bound });
    }

    fn stay(&mut self, at: &At, bound: usize) {
        let At { node, span, value, .. } = *at;
        self.todo.push(At { node, step: at.step + 1, span, value, bound });
    }

    fn bind(&mut self, previous: usize, name: &str, capture: Capture) -> usize {
        self.bound.push((previous, name.into(), capture));
        self.bound.len()
    }

    /// Pushes where one step leads, in the order of the file.
    fn step(&mut self, at: &At, node: &Node) {
        let Some(step) = self.steps.get(at.step) else { return };
        let next = at.step + 1;
        let sequence = node.shape == Shape::Sequence;
        match step {
            Step::Key(key) => {
                for edge in &node.edges {
                    let Some(k) = &edge.key else { continue };
                    if let Some(used) = self.consumed(&k.text, key, at.step) {
                        self.go(edge, at.step + used, at.bound);
                    }
                }
            }
            Step::Bind(name) => {
                for edge in &node.edges {
                    let Some(key) = &edge.key else { continue };
                    let bound = self.bind(at.bound, name, text_capture(&key.text, key.span));
                    self.go(edge, next, bound);
                }
            }
            Step::AnyKey => {
                for edge in &node.edges {
                    if edge.key.is_some() {
                        self.go(edge, next, at.bound);
                    }
                }
            }
            Step::Any if sequence => {
                for edge in &node.edges {
                    self.go(edge, next, at.bound);
                }
            }
            Step::Any | Step::Index(0) if !sequence => self.stay(at, at.bound),
            Step::Any => {}
            Step::Index(index) => {
                if let (true, Some(edge)) = (sequence, node.edges.get(*index)) {
                    self.go(edge, next, at.bound);
                }
            }
            Step::Deep => {
                self.stay(at, at.bound);
                for edge in &node.edges {
                    self.go(edge, at.step, at.bound);
                }
            }
        }
    }

    /// How many steps a key stands for: one, or as many as the parts of a key that is written with dots.
    fn consumed(&self, key: &str, first: &str, step: usize) -> Option<usize> {
        if key == first {
            return Some(1);
        }
        let mut rest = key.strip_prefix(first)?.strip_prefix('.')?;
        for (used, step) in (2..).zip(self.steps.iter().skip(step + 1)) {
            let Step::Key(part) = step else { return None };
            if rest == &**part {
                return Some(used);
            }
            rest = rest.strip_prefix(&**part)?.strip_prefix('.')?;
        }
        None
    }
}

/// A capture of a text.
pub(crate) fn text_capture(text: &str, span: Span) -> Capture {
    Capture {
        text: text.to_owned(),
        span,
        value: Some(Scalar::Text(text.to_owned())),
        kind: CaptureKind::String,
    }
}
