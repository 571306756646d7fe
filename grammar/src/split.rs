//! Cuts a text into items before any of them is parsed, so that a broken one costs only itself.
//!
//! An item surely begins on a line of its own, outside of all brackets, with the keyword of an item and
//! what follows it there. It probably begins, at the very beginning of a line, with any word that
//! cannot go on what stands before; this is looked at only where a text does not parse. Where brackets
//! do not fit together, a keyword at the beginning of a line also ends what is still open.

use redan_base::{Diagnostic, SourceId, Span};

use crate::codes;
use crate::lex::{ITEM_WORDS, Lexed, Token, TokenKind};

/// How deep brackets and the words `not`, `no`, `exists` and `every` may nest, taken together.
pub const MAX_DEPTH: usize = 32;

/// Text from where an item surely begins to where the next one does.
pub type Chunk = Vec<Piece>;

/// Text from where an item probably begins to where the next one does.
#[derive(Debug)]
pub struct Piece {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its first word.
    pub first: Token,
    /// Why it is not parsed.
    pub broken: Option<Diagnostic>,
}

/// Cuts a text into items.
///
/// What is wrong outside of all items, in comments, comes second.
pub fn split(source: SourceId, text: &str, lexed: &Lexed) -> (Vec<Chunk>, Vec<Diagnostic>) {
    let mut strict = Splitter::new(source, text, lexed, false);
    strict.run();
    if lexed.errors.is_empty() && strict.faults.is_empty() {
        return strict.chunks();
    }
    let mut loose = Splitter::new(source, text, lexed, true);
    loose.run();
    loose.chunks()
}

struct Splitter<'a> {
    source: SourceId,
    text: &'a str,
    lexed: &'a Lexed,
    /// Whether a keyword at the beginning of a line closes all brackets.
    loose: bool,
    /// The tokens with which pieces begin, and whether they surely do.
    starts: Vec<(usize, bool)>,
    /// The open brackets, each with the nesting words since.
    open: Vec<(usize, usize)>,
    /// The nesting words outside of brackets.
    words: usize,
    /// Brackets that do not fit, with the token where that is seen.
    faults: Vec<(usize, Diagnostic)>,
}

impl<'a> Splitter<'a> {
    fn new(source: SourceId, text: &'a str, lexed: &'a Lexed, loose: bool) -> Self {
        let (starts, open, faults) = (vec![], vec![], vec![]);
        Self { source, text, lexed, loose, starts, open, words: 0, faults }
    }

