//! Hostile code: deep nesting, long lines, broken files.

use std::time::{Duration, Instant};

use redan_base::{Limits, SkipReason};
use redan_grammar::syntax::Matcher;

use super::super::{grammar, run};
use super::{compile, text};
use crate::matching::CodeMatches;

/// Limits that a busy machine does not reach.
fn patient() -> Limits {
    Limits { parse_ms: 60_000, extract_ms: 60_000, ..Limits::default() }
}

fn run_with(language: &str, pattern: &str, code: &str, limits: &Limits) -> CodeMatches {
    let case = compile(language, &Matcher::Pattern(text(pattern)));
    let started = Instant::now();
    let found = run(grammar(language, "").unwrap(), code, &[&case], limits);
    assert!(started.elapsed() < Duration::from_secs(20), "{language} {pattern}");
    found
}

#[test]
fn deep_nesting_is_a_file_like_any_other() {
    let deep =
        |open: &str, close: &str| format!("f({}1{})", open.repeat(100_000), close.repeat(100_000));
    for (language, pattern, code) in [
        ("javascript", "[$a]", deep("[", "]")),
        ("javascript", "f($x, $x)", deep("(", ")")),
        ("javascript", "f({ a: $x })", deep("{a:", "}")),
        ("javascript", "f($x)", format!("f('a'{})", "+'a'".repeat(50_000))),
        ("python", "f($x)", format!("f({}1)", "-".repeat(100_000))),
        ("go", "f($x)", format!("package p\nvar x = {}", deep("(", ")"))),
        ("java", "f($x)", format!("class A {{ int x = {}; }}", deep("(", ")"))),
        ("csharp", "f($x)", format!("var x = {};", deep("(", ")"))),
    ] {
        run_with(language, pattern, &code, &Limits::default());
    }
}

#[test]
fn one_long_line() {
    let code = format!("f({}2)", "g(1), ".repeat(50_000));
    let found = run_with("javascript", "f($$$, $x, $$$)", &code, &patient());
    assert_eq!(found.problems[0].1, "a pattern has too many ways to match at one place");
    assert_eq!(found.matches[0].len(), 256);
    let found = run_with("javascript", "g($x)", &code, &patient());
    assert_eq!(found.matches[0].len(), Limits::default().matches_per_file);
    assert_eq!(found.problems[0].1, "an extractor has too many matches");
}

#[test]
fn what_is_too_large_or_too_slow_is_told() {
    let limits = Limits { file_bytes: 10, ..Limits::default() };
    let found = run_with("javascript", "f($x)", "f(1); f(2); f(3)", &limits);
    assert_eq!(found.problems, [(SkipReason::TooLarge, "16 bytes of code".to_owned())]);
    let limits = Limits { parse_ms: 0, ..Limits::default() };
    let found = run_with("javascript", "f($x)", &"f(1);".repeat(100_000), &limits);
    assert_eq!(found.problems, [(SkipReason::Limit, "parsing took more than 0 ms".to_owned())]);
    let limits = Limits { extract_ms: 0, ..patient() };
    let found = run_with("javascript", "f($x)", &"f(1);".repeat(20_000), &limits);
    assert_eq!(found.problems, [(SkipReason::Limit, "matching took more than 0 ms".to_owned())]);
}

#[test]
fn the_good_part_of_broken_code_is_seen() {
    for (language, code) in [
        ("javascript", "f(1);\nconst = ;\nlet x = 3 4;\nf(2);"),
        ("python", "f(1)\nx = = 3\nf(2)\n"),
        ("java", "class A { void g() { f(1); } int = ; void h() { f(2); } }"),
        ("go", "package p\nfunc g() { f(1) }\nfunc := 3 3\nfunc h() { f(2) }\n"),
        ("csharp", "class A { void G() { f(1); } int = ; void H() { f(2); } }"),
    ] {
        let found = run_with(language, "f($x)", code, &Limits::default());
        assert!(found.partial, "{language}");
        assert_eq!(found.matches[0].len(), 2, "{language}");
    }
    assert!(!run_with("python", "f($x)", "f(1)\n", &Limits::default()).partial);
}

#[test]
fn any_cut_of_a_file_or_a_pattern_is_survived() {
    let code =
        "@A(\"x\") class B { String s = \"a\" + B.c; void f() { g(\"\"\"\n  t\"\"\", 1); } } // é";
    for end in (0..code.len()).filter(|i| code.is_char_boundary(*i)) {
        run_with("java", "$x($$$a)", &code[..end], &Limits::default());
    }
    let pattern = "@A($$$x) class $c { $t $s = $v; $r $m($$$) { $$$; g(\"$x\", $_); } }";
    for end in 0..pattern.len() {
        let matcher = Matcher::Pattern(text(&pattern[..end]));
        for language in ["java", "python"] {
            let _ = super::CompiledCase::compile(language, &matcher, redan_base::SourceId(0), None);
        }
    }
}
