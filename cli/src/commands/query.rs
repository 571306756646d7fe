//! `redan query 'CONDITION'`: everything that a condition matches.

use redan_engine::base::Severity;
use redan_engine::report::{facts_json, facts_text, query_tables};

use crate::args::{PlainFormat, Query};
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Prints the answers: those that certainly hold, then those that possibly hold.
pub fn run(arguments: &Query, session: &mut Session) -> Exit {
    session.machine = arguments.format == PlainFormat::Json;
    let run = match load::run(&(&arguments.at).into(), Some(arguments.condition.clone()), session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let errors = run.errors();
    session.diagnostics(&errors, &run.prepared.sources);
    let Some(query) = &run.prepared.program.query else {
        if !errors.iter().any(|d| d.severity == Severity::Error) {
            session.error(Said::NotUnderstood, &[]);
        }
        return Exit::Usage;
    };
    if arguments.plan {
        let text = crate::plan::of_relations(&run, &[query.certain, query.possible]);
        session.tell(&text);
    }
    let (program, analysis) = (&run.prepared.program, &run.analysis);
    let language = session.language();
    let tables = query_tables(program, &analysis.solution, &analysis.sources, language);
    let text = match arguments.format {
        PlainFormat::Json => facts_json(&tables),
        PlainFormat::Text => facts_text(&tables, language, session.style(false)),
    };
    session.print(&text);
    run.completeness()
}
