//! The names that items declare: who is first, who is second, and the numbers of all.

use redan_base::Diagnostic;
use redan_grammar::syntax::{ItemKind, Name};

use super::{Collector, PackItem};
use crate::names::{Entry, Meaning};
use crate::schema::{Declared, EnumId, KindId, MitigationId, SetId, ThreatId};

/// The items that declare something, sort by sort, each list in the order of its numbers.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) enums: Vec<usize>,
    pub(super) sets: Vec<usize>,
    pub(super) kinds: Vec<usize>,
    pub(super) relations: Vec<usize>,
    pub(super) threats: Vec<usize>,
    pub(super) mitigations: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Enum,
    Set,
    Kind,
    Relation,
    Threat,
    Mitigation,
}

impl Sort {
    fn meaning(self, number: u32) -> Meaning {
        match self {
            Self::Enum => Meaning::Enum(EnumId(number)),
            Self::Set => Meaning::Set(SetId(number)),
            Self::Kind => Meaning::Kind(KindId(number)),
            Self::Relation => Meaning::Relation(number),
            Self::Threat => Meaning::Threat(ThreatId(number)),
            Self::Mitigation => Meaning::Mitigation(MitigationId(number)),
        }
    }
}

fn declares(item: &ItemKind) -> Option<(Sort, &Name)> {
    Some(match item {
        ItemKind::Enum(e) => (Sort::Enum, &e.name),
        ItemKind::Set(s) if !s.extends => (Sort::Set, &s.name.name),
        ItemKind::Kind(k) => (Sort::Kind, &k.name),
        ItemKind::Extract(e) => (Sort::Kind, &e.name),
        ItemKind::Relation(r) => (Sort::Relation, &r.name),
        ItemKind::Threat(b) => (Sort::Threat, &b.name),
        ItemKind::Mitigation(b) => (Sort::Mitigation, &b.name),
        ItemKind::Set(_)
        | ItemKind::Pack(_)
        | ItemKind::Clause(_)
        | ItemKind::Derive(_)
        | ItemKind::Same(_)
        | ItemKind::Change(_)
        | ItemKind::Policy(_)
        | ItemKind::Translate(_)
        | ItemKind::Test(_)
        | ItemKind::System(_)
        | ItemKind::Statement(_) => return None,
    })
}

/// Names that a type can have without a declaration.
pub(super) const BUILT_IN: [&str; 3] = ["bool", "int", "string"];

impl Collector<'_> {
    /// Gives every declared name its number, sorted by qualified name; reports those that are taken.
    pub(super) fn register(&mut self, items: &mut [PackItem]) -> Order {
        let mut found: Vec<(Sort, String, usize)> = vec![];
        let mut first: std::collections::BTreeMap<String, usize> =
            std::collections::BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let Some((sort, name)) = declares(&item.item.kind) else { continue };
            let qualified = self.qualified(item, name);
            if sort <= Sort::Kind && BUILT_IN.contains(&name.text.as_str()) {
                self.report(
                    Diagnostic::error(112, format!("`{}` is a type of the language", name.text))
                        .at(item.source, name.span, "")
                        .help("take another name"),
                );
                continue;
            }
            if let Some((other, known)) = first
                .get(&qualified)
                .and_then(|i| items.get(*i))
                .and_then(|i| declares(&i.item.kind).map(|(_, n)| (i, n)))
            {
                let (source, span) = (other.source, known.span);
                self.report(
                    Diagnostic::error(112, format!("`{}` is declared twice", name.text))
                        .at(item.source, name.span, "the second one")
                        .at(source, span, "the first one")
                        .help("a name means one thing in a pack, whatever declares it"),
                );
                continue;
            }
            first.insert(qualified.clone(), index);
            found.push((sort, qualified, index));
        }
        found.sort();
        let mut order = Order::default();
        for (sort, _, index) in found {
            let list = match sort {
                Sort::Enum => &mut order.enums,
                Sort::Set => &mut order.sets,
                Sort::Kind => &mut order.kinds,
                Sort::Relation => &mut order.relations,
                Sort::Threat => &mut order.threats,
                Sort::Mitigation => &mut order.mitigations,
            };
            let meaning = sort.meaning(list.len() as u32);
            list.push(index);
            let Some(item) = items.get_mut(index) else { continue };
            item.declares = Some(meaning);
            let Some((_, name)) = declares(&item.item.kind) else { continue };
            if let Some(entries) = self.out.names.entries.get_mut(item.pack.0 as usize) {
                let entry = Entry { meaning, source: item.source, span: name.span };
                entries.insert(name.text.clone(), entry);
            }
        }
        order
    }

    pub(super) fn qualified(&self, item: &PackItem, name: &Name) -> String {
        let pack = self.out.names.packs.get(item.pack.0 as usize).map_or("", String::as_str);
        format!("{pack}.{}", name.text)
    }

    pub(super) fn declared(&self, item: &PackItem, name: &Name) -> Declared {
        Declared {
            name: self.qualified(item, name),
            pack: item.pack,
            source: item.source,
            span: name.span,
            item: item.item.span,
            docs: item.item.docs.clone(),
        }
    }
}
