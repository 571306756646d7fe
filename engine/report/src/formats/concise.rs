//! One line for each finding, as compilers write them: `path:line:column: severity rule title [id]`.

use redan_base::{Diagnostic, Sources};
use redan_threats::{Certainty, Finding, Status};

use crate::data::Report;
use crate::escape::line;
use crate::layout::{Style, guard};
use crate::notes;
use crate::texts::{Text, Words};

/// The findings that are open.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let mut out = String::new();
    for finding in report.findings.iter().filter(|f| f.status == Status::Open) {
        out.push_str(&one(finding, words));
        out.push('\n');
    }
    if !report.complete {
        out.push_str(&format!("{}\n", words.get(Text::Incomplete)));
    }
    guard(out)
}

fn one(finding: &Finding, words: Words) -> String {
    let place = finding.at().map_or_else(
        || "-".to_owned(),
        |e| format!("{}:{}:{}", line(&e.spot.path), e.spot.line, e.spot.column),
    );
    let sure = match finding.certainty {
        Certainty::Confirmed => String::new(),
        Certainty::Possible => format!(" ({})", words.certainty(finding.certainty)),
    };
    format!(
        "{place}: {}{sure} {} {} [{}]",
        words.risk(finding.severity),
        line(&finding.rule),
        line(&finding.title),
        finding.id
    )
}

/// `path:line:column: severity[code] message`
pub fn check(diagnostics: &[Diagnostic], sources: &Sources, _: Style) -> String {
    let mut out = String::new();
    for note in notes::notes(diagnostics, sources) {
        let place = note.labels.first().map_or_else(String::new, |l| {
            format!("{}:{}:{}: ", line(&l.spot.path), l.spot.line, l.spot.column)
        });
        out.push_str(&format!("{place}{}[{}] {}\n", note.severity, note.code, line(&note.message)));
    }
    guard(out)
}
