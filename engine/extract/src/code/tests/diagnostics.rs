use redan_base::{SourceId, Span};
use redan_grammar::syntax::{Matcher, Text};

use super::super::CompiledCase;

/// The message, the underlined words and the help for what stands between back-ticks in a pack.
fn told(language: &str, code: &str, query: bool) -> String {
    let pack = format!("match ```\n    {}\n  ```", code.replace('\n', "\n    "));
    let text = Text { value: code.to_owned(), span: Span::new(6, pack.len()) };
    let matcher = if query { Matcher::Query(text) } else { Matcher::Pattern(text) };
    match CompiledCase::compile(language, &matcher, SourceId(0), &pack) {
        Ok(_) => "fine".to_owned(),
        Err(all) => {
            let d = &all[0];
            let word = &pack[d.labels[0].span.range()];
            format!("{} {} | {word} | {}", d.code, d.message, d.help.as_deref().unwrap_or("-"))
        }
    }
}

#[test]
fn patterns_that_are_none() {
    insta::assert_snapshot!(told("java", "$app.$method($path, $$$", false), @r#"RDN0450 this pattern is not java code | $app.$method($path, $$$ | write a whole expression, statement or declaration; `$x` stands for one node of it, `$$$` for any number"#);
    insta::assert_snapshot!(told("javascript", "f($x)\nconst = 1", false), @"");
    insta::assert_snapshot!(told("python", "def $f(:\n    pass", false), @"");
    insta::assert_snapshot!(told("go", "$x", false), @"");
    insta::assert_snapshot!(told("javascript", "$$$", false), @"");
    insta::assert_snapshot!(told("javascript", "f($x, $$$x)", false), @"");
    insta::assert_snapshot!(told("javascript", &format!("f({}1{})", "[".repeat(500), "]".repeat(500)), false), @"");
}

#[test]
fn queries_that_are_none() {
    insta::assert_snapshot!(told("java", "(class_declaration\n  name: (identifer) @n)", true), @r#"RDN0454 java has no node of the kind `identifer` | identifer | did you mean `identifier`?"#);
    insta::assert_snapshot!(told("java", "(class_declaration\n  nam: (identifier) @n)", true), @"");
    insta::assert_snapshot!(told("java", "(class_declaration\n  name: (identifier) @n", true), @"");
    insta::assert_snapshot!(told("java", "(class_declaration\n  name: (identifier) @n (#eq? @m \"x\"))", true), @"");
    insta::assert_snapshot!(told("java", "(class_declaration\n  (string_literal) @n)", true), @"");
    insta::assert_snapshot!(told("java", "((identifier) @n\n  (#like? @n \"x\"))", true), @"");
    insta::assert_snapshot!(told("java", "((identifier) @n\n  (#match? @n \"(\"))", true), @"");
    insta::assert_snapshot!(told("java", "(identifier)", true), @"");
    insta::assert_snapshot!(told("java", "", true), @"");
}
