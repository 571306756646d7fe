//! Aggregates: what they look at is complete before the rules that use them run, so they are computed once.

use redan_facts::{Facts, RelationId, ValueId, Values};
use redan_program::ir::{Aggregate, Term};
use rustc_hash::FxHashMap;

use crate::compare::{clamp, int};

/// The values of an aggregate.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// By key.
    pub(crate) by_key: FxHashMap<Box<[u32]>, u32>,
    /// That of an empty group.
    pub(crate) empty: Option<u32>,
}

/// The groups of the rows of a relation by the columns in which `keys` has a term.
pub(crate) fn groups(
    facts: &Facts,
    function: Aggregate,
    relation: RelationId,
    keys: &[Term],
    column: usize,
    values: &mut Values,
) -> Groups {
    let relation = facts.relation(relation);
    let columns: Vec<&[u32]> = keys
        .iter()
        .enumerate()
        .filter(|(_, t)| **t != Term::Wild)
        .map(|(c, _)| relation.column(c))
        .collect();
    let mut members: FxHashMap<Box<[u32]>, (i128, Option<ValueId>)> = FxHashMap::default();
    for row in 0..relation.len() {
        let key: Box<[u32]> = columns.iter().map(|c| c[row]).collect();
        let value = || ValueId(relation.column(column)[row]);
        let group = members.entry(key).or_default();
        match function {
            Aggregate::Count => group.0 += 1,
            Aggregate::Sum => group.0 += int(values, value()).map_or(0, i128::from),
            Aggregate::Min | Aggregate::Max => {
                let wanted = if function == Aggregate::Min {
                    std::cmp::Ordering::Less
                } else {
                    std::cmp::Ordering::Greater
                };
                let new = value();
                if group.1.is_none_or(|old| values.compare(new, old) == wanted) {
                    group.1 = Some(new);
                }
            }
        }
    }
    let numeric = matches!(function, Aggregate::Count | Aggregate::Sum);
    // Numbers are interned in the order of their size, not of the map.
    let mut sums: Vec<i64> = members.values().map(|(n, _)| clamp(*n)).collect();
    if numeric {
        sums.sort_unstable();
        sums.dedup();
        for sum in sums {
            values.int(sum);
        }
    }
    let empty = numeric.then(|| values.int(0).0);
    let mut by_key = FxHashMap::default();
    #[allow(
        clippy::iter_over_hash_type,
        reason = "into another map, and numbers are interned by now"
    )]
    for (key, (sum, chosen)) in members {
        let value = if numeric { Some(values.int(clamp(sum))) } else { chosen };
        by_key.extend(value.map(|v| (key, v.0)));
    }
    Groups { by_key, empty }
}
