//! A document: summary, system, diagram, findings, questions, drift, coverage and rules.

use redan_program::schema::{Risk, Stride};
use redan_threats::{Finding, Measure, Spot, Status};

use super::full::{
    architecture, coverage_lines, drift_sections, looked_at, note_line, reasons, skipped,
};
use super::matrix;
use crate::data::{Component, Report, Shape};
use crate::escape::{markdown, markdown_block, markdown_code, pack_markdown, uri, web_address};
use crate::layout::Style;
use crate::texts::{Text, Words};

/// Findings that are shown whole.
const MOST: usize = 500;
/// Rows of a table, and elements of a list.
const MOST_ROWS: usize = 300;
/// Components beyond which a diagram helps nobody.
const MOST_DRAWN: usize = 60;

/// The report.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let title = words.fill(Text::ReportTitle, &[&report.system]);
    let mut out = format!("# {}\n\n", markdown(&title));
    if !report.complete {
        out.push_str(&format!("> **{}**\n\n", markdown(words.get(Text::Incomplete))));
    }
    out.push_str(&summary(report, words));
    out.push_str(&system(report, words));
    out.push_str(&findings(report, words));
    out.push_str(&questions(report, words));
    out.push_str(&matrix::section(report, words));
    for (head, lines) in drift_sections(report, words) {
        out.push_str(&list(head, &lines));
    }
    out.push_str(&changes(report, words));
    out.push_str(&coverage(report, words));
    let packs: Vec<String> = report
        .packs
        .iter()
        .map(|p| format!("{} {}", p.name, p.version).trim_end().to_owned())
        .collect();
    let versions = words.fill(
        Text::Versions,
        &[&report.tool.name, &report.tool.version, &packs.join(words.comma())],
    );
    out.push_str(&format!("---\n\n{}\n", markdown(&versions)));
    out
}

fn heading(text: &str) -> String {
    format!("## {}\n\n", markdown(text))
}

fn list(title: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut out = heading(title);
    for item in items.iter().take(MOST_ROWS) {
        out.push_str(&format!("- {}\n", markdown(item)));
    }
    if items.len() > MOST_ROWS {
        // The word is the same in every list.
        out.push_str(&format!("- … {}\n", items.len() - MOST_ROWS));
    }
    out.push('\n');
    out
}

