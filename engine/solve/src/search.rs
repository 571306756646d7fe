//! One way to meet the conditions of a rule, found when somebody asks: for proofs and for why-not.
//!
//! Nothing is kept while rules run but when each row came. A derivation is found again by a search that always
//! goes on with the condition that leaves the fewest possibilities; indexes for it are made when they are
//! first needed.

use std::sync::Arc;

use redan_facts::{RelationId, Value, ValueId, Values};
use redan_program::ir::{Aggregate, Atom, Literal, Rule, Term};

use crate::calls::Calls;
use crate::compare::{clamp, holds, int};
use crate::index::{Index, Payload, Spec};
use crate::same::Canon;
use crate::solution::Solution;

/// What functions are run on: they may make values that the solution does not have.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) values: Values,
    canon: Canon,
    calls: Calls,
}

/// Variables with their values so far.
pub(crate) type Binding = Vec<Option<u32>>;

/// A way to meet conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    /// The variables.
    pub(crate) binding: Binding,
    /// For each literal of the body the row that it took, if it is an atom.
    pub(crate) rows: Vec<Option<u32>>,
    /// For each literal whether it was met; literals that were not asked for, or whose inputs are not bound, are not.
    pub(crate) met: Vec<bool>,
}

/// A search for an [`Instance`].
pub(crate) struct Search<'a> {
    solution: &'a Solution,
    rule: &'a Rule,
    /// Only rows that came before this round.
    before: u32,
    /// Whether conditions whose inputs nothing binds may be left out.
    partial: bool,
    /// How many rows may still be looked at.
    pub(crate) budget: usize,
}

impl<'a> Search<'a> {
    pub(crate) fn new(solution: &'a Solution, rule: &'a Rule, before: u32, budget: usize) -> Self {
        Self { solution, rule, before, partial: false, budget }
    }

    pub(crate) fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// The binding that a row of the head leads to; None for parts that may be anything.
    pub(crate) fn head(&self, row: &[Option<u32>]) -> Option<Binding> {
        let mut binding = vec![None; self.rule.variables as usize];
        for (term, value) in self.rule.head.arguments.iter().zip(row) {
            if let Some(value) = value
                && !bind(&mut binding, *term, *value)
            {
                return None;
            }
        }
        Some(binding)
    }

    /// The first way to meet these literals of the body.
    pub(crate) fn find(&mut self, binding: Binding, literals: &[usize]) -> Option<Instance> {
        let count = self.rule.body.len();
        let mut state = Instance { binding, rows: vec![None; count], met: vec![false; count] };
        let mut rest = literals.to_vec();
        self.step(&mut state, &mut rest).then_some(state)
    }

    /// Meets one more literal. The depth of calls is the length of the rule, which is bounded.
    fn step(&mut self, state: &mut Instance, rest: &mut Vec<usize>) -> bool {
        if rest.is_empty() {
            return true;
        }
        let Some((at, choice)) = self.choose(state, rest) else { return self.partial };
        let literal = rest.remove(at);
        let mut found = false;
        let before = state.binding.clone();
        match (choice, &self.rule.body[literal]) {
            (Choice::Test(true), _) => {
                state.met[literal] = true;
                found = self.step(state, rest);
            }
            (Choice::Test(false), _) => {}
            (
                Choice::Values(values),
                Literal::Call { result, .. } | Literal::Aggregate { result, .. },
            ) => {
                state.met[literal] = true;
                for value in values {
                    if !self.spend() {
                        break;
                    }
                    if bind(&mut state.binding, *result, value) && self.step(state, rest) {
                        found = true;
                        break;
                    }
                    state.binding.clone_from(&before);
                }
            }
            (Choice::Rows(index, key), Literal::Atom(atom)) => {
                let all;
                let rows = match &index {
                    Some(index) => index.get(&key),
                    None => {
                        all = (0..self.solution.facts.relation(atom.relation).len() as u32)
                            .collect::<Vec<_>>();
                        &all
                    }
                };
                state.met[literal] = true;
                for row in rows {
                    // Later rows are no older.
                    if self.solution.ages.time(atom.relation, *row) >= self.before || !self.spend()
                    {
                        break;
                    }
                    state.rows[literal] = Some(*row);
                    if self.take(state, atom, *row) && self.step(state, rest) {
                        found = true;
                        break;
                    }
                    state.binding.clone_from(&before);
                }
            }
            _ => {}
        }
        if !found {
            state.binding = before;
            state.rows[literal] = None;
            state.met[literal] = false;
            rest.insert(at.min(rest.len()), literal);
        }
        found
    }

    fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    fn take(&self, state: &mut Instance, atom: &Atom, row: u32) -> bool {
        let relation = self.solution.facts.relation(atom.relation);
        atom.arguments
            .iter()
            .enumerate()
            .all(|(c, term)| bind(&mut state.binding, *term, relation.column(c)[row as usize]))
    }

    /// The literal to go on with: one that only tests or computes, else the atom with the fewest rows.
    fn choose(&self, state: &Instance, rest: &[usize]) -> Option<(usize, Choice)> {
        let mut best: Option<(usize, usize, Choice)> = None;
        for (at, number) in rest.iter().enumerate() {
            match &self.rule.body[*number] {
                Literal::Atom(atom) => {
                    let (index, key, count) = self.rows(state, atom);
                    if best.as_ref().is_none_or(|b| count < b.0) {
                        best = Some((count, at, Choice::Rows(index, key)));
                    }
                }
                literal => {
                    if let Some(choice) = self.evaluate(literal, &state.binding) {
                        return Some((at, choice));
                    }
                }
            }
        }
        best.map(|(_, at, choice)| (at, choice))
    }

    /// The rows of an atom that agree with the binding.
    fn rows(&self, state: &Instance, atom: &Atom) -> (Option<Arc<Index>>, Vec<u32>, usize) {
        let (columns, key) = known(atom, &state.binding);
        let relation = self.solution.facts.relation(atom.relation);
        if columns.is_empty() {
            return (None, key, relation.len());
        }
        let index = self.solution.lookup(atom.relation, columns);
        let count = index.get(&key).len();
        (Some(index), key, count)
    }

    /// A condition that is not an atom, if its inputs are bound.
    pub(crate) fn evaluate(&self, literal: &Literal, binding: &Binding) -> Option<Choice> {
        let solution = self.solution;
        match literal {
            Literal::Atom(_) => None,
            Literal::Not(atom) => {
                if !atom.arguments.iter().all(|t| *t == Term::Wild || value(*t, binding).is_some())
                {
                    return None;
                }
                Some(Choice::Test(!solution.has(atom.relation, &pattern(&atom.arguments, binding))))
            }
            Literal::Compare(op, a, b) => {
                let (a, b) = (ValueId(value(*a, binding)?), ValueId(value(*b, binding)?));
                Some(Choice::Test(solution.with_values(a.0.max(b.0), |v| holds(v, *op, a, b))))
            }
            Literal::Call { function, pattern, arguments, result } => {
                let arguments =
                    arguments.iter().map(|t| value(*t, binding)).collect::<Option<Vec<u32>>>()?;
                let values = solution.call(function, pattern.as_deref(), &arguments);
                Some(match value(*result, binding) {
                    Some(wanted) => Choice::Test(values.contains(&wanted)),
                    None if *result == Term::Wild => Choice::Test(!values.is_empty()),
                    None => Choice::Values(values),
                })
            }
            Literal::Aggregate { function, relation, keys, value: column, result } => {
                if !keys.iter().all(|t| *t == Term::Wild || value(*t, binding).is_some()) {
                    return None;
                }
                let rows = solution.matching(*relation, &pattern(keys, binding), usize::MAX);
                let found = solution.aggregate(*function, *relation, *column as usize, &rows);
                Some(match (value(*result, binding), found) {
                    (_, None) => Choice::Test(false),
                    (Some(wanted), Some(found)) => Choice::Test(wanted == found),
                    (None, Some(_)) if *result == Term::Wild => Choice::Test(true),
                    (None, Some(found)) => Choice::Values(vec![found]),
                })
            }
        }
    }
}

/// How to go on.
pub(crate) enum Choice {
    /// It holds, or not.
    Test(bool),
    /// Values of the result.
    Values(Vec<u32>),
    /// Rows of an index under a key, or all rows.
    Rows(Option<Arc<Index>>, Vec<u32>),
}

/// The value of a term.
pub(crate) fn value(term: Term, binding: &Binding) -> Option<u32> {
    match term {
        Term::Variable(v) => binding[v.0 as usize],
        Term::Constant(c) => Some(c.0),
        Term::Wild => None,
    }
}

/// Terms as a pattern: what is not bound is None.
pub(crate) fn pattern(terms: &[Term], binding: &Binding) -> Vec<Option<ValueId>> {
    terms.iter().map(|t| value(*t, binding).map(ValueId)).collect()
}

/// Sets a term to a value; whether they agree.
pub(crate) fn bind(binding: &mut Binding, term: Term, to: u32) -> bool {
    match (value(term, binding), term) {
        (Some(known), _) => known == to,
        (None, Term::Variable(v)) => {
            binding[v.0 as usize] = Some(to);
            true
        }
        (None, _) => true,
    }
}

