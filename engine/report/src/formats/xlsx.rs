//! A workbook: summary, findings, questions, components, flows and coverage, a sheet each.
//!
//! Every text is a string cell, so nothing in it is a formula or a link. The workbook has a fixed date: the same report
//! gives the same bytes.

use std::collections::BTreeMap;

use redan_program::schema::{Risk, Stride};
use redan_threats::{Finding, Status};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use super::full::{architecture, coverage_lines, looked_at, reasons};
use crate::data::{Report, Shape};
use crate::escape::{line, lines};
use crate::since::{self, Marks};
use crate::texts::{Text, Words};

/// Rows of a sheet; Excel takes about a million, and nobody reads them.
const MOST_ROWS: usize = 100_000;
/// Characters of a cell, as UTF-16 has them; Excel takes 32,767.
const MOST_CHARACTERS: usize = 32_000;

/// The workbook.
pub fn report(report: &Report) -> Result<Vec<u8>, String> {
    workbook(report).map_err(|error| error.to_string())
}

fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let words = Words::of(&report.language);
    let title = words.fill(Text::ReportTitle, &[&report.system]);
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            // Readers show the title in their own lists, where a long one helps nobody.
            .set_title(line(&title).chars().take(200).collect::<String>())
            .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?),
    );
    for sheet in [
        summary(report, &title, words),
        findings(report, words),
        questions(report, words),
        components(report, words),
        flows(report, words),
        coverage(report, words),
    ] {
        write(book.add_worksheet(), sheet, words)?;
    }
    book.save_to_buffer()
}

/// What stands in a cell.
enum Cell {
    Text(String),
    Number(usize),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

/// A table with a header.
struct Sheet {
    name: Text,
    /// The name and the width of each column.
    columns: Vec<(String, f64)>,
    rows: Vec<Vec<Cell>>,
    /// Whether rows are alike, so that a reader may want to see some of them.
    filter: bool,
}

fn columns(words: Words, columns: &[(Text, f64)]) -> Vec<(String, f64)> {
    columns.iter().map(|(text, width)| (capital(words.get(*text)), *width)).collect()
}

/// With a capital letter: some names of columns stand inside sentences elsewhere.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect()
}

fn write(to: &mut Worksheet, mut sheet: Sheet, words: Words) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    to.set_name(words.get(sheet.name))?;
    if sheet.rows.len() > MOST_ROWS {
        let more = words.count(Text::AndMore, sheet.rows.len() - MOST_ROWS);
        sheet.rows.truncate(MOST_ROWS);
        sheet.rows.push(vec![more.into()]);
    }
    for (column, (name, width)) in (0..).zip(&sheet.columns) {
        to.set_column_width(column, *width)?;
        to.write_string_with_format(0, column, cell(name), &head)?;
    }
    for (row, cells) in (1..).zip(&sheet.rows) {
        for (column, one) in (0..).zip(cells) {
            match one {
                Cell::Text(text) => to.write_string_with_format(row, column, cell(text), &body)?,
                Cell::Number(n) => to.write_number_with_format(row, column, *n as f64, &body)?,
            };
        }
    }
    to.set_freeze_panes(1, 0)?;
    to.set_landscape();
    to.set_repeat_rows(0, 0)?;
    if let Some(last) = sheet.columns.len().checked_sub(1)
        && sheet.filter
        && !sheet.rows.is_empty()
    {
        to.autofilter(0, 0, sheet.rows.len() as u32, last as u16)?;
    }
    Ok(())
}

/// A text without control characters that fits into a cell.
fn cell(text: &str) -> String {
    let mut left = MOST_CHARACTERS;
    let text = lines(text);
    let end = text.char_indices().find(|(_, c)| {
        let fits = left >= c.len_utf16();
        left = left.saturating_sub(c.len_utf16());
        !fits
    });
    match end.and_then(|(at, _)| text.get(..at)) {
        Some(start) => format!("{start}…"),
        None => text,
    }
}

