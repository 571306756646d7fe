//! Plans: in which order the conditions of a rule are met, and by which operators.
//!
//! The order follows from the sizes of relations and from how many different values their columns have, never
//! from the order in which the conditions were written: each way to begin is tried, then always the condition
//! that leaves the fewest rows comes next, filters as soon as their inputs are there. Variables that nobody
//! needs any more are dropped at once; an atom that binds nothing needed is only a test; a
//! variable that several atoms bind at once is met by all of them at once, so that circles of joins do not explode.

use redan_facts::{RelationId, ValueId, Values};
use redan_program::ir::{Aggregate, Atom, Compare, Literal, Program, Rule, Term};
use rustc_hash::FxHashSet;

use crate::index::{Payload, Spec};

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A variable.
    Slot(usize),
    /// A constant.
    Value(u32),
}

/// What rows a plan begins with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Start {
    /// One row without variables: the body has no atom.
    Once,
    /// The rows of a relation.
    Scan {
        /// The relation.
        relation: RelationId,
        /// Only those of the last round.
        delta: bool,
        /// Columns that must have a value.
        fixed: Vec<(usize, u32)>,
        /// Columns that must be equal.
        equal: Vec<(usize, usize)>,
        /// Columns to take, and the variables that they become.
        load: Vec<(usize, usize)>,
    },
    /// The rows that an index finds for constants.
    Lookup {
        /// The index, whose items are rows.
        index: Spec,
        /// The constants.
        key: Vec<u32>,
        /// Columns that must be equal.
        equal: Vec<(usize, usize)>,
        /// Columns to take, and the variables that they become.
        load: Vec<(usize, usize)>,
    },
}

/// One step on a batch of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Every row with all rows that an index finds for it.
    Join {
        /// The index.
        index: Spec,
        /// Its key.
        key: Vec<Source>,
        /// Columns that must be equal.
        equal: Vec<(usize, usize)>,
        /// Columns to take, and the variables that they become.
        load: Vec<(usize, usize)>,
    },
    /// Every row with all rows of a relation: nothing relates them.
    Cross {
        /// The relation.
        relation: RelationId,
        /// Columns that must be equal.
        equal: Vec<(usize, usize)>,
        /// Columns to take, and the variables that they become.
        load: Vec<(usize, usize)>,
    },
    /// Every row with the values that several indexes all find for it: the smallest group is walked, the others are asked.
    Meet {
        /// For each the index, its key, and an index of the whole row to ask, with where its key comes from.
        members: Vec<Member>,
        /// The variable.
        slot: usize,
    },
    /// The rows for which an index finds something, or nothing.
    Test {
        /// The index.
        index: Spec,
        /// Its key.
        key: Vec<Source>,
        /// Nothing.
        negated: bool,
    },
    /// The rows, if the relation has a row, or has none.
    Any {
        /// The relation.
        relation: RelationId,
        /// None.
        negated: bool,
    },
    /// The rows for which a comparison holds.
    Compare(Compare, Source, Source),
    /// A function.
    Call {
        /// Which literal of the body.
        literal: usize,
        /// Its arguments.
        arguments: Vec<Source>,
        /// What becomes of its values.
        result: Output,
    },
    /// An aggregate.
    Aggregate {
        /// Which literal of the body.
        literal: usize,
        /// The columns it groups by, with their values.
        key: Vec<Source>,
        /// What becomes of its value.
        result: Output,
    },
}

/// One of the indexes of [`Step::Meet`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// Finds the values.
    pub(crate) walk: Spec,
    /// Its key.
    pub(crate) key: Vec<Source>,
    /// Knows whole rows.
    pub(crate) ask: Spec,
    /// The column of the value in it.
    pub(crate) column: usize,
}

/// What becomes of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// It becomes a variable.
    Bind(usize),
    /// It must be equal.
    Equal(Source),
    /// There must be one.
    Any,
}

/// A step with the variables that are still needed after it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stage {
    /// The step.
    pub(crate) step: Step,
    /// The variables that were there before and are needed after it.
    pub(crate) keep: Vec<usize>,
}

/// How a rule is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The rule.
    pub(crate) rule: usize,
    /// The relation that gets the rows.
    pub(crate) head: RelationId,
    /// The row.
    pub(crate) row: Vec<Source>,
    /// Where it begins.
    pub(crate) start: Start,
    /// What follows.
    pub(crate) stages: Vec<Stage>,
    /// How many variables there are.
    pub(crate) slots: usize,
    /// Whether a function is called: then it runs on one thread.
    pub(crate) calls: bool,
    /// What it was expected to cost, in rows.
    pub(crate) cost: f64,
}

