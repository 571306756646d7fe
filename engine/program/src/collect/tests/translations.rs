//! Texts in other languages.

use insta::assert_snapshot;

use super::with_threat;

const FULL: &str =
    "threat cleartext { title \"平文\" } mitigation encrypt { title \"暗号化\"  steps \"TLS\" }";

#[test]
fn missing() {
    assert_snapshot!(with_threat("translate ja { threat cleartext { title \"平文\" } }"), @"warning RDN0517 t.redan:8:12 mitigation `encrypt` lacks `title`, `steps` in `ja` | encrypt | the pack is translated to `ja`: add `mitigation encrypt { … }` to a `translate ja`");
    assert_snapshot!(with_threat(&format!(
        "translate ja {{ {FULL} }}
threat t {{ title \"T\"  stride spoofing  severity low because \"r\"
  raise high if a is store because \"r\"  match a -> b  mitigate encrypt  impact \"i\" }}
translate ja {{ threat t {{ title \"テ\" }} }}"
    )), @r"
    warning RDN0517 t.redan:10:8 threat `t` lacks `impact`, `because`, `raise` in `ja` | t | add what is missing
        t.redan:12:23 t (translated here)
    ");
    assert_eq!(with_threat(&format!("translate ja {{ {FULL} }}")), "");
}

#[test]
fn of_unknown_items() {
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} threat cleartxt {{ title \"x\" }} }}")), @"RDN0106 t.redan:9:103 there is no threat `cleartxt` | cleartxt | did you mean `cleartext`?");
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} mitigation encript {{ title \"x\" }} }}")), @"RDN0107 t.redan:9:107 there is no mitigation `encript` | encript | did you mean `encrypt`?");
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} kind flwo {{ name \"x\" }} }}")), @"RDN0101 t.redan:9:101 there is no kind `flwo` | flwo | did you mean `flow`?");
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} threats cleartext {{ title \"x\" }} }}")), @"RDN0501 t.redan:9:96 a translation has no field `threats` | threats | did you mean `threat`?");
}

#[test]
fn of_unknown_fields() {
    assert_snapshot!(with_threat("translate ja { threat cleartext { titel \"x\" } mitigation encrypt { title \"x\"  steps \"x\" } }"), @r"
    warning RDN0517 t.redan:2:8 threat `cleartext` lacks `title` in `ja` | cleartext | add what is missing
        t.redan:9:23 cleartext (translated here)
    RDN0501 t.redan:9:35 a translated threat has no field `titel` | titel | did you mean `title`?
    ");
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} kind flow {{ encrypte \"x\" }} }}")), @r"
    RDN0111 t.redan:9:108 kind `flow` has no attribute `encrypte` | encrypte | did you mean `encrypted`?
        core/pack.redan:10:6 flow (declared here)
    ");
    assert_snapshot!(with_threat("translate ja { mitigation encrypt { title \"x\"  steps \"x\"  reference \"x\" } threat cleartext { title \"x\" } }"), @"RDN0501 t.redan:9:59 `reference` is not translated | reference | leave it out: it holds for every language");
}

#[test]
fn of_symbols() {
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} enum trust {{ untrustd \"x\"  internal 3 }} }}")), @r#"
    RDN0110 t.redan:9:109 enum `trust` has no symbol `untrustd` | untrustd | did you mean `untrusted`?
        core/pack.redan:3:6 trust (declared here)
    RDN0504 t.redan:9:123 `internal` needs a text | internal | write `NAME "…"`; the question of an attribute is `ask NAME "…"`
    "#);
}

