//! Mermaid architecture diagrams: `service db(database)[Orders] in cloud`, `web:R --> L:db`.

use redan_base::Span;
use rustc_hash::FxHashMap;

use super::drawing::{Drawing, Edge, Element};
use super::label::Label;
use super::{Block, Broken};

/// Reads what follows the word `architecture-beta`.
pub(super) fn read(
    block: &mut Block<'_>,
    drawing: &mut Drawing<'_>,
    body: Span,
) -> Result<(), Broken> {
    let mut parents: FxHashMap<String, String> = FxHashMap::default();
    let mut elements = vec![];
    let mut edges = vec![];
    for (at, line) in block.lines(body) {
        let span = Span::new(at, at + line.len());
        if line.is_empty()
            || line.starts_with("%%")
            || line.starts_with("title")
            || line.starts_with("accTitle")
            || line.starts_with("accDescr")
        {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "group" | "service" | "junction" => {
                let (rest, parent) = match rest.rsplit_once(" in ") {
                    Some((rest, parent)) if !parent.contains(']') => (rest, parent.trim()),
                    _ => (rest, ""),
                };
                let element = element(rest.trim(), word, span);
                parents.insert(element.id.clone(), parent.to_owned());
                elements.push((word == "group", element));
            }
            _ => match edge(line, span) {
                Some(edge) => edges.push(edge),
                None => {
                    let what = "this line of an architecture diagram was not understood";
                    block.left_out(span, what.to_owned());
                }
            },
        }
    }
    nest(drawing, elements, &parents)?;
    for edge in edges {
        drawing.edge(edge);
    }
    Ok(())
}

/// `db(database)[Orders]`
fn element(text: &str, word: &str, span: Span) -> Element {
    let (head, label) = text.split_once('[').unwrap_or((text, ""));
    let (id, icon) = head.split_once('(').unwrap_or((head, ""));
    let id = id.trim().to_owned();
    let label = Label::new(label.trim_end_matches(']'));
    let label = if label.is_empty() { Label::new(&id) } else { label };
    let icon = icon.trim_end().trim_end_matches(')');
    let shape = if icon.is_empty() { word } else { icon }.to_owned();
    Element { id, label, shape, span, ..Element::default() }
}

/// `web:R --> L:db`, `web{group}:R -- L:db{group}`
fn edge(line: &str, span: Span) -> Option<Edge> {
    let at = line.find("--").or_else(|| line.find("-[")).filter(|at| *at > 0)?;
    let (left, rest) = line.split_at_checked(at)?;
    let line_end = rest.find(|c| !matches!(c, '-' | '>' | '[')).unwrap_or(rest.len());
    let (arrow, right) = rest.split_at_checked(line_end)?;
    // `a:R -[text]- L:b`
    let (label, right) = match right.split_once("]-") {
        Some((label, right)) if arrow.ends_with('[') => (label, right),
        _ => ("", right),
    };
    let (left, back) = match left.trim().strip_suffix('<') {
        Some(left) => (left, true),
        None => (left.trim(), false),
    };
    let name = |t: &str, first: bool| {
        let mut parts = t.trim().trim_start_matches('>').trim().split(':');
        let name = if first { parts.next() } else { parts.next_back() };
        name.map(|n| n.split('{').next().unwrap_or_default().trim().to_owned())
    };
    let (from, to) = (name(left, true)?, name(right, false)?);
    let forward = arrow.contains('>') || right.trim_start().starts_with('>');
    let direction = match (back, forward) {
        (true, true) => "both",
        (false, false) => "none",
        _ => "forward",
    };
    let (from, to) = if back && !forward { (to, from) } else { (from, to) };
    let label = Label::new(label);
    (!from.is_empty() && !to.is_empty()).then(|| Edge {
        from,
        to,
        label,
        direction,
        style: "solid",
        span,
        ..Edge::default()
    })
}

/// Puts each element into the groups around it.
fn nest(
    drawing: &mut Drawing<'_>,
    elements: Vec<(bool, Element)>,
    parents: &FxHashMap<String, String>,
) -> Result<(), Broken> {
    const MOST_DEPTH: usize = 32;
    let groups: FxHashMap<String, Element> = elements
        .iter()
        .filter(|(is_group, _)| *is_group)
        .map(|(_, e)| (e.id.clone(), e.clone()))
        .collect();
    for (is_group, element) in elements {
        let mut around = vec![];
        let mut next = parents.get(&element.id);
        while let Some(group) =
            next.and_then(|id| groups.get(id)).filter(|_| around.len() < MOST_DEPTH)
        {
            around.push(group.clone());
            next = parents.get(&group.id);
        }
        let depth = around.len();
        for group in around.into_iter().rev() {
            drawing.enter(group)?;
        }
        if is_group {
            drawing.enter(element)?;
            drawing.close();
        } else {
            drawing.declare(element);
        }
        for _ in 0..depth {
            drawing.close();
        }
    }
    Ok(())
}
