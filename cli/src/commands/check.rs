//! `redan check [PATH…]`: the mistakes in packs that can be seen without running them.

use redan_engine::base::Severity;
use redan_engine::report::format;

use crate::args::{Check, CheckFormat};
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Checks the named packs, or all.
pub fn run(arguments: &Check, session: &mut Session) -> Exit {
    let prepared = match load::packs(&arguments.paths, session) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let found = &prepared.diagnostics;
    let count = |severity| found.iter().filter(|d| d.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let Some(check) = format(arguments.output_format.name()).and_then(|f| f.check) else {
        return Exit::Internal;
    };
    let style = session.style(arguments.output.is_some());
    let text = check(found, &prepared.sources, style);
    let written = session.output(arguments.output.as_deref(), &text);
    let machine = matches!(arguments.output_format, CheckFormat::Json | CheckFormat::Sarif);
    let schema = &prepared.program.schema;
    let counts =
        [schema.packs.len(), schema.kinds.len(), schema.relations.len(), schema.threats.len()];
    let counts = counts.map(|n| n.to_string());
    let mut summary = session.text(Said::Checked, &counts.each_ref().map(String::as_str));
    // The full form has counted already.
    if arguments.output_format != CheckFormat::Full || arguments.output.is_some() {
        let counts = [errors.to_string(), warnings.to_string()];
        summary = session.text(Said::CheckedWith, &[&summary, &counts[0], &counts[1]]);
    }
    if machine || arguments.output.is_some() {
        session.tell(&summary);
    } else {
        session.print(&format!("{summary}\n"));
    }
    if errors > 0 || (arguments.strict && warnings > 0) {
        Exit::Failed.max(written)
    } else {
        written
    }
}
