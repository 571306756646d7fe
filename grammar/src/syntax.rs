//! The syntax tree: what is written, with the span of every node. Names are not resolved here.
//!
//! Sugar is kept as it was written, so that the formatter can print it back; `redan-program` lowers
//! it.

use redan_base::Span;
use serde::{Deserialize, Serialize};

/// An identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The text.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A name that may be qualified by its pack: `cleartext_flow`, `core.cleartext_flow`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Path {
    /// The pack, if written.
    pub pack: Option<Name>,
    /// The name.
    pub name: Name,
    /// All of it.
    pub span: Span,
}

/// A string, `"…"` or `"""…"""`, or code between back-ticks; escapes are resolved, the common indentation
/// of a block string is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The value.
    pub value: String,
    /// Where, with its quotes.
    pub span: Span,
}

/// A comment, `// …`; `/// …` documents the item or attribute that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The text after the slashes, without the space that follows them.
    pub text: String,
    /// Where, with the slashes.
    pub span: Span,
    /// Whether it is a `///` comment.
    pub doc: bool,
    /// Whether nothing but white space stands before it on its line.
    pub own_line: bool,
}

/// One pack file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The items that parsed, in order.
    pub items: Vec<Item>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// The spans of items that did not parse.
    pub broken: Vec<Span>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// From its keyword to its last character.
    pub span: Span,
    /// The text of the `///` comments before it, lines joined.
    pub docs: String,
}

/// The items of the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "items are few, and boxes would be in the way of all who match"
)]
pub enum ItemKind {
    /// `pack NAME { field… }`
    Pack(Block),
    /// `enum NAME { a < b < c }` or `enum NAME { a, b, c }`
    Enum(Enum),
    /// `set NAME { "a", "b" }`
    Set(Set),
    /// `kind NAME is PARENT { attribute… }`
    Kind(Kind),
    /// `extract NAME(field…) from …`
    Extract(Extract),
    /// `relation NAME(parameter: type, …)`, with `if …` a clause at once
    Relation(Relation),
    /// `NAME(term, …) if CONDITION`
    Clause(Clause),
    /// `derive KIND … { … } if CONDITION`
    Derive(Derive),
    /// `same a, b if CONDITION`
    Same(Same),
    /// `threat NAME { field… }`
    Threat(Block),
    /// `mitigation NAME { field… }`
    Mitigation(Block),
    /// `except`, `override` and `disable`
    Change(Change),
    /// `policy NAME { deny "…" if … }`
    Policy(Block),
    /// `translate LANGUAGE { … }`
    Translate(Block),
    /// `test "…" { given … expect … }`
    Test(Test),
    /// `system "…" { statement… }`
    System(System),
    /// A statement of the model on the top level.
    Statement(Statement),
}

/// A named list of fields: `pack`, `threat`, `mitigation`, `policy`, `translate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The name (of a translation: the language).
    pub name: Name,
    /// The fields.
    pub fields: Vec<Field>,
}

/// One field: `NAME VALUE, … if CONDITION because "…" { FIELD… }`, of which all but the name may be
/// missing. `match C` and `where C` are fields with a condition alone.
///
/// A value list goes on over commas: `stride spoofing, tampering`. Examples: `title "…"`,
/// `severity high`, `raise critical if service is exposed because "…"`, `deny "…" if …`,
/// `for express { steps "…" }`, `threat cleartext_flow { title "…" }` (in a translation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The field's name.
    pub name: Name,
    /// Its values.
    pub values: Vec<Expr>,
    /// `if …`, or the condition of `match` and `where`.
    pub condition: Option<Cond>,
    /// `because "…"`
    pub because: Option<Text>,
    /// `{ … }`
    pub block: Option<Vec<Field>>,
    /// All of it.
    pub span: Span,
    /// The `///` comments before it.
    pub docs: String,
}

/// `enum`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// The name.
    pub name: Name,
    /// The symbols in order.
    pub symbols: Vec<Name>,
    /// Written with `<`.
    pub ordered: bool,
}

