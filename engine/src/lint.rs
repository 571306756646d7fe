//! `redan lint`: packs are looked at by rules of the language itself, over the packs' own syntax as facts.
//!
//! Comes in: packs, prepared, and lint packs: the pack `lint`, whose relations the facts fill, and those that require it. Goes out: the
//! rows of `lint.lint_finding`, with the place of the item that each is about.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::{Diagnostic, MemoryWorld, SourceId, Span};
use redan_facts::{RelationId, Value, Values};
use redan_grammar::syntax::{
    Block, Cond, CondKind, Expect, ExpectKind, Expr, ExprKind, Item, ItemKind,
};
use redan_program::PackFile;
use redan_program::ir::{Role, StatedFact};
use redan_threats::{Spot, spot};
use serde::Serialize;

use crate::analyze::{AnalyzeOptions, PrepareOptions, Prepared, analyze, prepare};
use crate::pages::{self, Mark};

/// What a lint says about an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LintFinding {
    /// Where the item is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Spot>,
    /// The lint.
    pub lint: String,
    /// The item: its sort and its full name.
    pub item: String,
    /// What is wrong with it.
    pub text: String,
}

/// Evaluates lint packs over packs. Findings are about items of the packs of these names, of all if there are none; sorted by
/// place. The diagnostics are those of the lint packs.
pub fn lint(
    prepared: &Prepared,
    lints: Vec<PackFile>,
    packs: &[String],
) -> (Vec<LintFinding>, Prepared, Vec<Diagnostic>) {
    let program = prepare(lints, prepared.sources.clone(), &PrepareOptions::default(), &|_| ());
    let mut facts = Facts {
        prepared,
        values: program.program.values.clone(),
        rows: vec![],
        places: BTreeMap::new(),
    };
    facts.all();
    let relation = |name: &str| {
        let full = format!("lint.{name}");
        let schema = &program.program.schema;
        let index = schema.relations.iter().position(|r| r.declared.name == full)?;
        let role = Role::Declared(index as u32);
        let number = program.program.relations.iter().position(|r| r.role == role)?;
        Some(RelationId(number as u32))
    };
    let mut stated = vec![];
    for (name, row, source, span) in &facts.rows {
        let Some(relation) = relation(name) else { continue };
        let row = row.iter().map(|v| facts.values.intern(v.clone())).collect();
        stated.push(StatedFact { relation, row, source: *source, span: *span });
    }
    let options = AnalyzeOptions {
        language: "en".to_owned(),
        stated,
        values: Some(facts.values),
        ..AnalyzeOptions::default()
    };
    let world: MemoryWorld = std::iter::empty::<(String, String)>().collect();
    let analysis = analyze(&program, &world, &options, &|_| ());
    let mut findings = BTreeSet::new();
    if let Some(relation) = relation("lint_finding") {
        let solved = &analysis.solution.facts;
        for (_, row) in solved.relation(relation).rows() {
            let text = |n: usize| row.get(n).map_or_else(String::new, |v| solved.values.show(*v));
            let item = text(1);
            let place = facts.places.get(&item);
            if packs.is_empty() || place.is_none_or(|(pack, ..)| packs.contains(pack)) {
                let at = place.map(|(_, source, span)| {
                    spot(&prepared.sources, prepared.sources.place(*source, *span))
                });
                findings.insert(LintFinding { at, lint: text(0), item, text: text(2) });
            }
        }
    }
    let mut diagnostics = program.diagnostics.clone();
    diagnostics.extend(analysis.diagnostics);
    (findings.into_iter().collect(), program, diagnostics)
}

/// The syntax of packs as rows of the relations of the pack `lint`.
struct Facts<'a> {
    prepared: &'a Prepared,
    values: Values,
    /// Relation, values, place.
    rows: Vec<(&'static str, Vec<Value>, SourceId, Span)>,
    /// The pack and the place of each item.
    places: BTreeMap<String, (String, SourceId, Span)>,
}

fn string(text: &str) -> Value {
    Value::Str(text.into())
}

