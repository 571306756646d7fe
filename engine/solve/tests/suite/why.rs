//! Proofs, questions and why-not.

use std::collections::BTreeMap;

use proptest::prelude::*;
use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Atom, Literal, RelationInfo, Rule, Term};
use redan_solve::{ConditionState, NodeId, Premise, Proof, Reason, Solution, stop, why_not};

use crate::support::{Case, show, show_row};

/// Every derived row has a proof, and each step of it is an instance of its rule.
pub fn check_proofs(case: &Case, solution: &Solution) -> Result<(), TestCaseError> {
    let base = case.load();
    for number in 0..case.program.relations.len() as u32 {
        let relation = RelationId(number);
        for row in 0..solution.facts.relation(relation).len().min(40) as u32 {
            let proof = solution.proof(relation, row);
            prop_assert!(!proof.truncated);
            prop_assert_eq!(&proof, &solution.proof(relation, row));
            for node in &proof.nodes {
                prop_assert_eq!(
                    &node.values,
                    &solution.facts.relation(node.fact.relation).row(node.fact.row)
                );
                match &node.reason {
                    Reason::Given(places) => {
                        prop_assert!(!places.is_empty());
                        if solution.merged.is_empty() {
                            prop_assert!(
                                base.relation(node.fact.relation).find(&node.values).is_some()
                            );
                        }
                    }
                    Reason::Derived { rule, premises, .. } => {
                        check_step(case, solution, &proof, &node.values, *rule, premises)?;
                    }
                    Reason::Question(_) | Reason::Cut => {
                        prop_assert!(false, "neither was asked for");
                    }
                }
            }
            prop_assert!(is_grounded(&proof), "a circle");
        }
    }
    Ok(())
}

