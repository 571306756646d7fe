//! `redan why-not RULE [bindings]`: what was met and what was missing.

use redan_engine::base::{Source, Sources};
use redan_engine::facts::{RelationId, ValueId};
use redan_engine::grammar::syntax::ExprKind;
use redan_engine::grammar::{parse_arguments, syntax::Expr};
use redan_engine::program::ir::{Bound, Role};
use redan_engine::program::names::likely;
use redan_engine::program::schema::Type;
use redan_engine::report::explain_why_not;
use redan_engine::solve::why_not;

use crate::args::WhyNot;
use crate::load::{self, Run};
use crate::session::{Exit, Session};

/// Looks for a threat, then for a relation of this name.
pub fn run(arguments: &WhyNot, session: &mut Session) -> Exit {
    let run = match load::run(&(&arguments.at).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let Some((name, relation, columns)) = find(&run, &arguments.rule) else {
        let schema = &run.prepared.program.schema;
        let names: Vec<&str> = schema
            .threats
            .iter()
            .map(|t| t.declared.name.as_str())
            .chain(schema.relations.iter().map(|r| r.declared.name.as_str()))
            .flat_map(|n| [n, n.rsplit('.').next().unwrap_or(n)])
            .collect();
        let help = likely(&arguments.rule, names)
            .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        session.error(&format!("there is no threat or relation `{}`{help}", arguments.rule));
        return Exit::Usage;
    };
    let text: Vec<String> = arguments.bindings.iter().map(|b| binding(b)).collect();
    let text = text.join(", ");
    let mut sources = Sources::new();
    let source = sources.add(Source::new("<bindings>", text.as_str()));
    let (parsed, problems) = parse_arguments(source, &text);
    if !problems.is_empty() {
        session.diagnostics(&problems, &sources);
        let all: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
        session.error(&format!(
            "a binding is written `variable=value`; the variables of `{name}` are {}",
            all.join(", ")
        ));
        return Exit::Usage;
    }
    let mut bindings: Vec<Option<ValueId>> = vec![None; columns.len()];
    for (variable, value) in &parsed {
        let Some(index) = columns.iter().position(|(n, _)| *n == variable.text) else {
            let all: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
            session.error(&format!(
                "`{name}` has no variable `{}`; it has {}",
                variable.text,
                all.join(", ")
            ));
            return Exit::Usage;
        };
        let found = columns.get(index).and_then(|(_, ty)| lookup(&run, ty, value));
        if found.is_none() {
            session.print(&format!("nothing in this repository is called `{}`\n", shown(value)));
            return Exit::Fine;
        }
        if let Some(slot) = bindings.get_mut(index) {
            *slot = found;
        }
    }
    let answer = why_not(&run.prepared.program, &run.analysis.solution, relation, &bindings);
    let text = explain_why_not(
        &run.prepared.program,
        &run.analysis.solution,
        &run.analysis.sources,
        &answer,
        &name,
        session.style(false),
    );
    session.print(&text);
    run.completeness()
}

/// A binding as the language writes it. In `name=value` the value is taken as it stands, so that no shell has to
/// be told of quotes within quotes; `name: value` is the language's own form.
fn binding(text: &str) -> String {
    match text.split_once('=') {
        Some((name, value)) if !name.contains(':') && !value.trim().starts_with('"') => {
            let value = value.trim().replace('\\', "\\\\").replace('"', "\\\"");
            format!("{}: \"{value}\"", name.trim())
        }
        Some((name, value)) if !name.contains(':') => format!("{}: {}", name.trim(), value.trim()),
        _ => text.to_owned(),
    }
}

/// The variables of a rule with their types.
type Columns = Vec<(String, Type)>;

/// The relation of a threat (what possibly matches it) or of a declared relation, with its columns.
fn find(run: &Run, name: &str) -> Option<(String, RelationId, Columns)> {
    let program = &run.prepared.program;
    let is = |full: &str| full == name || full.rsplit('.').next() == Some(name);
    for (threat, rules) in program.schema.threats.iter().zip(&program.threats) {
        if is(&threat.declared.name) {
            return Some((threat.declared.name.clone(), rules.possible, rules.bindings.clone()));
        }
    }
    let index = program.schema.relations.iter().position(|r| is(&r.declared.name))?;
    let relation = program.schema.relations.get(index)?;
    let role = Role::Declared(index as u32);
    let number = program
        .relations
        .iter()
        .position(|r| r.role == role && r.bound == Bound::Possible)
        .or_else(|| program.relations.iter().position(|r| r.role == role))?;
    Some((relation.declared.name.clone(), RelationId(number as u32), relation.parameters.clone()))
}

/// The value that a person means: an entity by its name, else a text, symbol, number or truth value.
fn lookup(run: &Run, ty: &Type, value: &Expr) -> Option<ValueId> {
    let text = shown(value);
    let values = &run.analysis.solution.facts.values;
    let normal = redan_engine::facts::normalise(&text);
    let entity = matches!(ty, Type::Entity(_));
    let candidates: Vec<ValueId> = (0..values.len() as u32)
        .map(ValueId)
        .filter(|v| {
            let is_entity = matches!(values.get(*v), redan_engine::facts::Value::Entity { .. });
            is_entity == entity
                && if entity {
                    redan_engine::facts::normalise(&values.show(*v)) == normal
                } else {
                    values.show(*v) == text
                }
        })
        .collect();
    let kind_root = match ty {
        Type::Entity(kind) => {
            let kinds = &run.prepared.program.schema.kinds;
            kinds
                .get(kind.0 as usize)
                .and_then(|k| kinds.get(k.root.0 as usize))
                .map(|k| k.declared.name.clone())
        }
        Type::Bool | Type::Int | Type::Str | Type::Enum(_) | Type::Any => None,
    };
    candidates
        .into_iter()
        .filter(|v| match (values.get(*v), &kind_root) {
            (redan_engine::facts::Value::Entity { root, .. }, Some(wanted)) => **root == **wanted,
            _ => true,
        })
        .min_by(|a, b| values.compare(*a, *b))
        .map(|v| run.analysis.solution.representative(v))
}

fn shown(value: &Expr) -> String {
    match &value.kind {
        ExprKind::Text(text) | ExprKind::Name(text) => text.clone(),
        ExprKind::Int(number) => number.to_string(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Access(base, name) => format!("{}.{}", shown(base), name.text),
        ExprKind::Sum { left, right, minus } => {
            format!("{}{}{}", shown(left), if *minus { "-" } else { "+" }, shown(right))
        }
        ExprKind::Regex(_)
        | ExprKind::Code(_)
        | ExprKind::Wild
        | ExprKind::Capture(_)
        | ExprKind::Captures(_)
        | ExprKind::Tree(_)
        | ExprKind::Call(..)
        | ExprKind::List(_)
        | ExprKind::First(_)
        | ExprKind::Aggregate { .. } => String::new(),
    }
}
