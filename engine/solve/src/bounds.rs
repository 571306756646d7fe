//! Both bounds of the open world in one evaluation.
//!
//! What certainly holds may hold as well. So a possible relation begins with the rows of its certain twin, and its rules look
//! only for what is missing: derivations that rest on something uncertain. Each such derivation has a first
//! uncertain condition, so that a rule becomes one [`Variant`] for each condition that can be uncertain, which begins with the
//! uncertain rows of that condition, as a semi-naive round begins with new ones. These are
//!
//! - of a possible relation the rows that its certain twin has not: they stand behind the others;
//! - of the unknown attributes (`K.A@unknown`) all rows;
//! - of a relation that may hold the value *unknown* (`K.A@maybe`, `K.A@state`) the rows that hold it;
//! - of `not r(x)`, where `r` is certain, what may be `r`: the uncertain rows of its possible twin.
//!
//! Where nothing is unknown, the possible bound thereby costs a copy. A rule that cannot be taken apart so (it counts
//! something open, or its twin is not there yet) is evaluated whole, as any other.

use redan_facts::{Facts, RelationId, ValueId, Values};
use redan_program::functions::is_unknown;
use redan_program::ir::{Atom, Bound, Literal, Program, Role, Rule, Term};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Goals;
use crate::execute::Delta;

/// A rule as it is evaluated.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    /// The rule; a condition may have been added behind those of the program's rule.
    pub(crate) rule: Rule,
    /// The program's rule.
    pub(crate) of: usize,
    /// What it begins with before there are new rows.
    pub(crate) first: First,
}

/// What a rule begins with in the first round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// All rows.
    All,
    /// Nothing: it only follows what is new.
    Nothing,
    /// The uncertain rows of a condition; it does not take part in later rounds.
    Uncertain(usize),
}

/// How the rules of a program are evaluated.
#[derive(Debug, Default)]
pub(crate) struct Variants {
    /// The rules.
    pub(crate) all: Vec<Variant>,
    /// Possible relations that begin with the rows of their certain twin.
    pub(crate) copies: FxHashMap<RelationId, RelationId>,
    /// Relations with the columns that may hold the value *unknown*.
    pub(crate) unknown: FxHashMap<RelationId, Vec<usize>>,
}

/// What is uncertain, as far as the evaluation has come.
#[derive(Debug, Default)]
pub(crate) struct Open {
    /// Of possible relations the number of rows that are certain: they stand first.
    certain: FxHashMap<RelationId, u32>,
    /// Of complete relations the rows that hold the value *unknown*.
    unknown: FxHashMap<RelationId, Vec<u32>>,
}

impl Open {
    /// Before a level is evaluated: its possible relations begin with the rows of their twins. Gives the memory of the
    /// copies, in bytes.
    pub(crate) fn begin(
        &mut self,
        heads: &[RelationId],
        variants: &Variants,
        facts: &mut Facts,
    ) -> usize {
        let mut bytes = 0;
        for head in heads {
            let Some(twin) = variants.copies.get(head) else { continue };
            let from = facts.relation(*twin);
            let rows = from.len();
            bytes += from.bytes();
            let columns: Vec<Vec<u32>> =
                (0..from.arity()).map(|c| from.column(c).to_vec()).collect();
            if let Some(relation) = facts.relation_mut(*head) {
                // It was empty: a relation with facts of its own is no copy.
                relation.append_distinct(rows, |own| {
                    own.iter_mut().zip(columns).for_each(|(own, column)| *own = column);
                });
            }
            self.certain.insert(*head, rows as u32);
        }
        bytes
    }

    /// The uncertain rows of a complete relation.
    pub(crate) fn rows(
        &mut self,
        relation: RelationId,
        variants: &Variants,
        facts: &Facts,
        unknown: ValueId,
    ) -> Delta {
        let rows = facts.relation(relation);
        if let Some(certain) = self.certain.get(&relation) {
            return Delta::Range(*certain..rows.len() as u32);
        }
        let Some(columns) = variants.unknown.get(&relation) else {
            return Delta::Range(0..rows.len() as u32);
        };
        let found = self.unknown.entry(relation).or_insert_with(|| {
            let mut found: Vec<u32> = columns
                .iter()
                .flat_map(|c| (0..).zip(rows.column(*c)))
                .filter_map(|(row, value)| (*value == unknown.0).then_some(row))
                .collect();
            found.sort_unstable();
            found.dedup();
            found
        });
        Delta::Rows(found.clone())
    }

