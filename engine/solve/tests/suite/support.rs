//! Programs as text: `p(X, Y) :- q(X, Z), not r(Z, Y), X != Z, N = count s(X, _), M = inc(N).`
//!
//! Relations are declared by their first use. A word in lower case or a number is a constant, `'name` an entity; a clause
//! without body is a fact. Strata are found here, by counting negations.

use std::sync::Arc;

use std::collections::BTreeMap;

use redan_base::{Limits, Place, SourceId, Span};
use redan_facts::{Facts, RelationId, Value, ValueId, Values};
use redan_program::functions::Function;
use redan_program::ir::{
    Aggregate, Atom, Bound, Compare, Literal, Origin, Program, RelationInfo, Role, Rule, Term,
    Variable,
};
use redan_program::schema::{KindId, Type};
use redan_solve::{Event, Solution};

fn int(values: &Values, id: ValueId) -> Option<i64> {
    match values.get(id) {
        Value::Int(n) => Some(*n),
        _ => None,
    }
}

/// `inc(n)`: the next number, up to 9.
pub static INC: Function = Function {
    name: "inc",
    parameters: &[Type::Int],
    pattern: false,
    result: Type::Int,
    many: false,
    total: false,
    docs: "",
    run: |values, _, arguments, out| {
        if let Some(n) = int(values, arguments[0]).filter(|n| *n < 9) {
            out.push(values.int(n + 1));
        }
    },
};

/// `below(n)`: all numbers below a number up to 9.
pub static BELOW: Function = Function {
    name: "below",
    parameters: &[Type::Int],
    pattern: false,
    result: Type::Int,
    many: true,
    total: false,
    docs: "",
    run: |values, _, arguments, out| {
        if let Some(n) = int(values, arguments[0]).filter(|n| *n < 9) {
            out.extend((0..n).map(|k| values.int(k)));
        }
    },
};

/// `pair(a, b)`: an entity of two values that are not pairs.
pub static PAIR: Function = Function {
    name: "pair",
    parameters: &[Type::Any, Type::Any],
    pattern: false,
    result: Type::Any,
    many: false,
    total: false,
    docs: "",
    run: |values, _, arguments, out| {
        let deep = arguments.iter().any(|a| match values.get(*a) {
            Value::Entity { root, .. } => root.as_ref() == "pair",
            _ => false,
        });
        if !deep {
            out.push(values.entity_of("pair", arguments));
        }
    },
};

/// `thing(v)`: an entity of a value that is none.
pub static THING: Function = Function {
    name: "thing",
    parameters: &[Type::Any],
    pattern: false,
    result: Type::Any,
    many: false,
    total: false,
    docs: "",
    run: |values, _, arguments, out| {
        if !matches!(values.get(arguments[0]), Value::Entity { .. }) {
            out.push(values.entity_of("thing", arguments));
        }
    },
};

pub fn function(name: &str) -> &'static Function {
    [&INC, &BELOW, &PAIR, &THING].into_iter().find(|f| f.name == name).expect("a function")
}

/// A program with its facts.
#[derive(Debug, Clone, Default)]
pub struct Case {
    pub program: Program,
    pub facts: Vec<(RelationId, Vec<ValueId>)>,
}

