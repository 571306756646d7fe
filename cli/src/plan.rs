//! How rules were evaluated, as text: `query --plan`.

use redan_engine::facts::RelationId;
use redan_engine::program::ir::{Literal, Role, Rule};

use crate::load::Run;

/// The relational form and the plan of the rules that conclude these relations, and of the auxiliary ones
/// that they read.
pub fn of_relations(run: &Run, relations: &[RelationId]) -> String {
    let program = &run.prepared.program;
    let mut wanted: Vec<RelationId> = relations.to_vec();
    let mut next = 0;
    while let Some(relation) = wanted.get(next).copied() {
        next += 1;
        for rule in program.rules.iter().filter(|r| r.head.relation == relation) {
            for used in relations_of(rule) {
                let auxiliary = program
                    .relations
                    .get(used.0 as usize)
                    .is_some_and(|r| r.role == Role::Auxiliary);
                if auxiliary && !wanted.contains(&used) {
                    wanted.push(used);
                }
            }
        }
    }
    let mut text = String::new();
    for (number, rule) in program.rules.iter().enumerate() {
        if !wanted.contains(&rule.head.relation) {
            continue;
        }
        text.push_str(&format!("{}\n", program.explain_rule(rule)));
        if let Some(timing) =
            run.analysis.solution.timings.iter().find(|t| t.rule as usize == number)
        {
            for line in timing.plan.lines() {
                text.push_str(&format!("    {line}\n"));
            }
            text.push_str(&format!(
                "    {} rows in, {} out, {} new, {:.2} ms\n",
                timing.rows_in,
                timing.rows_out,
                timing.new_rows,
                timing.time.as_secs_f64() * 1_000.0
            ));
        }
    }
    text
}

fn relations_of(rule: &Rule) -> Vec<RelationId> {
    rule.body
        .iter()
        .filter_map(|literal| match literal {
            Literal::Atom(atom) | Literal::Not(atom) => Some(atom.relation),
            Literal::Aggregate { relation, .. } => Some(*relation),
            Literal::Compare(..) | Literal::Call { .. } => None,
        })
        .collect()
}
