//! What stands behind the threats: differences, questions, coverage, rules, and how to get it again.

use std::collections::BTreeMap;

use maud::{Markup, html};
use redan_program::schema::Risk;
use redan_threats::Status;

use super::{Page, risk, skipped, table};
use crate::data::{Report, RuleState};
use crate::escape::line;
use crate::formats::full::{architecture, coverage_lines, drift_sections, note_line};
use crate::model::{assumptions, shortened};
use crate::texts::Text;

/// Findings that are named beside a question.
const NAMED: usize = 4;

pub fn drift(page: &Page<'_>) -> Markup {
    html! {
        @for (heading, lines) in drift_sections(page.report, page.words) {
            h3 { (heading) }
            ul { @for text in lines { li { (text) } } }
        }
        @if let Some(text) = architecture(page.report, page.words) {
            p { (text) }
            ul {
                @for rule in page.report.architecture_rules.iter().filter(|r| !r.holds) {
                    li {
                        strong { (line(&rule.id)) } " " (line(&rule.text)) ": "
                        (shortened(&rule.broken, page.words))
                    }
                }
            }
        }
    }
}

/// Each question once, with the `id`s of the open findings that it settles; those that settle most come first.
pub fn settled_by(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let mut settles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.status == Status::Open) {
        for question in &finding.questions {
            settles.entry(&question.text).or_default().push(&finding.id);
        }
    }
    let all = report.model.questions.iter();
    let mut questions: Vec<(&str, Vec<&str>)> =
        all.map(|q| (q.as_str(), settles.remove(q.as_str()).unwrap_or_default())).collect();
    questions.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
    questions
}

pub fn questions(page: &Page<'_>) -> Markup {
    let questions = settled_by(page.report);
    let assumed = assumptions(&page.report.model, page.words);
    if questions.is_empty() && assumed.is_empty() {
        return html! {};
    }
    html! {
        @if !questions.is_empty() { p { (page.t(Text::QuestionsAbout)) } }
        ul {
            @for (question, ids) in &questions {
                li {
                    (line(question))
                    @for id in ids.iter().take(NAMED) { " " a class="soft" href={ "#" (id) } { (line(id)) } }
                    @if ids.len() > NAMED { " " span class="soft" { (page.words.count(Text::AndMore, ids.len() - NAMED)) } }
                }
            }
        }
        @if !assumed.is_empty() {
            h3 { (page.t(Text::Assumptions)) }
            ul { @for text in &assumed { li { (text) } } }
        }
    }
}

pub fn changes(page: &Page<'_>) -> Markup {
    let (report, words) = (page.report, page.words);
    if report.changes.is_empty() {
        return html! {};
    }
    html! {
        ul {
            @for change in &report.changes {
                li {
                    code { (line(&change.kind)) " " (line(&change.rule)) } ": " (line(&change.because))
                    @if let Some(until) = &change.until {
                        " (" (words.fill(if change.expired { Text::Expired } else { Text::Until }, &[&line(until)])) ")"
                    }
                    " · " (words.count(Text::Findings, change.findings))
                }
            }
        }
    }
}

pub fn coverage(page: &Page<'_>) -> Markup {
    let (report, words) = (page.report, page.words);
    let languages: Vec<String> =
        report.coverage.languages.iter().map(|(l, n)| format!("{} ({n})", line(l))).collect();
    html! {
        ul {
            @for text in coverage_lines(report, words) { li { (text) } }
            @if !languages.is_empty() { li { (page.t(Text::ReadAs)) ": " (languages.join(words.comma())) } }
        }
        @for (reason, files) in skipped(report) {
            details {
                summary { (words.count(Text::SkippedFiles, files.len())) ": " (words.skip(reason)) }
                ul {
                    @for file in files {
                        li {
                            code { (line(&file.path)) }
                            @if !file.detail.is_empty() { " (" (line(&file.detail)) ")" }
                        }
                    }
                }
            }
        }
        @if !report.diagnostics.is_empty() {
            h3 { (page.t(Text::Messages)) }
            ul { @for note in &report.diagnostics { li { (note_line(note)) } } }
        }
    }
}

pub fn rules(page: &Page<'_>) -> Markup {
    let (report, words) = (page.report, page.words);
    if report.rules.is_empty() {
        return html! {};
    }
    let state = |state: RuleState| {
        page.t(match state {
            RuleState::Ran => Text::RuleRan,
            RuleState::Disabled => Text::RuleDisabled,
            RuleState::Idle => Text::RuleIdle,
        })
    };
    let rows: Vec<_> = report
        .rules
        .iter()
        .map(|r| {
            let categories: Vec<&str> = r.stride.iter().map(|s| words.stride(*s)).collect();
            (
                None,
                vec![
                    html! { code { (line(&r.name)) } },
                    html! { (line(&r.title)) },
                    html! { (categories.join(words.comma())) },
                    html! { (risk(r.severity.unwrap_or(Risk::Info), words)) },
                    html! { (state(r.state)) },
                    html! { (r.findings) },
                ],
            )
        })
        .collect();
    let head = [
        Text::Rule,
        Text::Title,
        Text::Category,
        Text::Severity,
        Text::Status,
        Text::FindingsHeading,
    ]
    .map(|t| page.t(t));
    let packs: Vec<_> = report
        .packs
        .iter()
        .map(|p| (None, vec![html! { code { (line(&p.name)) } }, html! { (line(&p.version)) }]))
        .collect();
    html! {
        details {
            summary { (page.t(Text::RulesHeading)) " (" (rows.len()) ")" }
            (table(&format!("{} ({})", page.t(Text::RulesHeading), rows.len()), &head, &rows))
        }
        details {
            summary { (page.t(Text::Packs)) " (" (packs.len()) ")" }
            (table(page.t(Text::Packs), &[page.t(Text::Name), page.t(Text::Version)], &packs))
        }
    }
}

pub fn reproduce(page: &Page<'_>) -> Markup {
    html! {
        p { (page.words.fill(Text::Reproduce, &[&line(&page.report.tool.version)])) }
        pre {
            "redan scan . --lang " (page.words.code()) " --output-format json -o result.json\n"
            "redan report result.json --format html -o report.html\n"
        }
    }
}

/// What made the report.
pub fn versions(page: &Page<'_>) -> String {
    let packs: Vec<String> = page
        .report
        .packs
        .iter()
        .map(|p| line(&format!("{} {}", p.name, p.version)).trim_end().to_owned())
        .collect();
    let tool = &page.report.tool;
    page.words.fill(
        Text::Versions,
        &[&line(&tool.name), &line(&tool.version), &packs.join(page.words.comma())],
    )
}
