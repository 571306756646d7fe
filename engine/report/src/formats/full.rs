//! The report for a terminal: totals, then each finding with its source, then what was not seen.

use std::collections::BTreeMap;

use redan_base::{Diagnostic, Headings, Severity, Sources, render};
use redan_program::schema::{Risk, Stride};
use redan_threats::{Certainty, Finding, Measure, Reason, ReasonKind, Status};

use super::excerpt::excerpt;
use super::matrix;
use crate::data::{Account, Coverage, Difference, Drift, Note, Report, RuleState};
use crate::escape::{line, lines};
use crate::layout::{Style, Tone, guard, indent, pad, pad_left, reflow, width};
use crate::since::{self, Marks};
use crate::texts::{Text, Words};

/// Findings that are shown whole; a terminal is no place for more.
const MOST: usize = 200;

/// Differences of one sort that are listed.
const MOST_DRIFT: usize = 20;

/// Differences from an earlier result that are listed.
const MOST_CHANGED: usize = 20;

/// Other places of a finding that are listed.
const MOST_PLACES: usize = 4;

/// The report.
pub fn report(report: &Report, style: Style) -> String {
    let words = Words::of(&report.language);
    let mut out = String::new();
    out.push_str(&totals(report, words, style));
    out.push_str(&changed(report, words, style));
    let marks = Marks::of(report);
    let open: Vec<&Finding> = report.findings.iter().filter(|f| f.status == Status::Open).collect();
    for one in open.iter().take(MOST) {
        out.push('\n');
        let mark = marks.as_ref().and_then(|m| m.said(one, words));
        out.push_str(&marked(one, mark.as_deref(), words, style));
    }
    if open.len() > MOST {
        let more = words.count(Text::AndMore, open.len() - MOST);
        out.push_str(&format!("\n{}\n", style.paint(Tone::Strong, &more)));
    }
    out.push_str(&matrix::text(report, words, style));
    out.push_str(&changes(report, words, style));
    out.push_str(&drift(report, words, style));
    out.push_str(&policy(report, words, style));
    out.push_str(&unseen(report, words, style));
    guard(out)
}

/// The tone of a severity.
pub fn tone(risk: Risk) -> Tone {
    match risk {
        Risk::Critical | Risk::High => Tone::Bad,
        Risk::Medium => Tone::Warn,
        Risk::Low | Risk::Info => Tone::Calm,
    }
}

fn heading(text: &str, style: Style) -> String {
    format!("\n{}\n", style.paint(Tone::Strong, text))
}

/// What was recovered, in a line: "no findings" says little without it.
pub fn looked_at(report: &Report, words: Words) -> String {
    let (model, c) = (&report.model, &report.coverage);
    let numbers =
        [model.components.len(), model.flows.len(), model.entry_points.len(), c.read, c.listed];
    let texts = numbers.map(|n| n.to_string());
    words.fill(Text::LookedAt, &texts.each_ref().map(String::as_str))
}

/// How many rules of architecture hold, and which do not; none if no pack has such rules.
pub(crate) fn architecture(report: &Report, words: Words) -> Option<String> {
    let rules = &report.architecture_rules;
    if rules.is_empty() {
        return None;
    }
    let broken: Vec<String> = rules.iter().filter(|r| !r.holds).map(|r| line(&r.id)).collect();
    let (all, hold) = (rules.len().to_string(), (rules.len() - broken.len()).to_string());
    let text = words.fill(Text::ArchitectureRules, &[&hold, &all]);
    if broken.is_empty() {
        return Some(text);
    }
    Some(words.fill(Text::ArchitectureBroken, &[&text, &broken.join(words.comma())]))
}

