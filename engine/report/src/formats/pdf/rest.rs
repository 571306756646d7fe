//! What stands behind the threats: the matrix, differences, questions, coverage, rules, and how to get it again.

use redan_program::schema::{Risk, Stride};

use super::Sheet;
use super::blocks::{Block, Column, Inline, Row, capital, prose};
use crate::data::{MatrixState, RuleState};
use crate::escape::line;
use crate::formats::full::{
    architecture, coverage_lines, drift_sections, note_line, skipped_files,
};
use crate::formats::html::settled_by;
use crate::formats::matrix::{STATES, behind, rest, shown};
use crate::model::{assumptions, shortened};
use crate::texts::Text;

/// Findings that are named beside a question.
const NAMED: usize = 4;
/// Files that are named for each reason why they were skipped.
const MOST_FILES: usize = 100;

/// What the typesetter calls a state.
fn state_name(state: MatrixState) -> &'static str {
    match state {
        MatrixState::Confirmed => "confirmed",
        MatrixState::Possible => "possible",
        MatrixState::Excepted => "excepted",
        MatrixState::RuledOut => "ruled_out",
        MatrixState::NotMet => "not_met",
        MatrixState::NoRule => "no_rule",
    }
}

pub fn matrix(sheet: &Sheet<'_>) -> Vec<Block> {
    let words = sheet.words;
    let Some(matrix) = &sheet.report.matrix else { return vec![] };
    let (rows, hidden) = shown(matrix);
    let sign = |state: MatrixState| {
        let text = STATES.iter().find(|(s, ..)| *s == state).map_or("", |(_, sign, ..)| *sign);
        Inline::Sign { state: state_name(state), text }
    };
    let mut key = vec![];
    for (state, _, text, _) in &STATES {
        key.push(sign(*state));
        key.push(Inline::Text(format!(" {}    ", words.get(*text))));
    }
    let mut columns =
        vec![Column::new(sheet.t(Text::Kind), 4), Column::new(sheet.t(Text::Name), 7)];
    columns.extend(Stride::ALL.map(|s| Column::new(words.stride(s), 3)));
    let rows_shown = rows.iter().map(|element| {
        let mut cells = vec![vec![Inline::cell(&element.kind)], vec![Inline::cell(&element.name)]];
        cells.extend(Stride::ALL.map(|stride| {
            vec![sign(element.cells.get(&stride).copied().unwrap_or(MatrixState::NoRule))]
        }));
        Row { name: None, cells }
    });
    let mut out = vec![Block::Text(key), Block::Matrix { columns, rows: rows_shown.collect() }];
    out.extend(rest(matrix, hidden, words).iter().map(|text| Block::text(text)));
    for (title, items) in behind(sheet.report, &rows, words) {
        out.push(Block::heading(2, &format!("{title} ({})", items.len())));
        out.push(Block::lines(items));
    }
    out
}

pub fn drift(sheet: &Sheet<'_>) -> Vec<Block> {
    let (report, words) = (sheet.report, sheet.words);
    let mut out = vec![];
    for (heading, lines) in drift_sections(report, words) {
        out.push(Block::heading(2, heading));
        out.push(Block::lines(lines));
    }
    if let Some(text) = architecture(report, words) {
        out.push(Block::text(&text));
        let broken = report.architecture_rules.iter().filter(|r| !r.holds).map(|rule| {
            vec![
                Inline::Strong(vec![Inline::text(&rule.id)]),
                Inline::text(&format!(" {}: {}", rule.text, shortened(&rule.broken, words))),
            ]
        });
        let broken: Vec<_> = broken.collect();
        if !broken.is_empty() {
            out.push(Block::Bullets(broken));
        }
    }
    out
}

/// Each question once, with what it settles, and what was taken for granted.
pub fn questions(sheet: &Sheet<'_>) -> Vec<Block> {
    let questions = settled_by(sheet.report);
    let assumed = assumptions(&sheet.report.model, sheet.words);
    let mut out = vec![];
    if !questions.is_empty() {
        out.push(Block::text(sheet.t(Text::QuestionsAbout)));
        let rows = questions.into_iter().map(|(question, ids)| {
            let mut settles: Vec<Inline> = vec![];
            for (number, id) in ids.iter().take(NAMED).enumerate() {
                if number > 0 {
                    settles.push(Inline::Text(" ".to_owned()));
                }
                settles.push(sheet.to(id));
            }
            if ids.len() > NAMED {
                let more = sheet.words.count(Text::AndMore, ids.len() - NAMED);
                settles.push(Inline::Soft(format!(" {more}")));
            }
            Row { name: None, cells: vec![vec![Inline::text(question)], settles] }
        });
        let columns = vec![
            Column::new(sheet.t(Text::Question), 5),
            Column::new(sheet.t(Text::FindingsHeading), 2),
        ];
        out.push(Block::Table { columns, rows: rows.collect() });
    }
    if !assumed.is_empty() {
        out.push(Block::heading(2, sheet.t(Text::Assumptions)));
        out.push(Block::lines(assumed));
    }
    out
}

