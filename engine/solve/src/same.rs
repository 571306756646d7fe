//! Entities that are one thing seen twice: which value stands for which.
//!
//! Merging is a closure: when two components are one, two flows between them are one as well, because a
//! flow is identified by its ends. So classes hold entities, and every entity whose key holds a member of a
//! class joins the class of the entity that has the representative in its place.

use redan_facts::{Facts, RelationId, Value, ValueId, Values};
use rustc_hash::FxHashMap;

/// How often the closure is taken before it is given up: needed only where entities nest in their own keys.
const PASSES: usize = 16;

/// Which value stands for each value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Canon {
    /// Parents of the union-find; values that are not in it are alone.
    parents: FxHashMap<u32, u32>,
    /// What each value is replaced with, for the first so many values. Empty while nothing was merged.
    map: Vec<u32>,
}

impl Canon {
    /// Whether nothing was merged.
    pub(crate) fn is_identity(&self) -> bool {
        self.parents.is_empty()
    }

    /// What stands for a value that was there at the last [`Canon::merge`] or [`Canon::resolve`].
    pub(crate) fn get(&self, id: ValueId) -> ValueId {
        self.map.get(id.0 as usize).map_or(id, |v| ValueId(*v))
    }

    /// What stands for a value that may be new.
    pub(crate) fn resolve(&mut self, values: &mut Values, id: ValueId) -> ValueId {
        if self.is_identity() {
            return id;
        }
        while self.map.len() <= id.0 as usize {
            let new = ValueId(self.map.len() as u32);
            let rewritten = self.rewrite(values, new);
            let found = self.find(rewritten.0);
            // The representative of a class is what its root maps to.
            let stands = self.map.get(found as usize).copied().unwrap_or(found);
            self.map.push(stands);
        }
        self.get(id)
    }

    /// Merges pairs; gives how many values gave way to another that stood for themselves before.
    pub(crate) fn merge(&mut self, values: &mut Values, pairs: &[(ValueId, ValueId)]) -> usize {
        let before: Vec<u32> = self.map.clone();
        let mut any = false;
        for (a, b) in pairs {
            any |= self.union(self.get(*a).0, self.get(*b).0);
        }
        if !any {
            return 0;
        }
        for _ in 0..PASSES {
            let chosen = self.representatives(values);
            let stands = |canon: &Self, id: u32| {
                let root = canon.find(id);
                chosen.get(&root).copied().unwrap_or(root)
            };
            self.map = (0..values.len() as u32).map(|v| stands(self, v)).collect();
            let mut joined = vec![];
            let mut next = 0;
            while next < values.len() as u32 {
                let rewritten = self.rewrite(values, ValueId(next)).0;
                let target = stands(self, rewritten);
                if next as usize >= self.map.len() {
                    self.map.push(target);
                } else if self.parents.contains_key(&next) {
                    joined.push((next, rewritten));
                } else if let Some(slot) = self.map.get_mut(next as usize) {
                    *slot = target;
                }
                next += 1;
            }
            let mut again = false;
            for (a, b) in joined {
                again |= self.union(a, b);
            }
            if !again {
                break;
            }
        }
        let stood = |v: u32| before.get(v as usize).is_none_or(|b| *b == v);
        self.map.iter().enumerate().filter(|(v, m)| *v as u32 != **m && stood(*v as u32)).count()
    }

    /// Every base fact with representatives in it.
    pub(crate) fn rewrite_facts(&self, facts: &mut Facts) {
        for number in 0..facts.len() as u32 {
            if let Some(relation) = facts.relation_mut(RelationId(number)) {
                let touched = (0..relation.arity())
                    .any(|c| relation.column(c).iter().any(|v| self.get(ValueId(*v)).0 != *v));
                if touched {
                    *relation = relation.map(|v| self.get(v));
                }
            }
        }
    }

    /// The representatives with the entities that were found to be the same, sorted; not those that only
    /// contain such entities, as flows do.
    pub(crate) fn classes(&self, values: &Values) -> Vec<(ValueId, Vec<ValueId>)> {
        let mut by_representative: FxHashMap<u32, Vec<ValueId>> = FxHashMap::default();
        for (value, stands) in self.map.iter().enumerate() {
            if value as u32 != *stands && self.parents.contains_key(&(value as u32)) {
                by_representative.entry(*stands).or_default().push(ValueId(value as u32));
            }
        }
        let mut all: Vec<(ValueId, Vec<ValueId>)> =
            by_representative.into_iter().map(|(r, m)| (ValueId(r), m)).collect();
        for (_, members) in &mut all {
            members.sort_by(|a, b| values.compare(*a, *b));
        }
        all.sort_by(|a, b| values.compare(a.0, b.0));
        all
    }

