//! One page for people who do not use a terminal: no network, whole without script, better with it.
//!
//! Templates escape by construction (`maud`); Markdown of packs has a room of its own. The page may
//! run the one script that we wrote and nothing else: its policy names the script's hash.

mod findings;
mod matrix;
mod pack_text;
mod rest;
mod summary;
mod system;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use redan_base::SkipReason;
use redan_threats::Spot;

use crate::data::Report;
use crate::diagram::{self, Figures};
use crate::escape::line;
use crate::layout::Style;
use crate::since::Marks;
use crate::texts::{Text, Words};

pub(super) use rest::settled_by;
pub(super) use summary::first;

const CSS: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// SHA-256 of [`SCRIPT`], as the policy of the page wants it; a test compares them.
const SCRIPT_HASH: &str = "A8K8ZXIM072hOvtRn7zAaRz8ro0hpctVJyp758dVVCM=";

/// What all sections look at.
struct Page<'a> {
    report: &'a Report,
    words: Words,
    /// The components and flows that each finding is about: their `id`s and names, flows first.
    elements: BTreeMap<&'a str, Vec<(&'a str, &'a str)>>,
    figures: Figures,
    /// What became of the findings since an earlier result, if one was given.
    marks: Option<Marks<'a>>,
}

impl Page<'_> {
    fn t(&self, text: Text) -> &'static str {
        self.words.get(text)
    }
}

/// A section: the name for links, its heading, and what is in it. One that is empty is left out.
type Section = (&'static str, Text, fn(&Page<'_>) -> Markup);

/// The order of the page.
const SECTIONS: &[Section] = &[
    ("summary", Text::Summary, summary::summary),
    ("system", Text::Overview, system::overview),
    ("diagram", Text::Diagram, system::diagram),
    ("threats", Text::FindingsHeading, findings::findings),
    ("matrix", Text::Matrix, matrix::matrix),
    ("drift", Text::DriftHeading, rest::drift),
    ("questions", Text::QuestionsHeading, rest::questions),
    ("changes", Text::Changes, rest::changes),
    ("coverage", Text::CoverageHeading, rest::coverage),
    ("rules", Text::RulesHeading, rest::rules),
    ("reproduce", Text::ReproduceHeading, rest::reproduce),
];

/// The report.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let mut elements: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let flows = report.model.flows.iter().map(|f| (&f.findings, f.id.as_str(), f.name.as_str()));
    let components =
        report.model.components.iter().map(|c| (&c.findings, c.id.as_str(), c.name.as_str()));
    for (findings, id, name) in flows.chain(components) {
        for finding in findings {
            elements.entry(finding).or_default().push((id, name));
        }
    }
    let figures = diagram::figures(&report.model, &report.findings, words);
    let page = Page { report, words, elements, figures, marks: Marks::of(report) };
    let sections: Vec<_> = SECTIONS
        .iter()
        .map(|(id, title, write)| (*id, page.t(*title), write(&page)))
        .filter(|(_, _, body)| !body.0.is_empty())
        .collect();
    let title = words.fill(Text::ReportTitle, &[&line(&report.system)]);
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let variables: Vec<String> =
        diagram::LIGHT.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    let page = html! {
        (DOCTYPE)
        html lang=(words.code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ (line(&report.tool.name)) " " (line(&report.tool.version)) };
                title { (title) }
                style { (PreEscaped(format!(":root{{{}}}\n", variables.join(";")))) (PreEscaped(CSS)) (PreEscaped(diagram::STYLE)) }
                noscript { style { ".many article{content-visibility:visible}" } }
            }
            body {
                a class="skip" href="#main" { (page.t(Text::SkipToContent)) }
                header {
                    h1 { (title) }
                    @if !report.complete { p class="warn" { (page.t(Text::Incomplete)) } }
                }
                nav aria-label=(page.t(Text::Contents)) {
                    ul { @for (id, title, _) in &sections { li { a href={ "#" (id) } { (title) } } } }
                }
                main id="main" tabindex="-1" {
                    @for (id, title, body) in &sections {
                        section id=(id) aria-labelledby={ "h-" (id) } {
                            h2 id={ "h-" (id) } { (title) }
                            (body)
                        }
                    }
                }
                footer { p { (rest::versions(&page)) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut out = page.into_string();
    out.push('\n');
    out
}

/// A file and a line.
fn place(spot: &Spot) -> Markup {
    html! { code class="place" { (line(&spot.path)) ":" (spot.line) } }
}

/// The first place, if there is one.
fn first_place(places: &[Spot]) -> Markup {
    html! { @if let Some(spot) = places.first() { (place(spot)) } }
}

/// A mark with a severity.
fn risk(risk: redan_program::schema::Risk, words: Words) -> Markup {
    html! { span class={ "risk " (risk.word()) } { (words.risk(risk)) } }
}

/// A table that scrolls by itself where it is too wide.
fn table(label: &str, head: &[&str], rows: &[(Option<String>, Vec<Markup>)]) -> Markup {
    html! {
        div class="scroll" role="region" tabindex="0" aria-label=(label) {
            table {
                thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                tbody {
                    @for (id, row) in rows {
                        tr id=[id.as_deref()] {
                            @for (number, cell) in row.iter().enumerate() {
                                @if number == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The address of an element's row in the overview.
fn element_address(id: &str) -> String {
    format!("#el-{id}")
}

/// Skipped files by reason.
fn skipped(report: &Report) -> BTreeMap<SkipReason, Vec<&redan_base::Skipped>> {
    let mut by_reason: BTreeMap<SkipReason, Vec<_>> = BTreeMap::new();
    for skipped in &report.coverage.skipped {
        by_reason.entry(skipped.reason).or_default().push(skipped);
    }
    by_reason
}
