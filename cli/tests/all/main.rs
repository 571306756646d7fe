//! The command line as its users meet it: the binary is run, and exit codes, outputs and files are looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests run the binary on folders that they make"
)]

mod cache;
mod hostile;
mod languages;
mod model;
mod packs;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The commands whose help is looked at; the first is that of the program itself.
const COMMANDS: [&str; 16] = [
    "",
    "scan",
    "model",
    "report",
    "facts",
    "query",
    "explain",
    "why-not",
    "check",
    "fmt",
    "test",
    "lint",
    "rules",
    "docs",
    "new",
    "completions",
];

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn write(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// What a run gave.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.out, self.err))
    }
}

/// Runs Redan in a folder, with an environment that no machine changes.
fn redan(here: &Path, arguments: &[&str]) -> Ran {
    redan_with(here, arguments, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("kept"))
}

/// The same with a folder for what is kept between scans.
fn redan_with(here: &Path, arguments: &[&str], kept: &Path) -> Ran {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_redan"))
        .args(arguments)
        .current_dir(here)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env("REDAN_CACHE_DIR", kept)
        .env_remove("REDAN_LANG")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    let code = status.code().unwrap_or_else(|| panic!("ended by a signal: {err}"));
    assert!(code != 4 && !err.contains("panicked"), "{err}");
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "colours without a terminal");
    Ran { code, out, err }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

const SHOP: &str = "docs/examples/shop";

#[test]
fn help_is_as_it_was() {
    let mut all = String::new();
    for command in COMMANDS {
        let arguments: Vec<&str> = [command, "-h"].into_iter().filter(|a| !a.is_empty()).collect();
        let ran = redan(&root(), &arguments);
        assert_eq!(ran.code, 0);
        // The general options are the same everywhere.
        let own = ran.out.split("General options:").next().unwrap_or_default();
        all.push_str(if command.is_empty() { &ran.out } else { own.trim_end() });
        all.push_str("\n----\n");
    }
    insta::assert_snapshot!("help", all);
}

/// With the typesetter both commands write a PDF; without it they say so before they look at anything.
#[test]
fn pdf_is_written_or_told_to_be_missing() {
    let here = folder("pdf");
    let shop = root().join(SHOP);
    let shop = shop.to_str().unwrap();
    for command in [
        ["report", shop, "--format", "pdf", "--lang", "ja", "-o", "a.pdf"],
        ["scan", shop, "--output-format", "pdf", "--lang", "en", "-o", "b.pdf"],
    ] {
        let ran = redan(&here, &command);
        let file = std::fs::read(here.join(command[7]));
        if cfg!(feature = "pdf") {
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert!(file.unwrap().starts_with(b"%PDF-"));
        } else {
            assert_eq!(ran.code, 2, "{}", ran.err);
            assert!(
                ran.err.contains("cargo install --locked --path cli --features pdf"),
                "{}",
                ran.err
            );
            assert!(file.is_err());
        }
    }
}

