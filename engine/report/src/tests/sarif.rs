//! The rules of SARIF 2.1.0 and of GitHub that a report must keep.

use serde_json::Value;

use super::written;
use crate::sample::{hostile, sample};

fn parsed(report: &crate::Report) -> Value {
    serde_json::from_str(&written(report, "sarif")).unwrap()
}

fn whole(report: &crate::Report) -> Value {
    serde_json::from_str(&written(report, "sarif-full")).unwrap()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What holds for every log, whatever the texts in it.
fn check(log: &Value) {
    assert_eq!(text(log, "/version"), "2.1.0");
    assert!(text(log, "/$schema").ends_with("sarif-schema-2.1.0.json"));
    let rules = list(log, "/runs/0/tool/driver/rules");
    for rule in rules {
        assert!(!text(rule, "/id").is_empty());
        assert!(!text(rule, "/shortDescription/text").is_empty());
        assert!(!text(rule, "/fullDescription/text").is_empty());
        assert!(!text(rule, "/help/text").is_empty());
        let score: f64 = text(rule, "/properties/security-severity").parse().unwrap();
        assert!(score > 0.0 && score <= 10.0);
        assert!(list(rule, "/properties/tags").len() <= 20);
        let uri = text(rule, "/helpUri");
        assert!(uri.is_empty() || uri.starts_with("https://") || uri.starts_with("http://"));
    }
    for result in list(log, "/runs/0/results") {
        let index = result.pointer("/ruleIndex").and_then(Value::as_u64).unwrap() as usize;
        assert_eq!(text(&rules[index], "/id"), text(result, "/ruleId"));
        assert!(matches!(text(result, "/level"), "error" | "warning" | "note" | "none"));
        assert!(!text(result, "/message/text").is_empty());
        assert!(!text(result, "/partialFingerprints/redan~1v1").is_empty());
        assert!(!list(result, "/locations").is_empty());
    }
    walk(log);
}

/// Every address is relative and plain, every region runs forwards.
fn walk(value: &Value) {
    if let Some(uri) = value.pointer("/artifactLocation/uri").and_then(Value::as_str) {
        assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains(':'), "{uri}");
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
        assert!(uri.bytes().all(plain), "{uri}");
    }
    if let Some(region) = value.get("region") {
        let n = |key: &str| region.get(key).and_then(Value::as_u64).unwrap();
        assert!(n("startLine") >= 1 && n("startColumn") >= 1);
        assert!((n("startLine"), n("startColumn")) <= (n("endLine"), n("endColumn")));
    }
    match value {
        Value::Array(items) => items.iter().for_each(walk),
        Value::Object(map) => map.values().for_each(walk),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_rules_are_kept() {
    for profile in [parsed, whole] {
        check(&profile(&sample("en")));
        check(&profile(&sample("ja")));
        check(&profile(&hostile("<script>\u{202e}javascript:alert(1)\n\u{1b}[31m")));
        check(&profile(&hostile("")));
    }
}

#[test]
fn a_result_says_where_and_how_it_came_about() {
    let log = parsed(&sample("en"));
    let first = &list(&log, "/runs/0/results")[0];
    assert_eq!(text(first, "/locations/0/physicalLocation/artifactLocation/uri"), "api/app.js");
    assert_eq!(first.pointer("/locations/0/physicalLocation/region/startLine"), Some(&3.into()));
    assert_eq!(text(first, "/level"), "error");
    assert_eq!(list(first, "/codeFlows/0/threadFlows/0/locations").len(), 2);
    assert_eq!(first.get("suppressions"), None);
    let context = text(first, "/locations/0/physicalLocation/contextRegion/snippet/text");
    assert_eq!(context, "app.post('/orders', create)\napp.listen(80)");
    assert_eq!(log.pointer("/runs/0/invocations/0/executionSuccessful"), Some(&false.into()));
}

#[test]
fn a_code_flow_leads_from_what_was_seen_to_the_finding() {
    let mut report = sample("en");
    let place = |path: &str, line| redan_threats::Spot {
        path: path.to_owned(),
        line,
        column: 1,
        end_line: line,
        end_column: 2,
    };
    let derivation = &mut report.findings[0].derivation;
    derivation.from[0].at = Some(place("api/app.js", 3));
    derivation.from[1].from[0].at = Some(place("shop.redan", 7));
    let log = parsed(&report);
    let steps: Vec<String> = list(&log, "/runs/0/results/0/codeFlows/0/threadFlows/0/locations")
        .iter()
        .map(|l| {
            format!(
                "{} {} {}",
                l.pointer("/nestingLevel").and_then(Value::as_u64).unwrap(),
                text(l, "/location/physicalLocation/artifactLocation/uri"),
                text(l, "/location/message/text")
            )
        })
        .collect();
    insta::assert_snapshot!(steps.join("\n"));
}

#[test]
fn messages_have_neither_links_nor_arguments() {
    let log = parsed(&hostile("[x](1) {0} \\](2)"));
    let message = text(&log, "/runs/0/results/0/message/text");
    assert!(message.starts_with("[x\\](1) {{0}} \\\\\\](2)"), "{message}");
    let log = parsed(&hostile("/users/{id} [a]"));
    assert!(text(&log, "/runs/0/results/0/message/text").starts_with("/users/{id} [a]"));
}

#[test]
fn code_hosts_get_what_is_open_and_others_what_is_excepted_too() {
    let (hosts, whole) = (parsed(&sample("en")), whole(&sample("en")));
    assert_eq!(list(&hosts, "/runs/0/results").len(), 2);
    assert_eq!(list(&whole, "/runs/0/results").len(), 3);
    assert!(list(&hosts, "/runs/0/results").iter().all(|r| r.get("suppressions").is_none()));
    let excepted = &list(&whole, "/runs/0/results")[2];
    assert_eq!(text(excepted, "/suppressions/0/justification"), "mTLS is done by the mesh");
}

#[test]
fn texts_of_rules_are_there_in_the_other_languages() {
    let mut report = sample("en");
    let texts = crate::RuleTexts {
        title: "{target} への認証なしの書き込み".to_owned(),
        description: "誰でも書き込める。".to_owned(),
        help: "### すべての呼び出し元を認証する".to_owned(),
    };
    report.rules[1].translations.insert("ja".to_owned(), texts);
    assert_eq!(parsed(&report).pointer("/runs/0/translations"), None);
    let log = whole(&report);
    let translation = log.pointer("/runs/0/translations/0").unwrap();
    assert_eq!(text(translation, "/language"), "ja");
    // Only rules that are translated, by the names that they have in the driver.
    assert_eq!(list(translation, "/rules").len(), 1);
    let id = text(translation, "/rules/0/id");
    assert_eq!(id, report.rules[1].name);
    assert!(list(&log, "/runs/0/tool/driver/rules").iter().any(|r| text(r, "/id") == id));
    assert_eq!(text(translation, "/rules/0/fullDescription/text"), "誰でも書き込める。");
}

#[test]
fn results_tell_what_became_of_them() {
    let mut earlier = sample("en");
    earlier.findings[1].severity = redan_program::schema::Risk::Low;
    earlier.findings[2].fingerprint = "gone".to_owned();
    earlier.findings[2].evidence.clone_from(&sample("en").findings[1].evidence);
    let mut now = sample("en");
    now.compare(&earlier);
    let states = |log: &Value| -> Vec<String> {
        let results = list(log, "/runs/0/results").iter();
        results.map(|r| text(r, "/baselineState").to_owned()).collect()
    };
    assert_eq!(states(&parsed(&now)), ["unchanged", "updated"]);
    let log = whole(&now);
    assert_eq!(states(&log), ["unchanged", "updated", "new", "absent"]);
    check(&log);
    let absent = &list(&log, "/runs/0/results")[3];
    assert_eq!(text(absent, "/partialFingerprints/redan~1v1"), "gone");
    let place = "/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(text(absent, place), "compose.yml");
    assert!(states(&whole(&sample("en"))).iter().all(String::is_empty));
    // A rule may be gone too.
    now.since.as_mut().unwrap().gone[0].rule = "old.rule".to_owned();
    let log = whole(&now);
    assert_eq!(list(&log, "/runs/0/results")[3].get("ruleIndex"), None);
}
