//! From an order of conditions to steps.

use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Atom, Literal, Rule, Term};
use rustc_hash::FxHashSet;

use super::{Member, Output, Plan, Sizes, Source, Stage, Start, Step, terms};
use crate::index::{Payload, Spec};

/// Makes the steps of an order.
pub(super) struct Builder<'a> {
    pub(super) rule: &'a Rule,
    pub(super) order: &'a [usize],
    pub(super) sizes: &'a dyn Sizes,
}

/// The columns of an atom by what is known of them.
#[derive(Default)]
struct Parts {
    key: Vec<(u32, Source)>,
    equal: Vec<(usize, usize)>,
    /// Columns that bind a variable.
    free: Vec<(usize, usize)>,
}

impl Builder<'_> {
    pub(super) fn build(&self, number: usize, delta: bool, cost: f64) -> Plan {
        let mut bound = FxHashSet::default();
        let mut rest: Vec<usize> = self.order.to_vec();
        let mut start = Start::Once;
        let mut stages: Vec<Stage> = vec![];
        let mut calls = false;
        if let Some(Literal::Atom(atom)) = rest.first().map(|i| &self.rule.body[*i]) {
            rest.remove(0);
            let parts = parts(atom, &bound);
            let needed = self.needed(&rest);
            let load = parts.free.into_iter().filter(|(_, s)| needed.contains(s)).collect();
            let fixed: Vec<(u32, u32)> = parts
                .key
                .iter()
                .filter_map(|(c, s)| match s {
                    Source::Value(v) => Some((*c, *v)),
                    Source::Slot(_) => None,
                })
                .collect();
            start = if delta || fixed.is_empty() {
                Start::Scan {
                    relation: atom.relation,
                    delta,
                    fixed: fixed.into_iter().map(|(c, v)| (c as usize, v)).collect(),
                    equal: parts.equal,
                    load,
                }
            } else {
                Start::Lookup {
                    index: spec(atom.relation, fixed.iter().map(|f| f.0), Payload::Rows),
                    key: fixed.into_iter().map(|f| f.1).collect(),
                    equal: parts.equal,
                    load,
                }
            };
            bound.extend(variables(&atom.arguments));
        }
        while !rest.is_empty() {
            let next = rest.remove(0);
            let literal = &self.rule.body[next];
            let before = bound.clone();
            let step = match literal {
                Literal::Atom(atom) => self.atom(atom, &mut rest, &bound),
                Literal::Not(atom) => Self::test(atom, &bound, true),
                Literal::Compare(op, a, b) => Step::Compare(*op, source(*a), source(*b)),
                Literal::Call { arguments, result, .. } => {
                    calls = true;
                    Step::Call {
                        literal: next,
                        arguments: arguments.iter().map(|t| source(*t)).collect(),
                        result: self.output(*result, &bound, &rest),
                    }
                }
                Literal::Aggregate { keys, result, .. } => Step::Aggregate {
                    literal: next,
                    key: keys.iter().filter(|t| **t != Term::Wild).map(|t| source(*t)).collect(),
                    result: self.output(*result, &bound, &rest),
                },
            };
            bound.extend(variables(&terms(literal)));
            let needed = self.needed(&rest);
            let mut keep: Vec<usize> =
                before.iter().map(|v| *v as usize).filter(|v| needed.contains(v)).collect();
            keep.sort_unstable();
            stages.push(Stage { step, keep });
        }
        Self::drop_early(&start, &mut stages);
        let stages = self.without_duplicates(&start, stages);
        Plan {
            rule: number,
            head: self.rule.head.relation,
            row: self.rule.head.arguments.iter().map(|t| source(*t)).collect(),
            start,
            stages,
            slots: self.rule.variables as usize,
            calls,
            cost,
        }
    }

    /// A stage keeps only what was really made before it.
    fn drop_early(start: &Start, stages: &mut [Stage]) {
        let mut made: FxHashSet<usize> = match start {
            Start::Once => FxHashSet::default(),
            Start::Scan { load, .. } | Start::Lookup { load, .. } => {
                load.iter().map(|l| l.1).collect()
            }
        };
        for stage in stages {
            stage.keep.retain(|s| made.contains(s));
            made = stage.keep.iter().copied().collect();
            match &stage.step {
                Step::Join { load, .. } | Step::Cross { load, .. } => {
                    made.extend(load.iter().map(|l| l.1));
                }
                Step::Meet { slot, .. } => {
                    made.insert(*slot);
                }
                Step::Call { result: Output::Bind(slot), .. }
                | Step::Aggregate { result: Output::Bind(slot), .. } => {
                    made.insert(*slot);
                }
                _ => {}
            }
        }
    }

    /// Puts [`Step::Distinct`] where variables were dropped and many rows will be made of each.
    fn without_duplicates(&self, start: &Start, stages: Vec<Stage>) -> Vec<Stage> {
        let fans: Vec<f64> = stages.iter().map(|s| self.fan(&s.step)).collect();
        let many_after = |at: usize| fans[at..].iter().any(|f| *f >= 2.0);
        let (mut live, mut dropped) = match start {
            Start::Once => (vec![], false),
            Start::Scan { relation, load, fixed, .. } => {
                let columns = self.columns(*relation);
                (load.iter().map(|l| l.1).collect::<Vec<_>>(), load.len() + fixed.len() < columns)
            }
            Start::Lookup { index, load, .. } => {
                let columns = self.columns(index.relation);
                (load.iter().map(|l| l.1).collect(), load.len() + index.key.len() < columns)
            }
        };
        let mut out = vec![];
        for (at, stage) in stages.into_iter().enumerate() {
            if dropped && fans[at] >= 2.0 && many_after(at) {
                out.push(Stage { step: Step::Distinct, keep: live.clone() });
                dropped = false;
            }
            let mut now = stage.keep.clone();
            dropped |= stage.keep.len() < live.len();
            match &stage.step {
                Step::Join { load, index, key, .. } => {
                    now.extend(load.iter().map(|l| l.1));
                    dropped |= load.len() + key.len() < self.columns(index.relation);
                }
                Step::Cross { load, .. } => now.extend(load.iter().map(|l| l.1)),
                Step::Meet { slot, .. } => now.push(*slot),
                Step::Call { result: Output::Bind(slot), .. }
                | Step::Aggregate { result: Output::Bind(slot), .. } => now.push(*slot),
                _ => {}
            }
            live = now;
            out.push(stage);
        }
        out
    }

    /// How many rows a step makes of one, roughly.
    fn fan(&self, step: &Step) -> f64 {
        match step {
            Step::Join { index, .. } => {
                let keys = index.key.iter();
                let groups = keys.map(|c| self.sizes.distinct(index.relation, *c as usize));
                self.sizes.rows(index.relation) / groups.fold(1.0, f64::max)
            }
            Step::Cross { relation, .. } => self.sizes.rows(*relation),
            Step::Meet { .. } => 2.0,
            _ => 1.0,
        }
    }

    /// How many columns a relation of the body has.
    fn columns(&self, relation: RelationId) -> usize {
        let arity = |l: &Literal| match l {
            Literal::Atom(atom) if atom.relation == relation => Some(atom.arguments.len()),
            _ => None,
        };
        self.rule.body.iter().find_map(arity).unwrap_or(0)
    }

    /// The variables that the head and the remaining conditions need.
    fn needed(&self, rest: &[usize]) -> FxHashSet<usize> {
        let mut needed: FxHashSet<usize> = FxHashSet::default();
        needed.extend(variables(&self.rule.head.arguments).map(|v| v as usize));
        for literal in rest {
            needed.extend(variables(&terms(&self.rule.body[*literal])).map(|v| v as usize));
        }
        needed
    }

    fn output(&self, result: Term, bound: &FxHashSet<u32>, rest: &[usize]) -> Output {
        match result {
            Term::Wild => Output::Any,
            Term::Constant(c) => Output::Equal(Source::Value(c.0)),
            Term::Variable(v) if bound.contains(&v.0) => Output::Equal(Source::Slot(v.0 as usize)),
            Term::Variable(v) if self.needed(rest).contains(&(v.0 as usize)) => {
                Output::Bind(v.0 as usize)
            }
            Term::Variable(_) => Output::Any,
        }
    }

    fn atom(&self, atom: &Atom, rest: &mut Vec<usize>, bound: &FxHashSet<u32>) -> Step {
        let parts = parts(atom, bound);
        let needed = self.needed(rest);
        let load: Vec<(usize, usize)> =
            parts.free.iter().copied().filter(|(_, s)| needed.contains(s)).collect();
        if load.is_empty() && parts.equal.is_empty() {
            return Self::test(atom, bound, false);
        }
        if let Some(step) = self.meet(atom, rest, bound) {
            return step;
        }
        let (relation, equal) = (atom.relation, parts.equal);
        if parts.key.is_empty() {
            return Step::Cross { relation, equal, load };
        }
        let payload = match load[..] {
            [(column, _)] if equal.is_empty() => Payload::Column(column as u32),
            _ => Payload::Rows,
        };
        Step::Join {
            index: spec(relation, parts.key.iter().map(|k| k.0), payload),
            key: parts.key.into_iter().map(|k| k.1).collect(),
            equal,
            load,
        }
    }

    /// If other atoms bind the same one variable, and each alone finds several values: all at once.
    fn meet(&self, atom: &Atom, rest: &mut Vec<usize>, bound: &FxHashSet<u32>) -> Option<Step> {
        let only = |atom: &Atom| {
            let parts = parts(atom, bound);
            let whole = parts.key.len() + 1 == atom.arguments.len() && !parts.key.is_empty();
            match parts.free[..] {
                [(column, slot)] if whole && parts.equal.is_empty() => {
                    Some((column, slot, parts.key))
                }
                _ => None,
            }
        };
        let several = |atom: &Atom, key: &[(u32, Source)]| {
            let groups = key.iter().map(|(c, _)| self.sizes.distinct(atom.relation, *c as usize));
            self.sizes.rows(atom.relation) / groups.fold(1.0, f64::max) >= 1.5
        };
        let (_, slot, key) = only(atom)?;
        if !several(atom, &key) {
            return None;
        }
        let mut members = vec![];
        let mut taken = vec![];
        for other in std::iter::once(None).chain(rest.iter().copied().map(Some)) {
            let candidate = match other {
                None => atom,
                Some(number) => match &self.rule.body[number] {
                    Literal::Atom(candidate) => candidate,
                    _ => continue,
                },
            };
            let Some((column, its, key)) = only(candidate) else { continue };
            if its != slot || !several(candidate, &key) {
                continue;
            }
            let relation = candidate.relation;
            members.push(Member {
                walk: spec(relation, key.iter().map(|k| k.0), Payload::Column(column as u32)),
                ask: spec(relation, 0..candidate.arguments.len() as u32, Payload::Nothing),
                key: key.into_iter().map(|k| k.1).collect(),
                column,
            });
            taken.extend(other);
        }
        if members.len() < 2 {
            return None;
        }
        rest.retain(|r| !taken.contains(r));
        Some(Step::Meet { members, slot })
    }

    fn test(atom: &Atom, bound: &FxHashSet<u32>, negated: bool) -> Step {
        let key = parts(atom, bound).key;
        if key.is_empty() {
            return Step::Any { relation: atom.relation, negated };
        }
        Step::Test {
            index: spec(atom.relation, key.iter().map(|k| k.0), Payload::Nothing),
            key: key.into_iter().map(|k| k.1).collect(),
            negated,
        }
    }
}

