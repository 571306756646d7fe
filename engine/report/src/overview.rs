//! The system as it was recovered: components, zones, flows, entry points and data.
//!
//! The words of the pack `core` are known here by name alone. A kind or attribute that the packs do
//! not have leaves its section empty.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use redan_base::Place;
use redan_facts::{RelationId, Value, ValueId};
use redan_threats::{Finding, Spot, View, mask_value, spot};

use crate::data::{Boundary, Component, Element, Flow, Model, Shape};
use crate::posture;

/// Most places that are told of one element.
const MOST_PLACES: usize = 5;

/// Names of the vocabulary.
pub mod words {
    /// Parts of the system and of its surroundings.
    pub const COMPONENT: &str = "component";
    /// Zones of trust.
    pub const BOUNDARY: &str = "boundary";
    /// Calls.
    pub const FLOW: &str = "flow";
    /// Data.
    pub const DATA: &str = "data";
    /// Operations that are offered.
    pub const ENTRY: &str = "entry_point";
    /// Attributes that have their own place in the report.
    pub const SHOWN: &[&str] = &[
        "name",
        "in",
        "technology",
        "source",
        "internet_facing",
        "from",
        "to",
        "protocol",
        "encrypted",
        "authenticated",
        "access",
        "carries",
    ];
}

/// Where things were seen: the places that a fact rests on.
pub type Places<'a> = &'a dyn Fn(RelationId, u32) -> Vec<Place>;

/// The model of a run.
pub fn model(view: &View<'_>, places: Places<'_>, findings: &[Finding]) -> Model {
    let mut maker =
        Maker { view, places, traced: Cell::new(0), ids: BTreeMap::new(), taken: BTreeSet::new() };
    maker.model(findings)
}

/// Derived elements whose places are traced back to files; beyond, an element shows only where it was itself
/// extracted or stated. A diagram of so many elements is not read line by line, and each trace is a search.
const MOST_TRACED: u32 = 2_000;

struct Maker<'a> {
    view: &'a View<'a>,
    places: Places<'a>,
    traced: Cell<u32>,
    ids: BTreeMap<ValueId, String>,
    taken: BTreeSet<String>,
}

