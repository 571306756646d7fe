//! Literate tests: a rule's page is its documentation and its tests in one text.
//!
//! A heading `## Hit`, `## Near miss`, `## Unknown`, … begins a case. In a case a fenced block with `file=PATH` in its
//! info string is a file of a small repository, a `redan model` block holds statements of a model, and an
//! `expect` block lists expectations, one a line. In a file, a line that holds `^^^ threat: NAME` or `^^^ possible: NAME`
//! (usually in a comment) expects a finding with evidence on the nearest line above that holds no such mark, and
//! `no threat: NAME` (or `no threat`) expects none there.

use redan_base::{Source, Span};

/// What a line of a page expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A finding of this threat with evidence on this line of this file.
    Threat {
        /// The threat.
        name: String,
        /// Whether it is only possible.
        possible: bool,
        /// The file and the line (from 1) in it.
        at: (String, u32),
    },
    /// No finding with evidence on this line; of this threat, or of any.
    NoThreat {
        /// The threat; any if none.
        name: Option<String>,
        /// The file and the line.
        at: (String, u32),
    },
    /// A line of an `expect` block, as written after `expect:`: parsed as the language's `expect`.
    Expect(String),
}

/// One case of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The heading.
    pub title: String,
    /// The files.
    pub files: Vec<(String, String)>,
    /// The text of the model blocks, with the offset of each in the page.
    pub models: Vec<(String, usize)>,
    /// What is expected, with the place in the page.
    pub marks: Vec<(Mark, Span)>,
    /// The heading's place.
    pub span: Span,
}

impl Case {
    /// Whether the heading calls it a near miss: the page's own rule must then stay silent.
    pub fn is_near_miss(&self) -> bool {
        let title = self.title.to_lowercase();
        title.contains("near miss") || title.contains("no threat")
    }
}

/// Whether a page says why its rule is never only possible: a section `## Unknown` with a text and without a case.
pub fn says_nothing_is_unknown(page: &Source) -> bool {
    let mut inside = false;
    let mut text = false;
    for line in page.text().lines() {
        if let Some(title) = line.strip_prefix("## ") {
            if inside && text {
                return true;
            }
            inside = title.trim().to_lowercase().starts_with("unknown");
            text = false;
        } else if line.trim_start().starts_with("```") {
            inside = false;
        } else {
            text |= !line.trim().is_empty();
        }
    }
    inside && text
}

/// The cases of a page; sections without any block are prose and no cases.
pub fn cases(page: &Source) -> Vec<Case> {
    let mut cases: Vec<Case> = vec![];
    let mut block: Option<Block> = None;
    let mut offset = 0;
    for line in page.text().split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bare = line.trim_end_matches(['\n', '\r']);
        if let Some(open) = &mut block {
            if bare.trim_start().starts_with(&open.fence) && bare.trim().chars().all(|c| c == '`') {
                let done = block.take();
                if let (Some(done), Some(case)) = (done, cases.last_mut()) {
                    close(done, case);
                }
            } else {
                open.lines.push((bare.to_owned(), start));
            }
            continue;
        }
        let trimmed = bare.trim_start();
        if trimmed.starts_with("```") {
            let fence: String = trimmed.chars().take_while(|c| *c == '`').collect();
            let info = trimmed.trim_start_matches('`').trim().to_owned();
            block = Some(Block { fence, info, lines: vec![], start: offset });
        } else if let Some(title) = bare.strip_prefix("## ") {
            cases.push(Case {
                title: title.trim().to_owned(),
                files: vec![],
                models: vec![],
                marks: vec![],
                span: Span::new(start, start + bare.len()),
            });
        }
    }
    cases.retain(|c| !c.files.is_empty() || !c.models.is_empty());
    cases
}

struct Block {
    fence: String,
    info: String,
    lines: Vec<(String, usize)>,
    start: usize,
}

