//! `redan model [PATH]`: the recovered architecture, and what was seen of the repository.

use redan_engine::Goal;
use redan_engine::report::{CoverageReport, coverage_json, coverage_text, model_format};

use crate::args::Model;
use crate::commands::scan;
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Prints the model.
pub fn run(arguments: &Model, session: &mut Session) -> Exit {
    if let Err(exit) = session.writable(arguments.output.as_deref()) {
        return exit;
    }
    session.machine = matches!(arguments.format.as_str(), "json" | "dfd");
    if arguments.coverage {
        return coverage(arguments, session);
    }
    let run = match load::run_for(Goal::Model, &(&arguments.target).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let report = scan::report(&run, None, None, false, session);
    session.untranslated(&report);
    let Some(format) = model_format(&arguments.format) else { return Exit::Internal };
    let text = (format.write)(&report, session.style(arguments.output.is_some()));
    let written = session.output(arguments.output.as_deref(), &text);
    if report.model.components.is_empty() {
        let seen = &report.coverage;
        let counts = [seen.read, seen.listed, seen.facts].map(|n| n.to_string());
        session.note(Said::NoComponent, &counts.each_ref().map(String::as_str));
    }
    if report.complete { written } else { Exit::Incomplete.max(written) }
}

/// Prints what was seen and what not.
fn coverage(arguments: &Model, session: &mut Session) -> Exit {
    let format = arguments.format.as_str();
    if !matches!(format, "text" | "json") {
        session.error(Said::CoverageForm, &[format]);
        return Exit::Usage;
    }
    let run = match load::run_for(Goal::Coverage, &(&arguments.target).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let report = scan::report(&run, None, None, false, session);
    let analysis = &run.analysis;
    let program = &run.prepared.program;
    let seen = CoverageReport::new(&report, program, &analysis.solution, &analysis.sources);
    let text = match format {
        "json" => coverage_json(&seen),
        _ => coverage_text(&seen, session.style(arguments.output.is_some())),
    };
    let written = session.output(arguments.output.as_deref(), &text);
    if report.complete { written } else { Exit::Incomplete.max(written) }
}