/// What a planner asks about relations.
pub(crate) trait Sizes {
    /// How many rows.
    fn rows(&self, relation: RelationId) -> f64;
    /// How many different values a column has.
    fn distinct(&self, relation: RelationId, column: usize) -> f64;
}

/// The plan of a rule; with `delta`, one that begins with the new rows of that atom of the body (an index of it), of which
/// there are `delta.1`. None if the rule can never be evaluated: some condition's inputs are bound by nothing.
pub(crate) fn plan(
    number: usize,
    rule: &Rule,
    delta: Option<(usize, f64)>,
    sizes: &dyn Sizes,
) -> Option<Plan> {
    let atoms: Vec<usize> =
        (0..rule.body.len()).filter(|i| matches!(rule.body[*i], Literal::Atom(_))).collect();
    let starts = match delta {
        Some((literal, _)) => vec![Some(literal)],
        None if atoms.is_empty() => vec![None],
        None => atoms.iter().map(|a| Some(*a)).collect(),
    };
    let mut best: Option<(f64, Vec<usize>)> = None;
    for start in starts {
        let mut order = Order::new(rule, sizes);
        if order.run(start, delta.map(|d| d.1))
            && best.as_ref().is_none_or(|(cost, _)| order.cost < *cost)
        {
            best = Some((order.cost, order.chosen));
        }
    }
    let (cost, order) = best?;
    Some(Builder { rule, order: &order, sizes }.build(number, delta.is_some(), cost))
}

/// Finds an order.
struct Order<'a> {
    rule: &'a Rule,
    sizes: &'a dyn Sizes,
    chosen: Vec<usize>,
    rest: Vec<usize>,
    bound: FxHashSet<u32>,
    /// How many different values each bound variable may have.
    domain: Vec<f64>,
    rows: f64,
    cost: f64,
}

impl<'a> Order<'a> {
    fn new(rule: &'a Rule, sizes: &'a dyn Sizes) -> Self {
        Self {
            rule,
            sizes,
            chosen: vec![],
            rest: (0..rule.body.len()).collect(),
            bound: FxHashSet::default(),
            domain: vec![f64::MAX; rule.variables as usize],
            rows: 1.0,
            cost: 0.0,
        }
    }

    fn run(&mut self, start: Option<usize>, delta: Option<f64>) -> bool {
        if let Some(start) = start {
            let scanned = match (&self.rule.body[start], delta) {
                (Literal::Atom(atom), None) => self.sizes.rows(atom.relation),
                _ => delta.unwrap_or(0.0),
            };
            self.take_atom(start);
            if let Some(delta) = delta {
                self.rows = delta;
            }
            self.cost += scanned.max(self.rows);
        }
        self.take_filters();
        while !self.rest.is_empty() {
            let candidates = self.rest.iter().filter_map(|i| match &self.rule.body[*i] {
                Literal::Atom(atom) => Some((self.score(atom), *i)),
                _ => None,
            });
            let Some((_, next)) = candidates.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            else {
                return false;
            };
            let before = self.rows;
            self.take_atom(next);
            // Each row is looked up, each found row is made.
            self.cost += before + self.rows;
            self.take_filters();
        }
        self.rule.head.arguments.iter().all(|t| self.is_bound(*t))
    }

    /// Rows after the atom; unrelated atoms come last.
    fn score(&self, atom: &Atom) -> f64 {
        let related = atom.arguments.iter().any(|t| self.is_bound(*t));
        let rows = self.rows * self.fan_out(atom);
        if related || atom.arguments.is_empty() { rows } else { (rows + 1.0) * 1e12 }
    }

    fn is_bound(&self, term: Term) -> bool {
        match term {
            Term::Variable(v) => self.bound.contains(&v.0),
            Term::Constant(_) => true,
            Term::Wild => false,
        }
    }

    /// How many rows of an atom's relation agree with one row so far.
    fn fan_out(&self, atom: &Atom) -> f64 {
        let mut fan = self.sizes.rows(atom.relation);
        let mut seen = FxHashSet::default();
        let mut binds = false;
        for (column, term) in atom.arguments.iter().enumerate() {
            let distinct = || self.sizes.distinct(atom.relation, column).max(1.0);
            match term {
                Term::Constant(_) => fan /= distinct(),
                Term::Variable(v) if self.bound.contains(&v.0) => {
                    let known = self.domain[v.0 as usize].min(1e15);
                    fan /= distinct().max(known.min(self.sizes.rows(atom.relation).max(1.0) * 4.0));
                }
                Term::Variable(v) if !seen.insert(v.0) => fan /= distinct(),
                Term::Variable(v) => binds |= self.needed_elsewhere(v.0, atom),
                Term::Wild => {}
            }
        }
        if binds { fan } else { fan.min(1.0) }
    }

