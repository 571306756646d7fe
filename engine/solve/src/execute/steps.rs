//! What each step does with a batch.

use redan_facts::{Relation, ValueId};
use redan_program::ir::Literal;

use super::{BATCH, Batch, Interner, Task, World};
use crate::aggregate::Groups;
use crate::compare::holds;
use crate::index::{Index, Payload};
use crate::plan::{Output, Source, Step};
use crate::rows::pack;

/// A step with its indexes and columns at hand.
pub(super) enum Prepared<'a> {
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

pub(super) fn prepare<'a>(rule: usize, step: &Step, world: &World<'a>) -> Prepared<'a> {
    let rule = world.rules[rule].of;
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
        Step::Distinct | Step::Compare(..) | Step::Call { .. } => Prepared::Plain,
        Step::Aggregate { literal, .. } => {
            world.aggregates.get(&(rule, *literal)).map_or(Prepared::Missing, Prepared::Groups)
        }
    }
}

impl Task<'_> {
    pub(super) fn step(
        &mut self,
        stage: usize,
        input: &Batch,
        rows: &mut Vec<u32>,
        found: &mut Vec<u32>,
    ) {
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
            (Step::Distinct, _) => {
                self.distinct(stage, input, rows);
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

    /// Picks the rows that this task has not seen here before, as long as that drops enough of them.
    fn distinct(&mut self, stage: usize, input: &Batch, rows: &mut Vec<u32>) {
        let keep = &self.plan.stages[stage].keep;
        let seen = &mut self.seen[stage];
        let all = 0..input.len as u32;
        if seen.is_useless() {
            rows.extend(all);
            return;
        }
        match keep[..] {
            [] => rows.extend(all.filter(|_| seen.insert(0))),
            [a] => {
                let a = &input.columns[a];
                rows.extend(all.filter(|r| seen.insert(u64::from(a[*r as usize]))));
            }
            [a, b] => {
                let (a, b) = (&input.columns[a], &input.columns[b]);
                rows.extend(all.filter(|r| seen.insert(pack(a[*r as usize], b[*r as usize]))));
            }
            _ => {
                let mut row = vec![];
                for number in all {
                    row.clear();
                    row.extend(keep.iter().map(|s| input.columns[*s][number as usize]));
                    if seen.insert_wide(&row) {
                        rows.push(number);
                    }
                }
            }
        }
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
        let rule = &self.world.rules[self.plan.rule].rule;
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
}

pub(super) fn read(source: Source, input: &Batch, row: usize) -> u32 {
    match source {
        Source::Slot(slot) => input.columns[slot][row],
        Source::Value(value) => value,
    }
}

pub(super) fn fill(key: &mut Vec<u32>, sources: &[Source], input: &Batch, row: usize) {
    key.clear();
    key.extend(sources.iter().map(|s| read(*s, input, row)));
}

pub(super) fn agree(relation: &Relation, row: u32, equal: &[(usize, usize)]) -> bool {
    equal
        .iter()
        .all(|(a, b)| relation.column(*a)[row as usize] == relation.column(*b)[row as usize])
}
