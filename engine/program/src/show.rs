//! Rules as text: `head :- body`, for tests, `query --plan` and people who look for a mistake.

use std::fmt::Write;

use redan_facts::{RelationId, Value, ValueId};

use crate::ir::{Aggregate, Atom, Bound, Literal, Program, Rule, Term};
use crate::lower::symbol;

impl Program {
    /// A relation's name; `?` follows that of the possible bound.
    pub fn relation_name(&self, id: RelationId) -> String {
        match self.relations.get(id.0 as usize) {
            Some(r) if r.bound == Bound::Possible => format!("{}?", r.name),
            Some(r) => r.name.clone(),
            None => format!("#{}", id.0),
        }
    }

    /// A rule as text. Variables have their names, those of the lowering numbers.
    pub fn explain_rule(&self, rule: &Rule) -> String {
        let shown = Shown { program: self, rule };
        let mut out = shown.atom(&rule.head);
        if rule.body.is_empty() {
            return out;
        }
        out.push_str(" :- ");
        for (i, literal) in rule.body.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_str(&shown.literal(literal));
        }
        out
    }

    /// A condition of a rule's body as text.
    pub fn explain_literal(&self, rule: &Rule, literal: &Literal) -> String {
        Shown { program: self, rule }.literal(literal)
    }
}

struct Shown<'a> {
    program: &'a Program,
    rule: &'a Rule,
}

impl Shown<'_> {
    fn atom(&self, atom: &Atom) -> String {
        let arguments = self.terms(&atom.arguments);
        format!("{}({arguments})", self.program.relation_name(atom.relation))
    }

    fn literal(&self, literal: &Literal) -> String {
        match literal {
            Literal::Atom(atom) => self.atom(atom),
            Literal::Not(atom) => format!("not {}", self.atom(atom)),
            Literal::Compare(op, a, b) => {
                format!("{} {} {}", self.term(*a), symbol(*op), self.term(*b))
            }
            Literal::Call { function, pattern, arguments, result } => {
                let mut out = function.name.to_owned();
                if let Some(pattern) = pattern {
                    let _ = write!(out, "[{}]", pattern.replace('\0', " "));
                }
                let _ = write!(out, "({})", self.terms(arguments));
                match result {
                    Term::Wild => out,
                    result => format!("{} = {out}", self.term(*result)),
                }
            }
            Literal::Aggregate { function, relation, keys, value, result } => {
                let name = match function {
                    Aggregate::Count => "count".to_owned(),
                    Aggregate::Sum => format!("sum {value}"),
                    Aggregate::Min => format!("min {value}"),
                    Aggregate::Max => format!("max {value}"),
                };
                let relation = self.program.relation_name(*relation);
                format!("{} = {name} {relation}({})", self.term(*result), self.terms(keys))
            }
        }
    }

    fn terms(&self, terms: &[Term]) -> String {
        terms.iter().map(|t| self.term(*t)).collect::<Vec<_>>().join(", ")
    }

    fn term(&self, term: Term) -> String {
        match term {
            Term::Wild => "_".to_owned(),
            Term::Constant(c) => self.constant(c),
            Term::Variable(v) => {
                let origin = self.program.origins.get(self.rule.origin as usize);
                let name = origin.and_then(|o| o.variables.get(v.0 as usize));
                match name.filter(|n| !n.is_empty()) {
                    Some(name) => name.clone(),
                    None => format!("v{}", v.0),
                }
            }
        }
    }

    fn constant(&self, id: ValueId) -> String {
        match self.program.values.get(id) {
            Value::Str(s) => format!("{s:?}"),
            Value::Symbol { .. } if crate::functions::is_unknown(&self.program.values, id) => {
                "@unknown".to_owned()
            }
            _ => self.program.values.show(id),
        }
    }
}
