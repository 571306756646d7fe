//! What all commands share: where output goes, colours, progress, the log, and the packs of a run.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use redan_engine::Event;
use redan_engine::base::{Diagnostic, Headings, Severity, Sources, render};
use redan_engine::report::{Format, LANGUAGES, Report, Style, Writer};

use crate::args::{Color, Global, Language};
use crate::texts::{self, Said, say};
use crate::{os, pages};

/// How a run ended; the order is that of importance when several things went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The analysis is complete and every policy holds.
    Fine,
    /// A policy failed, a check found errors, a test failed.
    Failed,
    /// Part of the input was not analysed.
    Incomplete,
    /// Wrong use: arguments, configuration, files that are not there.
    Usage,
    /// A defect of Redan.
    Internal,
}

impl Exit {
    /// The number for the system.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Internal => 4,
        }
    }
}

/// The shared state of a command.
pub struct Session {
    /// The general options.
    pub global: Global,
    /// The configuration's language, if any; options and environment go first.
    pub configured_language: Option<String>,
    /// Whether a program reads the output.
    pub machine: bool,
    out_color: bool,
    err_color: bool,
    log: Option<Mutex<std::fs::File>>,
    progress: Option<ProgressBar>,
    /// What the steps of the run took, in microseconds.
    steps: Mutex<Vec<(&'static str, u64)>>,
}

impl Session {
    /// Prepares output as the options say. `Err` is a log file that cannot be written, which was told.
    pub fn new(global: Global) -> Result<Self, Exit> {
        let choice = match global.color {
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
            Color::Auto => anstream::ColorChoice::Auto,
        };
        choice.write_global();
        let color = |current: anstream::ColorChoice| current != anstream::ColorChoice::Never;
        let out_color = color(anstream::AutoStream::choice(&std::io::stdout()));
        let err_color = color(anstream::AutoStream::choice(&std::io::stderr()));
        let progress = (!global.quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let mut session = Self {
            global,
            configured_language: None,
            machine: false,
            out_color,
            err_color,
            log: None,
            progress,
            steps: Mutex::default(),
        };
        if let Some(path) = session.global.log.clone() {
            match os::create(&path) {
                Ok(file) => session.log = Some(Mutex::new(file)),
                Err(error) => {
                    let shown = path.display().to_string();
                    session.error(Said::LogUnwritable, &[&shown, &error.to_string()]);
                    return Err(Exit::Usage);
                }
            }
        }
        Ok(session)
    }

    /// How texts for people are written.
    pub fn style(&self, to_file: bool) -> Style {
        Style { color: self.out_color && !to_file, width: Self::width() }
    }

    /// The width of the terminal in columns, bounded to what reads well.
    pub fn width() -> usize {
        let columns = os::variable("COLUMNS").and_then(|c| c.parse().ok()).or_else(console_width);
        columns.unwrap_or(100).clamp(60, 120)
    }

    /// The language of what is said to people: option, then environment, then configuration, then the locale, then
    /// English.
    fn spoken(&self) -> usize {
        let option = self.global.lang.map(Language::number);
        let told = option.or_else(|| texts::of_environment(self.configured_language.as_deref()));
        told.unwrap_or_default()
    }

    /// The number of the language of the output. What programs read is English, unless the option or `REDAN_LANG` says
    /// otherwise.
    fn written(&self) -> usize {
        let asked = self.global.lang.is_some() || texts::asked().is_some();
        if self.machine && !asked { 0 } else { self.spoken() }
    }

    /// The code of the language of the output.
    pub fn language(&self) -> &'static str {
        LANGUAGES.get(self.written()).map_or("en", |(code, _)| code)
    }

    /// A text for people.
    pub fn text(&self, said: Said, values: &[&str]) -> String {
        say(self.spoken(), said, values)
    }

    /// A text of the output.
    pub fn output_text(&self, said: Said, values: &[&str]) -> String {
        say(self.written(), said, values)
    }

    /// What was probably meant, behind a message; nothing if that is not known.
    pub fn meant(&self, name: Option<&str>) -> String {
        name.map_or_else(String::new, |name| self.text(Said::Meant, &[name]))
    }

