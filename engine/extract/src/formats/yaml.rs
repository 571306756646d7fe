//! YAML: several documents, anchors and aliases, merge keys, and templates in it.

use std::borrow::Cow;

use redan_base::{Limits, Span};
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::line_at;
use crate::matching::Scalar;
use crate::templates::{self, Blanked};
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape, syntax_error, too_deep};

/// Reads a text. After an error the documents that were complete are kept.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    joined_if_needed(text, templates::blank(text).as_ref(), limits)
}

/// Reads a text that was filled in. Places are those of the text that was written.
pub(crate) fn filled(text: &str, filled: &Blanked, limits: &Limits) -> Parsed {
    let mut parsed = joined_if_needed(text, Some(filled), limits);
    parsed.tree.move_to(|span| filled.span(span));
    parsed
}

fn joined_if_needed(text: &str, blanked: Option<&Blanked>, limits: &Limits) -> Parsed {
    let source = blanked.map_or(text, |b| &b.text);
    let parsed = read(text, source, blanked, limits);
    if parsed.problems.is_empty() {
        return parsed;
    }
    match brackets_joined(source) {
        Some(joined) => {
            let again = read(text, &joined, blanked, limits);
            if again.problems.is_empty() { again } else { parsed }
        }
        None => parsed,
    }
}

/// The text with each line that begins with a closing bracket joined to the line before it, by a blank in the place of
/// the line break. Other readers allow a closing bracket that is indented no deeper than its key; the grammar of YAML,
/// and the parser, do not.
fn brackets_joined(source: &str) -> Option<String> {
    let mut joined = String::with_capacity(source.len());
    let mut changed = false;
    for line in source.split_inclusive('\n') {
        let before = joined.trim_end_matches(['\n', '\r']).len();
        let last = joined.get(..before).and_then(|t| t.lines().next_back()).unwrap_or_default();
        // What follows a `#` would become part of the comment.
        if line.trim_start().starts_with([']', '}']) && !last.contains('#') && before > 0 {
            let blanks = joined.len() - before;
            joined.truncate(before);
            joined.extend(std::iter::repeat_n(' ', blanks));
            changed = true;
        }
        joined.push_str(line);
    }
    changed.then_some(joined)
}

fn read(text: &str, source: &str, blanked: Option<&Blanked>, limits: &Limits) -> Parsed {
    let mut reader = Reader {
        text,
        offsets: Offsets::new(source),
        blanked,
        builder: Builder::new(limits),
        anchors: FxHashMap::default(),
        open: vec![],
        end: 0,
    };
    let problems = reader.read(source).err().into_iter().collect();
    let templated = blanked.is_some_and(|b| b.unknown);
    Parsed { tree: reader.builder.finish(), problems, templated, ..Parsed::default() }
}

struct Reader<'t, 'l> {
    /// The text that was written.
    text: &'t str,
    offsets: Offsets,
    blanked: Option<&'t Blanked>,
    builder: Builder<'l>,
    /// Complete anchored nodes.
    anchors: FxHashMap<usize, NodeId>,
    open: Vec<Open>,
    /// Where the last scalar or bracket ended: block collections end there, and not at the next token.
    end: usize,
}

struct Open {
    node: NodeId,
    start: usize,
    anchor: usize,
    /// The key of the value to come, in a mapping.
    key: Option<Key>,
    /// `<<` was the key.
    merge: bool,
    /// What `<<` brings, to be added when the mapping's own keys are known.
    merged: Vec<NodeId>,
    /// The key by which this node itself hangs in its parent.
    own: Own,
}

#[derive(Default)]
struct Own {
    key: Option<Key>,
    merge: bool,
}

