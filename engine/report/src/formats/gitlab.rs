//! What GitLab reads: a code quality report, which it shows in merge requests, and a SAST report (schema 15), which it lists among a
//! project's vulnerabilities.

use redan_program::schema::Risk;
use redan_threats::{Certainty, Finding, Status};
use serde_json::{Value, json};

use super::json::pretty;
use crate::data::Report;
use crate::escape::{line, markdown, pack_markdown};
use crate::layout::Style;

/// The version of the SAST schema that is written.
const SCHEMA: &str = "15.2.1";
/// The schema asks for the times of the scan; a report that is the same on every run has none.
const NO_TIME: &str = "1970-01-01T00:00:00";

fn open(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|f| f.status == Status::Open)
}

/// A code quality report: the findings that are open and have a place.
pub fn code_quality(report: &Report, _: Style) -> String {
    let issues: Vec<Value> = open(report)
        .filter_map(|finding| {
            let at = finding.at()?;
            Some(json!({
                "type": "issue",
                "check_name": finding.rule,
                "description": line(&described(finding)),
                "categories": ["Security"],
                "fingerprint": finding.fingerprint,
                "severity": match finding.severity {
                    Risk::Info => "info",
                    Risk::Low => "minor",
                    Risk::Medium => "major",
                    Risk::High => "critical",
                    Risk::Critical => "blocker",
                },
                "location": {
                    "path": at.spot.path,
                    "lines": { "begin": at.spot.line, "end": at.spot.end_line.max(at.spot.line) },
                },
            }))
        })
        .collect();
    pretty(&Value::Array(issues))
}

/// The title, with the question that is open.
fn described(finding: &Finding) -> String {
    match (finding.certainty, finding.questions.first()) {
        (Certainty::Possible, Some(question)) => format!("{} ({})", finding.title, question.text),
        _ => finding.title.clone(),
    }
}

/// A SAST report. GitLab shows description and solution as Markdown.
pub fn sast(report: &Report, _: Style) -> String {
    let tool = json!({
        "id": "redan",
        "name": "Redan",
        "vendor": { "name": "Redan" },
        "version": report.tool.version,
    });
    let vulnerabilities: Vec<Value> = open(report)
        .filter_map(|finding| {
            let at = finding.at()?;
            let mut identifiers = vec![json!({
                "type": "redan_rule",
                "name": finding.rule,
                "value": finding.rule,
            })];
            identifiers.extend(finding.cwe.iter().map(|number| {
                json!({
                    "type": "cwe",
                    "name": format!("CWE-{number}"),
                    "value": number.to_string(),
                    "url": format!("https://cwe.mitre.org/data/definitions/{number}.html"),
                })
            }));
            let solutions = finding.mitigations.iter();
            let solutions: Vec<String> = solutions
                .map(|m| {
                    let (title, steps) = (markdown(&m.title), pack_markdown(m.steps.trim_end()));
                    format!("**{title}**\n\n{steps}")
                })
                .collect();
            let mut description = format!("{}\n", markdown(&finding.statement.text));
            for question in &finding.questions {
                description.push_str(&format!("\n- {}", markdown(&question.text)));
            }
            Some(json!({
                "id": finding.fingerprint,
                "name": limited(&line(&finding.title), 255),
                "description": limited(description.trim_end(), 1 << 20),
                "severity": match finding.severity {
                    Risk::Info => "Info",
                    Risk::Low => "Low",
                    Risk::Medium => "Medium",
                    Risk::High => "High",
                    Risk::Critical => "Critical",
                },
                "solution": limited(&solutions.join("\n\n"), 7000),
                "location": {
                    "file": at.spot.path,
                    "start_line": at.spot.line,
                    "end_line": at.spot.end_line.max(at.spot.line),
                },
                "identifiers": identifiers,
            }))
        })
        .collect();
    pretty(&json!({
        "version": SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "sast",
            "start_time": NO_TIME,
            "end_time": NO_TIME,
            "status": if report.complete { "success" } else { "failure" },
        },
        "vulnerabilities": vulnerabilities,
    }))
}

fn limited(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::sample;

    #[test]
    fn both_reports() {
        insta::assert_snapshot!("code_quality", code_quality(&sample("en"), Style::default()));
        insta::assert_snapshot!("sast", sast(&sample("en"), Style::default()));
    }
}