    fn needed_elsewhere(&self, variable: u32, atom: &Atom) -> bool {
        let is = |t: &Term| *t == Term::Variable(redan_program::ir::Variable(variable));
        self.rule.head.arguments.iter().any(is)
            || self.rest.iter().any(|i| match &self.rule.body[*i] {
                Literal::Atom(other) => {
                    !std::ptr::eq(other, atom) && other.arguments.iter().any(is)
                }
                other => terms(other).iter().any(is),
            })
    }

    fn take_atom(&mut self, number: usize) {
        let Literal::Atom(atom) = &self.rule.body[number] else { return };
        self.rest.retain(|i| *i != number);
        self.rows = (self.rows * self.fan_out(atom)).max(1e-6);
        for (column, term) in atom.arguments.iter().enumerate() {
            if let Term::Variable(v) = term {
                self.bound.insert(v.0);
                let distinct = self.sizes.distinct(atom.relation, column).max(1.0);
                let domain = &mut self.domain[v.0 as usize];
                *domain = domain.min(distinct);
            }
        }
        self.chosen.push(number);
    }

    /// Takes whatever only tests or computes, cheap things first.
    fn take_filters(&mut self) {
        loop {
            let ready = self.rest.iter().copied().filter(|i| {
                let literal = &self.rule.body[*i];
                !matches!(literal, Literal::Atom(_))
                    && inputs(literal).iter().all(|t| *t == Term::Wild || self.is_bound(*t))
            });
            let price = |literal: &Literal| match literal {
                Literal::Compare(..) => 0,
                Literal::Not(_) | Literal::Atom(_) => 1,
                Literal::Aggregate { .. } => 2,
                Literal::Call { .. } => 3,
            };
            let Some(next) = ready.min_by_key(|i| (price(&self.rule.body[*i]), *i)) else { return };
            self.rest.retain(|i| *i != next);
            match &self.rule.body[next] {
                Literal::Compare(op, a, b) => {
                    let of = |t: &Term| match t {
                        Term::Variable(v) => self.domain[v.0 as usize],
                        Term::Constant(_) | Term::Wild => 1.0,
                    };
                    self.rows *= match op {
                        Compare::Eq => 1.0 / of(a).max(of(b)).clamp(1.0, 1e6),
                        Compare::Ne => 0.95,
                        Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => 0.4,
                    };
                }
                Literal::Not(_) => self.rows *= 0.6,
                Literal::Call { result, .. } | Literal::Aggregate { result, .. } => {
                    self.cost += self.rows * 3.0;
                    match result {
                        Term::Variable(v) if self.bound.insert(v.0) => {
                            self.domain[v.0 as usize] = self.rows.max(1.0);
                        }
                        Term::Variable(_) => self.rows *= 0.1,
                        Term::Constant(_) | Term::Wild => self.rows *= 0.5,
                    }
                }
                Literal::Atom(_) => {}
            }
            self.chosen.push(next);
        }
    }
}

/// The terms that must be bound before a condition can be tried.
fn inputs(literal: &Literal) -> Vec<Term> {
    match literal {
        Literal::Atom(_) => vec![],
        Literal::Not(atom) => atom.arguments.clone(),
        Literal::Compare(_, a, b) => vec![*a, *b],
        Literal::Call { arguments, .. } => arguments.clone(),
        Literal::Aggregate { keys, .. } => keys.clone(),
    }
}

/// All terms of a condition.
pub(crate) fn terms(literal: &Literal) -> Vec<Term> {
    let mut all = inputs(literal);
    match literal {
        Literal::Atom(atom) => all.extend(&atom.arguments),
        Literal::Call { result, .. } | Literal::Aggregate { result, .. } => all.push(*result),
        Literal::Not(_) | Literal::Compare(..) => {}
    }
    all
}

