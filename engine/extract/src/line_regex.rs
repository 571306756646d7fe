//! Regular expressions that are looked for in whole files, and the texts that a file must hold for one to match.

use regex::Regex;
use regex_syntax::hir::{Hir, HirKind};

use crate::lazy_regex::LazyRegex;
use crate::matching::Anchors;

/// A regular expression whose `^` and `$` are the ends of lines: files are looked through line by line.
#[derive(Debug)]
pub(crate) struct LineRegex {
    /// The names of its groups.
    pub names: Vec<String>,
    /// What it cannot match without: of each list at least one text. Empty if nothing is sure.
    pub anchors: Anchors,
    regex: LazyRegex,
}

impl LineRegex {
    /// The expression of a pack, or what is wrong with it; one that is `checked` is compiled when it is used.
    pub fn new(text: &str, checked: bool) -> Result<Self, String> {
        let regex = LazyRegex::new(text, true, checked)?;
        let parser = regex_syntax::ParserBuilder::new().multi_line(true).crlf(true).build();
        let hir = { parser }.parse(text).map_err(|e| e.to_string())?;
        let mut names = vec![];
        groups(&hir, &mut names);
        Ok(Self { names, anchors: required(&hir), regex })
    }

    /// The expression, to be used.
    pub fn get(&self) -> Option<&Regex> {
        self.regex.get()
    }
}

/// The names of groups, in the order of their brackets.
fn groups(hir: &Hir, names: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            names.extend(capture.name.as_deref().map(str::to_owned));
            groups(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => groups(&repetition.sub, names),
        HirKind::Concat(list) | HirKind::Alternation(list) => {
            for sub in list {
                groups(sub, names);
            }
        }
        HirKind::Literal(_) | HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

fn required(hir: &Hir) -> Anchors {
    let mut all = of(hir);
    all.retain(|any| any.iter().all(|text| text.len() >= 2));
    all
}

// The parser bounds the nesting of a pattern.
fn of(hir: &Hir) -> Anchors {
    match hir.kind() {
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).map(|t| vec![vec![t.to_owned()]]).unwrap_or_default()
        }
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Concat(list) => list.iter().flat_map(of).collect(),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Alternation(list) => {
            // Each branch must need something; of each the longest text is taken.
            let mut any = vec![];
            for branch in list {
                let best = of(branch)
                    .into_iter()
                    .max_by_key(|texts| texts.iter().map(String::len).min().unwrap_or_default());
                match best {
                    Some(texts) => any.extend(texts),
                    None => return vec![],
                }
            }
            vec![any]
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::LineRegex;

    fn required(pattern: &str) -> Vec<Vec<String>> {
        LineRegex::new(pattern, true).map(|r| r.anchors).unwrap_or_default()
    }

    #[test]
    fn what_a_pattern_needs() {
        assert_eq!(
            required(r"^(?<key>[A-Z_]*(PASSWORD|SECRET))=(?<value>\S+)"),
            [["PASSWORD", "SECRET"]]
        );
        assert_eq!(required(r"jdbc:(\w+)://"), [["jdbc:"], ["://"]]);
        assert!(required(r"a*b").is_empty(), "one letter is no anchor");
        assert!(required(r"(foo|\d+)").is_empty(), "a branch needs nothing");
        assert!(required(r"(?i)secret").is_empty(), "any case");
        assert!(required(r"(abc)?").is_empty(), "may be missing");
    }
}
