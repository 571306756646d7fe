//! How many different values columns have, counted when a plan asks and a relation has changed much.

use rayon::prelude::*;
use redan_facts::{Facts, RelationId};
use rustc_hash::FxHashMap;

use crate::plan::Sizes;

/// From how many rows on several threads are worth their while.
const PARALLEL: u64 = 1 << 15;

/// Distinct values of columns, with the size of the relation when they were counted.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    distinct: FxHashMap<(RelationId, u32), (u32, f64)>,
}

impl Statistics {
    /// Counts what is not known, or not any more.
    pub(crate) fn count(&mut self, facts: &Facts, columns: Vec<(RelationId, u32)>, values: usize) {
        let mut work = vec![];
        for (relation, column) in columns {
            let rows = facts.relation(relation).len() as u32;
            let known = self.distinct.get(&(relation, column)).map(|k| k.0);
            // Counted again only when the relation has changed much.
            if known.is_none_or(|k| k != rows && (rows > 2 * k.max(32) || k > 2 * rows.max(32))) {
                work.push((relation, column, rows));
            }
        }
        let rows: u64 = work.iter().map(|w| u64::from(w.2)).sum();
        let count = |(relation, column, rows): (RelationId, u32, u32)| {
            let column_values = facts.relation(relation).column(column as usize);
            ((relation, column), (rows, distinct(column_values, values) as f64))
        };
        let counted: Vec<_> = if rows > PARALLEL {
            work.into_par_iter().map(count).collect()
        } else {
            work.into_iter().map(count).collect()
        };
        self.distinct.extend(counted);
    }
}

/// How many different values a column has.
fn distinct(column: &[u32], values: usize) -> usize {
    if column.len() < values / 256 {
        let mut sorted = column.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        return sorted.len();
    }
    let mut bits = vec![0_u64; values / 64 + 1];
    for value in column {
        bits[*value as usize / 64] |= 1 << (value % 64);
    }
    bits.iter().map(|b| b.count_ones() as usize).sum()
}

/// What the planner asks.
pub(crate) struct Known<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) statistics: &'a Statistics,
}

impl Sizes for Known<'_> {
    fn rows(&self, relation: RelationId) -> f64 {
        self.facts.relation(relation).len() as f64
    }

    fn distinct(&self, relation: RelationId, column: usize) -> f64 {
        let known = self.statistics.distinct.get(&(relation, column as u32));
        known.map_or(1.0, |(rows, distinct)| {
            // A relation that has grown since then has more of them, up to the same share.
            let now = self.rows(relation);
            if now > f64::from(*rows) {
                (distinct * now / f64::from(*rows).max(1.0)).min(now)
            } else {
                *distinct
            }
        })
    }
}
