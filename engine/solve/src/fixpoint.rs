//! From level to level and from round to round, until nothing is new.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use redan_base::Limits;
use redan_facts::{Facts, RelationId, ValueId, Values};
use redan_program::functions::unknown;
use redan_program::ir::{Literal, Program, Rule, Term};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Goals;
use crate::aggregate::{Groups, groups};
use crate::bounds::{self, First, Open, Variants, variants};
use crate::calls::Calls;
use crate::event::{Event, RuleTiming};
use crate::execute::{self, Delta, GaveUp, Interner, Outcome, World};
use crate::index::{Index, Spec};
use crate::level::{Level, levels};
use crate::limit::{Deadline, Stop};
use crate::plan::{Plan, plan};
use crate::rows::{Candidates, RowSet};
use crate::same::Canon;
use crate::solution::{Ages, Solution, with_representatives};
use crate::statistics::{Known, Statistics};

/// Rows of a task's beginning, at most.
const CHUNK: u32 = 1 << 14;
/// Rows that tasks are expected to give before their results are merged.
const WINDOW: f64 = 2e6;
/// From how many rows on several threads are worth their while.
const PARALLEL: f64 = 2048.0;
/// How many buffers are kept.
const SPARE: usize = 64;
/// A relation may grow or shrink so many times before a plan is made anew.
const DRIFT: f64 = 8.0;

/// An evaluation on its way.
pub(crate) struct Run<'a> {
    program: &'a Program,
    limits: &'a Limits,
    events: &'a dyn Fn(Event),
    deadline: Deadline,
    /// The facts; their values are taken out while rules run.
    facts: Facts,
    canon: Canon,
    ages: Ages,
    timings: Vec<RuleTiming>,
    /// The relations that goals need, by number.
    needed: Vec<bool>,
    /// The rules as they are evaluated.
    variants: Variants,
    open: Open,
    levels: Vec<Level>,
    calls: Calls,
    given: Vec<u32>,
    indexes: FxHashMap<Spec, Index>,
    statistics: Statistics,
    /// The memory of derived rows.
    derived_bytes: usize,
    /// The memory of indexes, as of the beginning of the round.
    index_bytes: usize,
    /// How many rows each rule gave for each row that it began with, when it last ran.
    fans: Vec<f64>,
    /// Buffers to use again.
    spare: Mutex<Vec<Candidates>>,
}

/// A plan with what it was made for.
struct Planned {
    plan: Plan,
    /// The sizes of relations at that time.
    sizes: Vec<(RelationId, f64)>,
    /// The number of new rows at that time.
    delta: f64,
}

/// How far a round has come.
struct Cursor {
    plan: usize,
    at: u32,
    /// What tasks left because their rows gave more than was expected.
    left: VecDeque<Task>,
}

