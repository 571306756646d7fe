//! Files of environment variables: `KEY=value`, with `export`, quotes and comments.

use redan_base::{Limits, Span};

use super::{lines, offset_in};
use crate::matching::Scalar;
use crate::tree::{Builder, Key, Parsed, Problem, Shape};

/// The longest quoted value, in characters.
const MOST_QUOTED: usize = 8_192;

/// Reads a text; every text is one. Lines without `=` are passed over.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let mut builder = Builder::new(limits);
    let problems = read(&mut builder, text).err().into_iter().collect();
    Parsed { tree: builder.finish(), problems, ..Parsed::default() }
}

fn read(builder: &mut Builder<'_>, text: &str) -> Result<(), Problem> {
    let root = builder.add(Shape::Mapping, None, Span::new(0, text.len()))?;
    builder.document(root);
    let mut passed = 0;
    for (start, line) in lines(text) {
        if start < passed {
            continue;
        }
        let content = line.trim_matches([' ', '\t', '\u{feff}']);
        let content = content.strip_prefix("export ").unwrap_or(content).trim_start();
        if content.starts_with('#') {
            continue;
        }
        let Some((key, value)) = content.split_once('=') else { continue };
        let key_at = start + offset_in(line, key);
        let key = key.trim_end();
        let value = value.trim_start();
        let value_at = start + offset_in(line, value);
        let (value, length) = read_value(text.get(value_at..).unwrap_or_default(), value);
        passed = value_at + length;
        let leaf =
            builder.leaf(Some(Scalar::Text(value)), Span::new(value_at, value_at + length))?;
        builder.link(root, Some(Key::new(key, Span::new(key_at, key_at + key.len()))), leaf);
    }
    Ok(())
}

/// The value at the beginning of `rest`, and its length in the file; `line` is the rest of its line.
fn read_value(rest: &str, line: &str) -> (String, usize) {
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let value = line.split(" #").next().unwrap_or_default().trim_end();
        return (value.to_owned(), value.len());
    };
    let mut out = String::new();
    // A quote that is not closed soon is none: the bound keeps a file of opening quotes linear.
    let mut chars = rest.char_indices().take(MOST_QUOTED).skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return (out, at + c.len_utf8()),
            '\\' if quote == '"' => match chars.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 't')) => out.push('\t'),
                Some((_, other)) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    // Without its closing quote it is just the line.
    (line.trim_end().to_owned(), line.trim_end().len())
}
