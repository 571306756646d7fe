//! TOML.

use redan_base::{Limits, Span};
use toml_edit::{Document, Item, Key as TomlKey, TableLike, Value};

use super::line_at;
use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape, syntax_error};

/// Reads a text. A text with an error gives no tree.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = line_at(text, error.span().map_or(0, |s| s.start));
            return Parsed::failed(syntax_error(line, error.message()));
        }
    };
    let mut builder = Builder::new(limits);
    match table(&mut builder, document.as_table(), Span::new(0, text.len())) {
        Ok(root) => {
            builder.document(root);
            Parsed { tree: builder.finish(), ..Parsed::default() }
        }
        Err(problem) => Parsed::failed(problem),
    }
}

// Recursion is safe below: the library refuses more than 80 levels.

fn table(builder: &mut Builder<'_>, table: &dyn TableLike, own: Span) -> Result<NodeId, Problem> {
    let node = builder.add(Shape::Mapping, None, own)?;
    let mut span = own;
    for (text, item) in table.iter() {
        let key = table.key(text).and_then(TomlKey::span).map(|s| Span::new(s.start, s.end));
        let child = match item {
            Item::None => continue,
            Item::Value(v) => value(builder, v)?,
            Item::Table(t) => {
                let own = place(t.span(), key);
                self::table(builder, t, own)?
            }
            Item::ArrayOfTables(list) => {
                let own = place(list.span(), key);
                let sequence = builder.add(Shape::Sequence, None, own)?;
                let mut whole = own;
                for t in list {
                    let element = self::table(builder, t, place(t.span(), None))?;
                    whole = whole.to(builder.node(element).span);
                    builder.link(sequence, None, element);
                }
                builder.set_span(sequence, whole);
                sequence
            }
        };
        let inner = builder.node(child).span;
        let key = key.unwrap_or(Span { start: inner.start, end: inner.start });
        span = if span == Span::default() { key.to(inner) } else { span.to(inner) };
        builder.link(node, Some(Key::new(text, key)), child);
    }
    builder.set_span(node, span);
    Ok(node)
}

fn value(builder: &mut Builder<'_>, item: &Value) -> Result<NodeId, Problem> {
    let span = place(item.span(), None);
    let scalar = match item {
        Value::String(s) => Scalar::Text(s.value().clone()),
        Value::Integer(n) => Scalar::Int(*n.value()),
        Value::Boolean(b) => Scalar::Bool(*b.value()),
        Value::Float(f) => Scalar::Text(f.value().to_string()),
        Value::Datetime(d) => Scalar::Text(d.value().to_string()),
        Value::Array(list) => {
            let node = builder.add(Shape::Sequence, None, span)?;
            for element in list {
                let child = value(builder, element)?;
                builder.link(node, None, child);
            }
            return Ok(node);
        }
        Value::InlineTable(t) => return table(builder, t, span),
    };
    builder.leaf(Some(scalar), span)
}

fn place(span: Option<std::ops::Range<usize>>, otherwise: Option<Span>) -> Span {
    span.map(|s| Span::new(s.start, s.end)).or(otherwise).unwrap_or_default()
}
