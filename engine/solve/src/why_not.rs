//! Why a fact does not hold: what was met and what was missing in each rule that could give it.

use std::collections::BTreeSet;

use redan_base::Span;
use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Literal, Origin, Program, Rule, Term};

use crate::proof::RowRef;
use crate::search::{Binding, Instance, Search, value};
use crate::solution::Solution;

/// The answer to [`why_not`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    /// How many rows do hold and agree with the bindings.
    pub matches: usize,
    /// The first of them, at most a hundred.
    pub holds: Vec<u32>,
    /// If none holds, one for each clause of the relation, in the program's order. Where the lowering made several rules of a clause
    /// (an attribute is known, or it is not), the one that comes nearest stands for it.
    pub clauses: Vec<ClauseReport>,
}

/// What happened to one clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseReport {
    /// An index of the program's rules.
    pub rule: u32,
    /// Its origin.
    pub origin: u32,
    /// For each literal of the body whether it is met in the nearest miss. Literals of one written condition are one
    /// condition: it is met if all of them are.
    pub conditions: Vec<ConditionState>,
    /// For each literal that a row met, that row.
    pub rows: Vec<Option<RowRef>>,
    /// The first literal, in the order written, of which no binding satisfies it together with those before it.
    pub first_failing: Option<usize>,
    /// The values of the rule's variables in the nearest miss: the binding that satisfies the most conditions.
    pub nearest: Vec<Option<ValueId>>,
    /// How many written conditions the nearest miss satisfies, and how many there are.
    pub met: (usize, usize),
    /// Whether the search for the nearest miss was given up early; what is told is then still true, but
    /// there may be a nearer one.
    pub bounded: bool,
}

/// Whether a condition is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionState {
    /// By the nearest miss.
    Met,
    /// It fails for the nearest miss.
    Failed,
    /// It could not be tried: something before it that binds its variables failed.
    NotReached,
}

/// Rows that one search may look at.
const BUDGET: usize = 50_000;
/// Searches for the nearest miss of one rule.
const SEARCHES: usize = 300;
/// Rows that are listed if some hold after all.
const LISTED: usize = 100;

/// Says why a relation has no row that agrees with the bindings: `None` stands for anything.
pub fn why_not(
    program: &Program,
    solution: &Solution,
    relation: RelationId,
    bindings: &[Option<ValueId>],
) -> WhyNot {
    let bindings: Vec<Option<ValueId>> =
        bindings.iter().map(|b| b.map(|v| solution.representative(v))).collect();
    let rules = program.rules.iter().enumerate().filter(|(_, r)| r.head.relation == relation);
    let matches = solution.count(relation, &bindings);
    let mut clauses: Vec<ClauseReport> = vec![];
    if matches == 0 {
        for (number, _) in rules {
            let report = clause(program, solution, number, &bindings);
            let known = clauses.iter_mut().find(|c| one_clause(program, c.origin, report.origin));
            match known {
                Some(known) if report.met.0 > known.met.0 => *known = report,
                Some(_) => {}
                None => clauses.push(report),
            }
        }
    }
    WhyNot { matches, holds: solution.matching(relation, &bindings, LISTED), clauses }
}

/// Whether two rules came of one clause: the same conditions at the same places.
fn one_clause(program: &Program, a: u32, b: u32) -> bool {
    let of = |o: u32| program.origins.get(o as usize);
    let (Some(a), Some(b)) = (of(a), of(b)) else { return false };
    let written = |o: &Origin| -> BTreeSet<Span> {
        o.conditions.iter().copied().filter(|s| *s != o.span).collect()
    };
    (a.source, a.span, &a.item) == (b.source, b.span, &b.item) && {
        let written = (written(a), written(b));
        // What has no condition of its own can only be told apart by its rule.
        !written.0.is_empty() && written.0 == written.1
    }
}

/// The literals of each written condition. Those of the lowering are each by itself.
fn conditions(program: &Program, rule: &Rule) -> Vec<Vec<usize>> {
    let origin = program.origins.get(rule.origin as usize);
    let mut all: Vec<(Option<Span>, Vec<usize>)> = vec![];
    for literal in 0..rule.body.len() {
        let span =
            origin.and_then(|o| o.conditions.get(literal).filter(|s| **s != o.span)).copied();
        match all.iter_mut().find(|(s, _)| s.is_some() && *s == span) {
            Some((_, literals)) => literals.push(literal),
            None => all.push((span, vec![literal])),
        }
    }
    all.into_iter().map(|(_, literals)| literals).collect()
}

