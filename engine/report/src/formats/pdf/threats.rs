//! The threats: a table of all, then an entry for each.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use redan_program::schema::Risk;
use redan_threats::{Evidence, Finding, Measure, Spot, Status};

use super::blocks::{self, Block, Inline, SourceLine, Threat, capital, prose, source};
use super::pack_text::pack_text;
use super::{MOST_ENTRIES, Sheet, threat_name};
use crate::escape::{line, source_line, web_address};
use crate::formats::full::reasons;
use crate::texts::Text;

/// Places that are shown with their source; the others are named.
const SHOWN_PLACES: usize = 2;
/// Other places that are named.
const NAMED_PLACES: usize = 10;
/// Threats that are named in short.
const MOST_LINES: usize = 5_000;

pub fn threats(sheet: &Sheet<'_>) -> Vec<Block> {
    let findings = &sheet.report.findings;
    if findings.is_empty() {
        return vec![Block::text(sheet.t(Text::NoFindings))];
    }
    // A tree of facts is nothing for paper.
    let how = format!("{}: ", capital(sheet.t(Text::HowDerived)));
    let explain = Inline::Code("redan explain RF-…".to_owned());
    let mut out = vec![Block::Text(vec![Inline::Soft(how), explain]), index(sheet)];
    for (text, rest) in [
        (Text::AndMore, findings.len().saturating_sub(MOST_LINES)),
        (Text::ThreatsInTableOnly, findings.len().saturating_sub(MOST_ENTRIES)),
    ] {
        if rest > 0 {
            out.push(Block::text(&sheet.words.count(text, rest)));
        }
    }
    // A heading for each run of one severity: that is what the contents show.
    let mut before: Option<Risk> = None;
    let mut told = Told::default();
    for (number, one) in findings.iter().take(MOST_ENTRIES).enumerate() {
        if before != Some(one.severity) {
            let run = findings.iter().skip(number).take_while(|f| f.severity == one.severity);
            let count = sheet.words.count(Text::Findings, run.count());
            out.push(Block::heading(2, &format!("{} ({count})", sheet.words.risk(one.severity))));
            before = Some(one.severity);
        }
        out.push(Block::Threat(entry(sheet, number, one, &mut told)));
    }
    out
}

/// A line for each threat, with the page of its entry.
fn index(sheet: &Sheet<'_>) -> Block {
    let words = sheet.words;
    let lines = sheet.report.findings.iter().take(MOST_LINES).map(|f| {
        let sure = match f.status {
            Status::Open => words.certainty(f.certainty),
            Status::Excepted(_) => sheet.t(Text::StatusExcepted),
        };
        blocks::Entry {
            name: sheet.threats.get(f.id.as_str()).map(|n| threat_name(*n)),
            level: f.severity.word(),
            risk: words.risk(f.severity),
            title: prose(&f.title),
            about: format!("{} · {sure}", line(&f.id)),
        }
    });
    Block::Index(lines.collect())
}

/// What entries before have told in full, and where: findings of one rule have the same to say, and paper has no folds.
#[derive(Default)]
struct Told<'a> {
    /// Countermeasures by title, technology and steps: the finding that has them.
    measures: BTreeMap<(&'a str, Option<&'a str>, &'a str), &'a str>,
    /// Rules whose description, standards and addresses have been told.
    rules: BTreeSet<&'a str>,
}

fn entry<'a>(sheet: &Sheet<'_>, number: usize, f: &'a Finding, told: &mut Told<'a>) -> Threat {
    let words = sheet.words;
    let categories: Vec<&str> = f.stride.iter().map(|s| words.stride(*s)).collect();
    let dot = || Inline::Text("  ·  ".to_owned());
    let about = vec![
        Inline::Code(line(&f.id)),
        dot(),
        Inline::Text(words.certainty(f.certainty).to_owned()),
        dot(),
        Inline::text(&categories.join(words.comma())),
        dot(),
        Inline::Code(prose(&f.rule)),
    ];
    let mut body = vec![];
    if let Status::Excepted(exception) = &f.status {
        let mut text = words.fill(Text::Excepted, &[&exception.because]);
        if let Some(until) = &exception.until {
            text.push_str(&format!(" ({})", words.fill(Text::Until, &[until])));
        }
        body.push(Block::Warning(prose(&text)));
    }
    body.push(facts(sheet, f));
    body.extend(evidence(sheet, &f.evidence));
    for measure in &f.mitigations {
        body.extend(mitigation(sheet, f, measure, told));
    }
    if told.rules.insert(&f.rule) {
        body.extend(rule(sheet, f));
    }
    Threat {
        name: threat_name(number),
        level: f.severity.word(),
        risk: words.risk(f.severity),
        title: prose(&f.title),
        excepted: super::excepted(f),
        about,
        body,
    }
}

