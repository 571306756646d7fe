//! INI files: sections of `key = value`; keys before any section lie in the root.

use redan_base::{Limits, Span};

use super::{lines, offset_in};
use crate::matching::Scalar;
use crate::tree::{Builder, Key, Parsed, Problem, Shape};

/// Reads a text; every text is one.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let mut builder = Builder::indexed(limits);
    let problems = read(&mut builder, text).err().into_iter().collect();
    Parsed { tree: builder.finish(), problems, ..Parsed::default() }
}

fn read(builder: &mut Builder<'_>, text: &str) -> Result<(), Problem> {
    let root = builder.add(Shape::Mapping, None, Span::new(0, text.len()))?;
    builder.document(root);
    let mut section = root;
    for (start, line) in lines(text) {
        let content = line.trim_matches([' ', '\t', '\u{feff}']);
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let at = start + offset_in(line, content);
        if let Some(name) = content.strip_prefix('[').and_then(|c| c.split(']').next()) {
            let span = Span::new(at, at + content.len());
            let name = name.trim();
            section = if let Some(known) = builder.child(root, name) {
                known
            } else {
                let node = builder.add(Shape::Mapping, None, span)?;
                builder.link(root, Some(Key::new(name, span)), node);
                node
            };
            continue;
        }
        let (key, value) = match content.find(['=', ':']) {
            Some(i) => content.split_at(i),
            None => (content, ""),
        };
        let key = key.trim_end();
        let value = value.get(1..).unwrap_or_default().trim();
        let value_at =
            if value.is_empty() { at + content.len() } else { start + offset_in(line, value) };
        let span = Span::new(value_at, value_at + value.len());
        let value = unquote(value);
        let leaf = builder.leaf(Some(Scalar::Text(value.to_owned())), span)?;
        builder.link(section, Some(Key::new(key, Span::new(at, at + key.len()))), leaf);
    }
    Ok(())
}

/// A value without the quotes around it.
pub(super) fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}