impl Reader<'_, '_> {
    fn read(&mut self, source: &str) -> Result<(), Problem> {
        let mut parser = Parser::new_from_str(source);
        while let Some(event) = parser.next_event() {
            let (event, span) =
                event.map_err(|e| syntax_error(self.line(source, e.marker().line()), e.info()))?;
            let start = self.offsets.byte(span.start.index());
            let end = self.offsets.byte(span.end.index()).max(start);
            match event {
                Event::MappingStart(anchor, _) => self.push(Shape::Mapping, anchor, start)?,
                Event::SequenceStart(anchor, _) => self.push(Shape::Sequence, anchor, start)?,
                Event::MappingEnd | Event::SequenceEnd => self.pop(end)?,
                Event::Scalar(value, style, anchor, tag) => {
                    let text_tag =
                        tag.is_some_and(|t| t.is_yaml_core_schema() && t.suffix == "str");
                    let value = match self.blanked {
                        Some(b) => b.restore(&value, start..end),
                        None => value,
                    };
                    let plain = style == ScalarStyle::Plain && !text_tag;
                    let end = trimmed_end(source, start, end);
                    self.end = self.end.max(end);
                    self.scalar(value, plain, anchor, Span::new(start, end))?;
                }
                Event::Alias(anchor) => {
                    self.end = self.end.max(end);
                    self.alias(anchor, Span::new(start, end))?;
                }
                Event::DocumentStart(_) => self.end = end,
                Event::DocumentEnd | Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
            }
        }
        Ok(())
    }

    /// The line of the text that was written.
    fn line(&self, source: &str, line: usize) -> u32 {
        let Some(blanked) = self.blanked else { return line as u32 };
        let start: usize =
            source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        line_at(self.text, blanked.span(Span::new(start, start)).start as usize)
    }

    fn push(&mut self, shape: Shape, anchor: usize, start: usize) -> Result<(), Problem> {
        if self.open.len() >= self.builder.limits().tree_depth {
            return Err(too_deep(self.builder.limits()));
        }
        let own = self.open.last_mut().map_or_else(Own::default, |top| Own {
            key: top.key.take(),
            merge: std::mem::take(&mut top.merge),
        });
        // A collection in the place of a key cannot be told by name.
        let own = match self.open.last() {
            Some(top)
                if own.key.is_none()
                    && !own.merge
                    && self.builder.node(top.node).shape == Shape::Mapping =>
            {
                Own { key: Some(Key::new("", Span::new(start, start))), merge: false }
            }
            _ => own,
        };
        let node = self.builder.add(shape, None, Span::new(start, start))?;
        self.end = self.end.max(start);
        self.open.push(Open { node, start, anchor, key: None, merge: false, merged: vec![], own });
        Ok(())
    }

    fn pop(&mut self, end: usize) -> Result<(), Problem> {
        let Some(top) = self.open.pop() else { return Ok(()) };
        // The end of a flow collection is its bracket; that of a block collection the end of its last value.
        if end > self.end && self.offsets.is_closing(end) {
            self.end = end;
        }
        for base in top.merged {
            self.merge(top.node, base)?;
        }
        self.builder.set_span(top.node, Span::new(top.start, self.end.max(top.start)));
        if top.anchor > 0 {
            self.anchors.insert(top.anchor, top.node);
        }
        self.attach(top.node, top.own);
        Ok(())
    }

