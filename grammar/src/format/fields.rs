//! Lists in brackets, fields, attributes and statements.

use crate::lex::Token;
use crate::syntax::{Expr, ExprKind, Field, Output, Statement};

use super::conditions::{ATTEMPTS, Layout};
use super::printer::{Printer, WIDTH};

/// Names longer than this do not move the column of the others.
const ALIGNED: usize = 12;

/// A member of a list in brackets, on one line.
pub struct Member {
    pub text: String,
    pub start: u32,
    pub end: u32,
}

/// How a list in brackets is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// What stands between members on one line.
    pub between: &'static str,
    /// What ends a line after which more members follow.
    pub after: &'static str,
    /// Whether a list of several lines begins on the line of its bracket.
    pub hanging: bool,
}

/// Attributes of a model or a kind.
pub const ATTRIBUTES: Style = Style { between: "  ", after: "", hanging: false };
/// What an extractor gives.
pub const OUTPUTS: Style = Style { between: "   ", after: "", hanging: true };
/// Members of a set, symbols.
pub const LIST: Style = Style { between: ", ", after: ",", hanging: false };

impl Printer<'_> {
    /// Writes `{ … }`, on one line if it was on one and fits.
    pub fn members(&mut self, members: &[Member], from: u32, indent: usize, style: Style) {
        let Some((open, close)) = self.braces(from) else { return };
        if members.is_empty() && !self.comments_in(open.start as u32, close.start as u32) {
            self.write("{}");
            return;
        }
        let opened = self.opens_line(open, close);
        let comments = self.comments_in(open.start as u32, close.start as u32);
        let list: Vec<&str> = members.iter().map(|m| m.text.as_str()).collect();
        let flat = format!("{{ {} }}", list.join(style.between));
        if !opened && !comments && !flat.contains('\n') && self.fits(&flat) {
            self.write(&flat);
            return;
        }
        let mark = self.mark();
        let hanging = style.hanging && !opened && !comments;
        self.lines(members, (open, close), indent, style, (hanging, true));
        // Lines of the author that are too long are filled anew, unless each holds one member.
        let single = members.windows(2).all(|pair| match pair {
            [a, b] => self.breaks(a.end, b.start),
            _ => true,
        });
        if self.too_wide(mark) && !single {
            self.back(mark);
            self.lines(members, (open, close), indent, style, (hanging, false));
        }
    }

    /// Writes `{ … }` over several lines, those of the author or as many as are needed.
    fn lines(
        &mut self,
        members: &[Member],
        (open, close): (Token, Token),
        indent: usize,
        style: Style,
        (hanging, keep): (bool, bool),
    ) {
        self.write(if hanging { "{ " } else { "{" });
        if !hanging {
            self.end_line(open.end as u32, indent + 2);
        }
        let mut end = None;
        for member in members {
            match end {
                None if hanging => {}
                None => self.begin_line(member.start, indent + 2, true),
                Some(end) => {
                    let divided = if keep {
                        self.breaks(end, member.start)
                    } else {
                        !self.fits(&format!("{}{}{}", style.between, member.text, style.after))
                    };
                    if divided || self.comments_in(end, member.start) {
                        self.write(style.after);
                        self.end_line(end, indent + 2);
                        self.begin_line(member.start, indent + 2, keep);
                    } else {
                        self.write(style.between);
                    }
                }
            }
            self.write(&member.text);
            end = Some(member.end);
        }
        if hanging {
            self.write(" }");
        } else {
            if let Some(end) = end {
                self.end_line(end, indent + 2);
            }
            self.close(close, indent);
        }
    }

    /// Ends a list of several lines.
    pub fn close(&mut self, close: Token, indent: usize) {
        self.flush(close.start as u32, indent + 2, true);
        self.spaces(indent);
        self.write("}");
    }

    /// Whether the author broke the line after a bracket.
    pub fn opens_line(&self, open: Token, close: Token) -> bool {
        let tokens = &self.lexed.tokens;
        let next = tokens.partition_point(|t| t.start < open.end);
        tokens.get(next).is_some_and(|t| t.first && t.start < close.start)
    }

    /// Whether brackets and all between them stand on one line, which may be short enough.
    pub fn one_line(&self, open: Token, close: Token) -> bool {
        close.end - open.start <= 4 * WIDTH && !self.breaks(open.start as u32, close.start as u32)
    }

    pub fn outputs(&self, list: &[Output], indent: usize) -> Vec<Member> {
        list.iter()
            .map(|o| Member {
                text: format!("{}: {}", o.name.text, self.expr(&o.value, indent)),
                start: o.name.span.start,
                end: o.value.span.end,
            })
            .collect()
    }

    /// Writes ` { attributes }` if there are any.
    pub fn attributes(&mut self, list: &[Output], from: u32, indent: usize, style: Style) {
        if !list.is_empty() {
            self.write(" ");
            let members = self.outputs(list, indent + 2);
            self.members(&members, from, indent, style);
        }
    }

    /// Writes `{ field… }`.
    pub fn fields(&mut self, fields: &[Field], from: u32, indent: usize) {
        let Some((open, close)) = self.braces(from) else { return };
        if fields.is_empty() && !self.comments_in(open.start as u32, close.start as u32) {
            self.write("{}");
            return;
        }
        if self.one_line(open, close) {
            let mark = self.mark();
            self.write("{ ");
            for (i, field) in fields.iter().enumerate() {
                self.write(if i > 0 { "  " } else { "" });
                self.field(field, indent, 0, None, 0);
            }
            self.write(" }");
            if !self.too_wide(mark) && !self.broke(mark) {
                return;
            }
            self.back(mark);
        }
        let inner = indent + 2;
        let plain = fields.iter().filter(|f| f.block.is_none());
        let names = plain.map(|f| f.name.text.len()).filter(|l| *l <= ALIGNED);
        let column = inner + names.max().unwrap_or(0) + 2;
        let clause = self.clause_column(fields, column);
        self.write("{");
        self.end_line(open.end as u32, inner);
        for field in fields {
            self.begin_line(field.span.start, inner, true);
            let mark = self.mark();
            for force in ATTEMPTS {
                self.back(mark);
                // A block of its own stands in no column.
                let column = if field.block.is_some() { 1 } else { column };
                self.field(field, inner, column, clause, force);
                if !self.too_wide(mark) {
                    break;
                }
            }
            self.end_line(field.span.end, inner);
        }
        self.close(close, indent);
    }

    /// The column of the `if` of fields that all have a text and an `if`, as those of a policy.
    fn clause_column(&self, fields: &[Field], column: usize) -> Option<usize> {
        let mut widest = 0;
        for field in fields {
            let condition = field.condition.as_ref()?;
            let values = self.exprs(&field.values, 0);
            if field.values.len() != 1 || field.block.is_some() || values.contains('\n') {
                return None;
            }
            let width = self.flat(condition).chars().count();
            widest = widest.max(values.chars().count());
            if column + widest + width + 5 > WIDTH {
                return None;
            }
        }
        Some(column + widest + 2)
    }

    fn field(
        &mut self,
        field: &Field,
        indent: usize,
        column: usize,
        clause: Option<usize>,
        force: usize,
    ) {
        self.write(&field.name.text);
        let layout = |column| Layout { force, ..Layout::new(indent + 2, column) };
        let mut end = field.name.span.end;
        let alone = matches!(field.name.text.as_str(), "match" | "where");
        if let (true, Some(cond)) = (alone && field.values.is_empty(), &field.condition) {
            self.pad(column);
            self.cond(cond, layout(column));
            return;
        }
        if !field.values.is_empty() {
            self.pad(column);
            end = self.values(field, indent, column);
        }
        let mut clauses: Vec<(u32, bool)> = vec![];
        clauses.extend(field.condition.as_ref().map(|c| (c.span.start, true)));
        clauses.extend(field.because.as_ref().map(|b| (b.span.start, false)));
        clauses.sort_unstable();
        for (start, is_condition) in clauses {
            let divided = self.breaks(end, start) || self.comments_in(end, start) || force > 0;
            if divided && column > 0 {
                self.end_line(end, indent + 2);
                self.begin_line(start, indent + 2, false);
            } else if let (Some(column), true) = (clause, is_condition) {
                self.pad(column);
            } else {
                self.write(" ");
            }
            if let (true, Some(cond)) = (is_condition, &field.condition) {
                self.write("if ");
                let force = force.saturating_sub(1);
                self.cond(cond, Layout { force, ..Layout::new(indent + 4, 0) });
                end = cond.span.end;
            } else if let Some(because) = &field.because {
                self.write("because ");
                let text = self.literal(because.span, indent + 2);
                self.write(&text);
                end = because.span.end;
            }
        }
        if let Some(block) = &field.block {
            self.write(" ");
            self.fields(block, end, indent);
        }
    }

    /// Writes the values of a field, over several lines if they do not fit, and gives their end.
    fn values(&mut self, field: &Field, indent: usize, column: usize) -> u32 {
        let values = field.values.as_slice();
        // A text and its translation.
        let translated = field.name.text == "text" && values.len() == 2;
        let pairs = translated
            || values.len().is_multiple_of(2)
                && values.chunks(2).all(|pair| {
                    matches!(
                        pair,
                        [
                            Expr { kind: ExprKind::Name(_), .. },
                            Expr { kind: ExprKind::Text(_), .. }
                        ]
                    )
                });
        let mut end = 0;
        for (i, value) in values.iter().enumerate() {
            let text = self.expr(value, indent);
            if i > 0 && pairs && i % 2 == 1 {
                if translated && !self.fits(&format!(" {text}")) {
                    self.end_line(end, indent + 2);
                    self.begin_line(value.span.start, indent + 2, false);
                } else {
                    self.write(" ");
                }
            } else if i > 0 {
                self.write(",");
                let divided = column > 0
                    && (self.breaks(end, value.span.start)
                        || self.comments_in(end, value.span.start)
                        || !self.fits(&format!(" {text},")));
                if divided {
                    self.end_line(end, column);
                    self.begin_line(value.span.start, column, false);
                } else {
                    self.write(" ");
                }
            }
            self.write(&text);
            end = value.span.end;
        }
        end
    }

    /// Writes `{ statement… }`.
    pub fn statements(&mut self, list: &[Statement], from: u32, indent: usize) {
        let Some((open, close)) = self.braces(from) else { return };
        if list.is_empty() && !self.comments_in(open.start as u32, close.start as u32) {
            self.write("{}");
            return;
        }
        let inner = indent + 2;
        if indent > 0 && self.one_line(open, close) {
            let mark = self.mark();
            self.write("{ ");
            for (i, statement) in list.iter().enumerate() {
                self.write(if i > 0 { "  " } else { "" });
                self.statement(statement, inner, (0, 0));
            }
            self.write(" }");
            if !self.too_wide(mark) && !self.broke(mark) {
                return;
            }
            self.back(mark);
        }
        self.write("{");
        self.end_line(open.end as u32, inner);
        let columns = self.columns(list);
        for (statement, columns) in list.iter().zip(columns) {
            let (start, end) = place(statement);
            self.begin_line(start, inner, true);
            self.statement(statement, inner, columns);
            self.end_line(end, inner);
        }
        self.close(close, indent);
    }

    /// For each statement the width of its kind and of its name, alike within a paragraph.
    fn columns(&self, list: &[Statement]) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = vec![];
        let mut paragraph = vec![];
        let mut end = 0;
        for statement in list {
            let (from, to) = place(statement);
            let between = self.text.get(end as usize..from as usize).unwrap_or("");
            let lines = between.split('\n').count();
            let mut inner = between.split('\n').take(lines - 1).skip(1);
            if inner.any(|line| line.trim().is_empty()) {
                align(&mut out, &mut paragraph);
            }
            paragraph.push(self.widths(statement));
            end = to;
        }
        align(&mut out, &mut paragraph);
        out
    }

    fn widths(&self, statement: &Statement) -> (usize, usize) {
        let Statement::Entity { kind, name, inside, attributes, .. } = statement else {
            return (0, 0);
        };
        let short = |width: usize| if width > 2 * ALIGNED { 0 } else { width };
        let follows = inside.is_some() || !attributes.is_empty();
        let name = self.source(name.span).chars().count();
        (short(Self::path(kind).len()), if follows { short(name) } else { 0 })
    }

    pub fn statement(&mut self, statement: &Statement, indent: usize, columns: (usize, usize)) {
        let start = self.column();
        match statement {
            Statement::Entity { kind, name, inside, attributes, span: _ } => {
                self.write(&Self::path(kind));
                self.pad(start + columns.0 + 1);
                let name_at = self.column();
                let mut end = name.span.end;
                self.write(self.source(name.span));
                if inside.is_some() || !attributes.is_empty() {
                    let fill = (name_at + columns.1).saturating_sub(self.column());
                    self.spaces(fill);
                }
                if let Some(inside) = inside {
                    self.write(" in ");
                    self.write(self.source(inside.span));
                    end = inside.span.end;
                }
                self.attributes(attributes, end, indent, ATTRIBUTES);
            }
            Statement::Flow { from, to, label, attributes, span: _ } => {
                self.write(&format!("{} -> {}", self.source(from.span), self.source(to.span)));
                let mut end = to.span.end;
                if let Some(label) = label {
                    self.write(" as ");
                    self.write(self.source(label.span));
                    end = label.span.end;
                }
                self.attributes(attributes, end, indent, ATTRIBUTES);
            }
        }
    }
}

/// Gives all lines of a paragraph the widths of its widest.
fn align(out: &mut Vec<(usize, usize)>, paragraph: &mut Vec<(usize, usize)>) {
    let kind = paragraph.iter().map(|w| w.0).max().unwrap_or(0);
    let name = paragraph.iter().map(|w| w.1).max().unwrap_or(0);
    out.extend(paragraph.drain(..).map(|_| (kind, name)));
}

fn place(statement: &Statement) -> (u32, u32) {
    match statement {
        Statement::Entity { span, .. } | Statement::Flow { span, .. } => (span.start, span.end),
    }
}
