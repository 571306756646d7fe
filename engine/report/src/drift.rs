//! Where accounts of the system differ: a model by hand or a design document on one side, what the repository shows on the other.
//!
//! The document's side and the other files' side are solved apart from each other, so each is asked for what it knows by itself.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::Place;
use redan_facts::{RelationId, Value, ValueId, normalise};
use redan_program::ir::{Bound, Program, Role};
use redan_program::schema::{KindId, Type};
use redan_solve::Solution;
use redan_threats::{Spot, View, mask_value, spot};

use crate::asked;
use crate::data::{Account, Difference, Drift};
use crate::seen::seen;

/// Where statements of a model and observations differ, sorted.
pub fn of_model(view: &View<'_>) -> Vec<Drift> {
    let mut all: BTreeSet<Drift> = BTreeSet::new();
    for (number, info) in view.program.relations.iter().enumerate() {
        let Role::Stated(kind, attribute) = info.role else { continue };
        if info.bound == Bound::Possible {
            continue;
        }
        let attribute = view.kind(kind).and_then(|k| k.attributes.get(attribute as usize));
        // Names are written in many ways, and a set may be stated in parts.
        let Some(attribute) = attribute.filter(|a| a.name != "name" && !a.set) else { continue };
        let relation = view.facts.relation(RelationId(number as u32));
        let mut entities: Vec<ValueId> = relation.column(0).iter().map(|v| ValueId(*v)).collect();
        entities.sort_unstable();
        entities.dedup();
        for entity in entities {
            all.extend(differs(view, entity, &attribute.name));
        }
    }
    all.extend(missing(view));
    all.into_iter().collect()
}

fn differs(view: &View<'_>, entity: ValueId, attribute: &str) -> Option<Drift> {
    let stated = view.observations(entity, attribute, true);
    let found = view.observations(entity, attribute, false);
    let agree = found.iter().all(|(v, _)| stated.iter().any(|(s, _)| s == v));
    if stated.is_empty() || found.is_empty() || agree {
        return None;
    }
    let texts = |list: &[(ValueId, Vec<Place>)]| {
        list.iter().map(|(v, _)| mask_value(attribute, &view.show(*v))).collect()
    };
    let place = |list: &[(ValueId, Vec<Place>)]| {
        list.iter().flat_map(|(_, p)| p).next().map(|p| spot(view.sources, *p))
    };
    Some(Drift {
        account: Account::Model,
        difference: Difference::Contradiction,
        entity: view.show(entity),
        kind: view.kind_word(entity),
        attribute: Some(attribute.to_owned()),
        stated: texts(&stated),
        found: texts(&found),
        stated_at: place(&stated),
        found_at: place(&found),
    })
}

/// Components that a model states and of which nothing at all was found. Only told when something
/// was found of other components: a model alone is not drift.
fn missing(view: &View<'_>) -> Vec<Drift> {
    let Some(component) = view.kind_named("component") else { return vec![] };
    let named = |entity: ValueId, stated| !view.observations(entity, "name", stated).is_empty();
    let members = view.members(component);
    if !members.iter().any(|m| named(*m, false)) {
        return vec![];
    }
    members
        .into_iter()
        .filter(|m| !outside(view, *m) && named(*m, true) && !named(*m, false))
        .map(|m| Drift {
            account: Account::Model,
            difference: Difference::NotFound,
            entity: view.show(m),
            kind: view.kind_word(m),
            stated_at: view
                .observations(m, "name", true)
                .iter()
                .flat_map(|(_, p)| p)
                .next()
                .map(|p| spot(view.sources, *p)),
            ..Drift::default()
        })
        .collect()
}

/// Actors and externals are not expected in a repository.
fn outside(view: &View<'_>, entity: ValueId) -> bool {
    let Some(kind) = view.kind_of(entity) else { return false };
    ["actor", "external"].iter().any(|w| view.kind_named(w).is_some_and(|k| view.is_a(kind, k)))
}

/// What one part of the repository shows by itself.
struct Side<'a> {
    view: View<'a>,
    solution: &'a Solution,
    /// The components by what the whole run calls them.
    components: BTreeMap<String, ValueId>,
    /// The data by its name.
    data: BTreeMap<String, ValueId>,
    /// The flows by their ends.
    flows: BTreeMap<(String, String), Vec<ValueId>>,
}

