//! The threats, with a form that filters them.

use std::collections::BTreeMap;

use maud::{Markup, html};
use redan_program::schema::{Risk, Stride};
use redan_threats::{Certainty, Evidence, Finding, Measure, Status};

use super::pack_text::pack_text;
use super::{Page, element_address, place, risk};
use crate::data::Change;
use crate::escape::{line, source_line, web_address};
use crate::explain::tree_text;
use crate::formats::full::reasons;
use crate::since;
use crate::texts::Text;

/// Places that are shown with their source; the others are named.
const SHOWN_PLACES: usize = 2;
/// Lines of a derivation, and where there are thousands of findings; `redan explain` tells the rest.
const MOST_STEPS: (usize, usize) = (40, 12);
/// Findings from which on a page has to be sparing.
const MANY: usize = 1_000;

pub fn findings(page: &Page<'_>) -> Markup {
    if page.report.findings.is_empty() {
        return html! { p { (page.t(Text::NoFindings)) } };
    }
    html! {
        (form(page))
        div id="list" class=[(page.report.findings.len() >= MANY).then_some("many")] {
            @for one in &page.report.findings { (finding(page, one)) }
        }
    }
}

/// The form; a script shows it and makes it work.
fn form(page: &Page<'_>) -> Markup {
    let words = page.words;
    let findings = &page.report.findings;
    let risks =
        Risk::ALL.into_iter().rev().map(|r| (r.word().to_owned(), words.risk(r).to_owned()));
    let strides =
        Stride::ALL.into_iter().map(|s| (s.word().to_owned(), words.stride(s).to_owned()));
    let certainties = [Certainty::Confirmed, Certainty::Possible]
        .map(|c| (c.word().to_owned(), words.certainty(c).to_owned()));
    let states = [("open", Text::StatusOpen), ("excepted", Text::StatusExcepted)]
        .map(|(word, text)| (word.to_owned(), page.t(text).to_owned()));
    let changes = Change::ALL.map(|c| (c.word().to_owned(), since::word(c, words).to_owned()));
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *rules.entry(&finding.rule).or_default() += 1;
    }
    let rules =
        rules.into_iter().map(|(rule, n)| (rule.to_owned(), format!("{} ({n})", line(rule))));
    let model = &page.report.model;
    let components = model
        .components
        .iter()
        .filter(|c| !c.findings.is_empty())
        .map(|c| (c.id.clone(), format!("{} ({})", line(&c.name), c.findings.len())));
    let flows = model
        .flows
        .iter()
        .filter(|f| !f.findings.is_empty())
        .map(|f| (f.id.clone(), format!("{} ({})", line(&f.name), f.findings.len())));
    html! {
        form id="filter" role="search" aria-label=(page.t(Text::Filter)) hidden
            data-shown=(page.words.fill(Text::ShownOf, &["{0}", "{1}"])) {
            label class="wide" {
                span { (page.t(Text::Search)) }
                input type="search" name="q" autocomplete="off";
            }
            (select(page, "severity", Text::Severity, risks))
            (select(page, "certainty", Text::Certainty, certainties))
            (select(page, "category", Text::Category, strides))
            (select(page, "status", Text::Status, states))
            (select(page, "rule", Text::Rule, rules))
            @if page.marks.is_some() { (select(page, "since", Text::SinceHeading, changes)) }
            label {
                span { (page.t(Text::Element)) }
                select name="el" {
                    option value="" { (page.t(Text::All)) }
                    optgroup label=(page.t(Text::Components)) { (options(components)) }
                    optgroup label=(page.t(Text::Flows)) { (options(flows)) }
                }
            }
            button type="reset" { (page.t(Text::ResetFilter)) }
        }
        p id="shown" role="status" {}
    }
}

fn select(
    page: &Page<'_>,
    name: &str,
    label: Text,
    values: impl IntoIterator<Item = (String, String)>,
) -> Markup {
    html! {
        label {
            span { (page.t(label)) }
            select name=(name) {
                option value="" { (page.t(Text::All)) }
                (options(values))
            }
        }
    }
}

fn options(values: impl IntoIterator<Item = (String, String)>) -> Markup {
    html! { @for (value, text) in values { option value=(value) { (text) } } }
}

