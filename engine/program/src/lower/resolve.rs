//! From the parts of a conjunction to leaves over steps and tests, all names resolved and all types checked.

use std::collections::BTreeSet;

use redan_base::Span;
use redan_grammar::syntax::{Compare, Cond, CondKind, Expr, ExprKind, Name};

use super::Lowering;
use super::core::{Body, Context, Leaf, Sub, Test, variables};
use super::scope::{Part, Surface};
use super::types::Types;
use crate::ir::{Term, Variable};
use crate::names::Meaning;
use crate::schema::Type;

/// What is known of a conjunction while its leaves are resolved.
pub(super) struct Branch<'t> {
    pub types: &'t Types,
    /// The variables that something other than an attribute binds.
    pub strong: BTreeSet<Variable>,
    /// Those that only membership in a set or list binds.
    pub listed: BTreeSet<Variable>,
}

/// Where a leaf stands.
#[derive(Clone, Copy)]
pub(super) struct At<'b> {
    /// The names that it sees.
    pub env: usize,
    pub branch: &'b Branch<'b>,
}

impl Lowering<'_> {
    /// All conjunctions of a condition. `outer`: what is known of the variables around it.
    pub(super) fn bodies(
        &mut self,
        cx: &mut Context,
        surface: &Surface<'_>,
        outer: &Types,
        span: Span,
    ) -> Vec<Body> {
        let alternatives = self.alternatives(cx, surface, span);
        cx.alternatives |= alternatives.len() > 1;
        let mut bodies = vec![];
        let mut alive: BTreeSet<Span> = BTreeSet::new();
        let mut dead = vec![];
        for parts in &alternatives {
            let mut types = outer.clone();
            let before = self.diagnostics.len();
            self.infer_types(cx, parts, &mut types);
            if types.broken {
                dead.push((parts, self.diagnostics.split_off(before)));
            } else {
                alive.extend(parts.iter().map(Part::span));
                bodies.push(self.body(cx, parts, types, outer));
            }
        }
        // `(a or b) and (b or a)` has alternatives that contradict themselves. It is a mistake only if some part of the
        // condition is in none that can match.
        for (parts, told) in dead {
            if parts.iter().any(|p| !alive.contains(&p.span())) {
                cx.broken = true;
                self.diagnostics.extend(told);
            }
        }
        bodies
    }

    fn body(
        &mut self,
        cx: &mut Context,
        parts: &[Part<'_>],
        mut types: Types,
        outer: &Types,
    ) -> Body {
        let mut strong: BTreeSet<Variable> = outer.of.keys().copied().collect();
        let mut listed = BTreeSet::new();
        for part in parts {
            let Part::Leaf { positive: true, cond, env, .. } = part else { continue };
            self.strong_names(cx, cond, *env, &mut strong);
            self.listed_name(cx, cond, *env, &mut listed);
            if let CondKind::Bind(name, _) = &cond.kind
                && let Some(v) = cx.lookup(*env, &name.text)
            {
                // What is wrong with the bound expression is told once, there.
                types.of.entry(v).or_insert((Type::Any, name.span));
            }
        }
        listed.retain(|v| !strong.contains(v));
        strong.extend(&listed);
        let mut leaves = vec![];
        let branch = Branch { types: &types, strong, listed };
        for part in parts {
            match part {
                Part::Leaf { positive, cond, env, denial } => {
                    let made = self.leaf(cx, cond, *positive, At { env: *env, branch: &branch });
                    // Explanations show what was written, with its `not`.
                    let as_written = |l: Leaf| Leaf { span: denial.unwrap_or(l.span), ..l };
                    leaves.extend(made.into_iter().flatten().map(as_written));
                }
                Part::No { body, env, span } => {
                    let outside = Self::visible_types(cx, *env, &types);
                    let bodies = self.bodies(cx, body, &outside, *span);
                    let parent = cx.envs.get(*env).and_then(|e| e.parent).unwrap_or(0);
                    let sub = Self::sub(cx, bodies, parent, *span);
                    leaves.push(Leaf::test(false, Test::Sub(sub), *span));
                }
            }
        }
        let types = types.of.into_iter().map(|(v, (t, _))| (v, t)).collect();
        Body { leaves, types }
    }

    /// The types of the variables that are seen from around an environment.
    fn visible_types(cx: &Context, env: usize, types: &Types) -> Types {
        let parent = cx.envs.get(env).and_then(|e| e.parent).unwrap_or(0);
        let of = types.of.iter().filter(|(v, _)| cx.sees(parent, **v));
        Types { of: of.map(|(v, t)| (*v, t.clone())).collect(), broken: false }
    }

    /// A sub-condition; the variables that are seen from `env` are its parameters.
    pub(super) fn sub(cx: &mut Context, bodies: Vec<Body>, env: usize, span: Span) -> usize {
        let mut params: BTreeSet<Variable> = BTreeSet::new();
        for leaf in bodies.iter().flat_map(|b| &b.leaves) {
            params.extend(variables(&leaf.terms()));
            for sub in leaf.subs() {
                params.extend(cx.subs.get(sub).iter().flat_map(|s| s.params.iter().copied()));
            }
        }
        let params = params.into_iter().filter(|v| cx.sees(env, *v)).collect();
        cx.subs.push(Sub { params, columns: vec![], bodies, span, relation: None });
        cx.subs.len() - 1
    }

    /// The sub-condition of an aggregate; its last column is the value, if there is one.
    pub(super) fn sub_of_aggregate(
        &mut self,
        cx: &mut Context,
        value: Option<&Expr>,
        over: &Cond,
        env: usize,
        types: &Types,
    ) -> Option<(usize, Type)> {
        let inner = self.open_env(cx, env, &[over]);
        // What is counted are the values of its names, so that each of them says something.
        let own = cx.envs.get(inner).map(|e| e.names.clone()).unwrap_or_default();
        for (_, v) in own {
            if let Some(var) = cx.vars.get_mut(v.0 as usize) {
                var.may_be_single = true;
            }
        }
        let surface = self.surface(cx, over, true, inner);
        if let Some(value) = value {
            super::scope::count_expr(cx, value, inner);
        }
        let outside = Self::visible_types(cx, inner, types);
        let mut bodies = self.bodies(cx, &surface, &outside, over.span);
        if bodies.is_empty() {
            return None;
        }
        let column = cx.fresh();
        let mut ty = Type::Any;
        if let Some(value) = value {
            for body in &mut bodies {
                let of = body.types.iter().map(|(v, t)| (*v, (t.clone(), value.span))).collect();
                let known = Types { of, broken: false };
                let mut steps = vec![];
                let found = self.expr(cx, value, inner, &known, None, &mut steps)?;
                ty = found.ty;
                let test = Test::Compare(Compare::Eq, Term::Variable(column), found.term);
                let leaf = Leaf { positive: true, known: true, steps, test, span: value.span };
                body.leaves.push(leaf);
            }
        }
        let own: Vec<Variable> =
            cx.envs.get(inner).iter().flat_map(|e| e.names.iter().map(|(_, v)| *v)).collect();
        let sub = Self::sub(cx, bodies, env, over.span);
        if let Some(s) = cx.subs.get_mut(sub) {
            s.columns = own;
            if value.is_some() {
                s.columns.push(column);
            }
        }
        Some((sub, ty))
    }

    /// The variables that a positive leaf binds by more than an attribute.
    fn strong_names(&self, cx: &Context, cond: &Cond, env: usize, out: &mut BTreeSet<Variable>) {
        let mut add = |name: &Name| out.extend(cx.lookup(env, &name.text));
        let named = |e: &Expr| match &e.kind {
            ExprKind::Name(text) => Some(Name { text: text.clone(), span: e.span }),
            _ => None,
        };
        match &cond.kind {
            CondKind::Member(name, _) | CondKind::Bind(name, _) => add(name),
            CondKind::Is { subject, negated: false, what }
                if !matches!(self.meaning(cx, what), Some(Meaning::Set(_))) =>
            {
                named(subject).iter().for_each(&mut add);
            }
            CondKind::Call(path, arguments)
                if matches!(
                    self.meaning(cx, path),
                    Some(Meaning::Relation(_) | Meaning::Kind(_))
                ) =>
            {
                arguments.iter().filter_map(named).for_each(|n| add(&n));
            }
            CondKind::Verb { left, verb, right } if self.verb_relation(cx, verb).is_some() => {
                [left, right].into_iter().filter_map(named).for_each(|n| add(&n));
            }
            CondKind::Flow(path) => {
                let nodes = std::iter::once(&path.start).chain(path.steps.iter().map(|(_, n)| n));
                nodes.filter_map(|n| n.name.as_ref()).for_each(&mut add);
                path.steps.iter().filter_map(|(e, _)| e.name.as_ref()).for_each(&mut add);
            }
            _ => {}
        }
    }

    /// The variable that a positive leaf says to be in a set or list.
    fn listed_name(&self, cx: &Context, cond: &Cond, env: usize, out: &mut BTreeSet<Variable>) {
        let (subject, listed) = match &cond.kind {
            CondKind::In { left, right, negated: false } => {
                let is_list = matches!(right.kind, ExprKind::List(_));
                (left, is_list || self.set_of(cx, right, env).is_some())
            }
            CondKind::Is { subject, negated: false, what } => {
                (subject, matches!(self.meaning(cx, what), Some(Meaning::Set(_))))
            }
            _ => return,
        };
        if let (true, ExprKind::Name(text)) = (listed, &subject.kind) {
            out.extend(cx.lookup(env, text));
        }
    }

    /// The value of a look-up; its complaint is kept.
    pub(super) fn told<T>(
        &mut self,
        cx: &mut Context,
        find: impl FnOnce(&Self, &Context) -> Result<T, redan_base::Diagnostic>,
    ) -> Option<T> {
        match find(self, cx) {
            Ok(found) => Some(found),
            Err(d) => {
                cx.broken = true;
                self.diagnostics.push(d);
                None
            }
        }
    }
}

/// Whether a term is a variable that nothing but an attribute binds.
pub(super) fn is_free(term: Term, at: At<'_>) -> bool {
    matches!(term, Term::Variable(v) if !at.branch.strong.contains(&v))
}
