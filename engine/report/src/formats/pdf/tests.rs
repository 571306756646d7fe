//! What a typesetter gets: only texts, and links that lead somewhere.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{MOST_ENTRIES, Pages, pages};
use crate::sample::{hostile, sample};
use crate::tests::hostile::PAYLOADS;

fn parsed(pages: &Pages) -> Value {
    serde_json::from_str(&pages.text).unwrap()
}

/// Calls back for each object with one entry, as pieces are written: its kind and what is in it.
fn pieces(value: &Value, seen: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if map.len() == 1 {
                    seen(name, inner);
                }
                pieces(inner, seen);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| pieces(inner, seen)),
        _ => {}
    }
}

/// All strings, in order.
fn strings<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => map.values().for_each(|v| strings(v, out)),
        Value::Array(list) => list.iter().for_each(|v| strings(v, out)),
        Value::String(text) => out.push(text),
        _ => {}
    }
}

/// An outline: section, and the kinds of its blocks.
#[test]
fn sections_in_the_order_of_the_report() {
    let document = parsed(&pages(&sample("en")));
    let mut shown = String::new();
    for section in document["sections"].as_array().unwrap() {
        shown.push_str(&format!("{}:", section["title"].as_str().unwrap()));
        for block in section["body"].as_array().unwrap() {
            for (kind, value) in block.as_object().unwrap() {
                let text = value.get("text").or(value.get("title")).and_then(Value::as_str);
                let text = text.map_or_else(String::new, |t| format!(" “{t}”"));
                shown.push_str(&format!("\n  {kind}{text}"));
            }
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown, @"
    Summary:
      warning
      text
      text
      heading “Open findings by category and severity”
      table
      heading “To fix first”
      list
    System overview:
      heading “Purpose”
      text
      heading “Security posture”
      table
      heading “Components (4)”
      table
      heading “Boundaries (3)”
      table
      heading “Flows (3)”
      table
      heading “Entry points (1)”
      table
      heading “Data, the most sensitive first (1)”
      table
      heading “Data (1)”
      table
    Data-flow diagram:
      key
      figure
    Findings:
      text
      index
      heading “critical (1 finding)”
      threat “Unauthenticated write to orders”
      heading “medium (2 findings)”
      threat “Cleartext traffic from api to db”
      threat “Cleartext traffic from api to db”
    STRIDE matrix:
      text
      matrix
      text
      heading “Not decided, and what to ask (1)”
      bullets
      heading “Ruled out, and by what (1)”
      bullets
    Drift:
      heading “Model and repository differ”
      bullets
      heading “Design documents and repository differ”
      bullets
      text
      bullets
    Open questions:
      text
      table
      heading “Taken for granted”
      bullets
    Exceptions, overrides and disabled rules:
      bullets
    Coverage:
      bullets
      heading “1 file skipped: too large”
      bullets
      heading “Messages”
      bullets
    Rules:
      heading “Rules (3)”
      table
      heading “Packs (1)”
      text
    How to get this report again:
      text
      code
    ");
}

/// Names are unique, and each link leads to one: the typesetter refuses a document where it is otherwise.
#[test]
fn links_lead_somewhere() {
    let check = |report: &crate::Report| {
        let document = parsed(&pages(report));
        let (mut targets, mut links) = (BTreeMap::new(), vec![]);
        let mut names = |name: &Value| {
            if let Some(name) = name.as_str() {
                *targets.entry(name.to_owned()).or_insert(0) += 1;
            }
        };
        pieces(&document, &mut |kind, value| match kind {
            "threat" => names(&value["name"]),
            "table" => value["rows"].as_array().unwrap().iter().for_each(|r| names(&r["name"])),
            "to" => links.push(value["name"].clone()),
            "index" => {
                let lines = value.as_array().unwrap().iter().map(|l| l["name"].clone());
                links.extend(lines.filter(Value::is_string));
            }
            _ => {}
        });
        assert!(targets.values().all(|n| *n == 1), "{targets:?}");
        for link in &links {
            assert!(targets.contains_key(link.as_str().unwrap()), "{link}");
        }
        links.len()
    };
    let mut report = sample("en");
    assert!(check(&report) > 5);
    // Twins, as only a result that somebody edited has them.
    report.findings.push(report.findings[0].clone());
    report.model.components.push(report.model.components[0].clone());
    check(&report);
    // More than there is room for.
    let finding = report.findings[0].clone();
    report.findings = (0..MOST_ENTRIES + 20)
        .map(|n| redan_threats::Finding { id: format!("RF-{n}"), ..finding.clone() })
        .collect();
    let last = format!("RF-{}", MOST_ENTRIES + 19);
    let component = crate::Component {
        findings: vec!["RF-0".to_owned(), last],
        ..report.model.components[0].clone()
    };
    let flow = crate::Flow { findings: vec!["RF-0".to_owned()], ..report.model.flows[0].clone() };
    report.model.components = (0..2_000).map(|_| component.clone()).collect();
    report.model.flows = (0..2_000).map(|_| flow.clone()).collect();
    check(&report);
    report.model.components.clear();
    check(&report);
}

/// Nothing that controls or reorders text, and no address but those of the web.
#[test]
fn texts_are_calm() {
    for payload in PAYLOADS {
        let made = pages(&hostile(payload));
        let document = parsed(&made);
        let mut texts = vec![];
        strings(&document, &mut texts);
        for text in texts.into_iter().chain(made.figures.iter().map(String::as_str)) {
            for c in text.chars() {
                // A figure has its own lines.
                let calm = !c.is_control() || (c == '\n' && text.starts_with("<svg"));
                assert!(calm, "{payload:?}: {c:?}");
                assert!(
                    !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
                    "{payload:?}: {c:?}"
                );
            }
        }
        pieces(&document, &mut |kind, value| {
            if kind == "web" {
                assert!(value["address"].as_str().unwrap().starts_with("https://"), "{value}");
            }
        });
        for figure in &made.figures {
            let svg = roxmltree::Document::parse(figure).unwrap();
            for node in svg.descendants().filter(roxmltree::Node::is_element) {
                let name = node.tag_name().name();
                assert!(
                    ["svg", "style", "g", "rect", "line", "path", "polygon", "text", "title"]
                        .contains(&name),
                    "{payload:?}: {name}"
                );
            }
        }
    }
}

/// A text of a pack cannot make the typesetter go ever deeper.
#[test]
fn lists_are_not_deep() {
    let mut report = sample("en");
    report.findings[0].mitigations[0].steps =
        (0..200).map(|n| format!("{}- x", "  ".repeat(n))).collect::<Vec<_>>().join("\n");
    let document = parsed(&pages(&report));
    fn depth(value: &Value) -> usize {
        match value {
            Value::Object(map) => map.values().map(depth).max().unwrap_or(0) + 1,
            Value::Array(list) => list.iter().map(depth).max().unwrap_or(0) + 1,
            _ => 0,
        }
    }
    assert!(depth(&document) < 60, "{}", depth(&document));
    assert!(document.to_string().matches("\"x\"").count() >= 200);
}

/// What a finding shares with one before it is told once.
#[test]
fn steps_are_told_once() {
    let mut report = sample("en");
    let twin = redan_threats::Finding { id: "RF-twin".to_owned(), ..report.findings[0].clone() };
    let text = |report: &crate::Report| pages(report).text;
    let before = text(&report).matches("before the routers").count();
    report.findings.insert(1, twin);
    let after = text(&report);
    assert_eq!((before, after.matches("before the routers").count()), (1, 1));
    assert!(after.contains("Steps: see"));
}
