//! Filling in a template as far as its values are known. Each piece of the result knows the piece of the template that
//! it comes from, so that facts point into the file that people wrote.
//!
//! What is not known stays as it is: a mark keeps its place, a condition keeps all its branches, a loop its body once.

use std::ops::Range;
use std::time::{Duration, Instant};

use redan_base::Limits;

use super::folders::Data;
use super::functions;
use super::syntax::{Arm, Expr, Mark, Node, Template};
use super::value::Val;

/// Marks that stay are held by these bytes until the text is whole.
const HELD: char = '\0';

/// The steps of one file: nodes, iterations and expressions.
const MOST_STEPS: usize = 200_000;

/// Steps between two looks at the clock.
const PACE: usize = 64;

/// The deepest nesting of blocks, expressions and included parts together.
const DEEPEST: usize = 200;

/// The names that a template may give to values.
const MOST_NAMES: usize = 1_000;

/// A filled-in text.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub text: String,
    pub pieces: Vec<Piece>,
    /// The marks that stay: where in the text, and where in the template.
    pub marks: Vec<(Range<usize>, Range<usize>)>,
}

/// A piece of a filled-in text.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Where it begins; it reaches to the next one.
    pub start: usize,
    /// What of the template it comes from.
    pub of: Range<usize>,
    /// Whether it is a copy of that, byte by byte.
    pub copy: bool,
}

/// A bound that was hit.
#[derive(Debug)]
pub(super) struct Limit(pub String);

/// Fills in a template of a folder.
pub(super) fn fill(template: &Template, data: &Data, limits: &Limits) -> Result<Filled, Limit> {
    let end = Instant::now() + Duration::from_millis(limits.extract_ms);
    let mut render = Render { data, own: template, steps: 0, depth: 0, bytes: 0, limits, end };
    let root = Val::Open(data.objects.clone());
    let mut out = Out::new(false);
    let mut scope = Scope::new(root.clone());
    render.nodes(template, &template.nodes, &root, &mut scope, &mut out)?;
    Ok(out.filled)
}

struct Render<'d> {
    data: &'d Data,
    own: &'d Template,
    steps: usize,
    depth: usize,
    bytes: usize,
    limits: &'d Limits,
    end: Instant,
}

/// The names that a template gave to values.
struct Scope {
    root: Val,
    names: Vec<(String, Val)>,
    /// Whether it is not known if what is rendered will be there.
    doubt: bool,
    /// Whether it is one of several that a loop goes over.
    one_of: bool,
}

impl Scope {
    fn new(root: Val) -> Self {
        Self { root, names: vec![], doubt: false, one_of: false }
    }

    fn get(&self, name: &str) -> Val {
        if name.is_empty() {
            return self.root.clone();
        }
        let found = self.names.iter().rev().find(|(n, _)| n == name);
        found.map_or(Val::Unknown, |(_, value)| value.clone())
    }

    fn set(&mut self, name: &str, value: Val) {
        let value = if self.doubt { Val::Unknown } else { value };
        if let Some((_, slot)) = self.names.iter_mut().rev().find(|(n, _)| n == name) {
            *slot = value;
        }
    }
}