    /// The relation to read in the place of another: a possible relation without uncertain rows has the rows of its
    /// certain twin, whose indexes are there as a rule. Not for relations that still grow.
    pub(crate) fn read(
        &self,
        relation: RelationId,
        variants: &Variants,
        facts: &Facts,
    ) -> RelationId {
        match (variants.copies.get(&relation), self.certain.get(&relation)) {
            (Some(twin), Some(rows)) if facts.relation(relation).len() == *rows as usize => *twin,
            _ => relation,
        }
    }
}

/// Which relations goals need, by number: what their rules read, with both bounds of each, and what merges entities.
pub fn needed(goals: &Goals, program: &Program) -> Vec<bool> {
    let Goals::Only(goals) = goals else { return vec![true; program.relations.len()] };
    let mut rules_of: FxHashMap<RelationId, Vec<&Rule>> = FxHashMap::default();
    for rule in &program.rules {
        rules_of.entry(rule.head.relation).or_default().push(rule);
    }
    let mut needed = vec![false; program.relations.len()];
    let mut open: Vec<RelationId> = goals.iter().copied().chain(program.same).collect();
    while let Some(relation) = open.pop() {
        match needed.get_mut(relation.0 as usize) {
            Some(known @ false) => *known = true,
            Some(true) | None => continue,
        }
        open.extend(program.relations.get(relation.0 as usize).map(|info| info.twin));
        for rule in rules_of.get(&relation).into_iter().flatten() {
            open.extend(rule.body.iter().filter_map(|literal| match literal {
                Literal::Atom(atom) | Literal::Not(atom) => Some(atom.relation),
                Literal::Aggregate { relation, .. } => Some(*relation),
                Literal::Compare(..) | Literal::Call { .. } => None,
            }));
        }
    }
    needed
}

/// Takes the rules apart that are needed. `given` says whether a relation has facts of its own, `values` are those of the constants.
pub(crate) fn variants(
    program: &Program,
    rules: &[Rule],
    needed: &[bool],
    given: impl Fn(RelationId) -> bool,
    values: &Values,
) -> Variants {
    let unknown = unknown_columns(rules, values);
    let copies = copies(program, rules, given);
    let mut all = vec![];
    for (of, rule) in rules.iter().enumerate() {
        if !needed.get(rule.head.relation.0 as usize).is_some_and(|n| *n) {
            continue;
        }
        let uncertain = Uncertain { program, copies: &copies, unknown: &unknown };
        if !copies.contains_key(&rule.head.relation) {
            all.push(Variant { rule: rule.clone(), of, first: First::All });
            continue;
        }
        all.push(Variant { rule: rule.clone(), of, first: First::Nothing });
        for number in 0..rule.body.len() {
            let Some(condition) = uncertain.part(&rule.body[number]) else { continue };
            let mut rule = rule.clone();
            let begin = match condition {
                Begin::Itself => number,
                Begin::Other(atom) => {
                    rule.body.push(Literal::Atom(atom));
                    rule.body.len() - 1
                }
            };
            all.push(Variant { rule, of, first: First::Uncertain(begin) });
        }
    }
    Variants { all, copies, unknown }
}

/// Where the uncertain rows of a condition are.
enum Begin {
    /// In its own relation.
    Itself,
    /// In another one.
    Other(Atom),
}

struct Uncertain<'a> {
    program: &'a Program,
    copies: &'a FxHashMap<RelationId, RelationId>,
    unknown: &'a FxHashMap<RelationId, Vec<usize>>,
}

impl Uncertain<'_> {
    fn part(&self, literal: &Literal) -> Option<Begin> {
        match literal {
            Literal::Atom(atom) => {
                let info = self.program.relations.get(atom.relation.0 as usize);
                let open = self.copies.contains_key(&atom.relation)
                    || self.unknown.contains_key(&atom.relation)
                    || matches!(info?.role, Role::Unknown(..));
                open.then_some(Begin::Itself)
            }
            Literal::Not(atom) => {
                let info = self.program.relations.get(atom.relation.0 as usize)?;
                let twin = (info.bound == Bound::Certain && info.twin != atom.relation)
                    .then(|| Atom { relation: info.twin, ..atom.clone() })?;
                Some(Begin::Other(twin))
            }
            Literal::Compare(..) | Literal::Call { .. } | Literal::Aggregate { .. } => None,
        }
    }
}

