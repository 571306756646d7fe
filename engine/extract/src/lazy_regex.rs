//! Regular expressions that are compiled when something first asks them: a scan needs few of those that the packs have.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// How large a compiled regular expression may be, in bytes.
const REGEX_SIZE: usize = 1 << 20;

/// A regular expression of a pack.
#[derive(Debug, Clone)]
pub(crate) struct LazyRegex {
    text: String,
    /// Whether `^` and `$` are the ends of lines.
    lines: bool,
    regex: OnceLock<Option<Regex>>,
}

impl LazyRegex {
    /// An expression, or what is wrong with it. One that is `checked` is known to be right and waits.
    pub fn new(text: impl Into<String>, lines: bool, checked: bool) -> Result<Self, String> {
        let this = Self { text: text.into(), lines, regex: OnceLock::new() };
        if checked {
            return Ok(this);
        }
        let regex = OnceLock::from(Some(this.compile().map_err(|e| e.to_string())?));
        Ok(Self { regex, ..this })
    }

    /// The expression, to be used; none only if it was wrongly taken as checked.
    pub fn get(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| self.compile().ok()).as_ref()
    }

    /// Whether it matches somewhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.get().is_some_and(|regex| regex.is_match(text))
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        let mut builder = RegexBuilder::new(&self.text);
        builder.multi_line(self.lines).crlf(self.lines).size_limit(REGEX_SIZE).build()
    }
}