fn close(block: Block, case: &mut Case) {
    let words: Vec<&str> = block.info.split_whitespace().collect();
    let file = words.iter().find_map(|w| w.strip_prefix("file="));
    if let Some(path) = file {
        let mut text = String::new();
        let mut last = 0;
        for (number, (line, start)) in (1_u32..).zip(&block.lines) {
            text.push_str(line);
            text.push('\n');
            match mark(line, path, last) {
                Some((mark, column)) => {
                    let at = start + column;
                    case.marks.push((mark, Span::new(at, start + line.len())));
                }
                None => last = number,
            }
        }
        case.files.push((path.to_owned(), text));
    } else if words.first() == Some(&"redan") && words.contains(&"model") {
        let mut text = String::new();
        for (line, _) in &block.lines {
            text.push_str(line);
            text.push('\n');
        }
        case.models.push((text, block.start));
    } else if words.first() == Some(&"expect") {
        for (line, start) in &block.lines {
            let line = line.trim();
            let text =
                line.strip_prefix("expect").map_or(line, |l| l.trim_start_matches(':').trim());
            if !text.is_empty() && !text.starts_with("//") && !text.starts_with('#') {
                let span = Span::new(*start, start + line.len());
                case.marks.push((Mark::Expect(text.to_owned()), span));
            }
        }
    }
}

/// The mark of a line and its column; `last` is the line it speaks of.
fn mark(line: &str, path: &str, last: u32) -> Option<(Mark, usize)> {
    let at = (path.to_owned(), last);
    if let Some(column) = line.find("^^^") {
        let rest = line.get(column..)?.trim_start_matches('^').trim_start();
        let (possible, rest) = match (rest.strip_prefix("threat:"), rest.strip_prefix("possible:"))
        {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return None,
        };
        return Some((Mark::Threat { name: word(rest)?, possible, at }, column));
    }
    let column = line.find("no threat")?;
    let before = line.get(..column)?.trim();
    if before.is_empty() || before.chars().any(char::is_alphanumeric) {
        return None;
    }
    let rest = line.get(column..)?.strip_prefix("no threat")?;
    let name = rest.strip_prefix(':').and_then(word);
    Some((Mark::NoThreat { name, at }, column))
}

fn word(text: &str) -> Option<String> {
    let word: String = text
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        .collect();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_under_unknown_says_why_nothing_is() {
        let says = |text: &str| says_nothing_is_unknown(&Source::new("p.md", text));
        assert!(says("# T\n\n## Unknown\n\nThe file shows all of it.\n\n## Hit\n"));
        assert!(says("# T\n\n## Hit\n```js file=a\n```\n\n## Unknown: never\nBecause.\n"));
        assert!(!says("# T\n\n## Unknown\n\n## Hit\n\nText.\n"));
        assert!(!says("# T\n\n## Unknown\n\nNot said:\n\n```redan model\nprocess a\n```\n"));
        assert!(!says("# T\n\nNothing is unknown.\n"));
    }

    #[test]
    fn a_page_is_read_into_cases() {
        let page = Source::new(
            "p.md",
            "# Title\n\nProse with ```code```.\n\n## Why\nno block\n\n## Hit\n```js file=app.js\n\
             app.get('/')\n// ^^^ threat: open_door\n// ^^^ possible: other\n```\n\
             ```expect\nexpect: no third\n```\n## Near miss\n```redan model\nprocess a\n```\n",
        );
        let cases = cases(&page);
        assert_eq!(
            cases.iter().map(|c| c.title.as_str()).collect::<Vec<_>>(),
            ["Hit", "Near miss"]
        );
        let at = ("app.js".to_owned(), 1);
        let marks: Vec<&Mark> = cases[0].marks.iter().map(|(m, _)| m).collect();
        assert_eq!(
            marks,
            [
                &Mark::Threat { name: "open_door".into(), possible: false, at: at.clone() },
                &Mark::Threat { name: "other".into(), possible: true, at },
                &Mark::Expect("no third".into()),
            ]
        );
        assert!(cases[1].is_near_miss());
        assert_eq!(cases[1].models[0].0, "process a\n");
        let rest = page.text().get(cases[1].models[0].1..).unwrap_or_default();
        assert!(rest.starts_with("process a"));
    }
}
