//! The STRIDE matrix: what each rule came to at each element that it could speak of. "No threat" is thereby a statement
//! that can be checked.
//!
//! A rule speaks of an element if it fits one of the rule's subjects: the bindings of the rule's `assets` and `at`, all bindings where it
//! names none. A rule that did not match there stopped at a condition. If a known fact speaks against that condition, the rule is ruled
//! out, and the fact is told with its place; otherwise what the rule looks for is not there.

use std::collections::{BTreeMap, BTreeSet};

use redan_facts::{RelationId, Value, ValueId};
use redan_program::ir::{Literal, Role, Term};
use redan_program::schema::{KindId, Stride, Threat, Type};
use redan_solve::{ClauseReport, RowRef, Solution, stop};
use redan_threats::{Certainty, Finding, Status, View};

use crate::data::{Matrix, MatrixElement, MatrixState, Outcome};
use crate::why_not::{Maker, Seen};

/// Kinds whose members are elements, in the order of the matrix. What else has findings follows.
const ELEMENTS: &[&str] = &["component", "boundary", "flow", "data", "entry_point"];
/// Most pairs of an element and a rule.
const MOST_PAIRS: usize = 20_000;
/// Rows that all searches together may look at.
const BUDGET: usize = 20_000_000;
/// Facts that are told of one condition.
const MOST_FACTS: usize = 2;

/// A rule and the columns of its subjects.
struct Row<'a> {
    threat: &'a Threat,
    /// Column, number of columns, kind.
    subjects: Vec<(usize, KindId)>,
    columns: usize,
    rules: Vec<u32>,
}

/// The matrix of a run.
pub(crate) fn matrix(view: &View<'_>, solution: &Solution, findings: &[Finding]) -> Matrix {
    let rows = rows(view);
    let mut by_subject: BTreeMap<(&str, &str, &str), Vec<&Finding>> = BTreeMap::new();
    let mut with_findings: BTreeSet<(&str, &str)> = BTreeSet::new();
    for finding in findings {
        for binding in &finding.bindings {
            with_findings.insert((&binding.display, &binding.kind));
            let key = (finding.rule.as_str(), binding.display.as_str(), binding.kind.as_str());
            by_subject.entry(key).or_default().push(finding);
        }
    }
    let mut matrix = Matrix::default();
    let mut budget = BUDGET;
    let mut pairs = 0;
    let mut known: BTreeMap<RowRef, Seen> = BTreeMap::new();
    let maker = Maker { view, solution };
    for (element, kinds, part) in elements(view, &rows) {
        let (name, kind) = (view.show(element), view.kind_word(element));
        if !part && !with_findings.contains(&(name.as_str(), kind.as_str())) {
            continue;
        }
        let speaking: Vec<(&Row<'_>, Vec<usize>)> = rows
            .iter()
            .map(|r| {
                let fits = r.subjects.iter().filter(|(_, k)| kinds.contains(k));
                (r, fits.map(|(c, _)| *c).collect::<Vec<_>>())
            })
            .filter(|(_, columns)| !columns.is_empty())
            .collect();
        if pairs + speaking.len() > MOST_PAIRS || budget == 0 {
            matrix.left_out += 1;
            continue;
        }
        pairs += speaking.len();
        let mut made = MatrixElement { name, kind, ..MatrixElement::default() };
        for (row, columns) in speaking {
            let rule = row.threat.declared.name.as_str();
            let found = by_subject.get(&(rule, made.name.as_str(), made.kind.as_str()));
            let outcome = match found {
                Some(found) => matched(rule, found),
                None => {
                    let stopped = columns
                        .iter()
                        .filter_map(|column| {
                            let mut bindings = vec![None; row.columns];
                            *bindings.get_mut(*column)? = Some(element);
                            stop(view.program, solution, &row.rules, &bindings, &mut budget)
                        })
                        .reduce(|a, b| if further(&b, &a) { b } else { a });
                    unmatched(rule, element, stopped.as_ref(), &maker, &mut known)
                }
            };
            for stride in &row.threat.stride {
                let cell = made.cells.entry(*stride).or_insert(outcome.state);
                *cell = (*cell).min(outcome.state);
            }
            made.rules.push(outcome);
        }
        for stride in Stride::ALL {
            made.cells.entry(stride).or_insert(MatrixState::NoRule);
        }
        matrix.elements.push(made);
    }
    matrix
}

fn further(a: &ClauseReport, b: &ClauseReport) -> bool {
    a.met.0 * b.met.1.max(1) > b.met.0 * a.met.1.max(1)
}

/// The rules that are looked for, sorted by name.
fn rows<'a>(view: &View<'a>) -> Vec<Row<'a>> {
    let program = view.program;
    let mut rows: Vec<Row<'a>> = vec![];
    for (threat, rules) in program.schema.threats.iter().zip(&program.threats) {
        if threat.disabled_by.is_some() {
            continue;
        }
        let named = |name: &str| {
            let first = |text: &str| text.split('.').next() == Some(name) && !text.contains('.');
            threat.at.as_deref().is_some_and(first) || threat.assets.iter().any(|a| first(a))
        };
        let entities: Vec<(usize, &str, KindId)> = rules
            .bindings
            .iter()
            .enumerate()
            .filter_map(|(column, (name, ty))| match ty {
                Type::Entity(kind) => Some((column, name.as_str(), *kind)),
                _ => None,
            })
            .collect();
        let some = entities.iter().any(|(_, name, _)| named(name));
        let subjects = entities
            .iter()
            .filter(|(_, name, _)| !some || named(name))
            .map(|(column, _, kind)| (*column, *kind))
            .collect();
        let clauses = (0..)
            .zip(&program.rules)
            .filter(|(_, rule)| rule.head.relation == rules.possible)
            .map(|(number, _)| number)
            .collect();
        rows.push(Row { threat, subjects, columns: rules.bindings.len(), rules: clauses });
    }
    rows.sort_by(|a, b| a.threat.declared.name.cmp(&b.threat.declared.name));
    rows
}

