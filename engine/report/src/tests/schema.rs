//! The documented schema is what reports are: a small reader of the parts of JSON Schema that it uses.

use serde_json::Value;

use super::written;
use crate::sample::{hostile, sample};

const SCHEMA: &str = include_str!("../../../../docs/schema/report-1.json");

fn check(root: &Value, schema: &Value, value: &Value, at: &str) {
    let get = |key: &str| schema.get(key);
    if let Some(reference) = get("$ref").and_then(Value::as_str) {
        check(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, at);
    }
    if let Some(options) = get("oneOf").and_then(Value::as_array) {
        let null = options.iter().any(|o| o.get("type") == Some(&"null".into()));
        if !(null && value.is_null()) {
            check(root, &options[0], value, at);
        }
    }
    if let Some(allowed) = get("enum").and_then(Value::as_array) {
        assert!(allowed.contains(value), "{at}: {value}");
    }
    let right = match get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => true,
    };
    assert!(right, "{at}: {value}");
    if let (Some(items), Some(list)) = (get("items"), value.as_array()) {
        for inner in list {
            check(root, items, inner, &format!("{at}[]"));
        }
    }
    let Some(map) = value.as_object() else { return };
    for name in get("required").and_then(Value::as_array).into_iter().flatten() {
        assert!(map.contains_key(name.as_str().unwrap()), "{at}: no {name}");
    }
    for (name, inner) in map {
        let at = format!("{at}.{name}");
        match (get("properties").and_then(|p| p.get(name)), get("additionalProperties")) {
            (Some(own), _) => check(root, own, inner, &at),
            (None, Some(other @ Value::Object(_))) => check(root, other, inner, &at),
            (None, other) => assert_ne!(other, Some(&false.into()), "{at} is not in the schema"),
        }
    }
}

#[test]
fn reports_are_as_documented() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut compared = sample("en");
    let mut earlier = hostile("x");
    earlier.findings[0].fingerprint.push('0');
    compared.compare(&earlier);
    for report in [sample("en"), sample("ja"), hostile("x"), compared] {
        let value: Value = serde_json::from_str(&written(&report, "json")).unwrap();
        check(&schema, &schema, &value, "$");
    }
}

#[test]
#[should_panic(expected = "$.summary.open")]
fn a_wrong_report_is_noticed() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut value: Value = serde_json::from_str(&written(&sample("en"), "json")).unwrap();
    *value.pointer_mut("/summary/open").unwrap() = "2".into();
    check(&schema, &schema, &value, "$");
}
