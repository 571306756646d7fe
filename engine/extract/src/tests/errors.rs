//! What compiling extractors tells.

use crate::compile;

/// Compiles a program and compares everything that is told.
#[track_caller]
fn errors(text: &str, expected: &[&str]) {
    let (program, sources) = super::program(text);
    let (_, diagnostics) = compile(&program, &sources);
    assert_eq!(super::told(&diagnostics, &sources), expected);
}

#[test]
fn formats_and_globs() {
    errors(
        "extract a(x) from yml at a.$x",
        &["RDN0403: there is no format or language `yml` at `yml` (help: did you mean `xml`?)"],
    );
    errors(
        "extract a(x) from text match /(?<x>a)/",
        &[
            "RDN0404: `text` says nothing about which files to read at `text` (help: name them: `from text in \"**/*.txt\"`)",
        ],
    );
    errors(
        r#"extract a(x) from yaml in "a/{b" at a.$x"#,
        &[
            "RDN0402: this is not a glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?) at `\"a/{b\"` (help: `*` stands for any part of a name, `**/` for any folders, `{a,b}` for either)",
        ],
    );
}

#[test]
fn matchers() {
    errors(
        "extract a(x) from mermaid at a.$x",
        &[
            "RDN0405: `at` needs a structured format, and `mermaid` is none at `a.$x` (help: find it by `node`, `edge` or `group`)",
        ],
    );
    errors(
        "extract a(x) from yaml match `f($x)`",
        &[
            "RDN0405: a code pattern needs a programming language, and `yaml` is none at ``f($x)`` (help: find it by `at PATH`, or by `match /…/` in the text)",
        ],
    );
    errors(
        r#"extract a(x) from text in "*" match /(?<x>a/"#,
        &[
            "RDN0401: this regular expression cannot be used: unclosed group at `/(?<x>a/` (help: groups that look around and references to groups are not part of the syntax)",
        ],
    );
    errors(
        r#"extract a(key) from text in "*" match /(?<kye>a)(?<key>b)/"#,
        &[
            "RDN0414: no field and no condition reads the group `kye` at `/(?<kye>a)(?<key>b)/` (help: did you mean the field `key`?)",
        ],
    );
    errors(r#"extract a(key?) from text in "*" match /(?<kye>a)/ where $kye == "a""#, &[]);
}

#[test]
fn expressions() {
    errors(
        "extract a(x) from yaml at a.$x { x: $y }",
        &["RDN0406: the matcher does not bind `$y` at `$y` (help: did you mean `$x`?)"],
    );
    errors(
        r#"extract a(x) from text in "*" match /(?<x>a)/ { x: .y }"#,
        &[
            "RDN0407: there is no tree that this path could lead through at `.y` (help: paths such as `.name` need `at PATH`, `node` or `edge`; use `$name` for what a pattern binds)",
        ],
    );
    errors(
        "extract a(x) from yaml at a { x: .b.$c }",
        &[
            "RDN0407: `c` cannot be bound in an expression at `$c` (help: bind it in the path after `at`, or write `*` for any key)",
        ],
    );
    errors(
        "extract a(x) from yaml at a { x: uper(.b) }",
        &["RDN0408: there is no function `uper` at `uper` (help: did you mean `upper`?)"],
    );
    errors(
        "extract a(x) from yaml at a { x: upper(.b, .c) }",
        &[
            "RDN0409: `upper` takes 1 argument at `upper(.b, .c)` (help: A text in upper case: upper(\"get\") = \"GET\".)",
        ],
    );
    errors(
        "extract a(x, y) from yaml at a { x: .b }",
        &[
            "RDN0413: this case says nothing about the field `y` at `yaml` (help: add `y: …` to its outputs, or declare the field as `y?` if facts may lack it)",
        ],
    );
}

#[test]
fn conditions() {
    errors(
        "set methods { \"get\" } extract a(x) from yaml at a.$x where $x in method",
        &["RDN0410: there is no set `method` at `method` (help: did you mean `methods`?)"],
    );
    errors(
        "extract a(x) from yaml at a.$x where $x is strin",
        &[
            "RDN0410: there is no such kind of value, nor a set `strin` at `strin` (help: did you mean `string`?)",
        ],
    );
    errors(
        "extract a(x) from yaml at a.$x where $x matches /[/",
        &[
            "RDN0401: this regular expression cannot be used: unclosed character class at `/[/` (help: groups that look around and references to groups are not part of the syntax)",
        ],
    );
    errors(
        "extract a(x) from yaml at a.$x where no y: a",
        &[
            "RDN0412: an extractor cannot ask for other facts at `no y: a` (help: it sees one match at a time; put this condition into a rule over the extracted facts)",
        ],
    );
}
