//! Sets that keep duplicate rows out of derived relations, and the candidates that are offered to them.
//!
//! A set of some size is split into shards by a hash of the row. A rule's workers sort what they derive into
//! buffers by shard, so that the shards can be filled side by side without sharing anything, each from
//! memory that fits a cache. The order of new rows follows from the order of tasks and from the shards
//! alone, never from threads.

use rayon::prelude::*;
use redan_facts::Relation;

use crate::matrix::Pairs;

/// How many parts a large set has.
const SHARDS: usize = 64;
/// How many rows make a set large.
const SPLIT: usize = 1 << 15;
/// From how many candidates on it pays to fill shards on several threads.
const PARALLEL: usize = 1 << 13;
pub(crate) const EMPTY: u64 = u64::MAX;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

fn hash(key: u64) -> u64 {
    let h = key.wrapping_mul(SPREAD);
    (h ^ (h >> 32)).wrapping_mul(SPREAD)
}

/// The shard of a row of up to two columns: by its first column alone, so that rows that share it stay together.
fn shard_of(key: u64) -> usize {
    ((key >> 32) as u32).wrapping_mul(0x9e37_79b1) as usize >> 26
}

fn hash_wide(row: &[u32]) -> u64 {
    row.iter().fold(0, |h, v| hash(h.rotate_left(23) ^ u64::from(*v)))
}

/// A row of one column as one number: as the end of a pair, so that a set of them is one row of bits.
pub(crate) fn pack_one(a: u32) -> u64 {
    pack(0, a)
}

/// A row of two columns as one number.
pub(crate) fn pack(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// A hash set of numbers in one flat table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Narrow {
    pub(crate) slots: Vec<u64>,
    pub(crate) len: usize,
}

impl Narrow {
    /// Whether the next row makes the table grow.
    pub(crate) fn is_full(&self) -> bool {
        self.len * 8 >= self.slots.len() * 5
    }

    pub(crate) fn insert(&mut self, key: u64) -> bool {
        if self.is_full() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        // The topmost bits chose the shard.
        let mut at = (hash(key) >> 12) as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == key {
                return false;
            }
            if slot == EMPTY {
                self.slots[at] = key;
                self.len += 1;
                return true;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![EMPTY; (old.len() * 2).max(16)];
        let mask = self.slots.len() - 1;
        for key in old.into_iter().filter(|k| *k != EMPTY) {
            let mut at = (hash(key) >> 12) as usize & mask;
            while self.slots[at] != EMPTY {
                at = (at + 1) & mask;
            }
            self.slots[at] = key;
        }
    }
}

/// A hash set of rows of three and more columns, each row in the table itself.
#[derive(Debug, Default)]
struct Wide {
    slots: Vec<u32>,
    /// How many rows the table has room for; a power of two or 0.
    room: usize,
    len: usize,
}

impl Wide {
    fn insert(&mut self, row: &[u32]) -> bool {
        let width = row.len();
        if self.len * 8 >= self.room * 5 {
            self.grow(width);
        }
        let mask = self.room - 1;
        let mut at = (hash_wide(row) >> 12) as usize & mask;
        loop {
            let slot = &mut self.slots[at * width..(at + 1) * width];
            if slot == row {
                return false;
            }
            // No value has this number: it is that of the last of 2^32.
            if slot[0] == u32::MAX {
                slot.copy_from_slice(row);
                self.len += 1;
                return true;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self, width: usize) {
        let old = std::mem::take(&mut self.slots);
        self.room = (self.room * 2).max(8);
        self.slots = vec![u32::MAX; self.room * width];
        self.len = 0;
        for row in old.chunks_exact(width).filter(|r| r[0] != u32::MAX) {
            self.insert(row);
        }
    }
}

/// Rows that a step saw, to drop those that come again.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    narrow: Narrow,
    wide: Wide,
    came: usize,
    stayed: usize,
}

impl Seen {
    /// From how many rows on it is known whether dropping duplicates helps.
    const TRIAL: usize = 1 << 14;
    /// How many rows are remembered at a time.
    const MOST: usize = 1 << 19;