impl<'d> Render<'d> {
    fn step(&mut self) -> Result<(), Limit> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Limit(format!("its template takes more than {MOST_STEPS} steps")));
        }
        if self.steps.is_multiple_of(PACE) && Instant::now() > self.end {
            let most = self.limits.extract_ms;
            return Err(Limit(format!("filling in its template took more than {most} ms")));
        }
        Ok(())
    }

    fn grow(&mut self, by: usize) -> Result<(), Limit> {
        self.bytes += by;
        let most = self.limits.file_bytes as usize;
        if self.bytes > most {
            return Err(Limit(format!("its template grows to more than {most} bytes")));
        }
        Ok(())
    }

    fn deeper(&mut self) -> Result<(), Limit> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Limit(format!("its template is nested more than {DEEPEST} levels deep")));
        }
        Ok(())
    }

    fn nodes(
        &mut self,
        of: &Template,
        nodes: &[Node],
        dot: &Val,
        scope: &mut Scope,
        out: &mut Out,
    ) -> Result<(), Limit> {
        self.deeper()?;
        let names = scope.names.len();
        for node in nodes {
            self.step()?;
            match node {
                Node::Text(range) => {
                    let text = of.text.get(range.clone()).unwrap_or_default();
                    self.grow(text.len())?;
                    out.copy(text, range.start);
                }
                Node::Nothing(mark) => {
                    out.before(mark);
                    out.after(mark);
                }
                Node::Name { mark, name, value, new } => {
                    let value = self.eval(value, dot, scope)?;
                    out.before(mark);
                    if *new {
                        if scope.names.len() >= MOST_NAMES {
                            return Err(Limit(format!(
                                "its template has more than {MOST_NAMES} names"
                            )));
                        }
                        scope.names.push((name.clone(), value));
                    } else {
                        scope.set(name, value);
                    }
                    out.after(mark);
                }
                Node::Print(mark, value) => {
                    let value = self.eval(value, dot, scope)?;
                    self.print(mark, &value, out)?;
                }
                Node::Branch { arms, otherwise, end } => {
                    self.branch(of, arms, otherwise.as_ref(), end, dot, scope, out)?;
                }
                Node::Repeat { mark, key, item, over, body, otherwise, end } => {
                    let over = self.eval(over, dot, scope)?;
                    out.before(mark);
                    let names = (key.as_deref(), item.as_deref());
                    let closing = otherwise.as_ref().map_or(end, |(mark, _)| mark);
                    match entries(&over) {
                        Some(entries) if entries.is_empty() => {
                            if let Some((mark, other)) = otherwise {
                                out.after(mark);
                                self.nodes(of, other, dot, scope, out)?;
                                out.before(end);
                            }
                        }
                        Some(entries) => {
                            let one_of = std::mem::replace(&mut scope.one_of, true);
                            for (key, value) in entries {
                                out.after(mark);
                                self.iteration(of, body, names, key, value, scope, out)?;
                                out.before(closing);
                            }
                            scope.one_of = one_of;
                        }
                        None => {
                            out.unknown = true;
                            let doubt = std::mem::replace(&mut scope.doubt, true);
                            let (key, value) = (Val::Unknown, Val::Unknown);
                            self.iteration(of, body, names, key, value, scope, out)?;
                            scope.doubt = doubt;
                        }
                    }
                    out.after(end);
                }
            }
            // A part that is not wholly known is not used.
            if out.whole && out.unknown {
                break;
            }
        }
        scope.names.truncate(names);
        self.depth -= 1;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one iteration of one loop")]
    fn iteration(
        &mut self,
        of: &Template,
        body: &[Node],
        names: (Option<&str>, Option<&str>),
        key: Val,
        value: Val,
        scope: &mut Scope,
        out: &mut Out,
    ) -> Result<(), Limit> {
        self.step()?;
        let before = scope.names.len();
        for (name, value) in [(names.0, key), (names.1, value.clone())] {
            scope.names.extend(name.map(|name| (name.to_owned(), value)));
        }
        self.nodes(of, body, &value, scope, out)?;
        scope.names.truncate(before);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one node")]
    fn branch(
        &mut self,
        of: &Template,
        arms: &[Arm],
        otherwise: Option<&(Mark, Vec<Node>)>,
        end: &Mark,
        dot: &Val,
        scope: &mut Scope,
        out: &mut Out,
    ) -> Result<(), Limit> {
        let doubt = scope.doubt;
        let before = scope.names.len();
        let marks = arms.iter().skip(1).map(|a| &a.mark).chain(otherwise.map(|(m, _)| m));
        let closing: Vec<&Mark> = marks.chain([end]).collect();
        let mut decided = false;
        for (arm, closing) in arms.iter().zip(&closing) {
            let value = self.eval(&arm.condition, dot, scope)?;
            let holds = value.holds();
            // A whole document that is there only on demand is worth knowing all the same; packs tell that it is optional.
            // Of those that a loop goes over, a condition chooses.
            let optional = holds == Some(false)
                && !arm.with
                && arms.len() == 1
                && otherwise.is_none()
                && !out.whole
                && !scope.one_of
                && out.at_start_of_document();
            if holds == Some(false) && !optional {
                continue;
            }
            if holds.is_none() {
                out.unknown = true;
                scope.doubt = true;
            } else {
                out.before(&arm.mark);
                out.after(&arm.mark);
            }
            scope.names.extend(arm.name.clone().map(|name| (name, value.clone())));
            let inner = if arm.with { &value } else { dot };
            self.nodes(of, &arm.body, inner, scope, out)?;
            scope.names.truncate(before);
            if holds.is_some() {
                out.before(closing);
                decided = true;
                break;
            }
        }
        if let (false, Some((mark, other))) = (decided, otherwise) {
            if !scope.doubt {
                if let Some(first) = arms.first() {
                    out.before(&first.mark);
                }
                out.after(mark);
            }
            self.nodes(of, other, dot, scope, out)?;
            if !scope.doubt {
                out.before(end);
            }
        } else if let (false, false, Some(first)) = (decided, scope.doubt, arms.first()) {
            out.before(&first.mark);
        }
        scope.doubt = doubt;
        out.after(end);
        Ok(())
    }

    fn print(&mut self, mark: &Mark, value: &Val, out: &mut Out) -> Result<(), Limit> {
        match value.written() {
            // Nothing in the place of a value has still to be given by whoever uses the template, and a value that is a
            // template itself has still to be filled in.
            Some(text) if out.whole || !text.is_empty() && !text.contains("{{") => {
                self.grow(text.len())?;
                out.before(mark);
                out.put(&text, mark.at.clone());
                out.after(mark);
            }
            _ => {
                self.grow(mark.at.len())?;
                out.keep(mark);
            }
        }
        Ok(())
    }

    fn eval(&mut self, expr: &Expr, dot: &Val, scope: &Scope) -> Result<Val, Limit> {
        self.step()?;
        self.deeper()?;
        let value = self.value(expr, dot, scope)?;
        self.depth -= 1;
        Ok(value)
    }

    fn value(&mut self, expr: &Expr, dot: &Val, scope: &Scope) -> Result<Val, Limit> {
        Ok(match expr {
            Expr::Value(value) => value.clone(),
            Expr::Dot => dot.clone(),
            Expr::Variable(name) => scope.get(name),
            Expr::Field(of, names) => {
                let of = self.eval(of, dot, scope)?;
                names.iter().fold(of, |value, name| value.field(name))
            }
            Expr::Call(name, arguments) => {
                let mut values = vec![];
                for argument in arguments {
                    values.push(self.eval(argument, dot, scope)?);
                }
                match (name.as_str(), values.as_slice()) {
                    ("include", [Val::Text(part), context]) => self.include(part, context)?,
                    ("include", [Val::Text(part)]) => self.include(part, &Val::Nil)?,
                    ("include", _) => Val::Unknown,
                    (name, values) => {
                        let value = functions::call(name, values);
                        if let Val::Text(text) = &value {
                            self.grow(text.len())?;
                        }
                        value
                    }
                }
            }
        })
    }

    /// A part that has a name, filled in; not known unless all of it is.
    fn include(&mut self, name: &str, dot: &Val) -> Result<Val, Limit> {
        let own: &'d Template = self.own;
        let part = own.named.get(name).map(|nodes| (own, nodes.as_slice()));
        let data: &'d Data = self.data;
        let Some((of, nodes)) = part.or_else(|| data.part(name)) else { return Ok(Val::Unknown) };
        let mut out = Out::new(true);
        let mut scope = Scope::new(dot.clone());
        self.nodes(of, nodes, dot, &mut scope, &mut out)?;
        Ok(if out.unknown { Val::Unknown } else { Val::text(out.filled.text) })
    }
}

/// What a loop goes over, as keys and values; none if that is not known.
fn entries(over: &Val) -> Option<Vec<(Val, Val)>> {
    match over {
        Val::Nil => Some(vec![]),
        Val::List(items, _) => Some((0..).map(Val::Int).zip(items.iter().cloned()).collect()),
        Val::Map(map, _) => {
            Some(map.iter().map(|(k, v)| (Val::text(k.as_str()), v.clone())).collect())
        }
        _ => None,
    }
}

/// Where the filled-in text grows.
struct Out {
    filled: Filled,
    /// Whether the text is of use only if all of it is known.
    whole: bool,
    unknown: bool,
    /// Blanks before this byte stay, whatever mark follows.
    floor: usize,
    /// Whether blanks that follow go.
    trim: bool,
    /// The start of the last line that was looked at for the content of its document, and whether there was any.
    looked: (usize, bool),
}

impl Out {
    fn new(whole: bool) -> Self {
        let filled = Filled::default();
        Self { filled, whole, unknown: false, floor: 0, trim: false, looked: (0, false) }
    }

    fn len(&self) -> usize {
        self.filled.text.len()
    }

    fn piece(&mut self, of: Range<usize>, copy: bool) {
        if !self.whole {
            let start = self.len();
            self.filled.pieces.push(Piece { start, of, copy });
        }
    }

    /// Text outside of marks, from this byte of the template.
    fn copy(&mut self, text: &str, at: usize) {
        let kept = if std::mem::take(&mut self.trim) { text.trim_start() } else { text };
        let start = at + text.len() - kept.len();
        self.floor = self.len();
        if !kept.is_empty() {
            self.piece(start..at + text.len(), true);
            self.filled.text.push_str(kept);
        }
    }

    /// A value in the place of a mark.
    fn put(&mut self, text: &str, of: Range<usize>) {
        self.trim = false;
        self.piece(of, false);
        self.filled.text.push_str(text);
        self.floor = self.len();
    }

    /// A mark that stays.
    fn keep(&mut self, mark: &Mark) {
        self.trim = false;
        self.unknown = true;
        let start = self.len();
        self.piece(mark.at.clone(), true);
        self.filled.text.extend(std::iter::repeat_n(HELD, mark.at.len()));
        self.filled.marks.push((start..self.len(), mark.at.clone()));
        self.floor = self.len();
    }

    /// What a mark does to the blanks before it.
    fn before(&mut self, mark: &Mark) {
        if mark.trim_left {
            let kept = self.filled.text.trim_end().len().max(self.floor);
            self.filled.text.truncate(kept);
            self.looked.0 = self.looked.0.min(kept);
        }
        self.floor = self.len();
    }

    /// What a mark does to the blanks after it.
    fn after(&mut self, mark: &Mark) {
        self.trim = mark.trim_right;
        self.floor = self.len();
    }

    /// Whether nothing but comments, marks and blanks stands in the document so far.
    fn at_start_of_document(&mut self) -> bool {
        let (mut at, mut content) = self.looked;
        let rest = self.filled.text.get(at..).unwrap_or_default();
        let has = |line: &str| {
            let line = line.trim_matches(|c: char| c.is_whitespace() || c == HELD);
            !line.is_empty() && !line.starts_with('#')
        };
        let mut last = false;
        for line in rest.split_inclusive('\n') {
            let divides = line.starts_with("---");
            if !line.ends_with('\n') {
                last = !divides && has(line);
                content &= !divides;
                break;
            }
            content = !divides && (content || has(line));
            at += line.len();
        }
        self.looked = (at, content);
        !content && !last
    }
}
