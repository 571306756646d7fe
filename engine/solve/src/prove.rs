//! Finding proofs, and the questions that a possible fact leaves open.

mod heights;
mod parts;
mod questions;
mod suppose;

use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Bound, Literal, Role};
use rustc_hash::FxHashMap;

use crate::proof::{Node, NodeId, Premise, Proof, Question, Reason, RowRef};
use crate::search::{Instance, Search, pattern, value};
use crate::solution::Solution;

pub(crate) use self::heights::Heights;
pub(crate) use self::parts::Part;

/// Nodes of a proof that is shown.
const NODES: usize = 2_000;
/// Rows that the search for one step may look at, for each rule.
const BUDGET: usize = 200_000;

impl Solution {
    /// The shallowest derivation of a row, the same on every run: no other is less high. Where very much lies beneath a row, its
    /// rules and rows are those of the earliest round of the evaluation in which it could be concluded. What holds for certain is
    /// proved so even where only its possibility was asked for.
    pub fn proof(&self, relation: RelationId, row: u32) -> Proof {
        self.prove(RowRef { relation, row }, NODES)
    }

    fn prove(&self, root: RowRef, most: usize) -> Proof {
        let root = self.certain(root);
        let mut numbers: FxHashMap<RowRef, NodeId> = FxHashMap::default();
        let mut nodes: Vec<Node> = vec![];
        let mut add = |nodes: &mut Vec<Node>, fact: RowRef, depth: u32| {
            *numbers.entry(fact).or_insert_with(|| {
                let values = self.facts.relation(fact.relation).row(fact.row);
                nodes.push(Node { fact, values, reason: Reason::Cut, depth });
                NodeId(nodes.len() as u32 - 1)
            })
        };
        if (root.row as usize) < self.facts.relation(root.relation).len() {
            add(&mut nodes, root, 0);
        }
        let mut truncated = false;
        let mut next = 0;
        while let Some(node) = nodes.get(next) {
            let (fact, depth) = (node.fact, node.depth);
            let found = if next < most { self.reason(fact) } else { None };
            let reason = match found {
                None => {
                    truncated = true;
                    Reason::Cut
                }
                Some(Found::Given) => {
                    Reason::Given(self.facts.relation(fact.relation).places(fact.row))
                }
                Some(Found::Question(question)) => Reason::Question(question),
                Some(Found::Derived(number, instance)) => {
                    let rule = &self.rules[number as usize];
                    let of = |t| value(t, &instance.binding).map(ValueId);
                    let premises =
                        rule.body.iter().zip(&instance.rows).map(|(literal, row)| match literal {
                            Literal::Atom(atom) => {
                                let row = row.unwrap_or_default();
                                let fact = self.certain(RowRef { relation: atom.relation, row });
                                Premise::Fact(add(&mut nodes, fact, depth + 1))
                            }
                            Literal::Not(atom) => Premise::Absent(
                                atom.relation,
                                pattern(&atom.arguments, &instance.binding),
                            ),
                            Literal::Compare(_, a, b) => {
                                let side = |t| of(t).unwrap_or(ValueId(0));
                                Premise::Compared(side(*a), side(*b))
                            }
                            Literal::Call { arguments, result, .. } => {
                                Premise::Called(pattern(arguments, &instance.binding), of(*result))
                            }
                            Literal::Aggregate { relation, keys, result, .. } => Premise::Counted(
                                *relation,
                                pattern(keys, &instance.binding),
                                of(*result),
                            ),
                        });
                    let premises = premises.collect();
                    Reason::Derived { rule: number, origin: rule.origin, premises }
                }
            };
            nodes[next].reason = reason;
            next += 1;
        }
        Proof { nodes, truncated }
    }

    /// The same fact with certainty, if it is certain.
    fn certain(&self, fact: RowRef) -> RowRef {
        let Some(info) = self.relations.get(fact.relation.0 as usize) else { return fact };
        if info.bound == Bound::Certain || info.twin == fact.relation {
            return fact;
        }
        let row: Vec<Option<ValueId>> =
            self.facts.relation(fact.relation).row(fact.row).into_iter().map(Some).collect();
        match self.matching(info.twin, &row, 1).first() {
            Some(row) => RowRef { relation: info.twin, row: *row },
            None => fact,
        }
    }

    /// The last step of a derivation of a fact. None if the search was given up.
    fn reason(&self, fact: RowRef) -> Option<Found> {
        let RowRef { relation, row } = fact;
        let info = self.relations.get(relation.0 as usize)?;
        let values = self.facts.relation(relation).row(row);
        if let (Role::Unknown(..), Some(entity)) = (&info.role, values.first()) {
            return Some(Found::Question(Question { relation, entity: *entity }));
        }
        if self.ages.is_given(relation, row) {
            return Some(Found::Given);
        }
        if let Some((rule, instance)) = self.lowest_step(fact) {
            return Some(Found::Derived(rule, instance));
        }
        let heights = || self.heights.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = heights().early.get(&fact).cloned();
        let step = known.unwrap_or_else(|| {
            let found = self.early_step(fact, &values);
            heights().early.insert(fact, found.clone());
            found
        });
        step.map(|(rule, instance)| Found::Derived(rule, instance))
    }

    /// Where too much lies beneath a fact: a step whose rows came in as early a round as possible.
    fn early_step(&self, fact: RowRef, values: &[ValueId]) -> Option<(u32, Instance)> {
        let RowRef { relation, row } = fact;
        let head: Vec<Option<u32>> = values.iter().map(|v| Some(v.0)).collect();
        let before = self.ages.time(relation, row);
        let mut best: Option<(u32, u32, Instance)> = None;
        for number in self.rules_of.get(&relation).into_iter().flatten() {
            let rule = &self.rules[*number as usize];
            let mut search = Search::new(self, rule, before, BUDGET);
            let Some(binding) = search.head(&head) else { continue };
            let all: Vec<usize> = (0..rule.body.len()).collect();
            let Some(instance) = search.find(binding, &all) else { continue };
            let ages =
                rule.body.iter().zip(&instance.rows).map(|(literal, row)| match (literal, row) {
                    (Literal::Atom(atom), Some(row)) => self.ages.time(atom.relation, *row),
                    _ => 0,
                });
            let youngest = ages.max().unwrap_or(0);
            if best.as_ref().is_none_or(|(age, ..)| youngest < *age) {
                best = Some((youngest, *number, instance));
            }
        }
        best.map(|(_, rule, instance)| (rule, instance))
    }
}

enum Found {
    Given,
    Question(Question),
    Derived(u32, Instance),
}
