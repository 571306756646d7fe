//! Values and their interner: a value is a `u32` everywhere but at the edges.

use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashSet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of an interned value. Equal values have equal numbers; the order of numbers means
/// nothing and must never reach an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ValueId(pub u32);

/// A value of the language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Str(Box<str>),
    /// A symbol of an enum, with the enum's qualified name and the symbol's rank in it.
    Symbol {
        /// The enum, as `pack.name`.
        of: Arc<str>,
        /// The symbol.
        name: Arc<str>,
        /// Its position in the declaration, from 0: the order of an ordered enum.
        rank: u32,
    },
    /// An entity: something that a kind has as a member. Its identity is the root kind (the last of
    /// the `is` chain, as `pack.name`) and the key: a normalised name, for a flow its two ends and
    /// an optional label, for an extracted fact `[path, start, end, ordinal]`.
    Entity {
        /// The root kind, as `pack.name`.
        root: Arc<str>,
        /// The key.
        key: Box<[ValueId]>,
    },
}

/// A name as entities are identified by it: lower case, without separators (space, `-`, `_`, `.`,
/// `/`, `:`). A name of separators alone stays as it is.
pub fn normalise(name: &str) -> String {
    let short: String = name
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '.' | '/' | ':'))
        .flat_map(char::to_lowercase)
        .collect();
    if short.is_empty() { name.to_owned() } else { short }
}

/// All values of a run.
#[derive(Debug, Clone, Default)]
pub struct Values {
    list: Vec<Value>,
    numbers: HashTable<u32>,
    /// The root kinds that were seen, so that millions of entities share their names.
    roots: FxHashSet<Arc<str>>,
}

/// Stored as the list alone, in order: the numbers follow from it.
impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::<Value>::deserialize(deserializer)?;
        let mut values = Self::default();
        values.list.reserve(list.len());
        values.numbers.reserve(list.len(), |_| 0);
        for value in list {
            if let Value::Entity { root, .. } = &value
                && !values.roots.contains(root)
            {
                values.roots.insert(Arc::clone(root));
            }
            values.intern(value);
        }
        Ok(values)
    }
}

impl Values {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of a value, new if it was not seen before.
    pub fn intern(&mut self, value: Value) -> ValueId {
        let hash = FxBuildHasher.hash_one(&value);
        let list = &self.list;
        if let Some(id) = self.numbers.find(hash, |i| list.get(*i as usize) == Some(&value)) {
            return ValueId(*id);
        }
        let id = self.list.len() as u32;
        self.list.push(value);
        let list = &self.list;
        self.numbers.insert_unique(hash, id, |i| {
            list.get(*i as usize).map_or(0, |v| FxBuildHasher.hash_one(v))
        });
        ValueId(id)
    }

    /// The number of a value that was interned before.
    pub fn find(&self, value: &Value) -> Option<ValueId> {
        let hash = FxBuildHasher.hash_one(value);
        self.numbers.find(hash, |i| self.list.get(*i as usize) == Some(value)).map(|i| ValueId(*i))
    }

    /// The number of a text.
    pub fn text(&mut self, text: &str) -> ValueId {
        self.intern(Value::Str(text.into()))
    }

    /// The number of a truth value.
    pub fn bool(&mut self, value: bool) -> ValueId {
        self.intern(Value::Bool(value))
    }

    /// The number of a whole number.
    pub fn int(&mut self, value: i64) -> ValueId {
        self.intern(Value::Int(value))
    }

    /// The entity of a root kind and a name; the name is normalised.
    pub fn entity(&mut self, root: &str, name: &str) -> ValueId {
        let key = self.text(&normalise(name));
        self.entity_of(root, &[key])
    }

    /// The entity of a root kind and a key.
    pub fn entity_of(&mut self, root: &str, key: &[ValueId]) -> ValueId {
        let root = match self.roots.get(root) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = root.into();
                self.roots.insert(Arc::clone(&new));
                new
            }
        };
        self.intern(Value::Entity { root, key: key.into() })
    }

    /// A value.
    pub fn get(&self, id: ValueId) -> &Value {
        static NOTHING: Value = Value::Bool(false);
        // Numbers come from `intern` alone, so this default is never seen.
        self.list.get(id.0 as usize).unwrap_or(&NOTHING)
    }

    /// The text of a `Str`.
    pub fn as_str(&self, id: ValueId) -> Option<&str> {
        match self.get(id) {
            Value::Str(s) => Some(s),
            Value::Bool(_) | Value::Int(_) | Value::Symbol { .. } | Value::Entity { .. } => None,
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The order in which values are shown and compared: by type, then by number, text, rank or key.
    /// Two symbols of one enum compare by rank. Independent of the order of interning.
    pub fn compare(&self, a: ValueId, b: ValueId) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        match (self.get(a), self.get(b)) {
            (Value::Bool(x), Value::Bool(y)) => x.cmp(y),
            (Value::Int(x), Value::Int(y)) => x.cmp(y),
            (Value::Str(x), Value::Str(y)) => x.cmp(y),
            (
                Value::Symbol { of, rank, name },
                Value::Symbol { of: other_of, rank: other_rank, name: other_name },
            ) => of.cmp(other_of).then(rank.cmp(other_rank)).then(name.cmp(other_name)),
            (Value::Entity { root, key }, Value::Entity { root: other_root, key: other_key }) => {
                root.cmp(other_root).then_with(|| self.compare_rows(key, other_key))
            }
            (x, y) => type_rank(x).cmp(&type_rank(y)),
        }
    }

    /// Compares two rows value by value.
    pub fn compare_rows(&self, a: &[ValueId], b: &[ValueId]) -> Ordering {
        a.iter()
            .zip(b)
            .map(|(x, y)| self.compare(*x, *y))
            .find(|o| o.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len()))
    }

    /// A value as plain text: texts as they are, symbols by name, an entity by its key
    /// (`a -> b` for a flow). Reports show an entity's `name` attribute instead where there is one.
    pub fn show(&self, id: ValueId) -> String {
        match self.get(id) {
            Value::Bool(b) => b.to_string(),
            Value::Int(n) => n.to_string(),
            Value::Str(s) => s.to_string(),
            Value::Symbol { name, .. } => name.to_string(),
            Value::Entity { key, .. } => match key.as_ref() {
                [one] => self.show(*one),
                [from, to, rest @ ..]
                    if matches!(self.get(*from), Value::Entity { .. })
                        && matches!(self.get(*to), Value::Entity { .. }) =>
                {
                    let mut s = format!("{} -> {}", self.show(*from), self.show(*to));
                    for r in rest {
                        s.push_str(&format!(" ({})", self.show(*r)));
                    }
                    s
                }
                parts => parts.iter().map(|p| self.show(*p)).collect::<Vec<_>>().join(":"),
            },
        }
    }
}

fn type_rank(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Int(_) => 1,
        Value::Str(_) => 2,
        Value::Symbol { .. } => 3,
        Value::Entity { .. } => 4,
    }
}