impl Facts<'_> {
    fn add(&mut self, relation: &'static str, row: &[&str], source: SourceId, span: Span) {
        self.rows.push((relation, row.iter().map(|t| string(t)).collect(), source, span));
    }

    fn all(&mut self) {
        let schema = &self.prepared.program.schema;
        let pack_of: BTreeMap<SourceId, String> = self
            .prepared
            .packs
            .packs
            .iter()
            .flat_map(|pack| {
                let declared = schema
                    .packs
                    .iter()
                    .find(|d| d.declared.is_some_and(|(s, _)| pack.files.contains(&s)));
                let name = declared.map_or_else(|| pack.name.clone(), |d| d.name.clone());
                pack.files.iter().map(move |f| (*f, name.clone()))
            })
            .collect();
        for (source, pack) in &pack_of {
            let Some(text) = self.prepared.sources.get(*source) else { continue };
            let (file, _) = redan_grammar::parse(*source, text.text());
            for item in &file.items {
                self.item(pack, *source, item);
            }
        }
        for page in &self.prepared.packs.pages {
            self.page(page.source);
        }
    }

    fn item(&mut self, pack: &str, source: SourceId, item: &Item) {
        let (sort, name) = match &item.kind {
            ItemKind::Threat(block) => ("threat", &block.name),
            ItemKind::Mitigation(block) => ("mitigation", &block.name),
            ItemKind::Policy(block) => ("policy", &block.name),
            ItemKind::Pack(block) => ("pack", &block.name),
            ItemKind::Enum(item) => ("enum", &item.name),
            ItemKind::Set(item) if !item.extends => ("set", &item.name.name),
            ItemKind::Kind(item) => ("kind", &item.name),
            ItemKind::Extract(item) => ("extract", &item.name),
            ItemKind::Relation(item) => ("relation", &item.name),
            ItemKind::Translate(block) => return self.translation(pack, source, block),
            ItemKind::Test(test) => {
                for expect in &test.expect {
                    self.expectation(pack, source, expect);
                }
                return;
            }
            ItemKind::Set(_)
            | ItemKind::Clause(_)
            | ItemKind::Derive(_)
            | ItemKind::Same(_)
            | ItemKind::Change(_)
            | ItemKind::System(_)
            | ItemKind::Statement(_) => return,
        };
        let id = format!("{sort} {pack}.{}", name.text);
        self.places.insert(id.clone(), (pack.to_owned(), source, name.span));
        self.add("declares", &[pack, &id, sort, &name.text], source, name.span);
        match &item.kind {
            ItemKind::Threat(block) => {
                self.fields(&id, source, block);
                self.conditions(&id, &format!("{pack}.{}", name.text), source, block);
            }
            ItemKind::Mitigation(block) => self.fields(&id, source, block),
            _ => {}
        }
    }

    /// The fields of a threat or mitigation, and those of their texts that are translated.
    fn fields(&mut self, id: &str, source: SourceId, block: &Block) {
        for field in &block.fields {
            let name = field.name.text.as_str();
            self.add("has_field", &[id, name], source, field.span);
            match name {
                "for" => {
                    let words: Vec<String> = field.values.iter().filter_map(word).collect();
                    for word in &words {
                        self.add("has_technology", &[id, word], source, field.span);
                    }
                    let name = format!("for {}", words.join(", "));
                    self.add("has_text", &[id, &name, ""], source, field.span);
                }
                "severity" => {
                    if let Some(because) = &field.because {
                        self.add("has_text", &[id, "because", &because.value], source, field.span);
                    }
                }
                "title" | "source" | "given" | "action" | "impact" | "description"
                | "false_positives" | "detection" | "steps" => {
                    if let Some(text) = field.values.first().and_then(word) {
                        self.add("has_text", &[id, name, &text], source, field.span);
                    }
                }
                _ => {}
            }
        }
    }

    fn translation(&mut self, pack: &str, source: SourceId, block: &Block) {
        let language = block.name.text.clone();
        for item in &block.fields {
            let sort = item.name.text.as_str();
            let Some(name) = item.values.first().and_then(word) else { continue };
            if !matches!(sort, "threat" | "mitigation") {
                continue;
            }
            // A pack may translate the items of another.
            let name = if name.contains('.') { name } else { format!("{pack}.{name}") };
            let id = format!("{sort} {name}");
            for field in item.block.iter().flatten() {
                let words: Vec<String> = field.values.iter().filter_map(word).collect();
                let name = match field.name.text.as_str() {
                    "for" => format!("for {}", words.join(", ")),
                    other => other.to_owned(),
                };
                self.add("has_translation", &[&id, &language, &name], source, field.span);
            }
        }
    }

    /// The conditions of a threat one by one, and all of them with their variables numbered.
    fn conditions(&mut self, id: &str, full: &str, source: SourceId, block: &Block) {
        let mut parts: Vec<&Cond> = vec![];
        for cond in block.fields.iter().filter_map(|f| match f.name.text.as_str() {
            "match" | "where" => f.condition.as_ref(),
            _ => None,
        }) {
            flatten(cond, &mut parts);
        }
        let Some(text) = self.prepared.sources.get(source) else { return };
        let written: Vec<(String, Span)> = parts
            .iter()
            .map(|c| {
                let text = text.slice(c.span).split_whitespace().collect::<Vec<_>>().join(" ");
                (text, c.span)
            })
            .collect();
        for (number, (text, span)) in (1_i64..).zip(&written) {
            let row = vec![string(id), Value::Int(number), string(text)];
            self.rows.push(("has_condition", row, source, *span));
        }
        let schema = &self.prepared.program.schema;
        let threat = schema.threats.iter().position(|t| t.declared.name == full);
        let bindings = threat.and_then(|n| self.prepared.program.threats.get(n));
        let names: Vec<&str> =
            bindings.iter().flat_map(|r| r.bindings.iter().map(|(n, _)| n.as_str())).collect();
        let mut order: Vec<String> = vec![];
        let mut normal: Vec<String> =
            written.iter().map(|(t, _)| numbered(t, &names, &mut order)).collect();
        normal.sort();
        if !normal.is_empty() {
            self.add("has_logic", &[id, &normal.join(" and ")], source, block.name.span);
        }
    }

    /// The item of the threat that a pack calls by this name.
    fn threat(&self, pack: &str, name: &str) -> Option<String> {
        let threats = &self.prepared.program.schema.threats;
        let full = format!("{pack}.{name}");
        let suffix = format!(".{name}");
        let names = || threats.iter().map(|t| t.declared.name.as_str());
        names()
            .find(|n| *n == name || *n == full)
            .or_else(|| names().find(|n| n.ends_with(&suffix)))
            .map(|n| format!("threat {n}"))
    }

    fn tested(&mut self, threat: Option<String>, test: &str, source: SourceId, span: Span) {
        if let Some(threat) = threat {
            self.add("has_test", &[&threat, test], source, span);
        }
    }

    fn expectation(&mut self, pack: &str, source: SourceId, expect: &Expect) {
        let (path, possible) = match &expect.what {
            ExpectKind::Threat { threat, possible, .. } => (threat, *possible),
            // A threat without bindings is written as a relation is.
            ExpectKind::Relation { relation, .. } => (relation, false),
            ExpectKind::Fact { .. } => return,
        };
        let name = match &path.pack {
            Some(pack) => format!("{}.{}", pack.text, path.name.text),
            None => path.name.text.clone(),
        };
        let test = match (expect.negated, possible) {
            (true, _) => "near_miss",
            (false, true) => "unknown",
            (false, false) => "hit",
        };
        self.tested(self.threat(pack, &name), test, source, expect.span);
    }

    fn page(&mut self, id: SourceId) {
        let Some(source) = self.prepared.sources.get(id) else { return };
        // The threat of the page's name, declared in the file beside it.
        let stem = source.path().strip_suffix(".md");
        let own = self.prepared.program.schema.threats.iter().find(|t| {
            let file = self.prepared.sources.get(t.declared.source).map(redan_base::Source::path);
            let short = redan_threats::short_name(&t.declared.name);
            file.and_then(|f| f.strip_suffix(".redan")) == stem
                && stem.and_then(|s| s.rsplit('/').next()) == Some(short)
        });
        let own = own.map(|t| t.declared.name.clone());
        let pack = own.as_deref().and_then(|n| n.split('.').next()).unwrap_or_default().to_owned();
        let own = own.map(|n| format!("threat {n}"));
        if pages::says_nothing_is_unknown(source) {
            self.tested(own.clone(), "unknown", id, Span::new(0, 0));
        }
        for case in pages::cases(source) {
            if case.is_near_miss() {
                self.tested(own.clone(), "near_miss", id, case.span);
            }
            for (mark, span) in &case.marks {
                match mark {
                    Mark::Threat { name, possible, .. } => {
                        let test = if *possible { "unknown" } else { "hit" };
                        self.tested(self.threat(&pack, name), test, id, *span);
                    }
                    Mark::NoThreat { name, .. } => {
                        let named = name.as_ref().and_then(|n| self.threat(&pack, n));
                        self.tested(named, "near_miss", id, *span);
                    }
                    Mark::Expect(text) => {
                        let (no, rest) = match text.strip_prefix("no ") {
                            Some(rest) => ("no ", rest.trim_start()),
                            None => ("", text.as_str()),
                        };
                        let rest = rest.strip_prefix("threat ").unwrap_or(rest);
                        let text = format!("test \"\" {{ expect {no}{rest} }}");
                        let (file, _) = redan_grammar::parse(id, &text);
                        for item in &file.items {
                            let ItemKind::Test(test) = &item.kind else { continue };
                            for expect in &test.expect {
                                let expect = Expect { span: *span, ..expect.clone() };
                                self.expectation(&pack, id, &expect);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The parts of a conjunction.
fn flatten<'a>(cond: &'a Cond, parts: &mut Vec<&'a Cond>) {
    match &cond.kind {
        CondKind::And(all) => all.iter().for_each(|c| flatten(c, parts)),
        _ => parts.push(cond),
    }
}

/// A text or a word of a field.
fn word(value: &Expr) -> Option<String> {
    match &value.kind {
        ExprKind::Text(text) | ExprKind::Name(text) => Some(text.clone()),
        ExprKind::Access(base, name) => Some(format!("{}.{}", word(base)?, name.text)),
        _ => None,
    }
}

/// A condition with its variables by the number of their first use in `order`.
fn numbered(text: &str, names: &[&str], order: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut name = String::new();
    let mut end = |name: &mut String, out: &mut String| {
        let attribute = out.ends_with('.');
        if !attribute && names.contains(&name.as_str()) {
            let number = order.iter().position(|n| n == name).unwrap_or_else(|| {
                order.push(name.clone());
                order.len() - 1
            });
            out.push_str(&format!("${number}"));
        } else {
            out.push_str(name);
        }
        name.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' {
            name.push(c);
        } else {
            end(&mut name, &mut out);
            out.push(c);
        }
    }
    end(&mut name, &mut out);
    out
}
