//! Texts that Redan read, and places in them.
//!
//! A [`Source`] is one file (of a pack or of the scanned repository) under its relative path; a
//! [`Span`] is a byte range in one; a [`Place`] is a span together with its source and line.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// A byte range `start..end` of a source's text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte after the range.
    pub end: u32,
}

impl Span {
    /// A span of `start..end`, in bytes.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end.max(start) as u32 }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The span as a range of `usize`.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The number of a source in its [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// A span of one source, with the line (from 1) on which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// The bytes.
    pub span: Span,
    /// The line of the first byte, from 1.
    pub line: u32,
}

/// One text with its path.
#[derive(Debug, Clone)]
pub struct Source {
    path: Arc<str>,
    text: Arc<str>,
    /// Where lines begin: found when somebody asks, which of most files nobody does.
    line_starts: Arc<OnceLock<Box<[u32]>>>,
    checked: bool,
}

impl Source {
    /// A source of this path (relative, separated by `/`) and text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), line_starts: Arc::default(), checked: false }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.bytes().enumerate();
            let behind = bytes.filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1);
            std::iter::once(0).chain(behind).collect()
        })
    }

    /// The same text of a pack, known to be without mistakes: it was checked before this program was built, so what is
    /// costly to check is put off until it is used, perhaps for ever.
    #[must_use]
    pub fn checked(mut self) -> Self {
        self.checked = true;
        self
    }

    /// Whether the text is known to be without mistakes.
    pub fn is_checked(&self) -> bool {
        self.checked
    }

    /// The path, relative to the scanned root or to the pack, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty when the span is not on character boundaries of the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Line and column (both from 1, the column in characters) of a byte offset.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts().partition_point(|s| *s <= offset).max(1);
        let start = self.line_starts().get(line - 1).copied().unwrap_or(0) as usize;
        let column =
            self.text.get(start..offset as usize).map_or(0, |before| before.chars().count());
        (line as u32, column as u32 + 1)
    }

    /// The line (from 1) of a byte offset.
    pub fn line_of(&self, offset: u32) -> u32 {
        self.line_starts().partition_point(|s| *s <= offset).max(1) as u32
    }

    /// How many lines the text has.
    pub fn line_count(&self) -> u32 {
        self.line_starts().len() as u32
    }

    /// The text of a line (from 1) without its line break; empty when there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let index = line.saturating_sub(1) as usize;
        let Some(&start) = self.line_starts().get(index) else { return "" };
        let end = self.line_starts().get(index + 1).map_or(self.text.len(), |e| *e as usize);
        self.text.get(start as usize..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}

/// All sources of a run; a [`SourceId`] is an index into it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// No sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source and gives its number.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.list.push(source);
        SourceId(self.list.len() as u32 - 1)
    }

    /// The source of a number, if there is one.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// The path of a source, or `?`.
    pub fn path(&self, id: SourceId) -> &str {
        self.get(id).map_or("?", Source::path)
    }

    /// The place of a span in a source.
    pub fn place(&self, source: SourceId, span: Span) -> Place {
        let line = self.get(source).map_or(1, |s| s.line_of(span.start));
        Place { source, span, line }
    }

    /// All sources with their numbers, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list.iter().enumerate().map(|(i, s)| (SourceId(i as u32), s))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
