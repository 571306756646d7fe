//! What an evaluation gives.

use std::sync::{Arc, Mutex, OnceLock};

use redan_facts::{Facts, RelationId, ValueId};
use redan_program::ir::{Literal, Program, RelationInfo, Rule, Term};
use rustc_hash::FxHashMap;

use crate::calls::Calls;
use crate::event::RuleTiming;
use crate::index::{Index, Spec};
use crate::prove::{Heights, Part};
use crate::same::Canon;
use crate::search::Scratch;

/// Everything that follows from a program and its facts.
#[derive(Debug)]
pub struct Solution {
    /// The facts of every relation, those that came in among them. Entities that `same` merged stand in
    /// them by their representative.
    pub facts: Facts,
    /// Whether a limit ended the evaluation early: then facts are missing.
    pub incomplete: bool,
    /// What each rule cost, by rule; empty from the naive evaluator.
    pub timings: Vec<RuleTiming>,
    /// Representatives with the entities that they stand for (themselves not among them), sorted.
    pub merged: Vec<(ValueId, Vec<ValueId>)>,
    /// The rules, their constants replaced by representatives.
    pub(crate) rules: Arc<Vec<Rule>>,
    /// The relations.
    pub(crate) relations: Arc<Vec<RelationInfo>>,
    /// The rules of each relation.
    pub(crate) rules_of: FxHashMap<RelationId, Vec<u32>>,
    /// When each row was derived.
    pub(crate) ages: Ages,
    /// What functions gave.
    pub(crate) calls: Calls,
    /// What stands for what.
    pub(crate) canon: Canon,
    /// Indexes that explanations asked for.
    pub(crate) lookups: Mutex<FxHashMap<Spec, Arc<Index>>>,
    /// For functions that explanations call.
    pub(crate) scratch: Mutex<Option<Scratch>>,
    /// How relations follow from unknown attributes; made when questions are first asked for.
    pub(crate) parts: OnceLock<Vec<Part>>,
    /// The shallowest derivations that proofs found so far.
    pub(crate) heights: Mutex<Heights>,
}

impl Solution {
    pub(crate) fn new(
        program: &Program,
        facts: Facts,
        incomplete: bool,
        timings: Vec<RuleTiming>,
        canon: Canon,
        ages: Ages,
        calls: Calls,
    ) -> Self {
        let merged = canon.classes(&facts.values);
        let rules = if canon.is_identity() {
            Arc::clone(&program.rules)
        } else {
            Arc::new(program.rules.iter().map(|r| with_representatives(r, &canon)).collect())
        };
        let mut rules_of: FxHashMap<RelationId, Vec<u32>> = FxHashMap::default();
        for (number, rule) in program.rules.iter().enumerate() {
            rules_of.entry(rule.head.relation).or_default().push(number as u32);
        }
        Self {
            facts,
            incomplete,
            timings,
            merged,
            rules,
            relations: Arc::clone(&program.relations),
            rules_of,
            ages,
            calls,
            canon,
            lookups: Mutex::default(),
            scratch: Mutex::default(),
            parts: OnceLock::new(),
            heights: Mutex::default(),
        }
    }

    /// What an entity was merged into; itself if nothing was.
    pub fn representative(&self, entity: ValueId) -> ValueId {
        self.canon.get(entity)
    }
}

/// The rule as it is evaluated once entities were merged.
pub(crate) fn with_representatives(rule: &Rule, canon: &Canon) -> Rule {
    let mut rule = rule.clone();
    if canon.is_identity() {
        return rule;
    }
    let replace = |terms: &mut [Term]| {
        for term in terms {
            if let Term::Constant(c) = term {
                *c = canon.get(*c);
            }
        }
    };
    replace(&mut rule.head.arguments);
    for literal in &mut rule.body {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => replace(&mut atom.arguments),
            Literal::Compare(_, a, b) => {
                replace(std::slice::from_mut(a));
                replace(std::slice::from_mut(b));
            }
            Literal::Call { arguments, result, .. } => {
                replace(arguments);
                replace(std::slice::from_mut(result));
            }
            Literal::Aggregate { keys, result, .. } => {
                replace(keys);
                replace(std::slice::from_mut(result));
            }
        }
    }
    rule
}

/// When each row came: facts that were given first, then level by level, and within a level round by round. A
/// derivation whose rows are all older than its conclusion therefore exists for every derived row, and its
/// height within the level is the smallest there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ages {
    relations: Vec<Age>,
    /// How many rounds ended, of all levels.
    now: u32,
}

#[derive(Debug, Clone, Default)]
struct Age {
    /// How many rows were given.
    given: u32,
    /// The round, and how many rows there were at its end; only rounds that gave rows.
    rounds: Vec<(u32, u32)>,
}

impl Ages {
    /// Before anything is derived.
    pub(crate) fn of(facts: &Facts) -> Self {
        let given = |r: &redan_facts::Relation| Age { given: r.len() as u32, ..Age::default() };
        Self { relations: facts.relations().iter().map(given).collect(), now: 0 }
    }

    /// A round of these relations ended.
    pub(crate) fn end_round(&mut self, heads: impl Iterator<Item = RelationId>, facts: &Facts) {
        self.now += 1;
        for head in heads {
            let rows = facts.relation(head).len() as u32;
            if let Some(age) = self.relations.get_mut(head.0 as usize)
                && rows > age.rounds.last().map_or(age.given, |r| r.1)
            {
                age.rounds.push((self.now, rows));
            }
        }
    }

    /// Whether a row was given.
    pub(crate) fn is_given(&self, relation: RelationId, row: u32) -> bool {
        self.relations.get(relation.0 as usize).is_none_or(|a| row < a.given)
    }

    /// The round of a row; 0 for rows that were given.
    pub(crate) fn time(&self, relation: RelationId, row: u32) -> u32 {
        match self.relations.get(relation.0 as usize) {
            Some(age) if row >= age.given => {
                let at = age.rounds.partition_point(|(_, end)| *end <= row);
                age.rounds.get(at).map_or(u32::MAX, |r| r.0)
            }
            _ => 0,
        }
    }
}
