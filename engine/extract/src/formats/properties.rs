//! Java properties: keys nested by their dots, so that a path fits `a.b=c` here and `a: { b: c }` in YAML.

use redan_base::{Limits, Span};

use super::lines;
use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape};

/// Reads a text; every text is one.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let mut builder = Builder::indexed(limits);
    let problems = read(&mut builder, text).err().into_iter().collect();
    let mut tree = builder.finish();
    tree.dotted = true;
    Parsed { tree, problems, ..Parsed::default() }
}

fn read(builder: &mut Builder<'_>, text: &str) -> Result<(), Problem> {
    let root = builder.add(Shape::Mapping, None, Span::new(0, text.len()))?;
    builder.document(root);
    let mut all = lines(text);
    while let Some((start, line)) = all.next() {
        let content = line.trim_start_matches([' ', '\t', '\u{c}', '\u{feff}']);
        if content.is_empty() || content.starts_with(['#', '!']) {
            continue;
        }
        let at = start + line.len() - content.len();
        let (key_length, value_from) = split_key(content);
        let mut value = content.get(value_from..).unwrap_or_default().to_owned();
        let mut end = start + line.len();
        // An odd number of backslashes at the end goes on with the next line.
        while value.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1 {
            value.pop();
            let Some((next, more)) = all.next() else { break };
            value.push_str(more.trim_start());
            end = next + more.len();
        }
        let key = unescape(content.get(..key_length).unwrap_or_default());
        let key_span = Span::new(at, at + key_length);
        let value_start = (at + value_from).min(end);
        let value_span = Span::new(value_start, end);
        let value = unescape(&value);
        insert(builder, root, &key, key_span, Scalar::Text(value), value_span)?;
    }
    Ok(())
}

/// Where the key ends and where the value begins.
fn split_key(content: &str) -> (usize, usize) {
    let mut escaped = false;
    let end = content
        .char_indices()
        .find(|(_, c)| {
            let ends = !escaped && matches!(c, '=' | ':' | ' ' | '\t' | '\u{c}');
            escaped = *c == '\\' && !escaped;
            ends
        })
        .map_or(content.len(), |(i, _)| i);
    let rest = content.get(end..).unwrap_or_default();
    let after = rest.trim_start_matches([' ', '\t', '\u{c}']);
    let after = after.strip_prefix(['=', ':']).unwrap_or(after);
    let after = after.trim_start_matches([' ', '\t', '\u{c}']);
    (end, content.len() - after.len())
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let rest = chars.as_str();
                let code = rest.get(..4).and_then(|h| u32::from_str_radix(h, 16).ok());
                if let Some(code) = code {
                    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    chars = rest.get(4..).unwrap_or_default().chars();
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// Puts a value under a dotted key. The place of each part is the line that has it first.
fn insert(
    builder: &mut Builder<'_>,
    root: NodeId,
    key: &str,
    key_span: Span,
    value: Scalar,
    value_span: Span,
) -> Result<(), Problem> {
    let depth = builder.limits().tree_depth;
    let parts: Vec<&str> = key.splitn(depth, '.').collect();
    let mut holder = root;
    for (index, part) in parts.iter().enumerate() {
        if index + 1 < parts.len() {
            holder = builder.child_or_add(holder, part, key_span, key_span.to(value_span))?;
            continue;
        }
        if let Some(known) = builder.child(holder, part) {
            builder.set_scalar(known, Some(value));
            return Ok(());
        }
        let leaf = builder.add(Shape::Mapping, Some(value), value_span)?;
        builder.link(holder, Some(Key::new(*part, key_span)), leaf);
        return Ok(());
    }
    Ok(())
}
