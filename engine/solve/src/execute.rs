//! Runs plans: batches of columns flow from step to step.
//!
//! A task is a plan and a part of the rows that it begins with. Each step takes a batch of at most [`BATCH`] rows
//! and hands on batches of the same size, so that a task needs little memory however many rows it makes. What the
//! last step gives goes to [`Candidates`]; a small cache drops most of what was just given before.

use std::ops::Range;

use redan_facts::{Facts, Relation, RelationId, ValueId, Values};
use redan_program::ir::{Literal, Rule};
use rustc_hash::FxHashMap;

use crate::calls::Calls;
use crate::compare::holds;
use crate::index::{Index, Payload, Spec};
use crate::limit::Deadline;
use crate::plan::{Output, Plan, Source, Start, Step};
use crate::rows::{Candidates, pack};
use crate::same::Canon;

/// Rows of a batch.
const BATCH: usize = 2048;
/// Slots of the cache of rows just given.
const RECENT: usize = 1 << 12;
/// How many candidates a task may hold before it looks for duplicates among them.
const COMPACT: usize = 1 << 22;

/// What tasks read.
pub(crate) struct World<'a> {
    /// The facts, without the values: those are in `values`.
    pub(crate) facts: &'a Facts,
    /// How many rows of each relation can be seen in this round.
    pub(crate) visible: &'a [u32],
    /// The rows that were new in the last round.
    pub(crate) delta: &'a FxHashMap<RelationId, Range<u32>>,
    /// The indexes.
    pub(crate) indexes: &'a FxHashMap<Spec, Index>,
    /// The values of aggregates: (rule, literal) to groups.
    pub(crate) aggregates: &'a FxHashMap<(usize, usize), Groups>,
    /// The rules.
    pub(crate) rules: &'a [Rule],
    /// The time that is left.
    pub(crate) deadline: &'a Deadline,
    /// How many rows a relation may have.
    pub(crate) most_rows: usize,
}

/// The values of an aggregate.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// By key.
    pub(crate) by_key: FxHashMap<Box<[u32]>, u32>,
    /// That of an empty group.
    pub(crate) empty: Option<u32>,
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
        Start::Scan { relation, delta: true, .. } => {
            world.delta.get(relation).cloned().unwrap_or(0..0)
        }
        Start::Scan { relation, .. } => 0..world.visible[relation.0 as usize],
        Start::Lookup { index, key, .. } => {
            0..world.indexes.get(index).map_or(0, |i| i.get(key).len() as u32)
        }
    }
}

/// Runs a plan over a part of the rows that it begins with.
pub(crate) fn run(
    plan: &Plan,
    range: Range<u32>,
    world: &World<'_>,
    values: Interner<'_>,
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
        recent: vec![u64::MAX; recent],
        compact_at: COMPACT,
        out: Outcome { rows, rows_in: range.len() as u64, rows_out: 0, gave_up: None },
        key: vec![],
    };
    task.start(range);
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

/// A step with its indexes and columns at hand.
enum Prepared<'a> {
    Join {
        index: &'a Index,
        relation: &'a Relation,
        by_row: bool,
    },
    Cross {
        relation: &'a Relation,
        rows: u32,
    },
    Meet(Vec<(&'a Index, &'a Index)>),
    Test(&'a Index),
    Any(bool),
    Groups(&'a Groups),
    /// It needs nothing.
    Plain,
    /// Something was not prepared: the step gives no row.
    Missing,
}

fn prepare<'a>(rule: usize, step: &Step, world: &World<'a>) -> Prepared<'a> {
    match step {
        Step::Join { index, .. } => {
            let relation = world.facts.relation(index.relation);
            let by_row = index.payload == Payload::Rows;
            world.indexes.get(index).map_or(Prepared::Missing, |index| Prepared::Join {
                index,
                relation,
                by_row,
            })
        }
        Step::Cross { relation, .. } => Prepared::Cross {
            relation: world.facts.relation(*relation),
            rows: world.visible[relation.0 as usize],
        },
        Step::Meet { members, .. } => members
            .iter()
            .map(|m| Some((world.indexes.get(&m.walk)?, world.indexes.get(&m.ask)?)))
            .collect::<Option<Vec<_>>>()
            .map_or(Prepared::Missing, Prepared::Meet),
        Step::Test { index, .. } => {
            world.indexes.get(index).map_or(Prepared::Missing, Prepared::Test)
        }
        Step::Any { relation, .. } => Prepared::Any(world.visible[relation.0 as usize] > 0),
        Step::Compare(..) | Step::Call { .. } => Prepared::Plain,
        Step::Aggregate { literal, .. } => {
            world.aggregates.get(&(rule, *literal)).map_or(Prepared::Missing, Prepared::Groups)
        }
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
    recent: Vec<u64>,
    compact_at: usize,
    out: Outcome,
    key: Vec<u32>,
}

