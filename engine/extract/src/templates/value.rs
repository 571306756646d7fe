//! Values that templates compute with: those of a data file, and one that stands for all that is not known.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::matching::Scalar;
use crate::tree::{NodeId, Shape, Tree};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    /// Not known before the template is used.
    Unknown,
    /// Absent.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(Arc<str>),
    /// A list; made by [`Val::list`].
    List(Arc<Vec<Val>>, Size),
    /// A mapping, sorted by key; made by [`Val::map`].
    Map(Arc<Vec<(String, Val)>>, Size),
    /// A mapping of which some entries are known, sorted by key; the others are not known.
    Open(Arc<Vec<(String, Val)>>),
}

/// How much a collection holds, with all that it holds twice counted twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    values: usize,
    depth: usize,
}

impl Size {
    const MOST: Self = Self { values: 200_000, depth: 130 };

    /// The size of a collection of these; none if it is too large to be gone through.
    fn of<'v>(values: impl Iterator<Item = &'v Val>) -> Option<Self> {
        let mut size = Self { values: 1, depth: 1 };
        for value in values {
            let Self { values, depth } = match value {
                Val::List(_, size) | Val::Map(_, size) => *size,
                _ => Self { values: 1, depth: 0 },
            };
            size.values = size.values.saturating_add(values);
            size.depth = size.depth.max(depth + 1);
        }
        (size.values <= Self::MOST.values && size.depth <= Self::MOST.depth).then_some(size)
    }
}

/// The longest text that is made of a value.
pub(super) const MOST_TEXT: usize = 1 << 20;

impl Val {
    /// A text.
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list; not known if it is too large.
    pub(crate) fn list(items: Vec<Val>) -> Self {
        match Size::of(items.iter()) {
            Some(size) => Self::List(Arc::new(items), size),
            None => Self::Unknown,
        }
    }

