//! XML without definitions of entities: elements by local name, `@attribute`, and text as the value.

use redan_base::{Limits, Span};
use roxmltree::{Document, Node as XmlNode, ParsingOptions};

use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape, syntax_error, too_deep};

/// Reads a text. A text with an error, or with definitions of its own, gives no tree.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let blanked = without_doctype(text);
    let text = blanked.as_deref().unwrap_or(text);
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: limits.tree_nodes as u32,
        ..ParsingOptions::default()
    };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(error) => return Parsed::failed(syntax_error(error.pos().row, &error.to_string())),
    };
    let mut builder = Builder::indexed(limits);
    match read(&mut builder, text, &document) {
        Ok(()) => Parsed { tree: builder.finish(), ..Parsed::default() },
        Err(problem) => Parsed::failed(problem),
    }
}

/// The text with blanks for a `<!DOCTYPE …>` that only names a definition elsewhere, which is never fetched.
fn without_doctype(text: &str) -> Option<String> {
    let start = text.find("<!DOCTYPE")?;
    let length = text.get(start..)?.find(['>', '['])?;
    let end = start + length + 1;
    if !text.get(..end)?.ends_with('>') {
        return None;
    }
    let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
    let blanks: String = text.get(start..end)?.chars().map(blank).collect();
    Some(format!("{}{blanks}{}", text.get(..start)?, text.get(end..)?))
}

struct Open<'d, 'i> {
    node: NodeId,
    children: roxmltree::Children<'d, 'i>,
    key: Key,
    text: String,
}

/// The root mapping holds the root element under its name, so that a path begins with it.
fn read(builder: &mut Builder<'_>, text: &str, document: &Document<'_>) -> Result<(), Problem> {
    let root = builder.add(Shape::Mapping, None, Span::new(0, text.len()))?;
    let mut open = vec![element(builder, document.root_element())?];
    while let Some(top) = open.last_mut() {
        match top.children.next() {
            Some(child) if child.is_element() => {
                if open.len() >= builder.limits().tree_depth {
                    return Err(too_deep(builder.limits()));
                }
                let child = element(builder, child)?;
                open.push(child);
            }
            Some(child) => {
                if child.is_text() {
                    top.text.push_str(child.text().unwrap_or_default());
                }
            }
            None => {
                let Some(done) = open.pop() else { break };
                let value = done.text.trim();
                if !value.is_empty() {
                    builder.set_scalar(done.node, Some(Scalar::Text(value.to_owned())));
                }
                let parent = open.last().map_or(root, |p| p.node);
                builder.append_to_key(parent, done.key, done.node)?;
            }
        }
    }
    builder.document(root);
    Ok(())
}

fn element<'d, 'i>(
    builder: &mut Builder<'_>,
    element: XmlNode<'d, 'i>,
) -> Result<Open<'d, 'i>, Problem> {
    let range = element.range();
    let node = builder.add(Shape::Mapping, None, Span::new(range.start, range.end))?;
    for attribute in element.attributes() {
        let name = attribute.range_qname();
        let value = attribute.range_value();
        let child = builder.leaf(
            Some(Scalar::Text(attribute.value().to_owned())),
            // With its quotes.
            Span::new(value.start.saturating_sub(1), value.end + 1),
        )?;
        let key = Key::new(format!("@{}", attribute.name()), Span::new(name.start, name.end));
        builder.link(node, Some(key), child);
    }
    let name = element.tag_name().name();
    let key = Key::new(name, Span::new(range.start, range.start + 1 + name.len()));
    Ok(Open { node, children: element.children(), key, text: String::new() })
}
