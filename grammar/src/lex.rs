//! Cuts a text into words, literals and signs, so that items can be told apart before any of them is
//! parsed, and finds what no parser should see: open literals and characters that deceive.

use redan_base::{Diagnostic, SourceId, Span};

use crate::codes;
use crate::syntax::Comment;
use crate::text::{bad_escapes, is_hidden};

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A word: a keyword or a name.
    Word,
    /// Digits, and what hangs on them.
    Number,
    /// `"…"` or `"""…"""`
    Text,
    /// Code between back-ticks.
    Code,
    /// `/…/`
    Regex,
    /// `(`, `[` or `{`
    Open,
    /// `)`, `]` or `}`
    Close,
    /// Any other single character.
    Sign,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Whether it is the first of its line.
    pub first: bool,
    /// How far its line is indented, in bytes.
    pub indent: usize,
}

/// A text in pieces.
#[derive(Debug, Default)]
pub struct Lexed {
    /// All pieces but white space and comments.
    pub tokens: Vec<Token>,
    /// The comments.
    pub comments: Vec<Comment>,
    /// What is wrong, with the byte where it is; an item with such an error is not parsed.
    pub errors: Vec<(usize, Diagnostic)>,
}

/// Cuts `text` into pieces.
pub fn lex(source: SourceId, text: &str) -> Lexed {
    let mut lexer =
        Lexer { source, text, at: 0, line: 0, indent: 0, first: true, out: Lexed::default() };
    lexer.run();
    lexer.hidden();
    lexer.out.errors.sort_by_key(|(at, _)| *at);
    lexer.out
}

