//! One row for each finding, for spreadsheets (RFC 4180).
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula (CWE-1236): such a cell begins
//! with an apostrophe here, which shows it as text.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use redan_threats::Finding;

use crate::data::Report;
use crate::escape::lines;
use crate::layout::Style;
use crate::since::{self, Marks};
use crate::texts::Words;

/// The names of the columns, which stay the same in every language.
const COLUMNS: [&str; 19] = [
    "id",
    "rule",
    "title",
    "stride",
    "severity",
    "certainty",
    "status",
    "path",
    "line",
    "assets",
    "statement",
    "reasons",
    "questions",
    "mitigations",
    "cwe",
    "capec",
    "standards",
    "fingerprint",
    "change",
];

/// All findings; those that are excepted too, with their status.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(vec![]);
    // Writing to memory does not fail.
    _ = writer.write_record(COLUMNS);
    let marks = Marks::of(report);
    for finding in &report.findings {
        // Empty if there is no earlier result, so that the columns are always the same.
        let change = marks.as_ref().map_or("", |m| since::word(m.change(finding), words));
        _ = writer.write_record(row(finding, change, words).iter().map(|cell| guarded(cell)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn row(finding: &Finding, change: &str, words: Words) -> [String; 19] {
    let join = |texts: Vec<String>| texts.join("\n");
    let numbers =
        |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let at = finding.at();
    [
        finding.id.clone(),
        finding.rule.clone(),
        finding.title.clone(),
        finding.stride.iter().map(|s| words.stride(*s)).collect::<Vec<_>>().join(", "),
        words.risk(finding.severity).to_owned(),
        words.certainty(finding.certainty).to_owned(),
        finding.status.word().to_owned(),
        at.map(|e| e.spot.path.clone()).unwrap_or_default(),
        at.map(|e| e.spot.line.to_string()).unwrap_or_default(),
        finding.assets.iter().map(|a| a.display.as_str()).collect::<Vec<_>>().join(", "),
        finding.statement.text.clone(),
        join(
            finding
                .reasons
                .iter()
                .filter(|r| !r.because.is_empty())
                .map(|r| r.because.clone())
                .collect(),
        ),
        join(finding.questions.iter().map(|q| q.text.clone()).collect()),
        join(finding.mitigations.iter().map(|m| m.title.clone()).collect()),
        numbers(&finding.cwe),
        numbers(&finding.capec),
        finding
            .standards
            .iter()
            .map(|(name, values)| format!("{name}: {}", values.join(", ")))
            .collect::<Vec<_>>()
            .join("; "),
        finding.fingerprint.clone(),
        change.to_owned(),
    ]
}

/// A cell that no spreadsheet takes for a formula, without control characters.
fn guarded(cell: &str) -> String {
    let text = lines(cell);
    if text.starts_with(['=', '+', '-', '@', '\t', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::sample::{hostile, sample};

    #[test]
    fn rows_read_back_and_hold_no_formula() {
        for payload in ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "a\"b,c\r\n=2"]
        {
            let text = report(&hostile(payload), Style::default());
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert!(!rows.is_empty());
            for cell in rows.iter().flatten() {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            }
        }
    }

    #[test]
    fn one_row_each() {
        insta::assert_snapshot!(report(&sample("en"), Style::default()));
    }
}
