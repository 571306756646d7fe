//! The one form of a pack, and that nothing is lost on the way to it.

use redan_base::{Severity, SourceId};
use redan_grammar::{format, parse, syntax::File};

use crate::parsing::EXAMPLES;

/// The items of a file without their places.
fn shape(file: &File) -> String {
    let all = format!("{:?}", file.items);
    let mut parts = all.split("Span {");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

/// Formats a text, and checks that its tree and its comments are still there and that the result
/// stays as it is when it is formatted again.
#[track_caller]
pub fn formatted(text: &str) -> String {
    let (before, diagnostics) = parse(SourceId(0), text);
    let errors: Vec<_> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    let (out, diagnostics) = format(SourceId(0), text);
    let Some(out) = out else { panic!("{diagnostics:#?}\n{text}") };
    let (after, _) = parse(SourceId(0), &out);
    assert_eq!(shape(&before), shape(&after), "{text}\n=>\n{out}");
    let comments = |file: &File| {
        let mut all: Vec<String> = file.comments.iter().map(|c| c.text.clone()).collect();
        all.sort();
        all
    };
    assert_eq!(comments(&before), comments(&after), "{text}\n=>\n{out}");
    let (again, _) = format(SourceId(0), &out);
    assert_eq!(again.as_deref(), Some(out.as_str()), "{text}");
    assert!(
        out.lines()
            .all(|line| line.trim_end() == line || text.contains("\"\"\"") || text.contains("```"))
    );
    out
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
}

#[test]
fn the_examples_keep_their_trees() {
    for (_, text, _) in EXAMPLES {
        formatted(text);
    }
}

#[test]
fn the_first_example_is_already_in_form() {
    let (_, text, _) = EXAMPLES[0];
    check(text, text);
}

#[test]
fn the_fields_of_a_threat_stand_in_a_column() {
    check(
        "threat  a{title \"b\" stride spoofing ,tampering
  match x->y:store where x is untrusted and not x.b
    and y holds d
  severity high because \"c\" }",
        "threat a {
  title     \"b\"
  stride    spoofing, tampering
  match     x -> y: store
  where     x is untrusted and not x.b
    and     y holds d
  severity  high because \"c\"
}
",
    );
}

#[test]
fn comments_stay_where_they_are() {
    let text = "// first

/// documents a
kind a { // behind the bracket
  // before b
  b: bool // behind b
  /// documents c
  c: set<d> = e ask \"f\"

  // before the bracket
}
// between
threat g {
  match    h -> i // behind the flow
  where    h.j // behind h
    // before k
    and    k.l

  // before the values
  cwe      1, // one
           2  // two
}
set m {
  \"n\", // behind n
  // before o
  \"o\"
}
derive process p
  // before the condition
  if q: r
// last
";
    let expected = "// first

/// documents a
kind a {  // behind the bracket
  // before b
  b: bool  // behind b
  /// documents c
  c: set<d> = e ask \"f\"

  // before the bracket
}
// between
threat g {
  match  h -> i  // behind the flow
  where  h.j  // behind h
    // before k
    and  k.l

  // before the values
  cwe    1,  // one
         2  // two
}
set m {
  \"n\",  // behind n
  // before o
  \"o\"
}
derive process p
  // before the condition
  if q: r
// last
";
    check(text, expected);
}

#[test]
fn comments_inside_a_line_move_behind_it() {
    check(
        "threat a {
  title // why
    \"b\"
  /// documents the next field
  stride [
    // inside
    c]
}
",
        "threat a {
  title   \"b\"  // why
  /// documents the next field
  stride  [c]
  // inside
}
",
    );
}

#[test]
fn long_lines_are_divided() {
    let name = "a_rather_long_name_of_a_variable";
    check(
        &format!("relation r(a: b)\nr(a) if {name}: kind and {name}.b == c and {name} is d"),
        &format!(
            "relation r(a: b)\nr(a)\n  if {name}: kind\n    and {name}.b == c\n    and {name} is d\n"
        ),
    );
    check(
        &format!("set s {{ \"{name}\", \"{name}\", \"{name}\", \"x\" }}"),
        &format!("set s {{\n  \"{name}\", \"{name}\",\n  \"{name}\", \"x\"\n}}\n"),
    );
}

#[test]
fn blocks_are_indented_and_keep_their_text() {
    check(
        "threat a { description \"\"\"
        One.

          Two.
        \"\"\" }",
        "threat a {
  description  \"\"\"
    One.

      Two.
  \"\"\"
}
",
    );
    // What would change is left as it is.
    formatted("threat a {\n  description \"\"\"  One.\n      Two.\"\"\"\n}\n");
    check(
        "test \"a\" { given file \"b.js\" ```js\nc(`d`)\n```\nexpect no e }",
        "test \"a\" {
  given file \"b.js\" ```js
    c(`d`)
  ```
  expect no e
}
",
    );
}

#[test]
fn models_are_aligned_by_paragraph() {
    check(
        "system \"a\" { boundary b { trust: c }
  process def in b
  actor g in b { h: [i,j] }

  def -> g as \"k\" }",
        "system \"a\" {
  boundary b   { trust: c }
  process  def in b
  actor    g   in b { h: [i, j] }

  def -> g as \"k\"
}
",
    );
}

#[test]
fn empty_files_and_line_ends() {
    check("", "");
    check("\u{feff}// a\r\n\r\n\r\n\r\nkind b\r\n", "// a\n\nkind b\n");
}

#[test]
fn what_does_not_parse_is_not_formatted() {
    let (out, diagnostics) = format(SourceId(0), "kind a { b }");
    assert!(out.is_none() && diagnostics.len() == 1);
}
