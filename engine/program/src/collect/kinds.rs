//! Enums, kinds, extracted kinds and relations.

use redan_base::{Diagnostic, SourceId, Span};
use redan_grammar::syntax::{self, ItemKind, Name, TypeExpr};

use super::register::Order;
use super::{Collector, PackItem};
use crate::names::{ancestors, likely_or_list};
use crate::schema::{Attribute, Enum, Kind, KindId, Relation, Type};

/// What every extracted fact has by itself.
const OF_EVERY_FACT: [&str; 3] = ["file", "line", "text"];

impl Collector<'_> {
    /// Enums first: types and constants need them.
    pub(super) fn enums(&mut self, items: &[PackItem], order: &Order) {
        for item in order.enums.iter().filter_map(|i| items.get(*i)) {
            let ItemKind::Enum(e) = &item.item.kind else { continue };
            let names = self.unique(item.source, "symbol", e.symbols.iter());
            let symbols: Vec<String> = names.iter().map(|n| n.text.clone()).collect();
            let declared = self.declared(item, &e.name);
            if symbols.is_empty() {
                self.report(
                    Diagnostic::error(124, format!("enum `{}` has no symbols", e.name.text))
                        .at(item.source, e.name.span, "")
                        .help("write `{ a, b }`, or `{ a < b }` if they are ordered"),
                );
            }
            let values = self.symbols(&declared.name, &symbols);
            let ordered = e.ordered;
            self.out.schema.enums.push(Enum { declared, symbols, ordered, values });
        }
    }

    /// Names that are there once; the others are reported.
    fn unique<'n>(
        &mut self,
        source: SourceId,
        what: &str,
        names: impl Iterator<Item = &'n Name>,
    ) -> Vec<&'n Name> {
        let mut kept: Vec<&Name> = vec![];
        for name in names {
            match kept.iter().find(|k| k.text == name.text) {
                Some(first) => self.twice(source, what, name, (source, first.span)),
                None => kept.push(name),
            }
        }
        kept
    }

    fn twice(&mut self, source: SourceId, what: &str, name: &Name, first: (SourceId, Span)) {
        self.report(
            Diagnostic::error(113, format!("{what} `{}` is declared twice", name.text))
                .at(source, name.span, "the second one")
                .at(first.0, first.1, "the first one"),
        );
    }

    /// Kinds: inheritance first, so that attributes can be looked up along it.
    pub(super) fn kinds(&mut self, items: &[PackItem], order: &Order) {
        for (index, item) in order.kinds.iter().filter_map(|i| items.get(*i)).enumerate() {
            let (name, extracted) = match &item.item.kind {
                ItemKind::Kind(kind) => (&kind.name, false),
                ItemKind::Extract(extract) => (&extract.name, true),
                _ => continue,
            };
            let kind = Kind {
                declared: self.declared(item, name),
                parent: None,
                root: KindId(index as u32),
                attributes: vec![],
                extracted,
                is_flow: false,
            };
            self.out.schema.kinds.push(kind);
        }
        for (index, item) in order.kinds.iter().filter_map(|i| items.get(*i)).enumerate() {
            let ItemKind::Kind(kind) = &item.item.kind else { continue };
            let parent = kind.parent.as_ref().and_then(|p| self.parent(item, p));
            if let Some(k) = self.out.schema.kinds.get_mut(index) {
                k.parent = parent;
            }
        }
        self.inheritance_loops(items, order);
        let roots: Vec<KindId> = (0..self.out.schema.kinds.len() as u32)
            .map(|k| ancestors(&self.out.schema, KindId(k)).last().unwrap_or(KindId(k)))
            .collect();
        for (kind, root) in self.out.schema.kinds.iter_mut().zip(roots) {
            kind.root = root;
        }
        for (index, item) in order.kinds.iter().filter_map(|i| items.get(*i)).enumerate() {
            let attributes = match &item.item.kind {
                ItemKind::Kind(kind) => self.attributes(item, KindId(index as u32), kind),
                ItemKind::Extract(extract) => self.extract_fields(item, extract),
                _ => vec![],
            };
            if let Some(k) = self.out.schema.kinds.get_mut(index) {
                k.attributes = attributes;
            }
        }
        self.inherited_twice();
        self.flows();
    }

    fn parent(&mut self, item: &PackItem, path: &syntax::Path) -> Option<KindId> {
        let id = match self.out.names.kind(item.scope(), path) {
            Ok(id) => id,
            Err(d) => {
                self.report(d);
                return None;
            }
        };
        let parent = self.out.schema.kinds.get(id.0 as usize)?;
        if parent.extracted {
            let (source, span) = (parent.declared.source, parent.declared.span);
            self.report(
                Diagnostic::error(120, format!("`{}` is found by an extractor", path.name.text))
                    .at(item.source, path.span, "")
                    .at(source, span, "declared here")
                    .help("its members are facts of files: `derive` an entity from them instead"),
            );
            return None;
        }
        Some(id)
    }

    /// Reports each loop once, and cuts it.
    fn inheritance_loops(&mut self, items: &[PackItem], order: &Order) {
        for index in 0..self.out.schema.kinds.len() as u32 {
            let start = KindId(index);
            let path: Vec<KindId> = ancestors(&self.out.schema, start).collect();
            let Some(back) = path.iter().skip(1).position(|k| *k == start) else { continue };
            let members = path.get(..=back).unwrap_or_default();
            let name = |id: &KindId| {
                let kind = self.out.schema.kinds.get(id.0 as usize);
                kind.and_then(|k| k.declared.name.rsplit('.').next()).unwrap_or_default().to_owned()
            };
            let mut words: Vec<String> = members.iter().map(name).collect();
            words.push(name(&start));
            let mut d =
                Diagnostic::error(114, format!("kind `{}` is itself in the end", name(&start)))
                    .help(format!("{}: remove one `is`", words.join(" is ")));
            for (i, member) in members.iter().enumerate() {
                let item = order.kinds.get(member.0 as usize).and_then(|i| items.get(*i));
                if let Some((item, ItemKind::Kind(kind))) = item.map(|i| (i, &i.item.kind))
                    && let Some(parent) = &kind.parent
                {
                    d = d.at(item.source, parent.span, if i == 0 { "" } else { "and this" });
                }
            }
            for member in members {
                if let Some(kind) = self.out.schema.kinds.get_mut(member.0 as usize) {
                    kind.parent = None;
                }
            }
            self.report(d);
        }
    }

    fn attributes(&mut self, item: &PackItem, id: KindId, kind: &syntax::Kind) -> Vec<Attribute> {
        let mut list: Vec<Attribute> = vec![];
        let is_root = self.out.schema.kinds.get(id.0 as usize).is_some_and(|k| k.parent.is_none());
        if is_root {
            list.push(name_attribute(kind.name.span));
        }
        for written in &kind.attributes {
            let name = &written.name;
            if name.text == "name" {
                self.report(
                    Diagnostic::error(119, "every kind has the attribute `name`")
                        .at(item.source, name.span, "")
                        .help("leave it out"),
                );
                continue;
            }
            if let Some(first) = list.iter().find(|a| a.name == name.text) {
                let first = (item.source, first.span);
                self.twice(item.source, "attribute", name, first);
                continue;
            }
            let ty = self.ty(item.scope(), &written.ty);
            if let Type::Entity(of) = &ty
                && self.out.schema.kinds.get(of.0 as usize).is_some_and(|k| k.extracted)
            {
                self.report(
                    Diagnostic::error(122, "an attribute cannot hold facts of an extractor")
                        .at(item.source, written.ty.span, "")
                        .help("give it the type of the field that is needed, such as `string`"),
                );
            }
            let default = self.default(item, &ty, &written.ty, written.default.as_ref());
            let ask = written.ask.as_ref().map(|a| a.value.clone());
            if let Some(ask) = &written.ask {
                self.question(item, ask);
            }
            list.push(Attribute {
                name: name.text.clone(),
                ty,
                set: written.ty.set,
                optional: written.ty.optional,
                default,
                ask,
                docs: written.docs.clone(),
                span: name.span,
            });
        }
        list
    }

    fn default(
        &mut self,
        item: &PackItem,
        ty: &Type,
        written: &TypeExpr,
        default: Option<&syntax::Expr>,
    ) -> Option<redan_facts::ValueId> {
        let default = default?;
        if written.set {
            self.report(
                Diagnostic::error(122, "a set has no default")
                    .at(item.source, default.span, "")
                    .help("leave it out: a set is known as soon as one member is"),
            );
            return None;
        }
        self.constant(item.scope(), default, ty, written.span)
    }

    /// A question speaks of `{it}` alone.
    fn question(&mut self, item: &PackItem, ask: &syntax::Text) {
        for (n, inserted) in crate::texts::insertions(&ask.value).iter().enumerate() {
            if inserted.parts.first().is_some_and(|p| p == "it") {
                continue;
            }
            let span = self.insertion_place(item.source, ask.span, n);
            self.report(
                Diagnostic::error(512, "a question fills in `{it}` alone")
                    .at(item.source, span, "")
                    .help("`{it}` is what is asked about, `{it.name}` one of its attributes"),
            );
        }
    }

    fn extract_fields(&mut self, item: &PackItem, extract: &syntax::Extract) -> Vec<Attribute> {
        let mut list: Vec<Attribute> = vec![];
        for field in &extract.fields {
            let name = &field.name;
            if OF_EVERY_FACT.contains(&name.text.as_str()) {
                self.report(
                    Diagnostic::error(119, format!("every fact has `{}` by itself", name.text))
                        .at(item.source, name.span, "")
                        .help("leave it out, or give another name to what is meant"),
                );
                continue;
            }
            if let Some(first) = list.iter().find(|a| a.name == name.text) {
                let first = (item.source, first.span);
                self.twice(item.source, "field", name, first);
                continue;
            }
            let (mut ty, mut default) = (Type::Str, None);
            if let Some(written) = &field.ty {
                ty = self.ty(item.scope(), written);
                if matches!(ty, Type::Entity(_) | Type::Enum(_)) {
                    self.report(
                        Diagnostic::error(122, "a file has texts, numbers and truth values alone")
                            .at(item.source, written.span, "")
                            .help("take `string`, `int` or `bool`, and compare in a rule"),
                    );
                    ty = Type::Str;
                }
                let declared = TypeExpr { set: field.many || written.set, ..written.clone() };
                default = self.default(item, &ty, &declared, field.default.as_ref());
            } else if let Some(written) = &field.default {
                match self.literal(written) {
                    Some((value, of)) => (ty, default) = (of, Some(value)),
                    None => {
                        let words = self.type_words(&ty);
                        self.report(Diagnostic::error(115, format!("{words} is needed here")).at(
                            item.source,
                            written.span,
                            "",
                        ));
                    }
                }
            }
            list.push(Attribute {
                name: name.text.clone(),
                ty,
                set: field.many || field.ty.as_ref().is_some_and(|t| t.set),
                optional: field.optional || field.ty.as_ref().is_some_and(|t| t.optional),
                default,
                ask: None,
                docs: String::new(),
                span: name.span,
            });
        }
        for case in &extract.cases {
            let outputs = self.unique(item.source, "output", case.outputs.iter().map(|o| &o.name));
            for name in outputs {
                if extract.fields.iter().any(|f| f.name.text == name.text) {
                    continue;
                }
                let fields = extract.fields.iter().map(|f| f.name.text.as_str());
                let message = format!("`{}` has no field `{}`", extract.name.text, name.text);
                self.report(
                    Diagnostic::error(111, message)
                        .at(item.source, name.span, "")
                        .at(item.source, extract.name.span, "declared here")
                        .help(likely_or_list(&name.text, fields)),
                );
            }
        }
        list
    }

    /// An attribute that an ancestor has already.
    fn inherited_twice(&mut self) {
        let mut found = vec![];
        let schema = &self.out.schema;
        for (index, kind) in schema.kinds.iter().enumerate() {
            for attribute in &kind.attributes {
                let above = ancestors(schema, KindId(index as u32)).skip(1);
                let above = above.filter_map(|k| schema.kinds.get(k.0 as usize));
                let first = above
                    .filter_map(|k| {
                        let same = k.attributes.iter().find(|a| a.name == attribute.name)?;
                        Some((k.declared.source, same.span))
                    })
                    .take(1)
                    .next();
                if let Some(first) = first {
                    let name = Name { text: attribute.name.clone(), span: attribute.span };
                    found.push((kind.declared.source, name, first));
                }
            }
        }
        for (source, name, first) in found {
            self.twice(source, "attribute", &name, first);
        }
    }

    /// Kinds with `from` and `to` are written `a -> b`.
    fn flows(&mut self) {
        let schema = &self.out.schema;
        let end = |kind: KindId, name: &str| {
            let (of, index) = crate::names::attribute(schema, kind, name)?;
            let found = schema.kinds.get(of.0 as usize)?.attributes.get(index as usize)?;
            Some(matches!(found.ty, Type::Entity(_)) && !found.set)
        };
        let flows: Vec<bool> = (0..schema.kinds.len() as u32)
            .map(KindId)
            .map(|k| end(k, "from") == Some(true) && end(k, "to") == Some(true))
            .collect();
        for (kind, is_flow) in self.out.schema.kinds.iter_mut().zip(flows) {
            kind.is_flow = is_flow && !kind.extracted;
        }
        let named = |k: &&(usize, &Kind)| k.1.declared.name.rsplit('.').next() == Some("flow");
        let all: Vec<(usize, &Kind)> =
            self.out.schema.kinds.iter().enumerate().filter(|(_, k)| k.is_flow).collect();
        let best = all
            .iter()
            .find(|(_, k)| k.declared.name == "core.flow")
            .or_else(|| all.iter().find(named))
            .or_else(|| all.first());
        self.out.names.flow = best.map(|(i, _)| KindId(*i as u32));
    }

    /// Relations and the types of their parameters.
    pub(super) fn relations(&mut self, items: &[PackItem], order: &Order) {
        for item in order.relations.iter().filter_map(|i| items.get(*i)) {
            let ItemKind::Relation(relation) = &item.item.kind else { continue };
            let names = relation.parameters.iter().map(|(n, _)| n);
            self.unique(item.source, "parameter", names);
            let mut parameters = vec![];
            for (name, ty) in &relation.parameters {
                if ty.set || ty.optional {
                    self.report(
                        Diagnostic::error(122, "a parameter is one value, which is always there")
                            .at(item.source, ty.span, "")
                            .help(
                                "a relation has a row for each value: leave out `set<…>` and `?`",
                            ),
                    );
                }
                parameters.push((name.text.clone(), self.ty(item.scope(), ty)));
            }
            if parameters.is_empty() {
                self.report(
                    Diagnostic::error(
                        124,
                        format!("relation `{}` has no parameters", relation.name.text),
                    )
                    .at(item.source, relation.name.span, "")
                    .help("say what it is about, as in `relation exposed(c: component)`"),
                );
            }
            let declared = self.declared(item, &relation.name);
            self.out.schema.relations.push(Relation { declared, parameters });
        }
    }
}

fn name_attribute(span: Span) -> Attribute {
    Attribute {
        name: "name".to_owned(),
        ty: Type::Str,
        set: false,
        optional: false,
        default: None,
        ask: None,
        docs: "The name as it is shown.".to_owned(),
        span,
    }
}