/// The elements, with the kinds among the rules' subjects that each belongs to.
/// Whether it is a part of the model comes last.
fn elements(view: &View<'_>, rows: &[Row<'_>]) -> Vec<(ValueId, Vec<KindId>, bool)> {
    let parts = ELEMENTS.iter().filter_map(|k| view.kind_named(k));
    let mut kinds: Vec<(KindId, bool)> = parts.map(|k| (k, true)).collect();
    let mut subjects: Vec<KindId> =
        rows.iter().flat_map(|r| r.subjects.iter().map(|(_, k)| *k)).collect();
    subjects.sort();
    subjects.dedup();
    kinds.extend(subjects.iter().map(|k| (*k, false)));
    let mut of: BTreeMap<ValueId, Vec<KindId>> = BTreeMap::new();
    for kind in &subjects {
        for member in view.members(*kind) {
            of.entry(member).or_default().push(*kind);
        }
    }
    let mut taken = BTreeSet::new();
    let mut all = vec![];
    for (kind, part) in kinds {
        for member in view.members(kind) {
            if taken.insert(member) {
                all.push((member, of.remove(&member).unwrap_or_default(), part));
            }
        }
    }
    all
}

/// The outcome where there are findings.
fn matched(rule: &str, found: &[&Finding]) -> Outcome {
    let state = |finding: &&Finding| match (&finding.status, finding.certainty) {
        (Status::Excepted(_), _) => MatrixState::Excepted,
        (Status::Open, Certainty::Confirmed) => MatrixState::Confirmed,
        (Status::Open, Certainty::Possible) => MatrixState::Possible,
    };
    let mut findings: Vec<String> = found.iter().map(|f| f.id.clone()).collect();
    findings.dedup();
    Outcome {
        rule: rule.to_owned(),
        state: found.iter().map(state).min().unwrap_or_default(),
        findings,
        ..Outcome::default()
    }
}