impl Task<'_> {
    fn start(&mut self, range: Range<u32>) {
        let world = self.world;
        match &self.plan.start {
            Start::Once => {
                self.batches[0].len = 1;
                self.push(0);
            }
            Start::Scan { relation, fixed, equal, load, .. } => {
                let relation = world.facts.relation(*relation);
                let mut at = range.start;
                while at < range.end && !self.over() {
                    let end = range.end.min(at + BATCH as u32);
                    let span = at as usize..end as usize;
                    let batch = &mut self.batches[0];
                    batch.clear();
                    if fixed.is_empty() && equal.is_empty() {
                        for (column, slot) in load {
                            let column = &relation.column(*column)[span.clone()];
                            batch.columns[*slot].extend_from_slice(column);
                        }
                        batch.len = span.len();
                    } else {
                        let rows: Vec<u32> = (at..end)
                            .filter(|r| {
                                let value = |c: usize| relation.column(c)[*r as usize];
                                fixed.iter().all(|(c, v)| value(*c) == *v)
                                    && equal.iter().all(|(a, b)| value(*a) == value(*b))
                            })
                            .collect();
                        take(batch, relation, &rows, load);
                    }
                    self.push(0);
                    at = end;
                }
            }
            Start::Lookup { index, key, equal, load } => {
                let relation = world.facts.relation(index.relation);
                let found = world.indexes.get(index).map_or(&[][..], |i| i.get(key));
                let found = &found[range.start as usize..range.end as usize];
                for rows in found.chunks(BATCH) {
                    if self.over() {
                        break;
                    }
                    let batch = &mut self.batches[0];
                    batch.clear();
                    if equal.is_empty() {
                        take(batch, relation, rows, load);
                    } else {
                        let rows: Vec<u32> =
                            rows.iter().copied().filter(|r| agree(relation, *r, equal)).collect();
                        take(batch, relation, &rows, load);
                    }
                    self.push(0);
                }
            }
        }
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

    fn step(&mut self, stage: usize, input: &Batch, rows: &mut Vec<u32>, found: &mut Vec<u32>) {
        let plan = self.plan;
        let step = &plan.stages[stage].step;
        // The prepared steps are put back below: they are borrowed from the world, not from here.
        let prepared = std::mem::replace(&mut self.prepared[stage], Prepared::Missing);
        match (step, &prepared) {
            (Step::Join { key, equal, load, .. }, Prepared::Join { index, relation, by_row }) => {
                let mut each = |task: &mut Self, row: u32, items: &[u32]| {
                    task.pick(stage, input, rows, found, row, items, |task, input, rows, found| {
                        task.joined(stage, input, rows, found, relation, *by_row, equal, load);
                    });
                };
                match key[..] {
                    [Source::Slot(a)] => {
                        for (row, a) in input.columns[a].iter().enumerate() {
                            each(self, row as u32, index.get_one(*a));
                        }
                    }
                    [Source::Slot(a), Source::Slot(b)] => {
                        let pairs = input.columns[a].iter().zip(&input.columns[b]);
                        for (row, (a, b)) in pairs.enumerate() {
                            each(self, row as u32, index.get_two(*a, *b));
                        }
                    }
                    _ => {
                        let mut wanted = vec![];
                        for row in 0..input.len {
                            fill(&mut wanted, key, input, row);
                            each(self, row as u32, index.get(&wanted));
                        }
                    }
                }
                self.joined(stage, input, rows, found, relation, *by_row, equal, load);
            }
            (Step::Cross { equal, load, .. }, Prepared::Cross { relation, rows: count }) => {
                let all: Vec<u32> = (0..*count).collect();
                for row in 0..input.len {
                    self.pick(stage, input, rows, found, row as u32, &all, |task, i, r, f| {
                        task.joined(stage, i, r, f, relation, true, equal, load);
                    });
                }
                self.joined(stage, input, rows, found, relation, true, equal, load);
            }
            (Step::Meet { members, slot }, Prepared::Meet(indexes)) => {
                let mut keys: Vec<Vec<u32>> = vec![vec![]; members.len()];
                let mut whole = vec![];
                let mut values = vec![];
                for row in 0..input.len {
                    let mut smallest: (usize, &[u32]) = (0, &[]);
                    for (number, (member, (walk, _))) in members.iter().zip(indexes).enumerate() {
                        fill(&mut keys[number], &member.key, input, row);
                        let items = walk.get(&keys[number]);
                        if number == 0 || items.len() < smallest.1.len() {
                            smallest = (number, items);
                        }
                    }
                    values.clear();
                    values.extend(smallest.1.iter().copied().filter(|value| {
                        members.iter().zip(indexes).enumerate().all(
                            |(number, (member, (_, ask)))| {
                                number == smallest.0 || {
                                    whole.clear();
                                    whole.extend_from_slice(&keys[number]);
                                    whole.insert(member.column, *value);
                                    ask.has(&whole)
                                }
                            },
                        )
                    }));
                    self.pick(stage, input, rows, found, row as u32, &values, |t, i, r, f| {
                        t.bound(stage, i, r, f, *slot);
                    });
                }
                self.bound(stage, input, rows, found, *slot);
            }
            (Step::Test { key, negated, .. }, Prepared::Test(index)) => {
                match key[..] {
                    [Source::Slot(a)] => {
                        let all = input.columns[a].iter().enumerate();
                        rows.extend(
                            all.filter(|(_, a)| index.has_one(**a) != *negated).map(|r| r.0 as u32),
                        );
                    }
                    [Source::Slot(a), Source::Slot(b)] => {
                        let all = input.columns[a].iter().zip(&input.columns[b]).enumerate();
                        rows.extend(
                            all.filter(|(_, (a, b))| index.has_two(**a, **b) != *negated)
                                .map(|r| r.0 as u32),
                        );
                    }
                    _ => {
                        let mut wanted = vec![];
                        for row in 0..input.len {
                            fill(&mut wanted, key, input, row);
                            if index.has(&wanted) != *negated {
                                rows.push(row as u32);
                            }
                        }
                    }
                }
                self.filtered(stage, input, rows);
            }
            (Step::Any { negated, .. }, Prepared::Any(there)) => {
                if there != negated {
                    rows.extend(0..input.len as u32);
                }
                self.filtered(stage, input, rows);
            }
            (Step::Compare(op, a, b), _) => {
                let values = self.values.values();
                rows.extend((0..input.len as u32).filter(|row| {
                    let (a, b) = (read(*a, input, *row as usize), read(*b, input, *row as usize));
                    holds(values, *op, ValueId(a), ValueId(b))
                }));
                self.filtered(stage, input, rows);
            }
            (Step::Call { literal, arguments, result }, _) => {
                let mut site = None;
                let mut wanted = vec![];
                let mut values = vec![];
                for row in 0..input.len {
                    fill(&mut wanted, arguments, input, row);
                    values.clear();
                    self.call(&mut site, *literal, &wanted, &mut values);
                    self.result(stage, input, rows, found, row, &values, *result);
                }
                self.finish(stage, input, rows, found, *result);
            }
            (Step::Aggregate { key, result, .. }, Prepared::Groups(groups)) => {
                let mut wanted = vec![];
                for row in 0..input.len {
                    fill(&mut wanted, key, input, row);
                    let value = groups.by_key.get(wanted.as_slice()).copied().or(groups.empty);
                    let value: Vec<u32> = value.into_iter().collect();
                    self.result(stage, input, rows, found, row, &value, *result);
                }
                self.finish(stage, input, rows, found, *result);
            }
            _ => {}
        }
        self.prepared[stage] = prepared;
    }

    /// What a function or an aggregate gave for a row.
    #[allow(
        clippy::too_many_arguments,
        reason = "the state of one step, taken apart for the borrow checker"
    )]
    fn result(
        &mut self,
        stage: usize,
        input: &Batch,
        rows: &mut Vec<u32>,
        found: &mut Vec<u32>,
        row: usize,
        values: &[u32],
        result: Output,
    ) {
        match result {
            Output::Bind(slot) => {
                self.pick(stage, input, rows, found, row as u32, values, |t, i, r, f| {
                    t.bound(stage, i, r, f, slot);
                });
            }
            Output::Equal(source) => {
                if values.contains(&read(source, input, row)) {
                    rows.push(row as u32);
                }
            }
            Output::Any => {
                if !values.is_empty() {
                    rows.push(row as u32);
                }
            }
        }
    }

    fn finish(
        &mut self,
        stage: usize,
        input: &Batch,
        rows: &mut Vec<u32>,
        found: &mut Vec<u32>,
        result: Output,
    ) {
        match result {
            Output::Bind(slot) => self.bound(stage, input, rows, found, slot),
            Output::Equal(_) | Output::Any => self.filtered(stage, input, rows),
        }
    }

    /// Notes what was found for a row of the input, and hands on whenever a batch is full.
    #[allow(
        clippy::too_many_arguments,
        reason = "the state of one step, taken apart for the borrow checker"
    )]
    fn pick(
        &mut self,
        _stage: usize,
        input: &Batch,
        rows: &mut Vec<u32>,
        found: &mut Vec<u32>,
        row: u32,
        mut items: &[u32],
        mut flush: impl FnMut(&mut Self, &Batch, &mut Vec<u32>, &mut Vec<u32>),
    ) {
        while rows.len() + items.len() > BATCH {
            let (now, later) = items.split_at(BATCH - rows.len());
            rows.resize(BATCH, row);
            found.extend_from_slice(now);
            items = later;
            flush(self, input, rows, found);
            if self.over() {
                return;
            }
        }
        rows.resize(rows.len() + items.len(), row);
        found.extend_from_slice(items);
    }

    /// Hands on what a join found.
    #[allow(
        clippy::too_many_arguments,
        reason = "the state of one step, taken apart for the borrow checker"
    )]
    fn joined(
        &mut self,
        stage: usize,
        input: &Batch,
        rows: &mut Vec<u32>,
        found: &mut Vec<u32>,
        relation: &Relation,
        by_row: bool,
        equal: &[(usize, usize)],
        load: &[(usize, usize)],
    ) {
        if !equal.is_empty() {
            let mut kept = 0;
            for at in 0..rows.len() {
                if agree(relation, found[at], equal) {
                    rows[kept] = rows[at];
                    found[kept] = found[at];
                    kept += 1;
                }
            }
            rows.truncate(kept);
            found.truncate(kept);
        }
        self.carry(stage, input, rows);
        let batch = &mut self.batches[stage + 1];
        for (column, slot) in load {
            if by_row {
                let column = relation.column(*column);
                batch.columns[*slot].extend(found.iter().map(|r| column[*r as usize]));
            } else {
                batch.columns[*slot].extend_from_slice(found);
            }
        }
        rows.clear();
        found.clear();
        self.push(stage + 1);
    }

    /// Hands on rows with a new variable.
    fn bound(
        &mut self,
        stage: usize,
        input: &Batch,
        rows: &mut Vec<u32>,
        found: &mut Vec<u32>,
        slot: usize,
    ) {
        self.carry(stage, input, rows);
        self.batches[stage + 1].columns[slot].extend_from_slice(found);
        rows.clear();
        found.clear();
        self.push(stage + 1);
    }

    /// Hands on some rows.
    fn filtered(&mut self, stage: usize, input: &Batch, rows: &mut Vec<u32>) {
        self.carry(stage, input, rows);
        rows.clear();
        self.push(stage + 1);
    }

    fn carry(&mut self, stage: usize, input: &Batch, rows: &[u32]) {
        let batch = &mut self.batches[stage + 1];
        batch.clear();
        for slot in &self.plan.stages[stage].keep {
            let column = &input.columns[*slot];
            batch.columns[*slot].extend(rows.iter().map(|r| column[*r as usize]));
        }
        batch.len = rows.len();
    }

    fn call(
        &mut self,
        site: &mut Option<usize>,
        literal: usize,
        arguments: &[u32],
        out: &mut Vec<u32>,
    ) {
        let rule = &self.world.rules[self.plan.rule];
        if let (
            Some(Literal::Call { function, pattern, .. }),
            Interner::Own(values, canon, calls),
        ) = (rule.body.get(literal), &mut self.values)
        {
            let site = *site.get_or_insert_with(|| calls.site(function, pattern.as_deref()));
            out.extend_from_slice(calls.get(
                site,
                function,
                pattern.as_deref(),
                arguments,
                values,
                canon,
            ));
        }
    }

    /// Takes the result in.
    fn give(&mut self) {
        let batch = std::mem::take(self.batches.last_mut().unwrap_or(&mut Batch::default()));
        self.out.rows_out += batch.len as u64;
        match self.plan.row[..] {
            [] => self.narrow(std::iter::once(0)),
            [Source::Slot(a)] => self.narrow(batch.columns[a].iter().map(|a| u64::from(*a))),
            [Source::Slot(a), Source::Slot(b)] => {
                let pairs = batch.columns[a].iter().zip(&batch.columns[b]);
                self.narrow(pairs.map(|(a, b)| pack(*a, *b)));
            }
            [a] => self.narrow((0..batch.len).map(|r| u64::from(read(a, &batch, r)))),
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
                self.out.rows.push_narrow(key);
            }
        }
    }
}

fn read(source: Source, input: &Batch, row: usize) -> u32 {
    match source {
        Source::Slot(slot) => input.columns[slot][row],
        Source::Value(value) => value,
    }
}

fn fill(key: &mut Vec<u32>, sources: &[Source], input: &Batch, row: usize) {
    key.clear();
    key.extend(sources.iter().map(|s| read(*s, input, row)));
}

fn agree(relation: &Relation, row: u32, equal: &[(usize, usize)]) -> bool {
    equal
        .iter()
        .all(|(a, b)| relation.column(*a)[row as usize] == relation.column(*b)[row as usize])
}

fn take(batch: &mut Batch, relation: &Relation, rows: &[u32], load: &[(usize, usize)]) {
    for (column, slot) in load {
        let column = relation.column(*column);
        batch.columns[*slot].extend(rows.iter().map(|r| column[*r as usize]));
    }
    batch.len = rows.len();
}