fn summary(report: &Report, title: &str, words: Words) -> Sheet {
    let summary = &report.summary;
    let risks: Vec<Risk> = Risk::ALL.into_iter().rev().collect();
    let mut head = vec![(title.to_owned(), 60.0)];
    head.extend(risks.iter().map(|r| (words.risk(*r).to_owned(), 11.0)));
    head.push((words.get(Text::Total).to_owned(), 11.0));
    let mut rows: Vec<Vec<Cell>> = vec![];
    for stride in Stride::ALL {
        let counts = summary.by_stride.get(&stride);
        let count = |risk: &Risk| counts.and_then(|c| c.get(risk)).copied().unwrap_or(0);
        let mut row = vec![Cell::from(words.stride(stride))];
        row.extend(risks.iter().map(|r| Cell::from(count(r))));
        row.push(risks.iter().map(count).sum::<usize>().into());
        rows.push(row);
    }
    let n = |n: usize| n.to_string();
    let total = words.fill(
        Text::SummaryLine,
        &[&n(summary.open), &n(summary.confirmed), &n(summary.possible), &n(summary.excepted)],
    );
    let mut texts = vec![total, looked_at(report, words)];
    texts.extend(architecture(report, words));
    texts.extend(
        since::lines(report, words)
            .map(|(total, _)| format!("{}: {total}", words.get(Text::SinceHeading))),
    );
    if !report.complete {
        texts.push(words.get(Text::IncompleteInShort).to_owned());
    }
    let packs: Vec<String> = report
        .packs
        .iter()
        .map(|p| format!("{} {}", p.name, p.version).trim_end().to_owned())
        .collect();
    let (name, version) = (&report.tool.name, &report.tool.version);
    texts.push(words.fill(Text::Versions, &[name, version, &packs.join(words.comma())]));
    rows.extend(texts.into_iter().map(|text| vec![Cell::Text(text)]));
    Sheet { name: Text::Summary, columns: head, rows, filter: false }
}

fn findings(report: &Report, words: Words) -> Sheet {
    let head = [
        ("ID".to_owned(), 13.0),
        (words.get(Text::Severity).to_owned(), 10.0),
        (words.get(Text::Certainty).to_owned(), 11.0),
        (words.get(Text::Status).to_owned(), 12.0),
    ];
    let rest = [
        (Text::Threat, 36.0),
        (Text::Category, 20.0),
        (Text::Statement, 60.0),
        (Text::Assets, 20.0),
        (Text::File, 32.0),
        (Text::Line, 7.0),
        (Text::Reason, 44.0),
        (Text::Question, 50.0),
        (Text::WhatToDo, 44.0),
        (Text::References, 24.0),
        (Text::Rule, 32.0),
    ];
    let marks = Marks::of(report);
    let last = marks.as_ref().map(|_| columns(words, &[(Text::SinceHeading, 16.0)]));
    let row = |f: &Finding| {
        let mut row = finding(f, words);
        row.extend(marks.as_ref().map(|m| Cell::from(since::word(m.change(f), words))));
        row
    };
    Sheet {
        name: Text::FindingsHeading,
        columns: head
            .into_iter()
            .chain(columns(words, &rest))
            .chain(last.into_iter().flatten())
            .collect(),
        rows: report.findings.iter().map(row).collect(),
        filter: true,
    }
}

fn finding(finding: &Finding, words: Words) -> Vec<Cell> {
    let status = match &finding.status {
        Status::Open => words.get(Text::StatusOpen).to_owned(),
        Status::Excepted(e) => words.fill(Text::Excepted, &[&e.because]),
    };
    let at = finding.at();
    let join = |texts: Vec<&str>| Cell::from(texts.join("\n"));
    let mut references: Vec<String> = finding.cwe.iter().map(|n| format!("CWE-{n}")).collect();
    references.extend(finding.capec.iter().map(|n| format!("CAPEC-{n}")));
    for (name, values) in &finding.standards {
        references.push(format!("{} {}", name.to_uppercase(), values.join(", ")));
    }
    vec![
        finding.id.as_str().into(),
        words.risk(finding.severity).into(),
        words.certainty(finding.certainty).into(),
        status.into(),
        finding.title.as_str().into(),
        join(finding.stride.iter().map(|s| words.stride(*s)).collect()),
        finding.statement.text.as_str().into(),
        join(finding.assets.iter().map(|a| a.display.as_str()).collect()),
        at.map_or("", |e| e.spot.path.as_str()).into(),
        at.map_or(Cell::from(""), |e| Cell::from(e.spot.line as usize)),
        reasons(&finding.reasons, words).join("\n").into(),
        join(finding.questions.iter().map(|q| q.text.as_str()).collect()),
        join(finding.mitigations.iter().map(|m| m.title.as_str()).collect()),
        references.join("\n").into(),
        finding.rule.as_str().into(),
    ]
}

