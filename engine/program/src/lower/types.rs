//! Types of the variables of one conjunction: every place where a variable stands says something about it, and what
//! they say together must have a meaning.

use std::collections::BTreeMap;

use redan_base::{Diagnostic, Span};
use redan_grammar::syntax::{Cond, CondKind, Expr, ExprKind, FlowPath};

use super::Lowering;
use super::core::{Attribute, Context};
use super::scope::Part;
use crate::functions::function;
use crate::ir::Variable;
use crate::names::{self, Meaning};
use crate::schema::{KindId, Type};

/// What is known about variables: the type, and where it was said.
#[derive(Debug, Clone, Default)]
pub(super) struct Types {
    pub of: BTreeMap<Variable, (Type, Span)>,
    /// Something that was said contradicts something else.
    pub broken: bool,
}

impl Types {
    pub fn get(&self, v: Variable) -> Option<&Type> {
        self.of.get(&v).map(|(t, _)| t)
    }
}

/// What an expression is, as far as it can be told without complaints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inferred {
    pub ty: Type,
    /// It has several values.
    pub many: bool,
}

impl Lowering<'_> {
    /// The types of all variables in a conjunction, on top of what is known from outside.
    pub(super) fn infer_types(&mut self, cx: &Context, parts: &[Part<'_>], types: &mut Types) {
        // Each round may tell the type of what an attribute's owner was needed for; a chain is rarely longer than three.
        for _ in 0..16 {
            let before = types.of.clone();
            for part in parts {
                if let Part::Leaf { positive: true, cond, env, .. } = part {
                    self.constrain(cx, cond, *env, types);
                }
            }
            if types.of == before || types.broken {
                break;
            }
        }
    }

    fn constrain(&mut self, cx: &Context, cond: &Cond, env: usize, types: &mut Types) {
        match &cond.kind {
            CondKind::Member(name, path) => {
                if let Ok(kind) = self.d.names.kind(cx.scope, path)
                    && let Some(v) = cx.lookup(env, &name.text)
                {
                    self.set_type(cx, v, Type::Entity(kind), name.span, types);
                }
            }
            CondKind::Is { subject, negated: false, what } => match self.meaning(cx, what) {
                Some(Meaning::Kind(kind)) => {
                    self.set_expr(cx, subject, env, Type::Entity(kind), types);
                }
                Some(Meaning::Relation(id)) => self.set_parameter(cx, id, 0, subject, env, types),
                Some(Meaning::Set(set)) => {
                    if let Some(set) = self.schema.sets.get(set.0 as usize) {
                        self.set_expr(cx, subject, env, set.element.clone(), types);
                    }
                }
                _ => {}
            },
            CondKind::Call(path, arguments) => match self.meaning(cx, path) {
                Some(Meaning::Relation(id)) => {
                    for (i, argument) in arguments.iter().enumerate() {
                        self.set_parameter(cx, id, i, argument, env, types);
                    }
                }
                Some(Meaning::Kind(kind)) => {
                    if let [argument] = arguments.as_slice() {
                        self.set_expr(cx, argument, env, Type::Entity(kind), types);
                    }
                }
                _ => {}
            },
            CondKind::Verb { left, verb, right } => {
                if let Some(id) = self.verb_relation(cx, verb) {
                    self.set_parameter(cx, id, 0, left, env, types);
                    self.set_parameter(cx, id, 1, right, env, types);
                } else if verb.name.text == "has" {
                    self.set_element(cx, right, left, env, types);
                } else if let Some(Inferred { ty: Type::Entity(kind), .. }) =
                    self.infer(cx, left, env, types)
                    && let Some(of) = names::attribute(self.schema, kind, &verb.name.text)
                    && let Some(attribute) = self.attribute(of)
                {
                    self.set_expr(cx, right, env, attribute.ty.clone(), types);
                }
            }
            CondKind::In { left, right, negated: false } => {
                self.constrain_in(cx, left, right, env, types);
            }
            CondKind::Bind(name, value) => {
                let Some(v) = cx.lookup(env, &name.text) else { return };
                if let Some(found) = self.infer(cx, value, env, types) {
                    self.set_type(cx, v, found.ty, name.span, types);
                }
                if let Some(ty) = types.get(v).cloned() {
                    self.set_expr(cx, value, env, ty, types);
                }
            }
            CondKind::Flow(path) => self.constrain_flow(cx, path, env, types),
            CondKind::Is { .. }
            | CondKind::In { .. }
            | CondKind::Compare(..)
            | CondKind::Matches(..)
            | CondKind::Like(..)
            | CondKind::SameFile(..)
            | CondKind::Truth(_)
            | CondKind::And(_)
            | CondKind::Or(_)
            | CondKind::Not(_)
            | CondKind::Group(_)
            | CondKind::Exists(_)
            | CondKind::No(_)
            | CondKind::Every(..) => {}
        }
    }

    fn constrain_in(
        &mut self,
        cx: &Context,
        left: &Expr,
        right: &Expr,
        env: usize,
        types: &mut Types,
    ) {
        if let ExprKind::List(list) = &right.kind {
            if let Some(found) = list.iter().find_map(|e| self.infer(cx, e, env, types)) {
                self.set_expr(cx, left, env, found.ty, types);
            }
            return;
        }
        if let Some(set) = self.set_of(cx, right, env) {
            if let Some(set) = self.schema.sets.get(set.0 as usize) {
                self.set_expr(cx, left, env, set.element.clone(), types);
            }
            return;
        }
        match self.infer(cx, right, env, types) {
            Some(Inferred { many: true, .. }) => self.set_element(cx, left, right, env, types),
            _ => {
                if let Some(Inferred { ty: Type::Entity(kind), .. }) =
                    self.infer(cx, left, env, types)
                    && let Some(of) = names::attribute(self.schema, kind, "in")
                    && let Some(attribute) = self.attribute(of)
                {
                    self.set_expr(cx, right, env, attribute.ty.clone(), types);
                }
            }
        }
    }

    fn constrain_flow(&mut self, cx: &Context, path: &FlowPath, env: usize, types: &mut Types) {
        let Some(flow) = self.d.names.flow_kind() else { return };
        let end = |l: &Self, name| {
            names::attribute(l.schema, flow, name)
                .and_then(|a| l.attribute(a))
                .map(|a| a.ty.clone())
        };
        let ends = (end(self, "from"), end(self, "to"));
        let nodes = std::iter::once(&path.start).chain(path.steps.iter().map(|(_, n)| n));
        let count = path.steps.len();
        for (i, node) in nodes.enumerate() {
            let Some(v) = node.name.as_ref().and_then(|n| cx.lookup(env, &n.text)) else {
                continue;
            };
            let span = node.name.as_ref().map_or(node.span, |n| n.span);
            if let (true, Some(ty)) = (i < count, &ends.0) {
                self.set_type(cx, v, ty.clone(), span, types);
            }
            if let (true, Some(ty)) = (i > 0, &ends.1) {
                self.set_type(cx, v, ty.clone(), span, types);
            }
            if let Some(Ok(kind)) = node.kind.as_ref().map(|k| self.d.names.kind(cx.scope, k)) {
                self.set_type(cx, v, Type::Entity(kind), span, types);
            }
        }
        for (edge, _) in path.steps.iter().filter(|(e, _)| !e.many) {
            if let Some(name) = &edge.name
                && let Some(v) = cx.lookup(env, &name.text)
            {
                self.set_type(cx, v, Type::Entity(flow), name.span, types);
            }
        }
    }

    /// `element` is one of the values of `of`.
    fn set_element(
        &mut self,
        cx: &Context,
        element: &Expr,
        of: &Expr,
        env: usize,
        types: &mut Types,
    ) {
        if let Some(found) = self.infer(cx, of, env, types) {
            self.set_expr(cx, element, env, found.ty, types);
        }
    }

    fn set_parameter(
        &mut self,
        cx: &Context,
        relation: u32,
        index: usize,
        argument: &Expr,
        env: usize,
        types: &mut Types,
    ) {
        let relation = self.schema.relations.get(relation as usize);
        if let Some((_, ty)) = relation.and_then(|r| r.parameters.get(index)) {
            self.set_expr(cx, argument, env, ty.clone(), types);
        }
    }

    /// A variable has the type; other expressions say nothing about variables.
    fn set_expr(&mut self, cx: &Context, expr: &Expr, env: usize, ty: Type, types: &mut Types) {
        let ExprKind::Name(text) = &expr.kind else { return };
        if let Type::Enum(of) = &ty
            && names::symbol(self.schema, *of, text).is_some()
        {
            return;
        }
        if let Some(v) = cx.lookup(env, text) {
            self.set_type(cx, v, ty, expr.span, types);
        }
    }

    fn set_type(&mut self, cx: &Context, v: Variable, ty: Type, span: Span, types: &mut Types) {
        let Some((old, at)) = types.of.get(&v).cloned() else {
            types.of.insert(v, (ty, span));
            return;
        };
        let meet = match (&old, &ty) {
            (Type::Any, _) => Some(ty.clone()),
            (_, Type::Any) => None,
            (Type::Entity(a), Type::Entity(b)) if names::is_a(self.schema, *a, *b) => None,
            (Type::Entity(a), Type::Entity(b)) if names::is_a(self.schema, *b, *a) => {
                Some(ty.clone())
            }
            (a, b) if a == b => None,
            _ => {
                if !types.broken {
                    types.broken = true;
                    self.contradiction(cx, v, (&old, at), (&ty, span));
                }
                None
            }
        };
        if let Some(ty) = meet {
            types.of.insert(v, (ty, span));
        }
    }

    fn contradiction(&mut self, cx: &Context, v: Variable, a: (&Type, Span), b: (&Type, Span)) {
        let name = cx.name(v);
        let (first, second) = (self.type_name(a.0), self.type_name(b.0));
        let d = Diagnostic::error(
            204,
            format!("`{name}` cannot be {first} and {second}: this can never match"),
        )
        .at(cx.source(), b.1, format!("{second} here"))
        .at(cx.source(), a.1, format!("{first} here"));
        let both = matches!((a.0, b.0), (Type::Entity(_), Type::Entity(_)));
        self.diagnostics.push(if both {
            d.help("neither kind inherits from the other; for either of them, write two clauses or use `or`")
        } else {
            d
        });
    }

    /// `a string`, `a process`: for messages.
    pub(super) fn type_name(&self, ty: &Type) -> String {
        let short = |name: &str| {
            let name = name.rsplit('.').next().unwrap_or_default();
            let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            format!("{article} `{name}`")
        };
        match ty {
            Type::Bool => "a bool".to_owned(),
            Type::Int => "an int".to_owned(),
            Type::Str => "a string".to_owned(),
            Type::Any => "anything".to_owned(),
            Type::Enum(id) => self
                .schema
                .enums
                .get(id.0 as usize)
                .map_or_else(|| "a symbol".to_owned(), |e| short(&e.declared.name)),
            Type::Entity(id) => short(self.kind_name(*id)),
        }
    }

    /// The set that an expression names.
    pub(super) fn set_of(
        &self,
        cx: &Context,
        expr: &Expr,
        env: usize,
    ) -> Option<crate::schema::SetId> {
        let path = crate::collect::path_of(expr)?;
        let first = path.pack.as_ref().map_or(&path.name.text, |p| &p.text);
        if cx.lookup(env, first).is_some() {
            return None;
        }
        match self.meaning(cx, &path) {
            Some(Meaning::Set(id)) => Some(id),
            _ => None,
        }
    }

    /// The type of an expression, without complaints.
    pub(super) fn infer(
        &self,
        cx: &Context,
        expr: &Expr,
        env: usize,
        types: &Types,
    ) -> Option<Inferred> {
        let one = |ty: Type| Some(Inferred { ty, many: false });
        match &expr.kind {
            ExprKind::Text(_) => one(Type::Str),
            ExprKind::Int(_) => one(Type::Int),
            ExprKind::Bool(_) => one(Type::Bool),
            ExprKind::Name(text) => match cx.lookup(env, text) {
                Some(v) => one(types.get(v)?.clone()),
                None => match names::enums_with(self.schema, text).as_slice() {
                    [only] => one(Type::Enum(*only)),
                    _ => None,
                },
            },
            ExprKind::Access(base, name) => {
                let base = self.infer(cx, base, env, types)?;
                let Type::Entity(kind) = base.ty else { return None };
                match names::attribute(self.schema, kind, &name.text) {
                    Some(of) => {
                        let attribute = self.attribute(of)?;
                        Some(Inferred {
                            ty: attribute.ty.clone(),
                            many: attribute.set || base.many,
                        })
                    }
                    None => match (self.is_extracted(kind), name.text.as_str()) {
                        (true, "file" | "text") => one(Type::Str),
                        (true, "line") => one(Type::Int),
                        _ => None,
                    },
                }
            }
            ExprKind::Call(path, _) => match self.meaning(cx, path) {
                Some(Meaning::Kind(kind)) => one(Type::Entity(kind)),
                _ => {
                    let f = function(&path.name.text)?;
                    Some(Inferred { ty: f.result.clone(), many: f.many })
                }
            },
            ExprKind::Sum { left, right, minus } => {
                let left = self.infer(cx, left, env, types)?.ty;
                let right = self.infer(cx, right, env, types)?.ty;
                one(if *minus || (left == Type::Int && right == Type::Int) {
                    Type::Int
                } else {
                    Type::Str
                })
            }
            ExprKind::Aggregate { function, .. } => {
                let int = matches!(function.text.as_str(), "count" | "sum");
                one(if int { Type::Int } else { Type::Any })
            }
            ExprKind::Wild
            | ExprKind::Regex(_)
            | ExprKind::Code(_)
            | ExprKind::Capture(_)
            | ExprKind::Captures(_)
            | ExprKind::Tree(_)
            | ExprKind::List(_)
            | ExprKind::First(_) => None,
        }
    }

    pub(super) fn is_extracted(&self, kind: KindId) -> bool {
        self.schema.kinds.get(kind.0 as usize).is_some_and(|k| k.extracted)
    }

    /// The attribute of a name, with a complaint if the kind has none.
    pub(super) fn find_attribute(
        &mut self,
        cx: &mut Context,
        kind: KindId,
        name: &redan_grammar::syntax::Name,
    ) -> Option<Attribute> {
        if let Some(found) = names::attribute(self.schema, kind, &name.text) {
            return Some(found);
        }
        cx.broken = true;
        let mut d = names::unknown_attribute(self.schema, kind, cx.source(), name);
        // A kind that inherits from this one may have it: then the variable's kind is too wide.
        let narrower = (0..self.schema.kinds.len() as u32).map(KindId).find(|k| {
            *k != kind
                && names::is_a(self.schema, *k, kind)
                && self
                    .schema
                    .kinds
                    .get(k.0 as usize)
                    .is_some_and(|k| k.attributes.iter().any(|a| a.name == name.text))
        });
        if let Some(k) = narrower {
            let short = self.kind_name(k).rsplit('.').next().unwrap_or_default().to_owned();
            d = d.help(format!("kind `{short}` has it: narrow the variable with `: {short}`"));
        }
        self.diagnostics.push(d);
        None
    }
}
