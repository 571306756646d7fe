//! The STRIDE matrix for people: a row for each element, a sign for each category, then what stands behind the signs.

use redan_program::schema::Stride;
use redan_threats::Finding;

use crate::data::{Matrix, MatrixElement, MatrixState, Outcome, Report};
use crate::escape::{line, markdown};
use crate::layout::{Style, Tone, indent, pad, width};
use crate::texts::{Text, Words};

/// Rows that are shown; the JSON report has all.
const MOST_ROWS: usize = 100;
/// Lines below the table.
const MOST_LINES: usize = 200;

/// The signs with their meaning.
pub(super) const STATES: [(MatrixState, &str, Text, Tone); 6] = [
    (MatrixState::Confirmed, "●", Text::Confirmed, Tone::Bad),
    (MatrixState::Possible, "○", Text::MatrixPossible, Tone::Warn),
    (MatrixState::Excepted, "◌", Text::MatrixExcepted, Tone::Calm),
    (MatrixState::RuledOut, "✓", Text::MatrixRuledOut, Tone::Good),
    (MatrixState::NotMet, "·", Text::MatrixNotMet, Tone::Dim),
    (MatrixState::NoRule, "-", Text::MatrixNoRule, Tone::Dim),
];

pub(super) fn sign(state: MatrixState) -> (&'static str, Tone) {
    let found = STATES.iter().find(|(s, ..)| *s == state);
    found.map_or(("", Tone::Dim), |(_, sign, _, tone)| (sign, *tone))
}

/// The rows worth a line: the parts of the system, and of its interfaces those that a rule had something to say about. And how
/// many are not shown.
pub(super) fn shown(matrix: &Matrix) -> (Vec<&MatrixElement>, usize) {
    let part = |element: &&MatrixElement| {
        let quiet = |state: &MatrixState| *state >= MatrixState::RuledOut;
        element.kind != "entry_point" || !element.cells.values().all(quiet)
    };
    let rows: Vec<&MatrixElement> = matrix.elements.iter().filter(part).take(MOST_ROWS).collect();
    let hidden = matrix.elements.len() - rows.len();
    (rows, hidden)
}

/// The matrix for a terminal; nothing if the report has none.
pub fn text(report: &Report, words: Words, style: Style) -> String {
    let Some(matrix) = &report.matrix else { return String::new() };
    let mut out = format!("\n{}\n", style.paint(Tone::Strong, words.get(Text::Matrix)));
    let (rows, hidden) = shown(matrix);
    let name =
        |e: &MatrixElement| format!("{} {}", line(report.model.kind_word(&e.kind)), line(&e.name));
    let limit = style.width.saturating_sub(26);
    let first = rows.iter().map(|e| width(&name(e))).max().unwrap_or(0).min(limit).max(12);
    let letters = ["S", "T", "R", "I", "D", "E"];
    let head = format!("  {}  {}", pad("", first), letters.join("  "));
    out.push_str(&format!("{}\n", style.paint(Tone::Dim, &head)));
    for element in &rows {
        out.push_str(&format!("  {}", pad(&name(element), first)));
        for stride in Stride::ALL {
            let state = element.cells.get(&stride).copied().unwrap_or(MatrixState::NoRule);
            let (sign, tone) = sign(state);
            out.push_str(&format!("  {}", style.paint(tone, sign)));
        }
        out.push('\n');
    }
    let legend: Vec<String> = STATES
        .iter()
        .map(|(_, sign, text, tone)| format!("{} {}", style.paint(*tone, sign), words.get(*text)))
        .collect();
    out.push_str(&format!("  {}\n", legend.join("  ")));
    for more in rest(matrix, hidden, words) {
        out.push_str(&indent(&more, 2, 0, style.width));
    }
    for (title, items) in behind(report, &rows, words) {
        out.push_str(&format!("\n  {}\n", style.paint(Tone::Strong, title)));
        for item in items {
            out.push_str(&indent(&format!("- {item}"), 4, 2, style.width));
        }
    }
    out
}

