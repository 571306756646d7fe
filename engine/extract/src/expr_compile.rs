//! From the syntax of an extractor's expressions and conditions to [`crate::expr`], with every error that can be
//! seen without a file.

use globset::GlobBuilder;
use redan_base::{Diagnostic, SourceId, Span};
use redan_facts::{Value, Values};
use redan_grammar::syntax::{self, Cond, CondKind, Expr, ExprKind, TreeStep};
use redan_program::functions::{FUNCTIONS, function, glob_error, regex_error};
use redan_program::schema::Schema;
use rustc_hash::FxHashSet;

use crate::expr::{Condition, Members, Operand, Tail, What};
use crate::lazy_regex::LazyRegex;
use crate::matching::Scalar;
use crate::tree_path::Path;

/// What the expressions of one case may refer to; errors are collected in it.
pub(crate) struct Compiler<'p> {
    /// The declarations.
    pub schema: &'p Schema,
    /// The constants of the program.
    pub values: &'p Values,
    /// The pack of the extractor.
    pub pack: usize,
    /// The pack file.
    pub source: SourceId,
    /// Whether it is known to be without mistakes, see [`redan_base::Source::checked`].
    pub checked: bool,
    /// What the matcher binds.
    pub captures: &'p [String],
    /// Whether there is a tree for paths.
    pub tree: bool,
    /// The sets that are read.
    pub sets: Vec<usize>,
    /// What is wrong.
    pub errors: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn error(&mut self, code: u16, span: Span, message: String, help: String) {
        let diagnostic = Diagnostic::error(code, message).at(self.source, span, "");
        self.errors.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// An expression; none after an error.
    pub(crate) fn operand(&mut self, expr: &Expr) -> Option<Operand> {
        Some(match &expr.kind {
            ExprKind::Text(t) | ExprKind::Code(t) => Operand::Constant(Scalar::Text(t.clone())),
            // There are no variables here: a bare word is a text.
            ExprKind::Name(t) => Operand::Constant(Scalar::Text(t.clone())),
            ExprKind::Int(n) => Operand::Constant(Scalar::Int(*n)),
            ExprKind::Bool(b) => Operand::Constant(Scalar::Bool(*b)),
            ExprKind::Capture(name) | ExprKind::Captures(name) => {
                let name = name.trim_start_matches('$');
                self.check_capture(name, expr.span)?;
                Operand::Capture(name.into())
            }
            ExprKind::Tree(path) => self.tree_path(path)?,
            ExprKind::Call(path, arguments) => self.call(path, arguments, expr.span)?,
            ExprKind::List(list) => Operand::List(self.all(list)?),
            ExprKind::First(list) => Operand::First(self.all(list)?),
            ExprKind::Sum { left, right, minus } => {
                let (left, right) = (self.operand(left), self.operand(right));
                Operand::Sum(Box::new(left?), Box::new(right?), *minus)
            }
            ExprKind::Regex(_) => {
                self.error(
                    411,
                    expr.span,
                    "a regular expression is no value".to_owned(),
                    "compare with `x matches /…/`, or give it to a function such as `capture(x, /…/)`"
                        .to_owned(),
                );
                return None;
            }
            ExprKind::Access(..) => {
                self.error(
                    411,
                    expr.span,
                    "an extractor has no variables whose attributes it could read".to_owned(),
                    "write `$name` for a capture, `.name` for a key of the matched node".to_owned(),
                );
                return None;
            }
            ExprKind::Wild | ExprKind::Aggregate { .. } => {
                self.error(
                    411,
                    expr.span,
                    "this is not an expression of an extractor".to_owned(),
                    "an extractor sees one match at a time; put it into a rule over the extracted facts"
                        .to_owned(),
                );
                return None;
            }
        })
    }

    fn all(&mut self, list: &[Expr]) -> Option<Vec<Operand>> {
        // All errors, not only the first one.
        let done: Vec<Option<Operand>> = list.iter().map(|e| self.operand(e)).collect();
        done.into_iter().collect()
    }

    fn check_capture(&mut self, name: &str, span: Span) -> Option<()> {
        if self.captures.iter().any(|c| c == name) {
            return Some(());
        }
        let likely = likely(name, self.captures.iter().map(String::as_str));
        let help = match (likely, self.captures) {
            (Some(word), _) => format!("did you mean `${word}`?"),
            (None, []) => "the matcher binds nothing".to_owned(),
            (None, all) => {
                let all: Vec<String> = all.iter().map(|c| format!("`${c}`")).collect();
                format!("it binds {}", all.join(", "))
            }
        };
        self.error(406, span, format!("the matcher does not bind `${name}`"), help);
        None
    }

    fn tree_path(&mut self, path: &syntax::TreePath) -> Option<Operand> {
        if !self.tree {
            self.error(
                407,
                path.span,
                "there is no tree that this path could lead through".to_owned(),
                "paths such as `.name` need `at PATH`, `node` or `edge`; use `$name` for what a pattern binds"
                    .to_owned(),
            );
            return None;
        }
        for step in &path.steps {
            if let TreeStep::Bind(name) = step {
                self.error(
                    407,
                    name.span,
                    format!("`{}` cannot be bound in an expression", name.text),
                    "bind it in the path after `at`, or write `*` for any key".to_owned(),
                );
                return None;
            }
        }
        let path = Path::new(path);
        let tail = path.split_last().and_then(|(parent, last)| match last {
            "keys" => Some((parent, Tail::Keys)),
            "entries" => Some((parent, Tail::Entries)),
            _ => None,
        });
        Some(Operand::Tree(path, tail))
    }

    fn call(&mut self, path: &syntax::Path, arguments: &[Expr], span: Span) -> Option<Operand> {
        let name = &path.name.text;
        let found = function(name).filter(|f| path.pack.is_none() && !f.name.starts_with('@'));
        let Some(found) = found else {
            let names = FUNCTIONS.iter().map(|f| f.name).filter(|n| !n.starts_with('@'));
            let help = likely(name, names).map(|w| format!("did you mean `{w}`?"));
            self.error(
                408,
                path.span,
                format!("there is no function `{name}`"),
                help.unwrap_or_default(),
            );
            return None;
        };
        let mut pattern = None;
        let mut operands = vec![];
        let mut complete = true;
        for (index, argument) in arguments.iter().enumerate() {
            match &argument.kind {
                ExprKind::Regex(text) if found.pattern && index + 1 == arguments.len() => {
                    if !self.checked
                        && let Some(message) = regex_error(text)
                    {
                        self.bad_regex(argument.span, &message);
                        complete = false;
                    }
                    pattern = Some(text.as_str().into());
                }
                _ => match self.operand(argument) {
                    Some(operand) => operands.push(operand),
                    None => complete = false,
                },
            }
        }
        if !complete {
            return None;
        }
        if operands.len() != found.parameters.len() || found.pattern != pattern.is_some() {
            let wanted = found.parameters.len() + usize::from(found.pattern);
            let message = format!("`{name}` takes {}", plural(wanted, "argument"));
            self.error(409, span, message, found.docs.to_owned());
            return None;
        }
        Some(Operand::Call { function: found, pattern, arguments: operands })
    }

    /// A condition; none after an error.
    pub(crate) fn condition(&mut self, cond: &Cond) -> Option<Condition> {
        Some(match &cond.kind {
            CondKind::And(list) => Condition::And(self.conditions(list)?),
            CondKind::Or(list) => Condition::Or(self.conditions(list)?),
            CondKind::Not(inner) => Condition::Not(Box::new(self.condition(inner)?)),
            CondKind::Group(inner) => self.condition(inner)?,
            CondKind::Compare(op, left, right) => {
                let (left, right) = (self.operand(left), self.operand(right));
                Condition::Compare(*op, left?, right?)
            }
            CondKind::In { left, right, negated } => {
                let left = self.operand(left);
                let members = self.members(right);
                Condition::In(left?, members?, *negated)
            }
            CondKind::Is { subject, negated, what } => {
                let subject = self.operand(subject);
                let name = path_text(what);
                let word = What::WORDS.iter().find(|(w, _)| *w == name);
                let test = match word {
                    Some((_, word)) => Condition::Is(subject?, *word),
                    None => Condition::In(subject?, self.set(&name, what.span, true)?, false),
                };
                if *negated { Condition::Not(Box::new(test)) } else { test }
            }
            CondKind::Matches(subject, pattern) => {
                let subject = self.operand(subject);
                let regex = match &pattern.kind {
                    ExprKind::Regex(text) | ExprKind::Text(text) => self.regex(text, pattern.span),
                    _ => {
                        let message = "`matches` needs a regular expression".to_owned();
                        self.error(412, pattern.span, message, "write it as `/…/`".to_owned());
                        None
                    }
                };
                Condition::Matches(subject?, regex?)
            }
            CondKind::Like(subject, pattern) => {
                let subject = self.operand(subject);
                let ExprKind::Text(text) = &pattern.kind else {
                    let message = "`like` needs a text with `*` and `?`".to_owned();
                    self.error(412, pattern.span, message, String::new());
                    return None;
                };
                if let Some(message) = glob_error(text) {
                    self.error(
                        402,
                        pattern.span,
                        format!("this is not a glob: {message}"),
                        String::new(),
                    );
                    return None;
                }
                let glob = GlobBuilder::new(text).literal_separator(false).build().ok()?;
                Condition::Like(subject?, glob.compile_matcher())
            }
            CondKind::Verb { left, verb, right } if path_text(verb) == "has" => {
                let (left, right) = (self.operand(left), self.operand(right));
                Condition::Compare(syntax::Compare::Eq, left?, right?)
            }
            CondKind::Call(path, arguments) => {
                Condition::Truth(self.call(path, arguments, cond.span)?)
            }
            CondKind::Truth(expr) => Condition::Truth(self.operand(expr)?),
            CondKind::Member(..)
            | CondKind::Verb { .. }
            | CondKind::SameFile(..)
            | CondKind::Flow(_)
            | CondKind::Bind(..)
            | CondKind::Exists(_)
            | CondKind::No(_)
            | CondKind::Every(..) => {
                self.error(
                    412,
                    cond.span,
                    "an extractor cannot ask for other facts".to_owned(),
                    "it sees one match at a time; put this condition into a rule over the extracted facts"
                        .to_owned(),
                );
                return None;
            }
        })
    }

    fn conditions(&mut self, list: &[Cond]) -> Option<Vec<Condition>> {
        let done: Vec<Option<Condition>> = list.iter().map(|c| self.condition(c)).collect();
        done.into_iter().collect()
    }

    /// A regular expression of a condition.
    fn regex(&mut self, text: &str, span: Span) -> Option<LazyRegex> {
        match LazyRegex::new(text, false, self.checked) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.bad_regex(span, &error);
                None
            }
        }
    }

    fn bad_regex(&mut self, span: Span, message: &str) {
        self.errors.push(bad_regex(self.source, span, message));
    }

    fn members(&mut self, right: &Expr) -> Option<Members> {
        let name = match &right.kind {
            ExprKind::Name(name) => name.clone(),
            ExprKind::Access(base, field) => match &base.kind {
                ExprKind::Name(pack) => format!("{pack}.{}", field.text),
                _ => return self.operand(right).map(Members::Operand),
            },
            _ => return self.operand(right).map(Members::Operand),
        };
        self.set(&name, right.span, false)
    }

    /// A set by its name: of the own pack, or of one that it requires.
    fn set(&mut self, name: &str, span: Span, is: bool) -> Option<Members> {
        let visible = self.visible_packs();
        let named = |set: &redan_program::schema::Set| {
            let full = set.declared.name.as_str();
            let short = full.rsplit('.').next().unwrap_or(full);
            full == name || (short == name && visible.contains(&(set.declared.pack.0 as usize)))
        };
        let mut found: Vec<_> =
            self.schema.sets.iter().enumerate().filter(|(_, s)| named(s)).collect();
        found.sort_by_key(|(_, s)| usize::from(s.declared.pack.0 as usize != self.pack));
        let Some((number, set)) = found.first() else {
            let sets = self.schema.sets.iter().map(|s| s.declared.name.as_str());
            let names: Vec<&str> = sets
                .flat_map(|s| [s, s.rsplit('.').next().unwrap_or(s)])
                .chain(is.then_some(What::WORDS).into_iter().flatten().map(|(w, _)| *w))
                .collect();
            let help = likely(name, names.into_iter()).map(|w| format!("did you mean `{w}`?"));
            let what = if is { "no such kind of value, nor a set" } else { "no set" };
            let otherwise = if is {
                let words: Vec<String> =
                    What::WORDS.iter().map(|(w, _)| format!("`{w}`")).collect();
                format!("a value can be {}, or of a set", words.join(", "))
            } else {
                "write a list as `[a, b]`".to_owned()
            };
            self.error(410, span, format!("there is {what} `{name}`"), help.unwrap_or(otherwise));
            return None;
        };
        self.sets.push(*number);
        let members: FxHashSet<Scalar> = set
            .members
            .iter()
            .filter_map(|m| match self.values.get(*m) {
                Value::Str(t) => Some(Scalar::Text(t.to_string())),
                Value::Int(n) => Some(Scalar::Int(*n)),
                Value::Bool(b) => Some(Scalar::Bool(*b)),
                Value::Symbol { name, .. } => Some(Scalar::Text(name.to_string())),
                Value::Entity { .. } => None,
            })
            .collect();
        // A text is in the set if a pattern matches all of it; bad patterns were told by the checker.
        let patterns = set
            .patterns
            .iter()
            .filter_map(|p| LazyRegex::new(format!("^(?:{p})$"), false, true).ok())
            .collect();
        Some(Members::Set(members, patterns))
    }

    /// The own pack, what it requires, and `core`.
    fn visible_packs(&self) -> Vec<usize> {
        let index_of = |name: &str| self.schema.packs.iter().position(|p| p.name == name);
        let mut visible = vec![self.pack];
        visible.extend(index_of("core"));
        let mut at = 0;
        while let Some(pack) = visible.get(at).and_then(|p| self.schema.packs.get(*p)) {
            for required in pack.requires.iter().filter_map(|r| index_of(r)) {
                if !visible.contains(&required) {
                    visible.push(required);
                }
            }
            at += 1;
        }
        visible
    }
}

/// Tells why a regular expression cannot be used.
pub(crate) fn bad_regex(source: SourceId, span: Span, message: &str) -> Diagnostic {
    let line = message.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let line = line.trim().trim_start_matches("error: ");
    Diagnostic::error(401, format!("this regular expression cannot be used: {line}"))
        .at(source, span, "")
        .help("groups that look around and references to groups are not part of the syntax")
}

fn path_text(path: &syntax::Path) -> String {
    match &path.pack {
        Some(pack) => format!("{}.{}", pack.text, path.name.text),
        None => path.name.text.clone(),
    }
}

/// `1 argument`, `2 arguments`
pub(crate) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}

/// The name that was probably meant.
pub(crate) fn likely<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let most = (word.chars().count() / 3).max(1);
    names
        .map(|n| (strsim::damerau_levenshtein(word, n), n))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, n)| n)
}
