//! The one form in which packs are written.
//!
//! Comments stay where they are. Line breaks between the parts of a list or a condition are the
//! author's, as far as lines fit; all else follows from the tree.

mod conditions;
mod fields;
mod flat;
mod items;
mod printer;

use redan_base::{Diagnostic, Severity, SourceId, Span};

use crate::codes;
use crate::lex::lex;
use crate::parser::parse;
use crate::syntax::File;

use printer::Printer;

/// Gives a pack file its canonical form; nothing if it does not parse.
///
/// The result parses into the same tree and has the same comments: this is checked each time.
pub fn format(source: SourceId, text: &str) -> (Option<String>, Vec<Diagnostic>) {
    let (file, mut diagnostics) = parse(source, text);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return (None, diagnostics);
    }
    let lexed = lex(source, text);
    let mut printer = Printer::new(text, &lexed);
    printer.file(&file);
    let out = printer.finish();
    let (again, errors) = parse(source, &out);
    let unharmed = !errors.iter().any(|d| d.severity == Severity::Error)
        && shape(&file) == shape(&again)
        && file.comments.len() == again.comments.len();
    if unharmed {
        return (Some(out), diagnostics);
    }
    let error =
        Diagnostic::error(codes::FORMAT, "this file cannot be formatted without changing it")
            .at(source, Span::new(0, 0), "")
            .help("it stays as it is; please report it, for this is a mistake of the formatter");
    diagnostics.push(error);
    (None, diagnostics)
}

/// The items of a file without their places, to compare.
pub(crate) fn shape(file: &File) -> String {
    let all = format!("{:?}", file.items);
    let mut out = String::with_capacity(all.len() / 2);
    for (i, part) in all.split("Span { start: ").enumerate() {
        let part = if i == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) };
        out.push_str(part);
    }
    out
}
