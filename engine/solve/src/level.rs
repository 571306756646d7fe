//! In which order rules are evaluated: levels of relations that depend on each other, or on nothing unsolved.
//!
//! A stratum says only what negation needs. Within it, relations that do not depend on each other
//! are evaluated in one level, side by side; those of a circle are in one level as well.

use redan_facts::RelationId;
use redan_program::ir::{Literal, Rule};
use rustc_hash::FxHashMap;

/// Rules that are evaluated together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Level {
    /// Their stratum.
    pub(crate) stratum: u32,
    /// The rules: indices of the program's.
    pub(crate) rules: Vec<usize>,
    /// Their heads, sorted.
    pub(crate) heads: Vec<RelationId>,
}

/// The levels of a program, in the order of evaluation.
pub(crate) fn levels(rules: &[Rule], strata: u32) -> Vec<Level> {
    let mut by_stratum: Vec<Vec<usize>> = vec![vec![]; strata as usize];
    for (number, rule) in rules.iter().enumerate() {
        if let Some(list) = by_stratum.get_mut(rule.stratum as usize) {
            list.push(number);
        }
    }
    let mut all = vec![];
    for (stratum, list) in by_stratum.into_iter().enumerate() {
        let mut heads: Vec<RelationId> = list.iter().map(|r| rules[*r].head.relation).collect();
        heads.sort_unstable();
        heads.dedup();
        let number: FxHashMap<RelationId, usize> =
            heads.iter().enumerate().map(|(n, h)| (*h, n)).collect();
        let mut needs: Vec<Vec<usize>> = vec![vec![]; heads.len()];
        for rule in &list {
            let rule = &rules[*rule];
            for literal in &rule.body {
                if let Literal::Atom(atom) = literal
                    && let Some(needed) = number.get(&atom.relation)
                {
                    needs[number[&rule.head.relation]].push(*needed);
                }
            }
        }
        let height = heights(&needs);
        let top = height.iter().max().map_or(0, |h| h + 1);
        for level in 0..top {
            let here = |r: RelationId| height[number[&r]] == level;
            all.push(Level {
                stratum: stratum as u32,
                rules: list.iter().copied().filter(|r| here(rules[*r].head.relation)).collect(),
                heads: heads.iter().copied().filter(|h| here(*h)).collect(),
            });
        }
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
