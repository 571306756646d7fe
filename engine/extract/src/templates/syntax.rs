//! The syntax of Go's templates: text with marks in double braces, which print, branch, repeat and name parts.

use std::collections::BTreeMap;
use std::ops::Range;

use super::value::Val;

/// A text that was read as a template.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// The text.
    pub text: String,
    /// Its parts in order.
    pub nodes: Vec<Node>,
    /// The parts that have a name, for others to include.
    pub named: BTreeMap<String, Vec<Node>>,
}

/// A mark.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// Where it stands.
    pub at: Range<usize>,
    /// Whether blanks before it go.
    pub trim_left: bool,
    /// Whether blanks after it go.
    pub trim_right: bool,
}

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node {
    /// Text outside of marks.
    Text(Range<usize>),
    /// A mark that stands for a value.
    Print(Mark, Expr),
    /// A mark that names a value, or gives another one to a name that is there.
    Name { mark: Mark, name: String, value: Expr, new: bool },
    /// A mark without effect: a comment, the definition of a named part.
    Nothing(Mark),
    /// `if` or `with`.
    Branch { arms: Vec<Arm>, otherwise: Option<(Mark, Vec<Node>)>, end: Mark },
    /// `range`.
    Repeat {
        mark: Mark,
        key: Option<String>,
        item: Option<String>,
        over: Expr,
        body: Vec<Node>,
        otherwise: Option<(Mark, Vec<Node>)>,
        end: Mark,
    },
}

/// A condition with what follows if it holds.
#[derive(Debug)]
pub(super) struct Arm {
    pub mark: Mark,
    /// Whether the value becomes the dot: `with`.
    pub with: bool,
    pub name: Option<String>,
    pub condition: Expr,
    pub body: Vec<Node>,
}

/// An expression.
#[derive(Debug)]
pub(super) enum Expr {
    /// A constant, or what is not understood.
    Value(Val),
    /// The dot.
    Dot,
    /// `$name`; `$` alone has an empty name.
    Variable(String),
    /// `….a.b`.
    Field(Box<Expr>, Vec<String>),
    /// A call of a function.
    Call(String, Vec<Expr>),
}

/// The deepest nesting of blocks and parentheses.
const DEEPEST: usize = 40;