/// Rows of cells that are escaped already; a document is no place for thousands.
fn table(head: &[&str], rows: &[Vec<String>], words: Words) -> String {
    let mut out =
        format!("| {} |\n", head.iter().map(|h| markdown(h)).collect::<Vec<_>>().join(" | "));
    out.push_str(&format!("|{}\n", " --- |".repeat(head.len())));
    for row in rows.iter().take(MOST_ROWS) {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out.push('\n');
    if rows.len() > MOST_ROWS {
        out.push_str(&format!("{}\n\n", words.count(Text::AndMore, rows.len() - MOST_ROWS)));
    }
    out
}

fn summary(report: &Report, words: Words) -> String {
    let summary = &report.summary;
    let mut out = heading(words.get(Text::Summary));
    out.push_str(&format!("{}\n\n", markdown(&looked_at(report, words))));
    let n = |n: usize| n.to_string();
    let total = words.fill(
        Text::SummaryLine,
        &[&n(summary.open), &n(summary.confirmed), &n(summary.possible), &n(summary.excepted)],
    );
    out.push_str(&format!("{}\n\n", markdown(&total)));
    if let Some(text) = architecture(report, words) {
        out.push_str(&format!("{}\n\n", markdown(&text)));
    }
    if summary.open == 0 {
        out.push_str(&format!("{}\n\n", markdown(words.get(Text::NoFindings))));
        return out;
    }
    let risks: Vec<Risk> = Risk::ALL.into_iter().rev().collect();
    let mut head = vec!["STRIDE"];
    head.extend(risks.iter().map(|r| words.risk(*r)));
    let rows: Vec<Vec<String>> = Stride::ALL
        .iter()
        .map(|stride| {
            let counts = summary.by_stride.get(stride);
            let mut row = vec![markdown(words.stride(*stride))];
            row.extend(
                risks.iter().map(|r| n(counts.and_then(|c| c.get(r)).copied().unwrap_or(0))),
            );
            row
        })
        .collect();
    out.push_str(&table(&head, &rows, words));
    out
}

fn link(spot: &Spot) -> String {
    let text = markdown_code(&format!("{}:{}", spot.path, spot.line));
    // A relative address: the document lies at the root of the repository or links nowhere.
    format!("[{text}](<./{}#L{}>)", uri(&spot.path), spot.line)
}

fn place(places: &[Spot]) -> String {
    places.first().map_or_else(String::new, link)
}

fn system(report: &Report, words: Words) -> String {
    let model = &report.model;
    if model.components.is_empty() {
        return String::new();
    }
    let mut out = heading(words.get(Text::Overview));
    if model.components.len() <= MOST_DRAWN {
        let drawn = crate::model::mermaid(model, &report.findings);
        out.push_str(&markdown_block("mermaid", &drawn));
        out.push('\n');
    }
    let zone = |c: &Component| {
        let zone =
            c.boundary.as_deref().and_then(|id| model.boundaries.iter().find(|b| b.id == id));
        zone.map_or_else(String::new, |b| match &b.trust {
            Some(trust) => markdown(&format!("{} ({trust})", b.name)),
            None => markdown(&b.name),
        })
    };
    let mut rows = vec![];
    for shape in Shape::ALL {
        for c in model.components.iter().filter(|c| c.shape == shape) {
            rows.push(vec![
                markdown(&c.name),
                markdown(&c.kind),
                markdown(c.technology.as_deref().unwrap_or("")),
                zone(c),
                place(&c.places),
            ]);
        }
    }
    let head = [Text::Name, Text::Kind, Text::Technology, Text::Boundary, Text::SeenAt]
        .map(|t| words.get(t));
    out.push_str(&format!("### {}\n\n", markdown(words.get(Text::Components))));
    out.push_str(&table(&head, &rows, words));
    if !model.flows.is_empty() {
        out.push_str(&format!("### {}\n\n", markdown(words.get(Text::Flows))));
        let rows: Vec<Vec<String>> = model
            .flows
            .iter()
            .map(|f| {
                vec![
                    markdown(&f.name),
                    markdown(f.protocol.as_deref().unwrap_or("")),
                    markdown(words.truth(f.encrypted)),
                    markdown(words.truth(f.authenticated)),
                    markdown(&f.carries.join(words.comma())),
                    place(&f.places),
                ]
            })
            .collect();
        let head = [
            Text::Name,
            Text::Protocol,
            Text::Encrypted,
            Text::Authenticated,
            Text::Carries,
            Text::SeenAt,
        ]
        .map(|t| words.get(t));
        out.push_str(&table(&head, &rows, words));
    }
    for (title, elements) in [(Text::EntryPoints, &model.entry_points), (Text::Data, &model.data)] {
        if elements.is_empty() {
            continue;
        }
        out.push_str(&format!("### {}\n\n", markdown(words.get(title))));
        for element in elements.iter().take(MOST_ROWS) {
            let known: Vec<String> = element
                .attributes
                .iter()
                .map(|(k, v)| format!("{k}: {}", v.join(words.comma())))
                .collect();
            let known = if known.is_empty() {
                String::new()
            } else {
                format!(" ({})", markdown(&known.join(words.comma())))
            };
            out.push_str(&format!(
                "- {}{known} {}\n",
                markdown(&element.name),
                place(&element.places)
            ));
        }
        if elements.len() > MOST_ROWS {
            let more = words.count(Text::AndMore, elements.len() - MOST_ROWS);
            out.push_str(&format!("- {more}\n"));
        }
        out.push('\n');
    }
    out
}

fn findings(report: &Report, words: Words) -> String {
    let open: Vec<&Finding> = report.findings.iter().filter(|f| f.status == Status::Open).collect();
    if open.is_empty() {
        return String::new();
    }
    let mut out = heading(words.get(Text::FindingsHeading));
    for one in open.iter().take(MOST) {
        out.push_str(&finding(one, words));
    }
    if open.len() > MOST {
        out.push_str(&format!("{}\n\n", markdown(&words.count(Text::AndMore, open.len() - MOST))));
    }
    out
}

fn finding(finding: &Finding, words: Words) -> String {
    let categories: Vec<&str> = finding.stride.iter().map(|s| words.stride(*s)).collect();
    let mut out = format!(
        "### {} · {}\n\n{} · {} · {} · {}\n\n{}\n\n",
        markdown(words.risk(finding.severity)),
        markdown(&finding.title),
        markdown_code(&finding.id),
        markdown_code(&finding.rule),
        markdown(words.certainty(finding.certainty)),
        markdown(&categories.join(words.comma())),
        markdown(&finding.statement.text)
    );
    let mut facts: Vec<(&str, Vec<String>)> = vec![];
    let why: Vec<String> = reasons(&finding.reasons, words).iter().map(|r| markdown(r)).collect();
    let why_label = words.fill(Text::WhySeverity, &[words.risk(finding.severity)]);
    facts.push((&why_label, why));
    let mut questions: Vec<String> = finding.questions.iter().map(|q| markdown(&q.text)).collect();
    if finding.questions_bounded {
        questions.push(format!("({})", words.get(Text::QuestionsBounded)));
    }
    facts.push((words.get(Text::Questions), questions));
    facts.push((
        words.get(Text::Assets),
        finding.assets.iter().map(|a| markdown(&a.display)).collect(),
    ));
    facts.push((
        words.get(Text::Evidence),
        finding
            .evidence
            .iter()
            .map(|e| format!("{} {}", link(&e.spot), markdown_code(&e.shows)))
            .collect(),
    ));
    let mut references: Vec<String> = vec![];
    references.extend(finding.cwe.iter().map(|n| format!("CWE-{n}")));
    references.extend(finding.capec.iter().map(|n| format!("CAPEC-{n}")));
    for (name, values) in &finding.standards {
        references.push(markdown(&format!("{} {}", name.to_uppercase(), values.join(", "))));
    }
    references.extend(
        finding
            .references
            .iter()
            .filter(|r| web_address(r))
            .map(|r| format!("<{}>", r.replace(['<', '>', ' ', '\n', '\r'], ""))),
    );
    facts.push((words.get(Text::References), references));
    for (label, items) in &facts {
        if items.is_empty() {
            continue;
        }
        out.push_str(&format!("**{}**\n\n", markdown(label)));
        for item in items {
            out.push_str(&format!("- {item}\n"));
        }
        out.push('\n');
    }
    if let Some(evidence) = finding.at().filter(|e| !e.excerpt.is_empty()) {
        let text: Vec<&str> = evidence.excerpt.iter().map(|l| l.text.as_str()).collect();
        out.push_str(&markdown_block("text", &text.join("\n")));
        out.push('\n');
    }
    for measure in &finding.mitigations {
        out.push_str(&mitigation(measure, words));
    }
    out
}

fn mitigation(measure: &Measure, words: Words) -> String {
    let technology = measure
        .technology
        .as_ref()
        .map_or_else(String::new, |t| format!(" ({})", markdown(&words.fill(Text::For, &[t]))));
    format!(
        "**{}**: {}{technology}\n\n{}\n\n",
        markdown(words.get(Text::Mitigation)),
        markdown(&measure.title),
        pack_markdown(measure.steps.trim_end())
    )
}

fn questions(report: &Report, words: Words) -> String {
    list(words.get(Text::QuestionsHeading), &report.model.questions)
}

fn changes(report: &Report, words: Words) -> String {
    let items: Vec<String> = report
        .changes
        .iter()
        .map(|c| {
            let mut text = format!("{} {}: {}", c.kind, c.rule, c.because);
            if let Some(until) = &c.until {
                let key = if c.expired { Text::Expired } else { Text::Until };
                text.push_str(&format!(" ({})", words.fill(key, &[until])));
            }
            text.push_str(&format!(" · {}", words.count(Text::Findings, c.findings)));
            text
        })
        .collect();
    list(words.get(Text::Changes), &items)
}

fn coverage(report: &Report, words: Words) -> String {
    let mut items = coverage_lines(report, words);
    for (head, paths) in skipped(report, words, 10) {
        items.push(format!("{head}: {}", paths.join(words.comma())));
    }
    items.extend(report.diagnostics.iter().map(note_line));
    list(words.get(Text::CoverageHeading), &items)
}
