//! Patterns, queries and constants as tables: what is written, and what it captures.

mod constants;
mod diagnostics;
mod hostile;
mod patterns;
mod queries;

use redan_base::{Limits, SourceId, Span};
use redan_grammar::syntax::{Matcher, Text};

use super::{CompiledCase, grammar, run};
use crate::matching::{CodeMatches, Match, Scalar};

fn text(value: &str) -> Text {
    Text { value: value.to_owned(), span: Span::new(0, value.len() + 2) }
}

fn compile(language: &str, matcher: &Matcher) -> CompiledCase {
    let (Matcher::Pattern(code) | Matcher::Query(code)) = matcher else { panic!("not code") };
    let pack = format!("`{}`", code.value);
    CompiledCase::compile(language, matcher, SourceId(0), Some(&redan_base::Source::new("p", pack)))
        .unwrap_or_else(|d| panic!("{language} `{}`: {d:#?}", code.value))
}

fn run_one(language: &str, matcher: &Matcher, code: &str) -> CodeMatches {
    let case = compile(language, matcher);
    let grammar = grammar(language, "").expect("a language");
    for clause in case.anchors() {
        let there = clause.iter().any(|word| code.contains(word));
        let matches = &run(grammar, code, &[&case], &Limits::default()).matches[0];
        assert!(there || matches.is_empty(), "{clause:?} is no anchor of {matcher:?}");
    }
    run(grammar, code, &[&case], &Limits::default())
}

/// A match as `name=code name=[code, code]`, names in order.
fn show(m: &Match) -> String {
    let one = |(name, captures): &(String, Vec<crate::matching::Capture>)| {
        let texts: Vec<&str> = captures.iter().map(|c| c.text.as_str()).collect();
        match texts.as_slice() {
            [one] => format!("{name}={one}"),
            many => format!("{name}=[{}]", many.join(" | ")),
        }
    };
    m.captures.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A match as `name=value`, with `?` for what is not constant.
fn values(m: &Match) -> String {
    let one = |(name, captures): &(String, Vec<crate::matching::Capture>)| {
        let texts: Vec<String> = captures
            .iter()
            .map(|c| match &c.value {
                Some(Scalar::Text(text)) => text.clone(),
                Some(Scalar::Int(number)) => number.to_string(),
                Some(Scalar::Bool(truth)) => truth.to_string(),
                None => "?".to_owned(),
            })
            .collect();
        format!("{name}={}", texts.join("|"))
    };
    m.captures.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Checks what a pattern captures.
#[track_caller]
fn check(language: &str, pattern: &str, code: &str, expected: &[&str]) {
    let found = run_one(language, &Matcher::Pattern(text(pattern)), code);
    let shown: Vec<String> = found.matches[0].iter().map(show).collect();
    assert_eq!(shown, expected, "\n{language}: {pattern}\n{code}");
    assert_eq!(found.problems, vec![]);
}

/// Checks what a query captures.
#[track_caller]
fn check_query(language: &str, query: &str, code: &str, expected: &[&str]) {
    let found = run_one(language, &Matcher::Query(text(query)), code);
    let shown: Vec<String> = found.matches[0].iter().map(show).collect();
    assert_eq!(shown, expected, "\n{language}: {query}\n{code}");
}

/// Checks what the captures of a pattern stand for.
#[track_caller]
fn check_values(language: &str, pattern: &str, code: &str, expected: &[&str]) {
    let found = run_one(language, &Matcher::Pattern(text(pattern)), code);
    let shown: Vec<String> = found.matches[0].iter().map(values).collect();
    assert_eq!(shown, expected, "\n{language}: {pattern}\n{code}");
}
