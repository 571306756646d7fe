//! Puts a report together from what the other rooms give.

use redan_base::{Diagnostic, Place, Sources};
use redan_facts::RelationId;
use redan_program::ir::{Program, Role};
use redan_program::schema::{Change, Mitigation, Threat};
use redan_solve::Solution;
use redan_threats::{Finding, Status, View, spot};

use crate::data::{
    ChangeInfo, Coverage, PackInfo, PolicyResult, Report, RuleInfo, RuleState, RuleTexts,
    SCHEMA_VERSION, Tool,
};
use crate::drift;
use crate::exchange;
use crate::matrix::matrix;
use crate::notes::notes;
use crate::overview;
use crate::seen::seen;
use crate::words::words;

/// What a report is made from.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The program.
    pub program: &'a Program,
    /// What follows from it.
    pub solution: &'a Solution,
    /// What follows from the design documents alone, and from all other files, if there are such documents.
    pub parts: Option<(&'a Solution, &'a Solution)>,
    /// The sources.
    pub sources: &'a Sources,
    /// The findings, in their language.
    pub findings: Vec<Finding>,
    /// What was read and what not.
    pub coverage: Coverage,
    /// What all rooms had to say.
    pub diagnostics: &'a [Diagnostic],
    /// What the policies said.
    pub policy: Vec<PolicyResult>,
    /// The language of texts.
    pub language: &'a str,
    /// The name of the system where no model states one.
    pub system: &'a str,
    /// The version of the program.
    pub version: &'a str,
    /// Today, as `YYYY-MM-DD`, for the last days of exceptions; may be empty.
    pub today: &'a str,
    /// Whether everything could be looked at.
    pub complete: bool,
    /// Whether the report has the STRIDE matrix.
    pub matrix: bool,
}

impl Report {
    /// The report of a run.
    pub fn new(inputs: Inputs<'_>) -> Self {
        let view =
            View::new(inputs.program, &inputs.solution.facts, inputs.sources, inputs.language);
        let schema = &inputs.program.schema;
        let places = |relation: RelationId, row: u32| -> Vec<Place> {
            seen(inputs.program, inputs.solution, relation, row)
        };
        let mut coverage = inputs.coverage;
        coverage.skipped.sort();
        let mut packs: Vec<PackInfo> = schema
            .packs
            .iter()
            .map(|p| PackInfo { name: p.name.clone(), version: p.version.clone() })
            .collect();
        packs.sort_by(|a, b| a.name.cmp(&b.name));
        let architecture_rules = exchange::rules(&view);
        let mut report =
            Self {
                schema_version: SCHEMA_VERSION.to_owned(),
                tool: Tool { name: "redan".to_owned(), version: inputs.version.to_owned() },
                language: inputs.language.to_owned(),
                system: schema.system.clone().unwrap_or_else(|| inputs.system.to_owned()),
                complete: inputs.complete && !inputs.solution.incomplete,
                model: overview::model(&view, &places, &inputs.findings),
                rules: rules(&view, &inputs.findings),
                packs,
                coverage,
                diagnostics: notes(inputs.diagnostics, inputs.sources),
                changes: schema
                    .changes
                    .iter()
                    .enumerate()
                    .filter_map(|(n, c)| change(&view, n, c, &inputs.findings, inputs.today))
                    .collect(),
                drift: drift::of_model(&view)
                    .into_iter()
                    .chain(inputs.parts.iter().flat_map(|(documents, others)| {
                        drift::of_documents(&view, documents, others)
                    }))
                    .collect(),
                policy: inputs.policy,
                matrix: inputs.matrix.then(|| matrix(&view, inputs.solution, &inputs.findings)),
                exchange: exchange::exchange(&view, &architecture_rules),
                architecture_rules,
                links: None,
                since: None,
                findings: inputs.findings,
                summary: crate::data::Summary::default(),
            };
        (report.model.words, report.coverage.untranslated) = words(&view, &report);
        report.summarise();
        report
    }
}

