//! Templates in structured files: `{{ … }}`, `{% … %}` and `{# … #}` are blanked by as many bytes before the file is
//! parsed, so that places stay right; in values the mark is put back as text.
//!
//! Where packs say what fills in the templates of a folder ([`folders`]), they are filled in first, as far as the
//! values are known ([`render`]).

mod folders;
mod functions;
mod render;
mod syntax;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use redan_base::{Limits, SkipReason, Span};

pub(crate) use folders::{Data, Folders};

use crate::formats::line_at;
use crate::tree::Problem;

/// A text whose template marks were blanked.
#[derive(Debug)]
pub(crate) struct Blanked {
    /// The text, as long as the original.
    pub text: String,
    /// The byte that stands for a mark in a value.
    filler: char,
    /// The marks that stand in values, with their texts.
    marks: Vec<(Range<usize>, String)>,
    /// Whether there were marks that nothing is known of.
    pub unknown: bool,
    /// Where the pieces of a text come from that was filled in.
    pieces: Vec<render::Piece>,
}

/// Fills in a template; none if the text is none. A mistake in it, or a bound that it hits, is told: the marks are then
/// blanked as if nothing were known.
pub(crate) fn fill(text: &str, data: &Data, limits: &Limits) -> Option<Result<Blanked, Problem>> {
    if !text.contains("{{") || text.contains('\0') {
        return None;
    }
    let template = match syntax::parse(text) {
        Ok(template) => template,
        Err((at, what)) => {
            let line = line_at(text, at);
            let told = format!("line {line}: {what}, so the template is not filled in");
            return Some(Err((SkipReason::Syntax, told)));
        }
    };
    let filled = match render::fill(&template, data, limits) {
        Ok(filled) => filled,
        Err(render::Limit(what)) => return Some(Err((SkipReason::Limit, what))),
    };
    let filler = filler(&filled.text);
    let unknown = !filled.marks.is_empty();
    let mut out = filled.text.into_bytes();
    let mut marks = vec![];
    let mut line = Line::default();
    for (at, of) in filled.marks {
        let mark = text.get(of.clone()).unwrap_or_default();
        if !line.range.contains(&of.start) {
            line = Line::of(text, of.start);
        }
        let in_value = !line.alone && !mark.contains('\n');
        for (byte, written) in out.iter_mut().take(at.end).skip(at.start).zip(mark.bytes()) {
            *byte = match written {
                b'\n' | b'\r' => written,
                _ if in_value => filler as u8,
                _ => b' ',
            };
        }
        if in_value {
            marks.push((at, mark.to_owned()));
        }
    }
    let text = String::from_utf8(out).unwrap_or_default();
    Some(Ok(Blanked { text, filler, marks, unknown, pieces: filled.pieces }))
}

/// A letter that a text does not have.
fn filler(text: &str) -> char {
    ('A'..='Z').rev().chain('a'..='z').find(|c| !text.contains(*c)).unwrap_or('_')
}

/// Blanks the marks of a text; none if it has no marks.
pub(crate) fn blank(text: &str) -> Option<Blanked> {
    if !text.contains("{{") && !text.contains("{%") {
        return None;
    }
    let filler = filler(text);
    let mut out = text.as_bytes().to_vec();
    let mut marks = vec![];
    let mut at = 0;
    let mut found = false;
    let mut line = Line::default();
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('{')).map(|i| i + at) {
        let close = match text.as_bytes().get(start + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        let Some(end) = text.get(start + 2..).and_then(|r| r.find(close)).map(|i| start + i + 4)
        else {
            break;
        };
        found = true;
        at = end;
        let inner = text.get(start..end).unwrap_or_default();
        let value = close == "}}" && !inner.contains('\n') && !is_directive(inner);
        if !line.range.contains(&start) {
            line = Line::of(text, start);
        }
        let in_value = value && !line.alone;
        let fill = if in_value { filler as u8 } else { b' ' };
        for byte in out.iter_mut().take(end).skip(start) {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = fill;
            }
        }
        if in_value {
            marks.push((start..end, inner.to_owned()));
        }
    }
    found.then(|| {
        let text = String::from_utf8(out).unwrap_or_default();
        Blanked { text, filler, marks, unknown: true, pieces: vec![] }
    })
}

impl Blanked {
    /// Where a part of the text is written in the file.
    pub(crate) fn span(&self, span: Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let Some(first) = self.piece(start) else { return span };
        let from = if first.copy { first.of.start + (start - first.start) } else { first.of.start };
        let last = self.piece(end.saturating_sub(1).max(start)).unwrap_or(first);
        let to = if last.copy { last.of.start + (end - last.start) } else { last.of.end };
        Span::new(from.min(first.of.end), to.min(last.of.end).max(from))
    }

    /// The piece that a byte lies in; none of a text that was not filled in.
    fn piece(&self, byte: usize) -> Option<&render::Piece> {
        let after = self.pieces.partition_point(|p| p.start <= byte);
        self.pieces.get(after.checked_sub(1)?)
    }

    /// A value of the blanked text at these bytes, with the marks as they were written.
    pub(crate) fn restore<'v>(&self, value: &Cow<'v, str>, at: Range<usize>) -> Cow<'v, str> {
        let first = self.marks.partition_point(|(r, _)| r.start < at.start);
        let marks = self.marks.iter().skip(first).take_while(|(r, _)| r.end <= at.end);
        let written: String = marks.map(|(_, t)| t.as_str()).collect();
        let fillers = value.chars().filter(|c| *c == self.filler).count();
        if written.is_empty() || fillers != written.len() {
            return value.clone();
        }
        // Each filler stands for one byte of the marks, in order.
        let mut bytes = written.bytes();
        let mut out = Vec::with_capacity(value.len());
        for byte in value.bytes() {
            let restored = if byte == self.filler as u8 { bytes.next() } else { None };
            out.push(restored.unwrap_or(byte));
        }
        String::from_utf8(out).map_or_else(|_| value.clone(), Cow::Owned)
    }
}

/// Whether a mark steers the template instead of standing for a value.
fn is_directive(mark: &str) -> bool {
    let inner = mark.trim_start_matches('{').trim_start_matches('-').trim_start();
    let word: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    inner.starts_with("/*")
        || (inner.starts_with('$') && inner.contains('='))
        || matches!(
            word.as_str(),
            "if" | "else" | "end" | "range" | "with" | "define" | "block" | "break" | "continue"
        )
}

/// The line of a byte, and whether nothing but marks and blanks stands on it.
#[derive(Default)]
struct Line {
    range: Range<usize>,
    alone: bool,
}

impl Line {
    fn of(text: &str, at: usize) -> Self {
        let start = text.get(..at).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let range = start..start + line.len();
        let mut rest = line.trim();
        while let Some(inner) = rest.strip_prefix("{{") {
            let Some(close) = inner.find("}}") else { break };
            rest = inner.get(close + 2..).unwrap_or_default().trim_start();
        }
        Self { range, alone: rest.is_empty() }
    }
}
