//! Mermaid sequence diagrams: participants, boxes around them, messages.

use redan_base::Span;

use super::drawing::{Drawing, Edge, Element};
use super::label::Label;
use super::{Block, Broken};

/// The arrows of messages, longest first, with their direction and style.
const ARROWS: &[(&str, &str, &str)] = &[
    ("<<-->>", "both", "dashed"),
    ("<<->>", "both", "solid"),
    ("-->>", "forward", "dashed"),
    ("->>", "forward", "solid"),
    ("-->", "forward", "dashed"),
    ("--x", "forward", "dashed"),
    ("--)", "forward", "dashed"),
    ("->", "forward", "solid"),
    ("-x", "forward", "solid"),
    ("-)", "forward", "solid"),
];

/// Reads what follows the word `sequenceDiagram`.
pub(super) fn read(
    block: &mut Block<'_>,
    drawing: &mut Drawing<'_>,
    body: Span,
) -> Result<(), Broken> {
    // Of each open part, whether it is a box, and where it begins.
    let mut open: Vec<(bool, Span)> = vec![];
    for (at, line) in block.lines(body) {
        let line = line.split(" %%").next().unwrap_or_default().trim_end().trim_end_matches(';');
        let word = line.split_whitespace().next().unwrap_or_default();
        let rest = line.get(word.len()..).unwrap_or_default().trim();
        let span = Span::new(at, at + line.len());
        match word {
            _ if line.is_empty() || line.starts_with("%%") => {}
            "participant" | "actor" => drawing.declare(participant(word, rest, span)),
            "create" => {
                let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                drawing.declare(participant(word, rest.trim(), span));
            }
            "box" => {
                open.push((true, span));
                let (id, label) = (format!("box {at}"), Label::new(without_colour(rest)));
                let shape = "box".to_owned();
                drawing.open(Element { id, label, shape, span, ..Element::default() })?;
            }
            "alt" | "opt" | "loop" | "par" | "par_over" | "critical" | "break" | "rect" => {
                open.push((false, span));
            }
            "end" => match open.pop() {
                Some((true, _)) => _ = drawing.close(),
                Some((false, _)) => {}
                None => return Err((span, "this `end` ends nothing".to_owned())),
            },
            "else" | "and" | "option" | "autonumber" | "activate" | "deactivate" | "destroy"
            | "title" | "title:" | "note" | "Note" | "links" | "link" | "properties"
            | "details" | "accTitle:" | "accDescr:" => {}
            _ => match message(line, span) {
                Some(edge) => {
                    for id in [&edge.from, &edge.to] {
                        drawing.mention(id, "participant", span);
                    }
                    drawing.edge(edge);
                }
                None => {
                    let what = "this line of a sequence diagram was not understood";
                    block.left_out(span, what.to_owned());
                }
            },
        }
    }
    match open.last() {
        Some((_, span)) => Err((*span, "what begins here has no `end`".to_owned())),
        None => Ok(()),
    }
}

/// `participant A as Label`, `participant A@{ "type": "database" }`
fn participant(word: &str, rest: &str, span: Span) -> Element {
    let (name, label) = match rest.split_once(" as ") {
        Some((name, label)) => (name.trim(), Some(label)),
        None => (rest, None),
    };
    let (id, extra) = match name.split_once("@{") {
        Some((id, extra)) => (id.trim(), extra),
        None => (name, ""),
    };
    let quoted: Vec<&str> = extra.split('"').collect();
    let value = |key: &str| {
        let at = quoted.iter().position(|part| *part == key)?;
        quoted.get(at + 2).copied()
    };
    let label = label.or_else(|| value("alias")).unwrap_or(id);
    let shape = value("type").unwrap_or(word).to_owned();
    Element { id: id.to_owned(), label: Label::new(label), shape, span, ..Element::default() }
}

/// The text of a box after its colour.
fn without_colour(rest: &str) -> &str {
    if rest.starts_with("rgb") {
        return rest.split_once(')').map_or("", |(_, text)| text.trim());
    }
    const NAMES: &[&str] = &[
        "aqua",
        "black",
        "blue",
        "gray",
        "green",
        "grey",
        "orange",
        "pink",
        "purple",
        "red",
        "transparent",
        "white",
        "yellow",
    ];
    let (first, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let named = first.to_ascii_lowercase();
    if first.starts_with('#') || NAMES.iter().any(|n| named.ends_with(n)) {
        text.trim()
    } else {
        rest
    }
}

/// `A->>+B: text`
fn message(line: &str, span: Span) -> Option<Edge> {
    let (ends, text) = line.split_once(':').unwrap_or((line, ""));
    let found = |(arrow, direction, style): &(&str, &'static str, &'static str)| {
        ends.find(arrow).map(|at| (at, arrow.len(), *direction, *style))
    };
    // The arrow that begins first; of several at one place the longest, which stands first.
    let all = ARROWS.iter().filter_map(found);
    let (at, length, direction, style) = all.min_by_key(|(at, ..)| *at)?;
    let from = ends.get(..at)?.trim();
    let to = ends.get(at + length..)?.trim().trim_start_matches(['+', '-']).trim();
    if from.is_empty() || to.is_empty() {
        return None;
    }
    Some(Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        label: Label::new(text),
        direction,
        style,
        span,
        ..Edge::default()
    })
}
