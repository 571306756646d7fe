//! `redan report [PATH]`: a report for people or other tools, from a scan or from a saved result.

use std::path::Path;

use redan_engine::Goal;
use redan_engine::report::{FORMATS, Format, Report, SCHEMA_VERSION, format, web_address};

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
        session.note(&format!(
            "the texts of the result stay in its language, `{}`; scan with `--lang` for another",
            redan_engine::report::terminal_line(&report.language)
        ));
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
        session.note(&format!(
            "`{}` does not tell what changed; these do: {}",
            format.name,
            others.join(", ")
        ));
    }
    Ok(earlier)
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
