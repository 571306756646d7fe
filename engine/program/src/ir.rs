//! The relational form: what extractors and the evaluator work on. No names of the language are left
//! to resolve, no sugar, and no open world: every open condition has become plain Datalog over relations
//! of two bounds.
//!
//! # How the open world is lowered
//!
//! For an attribute `A` of a kind `K` (a set-valued one never conflicts; an attribute of an extracted kind
//! is a plain relation without any of this):
//!
//! | relation | rows | meaning |
//! | --- | --- | --- |
//! | `K` | (entity) | membership, with those of the kinds that inherit from it |
//! | `K.A@found` | (entity, value) | observed in the repository or derived |
//! | `K.A@stated` | (entity, value) | stated by a model written by hand; overrules `found` |
//! | `K.A@conflict` | (entity) | observations contradict each other, and none is stated |
//! | `K.A` | (entity, value) | the attribute's value, or its default |
//! | `K.A@known` | (entity) | it has a value |
//! | `K.A@unknown` | (entity) | it has none: a leaf of a proof that is a question |
//! | `K.A@maybe` | (entity, value) | the value, or [`crate::functions::unknown`] if it is unknown; also for paths, `flow.from.in@maybe` |
//! | `K.A@state` | (entity, `true` or unknown) | whether a set attribute is complete |
//!
//! A relation that depends on an open attribute exists twice: with [`Bound::Certain`] (what
//! holds whatever the unknowns are) and with [`Bound::Possible`] (what may hold). A positive condition
//! reads the same bound, a negated one the other. A relation that depends on none has only
//! [`Bound::Certain`], and both bounds read it.
//!
//! - What is derived is certain: kinds, observations and `same` follow from what certainly holds and have one bound.
//! - In the possible bound a condition on attributes reads `…@maybe`; the functions `@maybe` (comparisons) and `@lift` (other
//!   functions) hold, and fail, for an unknown value. A proof thereby ends in `K.A@unknown(e)`: the question.
//! - A possible rule that denies a certain relation (`not x(a)` where `x` is of [`Bound::Certain`] and has a twin) may hold
//!   only because `x` is not certain. If the twin has such a row, its proof holds the questions.
//! - A condition that binds a variable to an attribute's value (`d = x.a`, `x holds d` where nothing else binds `d`) ranges over known
//!   values in both bounds; `x.a has _`, `x in _` ask whether a value is known at all.
//! - An aggregate over something open lies between its value over the certain and over the possible rows. A comparison is certain
//!   if it holds for all values between, possible if for some; a value that is bound is certain only if both agree.
//! - A stratum reads complete relations, and its own only by recursion; strata are numbered by the longest way down.

use std::sync::Arc;

use redan_base::{SourceId, Span};
use redan_facts::{RelationId, ValueId, Values};
use redan_grammar::syntax;
pub use redan_grammar::syntax::Compare;
use serde::{Deserialize, Serialize};

use crate::functions::Function;
use crate::schema::{KindId, ThreatId, Type};

/// A checked and lowered program: everything that the later rooms need to know about the packs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Program {
    /// The declarations, resolved.
    pub schema: crate::schema::Schema,
    /// Constants of the rules, interned; facts are made on top of a clone of it.
    pub values: Values,
    /// The relations; a [`RelationId`] is an index.
    pub relations: Arc<Vec<RelationInfo>>,
    /// The rules, grouped by stratum and sorted by it.
    pub rules: Arc<Vec<Rule>>,
    /// How many strata there are.
    pub strata: u32,
    /// The rules of this stratum and of those before it are what `same` depends on: they are evaluated again
    /// after entities were merged, until nothing merges any more. None if no `same` item exists.
    pub same_stratum: Option<u32>,
    /// The relation of `same` pairs (two entities), if any item is `same`.
    pub same: Option<RelationId>,
    /// The facts that packs and models state: rows of base relations with their place.
    pub facts: Vec<StatedFact>,
    /// The extractors.
    pub extractors: Vec<Extractor>,
    /// The threats' relations and texts, one for each threat of the schema, same order.
    pub threats: Vec<ThreatRules>,
    /// The policies' relations.
    pub policies: Vec<PolicyRule>,
    /// The condition of `redan query`, if one was asked for.
    pub query: Option<QueryRules>,
    /// For `redan why-not` and `query`: the condition of each rule in words is in its origin.
    pub origins: Vec<Origin>,
}

/// Which bound of the open world a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Bound {
    /// What holds whatever the unknown attributes are.
    Certain,
    /// What may hold.
    Possible,
}

/// A relation of the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RelationInfo {
    /// A name for people, as in the table above, unique together with the bound.
    pub name: String,
    /// The types of its columns.
    pub columns: Vec<Type>,
    /// What it stands for.
    pub role: Role,
    /// Its bound.
    pub bound: Bound,
    /// The relation of the other bound; the relation itself if it has only one.
    pub twin: RelationId,
}

