//! Finding proofs, and the questions in them.

use std::collections::VecDeque;

use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Bound, Literal, Role};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::proof::{Node, NodeId, Premise, Proof, Question, Reason, RowRef};
use crate::search::{Instance, Search, pattern, value};
use crate::solution::Solution;

/// Nodes of a proof that is shown.
const NODES: usize = 2_000;
/// Nodes that are looked at for questions.
const QUESTION_NODES: usize = 20_000;
/// Rows that the search for one step may look at, for each rule.
const BUDGET: usize = 200_000;
/// Rows of a possible relation whose questions a negated condition leads to.
const FOLLOWED: usize = 32;

impl Solution {
    /// A shallowest derivation of a row, the same on every run: the row's own rules and rows are of the earliest
    /// round of the evaluation in which it could be concluded. What holds for certain is proved so even where only its
    /// possibility was asked for.
    pub fn proof(&self, relation: RelationId, row: u32) -> Proof {
        self.prove(RowRef { relation, row }, NODES)
    }

    /// The unknown attributes that a row rests on, sorted, through negated conditions too: where it is possible
    /// because something is not certain, those that make this other thing only possible.
    pub fn questions(&self, relation: RelationId, row: u32) -> Vec<Question> {
        let mut questions = FxHashSet::default();
        let mut seen = FxHashSet::default();
        let mut open = VecDeque::from([self.certain(RowRef { relation, row })]);
        while let Some(fact) = open.pop_front() {
            if seen.len() >= QUESTION_NODES || !seen.insert(fact) {
                continue;
            }
            match self.reason(fact) {
                Some(Found::Question(question)) => {
                    questions.insert(question);
                }
                Some(Found::Derived(rule, instance)) => {
                    self.follow(rule, &instance, &mut open);
                }
                Some(Found::Given) | None => {}
            }
        }
        let mut questions: Vec<Question> = questions.into_iter().collect();
        let values = &self.facts.values;
        questions
            .sort_by(|a, b| values.compare(a.entity, b.entity).then(a.relation.cmp(&b.relation)));
        questions
    }

    /// The facts whose questions a derivation rests on.
    fn follow(&self, rule: u32, instance: &Instance, open: &mut VecDeque<RowRef>) {
        for (literal, row) in self.rules[rule as usize].body.iter().zip(&instance.rows) {
            match (literal, row) {
                (Literal::Atom(atom), Some(row)) => {
                    open.push_back(self.certain(RowRef { relation: atom.relation, row: *row }));
                }
                (Literal::Not(atom), _) => {
                    let Some(info) = self.relations.get(atom.relation.0 as usize) else { continue };
                    if info.bound == Bound::Certain && info.twin != atom.relation {
                        let wanted = pattern(&atom.arguments, &instance.binding);
                        let rows = self.matching(info.twin, &wanted, FOLLOWED);
                        open.extend(
                            rows.into_iter().map(|row| RowRef { relation: info.twin, row }),
                        );
                    }
                }
                _ => {}
            }
        }
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
        best.map(|(_, rule, instance)| Found::Derived(rule, instance))
    }
}

enum Found {
    Given,
    Question(Question),
    Derived(u32, Instance),
}
