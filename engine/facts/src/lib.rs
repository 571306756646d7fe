//! Facts: interned values and columnar relations, with the place of everything that was observed.
//!
//! Comes in: rows from extractors, models and rules. Goes out: the same rows, numbered, without
//! duplicates. This crate must never know who derives facts.

mod relation;
mod value;

pub use relation::{Facts, Relation, RelationId};
pub use value::{Value, ValueId, Values, normalise};