/// `set` and `extend set`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// The name.
    pub name: Path,
    /// `extend set`
    pub extends: bool,
    /// The members: texts, numbers, `/regular expressions/` or names.
    pub members: Vec<Expr>,
}

/// `kind`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// The name.
    pub name: Name,
    /// `is PARENT`
    pub parent: Option<Path>,
    /// The attributes.
    pub attributes: Vec<Attribute>,
}

/// `NAME: TYPE = DEFAULT ask "…"`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The name; also words of the language, such as `in` and `class`.
    pub name: Name,
    /// The type.
    pub ty: TypeExpr,
    /// What holds where nothing was seen: this closes the attribute.
    pub default: Option<Expr>,
    /// The question to ask when it is unknown; `{it}` is the entity.
    pub ask: Option<Text>,
    /// The `///` comments before it.
    pub docs: String,
    /// All of it.
    pub span: Span,
}

/// `bool`, `boundary`, `boundary?`, `set<access>`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeExpr {
    /// The type's name; of a set, its element's.
    pub name: Path,
    /// `set<…>`
    pub set: bool,
    /// `…?`
    pub optional: bool,
    /// All of it.
    pub span: Span,
}

/// `extract`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extract {
    /// The name of the kind of fact.
    pub name: Name,
    /// Its fields.
    pub fields: Vec<ExtractField>,
    /// Where it is found: one or more `from` cases.
    pub cases: Vec<ExtractCase>,
}

/// `name`, `image?`, `ports*`, `privileged: bool = false`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractField {
    /// The name.
    pub name: Name,
    /// `?`: a fact may lack it.
    pub optional: bool,
    /// `*`: a fact may have several.
    pub many: bool,
    /// The type; a text if not written.
    pub ty: Option<TypeExpr>,
    /// What holds where it is missing.
    pub default: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// One `from` case of an extractor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractCase {
    /// The formats or languages after `from`.
    pub formats: Vec<Name>,
    /// The globs after `in`.
    pub globs: Vec<Text>,
    /// The globs after `except`.
    pub except: Vec<Text>,
    /// `when file mentions "a", "b"`: at least one of the texts must be in the file.
    pub mentions: Vec<Text>,
    /// How it is found.
    pub matcher: Matcher,
    /// `where …`
    pub filter: Option<Cond>,
    /// `{ field: expression … }`
    pub outputs: Vec<Output>,
    /// All of it.
    pub span: Span,
}

/// How an extractor finds its facts in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matcher {
    /// `at PATH`: each node of a structured file that the path reaches.
    Tree(TreePath),
    /// ``match `code` ``: a code pattern.
    Pattern(Text),
    /// ``query `…` ``: a tree-sitter query; the fact's place is `@at`.
    Query(Text),
    /// `match /…/`: a regular expression with named groups.
    Regex(Text),
    /// `node`: each node of a diagram.
    Node,
    /// `edge`: each edge of a diagram.
    Edge,
    /// `group`: each group of a diagram that has something in it.
    Group,
    /// `file`: the file itself, one fact.
    WholeFile,
}

/// `field: expression`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The field.
    pub name: Name,
    /// Its value.
    pub value: Expr,
}

/// `relation`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The name.
    pub name: Name,
    /// `name: type`
    pub parameters: Vec<(Name, TypeExpr)>,
}

/// `untrusted(c) if c in b and b.trust == untrusted`; without `if`, a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// The relation.
    pub relation: Path,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// The condition.
    pub condition: Option<Cond>,
}

/// `derive KIND NAME { attributes } if …`, `derive flow a -> b as "label" { … } if …`, and
/// `derive VARIABLE { attributes } if …`, which adds attributes to an entity that a condition binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derive {
    /// What is derived.
    pub target: DeriveTarget,
    /// `in BOUNDARY`
    pub inside: Option<Expr>,
    /// The attributes.
    pub attributes: Vec<Output>,
    /// The condition.
    pub condition: Cond,
}

/// The head of a `derive`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "items are few, and boxes would be in the way of all who match"
)]
pub enum DeriveTarget {
    /// An entity of a kind, with the expression of its name.
    Entity(Path, Expr),
    /// A flow between two entities, with an optional label.
    Flow(Path, Expr, Expr, Option<Expr>),
    /// A variable of the condition.
    Variable(Name),
}

