//! Texts with insertions: `"anyone who can reach {service.name}"`.
//!
//! An insertion is `{name}` or `{name.attribute…}` of identifiers. `{{` and `}}` are one brace; any other brace stands for
//! itself, so that code in a text reads as it is.

use std::ops::Range;

use redan_base::Span;

/// One insertion of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted {
    /// The bytes in the text's value, with the braces.
    pub range: Range<usize>,
    /// The names between the braces: the first one is of a binding.
    pub parts: Vec<String>,
}

/// The insertions of a text, in order.
pub fn insertions(text: &str) -> Vec<Inserted> {
    let mut found = vec![];
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|t| t.find('{')).map(|i| at + i) {
        let inner = text.get(open + 1..).unwrap_or_default();
        if inner.starts_with('{') {
            at = open + 2;
            continue;
        }
        at = open + 1;
        let Some(length) = inner.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        else {
            break;
        };
        let Some(body) = inner.get(..length) else { break };
        let is_name = |p: &str| p.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if inner.get(length..).is_some_and(|r| r.starts_with('}')) && body.split('.').all(is_name) {
            at = open + length + 2;
            found.push(Inserted {
                range: open..at,
                parts: body.split('.').map(str::to_owned).collect(),
            });
        }
    }
    found
}

/// A text with its insertions filled in, and doubled braces as one.
pub fn fill(text: &str, mut value: impl FnMut(&[String]) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for inserted in insertions(text) {
        out.push_str(&plain(text.get(at..inserted.range.start)));
        out.push_str(&value(&inserted.parts));
        at = inserted.range.end;
    }
    out.push_str(&plain(text.get(at..)));
    out
}

fn plain(part: Option<&str>) -> String {
    part.unwrap_or_default().replace("{{", "{").replace("}}", "}")
}

/// Where the `n`th insertion of a text value stands in the source, whose text at `span` may hold escapes and
/// indentation that the value lacks.
pub(crate) fn place(source: &str, span: Span, n: usize) -> Span {
    let Some(written) = source.get(span.range()) else { return span };
    let start = span.start as usize;
    match insertions(written).get(n) {
        Some(i) => Span::new(start + i.range.start, start + i.range.end),
        None => span,
    }
}
