//! `redan report [PATH]`: a report for people or other tools, from a scan or from a saved result.

use std::path::Path;

use redan_engine::Goal;
use redan_engine::report::{Report, SCHEMA_VERSION, format, web_address};

use crate::args;
use crate::commands::scan;
use crate::load::{self, Place};
use crate::os;
use crate::session::{Exit, Session};

/// Bytes of a saved result that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Writes the report. What was found does not decide on the exit code: `redan scan --fail-on` and policies do.
pub fn run(arguments: &args::Report, session: &mut Session) -> Exit {
    let output = arguments.output.as_deref();
    let Some(format) = format(&arguments.format) else { return Exit::Internal };
    if let Err(exit) = session.writable(output).and_then(|()| session.showable(format, output)) {
        return exit;
    }
    if let Some(links) = &arguments.links
        && !web_address(links)
    {
        session.error(&format!(
            "`--links {links}` is no web address: give one as https://HOST/OWNER/NAME/blob/COMMIT"
        ));
        return Exit::Usage;
    }
    let earlier = match arguments.baseline.as_deref().map(|path| saved(path, session)).transpose() {
        Ok(earlier) => earlier,
        Err(exit) => return exit,
    };
    if earlier.is_some() && !matches!(format.name, "markdown" | "markdown-comment" | "json") {
        session
            .note("this format has no form for --baseline; markdown, markdown-comment and json do");
    }
    let report = if os::is_folder(&arguments.path) {
        scanned(arguments, session)
    } else {
        own(arguments, session)
    };
    let mut report = match report {
        Ok(report) => report,
        Err(exit) => return exit,
    };
    report.links.clone_from(&arguments.links);
    if let Some(earlier) = &earlier {
        report.compare(earlier);
    }
    let written = session.report(format, &report, output);
    if report.complete { written } else { Exit::Incomplete.max(written) }
}

fn scanned(arguments: &args::Report, session: &mut Session) -> Result<Report, Exit> {
    let place = Place {
        path: arguments.path.clone(),
        trust: arguments.trust,
        translations: arguments.format == "sarif-full",
    };
    let run = load::run_for(Goal::Report, &place, None, session)?;
    session.diagnostics(&run.errors(), &run.prepared.sources);
    Ok(scan::report(&run, None, true, session))
}

/// The result to report: its texts stay in the language in which it was made.
fn own(arguments: &args::Report, session: &mut Session) -> Result<Report, Exit> {
    let report = saved(&arguments.path, session)?;
    if session.global.lang.is_some() && session.language() != report.language {
        session.note(&format!(
            "the texts of the result stay in its language, `{}`; scan with `--lang` for another",
            redan_engine::report::terminal_line(&report.language)
        ));
    }
    Ok(report)
}

/// A result that was saved.
fn saved(path: &Path, session: &mut Session) -> Result<Report, Exit> {
    let shown = path.display();
    let text = os::read_file(path, MOST_BYTES).map_err(|why| {
        session.error(&format!(
            "`{shown}` cannot be read: {why}; give a folder, or a file that `redan scan --output-format json` wrote"
        ));
        Exit::Usage
    })?;
    let report: Report = serde_json::from_slice(&text).map_err(|why| {
        session.error(&format!(
            "`{shown}` is no result of Redan: {why}; make one by `redan scan --output-format json -o result.json`"
        ));
        Exit::Usage
    })?;
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    if major(&report.schema_version) != major(SCHEMA_VERSION) {
        session.error(&format!(
            "`{shown}` has the form {} of results, and this program reads {SCHEMA_VERSION}: scan again",
            redan_engine::report::terminal_line(&report.schema_version)
        ));
        return Err(Exit::Usage);
    }
    Ok(report)
}
