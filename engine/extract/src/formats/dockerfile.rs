//! Dockerfiles: each instruction, in lower case, is a key whose values are a sequence of mappings `value`, `args`,
//! `flags`; `from` has `image` and `as` besides, and each instruction has `stage`, the number of its stage from 0.
//! The arguments of `ENV`, `ARG` and `LABEL` are `NAME=value`, however they were written.

use redan_base::{Limits, Span};

use super::{lines, offset_in};
use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape};

/// Reads a text; every text is one.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let mut builder = Builder::indexed(limits);
    let problems = read(&mut builder, text).err().into_iter().collect();
    Parsed { tree: builder.finish(), problems, ..Parsed::default() }
}

/// A word of an instruction with its place.
struct Word {
    text: String,
    span: Span,
}

fn read(builder: &mut Builder<'_>, text: &str) -> Result<(), Problem> {
    let root = builder.add(Shape::Mapping, None, Span::new(0, text.len()))?;
    builder.document(root);
    let mut stage = -1;
    let mut all = lines(text).peekable();
    let mut escape = '\\';
    while let Some((start, line)) = all.next() {
        let content = line.trim_start_matches([' ', '\t', '\u{feff}']);
        if let Some(directive) = content.strip_prefix('#') {
            if directive.trim().eq_ignore_ascii_case("escape=`") {
                escape = '`';
            }
            continue;
        }
        if content.is_empty() {
            continue;
        }
        let name_length = content.find([' ', '\t']).unwrap_or(content.len());
        let name = content.get(..name_length).unwrap_or_default().to_ascii_lowercase();
        let at = start + offset_in(line, content);
        let key = Key::new(name.as_str(), Span::new(at, at + name_length));
        // The pieces of the instruction: its first line and those that continue it.
        let mut pieces: Vec<(usize, &str)> = vec![];
        let mut piece = (at + name_length, content.get(name_length..).unwrap_or_default());
        loop {
            let (from, rest) = piece;
            let trimmed = rest.trim_end();
            let continues = trimmed.ends_with(escape);
            pieces.push((from, trimmed.strip_suffix(escape).unwrap_or(trimmed)));
            if !continues {
                break;
            }
            // Comments and empty lines within an instruction are passed over.
            let next = loop {
                match all.next() {
                    Some((_, l)) if l.trim_start().starts_with('#') || l.trim().is_empty() => {}
                    other => break other,
                }
            };
            let Some(next) = next else { break };
            piece = next;
        }
        let mut body = None;
        if matches!(name.as_str(), "run" | "copy" | "add") {
            body = heredoc(&pieces, &mut all);
        }
        if name == "from" {
            stage += 1;
        }
        let node = instruction(builder, &name, &pieces, stage)?;
        if let Some((value, end)) = body {
            let span = Span::new(end - value.len(), end);
            let leaf = builder.leaf(Some(Scalar::Text(value)), span)?;
            builder.link(node, Some(Key::new("heredoc", span)), leaf);
            let whole = builder.node(node).span.to(span);
            builder.set_span(node, whole);
        }
        let whole = key.span.to(builder.node(node).span);
        builder.set_span(node, whole);
        let list = match builder.child(root, &name) {
            Some(list) => list,
            None => {
                let list = builder.add(Shape::Sequence, None, whole)?;
                builder.link(root, Some(key), list);
                list
            }
        };
        builder.link(list, None, node);
    }
    Ok(())
}

