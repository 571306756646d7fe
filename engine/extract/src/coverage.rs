//! What a run of the extractors looked at, and what it did not: so that a report without threats can be told from
//! a report about nothing.

use redan_base::Skipped;
use serde::{Deserialize, Serialize};

/// The record of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Files that the world listed.
    pub listed: usize,
    /// Files that some extractor wanted and that could be read.
    pub read: usize,
    /// Files that were parsed; the others had none of the texts that an extractor looks for.
    pub parsed: usize,
    /// Bytes read.
    pub bytes: u64,
    /// All listed files by format, language or (where nobody reads them) ending; sorted by name.
    pub groups: Vec<Group>,
    /// What was not read, or not whole, and why; sorted.
    pub skipped: Vec<Skipped>,
    /// Files of which a part could not be parsed; sorted.
    pub partial: Vec<String>,
    /// Files with template marks, which were read as if the marks were values; sorted.
    pub templated: Vec<String>,
    /// The extractors, in the order of the program.
    pub extractors: Vec<ExtractorCoverage>,
}

/// Files of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// A format or language; for files that nobody reads the ending of their names, or the name if it has none.
    pub name: String,
    /// Whether some extractor wants such files.
    pub wanted: bool,
    /// How many files.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// How many were read.
    pub read: usize,
    /// Lines of those that were read.
    pub lines: u64,
    /// How many were parsed.
    pub parsed: usize,
    /// The size of those.
    pub parsed_bytes: u64,
    /// How many of those could be parsed only in parts.
    pub partial: usize,
    /// The bytes in them that a grammar of code could make nothing of.
    pub error_bytes: u64,
}

/// What one extractor saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractorCoverage {
    /// The kind of its facts, `pack.name`.
    pub kind: String,
    /// Files that its globs chose and that could be read.
    pub files: usize,
    /// Those that had the texts that it looks for.
    pub searched: usize,
    /// Facts.
    pub facts: usize,
    /// Matches that lacked a field which is not optional.
    pub without_field: usize,
}
