//! Expressions of conditions: to a term, and the steps that lead to it.

use redan_base::{Diagnostic, Span};
use redan_grammar::syntax::{Expr, ExprKind, Name, Path};

use super::Lowering;
use super::core::{Attribute, Context, Part, Step};
use super::types::Types;
use crate::functions::{Function, function, regex_error};
use crate::ir::{Aggregate, Term};
use crate::names::{self, Meaning};
use crate::schema::{KindId, Type};

/// What an expression gives.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub term: Term,
    pub ty: Type,
}

/// An expression that may have several values: they are asked for with `has` and `in`.
#[derive(Debug, Clone)]
pub(super) enum Many {
    Attribute { attribute: Attribute, of: Term },
    Call { function: &'static Function, pattern: Option<String>, arguments: Vec<Term> },
}

impl Lowering<'_> {
    /// The term of an expression; a set or a function of several values ranges over them. None after a complaint.
    pub(super) fn expr(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        env: usize,
        types: &Types,
        expected: Option<&Type>,
        steps: &mut Vec<Step>,
    ) -> Option<Value> {
        let constant = |term, ty| Some(Value { term: Term::Constant(term), ty });
        match &expr.kind {
            ExprKind::Text(text) => {
                let value = constant(self.program.values.text(text), Type::Str);
                if let Some(Type::Enum(of)) = expected {
                    return self.quoted_symbol(cx, expr, text, *of);
                }
                value
            }
            ExprKind::Int(n) => constant(self.program.values.int(*n), Type::Int),
            ExprKind::Bool(b) => constant(self.program.values.bool(*b), Type::Bool),
            ExprKind::Name(text) => self.name(cx, expr, text, env, types, expected),
            ExprKind::Access(base, name) => {
                let (term, ty, _) = self.access(cx, base, name, env, types, steps)?;
                Some(Value { term, ty })
            }
            ExprKind::Call(path, arguments) => {
                self.call(cx, path, arguments, env, types, steps, expr.span)
            }
            ExprKind::Sum { left, right, minus } => {
                let a = self.expr(cx, left, env, types, None, steps)?;
                let b = self.expr(cx, right, env, types, None, steps)?;
                let ints = a.ty == Type::Int && b.ty == Type::Int;
                let texts =
                    !minus && [&a.ty, &b.ty].iter().all(|t| matches!(t, Type::Str | Type::Int));
                if !ints && !texts {
                    let (wrong, ty) = if matches!(a.ty, Type::Int | Type::Str) {
                        (right.span, &b.ty)
                    } else {
                        (left.span, &a.ty)
                    };
                    let need = if *minus { "an int" } else { "an int or a string" };
                    let name = self.type_name(ty);
                    self.complain(cx, 205, format!("{need} is needed here, this is {name}"), wrong);
                    return None;
                }
                let to = cx.fresh();
                steps.push(Step::Call {
                    function: function(if *minus { "@sub" } else { "@add" })?,
                    pattern: None,
                    arguments: vec![a.term, b.term],
                    to,
                });
                let ty = if ints { Type::Int } else { Type::Str };
                Some(Value { term: Term::Variable(to), ty })
            }
            ExprKind::Aggregate { function, value, over } => {
                let (name, sub, column, ty) =
                    self.aggregate(cx, function, value.as_deref(), over, env, types)?;
                let to = cx.fresh();
                steps.push(Step::Aggregate { function: name, sub, value: column, to });
                Some(Value { term: Term::Variable(to), ty })
            }
            ExprKind::Wild => {
                self.complain(cx, 211, "`_` stands for anything and has no value here", expr.span);
                None
            }
            ExprKind::List(_) => {
                self.complain(cx, 211, "a list is only possible after `in`", expr.span);
                None
            }
            ExprKind::Regex(_) => {
                self.complain(
                    cx,
                    211,
                    "a regular expression is only possible after `matches`",
                    expr.span,
                );
                None
            }
            ExprKind::Code(_)
            | ExprKind::Capture(_)
            | ExprKind::Captures(_)
            | ExprKind::Tree(_)
            | ExprKind::First(_) => {
                self.complain(cx, 211, "this is only possible in an extractor", expr.span);
                None
            }
        }
    }

    pub(super) fn complain(
        &mut self,
        cx: &mut Context,
        code: u16,
        message: impl Into<String>,
        span: Span,
    ) {
        cx.broken = true;
        self.diagnostics.push(Diagnostic::error(code, message).at(cx.source(), span, ""));
    }

