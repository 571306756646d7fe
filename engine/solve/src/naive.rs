//! The oracle: the same answers as [`crate::solve`], by nested loops that anyone can check by reading.
//!
//! A rule's conditions are met one after the other, each as soon as its inputs are known, for all bindings at once;
//! a stratum is repeated until nothing is new; all of it is repeated until nothing merges.

use redan_base::{Diagnostic, Limits};
use redan_facts::{Facts, ValueId, Values};
use redan_program::ir::{Aggregate, Atom, Literal, Program, Rule, Term};

use crate::calls::Calls;
use crate::compare::{clamp, holds, int};
use crate::event::Event;
use crate::limit::Stop;
use crate::same::Canon;
use crate::solution::{Ages, Solution};

/// What is known about the variables of a rule.
type Binding = Vec<Option<ValueId>>;

/// Evaluates a program over facts, slowly. See [`crate::solve`] for what goes in and out.
pub fn solve(
    program: &Program,
    facts: Facts,
    limits: &Limits,
    events: &dyn Fn(Event),
) -> (Solution, Vec<Diagnostic>) {
    let mut canon = Canon::default();
    let mut base = facts;
    let mut pass = 0;
    loop {
        let mut facts = base.clone();
        let mut ages = Ages::of(&facts);
        let mut stopped = run(program, &mut facts, &mut canon, &mut ages, limits, |stratum| {
            program.same_stratum.is_none_or(|last| stratum <= last)
        });
        if let (Some(same), None) = (program.same, &stopped) {
            let pairs: Vec<_> = facts
                .relation(same)
                .rows()
                .filter_map(|(_, row)| Some((*row.first()?, *row.get(1)?)))
                .collect();
            let entities = canon.merge(&mut facts.values, &pairs);
            if entities > 0 {
                events(Event::Merged { pass, entities });
                pass += 1;
                base.values = facts.values;
                canon.rewrite_facts(&mut base);
                continue;
            }
        }
        if stopped.is_none() {
            stopped = run(program, &mut facts, &mut canon, &mut ages, limits, |stratum| {
                program.same_stratum.is_some_and(|last| stratum > last)
            });
        }
        let diagnostics = stopped.iter().map(|s| s.diagnostic(program, limits, "")).collect();
        let solution =
            Solution::new(program, facts, stopped.is_some(), vec![], canon, ages, Calls::default());
        return (solution, diagnostics);
    }
}

fn run(
    program: &Program,
    facts: &mut Facts,
    canon: &mut Canon,
    ages: &mut Ages,
    limits: &Limits,
    wanted: impl Fn(u32) -> bool,
) -> Option<Stop> {
    for stratum in (0..program.strata).filter(|s| wanted(*s)) {
        let rules: Vec<(usize, &Rule)> =
            program.rules.iter().enumerate().filter(|(_, r)| r.stratum == stratum).collect();
        loop {
            let mut new = vec![];
            for (number, rule) in &rules {
                for binding in bindings(rule, facts, canon) {
                    let row = rule.head.arguments.iter().map(|t| value(*t, &binding, canon));
                    if let Some(row) = row.collect::<Option<Vec<ValueId>>>() {
                        new.push((*number, rule.head.relation, row));
                    }
                }
            }
            let mut changed = false;
            for (rule, relation, row) in new {
                changed |= facts.insert(relation, &row, None);
                if facts.relation(relation).len() > limits.rows {
                    return Some(Stop::Rows { rule: rule as u32, relation });
                }
            }
            let heads = rules.iter().map(|(_, r)| r.head.relation);
            ages.end_round(heads, facts);
            if !changed {
                break;
            }
        }
    }
    None
}

/// All ways to meet the whole body.
fn bindings(rule: &Rule, facts: &mut Facts, canon: &mut Canon) -> Vec<Binding> {
    let mut rest: Vec<&Literal> = rule.body.iter().collect();
    let mut found = vec![vec![None; rule.variables as usize]];
    while let Some(first) = found.first() {
        let ready = |l: &&Literal| inputs(l).iter().all(|t| is_bound(*t, first));
        let filter = rest.iter().position(|l| !matches!(l, Literal::Atom(_)) && ready(l));
        let Some(next) = filter.or_else(|| rest.iter().position(ready)) else { break };
        let literal = rest.remove(next);
        found = found.iter().flat_map(|b| extend(b, literal, facts, canon)).collect();
    }
    if rest.is_empty() { found } else { vec![] }
}

