//! SARIF 2.1.0: rules with help, results with places, fingerprints and code flows. What GitHub asks
//! for beyond the standard is kept: every result has a place, every rule has help.

use redan_base::{Diagnostic, Severity, Sources};
use redan_program::schema::{Maturity, Risk};
use redan_threats::{Certainty, Evidence, Finding, Spot, Status};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::json::pretty;
use crate::data::{Note, Report, RuleInfo, RuleState};
use crate::escape::{line, lines, pack_markdown, uri};
use crate::layout::Style;
use crate::notes;
use crate::texts::Words;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://github.com/redan-project/redan";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: Vec<Invocation>,
    language: String,
    column_kind: &'static str,
    original_uri_base_ids: Value,
    artifacts: Vec<Artifact>,
    results: Vec<SarifResult>,
    automation_details: Value,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    information_uri: &'static str,
    semantic_version: String,
    version: String,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Value,
    properties: Value,
}

#[derive(Serialize)]
struct Message {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Value>,
}

#[derive(Serialize)]
struct Artifact {
    location: ArtifactLocation,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
    properties: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    physical: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

fn plain(text: impl Into<String>) -> Message {
    Message { text: literal(&text.into()), markdown: None }
}

/// A text in which a reader of SARIF sees neither a link (`[text](target)`) nor a place for an
/// argument (`{0}`).
fn literal(text: &str) -> String {
    let mut out = text.to_owned();
    if out.contains("](") {
        out = out.replace('\\', "\\\\").replace("](", "\\](");
    }
    let argument = out.split('{').skip(1).any(|rest| {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < rest.len() && digits.starts_with('}')
    });
    if argument { out.replace('{', "{{").replace('}', "}}") } else { out }
}

/// The report.
pub fn report(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let rules: Vec<&RuleInfo> = report.rules.iter().collect();
    let mut paths: Vec<&str> =
        report.findings.iter().flat_map(|f| &f.evidence).map(|e| e.spot.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    // A finding without any place is shown at the first file there is.
    let anywhere = paths.first().copied().unwrap_or(".").to_owned();
    let results = report
        .findings
        .iter()
        .filter_map(|f| {
            let index = rules.iter().position(|r| r.name == f.rule)?;
            Some(result(f, index, &anywhere, words))
        })
        .collect();
    let mut notifications: Vec<Value> = report.diagnostics.iter().map(notification).collect();
    notifications.extend(report.coverage.skipped.iter().map(|s| {
        let detail = if s.detail.is_empty() { String::new() } else { format!(" ({})", s.detail) };
        json!({
            "level": "note",
            "message": { "text": line(&format!("not seen: {}{detail}", s.reason)) },
            "locations": [{ "physicalLocation": { "artifactLocation": artifact(&s.path) } }],
        })
    }));
    log(Run {
        tool: tool(&report.tool.version, rules.into_iter().map(|r| rule(r, words)).collect()),
        invocations: vec![Invocation {
            execution_successful: report.complete,
            tool_execution_notifications: notifications,
        }],
        language: sarif_language(&report.language),
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: roots(),
        artifacts: paths.into_iter().map(|p| Artifact { location: artifact(p) }).collect(),
        results,
        automation_details: json!({ "id": "redan/" }),
    })
}

/// The diagnostics of `redan check`, one rule for each code.
pub fn check(diagnostics: &[Diagnostic], sources: &Sources, _: Style) -> String {
    let notes = notes::notes(diagnostics, sources);
    let mut codes: Vec<&str> = notes.iter().map(|n| n.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules = codes
        .iter()
        .map(|code| Rule {
            id: (*code).to_owned(),
            name: (*code).to_owned(),
            short_description: plain(format!("Diagnostic {code}.")),
            full_description: plain(format!("Diagnostic {code} of the Redan language.")),
            help: plain(format!(
                "Run `redan explain {code}` to read what it means and how to mend it."
            )),
            help_uri: None,
            default_configuration: json!({ "level": "error" }),
            properties: json!({ "tags": ["redan"], "precision": "very-high" }),
        })
        .collect();
    let results = notes
        .iter()
        .filter_map(|note| {
            let first = note.labels.first()?;
            let index = codes.iter().position(|c| *c == note.code)?;
            let mut text = note.message.clone();
            if let Some(help) = &note.help {
                text.push_str(&format!("; {help}"));
            }
            Some(SarifResult {
                rule_id: note.code.clone(),
                rule_index: index,
                kind: "fail",
                level: note_level(note.severity),
                message: plain(line(&text)),
                locations: vec![location(&first.spot, None, None)],
                related_locations: note
                    .labels
                    .iter()
                    .skip(1)
                    .enumerate()
                    .map(|(n, l)| location(&l.spot, Some(n + 1), Some(l.text.as_str())))
                    .collect(),
                partial_fingerprints: json!({}),
                code_flows: vec![],
                suppressions: vec![],
                properties: json!({}),
            })
        })
        .collect();
    let loose = notes.iter().filter(|n| n.labels.is_empty()).map(notification).collect();
    log(Run {
        tool: tool(env!("CARGO_PKG_VERSION"), rules),
        invocations: vec![Invocation {
            execution_successful: true,
            tool_execution_notifications: loose,
        }],
        language: "en-US".to_owned(),
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: roots(),
        artifacts: vec![],
        results,
        automation_details: json!({ "id": "redan-check/" }),
    })
}

fn log(run: Run) -> String {
    pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: vec![run] })
}

fn tool(version: &str, rules: Vec<Rule>) -> Tool {
    Tool {
        driver: Driver {
            name: "Redan",
            information_uri: HOME,
            semantic_version: version.to_owned(),
            version: version.to_owned(),
            rules,
        },
    }
}

fn roots() -> Value {
    json!({ "SRCROOT": { "description": { "text": "The folder that was scanned." } } })
}

fn sarif_language(language: &str) -> String {
    match language {
        "ja" => "ja".to_owned(),
        _ => "en-US".to_owned(),
    }
}

fn rule(rule: &RuleInfo, words: Words) -> Rule {
    let risk = rule.severity.unwrap_or(Risk::Info);
    let title = if rule.title.trim().is_empty() { rule.name.clone() } else { line(&rule.title) };
    let full =
        if rule.description.trim().is_empty() { title.clone() } else { lines(&rule.description) };
    let help = if rule.help.trim().is_empty() { full.clone() } else { lines(&rule.help) };
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.stride.iter().map(|s| format!("stride/{}", s.word().replace('_', "-"))));
    tags.extend(rule.cwe.iter().map(|n| format!("external/cwe/cwe-{n:03}")));
    tags.extend(rule.tags.iter().map(|t| line(t)));
    tags.push(format!("maturity/{}", maturity(rule.maturity)));
    // GitHub reads at most twenty tags.
    tags.truncate(20);
    let mut markdown =
        format!("**{}**\n\n{}\n\n", crate::escape::markdown(&rule.title), pack_markdown(&full));
    markdown.push_str(&pack_markdown(&help));
    for address in rule.references.iter().filter(|r| crate::escape::web_address(r)) {
        markdown.push_str(&format!("\n- <{}>", address.replace(['<', '>', ' '], "")));
    }
    let categories: Vec<&str> = rule.stride.iter().map(|s| words.stride(*s)).collect();
    Rule {
        id: rule.name.clone(),
        name: camel(&rule.name),
        short_description: plain(ended(&title)),
        full_description: plain(cut(&ended(&full), 1000)),
        help: Message { text: help, markdown: Some(markdown) },
        help_uri: rule
            .references
            .iter()
            .find(|r| crate::escape::web_address(r))
            .map(|r| web_uri(r)),
        default_configuration: json!({
            "level": level(risk),
            "enabled": rule.state != RuleState::Disabled,
        }),
        properties: json!({
            "tags": tags,
            "security-severity": score(risk),
            "precision": precision(rule.maturity),
            "problem.severity": problem(risk),
            "stride": categories,
            "state": rule.state.word(),
        }),
    }
}

