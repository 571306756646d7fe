//! Conditions over several lines: the lines of the author are kept, and longer ones are divided.

use crate::syntax::{Cond, CondKind, Query};

use super::printer::{Printer, WIDTH};

/// How the lines of a condition after its first are laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Where `and` and `or` stand.
    pub indent: usize,
    /// Where what follows them stands; at the earliest behind a space.
    pub column: usize,
    /// How many levels are divided although they were not.
    pub force: usize,
}

impl Layout {
    pub fn new(indent: usize, column: usize) -> Self {
        Self { indent, column, force: 0 }
    }

    fn deeper(self) -> Self {
        Self { indent: self.indent + 2, column: 0, force: self.force }
    }
}

/// How much is divided, from what the author did to everything.
pub const ATTEMPTS: [usize; 3] = [0, 1, usize::MAX];

impl Printer<'_> {
    pub fn cond(&mut self, cond: &Cond, layout: Layout) {
        match &cond.kind {
            CondKind::And(list) => self.joined(list, "and", layout),
            CondKind::Or(list) => self.joined(list, "or", layout),
            CondKind::Not(inner) => {
                self.write("not ");
                self.cond(inner, layout);
            }
            CondKind::Group(inner) => {
                self.write("(");
                self.cond(inner, layout.deeper());
                self.write(")");
            }
            CondKind::Exists(query) => {
                self.write("exists ");
                self.over(query, layout);
            }
            CondKind::No(query) => {
                self.write("no ");
                self.over(query, layout);
            }
            CondKind::Every(query, then) => {
                self.write("every ");
                self.over(query, layout);
                self.write(" satisfies ");
                self.cond(then, layout.deeper());
            }
            _ => {
                let text = self.leaf(cond);
                self.write(&text);
            }
        }
    }

    fn over(&mut self, query: &Query, layout: Layout) {
        self.cond(&query.over, layout.deeper());
        if let Some(filter) = &query.filter {
            self.write(" where ");
            self.cond(filter, layout.deeper());
        }
    }

    fn joined(&mut self, list: &[Cond], word: &str, layout: Layout) {
        let inner = Layout { force: layout.force.saturating_sub(1), ..layout.deeper() };
        let mut end = None;
        for cond in list {
            if let Some(end) = end {
                let start = cond.span.start;
                let divided = self.breaks(end, start) || self.comments_in(end, start);
                if divided || layout.force > 0 {
                    self.end_line(end, layout.indent);
                    self.begin_line(start, layout.indent, false);
                    self.write(word);
                    self.pad(layout.column);
                } else {
                    self.write(" ");
                    self.write(word);
                    self.write(" ");
                }
            }
            self.cond(cond, inner);
            end = Some(cond.span.end);
        }
    }

    /// Whether the text up to here and `more` fit on a line.
    pub fn fits(&self, more: &str) -> bool {
        let first = more.split('\n').next().unwrap_or(more);
        self.column() + first.chars().count() <= WIDTH
    }
}
