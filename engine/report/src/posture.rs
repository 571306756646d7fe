//! What a model says at a glance: what the system is there for, what it holds that is worth protecting, how far that is protected, and
//! what was taken for granted.

use std::collections::BTreeMap;

use redan_facts::{Value, ValueId};
use redan_threats::{View, mask_value, short_name, spot};

use crate::asked;
use crate::data::{Assumption, DataAsset, DefaultValue, Posture, Quote, Tally};
use crate::overview::{Places, words};

/// Characters of a quotation.
const MOST_QUOTED: usize = 280;

fn members(view: &View<'_>, kind: &str) -> Vec<ValueId> {
    view.kind_named(kind).map_or_else(Vec::new, |k| view.members(k))
}

/// What the document that packs put first says of the system. Prose is shown to people and decides nothing.
pub fn purpose(view: &View<'_>, places: Places<'_>) -> Option<Quote> {
    let relation = view.declared(asked::PURPOSE)?;
    let rank = |value: ValueId| match view.facts.values.get(value) {
        Value::Int(rank) => *rank,
        _ => i64::MAX,
    };
    let rows = view.facts.relation(relation).rows();
    let best = rows.filter_map(|(number, row)| match row.as_slice() {
        [order, file, text] => Some((rank(*order), view.show(*file), view.show(*text), number)),
        _ => None,
    });
    let (_, file, text, number) = best.min()?;
    // The row rests on the whole match too; the words begin after what was passed over.
    let spots = places(relation, number).into_iter().map(|p| spot(view.sources, p));
    let at = spots.filter(|s| s.path == file).max_by_key(|s| (s.line, s.column))?;
    let text = mask_value("text", &sentences(&text));
    Some(Quote { text, at }).filter(|quote| !quote.text.is_empty())
}

/// The first sentences of Markdown as plain words.
fn sentences(text: &str) -> String {
    let plain = plain(text);
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut end = None;
    let mut before = ' ';
    for (at, c) in words.char_indices() {
        let closes = matches!(c, ' ') && matches!(before, '.' | '!' | '?');
        if closes || matches!(c, '。') {
            let to = if closes { at } else { at + c.len_utf8() };
            if words.get(..to).is_some_and(|t| t.chars().count() > MOST_QUOTED) {
                break;
            }
            end = Some(to);
        }
        before = c;
    }
    if words.chars().count() <= MOST_QUOTED {
        return words;
    }
    match end.and_then(|end| words.get(..end)) {
        Some(text) => text.to_owned(),
        None => words.chars().take(MOST_QUOTED - 1).chain(['…']).collect(),
    }
}

/// Markdown without its marks: the words of links, no images, no tags.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '!', '<', '*', '`', '_']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let image = from.starts_with("![");
        let link = from.strip_prefix("![").or_else(|| from.strip_prefix('['));
        if let Some((label, after)) = link.and_then(|l| l.split_once(']')) {
            out.push_str(if image { "" } else { label });
            let target = after.strip_prefix('(').and_then(|a| a.split_once(')'));
            rest = target.map_or(after, |(_, after)| after);
            continue;
        }
        let tag = from.strip_prefix('<').and_then(|t| t.split_once('>'));
        if let Some((name, after)) = tag
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        {
            rest = after;
            continue;
        }
        let mut chars = from.chars();
        let mark = chars.next();
        // `_` inside of a word is no mark.
        let inner = mark == Some('_') && out.ends_with(char::is_alphanumeric);
        out.extend(mark.filter(|c| matches!(c, '[' | '!' | '<') || inner));
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// What is worth protecting, the most sensitive first.
pub fn assets(view: &View<'_>) -> Vec<DataAsset> {
    let having = |kind: &str, attribute: &str, data: ValueId| -> Vec<String> {
        let members = members(view, kind).into_iter();
        let having = members.filter(|m| view.values(*m, attribute).contains(&data));
        having.map(|m| view.show(m)).collect()
    };
    let mut assets: Vec<(i64, DataAsset)> = members(view, words::DATA)
        .into_iter()
        .map(|data| {
            let class = view.values(data, "class").first().copied();
            let rank = class.map_or(-1, |class| match view.facts.values.get(class) {
                Value::Symbol { rank, .. } => i64::from(*rank),
                _ => -1,
            });
            let asset = DataAsset {
                name: view.show(data),
                class: class.map(|class| view.show(class)),
                stored_in: having("store", "holds", data),
                carried_by: having(words::FLOW, "carries", data),
            };
            (rank, asset)
        })
        .collect();
    assets.sort_by(|a, b| (-a.0, &a.1.name).cmp(&(-b.0, &b.1.name)));
    assets.into_iter().map(|(_, asset)| asset).collect()
}

