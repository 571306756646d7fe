//! The command line as data: every command, option and help text.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

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
    #[arg(long, value_enum, default_value_t = ScanFormat::Full, value_name = "FORMAT")]
    pub output_format: ScanFormat,
    /// Write the report to FILE instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 if an open confirmed finding is at least this severe
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// Print on stderr what each step and each rule cost, and how many files were known
    #[arg(long)]
    pub timings: bool,
}

/// Output formats of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanFormat {
    /// For people: totals, findings with source excerpts, what was not seen
    Full,
    /// One line for each finding
    Concise,
    /// JSON, see docs/json.md
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Markdown
    Markdown,
}

impl ScanFormat {
    /// The name in the table of formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
        }
    }
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

/// `redan model`
#[derive(Debug, Args)]
pub struct Model {
    /// The repository.
    #[command(flatten)]
    pub target: Target,
    /// Output format
    #[arg(long, value_enum, default_value_t = ModelFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: ModelFormat,
    /// Print what was read and understood instead, and which well-known libraries no pack understands; as text or JSON
    #[arg(long)]
    pub coverage: bool,
    /// Write to FILE instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Output formats of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelFormat {
    /// For people
    Text,
    /// JSON
    Json,
    /// A mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
    /// JSON for comparison with data-flow diagrams of others, see docs/json.md
    Dfd,
}

impl ModelFormat {
    /// The name in the table of formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
            Self::Dfd => "dfd",
        }
    }
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
    /// Output format
    #[arg(long, value_enum, default_value_t = PlainFormat::Text, value_name = "FORMAT", alias = "output-format")]
    pub format: PlainFormat,
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