fn spec(relation: RelationId, key: impl IntoIterator<Item = u32>, payload: Payload) -> Spec {
    Spec { relation, key: key.into_iter().collect(), payload }
}

fn source(term: Term) -> Source {
    match term {
        Term::Variable(v) => Source::Slot(v.0 as usize),
        Term::Constant(ValueId(c)) => Source::Value(c),
        // Nothing asks for the value of anything.
        Term::Wild => Source::Value(u32::MAX),
    }
}

fn variables(terms: &[Term]) -> impl Iterator<Item = u32> + '_ {
    terms.iter().filter_map(|t| match t {
        Term::Variable(v) => Some(v.0),
        Term::Constant(_) | Term::Wild => None,
    })
}

fn parts(atom: &Atom, bound: &FxHashSet<u32>) -> Parts {
    let mut parts = Parts::default();
    for (column, term) in atom.arguments.iter().enumerate() {
        match term {
            Term::Variable(v) if !bound.contains(&v.0) => {
                let slot = v.0 as usize;
                match parts.free.iter().find(|f| f.1 == slot) {
                    Some((first, _)) => parts.equal.push((*first, column)),
                    None => parts.free.push((column, slot)),
                }
            }
            Term::Variable(_) | Term::Constant(_) => parts.key.push((column as u32, source(*term))),
            Term::Wild => {}
        }
    }
    parts
}
