//! A rule of its literals: equalities are substituted, variables that are used once become wild, those that nothing
//! binds are bound or told of, and what is left is numbered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redan_base::{Diagnostic, Span};
use redan_facts::RelationId;
use redan_grammar::syntax::Compare;

use super::Lowering;
use super::core::{Body, Context, Leaf, Test, variables};
use super::emit::Literals;
use super::relations::{atom, literal_terms, literal_variables};
use crate::ir::{Atom, Bound, Literal, Origin, Rule, Term, Variable};
use crate::schema::Type;

impl Lowering<'_> {
    /// Adds the rule `head(terms) :- literals`, unless nothing binds one of its variables.
    #[expect(clippy::too_many_arguments, reason = "what a rule consists of")]
    pub(super) fn finish(
        &mut self,
        cx: &mut Context,
        head: RelationId,
        terms: &[Term],
        literals: Literals,
        body: &Body,
        outer: &[Leaf],
        span: Span,
    ) {
        let (mut terms, mut literals) = (terms.to_vec(), literals);
        substitute(cx, &mut terms, &mut literals);
        let mut seen: Vec<Literal> = vec![];
        literals.retain(|(l, _)| {
            let new = !seen.contains(l);
            if new {
                seen.push(l.clone());
            }
            new
        });
        make_wild(cx, &terms, &mut literals);
        self.ground(cx, &terms, &mut literals, body, outer);
        if let Some(v) = unbound(&terms, &literals).first() {
            self.tell_unbound(cx, *v, span);
            return;
        }
        if cx.broken {
            return;
        }
        self.warn_of_products(cx, &literals);
        let rule = self.numbered(cx, head, &terms, literals, span);
        if !self
            .program
            .rules
            .iter()
            .rev()
            .take(64)
            .any(|r| r.head == rule.head && r.body == rule.body)
        {
            Arc::make_mut(&mut self.program.rules).push(rule);
        }
    }

    /// Binds what only the outside of a sub-condition binds: entities by their kind, other values by the outer
    /// conditions that bind them.
    fn ground(
        &mut self,
        cx: &mut Context,
        terms: &[Term],
        literals: &mut Literals,
        body: &Body,
        outer: &[Leaf],
    ) {
        let mut used: BTreeSet<usize> = BTreeSet::new();
        loop {
            let missing = unbound(terms, literals);
            if missing.is_empty() {
                return;
            }
            let mut changed = false;
            for v in &missing {
                let more: Vec<usize> = outer
                    .iter()
                    .enumerate()
                    .filter(|(i, l)| {
                        !used.contains(i) && l.binds() && variables(&l.terms()).any(|w| w == *v)
                    })
                    .map(|(i, _)| i)
                    .collect();
                if let Some(Type::Entity(kind)) = body.types.get(v)
                    && !outer.is_empty()
                {
                    let relation = self.kind_relation(*kind);
                    literals.push((atom(relation, &[Term::Variable(*v)]), cx.span));
                    changed = true;
                    continue;
                }
                for i in more {
                    used.insert(i);
                    let Some(leaf) = outer.get(i).cloned() else { continue };
                    let part = Body { leaves: vec![leaf], types: body.types.clone() };
                    // The domain of a variable: the wider bound is right for both.
                    for way in self.emit(cx, &part, Bound::Possible, outer) {
                        literals.extend(way);
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
            substitute(cx, &mut [], literals);
        }
    }

    fn tell_unbound(&mut self, cx: &mut Context, v: Variable, span: Span) {
        if cx.broken {
            return;
        }
        cx.broken = true;
        let name = cx.name(v).to_owned();
        let at = cx.var(v).map_or(span, |v| if v.name.is_empty() { span } else { v.span });
        let message = if name.is_empty() {
            "a value in this condition is bound by nothing".to_owned()
        } else {
            format!("nothing binds `{name}`")
        };
        let d = Diagnostic::error(203, message).at(cx.source(), at, "").help(format!(
            "each alternative must bind it by a condition that is not under `not`: `{0}: kind`, a relation of it, or `{0} = …`",
            if name.is_empty() { "it" } else { &name }
        ));
        self.diagnostics.push(d);
    }

    /// Conditions that share no variable multiply each other's matches.
    fn warn_of_products(&mut self, cx: &Context, literals: &Literals) {
        let fixed = bound_by_constants(literals);
        let mut groups: Vec<(BTreeSet<Variable>, Option<Span>)> = vec![];
        for (literal, span) in literals {
            let vars: BTreeSet<Variable> =
                literal_variables(literal).into_iter().filter(|v| !fixed.contains(v)).collect();
            if vars.is_empty() {
                continue;
            }
            let joins = matches!(literal, Literal::Atom(_)).then_some(*span);
            let (touched, mut rest): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|(g, _)| !g.is_disjoint(&vars));
            let mut all = vars;
            let mut first = None;
            for (group, span) in touched {
                all.extend(group);
                first = first.or(span);
            }
            rest.push((all, first.or(joins)));
            groups = rest;
        }
        let mut spans: Vec<Span> = groups.iter().filter_map(|(_, s)| *s).collect();
        spans.sort_by_key(|s| s.start);
        let [first, second, ..] = spans.as_slice() else { return };
        if first == second {
            return;
        }
        // Nothing is known of sizes when packs are checked; a thousand matches is a middling system.
        let size = format!("1{}", ",000".repeat(spans.len()));
        let message = format!(
            "these conditions share no variable: about {size} rows if each part matches 1,000 times"
        );
        let d = Diagnostic::warning(303, message)
            .at(cx.source(), *second, "each match of this …")
            .at(cx.source(), *first, "… is combined with each match of this")
            .help("relate them by a condition that speaks of both");
        self.diagnostics.push(d);
    }

    fn numbered(
        &mut self,
        cx: &Context,
        head: RelationId,
        terms: &[Term],
        literals: Literals,
        span: Span,
    ) -> Rule {
        let mut numbers: BTreeMap<Variable, Variable> = BTreeMap::new();
        let mut names = vec![];
        let mut number = |t: &mut Term| {
            if let Term::Variable(v) = t {
                let next = Variable(numbers.len() as u32);
                let known = *numbers.entry(*v).or_insert_with(|| {
                    names.push(cx.name(*v).to_owned());
                    next
                });
                *t = Term::Variable(known);
            }
        };
        let mut arguments = terms.to_vec();
        arguments.iter_mut().for_each(&mut number);
        let mut body = vec![];
        let mut conditions = vec![];
        for (mut literal, span) in literals {
            terms_mut(&mut literal).into_iter().for_each(&mut number);
            body.push(literal);
            conditions.push(span);
        }
        let variables = numbers.len() as u32;
        let origin = self.add_origin(Origin {
            item: cx.item.clone(),
            source: cx.source(),
            span,
            conditions,
            variables: names,
        });
        Rule { head: Atom { relation: head, arguments }, body, variables, stratum: 0, origin }
    }

    /// Whether a conjunction says already that a variable is of a kind.
    pub(super) fn says_kind(&self, body: &Body, v: Variable, kind: crate::schema::KindId) -> bool {
        let is =
            |ty: &Type| matches!(ty, Type::Entity(k) if crate::names::is_a(self.schema, *k, kind));
        let mine = |t: &Term| *t == Term::Variable(v);
        body.leaves.iter().filter(|l| l.positive).any(|leaf| {
            let by_test = match &leaf.test {
                Test::Kind(k, t) => mine(t) && crate::names::is_a(self.schema, *k, kind),
                Test::Relation(id, terms) => {
                    let parameters =
                        self.schema.relations.get(*id as usize).map(|r| r.parameters.as_slice());
                    let parameters = parameters.unwrap_or_default();
                    terms.iter().zip(parameters).any(|(t, (_, ty))| mine(t) && is(ty))
                }
                Test::Plain(id, terms) => {
                    let columns = self.program.relations.get(id.0 as usize).map(|r| &r.columns);
                    terms.iter().zip(columns.into_iter().flatten()).any(|(t, ty)| mine(t) && is(ty))
                }
                Test::Has { attribute, value, free: true, .. } => {
                    mine(value) && self.attribute(*attribute).is_some_and(|a| is(&a.ty))
                }
                _ => false,
            };
            let alias = |t: &Term| match &leaf.test {
                Test::Compare(Compare::Eq, a, b) => {
                    mine(t) || (mine(a) && b == t) || (mine(b) && a == t)
                }
                _ => mine(t),
            };
            by_test
                || leaf.steps.iter().any(|s| match s {
                    super::core::Step::Member { kind: k, of } => {
                        alias(of) && crate::names::is_a(self.schema, *k, kind)
                    }
                    super::core::Step::Attribute { attribute, to, .. } => {
                        alias(&Term::Variable(*to))
                            && self.attribute(*attribute).is_some_and(|a| is(&a.ty))
                    }
                    _ => false,
                })
        })
    }
}

/// Replaces variables by what they are equal to, where that is all that binds them or where nobody sees them.
fn substitute(cx: &Context, terms: &mut [Term], literals: &mut Literals) {
    loop {
        let bound = bound(literals);
        let replaceable = |t: &Term| match t {
            Term::Variable(v) => cx.name(*v).is_empty() || !bound.contains(v),
            Term::Constant(_) | Term::Wild => false,
        };
        let found = literals.iter().enumerate().find_map(|(i, (l, _))| match l {
            Literal::Compare(Compare::Eq, a, b) if a == b => Some((i, None)),
            Literal::Compare(Compare::Eq, a, b) if replaceable(b) => Some((i, Some((*b, *a)))),
            Literal::Compare(Compare::Eq, a, b) if replaceable(a) => Some((i, Some((*a, *b)))),
            _ => None,
        });
        let Some((index, change)) = found else { return };
        literals.remove(index);
        let Some((from, to)) = change else { continue };
        let replace = |t: &mut Term| {
            if *t == from {
                *t = to;
            }
        };
        terms.iter_mut().for_each(replace);
        for (literal, _) in literals.iter_mut() {
            terms_mut(literal).into_iter().for_each(replace);
        }
    }
}

/// Variables of the lowering that stand in one place only may be anything.
fn make_wild(cx: &Context, terms: &[Term], literals: &mut Literals) {
    let mut counts: BTreeMap<Variable, usize> = BTreeMap::new();
    let all = literals.iter().flat_map(|(l, _)| literal_terms(l));
    for v in variables(&terms.iter().copied().chain(all).collect::<Vec<_>>()) {
        *counts.entry(v).or_default() += 1;
    }
    for (literal, _) in literals.iter_mut() {
        let is_input = |l: &Literal| match l {
            Literal::Atom(_) | Literal::Not(_) => 0,
            Literal::Compare(..) => usize::MAX,
            Literal::Call { arguments, .. } => arguments.len(),
            Literal::Aggregate { keys, .. } => keys.len(),
        };
        let inputs = is_input(literal);
        for (i, term) in terms_mut(literal).into_iter().enumerate() {
            if let Term::Variable(v) = term
                && i >= inputs
                && cx.name(*v).is_empty()
                && counts.get(v) == Some(&1)
            {
                *term = Term::Wild;
            }
        }
    }
}

/// The variables that the literals bind.
fn bound(literals: &Literals) -> BTreeSet<Variable> {
    bound_from(literals, true)
}

/// The variables that have one value whatever the facts are.
fn bound_by_constants(literals: &Literals) -> BTreeSet<Variable> {
    bound_from(literals, false)
}

fn bound_from(literals: &Literals, atoms: bool) -> BTreeSet<Variable> {
    let mut all = BTreeSet::new();
    loop {
        let before = all.len();
        for (literal, _) in literals {
            match literal {
                Literal::Atom(a) if atoms => all.extend(variables(&a.arguments)),
                Literal::Call { arguments, result, .. } => {
                    if variables(arguments).all(|v| all.contains(&v)) {
                        all.extend(variables(&[*result]));
                    }
                }
                Literal::Aggregate { keys, result, .. } => {
                    if variables(keys).all(|v| all.contains(&v)) {
                        all.extend(variables(&[*result]));
                    }
                }
                Literal::Atom(_) | Literal::Not(_) | Literal::Compare(..) => {}
            }
        }
        if all.len() == before {
            return all;
        }
    }
}

/// The variables that nothing binds, in the order in which they are needed.
fn unbound(terms: &[Term], literals: &Literals) -> Vec<Variable> {
    let bound = bound(literals);
    let mut missing = vec![];
    let all = terms.iter().copied().chain(literals.iter().flat_map(|(l, _)| literal_terms(l)));
    for v in variables(&all.collect::<Vec<_>>()) {
        if !bound.contains(&v) && !missing.contains(&v) {
            missing.push(v);
        }
    }
    missing
}

fn terms_mut(literal: &mut Literal) -> Vec<&mut Term> {
    match literal {
        Literal::Atom(a) | Literal::Not(a) => a.arguments.iter_mut().collect(),
        Literal::Compare(_, a, b) => vec![a, b],
        Literal::Call { arguments, result, .. } => arguments.iter_mut().chain([result]).collect(),
        Literal::Aggregate { keys, result, .. } => keys.iter_mut().chain([result]).collect(),
    }
}
