//! Which names of a condition are variables, and how far they are seen. Sugar over `not` is removed on the way: what
//! comes out are conjunctions, alternatives, leaves with their sign, and conditions of which none may hold.

use std::rc::Rc;

use redan_base::{Diagnostic, Span};
use redan_grammar::syntax::{Cond, CondKind, Expr, ExprKind, Name, Path, Query};

use super::Lowering;
use super::core::{Context, Env};
use crate::names::Meaning;
use crate::schema::Type;

/// A condition without sugar.
#[derive(Debug, Clone)]
pub(super) enum Surface<'c> {
    And(Vec<Surface<'c>>),
    Or(Vec<Surface<'c>>),
    Part(Part<'c>),
}

/// What stands in a conjunction.
#[derive(Debug, Clone)]
pub(super) enum Part<'c> {
    /// A condition without parts.
    Leaf {
        positive: bool,
        cond: &'c Cond,
        env: usize,
        /// The negated condition that it is or is a part of, as it was written.
        denial: Option<Span>,
    },
    /// No match of the body.
    No { body: Rc<Surface<'c>>, env: usize, span: Span },
}

impl Part<'_> {
    pub fn span(&self) -> Span {
        match self {
            Self::Leaf { cond, .. } => cond.span,
            Self::No { span, .. } => *span,
        }
    }
}

/// More alternatives than this are an error: their number multiplies.
pub(super) const MOST_ALTERNATIVES: usize = 128;

impl Lowering<'_> {
    /// A fresh environment for the names that a condition binds.
    pub(super) fn open_env(&mut self, cx: &mut Context, parent: usize, conds: &[&Cond]) -> usize {
        cx.envs.push(Env { parent: Some(parent), names: vec![] });
        let env = cx.envs.len() - 1;
        for cond in conds {
            self.bind_names(cx, env, cond);
        }
        env
    }

    /// Adds the names that a condition binds to an environment, unless they are seen from it.
    pub(super) fn bind_names(&mut self, cx: &mut Context, env: usize, cond: &Cond) {
        let mut names = vec![];
        self.binders(cx, cond, true, &mut names);
        names.sort_by_key(|n| n.span.start);
        for name in names {
            if !name.text.is_empty() && cx.lookup(env, &name.text).is_none() {
                let v = cx.named(name.text.clone(), name.span, env);
                if let Some(e) = cx.envs.get_mut(env) {
                    e.names.push((name.text, v));
                }
            }
        }
    }

    /// The condition, or its opposite, without sugar.
    pub(super) fn surface<'c>(
        &mut self,
        cx: &mut Context,
        cond: &'c Cond,
        positive: bool,
        env: usize,
    ) -> Surface<'c> {
        self.surface_within(cx, cond, positive, env, None)
    }

    /// `denial`: the outermost `not …` around it.
    fn surface_within<'c>(
        &mut self,
        cx: &mut Context,
        cond: &'c Cond,
        positive: bool,
        env: usize,
        denial: Option<Span>,
    ) -> Surface<'c> {
        match &cond.kind {
            CondKind::Group(inner) => self.surface_within(cx, inner, positive, env, denial),
            CondKind::Not(inner) => {
                self.surface_within(cx, inner, !positive, env, denial.or(Some(cond.span)))
            }
            CondKind::And(parts) | CondKind::Or(parts) => {
                let all = parts
                    .iter()
                    .map(|p| self.surface_within(cx, p, positive, env, denial))
                    .collect();
                if matches!(cond.kind, CondKind::And(_)) == positive {
                    Surface::And(all)
                } else {
                    Surface::Or(all)
                }
            }
            CondKind::Exists(query) => {
                self.quantified(cx, query, None, !positive, env, denial.unwrap_or(cond.span))
            }
            CondKind::No(query) => {
                self.quantified(cx, query, None, positive, env, denial.unwrap_or(cond.span))
            }
            CondKind::Every(query, then) => {
                self.quantified(cx, query, Some(then), positive, env, denial.unwrap_or(cond.span))
            }
            CondKind::Member(..)
            | CondKind::Is { .. }
            | CondKind::Compare(..)
            | CondKind::In { .. }
            | CondKind::Matches(..)
            | CondKind::Like(..)
            | CondKind::Verb { .. }
            | CondKind::SameFile(..)
            | CondKind::Call(..)
            | CondKind::Flow(_)
            | CondKind::Bind(..)
            | CondKind::Truth(_) => {
                Self::count_uses(cx, cond, env);
                Surface::Part(Part::Leaf { positive, cond, env, denial })
            }
        }
    }

    /// `none`: no match of the query (for which `then` fails); else some match, as a part of the conjunction.
    fn quantified<'c>(
        &mut self,
        cx: &mut Context,
        query: &'c Query,
        then: Option<&'c Cond>,
        none: bool,
        env: usize,
        span: Span,
    ) -> Surface<'c> {
        let conds: Vec<&Cond> = std::iter::once(&query.over).chain(&query.filter).collect();
        let inner = self.open_env(cx, env, &conds);
        let mut all: Vec<Surface<'c>> = vec![];
        match &query.over.kind {
            CondKind::And(parts) if none && then.is_none() => {
                for (number, part) in parts.iter().enumerate() {
                    let before = uses_of(cx, inner);
                    all.push(self.surface(cx, part, true, inner));
                    if number > 0 && uses_of(cx, inner) == before {
                        self.taken_in(cx, part.span);
                    }
                }
            }
            _ => all.push(self.surface(cx, &query.over, true, inner)),
        }
        all.extend(query.filter.iter().map(|c| self.surface(cx, c, true, inner)));
        if let Some(then) = then {
            all.push(self.surface(cx, then, false, inner));
        }
        let body = Surface::And(all);
        if none { Surface::Part(Part::No { body: Rc::new(body), env: inner, span }) } else { body }
    }

    /// A condition behind `no … and` that speaks of nothing that the `no` looks for: it was most likely meant to stand
    /// beside the `no`.
    fn taken_in(&mut self, cx: &Context, span: Span) {
        let message =
            "`no` takes in this condition as well, which says nothing of what it looks for";
        self.diagnostics.push(
            Diagnostic::warning(304, message).at(cx.scope.source, span, "denied together with what stands before it").help(
                "put it before the `no`, or the `no` in parentheses: `(no …) and …`; if this is meant, write `no (… and …)`",
            ),
        );
    }

    /// The names in places that bind a variable.
    fn binders(&self, cx: &Context, cond: &Cond, positive: bool, out: &mut Vec<Name>) {
        match &cond.kind {
            CondKind::Group(inner) => self.binders(cx, inner, positive, out),
            CondKind::Not(inner) => self.binders(cx, inner, !positive, out),
            CondKind::And(parts) | CondKind::Or(parts) => {
                for part in parts {
                    self.binders(cx, part, positive, out);
                }
            }
            CondKind::Exists(_) | CondKind::No(_) | CondKind::Every(..) => {}
            _ if !positive => {}
            CondKind::Member(name, _) | CondKind::Bind(name, _) => out.push(name.clone()),
            CondKind::Is { subject, negated: false, .. } => push_name(subject, out),
            CondKind::Call(path, arguments) => {
                if let Some(Meaning::Relation(id)) = self.meaning(cx, path) {
                    for (i, argument) in arguments.iter().enumerate() {
                        self.push_argument(id, i, argument, out);
                    }
                } else if let Some(Meaning::Kind(_)) = self.meaning(cx, path) {
                    for argument in arguments {
                        push_name(argument, out);
                    }
                }
            }
            CondKind::Verb { left, verb, right } => {
                if let Some(id) = self.verb_relation(cx, verb) {
                    self.push_argument(id, 0, left, out);
                    self.push_argument(id, 1, right, out);
                } else if verb.name.text != "inside" {
                    self.push_element(right, out);
                }
            }
            CondKind::In { left, right, negated: false } => match &right.kind {
                ExprKind::Name(text) if !self.is_set(cx, text) => push_name(right, out),
                ExprKind::List(_) | ExprKind::Name(_) => push_name(left, out),
                _ => self.push_element(left, out),
            },
            CondKind::Flow(path) => {
                out.extend(path.start.name.clone());
                for (edge, node) in &path.steps {
                    out.extend(edge.name.clone());
                    out.extend(node.name.clone());
                }
            }
            CondKind::Is { .. }
            | CondKind::In { .. }
            | CondKind::Compare(..)
            | CondKind::Matches(..)
            | CondKind::Like(..)
            | CondKind::SameFile(..)
            | CondKind::Truth(_) => {}
        }
    }

    /// An argument of a relation binds a variable, unless it is a symbol of the parameter's enum.
    fn push_argument(&self, relation: u32, index: usize, argument: &Expr, out: &mut Vec<Name>) {
        let parameter =
            self.schema.relations.get(relation as usize).and_then(|r| r.parameters.get(index));
        if let (Some((_, Type::Enum(of))), ExprKind::Name(text)) = (parameter, &argument.kind)
            && crate::names::symbol(self.schema, *of, text).is_some()
        {
            return;
        }
        push_name(argument, out);
    }

    /// An element of a set attribute binds a variable, unless it could be a symbol.
    fn push_element(&self, element: &Expr, out: &mut Vec<Name>) {
        let ExprKind::Name(text) = &element.kind else { return };
        if crate::names::enums_with(self.schema, text).is_empty() {
            push_name(element, out);
        }
    }

    pub(super) fn meaning(&self, cx: &Context, path: &Path) -> Option<Meaning> {
        let text = match &path.pack {
            Some(pack) => format!("{}.{}", pack.text, path.name.text),
            None => path.name.text.clone(),
        };
        self.d.names.find(cx.scope.pack, &text)
    }

    /// The two-place relation that a verb is.
    pub(super) fn verb_relation(&self, cx: &Context, verb: &Path) -> Option<u32> {
        match self.meaning(cx, verb) {
            Some(Meaning::Relation(id)) => Some(id),
            _ => None,
        }
    }

    pub(super) fn is_set(&self, cx: &Context, text: &str) -> bool {
        matches!(self.d.names.find(cx.scope.pack, text), Some(Meaning::Set(_)))
    }

    /// Counts the names of a leaf.
    fn count_uses(cx: &mut Context, cond: &Cond, env: usize) {
        let name = |cx: &mut Context, n: &Name| cx.used(env, &n.text);
        match &cond.kind {
            CondKind::Member(n, _) => {
                name(cx, n);
                cx.says_kind(env, &n.text);
            }
            CondKind::Bind(n, e) => {
                name(cx, n);
                count_expr(cx, e, env);
            }
            CondKind::Is { subject: e, .. } | CondKind::Truth(e) => count_expr(cx, e, env),
            CondKind::Compare(_, a, b)
            | CondKind::In { left: a, right: b, .. }
            | CondKind::Matches(a, b)
            | CondKind::Like(a, b)
            | CondKind::SameFile(a, b)
            | CondKind::Verb { left: a, right: b, .. } => {
                count_expr(cx, a, env);
                count_expr(cx, b, env);
            }
            CondKind::Call(_, arguments) => {
                for argument in arguments {
                    count_expr(cx, argument, env);
                }
            }
            CondKind::Flow(path) => {
                let nodes = std::iter::once(&path.start).chain(path.steps.iter().map(|(_, n)| n));
                for node in nodes.clone().filter(|n| n.kind.is_some()) {
                    if let Some(n) = &node.name {
                        cx.says_kind(env, &n.text);
                    }
                }
                let edges = path.steps.iter().map(|(e, _)| e.name.as_ref());
                for n in nodes.map(|n| n.name.as_ref()).chain(edges).flatten() {
                    name(cx, n);
                }
            }
            CondKind::And(_)
            | CondKind::Or(_)
            | CondKind::Not(_)
            | CondKind::Group(_)
            | CondKind::Exists(_)
            | CondKind::No(_)
            | CondKind::Every(..) => {}
        }
    }

    /// Variables that are written only once do nothing, or are misspelt.
    pub(super) fn check_uses(&mut self, cx: &Context) {
        for (i, var) in cx.vars.iter().enumerate() {
            if var.uses != 1
                || var.may_be_single
                || var.name.is_empty()
                || var.name.starts_with('_')
            {
                continue;
            }
            let others: Vec<&str> = cx
                .vars
                .iter()
                .enumerate()
                .filter(|(j, o)| *j != i && !o.name.is_empty())
                .map(|(_, o)| o.name.as_str())
                .collect();
            let close = crate::names::likely(&var.name, others);
            // Its kind is a condition of its own; only a likely slip is told of.
            if var.has_kind && close.is_none() {
                continue;
            }
            let help = match close {
                Some(close) => format!("did you mean `{close}`? If it may be anything, write `_`"),
                None => "write `_` if it may be anything".to_owned(),
            };
            let message = format!("variable `{}` is used only once", var.name);
            self.diagnostics
                .push(Diagnostic::error(202, message).at(cx.source(), var.span, "").help(help));
        }
    }

    /// All ways to meet a condition, each a conjunction.
    pub(super) fn alternatives<'c>(
        &mut self,
        cx: &mut Context,
        surface: &Surface<'c>,
        span: Span,
    ) -> Vec<Vec<Part<'c>>> {
        let Some(all) = expand(surface) else {
            let d = Diagnostic::error(
                218,
                format!("the condition has more than {MOST_ALTERNATIVES} alternatives"),
            )
            .at(cx.source(), span, "each `or` multiplies them")
            .help(
                "give a part of it a name: declare a relation with one clause for each alternative",
            );
            self.diagnostics.push(d);
            cx.broken = true;
            return vec![];
        };
        all
    }
}

