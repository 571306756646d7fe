//! In which order the conditions of a rule are met.

use redan_program::ir::{Atom, Compare, Literal, Rule, Term, Variable};
use rustc_hash::FxHashSet;

use super::{Sizes, inputs, terms};

/// Finds an order.
pub(super) struct Order<'a> {
    rule: &'a Rule,
    sizes: &'a dyn Sizes,
    pub(super) chosen: Vec<usize>,
    rest: Vec<usize>,
    bound: FxHashSet<u32>,
    /// How many different values each bound variable may have.
    domain: Vec<f64>,
    rows: f64,
    pub(super) cost: f64,
}

impl<'a> Order<'a> {
    pub(super) fn new(rule: &'a Rule, sizes: &'a dyn Sizes) -> Self {
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

    pub(super) fn run(&mut self, start: Option<usize>, delta: Option<f64>) -> bool {
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
        let is = |t: &Term| *t == Term::Variable(Variable(variable));
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
