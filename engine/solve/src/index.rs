//! Indexes: from the values of some columns to the rows, or to the values of one other column.
//!
//! An index of a relation that is complete is one flat array of groups; one of a relation that still grows keeps
//! room behind each group and moves a group that outgrew it. Keys that lie close together are looked up by
//! position, others by hash.

use hashbrown::HashTable;
use rayon::prelude::*;
use redan_facts::{Relation, RelationId};

const NONE: u32 = u32::MAX;
/// From how many rows on an index is built on several threads.
const PARALLEL: usize = 1 << 16;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which index a plan asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Spec {
    /// The relation.
    pub(crate) relation: RelationId,
    /// The columns of the key, ascending, at least one.
    pub(crate) key: Vec<u32>,
    /// What is found.
    pub(crate) payload: Payload,
}

/// What an index finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Payload {
    /// Only whether there is something.
    Nothing,
    /// The numbers of the rows.
    Rows,
    /// The values of a column.
    Column(u32),
}

/// A key of one or two columns, with the number of its group.
#[derive(Debug, Clone, Copy)]
struct Slot {
    a: u32,
    b: u32,
    group: u32,
}

#[derive(Debug)]
enum Lookup {
    /// One column; the group's number is the value less the first.
    Dense { first: u32 },
    /// One or two columns, in a flat hash table.
    Hash { slots: Vec<Slot> },
    /// More columns; the groups' keys one after the other.
    Wide { table: HashTable<u32>, keys: Vec<u32> },
}

#[derive(Debug, Clone, Copy, Default)]
struct Group {
    start: u32,
    len: u32,
    room: u32,
}

#[derive(Debug)]
enum Groups {
    /// Where each group begins, and where the last one ends.
    Fixed(Vec<u32>),
    /// Groups that may grow.
    Growing(Vec<Group>),
    /// Whether there is such a group; for a dense lookup.
    Present(Vec<bool>),
    /// Those that the lookup knows.
    Known,
}

/// An index.
#[derive(Debug)]
pub(crate) struct Index {
    spec: Spec,
    lookup: Lookup,
    groups: Groups,
    items: Vec<u32>,
    count: u32,
    upto: u32,
}

impl Index {
    /// The index of a relation's rows. `grows` if rows may be added; `values` is how many values there are.
    pub(crate) fn build(spec: Spec, relation: &Relation, grows: bool, values: usize) -> Self {
        let rows = relation.len();
        let lookup = match spec.key[..] {
            [column] => {
                let keys = relation.column(column as usize);
                let (first, last) = if grows {
                    (0, values as u32)
                } else {
                    let ends = keys.par_chunks(PARALLEL).map(|part| {
                        let least = part.iter().min().copied().unwrap_or(0);
                        (least, part.iter().max().copied().unwrap_or(0))
                    });
                    ends.reduce(|| (u32::MAX, 0), |a, b| (a.0.min(b.0), a.1.max(b.1)))
                };
                let (first, last) = (first.min(last), last);
                let span = (last - first) as usize;
                let dense = if grows { span < 1 << 20 } else { span < 64 || span / 8 <= rows };
                if dense { Lookup::Dense { first } } else { Lookup::Hash { slots: vec![] } }
            }
            [_, _] => Lookup::Hash { slots: vec![] },
            _ => Lookup::Wide { table: HashTable::new(), keys: vec![] },
        };
        let groups = match (&lookup, spec.payload) {
            (Lookup::Dense { .. }, Payload::Nothing) => Groups::Present(vec![]),
            (_, Payload::Nothing) => Groups::Known,
            _ if grows => Groups::Growing(vec![]),
            _ => Groups::Fixed(vec![]),
        };
        let mut index = Self { spec, lookup, groups, items: vec![], count: 0, upto: 0 };
        index.extend(relation, rows as u32);
        index
    }

    /// The memory that it needs, in bytes, without room that is not used yet.
    pub(crate) fn bytes(&self) -> usize {
        let lookup = match &self.lookup {
            Lookup::Dense { .. } => 0,
            Lookup::Hash { slots } => slots.len() * size_of::<Slot>(),
            // The table has a number and a byte for each group, and a third of it is free.
            Lookup::Wide { table, keys } => table.len() * 8 + keys.len() * size_of::<u32>(),
        };
        let groups = match &self.groups {
            Groups::Fixed(starts) => starts.len() * size_of::<u32>(),
            Groups::Growing(groups) => groups.len() * size_of::<Group>(),
            Groups::Present(present) => present.len(),
            Groups::Known => 0,
        };
        lookup + groups + self.items.len() * size_of::<u32>()
    }