/// The matrix as a section of a document.
pub fn section(report: &Report, words: Words) -> String {
    let Some(matrix) = &report.matrix else { return String::new() };
    let mut out = format!("## {}\n\n", words.get(Text::Matrix));
    let (rows, hidden) = shown(matrix);
    out.push_str(&format!(
        "| {} | {} | S | T | R | I | D | E |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
        words.get(Text::Kind),
        words.get(Text::Name)
    ));
    for element in &rows {
        out.push_str(&format!(
            "| {} | {} |",
            markdown(report.model.kind_word(&element.kind)),
            markdown(&element.name)
        ));
        for stride in Stride::ALL {
            let state = element.cells.get(&stride).copied().unwrap_or(MatrixState::NoRule);
            out.push_str(&format!(" {} |", sign(state).0));
        }
        out.push('\n');
    }
    let legend: Vec<String> =
        STATES.iter().map(|(_, sign, text, _)| format!("{sign} {}", words.get(*text))).collect();
    out.push_str(&format!("\n{}\n", legend.join(words.comma())));
    for more in rest(matrix, hidden, words) {
        out.push_str(&format!("\n{more}\n"));
    }
    for (title, items) in behind(report, &rows, words) {
        out.push_str(&format!("\n### {title}\n\n"));
        for item in items {
            out.push_str(&format!("- {}\n", markdown(&item)));
        }
    }
    out.push('\n');
    out
}

/// What the table does not show.
pub(super) fn rest(matrix: &Matrix, hidden: usize, words: Words) -> Vec<String> {
    let mut out = vec![];
    if hidden > 0 {
        out.push(words.count(Text::MatrixHidden, hidden));
    }
    if matrix.left_out > 0 {
        out.push(words.count(Text::MatrixLeftOut, matrix.left_out));
    }
    out
}

/// What could not be decided with its questions, and what is ruled out with what does it.
pub(super) fn behind(
    report: &Report,
    rows: &[&MatrixElement],
    words: Words,
) -> Vec<(&'static str, Vec<String>)> {
    let all = |state: MatrixState| {
        rows.iter().flat_map(move |element| {
            element.rules.iter().filter(move |o| o.state == state).map(move |o| (*element, o))
        })
    };
    let mut sections =
        vec![(words.get(Text::MatrixOpen), vec![]), (words.get(Text::MatrixControls), vec![])];
    for (element, outcome) in all(MatrixState::Possible) {
        sections[0].1.push(format!(
            "{}: {} ({}): {}",
            line(&element.name),
            line(&outcome.rule),
            outcome.findings.join(words.comma()),
            questions(report, outcome, words)
        ));
    }
    for (element, outcome) in all(MatrixState::RuledOut) {
        let facts: Vec<String> = outcome
            .facts
            .iter()
            .map(|seen| {
                let at = seen.at.as_ref();
                let at =
                    at.map_or_else(String::new, |s| format!(" [{}:{}]", line(&s.path), s.line));
                format!("{}{at}", line(&seen.fact))
            })
            .collect();
        let condition = outcome.condition.as_deref().unwrap_or_default();
        sections[1].1.push(format!(
            "{}: {}: {} ({})",
            line(&element.name),
            line(&outcome.rule),
            facts.join(words.comma()),
            words.fill(Text::MatrixAgainst, &[&line(condition)])
        ));
    }
    for (_, items) in &mut sections {
        if items.len() > MOST_LINES {
            let more = items.len() - MOST_LINES;
            items.truncate(MOST_LINES);
            items.push(words.count(Text::AndMore, more));
        }
    }
    sections.retain(|(_, items)| !items.is_empty());
    sections
}

fn questions(report: &Report, outcome: &Outcome, words: Words) -> String {
    let of = |f: &&Finding| outcome.findings.contains(&f.id);
    let mut all: Vec<String> = vec![];
    for question in report.findings.iter().filter(of).flat_map(|f| &f.questions) {
        let text = line(&question.text);
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all.join(words.space())
}