#[test]
fn of_what_is_not_there() {
    assert_snapshot!(with_threat("translate ja { threat cleartext { title \"x\"  impact \"x\"  because \"x\"  raise \"x\" } mitigation encrypt { title \"x\"  steps \"x\"  for spring { steps \"x\" } } }"), @r"
    RDN0515 t.redan:9:46 threat `cleartext` has no `impact` to translate | impact | remove it, or write the original first
    RDN0515 t.redan:9:58 threat `cleartext` has no reason of its severity to translate | because | remove it, or write the original first
    RDN0515 t.redan:9:71 threat `cleartext` has no `raise` to translate | raise | remove it, or write the original first
    RDN0515 t.redan:9:130 mitigation `encrypt` has no part for `spring` | spring | there is none to choose from
    ");
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} kind flow {{ ask from \"x\" }} }}")), @r#"
    RDN0515 t.redan:9:112 attribute `from` asks no question | from | add `ask "…"` to the attribute first
        core/pack.redan:10:6 flow (declared here)
    "#);
}

#[test]
fn twice() {
    assert_snapshot!(with_threat(&format!("translate ja {{ {FULL} }}\ntranslate ja {{ threat cleartext {{ title \"x\" }} }}")), @r"
    RDN0516 t.redan:10:35 `title` is translated twice | title | (the second one)
        t.redan:9:35 title (the first one)
    ");
    // In another language it is another text.
    assert_eq!(with_threat(&format!("translate ja {{ {FULL} }}\ntranslate de {{ {FULL} }}")), "");
}

#[test]
fn not_a_language() {
    assert_snapshot!(with_threat(&format!("translate Japanese {{ {FULL} }}")), @"RDN0527 t.redan:9:11 `Japanese` is not a language | Japanese | write its code of two or three letters, as in `translate ja`");
}

#[test]
fn what_translations_become() {
    let text = format!(
        "{}translate ja {{ {FULL} enum trust {{ untrusted \"外\" }} kind component {{ in \"内\"  ask in \"{{it}}は?\" }} kind flow {{ name \"フロー\"  ask encrypted \"{{it}}は?\"  encrypted \"暗号\" }} }}",
        super::THREAT
    );
    let (sources, packs) = crate::testing::packs(&text);
    let (d, diagnostics) = crate::collect(&sources, &packs);
    assert_eq!(crate::testing::shown(&sources, &diagnostics), "");
    assert_eq!(d.schema.threats[0].title.get("ja"), "平文");
    assert_eq!(d.schema.threats[0].title.get("de"), "Clear text");
    assert_eq!(d.schema.mitigations[0].steps.get("ja"), "TLS");
    let words: Vec<String> =
        d.schema.words.iter().map(|(l, k, t)| format!("{l} {k}: {t}")).collect();
    assert_snapshot!(words.join("\n"), @r"
    ja ask core.component.in: {it}は?
    ja ask core.flow.encrypted: {it}は?
    ja attribute core.component.in: 内
    ja attribute core.flow.encrypted: 暗号
    ja kind core.flow: フロー
    ja symbol core.trust.untrusted: 外
    ");
}

#[test]
fn of_texts_that_rules_write() {
    let rules = "relation why(c: component, reason: string)
why(c, \"it is open\") if c: component
why(c, \"backup of \" + c.name) if c: component
";
    let with = |words: &str| with_threat(&format!("{rules}translate ja {{ {FULL} {words} }}"));
    assert_eq!(with("text \"it is open\" \"開いている\"  text \"backup of {}\" \"{} の控え\""), "");
    assert_snapshot!(with("text \"it is opne\" \"x\""), @r#"RDN0515 t.redan:12:101 no rule of the pack writes `it is opne` | "it is opne" | write the original as the rule has it; `{}` stands for a part that varies"#);
    assert_snapshot!(with("text \"Clear text\""), @r#"RDN0504 t.redan:12:96 `text` needs two texts | text | write `text "ORIGINAL" "TRANSLATION"`"#);
    assert_snapshot!(with("text \"backup of {}\" \"控え\""), @r#"RDN0504 t.redan:12:116 `{}` is either once in both texts or in none | "控え" | it stands for the part of the text that is not the same each time"#);
    assert_snapshot!(with("text \"it is open\" \"x\"  text \"it is open\" \"y\""), @r#"
    RDN0516 t.redan:12:124 `it is open` is translated twice | "it is open" | (the second one)
        t.redan:12:101 "it is open" (the first one)
    "#);
}
