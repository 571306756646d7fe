//! `redan why-not RULE [bindings]`: what was met and what was missing.

use redan_engine::base::{Source, Sources};
use redan_engine::facts::{RelationId, ValueId};
use redan_engine::grammar::syntax::ExprKind;
use redan_engine::grammar::{parse_arguments, syntax::Expr};
use redan_engine::program::ir::{Bound, Role};
use redan_engine::program::names::likely;
use redan_engine::program::schema::Type;
use redan_engine::report::{explain_why_not, why_not_report};
use redan_engine::solve::why_not;
use redan_engine::threats::View;

use crate::args::{PlainFormat, WhyNot};
use crate::load::{self, Run};
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Looks for a threat, then for a relation of this name.
pub fn run(arguments: &WhyNot, session: &mut Session) -> Exit {
    session.machine = arguments.format == PlainFormat::Json;
    let run = match load::run(&(&arguments.at).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let Some((name, relation, columns)) = find(&run, &arguments.rule) else {
        let meant = meant(&run, &arguments.rule, session);
        session.error_and(Said::NoRelation, &[&arguments.rule], &meant);
        return Exit::Usage;
    };
    let bindings = match bound(&run, &format!("`{name}`"), &columns, &arguments.bindings, session) {
        Ok(bindings) => bindings,
        Err(exit) => return exit,
    };
    let answer = why_not(&run.prepared.program, &run.analysis.solution, relation, &bindings);
    let variables: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
    let report = why_not_report(
        &run.prepared.program,
        &run.analysis.solution,
        &run.analysis.sources,
        &answer,
        (&name, relation),
        &variables,
    );
    match arguments.format {
        PlainFormat::Json => match serde_json::to_string_pretty(&report) {
            Ok(json) => session.print(&format!("{json}\n")),
            Err(error) => session.complain(&error.to_string()),
        },
        PlainFormat::Text => {
            let text = explain_why_not(&report, session.language(), session.style(false));
            session.print(&text);
        }
    }
    run.completeness()
}

/// The threat or relation that was probably meant.
pub(super) fn meant(run: &Run, name: &str, session: &Session) -> String {
    let schema = &run.prepared.program.schema;
    let threats = schema.threats.iter().map(|t| t.declared.name.as_str());
    let relations = schema.relations.iter().map(|r| r.declared.name.as_str());
    let names = threats.chain(relations).flat_map(|n| [n, n.rsplit('.').next().unwrap_or(n)]);
    session.meant(likely(name, names))
}

/// The values that bindings give to the columns of what `whose` names: None where nothing is said. A mistake is told.
pub(super) fn bound(
    run: &Run,
    whose: &str,
    columns: &[(String, Type)],
    bindings: &[String],
    session: &mut Session,
) -> Result<Vec<Option<ValueId>>, Exit> {
    let all: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
    let text: Vec<String> = bindings.iter().map(|b| binding(b)).collect();
    let text = text.join(", ");
    let mut sources = Sources::new();
    let source = sources.add(Source::new("<bindings>", text.as_str()));
    let (parsed, problems) = parse_arguments(source, &text);
    if !problems.is_empty() {
        session.diagnostics(&problems, &sources);
        session.error(Said::BindingForm, &[whose, &all.join(", ")]);
        return Err(Exit::Usage);
    }
    let mut bound: Vec<Option<ValueId>> = vec![None; columns.len()];
    for (variable, value) in &parsed {
        let column = columns.iter().zip(&mut bound).find(|((n, _), _)| *n == variable.text);
        let Some(((_, ty), slot)) = column else {
            let help = session.meant(likely(&variable.text, all.iter().copied()));
            session.error_and(Said::NoVariable, &[whose, &variable.text, &all.join(", ")], &help);
            return Err(Exit::Usage);
        };
        *slot = lookup(run, ty, value);
        if slot.is_none() {
            let names = names(run, ty);
            let help = session.meant(likely(&shown(value), names.iter().map(String::as_str)));
            session.error_and(Said::NoSuchName, &[&shown(value)], &help);
            return Err(Exit::Usage);
        }
    }
    Ok(bound)
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
pub(super) type Columns = Vec<(String, Type)>;

/// The relation of a threat (what possibly matches it) or of a declared relation, with its columns.
pub(super) fn find(run: &Run, name: &str) -> Option<(String, RelationId, Columns)> {
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

/// What values of a type are called: the members of a kind, the symbols of an enum.
fn names(run: &Run, ty: &Type) -> Vec<String> {
    let program = &run.prepared.program;
    match ty {
        Type::Entity(kind) => {
            let facts = &run.analysis.solution.facts;
            let view = View::new(program, facts, &run.analysis.sources, "en");
            view.members(*kind).into_iter().map(|m| view.show(m)).collect()
        }
        Type::Enum(of) => {
            program.schema.enums.get(of.0 as usize).map(|e| e.symbols.clone()).unwrap_or_default()
        }
        Type::Bool | Type::Int | Type::Str | Type::Any => vec![],
    }
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