impl Case {
    /// Reads a program. Relations `…?` are the possible twins of those without the mark.
    pub fn parse(text: &str) -> Self {
        let mut case = Self::default();
        for (line, clause) in
            text.lines().map(|l| l.split("//").next().unwrap_or("").trim()).enumerate()
        {
            let Some(clause) = clause.strip_suffix('.') else { continue };
            let (head, body) = clause.split_once(":-").unwrap_or((clause, ""));
            let mut names = vec![];
            let head = case.atom(head, &mut names);
            let body: Vec<Literal> =
                parts(body).into_iter().map(|part| case.literal(part, &mut names)).collect();
            if body.is_empty() {
                let row = head.arguments.iter().map(|t| match t {
                    Term::Constant(c) => *c,
                    _ => panic!("a fact has no variables: {clause}"),
                });
                case.facts.push((head.relation, row.collect()));
                continue;
            }
            let span = Span::new(line, line + 1);
            case.program.origins.push(Origin {
                item: format!("line {}", line + 1),
                source: SourceId(0),
                span,
                conditions: vec![span; body.len()],
                variables: names.clone(),
            });
            Arc::make_mut(&mut case.program.rules).push(Rule {
                head,
                body,
                variables: names.len() as u32,
                stratum: 0,
                origin: case.program.origins.len() as u32 - 1,
            });
        }
        let named: BTreeMap<String, u32> = case
            .program
            .relations
            .iter()
            .enumerate()
            .map(|(n, r)| (r.name.clone(), n as u32))
            .collect();
        for (number, relation) in Arc::make_mut(&mut case.program.relations).iter_mut().enumerate()
        {
            relation.twin = RelationId(number as u32);
            let twin = match relation.name.strip_suffix('?') {
                Some(certain) => named.get(certain).copied(),
                None => named.get(&format!("{}?", relation.name)).copied(),
            };
            if let Some(twin) = twin {
                relation.twin = RelationId(twin);
            }
            if relation.name.ends_with('?') {
                relation.bound = Bound::Possible;
            }
            if relation.name.starts_with("unknown") {
                relation.role = Role::Unknown(KindId(0), 0);
            }
        }
        case.program.same = named.get("same").map(|n| RelationId(*n));
        case.stratify();
        case
    }

    /// Finds the strata of the rules and sorts them.
    pub fn stratify(&mut self) {
        let count = self.program.relations.len();
        let mut stratum = vec![0_u32; count];
        for _ in 0..=count * count {
            for rule in self.program.rules.iter() {
                for literal in &rule.body {
                    let least = match literal {
                        Literal::Atom(atom) => stratum[atom.relation.0 as usize],
                        Literal::Not(atom) => stratum[atom.relation.0 as usize] + 1,
                        Literal::Aggregate { relation, .. } => stratum[relation.0 as usize] + 1,
                        Literal::Compare(..) | Literal::Call { .. } => 0,
                    };
                    let head = &mut stratum[rule.head.relation.0 as usize];
                    *head = least.max(*head);
                }
            }
        }
        for rule in Arc::make_mut(&mut self.program.rules) {
            rule.stratum = stratum[rule.head.relation.0 as usize];
            assert!(rule.stratum as usize <= count, "a negation in a circle");
        }
        Arc::make_mut(&mut self.program.rules).sort_by_key(|r| r.stratum);
        self.program.strata = stratum.iter().max().map_or(0, |s| s + 1);
        self.program.same_stratum = self.program.same.map(|s| stratum[s.0 as usize]);
    }

    pub fn relation(&mut self, name: &str, arity: usize) -> RelationId {
        if let Some(known) = self.program.relations.iter().position(|r| r.name == name) {
            assert_eq!(self.program.relations[known].columns.len(), arity, "{name}");
            return RelationId(known as u32);
        }
        Arc::make_mut(&mut self.program.relations).push(RelationInfo {
            name: name.to_owned(),
            columns: vec![Type::Any; arity],
            role: Role::Auxiliary,
            bound: Bound::Certain,
            twin: RelationId(0),
        });
        RelationId(self.program.relations.len() as u32 - 1)
    }

    fn term(&mut self, text: &str, names: &mut Vec<String>) -> Term {
        let text = text.trim();
        if text == "_" {
            return Term::Wild;
        }
        if text.starts_with(|c: char| c.is_ascii_uppercase()) {
            let at = names.iter().position(|n| n == text).unwrap_or_else(|| {
                names.push(text.to_owned());
                names.len() - 1
            });
            return Term::Variable(Variable(at as u32));
        }
        let values = &mut self.program.values;
        Term::Constant(match (text.parse::<i64>(), text.strip_prefix('\'')) {
            (Ok(n), _) => values.int(n),
            (_, Some(name)) => values.entity("thing", name),
            _ => values.text(text),
        })
    }

    fn terms(&mut self, text: &str, names: &mut Vec<String>) -> (String, Vec<Term>) {
        let (name, rest) = text.trim().split_once('(').expect("name(…)");
        let inner = rest.strip_suffix(')').expect("…)");
        let terms = parts(inner).into_iter().map(|t| self.term(t, names)).collect();
        (name.trim().to_owned(), terms)
    }