/// What can happen, why it is so severe, what is at stake, where in the system, and what settles it.
fn facts(sheet: &Sheet<'_>, f: &Finding) -> Block {
    let words = sheet.words;
    let texts = |items: &[String]| items.iter().map(|i| vec![Inline::text(i)]).collect::<Vec<_>>();
    let mut questions: Vec<String> = f.questions.iter().map(|q| q.text.clone()).collect();
    if f.questions_bounded {
        questions.push(format!("({})", sheet.t(Text::QuestionsBounded)));
    }
    let assets: Vec<String> = f.assets.iter().map(|a| a.display.clone()).collect();
    let elements = sheet.elements.get(f.id.as_str()).map_or(&[][..], Vec::as_slice);
    let path = elements.iter().map(|e| vec![e.clone()]).collect();
    let all = [
        (
            words.fill(Text::WhySeverity, &[words.risk(f.severity)]),
            texts(&reasons(&f.reasons, words)),
        ),
        (sheet.t(Text::Assets).to_owned(), texts(&assets)),
        (sheet.t(Text::PathLabel).to_owned(), path),
        (sheet.t(Text::Questions).to_owned(), texts(&questions)),
    ];
    let facts: Vec<(String, Vec<Vec<Inline>>)> = all
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(label, texts)| (capital(&label), texts))
        .collect();
    Block::Facts { lead: prose(&f.statement.text), facts }
}

/// A file and a line.
pub fn place(spot: &Spot) -> Inline {
    Inline::Code(prose(&format!("{}:{}", spot.path, spot.line)))
}

fn label(text: &str) -> Block {
    Block::heading(4, &capital(text))
}

fn evidence(sheet: &Sheet<'_>, all: &[Evidence]) -> Vec<Block> {
    let mut lead = vec![Inline::label(sheet.t(Text::Evidence))];
    if all.is_empty() {
        lead.push(Inline::text(sheet.t(Text::NoPlace)));
        return vec![Block::Text(lead)];
    }
    let mut out = vec![];
    let head =
        |one: &Evidence| vec![place(&one.spot), Inline::Soft(prose(&format!("  {}", one.shows)))];
    for one in all.iter().take(SHOWN_PLACES) {
        let lines = one.excerpt.iter().map(|l| source_row(one, l.line, &l.text)).collect();
        lead.extend(head(one));
        out.push(Block::Source { place: std::mem::take(&mut lead), lines });
    }
    let others = all.get(SHOWN_PLACES..).unwrap_or_default();
    let mut items: Vec<Vec<Inline>> = others.iter().take(NAMED_PLACES).map(head).collect();
    if others.len() > NAMED_PLACES {
        let more = sheet.words.count(Text::AndMore, others.len() - NAMED_PLACES);
        items.push(vec![Inline::text(&more)]);
    }
    if !items.is_empty() {
        out.push(Block::Bullets(items));
    }
    out
}

/// A line with what is meant marked.
fn source_row(evidence: &Evidence, number: u32, text: &str) -> SourceLine {
    let text = source_line(text);
    let (from, to) = if number == evidence.spot.line {
        let from = evidence.mark.0.saturating_sub(1) as usize;
        (from, (evidence.mark.1.saturating_sub(1) as usize).max(from))
    } else {
        (usize::MAX, usize::MAX)
    };
    let part = |from: usize, to: usize| -> String {
        source(&text.chars().skip(from).take(to - from).collect::<String>())
    };
    SourceLine {
        number,
        text: (part(0, from), part(from, to), part(to, usize::MAX).trim_end().to_owned()),
    }
}

fn mitigation<'a>(
    sheet: &Sheet<'_>,
    f: &'a Finding,
    measure: &'a Measure,
    told: &mut Told<'a>,
) -> Vec<Block> {
    let mut title = format!("{}: {}", sheet.t(Text::WhatToDo), measure.title);
    if let Some(technology) = &measure.technology {
        title.push_str(&format!(" ({})", sheet.words.fill(Text::For, &[technology])));
    }
    let key = (measure.title.as_str(), measure.technology.as_deref(), measure.steps.as_str());
    match told.measures.entry(key) {
        Entry::Occupied(first) => {
            let see = Inline::Soft(format!("{} ", sheet.t(Text::StepsAt)));
            vec![Block::Text(vec![Inline::label(&title), see, sheet.to(first.get())])]
        }
        Entry::Vacant(place) => {
            place.insert(&f.id);
            let mut out = vec![label(&title)];
            out.extend(pack_text(&measure.steps));
            out.extend(links(&measure.references));
            out
        }
    }
}

/// Addresses that a reader may follow.
fn links(addresses: &[String]) -> Option<Block> {
    let items: Vec<Vec<Inline>> = addresses
        .iter()
        .filter(|a| web_address(a))
        .map(|a| vec![Inline::Web { address: line(a), text: vec![Inline::text(a)] }])
        .collect();
    (!items.is_empty()).then_some(Block::Bullets(items))
}

/// What a rule says of itself: once, with its first finding.
fn rule(sheet: &Sheet<'_>, f: &Finding) -> Vec<Block> {
    let mut out = vec![];
    if !f.description.trim().is_empty() {
        out.push(label(sheet.t(Text::Detail)));
        out.extend(pack_text(&f.description));
    }
    let mut standards: Vec<String> = vec![];
    standards.extend(f.cwe.iter().map(|n| format!("CWE-{n}")));
    standards.extend(f.capec.iter().map(|n| format!("CAPEC-{n}")));
    for (name, values) in &f.standards {
        standards.push(format!("{} {}", name.to_uppercase(), values.join(", ")));
    }
    if !standards.is_empty() {
        let text = Inline::text(&standards.join(" · "));
        out.push(Block::Text(vec![Inline::label(sheet.t(Text::References)), text]));
    }
    out.extend(links(&f.references));
    out
}
