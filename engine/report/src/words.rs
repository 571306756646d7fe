//! The names that packs give to kinds, attributes and symbols in the language of a report.
//!
//! The model of a report says them as models by hand write them, so that an answer can be copied and programs find the
//! same words in every language. What people read is looked up here.

use std::collections::{BTreeMap, BTreeSet};

use redan_program::schema::{Texts, Type};
use redan_threats::View;

use crate::data::{Boundary, Model, Report};
use crate::overview::words::{BOUNDARY, DATA, FLOW};
use crate::texts::{Text, Words};

/// The translated names of what a report speaks of, and the texts of packs in it that have no translation; both empty in
/// English, in which packs are written.
pub fn words(view: &View<'_>, report: &Report) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let mut maker = Maker { view, words: BTreeMap::new(), missing: BTreeSet::new() };
    if Words::of(&view.language).code() == "en" {
        return (maker.words, maker.missing);
    }
    for finding in &report.findings {
        maker.rule(&finding.rule);
        for question in &finding.questions {
            maker.question(&question.kind, &question.attribute);
        }
    }
    let model = &report.model;
    for component in &model.components {
        maker.kind(&component.kind);
        maker.attributes(&component.kind, &component.attributes);
    }
    for element in model.entry_points.iter().chain(&model.data) {
        maker.kind(&element.kind);
        maker.attributes(&element.kind, &element.attributes);
    }
    for boundary in &model.boundaries {
        maker.values(BOUNDARY, "trust", boundary.trust.as_slice());
    }
    for asset in &model.assets {
        maker.values(DATA, "class", asset.class.as_slice());
    }
    for flow in &model.flows {
        maker.values(FLOW, "access", &flow.access);
    }
    for element in report.matrix.iter().flat_map(|m| &m.elements) {
        maker.kind(&element.kind);
    }
    (maker.words, maker.missing)
}

struct Maker<'a> {
    view: &'a View<'a>,
    words: BTreeMap<String, String>,
    missing: BTreeSet<String>,
}

