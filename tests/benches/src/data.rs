//! Generated facts: rows of numbers by relation, the same on every machine.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

/// A xorshift generator (13, 7, 17). Every program starts one from [`SEED`], so that its facts never change.
pub struct Random(u64);

/// The state that all generators start from.
const SEED: u64 = 88_172_645_463_325_252;

impl Random {
    /// A generator in its first state.
    pub fn new() -> Self {
        Self(SEED)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 20) % u64::from(bound)) as u32
    }

    /// Whether something happens that happens `of_thousand` times in a thousand.
    pub fn chance(&mut self, of_thousand: u32) -> bool {
        self.below(1000) < of_thousand
    }
}

/// The rows of a relation, in the order made, without repetitions: both engines get the same.
#[derive(Default)]
struct Table {
    rows: Vec<[u32; 3]>,
    seen: FxHashSet<[u32; 3]>,
    arity: usize,
}

/// The facts of a program. No relation has more than three columns.
#[derive(Default)]
pub struct Data(BTreeMap<&'static str, Table>);

impl Data {
    /// Adds a fact, unless it is there.
    pub fn add<const N: usize>(&mut self, relation: &'static str, row: [u32; N]) {
        let mut wide = [0; 3];
        wide[..N].copy_from_slice(&row);
        let table = self.0.entry(relation).or_default();
        table.arity = N;
        if table.seen.insert(wide) {
            table.rows.push(wide);
        }
    }

    /// All facts.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, &[u32])> {
        self.0.iter().flat_map(|(name, t)| t.rows.iter().map(|row| (*name, &row[..t.arity])))
    }

    /// The rows of a relation as tuples, as compiled rules take them.
    pub fn tuples<T>(&self, relation: &str, make: fn([u32; 3]) -> T) -> Vec<T> {
        self.0.get(relation).into_iter().flat_map(|t| t.rows.iter().map(|r| make(*r))).collect()
    }

    /// The rows of a relation of one column.
    pub fn ones(&self, relation: &str) -> Vec<(u32,)> {
        self.tuples(relation, |[a, ..]| (a,))
    }

    /// The rows of a relation of two columns.
    pub fn pairs(&self, relation: &str) -> Vec<(u32, u32)> {
        self.tuples(relation, |[a, b, _]| (a, b))
    }

    /// The rows of a relation of three columns.
    pub fn threes(&self, relation: &str) -> Vec<(u32, u32, u32)> {
        self.tuples(relation, |[a, b, c]| (a, b, c))
    }
}
