//! `redan scan [PATH]`: the threats of a repository.

use std::time::Duration;

use redan_engine::base::{Diagnostic, Severity as Level};
use redan_engine::program::schema::Risk;
use redan_engine::report::{Earlier, Inputs, PolicyResult, Report, Words, format};
use redan_engine::{Goal, apply_policies, coverage, fail_on};

use crate::args::Scan;
use crate::commands::report::baseline;
use crate::load::{self, Place, Run};
use crate::os;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Scans and reports.
pub fn run(arguments: &Scan, session: &mut Session) -> Exit {
    let output = arguments.output.as_deref();
    let Some(format) = format(&arguments.output_format) else { return Exit::Internal };
    if let Err(exit) = session.writable(output).and_then(|()| session.showable(format, output)) {
        return exit;
    }
    session.machine = format.machine;
    let earlier = match baseline(arguments.baseline.as_deref(), format, session) {
        Ok(earlier) => earlier,
        Err(exit) => return exit,
    };
    let mut place = Place::from(&arguments.target);
    place.translations = arguments.output_format == "sarif-full";
    let run = match load::run_for(Goal::Report, &place, None, session) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let least = match least(arguments, &run, session) {
        Ok(least) => least,
        Err(exit) => return exit,
    };
    if arguments.timings {
        timings(&run, session);
    }
    let shows = matches!(arguments.output_format.as_str(), "full" | "markdown");
    let always = matches!(arguments.output_format.as_str(), "html" | "json");
    if arguments.matrix && !shows && !always {
        session.note(Said::MatrixWithoutForm, &[]);
    }
    let matrix = always || arguments.matrix && shows;
    let report = report(&run, least, earlier.as_ref(), matrix, session);
    session.untranslated(&report);
    let exit = exit(&run, &report);
    let written = session.report(format, &report, output);
    let short = arguments.output_format == "concise";
    if arguments.output.is_some() || format.machine || short {
        verdict(&report, session);
    }
    exit.max(written)
}

/// The severity from which on findings fail the run: of the option, else of the configuration.
fn least(arguments: &Scan, run: &Run, session: &mut Session) -> Result<Option<Risk>, Exit> {
    if let Some(severity) = arguments.fail_on {
        return Ok(Some(severity.into()));
    }
    let Some(word) = &run.config.fail_on else { return Ok(None) };
    let risk = Risk::ALL.into_iter().find(|r| r.word() == word);
    if risk.is_none() {
        session.error(Said::NoSeverity, &[word]);
        return Err(Exit::Usage);
    }
    Ok(risk)
}

/// The report of a run, compared with an earlier result if there is one.
pub fn report(
    run: &Run,
    least: Option<Risk>,
    earlier: Option<&Report>,
    matrix: bool,
    session: &Session,
) -> Report {
    let findings = run.analysis.findings.clone();
    let before = earlier.map(Earlier::of);
    let policies = &run.prepared.program.policies;
    let mut policy =
        apply_policies(policies, &findings, before.as_ref().unwrap_or(&Earlier::default()));
    policy.extend(least.and_then(|l| fail_on(l, &findings, before.as_ref())).map(|result| {
        let severity = least.map_or("", |l| Words::of(session.language()).risk(l));
        PolicyResult { text: session.output_text(Said::FailOn, &[severity]), ..result }
    }));
    let mut diagnostics: Vec<Diagnostic> = run.prepared.diagnostics.clone();
    diagnostics.extend(run.analysis.diagnostics.iter().cloned());
    let mut report = Report::new(Inputs {
        program: &run.prepared.program,
        solution: &run.analysis.solution,
        parts: run.analysis.parts.as_ref().map(|parts| (&parts.documents, &parts.others)),
        sources: &run.analysis.sources,
        findings,
        coverage: coverage(&run.prepared, &run.analysis),
        diagnostics: &diagnostics,
        policy,
        language: session.language(),
        system: &run.name,
        version: env!("CARGO_PKG_VERSION"),
        today: &os::today(),
        complete: !run.analysis.incomplete() && !run.prepared.has_errors(),
        matrix,
    });
    if let Some(earlier) = earlier {
        report.compare(earlier);
    }
    report
}

/// How a run ended.
fn exit(run: &Run, report: &Report) -> Exit {
    if run.prepared.diagnostics.iter().any(|d| d.severity == Level::Error) || !report.complete {
        Exit::Incomplete
    } else if report.policy.iter().any(|p| p.deny) {
        Exit::Failed
    } else {
        Exit::Fine
    }
}

/// What a run found and looked at, on standard error, for reports that do not say it or went elsewhere: that
/// nothing was found means little where nothing was read.
fn verdict(report: &Report, session: &mut Session) {
    let (summary, seen) = (&report.summary, &report.coverage);
    let numbers = [
        summary.open,
        summary.confirmed,
        summary.possible,
        summary.excepted,
        seen.read,
        seen.listed,
        seen.facts,
    ];
    let numbers = numbers.map(|n| n.to_string());
    session.note(Said::Verdict, &numbers.each_ref().map(String::as_str));
    for policy in &report.policy {
        let said = if policy.deny { Said::Denied } else { Said::Warned };
        let count = policy.findings.len().to_string();
        session.note(said, &[&count, &policy.policy, &policy.text]);
    }
    if !report.complete {
        session.note(Said::Incomplete, &[]);
    }
}

/// What each step and each rule cost, the dearest rules first.
fn timings(run: &Run, session: &mut Session) {
    const MOST: usize = 25;
    let mut text = format!("{}\n", session.text(Said::Timings, &[]));
    for (step, micros) in session.steps() {
        let time = micros as f64 / 1_000.0;
        text.push_str(&format!("{time:>8.2}ms  {step}"));
        if step == "extract" {
            let (known, read) = (run.analysis.known, run.analysis.coverage.read);
            let counts = [known.to_string(), read.to_string()];
            text.push_str(
                &session.text(Said::TimingsKnown, &counts.each_ref().map(String::as_str)),
            );
        }
        text.push('\n');
    }
    let mut timings = run.analysis.solution.timings.clone();
    timings.sort_by(|a, b| b.time.cmp(&a.time).then(a.rule.cmp(&b.rule)));
    text.push_str(&format!("{}\n", session.text(Said::TimingsRules, &[])));
    for timing in timings.iter().take(MOST) {
        let rule = run.prepared.program.origins.get(timing.origin as usize);
        text.push_str(&format!(
            "{:>8.2}ms {:>10} {:>10} {:>10}  {}\n",
            timing.time.as_secs_f64() * 1_000.0,
            timing.rows_in,
            timing.rows_out,
            timing.new_rows,
            rule.map_or("", |o| o.item.as_str())
        ));
        for step in timing.plan.lines() {
            text.push_str(&format!("{:47}{step}\n", ""));
        }
    }
    let others = timings.get(MOST..).unwrap_or_default();
    if !others.is_empty() {
        let time: Duration = others.iter().map(|t| t.time).sum();
        text.push_str(&format!(
            "{:>8.2}ms {:>32}  {}\n",
            time.as_secs_f64() * 1_000.0,
            "",
            session.text(Said::TimingsOthers, &[&others.len().to_string()])
        ));
    }
    session.tell(&text);
}