    /// A mapping; of equal keys the last one counts. Not known if it is too large.
    pub(crate) fn map(mut entries: Vec<(String, Val)>) -> Self {
        entries.reverse();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|a, b| a.0 == b.0);
        match Size::of(entries.iter().map(|(_, value)| value)) {
            Some(size) => Self::Map(Arc::new(entries), size),
            None => Self::Unknown,
        }
    }

    /// What a node of a structured file is.
    pub(crate) fn of(tree: &Tree, id: NodeId) -> Self {
        let node = tree.node(id);
        match node.shape {
            Shape::Leaf => match &node.scalar {
                None => Self::Nil,
                Some(Scalar::Bool(b)) => Self::Bool(*b),
                Some(Scalar::Int(n)) => Self::Int(*n),
                Some(Scalar::Text(t)) => Self::text(t.as_str()),
            },
            Shape::Sequence => {
                Self::list(node.edges.iter().map(|e| Self::of(tree, e.node)).collect())
            }
            Shape::Mapping => Self::map(
                node.edges
                    .iter()
                    .filter_map(|e| {
                        let key = e.key.as_ref()?.text.to_string();
                        Some((key, Self::of(tree, e.node)))
                    })
                    .collect(),
            ),
        }
    }

    /// The entry of a key. Objects that a template sees have names in upper case (`.Chart.AppVersion`), their files
    /// have not.
    pub(crate) fn field(&self, key: &str) -> Self {
        match self {
            Self::Map(entries, _) => found(entries, key).unwrap_or(Self::Nil),
            Self::Open(entries) => found(entries, key).unwrap_or(Self::Unknown),
            Self::Nil => Self::Nil,
            _ => Self::Unknown,
        }
    }

    /// Whether a condition takes it for true; none if that is not known.
    pub(crate) fn holds(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Nil => Some(false),
            Self::Bool(b) => Some(*b),
            Self::Int(n) => Some(*n != 0),
            Self::Text(t) => Some(!t.is_empty()),
            Self::List(list, _) => Some(!list.is_empty()),
            Self::Map(map, _) => Some(!map.is_empty()),
            Self::Open(_) => Some(true),
        }
    }

    /// What is written for it; none for what has no plain text, or is not known.
    pub(crate) fn written(&self) -> Option<String> {
        match self {
            Self::Text(t) => Some(t.to_string()),
            Self::Int(n) => Some(n.to_string()),
            Self::Bool(b) => Some(b.to_string()),
            Self::Nil => Some(String::new()),
            Self::Unknown | Self::List(..) | Self::Map(..) | Self::Open(_) => None,
        }
    }

    /// The value as YAML without a line break at the end; none if a part is not known.
    pub(crate) fn yaml(&self) -> Option<String> {
        let mut out = String::new();
        self.block(0, &mut out)?;
        Some(out.trim_start_matches('\n').to_owned())
    }

    /// Writes a collection in lines of its own, each after a line break; anything else where it stands.
    fn block(&self, indent: usize, out: &mut String) -> Option<()> {
        if out.len() > MOST_TEXT {
            return None;
        }
        match self {
            Self::Map(entries, _) if !entries.is_empty() => {
                for (key, value) in entries.iter() {
                    let _ = write!(out, "\n{:indent$}{}:", "", plain_or_quoted(key));
                    let inner = indent + if matches!(value, Self::Map(..)) { 2 } else { 0 };
                    value.after(inner, out)?;
                }
            }
            Self::List(items, _) if !items.is_empty() => {
                for item in items.iter() {
                    let _ = write!(out, "\n{:indent$}-", "");
                    match item {
                        // The first entry stands beside the dash.
                        Self::Map(entries, _) if !entries.is_empty() => {
                            let mut lines = String::new();
                            item.block(indent + 2, &mut lines)?;
                            out.push(' ');
                            out.push_str(lines.trim_start());
                        }
                        _ => item.after(indent + 2, out)?,
                    }
                }
            }
            Self::Map(..) => out.push_str("{}"),
            Self::List(..) => out.push_str("[]"),
            Self::Nil => out.push_str("null"),
            Self::Text(text) => out.push_str(&plain_or_quoted(text)),
            Self::Int(_) | Self::Bool(_) => out.push_str(&self.written()?),
            Self::Unknown | Self::Open(_) => return None,
        }
        Some(())
    }

    /// The same after a key or a dash.
    fn after(&self, indent: usize, out: &mut String) -> Option<()> {
        let collection = match self {
            Self::Map(entries, _) => !entries.is_empty(),
            Self::List(items, _) => !items.is_empty(),
            _ => false,
        };
        if !collection {
            out.push(' ');
        }
        self.block(indent, out)
    }

    /// The value as JSON; none if a part is not known.
    pub(crate) fn json(&self) -> Option<String> {
        let mut out = String::new();
        self.write_json(&mut out)?;
        Some(out)
    }

    fn write_json(&self, out: &mut String) -> Option<()> {
        if out.len() > MOST_TEXT {
            return None;
        }
        match self {
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::Nil => out.push_str("null"),
            Self::Int(_) | Self::Bool(_) => out.push_str(&self.written()?),
            Self::List(items, _) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write_json(out)?;
                }
                out.push(']');
            }
            Self::Map(entries, _) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(&quoted(key));
                    out.push(':');
                    value.write_json(out)?;
                }
                out.push('}');
            }
            Self::Unknown | Self::Open(_) => return None,
        }
        Some(())
    }
}

fn found(entries: &[(String, Val)], key: &str) -> Option<Val> {
    let get = |key: &str| {
        let at = entries.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        entries.get(at).map(|(_, value)| value.clone())
    };
    get(key).or_else(|| {
        let mut letters = key.chars();
        let first = letters.next().filter(char::is_ascii_uppercase)?;
        get(&format!("{}{}", first.to_ascii_lowercase(), letters.as_str()))
    })
}

/// A text with quotes around it, as JSON and YAML alike read it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text without quotes where YAML then reads the same text.
fn plain_or_quoted(text: &str) -> String {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if first && rest && !word { text.to_owned() } else { quoted(text) }
}
