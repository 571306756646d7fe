//! `redan lint [PATH…]`: what rules of the language find in packs themselves.

use redan_engine::base::Severity;
use redan_engine::program::names::likely;
use redan_engine::report::terminal_line;
use redan_engine::{LintFinding, Origin, PackFile, lint};

use crate::args::{Lint, PlainFormat};
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Lints the named packs, or all.
pub fn run(arguments: &Lint, session: &mut Session) -> Exit {
    let prepared = match load::packs(&arguments.paths, session) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let mut broken: Vec<_> =
        prepared.diagnostics.iter().filter(|d| d.severity == Severity::Error).cloned().collect();
    session.diagnostics(&broken, &prepared.sources);
    let mut lints: Vec<PackFile> = redan_rules::LINT
        .iter()
        .map(|(path, text)| PackFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Library,
        })
        .collect();
    for path in &arguments.with {
        match load::read_pack(path, None, session) {
            Ok(files) => lints.extend(files),
            Err(exit) => return exit,
        }
    }
    let packs = load::named_packs(&prepared, &arguments.paths);
    let (mut findings, with, diagnostics) = lint(&prepared, lints, &packs);
    let wrong: Vec<_> = diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect();
    session.diagnostics(&wrong, &with.sources);
    broken.extend(wrong);
    let names: Vec<String> = names(&findings);
    for wanted in arguments.only.iter().chain(&arguments.except) {
        if !names.contains(wanted)
            && let Some(meant) = likely(wanted, names.iter().map(String::as_str))
        {
            let text = session.text(Said::NoLint, &[wanted]);
            let meant = session.meant(Some(meant));
            session.tell(&format!("{text}{meant}"));
        }
    }
    findings.retain(|f| {
        (arguments.only.is_empty() || arguments.only.contains(&f.lint))
            && !arguments.except.contains(&f.lint)
    });
    match arguments.format {
        PlainFormat::Json => match serde_json::to_string_pretty(&findings) {
            Ok(json) => session.print(&format!("{json}\n")),
            Err(error) => session.complain(&error.to_string()),
        },
        PlainFormat::Text => text(&findings, session),
    }
    if findings.is_empty() && broken.is_empty() { Exit::Fine } else { Exit::Failed }
}

fn names(findings: &[LintFinding]) -> Vec<String> {
    let mut names: Vec<String> = findings.iter().map(|f| f.lint.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn text(findings: &[LintFinding], session: &mut Session) {
    let mut out = String::new();
    for finding in findings {
        let place = finding.at.as_ref().map_or_else(String::new, |s| {
            format!("{}:{}:{}: ", terminal_line(&s.path), s.line, s.column)
        });
        out.push_str(&format!(
            "{place}{}: {}: {}\n",
            terminal_line(&finding.lint),
            terminal_line(&finding.item),
            terminal_line(&finding.text)
        ));
    }
    for name in names(findings) {
        let count = findings.iter().filter(|f| f.lint == name).count();
        out.push_str(&format!("{count:>6}  {}\n", terminal_line(&name)));
    }
    let count = findings.len().to_string();
    out.push_str(&format!("{}\n", session.text(Said::LintFindings, &[&count])));
    session.print(&out);
}