struct Task {
    plan: usize,
    range: Range<u32>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        goals: &Goals,
        program: &'a Program,
        facts: Facts,
        limits: &'a Limits,
        events: &'a dyn Fn(Event),
    ) -> Self {
        let needed = bounds::needed(goals, program);
        let given = |r: RelationId| !facts.relation(r).is_empty();
        let variants = variants(program, &program.rules, &needed, given, &facts.values);
        let timing = |(number, rule): (usize, &Rule)| RuleTiming {
            rule: number as u32,
            origin: rule.origin,
            ..RuleTiming::default()
        };
        Self {
            program,
            limits,
            events,
            deadline: Deadline::of(limits),
            ages: Ages::of(&facts),
            timings: program.rules.iter().enumerate().map(timing).collect(),
            levels: levels(&variants, program.same_stratum),
            given: facts.relations().iter().map(|r| r.len() as u32).collect(),
            facts,
            canon: Canon::default(),
            fans: vec![4.0; variants.all.len()],
            spare: Mutex::default(),
            needed,
            variants,
            open: Open::default(),
            calls: Calls::default(),
            indexes: FxHashMap::default(),
            statistics: Statistics::default(),
            derived_bytes: 0,
            index_bytes: 0,
        }
    }

    /// All levels; those that `same` depends on as often as entities are merged.
    pub(crate) fn all(&mut self) -> Option<Stop> {
        let early = self.levels.iter().filter(|l| l.early).count();
        let mut pass = 0;
        while let (Some(same), true) = (self.program.same, self.program.same_stratum.is_some()) {
            if let Some(stop) = self.range(0..early) {
                return Some(stop);
            }
            let relation = self.facts.relation(same);
            let ends = relation.column(0).iter().zip(relation.column(1));
            let pairs: Vec<_> = ends.map(|(a, b)| (ValueId(*a), ValueId(*b))).collect();
            let entities = self.canon.merge(&mut self.facts.values, &pairs);
            if entities == 0 {
                break;
            }
            (self.events)(Event::Merged { pass, entities });
            pass += 1;
            self.begin_again();
        }
        let from = if self.program.same.is_some() { early } else { 0 };
        self.range(from..self.levels.len())
    }

    /// Back to the given facts, with representatives in them and in the rules.
    fn begin_again(&mut self) {
        for (number, given) in self.given.iter().enumerate() {
            if let Some(relation) = self.facts.relation_mut(RelationId(number as u32)) {
                relation.truncate(*given as usize);
            }
        }
        self.canon.rewrite_facts(&mut self.facts);
        self.given = self.facts.relations().iter().map(|r| r.len() as u32).collect();
        self.ages = Ages::of(&self.facts);
        let rules = self.program.rules.iter();
        let rules: Vec<Rule> = rules.map(|r| with_representatives(r, &self.canon)).collect();
        let given = |r: RelationId| self.given.get(r.0 as usize).is_some_and(|n| *n > 0);
        self.variants = variants(self.program, &rules, &self.needed, given, &self.facts.values);
        self.open = Open::default();
        self.calls = Calls::default();
        self.indexes.clear();
        self.statistics = Statistics::default();
        self.derived_bytes = 0;
        for timing in &mut self.timings {
            (timing.rows_in, timing.rows_out, timing.new_rows) = (0, 0, 0);
        }
    }

    fn range(&mut self, levels: Range<usize>) -> Option<Stop> {
        for number in levels {
            let level = self.levels[number].clone();
            (self.events)(Event::Level {
                level: number as u32,
                levels: self.levels.len() as u32,
                rules: level.rules.len(),
            });
            let stop = self.level(number, &level);
            let mut of: Vec<usize> = level.rules.iter().map(|r| self.variants.all[*r].of).collect();
            of.dedup();
            for rule in of {
                (self.events)(Event::Rule(self.timings[rule].clone()));
            }
            if stop.is_some() {
                return stop;
            }
            self.forget(number);
        }
        None
    }

    /// Drops the indexes of relations that no later level reads.
    fn forget(&mut self, done: usize) {
        let later = self.levels[done + 1..].iter().flat_map(|l| &l.rules);
        let read: FxHashSet<RelationId> = later
            .flat_map(|r| &self.variants.all[*r].rule.body)
            .filter_map(|l| match l {
                Literal::Atom(atom) | Literal::Not(atom) => Some(atom.relation),
                _ => None,
            })
            .flat_map(|r| std::iter::once(r).chain(self.variants.copies.get(&r).copied()))
            .collect();
        let heads = &self.levels[done].heads;
        self.indexes
            .retain(|spec, _| read.contains(&spec.relation) && !heads.contains(&spec.relation));
    }

    fn level(&mut self, number: usize, level: &Level) -> Option<Stop> {
        let mut values = std::mem::take(&mut self.facts.values);
        let stop = self.level_with(number, level, &mut values);
        self.facts.values = values;
        stop
    }

    fn level_with(&mut self, number: usize, level: &Level, values: &mut Values) -> Option<Stop> {
        self.open.begin(&level.heads, &self.variants, &mut self.facts);
        self.ages.end_round(level.heads.iter().copied(), &self.facts);
        let aggregates = self.aggregates(level, values);
        let mut plans: Vec<Planned> = vec![];
        let mut delta: FxHashMap<RelationId, Delta> = FxHashMap::default();
        for rule in &level.rules {
            if !self.can_hold(*rule) {
                continue;
            }
            let variant = &self.variants.all[*rule];
            let begin = match (variant.first, &variant.rule.body[..]) {
                (First::All, _) => None,
                (First::Uncertain(at), body) => {
                    let Some(Literal::Atom(atom)) = body.get(at) else { continue };
                    // What this level makes has no uncertain rows yet.
                    if level.heads.contains(&atom.relation) {
                        continue;
                    }
                    let relation = atom.relation;
                    let rows = delta.entry(relation).or_insert_with(|| {
                        let unknown = unknown(values);
                        self.open.rows(relation, &self.variants, &self.facts, unknown)
                    });
                    if rows.len() == 0 {
                        continue;
                    }
                    Some((at, rows.len() as f64))
                }
                (First::Nothing, _) => continue,
            };
            plans.extend(self.plan(*rule, begin, level, values.len()));
        }
        let mut sets: FxHashMap<RelationId, RowSet> = FxHashMap::default();
        let mut seen: Vec<(RelationId, u32)> =
            level.heads.iter().map(|h| (*h, self.facts.relation(*h).len() as u32)).collect();
        let mut stop = self.round(&plans, level, &aggregates, &mut sets, &delta, values);
        self.ages.end_round(level.heads.iter().copied(), &self.facts);
        let mut variants: FxHashMap<(usize, usize), Planned> = FxHashMap::default();
        let mut round = 0;
        let recursive: Vec<(usize, usize, RelationId)> = level
            .rules
            .iter()
            .filter(|r| !matches!(self.variants.all[**r].first, First::Uncertain(_)))
            .flat_map(|r| {
                let body = self.variants.all[*r].rule.body.iter();
                body.enumerate().map(move |(l, b)| (*r, l, b))
            })
            .filter_map(|(r, l, literal)| match literal {
                Literal::Atom(atom) if level.heads.contains(&atom.relation) => {
                    Some((r, l, atom.relation))
                }
                _ => None,
            })
            .collect();
        while stop.is_none() && !recursive.is_empty() {
            delta.clear();
            for (head, upto) in &mut seen {
                let now = self.facts.relation(*head).len() as u32;
                if now > *upto {
                    delta.insert(*head, Delta::Range(*upto..now));
                    *upto = now;
                }
            }
            if delta.is_empty() {
                break;
            }
            let mut wanted = vec![];
            for (rule, literal, relation) in &recursive {
                let Some(new) = delta.get(relation) else { continue };
                if !self.can_hold(*rule) {
                    continue;
                }
                let new = new.len() as f64;
                let old = variants.remove(&(*rule, *literal));
                let fresh = match old {
                    Some(planned) if !self.drifted(&planned, new) => Some(planned),
                    _ => self.plan(*rule, Some((*literal, new)), level, values.len()),
                };
                if let Some(planned) = fresh {
                    wanted.push(((*rule, *literal), planned));
                }
            }
            let (keys, plans): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
            stop = self.round(&plans, level, &aggregates, &mut sets, &delta, values);
            variants.extend(keys.into_iter().zip(plans));
            self.ages.end_round(level.heads.iter().copied(), &self.facts);
            let new_rows =
                seen.iter().map(|(h, upto)| self.facts.relation(*h).len() - *upto as usize).sum();
            (self.events)(Event::Round { level: number as u32, round, new_rows });
            round += 1;
        }
        for planned in plans.iter().chain(variants.values()) {
            let variant = &self.variants.all[planned.plan.rule];
            let text = planned.plan.text(&variant.rule, self.program, values);
            let timing = &mut self.timings[variant.of];
            // The last variant in the order of the body, whatever the order of the map.
            if text > timing.plan {
                timing.plan = text;
            }
        }
        stop
    }

    /// Whether each positive condition has a row at all.
    fn can_hold(&self, rule: usize) -> bool {
        self.variants.all[rule].rule.body.iter().all(|l| match l {
            Literal::Atom(atom) => !self.facts.relation(atom.relation).is_empty(),
            _ => true,
        })
    }

    fn drifted(&self, planned: &Planned, new: f64) -> bool {
        let apart = |a: f64, b: f64| a.max(b) > DRIFT * a.min(b).max(64.0);
        apart(planned.delta, new)
            || planned
                .sizes
                .iter()
                .any(|(r, size)| apart(*size, self.facts.relation(*r).len() as f64))
    }

    fn plan(
        &mut self,
        number: usize,
        delta: Option<(usize, f64)>,
        level: &Level,
        values: usize,
    ) -> Option<Planned> {
        let mut rule = self.variants.all[number].rule.clone();
        for (at, literal) in rule.body.iter_mut().enumerate() {
            if let Literal::Atom(atom) | Literal::Not(atom) = literal
                && delta.is_none_or(|(begin, _)| begin != at)
                && !level.heads.contains(&atom.relation)
            {
                atom.relation = self.open.read(atom.relation, &self.variants, &self.facts);
            }
        }
        let body = &rule.body;
        let atoms: Vec<_> = body
            .iter()
            .filter_map(|l| match l {
                Literal::Atom(atom) => Some(atom),
                _ => None,
            })
            .collect();
        if atoms.len() > 1 {
            let count = |term: &Term| !matches!(term, Term::Wild);
            let columns = atoms.iter().flat_map(|a| {
                (0..a.arguments.len() as u32)
                    .filter(move |c| count(&a.arguments[*c as usize]))
                    .map(move |c| (a.relation, c))
            });
            let mut columns: Vec<(RelationId, u32)> = columns.collect();
            columns.sort_unstable();
            columns.dedup();
            self.statistics.count(&self.facts, columns, values);
        }
        let sizes = Known { facts: &self.facts, statistics: &self.statistics };
        let made = plan(number, &rule, delta, &sizes)?;
        Some(Planned {
            plan: made,
            sizes: atoms
                .iter()
                .map(|a| (a.relation, self.facts.relation(a.relation).len() as f64))
                .collect(),
            delta: delta.map_or(0.0, |d| d.1),
        })
    }

    /// Builds what is missing of the indexes, and brings others up to date.
    fn prepare(&mut self, plans: &[Planned], level: &Level, values: usize) {
        let mut wanted: Vec<&Spec> = plans.iter().flat_map(|p| p.plan.indexes()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut work: Vec<(Spec, Option<Index>)> = vec![];
        for spec in wanted {
            let rows = self.facts.relation(spec.relation).len() as u32;
            if self.indexes.get(spec).is_none_or(|i| i.upto() < rows) {
                work.push((spec.clone(), self.indexes.remove(spec)));
            }
        }
        let facts = &self.facts;
        let grows = |spec: &Spec| level.heads.contains(&spec.relation);
        let rows: usize = work.iter().map(|(s, _)| facts.relation(s.relation).len()).sum();
        let build = |(spec, old): (Spec, Option<Index>)| {
            let relation = facts.relation(spec.relation);
            let index = match old {
                Some(mut index) if index.can_grow() => {
                    index.extend(relation, relation.len() as u32);
                    index
                }
                _ => Index::build(spec.clone(), relation, grows(&spec), values),
            };
            (spec, index)
        };
        let built: Vec<(Spec, Index)> = if work.len() > 1 && rows as f64 > PARALLEL {
            work.into_par_iter().map(build).collect()
        } else {
            work.into_iter().map(build).collect()
        };
        self.indexes.extend(built);
        self.index_bytes = self.indexes.values().map(Index::bytes).sum();
    }

    fn round(
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
                    set.split();
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
    fn next_window(
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
            let step = ((WINDOW / 16.0 / fan) as u32).clamp(16, CHUNK);
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

    fn world<'w>(
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
    fn window(
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
    fn merge(
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
    fn rule_of(&self, plans: &[Planned], task: &Task) -> usize {
        self.variants.all[plans[task.plan].plan.rule].of
    }

    /// The values of all aggregates of a level: what they look at is complete.
    fn aggregates(&self, level: &Level, values: &mut Values) -> FxHashMap<(usize, usize), Groups> {
        let mut all = FxHashMap::default();
        for rule in &level.rules {
            for (number, literal) in self.variants.all[*rule].rule.body.iter().enumerate() {
                if let Literal::Aggregate { function, relation, keys, value, .. } = literal {
                    let groups =
                        groups(&self.facts, *function, *relation, keys, *value as usize, values);
                    all.insert((*rule, number), groups);
                }
            }
        }
        all
    }

    /// What a rule's plan looked like, with its rows, for a diagnostic.
    pub(crate) fn plan_of(&self, rule: u32) -> String {
        let Some(timing) = self.timings.get(rule as usize) else { return String::new() };
        format!("{}\n({} rows in, {} out)", timing.plan, timing.rows_in, timing.rows_out)
    }

    /// What came out.
    pub(crate) fn into_solution(self, incomplete: bool) -> Solution {
        let Self { program, facts, timings, canon, ages, calls, .. } = self;
        Solution::new(program, facts, incomplete, timings, canon, ages, calls)
    }
}
