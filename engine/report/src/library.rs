//! The rule library: each threat of the packs with all that is known of it, for `redan rules` and `redan docs`.
//!
//! Comes in: a program, its sources and which of them are pages. Goes out: [`LibraryRule`]s, a list, and pages in Markdown.

mod page;

use redan_base::{SourceId, Sources};
use redan_program::ir::Program;
use redan_program::schema::{Maturity, Risk, Stride, Threat};
use redan_threats::sentence;
use serde::Serialize;

use crate::escape::line;
use crate::formats::{Style, full_tone};
use crate::layout::{Tone, guard, pad, width};
use crate::texts::{Text, Words};

pub use page::{LibraryFile, library_chapters, library_files, library_page, library_terminal};

/// A threat of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryRule {
    /// `pack.name`
    pub name: String,
    /// The pack.
    pub pack: String,
    /// The title, insertions as written.
    pub title: String,
    /// The categories.
    pub stride: Vec<Stride>,
    /// The severity that it begins with.
    pub severity: Risk,
    /// Why.
    pub because: String,
    /// What raises or lowers it, in the order written.
    pub adjustments: Vec<LibraryAdjustment>,
    /// Who can do what, with which effect.
    pub statement: String,
    /// More about it, Markdown: from the item's documentation, its `description` and its page.
    pub description: String,
    /// The conditions, as they are written: those of `match`, then those of `where`.
    pub conditions: Vec<String>,
    /// How to notice that it happens, Markdown.
    pub detection: String,
    /// When a finding may be wrong, Markdown.
    pub false_positives: String,
    /// The bindings that are at stake.
    pub assets: Vec<String>,
    /// What to do.
    pub mitigations: Vec<LibraryMitigation>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// CAPEC numbers.
    pub capec: Vec<u32>,
    /// Other catalogues: name and values.
    pub standards: Vec<(String, Vec<String>)>,
    /// Addresses of pages that say more, those of the mitigations among them.
    pub references: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// How far it has matured.
    pub maturity: Maturity,
    /// Whether a `disable` holds for it.
    pub disabled: bool,
    /// The file that declares it, and the line.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The sections of its page with tests, Markdown: heading and text.
    pub tests: Vec<(String, String)>,
}

/// What raises or lowers a severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryAdjustment {
    /// Whether it raises.
    pub raise: bool,
    /// To which severity.
    pub to: Risk,
    /// The condition as it is written.
    pub condition: String,
    /// Why.
    pub because: String,
}

/// What to do about a threat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryMitigation {
    /// `pack.name`
    pub name: String,
    /// What it is.
    pub title: String,
    /// How, Markdown.
    pub steps: String,
    /// How with some technologies: their words, and the steps.
    pub variants: Vec<(Vec<String>, String)>,
}

/// Which rules are listed: all that agree with every field.
#[derive(Debug, Clone, Default)]
pub struct LibraryFilter {
    /// All these words occur in the texts.
    pub words: Vec<String>,
    /// One of the categories.
    pub stride: Option<Stride>,
    /// A CWE number.
    pub cwe: Option<u32>,
    /// A technology: the pack's name, a tag, or a word that a mitigation has steps for.
    pub technology: Option<String>,
    /// The pack.
    pub pack: Option<String>,
    /// The maturity.
    pub maturity: Option<Maturity>,
    /// At least this severity.
    pub severity: Option<Risk>,
}

impl LibraryFilter {
    /// Whether a rule is listed.
    pub fn fits(&self, rule: &LibraryRule) -> bool {
        let lower = |text: &str| text.to_lowercase();
        let technology = |wanted: &String| {
            let wanted = lower(wanted);
            let words = rule.mitigations.iter().flat_map(|m| &m.variants).flat_map(|(w, _)| w);
            rule.pack == wanted.replace('-', "_")
                || rule.tags.iter().chain(words).any(|w| lower(w) == wanted)
        };
        self.stride.is_none_or(|s| rule.stride.contains(&s))
            && self.cwe.is_none_or(|c| rule.cwe.contains(&c))
            && self.technology.as_ref().is_none_or(technology)
            && self.pack.as_ref().is_none_or(|p| rule.pack == p.replace('-', "_"))
            && self.maturity.is_none_or(|m| rule.maturity == m)
            && self.severity.is_none_or(|s| rule.severity >= s)
            && {
                let mut all = vec![
                    rule.name.as_str(),
                    rule.title.as_str(),
                    rule.statement.as_str(),
                    rule.description.as_str(),
                    rule.false_positives.as_str(),
                ];
                all.extend(rule.mitigations.iter().flat_map(|m| [m.title.as_str(), &m.steps]));
                all.extend(rule.tags.iter().map(String::as_str));
                let text = lower(&all.join("\n"));
                self.words.iter().all(|w| text.contains(&lower(w)))
            }
    }
}

