//! Everything that Redan has to say about its input: a stable code, a message in lower case, labels
//! at exact places, and a help that says how to go on.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteSpanContents, SourceCode};
use serde::{Deserialize, Serialize};

use crate::source::{Source, SourceId, Sources, Span};

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something to know: a limit was hit, a file was skipped.
    Note,
    /// Probably a mistake; the item is still used.
    Warning,
    /// A mistake; the item is left out.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The stable number of a diagnostic, shown as `RDN0102`. Every code has a page in `docs/errors/`.
///
/// 00xx syntax, 01xx names and kinds, 02xx conditions and types, 03xx strata and plans,
/// 04xx extractors, 05xx threats, texts, translations and policies, 06xx packs and configuration,
/// 07xx files and limits at run time, 08xx tests of packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RDN{:04}", self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A place with a short text; the first label of a diagnostic is its primary place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The source.
    pub source: SourceId,
    /// The exact word that the text is about.
    pub span: Span,
    /// The text, lower case; may be empty for the primary label.
    pub text: String,
}

/// One thing to tell: built with [`Diagnostic::error`] and the `with_…` functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable number.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, names in back-ticks, no full stop.
    pub message: String,
    /// Where; the first is the primary place.
    pub labels: Vec<Label>,
    /// How to go on.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without place.
    pub fn new(severity: Severity, code: u16, message: impl Into<String>) -> Self {
        Self { code: Code(code), severity, message: message.into(), labels: vec![], help: None }
    }

    /// An error.
    pub fn error(code: u16, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: u16, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note.
    pub fn note(code: u16, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Adds a label.
    #[must_use]
    pub fn at(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { source, span, text: text.into() });
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The order in which diagnostics are shown: by path, place, code and message.
    pub fn sort_key<'a>(&'a self, sources: &'a Sources) -> (&'a str, u32, Code, &'a str) {
        let first = self.labels.first();
        let path = first.map_or("", |l| sources.path(l.source));
        (path, first.map_or(0, |l| l.span.start), self.code, &self.message)
    }
}

/// The words around a diagnostic, in the language of the reader.
#[derive(Debug, Clone)]
pub struct Headings {
    /// Before what helps.
    pub help: String,
    /// Over another source that matters.
    pub see: String,
}

impl Default for Headings {
    fn default() -> Self {
        Self { help: "help".to_owned(), see: "see also".to_owned() }
    }
}

/// Renders a diagnostic with source excerpts for a terminal.
///
/// `width` is in columns; with `color` ANSI codes are written. Control characters of the sources do
/// not reach the output.
pub fn render(
    diagnostic: &Diagnostic,
    sources: &Sources,
    color: bool,
    width: usize,
    headings: &Headings,
) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    // The library's own word for help is English.
    let own = headings.help == Headings::default().help;
    if let (false, Some(help)) = (own, &diagnostic.help) {
        handler = handler.with_footer(format!("{}: {help}", headings.help));
    }
    let mut out = String::new();
    // A label in another source than the first becomes a report of its own, related to it.
    let mut by_source: Vec<(SourceId, Vec<&Label>)> = vec![];
    for label in &diagnostic.labels {
        match by_source.iter_mut().find(|(s, _)| *s == label.source) {
            Some((_, list)) => list.push(label),
            None => by_source.push((label.source, vec![label])),
        }
    }
    let mut parts = by_source.into_iter();
    let first = parts.next();
    let rest: Vec<Report<'_>> = parts
        .map(|(source, labels)| Report {
            see: &headings.see,
            ..Report::new(None, sources.get(source), labels, vec![])
        })
        .collect();
    let (source, labels) = first.map_or((None, vec![]), |(s, l)| (sources.get(s), l));
    let report = Report { help: own, ..Report::new(Some(diagnostic), source, labels, rest) };
    if handler.render_report(&mut out, &report).is_err() {
        out = format!("{}: {}\n", diagnostic.code, diagnostic.message);
    }
    out
}

#[derive(Debug)]
struct Report<'a> {
    diagnostic: Option<&'a Diagnostic>,
    source: Option<Named>,
    labels: Vec<&'a Label>,
    related: Vec<Report<'a>>,
    /// Whether the library shows the help.
    help: bool,
    /// What stands over a source that is not the first.
    see: &'a str,
}

impl<'a> Report<'a> {
    fn new(
        diagnostic: Option<&'a Diagnostic>,
        source: Option<&Source>,
        labels: Vec<&'a Label>,
        related: Vec<Report<'a>>,
    ) -> Self {
        let source = source.map(|s| Named { name: printable(s.path()), text: printable(s.text()) });
        Self { diagnostic, source, labels, related, help: false, see: "" }
    }
}

/// Replaces control and reordering characters, one for one byte-length, so that spans still fit.
fn printable(text: &str) -> String {
    let bad = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(bad) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| {
            let fill = if !bad(c) {
                return std::iter::repeat_n(c, 1);
            } else if c.len_utf8() == 3 {
                '\u{fffd}'
            } else {
                '?'
            };
            std::iter::repeat_n(fill, c.len_utf8() / fill.len_utf8())
        })
        .collect()
}

#[derive(Debug)]
struct Named {
    name: String,
    text: String,
}

impl SourceCode for Named {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let inner = self.text.as_str().read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.diagnostic.map_or(self.see, |d| &d.message))
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.map(|d| Box::new(d.code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.map_or(Severity::Note, |d| d.severity) {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic?.help.as_ref().filter(|_| self.help)?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            return None;
        }
        Some(Box::new(self.labels.iter().map(|l| {
            let text = (!l.text.is_empty()).then(|| l.text.clone());
            LabeledSpan::new(text, l.span.start as usize, (l.span.end - l.span.start) as usize)
        })))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|r| r as &dyn miette::Diagnostic)))
    }
}
