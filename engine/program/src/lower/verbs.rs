//! The forms of a leaf that are verbs: `has`, relations, places, calls and flows.

use redan_base::Span;
use redan_grammar::syntax::{Compare, Expr, ExprKind, FlowPath, Name, Path};

use super::Lowering;
use super::core::{Body, Context, Leaf, Step, Test};
use super::expr::Many;
use super::resolve::{At, is_free};
use crate::functions::function;
use crate::ir::Term;
use crate::names::{self, Meaning};
use crate::schema::{KindId, Type};

impl Lowering<'_> {
    /// `of has value`, `value in of`.
    #[expect(clippy::too_many_arguments, reason = "what every leaf needs")]
    pub(super) fn has(
        &mut self,
        cx: &mut Context,
        of: &Expr,
        value: &Expr,
        positive: bool,
        at: At<'_>,
        steps: &mut Vec<Step>,
        known: &mut bool,
    ) -> Option<Test> {
        let (many, ty) = self.many(cx, of, at.env, at.branch.types, steps)?;
        if let ExprKind::Wild = value.kind {
            return Some(match many {
                Many::Attribute { attribute, of } => Test::HasAny { attribute, of },
                Many::Call { function, pattern, arguments } => {
                    Test::Defined { function, pattern, arguments }
                }
            });
        }
        let found = self.expr(cx, value, at.env, at.branch.types, Some(&ty), steps)?;
        self.fits(cx, &found.ty, &ty, value.span)?;
        let free = positive && is_free(found.term, at);
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
    pub(super) fn verb(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        verb: &Path,
        right: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
        known: &mut bool,
    ) -> Option<Test> {
        if let Some(id) = self.verb_relation(cx, verb) {
            let both = [left.clone(), right.clone()];
            return self.relation_test(cx, id, &verb.name, &both, at, steps);
        }
        match verb.name.text.as_str() {
            "has" => return self.has(cx, left, right, true, at, steps, known),
            "inside" => return self.inside(cx, left, right, at, steps),
            _ => {}
        }
        let Some(Type::Entity(kind)) = self.infer(cx, left, at.env, at.branch.types).map(|i| i.ty)
        else {
            // Tells what is wrong with the left side, if something is.
            let value = self.expr(cx, left, at.env, at.branch.types, None, steps);
            if value.is_some() {
                self.told(cx, |l, cx| l.d.names.relation(cx.scope, verb))?;
            }
            return None;
        };
        let (of, _) = self.entity(cx, left, at.env, at.branch.types, steps)?;
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
            let value = self.expr(cx, right, at.env, at.branch.types, Some(&ty), steps)?;
            self.fits(cx, &value.ty, &ty, right.span)?;
            *known = is_free(value.term, at);
            return Some(Test::Compare(Compare::Eq, value.term, Term::Variable(to)));
        }
        let value = self.expr(cx, right, at.env, at.branch.types, Some(&ty), steps)?;
        self.fits(cx, &value.ty, &ty, right.span)?;
        let free = is_free(value.term, at);
        Some(Test::Has { attribute, of, value: value.term, free })
    }

    /// The kind and term of an extracted fact.
    pub(super) fn fact(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<(KindId, Term)> {
        let value = self.expr(cx, expr, at.env, at.branch.types, None, steps)?;
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
    pub(super) fn inside(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        let (a_kind, a) = self.fact(cx, left, at, steps)?;
        let (b_kind, c) = self.fact(cx, right, at, steps)?;
        let file = cx.fresh();
        for (kind, of) in [(a_kind, a), (b_kind, c)] {
            steps.push(Step::Part { part: super::core::Part::File, kind, of, to: file });
        }
        Some(Test::Call { function: function("@inside")?, pattern: None, arguments: vec![a, c] })
    }

    pub(super) fn same_file(
        &mut self,
        cx: &mut Context,
        left: &Expr,
        right: &Expr,
        positive: bool,
        at: At<'_>,
        span: Span,
    ) -> Option<Vec<Leaf>> {
        let mut steps = vec![];
        let (a_kind, a) = self.fact(cx, left, at, &mut steps)?;
        let (b_kind, c) = self.fact(cx, right, at, &mut steps)?;
        let files = [cx.fresh(), cx.fresh()];
        for ((kind, of), to) in [(a_kind, a), (b_kind, c)].into_iter().zip(files) {
            steps.push(Step::Part { part: super::core::Part::File, kind, of, to });
        }
        let test = Test::Compare(Compare::Eq, Term::Variable(files[0]), Term::Variable(files[1]));
        Some(vec![Leaf { positive, known: false, steps, test, span }])
    }

    pub(super) fn call_leaf(
        &mut self,
        cx: &mut Context,
        path: &Path,
        arguments: &[Expr],
        at: At<'_>,
        steps: &mut Vec<Step>,
        span: Span,
    ) -> Option<Test> {
        match self.meaning(cx, path) {
            Some(Meaning::Relation(id)) => {
                return self.relation_test(cx, id, &path.name, arguments, at, steps);
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
                return self.is(cx, one, Meaning::Kind(kind), path, at, steps);
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
        self.truth(cx, &expr, at, steps)
    }

    /// An expression alone: true, or there at all.
    pub(super) fn truth(
        &mut self,
        cx: &mut Context,
        expr: &Expr,
        at: At<'_>,
        steps: &mut Vec<Step>,
    ) -> Option<Test> {
        if let ExprKind::Name(text) = &expr.kind
            && cx.lookup(at.env, text).is_none()
        {
            let relations =
                self.d.names.visible(cx.scope.pack, |m| matches!(m, Meaning::Relation(_)));
            let seen = cx.visible(at.env).into_iter().map(str::to_owned);
            let all: Vec<String> = seen.chain(relations.into_iter().map(str::to_owned)).collect();
            let message = format!("`{text}` alone is no condition");
            let help = match names::likely(text, all.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write what holds of it: `x is …`, `x.attribute`, `x == …`".to_owned(),
            };
            self.complain_with(cx, 213, message, expr.span, help);
            return None;
        }
        let value = self.expr(cx, expr, at.env, at.branch.types, None, steps)?;
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

    pub(super) fn relation_test(
        &mut self,
        cx: &mut Context,
        id: u32,
        name: &Name,
        arguments: &[Expr],
        at: At<'_>,
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
            let value = self.expr(cx, argument, at.env, at.branch.types, Some(ty), steps)?;
            self.fits(cx, &value.ty, ty, argument.span)?;
            terms.push(value.term);
        }
        Some(Test::Relation(id, terms))
    }

    pub(super) fn flow(
        &mut self,
        cx: &mut Context,
        path: &FlowPath,
        positive: bool,
        at: At<'_>,
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
                    self.entity(cx, &word, at.env, at.branch.types, &mut vec![])?.0
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
        for (number, ((edge, node), (a, c))) in path.steps.iter().zip(pairs).enumerate() {
            let begin = if number == 0 { path.start.span } else { edge.span };
            let span = begin.to(node.span);
            if edge.many {
                let reach = self.reach()?;
                edges.push(Leaf::test(true, Test::Plain(reach, vec![*a, *c]), span));
                continue;
            }
            let flow = match &edge.name {
                Some(name) => {
                    let word = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
                    self.entity(cx, &word, at.env, at.branch.types, &mut vec![])?.0
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
        let types = at.branch.types.of.iter().map(|(v, (t, _))| (*v, t.clone())).collect();
        let sub = Self::sub(cx, vec![Body { leaves: edges, types }], at.env, span);
        Some(vec![Leaf::test(false, Test::Sub(sub), span)])
    }
}
