//! A rule's condition after names and types are resolved, before the bounds are told apart: alternatives of
//! conjunctions of leaves. A leaf is a chain of steps (attributes, functions) and a test on what they reach.

use std::collections::BTreeMap;

use redan_base::{SourceId, Span};
use redan_facts::RelationId;
use redan_grammar::syntax::Compare;

use crate::functions::Function;
use crate::ir::{Aggregate, Bound, Term, Variable};
use crate::names::Scope;
use crate::schema::{KindId, Type};

/// An attribute: the kind that declares it, and its index there.
pub type Attribute = (KindId, u32);

/// A relation in both bounds; the same one twice if it has only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    pub certain: RelationId,
    pub possible: RelationId,
}

impl Twin {
    pub fn one(id: RelationId) -> Self {
        Self { certain: id, possible: id }
    }

    pub fn of(self, bound: Bound) -> RelationId {
        match bound {
            Bound::Certain => self.certain,
            Bound::Possible => self.possible,
        }
    }

    pub fn is_open(self) -> bool {
        self.certain != self.possible
    }
}

/// What the lowering reads of a member of an extracted kind besides its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    File,
    Line,
    Text,
}

/// One step to a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The attribute of an entity.
    Attribute { attribute: Attribute, of: Term, to: Variable },
    /// The file, line or text of an extracted fact.
    Part { part: Part, kind: KindId, of: Term, to: Variable },
    /// A function.
    Call {
        function: &'static Function,
        pattern: Option<String>,
        arguments: Vec<Term>,
        to: Variable,
    },
    /// The value is a member of the kind.
    Member { kind: KindId, of: Term },
    /// An aggregate over a sub-condition: `value` is the column of its relation.
    Aggregate { function: Aggregate, sub: usize, value: u32, to: Variable },
}

/// What is asked of the values that the steps reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A comparison; `==` with an unbound variable binds it.
    Compare(Compare, Term, Term),
    /// The set attribute has the value; `free` if the value is bound by just this.
    Has { attribute: Attribute, of: Term, value: Term, free: bool },
    /// The attribute has any value that is known.
    HasAny { attribute: Attribute, of: Term },
    /// The truth value of a function.
    Call { function: &'static Function, pattern: Option<String>, arguments: Vec<Term> },
    /// The value is among those of a function.
    Among {
        function: &'static Function,
        pattern: Option<String>,
        arguments: Vec<Term>,
        value: Term,
    },
    /// The function gives a value at all.
    Defined { function: &'static Function, pattern: Option<String>, arguments: Vec<Term> },
    /// A member of a kind.
    Kind(KindId, Term),
    /// A row of a declared relation.
    Relation(u32, Vec<Term>),
    /// A row of a relation of the program that has but one bound: sets, ends of flows, reachability, matches.
    Plain(RelationId, Vec<Term>),
    /// A sub-condition holds.
    Sub(usize),
    /// The aggregate compares so with the value.
    Aggregate { function: Aggregate, sub: usize, value: u32, op: Compare, other: Term },
    /// Always.
    True,
}

/// One leaf of a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Not under `not`.
    pub positive: bool,
    /// It only looks at values that are known, in both bounds: it binds a variable.
    pub known: bool,
    pub steps: Vec<Step>,
    pub test: Test,
    pub span: Span,
}

/// A conjunction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    pub leaves: Vec<Leaf>,
    /// What is known of its variables.
    pub types: BTreeMap<Variable, Type>,
}

/// A condition of its own: what `exists`, `no`, `every` and aggregates range over, and negated conditions of several parts.
/// It becomes a relation of `params`, `columns` and perhaps `value`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sub {
    /// Variables that are bound outside.
    pub params: Vec<Variable>,
    /// Its own variables, where its rows are counted.
    pub columns: Vec<Variable>,
    pub bodies: Vec<Body>,
    pub span: Span,
    /// Its relation, once it was made.
    pub relation: Option<Twin>,
}

/// A variable of an item.
#[derive(Debug, Clone)]
pub struct Var {
    /// Empty for those of the lowering.
    pub name: String,
    /// Where it is first bound.
    pub span: Span,
    /// The environment that it belongs to.
    pub env: usize,
    /// How often its name is written.
    pub uses: u32,
    /// It may be written only once.
    pub may_be_single: bool,
    /// A kind is written beside it.
    pub has_kind: bool,
}

/// Names that are visible in a part of a condition.
#[derive(Debug, Clone, Default)]
pub struct Env {
    pub parent: Option<usize>,
    pub names: Vec<(String, Variable)>,
}

/// What the parts of one item share.
#[derive(Debug, Clone)]
pub struct Context {
    pub scope: Scope,
    /// The item in words, for origins.
    pub item: String,
    pub span: Span,
    pub vars: Vec<Var>,
    pub envs: Vec<Env>,
    pub subs: Vec<Sub>,
    /// An error was found: nothing is made of it.
    pub broken: bool,
    /// Its condition has several alternatives.
    pub alternatives: bool,
    /// The names that nothing binds, which were told of.
    pub told: Vec<String>,
}