/// Categories by severity, as a small table.
fn totals(report: &Report, words: Words, style: Style) -> String {
    let summary = &report.summary;
    let mut out = String::new();
    let title = words.fill(Text::ReportTitle, &[&line(&report.system)]);
    out.push_str(&format!("{}\n", style.paint(Tone::Strong, &title)));
    out.push_str(&format!("  {}\n\n", looked_at(report, words)));
    if summary.open > 0 {
        let first = Stride::ALL
            .iter()
            .map(|s| width(words.stride(*s)))
            .chain([width("STRIDE")])
            .max()
            .unwrap_or(0);
        let risks: Vec<Risk> = Risk::ALL.into_iter().rev().collect();
        let columns: Vec<usize> = risks.iter().map(|r| width(words.risk(*r)).max(4)).collect();
        let total = words.get(Text::Total);
        let mut head = format!("  {}", pad("STRIDE", first));
        for (risk, column) in risks.iter().zip(&columns) {
            head.push_str(&format!("  {}", pad_left(words.risk(*risk), *column)));
        }
        head.push_str(&format!("  {}", pad_left(total, width(total).max(5))));
        out.push_str(&format!("{}\n", style.paint(Tone::Dim, &head)));
        for stride in Stride::ALL {
            let counts = summary.by_stride.get(&stride);
            let of = |risk: &Risk| counts.and_then(|c| c.get(risk)).copied().unwrap_or(0);
            let mut row = format!("  {}", pad(words.stride(stride), first));
            for (risk, column) in risks.iter().zip(&columns) {
                row.push_str(&format!("  {}", cell(of(risk), *column, tone(*risk), style)));
            }
            let sum: usize = risks.iter().map(of).sum();
            row.push_str(&format!("  {}", cell(sum, width(total).max(5), Tone::Strong, style)));
            out.push_str(&row);
            out.push('\n');
        }
        out.push('\n');
    } else {
        out.push_str(&format!("  {}\n", style.paint(Tone::Good, words.get(Text::NoFindings))));
    }
    let n = |n: usize| n.to_string();
    let sum = words.fill(
        Text::SummaryLine,
        &[&n(summary.open), &n(summary.confirmed), &n(summary.possible), &n(summary.excepted)],
    );
    out.push_str(&format!("  {sum}\n"));
    if let Some(text) = architecture(report, words) {
        out.push_str(&indent(&text, 2, 2, style.width));
    }
    if !report.complete {
        let text = indent(words.get(Text::Incomplete), 2, 0, style.width);
        out.push_str(&style.paint(Tone::Warn, &text));
    }
    out
}

fn cell(count: usize, columns: usize, tone: Tone, style: Style) -> String {
    if count == 0 {
        style.paint(Tone::Dim, &pad_left("·", columns))
    } else {
        style.paint(tone, &pad_left(&count.to_string(), columns))
    }
}

/// What changed since an earlier result, if one was given.
fn changed(report: &Report, words: Words, style: Style) -> String {
    let Some((total, lines)) = since::lines(report, words) else { return String::new() };
    let mut out = heading(words.get(Text::SinceHeading), style);
    out.push_str(&indent(&total, 2, 2, style.width));
    for one in lines.iter().take(MOST_CHANGED) {
        let text = format!("- {}: {} · {}", one.word, line(&one.text), line(&one.id));
        out.push_str(&indent(&text, 2, 2, style.width));
    }
    if let Some(more) = lines.len().checked_sub(MOST_CHANGED).filter(|m| *m > 0) {
        out.push_str(&format!("  {}\n", words.count(Text::AndMore, more)));
    }
    out
}

/// One finding.
pub fn finding(finding: &Finding, words: Words, style: Style) -> String {
    marked(finding, None, words, style)
}