#[test]
fn a_saved_result_becomes_a_workbook_and_a_comment() {
    let here = folder("reports");
    let shop = root().join(SHOP);
    let result = here.join("result.json");
    let (shop, result) = (shop.to_str().unwrap(), result.to_str().unwrap());
    redan(&here, &["scan", shop, "--output-format", "json", "-o", result]);
    let ran = redan(&here, &["report", result, "--format", "xlsx", "-o", "report.xlsx"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // A workbook is a zip archive.
    assert!(std::fs::read(here.join("report.xlsx")).unwrap().starts_with(b"PK\x03\x04"));

    let links = "https://code.example/shop/blob/1a2b";
    let comment = ["report", result, "--format", "markdown-comment", "--links"];
    let ran = redan(&here, &[&comment[..], &[links]].concat());
    assert!(ran.out.starts_with("<!-- redan-report -->\n"));
    assert!(ran.out.contains(&format!("](<{links}/docker-compose.yml#L")), "{}", ran.out);
    assert!(!ran.out.contains("What changed"));
    // The earlier result had one finding less, and one more.
    let mut earlier: serde_json::Value =
        serde_json::from_slice(&std::fs::read(result).unwrap()).unwrap();
    let findings = earlier["findings"].as_array_mut().unwrap();
    findings.remove(0);
    findings[0]["fingerprint"] = "0".repeat(32).into();
    write(&here, "earlier.json", earlier.to_string());
    let since = ["report", result, "--baseline", "earlier.json", "--format"];
    let json = redan(&here, &[&since[..], &["json"]].concat()).json();
    let counts = ["added", "gone", "changed"].map(|n| json["since"][n].as_array().unwrap().len());
    assert_eq!(counts, [2, 1, 0]);
    let ran = redan(&here, &[&since[..], &["markdown"]].concat());
    assert!(ran.out.contains("## What changed\n\n2 new, 1 gone, 0 changed, "), "{}", ran.out);
    let ran = redan(&here, &["report", result, "--baseline", "nowhere.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let ran = redan(&here, &[&comment[..], &["javascript:alert(1)"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("is no web address"), "{}", ran.err);
}

#[test]
fn the_sample_has_its_known_threats() {
    let ran = redan(&root(), &["scan", SHOP, "--output-format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["complete"], true);
    // Nor in what derivations make of it.
    assert!(!ran.out.contains("assam-2024"), "a secret is shown");
    let findings = report["findings"].as_array().unwrap();
    for rule in [
        "containers.published_store",
        "web.debug_mode",
        "stride.cleartext_flow",
        "cloud_aws.open_port",
        "cloud_aws.public_bucket",
    ] {
        assert!(findings.iter().any(|f| f["rule"] == rule), "{rule} is not found");
    }
    for finding in findings {
        for place in finding["evidence"].as_array().unwrap() {
            // Relative to the scanned folder, or in the packs that come with Redan.
            let path = place["path"].as_str().unwrap();
            let known = [SHOP, "rules"].iter().any(|f| root().join(f).join(path).is_file());
            assert!(known, "{place}");
        }
    }
    assert!(ran.err.contains("files read"), "{}", ran.err);

    let failing =
        redan(&root(), &["scan", SHOP, "--output-format", "concise", "--fail-on", "high"]);
    assert_eq!(failing.code, 1);
    assert_eq!(failing.out.lines().count(), findings.len(), "one line for each finding");
    for line in failing.out.lines() {
        let (place, rest) = line.split_once(": ").unwrap();
        assert_eq!(place.split(':').count(), 3, "{line}");
        assert!(rest.ends_with(']') && rest.contains("[RF-"), "{line}");
    }

    let id = findings[0]["id"].as_str().unwrap();
    let ran = redan(&root(), &["explain", id, "-C", SHOP]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("why it holds"), "{}", ran.out);
}

/// With an earlier result a build fails on what is new or became worse, and on nothing else.
#[test]
fn a_scan_fails_on_what_is_new() {
    let here = folder("baseline");
    let ran = redan(&root(), &["scan", SHOP, "--output-format", "json"]);
    write(&here, "same.json", &ran.out);
    let findings = ran.json()["findings"].as_array().unwrap().clone();
    let high = |f: &serde_json::Value| {
        f["certainty"] == "confirmed" && (f["severity"] == "high" || f["severity"] == "critical")
    };
    let at = findings.iter().position(high).unwrap();
    let earlier = |name: &str, change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut result = ran.json();
        change(result["findings"].as_array_mut().unwrap());
        write(&here, name, result.to_string());
    };
    earlier("new.json", &|all| _ = all.remove(at));
    earlier("milder.json", &|all| all[at]["severity"] = "low".into());
    earlier("unsure.json", &|all| all[at]["certainty"] = "possible".into());
    earlier("worse.json", &|all| all[at]["severity"] = "critical".into());
    let shop = root().join(SHOP).to_str().unwrap().to_owned();
    let scan = |baseline: &str, more: &[&str]| {
        let arguments = ["scan", &shop, "--output-format", "json", "--baseline", baseline];
        redan(&here, &[&arguments[..], more].concat())
    };
    for (baseline, code) in [
        ("same.json", 0),
        ("new.json", 1),
        ("milder.json", 1),
        ("unsure.json", 1),
        ("worse.json", 0),
    ] {
        assert_eq!(scan(baseline, &["--fail-on", "high"]).code, code, "{baseline}");
    }
    let since = |baseline: &str| scan(baseline, &[]).json()["since"].clone();
    assert_eq!(since("same.json")["unchanged"], findings.len());
    assert_eq!(since("new.json")["added"], serde_json::json!([findings[at]["id"]]));
    // A policy may ask for it; without an earlier result everything is new.
    write(
        &here,
        "gate.redan",
        "pack gate { version \"1.0.0\" }\npolicy gate { deny \"new\" if finding f and f.change == new and f.status == open }\n",
    );
    let gate = ["--pack", "gate.redan"];
    assert_eq!(scan("same.json", &gate).code, 0);
    assert_eq!(scan("milder.json", &gate).code, 0);
    assert_eq!(scan("new.json", &gate).code, 1);
    assert_eq!(redan(&here, &["scan", &shop, "--pack", "gate.redan"]).code, 1);
    let ran = scan("nowhere.json", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let arguments = ["scan", &shop, "--output-format", "junit", "--baseline", "same.json"];
    assert!(redan(&here, &arguments).err.contains("does not tell what changed"));
}

/// What the library can write, the command line gives.
#[test]
fn a_model_is_written_in_every_form() {
    for format in redan_engine::report::MODEL_FORMATS {
        let ran = redan(&root(), &["model", SHOP, "--format", format.name]);
        assert_eq!((ran.code, ran.out.is_empty()), (0, false), "{}: {}", format.name, ran.err);
    }
}

#[test]
fn sarif_has_its_parts() {
    let ran = redan(&root(), &["scan", SHOP, "--output-format", "sarif"]);
    let sarif = ran.json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "Redan");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        assert!(rules.iter().any(|r| r["id"] == result["ruleId"]), "{}", result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains('\\'), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        assert!(result["partialFingerprints"].is_object());
    }
}

#[test]
fn facts_queries_and_reasons() {
    let here = root();
    let ran = redan(&here, &["facts", "compose_servce", "-C", SHOP]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `compose_service`?"), "{}", ran.err);
    let ran = redan(&here, &["facts", SHOP]);
    assert!(ran.code == 2 && ran.err.contains("--path"), "{}", ran.err);
    let ran = redan(&here, &["query", "a -> b: store where a is exposed", "-C", SHOP, "--plan"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("orders-db") && ran.err.contains("rows in"),
        "{}\n{}",
        ran.out,
        ran.err
    );
    let ran = redan(&here, &["query", "a -> b: stor", "-C", SHOP]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `store`?"), "{}", ran.err);
    let ran = redan(&here, &["why-not", "unauthenticated_store", "target=orders-db", "-C", SHOP]);
    assert!(ran.code == 0 && ran.out.contains("authenticates_clients"), "{}{}", ran.out, ran.err);
    let ran = redan(&here, &["why-not", "unauthenticated_store", "target", "-C", SHOP]);
    assert!(ran.code == 2 && ran.err.contains("`variable=value`"), "{}", ran.err);
    let why_not = |bindings: &[&str]| {
        let all = [&["why-not", "cleartext_flow"], bindings, &["-C", SHOP]].concat();
        redan(&here, &all)
    };
    let ran = why_not(&["sendr=storefront"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `sender`?"), "{}", ran.err);
    let ran = why_not(&["sender=storefrnt"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `storefront`?"), "{}", ran.err);
    let ran = why_not(&["sender=user"]);
    assert!(ran.out.contains("holds: 2 matches") && ran.out.contains("[possible]"), "{}", ran.out);
    let ran = why_not(&["sender=storefront"]);
    assert!(ran.out.contains("✓ not link.encrypted"), "{}", ran.out);
    let ran = why_not(&["sender=storefront", "--lang", "ja"]);
    assert!(ran.out.contains("最初に成立しなくなる条件"), "{}", ran.out);
    let json = why_not(&["sender=storefront", "--format", "json"]).json();
    let states: Vec<&str> = json["clauses"][0]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["met", "failed", "met", "met", "met"]);
    assert_eq!(json["clauses"][0]["conditions"][1]["first_failing"], true);

    let ran = redan(&here, &["explain", "exposed", "c=storefront", "-C", SHOP]);
    assert!(ran.out.contains("found docker-compose.yml:5:9"), "{}{}", ran.out, ran.err);
    let ran = redan(&here, &["explain", "a -> b: store", "a=storefront", "-C", SHOP]);
    assert!(ran.out.contains("a = storefront, b = sessions"), "{}{}", ran.out, ran.err);
    let ran = redan(&here, &["explain", "a -> b", "b=user", "-C", SHOP]);
    assert!(ran.code == 0 && ran.out.contains("nothing gives"), "{}{}", ran.out, ran.err);
}

#[test]
fn nothing_found_says_what_was_looked_at() {
    let empty = folder("empty");
    let ran = redan(&empty, &["scan", ".", "--output-format", "concise"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(ran.err.contains("0 of 0 files read"), "{}", ran.err);
    let ran = redan(&empty, &["model"]);
    assert!(ran.err.contains("no component was recovered"), "{}", ran.err);
}

#[test]
fn wrong_use_is_two_and_told_before_the_work() {
    let here = folder("wrong");
    write(&here, "file", "");
    std::fs::create_dir_all(here.join("none")).unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["scan", "missing"], "is not there"),
        (&["scan", "file"], "is not a folder"),
        (&["scan", ".", "--output", "missing/report"], "its folder is not there"),
        (&["scan", ".", "--log", "missing/log"], "cannot write the log"),
        (&["scan", ".", "--pack", "none"], "holds no `.redan` file"),
        (&["scan", ".", "--config", "missing.yaml"], "cannot read the configuration"),
        (&["explain", "RDN9999"], "there is no error"),
        (&["scna"], "similar subcommand"),
    ];
    for (arguments, told) in cases {
        let ran = redan(&here, arguments);
        assert!(ran.code == 2 && ran.err.contains(told), "{arguments:?}: {ran:?}");
    }
    for (text, told) in [
        ("pakcs: [x]", "unknown field `pakcs`"),
        ("packs: [x", "not valid"),
        ("packs: [missing]", "named under `packs`"),
    ] {
        write(&here, "redan.yaml", text);
        let ran = redan(&here, &["scan", "none"]);
        assert!(ran.code == 2 && ran.err.contains(told), "{text}: {ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_output_that_is_no_file_is_written_to_and_a_link_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let here = folder("outputs");
    write(&here, "in/app.py", "x = 1\n");
    let pipe = here.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    redan(&here, &["scan", "in", "--output-format", "json", "-o", "pipe"]);
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "the pipe is gone");
    serde_json::from_str::<serde_json::Value>(&reader.join().unwrap()).unwrap();

    write(&here, "real.json", "old");
    std::os::unix::fs::symlink("real.json", here.join("link.json")).unwrap();
    redan(&here, &["scan", "in", "--output-format", "json", "-o", "link.json"]);
    assert!(std::fs::symlink_metadata(here.join("link.json")).unwrap().is_symlink());
    let real = std::fs::read_to_string(here.join("real.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&real).unwrap();
}

#[test]
fn completions_and_codes_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = redan(&root(), &["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("why-not"), "{shell}");
    }
    let ran = redan(&root(), &["explain", "rdn0101"]);
    assert!(ran.code == 0 && ran.out.starts_with("# RDN0101"), "{}", ran.out);
}
