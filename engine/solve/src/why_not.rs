//! Why a fact does not hold: what was met and what was missing in each rule that could give it.

use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Literal, Program, Rule, Term};

use crate::search::{Binding, Instance, Search, value};
use crate::solution::Solution;

/// The answer to [`why_not`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    /// Rows that do hold and agree with the bindings (at most a hundred): then there is nothing to explain.
    pub holds: Vec<u32>,
    /// One for each rule of the relation, in the program's order.
    pub clauses: Vec<ClauseReport>,
}

/// What happened to one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseReport {
    /// An index of the program's rules.
    pub rule: u32,
    /// Its origin.
    pub origin: u32,
    /// For each literal of the body whether it is met in the nearest miss.
    pub conditions: Vec<ConditionState>,
    /// The first literal, in the order written, of which no binding satisfies it together with those before it.
    pub first_failing: Option<usize>,
    /// The values of the rule's variables in the nearest miss: the binding that satisfies the most conditions.
    pub nearest: Vec<Option<ValueId>>,
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
/// Conditions that a nearest miss may lack before the search for it is given up.
const LACKING: usize = 3;
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
    WhyNot {
        holds: solution.matching(relation, &bindings, LISTED),
        clauses: rules.map(|(number, _)| clause(solution, number, &bindings)).collect(),
    }
}

fn clause(solution: &Solution, number: usize, bindings: &[Option<ValueId>]) -> ClauseReport {
    let rule = &solution.rules[number];
    let mut report = ClauseReport {
        rule: number as u32,
        origin: rule.origin,
        conditions: vec![ConditionState::NotReached; rule.body.len()],
        first_failing: None,
        nearest: vec![None; rule.variables as usize],
        bounded: false,
    };
    let head: Vec<Option<u32>> = bindings.iter().map(|b| b.map(|v| v.0)).collect();
    let Some(start) = Search::new(solution, rule, u32::MAX, 0).head(&head) else { return report };
    let mut nearest = Nearest { solution, rule, start, best: None, searches: 0, bounded: false };
    report.first_failing = (0..rule.body.len()).find(|last| {
        let prefix: Vec<usize> = (0..=*last).collect();
        nearest.find(&prefix).is_none()
    });
    let best = match report.first_failing {
        None => {
            let all: Vec<usize> = (0..rule.body.len()).collect();
            nearest.find(&all)
        }
        Some(first) => nearest.search(first),
    };
    report.bounded = nearest.bounded;
    let Some(best) = best else { return report };
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
    report
}

/// The search for a binding that meets as many conditions as any.
struct Nearest<'a> {
    solution: &'a Solution,
    rule: &'a Rule,
    start: Binding,
    best: Option<(usize, Instance)>,
    searches: usize,
    bounded: bool,
}

impl Nearest<'_> {
    /// A way to meet these conditions, those aside whose variables nothing binds.
    fn find(&mut self, literals: &[usize]) -> Option<Instance> {
        let mut search = Search::new(self.solution, self.rule, u32::MAX, BUDGET).partial();
        let found = search.find(self.start.clone(), literals);
        self.bounded |= found.is_none() && search.budget == 0;
        found
    }

    /// Leaves out one condition, then two, then three: the first that fails before others, then late ones
    /// before early ones, which say what the rule is about.
    fn search(&mut self, first: usize) -> Option<Instance> {
        let count = self.rule.body.len();
        let others = (0..count).rev().filter(|l| *l != first);
        let order: Vec<usize> = std::iter::once(first).chain(others).collect();
        for lacking in 1..=LACKING.min(count) {
            let mut left_out: Vec<usize> = (0..lacking).collect();
            loop {
                self.searches += 1;
                if self.searches > SEARCHES {
                    self.bounded = true;
                    return self.best.take().map(|b| b.1);
                }
                let mut rest = order.clone();
                for at in left_out.iter().rev() {
                    rest.remove(*at);
                }
                rest.sort_unstable();
                if let Some(instance) = self.find(&rest) {
                    let met = instance.met.iter().filter(|m| **m).count();
                    if self.best.as_ref().is_none_or(|(most, _)| met > *most) {
                        self.best = Some((met, instance));
                    }
                }
                if !next_choice(&mut left_out, count) {
                    break;
                }
            }
            // Without more than these, no other choice can be better.
            if self.best.as_ref().is_some_and(|(met, _)| met + lacking >= count) {
                break;
            }
        }
        if self.best.is_none() {
            self.bounded |= count > LACKING;
            return self.find(&[]);
        }
        self.best.take().map(|b| b.1)
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
