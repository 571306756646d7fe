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
        "pack mine { version \"0.1.0\" licence \"x\" description \"d\" requires flask }\n\
         disable flask.debug_mode because \"we like it\"\n",
    );
    write(
        &here,
        "app.py",
        "from flask import Flask\napp = Flask(__name__)\napp.run(host='0.0.0.0', debug=True)\n",
    );
    let scan = |more: &[&str]| {
        let arguments = [&["scan", ".", "--output-format", "concise"], more].concat();
        let ran = redan(&here, &arguments);
        assert_eq!(ran.code, 0, "{more:?}: {}{}", ran.out, ran.err);
        ran.out.contains("flask.debug_mode")
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
