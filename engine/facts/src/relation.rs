//! Relations: append-only logs of rows of interned values. The number of a row is the identity of
//! its fact; a set beside the log keeps duplicates out.
//!
//! The set is made when it is first needed: the evaluator keeps duplicates out by means of its own and
//! appends whole columns, so that most derived relations never pay for one.

use std::sync::OnceLock;

use hashbrown::HashTable;
use redan_base::Place;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::value::{ValueId, Values};

/// The number of a relation in a program, and in the [`Facts`] made for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelationId(pub u32);

/// One relation: columns of equal length, without duplicate rows.
#[derive(Debug, Clone, Default)]
pub struct Relation {
    columns: Vec<Vec<u32>>,
    rows: u32,
    set: OnceLock<HashTable<u32>>,
    places: Vec<Option<Place>>,
    more_places: FxHashMap<u32, Vec<Place>>,
}

impl Relation {
    /// An empty relation of so many columns.
    pub fn new(arity: usize) -> Self {
        Self { columns: vec![vec![]; arity], ..Self::default() }
    }

    /// How many columns.
    pub fn arity(&self) -> usize {
        self.columns.len()
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The numbers of one column, by row.
    pub fn column(&self, column: usize) -> &[u32] {
        self.columns.get(column).map_or(&[], Vec::as_slice)
    }

    /// One row as values.
    pub fn row(&self, row: u32) -> Vec<ValueId> {
        self.columns
            .iter()
            .map(|c| ValueId(c.get(row as usize).copied().unwrap_or_default()))
            .collect()
    }

    /// All rows, in the order in which they were added.
    pub fn rows(&self) -> impl Iterator<Item = (u32, Vec<ValueId>)> + '_ {
        (0..self.rows).map(|r| (r, self.row(r)))
    }

    /// The number of a row with just these values.
    pub fn find(&self, row: &[ValueId]) -> Option<u32> {
        if row.len() != self.arity() {
            return None;
        }
        self.set().find(hash_row(row), |r| self.equals(*r, row)).copied()
    }

    /// Adds a row; gives its number and whether it is new. A place that is given for a known row is
    /// kept as a further place of it.
    pub fn insert(&mut self, row: &[ValueId], place: Option<Place>) -> (u32, bool) {
        debug_assert_eq!(row.len(), self.arity(), "a row has a value for each column");
        let hash = hash_row(row);
        if let Some(&known) = self.set().find(hash, |r| self.equals(*r, row)) {
            if let Some(place) = place {
                self.add_place(known, place);
            }
            return (known, false);
        }
        let number = self.rows;
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value.0);
        }
        self.rows += 1;
        if place.is_some() || !self.places.is_empty() {
            self.places.resize(number as usize, None);
            self.places.push(place);
        }
        let columns = &self.columns;
        if let Some(set) = self.set.get_mut() {
            set.insert_unique(hash, number, |r| hash_at(columns, *r));
        }
        (number, true)
    }

    /// The memory of its values, in bytes.
    pub fn bytes(&self) -> usize {
        self.len() * self.arity() * size_of::<u32>()
    }

    /// Appends so many rows, of which the caller knows that none is there yet: `fill` adds the values of each to the end
    /// of the columns.
    pub fn append_distinct(&mut self, rows: usize, fill: impl FnOnce(&mut [Vec<u32>])) {
        fill(&mut self.columns);
        self.rows += rows as u32;
        let all = self.rows as usize;
        debug_assert!(self.columns.iter().all(|c| c.len() == all), "each column grew by the rows");
        self.set = OnceLock::new();
    }

    /// Drops the rows from a number on.
    pub fn truncate(&mut self, rows: usize) {
        if rows < self.len() {
            for column in &mut self.columns {
                column.truncate(rows);
            }
            self.rows = rows as u32;
            self.places.truncate(rows);
            self.more_places.retain(|row, _| (*row as usize) < rows);
            self.set = OnceLock::new();
        }
    }

    /// Where a row was observed; nothing for derived rows.
    pub fn place(&self, row: u32) -> Option<Place> {
        self.places.get(row as usize).copied().flatten()
    }

    /// All places at which a row was observed, the first one first.
    pub fn places(&self, row: u32) -> Vec<Place> {
        let mut all: Vec<Place> = self.place(row).into_iter().collect();
        all.extend(self.more_places.get(&row).into_iter().flatten().copied());
        all
    }

    /// The relation with every value replaced. Rows that become equal become one, with the places of all.
    #[must_use]
    pub fn map(&self, replace: impl Fn(ValueId) -> ValueId) -> Self {
        let mut mapped = Self::new(self.arity());
        for (number, row) in self.rows() {
            let row: Vec<ValueId> = row.into_iter().map(&replace).collect();
            let places = self.places(number);
            mapped.insert(&row, places.first().copied());
            for place in places.into_iter().skip(1) {
                mapped.insert(&row, Some(place));
            }
        }
        mapped
    }

    fn set(&self) -> &HashTable<u32> {
        self.set.get_or_init(|| {
            let mut set = HashTable::with_capacity(self.rows as usize);
            for row in 0..self.rows {
                set.insert_unique(hash_at(&self.columns, row), row, |r| hash_at(&self.columns, *r));
            }
            set
        })
    }

    fn add_place(&mut self, row: u32, place: Place) {
        const MOST: usize = 16;
        match self.places.get_mut(row as usize) {
            Some(slot @ None) => *slot = Some(place),
            Some(Some(first)) if *first == place => {}
            Some(Some(_)) => {
                let more = self.more_places.entry(row).or_default();
                if more.len() < MOST && !more.contains(&place) {
                    more.push(place);
                }
            }
            None => {
                self.places.resize(row as usize, None);
                self.places.push(Some(place));
            }
        }
    }

    fn equals(&self, number: u32, row: &[ValueId]) -> bool {
        self.columns.iter().zip(row).all(|(c, v)| c.get(number as usize) == Some(&v.0))
    }
}

