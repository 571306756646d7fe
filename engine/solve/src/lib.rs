//! The evaluator: from a program and facts to everything that follows, with the reasons.
//!
//! Comes in: a lowered [`Program`](redan_program::ir::Program) and [`Facts`](redan_facts::Facts). Goes out: a
//! [`Solution`], which holds the facts of every relation and can say why each of them holds, and what was
//! missing where one does not. This crate must never know what a threat is.

pub mod naive;

mod aggregate;
mod bounds;
mod calls;
mod compare;
mod event;
mod execute;
mod fixpoint;
mod index;
mod level;
mod limit;
mod matrix;
mod plan;
mod proof;
mod prove;
mod rows;
mod same;
mod search;
mod solution;
mod statistics;
mod why_not;

pub use bounds::needed;
pub use event::{Event, RuleTiming};
pub use proof::{Node, NodeId, Premise, Proof, Question, Questions, Reason, RowRef};
pub use solution::Solution;
pub use why_not::{ClauseReport, ConditionState, WhyNot, deciding, removable, stop, why_not};

use redan_base::{Diagnostic, Limits};
use redan_facts::{Facts, RelationId};
use redan_program::ir::Program;

use crate::fixpoint::Run;

/// What an evaluation is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Goals {
    /// Every relation.
    #[default]
    Everything,
    /// These relations, in both bounds, and what they follow from: rules that matter to none of them are left out, and
    /// the relations that only those derive stay empty.
    Only(Vec<RelationId>),
}

/// Evaluates a program over facts, all of it. See [`solve_for`].
pub fn solve(
    program: &Program,
    facts: Facts,
    limits: &Limits,
    events: &dyn Fn(Event),
) -> (Solution, Vec<Diagnostic>) {
    solve_for(&Goals::Everything, program, facts, limits, events)
}

/// Evaluates a program over facts, as far as goals need it.
///
/// The facts must hold everything that was extracted, and what packs and models state
/// ([`Program::facts`] with their places): the evaluator adds nothing but what the rules derive. Uses the threads of
/// the current rayon pool; the rows and their order are the same for any number of them.
pub fn solve_for(
    goals: &Goals,
    program: &Program,
    facts: Facts,
    limits: &Limits,
    events: &dyn Fn(Event),
) -> (Solution, Vec<Diagnostic>) {
    let too_long = limit::too_long(program);
    let shortened;
    let program = if too_long.is_empty() {
        program
    } else {
        shortened =
            Program { rules: program.rules.iter().map(limit::short).collect(), ..program.clone() };
        &shortened
    };
    let mut run = Run::new(goals, program, facts, limits, events);
    let stopped = run.all();
    let mut diagnostics = too_long;
    let incomplete = stopped.is_some() || !diagnostics.is_empty();
    diagnostics
        .extend(stopped.iter().map(|s| s.diagnostic(program, limits, &run.plan_of(s.rule()))));
    (run.into_solution(incomplete), diagnostics)
}