struct Lexer<'a> {
    source: SourceId,
    text: &'a str,
    at: usize,
    line: usize,
    indent: usize,
    first: bool,
    out: Lexed,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn error(&mut self, code: u16, start: usize, end: usize, message: String, help: &str) {
        let mut diagnostic =
            Diagnostic::error(code, message).at(self.source, Span::new(start, end), "");
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.out.errors.push((start, diagnostic));
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        if self.first {
            self.indent = self.at - self.line;
        }
        let (start, end) = (self.at, self.at + length);
        self.out.tokens.push(Token { kind, start, end, first: self.first, indent: self.indent });
        self.first = false;
        self.at = end;
    }

    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\n' => {
                    self.at += 1;
                    self.line = self.at;
                    self.first = true;
                }
                ' ' | '\t' | '\r' => self.at += 1,
                '\u{feff}' if self.at == 0 => {
                    self.at += c.len_utf8();
                    self.line = self.at;
                }
                '/' if self.rest().starts_with("//") => self.comment(),
                '/' => self.regex(),
                '"' if self.rest().starts_with("\"\"\"") => self.block("\"\"\"", TokenKind::Text),
                '"' => self.text_line(),
                '`' if self.rest().starts_with("```") => self.block("```", TokenKind::Code),
                '`' => self.code_line(),
                '(' | '[' | '{' => self.push(TokenKind::Open, 1),
                ')' | ']' | '}' => self.push(TokenKind::Close, 1),
                c if c == '_' || c.is_alphanumeric() => self.word(),
                '…' => self.push(TokenKind::Sign, c.len_utf8()),
                c if c.is_ascii() && "<>=!:,.|+-*?$@".contains(c) => self.push(TokenKind::Sign, 1),
                c => self.character(c),
            }
        }
    }

    fn comment(&mut self) {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r');
        let doc = line.starts_with("///") && !line.starts_with("////");
        let text = line.get(if doc { 3 } else { 2 }..).unwrap_or("");
        self.out.comments.push(Comment {
            text: text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned(),
            span: Span::new(self.at, self.at + line.trim_end().len()),
            doc,
            own_line: self.first,
        });
        self.at += line.len();
    }

    /// The length of a literal on one line from its opening to its closing quote.
    fn line_literal(&self, quote: char, escapes: bool) -> Option<usize> {
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\n' => return None,
                '\\' if escapes && chars.next().is_none_or(|(_, c)| c == '\n') => return None,
                '\\' if escapes => {}
                c if c == quote => return Some(i + 1),
                _ => {}
            }
        }
        None
    }

    fn to_line_end(&self) -> usize {
        let line = self.rest().split('\n').next().unwrap_or("");
        line.trim_end().len().max(1)
    }

    fn text_line(&mut self) {
        let start = self.at;
        if let Some(length) = self.line_literal('"', true) {
            self.escapes(start, length);
            self.push(TokenKind::Text, length);
        } else {
            let message = "this text has no closing `\"`".to_owned();
            let help =
                "a text ends on its line: `\"…\"`; one of several lines is written `\"\"\"…\"\"\"`";
            self.error(codes::OPEN_TEXT, start, start + 1, message, help);
            self.push(TokenKind::Text, self.to_line_end());
        }
    }

    fn escapes(&mut self, start: usize, length: usize) {
        let literal = self.text.get(start..start + length).unwrap_or("");
        for (from, to) in bad_escapes(literal) {
            let escape = literal.get(from..to).unwrap_or("");
            let message = format!("texts have no escape `{escape}`");
            let help = "escapes are `\\n`, `\\t`, `\\\"`, `\\\\` and `\\u{…}`; a back-slash itself is \
                        written `\\\\`";
            self.error(codes::ESCAPE, start + from, start + to, message, help);
        }
    }

    fn code_line(&mut self) {
        let start = self.at;
        match self.line_literal('`', false) {
            Some(length) if length > 2 => self.push(TokenKind::Code, length),
            found => {
                let message = match found {
                    Some(_) => "there is no code between these back-ticks",
                    None => "this code has no closing back-tick",
                };
                let help = "code of one line stands between two back-ticks, code of several lines \
                            between three and three";
                self.error(
                    codes::OPEN_CODE,
                    start,
                    start + found.unwrap_or(1),
                    message.to_owned(),
                    help,
                );
                self.push(TokenKind::Code, found.unwrap_or_else(|| self.to_line_end()));
            }
        }
    }

    fn regex(&mut self) {
        let start = self.at;
        if let Some(length) = self.line_literal('/', true) {
            self.push(TokenKind::Regex, length);
        } else {
            let message = "this regular expression has no closing `/`".to_owned();
            let help = "a regular expression is written `/…/` on one line, a slash in it `\\/`";
            self.error(codes::OPEN_REGEX, start, start + 1, message, help);
            self.push(TokenKind::Regex, self.to_line_end());
        }
    }

    fn block(&mut self, fence: &str, kind: TokenKind) {
        let start = self.at;
        let body = self.rest().get(fence.len()..).unwrap_or("");
        let end = match kind {
            TokenKind::Text => block_text_end(body),
            _ => body.find(fence),
        };
        if let Some(end) = end {
            let length = end + 2 * fence.len();
            if kind == TokenKind::Text {
                self.escapes(start, length);
            }
            // The literal's last line is where the next piece stands.
            let indent = (self.first, self.at - self.line);
            self.push(kind, length);
            let literal = self.text.get(start..start + length).unwrap_or("");
            if let Some(newline) = literal.rfind('\n') {
                self.line = start + newline + 1;
                let line = literal.get(newline + 1..).unwrap_or("");
                self.indent = line.len() - line.trim_start().len();
            } else if indent.0 {
                self.indent = indent.1;
            }
            return;
        }
        let (code, message, help) = if kind == TokenKind::Text {
            (
                codes::OPEN_TEXT,
                "this text has no closing `\"\"\"`",
                "a text of several lines ends with `\"\"\"`",
            )
        } else {
            (
                codes::OPEN_CODE,
                "this code has no closing back-ticks",
                "code of several lines ends with three back-ticks",
            )
        };
        self.error(code, start, start + fence.len(), message.to_owned(), help);
        let swallowed = next_item_line(body).map_or(body.len(), |i| i - 1) + fence.len();
        self.push(kind, swallowed);
    }

    fn word(&mut self) {
        let rest = self.rest();
        let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        let odd: Vec<char> = word.chars().filter(|c| !c.is_ascii()).collect();
        if let Some(c) = odd.first() {
            let at = self.at + word.find(*c).unwrap_or(0);
            let plain: String = word.chars().map(|c| looks_like(c).unwrap_or(c)).collect();
            let (message, help) = match looks_like(*c) {
                Some(like) if plain.is_ascii() => (
                    format!("`{c}` (U+{:04X}) only looks like `{like}`", u32::from(*c)),
                    format!("type it again in plain letters: `{plain}`"),
                ),
                _ => (
                    format!("names have no `{c}` (U+{:04X})", u32::from(*c)),
                    "names are made of a to z, A to Z, 0 to 9 and `_`; other letters may stand in \
                     texts: `\"…\"`"
                        .to_owned(),
                ),
            };
            self.error(codes::IMITATION, at, at + c.len_utf8(), message, &help);
        }
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        self.push(if number { TokenKind::Number } else { TokenKind::Word }, end);
    }

    fn character(&mut self, c: char) {
        let length = c.len_utf8();
        if !is_hidden(c) {
            let (shown, help) = match c {
                ';' => ("`;`".to_owned(), "nothing ends with `;` here: leave it out"),
                '\'' | '‘' | '’' | '“' | '”' | '„' | '«' | '»' => {
                    (format!("`{c}`"), "texts stand between straight double quotes: `\"…\"`")
                }
                '#' => ("`#`".to_owned(), "comments begin with `//`"),
                '&' => ("`&`".to_owned(), "conditions are joined with `and`"),
                '\u{200c}' | '\u{200d}' => {
                    (format!("U+{:04X}", u32::from(c)), "this character cannot be seen: remove it")
                }
                c if c.is_whitespace() => (
                    format!("U+{:04X}", u32::from(c)),
                    "this only looks like a space: type it again",
                ),
                '–' | '—' | '→' | '⇒' => (format!("`{c}`"), "a flow is written `->`"),
                _ => (format!("`{c}`"), "such a character may stand in a text only: `\"…\"`"),
            };
            let message = format!("the language does not use {shown}");
            self.error(codes::CHARACTER, self.at, self.at + length, message, help);
        }
        self.push(TokenKind::Sign, length);
    }

    /// Reports the first of each run of characters that hide or reorder text, wherever they stand.
    fn hidden(&mut self) {
        let mut last_line = None;
        for (at, c) in self.text.char_indices() {
            if c == '\n' {
                last_line = None;
            } else if is_hidden(c) && !(c == '\u{feff}' && at == 0) && last_line.is_none() {
                last_line = Some(at);
                let message = format!(
                    "a character that cannot be seen and may make text look like another: U+{:04X}",
                    u32::from(c)
                );
                let help =
                    format!("remove it; in a text it can be written `\\u{{{:x}}}`", u32::from(c));
                self.error(codes::HIDDEN, at, at + c.len_utf8(), message, &help);
            }
        }
    }
}

