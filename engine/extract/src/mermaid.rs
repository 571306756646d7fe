//! Mermaid flowcharts, in Markdown blocks or files of their own: the nodes and edges of each diagram as a tree.
//!
//! A diagram is a mapping `nodes` (`id`, `label`, `shape`, `group`, `groups`) and `edges` (`from`, `to`, `label`,
//! `from_label`, `to_label`).

use redan_base::{Limits, Span};
use rustc_hash::FxHashMap;

use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape};

/// The files that are looked at when an extractor names none.
pub(crate) static GLOBS: &[&str] =
    &["**/*.md", "**/*.markdown", "**/*.mdx", "**/*.mmd", "**/*.mermaid"];

/// What a node and an edge have: a field of such a name needs no output.
pub(crate) static FIELDS: &[&str] =
    &["from", "from_label", "group", "groups", "id", "label", "shape", "to", "to_label"];

/// Reads all flowcharts of a text; of Markdown, its blocks.
pub(crate) fn parse(text: &str, whole_file: bool, limits: &Limits) -> Parsed {
    let mut builder = Builder::new(limits);
    let mut problems = vec![];
    let blocks = if whole_file { vec![(0, text.len())] } else { blocks(text) };
    for (start, end) in blocks {
        let mut diagram = Diagram { text, end, ..Diagram::default() };
        if !diagram.read(start) {
            continue;
        }
        if let Err(problem) = diagram.build(&mut builder, Span::new(start, end)) {
            problems.push(problem);
            break;
        }
    }
    Parsed { tree: builder.finish(), problems, templated: false }
}

/// The insides of the mermaid blocks of a Markdown text.
fn blocks(text: &str) -> Vec<(usize, usize)> {
    let mut out = vec![];
    let mut open: Option<(usize, &str, bool)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim();
        match open {
            None => {
                let fence = ["```", "~~~"].into_iter().find(|f| content.starts_with(f));
                if let Some(fence) = fence {
                    let info = content.trim_start_matches(['`', '~']).trim();
                    let info = info.trim_start_matches('{').trim_end_matches('}');
                    let word = info.split_whitespace().next().unwrap_or_default();
                    open = Some((at, fence, word.eq_ignore_ascii_case("mermaid")));
                }
            }
            Some((from, fence, mermaid)) => {
                if content.starts_with(fence) && content.trim_matches(['`', '~']).is_empty() {
                    if mermaid {
                        out.push((from, start));
                    }
                    open = None;
                }
            }
        }
    }
    if let Some((from, _, true)) = open {
        out.push((from, text.len()));
    }
    out
}

#[derive(Default)]
struct Diagram<'t> {
    text: &'t str,
    end: usize,
    nodes: Vec<Item>,
    numbers: FxHashMap<&'t str, usize>,
    edges: Vec<Link>,
    /// The labels of the open subgraphs.
    groups: Vec<String>,
}

struct Item {
    id: String,
    label: Option<String>,
    shape: &'static str,
    groups: Vec<String>,
    span: Span,
}

struct Link {
    from: usize,
    to: usize,
    label: Option<String>,
    span: Span,
}

/// Brackets around a label, longest first, and the shapes they stand for.
const SHAPES: &[(&str, &str, &str)] = &[
    ("(((", ")))", "double_circle"),
    ("((", "))", "circle"),
    ("([", "])", "stadium"),
    ("[[", "]]", "subroutine"),
    ("[(", ")]", "cylinder"),
    ("[/", "/]", "parallelogram"),
    ("[/", "\\]", "trapezoid"),
    ("[\\", "\\]", "parallelogram"),
    ("[\\", "/]", "trapezoid"),
    ("{{", "}}", "hexagon"),
    ("[", "]", "rectangle"),
    ("(", ")", "rounded"),
    ("{", "}", "rhombus"),
    (">", "]", "asymmetric"),
];

impl<'t> Diagram<'t> {
    /// Whether the block is a flowchart; if it is, its nodes and edges are read.
    fn read(&mut self, start: usize) -> bool {
        let mut at = start;
        let mut begun = false;
        let mut front_matter = false;
        let body = self.text.get(start..self.end).unwrap_or_default();
        for line in body.split_inclusive('\n') {
            let from = at;
            at += line.len();
            let content = line.trim();
            if content == "---" && (front_matter || !begun) {
                front_matter = !front_matter;
                continue;
            }
            if front_matter || content.is_empty() || content.starts_with("%%") {
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            if !begun {
                let word = content.split([' ', ';', '\t']).next().unwrap_or_default();
                if !matches!(word, "graph" | "flowchart" | "flowchart-elk") {
                    return false;
                }
                begun = true;
                if let Some(i) = content.find(';') {
                    self.statements(
                        from + indent + i + 1,
                        content.get(i + 1..).unwrap_or_default(),
                    );
                }
                continue;
            }
            self.statements(from + indent, content);
        }
        begun
    }

    /// The statements of one line.
    fn statements(&mut self, at: usize, line: &'t str) {
        let mut start = 0;
        let mut quoted = false;
        for (i, c) in line.char_indices().chain([(line.len(), ';')]) {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted || i == line.len() => {
                    let statement = line.get(start..i).unwrap_or_default();
                    let trimmed = statement.trim_start();
                    let indent = statement.len() - trimmed.len();
                    self.statement(at + start + indent, trimmed.trim_end());
                    start = i + 1;
                }
                _ => {}
            }
        }
    }

