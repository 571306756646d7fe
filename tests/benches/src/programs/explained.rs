//! What explanations cost: the threat program, and then the derivations of a hundred of its answers, down to given facts.

use redan_base::Limits;

use super::{Case, Goal, Input, threat};
use crate::measure::{Run, forget_peak, timed};
use crate::rules;

/// Evaluation and explanations together. What is kept for them while rules run is in all programs: two numbers a round.
pub const CASE: Case = Case {
    name: "threat-explained",
    input: Input::Own(run),
    goal: Goal::Most(0.2, None),
};

const EXPLAINED: usize = 100;

fn run() -> Run {
    let program = rules::program(threat::RULES);
    let facts = rules::facts(&program, &threat::generate(300_000));
    let answer = rules::relation(&program, "threat").expect("the answer is a relation");
    forget_peak();
    timed(|| {
        let (solution, diagnostics) =
            redan_solve::solve(&program, facts, &Limits::default(), &|_| {});
        assert!(diagnostics.is_empty(), "the evaluation was stopped: {diagnostics:?}");
        let rows = solution.facts.relation(answer).len();
        let step = rows.div_ceil(EXPLAINED).max(1);
        let proofs: Vec<_> =
            (0..rows).step_by(step).map(|row| solution.proof(answer, row as u32)).collect();
        assert!(proofs.iter().all(|p| !p.truncated), "a derivation was cut");
        (rows, (solution, proofs))
    })
}