/// A web address as a URI: what may not stand in one is percent-encoded.
fn web_uri(address: &str) -> String {
    address
        .bytes()
        .map(|b| match b {
            b'!' | b'#'..=b';' | b'=' | b'?'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn result(finding: &Finding, index: usize, anywhere: &str, words: Words) -> SarifResult {
    let mut text = line(&finding.statement.text);
    if finding.certainty == Certainty::Possible {
        let questions: Vec<String> = finding.questions.iter().map(|q| line(&q.text)).collect();
        text.push_str(&format!(
            " ({}: {})",
            words.certainty(finding.certainty),
            questions.join(" ")
        ));
    }
    let primary = finding.at().map_or_else(
        || Spot { path: anywhere.to_owned(), line: 1, column: 1, end_line: 1, end_column: 1 },
        |e| e.spot.clone(),
    );
    let mut fingerprints = Map::new();
    fingerprints.insert("redan/v1".to_owned(), Value::String(finding.fingerprint.clone()));
    let suppressions = match &finding.status {
        Status::Open => vec![],
        Status::Excepted(e) => vec![json!({
            "kind": "external",
            "status": "accepted",
            "justification": line(&e.because),
        })],
    };
    let bindings: Map<String, Value> = finding
        .bindings
        .iter()
        .map(|b| (b.name.clone(), Value::String(line(&b.display))))
        .collect();
    SarifResult {
        rule_id: finding.rule.clone(),
        rule_index: index,
        kind: "fail",
        level: level(finding.severity),
        message: plain(ended(&format!("{}: {text}", line(&finding.title)))),
        locations: vec![with_context(
            location(&primary, None, finding.at().map(|e| e.shows.as_str())),
            finding.at(),
        )],
        related_locations: finding
            .evidence
            .iter()
            .skip(1)
            .enumerate()
            .map(|(n, e)| location(&e.spot, Some(n + 1), Some(e.shows.as_str())))
            .collect(),
        partial_fingerprints: Value::Object(fingerprints),
        code_flows: code_flows(finding),
        suppressions,
        properties: json!({
            "id": finding.id,
            "severity": finding.severity.word(),
            "security-severity": score(finding.severity),
            "certainty": finding.certainty.word(),
            "stride": finding.stride.iter().map(|s| s.word()).collect::<Vec<_>>(),
            "bindings": bindings,
            "questions": finding.questions.iter().map(|q| line(&q.text)).collect::<Vec<_>>(),
        }),
    }
}

/// The derivation from the observations up to the conclusion: every fact that has a place, those that a step rests on before
/// those that come after it in the rule, and at the end the finding itself at its primary place.
fn code_flows(finding: &Finding) -> Vec<Value> {
    let mut steps: Vec<(Spot, String, u32)> = vec![];
    // From the end, so that what is pushed last is seen first.
    let mut open = vec![(&finding.derivation, 0)];
    while let Some((node, depth)) = open.pop() {
        open.extend(node.from.iter().rev().map(|n| (n, depth + 1)));
        if let Some(at) = &node.at
            && !steps.iter().any(|(spot, fact, _)| spot == at && *fact == node.fact)
        {
            steps.push((at.clone(), node.fact.clone(), depth));
        }
    }
    // One place alone says nothing that the result does not.
    let least = if steps.is_empty() {
        let places = finding.evidence.iter().rev();
        steps.extend(places.map(|e| (e.spot.clone(), e.shows.clone(), 1)));
        2
    } else {
        let primary = finding.at().map(|e| (e.spot.clone(), ended(&finding.title), 0));
        steps.extend(primary);
        3
    };
    if steps.len() < least {
        return vec![];
    }
    let locations: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(number, (spot, text, depth))| {
            json!({
                "location": location(spot, None, Some(text.as_str())),
                "nestingLevel": depth,
                "executionOrder": number + 1,
                "importance": if *depth == 0 { "essential" } else { "important" },
            })
        })
        .collect();
    vec![json!({ "threadFlows": [{ "locations": locations }] })]
}

fn location(spot: &Spot, id: Option<usize>, text: Option<&str>) -> Location {
    Location {
        id,
        physical: json!({
            "artifactLocation": artifact(&spot.path),
            "region": region(spot),
        }),
        message: text.filter(|t| !t.is_empty()).map(|t| plain(line(t))),
    }
}

/// Adds the lines around, secrets masked.
fn with_context(mut location: Location, evidence: Option<&Evidence>) -> Location {
    let lines = evidence.map_or(&[][..], |e| e.excerpt.as_slice());
    if let (Some(first), Some(last), Some(map)) =
        (lines.first(), lines.last(), location.physical.as_object_mut())
        // It must reach further than the place itself, and hold all of it.
        && evidence.is_some_and(|e| {
            let (from, to) = (e.spot.line, e.spot.end_line);
            first.line <= from && to <= last.line && (first.line < from || to < last.line)
        })
    {
        let text: Vec<String> = lines.iter().map(|l| line(&l.text)).collect();
        map.insert(
            "contextRegion".to_owned(),
            json!({
                "startLine": first.line,
                "endLine": last.line,
                "snippet": { "text": text.join("\n") },
            }),
        );
    }
    location
}

fn region(spot: &Spot) -> Value {
    let end_line = spot.end_line.max(spot.line).max(1);
    let end_column =
        if end_line == spot.line { spot.end_column.max(spot.column) } else { spot.end_column };
    json!({
        "startLine": spot.line.max(1),
        "startColumn": spot.column.max(1),
        "endLine": end_line,
        "endColumn": end_column.max(1),
    })
}

fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri(path), uri_base_id: "SRCROOT" }
}