    fn token(&self, index: usize) -> Option<&'a Token> {
        self.lexed.tokens.get(index)
    }

    fn str(&self, index: usize) -> &'a str {
        self.token(index).and_then(|t| self.text.get(t.start..t.end)).unwrap_or("")
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.token(index).map(|t| t.kind)
    }

    fn run(&mut self) {
        let mut depth: usize = 0;
        let mut before = "";
        for (i, token) in self.lexed.tokens.iter().enumerate() {
            let begins = if !token.first {
                None
            } else if self.open.is_empty() {
                self.begins(i, *token)
            } else if self.loose && token.indent == 0 && self.is_item(i, *token) {
                Some(true)
            } else {
                None
            };
            if let Some(sure) = begins {
                if let Some((opener, _)) = self.culprit() {
                    self.never_closed(i, opener);
                }
                self.open.clear();
                self.words = 0;
                depth = 0;
                self.starts.push((i, sure));
            } else if i == 0 {
                self.starts.push((0, true));
            }
            match token.kind {
                TokenKind::Open => {
                    self.open.push((i, 0));
                    depth += 1;
                }
                TokenKind::Close => depth -= self.close(i, *token).min(depth),
                TokenKind::Word => {
                    let words = self.open.last_mut().map_or(&mut self.words, |(_, words)| words);
                    let word = self.text.get(token.start..token.end).unwrap_or("");
                    match word {
                        // A `not` alone nests nothing.
                        "not" if before != "not" => {}
                        "not" | "no" | "exists" | "every" => {
                            *words += 1;
                            depth += 1;
                        }
                        // Here another condition begins.
                        "match" | "where" if !token.first => {}
                        "expect" | "if" | "match" | "where" => {
                            depth -= std::mem::take(words).min(depth);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            before = self.text.get(token.start..token.end).unwrap_or("");
            if depth > MAX_DEPTH {
                self.too_deep(i, *token);
                depth = 0;
            }
        }
        if let Some((opener, _)) = self.culprit() {
            self.never_closed(self.lexed.tokens.len(), opener);
        }
    }

    /// The open bracket to blame at the end of an item: the innermost.
    fn culprit(&self) -> Option<(usize, usize)> {
        self.open.last().copied()
    }

    fn never_closed(&mut self, seen: usize, opener: usize) {
        let Some(token) = self.token(opener) else { return };
        let bracket = self.str(opener);
        let closing = match bracket {
            "(" => ")",
            "[" => "]",
            _ => "}",
        };
        let diagnostic =
            Diagnostic::error(codes::OPEN_BRACKET, format!("this `{bracket}` is never closed"))
                .at(self.source, Span::new(token.start, token.end), "opened here")
                .help(format!("add the `{closing}` that belongs to it"));
        self.faults.push((seen.saturating_sub(1).max(opener), diagnostic));
    }

    /// Closes a bracket, and gives by how much that lowers the depth.
    fn close(&mut self, index: usize, token: Token) -> usize {
        let wanted = match self.str(index) {
            ")" => "(",
            "]" => "[",
            _ => "{",
        };
        let mut at = self.open.iter().rposition(|(i, _)| self.str(*i) == wanted);
        // In a text that is known to be wrong, the indentation tells which bracket was meant.
        if self.loose && token.first {
            let same = self.open.iter().rposition(|(i, _)| {
                self.str(*i) == wanted && self.token(*i).is_some_and(|t| t.indent == token.indent)
            });
            at = same.or(at);
        }
        let Some(at) = at else {
            let bracket = self.str(index);
            let diagnostic =
                Diagnostic::error(codes::STRAY_BRACKET, format!("this `{bracket}` closes nothing"))
                    .at(self.source, Span::new(token.start, token.end), "")
                    .help("remove it, or look for a bracket too many before it");
            self.faults.push((index, diagnostic));
            return 0;
        };
        if at + 1 < self.open.len()
            && let Some((opener, _)) = self.open.last().copied()
        {
            self.never_closed(index, opener);
        }
        let gone: usize = self.open.drain(at..).map(|(_, words)| words + 1).sum();
        gone
    }

    fn too_deep(&mut self, index: usize, token: Token) {
        let diagnostic =
            Diagnostic::error(codes::NESTING, format!("this is nested more than {MAX_DEPTH} deep"))
                .at(self.source, Span::new(token.start, token.end), "")
                .help("give a part a name of its own, with a `relation`");
        self.faults.push((index, diagnostic));
    }

    /// Whether an item begins with a token outside of brackets, and whether surely.
    fn begins(&self, i: usize, token: Token) -> Option<bool> {
        if self.is_whole_item(i, token) {
            Some(true)
        } else if self.is_item(i, token) || self.is_other_item(i, token) {
            Some(false)
        } else {
            None
        }
    }

    /// Whether the token is the keyword of an item, followed by all that an item has there.
    fn is_whole_item(&self, i: usize, token: Token) -> bool {
        let word = self.str(i);
        if token.kind != TokenKind::Word || !ITEM_WORDS.contains(&word) {
            return false;
        }
        let named = self.kind(i + 1) == Some(TokenKind::Word) && !is_inner(self.str(i + 1));
        let after = self.str(i + 2);
        match word {
            "extend" => self.str(i + 1) == "set",
            "test" | "system" => self.kind(i + 1) == Some(TokenKind::Text) && after == "{",
            "kind" => named && (after == "{" || after == "is" && !self.goes_on(i)),
            "relation" | "extract" => named && after == "(",
            "same" => named && after == ",",
            "set" => named && (after == "{" || after == ".") && !self.goes_on(i),
            "derive" | "except" | "override" | "disable" => named && !self.goes_on(i),
            _ => named && after == "{",
        }
    }

    /// Whether the token is the keyword of an item, as well as one can tell.
    fn is_item(&self, i: usize, token: Token) -> bool {
        let word = self.str(i);
        if token.kind != TokenKind::Word || !ITEM_WORDS.contains(&word) {
            return false;
        }
        let next = self.str(i + 1);
        let named = self.kind(i + 1) == Some(TokenKind::Word) && !is_inner(next);
        let begun = match word {
            "same" => named && next != "file",
            "test" | "system" => next == "{" || self.kind(i + 1) == Some(TokenKind::Text),
            _ => named || next == "{",
        };
        self.is_whole_item(i, token) || token.indent == 0 && begun
    }

    /// Whether the token, at the very beginning of a line, begins a clause, a statement or a
    /// misspelt item.
    fn is_other_item(&self, i: usize, token: Token) -> bool {
        if token.indent != 0 || self.goes_on(i) {
            return false;
        }
        let follows = |i| {
            matches!(self.kind(i), Some(TokenKind::Word | TokenKind::Text))
                || ["(", "{", ".", "-"].contains(&self.str(i))
        };
        match token.kind {
            TokenKind::Word => !is_inner(self.str(i)) && follows(i + 1),
            TokenKind::Text => self.str(i + 1) == "-",
            _ => false,
        }
    }

    /// Whether what stands before the token cannot be the end of an item.
    fn goes_on(&self, i: usize) -> bool {
        let Some(before) = i.checked_sub(1) else { return false };
        match self.kind(before) {
            Some(TokenKind::Word) => {
                // `no`, `in` and the like may also be names at the end of a path.
                let word = self.str(before);
                (is_inner(word) || word == "extend")
                    && before.checked_sub(1).is_none_or(|b| self.str(b) != ".")
            }
            Some(TokenKind::Sign) => !["*", "?", "_", "…"].contains(&self.str(before)),
            Some(TokenKind::Open) => true,
            _ => false,
        }
    }

    fn chunks(self) -> (Vec<Chunk>, Vec<Diagnostic>) {
        let mut outside = vec![];
        let mut faults = self.faults.into_iter().peekable();
        let mut errors = self.lexed.errors.iter().peekable();
        let mut out: Vec<Chunk> = Vec::with_capacity(self.starts.len());
        for (n, &(from, sure)) in self.starts.iter().enumerate() {
            let to = self.starts.get(n + 1).map_or(self.lexed.tokens.len(), |(i, _)| *i);
            let tokens = self.lexed.tokens.get(from..to).unwrap_or(&[]);
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
            let mut broken: Option<Diagnostic> = None;
            while let Some((at, error)) = errors.next_if(|(at, _)| *at < last.end) {
                if *at < first.start {
                    outside.push(error.clone());
                } else if broken.is_none() {
                    broken = Some(error.clone());
                }
            }
            while let Some((_, fault)) = faults.next_if(|(i, _)| *i < to) {
                broken.get_or_insert(fault);
            }
            let piece = Piece { start: first.start, end: last.end, first: *first, broken };
            match out.last_mut() {
                Some(chunk) if !sure => chunk.push(piece),
                _ => out.push(vec![piece]),
            }
        }
        outside.extend(errors.map(|(_, error)| error.clone()));
        (out, outside)
    }
}

/// Words that stand within items and begin none.
fn is_inner(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "not"
            | "if"
            | "because"
            | "until"
            | "in"
            | "from"
            | "at"
            | "when"
            | "match"
            | "where"
            | "query"
            | "is"
            | "has"
            | "matches"
            | "like"
            | "satisfies"
            | "exists"
            | "no"
            | "every"
            | "as"
    )
}
