//! `redan facts [KIND]`: what extractors saw and what rules derived.

use redan_engine::program::names::likely;
use redan_engine::report::{fact_tables, facts_json, facts_text};

use crate::args::{Facts, PlainFormat};
use crate::load;
use crate::session::{Exit, Session};

/// Prints a table of facts, or the list of all tables.
pub fn run(arguments: &Facts, session: &mut Session) -> Exit {
    let run = match load::run(&(&arguments.at).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let program = &run.prepared.program;
    let tables = fact_tables(
        program,
        &run.analysis.solution,
        &run.analysis.sources,
        session.language(),
        arguments.kind.as_deref(),
    );
    if let (Some(kind), true) = (&arguments.kind, tables.is_empty()) {
        let kinds = program.schema.kinds.iter().map(|k| k.declared.name.as_str());
        let relations = program.schema.relations.iter().map(|r| r.declared.name.as_str());
        let names: Vec<&str> = kinds
            .chain(relations)
            .flat_map(|n| [n, n.rsplit('.').next().unwrap_or(n)])
            .collect();
        let help = likely(kind, names).map_or_else(
            || "`redan facts` alone lists them".to_owned(),
            |name| format!("did you mean `{name}`?"),
        );
        session.error(&format!("there is no kind or relation `{kind}`; {help}"));
        return Exit::Usage;
    }
    let text = match arguments.format {
        PlainFormat::Json => facts_json(&tables),
        PlainFormat::Text => facts_text(&tables, session.language(), session.style(false)),
    };
    session.print(&text);
    run.completeness()
}
