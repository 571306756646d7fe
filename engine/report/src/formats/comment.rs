//! A comment on a pull request: counts, what to fix first, what only may hold with the question that settles it, and the rest
//! folded away.
//!
//! The first line is the same in every comment and not shown: whoever posts the comment finds the one of the last run by it
//! and replaces it. A comment that is longer than code hosts take is not posted at all, so whole findings are left
//! out, and their number is told.

use redan_program::schema::Risk;
use redan_threats::{Certainty, Finding, ReasonKind, Status};

use super::full::{architecture, looked_at};
use super::markdown::{Room, changed, place, table};
use crate::data::{Change, Report};
use crate::escape::{line, markdown, markdown_code};
use crate::layout::Style;
use crate::since::{self, Marks};
use crate::texts::{Text, Words};

/// The first line.
const MARKER: &str = "<!-- redan-report -->";
/// Characters of a comment on GitHub; GitLab takes more.
const MOST_CHARACTERS: usize = 65_536;
/// Characters kept free for the fold and the last lines.
const RESERVED: usize = 1_000;
/// Findings that are shown before the fold, of each certainty.
const MOST_SHOWN: usize = 5;
/// Differences from an earlier result.
const MOST_CHANGED: usize = 10;
/// Questions of a finding.
const MOST_QUESTIONS: usize = 3;

/// The comment.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let mut out = head(report, words);
    let differences = changed(report, "###", MOST_CHANGED, words);
    // The titles are those of packs, and may be long; the numbers alone are not.
    if characters(&differences) <= MOST_CHARACTERS / 4 {
        out.push_str(&differences);
    } else {
        out.push_str(&changed(report, "###", 0, words));
    }
    // UTF-16 has at least as many units as a text has characters, whichever of them a host counts.
    let left = MOST_CHARACTERS.saturating_sub(characters(&out) + RESERVED);
    let mut room = Room::new(left, characters);

    let open = report.findings.iter().filter(|f| f.status == Status::Open);
    let (certain, possible): (Vec<&Finding>, Vec<&Finding>) =
        open.partition(|f| f.certainty == Certainty::Confirmed);
    let (first, certain) = certain.split_at(MOST_SHOWN.min(certain.len()));
    let (asked, possible) = possible.split_at(MOST_SHOWN.min(possible.len()));
    section(&mut out, words.get(Text::FixFirst), &mut room, first, |f| shown(f, report, words));
    section(&mut out, words.get(Text::ToSettle), &mut room, asked, |f| {
        format!("{}{}", entry(f, report, words), questions(f, MOST_QUESTIONS, words))
    });
    let mut folded = String::new();
    let before = room.left_out;
    for finding in certain.iter().chain(possible) {
        let text = format!("{}{}", entry(finding, report, words), questions(finding, 1, words));
        room.add(&mut folded, &text);
    }
    if !folded.is_empty() {
        let count = certain.len() + possible.len() - (room.left_out - before);
        out.push_str(&format!(
            "<details>\n<summary>{}</summary>\n\n{folded}\n</details>\n\n",
            words.count(Text::MoreFindings, count)
        ));
    }
    if room.left_out > 0 {
        let most = "65,536";
        let text = words.fill(Text::LeftOutOfComment, &[&room.left_out.to_string(), most]);
        out.push_str(&format!("> {}\n\n", markdown(&text)));
    }
    let made = words.fill(Text::MadeBy, &[&report.tool.name, &report.tool.version]);
    out.push_str(&format!("---\n\n{}\n", markdown(&made)));
    out
}

fn characters(text: &str) -> usize {
    text.encode_utf16().count()
}

fn head(report: &Report, words: Words) -> String {
    let summary = &report.summary;
    // The name comes from the repository and could fill the comment.
    let name: String = report.system.chars().take(100).collect();
    let title = words.fill(Text::ReportTitle, &[&name]);
    let mut out = format!("{MARKER}\n\n## {}\n\n", markdown(&title));
    if !report.complete {
        out.push_str(&format!("> **{}**\n\n", markdown(words.get(Text::IncompleteInShort))));
    }
    let n = |n: usize| n.to_string();
    let total = words.fill(
        Text::SummaryLine,
        &[&n(summary.open), &n(summary.confirmed), &n(summary.possible), &n(summary.excepted)],
    );
    let mut lines = vec![total, looked_at(report, words)];
    lines.extend(architecture(report, words));
    for text in lines {
        out.push_str(&format!("{}\n\n", markdown(&text)));
    }
    if summary.open == 0 {
        out.push_str(&format!("{}\n\n", markdown(words.get(Text::NoFindings))));
        return out;
    }
    let risks: Vec<Risk> = Risk::ALL.into_iter().rev().collect();
    let names: Vec<&str> = risks.iter().map(|r| words.risk(*r)).collect();
    let counts = risks.iter().map(|r| n(summary.by_severity.get(r).copied().unwrap_or(0)));
    out.push_str(&table(&names, &[counts.collect()], words));
    out
}

/// A heading with what there is room for of its findings; nothing if that is none.
fn section(
    out: &mut String,
    title: &str,
    room: &mut Room,
    findings: &[&Finding],
    text: impl Fn(&Finding) -> String,
) {
    let mut body = String::new();
    for finding in findings {
        room.add(&mut body, &text(finding));
    }
    if !body.is_empty() {
        out.push_str(&format!("### {}\n\n{}\n\n", markdown(title), body.trim_end()));
    }
}

