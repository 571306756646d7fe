//! Mermaid flowcharts: nodes of all shapes, chained arrows with texts, nested subgraphs.

use redan_base::Span;

use super::drawing::{Drawing, Edge, Element};
use super::label::Label;
use super::{Block, Broken};

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

/// Reads what follows the word `flowchart`.
pub(super) fn read(
    block: &mut Block<'_>,
    drawing: &mut Drawing<'_>,
    body: Span,
) -> Result<(), Broken> {
    let mut chart = Chart { text: block.text, drawing, unread: vec![] };
    let mut lines = block.lines(body);
    let mut first = true;
    while let Some((at, line)) = lines.next() {
        // The direction stands on the first line, and a statement may follow it.
        let skipped = match (std::mem::take(&mut first), line.find(';')) {
            (false, _) => 0,
            (true, Some(i)) => i + 1,
            (true, None) => continue,
        };
        let mut end = at + line.len();
        // A text in quotes may go on over several lines.
        const MOST_LINES: usize = 20;
        for _ in 0..MOST_LINES {
            let so_far = chart.slice(at, end);
            if so_far.starts_with("%%") || so_far.matches('"').count().is_multiple_of(2) {
                break;
            }
            let Some((from, more)) = lines.next() else { break };
            end = from + more.len();
        }
        chart.statements(at + skipped, chart.slice(at + skipped, end))?;
    }
    for span in chart.unread {
        block.left_out(span, "this line of a flowchart was not understood".to_owned());
    }
    Ok(())
}

struct Chart<'t, 'd, 'l> {
    text: &'t str,
    drawing: &'d mut Drawing<'l>,
    unread: Vec<Span>,
}

