//! A document: summary, system, diagram, findings, questions, drift, coverage and rules.

use redan_program::schema::{Risk, Stride};
use redan_threats::{Finding, Measure, Spot, Status};

use super::full::{
    architecture, coverage_lines, drift_sections, looked_at, note_line, reasons, skipped,
};
use super::matrix;
use crate::data::{Component, Report, Shape};
use crate::escape::{
    markdown, markdown_block, markdown_code, pack_markdown, uri, web_address, web_uri,
};
use crate::layout::Style;
use crate::since::{self, Marks};
use crate::texts::{Text, Words};

/// Bytes of the document: what GitHub takes for the summary of a step. A longer one is not shown at all.
const MOST_BYTES: usize = 1 << 20;
/// Bytes kept free for what is said of findings that are left out.
const RESERVED: usize = 1_000;
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
    out.push_str(&changed(report, "##", MOST_ROWS, words));
    out.push_str(&system(report, words));
    let mut rest = questions(report, words);
    rest.push_str(&matrix::section(report, words));
    for (head, lines) in drift_sections(report, words) {
        rest.push_str(&list(head, &lines));
    }
    rest.push_str(&changes(report, words));
    rest.push_str(&coverage(report, words));
    let packs: Vec<String> = report
        .packs
        .iter()
        .map(|p| format!("{} {}", p.name, p.version).trim_end().to_owned())
        .collect();
    let versions = words.fill(
        Text::Versions,
        &[&report.tool.name, &report.tool.version, &packs.join(words.comma())],
    );
    rest.push_str(&format!("---\n\n{}\n", markdown(&versions)));
    let left = MOST_BYTES.saturating_sub(out.len() + rest.len() + RESERVED);
    out.push_str(&findings(report, Room::new(left, str::len), words));
    out.push_str(&rest);
    out
}

/// Room for findings in a text that has a greatest length: a finding goes in whole or is left out.
pub struct Room {
    left: usize,
    length: fn(&str) -> usize,
    /// How many are left out.
    pub left_out: usize,
}

impl Room {
    /// So much room, by this measure.
    pub fn new(left: usize, length: fn(&str) -> usize) -> Self {
        Self { left, length, left_out: 0 }
    }

    /// Adds a finding if there is room for it. A shorter one after it may still go in: one long text hides no others.
    pub fn add(&mut self, out: &mut String, finding: &str) {
        match self.left.checked_sub((self.length)(finding)) {
            Some(left) => {
                self.left = left;
                out.push_str(finding);
            }
            None => self.left_out += 1,
        }
    }
}

/// What changed since an earlier result, if one was given.
pub fn changed(report: &Report, level: &str, most: usize, words: Words) -> String {
    let Some((total, lines)) = since::lines(report, words) else { return String::new() };
    let title = markdown(words.get(Text::SinceHeading));
    let mut out = format!("{level} {title}\n\n{}\n\n", markdown(&total));
    for one in lines.iter().take(most) {
        let (text, id) = (markdown(&one.text), markdown_code(&one.id));
        out.push_str(&format!("- **{}** · {text} · {id}\n", markdown(one.word)));
    }
    if lines.len() > most {
        out.push_str(&format!("- {}\n", words.count(Text::AndMore, lines.len() - most)));
    }
    if !lines.is_empty() {
        out.push('\n');
    }
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
pub fn table(head: &[&str], rows: &[Vec<String>], words: Words) -> String {
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

/// A place with a link to its line: below the address of the repository, if that is known, else relative to the document.
fn link(spot: &Spot, links: Option<&str>) -> String {
    if links.is_some() {
        return place(spot, links);
    }
    // The document lies at the root of the repository or links nowhere.
    format!("[{}](<./{}#L{}>)", name(spot), uri(&spot.path), spot.line)
}

/// A place, with a link to its line if the address of the repository is known.
pub fn place(spot: &Spot, links: Option<&str>) -> String {
    match links.filter(|base| web_address(base)) {
        Some(base) => {
            let base = web_uri(base.trim_end_matches('/'));
            format!("[{}](<{base}/{}#L{}>)", name(spot), uri(&spot.path), spot.line)
        }
        None => name(spot),
    }
}

fn name(spot: &Spot) -> String {
    markdown_code(&format!("{}:{}", spot.path, spot.line))
}

fn first(places: &[Spot], links: Option<&str>) -> String {
    places.first().map_or_else(String::new, |spot| link(spot, links))
}

fn system(report: &Report, words: Words) -> String {
    let (model, links) = (&report.model, report.links.as_deref());
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
        zone.map_or_else(String::new, |b| markdown(&report.model.zone(b)))
    };
    let mut rows = vec![];
    for shape in Shape::ALL {
        for c in model.components.iter().filter(|c| c.shape == shape) {
            rows.push(vec![
                markdown(&c.name),
                markdown(report.model.kind_word(&c.kind)),
                markdown(c.technology.as_deref().unwrap_or("")),
                zone(c),
                first(&c.places, links),
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
                    first(&f.places, links),
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
            let known = report.model.known(&element.kind, &element.attributes, words);
            let known = if known.is_empty() {
                String::new()
            } else {
                format!(" ({})", markdown(&known.join(words.comma())))
            };
            out.push_str(&format!(
                "- {}{known} {}\n",
                markdown(&element.name),
                first(&element.places, links)
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

fn findings(report: &Report, mut room: Room, words: Words) -> String {
    let open: Vec<&Finding> = report.findings.iter().filter(|f| f.status == Status::Open).collect();
    if open.is_empty() {
        return String::new();
    }
    let mut out = heading(words.get(Text::FindingsHeading));
    let marks = Marks::of(report);
    for one in open {
        let mark = marks.as_ref().and_then(|m| m.said(one, words));
        room.add(&mut out, &finding(one, mark, report.links.as_deref(), words));
    }
    if room.left_out > 0 {
        let text = words.fill(Text::LeftOutOfDocument, &[&room.left_out.to_string(), "1 MiB"]);
        out.push_str(&format!("> {}\n\n", markdown(&text)));
    }
    out
}

fn finding(finding: &Finding, mark: Option<String>, links: Option<&str>, words: Words) -> String {
    let mark = mark.map_or_else(String::new, |m| format!(" · **{}**", markdown(&m)));
    let categories: Vec<&str> = finding.stride.iter().map(|s| words.stride(*s)).collect();
    let mut out = format!(
        "### {} · {}\n\n{} · {} · {} · {}{mark}\n\n{}\n\n",
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
            .map(|e| format!("{} {}", link(&e.spot, links), markdown_code(&e.shows)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::sample;

    #[test]
    fn a_long_document_leaves_findings_out_and_says_so() {
        let mut of = sample("en");
        let one = of.findings[0].clone();
        of.findings =
            (0..3_000).map(|n| Finding { id: format!("RF-{n:08x}"), ..one.clone() }).collect();
        of.summarise();
        let text = report(&of, Style::default());
        assert!(text.len() <= MOST_BYTES && text.len() > MOST_BYTES - 3_000, "{}", text.len());
        let said = format!("> {} findings are left out", 3_000 - text.matches("`RF-").count());
        assert!(text.contains(&said), "{said}");
        assert!(text.contains("## Coverage"));
    }
}