/// One finding, with what became of it since an earlier result.
fn marked(finding: &Finding, mark: Option<&str>, words: Words, style: Style) -> String {
    let mut out = String::new();
    let sign = match finding.certainty {
        Certainty::Confirmed => "●",
        Certainty::Possible => "○",
    };
    let risk = format!("{sign} {}", words.risk(finding.severity));
    out.push_str(&format!(
        "{}  {}\n",
        style.paint(tone(finding.severity), &risk),
        style.paint(Tone::Strong, &line(&finding.title))
    ));
    let categories: Vec<&str> = finding.stride.iter().map(|s| words.stride(*s)).collect();
    let about = format!(
        "{} · {} · {} · {}",
        finding.id,
        line(&finding.rule),
        words.certainty(finding.certainty),
        categories.join(words.comma())
    );
    out.push_str(&format!("  {}", style.paint(Tone::Dim, &about)));
    if let Some(mark) = mark {
        out.push_str(&format!(" · {}", style.paint(Tone::Strong, mark)));
    }
    out.push('\n');
    if let Status::Excepted(exception) = &finding.status {
        let mut text = words.fill(Text::Excepted, &[&line(&exception.because)]);
        if let Some(until) = &exception.until {
            text.push_str(&format!(" ({})", words.fill(Text::Until, &[&line(until)])));
        }
        out.push_str(&indent(&style.paint(Tone::Good, &text), 2, 2, style.width));
    }
    out.push_str(&indent(&line(&finding.statement.text), 2, 0, style.width));
    match finding.at() {
        Some(evidence) => {
            out.push_str(&excerpt(evidence, &evidence.shows, style));
            let others: Vec<String> = finding
                .evidence
                .iter()
                .skip(1)
                .take(MOST_PLACES)
                .map(|e| format!("{}:{}  {}", line(&e.spot.path), e.spot.line, line(&e.shows)))
                .collect();
            out.push_str(&labelled(words.get(Text::AlsoSeen), &others, Tone::Dim, style));
        }
        None => out.push_str(&labelled(words.get(Text::NoPlace), &[], Tone::Dim, style)),
    }
    out.push_str(&labelled(
        &why(finding, words),
        &reasons(&finding.reasons, words),
        Tone::Dim,
        style,
    ));
    let mut questions: Vec<String> = finding.questions.iter().map(|q| line(&q.text)).collect();
    if finding.questions_bounded {
        questions.push(format!("({})", words.get(Text::QuestionsBounded)));
    }
    out.push_str(&labelled(words.get(Text::Questions), &questions, Tone::Warn, style));
    for measure in &finding.mitigations {
        out.push_str(&mitigation(measure, words, style));
    }
    out
}

fn why(finding: &Finding, words: Words) -> String {
    words.fill(Text::WhySeverity, &[words.risk(finding.severity)])
}

/// The reasons worth a line: all, unless the rule's own severity stands alone and says nothing.
pub fn reasons(reasons: &[Reason], words: Words) -> Vec<String> {
    if let [only] = reasons
        && only.kind == ReasonKind::Base
        && only.because.is_empty()
    {
        return vec![];
    }
    reasons
        .iter()
        .map(|reason| {
            let own = words.reason(reason.kind, reason.to);
            match (reason.because.is_empty(), reason.kind) {
                (true, _) => format!("{own} ({})", words.risk(reason.to)),
                (false, ReasonKind::Base) => line(&reason.because),
                (false, _) => format!("{own}: {}", line(&reason.because)),
            }
        })
        .collect()
}

fn labelled(label: &str, items: &[String], tone: Tone, style: Style) -> String {
    let mut out = String::new();
    let Some(first) = items.first() else { return out };
    let lead = format!("  {label}: ");
    if items.len() == 1 && width(&lead) + width(first) <= style.width {
        return format!("  {}: {first}\n", style.paint(tone, label));
    }
    out.push_str(&format!("  {}:\n", style.paint(tone, label)));
    for item in items {
        out.push_str(&indent(&format!("- {item}"), 4, 2, style.width));
    }
    out
}

fn mitigation(measure: &Measure, words: Words, style: Style) -> String {
    let mut title = line(&measure.title);
    if let Some(technology) = &measure.technology {
        title.push_str(
            &words.fill(Text::InBrackets, &[&words.fill(Text::For, &[&line(technology)])]),
        );
    }
    let label = style.paint(Tone::Good, words.get(Text::Mitigation));
    let mut out = format!("  {label}: {title}\n");
    out.push_str(&indent(reflow(&lines(&measure.steps)).trim_end(), 6, 3, style.width));
    out
}

