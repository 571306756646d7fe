//! `except`, `override`, `disable`.

use insta::assert_snapshot;

use super::with_threat;
use crate::schema::Risk;

#[test]
fn without_reason() {
    assert_snapshot!(with_threat("except cleartext if b is store"), @r#"RDN0518 t.redan:9:8 `except` needs a reason | cleartext | write `except cleartext because "…"`"#);
    assert_snapshot!(with_threat("disable cleartext because \" \""), @r#"RDN0518 t.redan:9:9 `disable` needs a reason | cleartext | write `disable cleartext because "…"`"#);
    assert_eq!(with_threat("except cleartext because \"the mesh does it\" if b is store"), "");
}

#[test]
fn of_unknown_rules() {
    assert_snapshot!(with_threat("disable claertext because \"r\""), @"RDN0106 t.redan:9:9 there is no threat `claertext` | claertext | did you mean `cleartext`?");
    assert_snapshot!(with_threat("disable encrypt because \"r\""), @r"
    RDN0109 t.redan:9:9 `encrypt` is a mitigation, but a threat is needed here | encrypt |
        t.redan:8:12 encrypt (declared here)
    ");
}

#[test]
fn until() {
    assert_snapshot!(with_threat("disable cleartext because \"r\" until 2027-02-29"), @"RDN0528 t.redan:9:37 `2027-02-29` is not a day | 2027-02-29 | write year, month and day, as in `until 2027-06-30`");
    assert_snapshot!(with_threat("disable cleartext because \"r\" until \"soon\""), @r#"RDN0528 t.redan:9:37 `soon` is not a day | "soon" | write year, month and day, as in `until 2027-06-30`"#);
    assert_eq!(with_threat("disable cleartext because \"r\" until 2028-02-29"), "");
}

#[test]
fn for_every_match() {
    assert_snapshot!(with_threat("except cleartext because \"r\""), @r#"RDN0519 t.redan:9:8 this exception holds for every match | cleartext | say for which, as in `if receiver.mesh == "istio"`, or write `disable`"#);
    assert_snapshot!(with_threat("disable cleartext because \"r\" if b is store"), @"RDN0504 t.redan:9:34 `disable` takes no condition | b is store | `except` is for some matches");
    assert_snapshot!(with_threat("disable cleartext because \"r\" { severity low }"), @"RDN0504 t.redan:9:33 `disable` takes no fields | severity low | `override` changes fields");
    assert_snapshot!(with_threat("override cleartext because \"r\""), @"RDN0502 t.redan:9:10 this `override` changes nothing | cleartext | say what it changes, as in `{ severity low }`");
}

#[test]
fn overridden_fields() {
    assert_snapshot!(with_threat("override cleartext because \"r\" { serverity low }"), @"RDN0501 t.redan:9:34 a threat has no field `serverity` | serverity | did you mean `severity`?");
    assert_snapshot!(with_threat("override cleartext because \"r\" { severity lwo }"), @"RDN0506 t.redan:9:43 there is no severity `lwo` | lwo | did you mean `low`?");
    assert_snapshot!(with_threat("override cleartext because \"r\" { where a is store }"), @"RDN0520 t.redan:9:34 `where` cannot be overridden | where | write `except … if …` to leave some matches out");
    assert_snapshot!(with_threat("override cleartext because \"r\" { severity 3 }"), @r#"RDN0504 t.redan:9:43 `severity` needs a word | 3 | write `severity high` or `severity high because "…"`"#);
    assert_snapshot!(with_threat(
        "override cleartext because \"r\" { severity low }\noverride cleartext because \"s\" { severity high }"
    ), @r"
    RDN0521 t.redan:10:34 `severity` of `t.cleartext` is overridden twice | severity | (the second one)
        t.redan:9:34 severity (the first one)
    ");
    assert_snapshot!(with_threat("disable cleartext because \"r\"\ndisable cleartext because \"s\""), @r"
    RDN0521 t.redan:10:9 `t.cleartext` is disabled twice | cleartext | (the second one)
        t.redan:9:9 cleartext (the first one)
    ");
}

#[test]
fn what_changes_do() {
    let text = format!(
        "{}{}",
        super::THREAT,
        r#"translate ja { threat cleartext { title "平文" } mitigation encrypt { title "x"  steps "x" } }
override cleartext because "ours" { severity low because "the network is closed"  title "Ours"  mitigate other }
mitigation other { title "O"  steps "s" }
translate ja { mitigation other { title "x"  steps "x" } }
disable cleartext because "no"
"#
    );
    let (sources, packs) = crate::testing::packs(&text);
    let (d, diagnostics) = crate::collect(&sources, &packs);
    assert_snapshot!(crate::testing::shown(&sources, &diagnostics), @"warning RDN0514 t.redan:8:12 no threat is mitigated by `encrypt` | encrypt | add `mitigate encrypt` to a threat, or remove it");
    let threat = &d.schema.threats[0];
    assert_eq!(threat.severity, Risk::Low);
    assert_eq!(threat.severity_reason.as_ref().unwrap().text, "the network is closed");
    // The translation was of another text.
    assert_eq!(threat.title.get("ja"), "Ours");
    assert_eq!(threat.mitigations.len(), 1);
    assert_eq!((threat.disabled_by, threat.overridden_by.as_slice()), (Some(0), [1].as_slice()));
    assert_eq!(d.schema.changes[0].declared.name, "disable t.cleartext");
    assert_eq!(d.schema.changes[1].because, "ours");
    let marked: Vec<_> = d.items.iter().filter_map(|i| i.declares).collect();
    assert!(marked.contains(&crate::Meaning::Change(0)));
}
