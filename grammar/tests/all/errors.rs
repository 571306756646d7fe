//! Every mistake is told at its place, in words, with a way to go on.

use redan_base::SourceId;
use redan_grammar::{parse, parse_arguments, parse_condition, syntax::CondKind};

/// Checks the one error of a text: its code, the text that it underlines, its message, and how its
/// help begins.
#[track_caller]
fn check(text: &str, code: u16, underlined: &str, message: &str, help: &str) {
    let (_, diagnostics) = parse(SourceId(0), text);
    let [diagnostic] = diagnostics.as_slice() else {
        panic!("one error expected: {diagnostics:#?}");
    };
    let label = &diagnostic.labels[0];
    let shown = (
        diagnostic.code.0,
        &text[label.span.range()],
        diagnostic.message.as_str(),
        diagnostic.help.as_deref().unwrap_or(""),
    );
    assert_eq!((shown.0, shown.1, shown.2), (code, underlined, message));
    assert!(shown.3.starts_with(help), "help: {}", shown.3);
}

#[test]
fn what_was_expected() {
    check(
        "kind store {\n  encrypted bool\n}",
        1,
        "bool",
        "expected `:`, found `bool`",
        "a kind is written",
    );
    check("kind store is {}", 1, "{", "expected a name, found `{`", "a kind is written");
    check("set x \"a\"", 1, "\"a\"", "expected `{`, found a text", "a set is written");
    check(
        "extract x(a)\n  at y",
        1,
        "at",
        "expected `from`, found `at`",
        "an extractor is written",
    );
    check("same a, b", 1, "", "expected `if`, found the end", "two entities are made one");
    check(
        "threat x {\n  title: \"a\"\n}",
        1,
        ":",
        "expected a field, `if`, `{` or `}`, found `:`",
        "a field has no colon",
    );
    check(
        "derive process x if a.b = c",
        1,
        "=",
        "expected a comparison (`==`, `is`, `in` …), found `=`",
        "values are compared with `==`",
    );
    check("relation x(c: in)", 1, "in", "expected a type, found `in`", "a relation is written");
}

#[test]
fn the_keyword_that_was_meant() {
    check(
        "thraet x {\n  title \"a\"\n}",
        2,
        "thraet",
        "no item begins with `thraet`",
        "did you mean `threat`?",
    );
    check(
        "rule x {\n  title \"a\"\n}",
        2,
        "rule",
        "no item begins with `rule`",
        "did you mean `threat`?",
    );
    check(
        "Derive process x if a: b",
        2,
        "Derive",
        "no item begins with `Derive`",
        "did you mean `derive`?",
    );
    // A near miss: a statement of a kind is none of the keywords, and its error is its own.
    check("process x {\n  title \"a\"\n}", 1, "\"a\"", "expected `:`, found a text", "");
}

#[test]
fn literals_without_end() {
    let open = "kind a\nthreat x {\n  title \"a\n}\nkind b";
    check(open, 3, "\"", "this text has no closing `\"`", "a text ends on its line");
    let open = "kind a\nthreat x {\n  title \"\"\"a\n}\nkind b is c";
    check(open, 3, "\"\"\"", "this text has no closing `\"\"\"`", "a text of several lines");
    let open = "extract x(a)\n  from java\n  match `a";
    check(open, 4, "`", "this code has no closing back-tick", "code of one line");
    let open = "extract x(a)\n  from java\n  query ```\n  a\n\nkind b is c";
    check(open, 4, "```", "this code has no closing back-ticks", "code of several lines");
    check(
        "set x { /a }",
        5,
        "/",
        "this regular expression has no closing `/`",
        "a regular expression",
    );
    check("set x { \"a\\d\" }", 11, "\\d", "texts have no escape `\\d`", "escapes are");
}

#[test]
fn brackets_without_partner() {
    let (file, _) = parse(SourceId(0), "kind a {\n  b: c\n\nkind d\n");
    assert_eq!((file.items.len(), file.broken.len()), (1, 1));
    check("kind a {\n  b: c\n\nkind d\n", 6, "{", "this `{` is never closed", "add the `}`");
    check("relation a(b: c\nkind d\n", 6, "(", "this `(` is never closed", "add the `)`");
    check("kind a { b: c } }", 7, "}", "this `}` closes nothing", "remove it");
    // The indentation tells that the inner bracket is the open one.
    let text = "mitigation a {\n  for b {\n    steps \"c\"\n}\nkind d { e: f }\n";
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!((file.items.len(), diagnostics.len()), (1, 1));
    assert_eq!(diagnostics[0].labels[0].span.start as usize, text.find("b {").unwrap_or(0) + 2);
}