/// What the whole run calls a component: by each of its names, in the spelling that tells things apart.
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(view: &View<'_>) -> Self {
        let mut names = BTreeMap::new();
        for row in view.rows(asked::DOCUMENTED_AS) {
            let [written, name] = row.as_slice() else { continue };
            names.insert(normalise(&view.show(*written)), view.show(*name));
        }
        for member in members(view, "component") {
            let shown = view.show(member);
            for name in spellings(view, member) {
                names.entry(name).or_insert_with(|| shown.clone());
            }
        }
        Self(names)
    }

    fn call(&self, view: &View<'_>, component: ValueId) -> String {
        let known = spellings(view, component).into_iter().find_map(|name| self.0.get(&name));
        known.cloned().unwrap_or_else(|| view.show(component))
    }
}

fn members(view: &View<'_>, kind: &str) -> Vec<ValueId> {
    view.kind_named(kind).map_or_else(Vec::new, |k| view.members(k))
}

/// All names of a component, normalised.
fn spellings(view: &View<'_>, component: ValueId) -> Vec<String> {
    let mut names: Vec<String> =
        view.values(component, "name").iter().map(|v| view.show(*v)).collect();
    names.push(view.show(component));
    names.iter().map(|name| normalise(name)).collect()
}

impl<'a> Side<'a> {
    fn new(whole: &View<'a>, names: &Names, program: &'a Program, solution: &'a Solution) -> Self {
        let view = View::new(program, &solution.facts, whole.sources, &whole.language);
        let mut components = BTreeMap::new();
        for component in members(&view, "component") {
            components.entry(names.call(&view, component)).or_insert(component);
        }
        let mut flows: BTreeMap<(String, String), Vec<ValueId>> = BTreeMap::new();
        for flow in members(&view, "flow") {
            let Value::Entity { key, .. } = view.facts.values.get(flow) else { continue };
            let [from, to, ..] = key.as_ref() else { continue };
            let ends = (names.call(&view, *from), names.call(&view, *to));
            flows.entry(ends).or_default().push(flow);
        }
        let named = |data: &ValueId| (normalise(&view.show(*data)), *data);
        let data = members(&view, "data").iter().map(named).collect();
        Self { view, solution, components, data, flows }
    }

    /// The flows between two components, whichever way the arrow points: diagrams often follow the data.
    fn between(&self, ends: &(String, String)) -> &[ValueId] {
        let turned = (ends.1.clone(), ends.0.clone());
        self.flows.get(ends).or_else(|| self.flows.get(&turned)).map_or(&[], Vec::as_slice)
    }

    /// Whether it shows a flow from or to a component.
    fn touches(&self, component: &str) -> bool {
        self.flows.keys().any(|(from, to)| from == component || to == component)
    }

    /// Where a row was seen.
    fn spot(&self, relation: RelationId, row: &[ValueId]) -> Option<Spot> {
        let number = self.view.facts.relation(relation).find(row)?;
        let place = *seen(self.view.program, self.solution, relation, number).first()?;
        Some(spot(self.view.sources, place))
    }

    /// Where an element was seen.
    fn at(&self, element: ValueId) -> Option<Spot> {
        let kind = self.view.kind_of(element)?;
        self.spot(self.view.member_relation(kind)?, &[element])
    }

    /// The values of an attribute of some elements, and where the first of them was seen.
    fn values(&self, elements: &[ValueId], attribute: &str) -> (Vec<String>, Option<Spot>) {
        let mut texts = BTreeSet::new();
        let mut at = None;
        for element in elements {
            for value in self.view.values(*element, attribute) {
                texts.insert(mask_value(attribute, &self.view.show(value)));
                let relation = self.view.attribute_relation(*element, attribute);
                at = at.or_else(|| self.spot(relation?, &[*element, value]));
            }
        }
        (texts.into_iter().collect(), at)
    }
}