fn rules(view: &View<'_>, findings: &[Finding]) -> Vec<RuleInfo> {
    let schema = &view.program.schema;
    let mut rules: Vec<RuleInfo> = schema
        .threats
        .iter()
        .enumerate()
        .map(|(number, threat)| {
            let count = findings.iter().filter(|f| f.rule == threat.declared.name).count();
            let state =
                if threat.disabled_by.is_some() || view.program.threats.get(number).is_none() {
                    RuleState::Disabled
                } else if count == 0 && idle(view, number) {
                    RuleState::Idle
                } else {
                    RuleState::Ran
                };
            rule(view, threat, state, count)
        })
        .collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}

fn rule(view: &View<'_>, threat: &Threat, state: RuleState, findings: usize) -> RuleInfo {
    let language = view.language.as_str();
    let mitigations: Vec<&Mitigation> = threat
        .mitigations
        .iter()
        .filter_map(|id| view.program.schema.mitigations.get(id.0 as usize))
        .collect();
    let mut references = threat.references.clone();
    references.extend(mitigations.iter().flat_map(|m| m.references.iter().cloned()));
    references.dedup();
    // The title is what makes a translation: a rule without one in a language has nothing to say in it.
    let others = threat.title.translations.iter().map(|(other, _)| other.as_str());
    let others = others.chain(["en"]).filter(|other| *other != language);
    let translations =
        others.map(|other| (other.to_owned(), rule_texts(threat, &mitigations, other))).collect();
    let RuleTexts { title, description, help } = rule_texts(threat, &mitigations, language);
    RuleInfo {
        name: threat.declared.name.clone(),
        title,
        description,
        stride: threat.stride.clone(),
        severity: Some(threat.severity),
        cwe: threat.cwe.clone(),
        tags: threat.tags.clone(),
        references,
        help,
        maturity: threat.maturity,
        state,
        findings,
        translations,
    }
}

fn rule_texts(threat: &Threat, mitigations: &[&Mitigation], language: &str) -> RuleTexts {
    let mut help = String::new();
    for mitigation in mitigations {
        let (title, steps) = (mitigation.title.get(language), mitigation.steps.get(language));
        help.push_str(&format!("### {title}\n\n{}\n\n", steps.trim_end()));
    }
    let description = match threat.description.get(language) {
        "" => threat.declared.docs.as_str(),
        text => text,
    };
    RuleTexts {
        title: threat.title.get(language).to_owned(),
        description: description.to_owned(),
        help: help.trim_end().to_owned(),
    }
}

/// Whether nothing of some kind that the match speaks of is there.
fn idle(view: &View<'_>, number: usize) -> bool {
    let Some(rules) = view.program.threats.get(number) else { return false };
    rules.bindings.iter().any(|(_, ty)| match ty {
        redan_program::schema::Type::Entity(kind) => {
            let empty = |bound| {
                view.program.relations.iter().enumerate().any(|(n, info)| {
                    info.role == Role::Kind(*kind)
                        && info.bound == bound
                        && view.facts.relation(RelationId(n as u32)).is_empty()
                })
            };
            empty(redan_program::ir::Bound::Certain)
        }
        _ => false,
    })
}

fn change(
    view: &View<'_>,
    number: usize,
    change: &Change,
    findings: &[Finding],
    today: &str,
) -> Option<ChangeInfo> {
    use redan_grammar::syntax::ChangeKind;
    let threat = view.program.schema.threats.get(change.threat.0 as usize)?;
    let rule = threat.declared.name.clone();
    let of_rule = findings.iter().filter(|f| f.rule == rule);
    let touched = match change.kind {
        ChangeKind::Except => of_rule
            .filter(|f| matches!(&f.status, Status::Excepted(e) if e.because == change.because))
            .count(),
        ChangeKind::Override if threat.overridden_by.contains(&number) => of_rule.count(),
        ChangeKind::Override | ChangeKind::Disable => 0,
    };
    let kind = match change.kind {
        ChangeKind::Except => "except",
        ChangeKind::Override => "override",
        ChangeKind::Disable => "disable",
    };
    let place = view.sources.place(change.declared.source, change.declared.item);
    let expired = change.until.as_deref().is_some_and(|until| !today.is_empty() && until < today);
    Some(ChangeInfo {
        kind: kind.to_owned(),
        rule,
        because: change.because.clone(),
        until: change.until.clone(),
        expired,
        findings: touched,
        at: Some(spot(view.sources, place)),
    })
}
