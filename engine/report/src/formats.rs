//! The output formats: one row each in [`FORMATS`]; command line, help and tests iterate the table.

mod comment;
mod concise;
mod csv;
mod excerpt;
mod full;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod matrix;
mod pdf;
mod rdjson;
mod sarif;
mod xlsx;

use redan_base::{Diagnostic, Sources};

use crate::data::Report;
pub(crate) use full::{architecture, finding as full_finding, skipped_files, tone as full_tone};
pub(crate) use json::pretty;

pub use crate::layout::Style;
pub use pdf::Pages;

/// Writes the diagnostics of `redan check`.
pub type CheckWriter = fn(&[Diagnostic], &Sources, Style) -> String;

/// Makes a file of pages, or tells why it cannot.
pub type Typesetter = fn(&Pages) -> Result<Vec<u8>, String>;

/// Writes a report.
#[derive(Debug, Clone, Copy)]
pub enum Writer {
    /// As text.
    Text(fn(&Report, Style) -> String),
    /// As a file that is no text; or why it cannot be written.
    Bytes(fn(&Report) -> Result<Vec<u8>, String>),
    /// As pages, which are no file yet: a typesetter makes one of them, and not every program has one.
    Pages(fn(&Report) -> Pages),
}

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
    pub report: Writer,
    /// Writes the diagnostics of `redan check`; none if the format has no form for them.
    pub check: Option<CheckWriter>,
}

/// All formats, sorted by name.
pub static FORMATS: &[Format] = &[
    Format {
        name: "concise",
        about: "one line for each finding",
        machine: false,
        report: Writer::Text(concise::report),
        check: Some(concise::check),
    },
    Format {
        name: "csv",
        about: "a table with a row for each finding, for spreadsheets",
        machine: true,
        report: Writer::Text(csv::report),
        check: None,
    },
    Format {
        name: "full",
        about: "for a terminal: totals, findings with source excerpts, and what was not seen",
        machine: false,
        report: Writer::Text(full::report),
        check: Some(full::check),
    },
    Format {
        name: "github",
        about: "annotations of GitHub Actions beside the lines",
        machine: true,
        report: Writer::Text(github::report),
        check: None,
    },
    Format {
        name: "gitlab",
        about: "a code quality report for GitLab",
        machine: true,
        report: Writer::Text(gitlab::code_quality),
        check: None,
    },
    Format {
        name: "gitlab-sast",
        about: "a SAST report for GitLab",
        machine: true,
        report: Writer::Text(gitlab::sast),
        check: None,
    },
    Format {
        name: "html",
        about: "a page for people: filters, diagram, light, dark and print, no network",
        machine: false,
        report: Writer::Text(html::report),
        check: None,
    },
    Format {
        name: "json",
        about: "everything, in a documented and versioned form",
        machine: true,
        report: Writer::Text(json::report),
        check: Some(json::check),
    },
    Format {
        name: "junit",
        about: "JUnit XML: a test case for each rule, for CI servers",
        machine: true,
        report: Writer::Text(junit::report),
        check: None,
    },
    Format {
        name: "markdown",
        about: "a document with the system, its diagram and the findings",
        machine: false,
        report: Writer::Text(markdown::report),
        check: None,
    },
    Format {
        name: "markdown-comment",
        about: "a comment on a pull request: counts, what to fix first, and the rest folded away",
        machine: false,
        report: Writer::Text(comment::report),
        check: None,
    },
    Format {
        name: "pdf",
        about: "a document for people who decide: contents, figures, page numbers, links",
        machine: false,
        report: Writer::Pages(pdf::pages),
        check: None,
    },
    Format {
        name: "rdjson",
        about: "comments of a review, for reviewdog",
        machine: true,
        report: Writer::Text(rdjson::report),
        check: None,
    },
    Format {
        name: "sarif",
        about: "SARIF 2.1.0, for code hosts and editors: open findings, within the limits of GitHub",
        machine: true,
        report: Writer::Text(sarif::report),
        check: Some(sarif::check),
    },
    Format {
        name: "sarif-full",
        about: "SARIF 2.1.0 with everything: excepted findings and translations too, without limits",
        machine: true,
        report: Writer::Text(sarif::full),
        check: None,
    },
    Format {
        name: "xlsx",
        about: "a workbook for Excel and LibreOffice: findings, questions, system and coverage",
        machine: false,
        report: Writer::Bytes(xlsx::report),
        check: None,
    },
];

impl Format {
    /// A report in this format, as the bytes of a file; `typeset` makes one of pages.
    pub fn write(
        &self,
        report: &Report,
        style: Style,
        typeset: Typesetter,
    ) -> Result<Vec<u8>, String> {
        match self.report {
            Writer::Text(write) => Ok(write(report, style).into_bytes()),
            Writer::Bytes(write) => write(report),
            Writer::Pages(write) => typeset(&write(report)),
        }
    }

    /// Whether it tells what changed since an earlier result.
    pub fn tells_changes(&self) -> bool {
        const TELL: [&str; 10] = [
            "csv",
            "full",
            "html",
            "json",
            "markdown",
            "markdown-comment",
            "pdf",
            "sarif",
            "sarif-full",
            "xlsx",
        ];
        TELL.contains(&self.name)
    }

    /// Whether a terminal can show it.
    pub fn is_text(&self) -> bool {
        matches!(self.report, Writer::Text(_))
    }
}

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
