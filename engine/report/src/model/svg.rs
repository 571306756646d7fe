//! The data-flow diagram as a picture.

use crate::data::Report;
use crate::diagram;
use crate::layout::Style;
use crate::texts::Words;

/// All figures of the system, below each other.
pub fn svg(report: &Report, _: Style) -> String {
    let words = Words::of(&report.language);
    let figures = diagram::figures(&report.model, &report.findings, words);
    diagram::document(&report.system, &figures, words)
}
