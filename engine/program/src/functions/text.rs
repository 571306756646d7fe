//! Functions of texts: parts of them, tests on them, conversions.

use std::cell::RefCell;

use globset::{GlobBuilder, GlobMatcher};
use redan_facts::{Value, ValueId, Values, normalise};
use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::{Function, Run, int_of, push_texts, test_texts, text_of, text_to_text};
use crate::schema::Type;

const fn row(
    name: &'static str,
    parameters: &'static [Type],
    result: Type,
    total: bool,
    docs: &'static str,
    run: Run,
) -> Function {
    Function { name, parameters, pattern: false, result, many: false, total, docs, run }
}

/// `@like`
pub static LIKE: Function = row(
    "@like",
    &[Type::Str],
    Type::Bool,
    true,
    "Whether a glob, the pattern, matches the whole text.",
    |values, pattern, arguments, out| {
        test_pattern(values, pattern, arguments, out, Shape::Glob);
    },
);

/// `@matches`
pub static MATCHES: Function = row(
    "@matches",
    &[Type::Str],
    Type::Bool,
    true,
    "Whether a regular expression, the pattern, matches a part of the text.",
    |values, pattern, arguments, out| {
        test_pattern(values, pattern, arguments, out, Shape::Part);
    },
);

/// `@matches_all`
pub static MATCHES_ALL: Function = row(
    "@matches_all",
    &[Type::Str],
    Type::Bool,
    true,
    "Whether a regular expression, the pattern, matches the whole text.",
    |values, pattern, arguments, out| {
        test_pattern(values, pattern, arguments, out, Shape::Whole);
    },
);

/// `after`
pub static AFTER: Function = row(
    "after",
    &[Type::Str, Type::Str],
    Type::Str,
    false,
    "What follows the first occurrence of a text in another: after(\"a=b=c\", \"=\") = \"b=c\".",
    |values, _, arguments, out| {
        let Some(separator) = text_of(values, arguments, 1) else { return };
        text_to_text(values, arguments, out, |t| {
            t.split_once(separator.as_str()).map(|(_, r)| r.to_owned())
        });
    },
);

/// `before`
pub static BEFORE: Function = row(
    "before",
    &[Type::Str, Type::Str],
    Type::Str,
    false,
    "What precedes the first occurrence of a text in another: before(\"a=b=c\", \"=\") = \"a\".",
    |values, _, arguments, out| {
        let Some(separator) = text_of(values, arguments, 1) else { return };
        text_to_text(values, arguments, out, |t| {
            t.split_once(separator.as_str()).map(|(l, _)| l.to_owned())
        });
    },
);

/// `capture`
pub static CAPTURE: Function = Function {
    name: "capture",
    parameters: &[Type::Str],
    pattern: true,
    result: Type::Str,
    many: false,
    total: false,
    docs: "The first group of a regular expression where it matches first, or all of the match if it has no group: \
           capture(\"user-42\", /user-([0-9]+)/) = \"42\".",
    run: |values, pattern, arguments, out| {
        let Some(pattern) = pattern else { return };
        text_to_text(values, arguments, out, |t| {
            with_pattern(pattern, Shape::Part, |m| {
                let Matcher::Regex(regex) = m else { return None };
                let found = regex.captures(t)?;
                Some(found.get(1).or_else(|| found.get(0))?.as_str().to_owned())
            })
        });
    },
};

/// `concat`
pub static CONCAT: Function = row(
    "concat",
    &[Type::Str, Type::Str],
    Type::Str,
    true,
    "Two texts joined: concat(\"a\", \"b\") = \"ab\".",
    |values, _, arguments, out| {
        let Some(right) = text_of(values, arguments, 1) else { return };
        text_to_text(values, arguments, out, |t| Some(format!("{t}{right}")));
    },
);

/// `contains`
pub static CONTAINS: Function = row(
    "contains",
    &[Type::Str, Type::Str],
    Type::Bool,
    true,
    "Whether a text has another in it: contains(\"abc\", \"b\") = true.",
    |values, _, arguments, out| test_texts(values, arguments, out, |a, b| a.contains(b)),
);

/// `ends_with`
pub static ENDS_WITH: Function = row(
    "ends_with",
    &[Type::Str, Type::Str],
    Type::Bool,
    true,
    "Whether a text ends with another: ends_with(\"abc\", \"bc\") = true.",
    |values, _, arguments, out| test_texts(values, arguments, out, |a, b| a.ends_with(b)),
);

/// `length`
pub static LENGTH: Function = row(
    "length",
    &[Type::Str],
    Type::Int,
    true,
    "How many characters a text has: length(\"abc\") = 3.",
    |values, _, arguments, out| {
        if let Some(text) = text_of(values, arguments, 0) {
            out.push(values.int(text.chars().count() as i64));
        }
    },
);

/// `lines`
pub static LINES: Function = Function {
    name: "lines",
    parameters: &[Type::Str],
    pattern: false,
    result: Type::Str,
    many: true,
    total: false,
    docs: "The lines of a text without white space around them, empty ones left out: lines(\" a \") = \"a\".",
    run: |values, _, arguments, out| {
        let Some(text) = text_of(values, arguments, 0) else { return };
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned);
        push_texts(values, out, lines);
    },
};

