//! A set of pairs that becomes a matrix of bits where the pairs lie close together.
//!
//! The closure of a graph has many ends for each beginning. A hash table of its pairs misses the cache for
//! each of them; a row of bits for each beginning is a hundredth of the size. Pairs that lie far apart stay
//! in the hash table.

use crate::rows::{EMPTY, Narrow, pack};

/// From how many pairs on it is asked whether they lie close together.
const LEAST: usize = 1 << 10;
/// Bytes of bits for each pair that a matrix may begin with.
const DENSE: usize = 8;
/// And that it may grow to before it is given up.
const SPARSE: usize = 24;

/// A set of pairs, each as one number.
#[derive(Debug)]
pub(crate) enum Pairs {
    /// Each by itself.
    Hash(Narrow),
    /// As bits.
    Bits(Matrix),
}

impl Default for Pairs {
    fn default() -> Self {
        Self::Hash(Narrow::default())
    }
}

impl Pairs {
    /// Adds a pair; whether it is new.
    pub(crate) fn insert(&mut self, key: u64) -> bool {
        match self {
            Self::Hash(table) => {
                if table.len >= LEAST
                    && table.is_full()
                    && let Some(matrix) = Matrix::of(table)
                {
                    *self = Self::Bits(matrix);
                    return self.insert(key);
                }
                table.insert(key)
            }
            Self::Bits(matrix) => match matrix.insert(key) {
                Some(new) => new,
                None => {
                    let mut table = Narrow::default();
                    for key in matrix.keys() {
                        table.insert(key);
                    }
                    let new = table.insert(key);
                    *self = Self::Hash(table);
                    new
                }
            },
        }
    }

    /// Whether a pair is there, as far as bits can tell.
    pub(crate) fn is_known(&self, key: u64) -> bool {
        match self {
            Self::Hash(_) => false,
            Self::Bits(matrix) => matrix.has(key),
        }
    }

    /// The memory that it needs, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Hash(table) => size_of_val(&table.slots[..]),
            Self::Bits(m) => {
                size_of_val(&m.slots[..]) + size_of_val(&m.firsts[..]) + size_of_val(&m.bits[..])
            }
        }
    }

    /// All pairs, in any order.
    pub(crate) fn into_keys(self) -> Vec<u64> {
        match self {
            Self::Hash(table) => table.slots.into_iter().filter(|k| *k != EMPTY).collect(),
            Self::Bits(matrix) => matrix.keys().collect(),
        }
    }
}

/// Rows of bits.
#[derive(Debug)]
pub(crate) struct Matrix {
    /// From a first value to its row and one more, in a flat hash table.
    slots: Vec<(u32, u32)>,
    /// The first values by row.
    firsts: Vec<u32>,
    /// The second value of the first bit; a multiple of 64.
    from: u32,
    /// Words of a row.
    width: usize,
    bits: Vec<u64>,
    len: usize,
    /// The last row that was asked for.
    last: (u32, u32),
}

impl Matrix {
    /// The pairs of a table, if they lie close enough together.
    fn of(table: &Narrow) -> Option<Self> {
        let keys = || table.slots.iter().copied().filter(|k| *k != EMPTY);
        let from = keys().map(|k| k as u32).min()? & !63;
        let upto = keys().map(|k| k as u32).max()?;
        let width = ((upto - from) / 64 + 1) as usize;
        let mut matrix = Self {
            slots: vec![(0, 0); 64],
            firsts: vec![],
            from,
            width,
            bits: vec![],
            len: 0,
            last: (0, u32::MAX),
        };
        for key in keys() {
            matrix.row((key >> 32) as u32);
            if matrix.firsts.len() * width * 8 > table.len * DENSE {
                return None;
            }
        }
        matrix.bits = vec![0; matrix.firsts.len() * width];
        for key in keys() {
            matrix.insert(key);
        }
        Some(matrix)
    }

    /// Adds a pair; whether it is new. None if it lies too far away.
    fn insert(&mut self, key: u64) -> Option<bool> {
        let (first, second) = ((key >> 32) as u32, key as u32);
        let at = (second.wrapping_sub(self.from) / 64) as usize;
        if at >= self.width || second < self.from {
            self.widen(second)?;
            return self.insert(key);
        }
        let row = if self.last == (first, self.last.1) && self.last.1 != u32::MAX {
            self.last.1
        } else {
            let row = self.row(first);
            self.last = (first, row);
            row
        } as usize;
        if (row + 1) * self.width > self.bits.len() {
            if !self.is_worth((row + 1) * self.width) {
                return None;
            }
            self.bits.resize((row + 1) * self.width, 0);
        }
        let word = &mut self.bits[row * self.width + at];
        let bit = 1 << (second % 64);
        let new = *word & bit == 0;
        *word |= bit;
        self.len += usize::from(new);
        Some(new)
    }

