//! What there is to fix, in a minute.

use maud::{Markup, html};
use redan_program::schema::{Risk, Stride};
use redan_threats::{Certainty, Finding, Status};

use super::{Page, risk};
use crate::data::Change;
use crate::escape::line;
use crate::formats::full::{looked_at, reasons};
use crate::since;
use crate::texts::Text;

/// Threats that are named first.
const FIRST: usize = 5;
/// Differences from an earlier result that are listed; the filter shows the others.
const MOST_CHANGED: usize = 20;

pub fn summary(page: &Page<'_>) -> Markup {
    let (report, words) = (page.report, page.words);
    let s = &report.summary;
    let cell = |count: usize, filter: String, label: String| {
        html! {
            @if count == 0 { span class="none" { "0" } }
            @else { a href="#threats" data-filter=(filter) aria-label=(label) { (count) } }
        }
    };
    let risks: Vec<Risk> = Risk::ALL.into_iter().rev().collect();
    html! {
        p { (looked_at(report, words)) }
        ul class="cards" {
            @for (text, count, filter) in [
                (page.t(Text::StatusOpen), s.open, "status=open"),
                (page.t(Text::Confirmed), s.confirmed, "status=open&certainty=confirmed"),
                (page.t(Text::Possible), s.possible, "status=open&certainty=possible"),
                (page.t(Text::StatusExcepted), s.excepted, "status=excepted"),
            ] {
                li { a href="#threats" data-filter=(filter) { strong { (count) } " " span { (text) } } }
            }
        }
        ul class="cards" {
            @for r in &risks {
                li {
                    a href="#threats" data-filter={ "status=open&severity=" (r.word()) } {
                        strong { (s.by_severity.get(r).copied().unwrap_or(0)) } " " (risk(*r, words))
                    }
                }
            }
        }
        @if s.open == 0 {
            p { (page.t(Text::NoFindings)) }
        } @else {
            div class="scroll" role="region" tabindex="0" aria-label=(page.t(Text::ByCategory)) {
                table class="counts" {
                    caption { (page.t(Text::ByCategory)) }
                    thead { tr {
                        th scope="col" { "STRIDE" }
                        @for r in &risks { th scope="col" { (words.risk(*r)) } }
                    } }
                    tbody {
                        @for stride in Stride::ALL {
                            tr {
                                th scope="row" { (words.stride(stride)) }
                                @for r in &risks {
                                    @let count = s.by_stride.get(&stride).and_then(|c| c.get(r)).copied().unwrap_or(0);
                                    td { (cell(
                                        count,
                                        format!("status=open&category={}&severity={}", stride.word(), r.word()),
                                        format!("{}, {}: {count}", words.stride(stride), words.risk(*r)),
                                    )) }
                                }
                            }
                        }
                    }
                }
            }
            h3 { (page.t(Text::FixFirst)) }
            ol class="first" {
                @for (finding, others) in first(&report.findings) { (entry(page, finding, others)) }
            }
        }
        (changed(page))
        (policy(page))
    }
}

/// The worst open findings, those that are certain first; of each rule one, with the number of its
/// others, because what fixes one of them mostly fixes all.
pub fn first(findings: &[Finding]) -> Vec<(&Finding, usize)> {
    let mut open: Vec<&Finding> = findings.iter().filter(|f| f.status == Status::Open).collect();
    open.sort_by_key(|f| (std::cmp::Reverse(f.severity), f.certainty == Certainty::Possible));
    let mut out: Vec<(&Finding, usize)> = vec![];
    for finding in &open {
        if out.len() < FIRST && !out.iter().any(|(f, _)| f.rule == finding.rule) {
            let all = open.iter().filter(|f| f.rule == finding.rule).count();
            out.push((finding, all - 1));
        }
    }
    out
}

fn entry(page: &Page<'_>, finding: &Finding, others: usize) -> Markup {
    let words = page.words;
    let why = reasons(&finding.reasons, words);
    html! {
        li {
            (risk(finding.severity, words)) " "
            a href={ "#" (finding.id) } { (line(&finding.title)) } " "
            span class="soft" { "(" (words.certainty(finding.certainty)) ")" }
            @if others > 0 {
                " " a class="soft" href="#threats" data-filter={ "status=open&rule=" (finding.rule) } {
                    (words.count(Text::MoreLikeIt, others))
                }
            }
            p { (line(&finding.statement.text)) }
            @if !why.is_empty() { p class="soft" { (why.join(" · ")) } }
        }
    }
}

/// What changed since an earlier result, if one was given.
fn changed(page: &Page<'_>) -> Markup {
    let words = page.words;
    let (Some(since), Some((total, lines))) =
        (&page.report.since, since::lines(page.report, words))
    else {
        return html! {};
    };
    let counts = [since.added.len(), since.changed.len(), since.unchanged];
    html! {
        h3 { (page.t(Text::SinceHeading)) }
        p { (total) }
        ul class="cards" {
            @for (change, count) in Change::ALL.into_iter().zip(counts) {
                li {
                    a href="#threats" data-filter={ "since=" (change.word()) } {
                        strong { (count) } " " span { (since::word(change, words)) }
                    }
                }
            }
        }
        @if !lines.is_empty() {
            ul {
                @for one in lines.iter().take(MOST_CHANGED) {
                    li {
                        strong { (one.word) } " " (line(&one.text)) " "
                        @if one.gone { code { (line(&one.id)) } }
                        @else { a href={ "#" (one.id) } { (line(&one.id)) } }
                    }
                }
                @if lines.len() > MOST_CHANGED {
                    li { (words.count(Text::AndMore, lines.len() - MOST_CHANGED)) }
                }
            }
        }
    }
}

fn policy(page: &Page<'_>) -> Markup {
    let words = page.words;
    html! {
        @if !page.report.policy.is_empty() {
            h3 { (page.t(Text::Policy)) }
            ul {
                @for result in &page.report.policy {
                    li {
                        @if result.findings.is_empty() { strong { (page.t(Text::Passed)) } }
                        @else { strong class="warn" { (page.t(if result.deny { Text::Denied } else { Text::Warned })) } }
                        " " code { (line(&result.policy)) } ": " (line(&result.text))
                        " (" (words.count(Text::Findings, result.findings.len())) ")"
                    }
                }
            }
        }
    }
}
