//! The elements of PlantUML: `database "Orders" as orders <<PostgreSQL>> {`.

use redan_base::Span;

use super::drawing::Element;
use super::label::Label;

/// The words that begin an element.
pub(super) const KEYWORDS: &[&str] = &[
    "actor",
    "agent",
    "artifact",
    "boundary",
    "card",
    "circle",
    "cloud",
    "collections",
    "component",
    "container",
    "control",
    "database",
    "entity",
    "file",
    "folder",
    "frame",
    "hexagon",
    "interface",
    "label",
    "node",
    "package",
    "participant",
    "person",
    "port",
    "portin",
    "portout",
    "process",
    "queue",
    "rectangle",
    "stack",
    "storage",
    "usecase",
];

/// An element, and what follows it.
pub(super) struct Found {
    /// The element.
    pub element: Element,
    /// Whether a brace opens it.
    pub opens: bool,
    /// Whether its text stands on the next lines, up to a bracket.
    pub text_follows: bool,
}

/// A name at the start of a text: the name, the shape that its brackets stand for, and what follows.
pub(super) fn operand(text: &str) -> Option<(&str, &'static str, &str)> {
    let first = text.chars().next()?;
    let closed = |close: &str| {
        let (name, rest) = text.get(first.len_utf8()..)?.split_once(close)?;
        (!name.trim().is_empty()).then_some((name.trim(), rest))
    };
    match first {
        '[' => closed("]").map(|(name, rest)| (name, "component", rest)),
        '"' => closed("\"").map(|(name, rest)| (name, "", rest)),
        ':' => closed(":").map(|(name, rest)| (name, "actor", rest)),
        '(' => match text.strip_prefix("()") {
            Some(rest) => {
                operand(rest.trim_start()).map(|(name, _, rest)| (name, "interface", rest))
            }
            None => closed(")").map(|(name, rest)| (name, "usecase", rest)),
        },
        _ => {
            let mut end = text.len();
            let mut chars = text.char_indices().peekable();
            while let Some((i, c)) = chars.next() {
                let next = chars.peek().map(|(_, c)| *c);
                // A dot belongs to a name only within it: `A..>B` is an arrow.
                let inside = c.is_alphanumeric()
                    || matches!(c, '_' | '$' | '@')
                    || (matches!(c, '.' | '/') && i > 0 && next.is_some_and(char::is_alphanumeric));
                if !inside {
                    end = i;
                    break;
                }
            }
            let (name, rest) = text.split_at_checked(end)?;
            (!name.is_empty()).then_some((name, "", rest))
        }
    }
}

/// An element that a line declares.
pub(super) fn element(line: &str, span: Span) -> Option<Found> {
    let word = line.split([' ', '\t', '[', '"', '(', ':', '#', '<']).next().unwrap_or_default();
    let keyword = KEYWORDS.iter().find(|k| k.eq_ignore_ascii_case(word));
    let mut rest = line.get(keyword.map_or(0, |k| k.len())..)?.trim_start();
    if keyword.is_none() && !rest.starts_with(['[', '(', ':']) {
        return None;
    }
    let mut shape = keyword.copied().unwrap_or_default().to_owned();
    let mut names: Vec<(&str, bool)> = vec![];
    let mut tags = vec![];
    let (mut opens, mut text_follows) = (false, false);
    while !rest.is_empty() {
        if let Some(more) = rest.strip_prefix("<<") {
            let (tag, more) = more.split_once(">>")?;
            tags.push(tag.trim().trim_start_matches('$').to_owned());
            rest = more.trim_start();
        } else if let Some(more) = rest.strip_prefix("[[") {
            rest = more.split_once("]]")?.1.trim_start();
        } else if rest.starts_with('#') {
            let end = rest.find([' ', '\t', '{', '[']).unwrap_or(rest.len());
            rest = rest.get(end..)?.trim_start();
        } else if rest == "[" || (rest.starts_with('[') && !rest.contains(']')) {
            text_follows = true;
            rest = "";
        } else if rest.starts_with('{') {
            opens = !rest.contains('}');
            rest = "";
        } else if let Some(more) = rest.strip_prefix("as ").filter(|_| !names.is_empty()) {
            rest = more.trim_start();
        } else if let Some(more) = rest.strip_prefix("order ").filter(|_| !names.is_empty()) {
            rest = more.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        } else if let Some(more) = rest.strip_prefix('$').filter(|_| !names.is_empty()) {
            let end = more.find([' ', '\t', '{']).unwrap_or(more.len());
            tags.push(more.get(..end)?.to_owned());
            rest = more.get(end..)?.trim_start();
        } else {
            let word = rest.split([' ', '\t', '{', '#', '<']).next().unwrap_or_default();
            let (name, form, more) = match operand(rest) {
                // Names may hold marks that arrows cannot stand beside.
                Some((name, "", _)) if !rest.starts_with('"') && word.len() > name.len() => {
                    (word, "", rest.get(word.len()..)?)
                }
                Some(found) => found,
                None if !word.is_empty() => (word, "", rest.get(word.len()..)?),
                None => return None,
            };
            if shape.is_empty() {
                form.clone_into(&mut shape);
            }
            names.push((name, rest.starts_with(['"', '[', '(', ':'])));
            rest = more.trim_start();
        }
        if names.len() > 2 {
            return None;
        }
    }
    let (first, first_text) = *names.first()?;
    // The alias is the one of two names that is a bare word.
    let (id, label) = match names.get(1) {
        Some((second, _)) if first_text => (*second, first),
        Some((second, true)) => (first, *second),
        Some((second, false)) => (*second, first),
        None => (first, first),
    };
    let element = Element {
        id: id.to_owned(),
        label: Label::new(label),
        shape,
        tags,
        span,
        ..Element::default()
    };
    Some(Found { element, opens, text_follows })
}