    fn scalar(
        &mut self,
        value: Cow<'_, str>,
        plain: bool,
        anchor: usize,
        span: Span,
    ) -> Result<(), Problem> {
        if let Some(top) = self.open.last_mut()
            && top.key.is_none()
            && !top.merge
            && self.builder.node(top.node).shape == Shape::Mapping
        {
            if plain && value == "<<" {
                top.merge = true;
            } else {
                top.key = Some(Key::new(value, span));
            }
            if anchor > 0 {
                let text = top.key.as_ref().map(|k| Scalar::Text(k.text.to_string()));
                let node = self.builder.leaf(text, span)?;
                self.anchors.insert(anchor, node);
            }
            return Ok(());
        }
        let scalar = if plain { resolve(&value) } else { Some(Scalar::Text(value.into_owned())) };
        let node = self.builder.leaf(scalar, span)?;
        if anchor > 0 {
            self.anchors.insert(anchor, node);
        }
        let own = self.open.last_mut().map_or_else(Own::default, |top| Own {
            key: top.key.take(),
            merge: std::mem::take(&mut top.merge),
        });
        self.attach(node, own);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Problem> {
        // An alias within its own anchor has nothing complete to stand for.
        let target = self.anchors.get(&anchor).copied();
        let Some(top) = self.open.last_mut() else {
            if let Some(node) = target {
                self.builder.document(node);
            }
            return Ok(());
        };
        let mapping = self.builder.node(top.node).shape == Shape::Mapping;
        if mapping && top.key.is_none() && !top.merge {
            let text = target.and_then(|n| match &self.builder.node(n).scalar {
                Some(Scalar::Text(t)) => Some(t.clone()),
                _ => None,
            });
            top.key = Some(Key::new(text.unwrap_or_default(), span));
            return Ok(());
        }
        let own = Own { key: top.key.take(), merge: std::mem::take(&mut top.merge) };
        let parent = top.node;
        match target {
            Some(node) if own.merge => {
                if let Some(top) = self.open.last_mut() {
                    top.merged.push(node);
                }
            }
            Some(node) => self.builder.share(parent, own.key, node, span)?,
            None => {
                let node = self.builder.leaf(None, span)?;
                self.attach(node, own);
            }
        }
        Ok(())
    }

    /// Adds the keys of `base` (a mapping, or a sequence of them) that `node` does not have.
    fn merge(&mut self, node: NodeId, base: NodeId) -> Result<(), Problem> {
        let bases: Vec<NodeId> = match self.builder.node(base).shape {
            Shape::Sequence => self.builder.node(base).edges.iter().map(|e| e.node).collect(),
            Shape::Mapping | Shape::Leaf => vec![base],
        };
        let mut have: rustc_hash::FxHashSet<Box<str>> = self
            .builder
            .node(node)
            .edges
            .iter()
            .filter_map(|e| e.key.as_ref().map(|k| k.text.clone()))
            .collect();
        for base in bases {
            for edge in self.builder.node(base).edges.clone() {
                if let Some(key) = edge.key
                    && have.insert(key.text.clone())
                {
                    self.builder.share(node, Some(key), edge.node, edge.value)?;
                }
            }
        }
        Ok(())
    }

    fn attach(&mut self, node: NodeId, own: Own) {
        match self.open.last_mut() {
            None => self.builder.document(node),
            Some(top) if own.merge => top.merged.push(node),
            Some(top) => {
                let parent = top.node;
                self.builder.link(parent, own.key, node);
            }
        }
    }
}

/// A plain scalar by the core schema.
fn resolve(text: &str) -> Option<Scalar> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return None,
        "true" | "True" | "TRUE" => return Some(Scalar::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Scalar::Bool(false)),
        _ => {}
    }
    let number = if let Some(hex) = text.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()
    } else if let Some(octal) = text.strip_prefix("0o") {
        i64::from_str_radix(octal, 8).ok()
    } else {
        text.parse().ok()
    };
    Some(number.map_or_else(|| Scalar::Text(text.to_owned()), Scalar::Int))
}

/// The end of a scalar without the line breaks and blanks that a block scalar takes along.
fn trimmed_end(source: &str, start: usize, end: usize) -> usize {
    source.get(start..end).map_or(end, |s| start + s.trim_end().len()).max(start)
}

/// The parser counts characters; places are bytes.
struct Offsets {
    /// The byte of each character; empty where each character is one byte.
    bytes: Vec<u32>,
    len: usize,
    /// Bytes before which a closing bracket stands.
    closing: Vec<u32>,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            vec![]
        } else {
            text.char_indices().map(|(i, _)| i as u32).collect()
        };
        let brackets = text.bytes().enumerate().filter(|(_, b)| matches!(b, b']' | b'}'));
        let closing = brackets.map(|(i, _)| i as u32 + 1).collect();
        Self { bytes, len: text.len(), closing }
    }

    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.len);
        }
        self.bytes.get(character).map_or(self.len, |b| *b as usize)
    }

    fn is_closing(&self, byte: usize) -> bool {
        self.closing.binary_search(&(byte as u32)).is_ok()
    }
}
