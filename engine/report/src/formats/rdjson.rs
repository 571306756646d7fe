//! The diagnostic format of reviewdog, `rdjson`: comments in the reviews of many code hosts.

use redan_program::schema::Risk;
use redan_threats::Status;
use serde_json::{Value, json};

use super::json::pretty;
use crate::data::Report;
use crate::escape::{markdown, web_address, web_uri};
use crate::layout::Style;

/// The findings that are open and have a place. Columns are left out: the format counts them in bytes, and a report knows characters.
/// A message may become a comment, so it is Markdown; a text without signs of Markdown looks the same in a terminal.
pub fn report(report: &Report, _: Style) -> String {
    let diagnostics: Vec<Value> = report
        .findings
        .iter()
        .filter(|f| f.status == Status::Open)
        .filter_map(|finding| {
            let at = finding.at()?;
            let (title, text) = (markdown(&finding.title), markdown(&finding.statement.text));
            let mut message = format!("{title}\n\n{text}\n");
            for question in &finding.questions {
                message.push_str(&format!("\n- {}", markdown(&question.text)));
            }
            let mut code = json!({ "value": finding.rule });
            let url = finding.references.iter().find(|r| web_address(r));
            if let (Some(url), Some(code)) = (url, code.as_object_mut()) {
                code.insert("url".to_owned(), json!(web_uri(url)));
            }
            Some(json!({
                "message": message.trim_end(),
                "location": {
                    "path": at.spot.path,
                    "range": {
                        "start": { "line": at.spot.line },
                        "end": { "line": at.spot.end_line.max(at.spot.line) },
                    },
                },
                "severity": match finding.severity {
                    Risk::High | Risk::Critical => "ERROR",
                    Risk::Medium => "WARNING",
                    Risk::Low | Risk::Info => "INFO",
                },
                "code": code,
            }))
        })
        .collect();
    pretty(&json!({ "source": { "name": "redan" }, "diagnostics": diagnostics }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::sample;

    #[test]
    fn comments_of_a_review() {
        insta::assert_snapshot!(report(&sample("en"), Style::default()));
    }
}
