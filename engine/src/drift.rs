//! Two more looks at the facts of a run, to compare what design documents say with what the rest of the repository shows: once the
//! files that are design documents alone, once all others. What packs and models state is there in both, so that it differs in neither.
//!
//! Whether a component is there without the documents cannot be told from one derivation of it, so the rules say it themselves.

use std::collections::BTreeSet;

use redan_base::{Diagnostic, Limits, Sources};
use redan_facts::{Facts, RelationId, Value, ValueId};
use redan_program::ir::Program;
use redan_report::{DESIGN_DOCUMENT, HANDED_ON};
use redan_solve::{Goals, Solution};

/// What follows from either part of the repository.
#[derive(Debug)]
pub struct Parts {
    /// From the design documents alone.
    pub documents: Solution,
    /// From all other files.
    pub others: Solution,
}

/// Both parts of a solved run; none if no file is a design document, or if a limit was hit.
pub fn parts(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    limits: &Limits,
) -> (Option<Parts>, Vec<Diagnostic>) {
    let Some(relation) = program.declared(DESIGN_DOCUMENT) else { return (None, vec![]) };
    let column = solution.facts.relation(relation).column(0);
    let files: BTreeSet<ValueId> = column.iter().map(|v| ValueId(*v)).collect();
    if files.is_empty() {
        return (None, vec![]);
    }
    // Components and flows, their attributes, and nothing else.
    let goals = (0..).map(RelationId).zip(&program.relations).filter(|(_, info)| {
        let kind = info.role.kind().and_then(|k| program.schema.kinds.get(k.0 as usize));
        kind.is_some_and(|k| !k.extracted)
    });
    let goals = Goals::Only(goals.map(|(relation, _)| relation).collect());
    let mut diagnostics = vec![];
    let mut solve = |documents: bool| {
        let mut facts = part(program, solution, sources, |file| files.contains(&file) == documents);
        if documents {
            for (from, to) in HANDED_ON {
                let Some((from, to)) = program.declared(from).zip(program.declared(to)) else {
                    continue;
                };
                for (_, row) in solution.facts.relation(from).rows() {
                    facts.insert(to, &row, None);
                }
            }
        }
        let (solution, found) = redan_solve::solve_for(&goals, program, facts, limits, &|_| ());
        diagnostics.extend(found);
        solution
    };
    let parts = Parts { documents: solve(true), others: solve(false) };
    let whole = !parts.documents.incomplete && !parts.others.incomplete;
    (whole.then_some(parts), diagnostics)
}

/// What was extracted from some of the files, and what packs and models state.
fn part(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    wanted: impl Fn(ValueId) -> bool,
) -> Facts {
    let all = &solution.facts;
    let arities = program.relations.iter().map(|r| r.columns.len());
    let mut facts = Facts::new(all.values.clone(), arities);
    let file = |entity: ValueId| match all.values.get(entity) {
        Value::Entity { key, .. } => key.first().copied(),
        _ => None,
    };
    for extractor in &program.extractors {
        let own = [Some(extractor.member), extractor.file, extractor.line, extractor.text];
        let fields = extractor.fields.iter().map(|f| f.relation);
        for id in own.into_iter().flatten().chain(fields) {
            let relation = all.relation(id);
            for (number, row) in relation.rows() {
                if row.first().copied().and_then(file).is_some_and(&wanted) {
                    facts.insert(id, &row, relation.place(number));
                }
            }
        }
    }
    for fact in &program.facts {
        let place = sources.place(fact.source, fact.span);
        facts.insert(fact.relation, &fact.row, Some(place));
    }
    facts
}
