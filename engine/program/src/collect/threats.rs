//! Threats and mitigations: fields become typed texts, numbers and names.

use redan_base::{Diagnostic, SourceId, Span};
use redan_grammar::syntax::{Block, Expr, ExprKind, Field, ItemKind, Name};

use super::fields::{
    FieldRow, MITIGATION_FIELDS, THREAT_FIELDS, VARIANT_FIELDS, label_of, text_of, word_of,
};
use super::register::Order;
use super::{Collector, Insertion, PackItem, path_of};
use crate::names::{Scope, likely_or_list};
use crate::schema::{
    Adjustment, Maturity, Mitigation, MitigationId, Risk, Stride, Texts, Threat, ThreatId,
};

/// The texts of a threat that translations and overrides may replace.
pub(super) const TEXT_FIELDS: [&str; 8] =
    ["title", "source", "given", "action", "impact", "description", "false_positives", "detection"];

/// A text of a threat by the name of its field.
pub(super) fn text_field<'t>(threat: &'t mut Threat, field: &str) -> Option<&'t mut Texts> {
    Some(match field {
        "title" => &mut threat.title,
        "source" => &mut threat.who,
        "given" => &mut threat.given,
        "action" => &mut threat.action,
        "impact" => &mut threat.impact,
        "description" => &mut threat.description,
        "false_positives" => &mut threat.false_positives,
        "detection" => &mut threat.detection,
        _ => return None,
    })
}

pub(super) fn texts(text: &str) -> Texts {
    Texts { text: text.to_owned(), translations: vec![] }
}