fn clause(
    program: &Program,
    solution: &Solution,
    number: usize,
    bindings: &[Option<ValueId>],
) -> ClauseReport {
    let rule = &solution.rules[number];
    let conditions = conditions(program, rule);
    let mut report = ClauseReport {
        rule: number as u32,
        origin: rule.origin,
        conditions: vec![ConditionState::NotReached; rule.body.len()],
        rows: vec![None; rule.body.len()],
        first_failing: None,
        nearest: vec![None; rule.variables as usize],
        met: (0, conditions.len()),
        bounded: false,
    };
    let head: Vec<Option<u32>> = bindings.iter().map(|b| b.map(|v| v.0)).collect();
    let Some(start) = Search::new(solution, rule, u32::MAX, 0).head(&head) else { return report };
    let mut nearest =
        Nearest { solution, rule, start, conditions, best: None, searches: 0, bounded: false };
    report.first_failing = (0..rule.body.len()).find(|last| {
        let prefix: Vec<usize> = (0..=*last).collect();
        nearest.find(&prefix).is_none()
    });
    let first = report
        .first_failing
        .and_then(|first| nearest.conditions.iter().position(|c| c.contains(&first)));
    let best = nearest.search(first.unwrap_or(0));
    report.bounded = nearest.bounded;
    report.met.0 = nearest.met(&best);
    report.nearest = best.binding.iter().map(|v| v.map(ValueId)).collect();
    for (number, state) in report.conditions.iter_mut().enumerate() {
        *state = if best.met[number] {
            ConditionState::Met
        } else if nearest.can_be_tried(number, &best) {
            ConditionState::Failed
        } else {
            ConditionState::NotReached
        };
    }
    for (slot, (literal, row)) in report.rows.iter_mut().zip(rule.body.iter().zip(&best.rows)) {
        if let (Literal::Atom(atom), Some(row)) = (literal, row) {
            *slot = Some(RowRef { relation: atom.relation, row: *row });
        }
    }
    report
}

/// Where the rules of a relation stop for some bindings: of all its rules the one that gets furthest in the order in which
/// its conditions are written, with the first literal that cannot be met together with those before it. This asks
/// less than [`why_not`], which looks for the nearest miss, and costs a few lookups.
///
/// None if no rule can give the bindings at all, or if one does. `budget` is the number of rows that may still be looked at.
pub fn stop(
    program: &Program,
    solution: &Solution,
    rules: &[u32],
    bindings: &[Option<ValueId>],
    budget: &mut usize,
) -> Option<ClauseReport> {
    let head: Vec<Option<u32>> =
        bindings.iter().map(|b| b.map(|v| solution.representative(v).0)).collect();
    let mut furthest: Option<ClauseReport> = None;
    for number in rules {
        let Some(rule) = solution.rules.get(*number as usize) else { continue };
        let Some(start) = Search::new(solution, rule, u32::MAX, 0).head(&head) else { continue };
        let mut bounded = false;
        let mut find = |length: usize| {
            let literals: Vec<usize> = (0..length).collect();
            let allowed = BUDGET.min(*budget);
            let mut search = Search::new(solution, rule, u32::MAX, allowed).partial();
            let found = search.find(start.clone(), &literals);
            *budget -= allowed - search.budget;
            bounded |= found.is_none() && search.budget == 0;
            found
        };
        // What meets a row of conditions meets each shorter one: the longest is found by halving.
        let (mut low, mut high) = (0, rule.body.len() + 1);
        let mut best = Instance {
            binding: start.clone(),
            rows: vec![None; rule.body.len()],
            met: vec![false; rule.body.len()],
        };
        while high - low > 1 {
            let middle = low.midpoint(high);
            match find(middle) {
                Some(instance) => (low, best) = (middle, instance),
                None => high = middle,
            }
        }
        if low == rule.body.len() {
            return None;
        }
        let conditions = conditions(program, rule);
        let met = conditions.iter().filter(|c| c.iter().all(|l| *l < low)).count();
        let report = report_of(rule, *number, &best, low, (met, conditions.len()), bounded);
        let further = |known: &ClauseReport| {
            report.met.0 * known.met.1.max(1) > known.met.0 * report.met.1.max(1)
        };
        if furthest.as_ref().is_none_or(further) {
            furthest = Some(report);
        }
    }
    furthest
}