/// Each question once, with the findings that it settles, the one that settles most first.
fn questions(report: &Report, words: Words) -> Sheet {
    let mut asked: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.status == Status::Open) {
        for question in &finding.questions {
            let of = asked.entry(&question.text).or_default();
            if of.last().is_none_or(|last| last.id != finding.id) {
                of.push(finding);
            }
        }
    }
    let mut asked: Vec<(&str, Vec<&Finding>)> = asked.into_iter().collect();
    let worst = |of: &[&Finding]| of.iter().map(|f| f.severity).max().unwrap_or(Risk::Info);
    asked.sort_by_key(|(_, of)| std::cmp::Reverse((worst(of), of.len())));
    let head = [
        (Text::Question, 80.0),
        (Text::Severity, 10.0),
        (Text::Number, 9.0),
        (Text::FindingsHeading, 60.0),
    ];
    let row = |(question, of): (&str, Vec<&Finding>)| {
        let list: Vec<String> = of.iter().map(|f| format!("{} {}", f.id, f.title)).collect();
        vec![
            question.into(),
            words.risk(worst(&of)).into(),
            of.len().into(),
            list.join("\n").into(),
        ]
    };
    Sheet {
        name: Text::QuestionsHeading,
        columns: columns(words, &head),
        rows: asked.into_iter().map(row).collect(),
        filter: true,
    }
}

fn components(report: &Report, words: Words) -> Sheet {
    let model = &report.model;
    let head = [
        (Text::Name, 36.0),
        (Text::Kind, 20.0),
        (Text::Technology, 24.0),
        (Text::Boundary, 28.0),
        (Text::InternetFacing, 14.0),
        (Text::FindingsHeading, 16.0),
        (Text::SeenAt, 40.0),
    ];
    let zone = |id: &Option<String>| {
        let zone = model.boundaries.iter().find(|b| Some(&b.id) == id.as_ref());
        zone.map_or_else(String::new, |b| report.model.zone(b))
    };
    let of_shape = |shape| model.components.iter().filter(move |c| c.shape == shape);
    let rows = Shape::ALL.into_iter().flat_map(of_shape).map(|c| {
        vec![
            c.name.as_str().into(),
            report.model.kind_word(&c.kind).into(),
            c.technology.as_deref().unwrap_or("").into(),
            zone(&c.boundary).into(),
            words.truth(c.internet_facing).into(),
            c.findings.len().into(),
            places(&c.places).into(),
        ]
    });
    Sheet {
        name: Text::Components,
        columns: columns(words, &head),
        rows: rows.collect(),
        filter: true,
    }
}

fn flows(report: &Report, words: Words) -> Sheet {
    let model = &report.model;
    let head = [
        (Text::Name, 40.0),
        (Text::From, 28.0),
        (Text::To, 28.0),
        (Text::Protocol, 16.0),
        (Text::Encrypted, 12.0),
        (Text::Authenticated, 14.0),
        (Text::Crosses, 12.0),
        (Text::Carries, 30.0),
        (Text::FindingsHeading, 16.0),
        (Text::SeenAt, 40.0),
    ];
    let names: BTreeMap<&str, &str> =
        model.components.iter().map(|c| (c.id.as_str(), c.name.as_str())).collect();
    let name = |id: &str| names.get(id).copied().unwrap_or_default();
    let rows = model.flows.iter().map(|f| {
        vec![
            f.name.as_str().into(),
            name(&f.from).into(),
            name(&f.to).into(),
            f.protocol.as_deref().unwrap_or("").into(),
            words.truth(f.encrypted).into(),
            words.truth(f.authenticated).into(),
            words.truth(Some(f.crosses)).into(),
            f.carries.join(words.comma()).into(),
            f.findings.len().into(),
            places(&f.places).into(),
        ]
    });
    Sheet { name: Text::Flows, columns: columns(words, &head), rows: rows.collect(), filter: true }
}