    /// The smallest member of each class, by its root. A member whose key holds a replaced entity is taken
    /// only if there is no other.
    fn representatives(&self, values: &Values) -> FxHashMap<u32, u32> {
        let stable = |id: u32| match values.get(ValueId(id)) {
            Value::Entity { key, .. } => key.iter().all(|k| self.get(*k) == *k),
            Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Symbol { .. } => true,
        };
        let mut members: Vec<u32> = self.parents.keys().copied().collect();
        members.sort_unstable();
        let mut chosen: FxHashMap<u32, u32> = FxHashMap::default();
        for member in members {
            let best = chosen.entry(self.find(member)).or_insert(member);
            let better = stable(member).cmp(&stable(*best)).reverse();
            if better.then(values.compare(ValueId(member), ValueId(*best))).is_lt() {
                *best = member;
            }
        }
        chosen
    }

    /// The entity with the representatives of the parts of its key.
    fn rewrite(&self, values: &mut Values, id: ValueId) -> ValueId {
        let Value::Entity { root, key } = values.get(id) else { return id };
        if key.iter().all(|k| self.get(*k) == *k) {
            return id;
        }
        let (root, key) = (root.clone(), key.iter().map(|k| self.get(*k)).collect());
        values.intern(Value::Entity { root, key })
    }

    fn find(&self, mut id: u32) -> u32 {
        while let Some(parent) = self.parents.get(&id) {
            if *parent == id {
                break;
            }
            id = *parent;
        }
        id
    }

    /// Joins two classes; whether they were apart. The smaller number becomes the root, which says nothing about
    /// the representative.
    fn union(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return false;
        }
        let (root, child) = (a.min(b), a.max(b));
        self.parents.entry(root).or_insert(root);
        self.parents.insert(child, root);
        // Short ways: whatever was asked for often leads straight to the root.
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_of_merged_ends_become_one() {
        let mut values = Values::new();
        let [api, apis, db] = ["api", "apis", "db"].map(|n| values.entity("component", n));
        let one = values.entity_of("flow", &[apis, db]);
        let two = values.entity_of("flow", &[api, db]);
        let carried = values.entity_of("note", &[one]);
        let mut canon = Canon::default();
        assert_eq!(canon.resolve(&mut values, one), one);
        assert_eq!(canon.merge(&mut values, &[(apis, api)]), 3);
        assert_eq!(canon.get(apis), api);
        assert_eq!(canon.get(api), api);
        assert_eq!(canon.get(one), two);
        let expected = values.entity_of("note", &[two]);
        assert_eq!(canon.get(carried), expected);
        assert_eq!(canon.merge(&mut values, &[(api, apis)]), 0);
        // A value that is made later is seen through as well.
        let late = values.entity_of("flow", &[db, apis]);
        let expected = values.entity_of("flow", &[db, api]);
        assert_eq!(canon.resolve(&mut values, late), expected);
    }

    #[test]
    fn merging_flows_and_their_ends_at_once_settles() {
        let mut values = Values::new();
        let [a, x, b] = ["a", "x", "b"].map(|n| values.entity("component", n));
        let xb = values.entity_of("flow", &[x, b]);
        let bb = values.entity_of("flow", &[b, b]);
        let mut canon = Canon::default();
        canon.merge(&mut values, &[(xb, bb), (a, x)]);
        let ab = values.entity_of("flow", &[a, b]);
        assert_eq!(canon.resolve(&mut values, ab), canon.get(xb));
        assert_eq!(canon.get(bb), canon.get(xb));
        assert_eq!(canon.get(canon.get(xb)), canon.get(xb));
    }

    #[test]
    fn nesting_in_the_own_key_ends() {
        let mut values = Values::new();
        let a = values.entity("component", "a");
        let f = values.entity_of("component", &[a, a]);
        let mut canon = Canon::default();
        canon.merge(&mut values, &[(a, f)]);
        assert!(values.len() < 100);
    }
}