/// `same a, b if …`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Same {
    /// The two variables.
    pub left: Name,
    /// The second.
    pub right: Name,
    /// The condition.
    pub condition: Cond,
}

/// What an organisation changes in a pack that it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which of the three.
    pub kind: ChangeKind,
    /// The rule.
    pub rule: Path,
    /// `because "…"`
    pub because: Option<Text>,
    /// `until 2027-06-30`
    pub until: Option<Text>,
    /// `if …` over the bindings of the rule (of `except`).
    pub condition: Option<Cond>,
    /// `{ field… }` (of `override`).
    pub fields: Vec<Field>,
}

/// The kinds of [`Change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    /// For some matches.
    Except,
    /// In some fields.
    Override,
    /// Altogether.
    Disable,
}

/// `test "…" { … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// What it shows.
    pub name: Text,
    /// What is given.
    pub given: Vec<Given>,
    /// What is expected.
    pub expect: Vec<Expect>,
}

/// `given { … }` or ``given file "…" ```…``` ``
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Given {
    /// A model.
    Model(Vec<Statement>),
    /// A file.
    File {
        /// Its path.
        path: Text,
        /// Its text.
        text: Text,
    },
}

/// `expect …`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expect {
    /// `no`
    pub negated: bool,
    /// What.
    pub what: ExpectKind,
    /// All of it.
    pub span: Span,
}

/// What a test expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpectKind {
    /// `expect [possible] threat_name(binding: entity, …)`; certainty: with `possible` a possible finding,
    /// else a confirmed one. `expect no x` forbids both.
    Threat {
        /// The threat.
        threat: Path,
        /// `possible`
        possible: bool,
        /// Bindings that must agree; others are free.
        bindings: Vec<(Name, Expr)>,
    },
    /// `expect fact KIND { attribute: value }`
    Fact {
        /// A kind (extracted or not) or a relation.
        kind: Path,
        /// Attributes that must agree; others are free.
        attributes: Vec<Output>,
    },
    /// `expect relation_name(value, …)`, told from a threat by what the name is; arguments positional.
    Relation {
        /// The relation.
        relation: Path,
        /// Its arguments; `_` is free.
        arguments: Vec<Expr>,
    },
}

/// `system "…" { … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// The system's name.
    pub name: Text,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// A statement of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statement {
    /// `process api in private { … }`; the name is an identifier or a string.
    Entity {
        /// The kind.
        kind: Path,
        /// The name.
        name: Text,
        /// `in BOUNDARY`
        inside: Option<Text>,
        /// `{ … }`
        attributes: Vec<Output>,
        /// All of it.
        span: Span,
    },
    /// `web -> api { … }`, `web -> api as "label" { … }`
    Flow {
        /// The start.
        from: Text,
        /// The end.
        to: Text,
        /// The label.
        label: Option<Text>,
        /// `{ … }`
        attributes: Vec<Output>,
        /// All of it.
        span: Span,
    },
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// The expressions of the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExprKind {
    /// `"…"`
    Text(String),
    /// `42`
    Int(i64),
    /// `true`, `false`
    Bool(bool),
    /// `/…/`
    Regex(String),
    /// Code between back-ticks.
    Code(String),
    /// A bare or qualified name: a variable, a symbol, a set or (in an extractor) a word. `A` of `a.b` with an
    /// unbound `a` is told apart later: `a.b` parses as [`ExprKind::Access`].
    Name(String),
    /// `_` or `_name`: anything.
    Wild,
    /// `$name`, of an extractor.
    Capture(String),
    /// `$$$name`, of an extractor.
    Captures(String),
    /// `x.attribute`
    Access(Box<Expr>, Name),
    /// `.image`, `root.metadata.name`, `.ports[*]`: a path in the tree, of an extractor.
    Tree(TreePath),
    /// `upper(x)`
    Call(Path, Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `a + b` and `a - b` (`minus`): numbers, or texts joined with `+`.
    Sum {
        /// Left.
        left: Box<Expr>,
        /// Right.
        right: Box<Expr>,
        /// `-`
        minus: bool,
    },
    /// `a | b`: the first that is there; of an extractor.
    First(Vec<Expr>),
    /// `count { CONDITION }`, `min { x where CONDITION }`, `max`, `sum`: an aggregate. The value is missing for `count`.
    Aggregate {
        /// Which.
        function: Name,
        /// What is aggregated; none for `count`.
        value: Option<Box<Expr>>,
        /// Over which matches.
        over: Box<Cond>,
    },
}