fn notification(note: &Note) -> Value {
    let mut value = json!({
        "level": note_level(note.severity),
        "message": { "text": line(&note.message) },
        "descriptor": { "id": note.code },
    });
    if let (Some(first), Some(map)) = (note.labels.first(), value.as_object_mut()) {
        map.insert("locations".to_owned(), json!([location(&first.spot, None, None)]));
    }
    value
}

fn note_level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn level(risk: Risk) -> &'static str {
    match risk {
        Risk::Critical | Risk::High => "error",
        Risk::Medium => "warning",
        Risk::Low | Risk::Info => "note",
    }
}

/// What GitHub sorts alerts by: over 9 critical, over 7 high, over 4 medium, over 0.1 low.
fn score(risk: Risk) -> &'static str {
    match risk {
        Risk::Critical => "9.5",
        Risk::High => "8.0",
        Risk::Medium => "5.5",
        Risk::Low => "2.5",
        Risk::Info => "0.5",
    }
}

fn problem(risk: Risk) -> &'static str {
    match risk {
        Risk::Critical | Risk::High => "error",
        Risk::Medium => "warning",
        Risk::Low | Risk::Info => "recommendation",
    }
}

fn precision(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Stable => "high",
        Maturity::Incubating => "medium",
        Maturity::Sandbox => "low",
    }
}

fn maturity(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Stable => "stable",
        Maturity::Incubating => "incubating",
        Maturity::Sandbox => "sandbox",
    }
}

/// `stride.cleartext_flow` as `CleartextFlow`.
fn camel(name: &str) -> String {
    let short = name.rsplit('.').next().unwrap_or(name);
    short
        .split('_')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect::<Vec<_>>()
        })
        .collect()
}

/// With a full stop.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '。', '!', '?', ')', '）']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
