//! Looking names up: unknown, ambiguous, of the wrong sort, not required.

use insta::assert_snapshot;

use crate::testing::declared;

#[test]
fn unknown_kind() {
    assert_snapshot!(declared("kind cache is stroe"), @"RDN0101 t.redan:1:15 there is no kind `stroe` | stroe | did you mean `store`?");
    assert_snapshot!(declared("kind cache is core.stroe"), @"RDN0101 t.redan:1:20 there is no kind `stroe` | stroe | did you mean `store`?");
    assert_snapshot!(declared("kind cache is zebra"), @"RDN0101 t.redan:1:15 there is no kind `zebra` | zebra |");
    assert_eq!(declared("kind cache is store"), "");
    assert_eq!(declared("kind cache is core.store"), "");
}

#[test]
fn unknown_type() {
    assert_snapshot!(declared("kind a { x: boolean  y: str  z: trsut }"), @r"
    RDN0102 t.redan:1:13 there is no type `boolean` | boolean | did you mean `bool`?
    RDN0102 t.redan:1:25 there is no type `str` | str | did you mean `string`?
    RDN0102 t.redan:1:33 there is no type `trsut` | trsut | did you mean `trust`?
    ");
    assert_eq!(declared("kind a { x: bool  y: string  z: trust  w: int  v: store }"), "");
}

#[test]
fn wrong_sort() {
    assert_snapshot!(declared("kind a is trust"), @r"
    RDN0109 t.redan:1:11 `trust` is an enum, but a kind is needed here | trust |
        core/pack.redan:3:6 trust (declared here)
    ");
    assert_snapshot!(declared("set s { 1 }\nkind a { x: s }"), @r"
    RDN0109 t.redan:2:13 `s` is a set, but a type is needed here | s |
        t.redan:1:5 s (declared here)
    ");
}

#[test]
fn ambiguous() {
    let two = "//- a/pack.redan\npack a { version \"1\" }\nkind cache\n\
               //- b/pack.redan\npack b { version \"1\" }\nkind cache\n";
    let uses = "//- c/pack.redan\npack c { version \"1\"  requires a, b }\n";
    assert_snapshot!(declared(&format!("{two}{uses}kind near is cache")), @r"
    RDN0108 c/pack.redan:2:14 `cache` is ambiguous | cache | write `a.cache` or `b.cache`
        a/pack.redan:2:6 cache (declared here)
        b/pack.redan:2:6 cache (declared here)
    ");
    assert_eq!(declared(&format!("{two}{uses}kind near is a.cache")), "");
    // The own name comes first.
    assert_eq!(declared(&format!("{two}{uses}kind cache\nkind near is cache")), "");
}

#[test]
fn not_required() {
    let other = "//- a/pack.redan\npack a { version \"1\" }\nkind cache\n\
                 //- b/pack.redan\npack b { version \"1\"  requires a }\n\
                 //- c/pack.redan\npack c { version \"1\"";
    assert_snapshot!(declared(&format!("{other} }}\nkind near is cache")), @"RDN0101 c/pack.redan:2:14 there is no kind `cache` | cache | pack `a` has one: add `requires a` to the pack's `pack.redan`");
    assert_snapshot!(declared(&format!("{other} }}\nkind near is a.cache")), @"RDN0611 c/pack.redan:2:14 pack `c` does not require `a` | a | add `requires a` to the pack's `pack.redan`");
    assert_snapshot!(declared(&format!("{other} }}\nkind near is aa.cache")), @"RDN0610 c/pack.redan:2:14 there is no pack `aa` | aa |");
    // What a required pack requires is seen, too.
    assert_eq!(declared(&format!("{other}  requires b }}\nkind near is cache")), "");
    // A file without `pack` item sees all packs.
    let alone =
        "//- a/pack.redan\npack a { version \"1\" }\nkind cache\n//- d.redan\nkind e is cache";
    assert_eq!(declared(alone), "");
}

#[test]
fn declared_twice() {
    assert_snapshot!(declared("kind cache\nset cache { 1 }"), @r"
    RDN0112 t.redan:2:5 `cache` is declared twice | cache | (the second one) a name means one thing in a pack, whatever declares it
        t.redan:1:6 cache (the first one)
    ");
    assert_snapshot!(declared("kind int"), @"RDN0112 t.redan:1:6 `int` is a type of the language | int | take another name");
    assert_snapshot!(declared("//- a/one.redan\nenum e { x }\n//- a/two.redan\nenum e { y }"), @r"
    RDN0112 a/two.redan:1:6 `e` is declared twice | e | (the second one) a name means one thing in a pack, whatever declares it
        a/one.redan:1:6 e (the first one)
    ");
    // Another pack may use the name.
    assert_eq!(declared("kind process"), "");
}
