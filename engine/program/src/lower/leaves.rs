//! The forms of a leaf: memberships, comparisons, lists and sets.

use redan_base::Span;
use redan_grammar::syntax::{Compare, Cond, CondKind, Expr, ExprKind, Name, Path};

use super::Lowering;
use super::core::{Body, Context, Leaf, Step, Test};
use super::expr::Value;
use super::resolve::{At, is_free};
use crate::functions::{function, glob_error};
use crate::ir::Term;
use crate::names::{self, Meaning};
use crate::schema::{KindId, Type};

impl Lowering<'_> {
    /// The leaves of one part. None after a complaint.
    pub(super) fn leaf(
        &mut self,
        cx: &mut Context,
        cond: &Cond,
        positive: bool,
        at: At<'_>,
    ) -> Option<Vec<Leaf>> {
        let span = cond.span;
        let mut steps = vec![];
        let mut known = false;
        let mut positive = positive;
        let test = match &cond.kind {
            CondKind::Member(name, path) => {
                let kind = self.told(cx, |l, cx| l.d.names.kind(cx.scope, path))?;
                let subject = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
                self.is(cx, &subject, Meaning::Kind(kind), path, at, &mut steps)?
            }
            CondKind::Is { subject, negated, what } => {
                positive ^= *negated;
                let meaning = self.told(cx, |l, cx| l.d.names.predicate(cx.scope, what))?;
                self.is(cx, subject, meaning, what, at, &mut steps)?
            }
            CondKind::Compare(op, left, right) => {
                self.compare(cx, *op, left, right, at, &mut steps)?
            }
            CondKind::In { left, right, negated } => {
                positive ^= *negated;
                self.in_leaf(cx, left, right, positive, at, &mut steps, &mut known)?
            }
            CondKind::Matches(left, right) => {
                let pattern = self.regex(cx, right)?;
                self.text_test(cx, "@matches", pattern, left, at, &mut steps)?
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
                self.text_test(cx, "@like", glob.clone(), left, at, &mut steps)?
            }
            CondKind::Verb { left, verb, right } => {
                self.verb(cx, left, verb, right, at, &mut steps, &mut known)?
            }
            CondKind::SameFile(left, right) => {
                return self.same_file(cx, left, right, positive, at, span);
            }
            CondKind::Call(path, arguments) => {
                self.call_leaf(cx, path, arguments, at, &mut steps, span)?
            }
            CondKind::Flow(path) => return self.flow(cx, path, positive, at, span),
            CondKind::Bind(name, value) => {
                let Some(v) = cx.lookup(at.env, &name.text) else {
                    let message = format!("`{} = …` binds nothing under `not`", name.text);
                    self.complain_with(cx, 203, message, name.span, "compare with `==`");
                    return None;
                };
                let expected = at.branch.types.get(v).cloned();
                let value =
                    self.expr(cx, value, at.env, at.branch.types, expected.as_ref(), &mut steps)?;
                known = positive;
                Test::Compare(Compare::Eq, Term::Variable(v), value.term)
            }
            CondKind::Truth(expr) => self.truth(cx, expr, at, &mut steps)?,
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
                let types = at.branch.types.of.iter().map(|(v, (t, _))| (*v, t.clone())).collect();
                let sub = Self::sub(cx, vec![Body { leaves: vec![leaf], types }], at.env, span);
                return Some(vec![Leaf::test(false, Test::Sub(sub), span)]);
            }
        }
        Some(vec![Leaf { positive, known, steps, test, span }])
    }

    /// `subject is what`.
    pub(super) fn is(
        &mut self,
        cx: &mut Context,
        subject: &Expr,
        what: Meaning,
        path: &Path,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        match what {
            Meaning::Kind(kind) => {
                let (term, _) = self.entity(cx, subject, at.env, at.branch.types, steps)?;
                Some(Test::Kind(kind, term))
            }
            Meaning::Relation(id) => {
                self.relation_test(cx, id, &path.name, std::slice::from_ref(subject), at, steps)
            }
            Meaning::Set(set) => {
                let element = self.schema.sets.get(set.0 as usize)?.element.clone();
                let value =
                    self.expr(cx, subject, at.env, at.branch.types, Some(&element), steps)?;
                self.fits(cx, &value.ty, &element, subject.span)?;
                self.member_of_set(set, value.term, subject, cx, at)
            }
            Meaning::Enum(_) | Meaning::Threat(_) | Meaning::Mitigation(_) | Meaning::Change(_) => {
                None
            }
        }
    }

    /// A term is in a declared set: a join if it binds the variable, a test else.
    pub(super) fn member_of_set(
        &mut self,
        set: crate::schema::SetId,
        term: Term,
        subject: &Expr,
        cx: &Context,
        at: At<'_>,
    ) -> Option<Test> {
        let declared = self.schema.sets.get(set.0 as usize)?;
        let relation = *self.sets.get(set.0 as usize)?;
        if let (ExprKind::Name(text), Term::Variable(v)) = (&subject.kind, term)
            && cx.lookup(at.env, text) == Some(v)
            && at.branch.listed.contains(&v)
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
    pub(super) fn member_pattern(&self, member: redan_facts::ValueId) -> Option<String> {
        use redan_facts::Value;
        match self.program.values.get(member) {
            Value::Str(_) | Value::Int(_) | Value::Symbol { .. } => {
                Some(regex::escape(&self.program.values.show(member)))
            }
            Value::Bool(_) | Value::Entity { .. } => None,
        }
    }

    pub(super) fn compare(
        &mut self,
        cx: &mut Context,
        op: Compare,
        left: &Expr,
        right: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        // The side whose type is plain tells what a bare word on the other side may be.
        let lt = self.infer(cx, left, at.env, at.branch.types).map(|i| i.ty);
        let rt = self.infer(cx, right, at.env, at.branch.types).map(|i| i.ty);
        let is_word =
            |e: &Expr| matches!(&e.kind, ExprKind::Name(t) if cx.lookup(at.env, t).is_none());
        let (l_expected, r_expected) = match (is_word(left), is_word(right)) {
            (true, false) => (rt, None),
            (false, true) => (None, lt),
            _ => (rt, lt),
        };
        for side in [left, right] {
            if let Some(many) = self.infer(cx, side, at.env, at.branch.types).filter(|i| i.many) {
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
            let l = self.expr(cx, &aggregate, at.env, at.branch.types, None, &mut own)?;
            let r = self.expr(cx, right, at.env, at.branch.types, Some(&l.ty), steps)?;
            self.comparable(cx, op, &l, &r, left.span, right.span)?;
            let Some(Step::Aggregate { function, sub, value, .. }) = own.pop() else { return None };
            return Some(Test::Aggregate { function, sub, value, op, other: r.term });
        }
        let l = self.expr(cx, left, at.env, at.branch.types, l_expected.as_ref(), steps)?;
        let r = self.expr(
            cx,
            right,
            at.env,
            at.branch.types,
            r_expected.as_ref().or(Some(&l.ty)),
            steps,
        )?;
        self.comparable(cx, op, &l, &r, left.span, right.span)?;
        Some(Test::Compare(op, l.term, r.term))
    }

    pub(super) fn comparable(
        &mut self,
        cx: &mut Context,
        op: Compare,
        a: &Value,
        b: &Value,
        left: Span,
        right: Span,
    ) -> Option<()> {
        if !self.alike(&a.ty, &b.ty) {
            let (one, other) = (self.type_name(&a.ty), self.type_name(&b.ty));
            cx.broken = true;
            let d = redan_base::Diagnostic::error(205, format!("{one} is never equal to {other}"))
                .at(cx.source(), right, format!("this is {other}"))
                .at(cx.source(), left, format!("this is {one}"));
            self.diagnostics.push(d);
            return None;
        }
        if matches!(op, Compare::Eq | Compare::Ne) {
            return Some(());
        }
        for (ty, span) in [(&a.ty, left), (&b.ty, right)] {
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

    pub(super) fn text_test(
        &mut self,
        cx: &mut Context,
        name: &str,
        pattern: String,
        subject: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let value = self.expr(cx, subject, at.env, at.branch.types, None, steps)?;
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
    pub(super) fn in_leaf(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        positive: bool,
        at: At<'_>,
        steps: &mut Vec<Step>,
        known: &mut bool,
    ) -> Option<Test> {
        if let ExprKind::List(list) = &right.kind {
            return self.in_list(cx, left, right, list, at, steps);
        }
        if let Some(set) = self.set_of(cx, right, at.env) {
            let element = self.schema.sets.get(set.0 as usize)?.element.clone();
            let value = self.expr(cx, left, at.env, at.branch.types, Some(&element), steps)?;
            self.fits(cx, &value.ty, &element, left.span)?;
            return self.member_of_set(set, value.term, left, cx, at);
        }
        if self.infer(cx, right, at.env, at.branch.types).is_some_and(|i| i.many) {
            return self.has(cx, right, left, positive, at, steps, known);
        }
        // Where an entity is.
        let (of, kind) = self.entity_before_in(cx, left, right, at, steps)?;
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
        let value = self.expr(cx, right, at.env, at.branch.types, Some(&ty), steps)?;
        self.fits(cx, &value.ty, &ty, right.span)?;
        *known = positive && is_free(value.term, at);
        Some(Test::Compare(Compare::Eq, value.term, Term::Variable(to)))
    }

    /// The left side of `in` before something that is no list or set: an entity.
    pub(super) fn entity_before_in(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<(Term, KindId)> {
        let ty = self.infer(cx, left, at.env, at.branch.types).map(|i| i.ty);
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
        self.entity(cx, left, at.env, at.branch.types, steps)
    }

    pub(super) fn in_list(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        list: &[Expr],
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let first = self.infer(cx, left, at.env, at.branch.types).map(|i| i.ty);
        let first = first.or_else(|| {
            list.iter().find_map(|e| self.infer(cx, e, at.env, at.branch.types)).map(|i| i.ty)
        });
        let value = self.expr(cx, left, at.env, at.branch.types, first.as_ref(), steps)?;
        let mut terms = vec![];
        for element in list {
            let e = self.expr(cx, element, at.env, at.branch.types, Some(&value.ty), steps)?;
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
        let free = matches!(value.term, Term::Variable(v) if at.branch.listed.contains(&v));
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
}

/// A test on texts: one of the patterns matches all of it.
fn one_of(patterns: Vec<String>, term: Term) -> Test {
    let Some(function) = function("@matches_all") else { return Test::True };
    // No pattern at all matches nothing.
    let pattern = if patterns.is_empty() { "[^\\s\\S]".to_owned() } else { patterns.join("|") };
    Test::Call { function, pattern: Some(pattern), arguments: vec![term] }
}