/// What a relation stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Members of a kind: (entity).
    Kind(KindId),
    /// The value of an attribute: (entity, value). The kind is the one that declares it; the number is that of
    /// the attribute in the kind's list.
    Attribute(KindId, u32),
    /// Observations of it.
    Found(KindId, u32),
    /// Statements of it.
    Stated(KindId, u32),
    /// It is contradictory for (entity).
    Conflict(KindId, u32),
    /// It is known for (entity).
    Known(KindId, u32),
    /// It is unknown for (entity): a question.
    Unknown(KindId, u32),
    /// The file of a member of an extracted kind: (entity, text).
    File(KindId),
    /// The line of its first byte: (entity, int).
    Line(KindId),
    /// Its text in the file: (entity, text).
    TextOf(KindId),
    /// A declared relation; the number is its index in the schema.
    Declared(u32),
    /// The matches of a threat: its bindings, in the order of [`ThreatRules::bindings`].
    Threat(ThreatId),
    /// A `raise` or `lower` of a threat that holds for (bindings…): the number is the field's.
    Adjust(ThreatId, u32),
    /// An `except` that holds for (bindings…): the number is its index in the schema.
    Except(u32),
    /// A policy's condition over findings; see [`PolicyRule`].
    Policy(u32),
    /// Pairs of entities that are one thing.
    Same,
    /// Of the lowering itself: parts of a condition.
    Auxiliary,
}

impl Program {
    /// The relation that holds the certain rows of a declared one, by its full name.
    pub fn declared(&self, name: &str) -> Option<RelationId> {
        let declared = self.schema.relations.iter().position(|r| r.declared.name == name)?;
        let certain = |info: &RelationInfo| {
            info.bound == Bound::Certain && info.role == Role::Declared(declared as u32)
        };
        self.relations.iter().position(certain).map(|number| RelationId(number as u32))
    }
}

impl Role {
    /// The kind whose members, attributes or places the relation holds.
    pub fn kind(&self) -> Option<KindId> {
        match self {
            Self::Kind(kind)
            | Self::Attribute(kind, _)
            | Self::Found(kind, _)
            | Self::Stated(kind, _)
            | Self::Conflict(kind, _)
            | Self::Known(kind, _)
            | Self::Unknown(kind, _)
            | Self::File(kind)
            | Self::Line(kind)
            | Self::TextOf(kind) => Some(*kind),
            Self::Declared(_)
            | Self::Threat(_)
            | Self::Adjust(..)
            | Self::Except(_)
            | Self::Policy(_)
            | Self::Same
            | Self::Auxiliary => None,
        }
    }
}

/// A variable of a rule, numbered from 0 in each rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Variable(pub u32);

/// An argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Term {
    /// A variable.
    Variable(Variable),
    /// A constant of [`Program::values`].
    Constant(ValueId),
    /// Anything.
    Wild,
}

/// A relation applied to arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Atom {
    /// The relation.
    pub relation: RelationId,
    /// The arguments, one a column.
    pub arguments: Vec<Term>,
}

/// One rule: the head holds if the whole body holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What is concluded; no [`Term::Wild`] in it.
    pub head: Atom,
    /// The conditions, in the order written; any order gives the same rows. Every variable of the rule is bound by
    /// an atom, or by a [`Literal::Call`] or [`Literal::Aggregate`] whose inputs are bound.
    pub body: Vec<Literal>,
    /// How many variables there are.
    pub variables: u32,
    /// The stratum, from 0.
    pub stratum: u32,
    /// Which item it came from: an index of [`Program::origins`].
    pub origin: u32,
}

/// A condition of a rule's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// There is such a row.
    Atom(Atom),
    /// There is no such row. The relation lies in an earlier stratum; all its variables are bound elsewhere.
    Not(Atom),
    /// A comparison of two bound terms by [`Values::compare`]; values of unlike types are unequal and
    /// not ordered (every order comparison of them is false).
    Compare(Compare, Term, Term),
    /// A function applied to bound terms. It gives any number of values: none makes the condition false. An
    /// unbound result is bound (one match for each value), a bound one or a constant must be among the values.
    Call {
        /// The function.
        #[serde(with = "crate::stored::function")]
        function: &'static Function,
        /// A regular expression, glob or other constant that was compiled at check time, as text; else empty.
        pattern: Option<String>,
        /// The arguments.
        arguments: Vec<Term>,
        /// The result. [`Term::Wild`] or the constant `true` for a test.
        result: Term,
    },
    /// An aggregate over the rows of a relation of an earlier stratum. It groups by the columns in which
    /// `keys` has a bound term; other columns are [`Term::Wild`]. `count` counts distinct rows (0 if there are none);
    /// `sum`, `min` and `max` look at column `value` of the distinct rows (`min` and `max` of no rows: the condition is false).
    Aggregate {
        /// Which.
        function: Aggregate,
        /// The relation.
        relation: RelationId,
        /// A term for each column.
        keys: Vec<Term>,
        /// The aggregated column (0 for `count`).
        value: u32,
        /// The result.
        result: Term,
    },
}

