//! `redan facts [KIND]`: what extractors saw and what rules derived.

use std::path::Path;

use redan_engine::program::names::likely;
use redan_engine::report::{FactTable, fact_tables, facts_json, facts_text};

use crate::args::{Facts, PlainFormat};
use crate::load;
use crate::os;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Prints a table of facts, or the list of all tables.
pub fn run(arguments: &Facts, session: &mut Session) -> Exit {
    session.machine = arguments.format == PlainFormat::Json;
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
        let names: Vec<&str> =
            kinds.chain(relations).flat_map(|n| [n, n.rsplit('.').next().unwrap_or(n)]).collect();
        let help = if os::is_folder(Path::new(kind)) {
            session.text(Said::KindIsPath, &[])
        } else {
            let listed = || session.text(Said::KindsListed, &[]);
            likely(kind, names).map_or_else(listed, |name| session.meant(Some(name)))
        };
        session.error_and(Said::NoKind, &[kind], &help);
        return Exit::Usage;
    }
    let text = match (arguments.format, &arguments.kind) {
        (PlainFormat::Json, _) => facts_json(&tables),
        (PlainFormat::Text, None) if !tables.is_empty() => counts(&tables, session),
        (PlainFormat::Text, _) => facts_text(&tables, session.language(), session.style(false)),
    };
    session.print(&text);
    run.completeness()
}

/// The names with their counts: found facts first, then what rules derived.
fn counts(tables: &[FactTable], session: &Session) -> String {
    let mut text = String::new();
    let title_of = |table: &FactTable| match (table.kind, table.extracted) {
        (true, true) => Said::FactsFound,
        (true, false) => Said::FactsElements,
        (false, _) => Said::FactsRelations,
    };
    for title in [Said::FactsFound, Said::FactsElements, Said::FactsRelations] {
        let mut begun = false;
        for table in tables.iter().filter(|t| title_of(t) == title) {
            if !begun {
                text.push_str(&format!("{}\n", session.text(title, &[])));
                begun = true;
            }
            text.push_str(&format!("{:>8}  {}\n", table.rows.len(), table.name));
        }
    }
    text.push_str(&format!("{}\n", session.text(Said::FactsHint, &[])));
    text
}