    /// Whether nearly all rows are new, so that looking costs more than it saves.
    pub(crate) fn is_useless(&self) -> bool {
        self.came >= Self::TRIAL && self.stayed * 8 > self.came * 7
    }

    /// Whether a row of up to two columns is new.
    pub(crate) fn insert(&mut self, key: u64) -> bool {
        if self.narrow.len >= Self::MOST {
            self.narrow = Narrow::default();
        }
        let new = self.narrow.insert(key);
        self.came += 1;
        self.stayed += usize::from(new);
        new
    }

    /// Whether a row of three and more is new.
    pub(crate) fn insert_wide(&mut self, row: &[u32]) -> bool {
        if self.wide.len >= Self::MOST / 4 {
            self.wide = Wide::default();
        }
        let new = self.wide.insert(row);
        self.came += 1;
        self.stayed += usize::from(new);
        new
    }
}

/// Rows that a task derived for one relation, by shard.
#[derive(Debug)]
pub(crate) enum Candidates {
    /// Of up to two columns.
    Narrow(Vec<Vec<u64>>),
    /// Of more, one after the other.
    Wide(Vec<Vec<u32>>, usize),
}

impl Candidates {
    /// Adds a row of up to two columns.
    pub(crate) fn push_narrow(&mut self, key: u64) {
        if let Self::Narrow(shards) = self {
            let shard = if shards.len() == 1 { 0 } else { shard_of(key) };
            shards[shard].push(key);
        }
    }

    /// Adds a row of three and more.
    pub(crate) fn push_wide(&mut self, row: &[u32]) {
        if let Self::Wide(shards, _) = self {
            let shard = if shards.len() == 1 { 0 } else { (hash_wide(row) >> 58) as usize };
            shards[shard].extend_from_slice(row);
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Narrow(shards) => shards.iter().map(Vec::len).sum(),
            Self::Wide(shards, width) => shards.iter().map(Vec::len).sum::<usize>() / width,
        }
    }

    /// Empty buffers to use again, if these are worth keeping.
    pub(crate) fn emptied(self) -> Option<Self> {
        match self {
            Self::Narrow(mut shards) if shards.len() > 1 => {
                shards.iter_mut().for_each(Vec::clear);
                Some(Self::Narrow(shards))
            }
            Self::Narrow(_) | Self::Wide(..) => None,
        }
    }