/// `lower`
pub static LOWER: Function = row(
    "lower",
    &[Type::Str],
    Type::Str,
    true,
    "A text in lower case: lower(\"GET\") = \"get\".",
    |values, _, arguments, out| text_to_text(values, arguments, out, |t| Some(t.to_lowercase())),
);

/// `normalise`
pub static NORMALISE: Function = row(
    "normalise",
    &[Type::Str],
    Type::Str,
    true,
    "A name as entities are told apart by it, in lower case without separators: normalise(\"Order-Service\") = \"orderservice\".",
    |values, _, arguments, out| text_to_text(values, arguments, out, |t| Some(normalise(t))),
);

/// `replace`
pub static REPLACE: Function = row(
    "replace",
    &[Type::Str, Type::Str, Type::Str],
    Type::Str,
    true,
    "A text with each occurrence of a second one replaced by a third: replace(\"a.b.c\", \".\", \"/\") = \"a/b/c\".",
    |values, _, arguments, out| {
        let (Some(from), Some(to)) = (text_of(values, arguments, 1), text_of(values, arguments, 2))
        else {
            return;
        };
        text_to_text(values, arguments, out, |t| {
            if from.is_empty() {
                return Some(t.to_owned());
            }
            let grown = t.matches(from.as_str()).count() * to.len() + t.len();
            (grown <= super::LONGEST * 4).then(|| t.replace(from.as_str(), &to))
        });
    },
);

/// `split`
pub static SPLIT: Function = Function {
    name: "split",
    parameters: &[Type::Str, Type::Str],
    pattern: false,
    result: Type::Str,
    many: true,
    total: false,
    docs: "The parts of a text between the occurrences of another: split(\"a,b\", \",\") = \"a\", \"b\".",
    run: |values, _, arguments, out| {
        let (Some(text), Some(by)) = (text_of(values, arguments, 0), text_of(values, arguments, 1))
        else {
            return;
        };
        if by.is_empty() {
            push_texts(values, out, [text]);
        } else {
            push_texts(values, out, text.split(by.as_str()).map(str::to_owned));
        }
    },
};

/// `starts_with`
pub static STARTS_WITH: Function = row(
    "starts_with",
    &[Type::Str, Type::Str],
    Type::Bool,
    true,
    "Whether a text begins with another: starts_with(\"abc\", \"ab\") = true.",
    |values, _, arguments, out| test_texts(values, arguments, out, |a, b| a.starts_with(b)),
);

/// `strip_prefix`
pub static STRIP_PREFIX: Function = row(
    "strip_prefix",
    &[Type::Str, Type::Str],
    Type::Str,
    true,
    "A text without another one at its start, or as it is: strip_prefix(\"./api\", \"./\") = \"api\".",
    |values, _, arguments, out| {
        let Some(prefix) = text_of(values, arguments, 1) else { return };
        text_to_text(values, arguments, out, |t| {
            Some(t.strip_prefix(prefix.as_str()).unwrap_or(t).to_owned())
        });
    },
);

/// `strip_suffix`
pub static STRIP_SUFFIX: Function = row(
    "strip_suffix",
    &[Type::Str, Type::Str],
    Type::Str,
    true,
    "A text without another one at its end, or as it is: strip_suffix(\"api/\", \"/\") = \"api\".",
    |values, _, arguments, out| {
        let Some(suffix) = text_of(values, arguments, 1) else { return };
        text_to_text(values, arguments, out, |t| {
            Some(t.strip_suffix(suffix.as_str()).unwrap_or(t).to_owned())
        });
    },
);

/// `to_int`
pub static TO_INT: Function = row(
    "to_int",
    &[Type::Str],
    Type::Int,
    false,
    "The whole number that a text spells: to_int(\"42\") = 42.",
    |values, _, arguments, out| {
        let number = int_of(values, arguments, 0)
            .or_else(|| text_of(values, arguments, 0)?.trim().parse().ok());
        out.extend(number.map(|n| values.int(n)));
    },
);

/// `to_text`
pub static TO_TEXT: Function = row(
    "to_text",
    &[Type::Any],
    Type::Str,
    true,
    "Any value as a text: to_text(42) = \"42\".",
    |values, _, arguments, out| {
        if let Some(value) = arguments.first() {
            let text = values.show(*value);
            out.push(values.text(&text));
        }
    },
);

/// `trim`
pub static TRIM: Function = row(
    "trim",
    &[Type::Str],
    Type::Str,
    true,
    "A text without white space around it: trim(\" a \") = \"a\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(t.trim().to_owned()));
    },
);

/// `upper`
pub static UPPER: Function = row(
    "upper",
    &[Type::Str],
    Type::Str,
    true,
    "A text in upper case: upper(\"get\") = \"GET\".",
    |values, _, arguments, out| text_to_text(values, arguments, out, |t| Some(t.to_uppercase())),
);

