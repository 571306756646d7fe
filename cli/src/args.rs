//! The command line as data: every command, option and help text.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use redan_engine::report::{FORMATS, MODEL_FORMATS};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Declarative threat modelling: recovers the architecture of a repository and reports STRIDE threats
#[derive(Debug, Parser)]
#[command(
    name = "redan",
    version,
    styles = STYLES,
    propagate_version = true,
    after_help = "Exit codes: 0 fine, 1 a policy or --fail-on failed (or a check found errors), 2 wrong use, \
                  3 the analysis is incomplete, 4 internal error.\n\
                  Start with `redan scan .`; the book is in docs/."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General options")]
pub struct Global {
    /// Use this configuration file instead of the nearest `redan.yaml`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Add a pack: a folder or a `.redan` file; may be repeated
    #[arg(long = "pack", global = true, value_name = "PATH")]
    pub packs: Vec<PathBuf>,
    /// Leave out the packs that come with Redan
    #[arg(long, global = true)]
    pub no_library: bool,
    /// Look through all files anew, and keep nothing for the next run
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Language of the texts
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// No progress on stderr
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Number of threads (default: one for each core)
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Write the events of the run to FILE as JSON lines
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// Languages of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    En,
    /// 日本語
    Ja,
}

impl Language {
    /// Its place in the list of languages.
    pub fn number(self) -> usize {
        self as usize
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan a repository and report its threats
    Scan(Scan),
    /// Print the recovered architecture
    Model(Model),
    /// Write a report for people or other tools, from a scan or a saved result
    Report(Report),
    /// Print facts: all kinds with their counts, or the members of one kind
    Facts(Facts),
    /// Ask for everything that a condition matches, e.g. `redan query 'a -> b: store where a is exposed'`
    Query(Query),
    /// Explain a finding, facts, a rule or an error code
    Explain(Explain),
    /// Say why a rule does not match
    WhyNot(WhyNot),
    /// Check packs for mistakes
    Check(Check),
    /// Format pack files
    Fmt(Fmt),
    /// Run the tests of packs
    Test(Test),
    /// Look for what is wrong with packs themselves, by rules of the language over their syntax
    Lint(Lint),
    /// List the threats of the packs, search and filter them, or show one with everything
    Rules(Rules),
    /// Write a page in Markdown for each threat of the packs
    Docs(Docs),
    /// Start something new
    New(New),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// What a scan looks at.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// The repository
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// How to treat the repository
    #[command(flatten)]
    pub trust: Trust,
}

/// What a scan looks at, for commands whose positional argument is another one.
#[derive(Debug, Clone, Args)]
pub struct At {
    /// The repository
    #[arg(long = "path", short = 'C', default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// How to treat the repository
    #[command(flatten)]
    pub trust: Trust,
}

/// How far the scanned repository is trusted.
#[derive(Debug, Clone, Copy, Args)]
pub struct Trust {
    /// Use nothing of the repository's own configuration, packs and ignore files
    #[arg(long, conflicts_with = "trust_repository")]
    pub untrusted: bool,
    /// Let the repository's own packs take away too: exceptions, overrides, disabled rules
    #[arg(long)]
    pub trust_repository: bool,
}

/// `redan scan`
#[derive(Debug, Args)]
pub struct Scan {
    /// The repository.
    #[command(flatten)]
    pub target: Target,
    /// Output format
    #[arg(long, value_parser = report_formats(), default_value = "full", value_name = "FORMAT")]
    pub output_format: String,
    /// Write the report to FILE instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 if an open confirmed finding is at least this severe
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// A saved result of an earlier run: tell what changed since, and fail on that alone
    #[arg(long, value_name = "RESULT")]
    pub baseline: Option<PathBuf>,
    /// Add the STRIDE matrix: what each rule came to at each element, and why (always in HTML and JSON)
    #[arg(long)]
    pub matrix: bool,
    /// Print on stderr what each step and each rule cost, and how many files were known
    #[arg(long)]
    pub timings: bool,
}

/// The formats of a report, as the table of formats has them.
fn report_formats() -> PossibleValuesParser {
    let formats = FORMATS.iter().map(|f| PossibleValue::new(f.name).help(f.about));
    PossibleValuesParser::new(formats)
}

/// The forms of a model, as their table has them.
fn model_formats() -> PossibleValuesParser {
    let formats = MODEL_FORMATS.iter().map(|f| PossibleValue::new(f.name).help(f.about));
    PossibleValuesParser::new(formats)
}

/// `redan report`
#[derive(Debug, Args)]
pub struct Report {
    /// A saved result of `redan scan --output-format json`, or a repository to scan
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// How to treat the repository
    #[command(flatten)]
    pub trust: Trust,
    /// Output format
    #[arg(long, short, value_parser = report_formats(), default_value = "markdown", value_name = "FORMAT", alias = "output-format")]
    pub format: String,
    /// Where the files can be read, for links to lines: as https://HOST/OWNER/NAME/blob/COMMIT
    #[arg(long, value_name = "URL")]
    pub links: Option<String>,
    /// A saved result of an earlier run: tell what changed since
    #[arg(long, value_name = "RESULT")]
    pub baseline: Option<PathBuf>,
    /// Write the report to FILE instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Severity {
    /// info
    Info,
    /// low
    Low,
    /// medium
    Medium,
    /// high
    High,
    /// critical
    Critical,
}

impl From<Severity> for redan_engine::program::schema::Risk {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

/// `redan model`
#[derive(Debug, Args)]
pub struct Model {
    /// The repository.
    #[command(flatten)]
    pub target: Target,
    /// Output format
    #[arg(long, value_parser = model_formats(), default_value = "text", value_name = "FORMAT", alias = "output-format")]
    pub format: String,
    /// Print what was read and understood instead, and which well-known libraries no pack understands; as text or JSON
    #[arg(long)]
    pub coverage: bool,
    /// Write to FILE instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `redan facts`
#[derive(Debug, Args)]
pub struct Facts {
    /// The kind or relation, e.g. `compose_service`; all with their counts if missing
    pub kind: Option<String>,
    /// The repository.
    #[command(flatten)]
    pub at: At,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
}

/// Text or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlainFormat {
    /// For people
    Text,
    /// JSON
    Json,
}

/// `redan query`
#[derive(Debug, Args)]
pub struct Query {
    /// A condition of the language; `where` may stand for `and`
    pub condition: String,
    /// The repository.
    #[command(flatten)]
    pub at: At,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
    /// Print the relational form of the query and how it was evaluated
    #[arg(long)]
    pub plan: bool,
}

/// `redan explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// A finding (`RF-…`), a rule (`pack.name`), an error code (`RDN0101`), or facts: a condition as `query` takes it, or a rule
    /// with bindings
    pub what: String,
    /// Which facts, e.g. `c=api`
    pub bindings: Vec<String>,
    /// The repository.
    #[command(flatten)]
    pub at: At,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
}

/// `redan why-not`
#[derive(Debug, Args)]
pub struct WhyNot {
    /// The rule: a threat or a relation
    pub rule: String,
    /// Bindings, e.g. `service: api` or `service=api`
    pub bindings: Vec<String>,
    /// The repository.
    #[command(flatten)]
    pub at: At,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
}

/// `redan check`
#[derive(Debug, Args)]
pub struct Check {
    /// Packs: folders or `.redan` files; none: the configured ones, or the packs that come with Redan
    pub paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = CheckFormat::Full, value_name = "FORMAT")]
    pub output_format: CheckFormat,
    /// Write to FILE instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
}

