//! Solved facts by the names that people use: what an entity is called, of which kind it is, and
//! what is known about it.

use std::borrow::Cow;

use redan_base::{Place, SourceId, Sources};
use redan_facts::{Facts, RelationId, Value, ValueId};
use redan_program::ir::{Bound, Program, Role};
use redan_program::schema::{Kind, KindId, Type};
use rustc_hash::FxHashMap;

/// A look at the facts of one run.
#[derive(Debug)]
pub struct View<'a> {
    /// The program.
    pub program: &'a Program,
    /// The facts.
    pub facts: &'a Facts,
    /// The sources.
    pub sources: &'a Sources,
    /// The language of texts.
    pub language: String,
    members: Vec<Option<RelationId>>,
    possible_members: Vec<Option<RelationId>>,
    attributes: FxHashMap<(KindId, u32), RelationId>,
    stated: FxHashMap<(KindId, u32), RelationId>,
    found: FxHashMap<(KindId, u32), RelationId>,
    names: FxHashMap<ValueId, ValueId>,
    /// Texts that rules write, and their translations.
    texts: FxHashMap<&'a str, &'a str>,
    /// Those with a part that varies, the longest first: what is before and after it, and the translation.
    patterns: Vec<(&'a str, &'a str, &'a str)>,
    rows_of: FxHashMap<RelationId, FxHashMap<ValueId, Vec<u32>>>,
    by_path: FxHashMap<&'a str, SourceId>,
}

impl<'a> View<'a> {
    /// Looks at these facts.
    pub fn new(
        program: &'a Program,
        facts: &'a Facts,
        sources: &'a Sources,
        language: &str,
    ) -> Self {
        let kinds = program.schema.kinds.len();
        let mut view = Self {
            program,
            facts,
            sources,
            language: language.to_owned(),
            members: vec![None; kinds],
            possible_members: vec![None; kinds],
            attributes: FxHashMap::default(),
            stated: FxHashMap::default(),
            found: FxHashMap::default(),
            names: FxHashMap::default(),
            texts: FxHashMap::default(),
            patterns: vec![],
            rows_of: FxHashMap::default(),
            by_path: sources.iter().map(|(id, s)| (s.path(), id)).collect(),
        };
        for (number, info) in program.relations.iter().enumerate() {
            let id = RelationId(number as u32);
            if let Role::Kind(kind) = info.role {
                let list = match info.bound {
                    Bound::Certain => &mut view.members,
                    Bound::Possible => &mut view.possible_members,
                };
                if let Some(slot) = list.get_mut(kind.0 as usize) {
                    *slot = Some(id);
                }
            }
            if info.bound == Bound::Possible {
                continue;
            }
            match info.role {
                Role::Attribute(kind, n) => _ = view.attributes.insert((kind, n), id),
                Role::Stated(kind, n) => _ = view.stated.insert((kind, n), id),
                Role::Found(kind, n) => _ = view.found.insert((kind, n), id),
                Role::Kind(_)
                | Role::Conflict(..)
                | Role::Known(..)
                | Role::Unknown(..)
                | Role::File(_)
                | Role::Line(_)
                | Role::TextOf(_)
                | Role::Declared(_)
                | Role::Threat(_)
                | Role::Adjust(..)
                | Role::Except(_)
                | Role::Policy(_)
                | Role::Same
                | Role::Auxiliary => {}
            }
        }
        let wanted: Vec<RelationId> = view
            .attributes
            .values()
            .chain(view.stated.values())
            .chain(view.found.values())
            .copied()
            .collect();
        for id in wanted {
            let mut index: FxHashMap<ValueId, Vec<u32>> = FxHashMap::default();
            for (row, entity) in facts.relation(id).column(0).iter().enumerate() {
                index.entry(ValueId(*entity)).or_default().push(row as u32);
            }
            view.rows_of.insert(id, index);
        }
        view.collect_names();
        view.collect_texts();
        view
    }

    /// The translations of texts that rules write.
    fn collect_texts(&mut self) {
        for (language, key, translation) in &self.program.schema.words {
            let Some(text) = key.strip_prefix("text ") else { continue };
            if *language != self.language {
                continue;
            }
            match text.split_once("{}") {
                Some((before, after)) => self.patterns.push((before, after, translation)),
                None => _ = self.texts.insert(text, translation),
            }
        }
        let length = |before: &str, after: &str| std::cmp::Reverse(before.len() + after.len());
        self.patterns.sort_by_key(|(before, after, _)| (length(before, after), *before));
    }

