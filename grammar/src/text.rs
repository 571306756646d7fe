//! What the literals of the language mean: escapes, and the common indentation of blocks.

use std::fmt::Write as _;

/// The value of a text literal, given with its quotes.
pub fn text_value(literal: &str) -> String {
    match literal.strip_prefix("\"\"\"").and_then(|s| s.strip_suffix("\"\"\"")) {
        Some(inner) => unescape(&dedent(inner)),
        None => unescape(trim_once(literal, '"')),
    }
}

/// The value of a code literal, given with its back-ticks.
pub fn code_value(literal: &str) -> String {
    match literal.strip_prefix("```").and_then(|s| s.strip_suffix("```")) {
        Some(inner) => dedent(inner.get(info_word(inner).len()..).unwrap_or(inner)),
        None => trim_once(literal, '`').to_owned(),
    }
}

/// The value of a regular expression, given with its slashes.
pub fn regex_value(literal: &str) -> String {
    let inner = trim_once(literal, '/');
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('/')) => {
                out.push('/');
                chars.next();
            }
            ('\\', Some(next)) => {
                out.push('\\');
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// The word after three back-ticks that names the language of a block; empty if there is none.
pub fn info_word(inner: &str) -> &str {
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || "_+-#.".contains(c)));
    let (word, rest) = inner.split_at(end.unwrap_or(inner.len()));
    if rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n') { word } else { "" }
}

fn trim_once(literal: &str, quote: char) -> &str {
    literal.strip_prefix(quote).and_then(|s| s.strip_suffix(quote)).unwrap_or("")
}

/// Removes a first and a last line without text, and the indentation that all lines but the first
/// share. A text of one line stays as it is.
pub fn dedent(inner: &str) -> String {
    if !inner.contains('\n') {
        return inner.to_owned();
    }
    let mut lines: Vec<&str> =
        inner.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).collect();
    let blank = |l: &&str| l.trim_matches([' ', '\t']).is_empty();
    if lines.last().is_some_and(blank) {
        lines.pop();
    }
    let first = if lines.first().is_some_and(blank) {
        lines.remove(0);
        None
    } else if lines.is_empty() {
        None
    } else {
        Some(lines.remove(0))
    };
    let mut common: Option<&str> = None;
    for line in lines.iter().filter(|l| !blank(l)) {
        let indent = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len());
        let indent = indent.unwrap_or("");
        common = Some(match common {
            None => indent,
            Some(shared) => {
                let same = shared.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                shared.get(..same).unwrap_or("")
            }
        });
    }
    let common = common.unwrap_or("");
    let mut out = String::with_capacity(inner.len());
    if let Some(first) = first {
        out.push_str(first);
    }
    for (i, line) in lines.iter().enumerate() {
        if i > 0 || first.is_some() {
            out.push('\n');
        }
        if !blank(line) {
            out.push_str(line.strip_prefix(common).unwrap_or(line));
        }
    }
    out
}

/// Resolves the escapes of a text; unknown ones stay as they are (they are reported on their own).
pub fn unescape(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let (value, length) = escape_at(escape);
        match value {
            Some(c) => out.push(c),
            None => out.push_str(escape.get(..length).unwrap_or(escape)),
        }
        rest = escape.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// The ranges, in bytes of `raw`, of escapes that texts do not have.
pub fn bad_escapes(raw: &str) -> Vec<(usize, usize)> {
    let mut out = vec![];
    let mut from = 0;
    while let Some(at) = raw.get(from..).and_then(|r| r.find('\\')) {
        let start = from + at;
        let (value, length) = escape_at(raw.get(start..).unwrap_or(""));
        if value.is_none() {
            out.push((start, start + length));
        }
        from = start + length;
    }
    out
}

/// What the escape at the beginning of `s` stands for, and its length in bytes.
fn escape_at(s: &str) -> (Option<char>, usize) {
    let Some(c) = s.chars().nth(1) else { return (None, s.len()) };
    let simple = |value| (Some(value), 2);
    match c {
        'n' => simple('\n'),
        't' => simple('\t'),
        '"' => simple('"'),
        '\\' => simple('\\'),
        'u' => {
            let hex = s.get(2..).and_then(|r| r.strip_prefix('{')).and_then(|r| {
                let (hex, _) = r.split_once('}')?;
                (hex.len() <= 6).then_some(hex)
            });
            let value = hex.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32);
            match (hex, value) {
                (Some(hex), Some(value)) => (Some(value), hex.len() + 4),
                _ => (None, 2),
            }
        }
        other => (None, 1 + other.len_utf8()),
    }
}

/// Whether a character hides or reorders what stands around it, wherever it stands.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}'
            | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text literal on one line with this value.
pub fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) || c == '\r' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
