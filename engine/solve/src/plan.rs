//! Plans: in which order the conditions of a rule are met, and by which operators.
//!
//! The order follows from the sizes of relations and from how many different values their columns have, never
//! from the order in which the conditions were written: each way to begin is tried, then always the condition
//! that leaves the fewest rows comes next, filters as soon as their inputs are there. Variables that nobody
//! needs any more are dropped at once; an atom that binds nothing needed is only a test; a
//! variable that several atoms bind at once is met by all of them at once, so that circles of joins do not explode.

mod build;
mod order;
mod text;

use redan_facts::RelationId;
use redan_program::ir::{Compare, Literal, Rule, Term};

use self::build::Builder;
use self::order::Order;
use crate::index::Spec;

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
        /// Only those of the last round, or those that are uncertain.
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
    /// The rows without those that came before: what is kept has duplicates, and much would be made of each.
    Distinct,
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

/// The plan of a rule; with `delta`, one that begins with the new or uncertain rows of that atom of the body (an index of
/// it), of which there are `delta.1`. None if the rule can never be evaluated: some condition's inputs are bound by nothing.
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