/// The threats of a program, sorted by name. `pages` are the sources that are pages of rules.
pub fn library(
    program: &Program,
    sources: &Sources,
    pages: &[SourceId],
    language: &str,
) -> Vec<LibraryRule> {
    let mut rules: Vec<LibraryRule> = program
        .schema
        .threats
        .iter()
        .map(|threat| rule(program, sources, pages, threat, language))
        .collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}

fn rule(
    program: &Program,
    sources: &Sources,
    pages: &[SourceId],
    threat: &Threat,
    language: &str,
) -> LibraryRule {
    let schema = &program.schema;
    let source = sources.get(threat.declared.source);
    let pack = schema.packs.get(threat.declared.pack.0 as usize);
    let mitigations: Vec<_> =
        threat.mitigations.iter().filter_map(|id| schema.mitigations.get(id.0 as usize)).collect();
    let mut references = threat.references.clone();
    references.extend(mitigations.iter().flat_map(|m| m.references.iter().cloned()));
    let mut seen = std::collections::BTreeSet::new();
    references.retain(|r| seen.insert(r.clone()));
    let condition = |span| {
        let text = source.map_or("", |s| s.slice(span));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    // The page of the rule's name beside its file.
    let stem = source.and_then(|s| s.path().strip_suffix(".redan"));
    let short = redan_threats::short_name(&threat.declared.name);
    let page = pages
        .iter()
        .filter_map(|id| sources.get(*id))
        .find(|s| {
            s.path().strip_suffix(".md") == stem
                && stem.is_some_and(|t| t.rsplit('/').next() == Some(short))
        })
        .map(|s| page::split(s.text()))
        .unwrap_or_default();
    let texts = [threat.declared.docs.trim(), threat.description.get(language).trim(), &page.prose];
    let mut description: Vec<&str> = texts.into_iter().filter(|t| !t.is_empty()).collect();
    description.dedup();
    LibraryRule {
        name: threat.declared.name.clone(),
        pack: pack.map_or_else(String::new, |p| p.name.clone()),
        title: threat.title.get(language).to_owned(),
        stride: threat.stride.clone(),
        severity: threat.severity,
        because: threat
            .severity_reason
            .as_ref()
            .map_or_else(String::new, |t| t.get(language).to_owned()),
        adjustments: threat
            .adjustments
            .iter()
            .map(|a| LibraryAdjustment {
                raise: a.raise,
                to: a.to,
                condition: condition(a.condition.span),
                because: a.because.get(language).to_owned(),
            })
            .collect(),
        statement: sentence(threat, language),
        description: description.join("\n\n"),
        conditions: threat.conditions.iter().map(|span| condition(*span)).collect(),
        detection: threat.detection.get(language).to_owned(),
        false_positives: threat.false_positives.get(language).to_owned(),
        assets: threat.assets.clone(),
        mitigations: mitigations
            .iter()
            .map(|m| LibraryMitigation {
                name: m.declared.name.clone(),
                title: m.title.get(language).to_owned(),
                steps: m.steps.get(language).to_owned(),
                variants: m
                    .variants
                    .iter()
                    .map(|(words, steps)| (words.clone(), steps.get(language).to_owned()))
                    .collect(),
            })
            .collect(),
        cwe: threat.cwe.clone(),
        capec: threat.capec.clone(),
        standards: threat.standards.clone(),
        references,
        tags: threat.tags.clone(),
        maturity: threat.maturity,
        disabled: threat.disabled_by.is_some(),
        file: source.map_or_else(String::new, |s| s.path().to_owned()),
        line: source.map_or(0, |s| s.line_of(threat.declared.item.start)),
        tests: page.tests,
    }
}

/// The rules as a list for a terminal.
pub fn library_list(rules: &[&LibraryRule], language: &str, style: Style) -> String {
    let words = Words::of(language);
    let mut out = String::new();
    let names = rules.iter().map(|r| width(&r.name)).max().unwrap_or(0);
    let risks = Risk::ALL.into_iter().map(|r| width(words.risk(r))).max().unwrap_or(0);
    for rule in rules {
        let letters: String = Stride::ALL
            .iter()
            .zip("STRIDE".chars())
            .map(|(s, letter)| if rule.stride.contains(s) { letter } else { '·' })
            .collect();
        let mut about = line(&plain(&rule.title));
        if rule.disabled {
            about.push_str(&format!(" ({})", words.get(Text::DisabledHere)));
        }
        out.push_str(&format!(
            "{}  {}  {}  {about}\n",
            style.paint(Tone::Strong, &pad(&line(&rule.name), names)),
            letters,
            style.paint(full_tone(rule.severity), &pad(words.risk(rule.severity), risks)),
        ));
    }
    out.push_str(&format!("{}\n", words.count(Text::Rules, rules.len())));
    guard(out)
}

/// Whether what stands between braces is a binding, perhaps with attributes.
fn is_insertion(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

/// A text with the names of its insertions in their place.
fn plain(text: &str) -> String {
    insertions(text, "")
}

/// A text with the names of its insertions between these marks.
fn insertions(text: &str, mark: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            out.extend(from.chars().next());
            rest = after;
        } else if let Some((name, after)) = from.strip_prefix('{').and_then(|f| f.split_once('}'))
            && is_insertion(name)
        {
            // In code, more marks would end it.
            let mark = if out.matches('`').count().is_multiple_of(2) { mark } else { "" };
            out.push_str(&format!("{mark}{name}{mark}"));
            rest = after;
        } else {
            out.extend(from.chars().next());
            rest = from.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insertions_are_names_and_code_stays_code() {
        assert_eq!(insertions("{a.b} of {{x}}", "`"), "`a.b` of {x}");
        assert_eq!(insertions("`f({ a: 1 })`, `x/{a}`, {b}", "`"), "`f({ a: 1 })`, `x/a`, `b`");
        assert_eq!(plain("{it} }{"), "it }{");
    }

    #[test]
    fn a_page_is_split_at_its_tests() {
        let made = page::split(
            "# T\n\nWhy.\n\n## Not found\n\nThis.\n\n## Hit\n\n````redan model\n```\n## no heading\n````\n",
        );
        assert_eq!(made.prose, "Why.\n\n**Not found.** This.");
        assert_eq!(made.tests.len(), 1);
        assert!(made.tests.iter().all(|(t, b)| t == "Hit" && b.contains("## no heading")));
    }

    #[test]
    fn every_field_of_a_filter_leaves_rules_out() {
        let rule = LibraryRule {
            name: "web.open_door".to_owned(),
            pack: "web".to_owned(),
            title: "{p} is open".to_owned(),
            stride: vec![Stride::Spoofing],
            severity: Risk::Medium,
            because: String::new(),
            adjustments: vec![],
            statement: "Anyone can walk in.".to_owned(),
            description: String::new(),
            conditions: vec![],
            detection: String::new(),
            false_positives: String::new(),
            assets: vec![],
            mitigations: vec![LibraryMitigation {
                name: "web.close".to_owned(),
                title: "Close it".to_owned(),
                steps: "Do.".to_owned(),
                variants: vec![(vec!["Express".to_owned()], "Turn.".to_owned())],
            }],
            cwe: vec![306],
            capec: vec![],
            standards: vec![],
            references: vec![],
            tags: vec![],
            maturity: Maturity::Stable,
            disabled: false,
            file: String::new(),
            line: 1,
            tests: vec![],
        };
        type Change = fn(&mut LibraryFilter);
        let pairs: [(Change, Change); 7] = [
            (|f| f.words = vec!["WALK".into(), "close".into()], |f| f.words = vec!["run".into()]),
            (|f| f.stride = Some(Stride::Spoofing), |f| f.stride = Some(Stride::Tampering)),
            (|f| f.cwe = Some(306), |f| f.cwe = Some(30)),
            (|f| f.technology = Some("express".into()), |f| f.technology = Some("go".into())),
            (|f| f.pack = Some("web".into()), |f| f.pack = Some("we".into())),
            (|f| f.maturity = Some(Maturity::Stable), |f| f.maturity = Some(Maturity::Sandbox)),
            (|f| f.severity = Some(Risk::Medium), |f| f.severity = Some(Risk::High)),
        ];
        for (number, (fits, does_not)) in pairs.into_iter().enumerate() {
            let with = |change: Change| {
                let mut filter = LibraryFilter::default();
                change(&mut filter);
                filter.fits(&rule)
            };
            assert!(with(fits) && !with(does_not), "{number}");
        }
    }
}
