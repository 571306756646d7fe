//! Enums, kinds, extracted kinds and relations.

use insta::assert_snapshot;

use crate::names::{attribute, is_a};
use crate::testing::{declared, packs};

#[test]
fn declared_twice_inside() {
    assert_snapshot!(declared("enum e { a, b, a }"), @r"
    RDN0113 t.redan:1:16 symbol `a` is declared twice | a | (the second one)
        t.redan:1:10 a (the first one)
    ");
    assert_snapshot!(declared("kind k { x: bool  x: int }"), @r"
    RDN0113 t.redan:1:19 attribute `x` is declared twice | x | (the second one)
        t.redan:1:10 x (the first one)
    ");
    assert_snapshot!(declared("relation r(a: store, a: store)"), @r"
    RDN0113 t.redan:1:22 parameter `a` is declared twice | a | (the second one)
        t.redan:1:12 a (the first one)
    ");
    assert_snapshot!(declared("extract x(a, a) from yaml at . { a: .b  a: .c }"), @r"
    RDN0113 t.redan:1:14 field `a` is declared twice | a | (the second one)
        t.redan:1:11 a (the first one)
    RDN0113 t.redan:1:41 output `a` is declared twice | a | (the second one)
        t.redan:1:34 a (the first one)
    ");
    assert_eq!(declared("enum e { a, b }\nkind k { x: bool  y: int }\nkind l { x: bool }"), "");
}

#[test]
fn inherited_twice() {
    assert_snapshot!(declared("kind cache is store { holds: set<data> }"), @r"
    RDN0113 t.redan:1:23 attribute `holds` is declared twice | holds | (the second one)
        core/pack.redan:8:27 holds (the first one)
    ");
    assert_snapshot!(declared("kind cache is store { public: string }"), @r"
    RDN0113 t.redan:1:23 attribute `public` is declared twice | public | (the second one)
        core/pack.redan:6:53 public (the first one)
    ");
    assert_eq!(declared("kind cache is store { keeps: set<data> }"), "");
}

#[test]
fn inheritance_loop() {
    assert_snapshot!(declared("kind a is b\nkind b is c\nkind c is a\nkind d is a"), @r"
    RDN0114 t.redan:1:11 kind `a` is itself in the end | b | a is b is c is a: remove one `is`
        t.redan:2:11 c (and this)
        t.redan:3:11 a (and this)
    ");
    assert_snapshot!(declared("kind a is a"), @"RDN0114 t.redan:1:11 kind `a` is itself in the end | a | a is a: remove one `is`");
    assert_eq!(declared("kind a is b\nkind b is c\nkind c"), "");
}

#[test]
fn inherits_from_an_extractor() {
    let extract = "extract found(name) from yaml at services.$name { name: $name }\n";
    assert_snapshot!(declared(&format!("{extract}kind a is found")), @r"
    RDN0120 t.redan:2:11 `found` is found by an extractor | found | its members are facts of files: `derive` an entity from them instead
        t.redan:1:9 found (declared here)
    ");
    assert_snapshot!(declared(&format!("{extract}kind a {{ of: found }}")), @"RDN0122 t.redan:2:14 an attribute cannot hold facts of an extractor | found | give it the type of the field that is needed, such as `string`");
    assert_eq!(declared(&format!("{extract}relation r(f: found)")), "");
}

#[test]
fn names_that_are_there_by_themselves() {
    assert_snapshot!(declared("kind a { name: string }"), @"RDN0119 t.redan:1:10 every kind has the attribute `name` | name | leave it out");
    assert_snapshot!(declared("extract x(file) from yaml at . { file: .a }"), @"RDN0119 t.redan:1:11 every fact has `file` by itself | file | leave it out, or give another name to what is meant");
    assert_eq!(
        declared("kind a { file: string }\nextract x(name) from yaml at . { name: .a }"),
        ""
    );
}

#[test]
fn defaults() {
    assert_snapshot!(declared("kind a { x: bool = 3 }"), @r"
    RDN0115 t.redan:1:20 `true` or `false` is needed here | 3 |
        t.redan:1:13 bool (because of this type)
    ");
    assert_snapshot!(declared("kind a { x: string = high }"), @r#"
    RDN0115 t.redan:1:22 a text is needed here | high | write `"high"`
        t.redan:1:13 string (because of this type)
    "#);
    assert_snapshot!(declared("kind a { x: trust = internl }"), @r"
    RDN0110 t.redan:1:21 enum `trust` has no symbol `internl` | internl | did you mean `internal`?
        core/pack.redan:3:6 trust (declared here)
    ");
    assert_snapshot!(declared("kind a { x: store = s }"), @r"
    RDN0115 t.redan:1:21 a `store` is needed here | s | a reference has no default: leave it out
        t.redan:1:13 store (because of this type)
    ");
    assert_snapshot!(declared("kind a { x: set<int> = 1 }"), @"RDN0122 t.redan:1:24 a set has no default | 1 | leave it out: a set is known as soon as one member is");
    assert_snapshot!(declared("extract x(a: int = \"no\") from yaml at . { a: .a }"), @r#"
    RDN0115 t.redan:1:20 a whole number is needed here | "no" |
        t.redan:1:14 int (because of this type)
    "#);
    assert_eq!(
        declared("kind a { x: bool = false  y: string = \"\"  z: trust = internal  w: int = -1 }"),
        ""
    );
    assert_eq!(declared("extract x(a: bool = false, b = \"c\") from yaml at . { a: .a }"), "");
}

#[test]
fn types_where_they_do_not_fit() {
    assert_snapshot!(declared("relation r(a: set<int>, b: store?)"), @r"
    RDN0122 t.redan:1:15 a parameter is one value, which is always there | set<int> | a relation has a row for each value: leave out `set<…>` and `?`
    RDN0122 t.redan:1:28 a parameter is one value, which is always there | store? | a relation has a row for each value: leave out `set<…>` and `?`
    ");
    assert_snapshot!(declared("extract x(a: trust) from yaml at . { a: .a }"), @"RDN0122 t.redan:1:14 a file has texts, numbers and truth values alone | trust | take `string`, `int` or `bool`, and compare in a rule");
    assert_eq!(declared("kind a { x: set<int>  y: store? }"), "");
}

#[test]
fn unknown_output() {
    assert_snapshot!(
        declared("extract x(image) from yaml at . { imgae: .a }\n  from json at . { image: .a }"),
        @r"
    RDN0111 t.redan:1:35 `x` has no field `imgae` | imgae | did you mean `image`?
        t.redan:1:9 x (declared here)
    "
    );
}

#[test]
fn empty() {
    assert_snapshot!(declared("enum e {}\nrelation r()"), @r"
    RDN0124 t.redan:1:6 enum `e` has no symbols | e | write `{ a, b }`, or `{ a < b }` if they are ordered
    RDN0124 t.redan:2:10 relation `r` has no parameters | r | say what it is about, as in `relation exposed(c: component)`
    ");
}

#[test]
fn questions() {
    assert_snapshot!(declared("kind a { x: bool ask \"Is {a} x, or \\\"{it}\\\"?\" }"), @"RDN0512 t.redan:1:26 a question fills in `{it}` alone | {a} | `{it}` is what is asked about, `{it.name}` one of its attributes");
    assert_eq!(declared("kind a { x: bool ask \"Is {it} (in {it.name}) {x\" }"), "");
}

#[test]
fn what_kinds_become() {
    let (sources, packs) = packs("kind request is flow { method: string }\nkind cache is store");
    let (d, diagnostics) = crate::collect(&sources, &packs);
    assert!(diagnostics.is_empty());
    let kinds: Vec<String> = d
        .schema
        .kinds
        .iter()
        .map(|k| {
            let attributes: Vec<&str> = k.attributes.iter().map(|a| a.name.as_str()).collect();
            let root = &d.schema.kinds[k.root.0 as usize].declared.name;
            let flow = if k.is_flow { " (flow)" } else { "" };
            format!("{} of {root}{flow} [{}]", k.declared.name, attributes.join(" "))
        })
        .collect();
    assert_snapshot!(kinds.join("\n"), @r"
    core.boundary of core.boundary [name trust]
    core.component of core.component [name in public]
    core.data of core.data [name]
    core.flow of core.flow (flow) [name from to encrypted]
    core.process of core.component []
    core.store of core.component [holds]
    t.cache of core.component []
    t.request of core.flow (flow) [method]
    ");
    let kind = |name: &str| {
        let index = d.schema.kinds.iter().position(|k| k.declared.name == name).unwrap();
        crate::schema::KindId(index as u32)
    };
    assert!(is_a(&d.schema, kind("t.cache"), kind("core.component")));
    assert!(!is_a(&d.schema, kind("core.component"), kind("t.cache")));
    assert_eq!(attribute(&d.schema, kind("t.cache"), "holds"), Some((kind("core.store"), 0)));
    assert_eq!(attribute(&d.schema, kind("t.cache"), "name"), Some((kind("core.component"), 0)));
    assert_eq!(attribute(&d.schema, kind("t.cache"), "hold"), None);
    assert_eq!(d.names.flow_kind(), Some(kind("core.flow")));
}