impl Context {
    pub fn new(scope: Scope, item: String, span: Span) -> Self {
        Self {
            scope,
            item,
            span,
            vars: vec![],
            envs: vec![Env::default()],
            subs: vec![],
            broken: false,
            alternatives: false,
            told: vec![],
        }
    }

    pub fn source(&self) -> SourceId {
        self.scope.source
    }

    /// A variable of the lowering.
    pub fn fresh(&mut self) -> Variable {
        self.named(String::new(), Span::default(), 0)
    }

    pub fn named(&mut self, name: String, span: Span, env: usize) -> Variable {
        self.vars.push(Var { name, span, env, uses: 0, may_be_single: false, has_kind: false });
        Variable(self.vars.len() as u32 - 1)
    }

    pub fn var(&self, v: Variable) -> Option<&Var> {
        self.vars.get(v.0 as usize)
    }

    pub fn name(&self, v: Variable) -> &str {
        self.var(v).map_or("", |v| v.name.as_str())
    }

    /// The variable of a name, as seen from an environment.
    pub fn lookup(&self, env: usize, name: &str) -> Option<Variable> {
        let mut at = Some(env);
        while let Some(env) = at.and_then(|e| self.envs.get(e)) {
            if let Some((_, v)) = env.names.iter().find(|(n, _)| n == name) {
                return Some(*v);
            }
            at = env.parent;
        }
        None
    }

    /// All names that are seen from an environment.
    pub fn visible(&self, env: usize) -> Vec<&str> {
        let mut all = vec![];
        let mut at = Some(env);
        while let Some(env) = at.and_then(|e| self.envs.get(e)) {
            all.extend(env.names.iter().map(|(n, _)| n.as_str()));
            at = env.parent;
        }
        all
    }

    /// Whether a variable is one of the environment or of those around it.
    pub fn sees(&self, env: usize, v: Variable) -> bool {
        let Some(var) = self.var(v).filter(|v| !v.name.is_empty()) else { return false };
        let mut at = Some(env);
        while let Some(e) = at {
            if e == var.env {
                return true;
            }
            at = self.envs.get(e).and_then(|e| e.parent);
        }
        false
    }
}

impl Leaf {
    /// A leaf without steps.
    pub fn test(positive: bool, test: Test, span: Span) -> Self {
        Self { positive, known: false, steps: vec![], test, span }
    }

    /// All terms, those of sub-conditions left out.
    pub fn terms(&self) -> Vec<Term> {
        let mut all = vec![];
        for step in &self.steps {
            match step {
                Step::Attribute { of, to, .. } | Step::Part { of, to, .. } => {
                    all.extend([*of, Term::Variable(*to)]);
                }
                Step::Call { arguments, to, .. } => {
                    all.extend(arguments);
                    all.push(Term::Variable(*to));
                }
                Step::Member { of, .. } => all.push(*of),
                Step::Aggregate { to, .. } => all.push(Term::Variable(*to)),
            }
        }
        match &self.test {
            Test::Compare(_, a, b) => all.extend([*a, *b]),
            Test::Has { of, value, .. } => all.extend([*of, *value]),
            Test::HasAny { of, .. } => all.push(*of),
            Test::Call { arguments, .. } | Test::Defined { arguments, .. } => all.extend(arguments),
            Test::Among { arguments, value, .. } => {
                all.extend(arguments);
                all.push(*value);
            }
            Test::Kind(_, t) => all.push(*t),
            Test::Relation(_, terms) | Test::Plain(_, terms) => all.extend(terms),
            Test::Aggregate { other, .. } => all.push(*other),
            Test::Sub(_) | Test::True => {}
        }
        all
    }

    /// The sub-conditions that it reads.
    pub fn subs(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self
            .steps
            .iter()
            .filter_map(|s| if let Step::Aggregate { sub, .. } = s { Some(*sub) } else { None })
            .collect();
        if let Test::Sub(sub) | Test::Aggregate { sub, .. } = &self.test {
            all.push(*sub);
        }
        all
    }

    /// Whether it gives values to unbound variables by itself.
    pub fn binds(&self) -> bool {
        self.positive
            && match &self.test {
                Test::Kind(..) | Test::Relation(..) | Test::Plain(..) => true,
                Test::Has { free, .. } => *free,
                Test::Compare(Compare::Eq, ..) | Test::Among { .. } => self.known,
                Test::Compare(..)
                | Test::HasAny { .. }
                | Test::Call { .. }
                | Test::Defined { .. }
                | Test::Sub(_)
                | Test::Aggregate { .. }
                | Test::True => false,
            }
    }
}

/// The variables of some terms.
pub fn variables(terms: &[Term]) -> impl Iterator<Item = Variable> + '_ {
    terms.iter().filter_map(|t| match t {
        Term::Variable(v) => Some(*v),
        Term::Constant(_) | Term::Wild => None,
    })
}
