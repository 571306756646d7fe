//! The programs that are measured, one file each, in the order of the table that is printed.

mod closure;
mod explained;
mod open_world;
mod packs;
mod points_to;
mod same_generation;
mod threat;
mod triangle;

use redan_base::Limits;
use redan_facts::Facts;
use redan_program::ir::Program;

use crate::data::Data;
use crate::measure::{Run, timed};
use crate::rules;

/// A program of the table.
pub struct Case {
    /// Its name, to choose it on the command line.
    pub name: &'static str,
    /// Its rules and facts.
    pub input: Input,
    /// What it should reach.
    pub goal: Goal,
}

/// What a program is made of.
pub enum Input {
    /// Plain rules over generated facts, and the same rules compiled by `ascent`.
    Rules {
        /// The rules, each with its stratum.
        rules: &'static [(u32, &'static str)],
        /// The relation whose rows are counted.
        answer: &'static str,
        /// Makes the facts.
        generate: fn() -> Data,
        /// The same rules, compiled.
        compiled: fn(&Data) -> Run,
    },
    /// Something of its own that nothing compares with.
    Own(fn() -> Run),
}

/// What a program should reach, on two threads.
pub enum Goal {
    /// At most so many times the time of `ascent`.
    Ascent(f64),
    /// At most so many times the time of another program.
    Program(&'static str, f64),
    /// At most so many seconds, and megabytes.
    Most(f64, Option<u64>),
}

/// All programs.
pub const CASES: &[Case] = &[
    closure::CASE,
    same_generation::CASE,
    points_to::CASE,
    threat::CASE,
    threat::LARGE,
    threat::WORST_ORDER,
    explained::CASE,
    triangle::CASE,
    packs::CASE,
    open_world::CLOSED,
    open_world::OPEN,
];

/// One run by Redan, on the threads of the current pool. Making and loading the facts is not timed: the scan does that anyway.
pub fn redan(input: &Input) -> Run {
    match input {
        Input::Own(run) => run(),
        Input::Rules { rules, answer, generate, .. } => {
            let program = rules::program(rules);
            let facts = rules::facts(&program, &generate());
            crate::measure::forget_peak();
            timed(|| solve(&program, facts, answer))
        }
    }
}

/// One run by `ascent`, if it has the program.
pub fn ascent(input: &Input) -> Option<Run> {
    match input {
        Input::Own(_) => None,
        Input::Rules { generate, compiled, .. } => Some(compiled(&generate())),
    }
}

fn solve(program: &Program, facts: Facts, answer: &str) -> (usize, impl Sized) {
    let (solution, diagnostics) = redan_solve::solve(program, facts, &Limits::default(), &|_| {});
    assert!(diagnostics.is_empty(), "the evaluation was stopped: {diagnostics:?}");
    let answer = rules::relation(program, answer).expect("the answer is a relation");
    (solution.facts.relation(answer).len(), solution)
}