    /// How many rows it has taken in.
    pub(crate) fn upto(&self) -> u32 {
        self.upto
    }

    /// Whether rows can be added.
    pub(crate) fn can_grow(&self) -> bool {
        !matches!(self.groups, Groups::Fixed(_))
    }

    /// Takes in the rows up to a number.
    pub(crate) fn extend(&mut self, relation: &Relation, upto: u32) {
        let range = self.upto as usize..upto as usize;
        self.upto = upto;
        let keys: Vec<&[u32]> =
            self.spec.key.iter().map(|c| &relation.column(*c as usize)[range.clone()]).collect();
        let from = range.start as u32;
        let payload = match self.spec.payload {
            Payload::Column(c) => Some(&relation.column(c as usize)[range.clone()]),
            Payload::Rows | Payload::Nothing => None,
        };
        let item = |row: usize| payload.map_or(from + row as u32, |p| p[row]);
        let rows = range.len();
        if let Groups::Present(present) = &mut self.groups {
            if let Lookup::Dense { first } = self.lookup {
                for key in keys[0] {
                    let at = (key - first) as usize;
                    if at >= present.len() {
                        present.resize((at + 1).next_power_of_two(), false);
                    }
                    present[at] = true;
                }
            }
            return;
        }
        if let ([a], Groups::Fixed(starts), Lookup::Dense { first }) =
            (&keys[..], &mut self.groups, &self.lookup)
        {
            self.count = a.iter().max().map_or(0, |last| last - first + 1);
            (*starts, self.items) = sorted(a, *first, self.count as usize, item);
            return;
        }
        let mut numbers = Vec::with_capacity(rows);
        match keys[..] {
            [a] => numbers.extend(a.iter().map(|a| self.group_for(*a, 0))),
            [a, b] => numbers.extend(a.iter().zip(b).map(|(a, b)| self.group_for(*a, *b))),
            _ => {
                let mut key = vec![0; keys.len()];
                for row in 0..rows {
                    key.iter_mut().zip(&keys).for_each(|(k, column)| *k = column[row]);
                    numbers.push(self.group_for_wide(&key));
                }
            }
        }
        match &mut self.groups {
            Groups::Fixed(starts) => {
                (*starts, self.items) = sorted(&numbers, 0, self.count as usize, item);
            }
            Groups::Growing(groups) => {
                groups.resize(self.count as usize, Group::default());
                for (row, n) in numbers.iter().enumerate() {
                    let group = &mut groups[*n as usize];
                    if group.len == group.room {
                        let old = group.start as usize..(group.start + group.len) as usize;
                        group.room = (group.room * 2).max(2);
                        group.start = self.items.len() as u32;
                        self.items.extend_from_within(old);
                        self.items.resize((group.start + group.room) as usize, 0);
                    }
                    self.items[(group.start + group.len) as usize] = item(row);
                    group.len += 1;
                }
            }
            Groups::Present(_) | Groups::Known => {}
        }
    }

    /// The number of the group of a key, new if it has none.
    fn group_for(&mut self, a: u32, b: u32) -> u32 {
        match &mut self.lookup {
            Lookup::Dense { first } => {
                let group = a - *first;
                self.count = self.count.max(group + 1);
                group
            }
            Lookup::Hash { slots } => {
                if self.count as usize * 8 >= slots.len() * 5 {
                    grow(slots);
                }
                let at = probe(slots, a, b);
                if slots[at].group == NONE {
                    slots[at] = Slot { a, b, group: self.count };
                    self.count += 1;
                }
                slots[at].group
            }
            Lookup::Wide { .. } => NONE,
        }
    }

    fn group_for_wide(&mut self, key: &[u32]) -> u32 {
        let Lookup::Wide { table, keys } = &mut self.lookup else { return NONE };
        let width = key.len();
        let known = |g: &u32| keys[*g as usize * width..(*g as usize + 1) * width] == *key;
        if let Some(group) = table.find(hash_wide(key), known) {
            return *group;
        }
        let group = self.count;
        self.count += 1;
        keys.extend_from_slice(key);
        table.insert_unique(hash_wide(key), group, |g| {
            hash_wide(&keys[*g as usize * width..(*g as usize + 1) * width])
        });
        group
    }

