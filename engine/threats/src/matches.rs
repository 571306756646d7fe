//! From rows of bindings to findings.

use std::collections::BTreeMap;

use redan_base::{Diagnostic, Sources};
use redan_facts::{RelationId, Value, ValueId};
use redan_program::ir::{Program, Role, ThreatRules};
use redan_program::schema::{Mitigation, Threat};
use redan_solve::Solution;

use crate::derivation::{derivation, places};
use crate::excerpt::mask_value;
use crate::finding::{
    Asset, Binding, Certainty, Evidence, Exception, Finding, Measure, Question, Reason, ReasonKind,
    Status,
};
use crate::fingerprint;
use crate::statement::{Filler, question};
use crate::view::{View, short_name};

/// How findings are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The language of their texts: `en`, `ja` or one that packs translate to.
    pub language: String,
    /// Today, `YYYY-MM-DD`: exceptions whose last day has passed do not hold. Empty: none has.
    pub today: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { language: "en".to_owned(), today: String::new() }
    }
}

/// All findings, most severe first: one for each distinct set of bindings of each threat.
pub fn findings(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    options: &Options,
) -> (Vec<Finding>, Vec<Diagnostic>) {
    let view = View::new(program, &solution.facts, sources, &options.language);
    let mut findings = vec![];
    let mut diagnostics = vec![];
    for (threat, rules) in program.schema.threats.iter().zip(&program.threats) {
        if threat.disabled_by.is_some() {
            continue;
        }
        let maker = Maker { view: &view, solution, threat, rules, today: &options.today };
        maker.make(&mut findings);
        maker.check_exceptions(&mut diagnostics);
    }
    findings.sort_by(|a: &Finding, b: &Finding| {
        b.severity
            .cmp(&a.severity)
            .then(a.certainty.cmp(&b.certainty))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.bindings.cmp(&b.bindings))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    (findings, diagnostics)
}

struct Maker<'a> {
    view: &'a View<'a>,
    solution: &'a Solution,
    threat: &'a Threat,
    rules: &'a ThreatRules,
    today: &'a str,
}