fn known(atom: &Atom, binding: &Binding) -> (Vec<u32>, Vec<u32>) {
    let bound = atom.arguments.iter().enumerate();
    bound.filter_map(|(c, t)| value(*t, binding).map(|v| (c as u32, v))).unzip()
}

impl Solution {
    /// An index from some columns to rows, made now if nobody needed it before.
    pub(crate) fn lookup(&self, relation: RelationId, key: Vec<u32>) -> Arc<Index> {
        let spec = Spec { relation, key, payload: Payload::Rows };
        let mut lookups = self.lookups.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let index = lookups.entry(spec).or_insert_with_key(|spec| {
            let values = self.facts.values.len();
            Arc::new(Index::build(spec.clone(), self.facts.relation(relation), false, values))
        });
        Arc::clone(index)
    }

    /// Whether a row agrees with a pattern.
    pub(crate) fn has(&self, relation: RelationId, pattern: &[Option<ValueId>]) -> bool {
        !self.matching(relation, pattern, 1).is_empty()
    }

    /// The rows that agree with a pattern, up to so many.
    pub(crate) fn matching(
        &self,
        relation: RelationId,
        pattern: &[Option<ValueId>],
        most: usize,
    ) -> Vec<u32> {
        let (columns, key): (Vec<u32>, Vec<u32>) =
            pattern.iter().enumerate().filter_map(|(c, v)| v.map(|v| (c as u32, v.0))).unzip();
        if columns.is_empty() {
            let rows = self.facts.relation(relation).len();
            return (0..rows.min(most) as u32).collect();
        }
        let index = self.lookup(relation, columns);
        index.get(&key).iter().copied().take(most).collect()
    }

    /// The first rows that agree with a pattern: `None` stands for anything.
    pub fn rows_like(
        &self,
        relation: RelationId,
        pattern: &[Option<ValueId>],
        most: usize,
    ) -> Vec<u32> {
        self.matching(relation, pattern, most)
    }

    /// How many rows agree with a pattern.
    pub(crate) fn count(&self, relation: RelationId, pattern: &[Option<ValueId>]) -> usize {
        let (columns, key): (Vec<u32>, Vec<u32>) =
            pattern.iter().enumerate().filter_map(|(c, v)| v.map(|v| (c as u32, v.0))).unzip();
        if columns.is_empty() {
            return self.facts.relation(relation).len();
        }
        self.lookup(relation, columns).get(&key).len()
    }

    /// What a function gives, as the evaluation saw it or computed now.
    pub(crate) fn call(
        &self,
        function: &'static redan_program::functions::Function,
        pattern: Option<&str>,
        arguments: &[u32],
    ) -> Vec<u32> {
        if let Some(known) = self.calls.known(function, pattern, arguments) {
            return known.to_vec();
        }
        self.scratch(|s| {
            let site = s.calls.site(function, pattern);
            s.calls.get(site, function, pattern, arguments, &mut s.values, &mut s.canon).to_vec()
        })
    }

    /// Asks the values, those that explanations made among them.
    pub(crate) fn with_values<T>(&self, highest: u32, ask: impl FnOnce(&Values) -> T) -> T {
        if (highest as usize) < self.facts.values.len() {
            ask(&self.facts.values)
        } else {
            self.scratch(|s| ask(&s.values))
        }
    }

    /// Works on values that the solution does not have.
    pub(crate) fn scratch<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let mut scratch = self.scratch.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        work(scratch.get_or_insert_with(|| Scratch {
            values: self.facts.values.clone(),
            canon: self.canon.clone(),
            calls: Calls::default(),
        }))
    }

    fn aggregate(
        &self,
        function: Aggregate,
        relation: RelationId,
        column: usize,
        rows: &[u32],
    ) -> Option<u32> {
        let values = &self.facts.values;
        let number = |n: i64| values.find(&Value::Int(n)).map(|v| v.0);
        let looked_at = self.facts.relation(relation).column(column);
        let ids = rows.iter().filter_map(|r| looked_at.get(*r as usize)).map(|v| ValueId(*v));
        match function {
            Aggregate::Count => number(rows.len() as i64),
            Aggregate::Sum => {
                number(clamp(ids.filter_map(|v| int(values, v)).map(i128::from).sum()))
            }
            Aggregate::Min => ids.min_by(|a, b| values.compare(*a, *b)).map(|v| v.0),
            Aggregate::Max => ids.max_by(|a, b| values.compare(*a, *b)).map(|v| v.0),
        }
    }
}