/// Mixes the columns of a row. The multiplier spreads the low bits, where the numbers of values differ.
fn mix(hash: u64, value: u32) -> u64 {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    (hash.rotate_left(26) ^ u64::from(value)).wrapping_mul(SPREAD)
}

fn finish(hash: u64) -> u64 {
    hash ^ (hash >> 32)
}

fn hash_row(row: &[ValueId]) -> u64 {
    finish(row.iter().fold(0, |hash, value| mix(hash, value.0)))
}

fn hash_at(columns: &[Vec<u32>], row: u32) -> u64 {
    let at = |c: &Vec<u32>| c.get(row as usize).copied().unwrap_or_default();
    finish(columns.iter().fold(0, |hash, c| mix(hash, at(c))))
}

/// The facts of a run: the values and a relation for each [`RelationId`].
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The interner.
    pub values: Values,
    relations: Vec<Relation>,
}

impl Facts {
    /// Empty relations of these arities.
    pub fn new(values: Values, arities: impl IntoIterator<Item = usize>) -> Self {
        Self { values, relations: arities.into_iter().map(Relation::new).collect() }
    }

    /// A relation. A number that the program does not have gives an empty one.
    pub fn relation(&self, id: RelationId) -> &Relation {
        static EMPTY: std::sync::LazyLock<Relation> = std::sync::LazyLock::new(Relation::default);
        self.relations.get(id.0 as usize).unwrap_or(&EMPTY)
    }

    /// A relation, to add to.
    pub fn relation_mut(&mut self, id: RelationId) -> Option<&mut Relation> {
        self.relations.get_mut(id.0 as usize)
    }

    /// All relations by number.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// Adds a row; false if it was there (its place is kept all the same).
    pub fn insert(&mut self, id: RelationId, row: &[ValueId], place: Option<Place>) -> bool {
        self.relation_mut(id).is_some_and(|r| r.insert(row, place).1)
    }

    /// How many relations there are.
    pub fn len(&self) -> usize {
        self.relations.len()
    }

    /// Whether there are no relations.
    pub fn is_empty(&self) -> bool {
        self.relations.is_empty()
    }

    /// The number of all rows.
    pub fn row_count(&self) -> usize {
        self.relations.iter().map(Relation::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appended_rows_are_found_like_inserted_ones() {
        let mut relation = Relation::new(2);
        assert_eq!(relation.insert(&[ValueId(1), ValueId(2)], None), (0, true));
        relation.append_distinct(2, |columns| {
            columns[0].extend([3, 5]);
            columns[1].extend([4, 6]);
        });
        assert_eq!(relation.find(&[ValueId(5), ValueId(6)]), Some(2));
        assert_eq!(relation.find(&[ValueId(5), ValueId(4)]), None);
        assert_eq!(relation.insert(&[ValueId(3), ValueId(4)], None), (1, false));
        assert_eq!(relation.insert(&[ValueId(3), ValueId(3)], None), (3, true));
        assert_eq!(relation.len(), 4);
    }

    #[test]
    fn a_relation_without_columns_holds_one_row_at_most() {
        let mut relation = Relation::new(0);
        assert_eq!(relation.find(&[]), None);
        assert!(relation.insert(&[], None).1);
        assert!(!relation.insert(&[], None).1);
        assert_eq!(relation.find(&[]), Some(0));
    }

    #[test]
    fn rows_that_become_equal_keep_all_places() {
        use redan_base::{SourceId, Span};
        let place = |at| Place { source: SourceId(0), span: Span::new(at, at + 1), line: 1 };
        let mut relation = Relation::new(1);
        relation.insert(&[ValueId(1)], Some(place(1)));
        relation.insert(&[ValueId(2)], Some(place(2)));
        let one = relation.map(|_| ValueId(7));
        assert_eq!(one.rows().collect::<Vec<_>>(), [(0, vec![ValueId(7)])]);
        assert_eq!(one.places(0), [place(1), place(2)]);
    }
}
