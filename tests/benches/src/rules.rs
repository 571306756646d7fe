//! Rules as text, lowered straight to the evaluator's form: what is measured is evaluation alone.
//!
//! A rule is `head :- condition; condition`; a condition is `relation(x, y)`, `not relation(x)` or `x >= 2`.

use std::sync::Arc;

use redan_base::{SourceId, Span};
use redan_facts::{Facts, RelationId};
use redan_program::ir::{
    Atom, Bound, Compare, Literal, Origin, Program, RelationInfo, Role, Rule, Term, Variable,
};
use redan_program::schema::Type;

use crate::data::Data;

/// Lowers rules, each with the number of its stratum.
pub fn program(rules: &[(u32, &str)]) -> Program {
    let mut program = Program::default();
    for (stratum, text) in rules {
        let (head, body) = text.split_once(":-").expect("a rule has a body");
        let mut names = vec![];
        let head = atom(&mut program, head, &mut names);
        let body = body.split(';').map(|c| condition(&mut program, c.trim(), &mut names)).collect();
        let origin = program.origins.len() as u32;
        let variables = names.len() as u32;
        program.origins.push(Origin {
            item: (*text).to_owned(),
            source: SourceId(0),
            span: Span::default(),
            conditions: vec![],
            variables: names,
        });
        Arc::make_mut(&mut program.rules).push(Rule { head, body, variables, stratum: *stratum, origin });
        program.strata = program.strata.max(stratum + 1);
    }
    program
}

/// The facts in the evaluator's form.
pub fn facts(program: &Program, data: &Data) -> Facts {
    let mut facts =
        Facts::new(program.values.clone(), program.relations.iter().map(|r| r.columns.len()));
    for (name, row) in data.facts() {
        let relation = relation(program, name).expect("every relation of the facts is read");
        let row: Vec<_> = row.iter().map(|v| facts.values.int(i64::from(*v))).collect();
        facts.insert(relation, &row, None);
    }
    facts
}

/// The relation of a name.
pub fn relation(program: &Program, name: &str) -> Option<RelationId> {
    let at = program.relations.iter().position(|r| r.name == name)?;
    Some(RelationId(at as u32))
}

fn condition(program: &mut Program, text: &str, names: &mut Vec<String>) -> Literal {
    if let Some(denied) = text.strip_prefix("not ") {
        Literal::Not(atom(program, denied, names))
    } else if let Some((left, right)) = text.split_once(">=") {
        let left = term(program, left, names);
        Literal::Compare(Compare::Ge, left, term(program, right, names))
    } else {
        Literal::Atom(atom(program, text, names))
    }
}

fn atom(program: &mut Program, text: &str, names: &mut Vec<String>) -> Atom {
    let (name, arguments) = text.trim().split_once('(').expect("a relation has arguments");
    let arguments: Vec<Term> =
        arguments.trim_end_matches(')').split(',').map(|t| term(program, t, names)).collect();
    let relation = relation(program, name).unwrap_or_else(|| {
        let id = RelationId(program.relations.len() as u32);
        Arc::make_mut(&mut program.relations).push(RelationInfo {
            name: name.to_owned(),
            columns: vec![Type::Any; arguments.len()],
            role: Role::Auxiliary,
            bound: Bound::Certain,
            twin: id,
        });
        id
    });
    Atom { relation, arguments }
}

fn term(program: &mut Program, text: &str, names: &mut Vec<String>) -> Term {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Term::Constant(program.values.int(number));
    }
    let at = names.iter().position(|n| n == text).unwrap_or_else(|| {
        names.push(text.to_owned());
        names.len() - 1
    });
    Term::Variable(Variable(at as u32))
}