/// The aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Aggregate {
    /// How many.
    Count,
    /// The sum of ints.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

/// Where a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The item for people: `threat stride.cleartext_flow`, `clause of core.exposed`, `kind core.process is component`.
    pub item: String,
    /// The source of the item.
    pub source: SourceId,
    /// The clause or item.
    pub span: Span,
    /// The conditions of the rule's body that were written by the author, with their places: for each literal of the body
    /// the span of the condition it was lowered from. Literals of the lowering itself have the item's span.
    pub conditions: Vec<Span>,
    /// The names of the rule's variables, by number; those of the lowering are empty.
    pub variables: Vec<String>,
}

/// A fact stated by a pack or a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedFact {
    /// The relation.
    pub relation: RelationId,
    /// The row, of [`Program::values`].
    pub row: Vec<ValueId>,
    /// Where it is written.
    pub source: SourceId,
    /// The exact place.
    pub span: Span,
}

/// An extractor, its relations resolved. Conditions and expressions stay syntax: the extract room
/// interprets them (they know captures and tree paths, no variables).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Extractor {
    /// The kind of fact.
    pub kind: KindId,
    /// Its membership relation: (entity). The entity's root is the kind's qualified name, its key `[path, start, end, ordinal]`,
    /// a text and three ints; the ordinal tells apart facts of one place.
    pub member: RelationId,
    /// The relation (entity, text) of the file's path, if a rule reads it.
    pub file: Option<RelationId>,
    /// The relation (entity, int) of the line, if a rule reads it.
    pub line: Option<RelationId>,
    /// The relation (entity, text) of the matched text, if a rule reads it.
    pub text: Option<RelationId>,
    /// The fields.
    pub fields: Vec<ExtractorField>,
    /// Where it is found.
    pub cases: Vec<ExtractorCase>,
}

/// A field of an extractor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExtractorField {
    /// The name.
    pub name: String,
    /// The relation (entity, value).
    pub relation: RelationId,
    /// The type; values of another type that cannot be converted are dropped, with a note.
    pub ty: Type,
    /// `?`: without a value for a field that is neither optional, many, nor has a default, there is no fact.
    pub optional: bool,
    /// `*`
    pub many: bool,
    /// The default.
    pub default: Option<ValueId>,
}

/// One `from` case; see [`syntax::ExtractCase`] for the parts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExtractorCase {
    /// As written.
    pub syntax: syntax::ExtractCase,
    /// The pack file.
    pub source: SourceId,
    /// For each output: the index of the field.
    pub outputs: Vec<usize>,
}

/// What the condition of `redan query` is evaluated by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryRules {
    /// The answers that certainly hold.
    pub certain: RelationId,
    /// The answers that possibly hold (all certain ones among them).
    pub possible: RelationId,
    /// The names and types of the columns: the variables, in the order of their first use.
    pub bindings: Vec<(String, Type)>,
}

/// What a threat is evaluated by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThreatRules {
    /// The matches that certainly hold.
    pub certain: RelationId,
    /// The matches that possibly hold (all certain ones among them).
    pub possible: RelationId,
    /// The names and types of the columns: the variables of the match that are entities or that a text fills in,
    /// in the order of their first use.
    pub bindings: Vec<(String, Type)>,
    /// `raise` and `lower`, in the order written: (certain relation over the bindings, index of the field in the threat).
    pub adjustments: Vec<RelationId>,
    /// `except` items for it: (index in the schema's changes, certain relation over the bindings).
    pub exceptions: Vec<(usize, RelationId)>,
    /// The `{…}` insertions of its texts that need a value: for each text `name.attribute` used, the relation of the attribute.
    pub insertions: Vec<Insertion>,
}

/// `{name}` or `{name.attribute}` in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insertion {
    /// As written between the braces.
    pub text: String,
    /// The column of the binding.
    pub binding: usize,
    /// The attribute relations to follow, one for each step after the name.
    pub path: Vec<RelationId>,
}

/// One `deny` or `warn` of a policy. Its condition speaks of one finding by the variable that `finding f` binds; it may use
/// `f.severity`, `f.certainty` (`confirmed`, `possible`), `f.status` (`open`, `excepted`), `f.threat`, `f.pack`, `f.stride`, `f.maturity`, `f.change`,
/// compared with constants, and `and`, `or`, `not`. It is interpreted by `redan-engine`, not solved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyRule {
    /// The policy, `pack.name`.
    pub policy: String,
    /// Whether it fails the run (`deny`) or only warns.
    pub deny: bool,
    /// The text.
    pub text: String,
    /// The variable of the finding.
    pub variable: String,
    /// The condition without `finding f`.
    pub condition: syntax::Cond,
    /// The pack file.
    pub source: SourceId,
}
