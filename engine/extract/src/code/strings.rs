//! The text of a string literal: its pieces without quotes, escapes resolved, and the expressions between them.

use std::ops::Range;

use tree_sitter::Node;

use super::grammar::{Grammar, role};

/// A piece of a string literal.
#[derive(Debug)]
pub(crate) enum Piece<'t> {
    /// Text, as the program sees it.
    Text(String),
    /// An expression whose value is filled in.
    Hole(Node<'t>),
}

/// The value of a string literal without holes.
pub(crate) fn plain(grammar: &Grammar, text: &str, node: Node<'_>) -> Option<String> {
    let mut value = String::new();
    for piece in pieces(grammar, text, node) {
        match piece {
            Piece::Text(text) => value.push_str(&text),
            Piece::Hole(_) => return None,
        }
    }
    Some(value)
}

/// The pieces of a string literal (a node of role `STRING`), in order.
pub(crate) fn pieces<'t>(grammar: &Grammar, text: &str, node: Node<'t>) -> Vec<Piece<'t>> {
    let reading = grammar.language.constants.reading;
    let of = |range: Range<usize>| text.get(range).unwrap_or("");
    let mut inside = vec![];
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let child = cursor.node();
        if grammar.is(child, role::CONTENT) && child.child_count() > 0 {
            // Python keeps the escapes within the content.
            inside.extend(split_content(child));
        } else if grammar.is(child, role::CONTENT) {
            inside.push(Inside::Text(child.byte_range()));
        } else if grammar.is(child, role::ESCAPE) {
            inside.push(Inside::Escape(child.byte_range()));
        } else if grammar.is(child, role::SUBSTITUTION) {
            inside.push(Inside::Hole(child));
        }
        more = cursor.goto_next_sibling();
    }
    let whole = of(node.byte_range());
    let quote = whole.find(['"', '\'', '`']).unwrap_or(0);
    let prefix = whole.get(..quote).unwrap_or("").to_ascii_lowercase();
    let has = |list: &[&str]| list.contains(&prefix.as_str());
    let verbatim = has(reading.verbatim);
    if node.child_count() == 0 {
        // A literal that the grammar does not take apart.
        let end = whole.len().saturating_sub(1);
        let start = node.start_byte();
        inside.push(Inside::Text(start + (quote + 1).min(end)..start + end));
    }
    let block = reading.blocks.iter().any(|b| whole.get(quote..).unwrap_or("").starts_with(b));
    let indent = if block { indentation(whole.get(quote..).unwrap_or("")) } else { 0 };
    let mut pieces = vec![];
    let mut value = String::new();
    for part in inside {
        match part {
            Inside::Text(range) => {
                let mut piece = of(range).to_owned();
                if verbatim {
                    piece = piece.replace("\"\"", "\"");
                }
                if has(reading.doubled_braces) {
                    piece = piece.replace("{{", "{").replace("}}", "}");
                }
                if block {
                    piece = unindent(&piece, indent, pieces.is_empty() && value.is_empty());
                }
                value.push_str(&piece);
            }
            Inside::Escape(range) if has(reading.raw) && of(range.clone()).starts_with('\\') => {
                value.push_str(of(range));
            }
            Inside::Escape(range) => unescape(of(range), &mut value),
            Inside::Hole(node) => {
                if !value.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut value)));
                }
                pieces.push(Piece::Hole(expression(node)));
            }
        }
    }
    if !value.is_empty() {
        pieces.push(Piece::Text(value));
    }
    pieces
}

/// What lies between the quotes.
enum Inside<'t> {
    Text(Range<usize>),
    Escape(Range<usize>),
    Hole(Node<'t>),
}

fn split_content(content: Node<'_>) -> Vec<Inside<'_>> {
    let mut parts = vec![];
    let mut from = content.start_byte();
    let mut cursor = content.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let child = cursor.node();
        if child.start_byte() > from {
            parts.push(Inside::Text(from..child.start_byte()));
        }
        parts.push(Inside::Escape(child.byte_range()));
        from = child.end_byte();
        more = cursor.goto_next_sibling();
    }
    if content.end_byte() > from {
        parts.push(Inside::Text(from..content.end_byte()));
    }
    parts
}

/// The expression in `${…}`: the first child that is neither a brace nor a format.
fn expression(substitution: Node<'_>) -> Node<'_> {
    let mut cursor = substitution.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let child = cursor.node();
        if child.is_named() && !child.is_extra() && !child.kind().ends_with("_brace") {
            return child;
        }
        more = cursor.goto_next_sibling();
    }
    substitution
}

/// The smallest indentation of the lines of a text block behind its first; the closing quotes count.
fn indentation(block: &str) -> usize {
    let mut lines = block.split('\n').skip(1).peekable();
    let mut least = None;
    while let Some(line) = lines.next() {
        let blank = line.trim().is_empty() && lines.peek().is_some();
        if !blank {
            let own = line.len() - line.trim_start_matches([' ', '\t']).len();
            least = Some(least.map_or(own, |l: usize| l.min(own)));
        }
    }
    least.unwrap_or(0)
}

fn unindent(piece: &str, indent: usize, first: bool) -> String {
    let mut out = String::new();
    for (i, line) in piece.split('\n').enumerate() {
        if i == 0 {
            out.push_str(line);
            continue;
        }
        // The line break behind the opening quotes is not part of the text.
        if !(first && i == 1 && out.trim().is_empty()) {
            out.push('\n');
        } else {
            out.clear();
        }
        let white = line.len() - line.trim_start_matches([' ', '\t']).len();
        out.push_str(line.get(indent.min(white)..).unwrap_or(""));
    }
    out
}

/// Adds what an escape stands for.
fn unescape(escape: &str, out: &mut String) {
    if escape == "{{" || escape == "}}" {
        out.extend(escape.chars().next());
        return;
    }
    let Some(rest) = escape.strip_prefix('\\') else {
        out.push_str(escape);
        return;
    };
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
    };
    let mut chars = rest.chars();
    match chars.next() {
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some('b') => out.push('\u{8}'),
        Some('f') => out.push('\u{c}'),
        Some('v') => out.push('\u{b}'),
        Some('a') => out.push('\u{7}'),
        Some('\n' | '\r') => {}
        Some('x' | 'u' | 'U') if rest.len() > 1 => {
            let digits = chars.as_str().trim_start_matches(['u', '{']).trim_end_matches('}');
            out.push(number(digits, 16));
        }
        Some('0'..='7') => out.push(number(rest, 8)),
        Some(other) => {
            out.push(other);
            out.push_str(chars.as_str());
        }
        None => {}
    }
}