/// A finding with what can happen, why it is so severe and what to do.
fn shown(finding: &Finding, report: &Report, words: Words) -> String {
    let mut out =
        format!("{}\n  {}\n\n", entry(finding, report, words), markdown(&finding.statement.text));
    let why = finding.reasons.iter().filter(|r| !r.because.is_empty());
    let mut facts: Vec<(String, String)> = why
        .map(|reason| {
            let label = match reason.kind {
                ReasonKind::Base => words.fill(Text::WhySeverity, &[words.risk(reason.to)]),
                kind => words.reason(kind, reason.to),
            };
            (label, reason.because.clone())
        })
        .collect();
    facts.extend(finding.mitigations.iter().map(|measure| {
        let technology = measure
            .technology
            .as_ref()
            .map_or_else(String::new, |t| format!(" ({})", words.fill(Text::For, &[t])));
        (words.get(Text::Mitigation).to_owned(), format!("{}{technology}", measure.title))
    }));
    for (label, text) in facts {
        out.push_str(&format!("  - **{}**: {}\n", markdown(&label), markdown(&text)));
    }
    out.push('\n');
    out
}

/// A line of a list: how severe, what, where.
fn entry(finding: &Finding, report: &Report, words: Words) -> String {
    let mut out = format!(
        "- **{}** · {}",
        markdown(words.risk(finding.severity)),
        markdown(&line(&finding.title))
    );
    if let Some(evidence) = finding.at() {
        out.push_str(&format!(" · {}", place(&evidence.spot, report.links.as_deref())));
    }
    out.push_str(&format!(" · {}", markdown_code(&finding.id)));
    // How it was judged before is told above, under what changed.
    let change = Marks::of(report).map(|marks| marks.change(finding));
    if let Some(change) = change.filter(|c| *c != Change::Unchanged) {
        out.push_str(&format!(" · **{}**", markdown(since::word(change, words))));
    }
    out.push('\n');
    out
}

fn questions(finding: &Finding, most: usize, words: Words) -> String {
    let mut out = String::new();
    for question in finding.questions.iter().take(most) {
        out.push_str(&format!("  - {}\n", markdown(&question.text)));
    }
    if finding.questions.len() > most {
        let more = words.count(Text::AndMore, finding.questions.len() - most);
        out.push_str(&format!("  - {}\n", markdown(&more)));
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::sample::{hostile, sample};

    fn many(count: usize, certainty: Certainty, statement: &str) -> Report {
        let mut report = sample("en");
        let (confirmed, possible) = (report.findings[0].clone(), report.findings[1].clone());
        let one = if certainty == Certainty::Confirmed { confirmed } else { possible };
        report.findings = (0..count)
            .map(|n| {
                let mut finding = one.clone();
                finding.id = format!("RF-{n:08x}");
                statement.clone_into(&mut finding.statement.text);
                finding
            })
            .collect();
        report.summarise();
        report
    }

    fn ids(text: &str) -> usize {
        text.matches("`RF-").count()
    }

    #[test]
    fn in_both_languages() {
        let mut of = sample("en");
        of.links = Some("https://code.example/shop/blob/1a2b".to_owned());
        insta::assert_snapshot!("comment_in_english", report(&of, Style::default()));
        let japanese = report(&sample("ja"), Style::default());
        insta::assert_snapshot!("comment_in_japanese", japanese);
        let mut earlier = sample("ja");
        earlier.findings[1].certainty = Certainty::Confirmed;
        earlier.findings[2].fingerprint.push('0');
        earlier.findings.remove(0);
        let parts = ["en", "ja"].map(|language| {
            let mut of = sample(language);
            of.compare(&earlier);
            let text = report(&of, Style::default());
            text.split("### ").nth(1).unwrap().to_owned()
        });
        insta::assert_snapshot!("comment_on_what_changed", parts.join("\n"));
    }

    #[test]
    fn five_are_shown_and_the_rest_is_folded() {
        let text = report(&many(8, Certainty::Confirmed, "short"), Style::default());
        let (shown, rest) = text.split_once("<details>").unwrap();
        assert_eq!((ids(shown), ids(rest)), (5, 3));
        assert!(rest.contains("<summary>3 more findings</summary>"));
        assert!(!text.contains("left out"));
    }

    #[test]
    fn whole_findings_are_left_out_and_counted() {
        for (count, certainty) in [(3_000, Certainty::Confirmed), (3_000, Certainty::Possible)] {
            let text = report(&many(count, certainty, "short"), Style::default());
            assert!(characters(&text) <= MOST_CHARACTERS);
            // No more is left out than has to be.
            assert!(characters(&text) > MOST_CHARACTERS - RESERVED - 500);
            let said = format!("> {} findings are left out", count - ids(&text));
            assert!(text.contains(&said), "{said}");
            assert!(text.trim_end().ends_with("Made by redan 0.1.0"));
        }
    }

    #[test]
    fn one_long_text_does_not_hide_the_others() {
        let mut of = many(3, Certainty::Confirmed, "short");
        of.findings[0].statement.text = "<".repeat(MOST_CHARACTERS);
        of.system = "<".repeat(MOST_CHARACTERS);
        let text = report(&of, Style::default());
        assert!(characters(&text) <= MOST_CHARACTERS);
        assert_eq!(ids(&text), 2);
        assert!(text.contains("> 1 finding is left out"));
    }

    #[test]
    fn the_marker_is_the_first_line_whatever_the_texts() {
        for payload in ["x", "-->", "<!-- redan-report -->", "\n\n</details>"] {
            let text = report(&hostile(payload), Style::default());
            assert!(text.starts_with(&format!("{MARKER}\n\n## ")));
            assert_eq!(text.lines().filter(|l| l.trim() == MARKER).count(), 1);
        }
    }
}
