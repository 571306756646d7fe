//! Packs: from syntax to a checked [`ir::Program`].
//!
//! Comes in: the text of all pack files. Goes out: the program and every mistake that can be seen without
//! running it. This crate must never know the files of a scanned system.
//!
//! Two steps: [`collect`] resolves what the items declare (names, kinds, texts) to a [`schema::Schema`], then
//! `lower` turns every condition into plain rules over relations.

pub mod collect;
pub mod functions;
pub mod ir;
pub mod lower;
mod model;
pub mod names;
mod packs;
pub mod schema;
mod show;
pub mod stored;
#[cfg(test)]
mod testing;
pub mod texts;

use redan_base::{Diagnostic, SourceId, Sources};

pub use collect::{Declarations, PackFiles, PackItem, collect};
pub use model::model_facts;
pub use names::{Meaning, Names, Scope};
pub use packs::{Grouping, Origin, PackFile, Packs, Page, group};

/// What else a program is compiled for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The condition of `redan query` and the source that it stands in. It sees the names of all packs.
    pub query: Option<(SourceId, String)>,
    /// Threats (`pack.name`) that the caller switches off: no rule is made for them.
    pub disabled: Vec<String>,
}

/// Checks all packs and lowers them to a program. Mistakes of all files and phases come together, sorted; what
/// is wrong is left out of the program.
pub fn compile(
    sources: &Sources,
    packs: &[PackFiles],
    options: &Options,
) -> (ir::Program, Vec<Diagnostic>) {
    let (declarations, mut diagnostics) = collect(sources, packs);
    let program = lower::lower(&declarations, options, &mut diagnostics);
    collect::check_tests(&declarations, &program, &mut diagnostics);
    sort(&mut diagnostics, sources);
    (program, diagnostics)
}

/// The order in which diagnostics are shown, without repetitions.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>, sources: &Sources) {
    diagnostics.sort_by(|a, b| a.sort_key(sources).cmp(&b.sort_key(sources)));
    diagnostics.dedup();
}
