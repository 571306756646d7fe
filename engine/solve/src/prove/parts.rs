//! Which relations answers to questions can change, and in which way.

use redan_facts::RelationId;
use redan_program::ir::{Atom, Bound, Literal, Role};
use rustc_hash::FxHashMap;

use crate::solution::Solution;

/// How a relation follows from what is supposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The values of an attribute; the relation says of which entities it is unknown.
    Value(RelationId),
    /// Of which entities the attribute is known.
    Known(RelationId),
    /// Of which it is unknown.
    Unknown,
    /// It has two bounds; this is the relation of the possible one.
    Open(RelationId),
    /// It has one bound, and rules that read values of attributes.
    Read,
    /// Nothing that is supposed changes it.
    Fixed,
}

/// How every relation follows from what is supposed.
pub(super) fn parts(solution: &Solution) -> Vec<Part> {
    let mut unknown = FxHashMap::default();
    for (number, info) in (0..).zip(solution.relations.iter()) {
        if let Role::Unknown(kind, attribute) = info.role {
            unknown.insert((kind, attribute), RelationId(number));
        }
    }
    let mut parts: Vec<Part> = (0..)
        .zip(solution.relations.iter())
        .map(|(number, info)| {
            let of = |k, n| unknown.get(&(k, n)).copied();
            match info.role {
                Role::Unknown(..) => Part::Unknown,
                Role::Attribute(k, n) => of(k, n).map_or(Part::Fixed, Part::Value),
                Role::Known(k, n) => of(k, n).map_or(Part::Fixed, Part::Known),
                _ if info.twin != RelationId(number) => Part::Open(match info.bound {
                    Bound::Certain => info.twin,
                    Bound::Possible => RelationId(number),
                }),
                _ => Part::Fixed,
            }
        })
        .collect();
    // What is derived for certain stays as it is: kinds, observations, what is one thing.
    let stays = |role: &Role| {
        matches!(
            role,
            Role::Kind(_) | Role::Found(..) | Role::Stated(..) | Role::Conflict(..) | Role::Same
        )
    };
    loop {
        let mut changed = false;
        for rule in solution.rules.iter() {
            let head = rule.head.relation.0 as usize;
            if parts.get(head) != Some(&Part::Fixed)
                || solution.relations.get(head).is_none_or(|i| stays(&i.role))
            {
                continue;
            }
            let reads = |l: &Literal| match l {
                Literal::Atom(Atom { relation, .. })
                | Literal::Not(Atom { relation, .. })
                | Literal::Aggregate { relation, .. } => {
                    parts.get(relation.0 as usize).is_some_and(|p| *p != Part::Fixed)
                }
                Literal::Compare(..) | Literal::Call { .. } => false,
            };
            if rule.body.iter().any(reads)
                && let Some(part) = parts.get_mut(head)
            {
                *part = Part::Read;
                changed = true;
            }
        }
        if !changed {
            return parts;
        }
    }
}