/// The possible relations whose rules can be taken apart, with their twins.
fn copies(
    program: &Program,
    rules: &[Rule],
    given: impl Fn(RelationId) -> bool,
) -> FxHashMap<RelationId, RelationId> {
    let early = |rule: &Rule| program.same_stratum.is_some_and(|last| rule.stratum <= last);
    let mut first_is_early: FxHashMap<RelationId, bool> = FxHashMap::default();
    for rule in rules {
        first_is_early.entry(rule.head.relation).or_insert_with(|| early(rule));
    }
    let certain = |relation: RelationId| {
        let info = program.relations.get(relation.0 as usize)?;
        (info.bound == Bound::Possible && info.twin != relation).then_some(info.twin)
    };
    let mut copies: FxHashMap<RelationId, RelationId> = FxHashMap::default();
    for rule in rules {
        let relation = rule.head.relation;
        if let Some(twin) = certain(relation)
            && !given(relation)
            // What is made before entities are merged does not wait for what comes after that.
            && (!early(rule) || first_is_early.get(&twin).is_none_or(|e| *e))
        {
            copies.insert(relation, twin);
        }
    }
    let heads: FxHashSet<RelationId> = rules.iter().map(|r| r.head.relation).collect();
    // Whatever is not copied has no uncertain part that is known before it is read.
    loop {
        let whole: FxHashSet<RelationId> = rules
            .iter()
            .filter(|r| copies.contains_key(&r.head.relation))
            .filter(|r| !r.body.iter().all(|l| can_be_taken_apart(program, &copies, &heads, l)))
            .map(|r| r.head.relation)
            .collect();
        if whole.is_empty() {
            return copies;
        }
        copies.retain(|relation, _| !whole.contains(relation));
    }
}

fn can_be_taken_apart(
    program: &Program,
    copies: &FxHashMap<RelationId, RelationId>,
    heads: &FxHashSet<RelationId>,
    literal: &Literal,
) -> bool {
    let info = |r: RelationId| program.relations.get(r.0 as usize);
    let open = |r: RelationId| info(r).is_some_and(|i| i.twin != r);
    let empty = |r: RelationId| !heads.contains(&r);
    match literal {
        Literal::Atom(atom) => {
            let r = atom.relation;
            !open(r)
                || copies.contains_key(&r)
                || info(r).is_some_and(|i| i.bound == Bound::Certain)
        }
        Literal::Not(atom) => {
            let r = atom.relation;
            !open(r)
                || info(r).is_some_and(|i| {
                    i.bound == Bound::Certain && (copies.contains_key(&i.twin) || empty(i.twin))
                })
        }
        Literal::Aggregate { relation, .. } => !open(*relation),
        Literal::Compare(..) | Literal::Call { .. } => true,
    }
}

/// The columns that may hold the value *unknown*: where a rule puts it, and wherever it goes from there.
fn unknown_columns(rules: &[Rule], values: &Values) -> FxHashMap<RelationId, Vec<usize>> {
    let mut columns: FxHashMap<RelationId, Vec<usize>> = FxHashMap::default();
    loop {
        let mut changed = false;
        for rule in rules {
            let mut open: FxHashSet<u32> = FxHashSet::default();
            for literal in &rule.body {
                if let Literal::Atom(atom) = literal {
                    let known = columns.get(&atom.relation).map_or(&[][..], Vec::as_slice);
                    open.extend(known.iter().filter_map(|c| variable(*atom.arguments.get(*c)?)));
                }
            }
            // What a function makes of it may be it again.
            loop {
                let before = open.len();
                for literal in &rule.body {
                    if let Literal::Call { arguments, result, .. } = literal
                        && arguments.iter().any(|a| is_open(*a, &open, values))
                    {
                        open.extend(variable(*result));
                    }
                }
                if open.len() == before {
                    break;
                }
            }
            for (column, term) in rule.head.arguments.iter().enumerate() {
                if is_open(*term, &open, values) {
                    let known = columns.entry(rule.head.relation).or_default();
                    if !known.contains(&column) {
                        known.push(column);
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            return columns;
        }
    }
}

fn is_open(term: Term, open: &FxHashSet<u32>, values: &Values) -> bool {
    match term {
        Term::Variable(v) => open.contains(&v.0),
        Term::Constant(c) => is_unknown(values, c),
        Term::Wild => false,
    }
}

fn variable(term: Term) -> Option<u32> {
    match term {
        Term::Variable(v) => Some(v.0),
        Term::Constant(_) | Term::Wild => None,
    }
}
