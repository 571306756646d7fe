//! The system in the words of others: what `redan model --format dfd` writes, and the verdicts on rules of architecture.
//!
//! Comes in: the solved facts. Which word of theirs holds of which of ours is knowledge of packs; here they are only joined.

use std::collections::{BTreeMap, BTreeSet};

use redan_facts::{Value, ValueId};
use redan_threats::View;

use crate::asked;
use crate::data::{ArchitectureRule, Exchange, ExchangeComponent, ExchangeFlow};

/// The verdicts on rules of architecture, sorted by name.
pub fn rules(view: &View<'_>) -> Vec<ArchitectureRule> {
    let mut rules: BTreeMap<String, ArchitectureRule> = BTreeMap::new();
    for row in view.rows(asked::RULE) {
        let [id, text] = row.as_slice() else { continue };
        let (id, text) = (view.show(*id), view.show(*text));
        let rule = ArchitectureRule { id: id.clone(), text, holds: true, ..Default::default() };
        rules.entry(id).or_insert(rule);
    }
    for (relation, broken) in [(asked::CHECKED, false), (asked::BROKEN, true)] {
        for row in view.rows(relation) {
            let [id, element] = row.as_slice() else { continue };
            let Some(rule) = rules.get_mut(&view.show(*id)) else { continue };
            rule.holds &= !broken;
            let list = if broken { &mut rule.broken } else { &mut rule.checked };
            list.push(view.show(*element));
        }
    }
    let mut rules: Vec<ArchitectureRule> = rules.into_values().collect();
    for rule in &mut rules {
        rule.checked.sort();
        rule.checked.dedup();
        rule.broken.sort();
        rule.broken.dedup();
    }
    rules
}

/// The words that a relation gives for each entity.
fn words(view: &View<'_>, relation: &str) -> BTreeMap<ValueId, BTreeSet<String>> {
    let mut words: BTreeMap<ValueId, BTreeSet<String>> = BTreeMap::new();
    for row in view.rows(relation) {
        let Some(entity) = row.first() else { continue };
        let word = row.get(1).map(|w| view.name(*w)).unwrap_or_default();
        words.entry(*entity).or_default().insert(word);
    }
    words
}

/// The system as a data-flow diagram for comparison, sorted.
pub fn exchange(view: &View<'_>, rules: &[ArchitectureRule]) -> Exchange {
    let members = |kind: &str| view.kind_named(kind).map_or_else(Vec::new, |k| view.members(k));
    let is = |entity: ValueId, kind: &str| {
        let own = view.kind_of(entity);
        let kinds = own.zip(view.kind_named(kind));
        kinds.is_some_and(|(own, kind)| view.is_a(own, kind))
    };
    // Brokers and log servers are programs there, places where data rests are stores.
    let kind = |entity: ValueId| {
        if is(entity, "actor") || is(entity, "external") {
            "external"
        } else if is(entity, "store") && !is(entity, "queue") && !is(entity, "log_store") {
            "store"
        } else {
            "service"
        }
    };
    let names = words(view, asked::DFD_NAME);
    let name = |entity: ValueId| {
        let other = names.get(&entity).and_then(|names| names.first());
        other.cloned().unwrap_or_else(|| view.name(entity))
    };
    let annotations = words(view, asked::ANNOTATION);
    let absent = words(view, asked::DFD_OMITS_COMPONENT);
    let mut components: Vec<ExchangeComponent> = members("component")
        .into_iter()
        .filter(|c| !absent.contains_key(c))
        .map(|c| ExchangeComponent {
            name: name(c),
            kind: kind(c),
            stereotypes: annotations.get(&c).cloned().unwrap_or_default(),
        })
        .collect();
    components.sort();
    let omitted = words(view, asked::DFD_OMITS);
    let annotations = words(view, asked::FLOW_ANNOTATION);
    let mut flows: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for flow in members("flow").into_iter().filter(|f| !omitted.contains_key(f)) {
        let Value::Entity { key, .. } = view.facts.values.get(flow) else { continue };
        let [from, to, ..] = key.as_ref() else { continue };
        if [from, to].into_iter().any(|end| absent.contains_key(end)) {
            continue;
        }
        let words = flows.entry((name(*from), name(*to))).or_default();
        words.extend(annotations.get(&flow).into_iter().flatten().cloned());
    }
    let flows = flows.into_iter();
    let flows =
        flows.map(|((from, to), stereotypes)| ExchangeFlow { from, to, stereotypes }).collect();
    Exchange { components, flows, rules: rules.to_vec() }
}
