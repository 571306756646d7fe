//! What would follow if unknown attributes were known: a goal is decided from above, by the rules that lead to it, over the
//! facts of the solution and supposed values.
//!
//! A row that is certain stays so whatever is supposed, and one that is not even possible stays out; only what lies
//! between is looked into. What `derive` would make of supposed values is left aside.

use redan_facts::{RelationId, Value, ValueId, Values};
use redan_program::functions::{self, Function};
use redan_program::ir::{Aggregate, Compare, Literal, Rule, Term};
use redan_program::schema::Type;
use rustc_hash::{FxHashMap, FxHashSet};

use super::parts::Part;
use crate::compare::{clamp, holds, int};
use crate::proof::Question;
use crate::search::{Binding, bind, value};
use crate::solution::Solution;

/// Steps down from the goal: bounds the recursion.
const MOST_DEPTH: u32 = 48;
/// What the values that pass or fail the tests of a question are symbols of.
const ANSWER: &str = "@answer";

/// A row of a relation, by its values: it may be none of the solution.
pub(super) type Fact = (RelationId, Box<[u32]>);

/// What one instance of a rule rests on: for each literal the row that it took, if it is an atom.
pub(super) struct Instance<'i> {
    pub(super) binding: &'i Binding,
    pub(super) taken: &'i [Option<Vec<u32>>],
}

/// An evaluation under what is supposed.
pub(super) struct Suppose<'a> {
    solution: &'a Solution,
    parts: &'a [Part],
    /// The values that are supposed. None: the facts are taken as they are.
    answers: Option<&'a FxHashMap<Question, Vec<u32>>>,
    /// Facts that hold.
    held: FxHashSet<Fact>,
    /// Facts that do not, for all that is known of them.
    failed: FxHashSet<Fact>,
    /// Facts that were looked into in this round.
    visited: FxHashSet<Fact>,
    /// What is being enumerated.
    open: Vec<(RelationId, Vec<Option<u32>>)>,
    depth: u32,
    /// How many rows may still be looked at.
    pub(super) budget: usize,
    /// What was still found to be unknown.
    pub(super) touched: FxHashSet<Question>,
    /// Whether something could not be decided with values that stand for many.
    pub(super) vague: bool,
    /// The tests that such a value was put to.
    pub(super) tests: FxHashSet<(u32, String)>,
}

impl<'a> Suppose<'a> {
    pub(super) fn new(
        solution: &'a Solution,
        parts: &'a [Part],
        answers: Option<&'a FxHashMap<Question, Vec<u32>>>,
        budget: usize,
    ) -> Self {
        Self {
            solution,
            parts,
            answers,
            held: FxHashSet::default(),
            failed: FxHashSet::default(),
            visited: FxHashSet::default(),
            open: vec![],
            depth: 0,
            budget,
            touched: FxHashSet::default(),
            vague: false,
            tests: FxHashSet::default(),
        }
    }

    pub(super) fn part(&self, relation: RelationId) -> Part {
        self.parts.get(relation.0 as usize).copied().unwrap_or(Part::Fixed)
    }

    /// Whether a fact holds. Rounds go on until nothing new is found to hold, as facts may rest on each other.
    pub(super) fn holds(&mut self, fact: &Fact) -> bool {
        let outside = std::mem::take(&mut self.visited);
        let mut held;
        loop {
            self.visited.clear();
            let before = self.held.len();
            held = self.visit(fact);
            if held || self.held.len() == before || self.budget == 0 {
                break;
            }
        }
        if !held {
            let visited = self.visited.drain().collect::<Vec<_>>();
            self.failed.extend(visited.into_iter().filter(|f| !self.held.contains(f)));
        }
        self.visited = outside;
        held
    }

