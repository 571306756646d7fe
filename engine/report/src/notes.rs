//! Diagnostics as plain values with lines and columns.

use redan_base::{Diagnostic, Sources};

use crate::data::{Note, NoteLabel};

/// Diagnostics in the order in which they are given.
pub fn notes(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Note> {
    diagnostics.iter().map(|d| note(d, sources)).collect()
}

fn note(diagnostic: &Diagnostic, sources: &Sources) -> Note {
    let labels = diagnostic
        .labels
        .iter()
        .map(|label| NoteLabel {
            spot: redan_threats::spot(sources, sources.place(label.source, label.span)),
            text: label.text.clone(),
        })
        .collect();
    Note {
        code: diagnostic.code.to_string(),
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        labels,
    }
}
