//! `redan test [PATH…]`: the tests of packs, and what they leave untested.

use redan_engine::base::Severity;
use redan_engine::report::terminal_line;
use redan_engine::{TestOptions, TestReport, run_tests};

use crate::args::{PlainFormat, Test};
use crate::load;
use crate::session::{Exit, Session};

/// Runs the tests of the named packs, or of all.
pub fn run(arguments: &Test, session: &mut Session) -> Exit {
    let prepared = match load::packs(&arguments.paths, session) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let errors: Vec<_> =
        prepared.diagnostics.iter().filter(|d| d.severity == Severity::Error).cloned().collect();
    session.diagnostics(&errors, &prepared.sources);
    let options = TestOptions {
        packs: load::named_packs(&prepared, &arguments.paths),
        filter: arguments.filter.clone(),
    };
    let report = run_tests(&prepared, &options);
    let (passed, failed) = report.counts();
    match arguments.format {
        PlainFormat::Json => match serde_json::to_string_pretty(&report) {
            Ok(json) => session.print(&format!("{json}\n")),
            Err(error) => session.error(&error.to_string()),
        },
        PlainFormat::Text => text(&report, arguments.coverage, session),
    }
    if passed + failed == 0 {
        let why = arguments.filter.as_ref().map_or_else(
            || {
                "these packs have no tests: write a page beside the rule, or a `test` item"
                    .to_owned()
            },
            |f| format!("no test has `{f}` in its name"),
        );
        session.error(&why);
        return Exit::Usage;
    }
    if failed > 0 || !errors.is_empty() { Exit::Failed } else { Exit::Fine }
}

fn text(report: &TestReport, coverage: bool, session: &mut Session) {
    for result in report.results.iter().filter(|r| !r.passed) {
        session.print(&format!("FAILED  {}\n", result.name));
        session.diagnostics(&result.failures, &report.sources);
    }
    if report.threats > 0 {
        let with = |missing: usize| report.threats - missing;
        session.print(&format!(
            "{} threats: {} fire in a test, {} are kept silent by one, {} are shown as possible or say why never; \
             {} of {} conditions decide a near miss{}\n",
            report.threats,
            with(report.never_fires.len()),
            with(report.never_silent.len()),
            with(report.never_unknown.len()),
            report.conditions - report.never_deciding.len(),
            report.conditions,
            if coverage { "" } else { " (--coverage lists the others)" }
        ));
    }
    if coverage {
        details(report, session);
    }
    let (passed, failed) = report.counts();
    session.print(&format!("{passed} passed, {failed} failed\n"));
}

/// What no test covers, by name.
fn details(report: &TestReport, session: &mut Session) {
    let told = [
        ("no test makes these threats fire", &report.never_fires),
        ("no test keeps these threats silent", &report.never_silent),
        ("no test shows these threats as possible, and no page says why", &report.never_unknown),
    ];
    for (what, rules) in told {
        if !rules.is_empty() {
            session.print(&format!("{what} ({}):\n", rules.len()));
            for rule in rules {
                session.print(&format!("  {rule}\n"));
            }
        }
    }
    if !report.never_deciding.is_empty() {
        session.print(&format!(
            "no near miss fails at these conditions alone ({}):\n",
            report.never_deciding.len()
        ));
        for condition in &report.never_deciding {
            session.print(&format!(
                "  {}: {}  {}:{}\n",
                terminal_line(&condition.threat),
                terminal_line(&condition.text),
                terminal_line(&condition.path),
                condition.line
            ));
        }
    }
}
