//! Models written by hand: statements to facts.
//!
//! A statement says that an entity exists and what holds of it; it overrules what was found in files. Entities that a statement
//! refers to must be stated too, so that a misspelt name is not a new element.

use std::collections::BTreeMap;

use redan_base::{Diagnostic, SourceId, Span};
use redan_facts::{RelationId, ValueId, Values, normalise};
use redan_grammar::syntax::{Expr, ExprKind, Name, Output, Path, Statement, Text};

use crate::ir::{Program, Role, StatedFact};
use crate::names;
use crate::schema::{KindId, Schema, Type};

/// The facts of some statements, on top of the program's values.
pub fn model_facts(
    program: &Program,
    values: &mut Values,
    statements: &[Statement],
    source: SourceId,
) -> (Vec<StatedFact>, Vec<Diagnostic>) {
    let statements: Vec<_> = statements.iter().map(|s| (source, s)).collect();
    facts(program, values, &statements)
}

/// The same for statements of several files.
pub(crate) fn facts(
    program: &Program,
    values: &mut Values,
    statements: &[(SourceId, &Statement)],
) -> (Vec<StatedFact>, Vec<Diagnostic>) {
    let mut model = Model {
        schema: &program.schema,
        values,
        members: BTreeMap::new(),
        stated: BTreeMap::new(),
        elements: BTreeMap::new(),
        facts: vec![],
        diagnostics: vec![],
    };
    for (id, info) in (0..).map(RelationId).zip(program.relations.iter()) {
        match info.role {
            Role::Kind(kind) => {
                model.members.insert(kind, id);
            }
            Role::Stated(kind, index) => {
                model.stated.insert((kind, index), id);
            }
            _ => {}
        }
    }
    for (source, statement) in statements {
        model.declare(*source, statement);
    }
    for (source, statement) in statements {
        model.state(*source, statement);
    }
    (model.facts, model.diagnostics)
}

struct Model<'a> {
    schema: &'a Schema,
    values: &'a mut Values,
    members: BTreeMap<KindId, RelationId>,
    stated: BTreeMap<(KindId, u32), RelationId>,
    /// What is stated, by root kind and key, with the kind and the name as written.
    elements: BTreeMap<(KindId, String), (KindId, String)>,
    facts: Vec<StatedFact>,
    diagnostics: Vec<Diagnostic>,
}

