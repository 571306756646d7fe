//! The report: one structure that every format shows.
//!
//! It holds no clock, no absolute path and nothing in an order that could differ from run to run.
//! `docs/json.md` describes its JSON form.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::{Severity, Skipped};
use redan_program::schema::{Maturity, Risk, Stride};
use redan_threats::{Certainty, Finding, Spot};
use serde::{Deserialize, Serialize};

use crate::why_not::Seen;

/// The version of the JSON form. The first number changes when a reader of the old form would
/// misread the new one.
pub const SCHEMA_VERSION: &str = "1.0";

/// Everything that a run found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The program.
    pub tool: Tool,
    /// The language of the texts, as `en` or `ja`.
    pub language: String,
    /// The name of the system.
    pub system: String,
    /// Whether the analysis was complete: false if a limit was hit, or a pack had an error.
    pub complete: bool,
    /// Totals.
    pub summary: Summary,
    /// The system as it was recovered.
    pub model: Model,
    /// The findings, most severe first.
    pub findings: Vec<Finding>,
    /// The rules, sorted by name.
    pub rules: Vec<RuleInfo>,
    /// The packs, sorted by name.
    pub packs: Vec<PackInfo>,
    /// What was read and what not.
    pub coverage: Coverage,
    /// What Redan had to say about its input.
    pub diagnostics: Vec<Note>,
    /// Exceptions, overrides and disabled rules in force.
    pub changes: Vec<ChangeInfo>,
    /// Where a model by hand or a design document and the repository differ.
    pub drift: Vec<Drift>,
    /// What policies said.
    pub policy: Vec<PolicyResult>,
    /// What each rule came to at each element, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Matrix>,
    /// What changed since an earlier result, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// The verdicts on rules of architecture, sorted by name.
    #[serde(default)]
    pub architecture_rules: Vec<ArchitectureRule>,
    /// What `redan model --format dfd` writes. It speaks with the words of others and is no part of a report.
    #[serde(skip)]
    pub exchange: Exchange,
    /// Where the files of the repository can be read: texts with links to lines put a path and `#L` behind it. It
    /// belongs to who asks for a report, not to what was found.
    #[serde(skip)]
    pub links: Option<String>,
}

/// What changed since an earlier result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// Findings that were not there: their `id`s.
    pub added: Vec<String>,
    /// Findings that are not there any more.
    pub gone: Vec<PastFinding>,
    /// Findings that are judged otherwise.
    pub changed: Vec<Changed>,
    /// How many findings are as they were.
    #[serde(default)]
    pub unchanged: usize,
    /// Whether the program or the packs have another version: then some of this may come from them.
    pub other_rules: bool,
}

/// A finding of an earlier result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastFinding {
    /// Its number.
    pub id: String,
    /// The same in full.
    pub fingerprint: String,
    /// `pack.name`
    pub rule: String,
    /// Its title, in the language of that result.
    pub title: String,
    /// How it was judged.
    pub was: Judgement,
    /// Where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Spot>,
}

/// What became of a finding since an earlier result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not there.
    New,
    /// It is judged otherwise.
    Changed,
    /// It is as it was.
    Unchanged,
}

impl Change {
    /// All of them, in the order in which a reader wants to see them.
    pub const ALL: [Self; 3] = [Self::New, Self::Changed, Self::Unchanged];

    /// The word for it, as policies and the page have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A finding that was judged otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Its `id`.
    pub finding: String,
    /// How it was judged before.
    pub before: Judgement,
}

/// How a finding is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// How bad it is.
    pub severity: Risk,
    /// How sure it is.
    pub certainty: Certainty,
    /// `open` or `excepted`.
    pub status: String,
}

/// What each rule came to at each element that it speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// Components, boundaries, flows, data and entry points, then other things that have findings; each group by name.
    pub elements: Vec<MatrixElement>,
    /// Elements that were not looked at, because there were too many.
    pub left_out: usize,
}

/// A row of the matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixElement {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: String,
    /// For each category the first of the states of its rules, in the order of [`MatrixState`].
    pub cells: BTreeMap<Stride, MatrixState>,
    /// What the rules that speak of it came to, by name.
    pub rules: Vec<Outcome>,
}

/// What a rule, or all rules of a category, came to at an element.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixState {
    /// There is an open confirmed finding.
    Confirmed,
    /// It could not be decided: there is an open possible finding, with its questions.
    Possible,
    /// There are findings, and an exception holds for each.
    Excepted,
    /// A known fact speaks against a condition.
    RuledOut,
    /// What the rule looks for is not there.
    #[default]
    NotMet,
    /// No rule speaks of it.
    NoRule,
}

