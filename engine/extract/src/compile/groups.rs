//! Named groups of regular expressions that nothing reads.

use redan_base::Diagnostic;
use redan_grammar::syntax::{Cond, CondKind, Expr, ExprKind, Matcher};
use redan_program::ir::{Extractor, ExtractorCase};
use rustc_hash::FxHashSet;

use super::{Finder, Reader};
use crate::expr_compile::likely;

/// A group of a regular expression that nothing reads is a mistyped field more often than not.
pub(super) fn unused_groups(
    extractor: &Extractor,
    case: &ExtractorCase,
    captures: &[String],
    finders: &[(Reader, Finder)],
    errors: &mut Vec<Diagnostic>,
) {
    let Matcher::Regex(text) = &case.syntax.matcher else { return };
    if !finders.iter().any(|(_, f)| matches!(f, Finder::Regex(..))) {
        return;
    }
    let mut used = FxHashSet::default();
    let syntax = &case.syntax;
    if let Some(filter) = &syntax.filter {
        captures_of_cond(filter, &mut used);
    }
    for output in &syntax.outputs {
        captures_of_expr(&output.value, &mut used);
    }
    for group in captures {
        if used.contains(group.as_str()) || extractor.fields.iter().any(|f| f.name == *group) {
            continue;
        }
        let fields = extractor.fields.iter().map(|f| f.name.as_str());
        let help = match likely(group, fields) {
            Some(field) => format!("did you mean the field `{field}`?"),
            None => format!("write `(?:…)` for a group that is not read, or a field `{group}`"),
        };
        let message = format!("no field and no condition reads the group `{group}`");
        errors.push(Diagnostic::warning(414, message).at(case.source, text.span, "").help(help));
    }
}

fn captures_of_expr<'e>(expr: &'e Expr, out: &mut FxHashSet<&'e str>) {
    match &expr.kind {
        ExprKind::Capture(name) | ExprKind::Captures(name) => {
            out.insert(name.trim_start_matches('$'));
        }
        ExprKind::Call(_, list) | ExprKind::List(list) | ExprKind::First(list) => {
            for inner in list {
                captures_of_expr(inner, out);
            }
        }
        ExprKind::Sum { left, right, .. } => {
            captures_of_expr(left, out);
            captures_of_expr(right, out);
        }
        _ => {}
    }
}

fn captures_of_cond<'e>(cond: &'e Cond, out: &mut FxHashSet<&'e str>) {
    match &cond.kind {
        CondKind::And(list) | CondKind::Or(list) => {
            for inner in list {
                captures_of_cond(inner, out);
            }
        }
        CondKind::Not(inner) | CondKind::Group(inner) => captures_of_cond(inner, out),
        CondKind::Compare(_, a, b)
        | CondKind::In { left: a, right: b, .. }
        | CondKind::Matches(a, b)
        | CondKind::Like(a, b)
        | CondKind::Verb { left: a, right: b, .. } => {
            captures_of_expr(a, out);
            captures_of_expr(b, out);
        }
        CondKind::Is { subject, .. } | CondKind::Truth(subject) => captures_of_expr(subject, out),
        CondKind::Call(_, list) => {
            for inner in list {
                captures_of_expr(inner, out);
            }
        }
        _ => {}
    }
}
