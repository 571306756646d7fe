//! Packs and what they require.

use insta::assert_snapshot;

use crate::testing::declared;

#[test]
fn fields() {
    assert_snapshot!(declared("pack t { licence \"MIT\" }"), @r#"RDN0502 t.redan:1:6 pack `t` has no `version` | t | add `version "0.1.0"`"#);
    assert_snapshot!(declared("pack t { version \"1.x\"  license \"MIT\"  requries core }"), @r#"
    RDN0618 t.redan:1:18 this is not a version | "1.x" | write numbers with points between them, as in `version "1.4.0"`
    RDN0501 t.redan:1:25 a pack has no field `license` | license | did you mean `licence`?
    RDN0501 t.redan:1:40 a pack has no field `requries` | requries | did you mean `requires`?
    "#);
    assert_eq!(declared("pack t { version \"1.0\"  licence \"MIT\"  requires core }"), "");
}

#[test]
fn unknown_requirement() {
    assert_snapshot!(declared("pack t { version \"1\"  requires cores, zebra }"), @r"
    RDN0610 t.redan:1:32 there is no pack `cores` | cores | did you mean `core`?
    RDN0610 t.redan:1:39 there is no pack `zebra` | zebra | there is `core` alone
    ");
}

#[test]
fn versions() {
    assert_snapshot!(declared("pack t { version \"1\"  requires core \">= 2\" }"), @r#"RDN0619 t.redan:1:37 pack `core` has version 1.2.0, but `>= 2` is required | ">= 2" |"#);
    assert_snapshot!(declared("pack t { version \"1\"  requires core \"new\" }"), @r#"RDN0618 t.redan:1:37 this is not a demand on a version | "new" | write `">= 1.4"`, or several: `">= 1.4, < 2"`"#);
    assert_snapshot!(declared("pack t { version \"1\"  engine \">= 99.1\" }"), @r#"RDN0619 t.redan:1:30 Redan has version 0.1.0, but `>= 99.1` is required | ">= 99.1" |"#);
    assert_eq!(
        declared("pack t { version \"1\"  requires core \">= 1.2, < 2\"  engine \">= 0.1\" }"),
        ""
    );
}

#[test]
fn in_a_loop() {
    assert_snapshot!(declared(
        "//- a/p.redan\npack a { version \"1\"  requires b }\n\
         //- b/p.redan\npack b { version \"1\"  requires core, c }\n\
         //- c/p.redan\npack c { version \"1\"  requires a }\n\
         //- d/p.redan\npack d { version \"1\"  requires a }"
    ), @r"
    RDN0616 a/p.redan:1:32 packs require each other in a loop | b | a -> b -> c -> a: move what both need into a third pack
        b/p.redan:1:38 c (and this)
        c/p.redan:1:32 a (and this)
    ");
}

#[test]
fn two_of_one_name() {
    assert_snapshot!(declared(
        "//- a/p.redan\npack twin { version \"1\" }\n//- b/p.redan\npack twin { version \"1\" }"
    ), @r"
    RDN0612 b/p.redan:1:6 two packs have the name `twin` | twin | (this one is left out) give one of them another name
        a/p.redan:1:6 twin (the other one)
    ");
    assert_snapshot!(declared("//- a/p.redan\npack b { version \"1\" }\n//- b.redan\nkind k"), @r"
    RDN0612 b.redan:1:1 two packs have the name `b` |  | (this one is left out) a file without a `pack` item is a pack of the file's name: rename the file
        a/p.redan:1:6 b (the other one)
    ");
    assert_snapshot!(declared("pack t { version \"1\" }\npack u { version \"1\" }"), @r"
    RDN0613 t.redan:2:6 a pack has one `pack` item | u | (the second one)
        t.redan:1:6 t (the first one)
    ");
}

#[test]
fn nothing_in_it() {
    assert_snapshot!(declared("//- a/p.redan\n// later\n\n"), @"warning RDN0617 a/p.redan:1:1 `a/p.redan` declares nothing |  | write an item, or remove the file");
    // An item that does not parse is told as such.
    assert!(!declared("//- a/p.redan\nkind {").contains("RDN0617"));
}
