//! The declarations of all packs, resolved and checked: what a name means.

use redan_base::{SourceId, Span};
use redan_facts::ValueId;
use redan_grammar::syntax;
use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);
    };
}

number!(
    /// An index of [`Schema::packs`].
    PackId
);
number!(
    /// An index of [`Schema::enums`].
    EnumId
);
number!(
    /// An index of [`Schema::sets`].
    SetId
);
number!(
    /// An index of [`Schema::kinds`].
    KindId
);
number!(
    /// An index of [`Schema::threats`].
    ThreatId
);
number!(
    /// An index of [`Schema::mitigations`].
    MitigationId
);

/// All declarations, each list sorted by qualified name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Schema {
    /// The packs.
    pub packs: Vec<Pack>,
    /// The enums.
    pub enums: Vec<Enum>,
    /// The sets, with what other packs extended them by.
    pub sets: Vec<Set>,
    /// The kinds, extracted ones among them.
    pub kinds: Vec<Kind>,
    /// The declared relations.
    pub relations: Vec<Relation>,
    /// The threats, with overrides applied and disabled ones marked.
    pub threats: Vec<Threat>,
    /// The mitigations.
    pub mitigations: Vec<Mitigation>,
    /// The changes.
    pub changes: Vec<Change>,
    /// The tests.
    pub tests: Vec<Test>,
    /// The translations of attribute and kind names and questions: (language, key, text). The key is
    /// `kind pack.name`, `attribute pack.kind.name`, `ask pack.kind.name` or `symbol pack.enum.name`.
    pub words: Vec<(String, String, String)>,
    /// The name of the system, from a `system` item.
    pub system: Option<String>,
}

/// What a declaration has in common with all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// `pack.name`
    pub name: String,
    /// The pack.
    pub pack: PackId,
    /// The file.
    pub source: SourceId,
    /// The name in its declaration.
    pub span: Span,
    /// The whole item.
    pub item: Span,
    /// The `///` comments.
    pub docs: String,
}

/// A pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The licence.
    pub licence: String,
    /// A sentence.
    pub description: String,
    /// The packs it requires.
    pub requires: Vec<String>,
    /// `pack.redan`; none for a folder or file without one, whose pack is named after it.
    pub declared: Option<(SourceId, Span)>,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `string`
    Str,
    /// An enum.
    Enum(EnumId),
    /// An entity of a kind.
    Entity(KindId),
    /// Anything: the element of an empty list, an internal column.
    Any,
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Name and place.
    pub declared: Declared,
    /// The symbols in order; the index is the rank.
    pub symbols: Vec<String>,
    /// Whether `<` compares them.
    pub ordered: bool,
    /// The symbols as values of the program, same order.
    pub values: Vec<ValueId>,
}

/// A set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// Name and place.
    pub declared: Declared,
    /// The type of its members.
    pub element: Type,
    /// The members that are plain values.
    pub members: Vec<ValueId>,
    /// The members that are regular expressions: a text is in the set if one matches all of it.
    pub patterns: Vec<String>,
}

/// A kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// Name and place.
    pub declared: Declared,
    /// What it inherits from.
    pub parent: Option<KindId>,
    /// The last of the `is` chain; itself without parent.
    pub root: KindId,
    /// Its own attributes. Every root kind that is not extracted has `name: string` as attribute 0, added by the checker.
    pub attributes: Vec<Attribute>,
    /// Whether its members are found by an `extract`.
    pub extracted: bool,
    /// Whether it has `from` and `to`: its members are written `a -> b`.
    pub is_flow: bool,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The type; of a set, its element's.
    pub ty: Type,
    /// `set<…>`, or `*` of an extracted kind.
    pub set: bool,
    /// `…?`: it may be absent, which is no question; absent makes a comparison false.
    pub optional: bool,
    /// What holds where nothing was seen; such an attribute is closed.
    pub default: Option<ValueId>,
    /// The question.
    pub ask: Option<String>,
    /// The `///` comments.
    pub docs: String,
    /// Where.
    pub span: Span,
}

/// A declared relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Name and place.
    pub declared: Declared,
    /// The parameters.
    pub parameters: Vec<(String, Type)>,
}

/// The six categories.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Stride {
    /// Pretending to be somebody else.
    Spoofing,
    /// Changing what one must not change.
    Tampering,
    /// Denying what one did.
    Repudiation,
    /// Reading what one must not read.
    InformationDisclosure,
    /// Making it unavailable.
    DenialOfService,
    /// Doing more than one may do.
    ElevationOfPrivilege,
}