#[test]
fn characters_that_deceive() {
    check(
        "threat x {\n  title \"a\u{202e}b\" // \u{2066}\n}",
        8,
        "\u{202e}",
        "a character that cannot be seen and may make text look like another: U+202E",
        "remove it; in a text it can be written `\\u{202e}`",
    );
    check(
        "// \u{200b}\nkind a\n",
        8,
        "\u{200b}",
        "a character that cannot be seen and may make text look like another: U+200B",
        "",
    );
    check(
        "enum \u{430}ccess { read }",
        9,
        "\u{430}",
        "`\u{430}` (U+0430) only looks like `a`",
        "type it again in plain letters: `access`",
    );
    check("enum größe { klein }", 9, "ö", "names have no `ö` (U+00F6)", "names are made of");
    check("enum a { b; c }", 13, ";", "the language does not use `;`", "nothing ends with `;`");
    check("set a { “b” }", 13, "“", "the language does not use `“`", "texts stand between");
    check(
        "set a {\u{a0}\"b\" }",
        13,
        "\u{a0}",
        "the language does not use U+00A0",
        "this only looks like a space",
    );
    // Letters of all scripts are fine in texts and comments.
    let (_, errors) = parse(SourceId(0), "// größe\nset a { \"機密データ\", \"а\" }\n");
    assert_eq!(errors, []);
}

#[test]
fn things_that_are_no_conditions() {
    check("a(c) if c", 15, "c", "`c` alone is not a condition", "say something of it");
    check(
        "a(c) if b - c",
        15,
        "b - c",
        "a difference alone is not a condition",
        "a flow is written",
    );
    check(
        "a(c) if c is d and \"x\"",
        15,
        "\"x\"",
        "a value alone is not a condition",
        "compare it",
    );
    check("enum a { b < c, d }", 16, ",", "this enum is ordered only in part", "write `<`");
    check(
        "set a { 99999999999999999999 }",
        12,
        "99999999999999999999",
        "this number is too large",
        "",
    );
    check(
        "derive flow a -> b if no c: d\n  where c.e",
        1,
        "where",
        "expected `and` or `or`, found `where`",
        "the `where` of `exists`",
    );
}

#[test]
fn a_broken_item_costs_only_itself() {
    let text = "kind a\nkind b { c d }\nthreat e {\n  where\n}\nderive process f if\nkind g\nf(x) if x = \nkind h\n";
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!(
        (file.items.len(), file.broken.len(), diagnostics.len()),
        (3, 4, 4),
        "{diagnostics:#?}"
    );
}

#[test]
fn a_condition_and_arguments_alone() {
    let (cond, errors) = parse_condition(SourceId(0), "a -[f]-> b and not f.encrypted");
    assert!(cond.is_some() && errors.is_empty(), "{errors:?}");
    let (cond, _) = parse_condition(SourceId(0), "a -> b where a.c and not b.d");
    assert!(cond.is_some_and(|c| matches!(c.kind, CondKind::And(list) if list.len() == 3)));
    let (cond, errors) = parse_condition(SourceId(0), "a -> b and");
    assert!(cond.is_none());
    assert_eq!(errors[0].message, "expected a condition, found the end");
    let (cond, errors) = parse_condition(SourceId(0), "a");
    assert!(cond.is_none());
    assert_eq!(errors[0].code.0, 15);
    let (list, errors) = parse_arguments(SourceId(0), "caller: web, service: \"x\"");
    assert!(errors.is_empty(), "{errors:?}");
    let names: Vec<_> = list.iter().map(|(name, _)| name.text.as_str()).collect();
    assert_eq!(names, ["caller", "service"]);
    let (list, errors) = parse_arguments(SourceId(0), "caller = web");
    assert!(list.is_empty());
    assert_eq!(errors[0].message, "expected `:`, found `=`");
}

/// The pages of the codes, whose examples must do what they say.
#[test]
fn the_example_of_each_page_provokes_its_code() {
    macro_rules! pages {
        ($($code:literal)*) => {
            [$(($code, include_str!(concat!("../../../docs/errors/RDN", $code, ".md")))),*]
        };
    }
    let pages = pages!(
        "0001" "0002" "0003" "0004" "0005" "0006" "0007" "0008" "0009" "0010" "0011" "0012" "0013"
        "0014" "0015" "0016" "0017" "0018"
    );
    for (code, page) in pages {
        assert!(page.starts_with(&format!("# RDN{code}: ")));
        let Some((_, example)) = page.split_once("```redan\n") else {
            assert!(["0017", "0018"].contains(&code));
            continue;
        };
        let example = example.split("\n```\n").next().unwrap_or("");
        let (_, diagnostics) = parse(SourceId(0), example);
        let codes: Vec<_> = diagnostics.iter().map(|d| format!("{:04}", d.code.0)).collect();
        assert_eq!(codes, [code]);
    }
}
