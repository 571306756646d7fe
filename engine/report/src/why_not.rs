//! Why something does not hold: the conditions of each clause as they were written, what became of them for the
//! nearest miss, and where what meets them was seen. If it does hold: the matches.

use redan_base::{Sources, Span};
use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Bound, Literal, Origin, Program, Term};
use redan_solve::{ClauseReport, ConditionState, RowRef, Solution, WhyNot};
use redan_threats::{Spot, View, fact, mask_value, spot};
use serde::{Deserialize, Serialize};

use crate::escape::line;
use crate::formats::Style;
use crate::layout::{Tone, guard};
use crate::texts::{Text, Words};

/// Matches that are listed.
const MOST: usize = 20;
/// Facts that are told of one condition.
const MOST_FACTS: usize = 3;

/// The answer to `redan why-not`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyNotReport {
    /// The threat or relation, `pack.name`.
    pub rule: String,
    /// How many matches there are after all.
    pub matches: usize,
    /// The first of them.
    pub listed: Vec<Match>,
    /// If there is none: what became of each clause.
    pub clauses: Vec<Clause>,
}

/// A match that does hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Match {
    /// `confirmed` or `possible`.
    pub certainty: &'static str,
    /// Its bindings.
    pub bindings: Vec<BoundValue>,
    /// Where it is seen first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Spot>,
}

/// A variable and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoundValue {
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A clause that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The item it belongs to.
    pub item: String,
    /// Where the clause is written.
    pub at: Spot,
    /// The binding that meets the most conditions.
    pub nearest: Vec<BoundValue>,
    /// How many conditions it meets.
    pub met: usize,
    /// The conditions, in the order written.
    pub conditions: Vec<Condition>,
    /// Whether the search was cut short, so that there may be a nearer miss.
    pub bounded: bool,
}

/// A condition as the author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its text.
    pub text: String,
    /// Where it is written.
    pub at: Spot,
    /// `met`, `failed` or `not_reached`, for the nearest miss.
    pub state: &'static str,
    /// Whether it is the first that nothing meets together with those before it.
    pub first_failing: bool,
    /// What meets it, or what is known where it fails.
    pub facts: Vec<Seen>,
}

/// A fact, and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The fact.
    pub fact: String,
    /// The first place that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Spot>,
}

/// The answer with names instead of numbers. `columns` are the variables of the rule.
pub fn why_not_report(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    answer: &WhyNot,
    (rule, relation): (&str, RelationId),
    columns: &[&str],
) -> WhyNotReport {
    let view = View::new(program, &solution.facts, sources, "en");
    let maker = Maker { view: &view, solution };
    WhyNotReport {
        rule: rule.to_owned(),
        matches: answer.matches,
        listed: answer
            .holds
            .iter()
            .take(MOST)
            .map(|row| maker.listed(RowRef { relation, row: *row }, columns))
            .collect(),
        clauses: answer.clauses.iter().filter_map(|c| maker.clause(c)).collect(),
    }
}

/// Gives numbers their names.
pub(crate) struct Maker<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) solution: &'a Solution,
}