impl<'t> Chart<'t, '_, '_> {
    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The statements of one line.
    fn statements(&mut self, at: usize, line: &'t str) -> Result<(), Broken> {
        if line.starts_with("%%") {
            return Ok(());
        }
        let mut start = 0;
        let mut quoted = false;
        for (i, c) in line.char_indices().chain([(line.len(), ';')]) {
            match c {
                '"' => quoted = !quoted,
                // `#quot;` is a character of a text.
                ';' if i == line.len()
                    || (!quoted && !ends_entity(line.get(..i).unwrap_or_default())) =>
                {
                    let statement = line.get(start..i).unwrap_or_default();
                    let trimmed = statement.trim_start();
                    let indent = statement.len() - trimmed.len();
                    self.statement(at + start + indent, trimmed.trim_end())?;
                    start = i + 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn statement(&mut self, at: usize, statement: &'t str) -> Result<(), Broken> {
        let word = statement.split_whitespace().next().unwrap_or_default();
        let span = Span::new(at, at + statement.len());
        match word {
            "" | "direction" | "classDef" | "class" | "click" | "style" | "linkStyle"
            | "accTitle:" | "accDescr:" | "accTitle" | "accDescr" => Ok(()),
            "end" if !self.drawing.close() => Err((span, "this `end` ends no subgraph".to_owned())),
            "end" => Ok(()),
            "subgraph" => {
                let rest = statement.get(word.len()..).unwrap_or_default().trim();
                let (id, label) = match rest.split_once('[') {
                    Some((id, label)) => (id.trim(), label.trim_end_matches(']')),
                    None => (rest, rest),
                };
                let id = id.trim_matches('"').to_owned();
                let (label, shape) = (Label::new(label), "subgraph".to_owned());
                self.drawing.open(Element { id, label, shape, span, ..Element::default() })
            }
            _ => {
                if !self.chain(at, statement) {
                    self.unread.push(span);
                }
                Ok(())
            }
        }
    }

    /// `a & b -->|x| c --> d`. Whether all of it was understood.
    fn chain(&mut self, at: usize, statement: &'t str) -> bool {
        const MOST_PAIRS: usize = 10_000;
        let mut rest = statement;
        let here = |rest: &str| at + statement.len() - rest.len();
        let mut before: Option<(Vec<&'t str>, Arrow, usize)> = None;
        loop {
            let mut group = vec![];
            let begin = here(rest);
            loop {
                let Some((node, after)) = self.node(here(rest), rest) else { return false };
                group.push(node);
                rest = after.trim_start();
                let Some(more) = rest.strip_prefix('&') else { break };
                rest = more.trim_start();
            }
            // An edge's place ends with its second node, without the blanks after it.
            let end = at + statement.len() - rest.len();
            let end = at + statement.get(..end - at).unwrap_or_default().trim_end().len();
            if let Some((from, arrow, start)) = before.take()
                && arrow.style != "invisible"
                && self.drawing.edge_count() + from.len() * group.len() <= MOST_PAIRS
            {
                for f in &from {
                    for t in &group {
                        self.drawing.edge(Edge {
                            from: (*f).to_owned(),
                            to: (*t).to_owned(),
                            label: arrow.label.clone(),
                            direction: arrow.direction,
                            style: arrow.style,
                            span: Span::new(start, end),
                            ..Edge::default()
                        });
                    }
                }
            }
            if rest.is_empty() {
                return true;
            }
            let Some((arrow, after)) = arrow(rest) else { return false };
            rest = after;
            before = Some((group, arrow, begin));
        }
    }

    /// One node at the start of `rest`: its id and what follows.
    fn node(&mut self, at: usize, rest: &'t str) -> Option<(&'t str, &'t str)> {
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
                    "label" => label = Some(Label::new(value)),
                    "shape" => shape = named_shape(value.trim()),
                    _ => {}
                }
            }
            after = more;
        } else {
            for (open, close, name) in SHAPES {
                let Some(body) = after.strip_prefix(open) else { continue };
                let Some((text, more)) = bracketed(body, close) else { continue };
                label = Some(Label::new(text));
                shape = name;
                after = more;
                break;
            }
            if label.is_none() && after.starts_with(['[', '(', '{']) {
                return None;
            }
        }
        let mut tags = vec![];
        if let Some(class) = after.strip_prefix(":::") {
            let end = class.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
            let (name, more) = class.split_at_checked(end.unwrap_or(class.len()))?;
            tags.push(name.to_owned());
            after = more;
        }
        let span = Span::new(at, at + rest.len() - after.len());
        match label.filter(|l| !l.is_empty()) {
            Some(label) => {
                let (id, shape) = (id.to_owned(), shape.to_owned());
                self.drawing.declare(Element {
                    id,
                    label,
                    shape,
                    tags,
                    span,
                    ..Element::default()
                });
            }
            None => {
                self.drawing.mention(id, shape, span);
                self.drawing.place(id);
            }
        }
        Some((id, after))
    }
}

/// Whether a text ends with `#` and the name or number of a character.
fn ends_entity(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    word.len() < text.len() && text.len() - word.len() <= 8 && word.ends_with(['#', '&'])
}

/// What joins two nodes.
#[derive(Debug, Clone)]
struct Arrow {
    label: Label,
    direction: &'static str,
    style: &'static str,
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

/// An arrow at the start of a text, and what follows.
fn arrow(rest: &str) -> Option<(Arrow, &str)> {
    let is_line = |c: char| matches!(c, '-' | '=' | '.' | '~');
    // `e1@-->`: the arrow has a name.
    let named = rest.split_once('@').filter(|(name, _)| id_length(name) == name.len());
    let rest = named.map_or(rest, |(_, arrow)| arrow);
    let tail = rest.strip_prefix(['<', 'x', 'o']).filter(|b| b.starts_with(is_line));
    let body = tail.unwrap_or(rest);
    let line = body.find(|c| !is_line(c)).unwrap_or(body.len());
    if line < 2 {
        return None;
    }
    let kind = body.chars().next()?;
    let style = match body.get(..line)? {
        l if l.contains('.') => "dashed",
        l if l.starts_with('=') => "thick",
        l if l.starts_with('~') => "invisible",
        _ => "solid",
    };
    let after = body.get(line..)?;
    let head = |text: &'_ str| {
        text.starts_with('>')
            || (text.starts_with(['x', 'o'])
                && text.get(1..).is_some_and(|a| a.starts_with([' ', '|'])))
    };
    let mut label = Label::default();
    let mut headed = head(after);
    let rest = if headed {
        after.get(1..)?
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
        label = Label::new(text);
        let more = more.trim_start_matches(is_line);
        headed = head(more);
        if headed { more.get(1..)? } else { more }
    };
    let direction = match (tail.is_some(), headed) {
        (true, true) => "both",
        (false, true) => "forward",
        (_, false) => "none",
    };
    let mut rest = rest.trim_start();
    if let Some(text) = rest.strip_prefix('|') {
        let (text, more) = text.split_once('|')?;
        label = Label::new(text);
        rest = more.trim_start();
    }
    Some((Arrow { label, direction, style }, rest))
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
