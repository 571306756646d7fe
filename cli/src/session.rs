//! What all commands share: where output goes, colours, progress, the log, and the packs of a run.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use redan_engine::Event;
use redan_engine::base::{Diagnostic, Severity, Sources, render};
use redan_engine::report::{Format, Report, Style, Writer};

use crate::args::{Color, Global, Language};
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
                    session.error(&format!("cannot write the log `{}`: {error}", path.display()));
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

    /// The language of texts: option, then environment, then configuration, then the locale, then English.
    pub fn language(&self) -> &'static str {
        if let Some(language) = self.global.lang {
            return match language {
                Language::En => "en",
                Language::Ja => "ja",
            };
        }
        let told = os::variable("REDAN_LANG").or_else(|| self.configured_language.clone());
        let told =
            told.or_else(|| ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(os::variable));
        if told.is_some_and(|l| l.starts_with("ja")) { "ja" } else { "en" }
    }

    /// Writes to standard output. A reader that went away (`| head`) is no error.
    pub fn print(&mut self, text: &str) {
        self.hide();
        let mut out = anstream::stdout();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Tells something on standard error, unless `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.global.quiet {
            self.hide();
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Tells a mistake in the use of Redan.
    pub fn error(&mut self, text: &str) {
        self.hide();
        let _ = writeln!(anstream::stderr(), "error: {text}");
    }

    /// Shows diagnostics on standard error.
    pub fn diagnostics(&mut self, diagnostics: &[Diagnostic], sources: &Sources) {
        self.hide();
        let mut err = anstream::stderr();
        for diagnostic in diagnostics {
            if self.global.quiet && diagnostic.severity == Severity::Note {
                continue;
            }
            let _ = write!(err, "{}", render(diagnostic, sources, self.err_color, Self::width()));
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
            && let Some(message) = event.message()
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
            "it is a folder"
        } else if path.parent().is_some_and(|p| !p.as_os_str().is_empty() && !os::is_folder(p)) {
            "its folder is not there"
        } else {
            return Ok(());
        };
        self.error(&format!("cannot write `{}`: {problem}", path.display()));
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
            self.error(&format!("this build has no format `{name}`: {}", pages::HELP));
            return Err(Exit::Usage);
        }
        if format.is_text() || path.is_some() || !std::io::stdout().is_terminal() {
            return Ok(());
        }
        self.error(&format!(
            "a terminal cannot show the format `{name}`: give a file by `--output report.{name}`"
        ));
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
                self.error(&format!("cannot make the format `{}`: {why}", format.name));
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
                self.note(&format!("wrote {}", path.display()));
                Exit::Fine
            }
            Err(error) => {
                self.error(&format!("cannot write `{}`: {error}", path.display()));
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
