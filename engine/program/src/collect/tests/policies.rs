//! Policies and tests of packs.

use insta::assert_snapshot;

use super::with_threat;

fn policy(condition: &str) -> String {
    with_threat(&format!("policy p {{ deny \"text\" if {condition} }}"))
}

#[test]
fn about_a_finding() {
    assert_snapshot!(policy("f.severity >= high"), @"RDN0522 t.redan:9:27 a policy speaks of findings | f.severity >= high | begin with `finding f and …`");
    assert_snapshot!(policy("finding f and finding g and f.severity == g.severity"), @"RDN0522 t.redan:9:49 a policy speaks of one finding at a time | g | keep one `finding f`");
    assert_snapshot!(policy("finding f and f.serverity >= high"), @"RDN0523 t.redan:9:43 a finding has no field `serverity` | serverity | did you mean `severity`?");
    assert_snapshot!(policy("finding f and f.severity >= hihg"), @"RDN0524 t.redan:9:55 `severity` is never `hihg` | hihg | did you mean `high`?");
    assert_snapshot!(policy("finding f and (f.status == closed or not f.certainty == certain)"), @r"
    RDN0524 t.redan:9:54 `status` is never `closed` | closed | there are `open`, `excepted`
    RDN0524 t.redan:9:83 `certainty` is never `certain` | certain | there are `confirmed`, `possible`
    ");
    assert_snapshot!(policy("finding f and f.status >= open"), @"RDN0524 t.redan:9:41 `status` has no order | f.status >= open | compare it with `==`, `!=` or `in [..]`");
    assert_snapshot!(policy("finding f and f.stride has dos"), @"RDN0524 t.redan:9:54 `stride` is never `dos` | dos | there are `spoofing`, `tampering`, `repudiation`, `information_disclosure`, `denial_of_service`, `elevation_of_privilege`");
    assert_snapshot!(policy("finding f and f.threat == claertext"), @"RDN0106 t.redan:9:53 there is no threat `claertext` | claertext | did you mean `cleartext`?");
    assert_snapshot!(policy("finding f and f.threat == \"t.claertext\""), @r#"RDN0106 t.redan:9:53 there is no threat `claertext` | "t.claertext" | did you mean `cleartext`?"#);
    assert_snapshot!(policy("finding f and f.pack == xcore"), @"RDN0610 t.redan:9:51 there is no pack `xcore` | xcore | did you mean `core`?");
    assert_snapshot!(policy("finding f and exists s: store"), @"RDN0524 t.redan:9:41 a policy compares what a finding says with constants | exists s: store | as in `f.severity >= high`, `f.status == open` or `f.stride has spoofing`");
    assert_snapshot!(policy("finding f and f.severity == 3"), @"RDN0524 t.redan:9:55 `severity` is compared with a word | 3 |");
    assert_eq!(
        policy("finding f and f.severity in [high, critical] and f.threat != cleartext"),
        ""
    );
    assert_eq!(policy("finding f and (f.stride has tampering or f.maturity == stable)"), "");
    assert_eq!(policy("finding f"), "");
}

#[test]
fn fields() {
    assert_snapshot!(with_threat("policy p { denny \"text\" if finding f\n warn \"x\" }"), @r#"
    RDN0501 t.redan:9:12 a policy has no field `denny` | denny | did you mean `deny`?
    RDN0504 t.redan:10:2 `warn` needs a condition | warn | write `warn "…" if finding f and CONDITION`
    "#);
    assert_snapshot!(with_threat("policy p { warn \"x\" if finding f }\npolicy p { warn \"y\" if finding f }"), @r"
    RDN0112 t.redan:10:8 policy `p` is declared twice | p | (the second one)
        t.redan:9:8 p (the first one)
    ");
}

#[test]
fn threats_become_qualified() {
    let text = format!(
        "{}policy p {{ warn \"w\" if finding f and f.threat == cleartext }}",
        super::THREAT
    );
    let (sources, packs) = crate::testing::packs(&text);
    let (d, _) = crate::collect(&sources, &packs);
    let rule = &d.policies[0];
    assert_eq!((rule.policy.as_str(), rule.deny, rule.variable.as_str()), ("t.p", false, "f"));
    assert!(format!("{:?}", rule.condition).contains("Text(\"t.cleartext\")"));
}

fn test(expect: &str) -> String {
    with_threat(&format!(
        "relation near(a: store, b: store)\ntest \"t\" {{ given {{ store s }} {expect} }}"
    ))
}

#[test]
fn expectations() {
    assert_snapshot!(test("expect claertext"), @"RDN0106 t.redan:10:37 there is no threat `claertext` | claertext | did you mean `cleartext`?");
    assert_snapshot!(test("expect no encrypt"), @r"
    RDN0109 t.redan:10:40 `encrypt` is a mitigation, but a threat is needed here | encrypt |
        t.redan:8:12 encrypt (declared here)
    ");
    assert_snapshot!(test("expect fact stroe { name: \"s\" }"), @"RDN0105 t.redan:10:42 there is no kind, relation or set `stroe` | stroe | did you mean `store`?");
    assert_snapshot!(test("expect fact store { public: true  pubic: true }"), @r"
    RDN0111 t.redan:10:64 kind `store` has no attribute `pubic` | pubic | did you mean `public`?
        core/pack.redan:8:6 store (declared here)
    ");
    assert_snapshot!(test("expect fact near { a: s  c: s }"), @"RDN0111 t.redan:10:55 relation `near` has no parameter `c` | c | there are `a`, `b`");
    assert_snapshot!(test("expect near(s)"), @r"
    RDN0525 t.redan:10:37 `near` has 2 parameters, not 1 | near | write `near(a, b)`; `_` is anything
        t.redan:9:10 near (declared here)
    ");
    assert_snapshot!(test("expect cleartext(s, s)"), @r"
    RDN0109 t.redan:10:37 `cleartext` is a threat, but a relation is needed here | cleartext | the bindings of a threat have names: `cleartext(NAME: …)`
        t.redan:2:8 cleartext (declared here)
    ");
    assert_snapshot!(test(""), @r#"warning RDN0526 t.redan:10:6 this test expects nothing | "t" | add `expect …` or `expect no …`"#);
    assert_snapshot!(with_threat("test \"a\" { expect cleartext }\ntest \"a\" { expect no cleartext }"), @r#"
    RDN0112 t.redan:10:6 two tests of a pack have one name | "a" | (the second one) say what each of them shows
        t.redan:9:6 "a" (the first one)
    "#);
    assert_eq!(
        test(
            "expect near(s, _) expect no possible cleartext(a: s) expect fact store { name: \"s\" }"
        ),
        ""
    );
}

/// What tests give and which bindings they name is checked when everything is lowered.
#[test]
fn givens_and_bindings() {
    let compiled = |test: &str| crate::testing::compiled(&format!("{}{test}", super::THREAT));
    assert_snapshot!(compiled("test \"t\" { given { store s }  expect cleartext(a: s, c: s) }"), @r"
    RDN0525 t.redan:9:54 threat `cleartext` has no binding `c` | c | there are `a`, `f`, `b`
        t.redan:2:8 cleartext (declared here)
    ");
    assert_snapshot!(compiled("test \"t\" { given { stroe s  store t { holdz: [] } }  expect cleartext(a: t) }"), @r"
    RDN0101 t.redan:9:20 there is no kind `stroe` | stroe | did you mean `store`?
    RDN0111 t.redan:9:39 kind `store` has no attribute `holdz` | holdz | did you mean `holds`?
        core/pack.redan:8:6 store (declared here)
    ");
    assert_eq!(
        compiled("test \"t\" { given { store s  store t  s -> t }  expect cleartext(a: s, b: t) }"),
        ""
    );
}
