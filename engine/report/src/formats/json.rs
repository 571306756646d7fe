//! Everything as JSON; `docs/json.md` describes the form.

use redan_base::{Diagnostic, Severity, Sources};
use serde::Serialize;

use crate::data::{Note, Report, SCHEMA_VERSION};
use crate::layout::Style;
use crate::notes;

/// The report.
pub fn report(report: &Report, _: Style) -> String {
    pretty(report)
}

/// Any value, two spaces deep, with a line break at the end.
pub fn pretty(value: &impl Serialize) -> String {
    // The types serialise without error: their maps have text keys and they hold no floats.
    let mut out = serde_json::to_string_pretty(value).unwrap_or_default();
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Checked {
    schema_version: &'static str,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<Note>,
}

/// The diagnostics with their places.
pub fn check(diagnostics: &[Diagnostic], sources: &Sources, _: Style) -> String {
    let count = |s| diagnostics.iter().filter(|d| d.severity == s).count();
    pretty(&Checked {
        schema_version: SCHEMA_VERSION,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        diagnostics: notes::notes(diagnostics, sources),
    })
}
