//! Insertions in texts, and the order of everything.

use crate::testing::packs;
use crate::texts::{fill, insertions};

#[test]
fn insertions_of_a_text() {
    let parts = |text: &str| -> Vec<String> {
        insertions(text)
            .into_iter()
            .map(|i| format!("{} {}", &text[i.range], i.parts.join("/")))
            .collect()
    };
    assert_eq!(parts("a {b} {c.d.e}"), ["{b} b", "{c.d.e} c/d/e"]);
    assert!(parts("{} {a b} { a } {a. {1} {a..b} {{a} \u{7b}").is_empty());
    assert_eq!(parts("{{{b}"), ["{b} b"]);
    assert_eq!(parts("{a{b}"), ["{b} b"]);
    let upper = |text: &str| fill(text, |p| p.join("-").to_uppercase());
    assert_eq!(upper("{{x}} {b}é{c.d}, {{{b}}}"), "{x} BéC-D, {B}");
    assert_eq!(upper("cookie({ secure: true }) {}"), "cookie({ secure: true }) {}");
}

#[test]
fn everything_is_sorted_by_name() {
    let text = "//- b/b.redan\nkind z\nkind a\nset q { 1 }\n//- a/a.redan\nkind m\nset r { 1 }";
    let (sources, files) = packs(text);
    let reversed: Vec<_> = files.iter().rev().cloned().collect();
    let (one, _) = crate::collect(&sources, &files);
    let (two, _) = crate::collect(&sources, &reversed);
    let names = |d: &crate::Declarations| -> Vec<String> {
        let kinds = d.schema.kinds.iter().map(|k| k.declared.name.clone());
        kinds.chain(d.schema.sets.iter().map(|s| s.declared.name.clone())).collect()
    };
    assert!(names(&one).windows(2).filter(|w| w[0] > w[1]).count() <= 1);
    assert_eq!(names(&one), names(&two));
    assert_eq!(format!("{:?}", one.items), format!("{:?}", two.items));
}

#[test]
fn what_is_broken_elsewhere_does_not_hide_mistakes() {
    let shown = crate::testing::declared("kind { \nkind a is stroe\n//- x/y.redan\nkind b is zzz");
    assert_eq!(shown.matches("RDN0101").count(), 2, "{shown}");
}

#[test]
fn truncated_anywhere() {
    let text = super::THREAT.to_owned()
        + "set s { trust.internal, /a/ }\nextend set s { untrusted }\ntranslate ja { threat cleartext { title \"é\" } }\n"
        + "override cleartext because \"é\" { severity low }\npolicy p { deny \"d\" if finding f and f.pack in [core] }\n"
        + "test \"t\" { expect cleartext(a: x) }";
    for end in (0..text.len()).filter(|end| end % 3 == 0 && text.is_char_boundary(*end)) {
        crate::testing::declared(&text[..end]);
    }
}

#[test]
fn names_of_every_pack_are_seen_by_a_query() {
    let (sources, files) = packs("//- a/a.redan\nkind only_here\n//- b/b.redan\nkind other");
    let (d, _) = crate::collect(&sources, &files);
    assert!(d.names.find(crate::Scope::EVERYWHERE, "only_here").is_some());
    assert!(d.names.find(crate::Scope::EVERYWHERE, "a.only_here").is_some());
    assert!(d.names.find(crate::Scope::EVERYWHERE, "nowhere").is_none());
}
