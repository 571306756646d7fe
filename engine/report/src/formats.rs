//! The output formats: one row each in [`FORMATS`]; command line, help and tests iterate the table.

mod concise;
mod excerpt;
mod full;
mod json;
mod markdown;
mod sarif;

use redan_base::{Diagnostic, Sources};

use crate::data::Report;
pub(crate) use full::{architecture, finding as full_finding, skipped_files};
pub(crate) use json::pretty;

pub use crate::layout::Style;

/// Writes the diagnostics of `redan check`.
pub type CheckWriter = fn(&[Diagnostic], &Sources, Style) -> String;

/// An output format.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for, in English: one line of the help.
    pub about: &'static str,
    /// Whether a program reads it: then its texts stay English unless a language is asked for.
    pub machine: bool,
    /// Writes a report.
    pub report: fn(&Report, Style) -> String,
    /// Writes the diagnostics of `redan check`; none if the format has no form for them.
    pub check: Option<CheckWriter>,
}

/// All formats, sorted by name.
pub static FORMATS: &[Format] = &[
    Format {
        name: "concise",
        about: "one line for each finding",
        machine: false,
        report: concise::report,
        check: Some(concise::check),
    },
    Format {
        name: "full",
        about: "for a terminal: totals, findings with source excerpts, and what was not seen",
        machine: false,
        report: full::report,
        check: Some(full::check),
    },
    Format {
        name: "json",
        about: "everything, in a documented and versioned form",
        machine: true,
        report: json::report,
        check: Some(json::check),
    },
    Format {
        name: "markdown",
        about: "a document with the system, its diagram and the findings",
        machine: false,
        report: markdown::report,
        check: None,
    },
    Format {
        name: "sarif",
        about: "SARIF 2.1.0, for code hosts and editors",
        machine: true,
        report: sarif::report,
        check: Some(sarif::check),
    },
];

/// The format of a name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(FORMATS.is_sorted_by_key(|f| f.name));
    }
}
