//! Text on a terminal: columns, wrapping that knows wide characters, and colour.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a text is written for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// Columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

/// The colours that are used, by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Critical and high.
    Bad,
    /// Medium, and warnings.
    Warn,
    /// Low and info, places.
    Calm,
    /// A heading.
    Strong,
    /// What may be read over.
    Dim,
    /// What to do.
    Good,
}

impl Style {
    /// A text in a tone.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Bad => "31;1",
            Tone::Warn => "33",
            Tone::Calm => "36",
            Tone::Strong => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Lines that a build log would take for commands (`::error …`, `##vso[…]`) begin with a backslash
/// instead.
pub fn guard(text: String) -> String {
    let command =
        |line: &str| line.trim_start().starts_with("::") || line.trim_start().starts_with("##");
    if !text.lines().any(command) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        if command(line) {
            let start = line.trim_start();
            out.extend(line.strip_suffix(start));
            out.push('\\');
            out.push_str(start);
        } else {
            out.push_str(line);
        }
    }
    out
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text filled up with spaces on its right.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text filled up with spaces on its left.
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Breaks a text into lines of at most so many columns: at spaces, and between wide characters,
/// which need none. A word that is too long stays whole, so that paths can be copied.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![];
    for paragraph in text.lines() {
        let mut line = String::new();
        for piece in pieces(paragraph) {
            let fits = width(&line) + width(piece.trim_end()) <= columns;
            if !fits && !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            line.push_str(if line.is_empty() { piece.trim_start() } else { piece });
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words with the space behind them, and single wide characters.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = vec![];
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let wide = |c: char| c.width() == Some(2);
        // A closing mark does not begin a line.
        let closing = matches!(
            c,
            '。' | '、'
                | '）'
                | '」'
                | '』'
                | '，'
                | '．'
                | '：'
                | '？'
                | '！'
                | 'ー'
                | '々'
                | 'っ'
                | 'ゃ'
                | 'ゅ'
                | 'ょ'
                | 'ッ'
                | 'ャ'
                | 'ュ'
                | 'ョ'
        );
        let opening = before.is_some_and(|b| matches!(b, '（' | '「' | '『'));
        let cut = before.is_some_and(|b| (b == ' ' && c != ' ') || wide(b) || wide(c));
        if cut && !closing && !opening && at > start {
            pieces.extend(text.get(start..at));
            start = at;
        }
        before = Some(c);
    }
    pieces.extend(text.get(start..).filter(|t| !t.is_empty()));
    pieces
}

/// Joins the lines of each paragraph of Markdown, so that they can be wrapped anew. Lists, quotes and
/// fenced blocks keep their lines.
pub fn reflow(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    let mut open = false;
    for line in text.lines() {
        let own = line.trim();
        let fence = own.starts_with("```") || own.starts_with("~~~");
        let digits = own.trim_start_matches(|c: char| c.is_ascii_digit());
        let numbered = digits.len() < own.len() && digits.starts_with(['.', ')']);
        let marked = numbered || own.starts_with(['-', '*', '+', '>', '#', '|']);
        if fence || fenced || marked || own.is_empty() {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(line);
            open = marked && !own.starts_with(['#', '|']);
            if !open {
                out.push('\n');
            }
            fenced ^= fence;
        } else if open && !out.is_empty() {
            let wide = |c: Option<char>| c.and_then(char::width) == Some(2);
            if !(wide(out.chars().next_back()) && wide(own.chars().next())) {
                out.push(' ');
            }
            out.push_str(own);
        } else {
            out.push_str(line);
            open = true;
        }
    }
    out
}

/// Lines of a text, each indented; the continued lines of a list's item by `hang` more.
pub fn indent(text: &str, by: usize, hang: usize, columns: usize) -> String {
    let mut out = String::new();
    for paragraph in text.lines() {
        let own = paragraph.len() - paragraph.trim_start().len();
        let text = paragraph.trim_start();
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let numbered = digits.len() < text.len() && digits.starts_with(". ");
        let item = numbered || text.starts_with("- ") || text.starts_with("* ");
        let hang = if item { hang } else { 0 };
        let room = columns.saturating_sub(by + hang + own).max(20);
        for (number, line) in wrap(text, room).into_iter().enumerate() {
            let space = by + own + if number > 0 { hang } else { 0 };
            out.push_str(&" ".repeat(space));
            out.push_str(&line);
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_break_anywhere() {
        assert_eq!(pad("保存", 6), "保存  ");
        assert_eq!(wrap("機密データを変更する。", 10), ["機密データ", "を変更す", "る。"]);
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("averyveryverylongword x", 5), ["averyveryverylongword", "x"]);
    }

    #[test]
    fn paragraphs_flow_and_lists_stay() {
        assert_eq!(reflow("one\ntwo\n\n- a\n  b\n- c"), "one two\n\n- a b\n- c");
        assert_eq!(reflow("一行\n二行"), "一行二行");
        assert_eq!(reflow("```js\na\n  b\n```\nend"), "```js\na\n  b\n```\nend");
    }

    #[test]
    fn lists_keep_their_indentation() {
        assert_eq!(indent("1. one two\n   - sub", 2, 3, 13), "  1. one two\n     - sub\n");
    }
}
