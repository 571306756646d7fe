//! Which language is used, for what.

use std::path::Path;
use std::process::Command;

use super::{COMMANDS, Ran, SHOP, folder, root, write};

/// Runs Redan with these variables, and none of the machine's that would decide on the language.
fn redan(here: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redan"));
    command.args(arguments).current_dir(here).env("COLUMNS", "90").env("NO_COLOR", "1");
    for name in ["REDAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.env("REDAN_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("kept"));
    let output = command.envs(variables.iter().copied()).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn help_in_japanese_is_as_it_was() {
    let mut all = String::new();
    for command in COMMANDS {
        let arguments: Vec<&str> = [command, "-h"].into_iter().filter(|a| !a.is_empty()).collect();
        let ran = redan(&root(), &[("REDAN_LANG", "ja")], &arguments);
        assert_eq!(ran.code, 0);
        let own = ran.out.split("共通オプション:").next().unwrap_or_default();
        all.push_str(if command.is_empty() { &ran.out } else { own.trim_end() });
        all.push_str("\n----\n");
    }
    let long = redan(&root(), &[("REDAN_LANG", "ja")], &["scan", "--help"]);
    all.push_str(&long.out);
    insta::assert_snapshot!("help_ja", all);
}

#[test]
fn the_option_goes_before_the_variable_and_that_before_the_locale() {
    let japanese = |variables: &[(&str, &str)], arguments: &[&str]| {
        let ran = redan(&root(), variables, arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.contains("使い方")
    };
    let ja = ("LANG", "ja_JP.UTF-8");
    assert!(!japanese(&[], &["--help"]));
    assert!(japanese(&[], &["--lang", "ja", "--help"]));
    assert!(japanese(&[], &["scan", "--help", "--lang=ja"]));
    assert!(japanese(&[ja], &["help", "scan"]));
    assert!(!japanese(&[ja, ("LC_ALL", "C.UTF-8")], &["--help"]));
    assert!(japanese(&[ja, ("LC_MESSAGES", "ja_JP.eucJP")], &["--help"]));
    assert!(!japanese(&[ja, ("REDAN_LANG", "en")], &["--help"]));
    assert!(!japanese(&[ja, ("REDAN_LANG", "ja")], &["--lang", "en", "--help"]));
    // What names no language that Redan has says nothing.
    assert!(japanese(&[ja, ("REDAN_LANG", "tlh")], &["--help"]));
}

#[test]
fn what_programs_read_is_english_unless_a_language_is_asked_for() {
    let locale = [("LC_ALL", "ja_JP.UTF-8")];
    let shop = root().join(SHOP);
    let language = |variables: &[(&str, &str)], more: &[&str]| {
        let mut arguments = vec!["scan", shop.to_str().unwrap(), "--output-format", "json"];
        arguments.extend(more);
        let ran = redan(&root(), variables, &arguments);
        // The person reads the other stream.
        assert!(ran.err.contains("未対応の脅威"), "{}", ran.err);
        ran.json()["language"].as_str().unwrap().to_owned()
    };
    assert_eq!(language(&locale, &[]), "en");
    assert_eq!(language(&locale, &["--lang", "ja"]), "ja");
    assert_eq!(language(&[("REDAN_LANG", "ja")], &[]), "ja");
    let page = redan(&root(), &locale, &["report", shop.to_str().unwrap(), "--format", "html"]);
    assert!(page.out.contains("<html lang=\"ja\">"));
}

#[test]
fn mistakes_are_told_in_the_language_of_the_user() {
    let here = folder("languages");
    let ja = [("LANG", "ja_JP.UTF-8")];
    let mistake = |arguments: &[&str]| {
        let ran = redan(&here, &ja, arguments);
        assert_eq!(ran.code, 2, "{}", ran.err);
        ran.err
    };
    insta::assert_snapshot!(
        [
            mistake(&["scan", "nowhere"]),
            mistake(&["rules", "--in", "strid"]),
            mistake(&["explain", "RDN9999"]),
            mistake(&["scan", "--matrx"]),
            mistake(&["report", "nowhere.json"]),
        ]
        .join("----\n")
    );
}

/// A pack without translations, used by somebody who reads Japanese.
#[test]
fn texts_without_a_translation_are_english_and_counted() {
    let here = folder("untranslated");
    write(
        &here,
        "extra/pack.redan",
        "pack extra { version \"1.0.0\"  requires core }
threat plain_store {
  title \"{s} is plain\"  stride tampering  severity low
  match s: store
  mitigate renew
}
mitigation renew { title \"Renew\"  steps \"Renew it.\" }
",
    );
    let shop = root().join(SHOP);
    let scan = |arguments: &[&str]| {
        let mut all =
            vec!["scan", shop.to_str().unwrap(), "--pack", "extra", "--output-format", "json"];
        all.extend(arguments);
        redan(&here, &[], &all)
    };
    let ran = scan(&["--lang", "ja"]);
    let told: Vec<&str> = ran.err.lines().filter(|l| l.contains("訳がない")).collect();
    assert_eq!(
        told,
        ["このレポートに現れるパックの文のうち 3 件は `ja` の訳がないため、英語で表示します"]
    );
    assert_eq!(
        ran.json()["coverage"]["untranslated"],
        serde_json::json!([
            "mitigation extra.renew steps",
            "mitigation extra.renew title",
            "threat extra.plain_store title"
        ])
    );
    let ran = scan(&[]);
    assert!(ran.json()["coverage"]["untranslated"].is_null(), "{}", ran.err);
}