    /// Removes duplicates among the candidates themselves.
    pub(crate) fn compact(&mut self) {
        match self {
            Self::Narrow(shards) => {
                for shard in shards {
                    let mut seen = Narrow::default();
                    shard.retain(|k| seen.insert(*k));
                    shard.shrink_to_fit();
                }
            }
            Self::Wide(shards, width) => {
                for shard in shards {
                    let mut seen = Wide::default();
                    let rows = shard.chunks_exact(*width).filter(|r| seen.insert(r));
                    *shard = rows.flatten().copied().collect();
                }
            }
        }
    }
}

#[derive(Debug)]
enum Shards {
    Narrow(Vec<Pairs>),
    Wide(Vec<Wide>, usize),
}

/// The rows of a derived relation, for keeping duplicates out.
#[derive(Debug)]
pub(crate) struct RowSet {
    shards: Shards,
    arity: usize,
    len: usize,
}

/// New rows of one merge, and how many of them each of the tasks gave.
pub(crate) struct Fresh {
    /// The rows, by shard: of up to two columns each as one number, else one value after the other.
    parts: Parts,
    /// How many rows.
    pub(crate) rows: usize,
    /// How many of them each task gave.
    pub(crate) by_task: Vec<u32>,
}

enum Parts {
    Narrow(Vec<Vec<u64>>),
    Wide(Vec<Vec<u32>>),
}

impl Fresh {
    /// Adds the rows to the end of columns.
    pub(crate) fn append_to(&self, columns: &mut [Vec<u32>]) {
        let width = columns.len();
        let append = |(number, column): (usize, &mut Vec<u32>)| {
            column.reserve(self.rows);
            match &self.parts {
                Parts::Narrow(parts) => {
                    let shift = if width == 2 && number == 0 { 32 } else { 0 };
                    for part in parts {
                        column.extend(part.iter().map(|k| (k >> shift) as u32));
                    }
                }
                Parts::Wide(parts) => {
                    for part in parts {
                        column.extend(part.iter().skip(number).step_by(width));
                    }
                }
            }
        };
        if self.rows >= PARALLEL {
            columns.par_iter_mut().enumerate().for_each(append);
        } else {
            columns.iter_mut().enumerate().for_each(append);
        }
    }
}

impl RowSet {
    /// The set of the rows that a relation has.
    pub(crate) fn of(relation: &Relation) -> Self {
        let arity = relation.arity();
        let shards = if arity <= 2 {
            Shards::Narrow(vec![Pairs::default()])
        } else {
            Shards::Wide(vec![Wide::default()], arity)
        };
        let mut set = Self { shards, arity, len: 0 };
        if !relation.is_empty() {
            set.split_for(relation.len());
            let mut given = set.candidates();
            let columns: Vec<&[u32]> = (0..arity).map(|c| relation.column(c)).collect();
            let mut row = vec![];
            for number in 0..relation.len() {
                row.clear();
                row.extend(columns.iter().map(|c| c[number]));
                match row[..] {
                    [] => given.push_narrow(0),
                    [a] => given.push_narrow(pack_one(a)),
                    [a, b] => given.push_narrow(pack(a, b)),
                    _ => given.push_wide(&row),
                }
            }
            set.merge(&[&given]);
        }
        set
    }

    /// Buffers for candidates.
    pub(crate) fn candidates(&self) -> Candidates {
        match &self.shards {
            Shards::Narrow(s) => Candidates::Narrow(vec![vec![]; s.len()]),
            Shards::Wide(s, width) => Candidates::Wide(vec![vec![]; s.len()], *width),
        }
    }

    /// Whether a row of up to two columns is there, where that can be told from few bytes: a row that is there but
    /// lies in a hash table is not worth the miss of the cache, it will be looked up when it is taken in.
    pub(crate) fn is_known(&self, key: u64) -> bool {
        match &self.shards {
            Shards::Narrow(shards) => {
                let shard = if shards.len() == 1 { 0 } else { shard_of(key) };
                shards[shard].is_known(key)
            }
            Shards::Wide(..) => false,
        }
    }

    /// The memory that it needs, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match &self.shards {
            Shards::Narrow(shards) => shards.iter().map(Pairs::bytes).sum(),
            Shards::Wide(shards, _) => {
                shards.iter().map(|s| s.slots.len() * size_of::<u32>()).sum()
            }
        }
    }

    /// Whether buffers have the shape of this set.
    pub(crate) fn fits(&self, candidates: &Candidates) -> bool {
        match (&self.shards, candidates) {
            (Shards::Narrow(s), Candidates::Narrow(c)) => s.len() == c.len(),
            (Shards::Narrow(_) | Shards::Wide(..), _) => false,
        }
    }

    /// Splits the set if it is large by now, or will be. To be called when no candidates are on their way.
    pub(crate) fn split(&mut self, more: usize) {
        self.split_for(self.len + more);
    }

    fn split_for(&mut self, rows: usize) {
        // Rows of one column are one row of bits as a rule.
        if rows < SPLIT || self.arity < 2 {
            return;
        }
        match &mut self.shards {
            Shards::Narrow(shards) if shards.len() == 1 => {
                let old = std::mem::take(shards);
                shards.resize_with(SHARDS, Pairs::default);
                for key in old.into_iter().flat_map(Pairs::into_keys) {
                    shards[shard_of(key)].insert(key);
                }
            }
            Shards::Wide(shards, width) if shards.len() == 1 => {
                let old = std::mem::take(shards);
                shards.resize_with(SHARDS, Wide::default);
                for table in &old {
                    for row in table.slots.chunks_exact(*width).filter(|r| r[0] != u32::MAX) {
                        shards[(hash_wide(row) >> 58) as usize].insert(row);
                    }
                }
            }
            Shards::Narrow(_) | Shards::Wide(..) => {}
        }
    }