/// A mistake: its byte, and what it is.
pub(super) type Mistake = (usize, &'static str);

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Template, Mistake> {
    let mut reader = Reader { text, at: 0, depth: 0, named: BTreeMap::new() };
    let (nodes, end) = reader.nodes()?;
    if let Some(end) = end {
        return Err((end.mark.at.start, "this ends a block that was not begun"));
    }
    Ok(Template { text: text.to_owned(), nodes, named: reader.named })
}

/// A mark that ends a list of nodes: `end` or `else`, the latter perhaps with a condition.
struct End {
    mark: Mark,
    otherwise: bool,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Dot,
    Field(Vec<String>),
    Variable(String),
    Word(String),
    Value(Val),
    Open,
    Close,
    Pipe,
    Comma,
    Declare,
    Assign,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    /// Whether it stands directly after the one before.
    glued: bool,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    named: BTreeMap<String, Vec<Node>>,
}

impl Reader<'_> {
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<End>), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err((self.at, "blocks are nested too deeply"));
        }
        let mut nodes = vec![];
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(start) = rest.find("{{").map(|i| i + self.at) else {
                if self.at < self.text.len() {
                    nodes.push(Node::Text(self.at..self.text.len()));
                }
                self.at = self.text.len();
                self.depth -= 1;
                return Ok((nodes, None));
            };
            if start > self.at {
                nodes.push(Node::Text(self.at..start));
            }
            let (mark, tokens) = self.mark(start)?;
            let Some(tokens) = tokens else {
                nodes.push(Node::Nothing(mark));
                continue;
            };
            let word = match tokens.first().map(|t| &t.kind) {
                Some(Kind::Word(word)) => word.clone(),
                _ => String::new(),
            };
            let rest = tokens.get(1..).unwrap_or_default();
            match word.as_str() {
                "end" | "else" => {
                    let otherwise = word == "else";
                    self.depth -= 1;
                    return Ok((nodes, Some(End { mark, otherwise, tokens: rest.to_vec() })));
                }
                "if" | "with" => nodes.push(self.branch(mark, word == "with", rest)?),
                "range" => nodes.push(self.repeat(mark, rest)?),
                "define" => {
                    let Some(Kind::Value(Val::Text(name))) = rest.first().map(|t| &t.kind) else {
                        return Err((mark.at.start, "a part needs a name"));
                    };
                    let (body, end) = self.nodes()?;
                    let end = closed(&mark, end)?;
                    self.named.insert(name.to_string(), body);
                    nodes.push(Node::Nothing(Mark {
                        at: mark.at.start..end.at.end,
                        trim_left: mark.trim_left,
                        trim_right: end.trim_right,
                    }));
                }
                "block" | "break" | "continue" => {
                    return Err((mark.at.start, "this kind of mark is not understood"));
                }
                "template" => {
                    let call = Expr::Call("include".to_owned(), arguments(&mark, rest)?);
                    nodes.push(Node::Print(mark, call));
                }
                _ => nodes.push(named_or_printed(mark, &tokens)?),
            }
        }
    }

    fn branch(&mut self, mark: Mark, with: bool, tokens: &[Token]) -> Result<Node, Mistake> {
        let mut arms = vec![];
        let (mut mark, mut with, mut tokens) = (mark, with, tokens.to_vec());
        loop {
            let (name, tokens_left) = match tokens.as_slice() {
                [
                    Token { kind: Kind::Variable(name), .. },
                    Token { kind: Kind::Declare, .. },
                    rest @ ..,
                ] => (Some(name.clone()), rest),
                all => (None, all),
            };
            let condition = expression(&mark, tokens_left)?;
            let (body, end) = self.nodes()?;
            let Some(end) = end else { return Err((mark.at.start, "this block has no end")) };
            arms.push(Arm { mark, with, name, condition, body });
            if !end.otherwise {
                return Ok(Node::Branch { arms, otherwise: None, end: end.mark });
            }
            match end.tokens.first().map(|t| &t.kind) {
                None => {
                    let (body, last) = self.nodes()?;
                    let last = closed(&end.mark, last)?;
                    let otherwise = Some((end.mark, body));
                    return Ok(Node::Branch { arms, otherwise, end: last });
                }
                Some(Kind::Word(word)) if word == "if" || word == "with" => {
                    with = word == "with";
                    mark = end.mark;
                    tokens = end.tokens.get(1..).unwrap_or_default().to_vec();
                }
                Some(_) => return Err((end.mark.at.start, "this `else` is not understood")),
            }
        }
    }

    fn repeat(&mut self, mark: Mark, tokens: &[Token]) -> Result<Node, Mistake> {
        let kinds: Vec<&Kind> = tokens.iter().map(|t| &t.kind).collect();
        let (key, item, rest) = match kinds.as_slice() {
            [Kind::Variable(key), Kind::Comma, Kind::Variable(item), Kind::Declare, ..] => {
                (Some(key.clone()), Some(item.clone()), tokens.get(4..))
            }
            [Kind::Variable(item), Kind::Declare, ..] => {
                (None, Some(item.clone()), tokens.get(2..))
            }
            _ => (None, None, Some(tokens)),
        };
        let over = expression(&mark, rest.unwrap_or_default())?;
        let (body, end) = self.nodes()?;
        let Some(end) = end else { return Err((mark.at.start, "this block has no end")) };
        if !end.otherwise {
            return Ok(Node::Repeat {
                mark,
                key,
                item,
                over,
                body,
                otherwise: None,
                end: end.mark,
            });
        }
        let (other, last) = self.nodes()?;
        let last = closed(&end.mark, last)?;
        let otherwise = Some((end.mark, other));
        Ok(Node::Repeat { mark, key, item, over, body, otherwise, end: last })
    }

    /// The mark at a byte, with its tokens; none of these if it is a comment.
    fn mark(&mut self, start: usize) -> Result<(Mark, Option<Vec<Token>>), Mistake> {
        let mut at = start + 2;
        let rest = |at: usize| self.text.get(at..).unwrap_or_default();
        let trim_left = rest(at).starts_with('-')
            && rest(at + 1).starts_with(|c: char| c.is_ascii_whitespace());
        if trim_left {
            at += 1;
        }
        at += rest(at).len() - rest(at).trim_start().len();
        if rest(at).starts_with("/*") {
            let Some(close) = rest(at).find("*/") else {
                return Err((start, "this comment has no end"));
            };
            let Some(end) = rest(at + close).find("}}") else {
                return Err((start, "this mark has no end"));
            };
            let trim_right = rest(at + close + 2).trim_start().starts_with('-');
            self.at = at + close + end + 2;
            let mark = Mark { at: start..self.at, trim_left, trim_right };
            return Ok((mark, None));
        }
        let mut tokens = vec![];
        let mut end_of_last = usize::MAX;
        loop {
            let blank = rest(at).len() - rest(at).trim_start().len();
            at += blank;
            let left = rest(at);
            let trim_right = blank > 0 && left.starts_with("-}}");
            if trim_right || left.starts_with("}}") {
                self.at = at + if trim_right { 3 } else { 2 };
                let mark = Mark { at: start..self.at, trim_left, trim_right };
                return Ok((mark, Some(tokens)));
            }
            let Some((kind, length)) = token(left) else {
                return Err((at.min(self.text.len()), "this part of a mark is not understood"));
            };
            tokens.push(Token { kind, glued: end_of_last == at });
            at += length;
            end_of_last = at;
        }
    }
}

