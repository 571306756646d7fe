//! Writes lines, and puts every comment where it was: on a line of its own before what it stood
//! before, or at the end of the line of what it stood behind.

use redan_base::Span;

use crate::lex::{Lexed, Token};
use crate::syntax::Comment;

/// Lines are made shorter than this where they can be.
pub const WIDTH: usize = 100;

/// What was written up to some moment, to come back to.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    out: usize,
    next: usize,
    written: usize,
}

/// The text so far, and the comments still to come.
pub struct Printer<'a> {
    /// The text that is formatted.
    pub text: &'a str,
    pub lexed: &'a Lexed,
    pub out: String,
    /// The next comment to write.
    next: usize,
    /// The ranges of `out` that are comments, which may be as long as they like.
    written: Vec<(usize, usize)>,
    /// The bracket that closes the bracket of the same token, and the other way round.
    partner: Vec<usize>,
}

impl<'a> Printer<'a> {
    pub fn new(text: &'a str, lexed: &'a Lexed) -> Self {
        let mut partner = vec![0; lexed.tokens.len()];
        let mut open = vec![];
        for (i, token) in lexed.tokens.iter().enumerate() {
            match token.kind {
                crate::lex::TokenKind::Open => open.push(i),
                crate::lex::TokenKind::Close => {
                    if let Some(o) = open.pop() {
                        if let Some(p) = partner.get_mut(o) {
                            *p = i;
                        }
                        if let Some(p) = partner.get_mut(i) {
                            *p = o;
                        }
                    }
                }
                _ => {}
            }
        }
        Self { text, lexed, out: String::new(), next: 0, written: vec![], partner }
    }

    pub fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub fn spaces(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }

    /// How much stands on the last line.
    pub fn column(&self) -> usize {
        self.out.rsplit('\n').next().unwrap_or("").chars().count()
    }

    /// Fills the line up to a column, with at least one space.
    pub fn pad(&mut self, column: usize) {
        let fill = column.saturating_sub(self.column()).max(1);
        self.spaces(fill);
    }

    pub fn source(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    pub fn mark(&self) -> Mark {
        Mark { out: self.out.len(), next: self.next, written: self.written.len() }
    }

    pub fn back(&mut self, mark: Mark) {
        self.out.truncate(mark.out);
        self.next = mark.next;
        self.written.truncate(mark.written);
    }

    /// Whether a line written since the mark, comments aside, is too long.
    pub fn too_wide(&self, mark: Mark) -> bool {
        let begin = self.out.get(..mark.out).and_then(|s| s.rfind('\n')).map_or(0, |i| i + 1);
        let mut at = begin;
        let mut written = self.written.get(mark.written..).unwrap_or(&[]).iter().peekable();
        for line in self.out.get(begin..).unwrap_or("").split('\n') {
            let end = at + line.len();
            // A line has at most one comment, at its end.
            let cut = written.next_if(|(from, _)| *from <= end).map_or(end, |(from, _)| *from);
            let shown = self.out.get(at..cut).unwrap_or("");
            if shown.trim_end().chars().count() > WIDTH {
                return true;
            }
            at = end + 1;
        }
        false
    }

    /// Whether more than one line was written since the mark.
    pub fn broke(&self, mark: Mark) -> bool {
        self.out.get(mark.out..).is_some_and(|s| s.contains('\n'))
    }

    /// Whether a comment that is still to come stands within `from..to`.
    pub fn comments_in(&self, from: u32, to: u32) -> bool {
        let comments = self.comments();
        let first = comments.partition_point(|c| c.span.start < from);
        comments.get(first).is_some_and(|c| c.span.start < to)
    }

    fn comments(&self) -> &'a [Comment] {
        self.lexed.comments.get(self.next..).unwrap_or(&[])
    }

    /// Whether a line break stands between two places.
    pub fn breaks(&self, from: u32, to: u32) -> bool {
        self.text.get(from as usize..to as usize).is_some_and(|s| s.contains('\n'))
    }

    /// The next `{` at or after a place, and its `}`.
    pub fn braces(&self, from: u32) -> Option<(Token, Token)> {
        let tokens = &self.lexed.tokens;
        let first = tokens.partition_point(|t| t.start < from as usize);
        let rest = tokens.get(first..)?;
        let open = first + rest.iter().position(|t| self.text.get(t.start..t.end) == Some("{"))?;
        Some((*tokens.get(open)?, *tokens.get(*self.partner.get(open)?)?))
    }

    /// Ends a line after what ended at `end` in the text.
    pub fn end_line(&mut self, end: u32, indent: usize) {
        let mut held = vec![];
        let mut behind = false;
        while let Some(comment) = self.comments().first() {
            let inside = comment.span.start < end;
            let same_line = !comment.own_line && !self.breaks(end, comment.span.start);
            if !inside && !same_line {
                break;
            }
            self.next += 1;
            if !comment.own_line && !behind {
                behind = true;
                self.trim();
                self.write("  ");
                self.comment(comment, true);
            } else {
                held.push(comment);
            }
        }
        self.trim();
        self.write("\n");
        for comment in held {
            self.spaces(indent);
            self.comment(comment, false);
            self.write("\n");
        }
    }

    /// Begins a line for what begins at `start` in the text; `blank` keeps an empty line before it.
    pub fn begin_line(&mut self, start: u32, indent: usize, blank: bool) {
        self.flush(start, indent, blank);
        if blank {
            self.keep_blank(start);
        }
        self.spaces(indent);
    }

    /// Writes the comments that stand before `start` in the text, each on its line.
    pub fn flush(&mut self, start: u32, indent: usize, blank: bool) {
        while let Some(comment) = self.comments().first() {
            if comment.span.start >= start {
                break;
            }
            self.next += 1;
            if blank {
                self.keep_blank(comment.span.start);
            }
            self.spaces(indent);
            // Only a comment that stood alone may document what follows.
            self.comment(comment, comment.own_line);
            self.write("\n");
        }
    }

    fn keep_blank(&mut self, at: u32) {
        let before = self.text.get(..at as usize).unwrap_or("");
        let space = before.len() - before.trim_end_matches([' ', '\t', '\r', '\n', ',']).len();
        let lines = before.get(before.len() - space..).unwrap_or("").matches('\n').count();
        let opened = self.out.ends_with("{\n") || self.out.is_empty() || self.out.ends_with("\n\n");
        if lines > 1 && !opened {
            self.write("\n");
        }
    }

    /// Writes a comment; one that is moved no longer documents what follows it.
    fn comment(&mut self, comment: &Comment, in_place: bool) {
        let from = self.out.len();
        self.out.push_str(if comment.doc && in_place { "///" } else { "//" });
        let text = comment.text.trim_end();
        if !text.is_empty() {
            // `//!` and `// ---` differ; what follows the slashes stays as it is.
            let source = self.source(comment.span);
            let rest = source.get(if comment.doc { 3 } else { 2 }..).unwrap_or("");
            if rest.starts_with([' ', '/', '!', '-', '=', '#']) {
                self.out.push_str(rest.trim_end());
            } else {
                self.out.push(' ');
                self.out.push_str(rest.trim_end());
            }
        }
        self.written.push((from, self.out.len()));
    }

    /// Removes spaces at the end of the last line.
    pub fn trim(&mut self) {
        let length = self.out.trim_end_matches(' ').len();
        self.out.truncate(length);
    }

    /// Writes what is left at the end of a file.
    pub fn finish(mut self) -> String {
        self.flush(u32::MAX, 0, true);
        let length = self.out.trim_end().len();
        self.out.truncate(length);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}