    /// Takes the candidates of several tasks in; gives the rows that are new, in an order that depends on
    /// the candidates alone.
    pub(crate) fn merge(&mut self, offered: &[&Candidates]) -> Fresh {
        let total: usize = offered.iter().map(|c| c.len()).sum();
        let parallel = total >= PARALLEL;
        let (parts, counts) = match &mut self.shards {
            Shards::Narrow(shards) => {
                let (new, counts) = filled(shards, parallel, |number, shard: &mut Pairs| {
                    let mut new = vec![];
                    let counts = offered.iter().map(|candidates| {
                        let before = new.len();
                        if let Candidates::Narrow(c) = candidates {
                            new.extend(c[number].iter().copied().filter(|k| shard.insert(*k)));
                        }
                        (new.len() - before) as u32
                    });
                    let counts = counts.collect();
                    (new, counts)
                });
                (Parts::Narrow(new), counts)
            }
            Shards::Wide(shards, width) => {
                let (new, counts) = filled(shards, parallel, |number, shard: &mut Wide| {
                    let mut new: Vec<u32> = vec![];
                    let counts = offered.iter().map(|candidates| {
                        let before = new.len();
                        if let Candidates::Wide(c, _) = candidates {
                            let rows = c[number].chunks_exact(*width).filter(|r| shard.insert(r));
                            rows.for_each(|r| new.extend_from_slice(r));
                        }
                        ((new.len() - before) / *width) as u32
                    });
                    let counts = counts.collect();
                    (new, counts)
                });
                (Parts::Wide(new), counts)
            }
        };
        let mut by_task = vec![0; offered.len()];
        for part in &counts {
            by_task.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
        }
        let rows = by_task.iter().map(|n| *n as usize).sum();
        self.len += rows;
        Fresh { parts, rows, by_task }
    }
}

/// Fills shards, side by side if that is worth its while: their new rows, and how many of them each task gave.
fn filled<S: Send, T: Send>(
    shards: &mut [S],
    parallel: bool,
    fill: impl Fn(usize, &mut S) -> (Vec<T>, Vec<u32>) + Sync,
) -> (Vec<Vec<T>>, Vec<Vec<u32>>) {
    if parallel && shards.len() > 1 {
        shards.par_iter_mut().enumerate().map(|(n, s)| fill(n, s)).unzip()
    } else {
        shards.iter_mut().enumerate().map(|(n, s)| fill(n, s)).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_rows_come_back_whatever_the_size() {
        for arity in 0..4_usize {
            let mut set = RowSet::of(&Relation::new(arity));
            let mut all = Relation::new(arity);
            for round in 0..3_u32 {
                set.split(0);
                let mut offered = set.candidates();
                for n in 0..40_000_u32 {
                    let n = n % (if arity == 0 { 1 } else { 25_000 * (round + 1) });
                    let row: Vec<u32> = (0..arity as u32).map(|c| n.wrapping_mul(c + 1)).collect();
                    match row[..] {
                        [] => offered.push_narrow(0),
                        [a] => offered.push_narrow(pack_one(a)),
                        [a, b] => offered.push_narrow(pack(a, b)),
                        _ => offered.push_wide(&row),
                    }
                }
                if round == 1 {
                    offered.compact();
                }
                let fresh = set.merge(&[&offered, &offered]);
                assert_eq!(fresh.by_task, [fresh.rows as u32, 0]);
                let mut columns = vec![vec![]; arity];
                fresh.append_to(&mut columns);
                for number in 0..fresh.rows {
                    let row: Vec<_> =
                        columns.iter().map(|c| redan_facts::ValueId(c[number])).collect();
                    assert!(all.insert(&row, None).1, "{row:?} came twice");
                }
            }
            assert_eq!(all.len(), if arity == 0 { 1 } else { 40_000 });
        }
    }
}
