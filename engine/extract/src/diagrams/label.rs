//! The text of labels as people read it.

/// A label: its lines, without marks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Label {
    /// The lines that have text.
    pub lines: Vec<String>,
}

impl Label {
    /// A label from what stands in a diagram: without quotes, HTML, icons and marks of emphasis.
    pub(super) fn new(raw: &str) -> Self {
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw.trim().trim_matches(['"', '`']);
        while let Some(i) = rest.find(['<', '\\', '#']) {
            text.push_str(rest.get(..i).unwrap_or_default());
            let from = rest.get(i..).unwrap_or_default();
            let (becomes, used) = special(from);
            text.push_str(becomes);
            rest = from.get(used..).unwrap_or_default();
        }
        text.push_str(rest);
        let lines = text.split('\n').map(plain).filter(|l| !l.is_empty()).collect();
        Self { lines }
    }

    /// All lines as one.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// Whether nothing is left to read.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// What a `<`, `\` or `#` at the start of a text stands for, and how long its form is.
fn special(text: &str) -> (&'static str, usize) {
    const MOST: usize = 200;
    if text.starts_with("\\n") {
        return ("\n", 2);
    }
    if let Some(entity) = text.strip_prefix('#') {
        return match entity {
            e if e.starts_with("quot;") => ("\"", 6),
            e if e.starts_with("amp;") => ("&", 5),
            e if e.starts_with("35;") => ("#", 4),
            _ => ("#", 1),
        };
    }
    let inside = text.get(1..).unwrap_or_default();
    let begins = inside.starts_with(|c: char| c.is_ascii_alphabetic() || "/$&:".contains(c));
    let end = text.bytes().take(MOST).position(|b| b == b'>');
    match end {
        Some(end) if begins => {
            let word = inside.trim_start_matches('/').to_ascii_lowercase();
            let breaks = ["br", "hr", "p>", "div"].iter().any(|t| word.starts_with(t));
            (if breaks { "\n" } else { "" }, end + 1)
        }
        _ => (text.get(..1).map_or("", |c| if c == "<" { "<" } else { "" }), 1),
    }
}

/// A line without emphasis and names of icons, with single blanks.
fn plain(line: &str) -> String {
    let line = line.replace("**", "").replace("__", "").replace("\"\"", "");
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|w| !is_icon(w) && !w.chars().all(|c| matches!(c, '=' | '-' | '.' | '_')))
        .collect();
    words.join(" ").trim_matches('`').trim().to_owned()
}

/// `fa:fa-user`, `:cloud:`
fn is_icon(word: &str) -> bool {
    let short = |prefix: &str| {
        prefix.len() <= 8 && prefix.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    word.split_once(":fa-").is_some_and(|(prefix, _)| short(prefix))
}