impl Maker<'_> {
    fn bound(&self, name: &str, value: ValueId) -> BoundValue {
        let value = mask_value(name, &self.view.show(value));
        BoundValue { name: name.to_owned(), value }
    }

    /// The first place that a fact rests on.
    fn place(&self, row: RowRef) -> Option<Spot> {
        let places = self.solution.proof(row.relation, row.row).places();
        places.first().map(|p| spot(self.view.sources, *p))
    }

    /// A row that holds, with the names of its columns.
    pub(crate) fn listed(&self, row: RowRef, columns: &[&str]) -> Match {
        let values = self.view.facts.relation(row.relation).row(row.row);
        let info = self.view.program.relations.get(row.relation.0 as usize);
        let certain = info.is_none_or(|i| {
            i.bound == Bound::Certain || self.view.facts.relation(i.twin).find(&values).is_some()
        });
        Match {
            certainty: if certain { "confirmed" } else { "possible" },
            bindings: columns.iter().zip(values).map(|(n, v)| self.bound(n, v)).collect(),
            at: self.place(row),
        }
    }

    fn clause(&self, clause: &ClauseReport) -> Option<Clause> {
        let origin = self.view.program.origins.get(clause.origin as usize)?;
        let named = origin.variables.iter().zip(&clause.nearest);
        let conditions = self.conditions(clause, origin);
        Some(Clause {
            item: origin.item.clone(),
            at: self.written(origin, origin.span),
            nearest: named
                .filter(|(name, _)| !name.is_empty())
                .filter_map(|(name, v)| Some(self.bound(name, (*v)?)))
                .collect(),
            met: conditions.iter().filter(|c| c.state == "met").count(),
            conditions,
            bounded: clause.bounded,
        })
    }

    fn written(&self, origin: &Origin, span: Span) -> Spot {
        spot(self.view.sources, self.view.sources.place(origin.source, span))
    }

    /// A row for people, and where it was seen.
    pub(crate) fn seen(&self, row: RowRef) -> Seen {
        let values = self.view.facts.relation(row.relation).row(row.row);
        let values: Vec<Option<ValueId>> = values.into_iter().map(Some).collect();
        Seen { fact: fact(self.view, row.relation, &values), at: self.place(row) }
    }

    /// The condition that a literal was lowered from, as it was written.
    pub(crate) fn condition_text(&self, clause: &ClauseReport, literal: usize) -> Option<String> {
        let origin = self.view.program.origins.get(clause.origin as usize)?;
        let span = origin.conditions.get(literal).filter(|s| **s != origin.span)?;
        let text = self.view.sources.get(origin.source)?.slice(*span);
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The written conditions; the lowering may have made several literals of one, of which the worst counts.
    fn conditions(&self, clause: &ClauseReport, origin: &Origin) -> Vec<Condition> {
        let mut spans: Vec<Span> = vec![];
        for span in &origin.conditions {
            if *span != origin.span && !spans.contains(span) {
                spans.push(*span);
            }
        }
        spans.sort_by_key(|s| s.start);
        let source = self.view.sources.get(origin.source);
        spans
            .into_iter()
            .map(|span| {
                let literals: Vec<usize> = (0..origin.conditions.len())
                    .filter(|l| origin.conditions.get(*l) == Some(&span))
                    .collect();
                let states = literals.iter().filter_map(|l| clause.conditions.get(*l)).copied();
                let state = states.min_by_key(|s| match s {
                    ConditionState::Failed => 0,
                    ConditionState::NotReached => 1,
                    ConditionState::Met => 2,
                });
                let text = source.map_or("", |s| s.slice(span));
                Condition {
                    text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                    at: self.written(origin, span),
                    state: match state {
                        Some(ConditionState::Met) => "met",
                        Some(ConditionState::Failed) => "failed",
                        Some(ConditionState::NotReached) | None => "not_reached",
                    },
                    first_failing: clause.first_failing.is_some_and(|f| literals.contains(&f)),
                    facts: self.facts(clause, &literals),
                }
            })
            .collect()
    }

    /// What is known of the literals of a condition: the rows that met them, those that a denial runs into, and the values that
    /// a failed one reads.
    fn facts(&self, clause: &ClauseReport, literals: &[usize]) -> Vec<Seen> {
        let Some(rule) = self.view.program.rules.get(clause.rule as usize) else { return vec![] };
        let mut found: Vec<RowRef> = vec![];
        for literal in literals {
            match (rule.body.get(*literal), clause.rows.get(*literal)) {
                (_, Some(Some(row))) => found.push(*row),
                (Some(Literal::Atom(atom) | Literal::Not(atom)), _) => {
                    let pattern: Vec<Option<ValueId>> = atom
                        .arguments
                        .iter()
                        .map(|t| match t {
                            Term::Variable(v) => {
                                clause.nearest.get(v.0 as usize).copied().flatten()
                            }
                            Term::Constant(c) => Some(self.solution.representative(*c)),
                            Term::Wild => None,
                        })
                        .collect();
                    if pattern.iter().any(Option::is_some) {
                        let rows = self.solution.rows_like(atom.relation, &pattern, MOST_FACTS);
                        let relation = atom.relation;
                        found.extend(rows.into_iter().map(|row| RowRef { relation, row }));
                    }
                }
                _ => {}
            }
        }
        let mut told: Vec<Seen> = vec![];
        for row in found {
            let seen = self.seen(row);
            if told.len() < MOST_FACTS && seen.fact != "…" && !told.contains(&seen) {
                told.push(seen);
            }
        }
        told
    }
}

