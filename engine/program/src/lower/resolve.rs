//! From the parts of a conjunction to leaves over steps and tests, all names resolved and all types checked.

use std::collections::BTreeSet;

use redan_base::Span;
use redan_grammar::syntax::{Compare, Cond, CondKind, Expr, ExprKind, FlowPath, Name, Path};

use super::Lowering;
use super::core::{Body, Context, Leaf, Step, Sub, Test, variables};
use super::expr::{Many, Value};
use super::scope::{Part, Surface};
use super::types::Types;
use crate::functions::{function, glob_error};
use crate::ir::{Term, Variable};
use crate::names::{self, Meaning};
use crate::schema::{KindId, Type};

/// What is known of a conjunction while its leaves are resolved.
pub(super) struct Branch<'t> {
    pub types: &'t Types,
    /// The variables that something other than an attribute binds.
    pub strong: BTreeSet<Variable>,
    /// Those that only membership in a set or list binds.
    pub listed: BTreeSet<Variable>,
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
                bodies.extend(self.body(cx, parts, types, outer));
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
    ) -> Option<Body> {
        let mut strong: BTreeSet<Variable> = outer.of.keys().copied().collect();
        let mut listed = BTreeSet::new();
        for part in parts {
            let Part::Leaf { positive: true, cond, env } = part else { continue };
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
                Part::Leaf { positive, cond, env } => {
                    let made = self.leaf(cx, cond, *positive, *env, &branch);
                    leaves.extend(made.into_iter().flatten());
                }
                Part::No { body, env, span } => {
                    let outside = self.visible_types(cx, *env, &types);
                    let bodies = self.bodies(cx, body, &outside, *span);
                    let parent = cx.envs.get(*env).and_then(|e| e.parent).unwrap_or(0);
                    let sub = self.sub(cx, bodies, parent, *span);
                    leaves.push(Leaf::test(false, Test::Sub(sub), *span));
                }
            }
        }
        let types = types.of.into_iter().map(|(v, (t, _))| (v, t)).collect();
        Some(Body { leaves, types })
    }

    /// The types of the variables that are seen from around an environment.
    fn visible_types(&self, cx: &Context, env: usize, types: &Types) -> Types {
        let parent = cx.envs.get(env).and_then(|e| e.parent).unwrap_or(0);
        let of = types.of.iter().filter(|(v, _)| cx.sees(parent, **v));
        Types { of: of.map(|(v, t)| (*v, t.clone())).collect(), broken: false }
    }

    /// A sub-condition; the variables that are seen from `env` are its parameters.
    pub(super) fn sub(
        &mut self,
        cx: &mut Context,
        bodies: Vec<Body>,
        env: usize,
        span: Span,
    ) -> usize {
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
        let outside = self.visible_types(cx, inner, types);
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
        let sub = self.sub(cx, bodies, env, over.span);
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
            CondKind::Is { subject, negated: false, what } => {
                if !matches!(self.meaning(cx, what), Some(Meaning::Set(_))) {
                    named(subject).iter().for_each(&mut add);
                }
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

    /// The leaves of one part. None after a complaint.
    fn leaf(
        &mut self,
        cx: &mut Context,
        cond: &Cond,
        positive: bool,
        env: usize,
        b: &Branch<'_>,
    ) -> Option<Vec<Leaf>> {
        let span = cond.span;
        let mut steps = vec![];
        let mut known = false;
        let mut positive = positive;
        let test = match &cond.kind {
            CondKind::Member(name, path) => {
                let kind = self.told(cx, |l, cx| l.d.names.kind(cx.scope, path))?;
                let subject = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
                self.is(cx, &subject, Meaning::Kind(kind), path, env, b, &mut steps)?
            }
            CondKind::Is { subject, negated, what } => {
                positive ^= *negated;
                let meaning = self.told(cx, |l, cx| l.d.names.predicate(cx.scope, what))?;
                self.is(cx, subject, meaning, what, env, b, &mut steps)?
            }
            CondKind::Compare(op, left, right) => {
                self.compare(cx, *op, left, right, env, b, &mut steps)?
            }
            CondKind::In { left, right, negated } => {
                positive ^= *negated;
                self.in_leaf(cx, left, right, positive, env, b, &mut steps, &mut known)?
            }
            CondKind::Matches(left, right) => {
                let pattern = self.regex(cx, right)?;
                self.text_test(cx, "@matches", pattern, left, env, b, &mut steps)?
            }
            CondKind::Like(left, right) => {
                let ExprKind::Text(glob) = &right.kind else {
                    self.complain_with(
                        cx,
                        211,
                        "a glob is needed here",
                        right.span,
                        "it is a text: `like \"*.internal\"`",
                    );
                    return None;
                };
                if let Some(error) = glob_error(glob) {
                    self.complain_with(cx, 212, "the glob is broken", right.span, error);
                    return None;
                }
                self.text_test(cx, "@like", glob.clone(), left, env, b, &mut steps)?
            }
            CondKind::Verb { left, verb, right } => {
                self.verb(cx, left, verb, right, env, b, &mut steps, &mut known)?
            }
            CondKind::SameFile(left, right) => {
                return self.same_file(cx, left, right, positive, env, b, span);
            }
            CondKind::Call(path, arguments) => {
                self.call_leaf(cx, path, arguments, env, b, &mut steps, span)?
            }
            CondKind::Flow(path) => return self.flow(cx, path, positive, env, b, span),
            CondKind::Bind(name, value) => {
                let Some(v) = cx.lookup(env, &name.text) else {
                    let message = format!("`{} = …` binds nothing under `not`", name.text);
                    self.complain_with(cx, 203, message, name.span, "compare with `==`");
                    return None;
                };
                let expected = b.types.get(v).cloned();
                let value = self.expr(cx, value, env, b.types, expected.as_ref(), &mut steps)?;
                known = positive;
                Test::Compare(Compare::Eq, Term::Variable(v), value.term)
            }
            CondKind::Truth(expr) => self.truth(cx, expr, env, b, &mut steps)?,
            CondKind::And(_)
            | CondKind::Or(_)
            | CondKind::Not(_)
            | CondKind::Group(_)
            | CondKind::Exists(_)
            | CondKind::No(_)
            | CondKind::Every(..) => return None,
        };
        let known = known && positive;
        if !positive {
            if matches!(&test, Test::Call { function, .. } if function.name == "@inside") {
                // The join by file only speeds up what holds.
                steps.retain(|s| !matches!(s, Step::Part { .. }));
            }
            let several = |s: &Step| match s {
                Step::Attribute { attribute, .. } => {
                    self.attribute(*attribute).is_some_and(|a| a.set)
                }
                Step::Call { function, .. } => function.many,
                Step::Part { .. } | Step::Member { .. } | Step::Aggregate { .. } => false,
            };
            if steps.iter().any(several) {
                // `not` of what holds for one of several values: it holds for none.
                let leaf = Leaf { positive: true, known, steps, test, span };
                let types = b.types.of.iter().map(|(v, (t, _))| (*v, t.clone())).collect();
                let sub = self.sub(cx, vec![Body { leaves: vec![leaf], types }], env, span);
                return Some(vec![Leaf::test(false, Test::Sub(sub), span)]);
            }
        }
        Some(vec![Leaf { positive, known, steps, test, span }])
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

    /// `subject is what`.
    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn is(
        &mut self,
        cx: &mut Context,
        subject: &Expr,
        what: Meaning,
        path: &Path,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        match what {
            Meaning::Kind(kind) => {
                let (term, _) = self.entity(cx, subject, env, b.types, steps)?;
                Some(Test::Kind(kind, term))
            }
            Meaning::Relation(id) => {
                self.relation_test(cx, id, &path.name, std::slice::from_ref(subject), env, b, steps)
            }
            Meaning::Set(set) => {
                let element = self.schema.sets.get(set.0 as usize)?.element.clone();
                let value = self.expr(cx, subject, env, b.types, Some(&element), steps)?;
                self.fits(cx, &value.ty, &element, subject.span)?;
                self.member_of_set(set, value.term, subject, cx, env, b)
            }
            Meaning::Enum(_) | Meaning::Threat(_) | Meaning::Mitigation(_) | Meaning::Change(_) => {
                None
            }
        }
    }

    /// A term is in a declared set: a join if it binds the variable, a test else.
    fn member_of_set(
        &mut self,
        set: crate::schema::SetId,
        term: Term,
        subject: &Expr,
        cx: &Context,
        env: usize,
        b: &Branch<'_>,
    ) -> Option<Test> {
        let declared = self.schema.sets.get(set.0 as usize)?;
        let relation = *self.sets.get(set.0 as usize)?;
        if let (ExprKind::Name(text), Term::Variable(v)) = (&subject.kind, term)
            && cx.lookup(env, text) == Some(v)
            && b.listed.contains(&v)
        {
            return Some(Test::Plain(relation, vec![term]));
        }
        let texts: Option<Vec<String>> =
            declared.members.iter().map(|m| self.member_pattern(*m)).collect();
        let Some(mut patterns) = texts else { return Some(Test::Plain(relation, vec![term])) };
        patterns.extend(declared.patterns.iter().map(|p| format!("(?:{p})")));
        Some(one_of(patterns, term))
    }

    /// The regular expression of a member, unless only identity can tell it.
    fn member_pattern(&self, member: redan_facts::ValueId) -> Option<String> {
        use redan_facts::Value;
        match self.program.values.get(member) {
            Value::Str(_) | Value::Int(_) | Value::Symbol { .. } => {
                Some(regex::escape(&self.program.values.show(member)))
            }
            Value::Bool(_) | Value::Entity { .. } => None,
        }
    }

    fn compare(
        &mut self,
        cx: &mut Context,
        op: Compare,
        left: &Expr,
        right: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        // The side whose type is plain tells what a bare word on the other side may be.
        let lt = self.infer(cx, left, env, b.types).map(|i| i.ty);
        let rt = self.infer(cx, right, env, b.types).map(|i| i.ty);
        let is_word =
            |e: &Expr| matches!(&e.kind, ExprKind::Name(t) if cx.lookup(env, t).is_none());
        let (l_expected, r_expected) = match (is_word(left), is_word(right)) {
            (true, false) => (rt, None),
            (false, true) => (None, lt),
            _ => (rt, lt),
        };
        for side in [left, right] {
            if let Some(many) = self.infer(cx, side, env, b.types).filter(|i| i.many) {
                let _ = many;
                self.complain_with(
                    cx,
                    209,
                    "this has several values, and cannot be compared as one",
                    side.span,
                    "ask for one of them with `has`, or bind one: `v = …`",
                );
                return None;
            }
        }
        if let ExprKind::Aggregate { function, value, over } = &left.kind {
            let mut own = vec![];
            let aggregate = Expr {
                kind: ExprKind::Aggregate {
                    function: function.clone(),
                    value: value.clone(),
                    over: over.clone(),
                },
                span: left.span,
            };
            let l = self.expr(cx, &aggregate, env, b.types, None, &mut own)?;
            let r = self.expr(cx, right, env, b.types, Some(&l.ty), steps)?;
            self.comparable(cx, op, &l, &r, left.span, right.span)?;
            let Some(Step::Aggregate { function, sub, value, .. }) = own.pop() else { return None };
            return Some(Test::Aggregate { function, sub, value, op, other: r.term });
        }
        let l = self.expr(cx, left, env, b.types, l_expected.as_ref(), steps)?;
        let r = self.expr(cx, right, env, b.types, r_expected.as_ref().or(Some(&l.ty)), steps)?;
        self.comparable(cx, op, &l, &r, left.span, right.span)?;
        Some(Test::Compare(op, l.term, r.term))
    }

    fn comparable(
        &mut self,
        cx: &mut Context,
        op: Compare,
        l: &Value,
        r: &Value,
        left: Span,
        right: Span,
    ) -> Option<()> {
        if !self.alike(&l.ty, &r.ty) {
            let (a, b) = (self.type_name(&l.ty), self.type_name(&r.ty));
            cx.broken = true;
            let d = redan_base::Diagnostic::error(205, format!("{a} is never equal to {b}"))
                .at(cx.source(), right, format!("this is {b}"))
                .at(cx.source(), left, format!("this is {a}"));
            self.diagnostics.push(d);
            return None;
        }
        if matches!(op, Compare::Eq | Compare::Ne) {
            return Some(());
        }
        for (ty, span) in [(&l.ty, left), (&r.ty, right)] {
            let ordered = match ty {
                Type::Int | Type::Any => true,
                Type::Enum(id) => self.schema.enums.get(id.0 as usize).is_some_and(|e| e.ordered),
                Type::Bool | Type::Str | Type::Entity(_) => false,
            };
            if !ordered {
                let name = self.type_name(ty);
                let help = match ty {
                    Type::Enum(_) => {
                        "an enum is ordered if it is declared with `<`: `enum e { a < b }`"
                    }
                    _ => "only ints and the symbols of an ordered enum are ordered",
                };
                self.complain_with(cx, 206, format!("{name} has no order"), span, help);
                return None;
            }
        }
        Some(())
    }

    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn text_test(
        &mut self,
        cx: &mut Context,
        name: &str,
        pattern: String,
        subject: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let value = self.expr(cx, subject, env, b.types, None, steps)?;
        if matches!(value.ty, Type::Entity(_) | Type::Bool) {
            let is = self.type_name(&value.ty);
            self.complain(cx, 205, format!("a string is needed here, this is {is}"), subject.span);
            return None;
        }
        Some(Test::Call {
            function: function(name)?,
            pattern: Some(pattern),
            arguments: vec![value.term],
        })
    }

    /// `left in right`.
    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn in_leaf(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        positive: bool,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
        known: &mut bool,
    ) -> Option<Test> {
        if let ExprKind::List(list) = &right.kind {
            return self.in_list(cx, left, right, list, env, b, steps);
        }
        if let Some(set) = self.set_of(cx, right, env) {
            let element = self.schema.sets.get(set.0 as usize)?.element.clone();
            let value = self.expr(cx, left, env, b.types, Some(&element), steps)?;
            self.fits(cx, &value.ty, &element, left.span)?;
            return self.member_of_set(set, value.term, left, cx, env, b);
        }
        if self.infer(cx, right, env, b.types).is_some_and(|i| i.many) {
            return self.has(cx, right, left, positive, env, b, steps, known);
        }
        // Where an entity is.
        let (of, kind) = self.entity_before_in(cx, left, right, env, b, steps)?;
        let name = Name { text: "in".to_owned(), span: right.span };
        let Some(attribute) = names::attribute(self.schema, kind, "in") else {
            let kind = self.type_name(&Type::Entity(kind));
            let message = format!("{kind} has no attribute `in`, and this is no list or set");
            let sets = self.d.names.visible(cx.scope.pack, |m| matches!(m, Meaning::Set(_)));
            let word = if let ExprKind::Name(t) = &right.kind { t.as_str() } else { "" };
            match names::likely(word, sets).map(str::to_owned) {
                Some(close) => {
                    let help = format!("did you mean `{close}`?");
                    self.complain_with(cx, 210, message, name.span, help);
                }
                None => self.complain(cx, 210, message, name.span),
            }
            return None;
        };
        let ty = self.attribute(attribute)?.ty.clone();
        if let ExprKind::Wild = right.kind {
            return Some(Test::HasAny { attribute, of });
        }
        let to = cx.fresh();
        steps.push(Step::Attribute { attribute, of, to });
        let value = self.expr(cx, right, env, b.types, Some(&ty), steps)?;
        self.fits(cx, &value.ty, &ty, right.span)?;
        *known = positive && is_free(value.term, b);
        Some(Test::Compare(Compare::Eq, value.term, Term::Variable(to)))
    }

    /// The left side of `in` before something that is no list or set: an entity.
    fn entity_before_in(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<(Term, KindId)> {
        let ty = self.infer(cx, left, env, b.types).map(|i| i.ty);
        if !matches!(ty, None | Some(Type::Entity(_) | Type::Any)) {
            let word = if let ExprKind::Name(t) = &right.kind { t.as_str() } else { "" };
            let sets = self.d.names.visible(cx.scope.pack, |m| matches!(m, Meaning::Set(_)));
            let help = match names::likely(word, sets) {
                Some(close) => format!("did you mean the set `{close}`?"),
                None => "write a list `[a, b]`, or declare a `set`".to_owned(),
            };
            self.complain_with(cx, 210, "a list or a set is needed here", right.span, help);
            return None;
        }
        self.entity(cx, left, env, b.types, steps)
    }

    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn in_list(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        list: &[Expr],
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let first = self.infer(cx, left, env, b.types).map(|i| i.ty);
        let first = first
            .or_else(|| list.iter().find_map(|e| self.infer(cx, e, env, b.types)).map(|i| i.ty));
        let value = self.expr(cx, left, env, b.types, first.as_ref(), steps)?;
        let mut terms = vec![];
        for element in list {
            let e = self.expr(cx, element, env, b.types, Some(&value.ty), steps)?;
            self.fits(cx, &e.ty, &value.ty, element.span)?;
            terms.push(e.term);
        }
        let constants: Option<Vec<_>> =
            terms.iter().map(|t| if let Term::Constant(c) = t { Some(*c) } else { None }).collect();
        let Some(constants) = constants else {
            self.complain_with(
                cx,
                211,
                "a list holds texts, numbers and symbols only",
                right.span,
                "compare with each variable, joined by `or`",
            );
            return None;
        };
        let texts: Option<Vec<String>> =
            constants.iter().map(|c| self.member_pattern(*c)).collect();
        let free = matches!(value.term, Term::Variable(v) if b.listed.contains(&v));
        if let (false, Some(patterns)) = (free, texts) {
            return Some(one_of(patterns, value.term));
        }
        let name = format!("list@{}", self.program.relations.len());
        let relation = self.add_relation(
            name,
            vec![value.ty],
            crate::ir::Role::Auxiliary,
            crate::ir::Bound::Certain,
        );
        for (c, element) in constants.iter().zip(list) {
            self.program.facts.push(crate::ir::StatedFact {
                relation,
                row: vec![*c],
                source: cx.source(),
                span: element.span,
            });
        }
        Some(Test::Plain(relation, vec![value.term]))
    }

    /// `of has value`, `value in of`.
    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn has(
        &mut self,
        cx: &mut Context,
        of: &Expr,
        value: &Expr,
        positive: bool,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
        known: &mut bool,
    ) -> Option<Test> {
        let (many, ty) = self.many(cx, of, env, b.types, steps)?;
        if let ExprKind::Wild = value.kind {
            return Some(match many {
                Many::Attribute { attribute, of } => Test::HasAny { attribute, of },
                Many::Call { function, pattern, arguments } => {
                    Test::Defined { function, pattern, arguments }
                }
            });
        }
        let found = self.expr(cx, value, env, b.types, Some(&ty), steps)?;
        self.fits(cx, &found.ty, &ty, value.span)?;
        let free = positive && is_free(found.term, b);
        Some(match many {
            Many::Attribute { attribute, of } => {
                Test::Has { attribute, of, value: found.term, free }
            }
            Many::Call { function, pattern, arguments } => {
                *known = free;
                Test::Among { function, pattern, arguments, value: found.term }
            }
        })
    }

    /// `left verb right`.
    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn verb(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        verb: &Path,
        right: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
        known: &mut bool,
    ) -> Option<Test> {
        if let Some(id) = self.verb_relation(cx, verb) {
            let both = [left.clone(), right.clone()];
            return self.relation_test(cx, id, &verb.name, &both, env, b, steps);
        }
        match verb.name.text.as_str() {
            "has" => return self.has(cx, left, right, true, env, b, steps, known),
            "inside" => return self.inside(cx, left, right, env, b, steps),
            _ => {}
        }
        let Some(Type::Entity(kind)) = self.infer(cx, left, env, b.types).map(|i| i.ty) else {
            // Tells what is wrong with the left side, if something is.
            let value = self.expr(cx, left, env, b.types, None, steps);
            if value.is_some() {
                self.told(cx, |l, cx| l.d.names.relation(cx.scope, verb))?;
            }
            return None;
        };
        let (of, _) = self.entity(cx, left, env, b.types, steps)?;
        let Some(attribute) = names::attribute(self.schema, kind, &verb.name.text) else {
            let short = self.type_name(&Type::Entity(kind));
            let message = format!(
                "there is no relation `{0}`, and {short} has no attribute `{0}`",
                verb.name.text
            );
            let relations =
                self.d.names.visible(cx.scope.pack, |m| matches!(m, Meaning::Relation(_)));
            let words = ["has", "inside", "is", "in", "matches", "like"];
            let all =
                relations.into_iter().chain(names::attribute_names(self.schema, kind)).chain(words);
            match names::likely(&verb.name.text, all).map(str::to_owned) {
                Some(close) => {
                    let help = format!("did you mean `{close}`?");
                    self.complain_with(cx, 214, message, verb.span, help);
                }
                None => self.complain(cx, 214, message, verb.span),
            }
            return None;
        };
        let declared = self.attribute(attribute)?;
        let (ty, set) = (declared.ty.clone(), declared.set);
        if let ExprKind::Wild = right.kind {
            return Some(Test::HasAny { attribute, of });
        }
        if !set {
            let to = cx.fresh();
            steps.push(Step::Attribute { attribute, of, to });
            let value = self.expr(cx, right, env, b.types, Some(&ty), steps)?;
            self.fits(cx, &value.ty, &ty, right.span)?;
            *known = is_free(value.term, b);
            return Some(Test::Compare(Compare::Eq, value.term, Term::Variable(to)));
        }
        let value = self.expr(cx, right, env, b.types, Some(&ty), steps)?;
        self.fits(cx, &value.ty, &ty, right.span)?;
        let free = is_free(value.term, b);
        Some(Test::Has { attribute, of, value: value.term, free })
    }

    /// The kind and term of an extracted fact.
    fn fact(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<(KindId, Term)> {
        let value = self.expr(cx, expr, env, b.types, None, steps)?;
        if let Type::Entity(kind) = value.ty
            && self.is_extracted(kind)
        {
            return Some((kind, value.term));
        }
        let name = self.type_name(&value.ty);
        self.complain(
            cx,
            217,
            format!("{name} has no place: only extracted facts have"),
            expr.span,
        );
        None
    }

    /// `left inside right`: joined by file first.
    fn inside(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let (a_kind, a) = self.fact(cx, left, env, b, steps)?;
        let (b_kind, c) = self.fact(cx, right, env, b, steps)?;
        let file = cx.fresh();
        for (kind, of) in [(a_kind, a), (b_kind, c)] {
            steps.push(Step::Part { part: super::core::Part::File, kind, of, to: file });
        }
        Some(Test::Call { function: function("@inside")?, pattern: None, arguments: vec![a, c] })
    }

    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn same_file(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        positive: bool,
        env: usize,
        b: &Branch<'_>,
        span: Span,
    ) -> Option<Vec<Leaf>> {
        let mut steps = vec![];
        let (a_kind, a) = self.fact(cx, left, env, b, &mut steps)?;
        let (b_kind, c) = self.fact(cx, right, env, b, &mut steps)?;
        let files = [cx.fresh(), cx.fresh()];
        for ((kind, of), to) in [(a_kind, a), (b_kind, c)].into_iter().zip(files) {
            steps.push(Step::Part { part: super::core::Part::File, kind, of, to });
        }
        let test = Test::Compare(Compare::Eq, Term::Variable(files[0]), Term::Variable(files[1]));
        Some(vec![Leaf { positive, known: false, steps, test, span }])
    }

    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    fn call_leaf(
        &mut self,
        cx: &mut Context,
        path: &Path,
        arguments: &[Expr],
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
        span: Span,
    ) -> Option<Test> {
        match self.meaning(cx, path) {
            Some(Meaning::Relation(id)) => {
                return self.relation_test(cx, id, &path.name, arguments, env, b, steps);
            }
            Some(Meaning::Kind(kind)) => {
                let [one] = arguments else {
                    self.wrong_count(
                        cx,
                        &path.name,
                        1,
                        arguments.len(),
                        "a kind holds of one thing",
                    );
                    return None;
                };
                return self.is(cx, one, Meaning::Kind(kind), path, env, b, steps);
            }
            _ => {}
        }
        if function(&path.name.text).is_none() {
            // What stands alone is more likely a relation than a function.
            let found = self.d.names.relation(cx.scope, path).map_err(|d| match d.help {
                Some(_) => d,
                None => {
                    let all = crate::functions::FUNCTIONS.iter();
                    let tests = all.filter(|f| f.result == Type::Bool).map(|f| f.name);
                    match names::likely(&path.name.text, tests) {
                        Some(close) => d.help(format!("did you mean the function `{close}`?")),
                        None => d,
                    }
                }
            });
            self.told(cx, |_, _| found)?;
            return None;
        }
        let expr = Expr { kind: ExprKind::Call(path.clone(), arguments.to_vec()), span };
        self.truth(cx, &expr, env, b, steps)
    }

    /// An expression alone: true, or there at all.
    fn truth(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        if let ExprKind::Name(text) = &expr.kind
            && cx.lookup(env, text).is_none()
        {
            let relations =
                self.d.names.visible(cx.scope.pack, |m| matches!(m, Meaning::Relation(_)));
            let seen = cx.visible(env).into_iter().map(str::to_owned);
            let all: Vec<String> = seen.chain(relations.into_iter().map(str::to_owned)).collect();
            let message = format!("`{text}` alone is no condition");
            let help = match names::likely(text, all.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write what holds of it: `x is …`, `x.attribute`, `x == …`".to_owned(),
            };
            self.complain_with(cx, 213, message, expr.span, help);
            return None;
        }
        let value = self.expr(cx, expr, env, b.types, None, steps)?;
        match (steps.last().cloned(), &value.ty) {
            (Some(Step::Call { function, pattern, arguments, .. }), Type::Bool) => {
                steps.pop();
                Some(Test::Call { function, pattern, arguments })
            }
            (_, Type::Bool | Type::Any) => {
                let yes = Term::Constant(self.program.values.bool(true));
                Some(Test::Compare(Compare::Eq, value.term, yes))
            }
            (Some(Step::Attribute { attribute, of, .. }), _) => {
                steps.pop();
                Some(Test::HasAny { attribute, of })
            }
            (Some(Step::Call { function, pattern, arguments, .. }), _) => {
                steps.pop();
                Some(Test::Defined { function, pattern, arguments })
            }
            (_, ty) => {
                let name = self.type_name(ty);
                self.complain_with(
                    cx,
                    213,
                    format!("{name} alone is no condition"),
                    expr.span,
                    "write what holds of it: `x is …`, `x.attribute`, `x == …`",
                );
                None
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    pub(super) fn relation_test(
        &mut self,
        cx: &mut Context,
        id: u32,
        name: &Name,
        arguments: &[Expr],
        env: usize,
        b: &Branch<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let parameters = self.schema.relations.get(id as usize)?.parameters.clone();
        if parameters.len() != arguments.len() {
            let list: Vec<&str> = parameters.iter().map(|(n, _)| n.as_str()).collect();
            let help = format!("it is declared as `{}({})`", name.text, list.join(", "));
            self.wrong_count(cx, name, parameters.len(), arguments.len(), &help);
            return None;
        }
        let mut terms = vec![];
        for (argument, (_, ty)) in arguments.iter().zip(&parameters) {
            if let ExprKind::Wild = argument.kind {
                terms.push(Term::Wild);
                continue;
            }
            let value = self.expr(cx, argument, env, b.types, Some(ty), steps)?;
            self.fits(cx, &value.ty, ty, argument.span)?;
            terms.push(value.term);
        }
        Some(Test::Relation(id, terms))
    }

    fn flow(
        &mut self,
        cx: &mut Context,
        path: &FlowPath,
        positive: bool,
        env: usize,
        b: &Branch<'_>,
        span: Span,
    ) -> Option<Vec<Leaf>> {
        let Some(ends) = self.ends() else {
            self.complain_with(
                cx,
                216,
                "`->` needs a kind `flow` with the attributes `from` and `to`",
                span,
                "pack `core` declares one",
            );
            return None;
        };
        let mut leaves = vec![];
        let mut terms = vec![];
        let nodes = std::iter::once(&path.start).chain(path.steps.iter().map(|(_, n)| n));
        for node in nodes {
            let term = match &node.name {
                Some(name) => {
                    let word = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
                    self.entity(cx, &word, env, b.types, &mut vec![])?.0
                }
                None => Term::Variable(cx.fresh()),
            };
            terms.push(term);
            if let Some(kind) = &node.kind {
                let kind = self.told(cx, |l, cx| l.d.names.kind(cx.scope, kind))?;
                leaves.push(Leaf::test(true, Test::Kind(kind, term), node.span));
            }
        }
        let pairs = terms.iter().zip(terms.iter().skip(1));
        let mut edges = vec![];
        for ((edge, node), (a, c)) in path.steps.iter().zip(pairs) {
            let span = edge.span.to(node.span);
            if edge.many {
                let reach = self.reach()?;
                edges.push(Leaf::test(true, Test::Plain(reach, vec![*a, *c]), span));
                continue;
            }
            let flow = match &edge.name {
                Some(name) => {
                    let word = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
                    self.entity(cx, &word, env, b.types, &mut vec![])?.0
                }
                None => Term::Variable(cx.fresh()),
            };
            edges.push(Leaf::test(true, Test::Plain(ends, vec![flow, *a, *c]), span));
        }
        edges.extend(leaves);
        if positive {
            return Some(edges);
        }
        if let [only] = edges.as_mut_slice() {
            only.positive = false;
            return Some(edges);
        }
        let types = b.types.of.iter().map(|(v, (t, _))| (*v, t.clone())).collect();
        let sub = self.sub(cx, vec![Body { leaves: edges, types }], env, span);
        Some(vec![Leaf::test(false, Test::Sub(sub), span)])
    }
}

/// A test on texts: one of the patterns matches all of it.
fn one_of(patterns: Vec<String>, term: Term) -> Test {
    let Some(function) = function("@matches_all") else { return Test::True };
    // No pattern at all matches nothing.
    let pattern = if patterns.is_empty() { "[^\\s\\S]".to_owned() } else { patterns.join("|") };
    Test::Call { function, pattern: Some(pattern), arguments: vec![term] }
}

/// Whether a term is a variable that nothing but an attribute binds.
fn is_free(term: Term, b: &Branch<'_>) -> bool {
    matches!(term, Term::Variable(v) if !b.strong.contains(&v))
}
