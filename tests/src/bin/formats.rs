//! Writes a report of each fixture of the packs in every format, so that other programs can judge the formats.
//!
//! `formats OUT [--lang en|ja] [--only TEXT]`: the tests of the packs, or those with TEXT in their names, are analysed as a scan would.
//! A file is named by a number, the language and the format, as `0012.en.sarif`; `names.LANG.txt` tells which test a number is. Rules that found nothing look
//! the same in all reports, so only the first report has them.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a development tool that writes files for other programs"
)]

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use redan_engine::base::Sources;
use redan_engine::report::{FORMATS, Inputs, MODEL_FORMATS, Report, Style, Writer};
use redan_engine::{
    Analysis, Origin, PackFile, PrepareOptions, Prepared, TestOptions, analyze_fixtures, coverage,
    prepare,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: formats OUT [--lang en|ja] [--only TEXT]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let (mut language, mut filter) = ("en".to_owned(), None);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or(usage)?;
        match option.as_str() {
            "--lang" => language = value,
            "--only" => filter = Some(value),
            _ => return Err(usage.into()),
        }
    }
    fs::create_dir_all(&folder)?;
    let library = redan_rules::FILES.iter().map(|(path, text)| PackFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
        origin: Origin::Library,
    });
    let options = PrepareOptions::default();
    let prepared = prepare(library.collect(), Sources::new(), &options, &|_| ());
    let tests = TestOptions { filter, ..TestOptions::default() };
    let written = analyze_fixtures(&prepared, &tests, &language, |number, name, analysis| {
        let mut report = report(&prepared, analysis, &language, name);
        if number > 0 {
            report.rules.retain(|r| r.findings > 0);
        }
        let stem = format!("{number:04}.{language}");
        write(&folder, &stem, &report).map(|()| (format!("{stem}  {name}"), report.findings.len()))
    });
    let (mut names, mut findings) = (String::new(), 0);
    let tests = written.len();
    for result in written {
        let (name, count) = result?;
        findings += count;
        _ = writeln!(names, "{name}");
    }
    fs::write(folder.join(format!("names.{language}.txt")), names)?;
    println!("{tests} fixtures with {findings} findings in `{language}`");
    Ok(())
}

fn report(prepared: &Prepared, analysis: &Analysis, language: &str, name: &str) -> Report {
    Report::new(Inputs {
        program: &prepared.program,
        solution: &analysis.solution,
        parts: analysis.parts.as_ref().map(|parts| (&parts.documents, &parts.others)),
        sources: &analysis.sources,
        findings: analysis.findings.clone(),
        coverage: coverage(prepared, analysis),
        diagnostics: &analysis.diagnostics,
        policy: vec![],
        language,
        system: name,
        version: env!("CARGO_PKG_VERSION"),
        today: "2026-01-01",
        complete: !analysis.incomplete(),
        matrix: true,
    })
}

fn write(folder: &std::path::Path, stem: &str, report: &Report) -> Result<(), String> {
    let style = Style { color: true, width: 100 };
    let save = |format: &str, bytes: Vec<u8>| {
        fs::write(folder.join(format!("{stem}.{format}")), bytes).map_err(|e| e.to_string())
    };
    // Pages are set by a crate that this one does without.
    for format in FORMATS.iter().filter(|f| !matches!(f.report, Writer::Pages(_))) {
        save(format.name, format.write(report, style, |_| Err(String::new()))?)?;
    }
    for format in MODEL_FORMATS.iter().filter(|f| matches!(f.name, "mermaid" | "dot" | "svg")) {
        save(format.name, (format.write)(report, style).into_bytes())?;
    }
    Ok(())
}
