//! The shallowest derivation of a fact: the height of a given fact is nothing, that of a derived one is one more than the highest of
//! what its best step rests on.
//!
//! All facts that any derivation could rest on are collected from above; then heights are found from below, the lowest
//! first, as in Dijkstra's algorithm. What was found serves the next fact that is asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Literal, Role};
use rustc_hash::{FxHashMap, FxHashSet};

use super::parts::parts;
use super::suppose::Suppose;
use crate::proof::RowRef;
use crate::search::Instance;
use crate::solution::Solution;

/// Facts that are looked into for one proof.
const FACTS: usize = 4_000;
/// Rows that are looked at for it.
const ROWS: usize = 100_000;

/// The height of a fact, and the rule and rows of its last step if it was derived.
type Lowest = (u32, Option<(u32, Instance)>);

/// What is known of heights.
#[derive(Debug, Default)]
pub(crate) struct Heights {
    steps: FxHashMap<RowRef, Lowest>,
    /// Relations of which a fact rests on too much: their rounds have to do.
    vast: FxHashSet<RelationId>,
    /// The steps that were found for facts of these; none where the search was given up.
    pub(super) early: FxHashMap<RowRef, Option<(u32, Instance)>>,
}

/// A way to conclude a fact.
struct Step {
    head: usize,
    rule: u32,
    instance: Instance,
    /// What it rests on.
    premises: Vec<usize>,
    /// How many of these have no height yet.
    missing: usize,
}

impl Solution {
    /// The last step of the shallowest derivation of a fact. None if it was given, or if too much lies beneath.
    pub(super) fn lowest_step(&self, fact: RowRef) -> Option<(u32, Instance)> {
        let mut heights = self.heights.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !heights.steps.contains_key(&fact) && !heights.vast.contains(&fact.relation) {
            match self.below(fact, &heights) {
                Some(found) => heights.steps.extend(found),
                None => _ = heights.vast.insert(fact.relation),
            }
        }
        heights.steps.get(&fact).and_then(|(_, step)| step.clone())
    }

    /// The heights of a fact and of all that lies beneath it. None if that is too much.
    fn below(&self, root: RowRef, known: &Heights) -> Option<Vec<(RowRef, Lowest)>> {
        let parts = self.parts.get_or_init(|| parts(self));
        let mut suppose = Suppose::new(self, parts, None, ROWS);
        let mut facts = vec![root];
        let mut numbers = FxHashMap::from_iter([(root, 0)]);
        let mut steps: Vec<Step> = vec![];
        // For each fact the steps that rest on it.
        let mut users: Vec<Vec<usize>> = vec![vec![]];
        let mut heap: BinaryHeap<Reverse<(u32, usize)>> = BinaryHeap::new();
        let mut next = 0;
        while let Some(fact) = facts.get(next).copied() {
            let number = next;
            next += 1;
            if let Some((height, _)) = known.steps.get(&fact) {
                heap.push(Reverse((*height, number)));
                continue;
            }
            let asked = self
                .relations
                .get(fact.relation.0 as usize)
                .is_some_and(|i| matches!(i.role, Role::Unknown(..)));
            if asked || self.ages.is_given(fact.relation, fact.row) {
                heap.push(Reverse((0, number)));
                continue;
            }
            if known.vast.contains(&fact.relation) {
                return None;
            }
            let row = self.facts.relation(fact.relation).row(fact.row);
            let head: Vec<Option<u32>> = row.iter().map(|v| Some(v.0)).collect();
            for rule_number in self.rules_of.get(&fact.relation).into_iter().flatten() {
                let Some(rule) = self.rules.get(*rule_number as usize) else { continue };
                suppose.instances(rule, &head, &mut |_, found| {
                    let mut rows = vec![None; rule.body.len()];
                    let mut premises: Vec<usize> = vec![];
                    for ((literal, taken), slot) in rule.body.iter().zip(found.taken).zip(&mut rows)
                    {
                        let (Literal::Atom(atom), Some(values)) = (literal, taken) else {
                            continue;
                        };
                        let values: Vec<ValueId> = values.iter().map(|v| ValueId(*v)).collect();
                        *slot = self.facts.relation(atom.relation).find(&values);
                        let row = slot.unwrap_or_default();
                        let premise = self.certain(RowRef { relation: atom.relation, row });
                        let number = *numbers.entry(premise).or_insert_with(|| {
                            facts.push(premise);
                            users.push(vec![]);
                            facts.len() - 1
                        });
                        if !premises.contains(&number) {
                            premises.push(number);
                        }
                    }
                    if premises.is_empty() {
                        heap.push(Reverse((1, number)));
                    }
                    for premise in &premises {
                        if let Some(users) = users.get_mut(*premise) {
                            users.push(steps.len());
                        }
                    }
                    let met = vec![true; rule.body.len()];
                    let instance = Instance { binding: found.binding.clone(), rows, met };
                    let missing = premises.len();
                    let rule = *rule_number;
                    steps.push(Step { head: number, rule, instance, premises, missing });
                    false
                });
                if suppose.budget == 0 || facts.len() > FACTS {
                    return None;
                }
            }
        }
        let mut heights: Vec<Option<u32>> = vec![None; facts.len()];
        while let Some(Reverse((height, number))) = heap.pop() {
            if heights[number].is_some() {
                continue;
            }
            heights[number] = Some(height);
            for step in std::mem::take(&mut users[number]) {
                let Some(user) = steps.get_mut(step) else { continue };
                user.missing -= 1;
                if user.missing == 0 && heights[user.head].is_none() {
                    heap.push(Reverse((height + 1, user.head)));
                }
            }
        }
        // Of the lowest steps the one whose rows came first, then that of the first rule.
        let mut chosen: Vec<Option<(u32, usize)>> = vec![None; facts.len()];
        for (number, step) in steps.iter().enumerate() {
            let below = step.premises.iter().map(|p| heights[*p]).collect::<Option<Vec<u32>>>();
            let height = below.map(|b| b.into_iter().max().map_or(1, |h| h + 1));
            if height.is_some() && height == heights[step.head] {
                let ages = step.premises.iter().filter_map(|p| facts.get(*p));
                let age = ages.map(|f| self.ages.time(f.relation, f.row)).max().unwrap_or(0);
                if chosen[step.head].is_none_or(|(best, _)| age < best) {
                    chosen[step.head] = Some((age, number));
                }
            }
        }
        let found = facts.into_iter().zip(heights.into_iter().zip(chosen));
        Some(
            found
                .filter(|(fact, _)| !known.steps.contains_key(fact))
                .filter_map(|(fact, (height, step))| {
                    let step = step.and_then(|(_, s)| steps.get(s));
                    Some((fact, (height?, step.map(|s| (s.rule, s.instance.clone())))))
                })
                .collect(),
        )
    }
}
