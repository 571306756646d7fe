//! Why a finding or a fact holds: trees for a terminal.

use redan_base::Sources;
use redan_facts::{RelationId, ValueId};
use redan_program::ir::Program;
use redan_solve::{RowRef, Solution};
use redan_threats::{Derivation, Finding, Origin, View, derivation};
use serde::Serialize;

use crate::escape::line;
use crate::formats::{Style, full_finding};
use crate::layout::{Tone, guard};
use crate::texts::{Text, Words};
use crate::why_not::{Maker, Match, shown};

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

/// Facts that are explained at once.
const MOST: usize = 10;

/// Why facts hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedFacts {
    /// What was asked for: a rule, or a condition.
    pub what: String,
    /// How many facts agree.
    pub matches: usize,
    /// The first of them, those that hold for certain before those that are only possible.
    pub listed: Vec<ExplainedFact>,
}

/// A fact with its derivation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedFact {
    /// The fact.
    #[serde(flatten)]
    pub found: Match,
    /// Why it holds, down to places in files.
    pub derivation: Derivation,
}

/// The rows of a relation (its possible bound) that agree with the bindings, each with its shallowest derivation. `columns` are the names of
/// its columns.
pub fn explained_facts(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    (what, relation): (&str, RelationId),
    columns: &[&str],
    bindings: &[Option<ValueId>],
) -> ExplainedFacts {
    let view = View::new(program, &solution.facts, sources, "en");
    let maker = Maker { view: &view, solution };
    let bindings: Vec<_> = bindings.iter().map(|b| b.map(|v| solution.representative(v))).collect();
    let mut rows = solution.rows_like(relation, &bindings, usize::MAX);
    let twin = program.relations.get(relation.0 as usize).map_or(relation, |i| i.twin);
    let facts = &solution.facts;
    let possible = |row: &u32| {
        twin != relation && facts.relation(twin).find(&facts.relation(relation).row(*row)).is_none()
    };
    rows.sort_by(|a, b| {
        let values = |row: &u32| facts.relation(relation).row(*row);
        possible(a)
            .cmp(&possible(b))
            .then_with(|| facts.values.compare_rows(&values(a), &values(b)))
    });
    let asked = program.query.as_ref().is_some_and(|q| q.possible == relation);
    let listed = rows.iter().take(MOST).map(|row| {
        let mut tree = derivation(&view, &solution.proof(relation, *row));
        if asked {
            // The condition itself is the root; one that is a single fact is that fact.
            match tree.from.as_mut_slice() {
                [only] => tree = std::mem::take(only),
                _ => {
                    what.clone_into(&mut tree.fact);
                    tree.rule = None;
                }
            }
        }
        let found = maker.listed(RowRef { relation, row: *row }, columns);
        ExplainedFact { found, derivation: tree }
    });
    ExplainedFacts { what: what.to_owned(), matches: rows.len(), listed: listed.collect() }
}

/// Facts with their derivations, for a terminal.
pub fn explain_facts(report: &ExplainedFacts, language: &str, style: Style) -> String {
    let words = Words::of(language);
    if report.matches == 0 {
        return format!("{}\n", words.fill(Text::NothingHolds, &[&line(&report.what)]));
    }
    let mut out = String::new();
    for one in &report.listed {
        let possible = one.found.certainty == "possible";
        let certainty = words.get(if possible { Text::Possible } else { Text::Confirmed });
        out.push_str(&format!(
            "{}{}\n",
            style.paint(Tone::Strong, &shown(&one.found.bindings)),
            style.paint(Tone::Dim, &format!("  [{certainty}]"))
        ));
        out.push_str(&tree(&one.derivation, words, style));
        out.push('\n');
    }
    if report.matches > report.listed.len() {
        let more = words.count(Text::AndMore, report.matches - report.listed.len());
        out.push_str(&format!("{more}\n"));
    }
    guard(out)
}

/// A derivation as a tree, without colour.
pub(crate) fn tree_text(root: &Derivation, words: Words) -> String {
    tree(root, words, Style::default())
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
