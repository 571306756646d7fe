//! In which order rules are evaluated: levels of relations that depend on each other, or on nothing unsolved.
//!
//! Relations that do not depend on each other are evaluated in one level, side by side; those of a circle are in one
//! level as well. Strata say only what comes before entities are merged and what after: what a rule denies or counts
//! lies below it, since no negation is in a circle.

use redan_facts::RelationId;
use redan_program::ir::Literal;
use rustc_hash::FxHashMap;

use crate::bounds::Variants;

/// Rules that are evaluated together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Level {
    /// Whether it comes before entities are merged.
    pub(crate) early: bool,
    /// The rules: indices of the variants.
    pub(crate) rules: Vec<usize>,
    /// Their heads, sorted.
    pub(crate) heads: Vec<RelationId>,
}

/// The levels of a program, in the order of evaluation. The rules of strata up to `last` come before entities are merged.
pub(crate) fn levels(variants: &Variants, last: Option<u32>) -> Vec<Level> {
    let rules = &variants.all;
    let mut all = vec![];
    for early in [true, false] {
        let of_this = |stratum: u32| last.is_some_and(|last| stratum <= last) == early;
        let list: Vec<usize> =
            (0..rules.len()).filter(|r| of_this(rules[*r].rule.stratum)).collect();
        let mut heads: Vec<RelationId> =
            list.iter().map(|r| rules[*r].rule.head.relation).collect();
        heads.sort_unstable();
        heads.dedup();
        let number: FxHashMap<RelationId, usize> =
            heads.iter().enumerate().map(|(n, h)| (*h, n)).collect();
        let mut needs: Vec<Vec<usize>> = vec![vec![]; heads.len()];
        for rule in &list {
            let rule = &rules[*rule].rule;
            let read = rule.body.iter().filter_map(|literal| match literal {
                Literal::Atom(atom) | Literal::Not(atom) => Some(atom.relation),
                Literal::Aggregate { relation, .. } => Some(*relation),
                Literal::Compare(..) | Literal::Call { .. } => None,
            });
            let read = read.chain(variants.copies.get(&rule.head.relation).copied());
            needs[number[&rule.head.relation]].extend(read.filter_map(|r| number.get(&r)));
        }
        let height = heights(&needs);
        let top = height.iter().max().map_or(0, |h| h + 1);
        let mut levels = vec![Level { early, rules: vec![], heads: vec![] }; top];
        for rule in list {
            levels[height[number[&rules[rule].rule.head.relation]]].rules.push(rule);
        }
        for head in heads {
            levels[height[number[&head]]].heads.push(head);
        }
        all.extend(levels);
    }
    all
}

/// For each node how many groups lie below its own, where a group is a circle of nodes that need each other: the
/// strongly connected components by Tarjan's way, with a stack of our own.
fn heights(needs: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let count = needs.len();
    let (mut order, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let mut height = vec![UNSEEN; count];
    let mut open: Vec<usize> = vec![];
    let mut next = 0;
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, edge)) = path.pop() {
            if edge == 0 {
                order[node] = next;
                low[node] = next;
                next += 1;
                open.push(node);
            }
            if let Some(&target) = needs[node].get(edge) {
                path.push((node, edge + 1));
                if order[target] == UNSEEN {
                    path.push((target, 0));
                } else if height[target] == UNSEEN {
                    low[node] = low[node].min(order[target]);
                }
                continue;
            }
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                let start = open.iter().rposition(|n| *n == node).unwrap_or(0);
                let group = open.split_off(start);
                let below = group
                    .iter()
                    .flat_map(|n| &needs[*n])
                    .filter(|n| height[**n] != UNSEEN)
                    .map(|n| height[*n] + 1)
                    .max();
                for member in group {
                    height[member] = below.unwrap_or(0);
                }
            }
        }
    }
    height
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_share_a_height_and_others_stand_on_each_other() {
        // 0 <-> 1, 2 needs 1, 3 needs nothing, 4 needs 2 and itself, 5 needs 3 and 4.
        let needs = [vec![1], vec![0], vec![1], vec![], vec![2, 4], vec![3, 4]];
        assert_eq!(heights(&needs), [0, 0, 1, 0, 2, 3]);
        let chain: Vec<Vec<usize>> =
            (0..100_000_usize).map(|n| vec![n + 1]).chain([vec![]]).collect();
        assert_eq!(heights(&chain)[0], 100_000);
    }
}