    pub fn atom(&mut self, text: &str, names: &mut Vec<String>) -> Atom {
        let (name, arguments) = self.terms(text, names);
        Atom { relation: self.relation(&name, arguments.len()), arguments }
    }

    fn literal(&mut self, text: &str, names: &mut Vec<String>) -> Literal {
        let text = text.trim();
        if let Some(negated) = text.strip_prefix("not ") {
            return Literal::Not(self.atom(negated, names));
        }
        let operators = [
            ("!=", Compare::Ne),
            ("<=", Compare::Le),
            (">=", Compare::Ge),
            ("==", Compare::Eq),
            ("<", Compare::Lt),
            (">", Compare::Gt),
        ];
        for (sign, op) in operators {
            if let Some((a, b)) = text.split_once(sign) {
                return Literal::Compare(op, self.term(a, names), self.term(b, names));
            }
        }
        let Some((result, call)) = text.split_once('=') else {
            return Literal::Atom(self.atom(text, names));
        };
        let result = self.term(result, names);
        let call = call.trim();
        let aggregates = [
            ("count ", Aggregate::Count),
            ("sum ", Aggregate::Sum),
            ("min ", Aggregate::Min),
            ("max ", Aggregate::Max),
        ];
        for (word, function) in aggregates {
            if let Some(atom) = call.strip_prefix(word) {
                let atom = self.atom(atom, names);
                // The last column is the one that is looked at.
                let value = atom.arguments.len().saturating_sub(1) as u32;
                let (relation, keys) = (atom.relation, atom.arguments);
                return Literal::Aggregate { function, relation, keys, value, result };
            }
        }
        let (name, arguments) = self.terms(call, names);
        Literal::Call { function: function(&name), pattern: None, arguments, result }
    }

    /// The facts, with a place for each: its number.
    pub fn load(&self) -> Facts {
        let arities = self.program.relations.iter().map(|r| r.columns.len());
        let mut facts = Facts::new(self.program.values.clone(), arities);
        for (number, (relation, row)) in self.facts.iter().enumerate() {
            let span = Span::new(number, number + 1);
            facts.insert(*relation, row, Some(Place { source: SourceId(0), span, line: 1 }));
        }
        facts
    }

    pub fn solve(&self) -> Solution {
        let (solution, diagnostics) =
            redan_solve::solve(&self.program, self.load(), &Limits::default(), &|_: Event| {});
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        solution
    }

    pub fn naive(&self) -> Solution {
        let (solution, diagnostics) = redan_solve::naive::solve(
            &self.program,
            self.load(),
            &Limits::default(),
            &|_: Event| {},
        );
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        solution
    }

    /// All rows by relation, as sorted text.
    pub fn shown(&self, solution: &Solution) -> Vec<String> {
        let mut all = vec![];
        for (number, info) in self.program.relations.iter().enumerate() {
            for (_, row) in solution.facts.relation(RelationId(number as u32)).rows() {
                all.push(format!("{}{}", info.name, show_row(&solution.facts.values, &row)));
            }
        }
        all.sort();
        all
    }

    pub fn id(&self, name: &str) -> RelationId {
        let at = self.program.relations.iter().position(|r| r.name == name);
        RelationId(at.unwrap_or_else(|| panic!("no relation {name}")) as u32)
    }
}

pub fn show_row(values: &Values, row: &[ValueId]) -> String {
    format!("({})", row.iter().map(|v| show(values, *v)).collect::<Vec<_>>().join(", "))
}

/// A value with its type, unlike [`Values::show`].
pub fn show(values: &Values, id: ValueId) -> String {
    match values.get(id) {
        Value::Entity { root, key } => format!("{root}{}", show_row(values, key)),
        other => match other {
            Value::Str(s) => s.to_string(),
            Value::Int(n) => n.to_string(),
            other => format!("{other:?}"),
        },
    }
}

/// Splits at commas outside of parentheses.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut all = vec![];
    let mut begin = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                all.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    all.push(&text[begin..]);
    all.retain(|p| !p.trim().is_empty());
    all
}