/// Where a block text that begins before `body` ends in it.
fn block_text_end(body: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + body.get(from..)?.find(['\\', '"'])?;
        let rest = body.get(at..)?;
        if rest.starts_with("\"\"\"") {
            return Some(at);
        }
        from =
            if rest.starts_with('\\') { at + 1 + rest.chars().nth(1)?.len_utf8() } else { at + 1 };
    }
}

/// The first line of `body`, after its first, that begins with the keyword of an item.
fn next_item_line(body: &str) -> Option<usize> {
    body.match_indices('\n').map(|(i, _)| i + 1).find(|start| {
        let line = body.get(*start..).unwrap_or("").split('\n').next().unwrap_or("");
        let mut words = line.split_ascii_whitespace();
        words.next().is_some_and(|w| line.starts_with(w) && ITEM_WORDS.contains(&w))
            && words.next().is_some_and(|w| w.starts_with(|c: char| c == '"' || c.is_alphabetic()))
    })
}

/// The words that begin an item.
pub const ITEM_WORDS: [&str; 18] = [
    "pack",
    "enum",
    "set",
    "extend",
    "kind",
    "extract",
    "relation",
    "derive",
    "same",
    "threat",
    "mitigation",
    "except",
    "override",
    "disable",
    "policy",
    "translate",
    "test",
    "system",
];

/// The plain letter that a letter of another script looks like.
fn looks_like(c: char) -> Option<char> {
    // Full-width forms stand in the order of ASCII.
    if let '\u{ff10}'..='\u{ff5a}' = c {
        return char::from_u32(u32::from(c) - 0xfee0).filter(|c| c.is_ascii_alphanumeric());
    }
    let pairs = "аaеeоoрpсcуyхxіiјjѕsԁdһhԛqԝwкkмmтtвbнhгrпnАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅS\
                 αaοoρpνvιiκkτtυuχxγyεeηnωwΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXıiɑaɡgɩiʟLℓlſs";
    let mut pairs = pairs.chars();
    while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
        if from == c {
            return Some(to);
        }
    }
    None
}
