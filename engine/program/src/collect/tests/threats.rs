//! Fields of threats and mitigations.

use insta::assert_snapshot;

use super::with_threat;
use crate::testing::declared;

#[test]
fn everything_missing() {
    assert_snapshot!(declared("threat t {}\nmitigation m {}"), @r#"
    RDN0502 t.redan:1:8 threat `t` has no `match` | t | say what it looks for, as in `match a -[f]-> b`
    RDN0502 t.redan:1:8 threat `t` has no `mitigate` | t | name what to do about it, as in `mitigate encrypt_flows`, and declare that `mitigation`
    RDN0502 t.redan:1:8 threat `t` has no `severity` | t | say how much it matters: `severity info`, `low`, `medium`, `high` or `critical`
    RDN0502 t.redan:1:8 threat `t` has no `stride` | t | name its categories, as in `stride tampering, information_disclosure`
    RDN0502 t.redan:1:8 threat `t` has no `title` | t | say in a few words what is wrong: `title "…"`
    RDN0502 t.redan:2:12 mitigation `m` has no `steps` | m | say how to do it: `steps "…"`, or `for WORD { steps "…" }`
    RDN0502 t.redan:2:12 mitigation `m` has no `title` | m | say in a few words what to do: `title "…"`
    warning RDN0514 t.redan:2:12 no threat is mitigated by `m` | m | add `mitigate m` to a threat, or remove it
    "#);
    assert_eq!(with_threat(""), "");
}

#[test]
fn unknown_fields() {
    assert_snapshot!(with_threat("threat t { titel \"T\"  stride spoofing  severity low  match a -> b  mitigations encrypt }"), @r#"
    RDN0502 t.redan:9:8 threat `t` has no `mitigate` | t | name what to do about it, as in `mitigate encrypt_flows`, and declare that `mitigation`
    RDN0502 t.redan:9:8 threat `t` has no `title` | t | say in a few words what is wrong: `title "…"`
    RDN0501 t.redan:9:12 a threat has no field `titel` | titel | did you mean `title`?
    RDN0501 t.redan:9:68 a threat has no field `mitigations` | mitigations | did you mean `mitigate`?
    "#);
    assert_snapshot!(with_threat("mitigation m { title \"M\"  steps \"\"  for x { step \"\" } }"), @r#"
    warning RDN0514 t.redan:9:12 no threat is mitigated by `m` | m | add `mitigate m` to a threat, or remove it
    RDN0502 t.redan:9:37 `for` part `x` has no `steps` | for | add `steps "…"`
    RDN0501 t.redan:9:45 a `for` part has no field `step` | step | did you mean `steps`?
    "#);
}

/// A threat whose further fields are given.
fn fields(text: &str) -> String {
    with_threat(&format!("threat t {{ title \"T\"  match a -> b\n{text} }}"))
}

const REST: &str = "stride spoofing  severity low  mitigate encrypt\n";

#[test]
fn twice() {
    assert_snapshot!(fields(&format!("{REST}severity high")), @r"
    RDN0503 t.redan:11:1 `severity` is given twice | severity | (the second one) keep one of them
        t.redan:10:18 severity (the first one)
    ");
    assert_snapshot!(fields(&format!("{REST}cwe 1\ncwe 2")), @r"
    RDN0503 t.redan:12:1 `cwe` is given twice | cwe | (the second one) write all in one: `cwe a, b`
        t.redan:11:1 cwe (the first one)
    ");
    assert_eq!(
        fields(&format!("{REST}reference \"https://a.example\"\nreference \"https://b.example\"")),
        ""
    );
}

#[test]
fn unknown_words() {
    assert_snapshot!(fields("stride spoofing, tampring, dos  severity hihg  mitigate encrypt  maturity beta"), @r"
    RDN0505 t.redan:10:18 STRIDE has no category `tampring` | tampring | did you mean `tampering`?
    RDN0505 t.redan:10:28 STRIDE has no category `dos` | dos | did you mean `denial_of_service`?
    RDN0506 t.redan:10:42 there is no severity `hihg` | hihg | did you mean `high`?
    RDN0507 t.redan:10:75 there is no maturity `beta` | beta | there are `sandbox`, `incubating`, `stable`
    ");
    assert_snapshot!(fields("stride spoofing  severity low  mitigate encript"), @"RDN0107 t.redan:10:41 there is no mitigation `encript` | encript | did you mean `encrypt`?");
    assert_snapshot!(fields("stride spoofing  severity low  mitigate cleartext"), @r"
    RDN0109 t.redan:10:41 `cleartext` is a threat, but a mitigation is needed here | cleartext |
        t.redan:2:8 cleartext (declared here)
    ");
    assert_snapshot!(fields(&format!("{REST}replaced_by cleartxt")), @"RDN0106 t.redan:11:13 there is no threat `cleartxt` | cleartxt | did you mean `cleartext`?");
    assert_eq!(
        fields(&format!("{REST}replaced_by cleartext  maturity incubating  since \"1.2\"")),
        ""
    );
}

#[test]
fn misshapen() {
    assert_snapshot!(fields(&format!("{REST}source 3")), @r#"RDN0504 t.redan:11:8 `source` needs a text | 3 | write `source "…"`"#);
    assert_snapshot!(fields(&format!("{REST}cwe \"CWE-306\"  capec 0")), @r#"
    RDN0504 t.redan:11:5 `cwe` needs whole numbers | "CWE-306" | write the numbers alone, as in `cwe 306, 862`
    RDN0504 t.redan:11:22 `capec` needs whole numbers | 0 | write the numbers alone, as in `capec 306, 862`
    "#);
    assert_snapshot!(fields(&format!("{REST}impact \"a\", \"b\"")), @r#"RDN0504 t.redan:11:13 `impact` takes one value alone | "b" | write `impact "…"`"#);
    assert_snapshot!(fields(&format!("{REST}impact \"a\" if a is store")), @r#"RDN0504 t.redan:11:15 `impact` takes no condition | a is store | write `impact "…"`"#);
    assert_snapshot!(fields(&format!("{REST}impact \"a\" because \"b\"")), @r#"RDN0504 t.redan:11:20 `impact` takes no reason | "b" | write `impact "…"`"#);
    assert_snapshot!(fields(&format!("{REST}impact {{ a \"b\" }}")), @r#"RDN0504 t.redan:11:1 `impact` takes no block of fields | impact | write `impact "…"`"#);
    assert_snapshot!(fields(&format!("{REST}raise high")), @r#"RDN0504 t.redan:11:1 `raise` needs a condition | raise high | write `raise critical if CONDITION because "…"`"#);
    assert_snapshot!(fields(&format!("{REST}raise high if a is store")), @r#"RDN0504 t.redan:11:1 `raise` needs a reason | raise | write `raise critical if CONDITION because "…"`"#);
    assert_snapshot!(fields(&format!("{REST}reference \"example.org\"")), @r#"RDN0509 t.redan:11:11 this is not an address | "example.org" | write it in full, as in `reference "https://example.org/page"`"#);
    assert_eq!(fields(&format!("{REST}cwe 306, 862  raise high if a is store because \"b\"")), "");
    assert_eq!(fields(&format!("{REST}owasp \"A01:2021\"  attack T1557  tags a, \"b c\"")), "");
}

#[test]
fn adjustments_without_effect() {
    assert_snapshot!(fields(&format!("{REST}raise low if a is store because \"b\"")), @"warning RDN0513 t.redan:11:7 `raise low` never changes anything | low | the severity is `low`: take one above it");
    assert_snapshot!(fields(&format!("lower medium if a is store because \"b\"\n{REST}")), @"warning RDN0513 t.redan:10:7 `lower medium` never changes anything | medium | the severity is `low`: take one below it");
    assert_eq!(fields(&format!("{REST}lower info if a is store because \"b\"")), "");
}

#[test]
fn unused_mitigation() {
    assert_snapshot!(with_threat("mitigation other { title \"O\"  steps \"s\" }"), @"warning RDN0514 t.redan:9:12 no threat is mitigated by `other` | other | add `mitigate other` to a threat, or remove it");
}

#[test]
fn mitigation_without_steps() {
    assert_snapshot!(declared("mitigation m { title \"M\" }"), @r#"
    RDN0502 t.redan:1:12 mitigation `m` has no `steps` | m | say how to do it: `steps "…"`, or `for WORD { steps "…" }`
    warning RDN0514 t.redan:1:12 no threat is mitigated by `m` | m | add `mitigate m` to a threat, or remove it
    "#);
    assert_snapshot!(declared("mitigation m { title \"M\"  for x {} }"), @r#"
    warning RDN0514 t.redan:1:12 no threat is mitigated by `m` | m | add `mitigate m` to a threat, or remove it
    RDN0502 t.redan:1:27 `for` part `x` has no `steps` | for | add `steps "…"`
    "#);
}

#[test]
fn insertions_are_noted() {
    let text = r#"threat t { title "T"  stride spoofing  severity low because "{a.in.name} is near"
      match a -> b  mitigate encrypt
      source """
        said "so" \"{ by {b} and {{a}
        """
      assets b, a.holds  at b }"#;
    let (sources, packs) = crate::testing::packs(text);
    let (d, _) = crate::collect(&sources, &packs);
    let shown: Vec<String> = d
        .insertions
        .iter()
        .map(|i| {
            let source = sources.get(i.source).unwrap();
            let (line, column) = source.position(i.span.start);
            format!("{line}:{column} {} = {}", source.slice(i.span), i.parts.join(" . "))
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r"
    1:62 {a.in.name} = a . in . name
    4:26 {b} = b
    6:14 b = b
    6:17 a.holds = a . holds
    6:29 b = b
    ");
}
