//! Expressions, types and conditions on one line.

use redan_base::Span;

use crate::syntax::{
    Compare, Cond, CondKind, Expr, ExprKind, FlowNode, FlowPath, Name, Path, Query, TreePath,
    TreeStep, TypeExpr,
};
use crate::text::{code_value, dedent, info_word, quote, text_value};

use super::printer::Printer;

impl Printer<'_> {
    /// A literal as it was written; one of several lines is indented to where it now stands.
    pub fn literal(&self, span: Span, indent: usize) -> String {
        let source = self.source(span);
        if !source.contains('\n') {
            return source.to_owned();
        }
        let (fence, value): (&str, fn(&str) -> String) =
            if source.starts_with('"') { ("\"\"\"", text_value) } else { ("```", code_value) };
        let inner = source.strip_prefix(fence).and_then(|s| s.strip_suffix(fence)).unwrap_or("");
        let info = if fence == "```" { info_word(inner) } else { "" };
        let body = dedent(inner.get(info.len()..).unwrap_or(inner));
        let mut out = format!("{fence}{info}\n");
        for line in body.split('\n') {
            if !line.is_empty() {
                out.extend(std::iter::repeat_n(' ', indent + 2));
                out.push_str(line);
            }
            out.push('\n');
        }
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(fence);
        // A text that cannot be indented without changing it stays as it is.
        if value(&out) == value(source) { out } else { source.replace("\r\n", "\n") }
    }

    pub fn path(path: &Path) -> String {
        match &path.pack {
            Some(pack) => format!("{}.{}", pack.text, path.name.text),
            None => path.name.text.clone(),
        }
    }

    pub fn ty(ty: &TypeExpr) -> String {
        let name = Self::path(&ty.name);
        let name = if ty.set { format!("set<{name}>") } else { name };
        if ty.optional { name + "?" } else { name }
    }

    pub fn exprs(&self, list: &[Expr], indent: usize) -> String {
        let list: Vec<String> = list.iter().map(|e| self.expr(e, indent)).collect();
        list.join(", ")
    }

    pub fn expr(&self, expr: &Expr, indent: usize) -> String {
        match &expr.kind {
            ExprKind::Text(_) | ExprKind::Regex(_) | ExprKind::Code(_) => {
                self.literal(expr.span, indent)
            }
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Name(name) => name.clone(),
            ExprKind::Wild => self.source(expr.span).to_owned(),
            ExprKind::Capture(name) => format!("${name}"),
            ExprKind::Captures(name) => format!("$$${name}"),
            ExprKind::Access(of, name) => format!("{}.{}", self.expr(of, indent), name.text),
            ExprKind::Tree(path) => {
                let start = if path.from_root { "root" } else { "" };
                let steps = tree_steps(path);
                let joined = path.from_root && (steps.is_empty() || steps.starts_with('['));
                let dot = if joined { "" } else { "." };
                format!("{start}{dot}{steps}")
            }
            ExprKind::Call(path, arguments) => {
                format!("{}({})", Self::path(path), self.exprs(arguments, indent))
            }
            ExprKind::List(list) => format!("[{}]", self.exprs(list, indent)),
            ExprKind::Sum { left, right, minus } => {
                let sign = if *minus { '-' } else { '+' };
                let (left, text) = (self.expr(left, indent), self.expr(right, indent));
                if matches!(right.kind, ExprKind::Sum { .. }) {
                    format!("{left} {sign} ({text})")
                } else {
                    format!("{left} {sign} {text}")
                }
            }
            ExprKind::First(list) => {
                let list: Vec<String> = list.iter().map(|e| self.expr(e, indent)).collect();
                list.join(" | ")
            }
            ExprKind::Aggregate { function, value, over } => match value {
                None => format!("{} {{ {} }}", function.text, self.flat(over)),
                Some(value) => format!(
                    "{} {{ {} where {} }}",
                    function.text,
                    self.expr(value, indent),
                    self.flat(over)
                ),
            },
        }
    }

    /// The path after `at`.
    pub fn tree_at(path: &TreePath) -> String {
        let steps = tree_steps(path);
        if steps.is_empty() { ".".to_owned() } else { steps }
    }

    /// A condition on one line.
    pub fn flat(&self, cond: &Cond) -> String {
        let join = |list: &[Cond], word: &str| {
            let list: Vec<String> = list.iter().map(|c| self.flat(c)).collect();
            list.join(word)
        };
        match &cond.kind {
            CondKind::And(list) => join(list, " and "),
            CondKind::Or(list) => join(list, " or "),
            CondKind::Not(inner) => format!("not {}", self.flat(inner)),
            CondKind::Group(inner) => format!("({})", self.flat(inner)),
            CondKind::Exists(query) => format!("exists {}", self.query(query)),
            CondKind::No(query) => format!("no {}", self.query(query)),
            CondKind::Every(query, then) => {
                format!("every {} satisfies {}", self.query(query), self.flat(then))
            }
            _ => self.leaf(cond),
        }
    }

    fn query(&self, query: &Query) -> String {
        let over = self.flat(&query.over);
        match &query.filter {
            Some(filter) => format!("{over} where {}", self.flat(filter)),
            None => over,
        }
    }

    /// A condition without conditions in it.
    pub fn leaf(&self, cond: &Cond) -> String {
        let expr = |e: &Expr| self.expr(e, 0);
        match &cond.kind {
            CondKind::Member(name, kind) => {
                if kind.pack.is_none() && kind.name.text == "finding" {
                    format!("finding {}", name.text)
                } else {
                    format!("{}: {}", name.text, Self::path(kind))
                }
            }
            CondKind::Is { subject, negated, what } => {
                let not = if *negated { "not " } else { "" };
                format!("{} is {not}{}", expr(subject), Self::path(what))
            }
            CondKind::Compare(sign, left, right) => {
                let sign = match sign {
                    Compare::Eq => "==",
                    Compare::Ne => "!=",
                    Compare::Lt => "<",
                    Compare::Le => "<=",
                    Compare::Gt => ">",
                    Compare::Ge => ">=",
                };
                format!("{} {sign} {}", expr(left), expr(right))
            }
            CondKind::In { left, right, negated } => {
                let not = if *negated { "not " } else { "" };
                format!("{} {not}in {}", expr(left), expr(right))
            }
            CondKind::Matches(left, right) => format!("{} matches {}", expr(left), expr(right)),
            CondKind::Like(left, right) => format!("{} like {}", expr(left), expr(right)),
            CondKind::SameFile(left, right) => format!("{} same file {}", expr(left), expr(right)),
            CondKind::Verb { left, verb, right } => {
                format!("{} {} {}", expr(left), Self::path(verb), expr(right))
            }
            CondKind::Call(path, list) => format!("{}({})", Self::path(path), self.exprs(list, 0)),
            CondKind::Flow(flow) => self.flow(flow),
            CondKind::Bind(name, value) => format!("{} = {}", name.text, expr(value)),
            CondKind::Truth(value) => expr(value),
            _ => self.flat(cond),
        }
    }

    fn flow(&self, flow: &FlowPath) -> String {
        let mut out = self.node(&flow.start);
        for (edge, node) in &flow.steps {
            match (&edge.name, edge.many) {
                (_, true) => out.push_str(" ->+ "),
                (Some(name), _) => out.push_str(&format!(" -[{}]-> ", name.text)),
                (None, _) => out.push_str(" -> "),
            }
            out.push_str(&self.node(node));
        }
        out
    }

    fn node(&self, node: &FlowNode) -> String {
        let name = match &node.name {
            Some(name) => name.text.clone(),
            // `_` or `_name`
            None => {
                let source = self.source(node.span);
                let end = source.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
                source.get(..end.unwrap_or(source.len())).unwrap_or("_").to_owned()
            }
        };
        match &node.kind {
            Some(kind) => format!("{name}: {}", Self::path(kind)),
            None => name,
        }
    }
}

fn tree_steps(path: &TreePath) -> String {
    let mut out = String::new();
    for step in &path.steps {
        let step = match step {
            TreeStep::Key(name) => key(name),
            TreeStep::Bind(name) => format!("${}", name.text),
            TreeStep::AnyKey => "*".to_owned(),
            TreeStep::Any => "[*]".to_owned(),
            TreeStep::Index(index) => format!("[{index}]"),
            TreeStep::Deep => "**".to_owned(),
        };
        if !out.is_empty() && !step.starts_with('[') {
            out.push('.');
        }
        out.push_str(&step);
    }
    out
}

/// A key, in quotes if it needs them.
fn key(name: &Name) -> String {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = name.text.as_bytes();
    let plain = bytes.iter().enumerate().all(|(i, b)| {
        letter(*b)
            || *b == b'@'
            || *b == b'-' && i > 0 && bytes.get(i + 1).is_some_and(|b| letter(*b))
    });
    if plain && !bytes.is_empty() { name.text.clone() } else { quote(&name.text) }
}
