//! Broken patterns and queries are shown at their place in the pack.

use redan_base::{SourceId, Span};
use redan_grammar::syntax::{Matcher, Text};

use super::super::CompiledCase;

/// The message, the underlined words, the label and the help for what stands between back-ticks in a pack.
fn told(language: &str, code: &str, query: bool) -> [String; 4] {
    let pack = format!("match ```\n    {}\n  ```", code.replace('\n', "\n    "));
    let text = Text { value: code.to_owned(), span: Span::new(6, pack.len()) };
    let matcher = if query { Matcher::Query(text) } else { Matcher::Pattern(text) };
    let all = CompiledCase::compile(
        language,
        &matcher,
        SourceId(0),
        Some(&redan_base::Source::new("p", pack.as_str())),
    )
    .unwrap_err();
    let d = &all[0];
    let label = &d.labels[0];
    let word = pack[label.span.range()].to_owned();
    let message = format!("{}: {}", d.code, d.message);
    [message, word, label.text.clone(), d.help.clone().unwrap_or_default()]
}

#[track_caller]
fn check_pattern(language: &str, code: &str, expected: [&str; 4]) {
    assert_eq!(told(language, code, false), expected, "{language}: {code}");
}

#[track_caller]
fn check_query(code: &str, expected: [&str; 3]) {
    let [message, word, _, help] = told("java", code, true);
    assert_eq!([message.as_str(), &word, &help], expected, "{code}");
}

#[test]
fn patterns_that_are_none() {
    let how = "write a whole expression, statement or declaration; `$x` stands for one node of it, `$$$` for any number";
    let open = "this bracket is not closed";
    check_pattern(
        "java",
        "$app.$method($path, $$$",
        ["RDN0450: this pattern is not java code", "(", open, how],
    );
    check_pattern(
        "python",
        "def $f(:\n    pass",
        ["RDN0450: this pattern is not python code", "(", open, how],
    );
    check_pattern(
        "go",
        "f($x))",
        ["RDN0450: this pattern is not go code", ")", "nothing opens this bracket", how],
    );
    check_pattern(
        "javascript",
        "f($x)\nconst = 1",
        [
            "RDN0450: this pattern is not javascript code",
            "const =",
            "it cannot be read from here",
            how,
        ],
    );
    let around = "write what is around the placeholder, such as `listen($port)`";
    for code in ["$x", "$$$", "($_)"] {
        check_pattern("go", code, ["RDN0451: this pattern matches any code", code, "", around]);
    }
    check_pattern(
        "javascript",
        "f($x, $$$x)",
        [
            "RDN0452: this name stands for one node and for any number",
            "$$$x",
            "",
            "give one of them another name",
        ],
    );
    let deep = format!("f({}1{})", "[".repeat(500), "]".repeat(500));
    check_pattern(
        "javascript",
        &deep,
        [
            "RDN0453: this pattern is too large",
            &deep,
            "",
            "split it, and relate the facts by `inside`",
        ],
    );
}

#[test]
fn queries_that_are_none() {
    check_query(
        "(class_declaration\n  name: (identifer) @n)",
        [
            "RDN0454: java has no node of the kind `identifer`",
            "identifer",
            "did you mean `identifier`?",
        ],
    );
    check_query(
        "(class_declaration\n  nam: (identifier) @n)",
        ["RDN0454: java has no field `nam`", "nam", "did you mean `name`?"],
    );
    check_query(
        "(class_declaration\n  name: (identifier) @n",
        [
            "RDN0454: this is no tree-sitter query",
            "```",
            "a node is written `(kind field: (kind) @name)`; look for a missing bracket or quote",
        ],
    );
    check_query(
        "(class_declaration\n  name: (identifier) @n (#eq? @m \"x\"))",
        ["RDN0454: no node is captured as `@m`", "m", ""],
    );
    check_query(
        "(class_declaration\n  (string_literal) @n)",
        [
            "RDN0454: no java code has this shape, so the query can never match",
            "string_literal",
            "look at the kinds of the children that this node can have",
        ],
    );
    check_query(
        "((identifier) @n\n  (#like? @n \"x\"))",
        [
            "RDN0454: the predicate `#like?` is unknown",
            "#like?",
            "`#eq?`, `#match?` and `#any-of?` are known, with `not-` and `any-` before them",
        ],
    );
    check_query(
        "((identifier) @n\n  (#match? @n \"(\"))",
        ["RDN0454: this regular expression does not compile", "\"(\"", ""],
    );
    check_query(
        "((identifier) @n\n  (#eq? @n))",
        [
            "RDN0454: wrong number of arguments to #eq? predicate. Expected 2, got 1",
            "#eq?",
            "write `(#eq? @capture \"text\")`",
        ],
    );
    let name_it = "name the node whose place the fact has: `(call_expression) @at`";
    check_query("(identifier)", ["RDN0454: this query captures nothing", "(identifier)", name_it]);
    check_query("", ["RDN0454: this query captures nothing", "```", name_it]);
}
