//! What pages are made of.

use serde::Serialize;

use crate::escape::{line, source_line};

/// A piece of a line.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inline {
    Text(String),
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Code(String),
    /// Of less weight.
    Soft(String),
    /// What is behind it, in short.
    Label(String),
    /// A mark with a severity.
    Risk {
        level: &'static str,
        text: &'static str,
    },
    /// A sign of the matrix.
    Sign {
        state: &'static str,
        text: &'static str,
    },
    /// A link to a web address.
    Web {
        address: String,
        text: Vec<Inline>,
    },
    /// A link to a name in this document.
    To {
        name: String,
        text: String,
    },
}

impl Inline {
    /// A text of one line.
    pub fn text(text: &str) -> Self {
        Self::Text(prose(text))
    }

    /// A label in front of something.
    pub fn label(text: &str) -> Self {
        Self::Label(prose(&capital(text)))
    }

    /// A text in a narrow column.
    pub fn cell(text: &str) -> Self {
        Self::Text(cell(text))
    }

    /// Code in a narrow column.
    pub fn code(text: &str) -> Self {
        Self::Code(cell(text))
    }
}

/// A piece of a page.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    Heading {
        /// 1 is a section's.
        level: u8,
        text: String,
    },
    Text(Vec<Inline>),
    /// What a reader must not overlook.
    Warning(String),
    List {
        /// The first number, if it has numbers.
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    /// Lines as they are.
    Code(Vec<String>),
    Table {
        columns: Vec<Column>,
        rows: Vec<Row>,
    },
    /// Numbers side by side.
    Cards(Vec<Card>),
    /// A sentence, then labels with what is behind each.
    Facts {
        lead: String,
        facts: Vec<(String, Vec<Vec<Inline>>)>,
    },
    /// All threats in short.
    Index(Vec<Entry>),
    /// Items of a line each.
    Bullets(Vec<Vec<Inline>>),
    /// A place with lines of source.
    Source {
        place: Vec<Inline>,
        lines: Vec<SourceLine>,
    },
    Threat(Threat),
    /// The STRIDE matrix.
    Matrix {
        columns: Vec<Column>,
        rows: Vec<Row>,
    },
    Figure {
        /// The index of the picture.
        number: usize,
        /// Its size, in points of the picture.
        width: f64,
        height: f64,
        caption: String,
    },
    /// What the signs of figures mean: the index of the picture.
    Key(usize),
}

impl Block {
    /// A paragraph.
    pub fn text(text: &str) -> Self {
        Self::Text(vec![Inline::text(text)])
    }

    /// A heading.
    pub fn heading(level: u8, text: &str) -> Self {
        Self::Heading { level, text: prose(text) }
    }

    /// A list of texts of a line each.
    pub fn lines<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Bullets(texts.into_iter().map(|t| vec![Inline::text(t.as_ref())]).collect())
    }
}

/// A column of a table.
#[derive(Debug, Serialize)]
pub struct Column {
    pub head: String,
    /// Its share of the width.
    pub share: u8,
    /// Whether it holds numbers.
    pub right: bool,
}

impl Column {
    pub fn new(head: &str, share: u8) -> Self {
        Self { head: cell(&capital(head)), share, right: false }
    }
}

/// A row of a table.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What links lead to.
    pub name: Option<String>,
    pub cells: Vec<Vec<Inline>>,
}

/// A number.
#[derive(Debug, Serialize)]
pub struct Card {
    pub number: usize,
    pub text: &'static str,
    /// The severity that it counts.
    pub level: Option<&'static str>,
}

/// A line of source: what is meant stands in the middle.
#[derive(Debug, Serialize)]
pub struct SourceLine {
    pub number: u32,
    pub text: (String, String, String),
}

/// A finding in short.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// What a link leads to; none if it is told here alone.
    pub name: Option<String>,
    pub level: &'static str,
    pub risk: &'static str,
    pub title: String,
    pub about: String,
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct Threat {
    pub name: String,
    pub level: &'static str,
    pub risk: &'static str,
    pub title: String,
    pub excepted: bool,
    pub about: Vec<Inline>,
    pub body: Vec<Block>,
}

/// Where a line may break although there is no space. [`line`] and [`source_line`] leave none of it in a text of others.
const BREAK: char = '\u{200b}';

/// A text of one line, as part of a paragraph: long names may break behind their signs.
pub fn prose(text: &str) -> String {
    breakable(&line(text), 24, 40)
}

/// A text of one line in a narrow column.
pub fn cell(text: &str) -> String {
    breakable(&line(text), 10, 14)
}

/// Part of a line of source.
pub fn source(text: &str) -> String {
    breakable(&source_line(text), 24, 40)
}

/// Words of `long` characters may break behind a sign or before a capital letter, and anywhere after `most` characters.
fn breakable(text: &str, long: usize, most: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for word in text.split_inclusive(char::is_whitespace) {
        // Signs of Chinese and Japanese break by themselves.
        if word.chars().take_while(|c| *c < '\u{2e80}').count() < long {
            out.push_str(word);
            continue;
        }
        let mut run = 0;
        let mut rest = word.chars().peekable();
        while let Some(c) = rest.next() {
            out.push(c);
            run += 1;
            let Some(next) = rest.peek().filter(|n| n.is_alphanumeric()) else { continue };
            let joint = !c.is_alphanumeric() || (c.is_lowercase() && next.is_uppercase());
            if (joint && run > 2) || run >= most {
                out.push(BREAK);
                run = 0;
            }
        }
    }
    out
}

/// With a capital letter: some names of columns stand inside sentences elsewhere.
pub fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_may_break() {
        let shown = |text: &str| cell(text).replace(BREAK, "|");
        assert_eq!(shown("short/name"), "short/|name");
        assert_eq!(shown("api -> db"), "api -> db");
        assert_eq!(
            shown("src/main/OrderServiceImpl.java:12"),
            "src/|main/|Order|Service|Impl.|java:|12"
        );
        assert_eq!(shown("0123456789abcdef0123"), "0123456789abcd|ef0123");
        assert_eq!(shown("日本語の文章はどこでも改行できる"), "日本語の文章はどこでも改行できる");
        assert_eq!(prose("stride.unauthenticated").chars().filter(|c| *c == BREAK).count(), 0);
    }

    /// Nobody else can say where a line breaks.
    #[test]
    fn breaks_of_others_are_shown() {
        assert_eq!(prose("a\u{200b}b"), "a\\u{200b}b");
        assert_eq!(source("a\u{200b}b"), "a\u{fffd}b");
    }
}
