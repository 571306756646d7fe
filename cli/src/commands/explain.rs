//! `redan explain WHAT`: a finding of the repository, facts that follow there, a rule, or an error code.

use std::path::PathBuf;

use redan_engine::base::Severity;
use redan_engine::program::names::likely;
use redan_engine::report::{explain_facts, explain_finding, explained_facts};

use crate::args::{Explain, PlainFormat};
use crate::commands::why_not;
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Tells them apart by their form: `RDN0101`, `RF-…`, a condition or a rule with bindings, else a rule.
pub fn run(arguments: &Explain, session: &mut Session) -> Exit {
    session.machine = arguments.format == PlainFormat::Json;
    let what = arguments.what.trim();
    let upper = what.to_uppercase();
    if upper.starts_with("RDN") {
        code(&upper, session)
    } else if upper.starts_with("RF-") {
        finding(what, arguments, session)
    } else if what.len() >= 8 && what.bytes().all(|b| b.is_ascii_hexdigit()) {
        finding(&format!("RF-{what}"), arguments, session)
    } else if !arguments.bindings.is_empty() || what.contains([' ', '(', ':', '>', '<', '=']) {
        facts(what, arguments, session)
    } else {
        rule(what, session)
    }
}

/// Why facts hold: the rows of a relation or threat, or what a condition gives, that agree with the bindings.
fn facts(what: &str, arguments: &Explain, session: &mut Session) -> Exit {
    let name = what.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    let condition = (!name).then(|| what.to_owned());
    let run = match load::run(&(&arguments.at).into(), condition, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let errors = run.errors();
    session.diagnostics(&errors, &run.prepared.sources);
    let program = &run.prepared.program;
    let found = if name {
        why_not::find(&run, what)
    } else {
        program.query.as_ref().map(|q| (what.to_owned(), q.possible, q.bindings.clone()))
    };
    let Some((name, relation, columns)) = found else {
        if name {
            let meant = why_not::meant(&run, what, session);
            session.error_and(Said::NoRelation, &[what], &meant);
        } else if !errors.iter().any(|d| d.severity == Severity::Error) {
            session.error(Said::NotUnderstood, &[]);
        }
        return Exit::Usage;
    };
    let bindings =
        match why_not::bound(&run, &format!("`{name}`"), &columns, &arguments.bindings, session) {
            Ok(bindings) => bindings,
            Err(exit) => return exit,
        };
    let variables: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
    let (solution, sources) = (&run.analysis.solution, &run.analysis.sources);
    let report =
        explained_facts(program, solution, sources, (&name, relation), &variables, &bindings);
    match arguments.format {
        PlainFormat::Json => match serde_json::to_string_pretty(&report) {
            Ok(json) => session.print(&format!("{json}\n")),
            Err(error) => session.complain(&error.to_string()),
        },
        PlainFormat::Text => {
            let text = explain_facts(&report, session.language(), session.style(false));
            session.print(&text);
        }
    }
    run.completeness()
}

fn code(code: &str, session: &mut Session) -> Exit {
    let page = crate::error_pages::PAGES.iter().find(|(name, _)| *name == code);
    let Some((_, text)) = page else {
        let example = crate::error_pages::PAGES.first().map_or("RDN0001", |(name, _)| *name);
        session.error(Said::NoCode, &[code, example]);
        return Exit::Usage;
    };
    session.print(text);
    Exit::Fine
}

fn finding(id: &str, arguments: &Explain, session: &mut Session) -> Exit {
    let run = match load::run(&(&arguments.at).into(), None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    session.diagnostics(&run.errors(), &run.prepared.sources);
    let wanted = |f: &&redan_engine::threats::Finding| f.id.eq_ignore_ascii_case(id);
    let Some(finding) = run.analysis.findings.iter().find(wanted) else {
        session.error(Said::NoFinding, &[id, &arguments.at.path.display().to_string()]);
        return Exit::Usage;
    };
    match arguments.format {
        PlainFormat::Json => match serde_json::to_string_pretty(finding) {
            Ok(json) => session.print(&format!("{json}\n")),
            Err(error) => session.complain(&error.to_string()),
        },
        PlainFormat::Text => {
            let text = explain_finding(finding, session.language(), session.style(false));
            session.print(&text);
        }
    }
    Exit::Fine
}

/// The rule's page where it has one, then the rule as it is written.
fn rule(name: &str, session: &mut Session) -> Exit {
    let prepared = match load::packs(&Vec::<PathBuf>::new(), session) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let schema = &prepared.program.schema;
    let declared: Vec<_> = schema
        .threats
        .iter()
        .map(|t| &t.declared)
        .chain(schema.mitigations.iter().map(|m| &m.declared))
        .chain(schema.relations.iter().map(|r| &r.declared))
        .chain(schema.kinds.iter().map(|k| &k.declared))
        .chain(schema.sets.iter().map(|s| &s.declared))
        .chain(schema.enums.iter().map(|e| &e.declared))
        .collect();
    let short = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
    let found: Vec<_> =
        declared.iter().filter(|d| d.name == name || short(&d.name) == name).collect();
    if found.is_empty() {
        let names: Vec<String> =
            declared.iter().flat_map(|d| [d.name.clone(), short(&d.name)]).collect();
        let help = session.meant(likely(name, names.iter().map(String::as_str)));
        let help = format!("{help}{}", session.text(Said::ItemForms, &[]));
        session.error_and(Said::NoItem, &[name], &help);
        return Exit::Usage;
    }
    let mut out = String::new();
    for item in found {
        let page =
            prepared.packs.pages.iter().find(|p| format!("{}.{}", p.pack, p.rule) == item.name);
        if let Some(page) = page.and_then(|p| prepared.sources.get(p.source)) {
            // The prose: up to the first test.
            let text = page.text();
            let prose = text.split("\n## ").next().unwrap_or(text);
            out.push_str(prose.trim_end());
            out.push_str("\n\n");
        }
        if let Some(source) = prepared.sources.get(item.source) {
            let line = source.line_of(item.item.start);
            out.push_str(&format!("{} ({}:{line})\n\n", item.name, source.path()));
            for doc in item.docs.lines() {
                out.push_str(&format!("/// {doc}\n"));
            }
            out.push_str(source.slice(item.item).trim_end());
            out.push_str("\n\n");
        }
    }
    session.print(&out);
    Exit::Fine
}