impl Model<'_> {
    fn declare(&mut self, source: SourceId, statement: &Statement) {
        let Statement::Entity { kind, name, .. } = statement else { return };
        if let Ok(kind) = self.kind(source, kind) {
            let key = (self.root(kind), normalise(&name.value));
            self.elements.entry(key).or_insert((kind, name.value.clone()));
        }
    }

    fn state(&mut self, source: SourceId, statement: &Statement) {
        match statement {
            Statement::Entity { kind, name, inside, attributes, span } => {
                let kind = match self.kind(source, kind) {
                    Ok(kind) => kind,
                    Err(d) => {
                        self.diagnostics.push(d);
                        return;
                    }
                };
                let root = self.name_of(self.root(kind)).to_owned();
                let entity = self.values.entity(&root, &name.value);
                self.member(source, kind, entity, *span);
                self.name(source, kind, entity, name);
                if let Some(inside) = inside {
                    let word = Name { text: "in".to_owned(), span: inside.span };
                    let kind_ = ExprKind::Text(inside.value.clone());
                    let value = Expr { kind: kind_, span: inside.span };
                    self.attribute(source, kind, entity, &word, &value);
                }
                self.attributes(source, kind, entity, attributes);
            }
            Statement::Flow { from, to, label, attributes, span } => {
                let Some(kind) = self.flow_kind() else {
                    let message = "`->` needs a kind `flow` with the attributes `from` and `to`";
                    let d = Diagnostic::error(216, message).at(source, *span, "");
                    self.diagnostics.push(d.help("pack `core` declares one"));
                    return;
                };
                let mut key = vec![];
                let mut ends = vec![];
                for (word, end) in [("from", from), ("to", to)] {
                    let Some(attribute) = names::attribute(self.schema, kind, word) else { return };
                    let ty = self.attribute_type(attribute).map(|(t, _)| t);
                    let Some(Type::Entity(of)) = ty else { return };
                    if let Some(entity) = self.element(source, of, &end.value, end.span) {
                        key.push(entity);
                        ends.push((attribute, entity, end.span));
                    }
                }
                if key.len() != 2 {
                    return;
                }
                if let Some(label) = label {
                    key.push(self.values.text(&label.value));
                }
                let root = self.name_of(self.root(kind)).to_owned();
                let entity = self.values.entity_of(&root, &key);
                self.member(source, kind, entity, *span);
                if let Some(label) = label {
                    self.name(source, kind, entity, label);
                }
                for (attribute, end, span) in ends {
                    self.row(source, attribute, entity, end, span);
                }
                self.attributes(source, kind, entity, attributes);
            }
        }
    }

    fn member(&mut self, source: SourceId, kind: KindId, entity: ValueId, span: Span) {
        if let Some(relation) = self.members.get(&kind).copied() {
            self.facts.push(StatedFact { relation, row: vec![entity], source, span });
        }
    }

    fn name(&mut self, source: SourceId, kind: KindId, entity: ValueId, name: &Text) {
        if let Some(attribute) = names::attribute(self.schema, kind, "name") {
            let value = self.values.text(&name.value);
            self.row(source, attribute, entity, value, name.span);
        }
    }

    fn row(
        &mut self,
        source: SourceId,
        attribute: (KindId, u32),
        entity: ValueId,
        value: ValueId,
        span: Span,
    ) {
        if let Some(relation) = self.stated.get(&attribute).copied() {
            self.facts.push(StatedFact { relation, row: vec![entity, value], source, span });
        }
    }

    fn attributes(
        &mut self,
        source: SourceId,
        kind: KindId,
        entity: ValueId,
        attributes: &[Output],
    ) {
        for Output { name, value } in attributes {
            self.attribute(source, kind, entity, name, value);
        }
    }

    fn attribute(
        &mut self,
        source: SourceId,
        kind: KindId,
        entity: ValueId,
        name: &Name,
        value: &Expr,
    ) {
        let Some(attribute) = names::attribute(self.schema, kind, &name.text) else {
            self.diagnostics.push(names::unknown_attribute(self.schema, kind, source, name));
            return;
        };
        let is_flow = self.schema.kinds.get(attribute.0.0 as usize).is_some_and(|k| k.is_flow);
        if is_flow && matches!(name.text.as_str(), "from" | "to") {
            let message = format!("`{}` is written before and after the arrow", name.text);
            self.diagnostics.push(Diagnostic::error(223, message).at(source, name.span, ""));
            return;
        }
        let Some((ty, set)) = self.attribute_type(attribute) else { return };
        let elements = match &value.kind {
            ExprKind::List(list) if set => list.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for element in elements {
            if let Some(found) = self.value(source, &ty, element) {
                self.row(source, attribute, entity, found, name.span.to(element.span));
            }
        }
    }

    /// A constant of a type.
    fn value(&mut self, source: SourceId, ty: &Type, expr: &Expr) -> Option<ValueId> {
        let needed = match (ty, &expr.kind) {
            (Type::Bool | Type::Any, ExprKind::Bool(b)) => return Some(self.values.bool(*b)),
            (Type::Int | Type::Any, ExprKind::Int(n)) => return Some(self.values.int(*n)),
            (Type::Str | Type::Any, ExprKind::Text(t)) => return Some(self.values.text(t)),
            (Type::Enum(of), ExprKind::Name(text)) => {
                let found = names::symbol(self.schema, *of, text);
                if found.is_none() {
                    let word = Name { text: text.clone(), span: expr.span };
                    self.diagnostics.push(names::unknown_symbol(self.schema, *of, source, &word));
                }
                return found;
            }
            (Type::Entity(kind), ExprKind::Name(text) | ExprKind::Text(text)) => {
                return self.element(source, *kind, text, expr.span);
            }
            (Type::Bool, _) => "`true` or `false`".to_owned(),
            (Type::Int, _) => "a number".to_owned(),
            (Type::Str, _) => "a text in quotes".to_owned(),
            (Type::Enum(of), _) => {
                let name = self.schema.enums.get(of.0 as usize).map(|e| e.declared.name.as_str());
                format!("a symbol of `{}`", name.map_or("?", short))
            }
            (Type::Entity(kind), _) => format!("the name of a `{}`", short(self.name_of(*kind))),
            (Type::Any, _) => "a value".to_owned(),
        };
        let mut d =
            Diagnostic::error(205, format!("{needed} is needed here")).at(source, expr.span, "");
        if let (Type::Str, ExprKind::Name(text)) = (ty, &expr.kind) {
            d = d.help(format!("write \"{text}\""));
        }
        self.diagnostics.push(d);
        None
    }

    /// An entity that the model states.
    fn element(
        &mut self,
        source: SourceId,
        kind: KindId,
        name: &str,
        span: Span,
    ) -> Option<ValueId> {
        let root = self.root(kind);
        match self.elements.get(&(root, normalise(name))) {
            Some((found, _)) if names::is_a(self.schema, *found, kind) => {
                let root = self.name_of(root).to_owned();
                Some(self.values.entity(&root, name))
            }
            Some((found, _)) => {
                let (is, needed) = (short(self.name_of(*found)), short(self.name_of(kind)));
                let message = format!("`{name}` is a `{is}`, but a `{needed}` is needed here");
                self.diagnostics.push(Diagnostic::error(205, message).at(source, span, ""));
                None
            }
            None => {
                let known = self.elements.iter().filter(|((r, _), _)| *r == root);
                let close = names::likely(name, known.map(|(_, (_, n))| n.as_str()));
                let needed = short(self.name_of(kind));
                let help = match close {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("state it: `{needed} {name}`"),
                };
                let message = format!("the model has no {needed} `{name}`");
                let d = Diagnostic::error(225, message).at(source, span, "").help(help);
                self.diagnostics.push(d);
                None
            }
        }
    }

    fn attribute_type(&self, (kind, index): (KindId, u32)) -> Option<(Type, bool)> {
        let attribute = self.schema.kinds.get(kind.0 as usize)?.attributes.get(index as usize)?;
        Some((attribute.ty.clone(), attribute.set))
    }

    fn root(&self, kind: KindId) -> KindId {
        self.schema.kinds.get(kind.0 as usize).map_or(kind, |k| k.root)
    }

    fn name_of(&self, kind: KindId) -> &str {
        self.schema.kinds.get(kind.0 as usize).map_or("?", |k| k.declared.name.as_str())
    }

    fn flow_kind(&self) -> Option<KindId> {
        let all = (0..).map(KindId).zip(&self.schema.kinds);
        let flows = all.filter(|(_, k)| k.is_flow && short(&k.declared.name) == "flow");
        flows.min_by_key(|(_, k)| k.declared.name != "core.flow").map(|(i, _)| i)
    }

    /// The kind of a name. A model belongs to no pack and sees the kinds of all, those of `core` first.
    fn kind(&self, source: SourceId, path: &Path) -> Result<KindId, Diagnostic> {
        let fits = |name: &str| match &path.pack {
            Some(pack) => {
                name.split_once('.') == Some((pack.text.as_str(), path.name.text.as_str()))
            }
            None => short(name) == path.name.text,
        };
        let all = (0..).map(KindId).zip(&self.schema.kinds);
        let found = all
            .filter(|(_, k)| fits(&k.declared.name))
            .min_by_key(|(_, k)| !k.declared.name.starts_with("core."));
        match found {
            Some((id, kind)) if !kind.extracted => Ok(id),
            Some((_, kind)) => {
                let message = format!("a `{}` comes from files alone", path.name.text);
                Err(Diagnostic::error(220, message).at(source, path.span, "").at(
                    kind.declared.source,
                    kind.declared.span,
                    "declared here",
                ))
            }
            None => {
                let all = self.schema.kinds.iter().filter(|k| !k.extracted);
                let words = all.map(|k| short(&k.declared.name));
                let d = Diagnostic::error(101, format!("there is no kind `{}`", path.name.text))
                    .at(source, path.name.span, "");
                Err(d.help(names::likely_or_list(&path.name.text, words)))
            }
        }
    }
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
