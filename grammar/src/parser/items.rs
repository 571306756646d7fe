//! Items, fields and statements.

use pest::iterators::{Pair, Pairs};
use redan_base::{Diagnostic, Span};

use super::{Cx, Rule, parts};
use crate::codes;
use crate::syntax::{
    Attribute, Block, Change, ChangeKind, Clause, Derive, DeriveTarget, Enum, Expect, ExpectKind,
    Expr, ExprKind, Field, File, Given, Item, ItemKind, Kind, Name, Output, Path, Relation, Same,
    Set, Statement, System, Test, Text, TypeExpr,
};
use crate::text::text_value;

impl Cx<'_> {
    pub(super) fn items(&mut self, pairs: Pairs<'_, Rule>, file: &mut File) {
        for pair in pairs {
            if pair.as_rule() != Rule::item {
                continue;
            }
            let span = self.span(&pair);
            let errors = self.diagnostics.len();
            let before = file.items.len();
            self.in_extract = false;
            let done = self.item(pair, span, file);
            if done.is_none() {
                file.items.truncate(before);
                file.broken.push(span);
                if self.diagnostics.len() == errors {
                    // Cannot happen as long as the grammar and this reader agree.
                    let help = "please report this text";
                    self.error(codes::SYNTAX, span, "this item could not be read", help);
                }
            }
        }
    }

    fn item(&mut self, pair: Pair<'_, Rule>, span: Span, file: &mut File) -> Option<()> {
        let pair = pair.into_inner().next()?;
        let docs = self.docs(span.start);
        let kind = match pair.as_rule() {
            Rule::pack => ItemKind::Pack(self.block(pair)?),
            Rule::threat => ItemKind::Threat(self.block(pair)?),
            Rule::mitigation => ItemKind::Mitigation(self.block(pair)?),
            Rule::policy => ItemKind::Policy(self.block(pair)?),
            Rule::translate => ItemKind::Translate(self.block(pair)?),
            Rule::enumeration => self.enumeration(pair)?,
            Rule::set => self.set(pair, false)?,
            Rule::extend_set => self.set(pair, true)?,
            Rule::kind => self.kind(pair)?,
            Rule::extract => self.extract(pair)?,
            Rule::relation => return self.relation(pair, span, docs, file),
            Rule::clause => self.clause(pair)?,
            Rule::derive => self.derive(pair)?,
            Rule::same => {
                let mut inner = parts(pair);
                let left = self.name(&inner.next()?);
                let right = self.name(&inner.next()?);
                let condition = self.condition(inner.next()?)?;
                ItemKind::Same(Same { left, right, condition })
            }
            Rule::change => self.change(pair)?,
            Rule::test => self.test(pair)?,
            Rule::system => {
                let mut inner = parts(pair);
                let name = self.string(&inner.next()?);
                ItemKind::System(System { name, statements: self.statements(inner.next()?)? })
            }
            Rule::statement => ItemKind::Statement(self.statement(pair)?),
            _ => return None,
        };
        file.items.push(Item { kind, span, docs });
        Some(())
    }

    /// The condition after `if`.
    fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<crate::syntax::Cond> {
        self.cond(parts(pair).find(|p| p.as_rule() == Rule::cond)?)
    }

    fn block(&mut self, pair: Pair<'_, Rule>) -> Option<Block> {
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        Some(Block { name, fields: self.fields(inner.next()?)? })
    }

    fn fields(&mut self, pair: Pair<'_, Rule>) -> Option<Vec<Field>> {
        parts(pair).map(|p| self.field(p)).collect()
    }

    fn field(&mut self, pair: Pair<'_, Rule>) -> Option<Field> {
        let span = self.span(&pair);
        let pair = match pair.as_rule() {
            Rule::field => pair.into_inner().next()?,
            _ => pair,
        };
        let mut inner = parts(pair);
        let mut field = Field {
            name: self.name(&inner.next()?),
            values: vec![],
            condition: None,
            because: None,
            block: None,
            span,
            docs: self.docs(span.start),
        };
        for part in inner {
            match part.as_rule() {
                Rule::values | Rule::text_pair => {
                    field.values = parts(part).map(|p| self.expr(p)).collect::<Option<_>>()?;
                }
                Rule::cond => field.condition = Some(self.cond(part)?),
                Rule::field_if => field.condition = Some(self.condition(part)?),
                Rule::field_because => {
                    field.because = Some(self.string(&parts(part).next()?));
                }
                Rule::fields | Rule::texts => field.block = Some(self.fields(part)?),
                _ => {}
            }
        }
        Some(field)
    }

    fn enumeration(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        let mut inner = pair.into_inner().filter(|p| p.as_rule() != Rule::kw_enum);
        let name = self.name(&inner.next()?);
        let (mut symbols, mut ordered, mut plain) = (vec![], 0, None);
        for part in inner {
            match part.as_rule() {
                Rule::name => symbols.push(self.name(&part)),
                Rule::enum_less => ordered += 1,
                Rule::p_comma => plain = Some(self.span(&part)),
                _ => {}
            }
        }
        let all: usize = symbols.len().saturating_sub(1);
        if ordered > 0 && ordered != all {
            let span = plain.unwrap_or(name.span);
            let help = "write `<` between all symbols, or commas between all";
            self.error(codes::MIXED_ENUM, span, "this enum is ordered only in part", help);
            return None;
        }
        Some(ItemKind::Enum(Enum { name, symbols, ordered: ordered > 0 }))
    }

    fn set(&mut self, pair: Pair<'_, Rule>, extends: bool) -> Option<ItemKind> {
        let mut inner = parts(pair);
        let name = self.path(inner.next()?)?;
        let members = parts(inner.next()?).map(|p| self.expr(p)).collect::<Option<_>>()?;
        Some(ItemKind::Set(Set { name, extends, members }))
    }

    fn kind(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let (mut parent, mut attributes) = (None, vec![]);
        for part in inner {
            match part.as_rule() {
                Rule::path => parent = Some(self.path(part)?),
                Rule::attributes => {
                    for part in parts(part) {
                        if part.as_rule() == Rule::elision {
                            let warning = Diagnostic::warning(
                                codes::ELISION,
                                "attributes were left out here",
                            )
                            .at(self.source, self.span(&part), "")
                            .help("write the attributes, or remove the `…`");
                            self.diagnostics.push(warning);
                        } else {
                            attributes.push(self.attribute(part)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Some(ItemKind::Kind(Kind { name, parent, attributes }))
    }

    fn attribute(&mut self, pair: Pair<'_, Rule>) -> Option<Attribute> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let ty = self.ty(inner.next()?)?;
        let docs = self.docs(span.start);
        let mut attribute = Attribute { name, ty, default: None, ask: None, docs, span };
        for part in inner {
            match part.as_rule() {
                Rule::expr => attribute.default = Some(self.expr(part)?),
                Rule::attribute_ask => {
                    attribute.ask = Some(self.string(&parts(part).next()?));
                }
                _ => {}
            }
        }
        Some(attribute)
    }

    pub(super) fn ty(&mut self, pair: Pair<'_, Rule>) -> Option<TypeExpr> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let first = inner.next()?;
        let set = first.as_rule() == Rule::type_set;
        let name = self.path(if set { parts(first).next()? } else { first })?;
        Some(TypeExpr { name, set, optional: inner.next().is_some(), span })
    }

    fn relation(
        &mut self,
        pair: Pair<'_, Rule>,
        span: Span,
        docs: String,
        file: &mut File,
    ) -> Option<()> {
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let list = inner.next()?;
        let head = Span { start: span.start, end: self.span(&list).end };
        let mut parameters = vec![];
        for part in parts(list) {
            let mut inner = parts(part);
            parameters.push((self.name(&inner.next()?), self.ty(inner.next()?)?));
        }
        let clause = match inner.next() {
            None => None,
            Some(condition) => {
                let condition = Some(self.condition(condition)?);
                let argument =
                    |n: &Name| Expr { kind: ExprKind::Name(n.text.clone()), span: n.span };
                let arguments = parameters.iter().map(|(n, _)| argument(n)).collect();
                let relation = Path { pack: None, name: name.clone(), span: name.span };
                Some(ItemKind::Clause(Clause { relation, arguments, condition }))
            }
        };
        let kind = ItemKind::Relation(Relation { name, parameters });
        file.items.push(Item { kind, span: head, docs });
        file.items.extend(clause.map(|kind| Item { kind, span, docs: String::new() }));
        Some(())
    }

    fn clause(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        let mut inner = parts(pair);
        let relation = self.path(inner.next()?)?;
        let arguments = parts(inner.next()?).map(|p| self.expr(p)).collect::<Option<_>>()?;
        let condition = match inner.next() {
            Some(condition) => Some(self.condition(condition)?),
            None => None,
        };
        Some(ItemKind::Clause(Clause { relation, arguments, condition }))
    }

    fn derive(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        let mut inner = parts(pair);
        let path = self.path(inner.next()?)?;
        let (mut name, mut label, mut inside) = (None, None, None);
        let (mut attributes, mut condition) = (vec![], None);
        for part in inner {
            match part.as_rule() {
                Rule::derive_name => name = Some(part),
                Rule::derive_as => label = Some(self.expr(parts(part).next()?)?),
                Rule::derive_in => inside = Some(self.expr(parts(part).next()?)?),
                Rule::outputs => attributes.extend(self.outputs(part)?),
                Rule::clause_if => condition = Some(self.condition(part)?),
                _ => {}
            }
        }
        let target = match name {
            Some(name) => {
                let mut inner = parts(name);
                let first = self.expr(inner.next()?)?;
                match inner.next() {
                    Some(second) => {
                        DeriveTarget::Flow(path, first, self.expr(second)?, label.take())
                    }
                    None => DeriveTarget::Entity(path, first),
                }
            }
            None => match path.pack {
                None => DeriveTarget::Variable(path.name),
                Some(_) => {
                    let help =
                        "write `derive KIND NAME { … } if …`, or a variable of the condition";
                    self.error(codes::SYNTAX, path.span, "the name of the entity is missing", help);
                    return None;
                }
            },
        };
        if let Some(label) = label {
            let help = "only a flow has a label: `derive flow a -> b as \"…\"`";
            self.error(codes::SYNTAX, label.span, "an entity has no label", help);
            return None;
        }
        Some(ItemKind::Derive(Derive { target, inside, attributes, condition: condition? }))
    }

    pub(super) fn outputs(&mut self, pair: Pair<'_, Rule>) -> Option<Vec<Output>> {
        parts(pair)
            .map(|p| {
                let mut inner = parts(p);
                Some(Output { name: self.name(&inner.next()?), value: self.expr(inner.next()?)? })
            })
            .collect()
    }

    fn change(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        let mut inner = parts(pair);
        let kind = match inner.next()?.as_rule() {
            Rule::kw_except => ChangeKind::Except,
            Rule::kw_override => ChangeKind::Override,
            _ => ChangeKind::Disable,
        };
        let rule = self.path(inner.next()?)?;
        let mut change =
            Change { kind, rule, because: None, until: None, condition: None, fields: vec![] };
        for part in inner {
            match part.as_rule() {
                Rule::change_because => change.because = Some(self.string(&parts(part).next()?)),
                Rule::change_until => {
                    let date = parts(part).next()?;
                    let value = match date.as_rule() {
                        Rule::date => date.as_str().to_owned(),
                        _ => text_value(date.as_str()),
                    };
                    change.until = Some(Text { value, span: self.span(&date) });
                }
                Rule::clause_if => change.condition = Some(self.condition(part)?),
                Rule::fields => change.fields = self.fields(part)?,
                _ => {}
            }
        }
        Some(ItemKind::Change(change))
    }

    fn test(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        let mut inner = parts(pair);
        let name = self.string(&inner.next()?);
        let (mut given, mut expect) = (vec![], vec![]);
        for part in inner {
            match part.as_rule() {
                Rule::given => {
                    let what = parts(part).next()?;
                    given.push(if what.as_rule() == Rule::given_file {
                        let mut inner = parts(what);
                        let path = self.string(&inner.next()?);
                        Given::File { path, text: self.code(&inner.next()?) }
                    } else {
                        Given::Model(self.statements(what)?)
                    });
                }
                Rule::expect => expect.push(self.expect(part)?),
                _ => {}
            }
        }
        Some(ItemKind::Test(Test { name, given, expect }))
    }

    fn expect(&mut self, pair: Pair<'_, Rule>) -> Option<Expect> {
        let span = self.span(&pair);
        let mut negated = false;
        let mut inner = parts(pair).peekable();
        if inner.next_if(|p| p.as_rule() == Rule::expect_no).is_some() {
            negated = true;
        }
        let what = inner.next()?;
        let fact = what.as_rule() == Rule::expect_fact;
        let mut inner = parts(what).peekable();
        let possible = inner.next_if(|p| p.as_rule() == Rule::expect_possible).is_some();
        let path = self.path(inner.next()?)?;
        let last = inner.next();
        let what = match (fact, last) {
            (true, None) => ExpectKind::Fact { kind: path, attributes: vec![] },
            (true, Some(outputs)) => {
                ExpectKind::Fact { kind: path, attributes: self.outputs(outputs)? }
            }
            (false, Some(list)) if list.as_rule() == Rule::arguments => {
                let arguments = parts(list).map(|p| self.expr(p)).collect::<Option<_>>()?;
                if possible {
                    let help = "name the bindings: `expect possible threat(binding: value)`";
                    self.error(codes::SYNTAX, path.span, "only a threat can be possible", help);
                    return None;
                }
                ExpectKind::Relation { relation: path, arguments }
            }
            (false, list) => {
                let mut bindings = vec![];
                for part in list.into_iter().flat_map(parts) {
                    bindings.push(self.binding(part)?);
                }
                ExpectKind::Threat { threat: path, possible, bindings }
            }
        };
        Some(Expect { negated, what, span })
    }

    pub(super) fn binding(&mut self, pair: Pair<'_, Rule>) -> Option<(Name, Expr)> {
        let mut inner = parts(pair);
        Some((self.name(&inner.next()?), self.expr(inner.next()?)?))
    }

    fn statements(&mut self, pair: Pair<'_, Rule>) -> Option<Vec<Statement>> {
        parts(pair).map(|p| self.statement(p)).collect()
    }

    fn statement(&mut self, pair: Pair<'_, Rule>) -> Option<Statement> {
        let span = self.span(&pair);
        let pair = pair.into_inner().next()?;
        let flow = pair.as_rule() == Rule::model_flow;
        let mut inner = parts(pair).peekable();
        if flow {
            let from = self.model_name(&inner.next()?);
            let to = self.model_name(&inner.next()?);
            let label =
                inner.next_if(|p| p.as_rule() == Rule::model_name).map(|p| self.model_name(&p));
            let attributes = match inner.next() {
                Some(outputs) => self.outputs(outputs)?,
                None => vec![],
            };
            return Some(Statement::Flow { from, to, label, attributes, span });
        }
        let kind = self.path(inner.next()?)?;
        let name = self.model_name(&inner.next()?);
        let inside =
            inner.next_if(|p| p.as_rule() == Rule::model_name).map(|p| self.model_name(&p));
        let attributes = match inner.next() {
            Some(outputs) => self.outputs(outputs)?,
            None => vec![],
        };
        Some(Statement::Entity { kind, name, inside, attributes, span })
    }

    fn model_name(&self, pair: &Pair<'_, Rule>) -> Text {
        let str = pair.as_str();
        let value = if str.starts_with('"') { text_value(str) } else { str.to_owned() };
        Text { value, span: self.span(pair) }
    }
}