fn expand<'c>(surface: &Surface<'c>) -> Option<Vec<Vec<Part<'c>>>> {
    match surface {
        Surface::Part(part) => Some(vec![vec![part.clone()]]),
        Surface::Or(parts) => {
            let mut all = vec![];
            for part in parts {
                all.extend(expand(part)?);
                if all.len() > MOST_ALTERNATIVES {
                    return None;
                }
            }
            Some(all)
        }
        Surface::And(parts) => {
            let mut all: Vec<Vec<Part<'c>>> = vec![vec![]];
            for part in parts {
                let more = expand(part)?;
                if all.len() * more.len() > MOST_ALTERNATIVES {
                    return None;
                }
                all = all
                    .iter()
                    .flat_map(|a| more.iter().map(|m| a.iter().chain(m).cloned().collect()))
                    .collect();
            }
            Some(all)
        }
    }
}

impl Context {
    /// The name is written with a kind.
    fn says_kind(&mut self, env: usize, name: &str) {
        if let Some(v) = self.lookup(env, name)
            && let Some(var) = self.vars.get_mut(v.0 as usize)
        {
            var.has_kind = true;
        }
    }

    /// The name is written once more.
    pub fn used(&mut self, env: usize, name: &str) {
        if let Some(v) = self.lookup(env, name)
            && let Some(var) = self.vars.get_mut(v.0 as usize)
        {
            var.uses += 1;
        }
    }
}

