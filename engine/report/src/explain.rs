//! Why a finding holds, and why something does not: trees and lists for a terminal.

use redan_base::Sources;
use redan_program::ir::{Program, Role};
use redan_solve::{ConditionState, Solution, WhyNot};
use redan_threats::{Derivation, Finding, Origin, View, mask_value};

use crate::escape::line;
use crate::formats::{Style, full_finding};
use crate::layout::{Tone, guard};
use crate::texts::{Text, Words};

/// A finding with the whole tree of its derivation.
pub fn explain_finding(finding: &Finding, language: &str, style: Style) -> String {
    let words = Words::of(language);
    let mut out = full_finding(finding, words, style);
    if !finding.description.trim().is_empty() {
        out.push('\n');
        out.push_str(&crate::layout::indent(
            crate::layout::reflow(&crate::escape::lines(&finding.description)).trim_end(),
            2,
            0,
            style.width,
        ));
    }
    out.push_str(&format!("\n{}\n", style.paint(Tone::Strong, words.get(Text::Derivation))));
    out.push_str(&tree(&finding.derivation, words, style));
    guard(out)
}

/// A derivation as a tree.
fn tree(root: &Derivation, words: Words, style: Style) -> String {
    /// What is drawn next: a node, the lead of its line and of its children's.
    struct Next<'a>(&'a Derivation, String, String);
    let mut out = String::new();
    let mut stack = vec![Next(root, "  ".to_owned(), "  ".to_owned())];
    while let Some(Next(node, lead, below)) = stack.pop() {
        let place = node.at.as_ref().map(|s| format!("{}:{}:{}", line(&s.path), s.line, s.column));
        let tone = if node.origin == Origin::Unknown { Tone::Warn } else { Tone::Dim };
        let how = [origin(node, words), place].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let how = if how.is_empty() { how } else { format!("  [{how}]") };
        out.push_str(&format!(
            "{}{}{}\n",
            style.paint(Tone::Dim, &lead),
            line(&node.fact),
            style.paint(tone, &how)
        ));
        for (number, child) in node.from.iter().enumerate().rev() {
            let last = number + 1 == node.from.len();
            let (branch, bar) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            stack.push(Next(child, format!("{below}{branch}"), format!("{below}{bar}")));
        }
    }
    out
}

fn origin(node: &Derivation, words: Words) -> Option<String> {
    Some(match node.origin {
        Origin::Rule => return node.rule.as_ref().map(|r| line(r)),
        Origin::Found => words.get(Text::OriginFound).to_owned(),
        Origin::Stated => words.get(Text::OriginStated).to_owned(),
        Origin::Default => words.get(Text::OriginDefault).to_owned(),
        Origin::Absent => words.get(Text::OriginAbsent).to_owned(),
        Origin::Unknown => words.get(Text::OriginUnknown).to_owned(),
        Origin::Computed => words.get(Text::OriginComputed).to_owned(),
        Origin::Above => words.get(Text::OriginAbove).to_owned(),
        Origin::Cut => words.get(Text::OriginCut).to_owned(),
    })
}

/// Why a rule has no match: each condition, as written, with what became of it for the nearest
/// candidate.
pub fn explain_why_not(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    answer: &WhyNot,
    name: &str,
    style: Style,
) -> String {
    let view = View::new(program, &solution.facts, sources, "en");
    let mut out = String::new();
    if !answer.holds.is_empty() {
        return format!(
            "{} holds: {} found\n",
            line(name),
            plural(answer.holds.len(), "match", "matches")
        );
    }
    if answer.clauses.is_empty() {
        return format!("no rule concludes {}\n", line(name));
    }
    for clause in &answer.clauses {
        let Some(origin) = program.origins.get(clause.origin as usize) else { continue };
        let place = sources.place(origin.source, origin.span);
        let at = format!("{}:{}", line(sources.path(origin.source)), place.line);
        out.push_str(&format!(
            "{}  {}\n",
            style.paint(Tone::Strong, &line(&origin.item)),
            style.paint(Tone::Dim, &at)
        ));
        let bound: Vec<String> = origin
            .variables
            .iter()
            .zip(&clause.nearest)
            .filter(|(name, _)| !name.is_empty())
            .filter_map(|(name, v)| Some((name, (*v)?)))
            .map(|(name, v)| format!("{name} = {}", mask_value(name, &line(&view.show(v)))))
            .collect();
        if !bound.is_empty() {
            out.push_str(&format!("  nearest: {}\n", bound.join(", ")));
        }
        out.push_str(&conditions(&view, clause, origin, style));
        if clause.bounded {
            out.push_str("  (the search was cut short; there may be a nearer match)\n");
        }
    }
    guard(out)
}