/// How far the system is protected.
pub fn posture(view: &View<'_>) -> Posture {
    let tally = |elements: &[ValueId], attribute: &str| {
        let mut tally = Tally::default();
        for element in elements {
            match view.truth(*element, attribute) {
                Some(true) => tally.yes += 1,
                Some(false) => tally.no += 1,
                None => tally.unknown += 1,
            }
        }
        tally
    };
    let (flows, stores) = (members(view, words::FLOW), members(view, "store"));
    let zone = |entity: ValueId| view.values(entity, "in").first().copied();
    let crosses = |flow: &ValueId| match view.facts.values.get(*flow) {
        Value::Entity { key, .. } => match key.as_ref() {
            [from, to, ..] => zone(*from).zip(zone(*to)).is_some_and(|(a, b)| a != b),
            _ => false,
        },
        _ => false,
    };
    let crossing: Vec<ValueId> = flows.iter().copied().filter(crosses).collect();
    Posture {
        entry_points_authenticated: tally(&members(view, words::ENTRY), "authenticated"),
        flows_encrypted: tally(&flows, "encrypted"),
        crossing_flows_encrypted: tally(&crossing, "encrypted"),
        flows_authenticated: tally(&flows, "authenticated"),
        stores_encrypted: tally(&stores, "encrypted_at_rest"),
        stores_authenticate: tally(&stores, "authenticates_clients"),
    }
}

/// What rules took for granted, sorted.
pub fn assumptions(view: &View<'_>) -> Vec<Assumption> {
    let mut all: BTreeMap<(String, String), Assumption> = BTreeMap::new();
    for row in view.rows(asked::ASSUMED) {
        let [what, name] = row.as_slice() else { continue };
        let Value::Symbol { of, name: symbol, .. } = view.facts.values.get(*what) else { continue };
        let id = symbol.to_string();
        let text = view.word(&format!("symbol {of}.{symbol}"));
        let text = text.map_or_else(|| id.replace('_', " "), str::to_owned);
        let entry = all.entry((of.to_string(), id.clone()));
        let entry = entry.or_insert_with(|| Assumption { id, text, elements: vec![] });
        entry.elements.push(view.show(*name));
    }
    let mut all: Vec<Assumption> = all.into_values().collect();
    for assumption in &mut all {
        assumption.elements.sort();
        assumption.elements.dedup();
    }
    all
}

/// The defaults of attributes that nothing else is known of, sorted.
pub fn defaults(view: &View<'_>) -> Vec<DefaultValue> {
    let mut all = vec![];
    for (kind, number) in view.program.schema.kinds.iter().zip(0..) {
        let id = redan_program::schema::KindId(number);
        if kind.extracted || kind.attributes.iter().all(|a| a.default.is_none()) {
            continue;
        }
        let members = view.members(id);
        for attribute in &kind.attributes {
            let Some(default) = attribute.default else { continue };
            let silent = |m: &&ValueId| {
                [true, false]
                    .into_iter()
                    .all(|s| view.observations(**m, &attribute.name, s).is_empty())
            };
            let elements = members.iter().filter(silent).count();
            if elements > 0 {
                all.push(DefaultValue {
                    kind: short_name(&kind.declared.name).to_owned(),
                    attribute: attribute.name.clone(),
                    value: view.show(default),
                    elements,
                });
            }
        }
    }
    all.sort_by(|a, b| (&a.kind, &a.attribute).cmp(&(&b.kind, &b.attribute)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_are_plain_sentences() {
        let cases = [
            (
                "**Shop** is a [web shop](https://x.example) for\n`snake_case` things.",
                "Shop is a web shop for snake_case things.",
            ),
            ("![logo](a.png) A shop <b>here</b>: 1 < 2!", "A shop here: 1 < 2!"),
            ("[unfinished link and more", "[unfinished link and more"),
        ];
        for (markdown, words) in cases {
            assert_eq!(sentences(markdown), words);
        }
        let long = format!("Short one. {} end.", "word ".repeat(80));
        assert_eq!(sentences(&long), "Short one.");
        let endless = "word ".repeat(80);
        assert_eq!(sentences(&endless).chars().count(), MOST_QUOTED);
        assert!(sentences(&endless).ends_with('…'));
        assert_eq!(sentences(&"店で買う。".repeat(100)), "店で買う。".repeat(56));
    }
}