impl Maker<'_> {
    fn make(&self, out: &mut Vec<Finding>) {
        let facts = &self.solution.facts;
        let certain = facts.relation(self.rules.certain);
        let mut rows: Vec<(Vec<ValueId>, RelationId, u32)> =
            certain.rows().map(|(n, row)| (row, self.rules.certain, n)).collect();
        if self.rules.possible != self.rules.certain {
            let possible = facts.relation(self.rules.possible);
            rows.extend(
                possible
                    .rows()
                    .filter(|(_, row)| certain.find(row).is_none())
                    .map(|(n, row)| (row, self.rules.possible, n)),
            );
        }
        rows.sort_by(|a, b| facts.values.compare_rows(&a.0, &b.0));
        let mut repeats: BTreeMap<String, usize> = BTreeMap::new();
        for (row, relation, number) in rows {
            let named: Vec<(&str, ValueId)> = self
                .rules
                .bindings
                .iter()
                .map(|(n, _)| n.as_str())
                .zip(row.iter().copied())
                .collect();
            let key = fingerprint::key(self.view, &self.threat.declared.name, &named);
            let repeat = repeats.entry(key.clone()).and_modify(|n| *n += 1).or_default();
            out.push(self.finding(&row, relation, number, &key, *repeat));
        }
    }

    fn finding(
        &self,
        row: &[ValueId],
        relation: RelationId,
        number: u32,
        key: &str,
        repeat: usize,
    ) -> Finding {
        let threat = self.threat;
        let filler = Filler::new(self.view, self.rules, row);
        let proof = self.solution.proof(relation, number);
        let (fingerprint, id) = fingerprint::fingerprint(key, repeat);
        let possible = relation != self.rules.certain;
        let (severity, reasons) = self.severity(row, &filler);
        let (questions, questions_bounded) =
            if possible { self.questions(relation, number) } else { (vec![], false) };
        Finding {
            id,
            fingerprint,
            rule: threat.declared.name.clone(),
            title: filler.text(&threat.title),
            stride: threat.stride.clone(),
            severity,
            reasons,
            certainty: if possible { Certainty::Possible } else { Certainty::Confirmed },
            questions,
            questions_bounded,
            bindings: self.bindings(row),
            statement: filler.statement(threat),
            description: filler.text(&threat.description),
            assets: self.assets(&filler),
            evidence: self.evidence(row, &proof),
            derivation: derivation(self.view, &proof),
            mitigations: self.measures(row, &filler),
            cwe: threat.cwe.clone(),
            capec: threat.capec.clone(),
            standards: threat.standards.clone(),
            references: threat.references.clone(),
            tags: threat.tags.clone(),
            status: self.status(row),
            maturity: threat.maturity,
        }
    }

    fn severity(
        &self,
        row: &[ValueId],
        filler: &Filler<'_>,
    ) -> (redan_program::schema::Risk, Vec<Reason>) {
        let threat = self.threat;
        let because = threat.severity_reason.as_ref().map_or_else(String::new, |t| filler.text(t));
        let changes = &self.view.program.schema.changes;
        let overridden = threat.overridden_by.iter().filter_map(|c| changes.get(*c)).next_back();
        let mut severity = threat.severity;
        let mut reasons = vec![match overridden {
            Some(change) => {
                Reason { kind: ReasonKind::Override, to: severity, because: change.because.clone() }
            }
            None => Reason { kind: ReasonKind::Base, to: severity, because },
        }];
        for (adjustment, relation) in threat.adjustments.iter().zip(&self.rules.adjustments) {
            if self.solution.facts.relation(*relation).find(row).is_none() {
                continue;
            }
            let moves =
                if adjustment.raise { adjustment.to > severity } else { adjustment.to < severity };
            if moves {
                severity = adjustment.to;
                let kind = if adjustment.raise { ReasonKind::Raise } else { ReasonKind::Lower };
                let because = filler.text(&adjustment.because);
                reasons.push(Reason { kind, to: severity, because });
            }
        }
        (severity, reasons)
    }

    fn questions(&self, relation: RelationId, number: u32) -> (Vec<Question>, bool) {
        let found = self.solution.questions(self.view.program, relation, number);
        let mut questions: Vec<Question> = vec![];
        for q in found.questions {
            let info = self.view.program.relations.get(q.relation.0 as usize);
            let Some(Role::Unknown(kind, attribute)) = info.map(|i| &i.role) else { continue };
            // The nearest first; two of the same words are one to whoever reads them.
            if let Some(question) = question(self.view, q.entity, *kind, *attribute)
                && !questions.contains(&question)
            {
                questions.push(question);
            }
        }
        (questions, found.bounded)
    }

    fn bindings(&self, row: &[ValueId]) -> Vec<Binding> {
        self.rules
            .bindings
            .iter()
            .zip(row)
            .map(|((name, _), value)| Binding {
                name: name.clone(),
                display: self.shown(name, *value),
                kind: self.view.kind_word(*value),
                technology: self.technology(*value),
            })
            .collect()
    }

    fn technology(&self, entity: ValueId) -> Option<String> {
        let all = self.view.values(entity, "technology");
        let shown: Vec<String> = all.into_iter().map(|v| self.view.show(v)).collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    }

    fn shown(&self, name: &str, value: ValueId) -> String {
        match self.view.facts.values.as_str(value) {
            Some(text) => mask_value(name, &self.view.said(text)),
            None => self.view.show(value),
        }
    }

    fn assets(&self, filler: &Filler<'_>) -> Vec<Asset> {
        let mut assets: Vec<Asset> = vec![];
        for inside in &self.threat.assets {
            for value in filler.values(inside) {
                let display = self.shown(inside, value);
                let asset = Asset { display, kind: self.view.kind_word(value) };
                if !assets.contains(&asset) {
                    assets.push(asset);
                }
            }
        }
        assets
    }

    /// The places of the proof, those about `at` first. If the proof has none about it, where the
    /// entity itself was seen comes first; if the proof has none at all, where any binding was.
    fn evidence(&self, row: &[ValueId], proof: &redan_solve::Proof) -> Vec<Evidence> {
        let column = self.threat.at.as_ref().and_then(|at| {
            let name = at.split('.').next().unwrap_or(at);
            self.rules.bindings.iter().position(|(n, _)| n == name)
        });
        let at = column.and_then(|c| row.get(c)).copied();
        let mut found = places(self.view, proof, at);
        if found.is_empty() {
            found = at
                .iter()
                .chain(row)
                .map(|value| self.seen(*value))
                .find(|list| !list.is_empty())
                .unwrap_or_default();
        }
        found
    }

    fn seen(&self, value: ValueId) -> Vec<Evidence> {
        let Some(kind) = self.view.kind_of(value) else { return vec![] };
        let Some(relation) = self.view.member_relation(kind) else { return vec![] };
        let Some(number) = self.solution.facts.relation(relation).find(&[value]) else {
            return vec![];
        };
        places(self.view, &self.solution.proof(relation, number), None)
    }

    fn measures(&self, row: &[ValueId], filler: &Filler<'_>) -> Vec<Measure> {
        let words = self.technologies(row);
        self.threat
            .mitigations
            .iter()
            .filter_map(|id| self.view.program.schema.mitigations.get(id.0 as usize))
            .map(|m| measure(m, &words, filler))
            .collect()
    }

    /// The words of the technologies of what was matched, of the ends of flows too.
    fn technologies(&self, row: &[ValueId]) -> Vec<String> {
        let values = &self.view.facts.values;
        let mut words = vec![];
        let mut add = |entity: ValueId| {
            for technology in self.view.values(entity, "technology") {
                let text = self.view.show(technology).to_lowercase();
                words.extend(
                    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '+' | '#' | '.'))
                        .map(str::to_owned),
                );
                words.push(text);
            }
        };
        for value in row {
            add(*value);
            if let Value::Entity { key, .. } = values.get(*value) {
                for part in key {
                    if matches!(values.get(*part), Value::Entity { .. }) {
                        add(*part);
                    }
                }
            }
        }
        words
    }

    fn status(&self, row: &[ValueId]) -> Status {
        let schema = &self.view.program.schema;
        for (number, relation) in &self.rules.exceptions {
            let Some(change) = schema.changes.get(*number) else { continue };
            let holds = self.solution.facts.relation(*relation).find(row).is_some();
            if holds && !self.expired(change.until.as_deref()) {
                return Status::Excepted(Exception {
                    because: change.because.clone(),
                    until: change.until.clone(),
                    pack: schema
                        .packs
                        .get(change.declared.pack.0 as usize)
                        .map_or_else(String::new, |p| p.name.clone()),
                });
            }
        }
        Status::Open
    }

    fn expired(&self, until: Option<&str>) -> bool {
        // Days are written YYYY-MM-DD, so texts compare as days do.
        until.is_some_and(|until| !self.today.is_empty() && until < self.today)
    }

    fn check_exceptions(&self, diagnostics: &mut Vec<Diagnostic>) {
        let name = short_name(&self.threat.declared.name);
        for (number, relation) in &self.rules.exceptions {
            let Some(change) = self.view.program.schema.changes.get(*number) else { continue };
            let touched = self.solution.facts.relation(*relation).len();
            let (source, span) = (change.declared.source, change.declared.item);
            if let Some(until) = change.until.as_deref().filter(|u| self.expired(Some(u))) {
                diagnostics.push(
                    Diagnostic::warning(
                        580,
                        format!("the exception for `{name}` expired on {until}"),
                    )
                    .at(source, span, format!("{touched} findings count again"))
                    .help("settle the threat, or decide again and give a new day"),
                );
            } else if touched == 0 && !self.solution.incomplete {
                diagnostics.push(
                    Diagnostic::note(581, format!("the exception for `{name}` touches no finding"))
                        .at(source, span, "")
                        .help("remove it if the threat is gone"),
                );
            }
        }
    }
}

fn measure(mitigation: &Mitigation, words: &[String], filler: &Filler<'_>) -> Measure {
    let variant = mitigation.variants.iter().find_map(|(names, steps)| {
        let word = names.iter().find(|n| words.contains(&n.to_lowercase()))?;
        Some((word, steps))
    });
    Measure {
        name: mitigation.declared.name.clone(),
        title: filler.text(&mitigation.title),
        steps: filler.text(variant.map_or(&mitigation.steps, |(_, steps)| steps)),
        technology: variant.map(|(word, _)| word.clone()),
        references: mitigation.references.clone(),
    }
}