/// The written conditions of a clause with their state; the lowering may have made several literals
/// of one, of which the worst counts.
fn conditions(
    view: &View<'_>,
    clause: &redan_solve::ClauseReport,
    origin: &redan_program::ir::Origin,
    style: Style,
) -> String {
    let mut written: Vec<(redan_base::Span, ConditionState, Option<usize>)> = vec![];
    for (number, (span, state)) in origin.conditions.iter().zip(&clause.conditions).enumerate() {
        if *span == origin.span {
            continue;
        }
        let failing = (clause.first_failing == Some(number)).then_some(number);
        match written.iter_mut().find(|(s, ..)| s == span) {
            Some((_, known, first)) => {
                *known = worse(*known, *state);
                *first = first.or(failing);
            }
            None => written.push((*span, *state, failing)),
        }
    }
    let mut out = String::new();
    for (span, state, failing) in written {
        let text = view.sources.get(origin.source).map_or("", |s| s.slice(span));
        let text: Vec<&str> = text.split_whitespace().collect();
        let (sign, tone) = match (state, failing) {
            (ConditionState::Met, None) => ("✓", Tone::Good),
            (ConditionState::Failed, _) | (ConditionState::Met, Some(_)) => ("✗", Tone::Bad),
            (ConditionState::NotReached, _) => ("·", Tone::Dim),
        };
        out.push_str(&format!("  {} {}", style.paint(tone, sign), line(&text.join(" "))));
        if state == ConditionState::Failed
            && let Some(known) = unknown(view, clause, failing)
        {
            out.push_str(&style.paint(Tone::Dim, &format!("  ({known})")));
        }
        out.push('\n');
    }
    out
}

fn worse(a: ConditionState, b: ConditionState) -> ConditionState {
    let rank = |s| match s {
        ConditionState::Failed => 0,
        ConditionState::NotReached => 1,
        ConditionState::Met => 2,
    };
    if rank(a) <= rank(b) { a } else { b }
}

/// What is known of the attribute that the failed condition reads.
fn unknown(
    view: &View<'_>,
    clause: &redan_solve::ClauseReport,
    failing: Option<usize>,
) -> Option<String> {
    use redan_program::ir::{Literal, Term};
    let rule = view.program.rules.get(clause.rule as usize)?;
    let (Literal::Atom(atom) | Literal::Not(atom)) = rule.body.get(failing?)? else { return None };
    let info = view.program.relations.get(atom.relation.0 as usize)?;
    let (Role::Attribute(kind, number) | Role::Known(kind, number) | Role::Unknown(kind, number)) =
        info.role
    else {
        return None;
    };
    let name = &view.kind(kind)?.attributes.get(number as usize)?.name;
    let Term::Variable(variable) = atom.arguments.first()? else { return None };
    let entity = clause.nearest.get(variable.0 as usize).copied().flatten()?;
    let values = view.values(entity, name);
    if values.is_empty() {
        return Some(format!("{name} of {} is unknown", line(&view.show(entity))));
    }
    let shown: Vec<String> =
        values.into_iter().map(|v| mask_value(name, &line(&view.show(v)))).collect();
    Some(format!("{name} of {} is {}", line(&view.show(entity)), shown.join(", ")))
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