    /// Writes to standard output. A reader that went away (`| head`) is no error.
    pub fn print(&mut self, text: &str) {
        self.hide();
        let mut out = anstream::stdout();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Tells something on standard error, unless `--quiet`.
    pub fn note(&mut self, said: Said, values: &[&str]) {
        let text = self.text(said, values);
        self.tell(&text);
    }

    /// Tells a text on standard error, unless `--quiet`.
    pub fn tell(&mut self, text: &str) {
        if !self.global.quiet {
            self.hide();
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Tells a mistake in the use of Redan.
    pub fn error(&mut self, said: Said, values: &[&str]) {
        self.error_and(said, values, "");
    }

    /// Tells a mistake in the use of Redan, and help behind it.
    pub fn error_and(&mut self, said: Said, values: &[&str], help: &str) {
        let text = self.text(said, values);
        self.complain(&format!("{text}{help}"));
    }

    /// Tells an error whose text is from elsewhere.
    pub fn complain(&mut self, text: &str) {
        self.hide();
        let error = self.text(Said::Error, &[]);
        let _ = writeln!(anstream::stderr(), "{error}: {text}");
    }

    /// Tells once that texts of packs had no translation.
    pub fn untranslated(&mut self, report: &Report) {
        let count = report.coverage.untranslated.len();
        if count > 0 {
            self.note(Said::Untranslated, &[&count.to_string(), &report.language]);
        }
    }

    /// Shows diagnostics on standard error.
    pub fn diagnostics(&mut self, diagnostics: &[Diagnostic], sources: &Sources) {
        self.hide();
        let mut err = anstream::stderr();
        let headings = Headings {
            help: self.text(Said::DiagnosticHelp, &[]),
            see: self.text(Said::DiagnosticSee, &[]),
        };
        for diagnostic in diagnostics {
            if self.global.quiet && diagnostic.severity == Severity::Note {
                continue;
            }
            let text = render(diagnostic, sources, self.err_color, Self::width(), &headings);
            let _ = write!(err, "{text}");
        }
    }

    /// What the steps of the run took so far, in microseconds.
    pub fn steps(&self) -> Vec<(&'static str, u64)> {
        self.steps.lock().map(|steps| steps.clone()).unwrap_or_default()
    }

    /// Shows what the engine is doing, and logs it.
    pub fn event(&self, event: &Event) {
        if let (Event::Done { step, micros }, Ok(mut steps)) = (event, self.steps.lock()) {
            steps.push((step, *micros));
        }
        if let Some(bar) = &self.progress
            && let Some(message) = self.progress_text(event)
        {
            bar.set_message(message);
        }
        if let Some(log) = &self.log
            && let Ok(mut file) = log.lock()
            && let Ok(line) = serde_json::to_string(event)
        {
            let _ = writeln!(file, "{line}");
        }
    }

    /// What a person sees of an event; none if it is too small to show.
    fn progress_text(&self, event: &Event) -> Option<String> {
        let (said, numbers) = match event {
            Event::Step { step } => {
                let said = match *step {
                    "packs" => Said::StepPacks,
                    "extract" => Said::StepExtract,
                    "solve" => Said::StepSolve,
                    _ => Said::StepFindings,
                };
                return Some(self.text(said, &[]));
            }
            Event::Files { done, total } => {
                (Said::StepFiles, [done.to_string(), total.to_string()])
            }
            Event::Rules { group, groups } => {
                (Said::StepGroups, [group.to_string(), groups.to_string()])
            }
            Event::Rule { .. } | Event::File { .. } | Event::Done { .. } => return None,
        };
        Some(self.text(said, &numbers.each_ref().map(String::as_str)))
    }

    /// Takes the progress off the screen.
    pub fn hide(&self) {
        if let Some(bar) = &self.progress {
            bar.finish_and_clear();
        }
    }

    /// Tells before a long run that its report could not be written.
    pub fn writable(&mut self, path: Option<&std::path::Path>) -> Result<(), Exit> {
        let Some(path) = path else { return Ok(()) };
        let problem = if os::is_folder(path) {
            Said::WhyFolder
        } else if path.parent().is_some_and(|p| !p.as_os_str().is_empty() && !os::is_folder(p)) {
            Said::WhyNoFolder
        } else {
            return Ok(());
        };
        let problem = self.text(problem, &[]);
        self.error(Said::Unwritable, &[&path.display().to_string(), &problem]);
        Err(Exit::Usage)
    }

    /// Writes a report to a file, or to standard output without one.
    pub fn output(&mut self, path: Option<&std::path::Path>, text: &str) -> Exit {
        match path {
            Some(path) => self.file(path, text.as_bytes()),
            None => {
                self.print(text);
                Exit::Fine
            }
        }
    }

    /// Tells before a long run that this program cannot make its report, or a terminal cannot show it.
    pub fn showable(
        &mut self,
        format: &Format,
        path: Option<&std::path::Path>,
    ) -> Result<(), Exit> {
        let name = format.name;
        if matches!(format.report, Writer::Pages(_)) && !pages::CAN_BE_SET {
            self.error(Said::NotInThisBuild, &[name]);
            return Err(Exit::Usage);
        }
        if format.is_text() || path.is_some() || !std::io::stdout().is_terminal() {
            return Ok(());
        }
        self.error(Said::NotShowable, &[name]);
        Err(Exit::Usage)
    }

    /// Writes a report in a format to a file, or to standard output without one.
    pub fn report(
        &mut self,
        format: &Format,
        report: &Report,
        path: Option<&std::path::Path>,
    ) -> Exit {
        let style = self.style(path.is_some());
        let bytes = match format.write(report, style, pages::typeset) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.error(Said::NotMade, &[format.name, &why]);
                return Exit::Internal;
            }
        };
        match path {
            Some(path) => return self.file(path, &bytes),
            None if format.is_text() => self.print(&String::from_utf8_lossy(&bytes)),
            None => {
                self.hide();
                // A reader that went away is no error.
                let mut out = std::io::stdout();
                let _ = out.write_all(&bytes).and_then(|()| out.flush());
            }
        }
        Exit::Fine
    }

    fn file(&mut self, path: &std::path::Path, bytes: &[u8]) -> Exit {
        match os::write_file(path, bytes) {
            Ok(()) => {
                self.note(Said::Wrote, &[&path.display().to_string()]);
                Exit::Fine
            }
            Err(error) => {
                let shown = path.display().to_string();
                self.error(Said::Unwritable, &[&shown, &error.to_string()]);
                Exit::Usage
            }
        }
    }
}

fn console_width() -> Option<usize> {
    let term = console::Term::stdout();
    if !term.is_term() {
        return None;
    }
    term.size_checked().map(|(_, columns)| usize::from(columns))
}