impl Collector<'_> {
    pub(super) fn mitigations(&mut self, items: &[PackItem], order: &Order) {
        for item in order.mitigations.iter().filter_map(|i| items.get(*i)) {
            let ItemKind::Mitigation(block) = &item.item.kind else { continue };
            let mitigation = self.mitigation(item, block);
            self.out.schema.mitigations.push(mitigation);
        }
    }

    fn mitigation(&mut self, item: &PackItem, block: &Block) -> Mitigation {
        let scope = item.scope();
        let mut result = Mitigation {
            declared: self.declared(item, &block.name),
            title: Texts::default(),
            steps: Texts::default(),
            variants: vec![],
            references: vec![],
        };
        let fields =
            self.fields(scope, "mitigation", &block.name, &block.fields, MITIGATION_FIELDS);
        let has_variants = fields.iter().any(|(r, _)| r.name == "for");
        for (row, field) in fields {
            let first = field.values.first();
            match row.name {
                "title" => result.title = texts(first.and_then(text_of).unwrap_or_default()),
                "steps" => result.steps = texts(first.and_then(text_of).unwrap_or_default()),
                "reference" => result.references.extend(self.addresses(scope, field)),
                "for" => {
                    let words: Vec<String> = field.values.iter().filter_map(label_of).collect();
                    let inner = field.block.as_deref().unwrap_or_default();
                    let name = Name { text: words.join(", "), span: field.name.span };
                    let steps = self.fields(scope, "`for` part", &name, inner, VARIANT_FIELDS);
                    for (_, inner) in steps {
                        let text = inner.values.first().and_then(text_of).unwrap_or_default();
                        result.variants.push((words.clone(), texts(text)));
                    }
                }
                _ => {}
            }
        }
        if result.steps.text.is_empty() && !has_variants {
            let written = block.fields.iter().any(|f| f.name.text == "steps");
            if !written {
                self.report(
                    Diagnostic::error(
                        502,
                        format!("mitigation `{}` has no `steps`", block.name.text),
                    )
                    .at(item.source, block.name.span, "")
                    .help("say how to do it: `steps \"…\"`, or `for WORD { steps \"…\" }`"),
                );
            }
        }
        result
    }

    pub(super) fn threats(&mut self, items: &[PackItem], order: &Order) {
        for (index, item) in order.threats.iter().filter_map(|i| items.get(*i)).enumerate() {
            let ItemKind::Threat(block) = &item.item.kind else { continue };
            let mut threat = self.new_threat(item, &block.name);
            let conditions = block.fields.iter();
            threat.conditions = conditions
                .filter(|f| matches!(f.name.text.as_str(), "match" | "where"))
                .filter_map(|f| f.condition.as_ref())
                .map(|c| c.span)
                .collect();
            let id = ThreatId(index as u32);
            let fields =
                self.fields(item.scope(), "threat", &block.name, &block.fields, THREAT_FIELDS);
            // The severity first: `raise` and `lower` are compared with it.
            let (severity, others): (Vec<_>, Vec<_>) =
                fields.into_iter().partition(|(r, _)| r.name == "severity");
            for (row, field) in severity.into_iter().chain(others) {
                self.threat_field(item.scope(), id, &mut threat, row, field);
            }
            self.out.schema.threats.push(threat);
        }
    }

    fn new_threat(&self, item: &PackItem, name: &Name) -> Threat {
        Threat {
            declared: self.declared(item, name),
            title: Texts::default(),
            stride: vec![],
            severity: Risk::Medium,
            severity_reason: None,
            adjustments: vec![],
            conditions: vec![],
            who: Texts::default(),
            given: Texts::default(),
            action: Texts::default(),
            impact: Texts::default(),
            description: Texts::default(),
            false_positives: Texts::default(),
            detection: Texts::default(),
            assets: vec![],
            at: None,
            mitigations: vec![],
            cwe: vec![],
            capec: vec![],
            standards: vec![],
            references: vec![],
            tags: vec![],
            maturity: Maturity::default(),
            lifecycle: vec![],
            disabled_by: None,
            overridden_by: vec![],
        }
    }

    /// Sets one field of a threat: of its item or of an `override`.
    pub(super) fn threat_field(
        &mut self,
        scope: Scope,
        id: ThreatId,
        threat: &mut Threat,
        row: &FieldRow,
        field: &Field,
    ) {
        let first = field.values.first();
        if let Some(slot) = text_field(threat, row.name) {
            if let Some(first) = first {
                *slot = texts(text_of(first).unwrap_or_default());
                self.insertions(scope, id, first);
            }
            return;
        }
        match row.name {
            "stride" => {
                threat.stride = field.values.iter().filter_map(|v| self.stride(scope, v)).collect();
                threat.stride.sort();
                threat.stride.dedup();
            }
            "severity" => {
                if let Some(risk) = first.and_then(|v| self.risk(scope, v)) {
                    threat.severity = risk;
                }
                threat.severity_reason = field.because.as_ref().map(|b| texts(&b.value));
                if let Some(because) = &field.because {
                    self.text_insertions(scope, id, &because.value, because.span);
                }
            }
            "raise" | "lower" => self.adjustment(scope, id, threat, field),
            "assets" => {
                threat.assets =
                    field.values.iter().filter_map(|v| self.binding(scope, id, v)).collect();
            }
            "at" => threat.at = first.and_then(|v| self.binding(scope, id, v)),
            "mitigate" => {
                for value in &field.values {
                    let Some(path) = path_of(value) else { continue };
                    match self.out.names.mitigation(scope, &path) {
                        Ok(found) if threat.mitigations.contains(&found) => {}
                        Ok(found) => threat.mitigations.push(found),
                        Err(d) => self.report(d),
                    }
                }
            }
            "cwe" => threat.cwe = numbers(field),
            "capec" => threat.capec = numbers(field),
            "reference" => threat.references.extend(self.addresses(scope, field)),
            "tags" => threat.tags = labels(field),
            "maturity" => {
                if let Some(maturity) = first.and_then(|v| self.maturity(scope, v)) {
                    threat.maturity = maturity;
                }
            }
            "replaced_by" => {
                let Some(path) = first.and_then(path_of) else { return };
                match self.out.names.threat(scope, &path) {
                    Ok(other) => self.replacements.push((id, other)),
                    Err(d) => self.report(d),
                }
            }
            "since" | "deprecated" => {
                threat.lifecycle.push((row.name.to_owned(), labels(field).join(", ")));
            }
            "owasp" | "asvs" | "attack" | "nist" | "cis" | "aws" => {
                threat.standards.retain(|(name, _)| name != row.name);
                threat.standards.push((row.name.to_owned(), labels(field)));
                threat.standards.sort();
            }
            _ => {}
        }
    }

    fn adjustment(&mut self, scope: Scope, id: ThreatId, threat: &mut Threat, field: &Field) {
        let (Some(value), Some(condition), Some(because)) =
            (field.values.first(), &field.condition, &field.because)
        else {
            return;
        };
        let Some(to) = self.risk(scope, value) else { return };
        let raise = field.name.text == "raise";
        if (raise && to <= threat.severity) || (!raise && to >= threat.severity) {
            let from = threat.severity.word();
            let (word, other) = if raise { ("raise", "above") } else { ("lower", "below") };
            self.report(
                Diagnostic::warning(513, format!("`{word} {}` never changes anything", to.word()))
                    .at(scope.source, value.span, "")
                    .help(format!("the severity is `{from}`: take one {other} it")),
            );
        }
        self.text_insertions(scope, id, &because.value, because.span);
        threat.adjustments.push(Adjustment {
            to,
            raise,
            condition: condition.clone(),
            because: texts(&because.value),
            span: field.span,
        });
    }

    fn stride(&mut self, scope: Scope, value: &Expr) -> Option<Stride> {
        let word = word_of(value)?;
        let found = Stride::ALL.into_iter().find(|s| s.word() == word.text);
        if found.is_none() {
            let text = word.text.as_str();
            let short = Stride::ALL.into_iter().find(|s| {
                text.len() == 1 && s.word().starts_with(&text.to_lowercase())
                    || text.len() > 3 && s.word().starts_with(text)
            });
            let close = match text {
                "dos" | "DoS" | "availability" => Some(Stride::DenialOfService),
                "eop" | "EoP" | "privilege_escalation" | "authorization" => {
                    Some(Stride::ElevationOfPrivilege)
                }
                "info_disclosure" | "disclosure" | "confidentiality" | "privacy" => {
                    Some(Stride::InformationDisclosure)
                }
                "integrity" => Some(Stride::Tampering),
                "authentication" => Some(Stride::Spoofing),
                _ => short,
            };
            let help = match close {
                Some(close) => format!("did you mean `{}`?", close.word()),
                None => likely_or_list(text, Stride::ALL.map(Stride::word)),
            };
            self.report(
                Diagnostic::error(505, format!("STRIDE has no category `{text}`"))
                    .at(scope.source, word.span, "")
                    .help(help),
            );
        }
        found
    }

    pub(super) fn risk(&mut self, scope: Scope, value: &Expr) -> Option<Risk> {
        let word = word_of(value)?;
        let found = Risk::ALL.into_iter().find(|r| r.word() == word.text);
        if found.is_none() {
            let help = match word.text.as_str() {
                "moderate" | "mid" | "warning" => "did you mean `medium`?".to_owned(),
                "severe" | "error" => "did you mean `high`?".to_owned(),
                "note" | "none" | "informational" => "did you mean `info`?".to_owned(),
                other => likely_or_list(other, Risk::ALL.map(Risk::word)),
            };
            self.report(
                Diagnostic::error(506, format!("there is no severity `{}`", word.text))
                    .at(scope.source, word.span, "")
                    .help(help),
            );
        }
        found
    }

    fn maturity(&mut self, scope: Scope, value: &Expr) -> Option<Maturity> {
        let word = word_of(value)?;
        let found = maturity_of(&word.text);
        if found.is_none() {
            self.report(
                Diagnostic::error(507, format!("there is no maturity `{}`", word.text))
                    .at(scope.source, word.span, "")
                    .help(likely_or_list(&word.text, MATURITIES)),
            );
        }
        found
    }

    fn addresses(&mut self, scope: Scope, field: &Field) -> Vec<String> {
        let mut good = vec![];
        for value in &field.values {
            let Some(text) = text_of(value) else { continue };
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            if rest.is_some_and(|r| !r.is_empty() && !r.contains(char::is_whitespace)) {
                good.push(text.to_owned());
                continue;
            }
            self.report(
                Diagnostic::error(509, "this is not an address")
                    .at(scope.source, value.span, "")
                    .help("write it in full, as in `reference \"https://example.org/page\"`"),
            );
        }
        good
    }

    /// A binding of the match, perhaps with attributes; the lowering checks that it is bound.
    fn binding(&mut self, scope: Scope, threat: ThreatId, value: &Expr) -> Option<String> {
        let parts = parts_of(value)?;
        let text = parts.join(".");
        let source = scope.source;
        self.out.insertions.push(Insertion { threat, source, span: value.span, parts });
        Some(text)
    }

    pub(super) fn insertions(&mut self, scope: Scope, threat: ThreatId, value: &Expr) {
        if let ExprKind::Text(text) = &value.kind {
            self.text_insertions(scope, threat, text, value.span);
        }
    }

    /// Notes what a text fills in.
    pub(super) fn text_insertions(
        &mut self,
        scope: Scope,
        threat: ThreatId,
        text: &str,
        span: Span,
    ) {
        for (n, inserted) in crate::texts::insertions(text).into_iter().enumerate() {
            let span = self.insertion_place(scope.source, span, n);
            let source = scope.source;
            self.out.insertions.push(Insertion { threat, source, span, parts: inserted.parts });
        }
    }

    pub(super) fn insertion_place(&self, source: SourceId, span: Span, n: usize) -> Span {
        let text = self.sources.get(source).map_or("", |s| s.text());
        crate::texts::place(text, span, n)
    }

    /// `replaced_by`, which needs all threats.
    pub(super) fn replaced(&mut self) {
        for (id, other) in std::mem::take(&mut self.replacements) {
            let threats = &mut self.out.schema.threats;
            let name = threats.get(other.0 as usize).map(|t| t.declared.name.clone());
            if let (Some(threat), Some(name)) = (threats.get_mut(id.0 as usize), name) {
                threat.lifecycle.push(("replaced_by".to_owned(), name));
                threat.lifecycle.sort();
            }
        }
    }

    /// Mitigations that no threat names.
    pub(super) fn unused_mitigations(&mut self) {
        let schema = &self.out.schema;
        let used: std::collections::BTreeSet<MitigationId> =
            schema.threats.iter().flat_map(|t| t.mitigations.iter().copied()).collect();
        let mut unused = vec![];
        for (mitigation, id) in schema.mitigations.iter().zip((0..).map(MitigationId)) {
            if used.contains(&id) {
                continue;
            }
            let short = mitigation.declared.name.rsplit('.').next().unwrap_or_default();
            unused.push(
                Diagnostic::warning(514, format!("no threat is mitigated by `{short}`"))
                    .at(mitigation.declared.source, mitigation.declared.span, "")
                    .help(format!("add `mitigate {short}` to a threat, or remove it")),
            );
        }
        self.diagnostics.extend(unused);
    }
}

const MATURITIES: [&str; 3] = ["sandbox", "incubating", "stable"];

pub(super) fn maturity_of(word: &str) -> Option<Maturity> {
    Some(match word {
        "sandbox" => Maturity::Sandbox,
        "incubating" => Maturity::Incubating,
        "stable" => Maturity::Stable,
        _ => return None,
    })
}

/// `d`, `d.class`, `request.from.in`: names with points between them.
fn parts_of(value: &Expr) -> Option<Vec<String>> {
    let mut parts = vec![];
    let mut at = value;
    loop {
        match &at.kind {
            ExprKind::Access(of, name) => {
                parts.push(name.text.clone());
                at = of;
            }
            ExprKind::Name(name) => {
                parts.extend(name.rsplit('.').map(str::to_owned));
                parts.reverse();
                return Some(parts);
            }
            _ => return None,
        }
    }
}

fn numbers(field: &Field) -> Vec<u32> {
    let mut all: Vec<u32> = field
        .values
        .iter()
        .filter_map(|v| match v.kind {
            ExprKind::Int(n) => u32::try_from(n).ok(),
            _ => None,
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn labels(field: &Field) -> Vec<String> {
    field.values.iter().filter_map(label_of).collect()
}