fn finding(page: &Page<'_>, f: &Finding) -> Markup {
    let words = page.words;
    let elements = page.elements.get(f.id.as_str()).map_or(&[][..], Vec::as_slice);
    let categories: Vec<&str> = f.stride.iter().map(|s| words.stride(*s)).collect();
    let list = |items: Vec<Markup>| {
        html! {
            @if let [only] = items.as_slice() { (only) }
            @else { ul { @for item in &items { li { (item) } } } }
        }
    };
    let entry = |label: &str, items: Vec<Markup>| {
        html! { @if !items.is_empty() { div { dt { (label) } dd { (list(items)) } } } }
    };
    let texts = |items: &[String]| items.iter().map(|i| html! { (line(i)) }).collect::<Vec<_>>();
    let mut questions: Vec<Markup> =
        f.questions.iter().map(|q| html! { (line(&q.text)) }).collect();
    if f.questions_bounded {
        questions.push(html! { "(" (page.t(Text::QuestionsBounded)) ")" });
    }
    let assets: Vec<String> = f.assets.iter().map(|a| a.display.clone()).collect();
    let path: Vec<Markup> = elements
        .iter()
        .map(|(id, name)| html! { a href=(element_address(id)) data-show=(id) { (line(name)) } })
        .collect();
    html! {
        article id=(f.id) aria-labelledby={ "t-" (f.id) } tabindex="-1"
            data-severity=(f.severity.word()) data-certainty=(f.certainty.word())
            data-status=(f.status.word()) data-rule=(f.rule)
            data-since=[page.marks.as_ref().map(|m| m.change(f).word())]
            data-category=(f.stride.iter().map(|s| s.word()).collect::<Vec<_>>().join(" "))
            data-el=(elements.iter().map(|(id, _)| *id).collect::<Vec<_>>().join(" ")) {
            h3 id={ "t-" (f.id) } { (risk(f.severity, words)) " " (line(&f.title)) }
            p class="meta" {
                a href={ "#" (f.id) } { (line(&f.id)) }
                span class=(f.certainty.word()) { (words.certainty(f.certainty)) }
                span { (categories.join(words.comma())) }
                code { (line(&f.rule)) }
                @if let Some(said) = page.marks.as_ref().and_then(|m| m.said(f, words)) { strong { (said) } }
            }
            @if let Status::Excepted(exception) = &f.status {
                p class="excepted" {
                    (words.fill(Text::Excepted, &[&line(&exception.because)]))
                    @if let Some(until) = &exception.until { " (" (words.fill(Text::Until, &[&line(until)])) ")" }
                }
            }
            p { (line(&f.statement.text)) }
            dl {
                (entry(&words.fill(Text::WhySeverity, &[words.risk(f.severity)]), texts(&reasons(&f.reasons, words))))
                (entry(page.t(Text::Assets), texts(&assets)))
                (entry(page.t(Text::PathLabel), path))
                (entry(page.t(Text::Questions), questions))
            }
            (evidence(page, &f.evidence))
            @for measure in &f.mitigations { (mitigation(page, measure)) }
            (more(page, f))
        }
    }
}

fn evidence(page: &Page<'_>, all: &[Evidence]) -> Markup {
    html! {
        h4 { (page.t(Text::Evidence)) }
        @if all.is_empty() { p { (page.t(Text::NoPlace)) } }
        @for one in all.iter().take(SHOWN_PLACES) { (excerpt(one)) }
        @if all.len() > SHOWN_PLACES {
            details {
                summary { (page.words.count(Text::AndMore, all.len() - SHOWN_PLACES)) }
                ul {
                    @for one in all.iter().skip(SHOWN_PLACES) {
                        li { (place(&one.spot)) " " (line(&one.shows)) }
                    }
                }
            }
        }
    }
}

/// A place with its lines, what is meant marked.
fn excerpt(evidence: &Evidence) -> Markup {
    html! {
        p class="at" { (place(&evidence.spot)) " " span class="soft" { (line(&evidence.shows)) } }
        @if !evidence.excerpt.is_empty() {
            pre class="source" {
                @for shown in &evidence.excerpt {
                    @let text = source_line(&shown.text);
                    span class="n" { (format!("{:>4}", shown.line)) " " }
                    @if shown.line == evidence.spot.line {
                        @let from = evidence.mark.0.saturating_sub(1) as usize;
                        @let to = (evidence.mark.1.saturating_sub(1) as usize).max(from);
                        (text.chars().take(from).collect::<String>())
                        mark { (text.chars().skip(from).take(to - from).collect::<String>()) }
                        (text.chars().skip(to).collect::<String>())
                    } @else { (text) }
                    "\n"
                }
            }
        }
    }
}

fn mitigation(page: &Page<'_>, measure: &Measure) -> Markup {
    html! {
        h4 {
            (page.t(Text::WhatToDo)) ": " (line(&measure.title))
            @if let Some(technology) = &measure.technology {
                span class="soft" { " (" (page.words.fill(Text::For, &[&line(technology)])) ")" }
            }
        }
        div class="steps" { (pack_text(&measure.steps)) }
        (links(&measure.references))
    }
}

/// Addresses that a reader may follow.
fn links(addresses: &[String]) -> Markup {
    html! {
        @if addresses.iter().any(|a| web_address(a)) {
            ul class="links" {
                @for address in addresses.iter().filter(|a| web_address(a)) {
                    li { a href=(address) rel="noopener noreferrer" { (line(address)) } }
                }
            }
        }
    }
}

fn more(page: &Page<'_>, f: &Finding) -> Markup {
    let mut standards: Vec<String> = vec![];
    standards.extend(f.cwe.iter().map(|n| format!("CWE-{n}")));
    standards.extend(f.capec.iter().map(|n| format!("CAPEC-{n}")));
    for (name, values) in &f.standards {
        standards.push(line(&format!("{} {}", name.to_uppercase(), values.join(", "))));
    }
    let tree = tree_text(&f.derivation, page.words);
    let steps = tree.lines().count();
    let most = if page.report.findings.len() < MANY { MOST_STEPS.0 } else { MOST_STEPS.1 };
    let shown: String = tree.split_inclusive('\n').take(most).collect();
    let explain = html! { code { "redan explain " (line(&f.id)) } };
    html! {
        @if !standards.is_empty() || !f.references.is_empty() {
            h4 { (page.t(Text::References)) }
            @if !standards.is_empty() { p { (standards.join(" · ")) } }
            (links(&f.references))
        }
        details class="derived" {
            summary { (page.t(Text::HowDerived)) }
            @if !f.description.trim().is_empty() { div class="steps" { (pack_text(&f.description)) } }
            pre class="tree" { (shown) }
            @if steps > most { p { (page.words.count(Text::AndMore, steps - most)) ": " (explain) } }
        }
        // A tree of facts is nothing for paper.
        p class="paper soft" { (page.t(Text::HowDerived)) ": " (explain) }
    }
}