/// Output formats of diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// With source excerpts
    Full,
    /// One line each
    Concise,
    /// JSON
    Json,
    /// SARIF 2.1.0
    Sarif,
}

impl CheckFormat {
    /// The name in the table of formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
        }
    }
}

/// `redan fmt`
#[derive(Debug, Args)]
pub struct Fmt {
    /// Folders or `.redan` files; `-` reads standard input
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Change nothing; exit with 1 if a file would change
    #[arg(long)]
    pub check: bool,
    /// Change nothing; print what would change
    #[arg(long)]
    pub diff: bool,
}

/// `redan test`
#[derive(Debug, Args)]
pub struct Test {
    /// Packs: folders or `.redan` files; none: the configured ones, or the packs that come with Redan
    pub paths: Vec<PathBuf>,
    /// Only tests whose name contains this text
    #[arg(long, short, value_name = "TEXT")]
    pub filter: Option<String>,
    /// List what no test covers: threats without a hit, a near miss or an unknown, and conditions that decide nothing
    #[arg(long)]
    pub coverage: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
}

/// `redan lint`
#[derive(Debug, Args)]
pub struct Lint {
    /// Packs: folders or `.redan` files; none: the configured ones, or the packs that come with Redan
    pub paths: Vec<PathBuf>,
    /// Add lints: a pack that requires `lint` and gives `lint_finding`; may be repeated
    #[arg(long, value_name = "PATH")]
    pub with: Vec<PathBuf>,
    /// Only findings of these lints
    #[arg(long, value_name = "LINT", value_delimiter = ',')]
    pub only: Vec<String>,
    /// No findings of these lints
    #[arg(long, value_name = "LINT", value_delimiter = ',')]
    pub except: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
}

