//! `$x`, `$_`, `$$$` and `$$$xs` in the text of a code pattern, and the texts that are tried in the parser
//! for them.
//!
//! A `$` is replaced by `_`, which keeps every offset, so that a placeholder is known by its place alone and no name in
//! the pattern can be mistaken for one. Where a bare name does not parse, other words stand around it (`___;` for
//! `$$$` as a statement of Java); the row of the language lists them.

use std::ops::Range;

/// A placeholder of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placeholder {
    /// Its bytes in the pattern.
    pub range: Range<usize>,
    /// `$$$`: any number of nodes.
    pub many: bool,
    /// Its name; none if it is not captured.
    pub name: Option<String>,
}

/// The placeholders of a pattern, in order.
pub(crate) fn scan(pattern: &str) -> Vec<Placeholder> {
    let bytes = pattern.as_bytes();
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let mut found = vec![];
    let mut i = 0;
    while i < bytes.len() {
        let inside_name = i > 0 && (is_name(at(i - 1)) || !at(i - 1).is_ascii());
        if at(i) != b'$' || inside_name {
            i += 1;
            continue;
        }
        let many = at(i + 1) == b'$' && at(i + 2) == b'$';
        let name_start = if many { i + 3 } else { i + 1 };
        let mut end = name_start;
        while is_name(at(end)) {
            end += 1;
        }
        let name = pattern.get(name_start..end).unwrap_or("");
        if (name.is_empty() && !many) || name.starts_with(|c: char| c.is_ascii_digit()) {
            // A dollar of the language: `${x}`, `$"…"`, `$(…)`.
            i += 1;
            continue;
        }
        let captured = !name.is_empty() && !name.starts_with('_');
        found.push(Placeholder { range: i..end, many, name: captured.then(|| name.to_owned()) });
        i = end;
    }
    found
}

/// One text to try: the pattern with what stands around it and around its placeholders.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// The text for the parser.
    pub text: String,
    /// The same, of the same length, with the dollars that were replaced.
    pub shown: String,
    /// Where the pattern is in it.
    pub range: Range<usize>,
    /// For each placeholder, where it is with what was put around it.
    pub outer: Vec<Range<usize>>,
    /// For each placeholder, where it is itself.
    pub inner: Vec<Range<usize>>,
}

impl Attempt {
    /// Builds the text: `around` has for each placeholder what stands before and behind it.
    pub fn new(
        pattern: &str,
        placeholders: &[Placeholder],
        context: (&str, &str),
        around: &[(&str, &str)],
    ) -> Self {
        let mut text = context.0.to_owned();
        let mut shown = context.0.to_owned();
        let start = text.len();
        let (mut outer, mut inner) = (vec![], vec![]);
        let mut done = 0;
        for (placeholder, (before, behind)) in placeholders.iter().zip(around) {
            let between = pattern.get(done..placeholder.range.start).unwrap_or("");
            let own = pattern.get(placeholder.range.clone()).unwrap_or("");
            let from = text.len() + between.len();
            text.extend([between, before, own.replace('$', "_").as_str(), behind]);
            shown.extend([between, before, own, behind]);
            outer.push(from..text.len());
            inner.push(from + before.len()..text.len() - behind.len());
            done = placeholder.range.end;
        }
        let rest = pattern.get(done..).unwrap_or("");
        text.push_str(rest);
        shown.push_str(rest);
        let range = start..text.len();
        text.push_str(context.1);
        shown.push_str(context.1);
        Self { text, shown, range, outer, inner }
    }

    /// The offset in the pattern of an offset in the text.
    pub fn in_pattern(&self, offset: usize, placeholders: &[Placeholder]) -> usize {
        let mut shift = self.range.start;
        for ((outer, inner), placeholder) in self.outer.iter().zip(&self.inner).zip(placeholders) {
            if offset >= outer.end {
                shift = inner.end + (outer.end - inner.end) - placeholder.range.end;
            } else if offset >= outer.start {
                return placeholder.range.start;
            }
        }
        offset.saturating_sub(shift)
    }
}

/// The search for what must stand around the placeholders: a choice of a form for each, from those that the row
/// lists. Errors of a parser come from left to right, so the choice whose first error is furthest is changed next, and only
/// to the right of what was changed in it already.
pub(crate) struct Search {
    /// Which placeholder may have which form.
    free: Vec<(usize, usize)>,
    /// What is still to try: how far its origin came, and the choice.
    open: Vec<(usize, Vec<usize>)>,
    tried: usize,
}

impl Search {
    /// A search over the forms of a language, the plainest choice first.
    pub fn new(pattern: &str, placeholders: &[Placeholder], forms: &[(&str, &str)]) -> Self {
        let free = placeholders
            .iter()
            .enumerate()
            .flat_map(|(i, p)| {
                let fit = move |(_, form): &(usize, &(&str, &str))| fits(pattern, p, form.0);
                forms.iter().enumerate().skip(1).filter(fit).map(move |(form, _)| (i, form))
            })
            .collect();
        Self { free, open: vec![(0, vec![0; placeholders.len()])], tried: 0 }
    }

    /// The next choice.
    pub fn next(&mut self) -> Option<Vec<usize>> {
        const MOST: usize = 80;
        self.tried += 1;
        let mut best: Option<(usize, usize)> = None;
        for (i, (reached, _)) in self.open.iter().enumerate() {
            if best.is_none_or(|(_, furthest)| *reached > furthest) {
                best = Some((i, *reached));
            }
        }
        let (best, _) = best.filter(|_| self.tried <= MOST)?;
        Some(self.open.remove(best).1)
    }

    /// Notes how far a choice came without being the right one.
    pub fn failed(&mut self, choice: &[usize], reached: usize) {
        let last = choice.iter().rposition(|f| *f != 0);
        for &(i, form) in self.free.iter().filter(|(i, _)| last.is_none_or(|l| *i > l)) {
            let mut changed = choice.to_vec();
            if let Some(slot) = changed.get_mut(i) {
                *slot = form;
            }
            self.open.push((reached, changed));
        }
    }
}

fn fits(pattern: &str, placeholder: &Placeholder, before_it: &str) -> bool {
    let white = [' ', '\t', '\r'];
    let before = pattern.get(..placeholder.range.start).unwrap_or("");
    let behind = pattern.get(placeholder.range.end..).unwrap_or("");
    let line_before = before.trim_end_matches(white);
    let line_behind = behind.trim_start_matches(white);
    if before_it == "\"" {
        return !placeholder.many
            && line_before.len() < before.len()
            && line_before.ends_with(|c: char| c.is_ascii_alphanumeric());
    }
    let opens = ['{', '}', ';', ')', '(', ',', ':', '>', '\n'];
    let closes = ['}', ')', ',', ';', '<', '\n', ']'];
    (line_before.is_empty() || line_before.ends_with(opens))
        && (line_behind.is_empty() || line_behind.starts_with(closes))
}