    fn statement(&mut self, at: usize, statement: &'t str) {
        let word = statement.split_whitespace().next().unwrap_or_default();
        match word {
            "" | "direction" | "classDef" | "class" | "click" | "style" | "linkStyle"
            | "accTitle:" | "accDescr:" => {}
            "end" => _ = self.groups.pop(),
            "subgraph" => {
                let rest = statement.get(word.len()..).unwrap_or_default().trim();
                let label = match rest.split_once('[') {
                    Some((_, label)) => label.trim_end_matches(']'),
                    None => rest,
                };
                self.groups.push(clean(label));
            }
            _ => self.chain(at, statement),
        }
    }

    /// `a & b -->|x| c --> d`
    fn chain(&mut self, at: usize, statement: &'t str) {
        const MOST_PAIRS: usize = 10_000;
        let mut rest = statement;
        let here = |rest: &str| at + statement.len() - rest.len();
        let mut before: Option<(Vec<usize>, Option<String>, usize)> = None;
        loop {
            let mut group = vec![];
            let begin = here(rest);
            loop {
                let Some((node, after)) = self.node(here(rest), rest) else { return };
                group.push(node);
                rest = after.trim_start();
                let Some(more) = rest.strip_prefix('&') else { break };
                rest = more.trim_start();
            }
            // An edge's place ends with its second node, without the blanks after it.
            let end = at + statement.len() - rest.len();
            let end = at + statement.get(..end - at).unwrap_or_default().trim_end().len();
            if let Some((from, label, start)) = before.take()
                && self.edges.len() + from.len() * group.len() <= MOST_PAIRS
            {
                for f in &from {
                    for t in &group {
                        let (from, to, label) = (*f, *t, label.clone());
                        self.edges.push(Link { from, to, label, span: Span::new(start, end) });
                    }
                }
            }
            let Some((label, after)) = arrow(rest) else { return };
            rest = after;
            before = Some((group, label, begin));
        }
    }

    /// One node at the start of `rest`: its number and what follows.
    fn node(&mut self, at: usize, rest: &'t str) -> Option<(usize, &'t str)> {
        let length = id_length(rest);
        let id = rest.get(..length).filter(|i| !i.is_empty())?;
        let mut after = rest.get(length..)?;
        let mut label = None;
        let mut shape = "rectangle";
        if let Some(body) = after.strip_prefix("@{") {
            let (inner, more) = body.split_once('}')?;
            for pair in inner.split(',') {
                let Some((key, value)) = pair.split_once(':') else { continue };
                match key.trim() {
                    "label" => label = Some(clean(value)),
                    "shape" => shape = named_shape(value.trim()),
                    _ => {}
                }
            }
            after = more;
        } else {
            for (open, close, name) in SHAPES {
                let Some(body) = after.strip_prefix(open) else { continue };
                let Some((text, more)) = bracketed(body, close) else { continue };
                label = Some(clean(text));
                shape = name;
                after = more;
                break;
            }
        }
        if let Some(class) = after.strip_prefix(":::") {
            let end = class.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
            after = class.get(end.unwrap_or(class.len())..)?;
        }
        let span = Span::new(at, at + rest.len() - after.len());
        let number = match self.numbers.get(id) {
            Some(n) => *n,
            None => {
                let groups = self.groups.clone();
                let item = Item { id: id.to_owned(), label: None, shape, groups, span };
                self.nodes.push(item);
                self.numbers.insert(id, self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        if let Some(known) = self.nodes.get_mut(number) {
            if label.is_some() && known.label.is_none() {
                (known.label, known.shape, known.span) = (label, shape, span);
            }
            if known.groups.is_empty() {
                known.groups.clone_from(&self.groups);
            }
        }
        Some((number, after))
    }

    fn build(&self, builder: &mut Builder<'_>, span: Span) -> Result<(), Problem> {
        let root = builder.add(Shape::Mapping, None, span)?;
        let nodes = builder.add(Shape::Sequence, None, span)?;
        let label = |n: &Item| n.label.clone().unwrap_or_else(|| n.id.clone());
        for item in &self.nodes {
            let node = builder.add(Shape::Mapping, None, item.span)?;
            field(builder, node, "id", &item.id, item.span)?;
            field(builder, node, "label", &label(item), item.span)?;
            field(builder, node, "shape", item.shape, item.span)?;
            if let Some(group) = item.groups.last() {
                field(builder, node, "group", group, item.span)?;
                let groups = builder.add(Shape::Sequence, None, item.span)?;
                for group in &item.groups {
                    let leaf = builder.leaf(Some(Scalar::Text(group.clone())), item.span)?;
                    builder.link(groups, None, leaf);
                }
                let at = Span { start: item.span.start, end: item.span.start };
                builder.link(node, Some(Key::new("groups", at)), groups);
            }
            builder.link(nodes, None, node);
        }
        let edges = builder.add(Shape::Sequence, None, span)?;
        for link in &self.edges {
            let (Some(from), Some(to)) = (self.nodes.get(link.from), self.nodes.get(link.to))
            else {
                continue;
            };
            let edge = builder.add(Shape::Mapping, None, link.span)?;
            field(builder, edge, "from", &from.id, link.span)?;
            field(builder, edge, "to", &to.id, link.span)?;
            field(builder, edge, "from_label", &label(from), link.span)?;
            field(builder, edge, "to_label", &label(to), link.span)?;
            if let Some(text) = &link.label {
                field(builder, edge, "label", text, link.span)?;
            }
            builder.link(edges, None, edge);
        }
        let at = Span { start: span.start, end: span.start };
        builder.link(root, Some(Key::new("nodes", at)), nodes);
        builder.link(root, Some(Key::new("edges", at)), edges);
        builder.document(root);
        Ok(())
    }
}

fn field(
    builder: &mut Builder<'_>,
    node: NodeId,
    key: &str,
    value: &str,
    span: Span,
) -> Result<(), Problem> {
    let leaf = builder.leaf(Some(Scalar::Text(value.to_owned())), span)?;
    let at = Span { start: span.start, end: span.start };
    builder.link(node, Some(Key::new(key, at)), leaf);
    Ok(())
}

/// How long the identifier at the start of a text is. A `-` belongs to it when a letter or digit follows.
fn id_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let inside = c.is_alphanumeric()
            || matches!(c, '_' | '*' | '/' | '#' | '$')
            || (matches!(c, '-' | '.') && i > 0 && next.is_some_and(char::is_alphanumeric));
        if !inside {
            return i;
        }
    }
    rest.len()
}

/// The text up to a closing bracket, which may stand in quotes, and what follows it.
fn bracketed<'t>(body: &'t str, close: &str) -> Option<(&'t str, &'t str)> {
    let trimmed = body.trim_start();
    if let Some(quoted) = trimmed.strip_prefix('"') {
        let (text, more) = quoted.split_once('"')?;
        return Some((text, more.trim_start().strip_prefix(close)?));
    }
    body.split_once(close)
}