fn changes(report: &Report, words: Words, style: Style) -> String {
    if report.changes.is_empty() {
        return String::new();
    }
    let mut out = heading(words.get(Text::Changes), style);
    for change in &report.changes {
        let mut text =
            format!("- {} {}: {}", change.kind, line(&change.rule), line(&change.because));
        if let Some(until) = &change.until {
            let key = if change.expired { Text::Expired } else { Text::Until };
            text.push_str(&format!(" ({})", words.fill(key, &[&line(until)])));
        }
        text.push_str(&format!(" · {}", words.count(Text::Findings, change.findings)));
        out.push_str(&indent(&text, 2, 2, style.width));
    }
    out
}

/// What differs, by who says otherwise: the heading, and the differences one line each.
pub fn drift_sections(report: &Report, words: Words) -> Vec<(&'static str, Vec<String>)> {
    let accounts = [(Account::Model, Text::Drift), (Account::Document, Text::DriftDocuments)];
    let section = |(account, heading)| {
        let lines = report.drift.iter().filter(|d| d.account == account);
        (words.get(heading), lines.map(|d| drift_line(d, words)).collect::<Vec<_>>())
    };
    accounts.into_iter().map(section).filter(|(_, lines)| !lines.is_empty()).collect()
}

fn drift_line(d: &Drift, words: Words) -> String {
    let join =
        |list: &[String]| list.iter().map(|t| line(t)).collect::<Vec<_>>().join(words.comma());
    let attribute = line(d.attribute.as_deref().unwrap_or_default());
    let values = [&line(&d.entity), &attribute, &join(&d.stated), &join(&d.found)];
    let text = match (d.account, d.difference) {
        (Account::Model, Difference::Contradiction) => Text::DriftAttribute,
        (Account::Model, _) => Text::DriftMissing,
        (Account::Document, Difference::Contradiction) => Text::DriftDocumentAttribute,
        (Account::Document, Difference::NotFound) => Text::DriftNotFound,
        (Account::Document, Difference::NotDocumented) => Text::DriftNotDocumented,
    };
    let places: Vec<String> = [&d.stated_at, &d.found_at]
        .into_iter()
        .flatten()
        .map(|s| format!("{}:{}", line(&s.path), s.line))
        .collect();
    let text = words.fill(text, &values.map(String::as_str));
    if places.is_empty() { text } else { format!("{text}  [{}]", places.join(words.comma())) }
}

fn drift(report: &Report, words: Words, style: Style) -> String {
    let mut out = String::new();
    for (head, lines) in drift_sections(report, words) {
        out.push_str(&heading(head, style));
        for text in lines.iter().take(MOST_DRIFT) {
            out.push_str(&indent(&format!("- {text}"), 2, 2, style.width));
        }
        if let Some(more) = lines.len().checked_sub(MOST_DRIFT).filter(|m| *m > 0) {
            out.push_str(&format!("  {}\n", words.count(Text::AndMore, more)));
        }
    }
    out
}

fn policy(report: &Report, words: Words, style: Style) -> String {
    let broken: Vec<_> = report.policy.iter().filter(|p| !p.findings.is_empty()).collect();
    if broken.is_empty() {
        return String::new();
    }
    let mut out = heading(words.get(Text::Policy), style);
    for result in broken {
        let (word, tone) = if result.deny {
            (words.get(Text::Denied), Tone::Bad)
        } else {
            (words.get(Text::Warned), Tone::Warn)
        };
        let count = words.count(Text::Findings, result.findings.len());
        out.push_str(&format!(
            "  {} {}: {} ({count})\n",
            style.paint(tone, word),
            line(&result.policy),
            line(&result.text)
        ));
    }
    out
}

/// Skipped files by reason, with the first paths: reason and detail lines.
pub fn skipped(report: &Report, words: Words, most: usize) -> Vec<(String, Vec<String>)> {
    skipped_files(&report.coverage, words, most)
}

