//! HCL (Terraform and others). A block is a mapping under its type and labels; one that occurs more than once is a
//! sequence. An expression that is no literal is its source text.

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use redan_base::{Limits, Span};

use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape, syntax_error};

/// Reads a text. A text with an error gives no tree.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let body = match hcl_edit::parser::parse_body(text) {
        Ok(body) => body,
        Err(error) => {
            let line = error.location().line() as u32;
            return Parsed::failed(syntax_error(line, error.message()));
        }
    };
    let mut reader = Reader { text, builder: Builder::indexed(limits) };
    match reader.root(&body) {
        Ok(root) => {
            reader.builder.document(root);
            Parsed { tree: reader.builder.finish(), ..Parsed::default() }
        }
        Err(problem) => Parsed::failed(problem),
    }
}

struct Reader<'t, 'l> {
    text: &'t str,
    builder: Builder<'l>,
}

// Recursion is safe below: the library refuses more than 64 levels.
impl Reader<'_, '_> {
    fn root(&mut self, body: &Body) -> Result<NodeId, Problem> {
        let root = self.builder.add(Shape::Mapping, None, Span::new(0, self.text.len()))?;
        self.body(root, body)?;
        Ok(root)
    }

    fn body(&mut self, parent: NodeId, body: &Body) -> Result<(), Problem> {
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let child = self.value(&attribute.value)?;
                    let key = attribute.key.as_str();
                    let span = place(attribute.key.span());
                    self.builder.link(parent, Some(Key::new(key, span)), child);
                }
                Structure::Block(block) => self.block(parent, block)?,
            }
        }
        Ok(())
    }

    fn block(&mut self, parent: NodeId, block: &Block) -> Result<(), Problem> {
        let start = place(block.ident.span());
        let span = place(block.span()).to(start);
        let mut holder = parent;
        let mut key = Key::new(block.ident.as_str(), start);
        for label in &block.labels {
            // Types and labels are mappings that many blocks share: their place is that of the first.
            holder = self.builder.child_or_add(holder, &key.text, key.span, span)?;
            let at = match label {
                BlockLabel::Ident(name) => name.span(),
                BlockLabel::String(name) => name.span(),
            };
            key = Key::new(label.as_str(), place(at));
        }
        let node = self.builder.add(Shape::Mapping, None, span)?;
        self.body(node, &block.body)?;
        self.builder.append_to_key(holder, key, node)
    }

    fn value(&mut self, expression: &Expression) -> Result<NodeId, Problem> {
        let span = trimmed(self.text, place(expression.span()));
        let scalar = match expression {
            Expression::Null(_) => None,
            Expression::Bool(b) => Some(Scalar::Bool(*b.value())),
            Expression::Number(n) => Some(match n.value().as_i64() {
                Some(i) => Scalar::Int(i),
                None => Scalar::Text(n.value().to_string()),
            }),
            Expression::String(s) => Some(Scalar::Text(s.value().clone())),
            Expression::Array(list) => {
                let node = self.builder.add(Shape::Sequence, None, span)?;
                for element in list {
                    let child = self.value(element)?;
                    self.builder.link(node, None, child);
                }
                return Ok(node);
            }
            Expression::Object(object) => {
                let node = self.builder.add(Shape::Mapping, None, span)?;
                for (key, entry) in object {
                    let child = self.value(entry.expr())?;
                    let key = self.object_key(key);
                    self.builder.link(node, Some(key), child);
                }
                return Ok(node);
            }
            Expression::StringTemplate(_) => {
                let inner = self.text.get(span.range()).unwrap_or_default();
                let inner = inner.strip_prefix('"').unwrap_or(inner);
                Some(Scalar::Text(inner.strip_suffix('"').unwrap_or(inner).to_owned()))
            }
            Expression::HeredocTemplate(_) => {
                // Without the lines of the delimiters.
                let inner = self.text.get(span.range()).unwrap_or_default();
                let inner = inner.split_once('\n').map_or("", |(_, rest)| rest);
                Some(Scalar::Text(inner.rsplit_once('\n').map_or("", |(text, _)| text).to_owned()))
            }
            Expression::Parenthesis(_)
            | Expression::Variable(_)
            | Expression::Conditional(_)
            | Expression::FuncCall(_)
            | Expression::Traversal(_)
            | Expression::UnaryOp(_)
            | Expression::BinaryOp(_)
            | Expression::ForExpr(_) => {
                Some(Scalar::Text(self.text.get(span.range()).unwrap_or_default().to_owned()))
            }
        };
        self.builder.leaf(scalar, span)
    }

    fn object_key(&self, key: &ObjectKey) -> Key {
        match key {
            ObjectKey::Ident(name) => Key::new(name.as_str(), place(name.span())),
            ObjectKey::Expression(e) => {
                let span = trimmed(self.text, place(e.span()));
                let written = self.text.get(span.range()).unwrap_or_default();
                let text = e.as_str().map_or_else(|| written.to_owned(), str::to_owned);
                Key::new(text, span)
            }
        }
    }
}

fn place(span: Option<std::ops::Range<usize>>) -> Span {
    span.map(|s| Span::new(s.start, s.end)).unwrap_or_default()
}

fn trimmed(text: &str, span: Span) -> Span {
    let inner = text.get(span.range()).unwrap_or_default();
    let start = span.start as usize + inner.len() - inner.trim_start().len();
    Span::new(start, start + inner.trim().len())
}