/// The mark that closes a block.
fn closed(begun: &Mark, end: Option<End>) -> Result<Mark, Mistake> {
    match end {
        Some(End { mark, otherwise: false, .. }) => Ok(mark),
        _ => Err((begun.at.start, "this block has no end")),
    }
}

/// The first token of a text, and its length.
fn token(text: &str) -> Option<(Kind, usize)> {
    let first = text.chars().next()?;
    let word = |from: usize| -> usize {
        let rest = text.get(from..).unwrap_or_default();
        rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
    };
    Some(match first {
        '(' => (Kind::Open, 1),
        ')' => (Kind::Close, 1),
        '|' => (Kind::Pipe, 1),
        ',' => (Kind::Comma, 1),
        ':' if text.starts_with(":=") => (Kind::Declare, 2),
        '=' => (Kind::Assign, 1),
        '"' => {
            let (value, length) = string(text)?;
            (Kind::Value(Val::text(value)), length)
        }
        '`' => {
            let inner = text.get(1..)?;
            let end = inner.find('`')?;
            (Kind::Value(Val::text(inner.get(..end)?)), end + 2)
        }
        '.' => {
            let mut at = 0;
            let mut names = vec![];
            while text.get(at..).is_some_and(|rest| rest.starts_with('.')) {
                let length = word(at + 1);
                if length == 0 {
                    break;
                }
                names.push(text.get(at + 1..at + 1 + length)?.to_owned());
                at += 1 + length;
            }
            if names.is_empty() { (Kind::Dot, 1) } else { (Kind::Field(names), at) }
        }
        '$' => {
            let length = word(1);
            (Kind::Variable(text.get(1..=length)?.to_owned()), 1 + length)
        }
        c if c.is_ascii_digit() || c == '-' || c == '+' => {
            let rest = text.get(1..)?;
            let more = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
            let length = 1 + more.unwrap_or(rest.len());
            let value = text.get(..length)?.parse().map_or(Val::Unknown, Val::Int);
            (Kind::Value(value), length)
        }
        c if c.is_alphabetic() || c == '_' => {
            let length = word(0);
            let kind = match text.get(..length)? {
                "true" => Kind::Value(Val::Bool(true)),
                "false" => Kind::Value(Val::Bool(false)),
                "nil" => Kind::Value(Val::Nil),
                word => Kind::Word(word.to_owned()),
            };
            (kind, length)
        }
        _ => return None,
    })
}