/// The same of a record of what was read.
pub(crate) fn skipped_files(
    coverage: &Coverage,
    words: Words,
    most: usize,
) -> Vec<(String, Vec<String>)> {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for skipped in &coverage.skipped {
        let detail = if skipped.detail.is_empty() {
            line(&skipped.path)
        } else {
            format!("{} ({})", line(&skipped.path), line(&skipped.detail))
        };
        by_reason.entry(words.skip(skipped.reason)).or_default().push(detail);
    }
    by_reason
        .into_iter()
        .map(|(reason, mut paths)| {
            let all = paths.len();
            paths.truncate(most);
            if all > most {
                paths.push(words.count(Text::AndMore, all - most));
            }
            (format!("{}: {reason}", words.count(Text::SkippedFiles, all)), paths)
        })
        .collect()
}

/// The lines of coverage and rules.
pub fn coverage_lines(report: &Report, words: Words) -> Vec<String> {
    let c = &report.coverage;
    let n = |n: usize| n.to_string();
    let mut out =
        vec![words.fill(Text::Coverage, &[&n(c.read), &n(c.listed), &n(c.parsed), &n(c.facts)])];
    let count = |s| report.rules.iter().filter(|r| r.state == s).count();
    let mut rules =
        vec![words.count(Text::RulesRan, count(RuleState::Ran) + count(RuleState::Idle))];
    for (text, state) in
        [(Text::RulesIdle, RuleState::Idle), (Text::RulesDisabled, RuleState::Disabled)]
    {
        if count(state) > 0 {
            rules.push(words.count(text, count(state)));
        }
    }
    out.push(rules.join(words.comma()));
    if !c.untranslated.is_empty() {
        out.push(words.count(Text::Untranslated, c.untranslated.len()));
    }
    if !c.unseen.is_empty() {
        let mut endings: Vec<(&String, &usize)> = c.unseen.iter().collect();
        endings.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let list: Vec<String> =
            endings.iter().take(8).map(|(e, n)| format!("{} ({n})", line(e))).collect();
        let mut text = words.fill(Text::UnseenFiles, &[&list.join(words.comma())]);
        if endings.len() > 8 {
            text.push_str(&format!(
                "{}{}",
                words.comma(),
                words.count(Text::AndMore, endings.len() - 8)
            ));
        }
        out.push(text);
    }
    out
}

fn unseen(report: &Report, words: Words, style: Style) -> String {
    let mut out = heading(words.get(Text::NotSeen), style);
    for text in coverage_lines(report, words) {
        out.push_str(&indent(&text, 2, 2, style.width));
    }
    for (head, paths) in skipped(report, words, 5) {
        out.push_str(&format!("  {}\n", style.paint(Tone::Warn, &head)));
        for path in paths {
            out.push_str(&format!("    {path}\n"));
        }
    }
    for note in &report.diagnostics {
        out.push_str(&indent(&note_line(note), 2, 4, style.width));
    }
    out
}

/// A diagnostic on one line.
pub fn note_line(note: &Note) -> String {
    let place = note
        .labels
        .first()
        .map_or_else(String::new, |l| format!("{}:{}: ", line(&l.spot.path), l.spot.line));
    let help = note.help.as_ref().map_or_else(String::new, |h| format!(" ({})", line(h)));
    format!("{place}{}[{}] {}{help}", note.severity, note.code, line(&note.message))
}

/// Each diagnostic with its source, and a line of totals.
pub fn check(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&render(diagnostic, sources, style.color, style.width, &Headings::default()));
        out.push('\n');
    }
    let count = |s| diagnostics.iter().filter(|d| d.severity == s).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let plural =
        |n: usize, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    let tone = match (errors, warnings) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Warn,
        _ => Tone::Bad,
    };
    let total = format!("{}, {}", plural(errors, "error"), plural(warnings, "warning"));
    out.push_str(&style.paint(tone, &total));
    out.push('\n');
    out
}
