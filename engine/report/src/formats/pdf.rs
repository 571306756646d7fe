//! The report as pages: what stands on them, in which order and with which words. A crate of its own sets them as PDF.
//!
//! [`Pages`] are data and never markup, so nothing in them can become an instruction of the typesetter. Texts have passed
//! [`crate::escape`]; names that links lead to are numbers of ours; addresses are plain web addresses.

mod blocks;
mod pack_text;
mod rest;
mod system;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod threats;

use std::collections::BTreeMap;

use redan_program::schema::{Risk, Stride};
use redan_threats::{Finding, Status};
use serde::Serialize;

use super::full::{looked_at, reasons};
use super::html::first;
use crate::data::Report;
use crate::diagram::{self, Drawn, Figures};
use crate::escape::line;
use crate::since;
use crate::texts::{Text, Words};
use blocks::{Block, Card, Column, Inline, Row, cell, prose};

/// A report as pages, for a typesetter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// The texts in the order of the report, as JSON.
    pub text: String,
    /// The pictures that the texts speak of by number: SVG.
    pub figures: Vec<String>,
}

/// What the typesetter reads.
#[derive(Serialize)]
struct Document {
    /// `en` or `ja`.
    language: &'static str,
    title: String,
    system: String,
    /// What sort of document it is.
    sort: &'static str,
    contents: &'static str,
    /// Below each page.
    made_by: String,
    cover: Vec<Block>,
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct Section {
    title: &'static str,
    body: Vec<Block>,
}

/// What all sections look at.
struct Sheet<'a> {
    report: &'a Report,
    words: Words,
    /// The number of each finding that has its own entry, by `id`; of twins the first.
    threats: BTreeMap<&'a str, usize>,
    /// The components and flows that each finding is about, flows first.
    elements: BTreeMap<&'a str, Vec<Inline>>,
    /// Those that have a row, in the order of the rows.
    components: Vec<usize>,
    flows: Vec<usize>,
    figures: Figures,
    /// The same, drawn.
    drawn: Vec<Drawn>,
}

/// Findings that have an entry of their own; nobody reads more on paper. All are in the table before them.
const MOST_ENTRIES: usize = 1_000;

impl<'a> Sheet<'a> {
    fn new(report: &'a Report) -> Self {
        let words = Words::of(&report.language);
        let model = &report.model;
        let (components, flows) = system::listed(model);
        let mut elements: BTreeMap<&str, Vec<Inline>> = BTreeMap::new();
        for (number, flow) in model.flows.iter().enumerate() {
            let listed = flows.contains(&number).then(|| flow_name(number));
            for id in &flow.findings {
                elements.entry(id).or_default().push(element(listed.as_ref(), &flow.name));
            }
        }
        for (number, component) in model.components.iter().enumerate() {
            let listed = components.contains(&number).then(|| component_name(number));
            for id in &component.findings {
                elements.entry(id).or_default().push(element(listed.as_ref(), &component.name));
            }
        }
        let mut threats = BTreeMap::new();
        for (number, finding) in report.findings.iter().take(MOST_ENTRIES).enumerate() {
            threats.entry(finding.id.as_str()).or_insert(number);
        }
        let figures = diagram::figures(model, &report.findings, words);
        let drawn = figures.list.iter().map(|f| diagram::figure(f, words, None)).collect();
        Self { report, words, threats, elements, components, flows, figures, drawn }
    }

    fn t(&self, text: Text) -> &'static str {
        self.words.get(text)
    }

    fn risk(&self, risk: Risk) -> Inline {
        Inline::Risk { level: risk.word(), text: self.words.risk(risk) }
    }

    /// The id of a finding, which leads to its entry if it has one.
    fn to(&self, id: &str) -> Inline {
        self.link(id, id)
    }

    /// A text that leads to the entry of a finding if it has one.
    fn link(&self, id: &str, text: &str) -> Inline {
        match self.threats.get(id) {
            Some(number) => Inline::To { name: threat_name(*number), text: cell(text) },
            None => Inline::Text(cell(text)),
        }
    }
}