/// `redan rules`
#[derive(Debug, Args)]
pub struct Rules {
    /// The name of a rule, which is shown with everything; or words that all occur in the texts of a rule
    #[arg(value_name = "NAME|WORD")]
    pub words: Vec<String>,
    /// Only rules of this STRIDE category
    #[arg(long, value_enum, value_name = "CATEGORY")]
    pub stride: Option<Stride>,
    /// Only rules with this CWE number
    #[arg(long, value_name = "NUMBER")]
    pub cwe: Option<u32>,
    /// Only rules about a technology: a pack, a tag, or what a mitigation has steps for
    #[arg(long, value_name = "WORD")]
    pub technology: Option<String>,
    /// Only rules of this pack (--pack adds one that does not come with Redan)
    #[arg(long = "in", value_name = "PACK")]
    pub pack: Option<String>,
    /// Only rules of this maturity
    #[arg(long, value_enum, value_name = "MATURITY")]
    pub maturity: Option<Maturity>,
    /// Only rules that begin with at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub severity: Option<Severity>,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
}

/// STRIDE categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stride {
    /// Pretending to be somebody else
    #[value(alias = "s")]
    Spoofing,
    /// Changing what one must not change
    #[value(alias = "t")]
    Tampering,
    /// Denying what one did
    #[value(alias = "r")]
    Repudiation,
    /// Reading what one must not read
    #[value(name = "information_disclosure", aliases = ["i", "information-disclosure"])]
    InformationDisclosure,
    /// Making it unavailable
    #[value(name = "denial_of_service", aliases = ["d", "denial-of-service"])]
    DenialOfService,
    /// Doing more than one may do
    #[value(name = "elevation_of_privilege", aliases = ["e", "elevation-of-privilege"])]
    ElevationOfPrivilege,
}

/// How far a rule has matured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Maturity {
    /// For trying
    Sandbox,
    /// Its texts or condition may still change
    Incubating,
    /// Relied on
    Stable,
}

/// `redan docs`
#[derive(Debug, Args)]
pub struct Docs {
    /// Names of packs; none: all that have threats
    #[arg(value_name = "PACK")]
    pub names: Vec<String>,
    /// Write DIR/PACK/NAME.md for each threat, and an index for each pack, instead of printing the pages
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Renew the chapters below the link to DIR/README.md in this summary of an mdBook
    #[arg(long, value_name = "FILE", requires = "output")]
    pub summary: Option<PathBuf>,
}

/// `redan new`
#[derive(Debug, Args)]
pub struct New {
    /// What to start.
    #[command(subcommand)]
    pub what: NewWhat,
}

/// What can be started.
#[derive(Debug, Subcommand)]
pub enum NewWhat {
    /// A rule and its page, in a pack
    Rule {
        /// The folder of the pack, or a folder in it; it is made if it is not there
        folder: PathBuf,
        /// The name, e.g. `open_admin_port`
        name: String,
    },
    /// A pack with a rule and its page
    Pack {
        /// Its folder
        folder: PathBuf,
    },
}

/// `redan completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
