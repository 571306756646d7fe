//! Types as they are written, and constants of a type: defaults and members of sets.

use redan_base::{Diagnostic, Span};
use redan_facts::{Value, ValueId};
use redan_grammar::syntax::{Expr, ExprKind, Name, TypeExpr};

use super::{Collector, path_of};
use crate::names::{Meaning, Scope, symbol, unknown_symbol};
use crate::schema::{EnumId, Type};

impl Collector<'_> {
    /// The type of a type expression, of its element if it is a set. An unknown one is reported and fits anything.
    pub(super) fn ty(&mut self, scope: Scope, ty: &TypeExpr) -> Type {
        if ty.name.pack.is_none() {
            match ty.name.name.text.as_str() {
                "bool" => return Type::Bool,
                "int" => return Type::Int,
                "string" => return Type::Str,
                _ => {}
            }
        }
        match self.out.names.type_name(scope, &ty.name) {
            Ok(Meaning::Enum(id)) => Type::Enum(id),
            Ok(Meaning::Kind(id)) => Type::Entity(id),
            Ok(_) => Type::Any,
            Err(mut d) => {
                let own = match ty.name.name.text.as_str() {
                    "str" | "text" | "String" => Some("string"),
                    "boolean" | "flag" => Some("bool"),
                    "integer" | "number" | "float" => Some("int"),
                    _ => None,
                };
                if let Some(own) = own {
                    d = d.help(format!("did you mean `{own}`?"));
                }
                self.report(d);
                Type::Any
            }
        }
    }

    /// A type in words: `a text`, `a symbol of \`trust\``.
    pub(super) fn type_words(&self, ty: &Type) -> String {
        let short = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        match ty {
            Type::Bool => "`true` or `false`".to_owned(),
            Type::Int => "a whole number".to_owned(),
            Type::Str => "a text".to_owned(),
            Type::Enum(id) => {
                let name =
                    self.out.schema.enums.get(id.0 as usize).map(|e| short(&e.declared.name));
                format!("a symbol of `{}`", name.unwrap_or_default())
            }
            Type::Entity(id) => {
                let name =
                    self.out.schema.kinds.get(id.0 as usize).map(|k| short(&k.declared.name));
                format!("a `{}`", name.unwrap_or_default())
            }
            Type::Any => "anything".to_owned(),
        }
    }

    /// A constant of an expected type; anything else is reported. `declared` is where the type is written.
    pub(super) fn constant(
        &mut self,
        scope: Scope,
        expr: &Expr,
        ty: &Type,
        declared: Span,
    ) -> Option<ValueId> {
        let values = &mut self.out.values;
        match (&expr.kind, ty) {
            (ExprKind::Bool(b), Type::Bool | Type::Any) => return Some(values.bool(*b)),
            (ExprKind::Int(n), Type::Int | Type::Any) => return Some(values.int(*n)),
            (ExprKind::Text(t), Type::Str | Type::Any) => return Some(values.text(t)),
            (_, Type::Any) => return None,
            (_, Type::Enum(of)) => {
                if let Some(found) = self.symbol_of(scope, expr, *of) {
                    return found;
                }
            }
            _ => {}
        }
        let d = Diagnostic::error(115, format!("{} is needed here", self.type_words(ty)))
            .at(scope.source, expr.span, "")
            .at(scope.source, declared, "because of this type");
        let help = match ty {
            Type::Entity(_) => Some("a reference has no default: leave it out".to_owned()),
            Type::Str => path_of(expr).map(|p| format!("write `\"{}\"`", p.name.text)),
            _ => None,
        };
        self.report(match help {
            Some(help) => d.help(help),
            None => d,
        });
        None
    }

    /// The symbol that an expression names, `s` or `enum.s`; the inner none if it was reported, the outer if the
    /// expression is no name at all.
    fn symbol_of(&mut self, scope: Scope, expr: &Expr, of: EnumId) -> Option<Option<ValueId>> {
        let path = path_of(expr)?;
        let found = symbol(&self.out.schema, of, &path.name.text);
        if found.is_none() {
            self.report(unknown_symbol(&self.out.schema, of, scope.source, &path.name));
        }
        Some(found)
    }

    /// The one enum that has all of some words and that the scope sees; reports when there is none or several.
    pub(super) fn enum_of(&mut self, scope: Scope, words: &[Name]) -> Option<EnumId> {
        let schema = &self.out.schema;
        let names = &self.out.names;
        let seen: Vec<EnumId> = (0..schema.enums.len() as u32)
            .map(EnumId)
            .filter(|id| {
                let name = schema.enums.get(id.0 as usize).map(|e| e.declared.name.as_str());
                name.is_some_and(|n| names.find(scope.pack, n) == Some(Meaning::Enum(*id)))
            })
            .collect();
        let has = |id: &EnumId, word: &Name| symbol(schema, *id, &word.text).is_some();
        let all: Vec<EnumId> =
            seen.iter().copied().filter(|id| words.iter().all(|w| has(id, w))).collect();
        let first = words.first()?;
        let d = match all.as_slice() {
            [one] => return Some(*one),
            [] => {
                let Some(bad) = words.iter().find(|w| !seen.iter().any(|id| has(id, w))) else {
                    let list: Vec<String> = words.iter().map(|w| format!("`{}`", w.text)).collect();
                    self.report(
                        Diagnostic::error(116, "these symbols are of several enums")
                            .at(scope.source, first.span.to(words.last().unwrap_or(first).span), "")
                            .help(format!("no enum has all of {}", list.join(", "))),
                    );
                    return None;
                };
                let symbols = seen.iter().filter_map(|id| schema.enums.get(id.0 as usize));
                let symbols: Vec<&str> =
                    symbols.flat_map(|e| e.symbols.iter().map(String::as_str)).collect();
                let help = match crate::names::likely(&bad.text, symbols) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("for a text, write `\"{}\"`", bad.text),
                };
                Diagnostic::error(110, format!("no enum has the symbol `{}`", bad.text))
                    .at(scope.source, bad.span, "")
                    .help(help)
            }
            several => {
                let enums: Vec<&crate::schema::Enum> =
                    several.iter().filter_map(|id| schema.enums.get(id.0 as usize)).collect();
                let help: Vec<String> = enums
                    .iter()
                    .filter_map(|e| e.declared.name.rsplit('.').next())
                    .map(|e| format!("`{e}.{}`", first.text))
                    .collect();
                let d = Diagnostic::error(
                    118,
                    format!("`{}` is a symbol of several enums", first.text),
                )
                .at(scope.source, first.span, "")
                .help(format!("write {}", help.join(" or ")));
                enums.iter().fold(d, |d, e| d.at(e.declared.source, e.declared.span, "one of them"))
            }
        };
        self.report(d);
        None
    }

    /// The value of a constant that stands alone, with its type; names are not among them.
    pub(super) fn literal(&mut self, expr: &Expr) -> Option<(ValueId, Type)> {
        let values = &mut self.out.values;
        Some(match &expr.kind {
            ExprKind::Bool(b) => (values.bool(*b), Type::Bool),
            ExprKind::Int(n) => (values.int(*n), Type::Int),
            ExprKind::Text(t) => (values.text(t), Type::Str),
            _ => return None,
        })
    }

    /// Interns the symbols of an enum.
    pub(super) fn symbols(&mut self, of: &str, symbols: &[String]) -> Vec<ValueId> {
        symbols
            .iter()
            .zip(0..)
            .map(|(name, rank)| {
                let symbol = Value::Symbol { of: of.into(), name: name.as_str().into(), rank };
                self.out.values.intern(symbol)
            })
            .collect()
    }
}
