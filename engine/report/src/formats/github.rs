//! Annotations of GitHub Actions: a workflow command a finding, which the runner shows beside the line.
//!
//! The runner keeps ten of each sort for a step, so no more are written, and the rest is counted. A line of a text that began with `::`
//! would be a command of its own (CWE-117): line breaks, `%`, and in properties `:` and `,`, are written as the runner reads them back.

use redan_program::schema::Risk;
use redan_threats::{Certainty, Finding, Status};

use crate::data::Report;
use crate::escape::{line, lines};
use crate::layout::Style;

/// What the runner shows of each sort.
const MOST: usize = 10;

/// `::error file=…,line=…,endLine=…,title=…::message`
pub fn report(report: &Report, _: Style) -> String {
    let open: Vec<&Finding> = report.findings.iter().filter(|f| f.status == Status::Open).collect();
    let mut out = String::new();
    let mut left_out = 0;
    for sort in ["error", "warning", "notice"] {
        let of_sort: Vec<&&Finding> = open.iter().filter(|f| command(f) == sort).collect();
        for finding in of_sort.iter().take(MOST) {
            out.push_str(&annotation(sort, finding));
        }
        left_out += of_sort.len().saturating_sub(MOST);
    }
    if left_out > 0 {
        let message = format!("{left_out} more findings are in the report of Redan");
        out.push_str(&format!("::notice title=Redan::{}\n", data(&message)));
    }
    out
}

fn command(finding: &Finding) -> &'static str {
    match (finding.severity, finding.certainty) {
        (Risk::High | Risk::Critical, Certainty::Confirmed) => "error",
        (Risk::Medium | Risk::High | Risk::Critical, _) => "warning",
        (Risk::Info | Risk::Low, _) => "notice",
    }
}

fn annotation(sort: &str, finding: &Finding) -> String {
    let mut properties = String::new();
    if let Some(at) = finding.at() {
        let spot = &at.spot;
        let last = spot.end_line.max(spot.line);
        properties.push_str(&format!(
            "file={},line={},endLine={last},",
            property(&spot.path),
            spot.line
        ));
    }
    let title = property(&line(&format!("{} [{}]", finding.title, finding.id)));
    let mut message = finding.statement.text.clone();
    for question in &finding.questions {
        message.push('\n');
        message.push_str(&question.text);
    }
    for measure in &finding.mitigations {
        message.push_str("\n- ");
        message.push_str(&measure.title);
    }
    format!("::{sort} {properties}title={title}::{}\n", data(&lines(&message)))
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::sample::{hostile, sample};

    #[test]
    fn commands() {
        insta::assert_snapshot!(report(&sample("en"), Style::default()));
    }

    #[test]
    fn no_text_becomes_a_command() {
        for payload in
            ["\n::set-env name=A::b", "\r::stop-commands::x", "a,line=1::x", "%0A::error::x"]
        {
            let text = report(&hostile(payload), Style::default());
            for command in text.lines() {
                let known =
                    ["::error file=", "::warning file=", "::notice file=", "::notice title="];
                assert!(known.iter().any(|k| command.starts_with(k)), "{command}");
                let properties = command.split(' ').skip(1).collect::<Vec<_>>().join(" ");
                let properties = properties.split("::").next().unwrap_or_default();
                let keys: Vec<&str> = properties
                    .split(',')
                    .map(|p| p.split('=').next().unwrap_or_default())
                    .collect();
                let known = [vec!["file", "line", "endLine", "title"], vec!["title"]];
                assert!(known.contains(&keys), "{command}");
            }
        }
    }
}