impl Maker<'_> {
    /// The texts of a threat and of its mitigations.
    fn rule(&mut self, name: &str) {
        let schema = &self.view.program.schema;
        let Some(threat) = schema.threats.iter().find(|t| t.declared.name == name) else { return };
        let texts = [
            ("title", &threat.title),
            ("source", &threat.who),
            ("given", &threat.given),
            ("action", &threat.action),
            ("impact", &threat.impact),
            ("description", &threat.description),
        ];
        for (field, texts) in texts {
            self.text(|| format!("threat {name} {field}"), texts);
        }
        if let Some(texts) = &threat.severity_reason {
            self.text(|| format!("threat {name} because"), texts);
        }
        for (number, adjustment) in threat.adjustments.iter().enumerate() {
            self.text(|| format!("threat {name} adjustment {}", number + 1), &adjustment.because);
        }
        let mitigations = threat.mitigations.iter();
        for mitigation in mitigations.filter_map(|id| schema.mitigations.get(id.0 as usize)) {
            let name = &mitigation.declared.name;
            self.text(|| format!("mitigation {name} title"), &mitigation.title);
            self.text(|| format!("mitigation {name} steps"), &mitigation.steps);
            for (words, steps) in &mitigation.variants {
                self.text(|| format!("mitigation {name} for {}", words.join(", ")), steps);
            }
        }
    }

    fn text(&mut self, key: impl Fn() -> String, texts: &Texts) {
        let translated = texts.translations.iter().any(|(l, _)| *l == self.view.language);
        if !texts.text.is_empty() && !translated {
            self.missing.insert(key());
        }
    }

    /// The question of an attribute, or its name where it has none of its own.
    fn question(&mut self, kind: &str, attribute: &str) {
        let Some(found) = self.view.kind_named(kind) else { return };
        let Some((of, number)) = self.view.attribute_named(found, attribute) else { return };
        let Some(declaring) = self.view.kind(of) else { return };
        let asked = declaring.attributes.get(number as usize).is_some_and(|a| a.ask.is_some());
        let prefix = if asked { "ask" } else { "attribute" };
        let key = format!("{prefix} {}.{attribute}", declaring.declared.name);
        if self.view.word(&key).is_none() {
            self.missing.insert(key);
        }
    }

    fn kind(&mut self, short: &str) {
        let kind = self.view.kind_named(short).and_then(|k| self.view.kind(k));
        let word = kind.and_then(|k| self.view.word(&format!("kind {}", k.declared.name)));
        self.add(format!("kind {short}"), word.map(str::to_owned));
    }

    fn attributes(&mut self, kind: &str, attributes: &BTreeMap<String, Vec<String>>) {
        for (name, values) in attributes {
            self.values(kind, name, values);
        }
    }

    fn values(&mut self, kind: &str, attribute: &str, values: &[String]) {
        let Some(found) = self.view.kind_named(kind) else { return };
        let Some((of, number)) = self.view.attribute_named(found, attribute) else { return };
        let Some(declaring) = self.view.kind(of) else { return };
        let key = format!("attribute {}.{attribute}", declaring.declared.name);
        let word = self.view.word(&key).map(str::to_owned);
        self.add(format!("attribute {kind}.{attribute}"), word);
        let Some(Type::Enum(id)) = self.view.attribute_type(of, number) else { return };
        let schema = &self.view.program.schema;
        let Some(of) = schema.enums.get(id.0 as usize) else { return };
        for value in values {
            let word = self.view.word(&format!("symbol {}.{value}", of.declared.name));
            self.add(format!("value {attribute}.{value}"), word.map(str::to_owned));
        }
    }

    fn add(&mut self, key: String, word: Option<String>) {
        match word {
            Some(word) => _ = self.words.insert(key, word),
            None => _ = self.missing.insert(key),
        }
    }
}

impl Model {
    /// What is known of an element beside its name, as `attribute: value`.
    pub(crate) fn known(
        &self,
        kind: &str,
        attributes: &BTreeMap<String, Vec<String>>,
        words: Words,
    ) -> Vec<String> {
        let known = |(name, values): (&String, &Vec<String>)| {
            let values: Vec<&str> =
                values.iter().map(|v| self.value_word(name, v, words)).collect();
            format!("{}: {}", self.attribute_word(kind, name), values.join(words.comma()))
        };
        attributes.iter().map(known).collect()
    }

    /// A boundary with how far it is trusted.
    pub(crate) fn zone(&self, zone: &Boundary) -> String {
        match &zone.trust {
            Some(trust) => format!("{} ({})", zone.name, self.symbol("trust", trust)),
            None => zone.name.clone(),
        }
    }

    /// A symbol that is a value of an attribute.
    pub(crate) fn symbol<'a>(&'a self, attribute: &str, symbol: &'a str) -> &'a str {
        self.said(&format!("value {attribute}.{symbol}"), symbol)
    }

    fn said<'a>(&'a self, key: &str, word: &'a str) -> &'a str {
        self.words.get(key).map_or(word, String::as_str)
    }

    /// What a kind is called.
    pub fn kind_word<'a>(&'a self, kind: &'a str) -> &'a str {
        self.said(&format!("kind {kind}"), kind)
    }

    /// What an attribute of a kind is called.
    pub fn attribute_word<'a>(&'a self, kind: &str, attribute: &'a str) -> &'a str {
        self.said(&format!("attribute {kind}.{attribute}"), attribute)
    }

    /// A value of an attribute.
    pub fn value_word<'a>(&'a self, attribute: &str, value: &'a str, words: Words) -> &'a str {
        match value {
            "true" if !self.words.is_empty() => words.get(Text::Yes),
            "false" if !self.words.is_empty() => words.get(Text::No),
            _ => self.symbol(attribute, value),
        }
    }
}