/// The lines of the first here-document of an instruction, and where they end.
fn heredoc<'t>(
    pieces: &[(usize, &str)],
    all: &mut std::iter::Peekable<impl Iterator<Item = (usize, &'t str)>>,
) -> Option<(String, usize)> {
    let (_, first) = pieces.iter().find(|(_, p)| p.contains("<<"))?;
    let word = first.split_once("<<")?.1.trim_start_matches('-');
    let word = word.split([' ', '\t', '>', '|', ';', '&']).next()?.trim_matches(['"', '\'']);
    if word.is_empty() || !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let mut text = String::new();
    let mut end = all.peek().map_or(0, |(s, _)| *s);
    for (start, line) in all.by_ref() {
        if line.trim() == word {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
        end = start + line.len();
    }
    (end >= text.len()).then_some((text, end))
}

fn instruction(
    builder: &mut Builder<'_>,
    name: &str,
    pieces: &[(usize, &str)],
    stage: i64,
) -> Result<NodeId, Problem> {
    let mut words: Vec<Word> = pieces.iter().flat_map(|(at, p)| split_words(*at, p)).collect();
    let begin =
        words.first().or(None).map_or(pieces.first().map_or(0, |p| p.0), |w| w.span.start as usize);
    let end = words.last().map_or(begin, |w| w.span.end as usize);
    let span = Span::new(begin, end);
    let node = builder.add(Shape::Mapping, None, span)?;
    let flag_count = words.iter().take_while(|w| w.text.starts_with("--")).count();
    let flags: Vec<Word> = words.drain(..flag_count).collect();
    let rest = words.first().map_or(end, |w| w.span.start as usize);
    let value: Vec<String> = pieces
        .iter()
        .map(|(at, p)| p.get(rest.saturating_sub(*at)..).unwrap_or_default().trim().to_owned())
        .filter(|p| !p.is_empty())
        .collect();
    let value = value.join(" ");
    let value_span = Span::new(rest, end);
    let json = json_words(&value, value_span);
    text(builder, node, "value", &value, value_span)?;
    if !flags.is_empty() {
        let all: Vec<&str> = flags.iter().map(|f| f.text.as_str()).collect();
        let all = Scalar::Text(all.join(" "));
        let holder = builder.add(Shape::Mapping, Some(all), Span::new(begin, rest))?;
        for flag in flags {
            let body = flag.text.trim_start_matches('-');
            let (key, value) = body.split_once('=').unwrap_or((body, "true"));
            text(builder, holder, key, value, flag.span)?;
        }
        builder.link(node, Some(Key::new("flags", Span::new(begin, begin))), holder);
    }
    let mut words = json.unwrap_or(words);
    match name {
        "from" => {
            if let Some(image) = words.first() {
                text(builder, node, "image", &image.text, image.span)?;
            }
            if let [_, keyword, alias, ..] = words.as_slice()
                && keyword.text.eq_ignore_ascii_case("as")
            {
                text(builder, node, "as", &alias.text, alias.span)?;
            }
        }
        "env" | "label"
            if words.len() > 1 && words.iter().take(1).all(|w| !w.text.contains('=')) =>
        {
            // The old form: one name, and the rest is its value.
            words = old_form(words);
        }
        _ => {}
    }
    let list = builder.add(Shape::Sequence, None, value_span)?;
    for word in words {
        let leaf = builder.leaf(Some(Scalar::Text(word.text)), word.span)?;
        builder.link(list, None, leaf);
    }
    builder.link(node, Some(Key::new("args", Span::new(rest, rest))), list);
    let at = Span::new(begin, begin);
    let leaf = builder.leaf(Some(Scalar::Int(stage.max(0))), at)?;
    builder.link(node, Some(Key::new("stage", at)), leaf);
    Ok(node)
}

/// `ENV name value with blanks` as the one word `name=value with blanks`.
fn old_form(words: Vec<Word>) -> Vec<Word> {
    let span = match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => return words,
    };
    let name = words.first().map_or("", |w| w.text.as_str());
    let value: Vec<&str> = words.iter().skip(1).map(|w| w.text.as_str()).collect();
    vec![Word { text: format!("{name}={}", value.join(" ")), span }]
}

fn text(
    builder: &mut Builder<'_>,
    node: NodeId,
    key: &str,
    value: &str,
    span: Span,
) -> Result<(), Problem> {
    let leaf = builder.leaf(Some(Scalar::Text(value.to_owned())), span)?;
    let at = Span { start: span.start, end: span.start };
    builder.link(node, Some(Key::new(key, at)), leaf);
    Ok(())
}

/// Words as a shell splits them, without their quotes.
fn split_words(at: usize, piece: &str) -> Vec<Word> {
    let mut words = vec![];
    let mut current: Option<(usize, String)> = None;
    let mut quote = None;
    let mut chars = piece.char_indices();
    while let Some((i, c)) = chars.next() {
        match quote {
            None if c.is_whitespace() => {
                if let Some((start, text)) = current.take() {
                    words.push(Word { text, span: Span::new(at + start, at + i) });
                }
                continue;
            }
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                current.get_or_insert_with(|| (i, String::new()));
                continue;
            }
            Some(q) if q == c => {
                quote = None;
                continue;
            }
            _ => {}
        }
        let (_, text) = current.get_or_insert_with(|| (i, String::new()));
        if c == '\\' && quote != Some('\'') {
            text.extend(chars.next().map(|(_, c)| c));
        } else {
            text.push(c);
        }
    }
    if let Some((start, text)) = current {
        words.push(Word { text, span: Span::new(at + start, at + piece.trim_end().len()) });
    }
    words
}

/// The arguments of the form `["a", "b"]`; all of them lie at the place of the list.
fn json_words(value: &str, span: Span) -> Option<Vec<Word>> {
    if !value.starts_with('[') {
        return None;
    }
    let list: Vec<String> = serde_json::from_str(value).ok()?;
    Some(list.into_iter().map(|text| Word { text, span }).collect())
}
