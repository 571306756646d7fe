//! Sets and what extends them.

use insta::assert_snapshot;

use crate::testing::{declared, packs};

#[test]
fn members_of_unlike_types() {
    assert_snapshot!(declared("set s { \"a\", 1 }"), @r#"
    RDN0116 t.redan:1:14 a whole number in a set whose members are each a text | 1 | all members of a set have one type
        t.redan:1:9 "a" (the first member)
    "#);
    assert_snapshot!(declared("set s { 1 }\nextend set s { /a/ }"), @r"
    RDN0116 t.redan:2:16 a text in a set whose members are each a whole number | /a/ | all members of a set have one type
        t.redan:1:9 1 (the first member)
    ");
    assert_snapshot!(declared("set s { internal, \"a\" }"), @r#"
    RDN0116 t.redan:1:19 a text in a set whose members are each a symbol of `trust` | "a" | all members of a set have one type
        t.redan:1:9 internal (the first member)
    "#);
    assert_eq!(declared("set s { \"a\", /b/ }\nextend set s { \"c\" }\nset n { 1, -2 }"), "");
}

#[test]
fn symbols() {
    assert_snapshot!(declared("set s { read, wriet }"), @"RDN0110 t.redan:1:15 no enum has the symbol `wriet` | wriet | did you mean `write`?");
    assert_snapshot!(declared("set s { postgres }"), @r#"RDN0110 t.redan:1:9 no enum has the symbol `postgres` | postgres | for a text, write `"postgres"`"#);
    assert_snapshot!(declared("enum mode { read, run }\nset s { read }"), @r"
    RDN0118 t.redan:2:9 `read` is a symbol of several enums | read | write `access.read` or `mode.read`
        core/pack.redan:4:6 access (one of them)
        t.redan:1:6 mode (one of them)
    ");
    assert_snapshot!(declared("set s { trust.internl }"), @r"
    RDN0110 t.redan:1:15 enum `trust` has no symbol `internl` | internl | did you mean `internal`?
        core/pack.redan:3:6 trust (declared here)
    ");
    assert_snapshot!(declared("set s { read, internal }"), @"RDN0116 t.redan:1:9 these symbols are of several enums | read, internal | no enum has all of `read`, `internal`");
    assert_eq!(declared("enum mode { read, run }\nset s { read, run }\nset t { mode.read }"), "");
}

#[test]
fn no_such_member() {
    assert_snapshot!(declared("set s { [1], `a b` }"), @r"
    RDN0116 t.redan:1:9 this cannot be a member of a set | [1] | members are texts, numbers, regular expressions `/…/` or symbols
    RDN0116 t.redan:1:14 this cannot be a member of a set | `a b` | members are texts, numbers, regular expressions `/…/` or symbols
    ");
    assert_snapshot!(declared("set s { /a(b/ }"), @"RDN0117 t.redan:1:9 this regular expression cannot be read | /a(b/ | (unclosed group) the syntax is that of the Rust crate `regex`: there are no look-arounds and back-references");
}

#[test]
fn extended() {
    assert_snapshot!(declared("set stores { \"a\" }\nextend set store { \"b\" }"), @r"
    RDN0109 t.redan:2:12 `store` is a kind, but a set is needed here | store | did you mean `stores`?
        core/pack.redan:8:6 store (declared here)
    ");
    assert_snapshot!(declared("set core.stores { \"a\" }"), @"RDN0123 t.redan:1:5 a set is declared in its own pack | core | to add to it, write `extend set core.stores`");
    let both = "//- a/a.redan\nset stores { \"b\" }\n//- b/b.redan\nextend set a.stores { \"a\", \"b\", /c/ }";
    let (sources, files) = packs(both);
    let (d, diagnostics) = crate::collect(&sources, &files);
    assert!(diagnostics.is_empty());
    let set = &d.schema.sets[0];
    let members: Vec<String> = set.members.iter().map(|m| d.values.show(*m)).collect();
    assert_eq!(members, ["a", "b"]);
    assert_eq!(set.patterns, ["c"]);
}
