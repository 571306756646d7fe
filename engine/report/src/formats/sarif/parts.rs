//! Rules, results and places of a SARIF log.

use redan_base::Severity;
use redan_program::schema::{Maturity, Risk};
use redan_threats::{Certainty, Evidence, Finding, Spot, Status};
use serde_json::{Map, Value, json};

use super::{ArtifactLocation, Location, Message, Profile, Rule, SarifResult, plain};
use crate::data::{Note, PastFinding, RuleInfo, RuleState, RuleTexts};
use crate::escape::{line, lines, pack_markdown, uri, web_uri};
use crate::since::judged;
use crate::texts::Words;

/// What a rule says in a language.
pub(super) struct Said {
    pub(super) short: Message,
    pub(super) full: Message,
    pub(super) help: Message,
}

pub(super) fn rule_texts(name: &str, texts: &RuleTexts, references: &[String]) -> Said {
    let title = if texts.title.trim().is_empty() { name.to_owned() } else { line(&texts.title) };
    let full =
        if texts.description.trim().is_empty() { title.clone() } else { lines(&texts.description) };
    let help = if texts.help.trim().is_empty() { full.clone() } else { lines(&texts.help) };
    let mut markdown =
        format!("**{}**\n\n{}\n\n", crate::escape::markdown(&texts.title), pack_markdown(&full));
    markdown.push_str(&pack_markdown(&help));
    for address in references.iter().filter(|r| crate::escape::web_address(r)) {
        markdown.push_str(&format!("\n- <{}>", address.replace(['<', '>', ' '], "")));
    }
    Said {
        short: plain(ended(&title)),
        full: plain(cut(&ended(&full), 1000)),
        help: Message { text: help, markdown: Some(markdown) },
    }
}

pub(super) fn rule(rule: &RuleInfo, words: Words) -> Rule {
    let risk = rule.severity.unwrap_or(Risk::Info);
    let texts = RuleTexts {
        title: rule.title.clone(),
        description: rule.description.clone(),
        help: rule.help.clone(),
    };
    let texts = rule_texts(&rule.name, &texts, &rule.references);
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.stride.iter().map(|s| format!("stride/{}", s.word().replace('_', "-"))));
    tags.extend(rule.cwe.iter().map(|n| format!("external/cwe/cwe-{n:03}")));
    tags.extend(rule.tags.iter().map(|t| line(t)));
    tags.push(format!("maturity/{}", maturity(rule.maturity)));
    // GitHub reads at most twenty tags.
    tags.truncate(20);
    let categories: Vec<&str> = rule.stride.iter().map(|s| words.stride(*s)).collect();
    Rule {
        id: rule.name.clone(),
        name: camel(&rule.name),
        short_description: texts.short,
        full_description: texts.full,
        help: texts.help,
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

pub(super) fn result(
    finding: &Finding,
    index: usize,
    anywhere: &str,
    profile: &Profile,
    words: Words,
) -> SarifResult {
    let mut text = line(&finding.statement.text);
    if finding.certainty == Certainty::Possible {
        let questions: Vec<String> = finding.questions.iter().map(|q| line(&q.text)).collect();
        text.push_str(&format!(
            " ({}: {})",
            words.certainty(finding.certainty),
            questions.join(" ")
        ));
    }
    let primary = finding.at().map_or_else(|| start_of(anywhere), |e| e.spot.clone());
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
        rule_index: Some(index),
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
            .take(profile.locations)
            .skip(1)
            .enumerate()
            .map(|(n, e)| location(&e.spot, Some(n + 1), Some(e.shows.as_str())))
            .collect(),
        partial_fingerprints: json!({ "redan/v1": finding.fingerprint }),
        baseline_state: None,
        code_flows: code_flows(finding, profile.steps),
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

fn start_of(path: &str) -> Spot {
    Spot { path: path.to_owned(), line: 1, column: 1, end_line: 1, end_column: 1 }
}

/// A finding of an earlier run that is gone, at the place where it was.
pub(super) fn absent(
    past: &PastFinding,
    index: Option<usize>,
    anywhere: &str,
    words: Words,
) -> SarifResult {
    let was = &past.was;
    let spot = past.at.clone().unwrap_or_else(|| start_of(anywhere));
    SarifResult {
        rule_id: past.rule.clone(),
        rule_index: index,
        kind: "fail",
        level: level(was.severity),
        message: plain(ended(&line(&format!("{} ({})", past.title, judged(was, words))))),
        locations: vec![location(&spot, None, None)],
        related_locations: vec![],
        partial_fingerprints: json!({ "redan/v1": past.fingerprint }),
        baseline_state: Some("absent"),
        code_flows: vec![],
        suppressions: vec![],
        properties: json!({
            "id": past.id,
            "severity": was.severity.word(),
            "security-severity": score(was.severity),
            "certainty": was.certainty.word(),
        }),
    }
}

/// The derivation from the observations up to the conclusion: every fact that has a place, those that a step rests on before
/// those that come after it in the rule, and at the end the finding itself at its primary place.
fn code_flows(finding: &Finding, most: usize) -> Vec<Value> {
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
    // The end is what the others lead to.
    let steps = steps.get(steps.len().saturating_sub(most)..).unwrap_or_default();
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

pub(super) fn location(spot: &Spot, id: Option<usize>, text: Option<&str>) -> Location {
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

pub(super) fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri(path), uri_base_id: "SRCROOT" }
}

pub(super) fn notification(note: &Note) -> Value {
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

pub(super) fn note_level(severity: Severity) -> &'static str {
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