impl Stride {
    /// All six, in the order of the word.
    pub const ALL: [Self; 6] = [
        Self::Spoofing,
        Self::Tampering,
        Self::Repudiation,
        Self::InformationDisclosure,
        Self::DenialOfService,
        Self::ElevationOfPrivilege,
    ];

    /// The word of the language: `spoofing`, …, `information_disclosure`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::Spoofing => "spoofing",
            Self::Tampering => "tampering",
            Self::Repudiation => "repudiation",
            Self::InformationDisclosure => "information_disclosure",
            Self::DenialOfService => "denial_of_service",
            Self::ElevationOfPrivilege => "elevation_of_privilege",
        }
    }
}

/// How much a threat matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Worth a note.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Risk {
    /// All, from the lowest.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How far a rule has matured.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Maturity {
    /// For trying.
    Sandbox,
    /// Its texts or condition may still change.
    Incubating,
    /// Relied on.
    #[default]
    Stable,
}

/// A text in English and in other languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Texts {
    /// As in the item; insertions `{name.attribute}` are not filled in.
    pub text: String,
    /// (language, text), sorted.
    pub translations: Vec<(String, String)>,
}

impl Texts {
    /// The text in a language, else the original.
    pub fn get(&self, language: &str) -> &str {
        self.translations
            .iter()
            .find(|(l, _)| l == language)
            .map_or(self.text.as_str(), |(_, t)| t.as_str())
    }
}

/// A threat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threat {
    /// Name and place.
    pub declared: Declared,
    /// `title`
    pub title: Texts,
    /// `stride`
    pub stride: Vec<Stride>,
    /// `severity`, after overrides.
    pub severity: Risk,
    /// Why, if said.
    pub severity_reason: Option<Texts>,
    /// `raise SEVERITY if … because "…"` and `lower …`, in the order written.
    pub adjustments: Vec<Adjustment>,
    /// The places of the conditions of `match` and `where`, in the order written, in the file of the threat.
    pub conditions: Vec<Span>,
    /// `source`: who.
    pub who: Texts,
    /// `given`: with what.
    pub given: Texts,
    /// `action`: does what.
    pub action: Texts,
    /// `impact`: with which effect.
    pub impact: Texts,
    /// `description`: more about it, Markdown.
    pub description: Texts,
    /// `false_positives`: when a finding may be wrong.
    pub false_positives: Texts,
    /// `detection`: how to notice that it happens.
    pub detection: Texts,
    /// `assets`: bindings or `binding.attribute`.
    pub assets: Vec<String>,
    /// `at`: the binding whose place the finding is shown at; else the first evidence.
    pub at: Option<String>,
    /// `mitigate`
    pub mitigations: Vec<MitigationId>,
    /// `cwe`
    pub cwe: Vec<u32>,
    /// `capec`
    pub capec: Vec<u32>,
    /// Other references, as `owasp "A01:2021"`, `asvs "…"`, `attack "T1557"`, `nist "…"`, `cis "…"`: (field, values).
    pub standards: Vec<(String, Vec<String>)>,
    /// `reference`: addresses.
    pub references: Vec<String>,
    /// `tags`
    pub tags: Vec<String>,
    /// `maturity`
    pub maturity: Maturity,
    /// `since`, `deprecated`, `replaced_by` as written.
    pub lifecycle: Vec<(String, String)>,
    /// The `disable` that holds for it: an index of [`Schema::changes`].
    pub disabled_by: Option<usize>,
    /// The overrides that were applied: indices of [`Schema::changes`].
    pub overridden_by: Vec<usize>,
}

/// `raise` or `lower`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// The new severity. `raise` never lowers and `lower` never raises.
    pub to: Risk,
    /// `raise`
    pub raise: bool,
    /// When: a condition over the bindings of the match, in the file of the threat.
    pub condition: syntax::Cond,
    /// The reason.
    pub because: Texts,
    /// Where.
    pub span: Span,
}

/// A countermeasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mitigation {
    /// Name and place.
    pub declared: Declared,
    /// `title`
    pub title: Texts,
    /// `steps`, Markdown.
    pub steps: Texts,
    /// `for WORD, … { steps "…" }`: steps for a technology: used when a technology of the finding's components has one of the words.
    pub variants: Vec<(Vec<String>, Texts)>,
    /// `reference`
    pub references: Vec<String>,
}

/// `except`, `override`, `disable`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub kind: syntax::ChangeKind,
    /// The pack that says it, and where.
    pub declared: Declared,
    /// The threat.
    pub threat: ThreatId,
    /// The reason.
    pub because: String,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// A test of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The pack.
    pub pack: PackId,
    /// The file.
    pub source: SourceId,
    /// The item.
    pub item: Span,
    /// As written; names in it were checked.
    pub syntax: syntax::Test,
}