    fn visit(&mut self, fact: &Fact) -> bool {
        if let Part::Open(possible) = self.part(fact.0) {
            let row: Vec<Option<ValueId>> = fact.1.iter().map(|v| Some(ValueId(*v))).collect();
            let info = self.solution.relations.get(possible.0 as usize);
            if info.is_some_and(|i| self.solution.has(i.twin, &row)) {
                return true;
            }
            if !self.solution.has(possible, &row) {
                return false;
            }
        }
        if self.held.contains(fact) {
            return true;
        }
        if self.failed.contains(fact) || !self.visited.insert(fact.clone()) {
            return false;
        }
        if self.depth >= MOST_DEPTH {
            self.budget = 0;
            return false;
        }
        self.depth += 1;
        let head: Vec<Option<u32>> = fact.1.iter().map(|v| Some(*v)).collect();
        let solution = self.solution;
        let mut held = false;
        for number in solution.rules_of.get(&fact.0).into_iter().flatten() {
            let Some(rule) = solution.rules.get(*number as usize) else { continue };
            let parts = self.parts;
            held = self.instances(rule, &head, &mut |suppose, instance| {
                rule.body.iter().zip(instance.taken).all(|(literal, taken)| {
                    let (Literal::Atom(atom), Some(row)) = (literal, taken) else { return true };
                    let open = matches!(parts.get(atom.relation.0 as usize), Some(Part::Open(_)));
                    !open || suppose.visit(&(atom.relation, row.as_slice().into()))
                })
            });
            if held {
                break;
            }
        }
        self.depth -= 1;
        if held {
            self.held.insert(fact.clone());
        }
        held
    }

