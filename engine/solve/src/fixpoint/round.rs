//! One round of a level: tasks on all threads, window by window, and what they give taken in.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use redan_facts::{RelationId, Values};
use rustc_hash::FxHashMap;

use super::Run;
use super::plans::Planned;
use crate::aggregate::Groups;
use crate::execute::{self, Delta, GaveUp, Interner, Outcome, World};
use crate::level::Level;
use crate::limit::Stop;
use crate::rows::RowSet;

/// Rows of a task's beginning, at most.
const CHUNK: u32 = 1 << 14;
/// Rows that tasks are expected to give before their results are merged.
const WINDOW: f64 = 2e6;
/// From how many rows on several threads are worth their while.
const PARALLEL: f64 = 8192.0;
/// How many buffers are kept.
const SPARE: usize = 64;

/// How far a round has come.
pub(super) struct Cursor {
    pub(super) plan: usize,
    pub(super) at: u32,
    /// What tasks left because their rows gave more than was expected.
    pub(super) left: VecDeque<Task>,
}

pub(super) struct Task {
    pub(super) plan: usize,
    pub(super) range: Range<u32>,
}

impl Run<'_> {
    pub(super) fn round(
        &mut self,
        plans: &[Planned],
        level: &Level,
        aggregates: &FxHashMap<(usize, usize), Groups>,
        sets: &mut FxHashMap<RelationId, RowSet>,
        delta: &FxHashMap<RelationId, Delta>,
        values: &mut Values,
    ) -> Option<Stop> {
        self.prepare(plans, level, values.len());
        let visible: Vec<u32> = self.facts.relations().iter().map(|r| r.len() as u32).collect();
        let starts: Vec<Range<u32>> = {
            let world = self.world(&visible, delta, aggregates);
            plans.iter().map(|p| execute::start_rows(&p.plan, &world)).collect()
        };
        for planned in plans {
            let head = planned.plan.head;
            sets.entry(head).or_insert_with(|| RowSet::of(self.facts.relation(head)));
        }
        let at = starts.first().map_or(0, |r| r.start);
        let mut cursor = Cursor { plan: 0, at, left: VecDeque::new() };
        loop {
            let (window, expected) = self.next_window(plans, &starts, &mut cursor);
            if window.is_empty() {
                return None;
            }
            for head in &level.heads {
                if let Some(set) = sets.get_mut(head) {
                    set.split(expected as usize);
                }
            }
            let outcomes =
                self.window(&window, expected, plans, &visible, delta, aggregates, sets, values);
            cursor.left.extend(window.iter().zip(&outcomes).filter_map(|(task, (outcome, _))| {
                let rest = outcome.upto..task.range.end;
                (!rest.is_empty()).then_some(Task { plan: task.plan, range: rest })
            }));
            if let Some(stop) = self.merge(plans, &window, outcomes, sets) {
                return Some(stop);
            }
        }
    }

    /// The tasks that come next: so many that their results fit a cache more or less, as far as what the rules gave
    /// before can tell. It depends on numbers of rows alone, and so does the order of what is derived.
    pub(super) fn next_window(
        &self,
        plans: &[Planned],
        starts: &[Range<u32>],
        cursor: &mut Cursor,
    ) -> (Vec<Task>, f64) {
        let (mut window, mut expected) = (vec![], 0.0);
        let calls = |plan: usize| plans.get(plan).is_some_and(|p| p.plan.calls);
        while expected < WINDOW {
            let plan = cursor.left.front().map_or(cursor.plan, |t| t.plan);
            let Some(planned) = plans.get(plan) else { break };
            if window.first().is_some_and(|t: &Task| calls(t.plan) != calls(plan)) {
                break;
            }
            let fan = self.fans[planned.plan.rule];
            // Enough tasks for all threads, each with enough to do.
            let share = starts.get(plan).map_or(0, |r| r.len() as u32 / 8).max(2_048);
            let step = ((WINDOW / 16.0 / fan) as u32).clamp(16, CHUNK).min(share);
            let take = |range: &mut Range<u32>| {
                let start = range.start;
                range.start = range.end.min(start.saturating_add(step));
                start..range.start
            };
            let range = if let Some(task) = cursor.left.front_mut() {
                let range = take(&mut task.range);
                if task.range.is_empty() {
                    cursor.left.pop_front();
                }
                range
            } else {
                let mut rest = cursor.at..starts.get(plan).map_or(0, |r| r.end);
                if rest.is_empty() {
                    cursor.plan += 1;
                    cursor.at = starts.get(cursor.plan).map_or(0, |r| r.start);
                    continue;
                }
                let range = take(&mut rest);
                cursor.at = rest.start;
                range
            };
            expected += range.len() as f64 * fan + 64.0;
            window.push(Task { plan, range });
        }
        (window, expected)
    }

    pub(super) fn world<'w>(
        &'w self,
        visible: &'w [u32],
        delta: &'w FxHashMap<RelationId, Delta>,
        aggregates: &'w FxHashMap<(usize, usize), Groups>,
    ) -> World<'w> {
        World {
            facts: &self.facts,
            visible,
            delta,
            indexes: &self.indexes,
            aggregates,
            rules: &self.variants.all,
            deadline: &self.deadline,
            most_rows: self.limits.rows,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one round")]
    pub(super) fn window(
        &mut self,
        window: &[Task],
        expected: f64,
        plans: &[Planned],
        visible: &[u32],
        delta: &FxHashMap<RelationId, Delta>,
        aggregates: &FxHashMap<(usize, usize), Groups>,
        sets: &FxHashMap<RelationId, RowSet>,
        values: &mut Values,
    ) -> Vec<(Outcome, Duration)> {
        let mut calls = std::mem::take(&mut self.calls);
        let mut canon = std::mem::take(&mut self.canon);
        let world = self.world(visible, delta, aggregates);
        let room = |task: &Task| {
            let set = &sets[&plans[task.plan].plan.head];
            let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            match spare.iter().rposition(|c| set.fits(c)) {
                Some(at) => spare.swap_remove(at),
                None => set.candidates(),
            }
        };
        let serial = window.first().is_some_and(|t| plans[t.plan].plan.calls);
        let outcomes = if serial {
            let mut one = |task: &Task| {
                let began = Instant::now();
                let interner = Interner::Own(values, &mut canon, &mut calls);
                let plan = &plans[task.plan].plan;
                let (range, set) = (task.range.clone(), &sets[&plan.head]);
                let outcome = execute::run(plan, range, &world, interner, set, room(task));
                (outcome, began.elapsed())
            };
            window.iter().map(&mut one).collect()
        } else {
            let shared: &Values = values;
            let one = |task: &Task| {
                let began = Instant::now();
                let interner = Interner::Shared(shared);
                let plan = &plans[task.plan].plan;
                let (range, set) = (task.range.clone(), &sets[&plan.head]);
                let outcome = execute::run(plan, range, &world, interner, set, room(task));
                (outcome, began.elapsed())
            };
            if window.len() > 1 && expected >= PARALLEL {
                window.par_iter().map(one).collect()
            } else {
                window.iter().map(one).collect()
            }
        };
        self.calls = calls;
        self.canon = canon;
        outcomes
    }

    /// Takes in what tasks gave, relation by relation.
    pub(super) fn merge(
        &mut self,
        plans: &[Planned],
        window: &[Task],
        outcomes: Vec<(Outcome, Duration)>,
        sets: &mut FxHashMap<RelationId, RowSet>,
    ) -> Option<Stop> {
        let mut stop = None;
        let mut by_head: FxHashMap<RelationId, Vec<usize>> = FxHashMap::default();
        for (number, (task, (outcome, time))) in window.iter().zip(&outcomes).enumerate() {
            let plan = &plans[task.plan].plan;
            let rule = self.variants.all[plan.rule].of;
            let timing = &mut self.timings[rule];
            timing.rows_in += outcome.rows_in;
            timing.rows_out += outcome.rows_out;
            timing.time += *time;
            let rule = rule as u32;
            let why = outcome.gave_up.map(|why| match why {
                GaveUp::Time => Stop::Time { rule },
                GaveUp::Rows => Stop::Rows { rule, relation: plan.head },
            });
            stop = stop.or(why);
            if outcome.rows.len() > 0 {
                by_head.entry(plan.head).or_default().push(number);
            }
        }
        let mut heads: Vec<RelationId> = by_head.keys().copied().collect();
        heads.sort_unstable();
        for head in heads {
            let numbers = &by_head[&head];
            let offered: Vec<_> = numbers.iter().map(|n| &outcomes[*n].0.rows).collect();
            let Some(set) = sets.get_mut(&head) else { continue };
            let fresh = set.merge(&offered);
            for (number, new) in numbers.iter().zip(&fresh.by_task) {
                let rule = self.rule_of(plans, &window[*number]);
                self.timings[rule].new_rows += u64::from(*new);
            }
            let last = numbers.last().map_or(0, |n| self.rule_of(plans, &window[*n]));
            if let Some(relation) = self.facts.relation_mut(head) {
                let before = relation.bytes();
                relation.append_distinct(fresh.rows, |columns| fresh.append_to(columns));
                self.derived_bytes += relation.bytes() - before;
                if relation.len() > self.limits.rows && stop.is_none() {
                    stop = Some(Stop::Rows { rule: last as u32, relation: head });
                }
            }
        }
        let mut ran: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for (task, (outcome, _)) in window.iter().zip(&outcomes) {
            let sum = ran.entry(plans[task.plan].plan.rule).or_default();
            *sum = (sum.0 + outcome.rows_in, sum.1 + outcome.rows_out);
        }
        for (rule, (rows_in, rows_out)) in ran {
            self.fans[rule] = (rows_out as f64 / rows_in.max(1) as f64).max(0.25);
        }
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        for (outcome, _) in outcomes {
            if spare.len() < SPARE {
                spare.extend(outcome.rows.emptied());
            }
        }
        drop(spare);
        let sets: usize = sets.values().map(RowSet::bytes).sum();
        if stop.is_none() && self.derived_bytes + self.index_bytes + sets > self.limits.solve_bytes
        {
            // Of the rules at work the one that gave most.
            let rules = window.iter().map(|t| self.rule_of(plans, t));
            let rule = rules.max_by_key(|r| self.timings[*r].new_rows).unwrap_or(0);
            stop = Some(Stop::Memory { rule: rule as u32 });
        }
        if stop.is_none() && self.deadline.passed() {
            let rule = window.last().map_or(0, |t| self.rule_of(plans, t));
            stop = Some(Stop::Time { rule: rule as u32 });
        }
        stop
    }

    /// The program's rule that a task is of.
    pub(super) fn rule_of(&self, plans: &[Planned], task: &Task) -> usize {
        self.variants.all[plans[task.plan].plan.rule].of
    }
}