/// Makes the steps of an order.
struct Builder<'a> {
    rule: &'a Rule,
    order: &'a [usize],
    sizes: &'a dyn Sizes,
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
    fn build(&self, number: usize, delta: bool, cost: f64) -> Plan {
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
                Literal::Not(atom) => self.test(atom, &bound, true),
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
        self.drop_early(&start, &mut stages);
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
    fn drop_early(&self, start: &Start, stages: &mut [Stage]) {
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
            return self.test(atom, bound, false);
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

    fn test(&self, atom: &Atom, bound: &FxHashSet<u32>, negated: bool) -> Step {
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

impl Plan {
    /// The indexes that it uses.
    pub(crate) fn indexes(&self) -> Vec<&Spec> {
        let mut all = vec![];
        if let Start::Lookup { index, .. } = &self.start {
            all.push(index);
        }
        for stage in &self.stages {
            match &stage.step {
                Step::Join { index, .. } | Step::Test { index, .. } => all.push(index),
                Step::Meet { members, .. } => {
                    all.extend(members.iter().flat_map(|m| [&m.walk, &m.ask]));
                }
                _ => {}
            }
        }
        all
    }

    /// The plan in words.
    pub(crate) fn text(&self, program: &Program, values: &Values) -> String {
        let rule = &program.rules[self.rule];
        let origin = program.origins.get(rule.origin as usize);
        let variable = |slot: usize| {
            origin
                .and_then(|o| o.variables.get(slot))
                .filter(|n| !n.is_empty())
                .map_or_else(|| format!("_{slot}"), Clone::clone)
        };
        let name = |r: RelationId| program.relations.get(r.0 as usize).map_or("?", |r| &r.name);
        let from = |s: &Source| match s {
            Source::Slot(slot) => variable(*slot),
            Source::Value(v) => values.show(ValueId(*v)),
        };
        let list = |sources: &[Source]| sources.iter().map(from).collect::<Vec<_>>().join(", ");
        let loaded = |load: &[(usize, usize)]| {
            load.iter().map(|l| variable(l.1)).collect::<Vec<_>>().join(", ")
        };
        let out = |o: &Output| match o {
            Output::Bind(slot) => format!(" -> {}", variable(*slot)),
            Output::Equal(s) => format!(" == {}", from(s)),
            Output::Any => String::new(),
        };
        let mut lines = vec![match &self.start {
            Start::Once => "once".to_owned(),
            Start::Scan { relation, delta, load, .. } => {
                let new = if *delta { "new rows of " } else { "" };
                format!("scan {new}{} -> {}", name(*relation), loaded(load))
            }
            Start::Lookup { index, key, load, .. } => {
                let key: Vec<Source> = key.iter().map(|k| Source::Value(*k)).collect();
                format!("look up {}({}) -> {}", name(index.relation), list(&key), loaded(load))
            }
        }];
        for stage in &self.stages {
            lines.push(match &stage.step {
                Step::Join { index, key, load, .. } => {
                    format!("join {}({}) -> {}", name(index.relation), list(key), loaded(load))
                }
                Step::Cross { relation, load, .. } => {
                    format!("cross {} -> {}", name(*relation), loaded(load))
                }
                Step::Meet { members, slot } => {
                    let all: Vec<String> = members
                        .iter()
                        .map(|m| format!("{}({})", name(m.walk.relation), list(&m.key)))
                        .collect();
                    format!("meet {} -> {}", all.join(" and "), variable(*slot))
                }
                Step::Test { index, key, negated } => {
                    let no = if *negated { "not " } else { "" };
                    format!("test {no}{}({})", name(index.relation), list(key))
                }
                Step::Any { relation, negated } => {
                    format!("test {}{}", if *negated { "no " } else { "any " }, name(*relation))
                }
                Step::Compare(op, a, b) => format!("compare {} {} {}", from(a), word(*op), from(b)),
                Step::Call { literal, arguments, result } => {
                    let called = match &rule.body[*literal] {
                        Literal::Call { function, .. } => function.name,
                        _ => "?",
                    };
                    format!("call {called}({}){}", list(arguments), out(result))
                }
                Step::Aggregate { literal, key, result } => match &rule.body[*literal] {
                    Literal::Aggregate { function, relation, .. } => {
                        let function = match function {
                            Aggregate::Count => "count",
                            Aggregate::Sum => "sum",
                            Aggregate::Min => "min",
                            Aggregate::Max => "max",
                        };
                        format!("{function} {}({}){}", name(*relation), list(key), out(result))
                    }
                    _ => "?".to_owned(),
                },
            });
        }
        lines.push(format!("give {}({})", name(self.head), list(&self.row)));
        lines.join("\n")
    }
}

fn word(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}
