//! From leaves to the literals of rules, in one bound of the open world.
//!
//! In the possible bound, a chain of attributes is read through `…@maybe`, which gives an unknown attribute the value
//! *unknown*; tests on that value hold, and so do their opposites. In the certain bound, and where a variable is bound, only
//! known values are read. A negated leaf reads the other bound of what it denies.

use std::collections::BTreeSet;

use redan_base::{Diagnostic, Span};
use redan_facts::Value;
use redan_grammar::syntax::Compare;

use super::Lowering;
use super::core::{Attribute, Body, Context, Leaf, Step, Test, Twin};
use super::relations::{atom, not};
use super::scope::MOST_ALTERNATIVES;
use crate::functions::{Function, function};
use crate::ir::{Aggregate, Bound, Literal, Role, Term, Variable};
use crate::schema::Type;

/// The literals of a rule, each with the place of the condition it is from.
pub(super) type Literals = Vec<(Literal, Span)>;

impl Bound {
    fn other(self) -> Self {
        match self {
            Self::Certain => Self::Possible,
            Self::Possible => Self::Certain,
        }
    }
}

impl Lowering<'_> {
    /// Whether what a conjunction says depends on something that can be unknown.
    pub(super) fn is_open(&self, cx: &Context, body: &Body) -> bool {
        body.leaves.iter().any(|leaf| self.is_leaf_open(cx, leaf))
    }

    fn is_leaf_open(&self, cx: &Context, leaf: &Leaf) -> bool {
        let lifts = |a: &Attribute| !leaf.known && self.mode(*a).lifts();
        leaf.steps
            .iter()
            .any(|s| matches!(s, Step::Attribute { attribute, .. } if lifts(attribute)))
            || match &leaf.test {
                Test::Has { attribute, free, .. } => !free && lifts(attribute),
                Test::Relation(id, _) => self.open.get(*id as usize).copied().unwrap_or(false),
                _ => false,
            }
            || leaf.subs().iter().any(|s| {
                cx.subs.get(*s).is_some_and(|s| s.bodies.iter().any(|b| self.is_open(cx, b)))
            })
    }

    /// The bodies of the rules that a conjunction becomes in a bound.
    pub(super) fn emit(
        &mut self,
        cx: &mut Context,
        body: &Body,
        bound: Bound,
        outer: &[Leaf],
    ) -> Vec<Literals> {
        let around: Vec<Leaf> = outer.iter().chain(&body.leaves).cloned().collect();
        let mut all: Vec<Literals> = vec![vec![]];
        for leaf in &body.leaves {
            let ways = self.emit_leaf(cx, leaf, bound, &around);
            if all.len() * ways.len() > MOST_ALTERNATIVES {
                let message = "too many parts of the condition can be missing or unknown";
                let d = Diagnostic::error(218, message)
                    .at(cx.source(), leaf.span, "")
                    .help("give a part of it a name: declare a relation for it");
                self.diagnostics.push(d);
                cx.broken = true;
                return vec![];
            }
            all = all
                .iter()
                .flat_map(|before| {
                    ways.iter().map(|way| {
                        let way = way.iter().map(|l| (l.clone(), leaf.span));
                        before.iter().cloned().chain(way).collect()
                    })
                })
                .collect();
        }
        all
    }

    /// The relation of a sub-condition, made when it is first needed. `outer`: the leaves around it.
    fn sub_relation(&mut self, cx: &mut Context, sub: usize, outer: &[Leaf]) -> Twin {
        let Some(s) = cx.subs.get(sub).cloned() else {
            return Twin::one(redan_facts::RelationId(u32::MAX));
        };
        if let Some(made) = s.relation {
            return made;
        }
        let open = s.bodies.iter().any(|b| self.is_open(cx, b));
        let all: Vec<Variable> = s.params.iter().chain(&s.columns).copied().collect();
        let ty = |v: &Variable| {
            s.bodies.iter().find_map(|b| b.types.get(v)).cloned().unwrap_or(Type::Any)
        };
        let types = all.iter().map(ty).collect();
        let name = format!("{}@{}", cx.item, self.program.relations.len());
        let twin = self.add_twin(&name, types, Role::Auxiliary, open);
        if let Some(s) = cx.subs.get_mut(sub) {
            s.relation = Some(twin);
        }
        let head: Vec<Term> = all.into_iter().map(Term::Variable).collect();
        for body in &s.bodies {
            for bound in bounds(twin) {
                for literals in self.emit(cx, body, bound, outer) {
                    self.finish(cx, twin.of(bound), &head, literals, body, outer, s.span);
                }
            }
        }
        twin
    }

    /// The ways in which a leaf can hold: each a list of literals.
    fn emit_leaf(
        &mut self,
        cx: &mut Context,
        leaf: &Leaf,
        bound: Bound,
        around: &[Leaf],
    ) -> Vec<Vec<Literal>> {
        let mut e = Emission {
            positive: leaf.positive,
            lift: bound == Bound::Possible && !leaf.known,
            bound,
            prefix: vec![],
            ways: vec![],
            unknown: BTreeSet::new(),
        };
        let mut steps = leaf.steps.as_slice();
        while let [step, rest @ ..] = steps {
            steps = rest;
            match step {
                Step::Attribute { attribute, of, to } => {
                    steps = self.emit_path(&mut e, *attribute, *of, *to, rest);
                }
                Step::Part { part, kind, of, to } => {
                    let relation = self.part(*kind, *part);
                    e.prefix.push(atom(relation, &[*of, Term::Variable(*to)]));
                }
                Step::Call { function: f, pattern, arguments, to } => {
                    let result = Term::Variable(*to);
                    if !e.positive && !f.total {
                        let none = self.named_call("@none", f, pattern.as_deref(), arguments, true);
                        e.way(vec![none]);
                    }
                    if arguments.iter().any(|a| e.is_unknown(*a)) {
                        e.prefix.extend(lifted(f, pattern.as_deref(), arguments, result));
                        e.unknown.insert(*to);
                    } else {
                        e.prefix.push(call(f, pattern.clone(), arguments, result));
                    }
                }
                Step::Member { kind, of } => {
                    self.pass_unknown(&mut e, &[*of]);
                    let relation = self.kind_relation(*kind);
                    if !e.positive {
                        e.way(vec![not(relation, &[*of])]);
                    }
                    e.prefix.push(atom(relation, &[*of]));
                }
                Step::Aggregate { function, sub, value, to } => {
                    let twin = self.sub_relation(cx, *sub, around);
                    let result = Term::Variable(*to);
                    let one = |b| {
                        Self::aggregate_literal(cx, *function, *sub, twin.of(b), *value, result)
                    };
                    let certain = one(Bound::Certain);
                    if twin.is_open() {
                        let possible = one(Bound::Possible);
                        if bound == Bound::Certain || leaf.known {
                            e.prefix.extend([certain, possible]);
                        } else {
                            // Both ends of what it can be; nothing is known of what lies between.
                            e.prefix.push(certain);
                            let mut also = e.clone();
                            also.prefix.pop();
                            also.prefix.push(possible);
                            self.emit_test(cx, &mut also, leaf, around);
                            e.ways.extend(also.ways);
                        }
                    } else {
                        e.prefix.push(certain);
                    }
                }
            }
        }
        self.emit_test(cx, &mut e, leaf, around);
        e.ways
    }

    /// An attribute, and in the possible bound those that follow it on the same path; gives the steps that are left.
    fn emit_path<'s>(
        &mut self,
        e: &mut Emission,
        attribute: Attribute,
        of: Term,
        to: Variable,
        mut rest: &'s [Step],
    ) -> &'s [Step] {
        self.pass_unknown(e, &[of]);
        let mode = self.mode(attribute);
        if !(e.lift && mode.lifts()) {
            let relations = self.attribute_relations(attribute);
            if !e.positive && mode.may_miss() {
                let mut missing = vec![not(relations.value, &[of, Term::Wild])];
                if mode.lifts() && !self.attribute(attribute).is_some_and(|a| a.set) {
                    missing.push(not(relations.unknown, &[of]));
                }
                e.way(missing);
            }
            e.prefix.push(atom(relations.value, &[of, Term::Variable(to)]));
            return rest;
        }
        let mut path = vec![attribute];
        let mut end = to;
        while let [Step::Attribute { attribute, of: Term::Variable(v), to }, more @ ..] = rest
            && *v == end
        {
            path.push(*attribute);
            end = *to;
            rest = more;
        }
        let relation = self.maybe(&path);
        if !e.positive && path.iter().any(|a| self.mode(*a).may_miss()) {
            e.way(vec![not(relation, &[of, Term::Wild])]);
        }
        e.prefix.push(atom(relation, &[of, Term::Variable(end)]));
        e.unknown.insert(end);
        rest
    }

    /// Where a value that may be unknown is looked up in a relation, the leaf also holds if it is unknown.
    fn pass_unknown(&mut self, e: &mut Emission, terms: &[Term]) {
        for term in terms {
            if e.is_unknown(*term) {
                let unknown = Term::Constant(self.unknown);
                e.way(vec![Literal::Compare(Compare::Eq, *term, unknown)]);
            }
        }
    }

    fn emit_test(&mut self, cx: &mut Context, e: &mut Emission, leaf: &Leaf, around: &[Leaf]) {
        let positive = e.positive;
        let held = Term::Constant(self.program.values.bool(positive));
        match &leaf.test {
            Test::True => {
                if positive {
                    e.way(vec![]);
                }
            }
            Test::Compare(op, a, b) => {
                let op = if positive { *op } else { opposite(*op) };
                let literal = self.comparison(e, op, *a, *b);
                e.way(vec![literal]);
            }
            Test::Has { attribute, of, value, free } => {
                self.pass_unknown(e, &[*of, *value]);
                let way = self.has_literals(cx, e, *attribute, *of, *value, *free);
                e.way(way);
            }
            Test::HasAny { attribute, of } => {
                self.pass_unknown(e, &[*of]);
                let relation = self.attribute_relations(*attribute).value;
                e.way(vec![signed(positive, relation, &[*of, Term::Wild])]);
            }
            Test::Call { function: f, pattern, arguments } => {
                if arguments.iter().any(|a| e.is_unknown(*a)) {
                    e.way(lifted(f, pattern.as_deref(), arguments, held).into_iter().collect());
                } else {
                    e.way(vec![call(f, pattern.clone(), arguments, held)]);
                }
            }
            Test::Among { function: f, pattern, arguments, value } => {
                let all: Vec<Term> = arguments.iter().chain([value]).copied().collect();
                self.pass_unknown(e, &all);
                let literal = if positive {
                    call(f, pattern.clone(), arguments, *value)
                } else {
                    self.named_call("@lacks", f, pattern.as_deref(), &all, true)
                };
                e.way(vec![literal]);
            }
            Test::Defined { function: f, pattern, arguments } => {
                self.pass_unknown(e, arguments);
                let literal = self.named_call("@none", f, pattern.as_deref(), arguments, !positive);
                e.way(vec![literal]);
            }
            Test::Kind(kind, term) => {
                self.pass_unknown(e, &[*term]);
                let relation = self.kind_relation(*kind);
                e.way(vec![signed(positive, relation, &[*term])]);
            }
            Test::Relation(id, terms) => {
                self.pass_unknown(e, terms);
                let Some(twin) = self.declared.get(*id as usize).copied() else { return };
                let bound = if positive { e.bound } else { e.bound.other() };
                e.way(vec![signed(positive, twin.of(bound), terms)]);
            }
            Test::Plain(relation, terms) => {
                self.pass_unknown(e, terms);
                e.way(vec![signed(positive, *relation, terms)]);
            }
            Test::Sub(sub) => {
                let twin = self.sub_relation(cx, *sub, around);
                let bound = if positive { e.bound } else { e.bound.other() };
                let params = cx.subs.get(*sub).map(|s| s.params.clone()).unwrap_or_default();
                let params: Vec<Term> = params.into_iter().map(Term::Variable).collect();
                e.way(vec![signed(positive, twin.of(bound), &params)]);
            }
            Test::Aggregate { function, sub, value, op, other } => {
                self.emit_aggregate(cx, e, (*function, *sub, *value), (*op, *other), around);
            }
        }
    }

    fn comparison(&mut self, e: &Emission, op: Compare, a: Term, b: Term) -> Literal {
        // Other than `true` is `false`: a value can be looked up.
        let (op, b) = match (op, b) {
            (Compare::Ne, Term::Constant(c)) => match self.program.values.get(c) {
                Value::Bool(held) => {
                    let other = !held;
                    (Compare::Eq, Term::Constant(self.program.values.bool(other)))
                }
                _ => (op, b),
            },
            _ => (op, b),
        };
        if !e.is_unknown(a) && !e.is_unknown(b) {
            return Literal::Compare(op, a, b);
        }
        let yes = Term::Constant(self.program.values.bool(true));
        match function("@maybe") {
            Some(f) => call(f, Some(symbol(op).to_owned()), &[a, b], yes),
            None => Literal::Compare(op, a, b),
        }
    }

    fn has_literals(
        &mut self,
        cx: &mut Context,
        e: &Emission,
        attribute: Attribute,
        of: Term,
        value: Term,
        free: bool,
    ) -> Vec<Literal> {
        let mode = self.mode(attribute);
        let relations = self.attribute_relations(attribute);
        // An optional set is complete as it is.
        let lifts = mode == crate::lower::relations::Mode::Open;
        match (e.positive, e.lift && lifts && !free) {
            (true, false) => vec![atom(relations.value, &[of, value])],
            (true, true) => {
                let maybe = self.maybe(&[attribute]);
                let found = cx.fresh();
                let mut lifted = e.clone();
                lifted.unknown.insert(found);
                let found = Term::Variable(found);
                let equal = self.comparison(&lifted, Compare::Eq, found, value);
                vec![atom(maybe, &[of, found]), equal]
            }
            (false, true) => {
                let state = self.state(attribute);
                vec![atom(state, &[of, Term::Wild]), not(relations.value, &[of, value])]
            }
            (false, false) if lifts => {
                vec![atom(relations.known, &[of]), not(relations.value, &[of, value])]
            }
            (false, false) => vec![not(relations.value, &[of, value])],
        }
    }

    fn aggregate_literal(
        cx: &Context,
        function: Aggregate,
        sub: usize,
        relation: redan_facts::RelationId,
        value: u32,
        result: Term,
    ) -> Literal {
        let (params, own) =
            cx.subs.get(sub).map_or((vec![], 0), |s| (s.params.clone(), s.columns.len()));
        let keys = params.into_iter().map(Term::Variable);
        let keys = keys.chain(std::iter::repeat_n(Term::Wild, own)).collect();
        Literal::Aggregate { function, relation, keys, value, result }
    }

    /// A comparison of an aggregate. Over something open, its value lies between that of the certain and that of the possible
    /// rows; the comparison certainly holds if it does for all values between, and possibly if for some.
    fn emit_aggregate(
        &mut self,
        cx: &mut Context,
        e: &mut Emission,
        (function, sub, value): (Aggregate, usize, u32),
        (op, other): (Compare, Term),
        around: &[Leaf],
    ) {
        let twin = self.sub_relation(cx, sub, around);
        let op = if e.positive { op } else { opposite(op) };
        let grows = function != Aggregate::Min;
        // The rows that give the smallest and the largest value.
        let (low, high) = if grows {
            (Bound::Certain, Bound::Possible)
        } else {
            (Bound::Possible, Bound::Certain)
        };
        let certain = e.bound == Bound::Certain;
        let sets: Vec<Vec<(Bound, Compare)>> = match (twin.is_open(), op, certain) {
            (false, _, _) => vec![vec![(Bound::Certain, op)]],
            (true, Compare::Ge | Compare::Gt, true) | (true, Compare::Le | Compare::Lt, false) => {
                vec![vec![(low, op)]]
            }
            (true, Compare::Le | Compare::Lt, true) | (true, Compare::Ge | Compare::Gt, false) => {
                vec![vec![(high, op)]]
            }
            (true, Compare::Eq, true) => vec![vec![(low, op), (high, op)]],
            (true, Compare::Eq, false) => vec![vec![(low, Compare::Le), (high, Compare::Ge)]],
            (true, Compare::Ne, true) => vec![vec![(low, Compare::Gt)], vec![(high, Compare::Lt)]],
            (true, Compare::Ne, false) => vec![vec![(low, op)], vec![(high, op)]],
        };
        for set in sets {
            let mut way = vec![];
            for (bound, op) in set {
                let result = Term::Variable(cx.fresh());
                let relation = twin.of(bound);
                way.push(Self::aggregate_literal(cx, function, sub, relation, value, result));
                way.push(self.comparison(e, op, result, other));
            }
            e.way(way);
        }
        if !e.positive && matches!(function, Aggregate::Min | Aggregate::Max) {
            // Of no rows there is no smallest: the comparison is false, and its opposite true.
            let relation = twin.of(e.bound.other());
            let params = cx.subs.get(sub).map(|s| (s.params.clone(), s.columns.len()));
            let (params, own) = params.unwrap_or_default();
            let terms = params.into_iter().map(Term::Variable);
            let terms: Vec<Term> = terms.chain(std::iter::repeat_n(Term::Wild, own)).collect();
            e.way(vec![not(relation, &terms)]);
        }
    }

    /// A call of a function that takes another's name as its pattern.
    fn named_call(
        &mut self,
        name: &str,
        inner: &'static Function,
        pattern: Option<&str>,
        arguments: &[Term],
        result: bool,
    ) -> Literal {
        let result = Term::Constant(self.program.values.bool(result));
        let outer = function(name).unwrap_or(inner);
        call(outer, Some(named(inner, pattern)), arguments, result)
    }
}

