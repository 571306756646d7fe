//! Commands over packs: what `new` writes, `check`, `fmt`, `test`, and how far a repository's packs are trusted.

use super::{folder, redan, write};

#[test]
fn scaffolds_pass_as_they_are_written() {
    let here = folder("scaffold");
    assert_eq!(redan(&here, &["new", "pack", "our-rules"]).code, 0);
    assert_eq!(redan(&here, &["new", "rule", "our-rules/more", "open_admin_port"]).code, 0);
    let ran = redan(&here, &["fmt", "--check", "our-rules"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = redan(&here, &["check", "--strict", "our-rules"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = redan(&here, &["test", "our-rules", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let report = ran.json();
    assert_eq!(report["results"].as_array().map(Vec::len), Some(6));
    let ran = redan(&here, &["new", "pack", "our-rules"]);
    assert!(ran.code == 2 && ran.err.contains("is there already"), "{}", ran.err);
    let ran = redan(&here, &["new", "rule", "our-rules", "Bad-Name"]);
    assert!(ran.code == 2 && ran.err.contains("is no name of a rule"), "{}", ran.err);
}

#[test]
fn mistakes_are_told_in_every_form() {
    let here = folder("mistakes");
    write(&here, "x.redan", "threat x {\n  strde  tampering\n}\n");
    for format in ["full", "concise", "json", "sarif"] {
        let ran = redan(&here, &["check", "x.redan", "--output-format", format]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("RDN0501") && ran.out.contains("strde"), "{format}: {}", ran.out);
        if matches!(format, "json" | "sarif") {
            assert!(ran.json().is_object());
        }
    }
    write(&here, "y.redan", "set   words   { \"a\" }\n");
    let ran = redan(&here, &["fmt", "--diff", "y.redan"]);
    assert!(ran.code == 1 && ran.out.contains("+set words"), "{}{}", ran.out, ran.err);
    assert_eq!(redan(&here, &["fmt", "y.redan"]).code, 0);
    assert_eq!(redan(&here, &["fmt", "--check", "y.redan"]).code, 0);
}

#[test]
fn a_repository_cannot_take_its_own_threats_away() {
    let here = folder("untrusted");
    write(&here, "redan.yaml", "packs: [mine]\n");
    write(
        &here,
        "mine/pack.redan",
        "pack mine { version \"0.1.0\" licence \"x\" description \"d\" requires web }\n\
         disable web.debug_mode because \"we like it\"\n",
    );
    write(
        &here,
        "app.py",
        "from flask import Flask\napp = Flask(__name__)\n\n@app.route('/')\ndef home():\n    return 'hello'\n\napp.run(host='0.0.0.0', debug=True)\n",
    );
    let scan = |more: &[&str]| {
        let arguments = [&["scan", ".", "--output-format", "concise"], more].concat();
        let ran = redan(&here, &arguments);
        assert_eq!(ran.code, 0, "{more:?}: {}{}", ran.out, ran.err);
        ran.out.contains("web.debug_mode")
    };
    assert!(scan(&[]), "packs of the repository only add");
    assert!(scan(&["--untrusted"]));
    assert!(!scan(&["--trust-repository"]));
}

const COVERED: &str = r#"
threat wide_open {
  title "{p} serves anyone"  stride spoofing  severity high
  match p: process
  where p.internet_facing and p.administrative
  mitigate close
}
mitigation close { title "Close it"  steps "Do." }
test "hit" {
  given { process a { internet_facing: true  administrative: true } }
  expect wide_open(p: a)
}
test "near miss: inside" {
  given { process a { internet_facing: false  administrative: true } }
  expect no wide_open
}
test "two conditions fail at once, so that neither decides" {
  given { process a { internet_facing: false  administrative: false } }
  expect no wide_open
}
"#;

#[test]
fn what_tests_leave_open_is_told() {
    let here = folder("coverage");
    write(&here, "own.redan", COVERED);
    let ran = redan(&here, &["test", "own.redan"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains(
            "1 threats: 1 fire in a test, 1 are kept silent by one, 0 are shown as possible or say why never; \
             1 of 2 conditions decide a near miss"
        ),
        "{}",
        ran.out
    );
    let ran = redan(&here, &["test", "own.redan", "--coverage"]);
    assert!(ran.out.contains("own.wide_open: p.administrative  own.redan:5"), "{}", ran.out);
    assert!(!ran.out.contains("own.wide_open: p.internet_facing"), "{}", ran.out);
    // A page that says why nothing is unknown is enough.
    write(&here, "pack/pack.redan", "pack own { version \"1\" }\n");
    write(&here, "pack/wide_open.redan", COVERED);
    let never = |ran: &super::Ran| ran.json()["never_unknown"].as_array().unwrap().len();
    let ran = redan(&here, &["test", "pack", "--format", "json"]);
    assert_eq!(never(&ran), 1, "{}", ran.out);
    write(&here, "pack/wide_open.md", "# Wide open\n\n## Unknown\n\nBoth are always known.\n");
    let ran = redan(&here, &["test", "pack", "--format", "json"]);
    assert_eq!(never(&ran), 0, "{}", ran.out);
    let condition = &ran.json()["never_deciding"][0];
    assert_eq!((&condition["text"], &condition["line"]), (&"p.administrative".into(), &5.into()));
}

#[test]
fn rules_are_listed_shown_and_written_as_pages() {
    let here = folder("library");
    write(&here, "own/pack.redan", "pack own { version \"1\" }\n");
    write(&here, "own/wide_open.redan", COVERED);
    let own = |arguments: &[&str]| {
        redan(&here, &[&["--no-library", "--pack", "own"], arguments].concat())
    };
    // The vocabulary that the pack is written in.
    let ran = redan(&here, &["--pack", "own", "rules", "--in", "own"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out, "own.wide_open  S·····  high      p serves anyone\n1 threat\n");
    let count = |arguments: &[&str]| {
        let ran =
            redan(&here, &[&["--pack", "own", "rules", "--format", "json"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.json().as_array().map_or(0, Vec::len)
    };
    let all = count(&[]);
    assert!(all > count(&["--stride", "spoofing"]) && count(&["--stride", "s"]) > 1);
    assert_eq!(count(&["--in", "own", "--stride", "t"]), 0);
    assert_eq!(count(&["serves", "--in", "own", "--severity", "high"]), 1);
    let ran = redan(&here, &["--pack", "own", "rules", "wide_open"]);
    assert!(ran.out.contains("where p.internet_facing and p.administrative"), "{}", ran.out);
    let ran = redan(&here, &["--pack", "own", "rules", "wide_opne"]);
    assert!(ran.code == 0 && ran.err.contains("did you mean `wide_open`?"), "{}", ran.err);
    let ran = redan(&here, &["--pack", "own", "rules", "--in", "onw"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `own`?"), "{}", ran.err);
    assert_eq!(own(&["rules"]).code, 1, "without its vocabulary the pack has errors");

    write(
        &here,
        "SUMMARY.md",
        "- [A](a.md)\n- [Own](lib/README.md)\n  - [old](lib/x.md)\n- [B](b.md)\n",
    );
    let docs = ["--pack", "own", "docs", "own", "--output", "lib", "--summary", "SUMMARY.md"];
    let ran = redan(&here, &docs);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let page = std::fs::read_to_string(here.join("lib/own/wide_open.md")).unwrap();
    assert!(page.contains("# p serves anyone") && page.contains("### Close it"), "{page}");
    let summary = std::fs::read_to_string(here.join("SUMMARY.md")).unwrap();
    assert_eq!(
        summary,
        "- [A](a.md)\n- [Own](lib/README.md)\n  - [own](lib/own/README.md)\n\
         \x20   - [wide_open](lib/own/wide_open.md)\n- [B](b.md)\n"
    );
    assert_eq!(redan(&here, &docs).code, 0);
    assert_eq!(std::fs::read_to_string(here.join("SUMMARY.md")).unwrap(), summary, "twice is once");
}

const GOOD: &str = r#"
threat wide_open {
  title "{p} serves anyone"  stride spoofing  severity high because "anyone can come"
  match p: process
  where p.internet_facing and p.administrative
  mitigate close  cwe 306
}
mitigation close {
  title "Close it"  steps "Do."
  for express { steps "Use it." }
  reference "https://example.org/"
}
translate ja {
  threat wide_open { title "開いている"  because "誰でも来られる" }
  mitigation close { title "閉じる"  steps "閉じる。"  for express { steps "使う。" } }
}
test "hit" {
  given { process a { internet_facing: true  administrative: true } }
  expect wide_open(p: a)
}
test "near miss" {
  given { process a { internet_facing: false  administrative: true } }
  expect no wide_open
}
test "unknown" {
  given { process a { internet_facing: true } }
  expect possible wide_open(p: a)
}
"#;

#[test]
fn lints_find_what_is_wrong_and_nothing_else() {
    let here = folder("lint");
    write(&here, "own/pack.redan", "pack own { version \"1\" }\n");
    write(&here, "own/wide_open.redan", GOOD);
    let of = |arguments: &[&str]| {
        let ran = redan(&here, &[&["lint", "own", "--format", "json"], arguments].concat());
        assert!(ran.code <= 1, "{}", ran.err);
        let found = ran.json();
        let found = found.as_array().unwrap();
        assert_eq!(ran.code == 0, found.is_empty(), "{}", ran.out);
        let mut lints: Vec<String> = found
            .iter()
            .map(|f| format!("{} {}", f["lint"].as_str().unwrap(), f["item"].as_str().unwrap()))
            .collect();
        lints.dedup();
        lints
    };
    assert_eq!(of(&[]), Vec::<String>::new(), "a pack with everything has no finding");
    let broken = [
        ("cwe 306", "", "no_cwe threat own.wide_open"),
        (" because \"anyone can come\"", "", "no_reason threat own.wide_open"),
        ("title \"開いている\"", "", "no_japanese threat own.wide_open"),
        ("for express { steps \"使う。\" }", "", "no_japanese mitigation own.close"),
        ("reference \"https://example.org/\"", "", "no_reference mitigation own.close"),
        ("expect no wide_open", "expect fact process {}", "no_near_miss threat own.wide_open"),
        ("expect wide_open(p: a)", "expect fact process {}", "no_hit threat own.wide_open"),
        (
            "expect possible wide_open(p: a)",
            "expect fact process {}",
            "no_unknown threat own.wide_open",
        ),
        ("wide_open", "check_open", "name_of_threat threat own.check_open"),
        ("wide_open", "wideOpen", "name_form threat own.wideOpen"),
    ];
    for (from, to, lint) in broken {
        write(&here, "own/wide_open.redan", GOOD.replace(from, to));
        let found = of(&[]);
        assert!(found.iter().any(|f| f == lint), "{lint} is not among {found:?}");
    }
    // The same under other names and in another order.
    let twin = "threat same_again {\n  title \"{x}\"  stride spoofing  severity low because \"x\"\n  \
                match x: process\n  where x.administrative and x.internet_facing\n  mitigate close  cwe 306\n}\n";
    write(&here, "own/wide_open.redan", GOOD);
    write(&here, "own/same_again.redan", twin);
    assert_eq!(
        of(&["--only", "duplicate_logic"]),
        ["duplicate_logic threat own.same_again", "duplicate_logic threat own.wide_open"]
    );
    write(&here, "own/same_again.redan", twin.replace("x.administrative", "not x.administrative"));
    assert_eq!(of(&["--only", "duplicate_logic"]), Vec::<String>::new());
    // Lints of an organisation.
    write(
        &here,
        "ours.redan",
        "pack ours { version \"1\" requires lint }\n\
         lint_finding(\"no_tags\", t, \"tag it with its owner\")\n  \
         if declares(_, t, \"threat\", _) and not has_field(t, \"tags\")\n",
    );
    let found =
        of(&["--with", "ours.redan", "--except", "no_hit,no_near_miss,no_unknown,no_japanese"]);
    assert_eq!(found, ["no_tags threat own.same_again", "no_tags threat own.wide_open"]);
    let ran = redan(&here, &["lint", "own", "--only", "no_hit"]);
    assert!(
        ran.out.starts_with("own/same_again.redan:1:8: no_hit: threat own.same_again: "),
        "{}",
        ran.out
    );
    write(&here, "ours.redan", "pack ours { version \"1\" requires lint }\nlint_finding(1)\n");
    let ran = redan(&here, &["lint", "own", "--with", "ours.redan"]);
    assert!(ran.code == 1 && ran.err.contains("RDN"), "{}{}", ran.out, ran.err);
}
