//! The relations of a program, and the rules that make attributes of observations and statements.

use std::sync::Arc;

use redan_base::Span;
use redan_facts::RelationId;
use redan_grammar::syntax::Compare;

use super::Lowering;
use super::core::{Attribute, Part, Twin};
use crate::functions;
use crate::ir::{Atom, Bound, Literal, Origin, RelationInfo, Role, Rule, Term, Variable};
use crate::names;
use crate::schema::{self, KindId, Type};

/// The relations of an attribute. Those of an extracted kind's field are all the same one.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeRelations {
    pub value: RelationId,
    pub found: RelationId,
    pub stated: RelationId,
    pub conflict: RelationId,
    pub known: RelationId,
    pub unknown: RelationId,
}

/// How an attribute can be without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Of an extracted kind: it is there or not.
    Field {
        /// Whether it may be missing.
        optional: bool,
    },
    /// `from` and `to` of a flow: always there.
    Key,
    /// `name`: there or not, of several observations all hold.
    Name,
    /// Unknown until seen.
    Open,
    /// Has a default; unknown only if observations contradict each other.
    Closed,
    /// `…?`: absent until seen; unknown only if observations contradict each other.
    Optional,
}

impl Mode {
    /// Whether its value may be unknown.
    pub fn lifts(self) -> bool {
        matches!(self, Self::Open | Self::Closed | Self::Optional)
    }

    /// Whether it may be absent without being unknown.
    pub fn may_miss(self) -> bool {
        matches!(self, Self::Field { optional: true } | Self::Name | Self::Optional)
    }
}

