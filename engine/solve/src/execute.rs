//! Runs plans: batches of columns flow from step to step.
//!
//! A task is a plan and a part of the rows that it begins with. Each step takes a batch of at most [`BATCH`] rows
//! and hands on batches of the same size, so that a task needs little memory however many rows it makes. What the
//! last step gives goes to [`Candidates`]; a small cache drops most of what was just given before.

mod steps;

use std::ops::Range;

use redan_facts::{Facts, Relation, RelationId, Values};
use rustc_hash::FxHashMap;

use self::steps::{Prepared, agree, fill, prepare, read};
use crate::aggregate::Groups;
use crate::bounds::Variant;
use crate::calls::Calls;
use crate::index::{Index, Spec};
use crate::limit::Deadline;
use crate::plan::{Plan, Source, Start};
use crate::rows::{Candidates, RowSet, Seen, pack, pack_one};
use crate::same::Canon;

/// Rows of a batch.
const BATCH: usize = 2048;
/// Slots of the cache of rows just given.
const RECENT: usize = 1 << 12;
/// How many candidates a task may hold before it looks for duplicates among them.
const COMPACT: usize = 1 << 22;
/// How many rows a task gives, more or less, before it leaves the rest to another one.
const ENOUGH: u64 = 1 << 18;
/// How many rows it begins with at once, at least.
const FEW: u32 = 16;

/// What tasks read.
pub(crate) struct World<'a> {
    /// The facts, without the values: those are in `values`.
    pub(crate) facts: &'a Facts,
    /// How many rows of each relation can be seen in this round.
    pub(crate) visible: &'a [u32],
    /// The rows that were new in the last round, or that are uncertain.
    pub(crate) delta: &'a FxHashMap<RelationId, Delta>,
    /// The indexes.
    pub(crate) indexes: &'a FxHashMap<Spec, Index>,
    /// The values of aggregates: (the program's rule, literal) to groups.
    pub(crate) aggregates: &'a FxHashMap<(usize, usize), Groups>,
    /// The rules.
    pub(crate) rules: &'a [Variant],
    /// The time that is left.
    pub(crate) deadline: &'a Deadline,
    /// How many rows a relation may have.
    pub(crate) most_rows: usize,
}

/// Some rows of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delta {
    /// Those of these numbers.
    Range(Range<u32>),
    /// These.
    Rows(Vec<u32>),
}

impl Delta {
    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Rows(rows) => rows.len(),
        }
    }
}

/// The values, to read alone or to add to.
pub(crate) enum Interner<'a> {
    /// For rules without functions.
    Shared(&'a Values),
    /// For rules with functions.
    Own(&'a mut Values, &'a mut Canon, &'a mut Calls),
}

impl Interner<'_> {
    fn values(&self) -> &Values {
        match self {
            Self::Shared(values) => values,
            Self::Own(values, ..) => values,
        }
    }
}

/// What a task gave.
pub(crate) struct Outcome {
    /// The rows.
    pub(crate) rows: Candidates,
    /// How many rows it began with.
    pub(crate) rows_in: u64,
    /// Where it stopped: the end of its range, or earlier if each row gave more than was expected.
    pub(crate) upto: u32,
    /// How many it made, duplicates among them.
    pub(crate) rows_out: u64,
    /// Whether it gave up: the time passed or there were too many rows.
    pub(crate) gave_up: Option<GaveUp>,
}

/// Why a task gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GaveUp {
    /// The time has passed.
    Time,
    /// There were too many rows.
    Rows,
}

/// How many rows a plan begins with.
pub(crate) fn start_rows(plan: &Plan, world: &World<'_>) -> Range<u32> {
    match &plan.start {
        Start::Once => 0..1,
        Start::Scan { relation, delta: true, .. } => match world.delta.get(relation) {
            Some(Delta::Range(range)) => range.clone(),
            Some(Delta::Rows(rows)) => 0..rows.len() as u32,
            None => 0..0,
        },
        Start::Scan { relation, .. } => 0..world.visible[relation.0 as usize],
        Start::Lookup { index, key, .. } => {
            0..world.indexes.get(index).map_or(0, |i| i.get(key).len() as u32)
        }
    }
}

