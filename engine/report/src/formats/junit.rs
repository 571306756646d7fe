//! JUnit XML: a test case for each rule, so that CI servers show threats where they show tests.
//!
//! A rule that ran and found nothing passes. A confirmed finding is a failure, one that is only possible or excepted is skipped with
//! its question or reason. No more is written than the schema that Jenkins reads JUnit by allows.

use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use redan_threats::{Certainty, Finding, Status};

use crate::data::{Report, RuleInfo, RuleState};
use crate::escape::{line, lines};
use crate::layout::Style;
use crate::texts::Words;

/// A suite for each pack, in the order of their names.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let mut out = Junit::new(line(&format!("{} {}", report.tool.name, report.system)));
    let pack_of = |rule: &RuleInfo| rule.name.split('.').next().unwrap_or_default().to_owned();
    let packs: BTreeSet<String> = report.rules.iter().map(pack_of).collect();
    for pack in packs {
        let mut suite = TestSuite::new(line(&pack));
        for rule in report.rules.iter().filter(|r| pack_of(r) == pack) {
            let findings: Vec<&Finding> =
                report.findings.iter().filter(|f| f.rule == rule.name).collect();
            if findings.is_empty() {
                let status = match rule.state {
                    RuleState::Ran => TestCaseStatus::success(),
                    RuleState::Disabled | RuleState::Idle => skipped(rule.state.word()),
                };
                let mut case = TestCase::new(line(&rule.title), status);
                case.set_classname(line(&rule.name));
                suite.add_test_case(case);
            }
            for finding in findings {
                suite.add_test_case(case(finding, words));
            }
        }
        if !suite.test_cases.is_empty() {
            out.add_test_suite(suite);
        }
    }
    let text = out.to_string().unwrap_or_default();
    // Of all elements the first alone may not tell how many are skipped.
    text.replacen(&format!(" skipped=\"{}\"", out.skipped), "", 1)
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(line(message));
    status
}

fn case(finding: &Finding, words: Words) -> TestCase {
    let place =
        finding.at().map_or_else(String::new, |e| format!("{}:{}", e.spot.path, e.spot.line));
    let status = match (&finding.status, finding.certainty) {
        (Status::Excepted(exception), _) => skipped(&exception.because),
        (Status::Open, Certainty::Possible) => {
            skipped(finding.questions.first().map_or("", |q| q.text.as_str()))
        }
        (Status::Open, Certainty::Confirmed) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(words.risk(finding.severity));
            status.set_message(line(&finding.title));
            let measures: Vec<&str> =
                finding.mitigations.iter().map(|m| m.title.as_str()).collect();
            let text = format!("{place}\n{}\n{}", finding.statement.text, measures.join("\n"));
            status.set_description(lines(text.trim()));
            status
        }
    };
    let mut case = TestCase::new(line(&format!("{} [{}]", finding.title, finding.id)), status);
    case.set_classname(line(&finding.rule));
    if !place.is_empty() {
        case.set_system_out(line(&place));
    }
    case
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::sample::{hostile, sample};

    #[test]
    fn threats_as_tests() {
        insta::assert_snapshot!(report(&sample("en"), Style::default()));
    }

    #[test]
    fn hostile_texts_stay_texts() {
        for payload in ["]]><failure/>", "\"><x a=\"", "&lt;<!--", "a\u{0}\u{b}\u{fffe}b"] {
            let text = report(&hostile(payload), Style::default());
            let document = roxmltree::Document::parse(&text).unwrap();
            let names: Vec<&str> = document
                .descendants()
                .filter(|n| n.is_element())
                .map(|n| n.tag_name().name())
                .collect();
            let known = ["testsuites", "testsuite", "testcase", "failure", "skipped", "system-out"];
            assert!(names.iter().all(|n| known.contains(n)), "{names:?}");
            // What the schema of Jenkins (`junit-10.xsd`) allows.
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                let known: &[&str] = match node.tag_name().name() {
                    "testsuites" => &["name", "tests", "failures", "errors"],
                    "testsuite" => &["name", "tests", "skipped", "failures", "errors"],
                    "testcase" => &["name", "classname"],
                    _ => &["type", "message"],
                };
                assert!(node.attributes().all(|a| known.contains(&a.name())), "{node:?}");
            }
        }
    }
}