/// The written conditions of a rule without which it would still say what its variables stand for: those of which it can be
/// asked what they decide.
pub fn removable(program: &Program, rule: u32) -> Vec<Span> {
    let Some(rule) = program.rules.get(rule as usize) else { return vec![] };
    let Some(origin) = program.origins.get(rule.origin as usize) else { return vec![] };
    conditions(program, rule)
        .iter()
        .filter(|left_out| is_bound_without(rule, left_out))
        .filter_map(|left_out| origin.conditions.get(*left_out.first()?))
        .filter(|span| **span != origin.span)
        .copied()
        .collect()
}

/// Whether the rest of a rule binds all of its variables that the rest and the head use.
fn is_bound_without(rule: &Rule, left_out: &[usize]) -> bool {
    let rest = || (0..).zip(&rule.body).filter(|(n, _)| !left_out.contains(n)).map(|(_, l)| l);
    let mut bound: BTreeSet<u32> = BTreeSet::new();
    let known = |terms: &[Term], bound: &BTreeSet<u32>| {
        terms.iter().all(|t| !matches!(t, Term::Variable(v) if !bound.contains(&v.0)))
    };
    let variables = |terms: &[Term]| -> Vec<u32> {
        terms
            .iter()
            .filter_map(|t| if let Term::Variable(v) = t { Some(v.0) } else { None })
            .collect()
    };
    loop {
        let before = bound.len();
        for literal in rest() {
            match literal {
                Literal::Atom(atom) => bound.extend(variables(&atom.arguments)),
                Literal::Call { arguments, result, .. } if known(arguments, &bound) => {
                    bound.extend(variables(&[*result]));
                }
                Literal::Aggregate { keys, result, .. } if known(keys, &bound) => {
                    bound.extend(variables(&[*result]));
                }
                _ => {}
            }
        }
        if bound.len() == before {
            break;
        }
    }
    known(&rule.head.arguments, &bound)
        && rest().all(|literal| match literal {
            Literal::Atom(_) => true,
            Literal::Not(atom) => known(&atom.arguments, &bound),
            Literal::Compare(_, a, b) => known(&[*a, *b], &bound),
            Literal::Call { arguments, .. } => known(arguments, &bound),
            Literal::Aggregate { keys, .. } => known(keys, &bound),
        })
}

/// The conditions of a rule that [`removable`] names and that alone keep it from having a row that agrees with the bindings: all
/// others can be met together. Empty if there is such a row, or if two conditions are missing.
pub fn deciding(
    program: &Program,
    solution: &Solution,
    rule: u32,
    bindings: &[Option<ValueId>],
) -> Vec<Span> {
    let Some(lowered) = solution.rules.get(rule as usize) else { return vec![] };
    let Some(origin) = program.origins.get(lowered.origin as usize) else { return vec![] };
    let head: Vec<Option<u32>> =
        bindings.iter().map(|b| b.map(|v| solution.representative(v).0)).collect();
    let Some(start) = Search::new(solution, lowered, u32::MAX, 0).head(&head) else {
        return vec![];
    };
    let met = |left_out: &[usize]| {
        let rest: Vec<usize> = (0..lowered.body.len()).filter(|n| !left_out.contains(n)).collect();
        Search::new(solution, lowered, u32::MAX, BUDGET).find(start.clone(), &rest).is_some()
    };
    if met(&[]) {
        return vec![];
    }
    let can_be_removed = removable(program, rule);
    conditions(program, lowered)
        .iter()
        .filter_map(|left_out| Some((left_out, origin.conditions.get(*left_out.first()?)?)))
        .filter(|(left_out, span)| can_be_removed.contains(span) && met(left_out))
        .map(|(_, span)| *span)
        .collect()
}

/// What [`stop`] says of a rule whose first literals an instance meets.
fn report_of(
    rule: &Rule,
    number: u32,
    instance: &Instance,
    failing: usize,
    met: (usize, usize),
    bounded: bool,
) -> ClauseReport {
    let state = |literal: usize| match literal.cmp(&failing) {
        std::cmp::Ordering::Less => ConditionState::Met,
        std::cmp::Ordering::Equal => ConditionState::Failed,
        std::cmp::Ordering::Greater => ConditionState::NotReached,
    };
    let row = |(literal, row): (&Literal, &Option<u32>)| match (literal, row) {
        (Literal::Atom(atom), Some(row)) => Some(RowRef { relation: atom.relation, row: *row }),
        _ => None,
    };
    ClauseReport {
        rule: number,
        origin: rule.origin,
        conditions: (0..rule.body.len()).map(state).collect(),
        rows: rule.body.iter().zip(&instance.rows).map(row).collect(),
        first_failing: Some(failing),
        nearest: instance.binding.iter().map(|v| v.map(ValueId)).collect(),
        met,
        bounded,
    }
}