/// What a rule came to at an element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// `pack.name`
    pub rule: String,
    /// What it came to.
    pub state: MatrixState,
    /// The findings: their `id`s.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// The first condition that is not met together with those before it, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What speaks against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Seen>,
}

/// The program that made the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `redan`
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Totals over the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// All findings.
    pub total: usize,
    /// Findings that are open.
    pub open: usize,
    /// Findings that an exception holds for.
    pub excepted: usize,
    /// Open findings that hold for certain.
    pub confirmed: usize,
    /// Open findings that only may hold.
    pub possible: usize,
    /// Open findings by severity.
    pub by_severity: BTreeMap<Risk, usize>,
    /// Open findings by category and severity; a finding counts in each of its categories.
    pub by_stride: BTreeMap<Stride, BTreeMap<Risk, usize>>,
}

/// The system as it was recovered or stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Zones of trust.
    pub boundaries: Vec<Boundary>,
    /// Processes, stores, actors, externals.
    pub components: Vec<Component>,
    /// Who speaks with whom.
    pub flows: Vec<Flow>,
    /// Where requests come in.
    pub entry_points: Vec<Element>,
    /// Data.
    pub data: Vec<Element>,
    /// Questions of the findings, each once: what is assumed to be unknown.
    pub questions: Vec<String>,
    /// What the repository's documents say that the system is there for; only where somebody asks for the model alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Quote>,
    /// What is worth protecting, the most sensitive first, and where it lies.
    #[serde(default)]
    pub assets: Vec<DataAsset>,
    /// How far the system is protected, as far as that is known.
    #[serde(default)]
    pub posture: Posture,
    /// What rules took for granted.
    #[serde(default)]
    pub assumptions: Vec<Assumption>,
    /// What the language takes for granted where nothing says otherwise.
    #[serde(default)]
    pub defaults: Vec<DefaultValue>,
    /// In another language than English the names of what the model speaks of: `kind KIND`, `attribute KIND.ATTRIBUTE`,
    /// `value ATTRIBUTE.VALUE`. The other fields say them as models by hand write them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
}

/// Words of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The words, without markup, on one line, shortened.
    pub text: String,
    /// Where they stand.
    pub at: Spot,
}

/// Data, and where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataAsset {
    /// The name.
    pub name: String,
    /// Its class, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The stores that hold it.
    pub stored_in: Vec<String>,
    /// The flows that carry it.
    pub carried_by: Vec<String>,
}

/// Of how many elements something is true, false, and not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// It is so.
    pub yes: usize,
    /// It is not so.
    pub no: usize,
    /// Nobody knows.
    pub unknown: usize,
}

/// How far the system is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posture {
    /// Entry points that require an authenticated caller.
    pub entry_points_authenticated: Tally,
    /// Flows that nobody on the way can read or change.
    pub flows_encrypted: Tally,
    /// Of those, the ones that cross a boundary.
    pub crossing_flows_encrypted: Tally,
    /// Flows on which the caller proves who it is.
    pub flows_authenticated: Tally,
    /// Stores whose disk is worthless without a key.
    pub stores_encrypted: Tally,
    /// Stores that ask their clients for credentials.
    pub stores_authenticate: Tally,
}

/// Something that rules took for granted of some elements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// Its name in the packs.
    pub id: String,
    /// The same in words.
    pub text: String,
    /// The names of the elements.
    pub elements: Vec<String>,
}

/// The default of an attribute, where it was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultValue {
    /// The kind that declares the attribute.
    pub kind: String,
    /// The attribute.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// Of how many elements nothing else is known.
    pub elements: usize,
}

/// A zone of trust.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// A name for links and diagrams, unique in the report.
    pub id: String,
    /// The name.
    pub name: String,
    /// How far what is in it is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// The zone around it: its `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// Where it is seen.
    pub places: Vec<Spot>,
}

/// Something that acts or keeps data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// A name for links and diagrams, unique in the report.
    pub id: String,
    /// The name.
    pub name: String,
    /// `process`, `store`, `actor`, `external` or a kind of a pack.
    pub kind: String,
    /// Which of the four shapes of a data-flow diagram it has.
    pub shape: Shape,
    /// What it is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<String>,
    /// The zone that it is in: its `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// Whether it can be reached from the internet, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internet_facing: Option<bool>,
    /// The folder of its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What else is known: attribute and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Where it is seen.
    pub places: Vec<Spot>,
    /// The findings about it: their `id`s.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// The shapes of a data-flow diagram.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A person or a role.
    Actor,
    /// A system that somebody else runs.
    External,
    /// Code that runs.
    #[default]
    Process,
    /// Where data rests.
    Store,
}