    fn has(&self, key: u64) -> bool {
        let (first, second) = ((key >> 32) as u32, key as u32);
        let at = (second.wrapping_sub(self.from) / 64) as usize;
        let row = self.slots[probe(&self.slots, first)].1 as usize;
        if at >= self.width || row == 0 {
            return false;
        }
        let word = self.bits.get((row - 1) * self.width + at);
        word.is_some_and(|w| w >> (second % 64) & 1 == 1)
    }

    fn is_worth(&self, words: usize) -> bool {
        words * 8 <= self.len * SPARSE + (1 << 14)
    }

    /// Makes room for a second value outside of the rows, and some more on that side.
    fn widen(&mut self, second: u32) -> Option<()> {
        let end = u64::from(self.from) + self.width as u64 * 64;
        let (from, end) = if second < self.from {
            (u64::from(second & !63), end)
        } else {
            (u64::from(self.from), u64::from(second) + 1)
        };
        let slack = (end - from) / 8;
        let (from, end) = if second < self.from {
            (from.saturating_sub(slack) & !63, end)
        } else {
            (from, end + slack)
        };
        let width = (end - from).div_ceil(64) as usize;
        if !self.is_worth(self.firsts.len() * width) {
            return None;
        }
        let shift = ((u64::from(self.from) - from) / 64) as usize;
        let mut bits = vec![0; self.firsts.len() * width];
        for (row, old) in self.bits.chunks_exact(self.width).enumerate() {
            let at = row * width + shift;
            bits[at..at + self.width].copy_from_slice(old);
        }
        (self.from, self.width, self.bits) = (from as u32, width, bits);
        Some(())
    }

    /// The row of a first value, new if it has none.
    fn row(&mut self, first: u32) -> u32 {
        if self.firsts.len() * 2 >= self.slots.len() {
            let room = self.slots.len() * 2;
            self.slots = vec![(0, 0); room];
            for (row, first) in self.firsts.iter().enumerate() {
                let at = probe(&self.slots, *first);
                self.slots[at] = (*first, row as u32 + 1);
            }
        }
        let at = probe(&self.slots, first);
        if self.slots[at].1 == 0 {
            self.firsts.push(first);
            self.slots[at] = (first, self.firsts.len() as u32);
        }
        self.slots[at].1 - 1
    }

    fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.bits.chunks_exact(self.width).zip(&self.firsts).flat_map(move |(words, first)| {
            words.iter().enumerate().flat_map(move |(at, word)| {
                (0..64_u32)
                    .filter(move |b| word >> b & 1 == 1)
                    .map(move |b| pack(*first, self.from + at as u32 * 64 + b))
            })
        })
    }
}

fn probe(slots: &[(u32, u32)], first: u32) -> usize {
    let mask = slots.len() - 1;
    let mut at = (u64::from(first).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
    while slots[at].1 != 0 && slots[at].0 != first {
        at = (at + 1) & mask;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs in an order, with gaps, beginnings and ends that come late.
    fn check(pairs: impl Iterator<Item = (u32, u32)>) -> (Pairs, usize) {
        let mut set = Pairs::default();
        let mut known = std::collections::BTreeSet::new();
        for (a, b) in pairs {
            let key = pack(a, b);
            assert_eq!(set.insert(key), known.insert(key), "{a} {b}");
        }
        let again: Vec<u64> = known.iter().copied().filter(|k| set.insert(*k)).collect();
        assert_eq!(again, [0_u64; 0]);
        (set, known.len())
    }

    #[test]
    fn close_pairs_become_bits_and_far_ones_do_not() {
        let close = check((0..40_000).map(|n: u32| (n % 97, 5_000 + n.wrapping_mul(7919) % 601)));
        assert!(matches!(close.0, Pairs::Bits(_)));
        let far = check((0..5_000).map(|n: u32| (n, n.wrapping_mul(2_654_435_761) >> 4)));
        assert!(matches!(far.0, Pairs::Hash(_)));
    }

    #[test]
    fn a_matrix_widens_on_both_sides_and_gives_up_when_it_is_too_thin() {
        let close = (0..20_000_u32).map(|n| (n % 50, 100_000 + n / 50));
        let wider =
            (0..3_000_u32).map(|n| (n % 50, if n % 2 == 0 { 99_000 + n } else { 100_400 + n }));
        let set = check(close.clone().chain(wider.clone()));
        assert!(matches!(set.0, Pairs::Bits(_)));
        let thin = (0..2_000_u32).map(|n| (n * 1_000, n * 100_000));
        let (set, count) = check(close.chain(wider).chain(thin));
        assert!(matches!(set, Pairs::Hash(_)));
        assert_eq!(set.into_keys().len(), count);
    }
}
