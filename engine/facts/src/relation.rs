//! Relations: append-only logs of rows of interned values. The number of a row is the identity of
//! its fact; a set beside the log keeps duplicates out.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use redan_base::Place;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::value::{ValueId, Values};

/// The number of a relation in a program, and in the [`Facts`] made for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationId(pub u32);

/// One relation: columns of equal length, without duplicate rows.
#[derive(Debug, Clone, Default)]
pub struct Relation {
    columns: Vec<Vec<u32>>,
    rows: u32,
    set: HashTable<u32>,
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
        self.set.find(hash_row(row), |r| self.equals(*r, row)).copied()
    }

    /// Adds a row; gives its number and whether it is new. A place that is given for a known row is
    /// kept as a further place of it.
    pub fn insert(&mut self, row: &[ValueId], place: Option<Place>) -> (u32, bool) {
        debug_assert_eq!(row.len(), self.arity(), "a row has a value for each column");
        let hash = hash_row(row);
        if let Some(&known) = self.set.find(hash, |r| self.equals(*r, row)) {
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
        self.set.insert_unique(hash, number, |r| {
            let mut hasher = FxBuildHasher.build_hasher();
            for column in columns {
                hasher.write_u32(column.get(*r as usize).copied().unwrap_or_default());
            }
            hasher.finish()
        });
        (number, true)
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

fn hash_row(row: &[ValueId]) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    for value in row {
        hasher.write_u32(value.0);
    }
    hasher.finish()
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