/// The outcome where there is none.
fn unmatched(
    rule: &str,
    element: ValueId,
    stopped: Option<&ClauseReport>,
    maker: &Maker<'_>,
    known: &mut BTreeMap<RowRef, Seen>,
) -> Outcome {
    let mut outcome = Outcome { rule: rule.to_owned(), ..Outcome::default() };
    let Some((clause, failing)) = stopped.and_then(|c| Some((c, c.first_failing?))) else {
        return outcome;
    };
    outcome.condition = maker.condition_text(clause, failing);
    for row in contradicting(maker, clause, failing) {
        if !about(maker, row, element) {
            continue;
        }
        let seen = known.entry(row).or_insert_with(|| maker.seen(row)).clone();
        if outcome.facts.len() < MOST_FACTS && seen.fact != "…" && !outcome.facts.contains(&seen)
        {
            outcome.facts.push(seen);
        }
    }
    outcome.state =
        if outcome.facts.is_empty() { MatrixState::NotMet } else { MatrixState::RuledOut };
    outcome
}

/// Whether a fact is about the element itself, or about an end of the flow that the element is. Of other things that belong to it
/// there may be several, and one of them rules out nothing.
fn about(maker: &Maker<'_>, row: RowRef, element: ValueId) -> bool {
    let facts = &maker.view.facts;
    let ends: &[ValueId] = match facts.values.get(element) {
        Value::Entity { key, .. } => key,
        _ => &[],
    };
    let entity = |v: &ValueId| matches!(facts.values.get(*v), Value::Entity { .. });
    let row = facts.relation(row.relation).row(row.row);
    row.iter().any(|v| *v == element || entity(v) && ends.contains(v))
}

/// The facts that speak against a condition: what a denial runs into, and the values that a comparison reads.
fn contradicting(maker: &Maker<'_>, clause: &ClauseReport, failing: usize) -> Vec<RowRef> {
    let program = maker.view.program;
    let Some(rule) = program.rules.get(clause.rule as usize) else { return vec![] };
    let value = |term: &Term| match term {
        Term::Variable(v) => clause.nearest.get(v.0 as usize).copied().flatten(),
        Term::Constant(c) => Some(maker.solution.representative(*c)),
        Term::Wild => None,
    };
    let find = |relation: RelationId, pattern: &[Option<ValueId>]| -> Vec<RowRef> {
        if pattern.iter().all(Option::is_none) {
            return vec![];
        }
        let rows = maker.solution.rows_like(relation, pattern, MOST_FACTS);
        rows.into_iter().map(|row| RowRef { relation, row }).collect()
    };
    match rule.body.get(failing) {
        Some(Literal::Not(atom)) => {
            let pattern: Vec<_> = atom.arguments.iter().map(value).collect();
            find(atom.relation, &pattern)
        }
        // The attribute has another value.
        Some(Literal::Atom(atom)) => {
            let info = program.relations.get(atom.relation.0 as usize);
            let attribute = info.is_some_and(|i| {
                matches!(i.role, Role::Attribute(..)) || i.name.ends_with("@maybe")
            });
            match (attribute, atom.arguments.as_slice()) {
                (true, [entity, Term::Constant(_)]) => find(atom.relation, &[value(entity), None]),
                _ => vec![],
            }
        }
        // The attributes whose values it reads.
        Some(Literal::Compare(..) | Literal::Call { .. } | Literal::Aggregate { .. }) => {
            let read = |term: &Term| matches!(term, Term::Variable(_));
            let inputs: Vec<Term> = match rule.body.get(failing) {
                Some(Literal::Compare(_, a, b)) => vec![*a, *b],
                Some(Literal::Call { arguments, .. }) => arguments.clone(),
                _ => vec![],
            };
            let inputs: Vec<Term> = inputs.into_iter().filter(read).collect();
            let reads = |(literal, row): (&Literal, &Option<RowRef>)| match literal {
                Literal::Atom(atom) if atom.arguments.iter().any(|a| inputs.contains(a)) => {
                    let info = program.relations.get(atom.relation.0 as usize)?;
                    let attribute =
                        matches!(info.role, Role::Attribute(..)) || info.name.ends_with("@maybe");
                    row.filter(|_| attribute)
                }
                _ => None,
            };
            rule.body.iter().zip(&clause.rows).filter_map(reads).collect()
        }
        None => vec![],
    }
}