    fn items_of(&self, group: u32) -> &[u32] {
        let group = group as usize;
        match &self.groups {
            Groups::Fixed(starts) => match (starts.get(group), starts.get(group + 1)) {
                (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
                _ => &[],
            },
            Groups::Growing(groups) => groups
                .get(group)
                .map_or(&[], |g| &self.items[g.start as usize..(g.start + g.len) as usize]),
            Groups::Present(_) | Groups::Known => &[],
        }
    }

    /// What is found for a key of one column.
    pub(crate) fn get_one(&self, a: u32) -> &[u32] {
        match &self.lookup {
            Lookup::Dense { first } => self.items_of(a.wrapping_sub(*first)),
            Lookup::Hash { slots } => self.items_of(find(slots, a, 0)),
            Lookup::Wide { .. } => &[],
        }
    }

    /// What is found for a key of two columns.
    pub(crate) fn get_two(&self, a: u32, b: u32) -> &[u32] {
        match &self.lookup {
            Lookup::Hash { slots } => self.items_of(find(slots, a, b)),
            Lookup::Dense { .. } | Lookup::Wide { .. } => &[],
        }
    }

    /// What is found for any key.
    pub(crate) fn get(&self, key: &[u32]) -> &[u32] {
        match key {
            [a] => self.get_one(*a),
            [a, b] => self.get_two(*a, *b),
            _ => self.items_of(self.find_wide(key)),
        }
    }

    /// Whether there is a row for a key of one column.
    pub(crate) fn has_one(&self, a: u32) -> bool {
        match (&self.lookup, &self.groups) {
            (Lookup::Dense { first }, Groups::Present(present)) => {
                present.get(a.wrapping_sub(*first) as usize).is_some_and(|p| *p)
            }
            (Lookup::Hash { slots }, _) => find(slots, a, 0) != NONE,
            _ => !self.get_one(a).is_empty(),
        }
    }

    /// Whether there is a row for a key of two columns.
    pub(crate) fn has_two(&self, a: u32, b: u32) -> bool {
        match &self.lookup {
            Lookup::Hash { slots } => find(slots, a, b) != NONE,
            Lookup::Dense { .. } | Lookup::Wide { .. } => false,
        }
    }

    /// Whether there is a row for any key.
    pub(crate) fn has(&self, key: &[u32]) -> bool {
        match key {
            [a] => self.has_one(*a),
            [a, b] => self.has_two(*a, *b),
            _ => self.find_wide(key) != NONE,
        }
    }

    fn find_wide(&self, key: &[u32]) -> u32 {
        let Lookup::Wide { table, keys } = &self.lookup else { return NONE };
        let width = key.len();
        let same = |g: &u32| keys[*g as usize * width..(*g as usize + 1) * width] == *key;
        table.find(hash_wide(key), same).copied().unwrap_or(NONE)
    }
}

/// The items by group, and where each group begins and the last one ends: a counting sort of groups numbered from
/// `first`. Every thread reads all numbers and places those of its own groups, so that the result is the same for any
/// number of them, and each writes to a smaller part of memory.
fn sorted(
    numbers: &[u32],
    first: u32,
    groups: usize,
    item: impl Fn(usize) -> u32 + Sync,
) -> (Vec<u32>, Vec<u32>) {
    let threads = if numbers.len() < PARALLEL { 1 } else { rayon::current_num_threads().min(8) };
    let share = groups.div_ceil(threads).max(1);
    let own = |thread: usize, number: u32| {
        let group = ((number - first) as usize).wrapping_sub(thread * share);
        (group < share).then_some(group)
    };
    let mut begins = vec![0_u32; groups + 1];
    begins[1..].par_chunks_mut(share).enumerate().for_each(|(thread, sizes)| {
        for group in numbers.iter().filter_map(|n| own(thread, *n)) {
            sizes[group] += 1;
        }
    });
    for group in 0..groups {
        begins[group + 1] += begins[group];
    }
    let mut items = vec![0; numbers.len()];
    let mut parts = vec![];
    let mut rest = &mut items[..];
    for thread in 0..groups.div_ceil(share) {
        let of = thread * share..(thread * share + share).min(groups);
        let from = begins[of.start];
        let (part, more) = rest.split_at_mut((begins[of.end] - from) as usize);
        rest = more;
        parts.push((thread, part, from, &begins[of]));
    }
    parts.into_par_iter().for_each(|(thread, part, from, begins)| {
        let mut next = begins.to_vec();
        for (row, number) in numbers.iter().enumerate() {
            if let Some(group) = own(thread, *number) {
                part[(next[group] - from) as usize] = item(row);
                next[group] += 1;
            }
        }
    });
    (begins, items)
}

fn hash_wide(key: &[u32]) -> u64 {
    key.iter().fold(0, |h: u64, v| {
        let h = (h.rotate_left(23) ^ u64::from(*v)).wrapping_mul(SPREAD);
        h ^ (h >> 32)
    })
}

fn place(a: u32, b: u32, mask: usize) -> usize {
    let h = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(SPREAD);
    ((h ^ (h >> 32)).wrapping_mul(SPREAD) >> 20) as usize & mask
}

/// The slot of a key, or the free one where it belongs.
fn probe(slots: &[Slot], a: u32, b: u32) -> usize {
    let mask = slots.len() - 1;
    let mut at = place(a, b, mask);
    loop {
        let slot = slots[at];
        if slot.group == NONE || (slot.a == a && slot.b == b) {
            return at;
        }
        at = (at + 1) & mask;
    }
}

fn find(slots: &[Slot], a: u32, b: u32) -> u32 {
    if slots.is_empty() { NONE } else { slots[probe(slots, a, b)].group }
}

fn grow(slots: &mut Vec<Slot>) {
    let room = (slots.len() * 2).max(16);
    let old = std::mem::replace(slots, vec![Slot { a: 0, b: 0, group: NONE }; room]);
    for slot in old.into_iter().filter(|s| s.group != NONE) {
        let at = probe(slots, slot.a, slot.b);
        slots[at] = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redan_facts::ValueId;

    #[test]
    fn all_sorts_of_indexes_find_the_same() {
        let mut relation = Relation::new(4);
        let mut upto = 0;
        let specs: Vec<Spec> = [vec![0], vec![1], vec![0, 2], vec![0, 1, 2]]
            .into_iter()
            .flat_map(|key: Vec<u32>| {
                [Payload::Nothing, Payload::Rows, Payload::Column(3)].map(|payload| Spec {
                    relation: RelationId(0),
                    key: key.clone(),
                    payload,
                })
            })
            .collect();
        let mut growing: Vec<Index> =
            specs.iter().map(|s| Index::build(s.clone(), &relation, true, 1 << 24)).collect();
        for step in 0..3_u32 {
            for n in 0..60_u32 {
                let n = n + step * 50;
                let row = [n % 7, (n % 31) * 1_000_000, n % 3, n].map(ValueId);
                relation.insert(&row, None);
            }
            for index in &mut growing {
                index.extend(&relation, relation.len() as u32);
            }
            let fixed: Vec<Index> =
                specs.iter().map(|s| Index::build(s.clone(), &relation, false, 0)).collect();
            upto += 1;
            for index in growing.iter().chain(&fixed) {
                let key = &index.spec.key;
                for probe in 0..relation.len() as u32 + 9 {
                    let wanted: Vec<u32> = [probe % 8, (probe % 33) * 1_000_000, probe % 4, 0]
                        .into_iter()
                        .enumerate()
                        .filter(|(c, _)| key.contains(&(*c as u32)))
                        .map(|(_, v)| v)
                        .collect();
                    let rows = relation.rows().filter(|(_, row)| {
                        key.iter().zip(&wanted).all(|(c, v)| row[*c as usize].0 == *v)
                    });
                    let expected: Vec<u32> = rows
                        .map(|(n, row)| match index.spec.payload {
                            Payload::Column(c) => row[c as usize].0,
                            Payload::Rows | Payload::Nothing => n,
                        })
                        .collect();
                    assert_eq!(index.has(&wanted), !expected.is_empty());
                    if index.spec.payload != Payload::Nothing {
                        assert_eq!(index.get(&wanted), expected);
                    }
                }
            }
        }
        assert_eq!(upto, 3);
    }
}
