//! Conditions of all items, lowered to rules.
//!
//! In three steps: names and types of every condition are resolved to leaves of steps and tests ([`resolve`]); the relations
//! that depend on something unknown are found; then each condition becomes rules, in both bounds where it must ([`emit`]).
//! What is derived (entities, their attributes, `same`) follows from what certainly holds alone; relations, threats and queries
//! have both bounds if anything in them can be unknown.

mod core;
mod emit;
mod expr;
mod items;
mod leaves;
mod relations;
mod resolve;
mod rule;
mod scope;
mod strata;
#[cfg(test)]
mod tests;
mod threats;
mod types;
mod verbs;

use std::collections::BTreeMap;

use redan_base::Diagnostic;
use redan_facts::{RelationId, ValueId};
use redan_grammar::syntax::ItemKind;

use self::core::{Attribute, Body, Part, Twin};
use self::items::Prepared;
use self::relations::AttributeRelations;
use crate::ir::{Bound, Extractor, ExtractorCase, ExtractorField, Program, Role};
use crate::names::Meaning;
use crate::schema::{KindId, Schema, ThreatId, Type};
use crate::{Declarations, Options, functions, model};

pub(crate) use self::emit::symbol;

/// Lowers all items of the declarations.
pub fn lower(
    declarations: &Declarations,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let mut values = declarations.values.clone();
    let unknown = functions::unknown(&mut values);
    let mut lowering = Lowering {
        d: declarations,
        schema: &declarations.schema,
        options,
        program: Program {
            schema: declarations.schema.clone(),
            values,
            policies: declarations.policies.clone(),
            ..Program::default()
        },
        diagnostics: vec![],
        unknown,
        kinds: vec![],
        attributes: vec![],
        sets: vec![],
        declared: vec![],
        open: vec![],
        maybes: BTreeMap::new(),
        states: BTreeMap::new(),
        parts: BTreeMap::new(),
        flow_ends: None,
        flow_reach: None,
        match_bodies: vec![],
    };
    lowering.run();
    diagnostics.append(&mut lowering.diagnostics);
    lowering.program
}

/// What is known while a program is made.
struct Lowering<'a> {
    d: &'a Declarations,
    schema: &'a Schema,
    options: &'a Options,
    program: Program,
    diagnostics: Vec<Diagnostic>,
    /// The value that stands for an unknown one.
    unknown: ValueId,
    /// Membership, by kind.
    kinds: Vec<RelationId>,
    attributes: Vec<Vec<AttributeRelations>>,
    /// Members of sets.
    sets: Vec<RelationId>,
    /// The declared relations.
    declared: Vec<Twin>,
    /// Which of them depend on something unknown.
    open: Vec<bool>,
    maybes: BTreeMap<Vec<Attribute>, RelationId>,
    states: BTreeMap<Attribute, RelationId>,
    parts: BTreeMap<(KindId, Part), RelationId>,
    flow_ends: Option<RelationId>,
    flow_reach: Option<RelationId>,
    /// The conjunctions of the match that was prepared last.
    match_bodies: Vec<Body>,
}

impl Lowering<'_> {
    fn run(&mut self) {
        self.declare();
        self.kind_rules();
        let mut prepared = vec![];
        let mut same = vec![];
        let mut threats = BTreeMap::new();
        for item in &self.d.items {
            match &item.item.kind {
                ItemKind::Clause(clause) => prepared.extend(self.prepare_clause(item, clause)),
                ItemKind::Derive(derive) => prepared.extend(self.prepare_derive(item, derive)),
                ItemKind::Same(s) => same.extend(self.prepare_same(item, s)),
                ItemKind::Threat(block) => {
                    if let Some(Meaning::Threat(id)) = item.declares {
                        let made = self.prepare_threat(id, item, block);
                        threats.insert(id, (item, made));
                    }
                }
                _ => {}
            }
        }
        self.find_open(&prepared);
        self.declare_relations();
        for item in prepared {
            self.emit_item(item);
        }
        if !same.is_empty() {
            let columns = vec![Type::Any, Type::Any];
            let relation =
                self.add_relation("same".to_owned(), columns, Role::Same, Bound::Certain);
            self.program.same = Some(relation);
            for (cx, terms, bodies) in same {
                self.emit_same(relation, cx, &terms, &bodies);
            }
        }
        for id in (0..self.schema.threats.len() as u32).map(ThreatId) {
            let (item, made) = threats.remove(&id).unzip();
            self.emit_threat(id, item, made);
        }
        self.query();
        self.models();
        self.extractors();
        self.stratify();
    }

    /// A relation is open if one of its clauses reads something that can be unknown, through any number of relations.
    fn find_open(&mut self, prepared: &[Prepared]) {
        self.open = vec![false; self.schema.relations.len()];
        loop {
            let mut changed = false;
            for item in prepared {
                let Prepared::Clause { cx, relation, bodies, .. } = item else { continue };
                let relation = *relation as usize;
                if self.open.get(relation) == Some(&false)
                    && bodies.iter().any(|b| self.is_open(cx, b))
                    && let Some(open) = self.open.get_mut(relation)
                {
                    *open = true;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn declare_relations(&mut self) {
        for (index, relation) in self.schema.relations.iter().enumerate() {
            let columns = relation.parameters.iter().map(|(_, t)| t.clone()).collect();
            let open = self.open.get(index).copied().unwrap_or(false);
            let role = Role::Declared(index as u32);
            let twin = self.add_twin(&relation.declared.name, columns, role, open);
            self.declared.push(twin);
        }
    }

    /// The statements of models in pack files.
    fn models(&mut self) {
        let mut statements = vec![];
        for item in &self.d.items {
            match &item.item.kind {
                ItemKind::System(system) => {
                    statements.extend(system.statements.iter().map(|s| (item.source, s)));
                }
                ItemKind::Statement(statement) => statements.push((item.source, statement)),
                _ => {}
            }
        }
        if statements.is_empty() {
            return;
        }
        let mut values = std::mem::take(&mut self.program.values);
        let (facts, diagnostics) = model::facts(&self.program, &mut values, &statements);
        self.program.values = values;
        self.program.facts.extend(facts);
        self.diagnostics.extend(diagnostics);
    }

    fn extractors(&mut self) {
        for item in &self.d.items {
            let (ItemKind::Extract(extract), Some(Meaning::Kind(kind))) =
                (&item.item.kind, item.declares)
            else {
                continue;
            };
            let Some(declared) = self.schema.kinds.get(kind.0 as usize) else { continue };
            let mut fields = vec![];
            for (index, attribute) in declared.attributes.iter().enumerate() {
                fields.push(ExtractorField {
                    name: attribute.name.clone(),
                    relation: self.attribute_relations((kind, index as u32)).value,
                    ty: attribute.ty.clone(),
                    optional: attribute.optional,
                    many: attribute.set,
                    default: attribute.default,
                });
            }
            let cases = extract.cases.iter().map(|case| ExtractorCase {
                outputs: case
                    .outputs
                    .iter()
                    .map(|o| {
                        fields.iter().position(|f| f.name == o.name.text).unwrap_or(usize::MAX)
                    })
                    .collect(),
                syntax: case.clone(),
                source: item.source,
            });
            let cases = cases.collect();
            let part = |part| self.parts.get(&(kind, part)).copied();
            let (file, line, text) = (part(Part::File), part(Part::Line), part(Part::Text));
            let member = self.kind_relation(kind);
            self.program.extractors.push(Extractor {
                kind,
                member,
                file,
                line,
                text,
                fields,
                cases,
            });
        }
    }
}
