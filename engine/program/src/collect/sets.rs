//! Sets, and what other packs extend them by.

use redan_base::{Diagnostic, Span};
use redan_grammar::syntax::{self, Expr, ExprKind, ItemKind, Name};

use super::register::Order;
use super::{Collector, PackItem, path_of};
use crate::names::symbol;
use crate::schema::{Set, SetId, Type};

impl Collector<'_> {
    /// All `set` items, then all `extend set` items.
    pub(super) fn sets(&mut self, items: &[PackItem], order: &Order) {
        // Where the first member of each set stands: it decides the type.
        let mut first: Vec<Option<(redan_base::SourceId, Span)>> = vec![None; order.sets.len()];
        for (index, item) in order.sets.iter().filter_map(|i| items.get(*i)).enumerate() {
            let ItemKind::Set(set) = &item.item.kind else { continue };
            if let Some(pack) = &set.name.pack {
                self.report(
                    Diagnostic::error(123, "a set is declared in its own pack")
                        .at(item.source, pack.span, "")
                        .help(format!(
                            "to add to it, write `extend set {}.{}`",
                            pack.text, set.name.name.text
                        )),
                );
            }
            let declared = self.declared(item, &set.name.name);
            self.out.schema.sets.push(Set {
                declared,
                element: Type::Any,
                members: vec![],
                patterns: vec![],
            });
            self.members(item, SetId(index as u32), set, &mut first);
        }
        for item in items {
            let ItemKind::Set(set) = &item.item.kind else { continue };
            if !set.extends {
                continue;
            }
            match self.out.names.set(item.scope(), &set.name) {
                Ok(id) => self.members(item, id, set, &mut first),
                Err(d) => self.report(d),
            }
        }
        for set in &mut self.out.schema.sets {
            set.patterns.sort();
            set.patterns.dedup();
            let values = &self.out.values;
            set.members.sort_by(|a, b| values.compare(*a, *b));
            set.members.dedup();
        }
    }

    fn members(
        &mut self,
        item: &PackItem,
        id: SetId,
        set: &syntax::Set,
        first: &mut [Option<(redan_base::SourceId, Span)>],
    ) {
        // Bare words are symbols of the one enum that has them all.
        let words: Vec<Name> = set
            .members
            .iter()
            .filter_map(|m| match &m.kind {
                ExprKind::Name(_) => path_of(m).map(|p| p.name),
                _ => None,
            })
            .collect();
        let known = match self.out.schema.sets.get(id.0 as usize).map(|s| &s.element) {
            Some(Type::Enum(of)) => Some(*of),
            _ => None,
        };
        let of = match known {
            Some(of) => Some(of),
            None if words.is_empty() => None,
            None => self.enum_of(item.scope(), &words),
        };
        for member in &set.members {
            let Some((value, ty)) = self.member(item, member, of) else { continue };
            let Some(target) = self.out.schema.sets.get_mut(id.0 as usize) else { return };
            let slot = first.get_mut(id.0 as usize);
            if target.element == Type::Any {
                target.element = ty.clone();
                if let Some(slot) = slot {
                    *slot = Some((item.source, member.span));
                }
            } else if target.element != ty {
                let place = slot.and_then(|s| *s);
                let needed = target.element.clone();
                let needed = self.type_words(&needed);
                let mut d = Diagnostic::error(
                    116,
                    format!("{} in a set whose members are each {needed}", self.type_words(&ty)),
                )
                .at(item.source, member.span, "");
                if let Some((source, span)) = place {
                    d = d.at(source, span, "the first member");
                }
                self.report(d.help("all members of a set have one type"));
                continue;
            }
            match value {
                Member::Value(value) => target.members.push(value),
                Member::Pattern(pattern) => target.patterns.push(pattern),
            }
        }
    }

    fn member(
        &mut self,
        item: &PackItem,
        member: &Expr,
        of: Option<crate::schema::EnumId>,
    ) -> Option<(Member, Type)> {
        if let Some((value, ty)) = self.literal(member) {
            return Some((Member::Value(value), ty));
        }
        if let ExprKind::Regex(pattern) = &member.kind {
            return match regex::Regex::new(pattern) {
                Ok(_) => Some((Member::Pattern(pattern.clone()), Type::Str)),
                Err(error) => {
                    self.broken_regex(item, member.span, &error);
                    None
                }
            };
        }
        let Some(path) = path_of(member) else {
            self.report(
                Diagnostic::error(116, "this cannot be a member of a set")
                    .at(item.source, member.span, "")
                    .help("members are texts, numbers, regular expressions `/…/` or symbols"),
            );
            return None;
        };
        let of = match &path.pack {
            // `trust.internal`: the first word is an enum here.
            Some(first) => {
                let name = syntax::Path { pack: None, name: first.clone(), span: first.span };
                match self.out.names.enumeration(item.scope(), &name) {
                    Ok(id) => id,
                    Err(d) => {
                        self.report(d);
                        return None;
                    }
                }
            }
            None => of?,
        };
        match symbol(&self.out.schema, of, &path.name.text) {
            Some(value) => Some((Member::Value(value), Type::Enum(of))),
            None => {
                let d = crate::names::unknown_symbol(&self.out.schema, of, item.source, &path.name);
                self.report(d);
                None
            }
        }
    }

    fn broken_regex(&mut self, item: &PackItem, span: Span, error: &regex::Error) {
        // The last line of the library's message says what is wrong; those before it draw the place.
        let text = error.to_string();
        let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        self.report(
            Diagnostic::error(117, "this regular expression cannot be read")
                .at(item.source, span, why)
                .help("the syntax is that of the Rust crate `regex`: there are no look-arounds and back-references"),
        );
    }
}

enum Member {
    Value(redan_facts::ValueId),
    Pattern(String),
}
