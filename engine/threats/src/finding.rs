//! What a finding is: plain values that serialise to the JSON report and read back from it.

use redan_program::schema::{Maturity, Risk, Stride};
use serde::{Deserialize, Serialize};

/// One threat that one part of the system is open to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `RF-` and eight hexadecimal digits of the fingerprint: what people write and say.
    pub id: String,
    /// What stays the same from run to run: a hash of the rule and of what it matched, without line
    /// numbers.
    pub fingerprint: String,
    /// The rule, `pack.name`.
    pub rule: String,
    /// The rule's title, insertions filled in.
    pub title: String,
    /// The categories, in the order of the word.
    pub stride: Vec<Stride>,
    /// How much it matters, after everything in `reasons`.
    pub severity: Risk,
    /// Why it matters that much, in the order in which it was decided.
    pub reasons: Vec<Reason>,
    /// Whether it holds, or only may.
    pub certainty: Certainty,
    /// What settles a possible finding, whatever the answers are; those nearest to it first.
    pub questions: Vec<Question>,
    /// Whether there were too many combinations of answers to try: then some questions may not matter, or others may follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub questions_bounded: bool,
    /// What the rule matched.
    pub bindings: Vec<Binding>,
    /// Who can do what, and with which effect.
    pub statement: Statement,
    /// More about the rule, Markdown; may be empty.
    pub description: String,
    /// What is at stake.
    pub assets: Vec<Asset>,
    /// Where it is seen; the first is the primary place.
    pub evidence: Vec<Evidence>,
    /// Why it holds, down to the evidence.
    pub derivation: Derivation,
    /// What to do.
    pub mitigations: Vec<Measure>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// CAPEC numbers.
    pub capec: Vec<u32>,
    /// Other standards: name and values, as `owasp`, `asvs`, `attack`.
    pub standards: Vec<(String, Vec<String>)>,
    /// Addresses to read more at.
    pub references: Vec<String>,
    /// Tags of the rule.
    pub tags: Vec<String>,
    /// Whether somebody decided that it does not count.
    pub status: Status,
    /// How far the rule has matured.
    pub maturity: Maturity,
}

impl Finding {
    /// The primary place.
    pub fn at(&self) -> Option<&Evidence> {
        self.evidence.first()
    }

    /// The pack of the rule.
    pub fn pack(&self) -> &str {
        self.rule.split('.').next().unwrap_or_default()
    }
}

/// How sure a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It holds whatever the unknown attributes are.
    #[default]
    Confirmed,
    /// It holds unless one of its questions is answered otherwise.
    Possible,
}

impl Certainty {
    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Possible => "possible",
        }
    }
}

/// Something that made the severity what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What did.
    pub kind: ReasonKind,
    /// The severity after it.
    pub to: Risk,
    /// The reason given; may be empty for [`ReasonKind::Base`].
    pub because: String,
}

/// The sorts of [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasonKind {
    /// The severity that the rule begins with.
    Base,
    /// An `override` of the rule.
    Override,
    /// A `raise` of the rule that holds here.
    Raise,
    /// A `lower` of the rule that holds here.
    Lower,
}

/// An attribute that nobody stated and nothing showed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// What to ask.
    pub text: String,
    /// Whose attribute, as a model would write it.
    pub entity: String,
    /// Its kind, short.
    pub kind: String,
    /// The attribute.
    pub attribute: String,
}

/// A variable of the rule and what it stands for here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// The variable.
    pub name: String,
    /// What it stands for, as it is shown.
    pub display: String,
    /// The kind, short; empty for a plain value.
    pub kind: String,
    /// The technology, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<String>,
}

/// The sentence of a threat and its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// All of it as prose.
    pub text: String,
    /// Who.
    pub source: String,
    /// With what.
    pub given: String,
    /// Does what.
    pub action: String,
    /// With which effect.
    pub impact: String,
}

/// Something at stake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asset {
    /// Its name.
    pub display: String,
    /// Its kind, short; empty for a plain value.
    pub kind: String,
}

/// A place in a file: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot {
    /// The path, relative to the scanned root, with `/`.
    pub path: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last.
    pub end_column: u32,
}

/// A place that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
    /// What can be seen there.
    pub shows: String,
    /// Whether it is stated in a model, rather than found.
    pub stated: bool,
    /// The lines around it; secrets are masked.
    pub excerpt: Vec<ExcerptLine>,
    /// The columns to underline on the first line of the place, in the masked excerpt.
    pub mark: (u32, u32),
}

/// A line of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcerptLine {
    /// Its number.
    pub line: u32,
    /// Its text; secrets are masked, very long lines are cut.
    pub text: String,
}

/// A node of the tree that says why something holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// What holds, for people.
    pub fact: String,
    /// How it is known.
    pub origin: Origin,
    /// The item that concluded it, for [`Origin::Rule`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Spot>,
    /// What it follows from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Derivation>,
}

/// How a node of a derivation is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A rule concluded it.
    #[default]
    Rule,
    /// It was seen in a file.
    Found,
    /// A model states it.
    Stated,
    /// It follows from a default of a closed attribute.
    Default,
    /// There is no such fact.
    Absent,
    /// Nobody stated it and nothing showed it: a question.
    Unknown,
    /// A comparison or a function.
    Computed,
    /// It stands further up in the tree, with what it follows from.
    Above,
    /// There is more that is not shown.
    Cut,
}

/// A mitigation, as it is done here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// `pack.name`
    pub name: String,
    /// What it is.
    pub title: String,
    /// How, Markdown: the steps for a technology of the finding where there are some.
    pub steps: String,
    /// The technology that the steps are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<String>,
    /// Addresses.
    pub references: Vec<String>,
}

/// Whether somebody decided about a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Status {
    /// It counts.
    #[default]
    Open,
    /// An `except` holds for it.
    Excepted(Exception),
}

impl Status {
    /// `open` or `excepted`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Excepted(_) => "excepted",
        }
    }
}

/// An `except` that holds for a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The reason.
    pub because: String,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The pack that says it.
    pub pack: String,
}
