//! From level to level and from round to round, until nothing is new.

mod plans;
mod round;

use std::ops::Range;
use std::sync::Mutex;

use redan_base::Limits;
use redan_facts::{Facts, RelationId, ValueId, Values};
use redan_program::functions::unknown;
use redan_program::ir::{Literal, Program, Rule};
use rustc_hash::FxHashMap;

use self::plans::Planned;
use crate::Goals;
use crate::aggregate::{Groups, groups};
use crate::bounds::{self, First, Open, Variant, Variants, variants};
use crate::calls::Calls;
use crate::event::{Event, RuleTiming};
use crate::execute::Delta;
use crate::index::{Index, Spec};
use crate::level::{Level, levels};
use crate::limit::{Deadline, Stop};
use crate::rows::{Candidates, RowSet};
use crate::same::Canon;
use crate::solution::{Ages, Solution, with_representatives};
use crate::statistics::Statistics;

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
    /// The last level that reads a relation.
    last_read: FxHashMap<RelationId, usize>,
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
        let levels = levels(&variants, program.same_stratum);
        Self {
            program,
            limits,
            events,
            deadline: Deadline::of(limits),
            last_read: last_read(&levels, &variants),
            ages: Ages::of(&facts),
            timings: program.rules.iter().enumerate().map(timing).collect(),
            levels,
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
        // Only constants differ from before, so that the levels stay what they are.
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
        let heads = &self.levels[done].heads;
        let last_read = &self.last_read;
        self.indexes.retain(|spec, _| {
            let last = last_read.get(&spec.relation);
            last.is_some_and(|last| *last > done) && !heads.contains(&spec.relation)
        });
    }

    fn level(&mut self, number: usize, level: &Level) -> Option<Stop> {
        let mut values = std::mem::take(&mut self.facts.values);
        let stop = self.level_with(number, level, &mut values);
        self.facts.values = values;
        stop
    }

    fn level_with(&mut self, number: usize, level: &Level, values: &mut Values) -> Option<Stop> {
        self.derived_bytes += self.open.begin(&level.heads, &self.variants, &mut self.facts);
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

    /// The values of all aggregates of a level, by the program's rule and the condition: what they look at is complete.
    fn aggregates(&self, level: &Level, values: &mut Values) -> FxHashMap<(usize, usize), Groups> {
        let mut all = FxHashMap::default();
        for rule in &level.rules {
            let Variant { rule, of, .. } = &self.variants.all[*rule];
            for (number, literal) in rule.body.iter().enumerate() {
                if all.contains_key(&(*of, number)) {
                    continue;
                }
                if let Literal::Aggregate { function, relation, keys, value, .. } = literal {
                    let groups =
                        groups(&self.facts, *function, *relation, keys, *value as usize, values);
                    all.insert((*of, number), groups);
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

/// The last level that reads each relation. Where a possible relation is read, its certain twin may be read in its place.
fn last_read(levels: &[Level], variants: &Variants) -> FxHashMap<RelationId, usize> {
    let mut last = FxHashMap::default();
    for (number, level) in levels.iter().enumerate() {
        for literal in level.rules.iter().flat_map(|r| &variants.all[*r].rule.body) {
            if let Literal::Atom(atom) | Literal::Not(atom) = literal {
                last.insert(atom.relation, number);
                if let Some(twin) = variants.copies.get(&atom.relation) {
                    last.insert(*twin, number);
                }
            }
        }
    }
    last
}
