//! Expressions and paths in structured files.

use pest::iterators::Pair;
use redan_base::Span;

use super::{Cx, Rule, parts};
use crate::codes;
use crate::syntax::{Cond, CondKind, Expr, ExprKind, Name, Path, Query, TreePath, TreeStep};
use crate::text::{code_value, regex_value, text_value};

/// How many parts a sum or a path may have: the tree nests them.
const MAX_PARTS: usize = 64;

impl Cx<'_> {
    pub(super) fn expr(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::expr => {
                let mut list = self.exprs(parts(pair))?;
                if list.len() == 1 {
                    return list.pop();
                }
                Some(Expr { kind: ExprKind::First(list), span })
            }
            Rule::sum => self.sum(pair),
            Rule::sum_paren => self.expr(parts(pair).next()?),
            _ => self.term(pair),
        }
    }

    fn exprs<'p>(&mut self, pairs: impl Iterator<Item = Pair<'p, Rule>>) -> Option<Vec<Expr>> {
        pairs.map(|p| self.expr(p)).collect()
    }

    fn sum(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let mut inner = parts(pair);
        let mut left = self.expr(inner.next()?)?;
        let mut length = 1;
        while let (Some(sign), Some(right)) = (inner.next(), inner.next()) {
            length += 1;
            if length > MAX_PARTS {
                self.too_deep(self.span(&sign));
                return None;
            }
            let right = self.expr(right)?;
            let span = left.span.to(right.span);
            let minus = sign.as_str() == "-";
            let kind = ExprKind::Sum { left: Box::new(left), right: Box::new(right), minus };
            left = Expr { kind, span };
        }
        Some(left)
    }

    fn too_deep(&mut self, span: Span) {
        let message = format!("this has more than {MAX_PARTS} parts");
        self.error(codes::NESTING, span, message, "bind a part to a variable: `x = …`");
    }

    fn term(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        let str = pair.as_str();
        let kind = match pair.as_rule() {
            Rule::string => ExprKind::Text(text_value(str)),
            Rule::regex => ExprKind::Regex(regex_value(str)),
            Rule::code => ExprKind::Code(code_value(str)),
            Rule::int => match str.parse() {
                Ok(value) => ExprKind::Int(value),
                Err(_) => {
                    let help = "whole numbers have at most 18 digits; longer ones may be texts";
                    self.error(codes::NUMBER, span, "this number is too large", help);
                    return None;
                }
            },
            Rule::boolean => ExprKind::Bool(str == "true"),
            Rule::wild => ExprKind::Wild,
            Rule::capture => ExprKind::Capture(str.trim_start_matches('$').to_owned()),
            Rule::captures => ExprKind::Captures(str.trim_start_matches('$').to_owned()),
            Rule::list => ExprKind::List(self.exprs(parts(pair))?),
            Rule::count => {
                let over = self.query(parts(pair).next()?)?;
                let function = Name { text: "count".into(), span: word_at(span, 5) };
                let over = Box::new(joined(over));
                ExprKind::Aggregate { function, value: None, over }
            }
            Rule::fold => {
                let mut inner = parts(pair);
                let function = self.name(&inner.next()?);
                let value = self.expr(inner.next()?)?;
                let over = inner.find(|p| p.as_rule() == Rule::cond)?;
                let over = Box::new(self.cond(over)?);
                ExprKind::Aggregate { function, value: Some(Box::new(value)), over }
            }
            Rule::name => ExprKind::Name(str.to_owned()),
            Rule::reference => return self.reference(pair),
            Rule::tree_root => return self.tree_root(pair),
            Rule::tree_node | Rule::tree_at => ExprKind::Tree(self.tree(pair, false)?),
            _ => return None,
        };
        Some(Expr { kind, span })
    }

    fn reference(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let mut before: Vec<Name> = vec![];
        let mut inner = pair.into_inner();
        let mut arguments = None;
        for part in inner.by_ref() {
            if part.as_rule() == Rule::arguments {
                let span = self.span(&part);
                arguments = Some((self.exprs(parts(part))?, span));
                break;
            }
            before.push(self.name(&part));
        }
        let mut names = before.into_iter();
        let first = names.next()?;
        let mut result = match arguments {
            None => Expr { span: first.span, kind: ExprKind::Name(first.text) },
            Some((arguments, span)) => {
                let path = match (names.next(), names.next()) {
                    (None, _) => Path { pack: None, span: first.span, name: first },
                    (Some(name), None) => {
                        Path { span: first.span.to(name.span), pack: Some(first), name }
                    }
                    (Some(_), Some(extra)) => {
                        let help = "a function or relation has at most its pack before it: \
                                    `pack.name(…)`";
                        self.error(codes::SYNTAX, extra.span, "this cannot be called", help);
                        return None;
                    }
                };
                Expr { span: path.span.to(span), kind: ExprKind::Call(path, arguments) }
            }
        };
        let after: Vec<Name> = inner.map(|p| self.name(&p)).collect();
        for (length, name) in names.chain(after).enumerate() {
            if length >= MAX_PARTS {
                self.too_deep(name.span);
                return None;
            }
            let span = result.span.to(name.span);
            result = Expr { kind: ExprKind::Access(Box::new(result), name), span };
        }
        Some(result)
    }

    /// `root.a.b` is a path in the document of an extractor; elsewhere `root` is a name as any other.
    fn tree_root(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        let path = self.tree(pair, true)?;
        if self.in_extract {
            return Some(Expr { kind: ExprKind::Tree(path), span });
        }
        let start = word_at(span, 4);
        let mut result = Expr { kind: ExprKind::Name("root".into()), span: start };
        for step in path.steps {
            match step {
                TreeStep::Key(name) => {
                    let span = start.to(name.span);
                    result = Expr { kind: ExprKind::Access(Box::new(result), name), span };
                }
                _ => {
                    let help = "outside of `extract` a path consists of attributes: `x.in.trust`";
                    self.error(codes::SYNTAX, span, "a path in a file has no meaning here", help);
                    return None;
                }
            }
        }
        Some(result)
    }

    pub(super) fn tree(&mut self, pair: Pair<'_, Rule>, from_root: bool) -> Option<TreePath> {
        let span = self.span(&pair);
        let mut steps = vec![];
        for part in pair.into_inner() {
            let str = part.as_str();
            steps.push(match part.as_rule() {
                Rule::tree_deep => TreeStep::Deep,
                Rule::tree_any => TreeStep::AnyKey,
                Rule::tree_bind => {
                    let text = str.trim_start_matches('$').to_owned();
                    TreeStep::Bind(Name { text, span: self.span(&part) })
                }
                Rule::string => {
                    TreeStep::Key(Name { text: text_value(str), span: self.span(&part) })
                }
                Rule::tree_key => TreeStep::Key(self.name(&part)),
                Rule::tree_index => match str.trim_matches(['[', ']']) {
                    "*" => TreeStep::Any,
                    digits => match digits.parse() {
                        Ok(index) => TreeStep::Index(index),
                        Err(_) => {
                            let help = "elements are counted from 0";
                            let span = self.span(&part);
                            self.error(codes::NUMBER, span, "this number is too large", help);
                            return None;
                        }
                    },
                },
                _ => continue,
            });
            if steps.len() > 4 * MAX_PARTS {
                self.too_deep(self.span(&part));
                return None;
            }
        }
        Some(TreePath { from_root, steps, span })
    }
}

/// The first `length` bytes of a span.
fn word_at(span: Span, length: u32) -> Span {
    Span { start: span.start, end: span.start + length }
}

/// `a where b` of a `count` or of a question, which is `a and b`.
pub(super) fn joined(query: Query) -> Cond {
    let Some(filter) = query.filter else { return query.over };
    let span = query.over.span.to(filter.span);
    let group = |cond: Cond| match cond.kind {
        CondKind::Or(_) => Cond { span: cond.span, kind: CondKind::Group(Box::new(cond)) },
        _ => cond,
    };
    let mut all = vec![];
    for cond in [group(query.over), group(filter)] {
        match cond.kind {
            CondKind::And(list) => all.extend(list),
            _ => all.push(cond),
        }
    }
    Cond { kind: CondKind::And(all), span }
}