/// What is known while the literals of a leaf are made.
#[derive(Clone)]
struct Emission {
    positive: bool,
    /// Unknown values are let through.
    lift: bool,
    bound: Bound,
    prefix: Vec<Literal>,
    ways: Vec<Vec<Literal>>,
    /// The variables whose value may be unknown.
    unknown: BTreeSet<Variable>,
}

impl Emission {
    fn is_unknown(&self, term: Term) -> bool {
        matches!(term, Term::Variable(v) if self.unknown.contains(&v))
    }

    /// One more way in which the leaf holds: what led here, and these.
    fn way(&mut self, literals: Vec<Literal>) {
        self.ways.push(self.prefix.iter().cloned().chain(literals).collect());
    }
}

/// The bounds that a relation has.
pub(super) fn bounds(twin: Twin) -> impl Iterator<Item = Bound> {
    [Bound::Certain, Bound::Possible].into_iter().take(if twin.is_open() { 2 } else { 1 })
}

fn signed(positive: bool, relation: redan_facts::RelationId, arguments: &[Term]) -> Literal {
    if positive { atom(relation, arguments) } else { not(relation, arguments) }
}

fn call(
    function: &'static Function,
    pattern: Option<String>,
    arguments: &[Term],
    result: Term,
) -> Literal {
    Literal::Call { function, pattern, arguments: arguments.to_vec(), result }
}

fn lifted(
    inner: &'static Function,
    pattern: Option<&str>,
    arguments: &[Term],
    result: Term,
) -> Option<Literal> {
    Some(call(function("@lift")?, Some(named(inner, pattern)), arguments, result))
}

fn named(function: &Function, pattern: Option<&str>) -> String {
    match pattern {
        Some(pattern) => format!("{}\0{pattern}", function.name),
        None => function.name.to_owned(),
    }
}

fn opposite(op: Compare) -> Compare {
    match op {
        Compare::Eq => Compare::Ne,
        Compare::Ne => Compare::Eq,
        Compare::Lt => Compare::Ge,
        Compare::Le => Compare::Gt,
        Compare::Gt => Compare::Le,
        Compare::Ge => Compare::Lt,
    }
}

/// The sign of a comparison.
pub(crate) fn symbol(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}
