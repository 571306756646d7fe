//! SARIF 2.1.0 in two profiles: what code hosts take, and everything. Rules have help; results have places, fingerprints and code
//! flows. What GitHub asks for beyond the standard is kept in both: every result has a place, every rule has help.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use redan_base::{Diagnostic, Sources};
use redan_threats::{Finding, Status};
use serde::Serialize;
use serde_json::{Value, json};

use super::json::pretty;
use crate::data::{Change, PastFinding, Report, RuleInfo};
use crate::escape::line;
use crate::layout::Style;
use crate::notes;
use crate::since::Marks;
use crate::texts::Words;
use parts::{absent, artifact, location, note_level, notification, result, rule, rule_texts};

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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    translations: Vec<Value>,
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
    /// None if the rule is not among those of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
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

/// What a reader of SARIF takes.
struct Profile {
    /// Whether results that an exception holds for are there, as suppressed ones.
    suppressed: bool,
    /// Whether results of an earlier run that are gone are there.
    absent: bool,
    /// Whether the texts of rules are there in other languages too.
    translations: bool,
    /// Results of a run.
    results: usize,
    /// Rules of a run.
    rules: usize,
    /// Places of a result.
    locations: usize,
    /// Steps of a code flow.
    steps: usize,
    /// Bytes of the file when it is compressed by gzip.
    compressed: u64,
}

/// What GitHub takes; it refuses a file with more of anything. It shows a suppressed result like any other, so there is none.
const HOSTS: Profile = Profile {
    suppressed: false,
    absent: false,
    translations: false,
    results: 25_000,
    rules: 25_000,
    locations: 1_000,
    steps: 10_000,
    compressed: 10_000_000,
};

const FULL: Profile = Profile {
    suppressed: true,
    absent: true,
    translations: true,
    results: usize::MAX,
    rules: usize::MAX,
    locations: usize::MAX,
    steps: usize::MAX,
    compressed: u64::MAX,
};

/// The report for code hosts.
pub fn report(report: &Report, _: Style) -> String {
    within(report, &HOSTS)
}

/// The report with everything.
pub fn full(report: &Report, _: Style) -> String {
    within(report, &FULL)
}

/// The report with so many results that the file is not too large.
fn within(report: &Report, profile: &Profile) -> String {
    let mut most = profile.results;
    loop {
        let (text, results) = written(report, profile, most);
        // No text becomes larger.
        if text.len() as u64 <= profile.compressed || results == 0 {
            return text;
        }
        let size = compressed(&text);
        if size <= profile.compressed {
            return text;
        }
        // A little less than in proportion, and always less than before.
        let share = results as u64 * profile.compressed / size * 95 / 100;
        most = (share as usize).min(results - 1);
    }
}

/// How many bytes gzip makes of a text.
fn compressed(text: &str) -> u64 {
    struct Counter(u64);
    impl Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut encoder = GzEncoder::new(Counter(0), Compression::default());
    // Counting does not fail.
    _ = encoder.write_all(text.as_bytes());
    encoder.finish().map_or(u64::MAX, |counter| counter.0)
}

/// The report with this many results at most, and how many there are.
fn written(report: &Report, profile: &Profile, most: usize) -> (String, usize) {
    let words = Words::of(&report.language);
    let mut rules: Vec<&RuleInfo> = report.rules.iter().collect();
    if rules.len() > profile.rules {
        rules.retain(|r| r.findings > 0);
        rules.truncate(profile.rules);
    }
    let index: BTreeMap<&str, usize> =
        rules.iter().enumerate().map(|(n, r)| (r.name.as_str(), n)).collect();
    let wanted = report.findings.iter().filter(|f| profile.suppressed || f.status == Status::Open);
    // The most severe are first.
    let (shown, left_out): (Vec<_>, Vec<_>) = wanted
        .map(|f| (f, index.get(f.rule.as_str())))
        .enumerate()
        .partition(|(n, (_, rule))| *n < most && rule.is_some());
    let findings: Vec<(&Finding, usize)> =
        shown.into_iter().filter_map(|(_, (f, rule))| Some((f, *rule?))).collect();

    let evidence = findings.iter().flat_map(|(f, _)| &f.evidence);
    let mut paths: Vec<&str> = evidence.map(|e| e.spot.path.as_str()).collect();
    let gone = report.since.iter().filter(|_| profile.absent).flat_map(|s| &s.gone);
    let gone: Vec<&PastFinding> = gone.collect();
    paths.extend(gone.iter().filter_map(|g| g.at.as_ref()).map(|spot| spot.path.as_str()));
    paths.sort_unstable();
    paths.dedup();
    // A finding without any place is shown at the first file there is.
    let anywhere = paths.first().copied().unwrap_or(".").to_owned();
    let marks = Marks::of(report);
    let mut results: Vec<SarifResult> = findings
        .iter()
        .map(|(f, rule)| {
            let mut result = result(f, *rule, &anywhere, profile, words);
            result.baseline_state = marks.as_ref().map(|m| state(m.change(f)));
            result
        })
        .collect();
    let count = results.len();
    results.extend(gone.iter().map(|past| {
        let rule = index.get(past.rule.as_str()).copied();
        absent(past, rule, &anywhere, words)
    }));
    let mut notifications: Vec<Value> = report.diagnostics.iter().map(notification).collect();
    if !left_out.is_empty() {
        notifications.push(json!({
            "level": "warning",
            "message": { "text": format!(
                "{} findings are left out, because code hosts take no more; `sarif-full` has all.",
                left_out.len()
            ) },
        }));
    }
    notifications.extend(report.coverage.skipped.iter().map(|s| {
        let detail = if s.detail.is_empty() { String::new() } else { format!(" ({})", s.detail) };
        json!({
            "level": "note",
            "message": { "text": line(&format!("not seen: {}{detail}", s.reason)) },
            "locations": [{ "physicalLocation": { "artifactLocation": artifact(&s.path) } }],
        })
    }));
    let translations = if profile.translations { translations(&rules) } else { vec![] };
    let text = log(Run {
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
        translations,
        automation_details: json!({ "id": "redan/" }),
    });
    (text, count)
}

