//! Plans of the rules of a level, made anew where sizes have changed much, with the indexes that they ask for.

use rayon::prelude::*;
use redan_facts::RelationId;
use redan_program::ir::{Literal, Term};

use super::Run;
use crate::index::{Index, Spec};
use crate::level::Level;
use crate::plan::{Plan, plan};
use crate::statistics::Known;

/// A relation may grow or shrink so many times before a plan is made anew.
const DRIFT: f64 = 8.0;
/// From how many rows on indexes are built side by side.
const PARALLEL: usize = 1 << 11;

/// A plan with what it was made for.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// The sizes of relations at that time.
    pub(super) sizes: Vec<(RelationId, f64)>,
    /// The number of new rows at that time.
    pub(super) delta: f64,
}

impl Run<'_> {
    /// Whether each positive condition has a row at all.
    pub(super) fn can_hold(&self, rule: usize) -> bool {
        self.variants.all[rule].rule.body.iter().all(|l| match l {
            Literal::Atom(atom) => !self.facts.relation(atom.relation).is_empty(),
            _ => true,
        })
    }

    pub(super) fn drifted(&self, planned: &Planned, new: f64) -> bool {
        let apart = |a: f64, b: f64| a.max(b) > DRIFT * a.min(b).max(64.0);
        apart(planned.delta, new)
            || planned
                .sizes
                .iter()
                .any(|(r, size)| apart(*size, self.facts.relation(*r).len() as f64))
    }

    pub(super) fn plan(
        &mut self,
        number: usize,
        delta: Option<(usize, f64)>,
        level: &Level,
        values: usize,
    ) -> Option<Planned> {
        let mut rule = self.variants.all[number].rule.clone();
        for (at, literal) in rule.body.iter_mut().enumerate() {
            if let Literal::Atom(atom) | Literal::Not(atom) = literal
                && delta.is_none_or(|(begin, _)| begin != at)
                && !level.heads.contains(&atom.relation)
            {
                atom.relation = self.open.read(atom.relation, &self.variants, &self.facts);
            }
        }
        let body = &rule.body;
        let atoms: Vec<_> = body
            .iter()
            .filter_map(|l| match l {
                Literal::Atom(atom) => Some(atom),
                _ => None,
            })
            .collect();
        if atoms.len() > 1 {
            let count = |term: &Term| !matches!(term, Term::Wild);
            let columns = atoms.iter().flat_map(|a| {
                (0..a.arguments.len() as u32)
                    .filter(move |c| count(&a.arguments[*c as usize]))
                    .map(move |c| (a.relation, c))
            });
            let mut columns: Vec<(RelationId, u32)> = columns.collect();
            columns.sort_unstable();
            columns.dedup();
            self.statistics.count(&self.facts, columns, values);
        }
        let sizes = Known { facts: &self.facts, statistics: &self.statistics };
        let made = plan(number, &rule, delta, &sizes)?;
        Some(Planned {
            plan: made,
            sizes: atoms
                .iter()
                .map(|a| (a.relation, self.facts.relation(a.relation).len() as f64))
                .collect(),
            delta: delta.map_or(0.0, |d| d.1),
        })
    }

    /// Builds what is missing of the indexes, and brings others up to date.
    pub(super) fn prepare(&mut self, plans: &[Planned], level: &Level, values: usize) {
        let mut wanted: Vec<&Spec> = plans.iter().flat_map(|p| p.plan.indexes()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut work: Vec<(Spec, Option<Index>)> = vec![];
        for spec in wanted {
            let rows = self.facts.relation(spec.relation).len() as u32;
            if self.indexes.get(spec).is_none_or(|i| i.upto() < rows) {
                work.push((spec.clone(), self.indexes.remove(spec)));
            }
        }
        let facts = &self.facts;
        let grows = |spec: &Spec| level.heads.contains(&spec.relation);
        let rows: usize = work.iter().map(|(s, _)| facts.relation(s.relation).len()).sum();
        let build = |(spec, old): (Spec, Option<Index>)| {
            let relation = facts.relation(spec.relation);
            let index = match old {
                Some(mut index) if index.can_grow() => {
                    index.extend(relation, relation.len() as u32);
                    index
                }
                _ => Index::build(spec.clone(), relation, grows(&spec), values),
            };
            (spec, index)
        };
        let built: Vec<(Spec, Index)> = if work.len() > 1 && rows > PARALLEL {
            work.into_par_iter().map(build).collect()
        } else {
            work.into_iter().map(build).collect()
        };
        self.indexes.extend(built);
        self.index_bytes = self.indexes.values().map(Index::bytes).sum();
    }
}