impl Lowering<'_> {
    /// The schema's entry of an attribute.
    pub(super) fn attribute(&self, (kind, index): Attribute) -> Option<&schema::Attribute> {
        self.schema.kinds.get(kind.0 as usize)?.attributes.get(index as usize)
    }

    pub(super) fn attribute_relations(&self, (kind, index): Attribute) -> AttributeRelations {
        const NONE: RelationId = RelationId(u32::MAX);
        let none = AttributeRelations {
            value: NONE,
            found: NONE,
            stated: NONE,
            conflict: NONE,
            known: NONE,
            unknown: NONE,
        };
        let of = self.attributes.get(kind.0 as usize);
        of.and_then(|a| a.get(index as usize)).copied().unwrap_or(none)
    }

    pub(super) fn mode(&self, of: Attribute) -> Mode {
        let Some(kind) = self.schema.kinds.get(of.0.0 as usize) else { return Mode::Name };
        let Some(attribute) = kind.attributes.get(of.1 as usize) else { return Mode::Name };
        if kind.extracted {
            let optional = attribute.optional || attribute.set;
            Mode::Field { optional: optional && attribute.default.is_none() }
        } else if kind.is_flow && matches!(attribute.name.as_str(), "from" | "to") {
            Mode::Key
        } else if of.1 == 0 && attribute.name == "name" {
            Mode::Name
        } else if attribute.default.is_some() {
            Mode::Closed
        } else if attribute.optional {
            Mode::Optional
        } else {
            Mode::Open
        }
    }

    /// `component.in`, with the pack of the kind.
    pub(super) fn attribute_name(&self, of: Attribute) -> String {
        let kind = self.schema.kinds.get(of.0.0 as usize);
        let kind = kind.map_or("?", |k| k.declared.name.as_str());
        format!("{kind}.{}", self.attribute(of).map_or("?", |a| a.name.as_str()))
    }

    pub(super) fn kind_name(&self, kind: KindId) -> &str {
        self.schema.kinds.get(kind.0 as usize).map_or("?", |k| k.declared.name.as_str())
    }

    pub(super) fn kind_relation(&self, kind: KindId) -> RelationId {
        self.kinds.get(kind.0 as usize).copied().unwrap_or(RelationId(u32::MAX))
    }

    pub(super) fn add_relation(
        &mut self,
        name: String,
        columns: Vec<Type>,
        role: Role,
        bound: Bound,
    ) -> RelationId {
        let id = RelationId(self.program.relations.len() as u32);
        Arc::make_mut(&mut self.program.relations).push(RelationInfo {
            name,
            columns,
            role,
            bound,
            twin: id,
        });
        id
    }

    /// A relation of one bound, or of both.
    pub(super) fn add_twin(
        &mut self,
        name: &str,
        columns: Vec<Type>,
        role: Role,
        open: bool,
    ) -> Twin {
        let certain =
            self.add_relation(name.to_owned(), columns.clone(), role.clone(), Bound::Certain);
        if !open {
            return Twin::one(certain);
        }
        let possible = self.add_relation(name.to_owned(), columns, role, Bound::Possible);
        for (id, twin) in [(certain, possible), (possible, certain)] {
            if let Some(info) = Arc::make_mut(&mut self.program.relations).get_mut(id.0 as usize) {
                info.twin = twin;
            }
        }
        Twin { certain, possible }
    }

    /// Relations of all kinds, attributes and sets.
    pub(super) fn declare(&mut self) {
        for (index, kind) in self.schema.kinds.iter().enumerate() {
            let id = KindId(index as u32);
            let name = kind.declared.name.clone();
            let relation =
                self.add_relation(name, vec![Type::Entity(id)], Role::Kind(id), Bound::Certain);
            self.kinds.push(relation);
        }
        for (index, kind) in self.schema.kinds.iter().enumerate() {
            let id = KindId(index as u32);
            let list = (0..kind.attributes.len() as u32).map(|a| self.declare_attribute((id, a)));
            let list = list.collect();
            self.attributes.push(list);
        }
        for set in &self.schema.sets {
            let name = format!("set {}", set.declared.name);
            let id =
                self.add_relation(name, vec![set.element.clone()], Role::Auxiliary, Bound::Certain);
            for member in &set.members {
                self.program.facts.push(crate::ir::StatedFact {
                    relation: id,
                    row: vec![*member],
                    source: set.declared.source,
                    span: set.declared.span,
                });
            }
            self.sets.push(id);
        }
    }

    fn declare_attribute(&mut self, of: Attribute) -> AttributeRelations {
        let (kind, index) = of;
        let ty = self.attribute(of).map_or(Type::Any, |a| a.ty.clone());
        let name = self.attribute_name(of);
        let entity = Type::Entity(kind);
        let two = vec![entity.clone(), ty];
        let mut add = |suffix: &str, columns: &[Type], role: Role| {
            self.add_relation(format!("{name}{suffix}"), columns.to_vec(), role, Bound::Certain)
        };
        let value = add("", &two, Role::Attribute(kind, index));
        if self.schema.kinds.get(kind.0 as usize).is_some_and(|k| k.extracted) {
            return AttributeRelations {
                value,
                found: value,
                stated: value,
                conflict: value,
                known: value,
                unknown: value,
            };
        }
        let one = std::slice::from_ref(&entity);
        let mut add = |suffix: &str, columns: &[Type], role: Role| {
            self.add_relation(format!("{name}{suffix}"), columns.to_vec(), role, Bound::Certain)
        };
        AttributeRelations {
            value,
            found: add("@found", &two, Role::Found(kind, index)),
            stated: add("@stated", &two, Role::Stated(kind, index)),
            conflict: add("@conflict", one, Role::Conflict(kind, index)),
            known: add("@known", one, Role::Known(kind, index)),
            unknown: add("@unknown", one, Role::Unknown(kind, index)),
        }
    }

    /// The rules of inheritance and of attributes.
    pub(super) fn kind_rules(&mut self) {
        for (index, kind) in self.schema.kinds.iter().enumerate() {
            let id = KindId(index as u32);
            if let Some(parent) = kind.parent {
                let item = format!("kind {} is {}", kind.declared.name, self.kind_name(parent));
                let e = Term::Variable(Variable(0));
                let (head, body) = (self.kind_relation(parent), self.kind_relation(id));
                let origin = self.kind_origin(id, kind.declared.span, item, &["it"]);
                self.plain_rule(head, &[e], vec![atom(body, &[e])], origin);
            }
            if kind.extracted {
                continue;
            }
            for index in 0..kind.attributes.len() as u32 {
                self.attribute_rules((id, index));
            }
        }
    }

    fn attribute_rules(&mut self, of: Attribute) {
        let Some(attribute) = self.attribute(of) else { return };
        let (set, default, span) = (attribute.set, attribute.default, attribute.span);
        let mode = self.mode(of);
        let r = self.attribute_relations(of);
        let item = format!("attribute {}", self.attribute_name(of));
        let kind = self.kind_relation(of.0);
        let origin =
            |l: &mut Self| l.kind_origin(of.0, span, item.clone(), &["it", "value", "other"]);
        let [e, v, w] = [0, 1, 2].map(|i| Term::Variable(Variable(i)));
        let mut add = |head: RelationId, arguments: &[Term], body: Vec<Literal>| {
            let origin = origin(self);
            self.plain_rule(head, arguments, body, origin);
        };
        let single = !set && matches!(mode, Mode::Open | Mode::Closed | Mode::Optional);
        let no_conflict = |mut body: Vec<Literal>| {
            if single {
                body.push(not(r.conflict, &[e]));
            }
            body
        };
        // What a model states overrules what was found, but for the ends of flows, which are their identity.
        add(r.value, &[e, v], no_conflict(vec![atom(r.stated, &[e, v])]));
        let mut found = vec![atom(r.found, &[e, v])];
        if mode != Mode::Key {
            found.push(not(r.stated, &[e, Term::Wild]));
        }
        add(r.value, &[e, v], no_conflict(found));
        if single {
            let differ = Literal::Compare(Compare::Ne, v, w);
            let two = |of: RelationId| vec![atom(of, &[e, v]), atom(of, &[e, w]), differ.clone()];
            add(r.conflict, &[e], two(r.stated));
            let mut found = two(r.found);
            found.push(not(r.stated, &[e, Term::Wild]));
            add(r.conflict, &[e], found);
        }
        if let (Mode::Closed, Some(default)) = (mode, default) {
            let unseen = vec![
                atom(kind, &[e]),
                not(r.found, &[e, Term::Wild]),
                not(r.stated, &[e, Term::Wild]),
            ];
            add(r.value, &[e, Term::Constant(default)], unseen);
        }
        add(r.known, &[e], vec![atom(r.value, &[e, Term::Wild])]);
        match mode {
            Mode::Open => add(r.unknown, &[e], vec![atom(kind, &[e]), not(r.known, &[e])]),
            Mode::Closed | Mode::Optional if single => {
                add(r.unknown, &[e], vec![atom(r.conflict, &[e])]);
            }
            Mode::Closed | Mode::Optional | Mode::Key | Mode::Name | Mode::Field { .. } => {}
        }
    }

    fn kind_origin(&mut self, kind: KindId, span: Span, item: String, names: &[&str]) -> u32 {
        let declared = self.schema.kinds.get(kind.0 as usize).map(|k| &k.declared);
        let source = declared.map_or(redan_base::SourceId(0), |d| d.source);
        let variables = names.iter().map(|n| (*n).to_owned()).collect();
        self.add_origin(Origin { item, source, span, conditions: vec![], variables })
    }

    pub(super) fn add_origin(&mut self, origin: Origin) -> u32 {
        self.program.origins.push(origin);
        self.program.origins.len() as u32 - 1
    }

    /// A rule of the lowering itself: its variables are numbered from 0 without gaps.
    pub(super) fn plain_rule(
        &mut self,
        head: RelationId,
        arguments: &[Term],
        body: Vec<Literal>,
        origin: u32,
    ) {
        let mut variables = 0;
        for literal in &body {
            for v in literal_variables(literal) {
                variables = variables.max(v.0 + 1);
            }
        }
        if let Some(o) = self.program.origins.get_mut(origin as usize) {
            o.conditions = vec![o.span; body.len()];
            o.variables.resize(variables as usize, String::new());
        }
        let head = Atom { relation: head, arguments: arguments.to_vec() };
        Arc::make_mut(&mut self.program.rules).push(Rule {
            head,
            body,
            variables,
            stratum: 0,
            origin,
        });
    }

    /// The relation (entity, value or unknown) of a path of attributes; see the module doc of [`crate::ir`].
    pub(super) fn maybe(&mut self, path: &[Attribute]) -> RelationId {
        if let Some(known) = self.maybes.get(path) {
            return *known;
        }
        let (Some(first), Some(last)) = (path.first(), path.last()) else {
            return RelationId(u32::MAX);
        };
        let mut name = self.attribute_name(*first);
        for step in path.iter().skip(1) {
            name.push('.');
            name.push_str(self.attribute(*step).map_or("?", |a| a.name.as_str()));
        }
        name.push_str("@maybe");
        let item = name.clone();
        let ty = self.attribute(*last).map_or(Type::Any, |a| a.ty.clone());
        let columns = vec![Type::Entity(first.0), ty];
        let id = self.add_relation(name, columns, Role::Auxiliary, Bound::Certain);
        self.maybes.insert(path.to_vec(), id);
        let span = self.attribute(*first).map_or(Span::default(), |a| a.span);
        let unknown = Term::Constant(functions::unknown(&mut self.program.values));
        let start = Term::Variable(Variable(0));
        let mut prefix = vec![];
        for (i, step) in path.iter().enumerate() {
            let relations = self.attribute_relations(*step);
            let here = Term::Variable(Variable(i as u32));
            if self.mode(*step).lifts() {
                let mut body = prefix.clone();
                body.push(atom(relations.unknown, &[here]));
                let origin = self.kind_origin(first.0, span, item.clone(), &[]);
                self.plain_rule(id, &[start, unknown], body, origin);
            }
            let next = Term::Variable(Variable(i as u32 + 1));
            prefix.push(atom(relations.value, &[here, next]));
        }
        let end = Term::Variable(Variable(path.len() as u32));
        let origin = self.kind_origin(first.0, span, item, &[]);
        self.plain_rule(id, &[start, end], prefix, origin);
        id
    }

    /// The relation (entity, `true` or unknown) that tells whether a set attribute is complete.
    pub(super) fn state(&mut self, of: Attribute) -> RelationId {
        if let Some(known) = self.states.get(&of) {
            return *known;
        }
        let name = format!("{}@state", self.attribute_name(of));
        let item = name.clone();
        let columns = vec![Type::Entity(of.0), Type::Any];
        let id = self.add_relation(name, columns, Role::Auxiliary, Bound::Certain);
        self.states.insert(of, id);
        let span = self.attribute(of).map_or(Span::default(), |a| a.span);
        let unknown = Term::Constant(functions::unknown(&mut self.program.values));
        let known = Term::Constant(self.program.values.bool(true));
        let relations = self.attribute_relations(of);
        let e = Term::Variable(Variable(0));
        for (body, value) in [(relations.known, known), (relations.unknown, unknown)] {
            let origin = self.kind_origin(of.0, span, item.clone(), &["it"]);
            self.plain_rule(id, &[e, value], vec![atom(body, &[e])], origin);
        }
        id
    }

    /// The relation of the file, line or text of an extracted kind.
    pub(super) fn part(&mut self, kind: KindId, part: Part) -> RelationId {
        if let Some(known) = self.parts.get(&(kind, part)) {
            return *known;
        }
        let (word, ty, role) = match part {
            Part::File => ("file", Type::Str, Role::File(kind)),
            Part::Line => ("line", Type::Int, Role::Line(kind)),
            Part::Text => ("text", Type::Str, Role::TextOf(kind)),
        };
        let name = format!("{}.{word}", self.kind_name(kind));
        let id = self.add_relation(name, vec![Type::Entity(kind), ty], role, Bound::Certain);
        self.parts.insert((kind, part), id);
        id
    }

    /// The relation (flow, from, to).
    pub(super) fn ends(&mut self) -> Option<RelationId> {
        if let Some(known) = self.flow_ends {
            return Some(known);
        }
        let flow = self.d.names.flow_kind()?;
        let from = names::attribute(self.schema, flow, "from")?;
        let to = names::attribute(self.schema, flow, "to")?;
        let columns = vec![
            Type::Entity(flow),
            self.attribute(from)?.ty.clone(),
            self.attribute(to)?.ty.clone(),
        ];
        let name = format!("{}@ends", self.kind_name(flow));
        let item = name.clone();
        let id = self.add_relation(name, columns, Role::Auxiliary, Bound::Certain);
        self.flow_ends = Some(id);
        let [f, a, b] = [0, 1, 2].map(|i| Term::Variable(Variable(i)));
        let body = vec![
            atom(self.kind_relation(flow), &[f]),
            atom(self.attribute_relations(from).value, &[f, a]),
            atom(self.attribute_relations(to).value, &[f, b]),
        ];
        let span = self.attribute(from)?.span;
        let origin = self.kind_origin(flow, span, item, &["it", "from", "to"]);
        self.plain_rule(id, &[f, a, b], body, origin);
        Some(id)
    }

    /// The relation (from, to) of one or more flows.
    pub(super) fn reach(&mut self) -> Option<RelationId> {
        if let Some(known) = self.flow_reach {
            return Some(known);
        }
        let ends = self.ends()?;
        let flow = self.d.names.flow_kind()?;
        let columns: Vec<Type> =
            self.program.relations.get(ends.0 as usize)?.columns.iter().skip(1).cloned().collect();
        let name = format!("{}@reach", self.kind_name(flow));
        let item = name.clone();
        let id = self.add_relation(name, columns, Role::Auxiliary, Bound::Certain);
        self.flow_reach = Some(id);
        let [a, b, c] = [0, 1, 2].map(|i| Term::Variable(Variable(i)));
        let span = self.schema.kinds.get(flow.0 as usize)?.declared.span;
        let edge = |x, y| atom(ends, &[Term::Wild, x, y]);
        let origin = self.kind_origin(flow, span, item.clone(), &["from", "to"]);
        self.plain_rule(id, &[a, b], vec![edge(a, b)], origin);
        let origin = self.kind_origin(flow, span, item, &["from", "over", "to"]);
        self.plain_rule(id, &[a, c], vec![atom(id, &[a, b]), edge(b, c)], origin);
        Some(id)
    }
}

pub(super) fn atom(relation: RelationId, arguments: &[Term]) -> Literal {
    Literal::Atom(Atom { relation, arguments: arguments.to_vec() })
}

pub(super) fn not(relation: RelationId, arguments: &[Term]) -> Literal {
    Literal::Not(Atom { relation, arguments: arguments.to_vec() })
}

/// All variables of a literal.
pub(super) fn literal_variables(literal: &Literal) -> Vec<Variable> {
    super::core::variables(&literal_terms(literal)).collect()
}

/// All terms of a literal.
pub(super) fn literal_terms(literal: &Literal) -> Vec<Term> {
    match literal {
        Literal::Atom(a) | Literal::Not(a) => a.arguments.clone(),
        Literal::Compare(_, a, b) => vec![*a, *b],
        Literal::Call { arguments, result, .. } => {
            arguments.iter().copied().chain([*result]).collect()
        }
        Literal::Aggregate { keys, result, .. } => keys.iter().copied().chain([*result]).collect(),
    }
}