/// A text in double quotes, and its length with them.
fn string(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, c)) = letters.next() {
        match c {
            '"' => return Some((out, at + 1)),
            '\n' => return None,
            '\\' => match letters.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                c @ ('"' | '\\' | '\'' | '/') => out.push(c),
                // What matters of other escapes is that they are no plain letter.
                c => out.extend(['\\', c]),
            },
            c => out.push(c),
        }
    }
    None
}

fn named_or_printed(mark: Mark, tokens: &[Token]) -> Result<Node, Mistake> {
    if let [Token { kind: Kind::Variable(name), .. }, Token { kind: sign, .. }, rest @ ..] = tokens
        && matches!(sign, Kind::Declare | Kind::Assign)
    {
        let value = expression(&mark, rest)?;
        return Ok(Node::Name { mark, name: name.clone(), value, new: *sign == Kind::Declare });
    }
    let value = expression(&mark, tokens)?;
    Ok(Node::Print(mark, value))
}

fn expression(mark: &Mark, tokens: &[Token]) -> Result<Expr, Mistake> {
    let mut cursor = Cursor { tokens, at: 0, depth: 0 };
    let expr = cursor.pipeline();
    match expr {
        Some(expr) if cursor.at == tokens.len() => Ok(expr),
        _ => Err((mark.at.start, "this expression is not understood")),
    }
}

fn arguments(mark: &Mark, tokens: &[Token]) -> Result<Vec<Expr>, Mistake> {
    let mut cursor = Cursor { tokens, at: 0, depth: 0 };
    match cursor.operands() {
        Some(all) if cursor.at == tokens.len() => Ok(all),
        _ => Err((mark.at.start, "this expression is not understood")),
    }
}

struct Cursor<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl Cursor<'_> {
    fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|t| &t.kind)
    }

    /// Commands, each of which hands its value to the next as the last argument.
    fn pipeline(&mut self) -> Option<Expr> {
        let mut value = self.command()?;
        let mut length = 1;
        while self.kind() == Some(&Kind::Pipe) {
            self.at += 1;
            length += 1;
            if length > DEEPEST {
                return None;
            }
            value = match self.command()? {
                Expr::Call(name, mut all) => {
                    all.push(value);
                    Expr::Call(name, all)
                }
                _ => Expr::Value(Val::Unknown),
            };
        }
        Some(value)
    }

    fn command(&mut self) -> Option<Expr> {
        if let Some(Kind::Word(name)) = self.kind() {
            let name = name.clone();
            self.at += 1;
            let all = self.operands()?;
            return Some(Expr::Call(name, all));
        }
        let first = self.operand()?;
        // A method of an object, such as `.Files.Get "a"`.
        let more = self.operands()?;
        Some(if more.is_empty() { first } else { Expr::Value(Val::Unknown) })
    }

    fn operands(&mut self) -> Option<Vec<Expr>> {
        let mut all = vec![];
        while !matches!(self.kind(), None | Some(Kind::Pipe | Kind::Close)) {
            all.push(self.operand()?);
        }
        Some(all)
    }

    fn operand(&mut self) -> Option<Expr> {
        let kind = self.kind()?.clone();
        self.at += 1;
        let mut expr = match kind {
            Kind::Dot => Expr::Dot,
            Kind::Field(names) => Expr::Field(Box::new(Expr::Dot), names),
            Kind::Variable(name) => Expr::Variable(name),
            Kind::Word(name) => Expr::Call(name, vec![]),
            Kind::Value(value) => Expr::Value(value),
            Kind::Open => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return None;
                }
                let inner = self.pipeline()?;
                if self.kind() != Some(&Kind::Close) {
                    return None;
                }
                self.at += 1;
                self.depth -= 1;
                inner
            }
            Kind::Close | Kind::Pipe | Kind::Comma | Kind::Declare | Kind::Assign => return None,
        };
        if let Some(Token { kind: Kind::Field(names), glued: true }) = self.tokens.get(self.at) {
            expr = Expr::Field(Box::new(expr), names.clone());
            self.at += 1;
        }
        Some(expr)
    }
}