/// The search for a binding that meets as many conditions as any.
struct Nearest<'a> {
    solution: &'a Solution,
    rule: &'a Rule,
    start: Binding,
    conditions: Vec<Vec<usize>>,
    best: Option<(usize, Instance)>,
    searches: usize,
    bounded: bool,
}

impl Nearest<'_> {
    /// A way to meet these literals, those aside whose variables nothing binds.
    fn find(&mut self, literals: &[usize]) -> Option<Instance> {
        let mut search = Search::new(self.solution, self.rule, u32::MAX, BUDGET).partial();
        let found = search.find(self.start.clone(), literals);
        self.bounded |= found.is_none() && search.budget == 0;
        found
    }

    /// How many conditions an instance meets.
    fn met(&self, instance: &Instance) -> usize {
        self.conditions.iter().filter(|c| c.iter().all(|l| instance.met[*l])).count()
    }

    /// Tries to meet the literals of these conditions, and keeps the instance if it meets more than any before.
    fn attempt(&mut self, conditions: &[usize]) -> bool {
        self.searches += 1;
        let mut literals: Vec<usize> =
            conditions.iter().flat_map(|c| self.conditions[*c].iter().copied()).collect();
        literals.sort_unstable();
        let Some(instance) = self.find(&literals) else { return false };
        let met = self.met(&instance);
        if self.best.as_ref().is_none_or(|(most, _)| met > *most) {
            self.best = Some((met, instance));
        }
        true
    }

    /// Leaves out no condition, one, two and so on: the first that fails before others, then late ones before early
    /// ones, which say what the rule is about. Beyond the bound, conditions are taken in one after the other as long as they
    /// can be met together.
    fn search(&mut self, first: usize) -> Instance {
        let count = self.conditions.len();
        let others = (0..count).rev().filter(|c| *c != first);
        let order: Vec<usize> =
            std::iter::once(first).filter(|f| *f < count).chain(others).collect();
        'all: for lacking in 0..=count {
            let mut left_out: Vec<usize> = (0..lacking).collect();
            loop {
                if self.searches >= SEARCHES {
                    self.bounded = true;
                    break 'all;
                }
                let rest: Vec<usize> = (0..count)
                    .filter(|at| !left_out.contains(at))
                    .filter_map(|at| order.get(at).copied())
                    .collect();
                self.attempt(&rest);
                if !next_choice(&mut left_out, count) {
                    break;
                }
            }
            // Without more than these, no other choice can be better.
            if self.best.as_ref().is_some_and(|(met, _)| met + lacking >= count) {
                break;
            }
        }
        if self.bounded {
            let mut kept = vec![];
            for condition in 0..count {
                kept.push(condition);
                if !self.attempt(&kept) {
                    kept.pop();
                }
            }
        }
        let nothing = Instance {
            binding: self.start.clone(),
            rows: vec![None; self.rule.body.len()],
            met: vec![false; self.rule.body.len()],
        };
        self.best.take().map_or(nothing, |b| b.1)
    }

    /// Whether a condition's variables are bound, so that it failed by itself.
    fn can_be_tried(&self, number: usize, instance: &Instance) -> bool {
        let bound = |t: &Term| value(*t, &instance.binding).is_some();
        match &self.rule.body[number] {
            Literal::Atom(atom) => atom.arguments.is_empty() || atom.arguments.iter().any(bound),
            literal => Search::new(self.solution, self.rule, u32::MAX, 0)
                .evaluate(literal, &instance.binding)
                .is_some(),
        }
    }
}

/// The next choice of so many numbers below a count, in order; false after the last.
fn next_choice(chosen: &mut [usize], count: usize) -> bool {
    let size = chosen.len();
    let Some(at) = (0..size).rev().find(|i| chosen[*i] < count - size + i) else { return false };
    chosen[at] += 1;
    for later in at + 1..size {
        chosen[later] = chosen[later - 1] + 1;
    }
    true
}