/// Bindings in a line.
pub(crate) fn shown(list: &[BoundValue]) -> String {
    let all = list.iter().map(|b| format!("{} = {}", line(&b.name), line(&b.value)));
    all.collect::<Vec<_>>().join(", ")
}

/// The answer for a terminal.
pub fn explain_why_not(report: &WhyNotReport, language: &str, style: Style) -> String {
    let words = Words::of(language);
    let at = |spot: &Spot| format!("{}:{}:{}", line(&spot.path), spot.line, spot.column);
    let bindings = shown;
    let mut out = String::new();
    if report.matches > 0 {
        let count = report.matches.to_string();
        out.push_str(&words.fill(Text::WhyNotHolds, &[&count, &line(&report.rule)]));
        out.push('\n');
        for one in &report.listed {
            let certainty = if one.certainty == "possible" {
                words.get(Text::Possible)
            } else {
                words.get(Text::Confirmed)
            };
            let place = one.at.as_ref().map(at).unwrap_or_default();
            let about = style.paint(Tone::Dim, format!("  [{certainty}]  {place}").trim_end());
            out.push_str(&format!("  {}{about}\n", bindings(&one.bindings)));
        }
        if report.matches > report.listed.len() {
            let more = words.count(Text::AndMore, report.matches - report.listed.len());
            out.push_str(&format!("  {more}\n"));
        }
        return guard(out);
    }
    if report.clauses.is_empty() {
        return format!("{}\n", words.fill(Text::WhyNotNoRule, &[&line(&report.rule)]));
    }
    for clause in &report.clauses {
        out.push_str(&format!(
            "{}  {}\n",
            style.paint(Tone::Strong, &line(&clause.item)),
            style.paint(Tone::Dim, &at(&clause.at))
        ));
        if !clause.nearest.is_empty() {
            let (met, all) = (clause.met.to_string(), clause.conditions.len().to_string());
            let text = words.fill(Text::WhyNotNearest, &[&met, &all, &bindings(&clause.nearest)]);
            out.push_str(&format!("  {text}\n"));
        }
        for condition in &clause.conditions {
            let (sign, tone) = match condition.state {
                "met" => ("✓", Tone::Good),
                "failed" => ("✗", Tone::Bad),
                _ => ("·", Tone::Dim),
            };
            let mut place = format!("  {}", at(&condition.at));
            if condition.first_failing {
                place.push_str(&format!("  ← {}", words.get(Text::WhyNotFirst)));
            }
            out.push_str(&format!(
                "  {} {}{}\n",
                style.paint(tone, sign),
                line(&condition.text),
                style.paint(Tone::Dim, &place)
            ));
            for seen in &condition.facts {
                let place = seen.at.as_ref().map(|s| format!("  {}", at(s))).unwrap_or_default();
                let text = format!("      {}{place}", line(&seen.fact));
                out.push_str(&format!("{}\n", style.paint(Tone::Dim, &text)));
            }
        }
        if clause.bounded {
            out.push_str(&format!("  ({})\n", words.get(Text::WhyNotBounded)));
        }
    }
    guard(out)
}
