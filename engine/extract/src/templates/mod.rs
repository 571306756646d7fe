//! Templates in structured files: `{{ … }}`, `{% … %}` and `{# … #}` are blanked by as many bytes before the file is
//! parsed, so that places stay right; in values the mark is put back as text.

use std::borrow::Cow;
use std::ops::Range;

/// A text whose template marks were blanked.
#[derive(Debug)]
pub(crate) struct Blanked {
    /// The text, as long as the original.
    pub text: String,
    /// The byte that stands for a mark in a value.
    filler: char,
    /// The marks that stand in values, with their texts.
    marks: Vec<(Range<usize>, String)>,
}

/// Blanks the marks of a text; none if it has no marks.
pub(crate) fn blank(text: &str) -> Option<Blanked> {
    if !text.contains("{{") && !text.contains("{%") {
        return None;
    }
    let filler = ('A'..='Z').rev().chain('a'..='z').find(|c| !text.contains(*c)).unwrap_or('_');
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
    found.then(|| Blanked { text: String::from_utf8(out).unwrap_or_default(), filler, marks })
}

impl Blanked {
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