/// An arrow at the start of a text: its label and what follows.
fn arrow(rest: &str) -> Option<(Option<String>, &str)> {
    let is_line = |c: char| matches!(c, '-' | '=' | '.' | '~');
    let body =
        rest.strip_prefix(['<', 'x', 'o']).filter(|b| b.starts_with(is_line)).unwrap_or(rest);
    let line = body.find(|c| !is_line(c)).unwrap_or(body.len());
    if line < 2 {
        return None;
    }
    let kind = body.chars().next()?;
    let after = body.get(line..)?;
    let headed = after
        .strip_prefix('>')
        .or_else(|| after.strip_prefix(['x', 'o']).filter(|a| a.starts_with([' ', '|'])));
    let mut label = None;
    let rest = if let Some(after) = headed {
        after
    } else if line >= 3 || kind == '~' {
        after
    } else {
        // `-- text -->`: the line goes on after the text.
        let closing = match kind {
            '=' => "==",
            _ if body.starts_with("-.") => ".-",
            _ => "--",
        };
        let (text, more) = after.split_once(closing)?;
        label = Some(clean(text));
        more.trim_start_matches(is_line).trim_start_matches(['>']).trim_start()
    };
    let rest = rest.trim_start();
    if let Some(text) = rest.strip_prefix('|') {
        let (text, more) = text.split_once('|')?;
        return Some((Some(clean(text)), more.trim_start()));
    }
    Some((label.filter(|l| !l.is_empty()), rest))
}

/// A label without quotes, line breaks and marks.
fn clean(label: &str) -> String {
    let text = label.trim().trim_matches(['"', '`']);
    let text = text.replace("<br/>", " ").replace("<br>", " ").replace("<br />", " ");
    text.replace("\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named_shape(name: &str) -> &'static str {
    match name {
        "cyl" | "cylinder" | "db" | "database" | "lin-cyl" | "disk" => "cylinder",
        "circle" | "circ" | "sm-circ" => "circle",
        "dbl-circ" | "double-circle" => "double_circle",
        "rounded" | "event" => "rounded",
        "stadium" | "pill" | "terminal" => "stadium",
        "diam" | "diamond" | "decision" => "rhombus",
        "hex" | "hexagon" | "prepare" => "hexagon",
        "subproc" | "subprocess" | "fr-rect" | "subroutine" => "subroutine",
        "lean-r" | "lean-l" | "in-out" | "out-in" => "parallelogram",
        _ => "rectangle",
    }
}
