//! Tree-sitter queries: captures, predicates and places.

use super::{check_query, compile, text};
use redan_grammar::syntax::Matcher;

const MAPPING: &str = "
(class_declaration
  (modifiers (annotation name: (identifier) @a (#eq? @a \"RequestMapping\")
    arguments: (annotation_argument_list (string_literal) @path)))
  name: (identifier) @class) @at
";

#[test]
fn captures_by_name_and_the_place_at() {
    let code = "@X @RequestMapping(\"/a\") class A {}\n@Other(\"/b\") class B {}\n";
    check_query("java", MAPPING, code, &["a=RequestMapping class=A path=\"/a\""]);
    let case = compile("java", &Matcher::Query(text(MAPPING)));
    assert_eq!(case.captures(), ["a", "class", "path"]);
    assert_eq!(case.anchors(), [["RequestMapping"]]);
}

#[test]
fn predicates() {
    let code = "get(1); post(2); put(3)";
    let call = |p: &str| format!("((call_expression function: (identifier) @f) {p})");
    check_query("javascript", &call("(#eq? @f \"get\")"), code, &["f=get"]);
    check_query("javascript", &call("(#not-eq? @f \"get\")"), code, &["f=post", "f=put"]);
    check_query("javascript", &call("(#any-of? @f \"get\" \"put\")"), code, &["f=get", "f=put"]);
    check_query("javascript", &call("(#not-any-of? @f \"get\" \"put\")"), code, &["f=post"]);
    check_query("javascript", &call("(#match? @f \"^p\")"), code, &["f=post", "f=put"]);
    check_query("javascript", &call("(#not-match? @f \"^p\")"), code, &["f=get"]);
    check_query("javascript", "(statement_block (_)* @a) @at", "{ f(); g() }", &["a=[f(); | g()]"]);
}

#[test]
fn beginnings_and_anchors_of_queries() {
    let anchors =
        |language: &str, query: &str| compile(language, &Matcher::Query(text(query))).anchors();
    check_query("python", "[(integer) (float)] @n", "a = 1 + 2.5\n", &["n=1", "n=2.5"]);
    check_query("python", "(integer) @n\n(float) @f", "a = 1 + 2.5\n", &["n=1", "f=2.5"]);
    check_query("python", "(_ left: (identifier) @l) @at", "a = 1\n", &["l=a"]);
    check_query("python", "(primary_expression/integer) @n", "a = 1\n", &["n=1"]);
    check_query(
        "python",
        "(block (pass_statement) @a . (return_statement) @b)",
        "def f():\n    pass\n    return 1\n",
        &["a=pass b=return 1"],
    );
    assert_eq!(anchors("python", "((identifier) @a (#any-of? @a \"x\" \"y\"))"), [["x", "y"]]);
    assert_eq!(
        anchors("python", "((identifier) @a (#not-eq? @a \"x\"))"),
        Vec::<Vec<String>>::new()
    );
    // A capture that may be absent promises nothing.
    assert_eq!(
        anchors("python", "(call function: (identifier)? @a (#eq? @a \"x\")) @at"),
        Vec::<Vec<String>>::new()
    );
    let two = "((identifier) @a (#eq? @a \"x\"))\n((string) @b (#eq? @b \"y\"))";
    assert_eq!(anchors("python", two), [["x", "y"]]);
}

/// A query that is known to be good is not compiled to learn what it captures: our own reading of it must not promise more
/// than a match keeps, for a file without an anchor is never looked at. Compiling compares it with tree-sitter's.
#[test]
fn captures_that_may_be_missing_are_no_anchors() {
    let anchors =
        |language: &str, query: &str| compile(language, &Matcher::Query(text(query))).anchors();
    let one = "(call_expression function: (identifier) @f (#eq? @f \"get\")) @at";
    assert_eq!(anchors("javascript", one), [["get"]]);
    let maybe = "(class_declaration (modifiers (annotation name: (identifier) @a))? name: (identifier) @n (#eq? @a \"Bean\"))";
    assert!(anchors("java", maybe).is_empty(), "`?` behind a bracket");
    let many = "(block (expression_statement (call function: (identifier) @f))* (#eq? @f \"get\"))";
    assert!(anchors("python", many).is_empty(), "`*` behind a bracket");
    let behind = "(block (expression_statement)? @s (pass_statement) @p (#eq? @s \"get()\") (#eq? @p \"pass\"))";
    assert_eq!(anchors("python", behind), [["pass"]], "`?` before a capture");
    let either = "(call function: [(identifier) @a (attribute attribute: (identifier) @b)] (#eq? @a \"get\"))";
    assert!(anchors("python", either).is_empty(), "one of several");
    let whole = "(call function: [(identifier) (attribute)] @f (#any-of? @f \"get\" \"put\"))";
    assert_eq!(anchors("python", whole), [["get", "put"]], "behind the alternatives");
    let any = "(call function: _ @f arguments: (_)? @a (#eq? @f \"get\") (#eq? @a \"()\"))";
    assert_eq!(anchors("python", any), [["get"]]);
}
