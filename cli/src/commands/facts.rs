//! `redan facts [KIND]`: what extractors saw and what rules derived.

use std::path::Path;

use redan_engine::program::names::likely;
use redan_engine::report::{FactTable, fact_tables, facts_json, facts_text};

use crate::args::{Facts, PlainFormat};
use crate::load;
use crate::os;
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
        let names: Vec<&str> =
            kinds.chain(relations).flat_map(|n| [n, n.rsplit('.').next().unwrap_or(n)]).collect();
        let help = if os::is_folder(Path::new(kind)) {
            "a repository is given with --path".to_owned()
        } else {
            likely(kind, names).map_or_else(
                || "`redan facts` alone lists them".to_owned(),
                |name| format!("did you mean `{name}`?"),
            )
        };
        session.error(&format!("there is no kind or relation `{kind}`; {help}"));
        return Exit::Usage;
    }
    let text = match (arguments.format, &arguments.kind) {
        (PlainFormat::Json, _) => facts_json(&tables),
        (PlainFormat::Text, None) if !tables.is_empty() => counts(&tables),
        (PlainFormat::Text, _) => facts_text(&tables, session.language(), session.style(false)),
    };
    session.print(&text);
    run.completeness()
}

/// The names with their counts: found facts first, then what rules derived.
fn counts(tables: &[FactTable]) -> String {
    let mut text = String::new();
    let title_of = |table: &FactTable| match (table.kind, table.extracted) {
        (true, true) => "Found in files",
        (true, false) => "Elements of the model",
        (false, _) => "Relations",
    };
    for title in ["Found in files", "Elements of the model", "Relations"] {
        let mut begun = false;
        for table in tables.iter().filter(|t| title_of(t) == title) {
            if !begun {
                text.push_str(&format!("{title}\n"));
                begun = true;
            }
            text.push_str(&format!("{:>8}  {}\n", table.rows.len(), table.name));
        }
    }
    text.push_str("`redan facts KIND` prints the members of one.\n");
    text
}