impl Shape {
    /// All, in the order of the report.
    pub const ALL: [Self; 4] = [Self::Actor, Self::External, Self::Process, Self::Store];

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::External => "external",
            Self::Process => "process",
            Self::Store => "store",
        }
    }
}

/// Who speaks with whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// A name for links and diagrams, unique in the report.
    pub id: String,
    /// The `id` of the component it starts at.
    pub from: String,
    /// The `id` of the component it ends at.
    pub to: String,
    /// Both names: `web -> api`.
    pub name: String,
    /// The label, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The protocol, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Whether it is encrypted, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// Whether the caller proves who it is, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<bool>,
    /// `read`, `write`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<String>,
    /// The data on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<String>,
    /// Whether its ends lie in different zones of trust.
    pub crosses: bool,
    /// Where it is seen.
    pub places: Vec<Spot>,
    /// The findings about it: their `id`s.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// An entry point or data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: String,
    /// What is known: attribute and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Where it is seen.
    pub places: Vec<Spot>,
}

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleInfo {
    /// `pack.name`
    pub name: String,
    /// The title, insertions as written.
    pub title: String,
    /// More, Markdown.
    pub description: String,
    /// The categories.
    pub stride: Vec<Stride>,
    /// The severity that it begins with.
    pub severity: Option<Risk>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// Tags.
    pub tags: Vec<String>,
    /// Addresses to read more at.
    pub references: Vec<String>,
    /// What to do, Markdown: titles and steps of its mitigations.
    pub help: String,
    /// How far it has matured.
    pub maturity: Maturity,
    /// What became of it in this run.
    pub state: RuleState,
    /// How many findings it gave.
    pub findings: usize,
    /// The same texts in other languages, by language. A saved result has those of its own language alone: all of them would
    /// double it.
    #[serde(skip)]
    pub translations: BTreeMap<String, RuleTexts>,
}

/// What a rule says in a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleTexts {
    /// The title, insertions as written.
    pub title: String,
    /// More, Markdown.
    pub description: String,
    /// What to do, Markdown.
    pub help: String,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleState {
    /// It ran.
    #[default]
    Ran,
    /// It was disabled.
    Disabled,
    /// It ran, but nothing of the kinds that it speaks of was there.
    Idle,
}

impl RuleState {
    /// `ran`, `disabled`, `idle`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Disabled => "disabled",
            Self::Idle => "idle",
        }
    }
}

/// A pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackInfo {
    /// The name.
    pub name: String,
    /// The version; may be empty.
    pub version: String,
}

/// What was read and what not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Files that the listing held.
    pub listed: usize,
    /// Files that were read.
    pub read: usize,
    /// Files that were parsed.
    pub parsed: usize,
    /// Files that gave facts.
    pub with_facts: usize,
    /// Facts that extractors gave.
    pub facts: usize,
    /// Read files by language or format.
    pub languages: BTreeMap<String, usize>,
    /// The same files with their sizes, and how much of them could be parsed.
    #[serde(default)]
    pub groups: Vec<LanguageCoverage>,
    /// How many facts the extractors of each pack found, by kind.
    #[serde(default)]
    pub found: BTreeMap<String, BTreeMap<String, usize>>,
    /// Files that no extractor wants, by the ending of their name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unseen: BTreeMap<String, usize>,
    /// What was skipped, and why; sorted by path.
    pub skipped: Vec<Skipped>,
    /// Texts of packs in this report that have no translation to its language and are in English: `threat NAME title`,
    /// `ask KIND.ATTRIBUTE` and the like.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub untranslated: BTreeSet<String>,
}

/// Files of one language or format that some extractor wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageCoverage {
    /// The language or format; the ending of the name for files that are only searched for texts.
    pub name: String,
    /// How many files.
    pub files: usize,
    /// How many of them were read.
    pub read: usize,
    /// The lines of those.
    pub lines: u64,
    /// How many were parsed: the others have none of the texts that an extractor looks for.
    pub parsed: usize,
    /// How many of those could be parsed only in parts.
    pub partial: usize,
    /// The size of the parsed files.
    pub parsed_bytes: u64,
    /// The bytes in them that the grammar could make nothing of.
    pub error_bytes: u64,
}