/// A path in a structured file: `services.$name`, `.ports[*]`, `**.password`, `root.kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreePath {
    /// Whether it begins at the document (`root.…`, and always after `at`) or at the matched node (`.…`).
    pub from_root: bool,
    /// The steps.
    pub steps: Vec<TreeStep>,
    /// All of it.
    pub span: Span,
}

/// One step of a [`TreePath`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TreeStep {
    /// `name` or `"na.me"`: this key.
    Key(Name),
    /// `$name`: any key, which is bound.
    Bind(Name),
    /// `*`: any key.
    AnyKey,
    /// `[*]`: any element.
    Any,
    /// `[0]`: this element.
    Index(usize),
    /// `**`: any number of steps.
    Deep,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cond {
    /// What it is.
    pub kind: CondKind,
    /// Where.
    pub span: Span,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Compare {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// The conditions of the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CondKind {
    /// `a and b`
    And(Vec<Cond>),
    /// `a or b`
    Or(Vec<Cond>),
    /// `not a`
    Not(Box<Cond>),
    /// `(a)`; kept for the formatter.
    Group(Box<Cond>),
    /// `x: kind`
    Member(Name, Path),
    /// `x is kind`, `x is relation`, `x is not …`; in an extractor `$x is string`.
    Is {
        /// What is looked at.
        subject: Expr,
        /// `is not`
        negated: bool,
        /// A kind, a one-place relation, or a set.
        what: Path,
    },
    /// `a == b`
    Compare(Compare, Expr, Expr),
    /// `a in b`, `a not in b`: membership in a list or set, or an entity's `in` attribute.
    In {
        /// Left.
        left: Expr,
        /// Right.
        right: Expr,
        /// `not in`
        negated: bool,
    },
    /// `a matches /…/`
    Matches(Expr, Expr),
    /// `a like "glob"`
    Like(Expr, Expr),
    /// `f crosses b`, `target holds d`, `w.access has write`, `m inside c`: a two-place relation, or a set attribute of
    /// the left side's kind, written between its arguments. `has` and `inside` come here too.
    Verb {
        /// Left.
        left: Expr,
        /// The verb.
        verb: Path,
        /// Right.
        right: Expr,
    },
    /// `a same file b`
    SameFile(Expr, Expr),
    /// `relation(a, b)`
    Call(Path, Vec<Expr>),
    /// `a -[f]-> b: store`
    Flow(FlowPath),
    /// `v = expression`
    Bind(Name, Expr),
    /// `exists C`, `exists C where D`
    Exists(Box<Query>),
    /// `no C`, `no C where D`
    No(Box<Query>),
    /// `every C where D satisfies E`
    Every(Box<Query>, Box<Cond>),
    /// `x.authenticated` alone
    Truth(Expr),
}

/// What `exists`, `no` and `every` range over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// `f: flow`, `a -> b`, …
    pub over: Cond,
    /// `where …`
    pub filter: Option<Cond>,
}

/// `a -[f]-> b: store ->+ c`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowPath {
    /// The first node.
    pub start: FlowNode,
    /// The steps.
    pub steps: Vec<(FlowEdge, FlowNode)>,
}

/// `b`, `b: store`, `_`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowNode {
    /// The variable; none for `_`.
    pub name: Option<Name>,
    /// `: kind`
    pub kind: Option<Path>,
    /// All of it.
    pub span: Span,
}

/// `->`, `-[f]->`, `->+`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowEdge {
    /// The variable of the flow.
    pub name: Option<Name>,
    /// `->+`: one or more flows.
    pub many: bool,
    /// All of it.
    pub span: Span,
}
