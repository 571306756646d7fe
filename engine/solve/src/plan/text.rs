//! Plans in words, for people.

use redan_facts::{RelationId, ValueId, Values};
use redan_program::ir::{Aggregate, Compare, Literal, Program, Rule};

use super::{Output, Plan, Source, Start, Step};

impl Plan {
    /// The plan of a rule in words.
    pub(crate) fn text(&self, rule: &Rule, program: &Program, values: &Values) -> String {
        let origin = program.origins.get(rule.origin as usize);
        let variable = |slot: usize| {
            origin
                .and_then(|o| o.variables.get(slot))
                .filter(|n| !n.is_empty())
                .map_or_else(|| format!("_{slot}"), Clone::clone)
        };
        let name = |r: RelationId| program.relations.get(r.0 as usize).map_or("?", |r| &r.name);
        let from = |s: &Source| match s {
            Source::Slot(slot) => variable(*slot),
            Source::Value(v) => values.show(ValueId(*v)),
        };
        let list = |sources: &[Source]| sources.iter().map(from).collect::<Vec<_>>().join(", ");
        let loaded = |load: &[(usize, usize)]| {
            load.iter().map(|l| variable(l.1)).collect::<Vec<_>>().join(", ")
        };
        let out = |o: &Output| match o {
            Output::Bind(slot) => format!(" -> {}", variable(*slot)),
            Output::Equal(s) => format!(" == {}", from(s)),
            Output::Any => String::new(),
        };
        let mut lines = vec![match &self.start {
            Start::Once => "once".to_owned(),
            Start::Scan { relation, delta, load, .. } => {
                let new = if *delta { "new rows of " } else { "" };
                format!("scan {new}{} -> {}", name(*relation), loaded(load))
            }
            Start::Lookup { index, key, load, .. } => {
                let key: Vec<Source> = key.iter().map(|k| Source::Value(*k)).collect();
                format!("look up {}({}) -> {}", name(index.relation), list(&key), loaded(load))
            }
        }];
        for stage in &self.stages {
            lines.push(match &stage.step {
                Step::Join { index, key, load, .. } => {
                    format!("join {}({}) -> {}", name(index.relation), list(key), loaded(load))
                }
                Step::Cross { relation, load, .. } => {
                    format!("cross {} -> {}", name(*relation), loaded(load))
                }
                Step::Meet { members, slot } => {
                    let all: Vec<String> = members
                        .iter()
                        .map(|m| format!("{}({})", name(m.walk.relation), list(&m.key)))
                        .collect();
                    format!("meet {} -> {}", all.join(" and "), variable(*slot))
                }
                Step::Test { index, key, negated } => {
                    let no = if *negated { "not " } else { "" };
                    format!("test {no}{}({})", name(index.relation), list(key))
                }
                Step::Any { relation, negated } => {
                    format!("test {}{}", if *negated { "no " } else { "any " }, name(*relation))
                }
                Step::Distinct => {
                    let names: Vec<String> = stage.keep.iter().map(|s| variable(*s)).collect();
                    format!("distinct {}", names.join(", "))
                }
                Step::Compare(op, a, b) => format!("compare {} {} {}", from(a), word(*op), from(b)),
                Step::Call { literal, arguments, result } => {
                    let called = match &rule.body[*literal] {
                        Literal::Call { function, .. } => function.name,
                        _ => "?",
                    };
                    format!("call {called}({}){}", list(arguments), out(result))
                }
                Step::Aggregate { literal, key, result } => match &rule.body[*literal] {
                    Literal::Aggregate { function, relation, .. } => {
                        let function = match function {
                            Aggregate::Count => "count",
                            Aggregate::Sum => "sum",
                            Aggregate::Min => "min",
                            Aggregate::Max => "max",
                        };
                        format!("{function} {}({}){}", name(*relation), list(key), out(result))
                    }
                    _ => "?".to_owned(),
                },
            });
        }
        lines.push(format!("give {}({})", name(self.head), list(&self.row)));
        lines.join("\n")
    }
}

fn word(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}