fn check_step(
    case: &Case,
    solution: &Solution,
    proof: &Proof,
    head: &[ValueId],
    rule: u32,
    premises: &[Premise],
) -> Result<(), TestCaseError> {
    let rule = &case.program.rules[rule as usize];
    let mut binding: Vec<Option<ValueId>> = vec![None; rule.variables as usize];
    let mut agree = |term: &Term, value: ValueId| match term {
        Term::Variable(v) => *binding[v.0 as usize].get_or_insert(value) == value,
        Term::Constant(c) => solution.representative(*c) == value,
        Term::Wild => true,
    };
    for (term, value) in rule.head.arguments.iter().zip(head) {
        prop_assert!(agree(term, *value));
    }
    prop_assert_eq!(premises.len(), rule.body.len());
    for (premise, literal) in premises.iter().zip(&rule.body) {
        match (premise, literal) {
            (Premise::Fact(id), Literal::Atom(atom)) => {
                let node = proof.node(*id).unwrap();
                prop_assert_eq!(node.fact.relation, atom.relation);
                for (term, value) in atom.arguments.iter().zip(&node.values) {
                    prop_assert!(agree(term, *value));
                }
            }
            (Premise::Absent(relation, pattern), Literal::Not(atom)) => {
                prop_assert_eq!(*relation, atom.relation);
                let there =
                    solution.facts.relation(*relation).rows().any(|(_, row)| {
                        pattern.iter().zip(row).all(|(p, v)| p.is_none_or(|p| p == v))
                    });
                prop_assert!(!there);
            }
            (Premise::Compared(a, b), Literal::Compare(_, x, y)) => {
                prop_assert!(agree(x, *a) && agree(y, *b));
            }
            (Premise::Called(given, value), Literal::Call { arguments, result, .. })
            | (
                Premise::Counted(_, given, value),
                Literal::Aggregate { keys: arguments, result, .. },
            ) => {
                for (term, value) in arguments.iter().zip(given) {
                    prop_assert!(value.is_none_or(|v| agree(term, v)));
                }
                prop_assert!(value.is_none_or(|v| agree(result, v)));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
    Ok(())
}

/// Whether every node rests on given facts: those whose premises are all grounded are taken away again and again.
fn is_grounded(proof: &Proof) -> bool {
    let mut grounded = vec![false; proof.nodes.len()];
    loop {
        let mut changed = false;
        for (number, node) in proof.nodes.iter().enumerate() {
            let holds = match &node.reason {
                Reason::Derived { premises, .. } => premises.iter().all(|p| match p {
                    Premise::Fact(id) => grounded[id.0 as usize],
                    _ => true,
                }),
                _ => true,
            };
            if holds && !grounded[number] {
                grounded[number] = true;
                changed = true;
            }
        }
        if !changed {
            return grounded.into_iter().all(|g| g);
        }
    }
}

/// The smallest heights there are, by rounds of the naive evaluator: every rule is applied to what the rounds before gave, denials and
/// aggregates to all that holds.
fn heights(case: &Case, solution: &Solution) -> BTreeMap<(RelationId, Vec<ValueId>), u32> {
    // Denials and aggregates look at copies of the relations that are complete from the start.
    let mut probe = case.clone();
    probe.program.values = solution.facts.values.clone();
    let copies = probe.program.relations.len() as u32;
    probe.facts = vec![];
    for number in 0..copies {
        let relation = RelationId(number);
        let info = probe.program.relations[number as usize].clone();
        let copy = probe.relation(&format!("all {}", info.name), info.columns.len());
        let rows = solution.facts.relation(relation).rows();
        probe.facts.extend(rows.map(|(_, row)| (copy, row)));
    }
    for rule in &mut probe.program.rules {
        for literal in &mut rule.body {
            match literal {
                Literal::Not(Atom { relation, .. }) | Literal::Aggregate { relation, .. } => {
                    relation.0 += copies;
                }
                _ => {}
            }
        }
    }
    let mut known = BTreeMap::new();
    for (relation, row) in &case.facts {
        known.insert((*relation, row.clone()), 0);
    }
    for round in 1.. {
        // One step of all rules: their heads become relations of their own, which no rule reads.
        let mut step = probe.clone();
        step.facts.extend(known.keys().cloned());
        for rule in &mut step.program.rules {
            let info = probe.program.relations[rule.head.relation.0 as usize].clone();
            rule.head.relation = step_relation(&mut step.program.relations, &info);
        }
        step.stratify();
        let given = step.naive();
        let before = known.len();
        for (number, info) in (0..).zip(&step.program.relations) {
            let Some(name) = info.name.strip_prefix("new ") else { continue };
            for (_, row) in given.facts.relation(RelationId(number)).rows() {
                known.entry((case.id(name), row)).or_insert(round);
            }
        }
        if known.len() == before {
            break;
        }
    }
    known
}

fn step_relation(relations: &mut Vec<RelationInfo>, info: &RelationInfo) -> RelationId {
    let name = format!("new {}", info.name);
    let known = relations.iter().position(|r| r.name == name);
    let at = known.unwrap_or_else(|| {
        let twin = RelationId(relations.len() as u32);
        relations.push(RelationInfo { name, twin, ..info.clone() });
        relations.len() - 1
    });
    RelationId(at as u32)
}

/// Every proof is as high as the lowest derivation there is.
pub fn check_heights(case: &Case, solution: &Solution) -> Result<(), TestCaseError> {
    let heights = heights(case, solution);
    for number in 0..case.program.relations.len() as u32 {
        let relation = RelationId(number);
        for (row, values) in solution.facts.relation(relation).rows().take(40) {
            let proof = solution.proof(relation, row);
            let height = height(&proof, NodeId(0));
            prop_assert_eq!(heights.get(&(relation, values.clone())), Some(&height), "{:?}", proof);
        }
    }
    Ok(())
}

/// Steps on the longest way down.
fn height(proof: &Proof, node: NodeId) -> u32 {
    match &proof.node(node).unwrap().reason {
        Reason::Derived { premises, .. } => {
            let below = premises.iter().filter_map(|p| match p {
                Premise::Fact(id) => Some(height(proof, *id)),
                _ => None,
            });
            1 + below.max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn find(case: &Case, solution: &Solution, name: &str, row: &[&str]) -> (RelationId, u32) {
    let relation = case.id(name);
    let found = solution.facts.relation(relation).rows().find(|(_, values)| {
        values.iter().map(|v| show(&solution.facts.values, *v)).collect::<Vec<_>>() == row
    });
    (relation, found.unwrap_or_else(|| panic!("no {name}{row:?}")).0)
}

fn tree(case: &Case, solution: &Solution, proof: &Proof) -> String {
    let mut out = String::new();
    let mut open = vec![(NodeId(0), 0)];
    while let Some((id, depth)) = open.pop() {
        let node = proof.node(id).unwrap();
        let name = &case.program.relations[node.fact.relation.0 as usize].name;
        let why = match &node.reason {
            Reason::Given(places) => {
                format!("given at {:?}", places.iter().map(|p| p.span.start).collect::<Vec<_>>())
            }
            Reason::Question(_) => "?".to_owned(),
            Reason::Cut => "…".to_owned(),
            Reason::Derived { origin, premises, .. } => {
                let below = premises.iter().rev().filter_map(|p| match p {
                    Premise::Fact(id) => Some((*id, depth + 1)),
                    _ => None,
                });
                open.extend(below);
                format!("by {}", case.program.origins[*origin as usize].item)
            }
        };
        let row = show_row(&solution.facts.values, &node.values);
        out.push_str(&format!("{}{name}{row} {why}\n", "  ".repeat(depth)));
    }
    out
}

#[test]
fn a_proof_is_the_shallowest_and_ends_at_places() {
    let case = Case::parse(
        "edge(a, b).
         edge(b, c).
         edge(c, d).
         edge(d, e).
         edge(b, d).
         path(X, Z) :- path(X, Y), path(Y, Z).
         path(X, Y) :- edge(X, Y).
         stuck(X) :- path(_, X), not edge(X, _).",
    );
    let solution = case.solve();
    let (relation, row) = find(&case, &solution, "path", &["a", "e"]);
    let proof = solution.proof(relation, row);
    insta::assert_snapshot!(tree(&case, &solution, &proof), @r"
    path(a, e) by line 6
      path(a, b) by line 7
        edge(a, b) given at [0]
      path(b, e) by line 6
        path(b, d) by line 7
          edge(b, d) given at [4]
        path(d, e) by line 7
          edge(d, e) given at [3]
    ");
    let (relation, row) = find(&case, &solution, "stuck", &["e"]);
    let proof = solution.proof(relation, row);
    insta::assert_snapshot!(tree(&case, &solution, &proof), @r"
    stuck(e) by line 8
      path(d, e) by line 7
        edge(d, e) given at [3]
    ");
    assert_eq!(proof.places().len(), 1);
}

const OPEN: &str = "flow(f).
     flow(g).
     flow(h).
     encrypted(g, no).
     trusted(h).
     known(F) :- encrypted(F, _).
     unknown_encrypted(F) :- flow(F), not known(F).
     clear(F) :- encrypted(F, no).
     clear?(F) :- encrypted(F, no).
     clear?(F) :- unknown_encrypted(F).
     safe(F) :- flow(F), not clear?(F).
     safe?(F) :- flow(F), not clear(F).
     seen?(F) :- safe?(F), not trusted(F).";

#[test]
fn questions_are_found_also_behind_a_negation() {
    let case = Case::parse(OPEN);
    let solution = case.solve();
    let ask = |name: &str, row: &[&str]| {
        let (relation, row) = find(&case, &solution, name, row);
        solution
            .questions(&case.program, relation, row)
            .questions
            .into_iter()
            .map(|q| show(&solution.facts.values, q.entity))
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("clear?", &["f"]), ["f"]);
    assert!(ask("clear?", &["g"]).is_empty(), "it is certain");
    assert_eq!(ask("safe?", &["f"]), ["f"]);
    assert_eq!(ask("seen?", &["f"]), ["f"]);
    let (relation, row) = find(&case, &solution, "clear?", &["g"]);
    insta::assert_snapshot!(tree(&case, &solution, &solution.proof(relation, row)), @r"
    clear(g) by line 8
      encrypted(g, no) given at [3]
    ");
    let (relation, row) = find(&case, &solution, "clear?", &["f"]);
    insta::assert_snapshot!(tree(&case, &solution, &solution.proof(relation, row)), @r"
    clear?(f) by line 10
      unknown_encrypted(f) ?
    ");
}

#[test]
fn why_not_names_the_first_failing_condition_and_the_nearest_miss() {
    let mut case = Case::parse(
        "threat(F, S) :- flow(F, A, S), outside(A), store(S), not encrypted(F), level(S, L), L > 2.
         threat(F, S) :- other(F, S).
         flow(f, web, orders).
         flow(g, app, orders).
         flow(h, web, logs).
         outside(web).
         store(orders).
         store(logs).
         encrypted(f).
         level(orders, 3).
         level(logs, 1).",
    );
    let (f, h, z) = (
        case.program.values.text("f"),
        case.program.values.text("h"),
        case.program.values.text("nowhere"),
    );
    let solution = case.solve();
    let threat = case.id("threat");
    let ask = |f: Option<ValueId>| {
        let why = why_not(&case.program, &solution, threat, &[f, None]);
        assert!(why.holds.is_empty() && why.matches == 0);
        let clause = &why.clauses[0];
        let states: String = clause
            .conditions
            .iter()
            .map(|c| match c {
                ConditionState::Met => '+',
                ConditionState::Failed => '-',
                ConditionState::NotReached => '.',
            })
            .collect();
        let nearest: Vec<String> = clause
            .nearest
            .iter()
            .map(|v| v.map_or_else(|| "_".to_owned(), |v| show(&solution.facts.values, v)))
            .collect();
        (clause.first_failing, states, nearest.join(" "))
    };
    assert_eq!(ask(Some(f)), (Some(3), "+++-++".to_owned(), "f orders web 3".to_owned()));
    assert_eq!(ask(Some(h)), (Some(5), "+++++-".to_owned(), "h logs web 1".to_owned()));
    assert_eq!(ask(None).1.matches('+').count(), 5);
    // Nothing flows there: the flow is missing, all else can be had.
    assert_eq!(ask(Some(z)).0, Some(0));
}

/// Whether some binding meets these literals and agrees with the row, by the naive evaluator.
fn can_be_met(case: &Case, rule: &Rule, row: &[Option<ValueId>], literals: &[usize]) -> bool {
    let mut probe = case.clone();
    let (head, start) = (probe.relation("probe", 0), probe.relation("start", row.len()));
    // What is asked for is a fact that the rule begins with.
    let of = |(term, value): (&Term, &Option<ValueId>)| value.map_or(Term::Wild, |_| *term);
    let arguments = rule.head.arguments.iter().zip(row).map(of).collect();
    let nothing = probe.program.values.text("nothing");
    probe.facts.push((start, row.iter().map(|v| v.unwrap_or(nothing)).collect()));
    let begin = Literal::Atom(Atom { relation: start, arguments });
    let body = literals.iter().map(|l| rule.body[*l].clone());
    probe.program.rules.push(Rule {
        head: Atom { relation: head, arguments: vec![] },
        body: std::iter::once(begin).chain(body).collect(),
        ..rule.clone()
    });
    probe.stratify();
    !probe.naive().facts.relation(head).is_empty()
}

/// The nearest miss of every rule of a relation meets as many conditions as any choice of them that can be met.
pub fn check_nearest(
    case: &Case,
    solution: &Solution,
    relation: RelationId,
    row: &[Option<ValueId>],
) -> Result<(), TestCaseError> {
    let why = why_not(&case.program, solution, relation, row);
    let agrees =
        |values: &Vec<ValueId>| row.iter().zip(values).all(|(p, v)| p.is_none_or(|p| p == *v));
    let rows = solution.facts.relation(relation).rows().filter(|(_, v)| agrees(v)).count();
    prop_assert_eq!(why.matches, rows);
    prop_assert_eq!(why.holds.len(), rows.min(100));
    prop_assert!(rows == 0 || why.clauses.is_empty());
    for clause in &why.clauses {
        let rule = &case.program.rules[clause.rule as usize];
        let spans = &case.program.origins[clause.origin as usize].conditions;
        let mut conditions: Vec<Vec<usize>> = vec![];
        for literal in 0..rule.body.len() {
            let same = (0..literal).find(|other| spans[*other] == spans[literal]);
            match same.and_then(|s| conditions.iter_mut().find(|c| c.contains(&s))) {
                Some(condition) => condition.push(literal),
                None => conditions.push(vec![literal]),
            }
        }
        let most = (0..1_u32 << conditions.len())
            .filter(|chosen| {
                let chosen = |c: &usize| chosen >> c & 1 == 1;
                let literals: Vec<usize> = (0..conditions.len())
                    .filter(chosen)
                    .flat_map(|c| conditions[c].clone())
                    .collect();
                can_be_met(case, rule, row, &literals)
            })
            .map(u32::count_ones)
            .max();
        let (met, all) = clause.met;
        prop_assert_eq!(all, conditions.len());
        prop_assert!(!clause.bounded);
        let met = met as u32;
        prop_assert!(met >= most.unwrap_or(0), "{:?}\n{:?}", rule, clause);
        if Some(met) > most {
            // A part of a condition that is not met as a whole may bind what another one needs.
            let with_parts = (0..1_u32 << rule.body.len())
                .map(|chosen| -> Vec<usize> {
                    (0..rule.body.len()).filter(|l| chosen >> l & 1 == 1).collect()
                })
                .filter(|literals| can_be_met(case, rule, row, literals))
                .map(|literals| {
                    let whole = |c: &&Vec<usize>| c.iter().all(|l| literals.contains(l));
                    conditions.iter().filter(whole).count() as u32
                })
                .max();
            prop_assert!(Some(met) <= with_parts.or(Some(0)), "{:?}\n{:?}", rule, clause);
        }
        // What it is said to meet, it does meet.
        let states = clause.conditions.iter().enumerate();
        let literals: Vec<usize> =
            states.filter(|(_, s)| **s == ConditionState::Met).map(|(l, _)| l).collect();
        prop_assert!(most.is_none() || can_be_met(case, rule, row, &literals));
        if let Some(first) = clause.first_failing {
            let before: Vec<usize> = (0..first).collect();
            let upto: Vec<usize> = (0..=first).collect();
            prop_assert!(!can_be_met(case, rule, row, &upto));
            prop_assert!(most.is_none() || can_be_met(case, rule, row, &bound_ones(rule, &before)));
        }
    }
    // Where each rule stops, asked for more cheaply.
    for (number, rule) in (0..).zip(&case.program.rules) {
        if rule.head.relation != relation {
            continue;
        }
        let mut budget = usize::MAX;
        let Some(stopped) = stop(&case.program, solution, &[number], row, &mut budget) else {
            continue;
        };
        prop_assert!(!stopped.bounded && stopped.rule == number);
        let first = stopped.first_failing.unwrap();
        let before: Vec<usize> = (0..first).collect();
        let upto: Vec<usize> = (0..=first).collect();
        prop_assert!(!can_be_met(case, rule, row, &upto));
        prop_assert!(can_be_met(case, rule, row, &bound_ones(rule, &before)));
    }
    Ok(())
}

/// Those of the literals whose inputs the others bind, or the head.
fn bound_ones(rule: &Rule, literals: &[usize]) -> Vec<usize> {
    let variables = |terms: &[Term]| -> Vec<u32> {
        terms
            .iter()
            .filter_map(|t| if let Term::Variable(v) = t { Some(v.0) } else { None })
            .collect()
    };
    let mut bound: Vec<u32> = vec![];
    let mut kept: Vec<usize> = vec![];
    loop {
        let before = kept.len();
        for literal in literals {
            let (inputs, outputs) = match &rule.body[*literal] {
                Literal::Atom(a) => (vec![], variables(&a.arguments)),
                Literal::Not(a) => (variables(&a.arguments), vec![]),
                Literal::Compare(_, a, b) => (variables(&[*a, *b]), vec![]),
                Literal::Call { arguments, result, .. } => {
                    (variables(arguments), variables(&[*result]))
                }
                Literal::Aggregate { keys, result, .. } => (variables(keys), variables(&[*result])),
            };
            if !kept.contains(literal) && inputs.iter().all(|v| bound.contains(v)) {
                bound.extend(outputs);
                kept.push(*literal);
            }
        }
        if kept.len() == before {
            return kept;
        }
    }
}