    /// The name of an entity: what a model states, else the shortest, else the first by alphabet.
    fn collect_names(&mut self) {
        for (number, kind) in self.program.schema.kinds.iter().enumerate() {
            let named = kind.attributes.first().is_some_and(|a| a.name == "name");
            if kind.extracted || !named {
                continue;
            }
            let key = (KindId(number as u32), 0);
            for relation in [self.stated.get(&key), self.attributes.get(&key), self.found.get(&key)]
                .into_iter()
                .flatten()
            {
                let Some(index) = self.rows_of.get(relation) else { continue };
                let names = self.facts.relation(*relation).column(1);
                let mut chosen = vec![];
                // The order of the map does not matter: each entity is looked at by itself.
                #[allow(
                    clippy::iter_over_hash_type,
                    reason = "entities do not depend on each other"
                )]
                for (entity, rows) in index {
                    let best = rows
                        .iter()
                        .filter_map(|r| names.get(*r as usize).copied().map(ValueId))
                        .min_by(|a, b| {
                            let length = |v| self.facts.values.as_str(v).map_or(0, str::len);
                            length(*a)
                                .cmp(&length(*b))
                                .then_with(|| self.facts.values.compare(*a, *b))
                        });
                    chosen.extend(best.map(|b| (*entity, b)));
                }
                for (entity, name) in chosen {
                    self.names.entry(entity).or_insert(name);
                }
            }
        }
    }

    /// A kind.
    pub fn kind(&self, id: KindId) -> Option<&'a Kind> {
        self.program.schema.kinds.get(id.0 as usize)
    }

    /// The kind of a short name in the pack `core`, else in any pack.
    pub fn kind_named(&self, short: &str) -> Option<KindId> {
        let full = format!("core.{short}");
        let kinds = &self.program.schema.kinds;
        kinds
            .iter()
            .position(|k| k.declared.name == full)
            .or_else(|| kinds.iter().position(|k| short_name(&k.declared.name) == short))
            .map(|i| KindId(i as u32))
    }

    /// The relation of a declared one's certain rows, by its full name.
    pub fn declared(&self, name: &str) -> Option<RelationId> {
        self.program.declared(name)
    }

    /// The rows that certainly hold of a declared relation, by its full name; none if no pack has it.
    pub fn rows(&self, name: &str) -> Vec<Vec<ValueId>> {
        self.declared(name).map_or_else(Vec::new, |id| {
            self.facts.relation(id).rows().map(|(_, row)| row).collect()
        })
    }

    /// The members of a kind, those of its heirs among them, sorted by name.
    pub fn members(&self, kind: KindId) -> Vec<ValueId> {
        let relation = self.members.get(kind.0 as usize).copied().flatten();
        let mut members: Vec<ValueId> = relation
            .map(|r| self.facts.relation(r).column(0).iter().map(|v| ValueId(*v)).collect())
            .unwrap_or_default();
        members.sort_by_cached_key(|m| self.order(*m));
        members
    }

    /// The relation of a kind's members.
    pub fn member_relation(&self, kind: KindId) -> Option<RelationId> {
        self.members.get(kind.0 as usize).copied().flatten()
    }

    /// Where a member of a kind was seen.
    pub fn places(&self, kind: KindId, entity: ValueId) -> Vec<Place> {
        let Some(relation) = self.member_relation(kind) else { return vec![] };
        let relation = self.facts.relation(relation);
        relation.find(&[entity]).map(|r| relation.places(r)).unwrap_or_default()
    }

    /// The most special kind that an entity belongs to.
    pub fn kind_of(&self, entity: ValueId) -> Option<KindId> {
        let Value::Entity { root, .. } = self.facts.values.get(entity) else { return None };
        let kinds = &self.program.schema.kinds;
        let holds = |list: &[Option<RelationId>], number: usize| {
            list.get(number)
                .copied()
                .flatten()
                .is_some_and(|r| self.facts.relation(r).find(&[entity]).is_some())
        };
        for list in [&self.members, &self.possible_members] {
            let best = kinds
                .iter()
                .enumerate()
                .filter(|(n, k)| {
                    kinds.get(k.root.0 as usize).is_some_and(|r| r.declared.name == **root)
                        && holds(list, *n)
                })
                .map(|(n, _)| KindId(n as u32))
                .max_by_key(|k| (self.ancestors(*k).len(), std::cmp::Reverse(*k)));
            if best.is_some() {
                return best;
            }
        }
        kinds.iter().position(|k| k.declared.name == **root).map(|i| KindId(i as u32))
    }

    /// A kind and what it inherits from, itself first.
    pub fn ancestors(&self, kind: KindId) -> Vec<KindId> {
        let mut chain = vec![kind];
        let mut next = self.kind(kind).and_then(|k| k.parent);
        while let Some(parent) = next {
            if chain.contains(&parent) {
                break;
            }
            chain.push(parent);
            next = self.kind(parent).and_then(|k| k.parent);
        }
        chain
    }

    /// Whether a kind is another or inherits from it.
    pub fn is_a(&self, kind: KindId, other: KindId) -> bool {
        self.ancestors(kind).contains(&other)
    }

    /// The short name of an entity's kind; empty for a plain value.
    pub fn kind_word(&self, value: ValueId) -> String {
        self.kind_of(value)
            .and_then(|k| self.kind(k))
            .map(|k| short_name(&k.declared.name).to_owned())
            .unwrap_or_default()
    }

    /// The name of a kind in the language of the report.
    pub fn kind_text(&self, kind: &Kind) -> String {
        self.word(&format!("kind {}", kind.declared.name))
            .map_or_else(|| short_name(&kind.declared.name).replace('_', " "), str::to_owned)
    }

    /// A translated word of the packs.
    pub fn word(&self, key: &str) -> Option<&'a str> {
        let words = &self.program.schema.words;
        let at =
            words.partition_point(|(l, k, _)| (l.as_str(), k.as_str()) < (&self.language, key));
        let (language, found, text) = words.get(at)?;
        (*language == self.language && found == key).then_some(text.as_str())
    }

    /// A text that a rule wrote, in the language of the report.
    pub fn said<'t>(&self, text: &'t str) -> Cow<'t, str>
    where
        'a: 't,
    {
        if let Some(translation) = self.texts.get(text) {
            return Cow::Borrowed(translation);
        }
        let varying = self.patterns.iter().find_map(|(before, after, translation)| {
            let inside = text.strip_prefix(before)?.strip_suffix(after)?;
            (!inside.is_empty()).then(|| translation.replacen("{}", inside, 1))
        });
        varying.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// An attribute of a kind by its name: where it is declared.
    pub fn attribute_named(&self, kind: KindId, name: &str) -> Option<(KindId, u32)> {
        self.ancestors(kind).into_iter().find_map(|k| {
            let n = self.kind(k)?.attributes.iter().position(|a| a.name == name)?;
            Some((k, n as u32))
        })
    }

    /// The known values of an attribute of an entity, sorted.
    pub fn values(&self, entity: ValueId, attribute: &str) -> Vec<ValueId> {
        self.kind_of(entity)
            .and_then(|k| self.attribute_named(k, attribute))
            .and_then(|a| self.attributes.get(&a).copied())
            .map_or_else(Vec::new, |r| self.follow(r, entity))
    }

    /// The relation that holds the known values of an attribute of an entity.
    pub fn attribute_relation(&self, entity: ValueId, attribute: &str) -> Option<RelationId> {
        let kind = self.kind_of(entity)?;
        self.attributes.get(&self.attribute_named(kind, attribute)?).copied()
    }

    /// Observations or statements of an attribute: value and places, sorted by value.
    pub fn observations(
        &self,
        entity: ValueId,
        attribute: &str,
        stated: bool,
    ) -> Vec<(ValueId, Vec<Place>)> {
        let Some(key) = self.kind_of(entity).and_then(|k| self.attribute_named(k, attribute))
        else {
            return vec![];
        };
        let map = if stated { &self.stated } else { &self.found };
        let Some(id) = map.get(&key) else { return vec![] };
        let relation = self.facts.relation(*id);
        let rows = self.rows_of.get(id).and_then(|i| i.get(&entity));
        let mut all: Vec<(ValueId, Vec<Place>)> = rows
            .into_iter()
            .flatten()
            .filter_map(|r| relation.row(*r).get(1).map(|v| (*v, relation.places(*r))))
            .collect();
        all.sort_by(|a, b| self.facts.values.compare(a.0, b.0));
        all
    }

    /// The values that an attribute's relation gives for an entity, sorted.
    pub fn follow(&self, relation: RelationId, entity: ValueId) -> Vec<ValueId> {
        let column = self.facts.relation(relation).column(1);
        let mut values: Vec<ValueId> = match self.rows_of.get(&relation) {
            Some(index) => index
                .get(&entity)
                .into_iter()
                .flatten()
                .filter_map(|r| column.get(*r as usize).copied().map(ValueId))
                .collect(),
            None => self
                .facts
                .relation(relation)
                .rows()
                .filter(|(_, row)| row.first() == Some(&entity))
                .filter_map(|(_, row)| row.get(1).copied())
                .collect(),
        };
        values.sort_by(|a, b| self.facts.values.compare(*a, *b));
        values.dedup();
        values
    }

    /// The one value of an attribute as text.
    pub fn text(&self, entity: ValueId, attribute: &str) -> Option<String> {
        self.values(entity, attribute).first().map(|v| self.show(*v))
    }

    /// The one value of an attribute as a truth value.
    pub fn truth(&self, entity: ValueId, attribute: &str) -> Option<bool> {
        match self.facts.values.get(*self.values(entity, attribute).first()?) {
            Value::Bool(b) => Some(*b),
            Value::Int(_) | Value::Str(_) | Value::Symbol { .. } | Value::Entity { .. } => None,
        }
    }

    /// A value as people read it: an entity by its name, a flow by its ends, an extracted fact by
    /// its place.
    ///
    /// A text that a rule wrote is in the language of the report.
    pub fn show(&self, value: ValueId) -> String {
        // A flow of flows does not exist, so two levels are enough; the bound is for broken keys.
        self.show_within(value, 4, true)
    }

    /// The same as models and packs write it, in whatever language the report is.
    pub fn name(&self, value: ValueId) -> String {
        self.show_within(value, 4, false)
    }

    fn show_within(&self, value: ValueId, depth: u32, translated: bool) -> String {
        let values = &self.facts.values;
        let key = match values.get(value) {
            Value::Entity { key, .. } => key,
            Value::Str(text) if translated => return self.said(text).into_owned(),
            _ => return values.show(value),
        };
        if depth == 0 {
            return "…".to_owned();
        }
        let entity = |v: &ValueId| matches!(values.get(*v), Value::Entity { .. });
        match key.as_ref() {
            [from, to, rest @ ..] if entity(from) && entity(to) => {
                let mut text = format!(
                    "{} -> {}",
                    self.show_within(*from, depth - 1, translated),
                    self.show_within(*to, depth - 1, translated)
                );
                for label in rest {
                    text.push_str(&format!(
                        " ({})",
                        self.show_within(*label, depth - 1, translated)
                    ));
                }
                text
            }
            [path, start, _, _] if matches!(values.get(*start), Value::Int(_)) => {
                let path = values.show(*path);
                let line = self.by_path.get(path.as_str()).and_then(|id| self.sources.get(*id));
                let Value::Int(offset) = values.get(*start) else { return path };
                match line {
                    Some(source) => format!("{path}:{}", source.line_of(*offset as u32)),
                    None => path,
                }
            }
            _ => {
                let name = values.show(self.names.get(&value).copied().unwrap_or(value));
                if translated { self.said(&name).into_owned() } else { name }
            }
        }
    }

    /// What entities are sorted by: what is shown first, and the key, so that two of one name keep
    /// their order.
    pub fn order(&self, value: ValueId) -> (String, String) {
        (self.show(value), self.stable_key(value))
    }

    /// What identifies a value from run to run: kind and key, of an extracted fact its file alone.
    pub fn stable_key(&self, value: ValueId) -> String {
        self.stable_within(value, 4)
    }

    fn stable_within(&self, value: ValueId, depth: u32) -> String {
        let values = &self.facts.values;
        match values.get(value) {
            Value::Bool(b) => format!("b:{b}"),
            Value::Int(n) => format!("i:{n}"),
            Value::Str(s) => format!("s:{}:{s}", s.len()),
            Value::Symbol { of, name, .. } => format!("y:{of}:{name}"),
            Value::Entity { root, key } => {
                let extracted = matches!(key.as_ref(), [_, start, _, _] if matches!(values.get(*start), Value::Int(_)));
                let parts = if extracted { key.get(..1).unwrap_or_default() } else { key.as_ref() };
                let mut text = format!("e:{root}(");
                if depth > 0 {
                    for part in parts {
                        text.push_str(&self.stable_within(*part, depth - 1));
                        text.push(',');
                    }
                }
                text.push(')');
                text
            }
        }
    }

    /// The type of an attribute.
    pub fn attribute_type(&self, kind: KindId, number: u32) -> Option<&'a Type> {
        self.kind(kind)?.attributes.get(number as usize).map(|a| &a.ty)
    }
}

/// `name` of `pack.name`.
pub fn short_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