pub fn changes(sheet: &Sheet<'_>) -> Vec<Block> {
    let words = sheet.words;
    let items = sheet.report.changes.iter().map(|change| {
        let mut text = format!(": {}", change.because);
        if let Some(until) = &change.until {
            let word = if change.expired { Text::Expired } else { Text::Until };
            text.push_str(&format!(" ({})", words.fill(word, &[until])));
        }
        text.push_str(&format!(" · {}", words.count(Text::Findings, change.findings)));
        let code = Inline::code(&format!("{} {}", change.kind, change.rule));
        vec![code, Inline::text(&text)]
    });
    let items: Vec<_> = items.collect();
    if items.is_empty() { vec![] } else { vec![Block::Bullets(items)] }
}

pub fn coverage(sheet: &Sheet<'_>) -> Vec<Block> {
    let (report, words) = (sheet.report, sheet.words);
    let languages: Vec<String> =
        report.coverage.languages.iter().map(|(l, n)| format!("{l} ({n})")).collect();
    let mut lines = coverage_lines(report, words);
    if !languages.is_empty() {
        lines.push(format!("{}: {}", sheet.t(Text::ReadAs), languages.join(words.comma())));
    }
    let mut out = vec![Block::lines(lines)];
    for (title, files) in skipped_files(&report.coverage, words, MOST_FILES) {
        out.push(Block::heading(2, &title));
        let list = files.iter().map(|f| vec![Inline::code(f)]);
        out.push(Block::Bullets(list.collect()));
    }
    if !report.diagnostics.is_empty() {
        out.push(Block::heading(2, sheet.t(Text::Messages)));
        out.push(Block::lines(report.diagnostics.iter().map(note_line)));
    }
    out
}

pub fn rules(sheet: &Sheet<'_>) -> Vec<Block> {
    let (report, words) = (sheet.report, sheet.words);
    let state = |state: RuleState| {
        sheet.t(match state {
            RuleState::Ran => Text::RuleRan,
            RuleState::Disabled => Text::RuleDisabled,
            RuleState::Idle => Text::RuleIdle,
        })
    };
    let mut out = vec![];
    // Those that found something in full; hundreds of others by name.
    let found = report.rules.iter().filter(|r| r.findings > 0);
    let rows: Vec<Row> = found
        .map(|r| {
            let categories: Vec<&str> = r.stride.iter().map(|s| words.stride(*s)).collect();
            Row {
                name: None,
                cells: vec![
                    vec![Inline::code(&r.name)],
                    vec![Inline::cell(&r.title)],
                    vec![Inline::cell(&categories.join(words.comma()))],
                    vec![sheet.risk(r.severity.unwrap_or(Risk::Info))],
                    vec![Inline::cell(state(r.state))],
                    vec![Inline::text(&r.findings.to_string())],
                ],
            }
        })
        .collect();
    if !report.rules.is_empty() {
        out.push(Block::heading(
            2,
            &format!("{} ({})", sheet.t(Text::RulesHeading), report.rules.len()),
        ));
    }
    if !rows.is_empty() {
        let heads = [
            (Text::Rule, 8),
            (Text::Title, 9),
            (Text::Category, 6),
            (Text::Severity, 4),
            (Text::Status, 4),
        ];
        let mut columns: Vec<Column> =
            heads.iter().map(|(text, share)| Column::new(sheet.t(*text), *share)).collect();
        columns.push(Column { right: true, ..Column::new(sheet.t(Text::FindingsHeading), 4) });
        out.push(Block::Table { columns, rows });
    }
    for one in [RuleState::Ran, RuleState::Idle, RuleState::Disabled] {
        let others = report.rules.iter().filter(|r| r.findings == 0 && r.state == one);
        let names: Vec<String> = others.map(|r| prose(&r.name)).collect();
        if !names.is_empty() {
            let none = format!("{}, {}", state(one), words.count(Text::Findings, 0));
            let label = if one == RuleState::Ran { none.as_str() } else { state(one) };
            out.push(Block::heading(4, &capital(&format!("{label} ({})", names.len()))));
            out.push(Block::Text(vec![Inline::Code(names.join(words.comma()))]));
        }
    }
    if !report.packs.is_empty() {
        let packs: Vec<String> =
            report.packs.iter().map(|p| format!("{} {}", p.name, p.version)).collect();
        out.push(Block::heading(2, &format!("{} ({})", sheet.t(Text::Packs), report.packs.len())));
        out.push(Block::Text(vec![Inline::Code(prose(&packs.join(words.comma())))]));
    }
    out
}

pub fn reproduce(sheet: &Sheet<'_>) -> Vec<Block> {
    let lang = sheet.words.code();
    let text = sheet.words.fill(Text::Reproduce, &[&line(&sheet.report.tool.version)]);
    vec![
        Block::Text(vec![Inline::Text(prose(&text))]),
        Block::Code(vec![
            format!("redan scan . --lang {lang} --output-format json -o result.json"),
            "redan report result.json --format pdf -o report.pdf".to_owned(),
        ]),
    ]
}