/// The terms that must be bound before a condition can be tried.
fn inputs(literal: &Literal) -> Vec<Term> {
    match literal {
        Literal::Atom(_) => vec![],
        Literal::Not(atom) => atom.arguments.clone(),
        Literal::Compare(_, a, b) => vec![*a, *b],
        Literal::Call { arguments, .. } => arguments.clone(),
        Literal::Aggregate { keys, .. } => keys.clone(),
    }
}

fn is_bound(term: Term, binding: &Binding) -> bool {
    match term {
        Term::Variable(v) => binding.get(v.0 as usize).is_some_and(Option::is_some),
        Term::Constant(_) | Term::Wild => true,
    }
}

fn value(term: Term, binding: &Binding, canon: &Canon) -> Option<ValueId> {
    match term {
        Term::Variable(v) => binding.get(v.0 as usize).copied().flatten(),
        Term::Constant(c) => Some(canon.get(c)),
        Term::Wild => None,
    }
}

/// The binding with a term set to a value, if they agree.
fn bind(binding: &Binding, term: Term, to: ValueId, canon: &Canon) -> Option<Binding> {
    match value(term, binding, canon) {
        Some(known) => (known == to).then(|| binding.clone()),
        None => {
            let mut binding = binding.clone();
            if let Term::Variable(v) = term {
                *binding.get_mut(v.0 as usize)? = Some(to);
            }
            Some(binding)
        }
    }
}

/// All rows of an atom that agree with a binding, each with the binding that it leads to.
fn rows(
    atom: &Atom,
    binding: &Binding,
    facts: &Facts,
    canon: &Canon,
) -> Vec<(Vec<ValueId>, Binding)> {
    let agree = |row: Vec<ValueId>| {
        let mut binding = binding.clone();
        for (term, v) in atom.arguments.iter().zip(&row) {
            binding = bind(&binding, *term, *v, canon)?;
        }
        Some((row, binding))
    };
    facts.relation(atom.relation).rows().filter_map(|(_, row)| agree(row)).collect()
}

fn extend(
    binding: &Binding,
    literal: &Literal,
    facts: &mut Facts,
    canon: &mut Canon,
) -> Vec<Binding> {
    match literal {
        Literal::Atom(atom) => rows(atom, binding, facts, canon).into_iter().map(|r| r.1).collect(),
        Literal::Not(atom) => {
            if rows(atom, binding, facts, canon).is_empty() {
                vec![binding.clone()]
            } else {
                vec![]
            }
        }
        Literal::Compare(op, a, b) => {
            match (value(*a, binding, canon), value(*b, binding, canon)) {
                (Some(a), Some(b)) if holds(&facts.values, *op, a, b) => vec![binding.clone()],
                _ => vec![],
            }
        }
        Literal::Call { function, pattern, arguments, result } => {
            let given: Option<Vec<ValueId>> =
                arguments.iter().map(|t| value(*t, binding, canon)).collect();
            let mut results = vec![];
            if let Some(given) = given {
                (function.run)(&mut facts.values, pattern.as_deref(), &given, &mut results);
            }
            let mut seen = vec![];
            for result in results {
                let result = canon.resolve(&mut facts.values, result);
                if !seen.contains(&result) {
                    seen.push(result);
                }
            }
            let all = seen.into_iter().filter_map(|v| bind(binding, *result, v, canon));
            // A test that gives several values is met once.
            if *result == Term::Wild { all.take(1).collect() } else { all.collect() }
        }
        Literal::Aggregate { function, relation, keys, value: column, result } => {
            let atom = Atom { relation: *relation, arguments: keys.clone() };
            let column = *column as usize;
            let group: Vec<ValueId> = rows(&atom, binding, facts, canon)
                .into_iter()
                .filter_map(|(row, _)| {
                    if *function == Aggregate::Count {
                        Some(ValueId(0))
                    } else {
                        row.get(column).copied()
                    }
                })
                .collect();
            aggregate(*function, &group, &mut facts.values)
                .and_then(|v| bind(binding, *result, v, canon))
                .into_iter()
                .collect()
        }
    }
}

fn aggregate(function: Aggregate, group: &[ValueId], values: &mut Values) -> Option<ValueId> {
    match function {
        Aggregate::Count => Some(values.int(group.len() as i64)),
        Aggregate::Sum => {
            let ints = group.iter().filter_map(|v| int(values, *v));
            let sum = clamp(ints.map(i128::from).sum());
            Some(values.int(sum))
        }
        Aggregate::Min => group.iter().copied().min_by(|a, b| values.compare(*a, *b)),
        Aggregate::Max => group.iter().copied().max_by(|a, b| values.compare(*a, *b)),
    }
}