/// Runs a plan over a part of the rows that it begins with. What `known` has is not given again.
pub(crate) fn run<'a>(
    plan: &'a Plan,
    range: Range<u32>,
    world: &'a World<'a>,
    values: Interner<'a>,
    known: &'a RowSet,
    rows: Candidates,
) -> Outcome {
    let prepared: Vec<Prepared<'_>> =
        plan.stages.iter().map(|s| prepare(plan.rule, &s.step, world)).collect();
    let recent = if range.len() >= 256 && plan.row.len() <= 2 { RECENT } else { 0 };
    let mut task = Task {
        plan,
        world,
        prepared,
        values,
        batches: (0..=plan.stages.len())
            .map(|_| Batch { columns: vec![vec![]; plan.slots], len: 0 })
            .collect(),
        picked: vec![(vec![], vec![]); plan.stages.len()],
        seen: plan.stages.iter().map(|_| Seen::default()).collect(),
        recent: vec![u64::MAX; recent],
        compact_at: COMPACT,
        known,
        out: Outcome { rows, rows_in: 0, upto: range.start, rows_out: 0, gave_up: None },
        key: vec![],
    };
    task.all(range);
    task.out
}

#[derive(Debug, Default)]
struct Batch {
    columns: Vec<Vec<u32>>,
    len: usize,
}

impl Batch {
    fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
        self.len = 0;
    }
}

struct Task<'a> {
    plan: &'a Plan,
    world: &'a World<'a>,
    prepared: Vec<Prepared<'a>>,
    values: Interner<'a>,
    /// The input of each stage, and the result.
    batches: Vec<Batch>,
    /// For each stage, room for what it picks: rows of its input, and what was found for them.
    picked: Vec<(Vec<u32>, Vec<u32>)>,
    /// For each stage that drops duplicates, what it saw.
    seen: Vec<Seen>,
    recent: Vec<u64>,
    compact_at: usize,
    known: &'a RowSet,
    out: Outcome,
    key: Vec<u32>,
}