/// A diagnostic with its places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// As `RDN0102`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// How to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where; the first is the primary place.
    pub labels: Vec<NoteLabel>,
}

/// A place of a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteLabel {
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
    /// A short text; may be empty.
    pub text: String,
}

/// An exception, an override or a disabled rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeInfo {
    /// `except`, `override`, `disable`.
    pub kind: String,
    /// The rule.
    pub rule: String,
    /// The reason.
    pub because: String,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether the last day has passed.
    pub expired: bool,
    /// Findings that it touches.
    pub findings: usize,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Spot>,
}

/// Who gives another account of the system than the repository.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// A model by hand.
    #[default]
    Model,
    /// A design document.
    Document,
}

/// How two accounts differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// They say different things of an attribute.
    #[default]
    Contradiction,
    /// The model or document has an element that was not found.
    NotFound,
    /// An element was found that no document shows.
    NotDocumented,
}

/// A difference between a model by hand or a design document, and what else the repository shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Drift {
    /// Who says otherwise.
    pub account: Account,
    /// How they differ.
    pub difference: Difference,
    /// What it is about.
    pub entity: String,
    /// Its kind.
    pub kind: String,
    /// The attribute; none if it is about the entity as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// What the model or document says.
    pub stated: Vec<String>,
    /// What was found.
    pub found: Vec<String>,
    /// Where the model or document says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_at: Option<Spot>,
    /// Where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_at: Option<Spot>,
}

/// The verdict on a rule of architecture: it holds where nothing breaks it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ArchitectureRule {
    /// Its name, as `R04`.
    pub id: String,
    /// What it asks for.
    pub text: String,
    /// Whether nothing breaks it.
    pub holds: bool,
    /// The elements that it was checked on: names of components, or `from -> to`.
    pub checked: Vec<String>,
    /// Those of them that break it.
    pub broken: Vec<String>,
}

/// The system in the form in which data-flow diagrams are compared with those of others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The components.
    pub components: Vec<ExchangeComponent>,
    /// The flows, each pair of ends once.
    pub flows: Vec<ExchangeFlow>,
    /// The rules of architecture.
    pub rules: Vec<ArchitectureRule>,
}

/// A component of an [`Exchange`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ExchangeComponent {
    /// The name that it has there.
    pub name: String,
    /// `service`, `store` or `external`.
    pub kind: &'static str,
    /// The words that hold of it there.
    pub stereotypes: BTreeSet<String>,
}

/// A flow of an [`Exchange`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ExchangeFlow {
    /// The name of the caller.
    pub from: String,
    /// The name of the called.
    pub to: String,
    /// The words that hold of it there.
    pub stereotypes: BTreeSet<String>,
}

/// What one `deny` or `warn` said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyResult {
    /// The policy, `pack.name`.
    pub policy: String,
    /// Whether it fails the run.
    pub deny: bool,
    /// Its text.
    pub text: String,
    /// The findings that it speaks of: their `id`s.
    pub findings: Vec<String>,
}

impl Report {
    /// Counts [`Report::summary`] from the findings.
    pub fn summarise(&mut self) {
        use redan_threats::Status;
        let mut summary = Summary { total: self.findings.len(), ..Summary::default() };
        for risk in Risk::ALL {
            summary.by_severity.insert(risk, 0);
        }
        for stride in Stride::ALL {
            summary.by_stride.insert(stride, Risk::ALL.map(|r| (r, 0)).into());
        }
        for finding in &self.findings {
            match finding.status {
                Status::Open => summary.open += 1,
                Status::Excepted(_) => {
                    summary.excepted += 1;
                    continue;
                }
            }
            match finding.certainty {
                Certainty::Confirmed => summary.confirmed += 1,
                Certainty::Possible => summary.possible += 1,
            }
            *summary.by_severity.entry(finding.severity).or_default() += 1;
            for stride in &finding.stride {
                *summary
                    .by_stride
                    .entry(*stride)
                    .or_default()
                    .entry(finding.severity)
                    .or_default() += 1;
            }
        }
        self.summary = summary;
    }

    /// The worst severity of an open finding.
    pub fn worst(&self) -> Option<Risk> {
        use redan_threats::Status;
        self.findings.iter().filter(|f| f.status == Status::Open).map(|f| f.severity).max()
    }
}
