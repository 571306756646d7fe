//! JSON, with comments and trailing commas, as many tools write it.

use redan_base::{Limits, Span};

use super::line_at;
use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape, syntax_error, too_deep};

/// Reads a text. A text with an error gives no tree.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let mut reader = Reader { text, at: 0, builder: Builder::new(limits) };
    match reader.document() {
        Ok(root) => {
            reader.builder.document(root);
            Parsed { tree: reader.builder.finish(), ..Parsed::default() }
        }
        Err(problem) => Parsed::failed(problem),
    }
}

struct Reader<'t, 'l> {
    text: &'t str,
    at: usize,
    builder: Builder<'l>,
}

struct Open {
    node: NodeId,
    start: usize,
    key: Option<Key>,
}

impl Reader<'_, '_> {
    /// One value and nothing after it. A stack of open brackets stands in for recursion.
    fn document(&mut self) -> Result<NodeId, Problem> {
        let mut open: Vec<Open> = vec![];
        loop {
            self.space();
            let start = self.at;
            let closing = match (open.last(), self.peek()) {
                (Some(top), Some(c @ (b'}' | b']'))) => {
                    let mapping = self.builder.node(top.node).shape == Shape::Mapping;
                    if mapping != (c == b'}') {
                        return Err(self.error("a bracket closes another kind of bracket"));
                    }
                    self.at += 1;
                    true
                }
                _ => false,
            };
            let mut done = if closing {
                let Some(top) = open.pop() else { return Err(self.error("a stray bracket")) };
                self.builder.set_span(top.node, Span::new(top.start, self.at));
                Some((top.node, top.key))
            } else {
                let key = match open.last() {
                    Some(top) if self.builder.node(top.node).shape == Shape::Mapping => {
                        Some(self.key()?)
                    }
                    _ => None,
                };
                let start = if key.is_some() { self.at } else { start };
                match self.peek() {
                    Some(c @ (b'{' | b'[')) => {
                        if open.len() >= self.builder.limits().tree_depth {
                            return Err(too_deep(self.builder.limits()));
                        }
                        let shape = if c == b'{' { Shape::Mapping } else { Shape::Sequence };
                        let span = Span::new(start, start + 1);
                        let node = self.builder.add(shape, None, span)?;
                        self.at += 1;
                        open.push(Open { node, start, key });
                        None
                    }
                    _ => Some((self.scalar()?, key)),
                }
            };
            let Some((node, key)) = done.take() else { continue };
            let Some(parent) = open.last() else {
                self.space();
                return if self.at == self.text.len() {
                    Ok(node)
                } else {
                    Err(self.error("text after the value"))
                };
            };
            self.builder.link(parent.node, key, node);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}' | b']') => {}
                Some(_) => return Err(self.error("expected `,` or a closing bracket")),
                None => return Err(self.error("the file ends before its brackets are closed")),
            }
        }
    }

    fn key(&mut self) -> Result<Key, Problem> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in double quotes"));
        }
        let text = self.string()?;
        let span = Span::new(start, self.at);
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:`"));
        }
        self.at += 1;
        self.space();
        Ok(Key::new(text, span))
    }

    fn scalar(&mut self) -> Result<NodeId, Problem> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            let text = self.string()?;
            return self.builder.leaf(Some(Scalar::Text(text)), Span::new(start, self.at));
        }
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let word = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'.' | b'_');
        self.at += rest.iter().take_while(|c| word(c)).count();
        let text = self.text.get(start..self.at).unwrap_or_default();
        let scalar = match text {
            "" => return Err(self.error("expected a value")),
            "null" => None,
            "true" => Some(Scalar::Bool(true)),
            "false" => Some(Scalar::Bool(false)),
            _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Some(text.parse().map_or_else(|_| Scalar::Text(text.to_owned()), Scalar::Int))
            }
            _ => {
                self.at = start;
                return Err(self.error("expected a value"));
            }
        };
        self.builder.leaf(scalar, Span::new(start, self.at))
    }

    fn string(&mut self) -> Result<String, Problem> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest.find(['"', '\\', '\n']).unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut out);
                }
                _ => return Err(self.error("a text without closing quote")),
            }
        }
    }

    fn escape(&mut self, out: &mut String) {
        let Some(c) = self.text.get(self.at..).and_then(|r| r.chars().next()) else { return };
        self.at += c.len_utf8();
        match c {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let high = self.hex();
                let code = if (0xd800..0xdc00).contains(&high)
                    && self.text.get(self.at..).is_some_and(|r| r.starts_with("\\u"))
                {
                    self.at += 2;
                    let low = self.hex();
                    0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff)
                } else {
                    high
                };
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            other => out.push(other),
        }
    }

    fn hex(&mut self) -> u32 {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let value = u32::from_str_radix(digits, 16);
        if value.is_ok() {
            self.at += 4;
        }
        value.unwrap_or(0xfffd)
    }

    fn space(&mut self) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']);
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.at += trimmed.find("*/").map_or(trimmed.len(), |i| i + 2);
            } else {
                return;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, message: &str) -> Problem {
        syntax_error(line_at(self.text, self.at), message)
    }
}
