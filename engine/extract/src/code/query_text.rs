//! Reads the text of a tree-sitter query as far as we must know it ourselves: at which kinds its patterns begin, and
//! which predicates they have. Tree-sitter itself has accepted the text before.

use std::ops::Range;

use crate::matching::Anchors;

/// A query.
#[derive(Debug, Default)]
pub(crate) struct QueryText {
    pub patterns: Vec<QueryPattern>,
}

/// A pattern of a query.
#[derive(Debug, Default)]
pub(crate) struct QueryPattern {
    /// The kinds at which it can begin; empty if that is not told by its text.
    pub heads: Vec<String>,
    pub predicates: Vec<Predicate>,
    /// The captures, each with whether every match has it; those of alternatives count as if some had not.
    pub captures: Vec<(String, bool)>,
}

/// `(#eq? @capture "text")`
#[derive(Debug)]
pub(crate) struct Predicate {
    /// Without the `#`.
    pub name: String,
    pub range: Range<usize>,
    /// The first argument, if it is a capture.
    pub capture: Option<String>,
    /// The arguments that are texts; empty if another argument is a capture.
    pub strings: Vec<String>,
    /// Where its texts are, with their quotes.
    pub places: Vec<Range<usize>>,
}

impl QueryText {
    /// The predicates of all patterns.
    pub fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        self.patterns.iter().flat_map(|p| &p.predicates)
    }

    /// The names of the captures but `at`, sorted.
    pub fn names(&self) -> Vec<String> {
        let captures = self.patterns.iter().flat_map(|p| &p.captures);
        let mut names: Vec<String> = captures.map(|(name, _)| name.clone()).collect();
        names.retain(|name| name != "at");
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Takes note that a match may lack the captures of the last pattern from this one on.
    fn may_lack(&mut self, from: usize) {
        let captures = self.patterns.last_mut().map(|p| &mut p.captures);
        for (_, always) in captures.into_iter().flatten().skip(from) {
            *always = false;
        }
    }

    /// Texts of which a file must hold some: what positive predicates ask of captures that are always there.
    pub fn anchors(&self) -> Anchors {
        let mut anchors: Anchors = vec![];
        for pattern in &self.patterns {
            let always =
                |capture: &str| pattern.captures.iter().any(|(n, all)| *all && n == capture);
            let wanted: Anchors = pattern
                .predicates
                .iter()
                .filter(|p| matches!(p.name.as_str(), "eq?" | "any-eq?" | "any-of?"))
                .filter(|p| p.capture.as_deref().is_some_and(always) && !p.strings.is_empty())
                .map(|p| p.strings.clone())
                .collect();
            if self.patterns.len() == 1 {
                return wanted;
            }
            // One of several patterns matches, so one text of each is all that a file can be asked for.
            let Some(first) = wanted.into_iter().next() else { return vec![] };
            match anchors.first_mut() {
                Some(all) => all.extend(first),
                None => anchors.push(first),
            }
        }
        anchors
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open(char),
    Close,
    Word(String),
    Text(String),
    Capture(String),
    Predicate(String),
    /// `?` or `*`: what is before it may be missing.
    Optional,
    Other,
}

/// Reads a query.
pub(crate) fn read(text: &str) -> QueryText {
    let tokens = tokens(text);
    let mut query = QueryText::default();
    let mut depth = 0_usize;
    // Whether each open bracket can hold the beginning of the pattern.
    let mut leading: Vec<bool> = vec![];
    // For each open bracket, and for the last closed one, the captures before it and whether what is in it are alternatives.
    let mut opened: Vec<(usize, bool)> = vec![];
    let mut closed = 0;
    let mut i = 0;
    while let Some((token, _)) = tokens.get(i) {
        i += 1;
        let next = tokens.get(i).map(|t| &t.0);
        match token {
            Token::Open(_) if matches!(next, Some(Token::Predicate(_))) => {
                let (predicate, behind) = predicate(&tokens, i);
                if let (Some(pattern), Some(predicate)) = (query.patterns.last_mut(), predicate) {
                    pattern.predicates.push(predicate);
                }
                i = behind;
            }
            Token::Open(bracket) => {
                if depth == 0 {
                    query.patterns.push(QueryPattern::default());
                }
                let leads = depth == 0 || leading.last().copied().unwrap_or(false);
                let word = matches!(next, Some(Token::Word(_)));
                if let (true, Some(pattern)) = (leads, query.patterns.last_mut()) {
                    match (bracket, next) {
                        ('(', Some(Token::Word(kind))) if kind != "_" && kind != "MISSING" => {
                            pattern.heads.push(kind.clone());
                        }
                        // Alternatives, and a group of a node with its predicates, lead on.
                        ('[', _) | ('(', Some(Token::Open(_))) => {}
                        _ => pattern.heads.push(String::new()),
                    }
                }
                leading.push(leads && !word);
                let before = query.patterns.last().map_or(0, |p| p.captures.len());
                opened.push((before, *bracket == '['));
                depth += 1;
            }
            Token::Close => {
                depth = depth.saturating_sub(1);
                leading.pop();
                let (before, alternatives) = opened.pop().unwrap_or_default();
                closed = before;
                if alternatives {
                    query.may_lack(before);
                }
            }
            Token::Optional => {
                // Behind a bracket it is about all that is in it, else about one word.
                let bracket = i.checked_sub(2).and_then(|b| tokens.get(b)).map(|t| &t.0);
                if matches!(bracket, Some(Token::Close)) {
                    query.may_lack(closed);
                }
            }
            Token::Capture(name) => {
                let mut back = tokens.get(..i - 1).unwrap_or_default().iter().rev().map(|t| &t.0);
                let before = back.find(|t| !matches!(t, Token::Capture(_)));
                let lacks = match before {
                    Some(Token::Optional) => true,
                    Some(Token::Word(word)) => word.ends_with('?'),
                    _ => false,
                };
                if let Some(pattern) = query.patterns.last_mut() {
                    pattern.captures.push((name.clone(), !lacks));
                }
            }
            Token::Text(_) | Token::Word(_) if leading.last() == Some(&true) => {
                if let Some(pattern) = query.patterns.last_mut() {
                    pattern.heads.push(String::new());
                }
            }
            Token::Text(_) if depth == 0 => {
                query
                    .patterns
                    .push(QueryPattern { heads: vec![String::new()], ..QueryPattern::default() });
            }
            Token::Text(_) | Token::Word(_) | Token::Predicate(_) | Token::Other => {}
        }
    }
    for pattern in &mut query.patterns {
        if pattern.heads.iter().any(String::is_empty) {
            pattern.heads.clear();
        }
    }
    query
}

fn predicate(tokens: &[(Token, Range<usize>)], at: usize) -> (Option<Predicate>, usize) {
    let Some((Token::Predicate(name), range)) = tokens.get(at) else { return (None, at + 1) };
    let mut found = Predicate {
        name: name.clone(),
        range: range.clone(),
        capture: None,
        strings: vec![],
        places: vec![],
    };
    let mut captures = 0;
    let mut i = at + 1;
    while let Some((token, place)) = tokens.get(i) {
        i += 1;
        match token {
            Token::Close => break,
            Token::Capture(name) => {
                captures += 1;
                found.capture.get_or_insert_with(|| name.clone());
            }
            Token::Text(text) | Token::Word(text) => {
                found.strings.push(text.clone());
                found.places.push(place.clone());
            }
            Token::Open(_) | Token::Predicate(_) | Token::Optional | Token::Other => {}
        }
    }
    if captures > 1 {
        found.strings.clear();
    }
    (Some(found), i)
}

fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '!' | '?');
    let mut tokens = vec![];
    let mut chars = text.char_indices().peekable();
    let name = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
        let mut name = String::new();
        while let Some((_, c)) = chars.next_if(|(_, c)| word(*c)) {
            name.push(c);
        }
        name
    };
    while let Some((start, c)) = chars.next() {
        let token = match c {
            '(' | '[' => Token::Open(c),
            ')' | ']' => Token::Close,
            '?' | '*' => Token::Optional,
            ';' => {
                while chars.next_if(|(_, c)| *c != '\n').is_some() {}
                continue;
            }
            '"' => {
                let mut value = String::new();
                while let Some((_, c)) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => match chars.next().map(|n| n.1) {
                            Some('n') => value.push('\n'),
                            Some('t') => value.push('\t'),
                            Some('r') => value.push('\r'),
                            Some('0') => value.push('\0'),
                            Some(other) => value.push(other),
                            None => {}
                        },
                        _ => value.push(c),
                    }
                }
                Token::Text(value)
            }
            '@' => Token::Capture(name(&mut chars)),
            '#' => Token::Predicate(name(&mut chars)),
            _ if c.is_alphanumeric() || c == '_' => {
                let mut whole = c.to_string();
                whole.push_str(&name(&mut chars));
                // `field:` names no node.
                if chars.next_if(|(_, c)| *c == ':').is_some() {
                    Token::Other
                } else {
                    Token::Word(whole)
                }
            }
            _ if c.is_whitespace() => continue,
            _ => Token::Other,
        };
        let end = chars.peek().map_or(text.len(), |(i, _)| *i);
        tokens.push((token, start..end));
    }
    tokens
}