/// The word of SARIF for what became of a finding. There is no `baselineGuid` beside it: runs have no GUID, because the same input
/// gives the same file.
fn state(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Changed => "updated",
        Change::Unchanged => "unchanged",
    }
}

/// The texts of rules in the other languages that packs have them in.
fn translations(rules: &[&RuleInfo]) -> Vec<Value> {
    let languages: BTreeSet<&str> =
        rules.iter().flat_map(|r| r.translations.keys()).map(String::as_str).collect();
    let component = |language: &str| {
        let texts = rules.iter().filter_map(|r| Some((*r, r.translations.get(language)?)));
        let rules: Vec<Value> = texts
            .map(|(rule, texts)| {
                let texts = rule_texts(&rule.name, texts, &[]);
                json!({
                    "id": rule.name,
                    "shortDescription": texts.short,
                    "fullDescription": texts.full,
                    "help": texts.help,
                })
            })
            .collect();
        json!({
            "name": "Redan",
            "language": sarif_language(language),
            "contents": ["localizedData"],
            "associatedComponent": { "name": "Redan" },
            "translationMetadata": {
                "name": format!("Redan ({language})"),
                "shortDescription": { "text": format!("The texts of rules in `{language}`.") },
            },
            "rules": rules,
        })
    };
    languages.into_iter().map(component).collect()
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
                rule_index: Some(index),
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
                baseline_state: None,
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
        translations: vec![],
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::sample::sample;

    fn log(report: &Report, profile: &Profile) -> Value {
        serde_json::from_str(&within(report, profile)).unwrap()
    }

    fn list<'a>(log: &'a Value, pointer: &str) -> &'a [Value] {
        log.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn told(log: &Value) -> Option<&str> {
        let notes = list(log, "/runs/0/invocations/0/toolExecutionNotifications");
        let texts = notes.iter().filter_map(|n| n.pointer("/message/text")?.as_str());
        texts.into_iter().find(|text| text.contains("left out"))
    }

    #[test]
    fn no_more_is_written_than_a_host_takes() {
        let mut of = sample("en");
        let (mut first, second) = (of.findings[0].clone(), of.findings[1].clone());
        first.evidence = vec![first.evidence[0].clone(); 20];
        let leaf = |n| redan_threats::Derivation {
            fact: format!("fact {n}"),
            at: first.at().map(|e| e.spot.clone()),
            ..Default::default()
        };
        first.derivation.from = (0..20).map(leaf).collect();
        of.findings = std::iter::once(first).chain(vec![second; 9]).collect();
        let idle = of.rules[1].clone();
        of.rules.extend((0..10).map(|n| RuleInfo {
            name: format!("z.rule_{n}"),
            findings: 0,
            ..idle.clone()
        }));
        let small = Profile { results: 4, rules: 3, locations: 5, steps: 6, ..HOSTS };
        let limited = log(&of, &small);
        let results = list(&limited, "/runs/0/results");
        assert_eq!(results.len(), 4);
        assert_eq!(told(&limited).map(|t| t.starts_with("6 findings")), Some(true));
        assert_eq!(list(&limited, "/runs/0/tool/driver/rules").len(), 3);
        // The most severe finding is kept, with the start of its places and the end of its derivation.
        assert_eq!(results[0].pointer("/properties/id"), Some(&"RF-1a2b3c4d".into()));
        assert_eq!(list(&results[0], "/relatedLocations").len(), 4);
        let steps = list(&results[0], "/codeFlows/0/threadFlows/0/locations");
        assert_eq!(steps.len(), 6);
        let last = steps[5].pointer("/location/message/text").and_then(Value::as_str);
        assert_eq!(last, Some("Unauthenticated write to orders."));
        // Each result has its rule.
        for result in results {
            let at = result.pointer("/ruleIndex").and_then(Value::as_u64).unwrap() as usize;
            let rule = list(&limited, "/runs/0/tool/driver/rules")[at].pointer("/id");
            assert_eq!(rule, result.pointer("/ruleId"));
        }
        let all = log(&of, &FULL);
        assert_eq!((list(&all, "/runs/0/results").len(), told(&all)), (10, None));
        assert_eq!(list(&all, "/runs/0/tool/driver/rules").len(), of.rules.len());
    }

    #[test]
    fn a_file_is_no_larger_than_a_host_takes() {
        let mut of = sample("en");
        let one = of.findings[0].clone();
        let mut state: u64 = 1;
        // Digits without a pattern: nothing compresses one of them to less than four bits.
        let mut digits = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{:08x}", state >> 32)
        };
        of.findings = (0..100)
            .map(|_| {
                let mut finding = one.clone();
                finding.statement.text = (0..100).map(|_| digits()).collect();
                finding
            })
            .collect();
        let size = |text: &str| {
            let mut encoder = GzEncoder::new(vec![], Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap().len()
        };
        let small = Profile { compressed: 30_000, ..HOSTS };
        let text = within(&of, &small);
        assert!((20_000..=30_000).contains(&size(&text)), "{}", size(&text));
        let limited: Value = serde_json::from_str(&text).unwrap();
        let left = 100 - list(&limited, "/runs/0/results").len();
        assert!(told(&limited).is_some_and(|t| t.starts_with(&format!("{left} findings"))));
        assert!(size(&within(&of, &HOSTS)) > 30_000);
    }
}
