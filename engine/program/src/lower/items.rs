//! The items that become rules: clauses, `derive` and `same`.

use redan_base::Span;
use redan_facts::RelationId;
use redan_grammar::syntax::{
    Clause, Compare, Cond, Derive, DeriveTarget, Expr, ExprKind, Name, Output, Same,
};

use super::Lowering;
use super::core::{Body, Context, Leaf, Step, Test, variables};
use super::emit::bounds;
use super::relations::Mode;
use super::types::Types;
use crate::collect::PackItem;
use crate::functions::function;
use crate::ir::{Bound, Role, StatedFact, Term, Variable};
use crate::names;
use crate::schema::{KindId, Type};

/// An item whose condition is resolved.
pub(super) enum Prepared {
    Clause { cx: Context, relation: u32, terms: Vec<Term>, bodies: Vec<Body> },
    Derive { cx: Context, bodies: Vec<Body>, base: Vec<Leaf>, heads: Vec<Head> },
}

/// One conclusion of a `derive`.
pub(super) struct Head {
    relation: RelationId,
    terms: Vec<Term>,
    leaves: Vec<Leaf>,
    span: Span,
}

impl Lowering<'_> {
    /// The conjunctions of a condition on the top of an item, on top of the types of some variables.
    pub(super) fn top(&mut self, cx: &mut Context, conds: &[&Cond], known: &Types) -> Vec<Body> {
        for cond in conds {
            self.bind_names(cx, 0, cond);
        }
        let parts = conds.iter().map(|c| self.surface(cx, c, true, 0)).collect();
        self.bodies(cx, &super::scope::Surface::And(parts), known, cx.span)
    }

    pub(super) fn prepare_clause(&mut self, item: &PackItem, clause: &Clause) -> Option<Prepared> {
        let name = self.qualified(item, &clause.relation);
        let mut cx = Context::new(item.scope(), format!("clause of {name}"), item.item.span);
        let relation =
            self.told(&mut cx, |l, cx| l.d.names.relation(cx.scope, &clause.relation))?;
        let parameters = self.schema.relations.get(relation as usize)?.parameters.clone();
        if parameters.len() != clause.arguments.len() {
            let list: Vec<&str> = parameters.iter().map(|(n, _)| n.as_str()).collect();
            let help =
                format!("it is declared as `{}({})`", clause.relation.name.text, list.join(", "));
            let got = clause.arguments.len();
            self.wrong_count(&mut cx, &clause.relation.name, parameters.len(), got, &help);
            return None;
        }
        let mut known = Types::default();
        if let Some(cond) = &clause.condition {
            self.bind_names(&mut cx, 0, cond);
        }
        let head_names = clause.arguments.iter().zip(&parameters);
        for (argument, (_, ty)) in head_names {
            let ExprKind::Name(text) = &argument.kind else { continue };
            let symbol =
                matches!(ty, Type::Enum(of) if names::symbol(self.schema, *of, text).is_some());
            if symbol {
                continue;
            }
            // The signature says what it ranges over.
            let entity = matches!(ty, Type::Entity(_)) && clause.condition.is_some();
            if entity && cx.lookup(0, text).is_none() {
                let v = cx.named(text.clone(), argument.span, 0);
                if let Some(env) = cx.envs.first_mut() {
                    env.names.push((text.clone(), v));
                }
                known.of.insert(v, (ty.clone(), argument.span));
            }
        }
        for argument in &clause.arguments {
            super::scope::count_expr(&mut cx, argument, 0);
        }
        let conds: Vec<&Cond> = clause.condition.iter().collect();
        let mut bodies = self.top(&mut cx, &conds, &known);
        let mut terms = vec![];
        let mut steps = vec![];
        let types = self.merged(&bodies);
        for (argument, (_, ty)) in clause.arguments.iter().zip(&parameters) {
            if bodies.is_empty() {
                break;
            }
            let value = self.expr(&mut cx, argument, 0, &types, Some(ty), &mut steps)?;
            self.fits(&mut cx, &value.ty, ty, argument.span)?;
            terms.push(value.term);
        }
        for body in &mut bodies {
            if !steps.is_empty() {
                let head = clause.relation.span;
                body.leaves.push(Leaf {
                    positive: true,
                    known: true,
                    steps: steps.clone(),
                    test: Test::True,
                    span: head,
                });
            }
            self.ensure_kinds(
                body,
                terms.iter().zip(parameters.iter().map(|(_, t)| t)),
                item.item.span,
            );
        }
        if !cx.broken {
            self.check_uses(&cx);
        }
        (!cx.broken).then_some(Prepared::Clause { cx, relation, terms, bodies })
    }

    /// What a signature says of its entities must hold of them.
    fn ensure_kinds<'t>(
        &self,
        body: &mut Body,
        terms: impl Iterator<Item = (&'t Term, &'t Type)>,
        span: Span,
    ) {
        for (term, ty) in terms {
            if let (Term::Variable(v), Type::Entity(kind)) = (term, ty)
                && !self.says_kind(body, *v, *kind)
            {
                body.leaves.push(Leaf::test(true, Test::Kind(*kind, *term), span));
            }
        }
    }

    /// The types of variables that hold in all alternatives.
    pub(super) fn merged(&self, bodies: &[Body]) -> Types {
        let mut all = Types::default();
        let Some((first, rest)) = bodies.split_first() else { return all };
        for (v, ty) in &first.types {
            let mut ty = Some(ty.clone());
            for body in rest {
                ty = match (ty, body.types.get(v)) {
                    (Some(a), Some(b)) if a == *b => Some(a),
                    (Some(Type::Entity(a)), Some(Type::Entity(b))) => {
                        names::ancestors(self.schema, a)
                            .find(|k| names::is_a(self.schema, *b, *k))
                            .map(Type::Entity)
                    }
                    _ => None,
                };
            }
            if let Some(ty) = ty {
                all.of.insert(*v, (ty, Span::default()));
            }
        }
        all
    }

    pub(super) fn prepare_derive(&mut self, item: &PackItem, derive: &Derive) -> Option<Prepared> {
        let mut cx = Context::new(item.scope(), "derive".to_owned(), item.item.span);
        let bodies = self.top(&mut cx, &[&derive.condition], &Types::default());
        Self::count_derive(&mut cx, derive);
        if bodies.is_empty() {
            return None;
        }
        let types = self.merged(&bodies);
        let mut base = vec![];
        let mut heads = vec![];
        let span = item.item.span;
        let (kind, entity) = match &derive.target {
            DeriveTarget::Entity(path, name) => {
                let kind = self.derivable(&mut cx, path)?;
                cx.item = format!("derive {}", self.kind_name(kind));
                let mut steps = vec![];
                let value = self.expr(&mut cx, name, 0, &types, Some(&Type::Str), &mut steps)?;
                self.fits(&mut cx, &value.ty, &Type::Str, name.span)?;
                let e = cx.fresh();
                steps.push(self.construct("@entity", kind, vec![value.term], e)?);
                base.push(Leaf {
                    positive: true,
                    known: true,
                    steps,
                    test: Test::True,
                    span: name.span,
                });
                heads.push(self.head_of_kind(kind, e, span));
                self.head_of_name(kind, e, value.term, name.span, &mut heads);
                (kind, Term::Variable(e))
            }
            DeriveTarget::Flow(path, from, to, label) => {
                let kind = self.derivable(&mut cx, path)?;
                cx.item = format!("derive {}", self.kind_name(kind));
                let e = cx.fresh();
                let ends = [("from", from), ("to", to)];
                let mut arguments = vec![];
                for (word, expr) in ends {
                    let name = Name { text: word.to_owned(), span: path.span };
                    let attribute = self.find_attribute(&mut cx, kind, &name)?;
                    let ty = self.attribute(attribute)?.ty.clone();
                    let mut steps = vec![];
                    let value = self.expr(&mut cx, expr, 0, &types, Some(&ty), &mut steps)?;
                    self.fits(&mut cx, &value.ty, &ty, expr.span)?;
                    let leaf = Leaf {
                        positive: true,
                        known: true,
                        steps,
                        test: Test::True,
                        span: expr.span,
                    };
                    base.push(leaf);
                    if let (Type::Entity(kind), Term::Variable(v)) = (&ty, value.term) {
                        let said = bodies.iter().all(|b| self.says_kind(b, v, *kind));
                        let stepped = Body { leaves: base.clone(), ..Body::default() };
                        if !said && !self.says_kind(&stepped, v, *kind) {
                            base.push(Leaf::test(true, Test::Kind(*kind, value.term), expr.span));
                        }
                    }
                    heads.push(Head {
                        relation: self.attribute_relations(attribute).found,
                        terms: vec![Term::Variable(e), value.term],
                        leaves: vec![],
                        span: expr.span,
                    });
                    arguments.push(value.term);
                }
                if let Some(label) = label {
                    let mut steps = vec![];
                    let value =
                        self.expr(&mut cx, label, 0, &types, Some(&Type::Str), &mut steps)?;
                    self.fits(&mut cx, &value.ty, &Type::Str, label.span)?;
                    base.push(Leaf {
                        positive: true,
                        known: true,
                        steps,
                        test: Test::True,
                        span: label.span,
                    });
                    self.head_of_name(kind, e, value.term, label.span, &mut heads);
                    arguments.push(value.term);
                }
                let steps = vec![self.construct("@flow", kind, arguments, e)?];
                base.push(Leaf { positive: true, known: true, steps, test: Test::True, span });
                heads.insert(0, self.head_of_kind(kind, e, span));
                (kind, Term::Variable(e))
            }
            DeriveTarget::Variable(name) => {
                let word = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
                let (term, kind) = self.entity(&mut cx, &word, 0, &types, &mut vec![])?;
                if self.is_extracted(kind) {
                    let ty = self.type_name(&Type::Entity(kind));
                    let message =
                        format!("`{}` is {ty}, whose facts come from files alone", name.text);
                    self.complain(&mut cx, 220, message, name.span);
                    return None;
                }
                cx.item = format!("derive {}", self.kind_name(kind));
                (kind, term)
            }
        };
        if let Some(inside) = &derive.inside {
            let name = Name { text: "in".to_owned(), span: inside.span };
            self.head_of_attribute(&mut cx, kind, entity, &name, inside, &types, &mut heads)?;
        }
        for Output { name, value } in &derive.attributes {
            // Go on after a mistake: each attribute is told of.
            let _ = self.head_of_attribute(&mut cx, kind, entity, name, value, &types, &mut heads);
        }
        if !cx.broken {
            self.check_uses(&cx);
        }
        (!cx.broken).then_some(Prepared::Derive { cx, bodies, base, heads })
    }

    fn count_derive(cx: &mut Context, derive: &Derive) {
        let mut all: Vec<&Expr> = derive.inside.iter().collect();
        all.extend(derive.attributes.iter().map(|o| &o.value));
        match &derive.target {
            DeriveTarget::Entity(_, name) => all.push(name),
            DeriveTarget::Flow(_, from, to, label) => {
                all.extend([from, to]);
                all.extend(label);
            }
            DeriveTarget::Variable(name) => cx.used(0, &name.text),
        }
        for expr in all {
            super::scope::count_expr(cx, expr, 0);
        }
    }

    fn derivable(
        &mut self,
        cx: &mut Context,
        path: &redan_grammar::syntax::Path,
    ) -> Option<KindId> {
        let kind = self.told(cx, |l, cx| l.d.names.kind(cx.scope, path))?;
        if self.is_extracted(kind) {
            let message = format!("`{}` comes from files alone", path.name.text);
            let help = "declare a `kind` for what follows from facts";
            self.complain_with(cx, 220, message, path.span, help);
            return None;
        }
        Some(kind)
    }

    fn construct(
        &self,
        name: &str,
        kind: KindId,
        arguments: Vec<Term>,
        to: Variable,
    ) -> Option<Step> {
        let pattern = Some(self.root_name(kind));
        Some(Step::Call { function: function(name)?, pattern, arguments, to })
    }

    fn head_of_kind(&self, kind: KindId, e: Variable, span: Span) -> Head {
        let relation = self.kind_relation(kind);
        Head { relation, terms: vec![Term::Variable(e)], leaves: vec![], span }
    }

    fn head_of_name(
        &self,
        kind: KindId,
        e: Variable,
        name: Term,
        span: Span,
        heads: &mut Vec<Head>,
    ) {
        if let Some(attribute) = names::attribute(self.schema, kind, "name") {
            let relation = self.attribute_relations(attribute).found;
            heads.push(Head {
                relation,
                terms: vec![Term::Variable(e), name],
                leaves: vec![],
                span,
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what every part of an item needs")]
    fn head_of_attribute(
        &mut self,
        cx: &mut Context,
        kind: KindId,
        entity: Term,
        name: &Name,
        value: &Expr,
        types: &Types,
        heads: &mut Vec<Head>,
    ) -> Option<()> {
        let attribute = self.find_attribute(cx, kind, name)?;
        if self.mode(attribute) == Mode::Key {
            let message = format!("`{}` is written before and after the arrow", name.text);
            self.complain(cx, 223, message, name.span);
            return None;
        }
        let declared = self.attribute(attribute)?;
        let (ty, set) = (declared.ty.clone(), declared.set);
        let relation = self.attribute_relations(attribute).found;
        let elements = match &value.kind {
            ExprKind::List(list) if set => list.as_slice(),
            ExprKind::List(_) => {
                let message = format!("`{}` has one value, not a list", name.text);
                self.complain(cx, 209, message, value.span);
                return None;
            }
            _ => std::slice::from_ref(value),
        };
        for element in elements {
            let mut steps = vec![];
            let many = self.infer(cx, element, 0, types).is_some_and(|i| i.many);
            let found = self.expr(cx, element, 0, types, Some(&ty), &mut steps)?;
            self.fits(cx, &found.ty, &ty, element.span)?;
            if many && !set && !matches!(steps.last(), Some(Step::Call { .. })) {
                let message = format!("`{}` has one value, and this has several", name.text);
                let help = "bind one of them in the condition";
                self.complain_with(cx, 209, message, element.span, help);
                return None;
            }
            let leaves = if steps.is_empty() {
                vec![]
            } else {
                vec![Leaf {
                    positive: true,
                    known: true,
                    steps,
                    test: Test::True,
                    span: element.span,
                }]
            };
            heads.push(Head { relation, terms: vec![entity, found.term], leaves, span: name.span });
        }
        Some(())
    }

    pub(super) fn prepare_same(
        &mut self,
        item: &PackItem,
        same: &Same,
    ) -> Option<(Context, Vec<Term>, Vec<Body>)> {
        let mut cx = Context::new(item.scope(), "same".to_owned(), item.item.span);
        let bodies = self.top(&mut cx, &[&same.condition], &Types::default());
        let types = self.merged(&bodies);
        let mut terms = vec![];
        let mut roots = vec![];
        for name in [&same.left, &same.right] {
            cx.used(0, &name.text);
            if bodies.is_empty() {
                return None;
            }
            let word = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
            let (term, kind) = self.entity(&mut cx, &word, 0, &types, &mut vec![])?;
            if self.is_extracted(kind) {
                let message = format!("`{}` is an extracted fact, which is only itself", name.text);
                self.complain(&mut cx, 224, message, name.span);
                return None;
            }
            terms.push(term);
            roots.push(self.root_name(kind));
        }
        if let [a, b] = roots.as_slice()
            && a != b
        {
            let message =
                format!("`{}` and `{}` can never be one thing", same.left.text, same.right.text);
            let help = format!("one is a `{a}`, the other a `{b}`");
            self.complain_with(&mut cx, 224, message, same.left.span.to(same.right.span), help);
            return None;
        }
        if !cx.broken {
            self.check_uses(&cx);
        }
        (!cx.broken).then_some((cx, terms, bodies))
    }

    /// The rules of a prepared item.
    pub(super) fn emit_item(&mut self, item: Prepared) {
        match item {
            Prepared::Clause { mut cx, relation, terms, bodies } => {
                let Some(twin) = self.declared.get(relation as usize).copied() else { return };
                for body in &bodies {
                    for bound in bounds(twin) {
                        self.emit_clause(&mut cx, twin.of(bound), &terms, body, bound);
                    }
                }
            }
            Prepared::Derive { mut cx, bodies, base, heads } => {
                self.emit_derive(&mut cx, &bodies, &base, &heads);
            }
        }
    }

    fn emit_clause(
        &mut self,
        cx: &mut Context,
        relation: RelationId,
        terms: &[Term],
        body: &Body,
        bound: Bound,
    ) {
        let constants: Option<Vec<_>> =
            terms.iter().map(|t| if let Term::Constant(c) = t { Some(*c) } else { None }).collect();
        if let (true, Some(row)) = (body.leaves.is_empty(), constants) {
            let (source, span) = (cx.source(), cx.span);
            self.program.facts.push(StatedFact { relation, row, source, span });
            return;
        }
        for literals in self.emit(cx, body, bound, &[]) {
            self.finish(cx, relation, terms, literals, body, &[], cx.span);
        }
    }

    /// With several conclusions the condition becomes a relation of its own, so that it is evaluated once.
    fn emit_derive(&mut self, cx: &mut Context, bodies: &[Body], base: &[Leaf], heads: &[Head]) {
        let whole = |body: &Body| Body {
            leaves: body.leaves.iter().chain(base).cloned().collect(),
            types: body.types.clone(),
        };
        if let [head] = heads {
            for body in bodies {
                let mut body = whole(body);
                body.leaves.extend(head.leaves.iter().cloned());
                self.emit_certain(cx, head.relation, &head.terms, &body, head.span);
            }
            return;
        }
        let made: std::collections::BTreeSet<Variable> = bodies
            .iter()
            .flat_map(|b| &b.leaves)
            .chain(base)
            .flat_map(|l| variables(&l.terms()).collect::<Vec<_>>())
            .collect();
        let mut shared: Vec<Variable> = vec![];
        for head in heads {
            let terms = head.terms.iter().copied();
            let all: Vec<Term> = terms.chain(head.leaves.iter().flat_map(|l| l.terms())).collect();
            for v in variables(&all) {
                if made.contains(&v) && !shared.contains(&v) {
                    shared.push(v);
                }
            }
        }
        let types = self.merged(bodies);
        let columns = shared.iter().map(|v| types.get(*v).cloned().unwrap_or(Type::Any)).collect();
        let name = format!("{}@{}", cx.item, self.program.relations.len());
        let relation = self.add_relation(name, columns, Role::Auxiliary, Bound::Certain);
        let terms: Vec<Term> = shared.into_iter().map(Term::Variable).collect();
        for body in bodies {
            self.emit_certain(cx, relation, &terms, &whole(body), cx.span);
        }
        for head in heads {
            let mut leaves = vec![Leaf::test(true, Test::Plain(relation, terms.clone()), cx.span)];
            leaves.extend(head.leaves.iter().cloned());
            let types = types.of.iter().map(|(v, (t, _))| (*v, t.clone())).collect();
            self.emit_certain(cx, head.relation, &head.terms, &Body { leaves, types }, head.span);
        }
    }

    /// What is derived is derived from what certainly holds: an entity or an observation exists or does not.
    pub(super) fn emit_certain(
        &mut self,
        cx: &mut Context,
        relation: RelationId,
        terms: &[Term],
        body: &Body,
        span: Span,
    ) {
        for literals in self.emit(cx, body, Bound::Certain, &[]) {
            self.finish(cx, relation, terms, literals, body, &[], span);
        }
    }

    /// `pack.name` of a path, as far as it resolves.
    pub(super) fn qualified(&self, item: &PackItem, path: &redan_grammar::syntax::Path) -> String {
        let found = self.d.names.relation(item.scope(), path).ok();
        let relation = found.and_then(|id| self.schema.relations.get(id as usize));
        relation.map_or_else(|| path.name.text.clone(), |r| r.declared.name.clone())
    }

    /// Two entities that a rule calls one are different ones before.
    pub(super) fn emit_same(
        &mut self,
        relation: RelationId,
        mut cx: Context,
        terms: &[Term],
        bodies: &[Body],
    ) {
        for body in bodies {
            let mut body = body.clone();
            if let [a, b] = terms {
                body.leaves.push(Leaf::test(true, Test::Compare(Compare::Ne, *a, *b), cx.span));
            }
            let span = cx.span;
            self.emit_certain(&mut cx, relation, terms, &body, span);
        }
    }
}