/// The name of an element, which leads to its row if it has one.
fn element(row: Option<&String>, name: &str) -> Inline {
    match row {
        Some(row) => Inline::To { name: row.clone(), text: prose(name) },
        None => Inline::text(name),
    }
}

fn threat_name(number: usize) -> String {
    format!("threat-{number}")
}

fn flow_name(number: usize) -> String {
    format!("flow-{number}")
}

fn component_name(number: usize) -> String {
    format!("component-{number}")
}

/// What writes a section; one that is empty is left out.
type Writer = fn(&Sheet<'_>) -> Vec<Block>;

/// The order of the report.
const SECTIONS: &[(Text, Writer)] = &[
    (Text::Summary, summary),
    (Text::Overview, system::overview),
    (Text::Diagram, system::diagram),
    (Text::FindingsHeading, threats::threats),
    (Text::Matrix, rest::matrix),
    (Text::DriftHeading, rest::drift),
    (Text::QuestionsHeading, rest::questions),
    (Text::Changes, rest::changes),
    (Text::CoverageHeading, rest::coverage),
    (Text::RulesHeading, rest::rules),
    (Text::ReproduceHeading, rest::reproduce),
];

/// The report as pages.
pub fn pages(report: &Report) -> Pages {
    let sheet = Sheet::new(report);
    let sections = SECTIONS
        .iter()
        .map(|(title, write)| Section { title: sheet.t(*title), body: write(&sheet) })
        .filter(|section| !section.body.is_empty())
        .collect();
    let tool = &report.tool;
    let document = Document {
        language: sheet.words.code(),
        title: sheet.words.fill(Text::ReportTitle, &[&line(&report.system)]),
        system: prose(&report.system),
        sort: sheet.t(Text::ThreatModel),
        contents: sheet.t(Text::Contents),
        made_by: sheet.words.fill(Text::MadeBy, &[&line(&tool.name), &line(&tool.version)]),
        cover: cover(&sheet),
        sections,
    };
    let words = sheet.words;
    let mut figures = vec![];
    if !sheet.figures.list.is_empty() {
        figures.push(diagram::picture(&diagram::legend(words)));
        figures.extend(sheet.drawn.iter().map(diagram::picture));
    }
    Pages { text: super::pretty(&document), figures }
}

/// How much there is and how sure it is.
fn cards(sheet: &Sheet<'_>) -> [Block; 2] {
    let s = &sheet.report.summary;
    let states = [
        (s.open, Text::StatusOpen),
        (s.confirmed, Text::Confirmed),
        (s.possible, Text::Possible),
        (s.excepted, Text::StatusExcepted),
    ]
    .map(|(number, text)| Card { number, text: sheet.t(text), level: None });
    let risks = Risk::ALL.into_iter().rev().map(|risk| Card {
        number: s.by_severity.get(&risk).copied().unwrap_or(0),
        text: sheet.words.risk(risk),
        level: Some(risk.word()),
    });
    [Block::Cards(states.into()), Block::Cards(risks.collect())]
}

fn cover(sheet: &Sheet<'_>) -> Vec<Block> {
    let mut out = Vec::from(cards(sheet));
    out.push(Block::text(&looked_at(sheet.report, sheet.words)));
    if !sheet.report.complete {
        out.push(Block::Warning(prose(sheet.t(Text::Incomplete))));
    }
    out
}

fn summary(sheet: &Sheet<'_>) -> Vec<Block> {
    let (report, words) = (sheet.report, sheet.words);
    let s = &report.summary;
    let mut out = vec![];
    if !report.complete {
        out.push(Block::Warning(prose(sheet.t(Text::Incomplete))));
    }
    let n = |n: usize| n.to_string();
    let numbers = [n(s.open), n(s.confirmed), n(s.possible), n(s.excepted)];
    out.push(Block::text(&words.fill(Text::SummaryLine, &numbers.each_ref().map(String::as_str))));
    out.push(Block::text(&looked_at(report, words)));
    if s.open == 0 {
        out.push(Block::text(sheet.t(Text::NoFindings)));
    } else {
        out.push(Block::heading(2, sheet.t(Text::ByCategory)));
        out.push(by_category(sheet));
        out.push(Block::heading(2, sheet.t(Text::FixFirst)));
        let items = first(&report.findings);
        out.push(Block::List {
            start: Some(1),
            items: items.into_iter().map(|(f, others)| first_entry(sheet, f, others)).collect(),
        });
    }
    if let Some((total, lines)) = since::lines(report, words) {
        out.push(Block::heading(2, sheet.t(Text::SinceHeading)));
        out.push(Block::text(&total));
        let item = |l: since::Line| {
            let lead =
                [Inline::Strong(vec![Inline::text(l.word)]), Inline::text(" "), sheet.to(&l.id)];
            let rest = Inline::text(&format!(" {}", l.text));
            lead.into_iter().chain([rest]).collect()
        };
        out.push(Block::Bullets(lines.into_iter().map(item).collect()));
    }
    if !report.policy.is_empty() {
        out.push(Block::heading(2, sheet.t(Text::Policy)));
        let items = report.policy.iter().map(|result| {
            let verdict = match (result.findings.is_empty(), result.deny) {
                (true, _) => Text::Passed,
                (false, true) => Text::Denied,
                (false, false) => Text::Warned,
            };
            let count = words.count(Text::Findings, result.findings.len());
            vec![
                Inline::Strong(vec![Inline::text(sheet.t(verdict))]),
                Inline::text(" "),
                Inline::code(&result.policy),
                Inline::text(&format!(": {} ({count})", result.text)),
            ]
        });
        out.push(Block::Bullets(items.collect()));
    }
    out
}

/// Open findings by category and severity.
fn by_category(sheet: &Sheet<'_>) -> Block {
    let risks: Vec<Risk> = Risk::ALL.into_iter().rev().collect();
    let mut columns = vec![Column::new("STRIDE", 3)];
    columns.extend(
        risks.iter().map(|r| Column { right: true, ..Column::new(sheet.words.risk(*r), 1) }),
    );
    let rows = Stride::ALL.map(|stride| {
        let counts = sheet.report.summary.by_stride.get(&stride);
        let count = |r: &Risk| counts.and_then(|c| c.get(r)).copied().unwrap_or(0);
        let numbers = risks.iter().map(|r| match count(r) {
            0 => vec![Inline::Soft("0".to_owned())],
            n => vec![Inline::text(&n.to_string())],
        });
        let name = vec![Inline::text(sheet.words.stride(stride))];
        Row { name: None, cells: std::iter::once(name).chain(numbers).collect() }
    });
    Block::Table { columns, rows: rows.into() }
}

fn first_entry(sheet: &Sheet<'_>, finding: &Finding, others: usize) -> Vec<Block> {
    let words = sheet.words;
    let mut head = vec![
        sheet.risk(finding.severity),
        Inline::text(" "),
        Inline::Strong(vec![sheet.link(&finding.id, &finding.title)]),
        Inline::Soft(prose(&format!(" ({})", words.certainty(finding.certainty)))),
    ];
    if others > 0 {
        head.push(Inline::Soft(format!(" {}", words.count(Text::MoreLikeIt, others))));
    }
    let mut out = vec![Block::Text(head), Block::text(&finding.statement.text)];
    let why = reasons(&finding.reasons, words);
    if !why.is_empty() {
        out.push(Block::Text(vec![Inline::Soft(prose(&why.join(" · ")))]));
    }
    out
}

/// Whether a finding counts: what stands first in a report is what is open.
fn excepted(finding: &Finding) -> bool {
    finding.status != Status::Open
}