impl Maker<'_> {
    fn members(&self, kind: &str) -> Vec<ValueId> {
        self.view.kind_named(kind).map_or_else(Vec::new, |k| self.view.members(k))
    }

    /// A short name of letters, digits and `_` for an entity, unique in the report.
    fn id(&mut self, entity: ValueId, prefix: &str) -> String {
        if let Some(id) = self.ids.get(&entity) {
            return id.clone();
        }
        let name: String = self
            .view
            .name(entity)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .take(40)
            .collect();
        let base = format!("{prefix}_{}", name.trim_matches('_'));
        let mut id = base.clone();
        let mut number = 2;
        while !self.taken.insert(id.clone()) {
            id = format!("{base}_{number}");
            number += 1;
        }
        self.ids.insert(entity, id.clone());
        id
    }

    fn spots(&self, entity: ValueId) -> Vec<Spot> {
        let Some(kind) = self.view.kind_of(entity) else { return vec![] };
        let Some(relation) = self.view.member_relation(kind) else { return vec![] };
        let mut all = self.view.places(kind, entity);
        let row = self.view.facts.relation(relation).find(&[entity]);
        if let Some(row) = row
            && self.traced.get() < MOST_TRACED
        {
            self.traced.set(self.traced.get() + 1);
            all.extend((self.places)(relation, row));
        }
        let mut spots: Vec<Spot> = vec![];
        for place in all {
            let spot = spot(self.view.sources, place);
            if !spots.iter().any(|s| s.path == spot.path && s.line == spot.line) {
                spots.push(spot);
            }
            if spots.len() == MOST_PLACES {
                break;
            }
        }
        spots
    }

    fn texts(&self, entity: ValueId, attribute: &str) -> Vec<String> {
        self.view
            .values(entity, attribute)
            .into_iter()
            .map(|v| mask_value(attribute, &self.view.show(v)))
            .collect()
    }

    fn text(&self, entity: ValueId, attribute: &str) -> Option<String> {
        self.texts(entity, attribute).into_iter().next()
    }

    /// What is known of an entity beside what has a column of its own.
    fn attributes(&self, entity: ValueId, except: &[&str]) -> BTreeMap<String, Vec<String>> {
        let mut all = BTreeMap::new();
        let chain = self.view.kind_of(entity).map_or_else(Vec::new, |k| self.view.ancestors(k));
        for kind in chain.into_iter().filter_map(|k| self.view.kind(k)) {
            for attribute in &kind.attributes {
                if except.contains(&attribute.name.as_str()) || attribute.default.is_some() {
                    continue;
                }
                let values = self.texts(entity, &attribute.name);
                if !values.is_empty() {
                    all.insert(attribute.name.clone(), values);
                }
            }
        }
        all
    }

    /// The boundary that an entity is in.
    fn boundary_of(&self, entity: ValueId) -> Option<ValueId> {
        self.view.values(entity, "in").into_iter().next()
    }

    fn shape(&self, entity: ValueId) -> Shape {
        let Some(kind) = self.view.kind_of(entity) else { return Shape::Process };
        [Shape::Actor, Shape::External, Shape::Store]
            .into_iter()
            .find(|s| self.view.kind_named(s.word()).is_some_and(|k| self.view.is_a(kind, k)))
            .unwrap_or_default()
    }

    fn model(&mut self, findings: &[Finding]) -> Model {
        let mut by_entity: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for finding in findings {
            for binding in &finding.bindings {
                let ids = by_entity.entry((&binding.display, &binding.kind)).or_default();
                if ids.last() != Some(&finding.id) {
                    ids.push(finding.id.clone());
                }
            }
        }
        let about =
            |name: &str, kind: &str| by_entity.get(&(name, kind)).cloned().unwrap_or_default();
        let boundaries: Vec<ValueId> = self.members(words::BOUNDARY);
        for boundary in &boundaries {
            self.id(*boundary, "b");
        }
        let zones = boundaries
            .iter()
            .map(|b| Boundary {
                id: self.id(*b, "b"),
                name: self.view.show(*b),
                trust: self.text(*b, "trust"),
                inside: self.parent(*b, &boundaries),
                places: self.spots(*b),
            })
            .collect();
        let posture = posture::posture(self.view);
        let entities = self.members(words::COMPONENT);
        let mut components: Vec<Component> = entities
            .iter()
            .map(|c| {
                let (name, kind) = (self.view.show(*c), self.view.kind_word(*c));
                let boundary = self.boundary_of(*c).map(|b| self.id(b, "b"));
                Component {
                    id: self.id(*c, "c"),
                    shape: self.shape(*c),
                    technology: Some(self.texts(*c, "technology").join(", "))
                        .filter(|t| !t.is_empty()),
                    boundary,
                    internet_facing: self.view.truth(*c, "internet_facing"),
                    source: self.text(*c, "source"),
                    attributes: self.attributes(*c, words::SHOWN),
                    places: self.spots(*c),
                    findings: about(&name, &kind),
                    name,
                    kind,
                }
            })
            .collect();
        components.sort_by(|a, b| (a.shape, &a.name, &a.id).cmp(&(b.shape, &b.name, &b.id)));
        let flows = self
            .members(words::FLOW)
            .into_iter()
            .filter_map(|f| {
                let (name, kind) = (self.view.show(f), self.view.kind_word(f));
                let findings = about(&name, &kind);
                self.flow(f, name, findings)
            })
            .collect();
        let elements = |maker: &Self, kind: &str| -> Vec<Element> {
            maker
                .members(kind)
                .into_iter()
                .map(|e| Element {
                    name: maker.view.show(e),
                    kind: maker.view.kind_word(e),
                    attributes: maker.attributes(e, &["name"]),
                    places: maker.spots(e),
                })
                .collect()
        };
        let mut questions: Vec<String> =
            findings.iter().flat_map(|f| &f.questions).map(|q| q.text.clone()).collect();
        questions.sort();
        questions.dedup();
        Model {
            boundaries: zones,
            components,
            flows,
            entry_points: elements(self, words::ENTRY),
            data: elements(self, words::DATA),
            questions,
            purpose: posture::purpose(self.view, self.places),
            assets: posture::assets(self.view),
            posture,
            assumptions: posture::assumptions(self.view),
            defaults: posture::defaults(self.view),
            words: BTreeMap::new(),
        }
    }

    /// The zone around a zone, unless that leads back to it.
    fn parent(&mut self, boundary: ValueId, all: &[ValueId]) -> Option<String> {
        let outer = |b: ValueId| {
            let list = self.view.values(b, "inside");
            list.into_iter().find(|v| *v != b && all.contains(v))
        };
        let parent = outer(boundary)?;
        let mut seen = BTreeSet::from([boundary]);
        let mut next = Some(parent);
        while let Some(zone) = next {
            if !seen.insert(zone) {
                return None;
            }
            next = outer(zone);
        }
        Some(self.id(parent, "b"))
    }

    fn flow(&mut self, flow: ValueId, name: String, findings: Vec<String>) -> Option<Flow> {
        let Value::Entity { key, .. } = self.view.facts.values.get(flow) else { return None };
        let by_key = |n: usize| key.get(n).copied();
        let end = |attribute: &str, n: usize| {
            self.view.values(flow, attribute).first().copied().or_else(|| by_key(n))
        };
        let (from, to) = (end("from", 0)?, end("to", 1)?);
        // Zones that are not known are not compared: nobody knows whether the flow crosses.
        let zones = (self.boundary_of(from), self.boundary_of(to));
        let crosses = matches!(zones, (Some(a), Some(b)) if a != b);
        Some(Flow {
            id: self.id(flow, "f"),
            from: self.id(from, "c"),
            to: self.id(to, "c"),
            name,
            label: by_key(2).map(|l| self.view.show(l)),
            protocol: self.text(flow, "protocol"),
            encrypted: self.view.truth(flow, "encrypted"),
            authenticated: self.view.truth(flow, "authenticated"),
            access: self.texts(flow, "access"),
            carries: self.texts(flow, "carries"),
            crosses,
            places: self.spots(flow),
            findings,
        })
    }
}
