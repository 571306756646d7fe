//! Texts that a file must hold for a regular expression to match in it.

use regex_syntax::hir::{Hir, HirKind};

use crate::matching::Anchors;

/// What a pattern cannot match without: of each list at least one text. Empty if nothing is sure.
pub(crate) fn required(pattern: &str) -> Anchors {
    let parsed =
        regex_syntax::ParserBuilder::new().multi_line(true).crlf(true).build().parse(pattern);
    let mut all = parsed.map(|hir| of(&hir)).unwrap_or_default();
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
    use super::required;

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