fn places(spots: &[redan_threats::Spot]) -> String {
    spots.iter().map(|s| format!("{}:{}", s.path, s.line)).collect::<Vec<_>>().join("\n")
}

fn coverage(report: &Report, words: Words) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = vec![];
    for text in coverage_lines(report, words) {
        rows.push(vec![words.get(Text::CoverageHeading).into(), "".into(), text.into()]);
    }
    for skipped in &report.coverage.skipped {
        let reason = words.skip(skipped.reason);
        rows.push(vec![
            reason.into(),
            skipped.path.as_str().into(),
            skipped.detail.as_str().into(),
        ]);
    }
    for note in &report.diagnostics {
        let place = note.labels.first().map(|l| format!("{}:{}", l.spot.path, l.spot.line));
        let help = note.help.as_ref().map_or_else(String::new, |h| format!(" ({h})"));
        rows.push(vec![
            format!("{} {}", note.severity, note.code).into(),
            place.unwrap_or_default().into(),
            format!("{}{help}", note.message).into(),
        ]);
    }
    let head = [(Text::Kind, 26.0), (Text::File, 50.0), (Text::Detail, 100.0)];
    Sheet { name: Text::CoverageHeading, columns: columns(words, &head), rows, filter: true }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;
    use crate::sample::{hostile, sample};

    fn opened(of: &Report) -> Xlsx<Cursor<Vec<u8>>> {
        Xlsx::new(Cursor::new(report(of).unwrap())).unwrap()
    }

    fn shown(of: &Report) -> String {
        let mut book = opened(of);
        let mut out = String::new();
        for (name, range) in book.worksheets() {
            out.push_str(&format!("== {name}\n"));
            for row in range.rows() {
                let row: Vec<String> =
                    row.iter().map(|c| c.to_string().replace('\n', " / ")).collect();
                out.push_str(&format!("{}\n", row.join(" | ").trim_end_matches([' ', '|'])));
            }
        }
        out
    }

    #[test]
    fn a_sheet_for_each_part() {
        insta::assert_snapshot!("xlsx_in_english", shown(&sample("en")));
        insta::assert_snapshot!("xlsx_in_japanese", shown(&sample("ja")));
    }

    #[test]
    fn two_runs_give_the_same_bytes() {
        let first = report(&sample("en")).unwrap();
        // Dates are stored in whole seconds, those of the archive in two.
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        assert!(first == report(&sample("en")).unwrap());
    }

    #[test]
    fn a_text_stays_a_text_in_its_cell() {
        let cells = |of: &Report| {
            let mut book = opened(of);
            book.worksheets().iter().map(|(_, range)| range.get_size()).collect::<Vec<_>>()
        };
        let calm = cells(&hostile("calm"));
        for payload in [
            "=HYPERLINK(\"http://x\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "{=1}",
            "https://evil.invalid",
            "mailto:a@evil.invalid",
            "</t></si><f>1</f>&lt;]]>",
            "_x0041_ _x005F_",
            "\u{1b}[31m\u{0}\u{b}\u{fffe}",
        ] {
            let of = hostile(payload);
            let mut book = opened(&of);
            for (name, range) in book.worksheets() {
                let formulas = book.worksheet_formula(&name).unwrap();
                assert!(formulas.used_cells().next().is_none(), "{payload:?}");
                let texts = |c: &Data| matches!(c, Data::Empty | Data::String(_) | Data::Float(_));
                assert!(range.rows().flatten().all(texts), "{payload:?}");
            }
            assert_eq!(cells(&of), calm, "{payload:?}");
            // The title of the first finding reads back as it was, control characters shown.
            let findings = book.worksheet_range("Findings").unwrap();
            let title = findings.get_value((1, 4)).map(ToString::to_string);
            assert_eq!(title, Some(lines(payload)), "{payload:?}");
        }
    }

    #[test]
    fn long_texts_and_lists_are_cut() {
        assert_eq!(cell(&"a".repeat(MOST_CHARACTERS)).chars().count(), MOST_CHARACTERS);
        let long = cell(&"\u{1f600}".repeat(MOST_CHARACTERS));
        assert_eq!(long.encode_utf16().count(), MOST_CHARACTERS + 1);
        let mut of = sample("en");
        of.system = "a".repeat(100_000);
        assert!(report(&of).is_ok());
    }
}