/// `words`
pub static WORDS: Function = Function {
    name: "words",
    parameters: &[Type::Str],
    pattern: false,
    result: Type::Str,
    many: true,
    total: false,
    docs: "The words of a name in lower case, also those of a name in camel case: words(\"userLogin_URL\") = \"user\", \"login\", \"url\".",
    run: |values, _, arguments, out| {
        let Some(text) = text_of(values, arguments, 0) else { return };
        push_texts(values, out, words(&text));
    },
};

fn words(text: &str) -> Vec<String> {
    let mut all = vec![];
    let mut word = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let starts = c.is_uppercase() && before.is_lowercase();
        if (!c.is_alphanumeric() || starts) && !word.is_empty() {
            all.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// How a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    /// A regular expression that matches a part.
    Part,
    /// One that matches the whole.
    Whole,
    /// A glob.
    Glob,
}

/// How large a compiled regular expression may be, in bytes.
const REGEX_SIZE: usize = 1 << 20;

/// A compiled pattern.
enum Matcher {
    Regex(Regex),
    Glob(GlobMatcher),
}

fn compile(pattern: &str, shape: Shape) -> Result<Matcher, String> {
    let text = match shape {
        Shape::Part => pattern.to_owned(),
        Shape::Whole => format!("^(?:{pattern})$"),
        Shape::Glob => {
            let glob = GlobBuilder::new(pattern).build().map_err(|e| e.kind().to_string())?;
            return Ok(Matcher::Glob(glob.compile_matcher()));
        }
    };
    let regex = RegexBuilder::new(&text).size_limit(REGEX_SIZE).build();
    regex.map(Matcher::Regex).map_err(|e| e.to_string())
}

/// Why a regular expression cannot be used, if it cannot.
pub fn regex_error(pattern: &str) -> Option<String> {
    compile(pattern, Shape::Part).err()
}

/// Why a glob cannot be used, if it cannot.
pub fn glob_error(pattern: &str) -> Option<String> {
    compile(pattern, Shape::Glob).err()
}

/// Each thread compiles a pattern once. Patterns come from packs alone, so that there are few.
fn with_pattern<R>(
    pattern: &str,
    shape: Shape,
    use_it: impl FnOnce(&Matcher) -> Option<R>,
) -> Option<R> {
    type Cache = FxHashMap<Shape, FxHashMap<String, Option<Matcher>>>;
    thread_local! {
        static CACHE: RefCell<Cache> = RefCell::default();
    }
    CACHE.with_borrow_mut(|cache| {
        let known = cache.entry(shape).or_default();
        if !known.contains_key(pattern) {
            known.insert(pattern.to_owned(), compile(pattern, shape).ok());
        }
        known.get(pattern)?.as_ref().and_then(use_it)
    })
}

fn test_pattern(
    values: &mut Values,
    pattern: Option<&str>,
    arguments: &[ValueId],
    out: &mut Vec<ValueId>,
    shape: Shape,
) {
    let Some(pattern) = pattern else { return };
    let text = match arguments.first().map(|v| values.get(*v)) {
        Some(Value::Str(_)) => text_of(values, arguments, 0),
        // A symbol or a number is tested by its text.
        Some(Value::Symbol { name, .. }) => Some(name.to_string()),
        Some(Value::Int(n)) => Some(n.to_string()),
        Some(Value::Bool(_) | Value::Entity { .. }) | None => None,
    };
    let Some(text) = text else { return };
    let holds = with_pattern(pattern, shape, |m| match m {
        Matcher::Regex(regex) => Some(regex.is_match(&text)),
        Matcher::Glob(glob) => Some(glob.is_match(&text)),
    });
    out.extend(holds.map(|h| values.bool(h)));
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;

    #[test]
    fn patterns_match_parts_wholes_and_globs() {
        assert_eq!(run("@matches", Some("b+"), &["abbc"]), ["true"]);
        assert_eq!(run("@matches_all", Some("b+"), &["abbc"]), ["false"]);
        assert_eq!(run("@matches_all", Some("a|abbc"), &["abbc"]), ["true"]);
        assert_eq!(run("@like", Some("*.internal"), &["db.internal"]), ["true"]);
        assert_eq!(run("@like", Some("src/**/x.{js,ts}"), &["src/a/b/x.ts"]), ["true"]);
        assert_eq!(run("@like", Some("*.internal"), &["db.internals"]), ["false"]);
        assert_eq!(run("@like", Some("*é*"), &["caféx"]), ["true"]);
        assert_eq!(run("@matches", Some("("), &["abbc"]), [] as [&str; 0]);
    }

    #[test]
    fn huge_expressions_are_refused() {
        assert!(super::regex_error("(((a{100}){100}){100})").is_some());
        assert!(super::regex_error("a{100}").is_none());
        assert!(super::glob_error("{a").is_some());
    }

    #[test]
    fn parts_that_are_not_there_give_nothing() {
        assert_eq!(run("before", None, &["abc", "="]), [] as [&str; 0]);
        assert_eq!(run("to_int", None, &["4 apples"]), [] as [&str; 0]);
        assert_eq!(run("capture", Some("x(.)"), &["abc"]), [] as [&str; 0]);
        assert_eq!(run("strip_prefix", None, &["api", "./"]), ["api"]);
    }
}
