//! What parses, and into what.

use redan_base::SourceId;
use redan_grammar::parse;
use redan_grammar::syntax::{Cond, CondKind, ExprKind, Item, ItemKind, Query};

/// The examples of the language's description, exactly as they stand there.
pub const EXAMPLES: [(&str, &str, usize); 7] = [
    ("taste", include_str!("examples/taste.redan"), 1),
    ("kinds", include_str!("examples/kinds.redan"), 10),
    ("model", include_str!("examples/model.redan"), 1),
    ("extract", include_str!("examples/extract.redan"), 4),
    ("derive", include_str!("examples/derive.redan"), 9),
    ("tests", include_str!("examples/tests.redan"), 2),
    ("policy", include_str!("examples/policy.redan"), 6),
];

#[test]
fn the_examples_parse() {
    for (name, text, items) in EXAMPLES {
        let (file, diagnostics) = parse(SourceId(0), text);
        let errors: Vec<_> = diagnostics.iter().filter(|d| d.code.0 != 14).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(file.items.len(), items, "{name}");
        assert!(file.broken.is_empty());
    }
}

fn items(text: &str) -> Vec<Item> {
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!(diagnostics, []);
    file.items
}

/// The condition of the only item, with each node's kind and text.
fn outline(condition: &str) -> String {
    let text = format!("kind before\n\nsame a, b if {condition}");
    let items = items(&text);
    let [_, Item { kind: ItemKind::Same(same), .. }] = items.as_slice() else {
        panic!("{items:#?}");
    };
    nodes(&same.condition, &text)
}

fn nodes(cond: &Cond, text: &str) -> String {
    let inner = |list: &[Cond]| list.iter().map(|c| nodes(c, text)).collect::<Vec<_>>().join(", ");
    let query = |q: &Query| match &q.filter {
        Some(filter) => format!("{} where {}", nodes(&q.over, text), nodes(filter, text)),
        None => nodes(&q.over, text),
    };
    match &cond.kind {
        CondKind::And(list) => format!("and({})", inner(list)),
        CondKind::Or(list) => format!("or({})", inner(list)),
        CondKind::Not(c) => format!("not({})", nodes(c, text)),
        CondKind::Group(c) => format!("group({})", nodes(c, text)),
        CondKind::Exists(q) => format!("exists({})", query(q)),
        CondKind::No(q) => format!("no({})", query(q)),
        CondKind::Every(q, c) => format!("every({} then {})", query(q), nodes(c, text)),
        kind => {
            let kind = format!("{kind:?}");
            let kind = kind.split(['(', ' ']).next().unwrap_or("");
            format!("{kind} `{}`", &text[cond.span.range()])
        }
    }
}

#[test]
fn what_belongs_together_in_conditions() {
    let check = |condition: &str, expected: &str| assert_eq!(outline(condition), expected);
    check("a.b and c: d or not e is f", "or(and(Truth `a.b`, Member `c: d`), not(Is `e is f`))");
    check("a.b, c in d", "and(Truth `a.b`, In `c in d`)");
    check("a = f(b) and a == c", "and(Bind `a = f(b)`, Compare `a == c`)");
    check("f crosses b and x.y has z", "and(Verb `f crosses b`, Verb `x.y has z`)");
    check("m inside c and m same file c", "and(Verb `m inside c`, SameFile `m same file c`)");
    check("a: k -[f]-> b ->+ _: s and r(a)", "and(Flow `a: k -[f]-> b ->+ _: s`, Call `r(a)`)");
    check("finding f and f.a", "and(Member `finding f`, Truth `f.a`)");
    // `no`, `exists` and `every` reach as far as they can; parentheses end them.
    check("no a: b where a.c and d.e", "no(Member `a: b` where and(Truth `a.c`, Truth `d.e`))");
    check("(no a: b) and d.e", "and(group(no(Member `a: b`)), Truth `d.e`)");
    check(
        "every x: y where x.a satisfies x.b and x.c",
        "every(Member `x: y` where Truth `x.a` then and(Truth `x.b`, Truth `x.c`))",
    );
    check(
        "count { a -> b where b.c } >= 3 and d.e",
        "and(Compare `count { a -> b where b.c } >= 3`, Truth `d.e`)",
    );
    check("a.b - c + (d - e) > 1", "Compare `a.b - c + (d - e) > 1`");
}

#[test]
fn a_line_ends_what_only_a_line_can_go_on_with() {
    let fields = |text: &str| {
        let items = items(text);
        let Some(Item { kind: ItemKind::Threat(block), .. }) = items.first() else {
            panic!("{items:#?}");
        };
        let names: Vec<_> = block.fields.iter().map(|f| f.name.text.clone()).collect();
        names.join(" ")
    };
    // A verb, and the `where` of `no`, stand on the line of what they go on with.
    assert_eq!(fields("threat a {\n  match b.c\n  source \"d\"\n}"), "match source");
    assert_eq!(fields("threat a {\n  match no b: c\n  where d.e\n}"), "match where");
    assert_eq!(fields("threat a {\n  match no b: c where d.e\n}"), "match");
    assert_eq!(fields("threat a { match b.c source \"d\" }"), "match source");
    assert_eq!(fields("threat a {\n  deprecated\n  title \"b\"\n}"), "deprecated title");
    assert_eq!(fields("threat a { title \"b\", cwe 1, 2 stride c, d }"), "title cwe stride");
    assert_eq!(fields("threat a { severity high because \"b\" where c.d }"), "severity where");
}

#[test]
fn a_relation_with_a_condition_is_two_items() {
    let text = "/// Docs.\nrelation a(b: c) if b.d\n";
    let items = items(text);
    let [relation, clause] = items.as_slice() else { panic!("{items:#?}") };
    assert_eq!(relation.docs, "Docs.");
    assert_eq!(&text[relation.span.range()], "relation a(b: c)");
    assert!(matches!(&clause.kind, ItemKind::Clause(c) if c.arguments.len() == 1));
}

#[test]
fn literals_have_their_values() {
    let text = "set a {
  \"b\\n\\\"\\u{e9}\" /c\\/d\\.e/
  \"\"\"
    one
      two

    three
  \"\"\"
  ```js
  f(`x`)
  ```, -12
}";
    let items = items(text);
    let [Item { kind: ItemKind::Set(set), .. }] = items.as_slice() else { panic!("{items:#?}") };
    let values: Vec<_> = set.members.iter().map(|m| m.kind.clone()).collect();
    let expected = [
        ExprKind::Text("b\n\"é".to_owned()),
        ExprKind::Regex("c/d\\.e".to_owned()),
        ExprKind::Text("one\n  two\n\nthree".to_owned()),
        ExprKind::Code("f(`x`)".to_owned()),
        ExprKind::Int(-12),
    ];
    assert_eq!(values, expected);
}

#[test]
fn root_is_the_document_only_in_an_extractor() {
    let items = items("extract a(b) from yaml at . { b: root.c }\nsame d, e if root.c == d.c");
    let [Item { kind: ItemKind::Extract(extract), .. }, Item { kind: ItemKind::Same(same), .. }] =
        items.as_slice()
    else {
        panic!("{items:#?}");
    };
    assert!(matches!(&extract.cases[0].outputs[0].value.kind, ExprKind::Tree(p) if p.from_root));
    let CondKind::Compare(_, left, _) = &same.condition.kind else { panic!("{same:#?}") };
    assert!(matches!(&left.kind, ExprKind::Access(..)));
}
