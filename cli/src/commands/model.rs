//! `redan model [PATH]`: the recovered architecture.

use redan_engine::Goal;
use redan_engine::report::model_format;

use crate::args::Model;
use crate::commands::scan;
use crate::load;
use crate::session::{Exit, Session};

/// Prints the model.
pub fn run(arguments: &Model, session: &mut Session) -> Exit {
    if let Err(exit) = session.writable(arguments.output.as_deref()) {
        return exit;
    }
    let run = match load::run_for(Goal::Model, &(&arguments.target).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let report = scan::report(&run, None, session);
    let Some(format) = model_format(arguments.format.name()) else { return Exit::Internal };
    let text = (format.write)(&report, session.style(arguments.output.is_some()));
    let written = session.output(arguments.output.as_deref(), &text);
    if report.model.components.is_empty() {
        let seen = &report.coverage;
        session.note(&format!(
            "no component was recovered; {} of {} files read, {} facts",
            seen.read, seen.listed, seen.facts
        ));
    }
    if report.complete { written } else { Exit::Incomplete.max(written) }
}