impl Task<'_> {
    /// Begins with a few rows, and with more at once as long as each gives little.
    fn all(&mut self, range: Range<u32>) {
        let mut step = FEW;
        while self.out.upto < range.end && self.out.rows_out < ENOUGH && !self.over() {
            let before = self.out.rows_out;
            let part = self.out.upto..range.end.min(self.out.upto.saturating_add(step));
            self.start(part.clone());
            self.out.rows_in += part.len() as u64;
            self.out.upto = part.end;
            if self.out.rows_out - before < ENOUGH / 16 {
                step = (step * 4).min(BATCH as u32);
            }
        }
    }

    /// At most [`BATCH`] rows.
    fn start(&mut self, range: Range<u32>) {
        let world = self.world;
        let span = range.start as usize..range.end as usize;
        match &self.plan.start {
            Start::Once => self.batches[0].len = 1,
            Start::Scan { relation, delta, fixed, equal, load } => {
                let listed = match world.delta.get(relation) {
                    Some(Delta::Rows(rows)) if *delta => Some(&rows[span.clone()]),
                    _ => None,
                };
                let relation = world.facts.relation(*relation);
                let batch = &mut self.batches[0];
                batch.clear();
                let fits = |r: &u32| {
                    let value = |c: usize| relation.column(c)[*r as usize];
                    fixed.iter().all(|(c, v)| value(*c) == *v)
                        && equal.iter().all(|(a, b)| value(*a) == value(*b))
                };
                if let Some(listed) = listed {
                    let rows: Vec<u32> = listed.iter().copied().filter(fits).collect();
                    take(batch, relation, &rows, load);
                } else if fixed.is_empty() && equal.is_empty() {
                    for (column, slot) in load {
                        let column = &relation.column(*column)[span.clone()];
                        batch.columns[*slot].extend_from_slice(column);
                    }
                    batch.len = span.len();
                } else {
                    let rows: Vec<u32> = range.filter(fits).collect();
                    take(batch, relation, &rows, load);
                }
            }
            Start::Lookup { index, key, equal, load } => {
                let relation = world.facts.relation(index.relation);
                let found = world.indexes.get(index).map_or(&[][..], |i| i.get(key));
                let rows = &found[span];
                let batch = &mut self.batches[0];
                batch.clear();
                if equal.is_empty() {
                    take(batch, relation, rows, load);
                } else {
                    let rows: Vec<u32> =
                        rows.iter().copied().filter(|r| agree(relation, *r, equal)).collect();
                    take(batch, relation, &rows, load);
                }
            }
        }
        self.push(0);
    }

    fn over(&mut self) -> bool {
        if self.out.gave_up.is_none() && self.world.deadline.passed() {
            self.out.gave_up = Some(GaveUp::Time);
        }
        self.out.gave_up.is_some()
    }

    /// The batch before a stage is ready. The depth of calls is that of the plan.
    fn push(&mut self, stage: usize) {
        if self.batches[stage].len == 0 || self.out.gave_up.is_some() {
            return;
        }
        if stage == self.plan.stages.len() {
            self.give();
            return;
        }
        let input = std::mem::take(&mut self.batches[stage]);
        let (mut rows, mut found) = std::mem::take(&mut self.picked[stage]);
        rows.clear();
        found.clear();
        self.step(stage, &input, &mut rows, &mut found);
        self.picked[stage] = (rows, found);
        self.batches[stage] = input;
    }

    /// Takes the result in.
    fn give(&mut self) {
        let batch = std::mem::take(self.batches.last_mut().unwrap_or(&mut Batch::default()));
        self.out.rows_out += batch.len as u64;
        match self.plan.row[..] {
            [] => self.narrow(std::iter::once(0)),
            [Source::Slot(a)] => self.narrow(batch.columns[a].iter().map(|a| pack_one(*a))),
            [Source::Slot(a), Source::Slot(b)] => {
                let pairs = batch.columns[a].iter().zip(&batch.columns[b]);
                self.narrow(pairs.map(|(a, b)| pack(*a, *b)));
            }
            [a] => self.narrow((0..batch.len).map(|r| pack_one(read(a, &batch, r)))),
            [a, b] => {
                self.narrow((0..batch.len).map(|r| pack(read(a, &batch, r), read(b, &batch, r))));
            }
            _ => {
                let mut key = std::mem::take(&mut self.key);
                for row in 0..batch.len {
                    fill(&mut key, &self.plan.row, &batch, row);
                    self.out.rows.push_wide(&key);
                }
                self.key = key;
            }
        }
        if let Some(last) = self.batches.last_mut() {
            *last = batch;
        }
        if self.out.rows_out as usize >= self.compact_at {
            self.out.rows.compact();
            let left = self.out.rows.len();
            if left > self.world.most_rows {
                self.out.gave_up = Some(GaveUp::Rows);
            }
            self.compact_at = self.out.rows_out as usize + COMPACT.max(left);
        }
    }

    fn narrow(&mut self, keys: impl Iterator<Item = u64>) {
        if self.recent.is_empty() {
            keys.for_each(|k| self.out.rows.push_narrow(k));
            return;
        }
        for key in keys {
            let at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize;
            let slot = &mut self.recent[at];
            if *slot != key {
                *slot = key;
                if !self.known.is_known(key) {
                    self.out.rows.push_narrow(key);
                }
            }
        }
    }
}

fn take(batch: &mut Batch, relation: &Relation, rows: &[u32], load: &[(usize, usize)]) {
    for (column, slot) in load {
        let column = relation.column(*column);
        batch.columns[*slot].extend(rows.iter().map(|r| column[*r as usize]));
    }
    batch.len = rows.len();
}
