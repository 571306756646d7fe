//! `redan report [PATH]`: a report for people or other tools, from a scan or from a saved result.

use std::path::Path;

use redan_engine::Goal;
use redan_engine::report::{
    FORMATS, Format, Report, SCHEMA_VERSION, format, terminal_line, web_address,
};

use crate::args;
use crate::commands::scan;
use crate::load::{self, Place};
use crate::os;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Bytes of a saved result that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Writes the report. What was found does not decide on the exit code: `redan scan --fail-on` and policies do.
pub fn run(arguments: &args::Report, session: &mut Session) -> Exit {
    let output = arguments.output.as_deref();
    let Some(format) = format(&arguments.format) else { return Exit::Internal };
    if let Err(exit) = session.writable(output).and_then(|()| session.showable(format, output)) {
        return exit;
    }
    session.machine = format.machine;
    if let Some(links) = &arguments.links
        && !web_address(links)
    {
        session.error(Said::NoAddress, &[links]);
        return Exit::Usage;
    }
    let earlier = match baseline(arguments.baseline.as_deref(), format, session) {
        Ok(earlier) => earlier,
        Err(exit) => return exit,
    };
    let report = if os::is_folder(&arguments.path) {
        scanned(arguments, earlier.as_ref(), session)
    } else {
        own(arguments, earlier.as_ref(), session)
    };
    let mut report = match report {
        Ok(report) => report,
        Err(exit) => return exit,
    };
    session.untranslated(&report);
    report.links.clone_from(&arguments.links);
    let written = session.report(format, &report, output);
    if report.complete { written } else { Exit::Incomplete.max(written) }
}

fn scanned(
    arguments: &args::Report,
    earlier: Option<&Report>,
    session: &mut Session,
) -> Result<Report, Exit> {
    let place = Place {
        path: arguments.path.clone(),
        trust: arguments.trust,
        translations: arguments.format == "sarif-full",
    };
    let run = load::run_for(Goal::Report, &place, None, session)?;
    session.diagnostics(&run.errors(), &run.prepared.sources);
    Ok(scan::report(&run, None, earlier, true, session))
}

/// The result to report: its texts stay in the language in which it was made.
fn own(
    arguments: &args::Report,
    earlier: Option<&Report>,
    session: &mut Session,
) -> Result<Report, Exit> {
    let mut report = saved(&arguments.path, session)?;
    if let Some(earlier) = earlier {
        report.compare(earlier);
    }
    if session.global.lang.is_some() && session.language() != report.language {
        session.note(Said::ResultLanguage, &[&terminal_line(&report.language)]);
    }
    Ok(report)
}

/// The earlier result of `--baseline`.
pub fn baseline(
    path: Option<&Path>,
    format: &Format,
    session: &mut Session,
) -> Result<Option<Report>, Exit> {
    let earlier = path.map(|path| saved(path, session)).transpose()?;
    if earlier.is_some() && !format.tells_changes() {
        let others = FORMATS.iter().filter(|f| f.tells_changes()).map(|f| f.name);
        let others: Vec<&str> = others.collect();
        session.note(Said::BaselineWithoutForm, &[format.name, &others.join(", ")]);
    }
    Ok(earlier)
}

/// A result that was saved.
fn saved(path: &Path, session: &mut Session) -> Result<Report, Exit> {
    let shown = path.display().to_string();
    let text = os::read_file(path, MOST_BYTES).map_err(|why| {
        session.error(Said::ResultUnreadable, &[&shown, &why.to_string()]);
        Exit::Usage
    })?;
    let report: Report = serde_json::from_slice(&text).map_err(|why| {
        session.error(Said::ResultUnknown, &[&shown, &why.to_string()]);
        Exit::Usage
    })?;
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    if major(&report.schema_version) != major(SCHEMA_VERSION) {
        let form = terminal_line(&report.schema_version);
        session.error(Said::ResultForm, &[&shown, &form, SCHEMA_VERSION]);
        return Err(Exit::Usage);
    }
    Ok(report)
}