    pub(super) fn complain_with(
        &mut self,
        cx: &mut Context,
        code: u16,
        message: impl Into<String>,
        span: Span,
        help: impl Into<String>,
    ) {
        cx.broken = true;
        let d = Diagnostic::error(code, message).at(cx.source(), span, "").help(help);
        self.diagnostics.push(d);
    }

    fn quoted_symbol(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        text: &str,
        of: crate::schema::EnumId,
    ) -> Option<Value> {
        let name = self.type_name(&Type::Enum(of));
        let help = match names::symbol(self.schema, of, text) {
            Some(_) => format!("symbols are written without quotes: `{text}`"),
            None => "symbols are written without quotes".to_owned(),
        };
        self.complain_with(
            cx,
            205,
            format!("this is a string, but {name} is needed"),
            expr.span,
            help,
        );
        None
    }

    /// A bare word: a variable, else a symbol of the expected enum.
    fn name(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        text: &str,
        env: usize,
        types: &Types,
        expected: Option<&Type>,
    ) -> Option<Value> {
        let variable = cx.lookup(env, text);
        if let Some(Type::Enum(of)) = expected
            && let Some(symbol) = names::symbol(self.schema, *of, text)
            && variable.is_none_or(|v| types.get(v) != expected)
        {
            return Some(Value { term: Term::Constant(symbol), ty: Type::Enum(*of) });
        }
        if let Some(v) = variable {
            let Some(ty) = types.get(v).cloned() else {
                // After another mistake this is likely to follow from it.
                if !cx.broken {
                    let (message, help) = if cx.alternatives {
                        let help =
                            format!("each part of `or` must bind it: {}", binding_help(text));
                        (format!("`{text}` is not bound in every alternative"), help)
                    } else {
                        (format!("nothing binds `{text}` here"), binding_help(text))
                    };
                    let d = Diagnostic::error(203, message).at(cx.source(), expr.span, "");
                    self.diagnostics.push(d.help(help));
                    cx.broken = true;
                }
                return None;
            };
            return Some(Value { term: Term::Variable(v), ty });
        }
        if cx.told.iter().any(|t| t == text) {
            return None;
        }
        match expected {
            Some(Type::Enum(of)) => {
                let word = Name { text: text.to_owned(), span: expr.span };
                let close = names::likely(text, cx.visible(env));
                let mut d = names::unknown_symbol(self.schema, *of, cx.source(), &word);
                if let Some(close) = close
                    && !d.help.as_ref().is_some_and(|h| h.starts_with("did you mean"))
                {
                    d = d.help(format!("did you mean the variable `{close}`?"));
                }
                self.diagnostics.push(d);
            }
            None if names::enums_with(self.schema, text).len() == 1 => {
                let of = *names::enums_with(self.schema, text).first()?;
                let symbol = names::symbol(self.schema, of, text)?;
                return Some(Value { term: Term::Constant(symbol), ty: Type::Enum(of) });
            }
            _ => {
                let d = Diagnostic::error(201, format!("there is no variable `{text}`")).at(
                    cx.source(),
                    expr.span,
                    "",
                );
                let help = match names::likely(text, cx.visible(env)) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None if expected == Some(&Type::Str) => {
                        format!("a text is written in quotes: \"{text}\"; {}", binding_help(text))
                    }
                    None => binding_help(text),
                };
                self.diagnostics.push(d.help(help));
                cx.told.push(text.to_owned());
            }
        }
        cx.broken = true;
        None
    }

    /// `base.name`: the value, and the attribute if it is one of several values.
    fn access(
        &mut self,
        cx: &mut Context,
        base: &Expr,
        name: &Name,
        env: usize,
        types: &Types,
        steps: &mut Vec<Step>,
    ) -> Option<(Term, Type, bool)> {
        let (of, kind) = self.entity(cx, base, env, types, steps)?;
        if names::attribute(self.schema, kind, &name.text).is_none()
            && self.is_extracted(kind)
            && let Some((part, ty)) = match name.text.as_str() {
                "file" => Some((Part::File, Type::Str)),
                "line" => Some((Part::Line, Type::Int)),
                "text" => Some((Part::Text, Type::Str)),
                _ => None,
            }
        {
            let to = cx.fresh();
            steps.push(Step::Part { part, kind, of, to });
            return Some((Term::Variable(to), ty, false));
        }
        let attribute = self.find_attribute(cx, kind, name)?;
        let declared = self.attribute(attribute)?;
        let (ty, set) = (declared.ty.clone(), declared.set);
        let to = cx.fresh();
        steps.push(Step::Attribute { attribute, of, to });
        Some((Term::Variable(to), ty, set))
    }

    /// An expression that must be an entity.
    pub(super) fn entity(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        env: usize,
        types: &Types,
        steps: &mut Vec<Step>,
    ) -> Option<(Term, KindId)> {
        let value = self.expr(cx, expr, env, types, Some(&Type::Any), steps)?;
        match value.ty {
            Type::Entity(kind) => Some((value.term, kind)),
            other => {
                let name = self.type_name(&other);
                let message = format!("this is {name}, which has no attributes");
                self.complain(cx, 205, message, expr.span);
                None
            }
        }
    }

    /// An expression of several values, without ranging over them; the type is that of one value.
    pub(super) fn many(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        env: usize,
        types: &Types,
        steps: &mut Vec<Step>,
    ) -> Option<(Many, Type)> {
        if let ExprKind::Access(base, name) = &expr.kind {
            let (_, ty, set) = self.access(cx, base, name, env, types, steps)?;
            if let (true, Some(Step::Attribute { attribute, of, .. })) = (set, steps.pop()) {
                return Some((Many::Attribute { attribute, of }, ty));
            }
        } else if let ExprKind::Call(..) = &expr.kind {
            let value = self.expr(cx, expr, env, types, None, steps)?;
            if let Some(Step::Call { function, pattern, arguments, .. }) = steps.pop()
                && function.many
            {
                return Some((Many::Call { function, pattern, arguments }, value.ty));
            }
        }
        let inferred = self.infer(cx, expr, env, types);
        let what =
            inferred.map_or_else(String::new, |i| format!(", this is {}", self.type_name(&i.ty)));
        self.complain_with(
            cx,
            210,
            format!("a set is needed here{what}"),
            expr.span,
            "compare a single value with `==`",
        );
        None
    }

    /// A function, or the entity of a kind and a name.
    #[expect(clippy::too_many_arguments, reason = "what every step of an expression needs")]
    pub(super) fn call(
        &mut self,
        cx: &mut Context,
        path: &Path,
        arguments: &[Expr],
        env: usize,
        types: &Types,
        steps: &mut Vec<Step>,
        span: Span,
    ) -> Option<Value> {
        if let Some(Meaning::Kind(kind)) = self.meaning(cx, path) {
            return self.entity_of_name(cx, kind, arguments, env, types, steps, span);
        }
        let Some(f) = function(&path.name.text).filter(|_| path.pack.is_none()) else {
            let message = match self.meaning(cx, path) {
                Some(Meaning::Relation(_)) => {
                    format!("`{}` is a relation: it holds or not, and has no value", path.name.text)
                }
                _ => format!("there is no function `{}`", path.name.text),
            };
            let all = crate::functions::FUNCTIONS.iter().map(|f| f.name);
            let kinds = self.d.names.visible(cx.scope.pack, |m| matches!(m, Meaning::Kind(_)));
            let names = all.filter(|n| !n.starts_with('@')).chain(kinds);
            match names::likely(&path.name.text, names).map(str::to_owned) {
                Some(close) => {
                    let help = format!("did you mean `{close}`?");
                    self.complain_with(cx, 207, message, path.name.span, help);
                }
                None => self.complain(cx, 207, message, path.name.span),
            }
            return None;
        };
        let wanted = f.parameters.len() + usize::from(f.pattern);
        if arguments.len() != wanted {
            self.wrong_count(cx, &path.name, wanted, arguments.len(), f.docs);
            return None;
        }
        let mut terms = vec![];
        for (argument, ty) in arguments.iter().zip(f.parameters) {
            let value = self.expr(cx, argument, env, types, Some(ty), steps)?;
            self.fits(cx, &value.ty, ty, argument.span)?;
            terms.push(value.term);
        }
        let pattern = match arguments.last().filter(|_| f.pattern) {
            Some(last) => Some(self.regex(cx, last)?),
            None => None,
        };
        let to = cx.fresh();
        steps.push(Step::Call { function: f, pattern, arguments: terms, to });
        Some(Value { term: Term::Variable(to), ty: f.result.clone() })
    }

    pub(super) fn wrong_count(
        &mut self,
        cx: &mut Context,
        name: &Name,
        wanted: usize,
        got: usize,
        help: &str,
    ) {
        let s = if wanted == 1 { "" } else { "s" };
        let message = format!("`{}` takes {wanted} argument{s}, not {got}", name.text);
        self.complain_with(cx, 208, message, name.span, help);
    }

    /// The text of a regular expression that compiles.
    pub(super) fn regex(&mut self, cx: &mut Context, expr: &Expr) -> Option<String> {
        let ExprKind::Regex(text) = &expr.kind else {
            self.complain_with(
                cx,
                211,
                "a regular expression is needed here",
                expr.span,
                "it is written between slashes: `/…/`",
            );
            return None;
        };
        let checked = self.d.checked.binary_search(&cx.scope.source).is_ok();
        if let Some(error) = if checked { None } else { regex_error(text) } {
            // The crate draws a picture of the place; its last line says what is wrong.
            let why =
                error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.complain_with(cx, 212, "the regular expression is broken", expr.span, why);
            return None;
        }
        Some(text.clone())
    }

    #[expect(clippy::too_many_arguments, reason = "what every step of an expression needs")]
    fn entity_of_name(
        &mut self,
        cx: &mut Context,
        kind: KindId,
        arguments: &[Expr],
        env: usize,
        types: &Types,
        steps: &mut Vec<Step>,
        span: Span,
    ) -> Option<Value> {
        let [argument] = arguments else {
            let message = format!("an entity of a kind has one name, not {}", arguments.len());
            self.complain(cx, 208, message, span);
            return None;
        };
        let ty = Type::Entity(kind);
        let value = self.expr(cx, argument, env, types, Some(&Type::Str), steps)?;
        if let Type::Entity(other) = &value.ty {
            // `store(c)` of an entity: the same one, if it is a store.
            if names::is_a(self.schema, *other, kind) || names::is_a(self.schema, kind, *other) {
                steps.push(Step::Member { kind, of: value.term });
                return Some(Value { term: value.term, ty });
            }
        }
        self.fits(cx, &value.ty, &Type::Str, argument.span)?;
        let to = cx.fresh();
        steps.push(Step::Call {
            function: function("@entity")?,
            pattern: Some(self.root_name(kind)),
            arguments: vec![value.term],
            to,
        });
        // It exists only if it is a member.
        steps.push(Step::Member { kind, of: Term::Variable(to) });
        Some(Value { term: Term::Variable(to), ty })
    }

    /// The root kind's qualified name, which entities are told apart by.
    pub(super) fn root_name(&self, kind: KindId) -> String {
        let root = self.schema.kinds.get(kind.0 as usize).map_or(kind, |k| k.root);
        self.kind_name(root).to_owned()
    }

    /// A complaint unless a value of one type can be one of the other.
    pub(super) fn fits(
        &mut self,
        cx: &mut Context,
        is: &Type,
        needed: &Type,
        span: Span,
    ) -> Option<()> {
        if self.alike(is, needed) {
            return Some(());
        }
        let (is, needed) = (self.type_name(is), self.type_name(needed));
        self.complain(cx, 205, format!("{needed} is needed here, this is {is}"), span);
        None
    }

    /// Whether a value can be of both types.
    pub(super) fn alike(&self, a: &Type, b: &Type) -> bool {
        match (a, b) {
            (Type::Any, _) | (_, Type::Any) => true,
            (Type::Entity(a), Type::Entity(b)) => {
                names::is_a(self.schema, *a, *b) || names::is_a(self.schema, *b, *a)
            }
            (a, b) => a == b,
        }
    }

    /// The sub-condition of an aggregate, the column of its value, and the value's type.
    fn aggregate(
        &mut self,
        cx: &mut Context,
        name: &Name,
        value: Option<&Expr>,
        over: &redan_grammar::syntax::Cond,
        env: usize,
        types: &Types,
    ) -> Option<(Aggregate, usize, u32, Type)> {
        let function = match name.text.as_str() {
            "count" => Aggregate::Count,
            "sum" => Aggregate::Sum,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            other => {
                let help = names::likely_or_list(other, ["count", "max", "min", "sum"]);
                let message = format!("there is no aggregate `{other}`");
                self.complain_with(cx, 207, message, name.span, help);
                return None;
            }
        };
        if value.is_none() && function != Aggregate::Count {
            let message = format!("`{}` needs a value: `{} {{ x where … }}`", name.text, name.text);
            self.complain(cx, 208, message, name.span);
            return None;
        }
        let (sub, ty) = self.sub_of_aggregate(cx, value, over, env, types)?;
        if function == Aggregate::Sum && ty != Type::Int {
            let is = self.type_name(&ty);
            let span = value.map_or(name.span, |v| v.span);
            self.complain(cx, 205, format!("`sum` needs an int, this is {is}"), span);
            return None;
        }
        let column = cx.subs.get(sub).map_or(0, |s| s.params.len() + s.columns.len()) as u32;
        let ty = if function == Aggregate::Count { Type::Int } else { ty };
        Some((function, sub, if value.is_some() { column.saturating_sub(1) } else { 0 }, ty))
    }
}

fn binding_help(text: &str) -> String {
    format!(
        "a variable is bound by `{text}: kind`, `{text} -> …`, `relation({text})` or `{text} = …` that is not under `not`"
    )
}
