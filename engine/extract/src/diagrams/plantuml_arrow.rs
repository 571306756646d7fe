//! The arrows of PlantUML: `A -[#red]-> B : text`, `A <.. B`, `A -left-( B`.

use redan_base::Span;

use super::drawing::Edge;
use super::label::Label;
use super::plantuml_element::operand;

/// What joins two names.
pub(super) struct Link {
    /// The edge, from the caller.
    pub edge: Edge,
    /// The shapes that the brackets of its ends stand for; empty if there are none.
    pub shapes: [&'static str; 2],
    /// Whether it is a connection: neither hidden nor one of inheritance or of parts.
    pub shown: bool,
}

/// The heads of arrows at the left, longest first.
const LEFT: &[&str] = &[
    "x<<", "o<<", "<<", "<|", "x<", "o<", "<", "\\\\", "//", "0)", "(0", "}o", "}|", "|o", "||",
    "\\", "/", "*", "o", "+", "#", "x", "^", ")", "(", "0", "}", "@",
];
/// The heads of arrows at the right, longest first.
const RIGHT: &[&str] = &[
    ">>o", ">>x", ">>", "|>", ">o", ">x", ">", "\\\\o", "//o", "\\\\", "//", "0)", "(0", "o{",
    "|{", "o|", "||", "\\", "/", "*", "o", "+", "#", "x", "^", ")", "(", "0", "{", "@",
];

const DIRECTIONS: &[&str] = &["left", "right", "up", "down", "le", "ri", "do", "l", "r", "u", "d"];

/// The two ends and the arrow of a line; none if the line is no arrow.
pub(super) fn link(line: &str, span: Span, sequence: bool) -> Option<Link> {
    let (left, left_shape, rest) = operand(line)?;
    let rest = rest.trim_start();
    // `A "1" --> B`
    let rest = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
        Some((_, more)) => more.trim_start(),
        None => rest,
    };
    let (arrow, rest) = arrow(rest, sequence)?;
    let rest = rest.trim_start();
    let (mut right, mut right_shape, mut after) = operand(rest)?;
    // `A --> "1" B`
    let second = Some(after.trim_start()).filter(|a| rest.starts_with('"') && !a.starts_with(':'));
    if let Some(found) = second.and_then(operand) {
        (right, right_shape, after) = found;
    }
    let after = after.trim_start();
    let text = match after.split_once(':') {
        Some((marks, text)) if is_marks(marks) => text,
        None if is_marks(after) => "",
        _ => return None,
    };
    let (from, to, shapes) = if arrow.backward {
        (right, left, [right_shape, left_shape])
    } else {
        (left, right, [left_shape, right_shape])
    };
    let edge = Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        // `: <<uses>>`, and `: uses >` with the direction in which it is read.
        label: Label::new(text.trim().trim_matches(['<', '>']).trim()),
        technology: String::new(),
        direction: arrow.direction,
        style: arrow.style,
        span,
    };
    Some(Link { edge, shapes, shown: arrow.shown })
}

/// What may stand between the second name and the text: stereotypes, colours, links, marks of activation.
fn is_marks(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let after = if let Some(more) = rest.strip_prefix("<<") {
            more.split_once(">>").map(|(_, r)| r)
        } else if let Some(more) = rest.strip_prefix("[[") {
            more.split_once("]]").map(|(_, r)| r)
        } else if rest.starts_with('#') {
            rest.get(rest.find([' ', '\t']).unwrap_or(rest.len())..)
        } else {
            ["++", "--", "**", "!!"].iter().find_map(|m| rest.strip_prefix(m))
        };
        match after {
            Some(after) => rest = after.trim_start(),
            None => return false,
        }
    }
    true
}

struct Arrow {
    backward: bool,
    direction: &'static str,
    style: &'static str,
    shown: bool,
}

fn is_line(c: char) -> bool {
    matches!(c, '-' | '.' | '=' | '~')
}

/// What stands within a line, `[#red]left` for example: the text in brackets, and what follows. Nothing does if no line or
/// head follows.
fn within(text: &str) -> (&str, &str) {
    let mut rest = text;
    let mut marks = "";
    for _ in 0..3 {
        if let Some((inner, more)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            (marks, rest) = (inner, more);
        } else if let Some(more) = DIRECTIONS.iter().find_map(|d| rest.strip_prefix(d)) {
            rest = more;
        }
    }
    let goes_on = rest.starts_with(is_line);
    let headed = !marks.is_empty() && rest.starts_with(['>', '<', '\\', '/', 'x', 'o']);
    if goes_on || (headed && !marks.contains(' ')) { (marks, rest) } else { ("", text) }
}

/// An arrow at the start of a text, and what follows.
fn arrow(text: &str, sequence: bool) -> Option<(Arrow, &str)> {
    let begins = |t: &str| t.starts_with(is_line);
    let left = LEFT.iter().find(|h| text.strip_prefix(**h).is_some_and(begins)).copied();
    let left = left.unwrap_or_default();
    let mut rest = text.get(left.len()..)?;
    let mut line = 0;
    let mut kinds = String::new();
    let mut hidden = false;
    let mut marks = "";
    loop {
        let run = rest.find(|c| !is_line(c)).unwrap_or(rest.len());
        kinds.push_str(rest.get(..run)?.get(..run.min(8))?);
        line += run;
        rest = rest.get(run..)?;
        if line == 0 {
            return None;
        }
        // `[#red,dashed]`, a direction, or both: only within a line.
        let (inner, more) = within(rest);
        if more.len() < rest.len() {
            hidden |= inner.split(',').any(|m| m == "hidden");
            marks = inner;
            rest = more;
            if begins(more) {
                continue;
            }
            break;
        }
        // `-0)-`: a ball and its socket in the middle of a line.
        let joint = ["(0)", "0)", "(0", "0", "(", ")"].iter().find_map(|j| rest.strip_prefix(j));
        if let Some(more) = joint.filter(|m| begins(m)) {
            rest = more;
            continue;
        }
        break;
    }
    let bare = |h: &&&str| {
        let more = rest.get(h.len()..).unwrap_or_default();
        // A letter or bracket is a head only if the name does not begin with it.
        let separate = more.is_empty() || more.starts_with([' ', '\t', '"']);
        rest.starts_with(**h)
            && (separate || h.contains(['>', '\\', '/']) && !h.ends_with(['o', 'x']))
    };
    let right = RIGHT.iter().find(bare).copied().unwrap_or_default();
    rest = rest.get(right.len()..)?;
    let points_left = left.contains('<') || left.starts_with(['\\', '/', ')']);
    let points_right = right.contains('>') || right.starts_with(['\\', '/', '(']);
    let (backward, direction) = match (points_left, points_right) {
        (true, true) => (false, "both"),
        (true, false) => (true, "forward"),
        (false, true) => (false, "forward"),
        (false, false) => (false, "none"),
    };
    if sequence && direction == "none" && !right.contains('x') {
        return None;
    }
    let is_part =
        |head: &str| head.contains(['*', '+', '#', '^', '|', '{', '}', '@']) || head == "o";
    let dashed = if sequence { line >= 2 } else { kinds.contains(['.', '~']) };
    let style = match marks {
        m if dashed || m.contains("dashed") || m.contains("dotted") => "dashed",
        m if kinds.contains('=') || m.contains("bold") => "thick",
        _ => "solid",
    };
    let shown = !hidden && (sequence || !is_part(left) && !is_part(right));
    Some((Arrow { backward, direction, style, shown }, rest))
}