/// Counts the names of an expression. What an aggregate ranges over is counted when it is resolved.
pub(super) fn count_expr(cx: &mut Context, expr: &Expr, env: usize) {
    match &expr.kind {
        ExprKind::Name(text) => cx.used(env, text),
        ExprKind::Access(base, _) => count_expr(cx, base, env),
        ExprKind::Call(_, list) | ExprKind::List(list) | ExprKind::First(list) => {
            for element in list {
                count_expr(cx, element, env);
            }
        }
        ExprKind::Sum { left, right, .. } => {
            count_expr(cx, left, env);
            count_expr(cx, right, env);
        }
        ExprKind::Text(_)
        | ExprKind::Int(_)
        | ExprKind::Bool(_)
        | ExprKind::Regex(_)
        | ExprKind::Code(_)
        | ExprKind::Wild
        | ExprKind::Capture(_)
        | ExprKind::Captures(_)
        | ExprKind::Tree(_)
        | ExprKind::Aggregate { .. } => {}
    }
}

fn push_name(expr: &Expr, out: &mut Vec<Name>) {
    if let ExprKind::Name(text) = &expr.kind {
        out.push(Name { text: text.clone(), span: expr.span });
    }
}

/// How often the variables of an environment were used so far.
fn uses_of(cx: &Context, env: usize) -> u64 {
    let names = cx.envs.get(env).map_or(&[][..], |e| e.names.as_slice());
    names.iter().filter_map(|(_, v)| cx.vars.get(v.0 as usize)).map(|v| u64::from(v.uses)).sum()
}