/// Where design documents and the other files differ, sorted. What only the other files show counts as not documented only if the
/// documents show something of this system at all; a flow is missed only where both of its ends are there, and in documents only where
/// they show another flow of its caller: a table of programs shows none.
pub fn of_documents(whole: &View<'_>, documents: &Solution, others: &Solution) -> Vec<Drift> {
    let names = Names::of(whole);
    let drawn = Side::new(whole, &names, whole.program, documents);
    let found = Side::new(whole, &names, whole.program, others);
    let mut all: BTreeSet<Drift> = BTreeSet::new();
    let one_sided = |side: &Side<'_>, element: ValueId, name: String, difference: Difference| {
        let at = side.at(element);
        let (stated_at, found_at) =
            if difference == Difference::NotFound { (at, None) } else { (None, at) };
        Drift {
            account: Account::Document,
            difference,
            entity: name,
            kind: side.view.kind_word(element),
            stated_at,
            found_at,
            ..Drift::default()
        }
    };
    let known = drawn.components.keys().any(|name| found.components.contains_key(name));
    for (name, component) in &drawn.components {
        match found.components.get(name) {
            Some(other) => {
                all.extend(contradictions(&drawn, &[*component], &found, &[*other], name));
            }
            None if outside(&drawn.view, *component) => {}
            None => {
                let name = name.clone();
                all.insert(one_sided(&drawn, *component, name, Difference::NotFound));
            }
        }
    }
    for (name, component) in found.components.iter().filter(|_| known) {
        if !drawn.components.contains_key(name) && !outside(&found.view, *component) {
            let name = name.clone();
            all.insert(one_sided(&found, *component, name, Difference::NotDocumented));
        }
    }
    for (name, data) in &drawn.data {
        if let Some(other) = found.data.get(name) {
            let name = found.view.show(*other);
            all.extend(contradictions(&drawn, &[*data], &found, &[*other], &name));
        }
    }
    let sides =
        [(&drawn, &found, Difference::NotFound), (&found, &drawn, Difference::NotDocumented)];
    for (side, other, difference) in sides {
        for (ends, flows) in &side.flows {
            let there = |name: &String| other.components.contains_key(name);
            let (Some(flow), true) = (flows.first(), there(&ends.0) && there(&ends.1)) else {
                continue;
            };
            if difference == Difference::NotDocumented && !other.touches(&ends.0) {
                continue;
            }
            let name = format!("{} -> {}", ends.0, ends.1);
            match other.between(ends) {
                [] => _ = all.insert(one_sided(side, *flow, name, difference)),
                others if difference == Difference::NotFound => {
                    all.extend(contradictions(side, flows, other, others, &name));
                }
                _ => {}
            }
        }
    }
    all.into_iter().collect()
}

/// Attributes of which both sides know values, and none that agree. Sets are told in parts, and zones are cut in many ways: neither contradicts.
fn contradictions(
    drawn: &Side<'_>,
    stated: &[ValueId],
    other: &Side<'_>,
    found: &[ValueId],
    name: &str,
) -> Vec<Drift> {
    let view = &drawn.view;
    let (Some(one), Some(two)) = (stated.first(), found.first()) else { return vec![] };
    let (Some(kind), Some(other_kind)) = (view.kind_of(*one), other.view.kind_of(*two)) else {
        return vec![];
    };
    let mut all = vec![];
    let drift = |attribute: &str,
                 stated: (Vec<String>, Option<Spot>),
                 found: (Vec<String>, Option<Spot>)| Drift {
        account: Account::Document,
        difference: Difference::Contradiction,
        entity: name.to_owned(),
        kind: other.view.kind_word(*two),
        attribute: Some(attribute.to_owned()),
        stated: stated.0,
        found: found.0,
        stated_at: stated.1,
        found_at: found.1,
    };
    if !view.is_a(kind, other_kind) && !view.is_a(other_kind, kind) {
        let word = |side: &Side<'_>, element: ValueId| {
            (vec![side.view.kind_word(element)], side.at(element))
        };
        all.push(drift("kind", word(drawn, *one), word(other, *two)));
    }
    for attribute in attributes(view, kind) {
        let (stated, found) = (drawn.values(stated, &attribute), other.values(found, &attribute));
        let differ = !stated.0.is_empty() && !found.0.is_empty();
        if differ && stated.0.iter().all(|text| !found.0.contains(text)) {
            all.push(drift(&attribute, stated, found));
        }
    }
    all
}

/// The attributes of a kind that have one plain value.
fn attributes(view: &View<'_>, kind: KindId) -> Vec<String> {
    let kinds = view.ancestors(kind).into_iter().filter_map(|k| view.kind(k));
    let plain = |ty: &Type| !matches!(ty, Type::Entity(_));
    kinds
        .flat_map(|k| &k.attributes)
        .filter(|a| a.name != "name" && !a.set && a.default.is_none() && plain(&a.ty))
        .map(|a| a.name.clone())
        .collect()
}
