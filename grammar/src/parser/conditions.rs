//! Conditions.

use pest::iterators::Pair;

use super::{Cx, Rule, parts};
use crate::codes;
use crate::syntax::{
    Compare, Cond, CondKind, Expr, ExprKind, FlowEdge, FlowNode, FlowPath, Name, Path, Query,
};

impl Cx<'_> {
    pub(super) fn cond(&mut self, pair: Pair<'_, Rule>) -> Option<Cond> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::cond => return self.cond(parts(pair).next()?),
            Rule::any => {
                let mut list = self.conds(parts(pair))?;
                if list.len() == 1 {
                    return list.pop();
                }
                CondKind::Or(list)
            }
            Rule::all => {
                let mut list = self.conds(parts(pair))?;
                if list.len() == 1 {
                    return list.pop();
                }
                CondKind::And(list)
            }
            Rule::unary => return self.unary(pair),
            Rule::group => CondKind::Group(Box::new(self.cond(parts(pair).next()?)?)),
            Rule::exists => CondKind::Exists(Box::new(self.query(parts(pair).next()?)?)),
            Rule::none => CondKind::No(Box::new(self.query(parts(pair).next()?)?)),
            Rule::every => {
                let mut inner = parts(pair);
                let query = self.query(inner.next()?)?;
                CondKind::Every(Box::new(query), Box::new(self.cond(inner.next()?)?))
            }
            Rule::finding => {
                let name = self.name(&parts(pair).next()?);
                let word = redan_base::Span { start: span.start, end: span.start + 7 };
                let kind = Name { text: "finding".into(), span: word };
                CondKind::Member(name, Path { pack: None, name: kind, span: word })
            }
            Rule::of_kind => {
                let mut inner = parts(pair);
                CondKind::Member(self.name(&inner.next()?), self.path(inner.next()?)?)
            }
            Rule::bind => {
                let mut inner = parts(pair);
                CondKind::Bind(self.name(&inner.next()?), self.expr(inner.next()?)?)
            }
            Rule::flow => CondKind::Flow(self.flow(pair)?),
            Rule::simple => self.simple(pair)?,
            _ => return None,
        };
        Some(Cond { kind, span })
    }

    fn conds<'p>(&mut self, pairs: impl Iterator<Item = Pair<'p, Rule>>) -> Option<Vec<Cond>> {
        pairs.map(|p| self.cond(p)).collect()
    }

    fn unary(&mut self, pair: Pair<'_, Rule>) -> Option<Cond> {
        let end = self.span(&pair).end;
        let mut nots = vec![];
        let mut inner = None;
        for part in parts(pair) {
            if part.as_rule() == Rule::kw_not {
                nots.push(self.span(&part));
            } else {
                inner = Some(part);
            }
        }
        let mut cond = self.cond(inner?)?;
        for mut span in nots.into_iter().rev() {
            span.end = end;
            cond = Cond { kind: CondKind::Not(Box::new(cond)), span };
        }
        Some(cond)
    }

    pub(super) fn query(&mut self, pair: Pair<'_, Rule>) -> Option<Query> {
        let mut inner = parts(pair).filter(|p| p.as_rule() == Rule::cond);
        let over = self.cond(inner.next()?)?;
        let filter = match inner.next() {
            Some(filter) => Some(self.cond(filter)?),
            None => None,
        };
        Some(Query { over, filter })
    }

    fn flow(&mut self, pair: Pair<'_, Rule>) -> Option<FlowPath> {
        let mut inner = parts(pair);
        let start = self.flow_node(inner.next()?)?;
        let mut steps = vec![];
        while let (Some(edge), Some(node)) = (inner.next(), inner.next()) {
            let span = self.span(&edge);
            let edge = edge.into_inner().next()?;
            let many = edge.as_rule() == Rule::flow_many;
            let name = edge.into_inner().next().map(|p| self.name(&p));
            steps.push((FlowEdge { name, many, span }, self.flow_node(node)?));
        }
        Some(FlowPath { start, steps })
    }

    fn flow_node(&mut self, pair: Pair<'_, Rule>) -> Option<FlowNode> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let first = inner.next()?;
        let name = (first.as_rule() == Rule::name).then(|| self.name(&first));
        let kind = match inner.next() {
            Some(kind) => Some(self.path(kind)?),
            None => None,
        };
        Some(FlowNode { name, kind, span })
    }

    fn simple(&mut self, pair: Pair<'_, Rule>) -> Option<CondKind> {
        let mut inner = parts(pair);
        let left = self.expr(inner.next()?)?;
        let Some(tail) = inner.next() else { return self.truth(left) };
        let rule = tail.as_rule();
        let mut inner = parts(tail).filter(|p| p.as_rule() != Rule::kw_not);
        Some(match rule {
            Rule::is | Rule::is_not => CondKind::Is {
                subject: left,
                negated: rule == Rule::is_not,
                what: self.path(inner.next()?)?,
            },
            Rule::compare => {
                let sign = match inner.next()?.as_str() {
                    "==" => Compare::Eq,
                    "!=" => Compare::Ne,
                    "<" => Compare::Lt,
                    "<=" => Compare::Le,
                    ">" => Compare::Gt,
                    _ => Compare::Ge,
                };
                CondKind::Compare(sign, left, self.expr(inner.next()?)?)
            }
            Rule::within | Rule::not_in => CondKind::In {
                left,
                right: self.expr(inner.next()?)?,
                negated: rule == Rule::not_in,
            },
            Rule::matches => CondKind::Matches(left, self.expr(inner.next()?)?),
            Rule::like => CondKind::Like(left, self.expr(inner.next()?)?),
            Rule::same_file => CondKind::SameFile(left, self.expr(inner.next()?)?),
            Rule::verb => {
                let verb = inner.next()?;
                let verb = if verb.as_rule() == Rule::verb_has {
                    let name = self.name(&verb);
                    Path { pack: None, span: name.span, name }
                } else {
                    self.path(verb.into_inner().next()?)?
                };
                CondKind::Verb { left, verb, right: self.expr(inner.next()?)? }
            }
            _ => return None,
        })
    }

    /// An expression that is a condition by itself.
    fn truth(&mut self, expr: Expr) -> Option<CondKind> {
        match expr.kind {
            ExprKind::Call(path, arguments) => Some(CondKind::Call(path, arguments)),
            ExprKind::Access(..)
            | ExprKind::Tree(_)
            | ExprKind::Capture(_)
            | ExprKind::Captures(_)
            | ExprKind::Bool(_) => Some(CondKind::Truth(expr)),
            _ => {
                let text = self.text.get(expr.span.range()).unwrap_or("");
                let (message, help) = match expr.kind {
                    ExprKind::Name(_) => (
                        format!("`{text}` alone is not a condition"),
                        "say something of it: `x is …`, `x: kind`, `x.attribute`, `x -> y`",
                    ),
                    ExprKind::Sum { minus: true, .. } => (
                        "a difference alone is not a condition".to_owned(),
                        "a flow is written `a -> b`; values are compared: `a - b > 3`",
                    ),
                    _ => (
                        "a value alone is not a condition".to_owned(),
                        "compare it with another: `a == b`, `a in b`, `a matches /…/`",
                    ),
                };
                self.error(codes::NO_CONDITION, expr.span, message, help);
                None
            }
        }
    }
}
