//! `redan test [PATH…]`: the tests of packs, and what they leave untested.

use redan_engine::base::Severity;
use redan_engine::report::terminal_line;
use redan_engine::{TestOptions, TestReport, run_tests};

use crate::args::{PlainFormat, Test};
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

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
            Err(error) => session.complain(&error.to_string()),
        },
        PlainFormat::Text => text(&report, arguments.coverage, session),
    }
    if passed + failed == 0 {
        match &arguments.filter {
            Some(filter) => session.error(Said::NoTestNamed, &[filter]),
            None => session.error(Said::NoTests, &[]),
        }
        return Exit::Usage;
    }
    if failed > 0 || !errors.is_empty() { Exit::Failed } else { Exit::Fine }
}

fn text(report: &TestReport, coverage: bool, session: &mut Session) {
    for result in report.results.iter().filter(|r| !r.passed) {
        let text = session.text(Said::TestFailed, &[&result.name]);
        session.print(&format!("{text}\n"));
        session.diagnostics(&result.failures, &report.sources);
    }
    if report.threats > 0 {
        let with = |missing: usize| report.threats - missing;
        let counts = [
            report.threats,
            with(report.never_fires.len()),
            with(report.never_silent.len()),
            with(report.never_unknown.len()),
            report.conditions - report.never_deciding.len(),
            report.conditions,
        ];
        let counts = counts.map(|n| n.to_string());
        let text = session.text(Said::TestSum, &counts.each_ref().map(String::as_str));
        let more = if coverage { String::new() } else { session.text(Said::TestSumMore, &[]) };
        session.print(&format!("{text}{more}\n"));
    }
    if coverage {
        details(report, session);
    }
    let (passed, failed) = report.counts();
    let text = session.text(Said::TestsRan, &[&passed.to_string(), &failed.to_string()]);
    session.print(&format!("{text}\n"));
}

/// What no test covers, by name.
fn details(report: &TestReport, session: &mut Session) {
    let told = [
        (Said::NeverFires, &report.never_fires),
        (Said::NeverSilent, &report.never_silent),
        (Said::NeverUnknown, &report.never_unknown),
    ];
    for (what, rules) in told {
        if !rules.is_empty() {
            let text = session.text(what, &[&rules.len().to_string()]);
            session.print(&format!("{text}\n"));
            for rule in rules {
                session.print(&format!("  {rule}\n"));
            }
        }
    }
    if !report.never_deciding.is_empty() {
        let count = report.never_deciding.len().to_string();
        let text = session.text(Said::NeverDeciding, &[&count]);
        session.print(&format!("{text}\n"));
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