    /// The ways to meet the conditions of a rule, one after the other until `each` says that it has enough; whether it did.
    /// Rows of relations with two bounds are possible ones: whether they hold is for `each` to see.
    pub(super) fn instances(
        &mut self,
        rule: &Rule,
        head: &[Option<u32>],
        each: &mut dyn FnMut(&mut Self, &Instance<'_>) -> bool,
    ) -> bool {
        let mut binding: Binding = vec![None; rule.variables as usize];
        for (term, v) in rule.head.arguments.iter().zip(head) {
            if let Some(v) = v
                && !bind(&mut binding, *term, *v)
            {
                return false;
            }
        }
        let mut taken = vec![None; rule.body.len()];
        let mut rest: Vec<usize> = (0..rule.body.len()).collect();
        self.step(rule, &mut binding, &mut taken, &mut rest, each)
    }

    fn step(
        &mut self,
        rule: &Rule,
        binding: &mut Binding,
        taken: &mut [Option<Vec<u32>>],
        rest: &mut Vec<usize>,
        each: &mut dyn FnMut(&mut Self, &Instance<'_>) -> bool,
    ) -> bool {
        let Some(at) = self.choose(rule, binding, rest) else {
            return rest.is_empty() && each(self, &Instance { binding, taken });
        };
        let number = rest.remove(at);
        let before = binding.clone();
        let mut enough = false;
        match &rule.body[number] {
            Literal::Atom(atom) => {
                let pattern: Vec<Option<u32>> =
                    atom.arguments.iter().map(|t| value(*t, binding)).collect();
                for row in self.candidates(atom.relation, &pattern) {
                    if self.budget == 0 {
                        break;
                    }
                    self.budget -= 1;
                    let agrees =
                        atom.arguments.iter().zip(&row).all(|(t, v)| bind(binding, *t, *v));
                    if agrees {
                        taken[number] = Some(row);
                        enough = self.step(rule, binding, taken, rest, each);
                    }
                    binding.clone_from(&before);
                    if enough {
                        break;
                    }
                }
                taken[number] = None;
            }
            literal => {
                let values = self.values_of(literal, binding);
                let result = match literal {
                    Literal::Call { result, .. } | Literal::Aggregate { result, .. } => *result,
                    _ => Term::Wild,
                };
                for v in values {
                    if bind(binding, result, v) && self.step(rule, binding, taken, rest, each) {
                        enough = true;
                        break;
                    }
                    binding.clone_from(&before);
                    if result == Term::Wild {
                        break;
                    }
                }
            }
        }
        binding.clone_from(&before);
        rest.insert(at.min(rest.len()), number);
        enough
    }

    /// The literal to go on with: one whose inputs are bound, else the atom with the fewest rows.
    fn choose(&self, rule: &Rule, binding: &Binding, rest: &[usize]) -> Option<usize> {
        let bound =
            |terms: &[Term]| terms.iter().all(|t| *t == Term::Wild || value(*t, binding).is_some());
        let mut best: Option<(usize, usize)> = None;
        for (at, number) in rest.iter().enumerate() {
            match &rule.body[*number] {
                Literal::Atom(atom) => {
                    let pattern: Vec<Option<ValueId>> =
                        atom.arguments.iter().map(|t| value(*t, binding).map(ValueId)).collect();
                    let relation = match self.part(atom.relation) {
                        Part::Open(possible) => possible,
                        _ => atom.relation,
                    };
                    let count = self.solution.count(relation, &pattern);
                    // What is supposed adds few rows.
                    if best.is_none_or(|(fewest, _)| count < fewest) {
                        best = Some((count, at));
                    }
                }
                Literal::Not(atom) if bound(&atom.arguments) => return Some(at),
                Literal::Compare(_, a, b) if bound(&[*a, *b]) => return Some(at),
                Literal::Call { arguments, .. } if bound(arguments) => return Some(at),
                Literal::Aggregate { keys, .. } if bound(keys) => return Some(at),
                _ => {}
            }
        }
        best.map(|(_, at)| at)
    }

    /// The rows of a relation that agree with a pattern; of one with two bounds, the possible ones.
    fn candidates(&mut self, relation: RelationId, pattern: &[Option<u32>]) -> Vec<Vec<u32>> {
        let solution = self.solution;
        let Some(answers) = self.answers else {
            return self.plain(relation, pattern);
        };
        let part = self.part(relation);
        // A value that stands for many is looked up nowhere.
        if pattern.iter().flatten().any(|v| self.answer(*v).is_some()) {
            self.vague = true;
        }
        let entity = pattern.first().copied().flatten();
        let given = |of: RelationId| -> Vec<(u32, &Vec<u32>)> {
            let all = answers.iter().filter(|(q, _)| q.relation == of);
            let mut all: Vec<_> = all
                .filter(|(q, _)| entity.is_none_or(|e| e == q.entity.0))
                .map(|(q, values)| (q.entity.0, values))
                .collect();
            all.sort_unstable();
            all
        };
        match part {
            Part::Fixed => self.plain(relation, pattern),
            Part::Open(possible) => self.plain(possible, pattern),
            Part::Value(unknown) => {
                let mut rows = self.plain(relation, pattern);
                for (entity, values) in given(unknown) {
                    for v in values {
                        match (pattern.get(1).copied().flatten(), self.answer(*v)) {
                            (Some(wanted), Some((question, yes))) => {
                                // What a set has is what one of its elements is equal to.
                                self.tests.insert((question, format!("== {wanted}")));
                                if yes {
                                    rows.push(vec![entity, wanted]);
                                }
                            }
                            (Some(wanted), None) if wanted != *v => {}
                            _ => rows.push(vec![entity, *v]),
                        }
                    }
                }
                rows
            }
            Part::Known(unknown) => {
                let mut rows = self.plain(relation, pattern);
                rows.extend(given(unknown).into_iter().map(|(e, _)| vec![e]));
                rows
            }
            Part::Unknown => {
                let mut rows = self.plain(relation, pattern);
                rows.retain(|row| {
                    let entity = ValueId(row.first().copied().unwrap_or_default());
                    !answers.contains_key(&Question { relation, entity })
                });
                let found = rows.iter().filter_map(|r| r.first());
                self.touched.extend(found.map(|e| Question { relation, entity: ValueId(*e) }));
                rows
            }
            Part::Read => {
                let call = (relation, pattern.to_vec());
                if self.open.contains(&call) || self.depth >= MOST_DEPTH {
                    self.vague = true;
                    return self.plain(relation, pattern);
                }
                self.open.push(call);
                self.depth += 1;
                let mut rows: Vec<Vec<u32>> = vec![];
                for number in solution.rules_of.get(&relation).into_iter().flatten() {
                    let Some(rule) = solution.rules.get(*number as usize) else { continue };
                    self.instances(rule, pattern, &mut |suppose, instance| {
                        let taken = rule.body.iter().zip(instance.taken);
                        let holds = taken.into_iter().all(|(l, row)| match (l, row) {
                            (Literal::Atom(atom), Some(row))
                                if matches!(suppose.part(atom.relation), Part::Open(_)) =>
                            {
                                suppose.holds(&(atom.relation, row.as_slice().into()))
                            }
                            _ => true,
                        });
                        let row = rule.head.arguments.iter().map(|t| value(*t, instance.binding));
                        if holds && let Some(row) = row.collect::<Option<Vec<u32>>>() {
                            rows.push(row);
                        }
                        false
                    });
                }
                self.depth -= 1;
                self.open.pop();
                rows.sort_unstable();
                rows.dedup();
                rows
            }
        }
    }

    /// The rows of the solution that agree with a pattern; none, and no work left, if they are too many.
    fn plain(&mut self, relation: RelationId, pattern: &[Option<u32>]) -> Vec<Vec<u32>> {
        let wanted: Vec<Option<ValueId>> = pattern.iter().map(|v| v.map(ValueId)).collect();
        let rows = self.solution.matching(relation, &wanted, self.budget.saturating_add(1));
        if rows.len() > self.budget {
            self.budget = 0;
            return vec![];
        }
        let facts = self.solution.facts.relation(relation);
        rows.into_iter().map(|r| facts.row(r).iter().map(|v| v.0).collect()).collect()
    }

    /// The rows of a relation that agree with a pattern and hold.
    fn held(
        &mut self,
        relation: RelationId,
        pattern: &[Option<u32>],
        most: usize,
    ) -> Vec<Vec<u32>> {
        let mut rows = vec![];
        if let (Part::Open(_), None) = (self.part(relation), self.answers) {
            // As they are: those of the bound that was asked for.
            return self.plain(relation, pattern);
        }
        for row in self.candidates(relation, pattern) {
            let open = matches!(self.part(relation), Part::Open(_));
            if rows.len() < most && (!open || self.holds(&(relation, row.as_slice().into()))) {
                rows.push(row);
            }
        }
        rows
    }

    /// The values of a condition that is not an atom, whose inputs are bound; of a test any value if it is met.
    fn values_of(&mut self, literal: &Literal, binding: &Binding) -> Vec<u32> {
        let met = |yes: bool| if yes { vec![0] } else { vec![] };
        let of = |terms: &[Term]| -> Vec<Option<u32>> {
            terms.iter().map(|t| value(*t, binding)).collect()
        };
        match literal {
            Literal::Atom(_) => vec![],
            Literal::Not(atom) => met(self.held(atom.relation, &of(&atom.arguments), 1).is_empty()),
            Literal::Compare(op, a, b) => {
                let (Some(a), Some(b)) = (value(*a, binding), value(*b, binding)) else {
                    return vec![];
                };
                met(self.compare(*op, a, b))
            }
            Literal::Call { function, pattern, arguments, result } => {
                let Some(arguments) = of(arguments).into_iter().collect::<Option<Vec<u32>>>()
                else {
                    return vec![];
                };
                let values = self.call(function, pattern.as_deref(), &arguments);
                match value(*result, binding) {
                    Some(wanted) if values.contains(&wanted) => vec![wanted],
                    Some(_) => vec![],
                    None => values,
                }
            }
            Literal::Aggregate { function, relation, keys, value: column, .. } => {
                let rows = self.held(*relation, &of(keys), usize::MAX);
                let column = *column as usize;
                let found = self.solution.scratch(|s| {
                    let values = &mut s.values;
                    let cells: Vec<ValueId> =
                        rows.iter().filter_map(|r| r.get(column)).map(|v| ValueId(*v)).collect();
                    aggregate(*function, rows.len(), &cells, values)
                });
                found.into_iter().collect()
            }
        }
    }

    fn compare(&mut self, op: Compare, a: u32, b: u32) -> bool {
        let mut answer_right = false;
        let (known, other) = match (self.answer(a), self.answer(b)) {
            (None, None) => {
                return self
                    .solution
                    .with_values(a.max(b), |v| holds(v, op, ValueId(a), ValueId(b)));
            }
            (Some(answer), None) => (answer, b),
            (None, Some(answer)) => {
                answer_right = true;
                (answer, a)
            }
            (Some(answer), Some(_)) => {
                self.vague |= a != b;
                (answer, b)
            }
        };
        let unknown = |v: &Values| functions::is_unknown(v, ValueId(other));
        if self.solution.with_values(other, unknown) {
            return matches!(op, Compare::Ne);
        }
        // A comparison and its opposite are one test.
        let (test, yes) = match op {
            Compare::Eq => ("==", true),
            Compare::Ne => ("==", false),
            Compare::Lt => ("<", true),
            Compare::Ge => ("<", false),
            Compare::Le => ("<=", true),
            Compare::Gt => ("<=", false),
        };
        let side = if test == "==" { "" } else { ["left", "right"][usize::from(answer_right)] };
        self.tests.insert((known.0, format!("{test} {other}{side}")));
        yes == known.1
    }

    fn call(
        &mut self,
        function: &'static Function,
        pattern: Option<&str>,
        arguments: &[u32],
    ) -> Vec<u32> {
        let mut answers = arguments.iter().filter_map(|a| self.answer(*a).map(|b| (*a, b)));
        let Some((given, (question, yes))) = answers.next() else {
            return self.solution.call(function, pattern, arguments);
        };
        self.vague |= answers.next().is_some();
        let bool = |b: bool| self.solution.scratch(|s| s.values.bool(b).0);
        let (name, inner) = match (function.name, pattern) {
            ("@lift" | "@none" | "@lacks", Some(p)) => {
                let (name, inner) = p.split_once('\0').unwrap_or((p, ""));
                (name, inner)
            }
            (name, pattern) => (name, pattern.unwrap_or_default()),
        };
        if name == "@maybe"
            && let [a, b] = arguments
        {
            let op = [
                ("==", Compare::Eq),
                ("!=", Compare::Ne),
                ("<", Compare::Lt),
                ("<=", Compare::Le),
                (">", Compare::Gt),
                (">=", Compare::Ge),
            ];
            let op = op.into_iter().find(|(sign, _)| *sign == inner).map(|o| o.1);
            let held = self.compare(op.unwrap_or(Compare::Eq), *a, *b);
            return vec![bool(held)];
        }
        if function.name == "@none" {
            return vec![bool(false)];
        }
        let others: Vec<&u32> = arguments.iter().filter(|a| **a != given).collect();
        let lacks = function.name == "@lacks";
        if lacks || functions::function(name).is_some_and(|f| f.result == Type::Bool) {
            self.tests.insert((question, format!("{name} {inner} {others:?}")));
            return vec![bool(yes != lacks)];
        }
        // What is made of such a value passes and fails as it does.
        self.tests.insert((question, format!("of {name} {inner} {others:?}")));
        vec![given]
    }

    /// The question and the verdict that a value stands for.
    fn answer(&self, id: u32) -> Option<(u32, bool)> {
        self.answers?;
        if (id as usize) < self.solution.facts.values.len() {
            return None;
        }
        self.solution.scratch(|s| match s.values.get(ValueId(id)) {
            Value::Symbol { of, name, rank } if of.as_ref() == ANSWER => {
                Some((*rank, name.as_ref() == "yes"))
            }
            _ => None,
        })
    }
}

/// A value that passes, or fails, whatever test the attribute of a question is put to.
pub(super) fn verdict(solution: &Solution, question: u32, passes: bool) -> u32 {
    let name = if passes { "yes" } else { "no" };
    let value = Value::Symbol { of: ANSWER.into(), name: name.into(), rank: question };
    solution.scratch(|s| s.values.intern(value).0)
}

fn aggregate(
    function: Aggregate,
    rows: usize,
    cells: &[ValueId],
    values: &mut Values,
) -> Option<u32> {
    match function {
        Aggregate::Count => Some(values.int(rows as i64).0),
        Aggregate::Sum => {
            let sum = cells.iter().filter_map(|v| int(values, *v)).map(i128::from).sum();
            Some(values.int(clamp(sum)).0)
        }
        Aggregate::Min => cells.iter().copied().min_by(|a, b| values.compare(*a, *b)).map(|v| v.0),
        Aggregate::Max => cells.iter().copied().max_by(|a, b| values.compare(*a, *b)).map(|v| v.0),
    }
}
