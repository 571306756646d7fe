//! A small tree made to do harm: nothing panics, nothing waits, and what was not read is listed.

#![cfg(unix)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{folder, redan, write};

#[test]
fn a_hostile_tree_is_survived() {
    const DEEP: usize = 100_000;
    let here = folder("hostile");
    assert!(Command::new("mkfifo").arg(here.join(".gitignore")).status().unwrap().success());
    std::os::unix::fs::symlink("/etc/hostname", here.join("link.yaml")).unwrap();
    for name in ["package.json", "deep.yaml", "deep.js", "deep.py", "deep.tf"] {
        let start = if name == "deep.tf" { "locals {\n  x = " } else { "" };
        write(&here, name, format!("{start}{}{}", "[".repeat(DEEP), "]".repeat(DEEP)));
    }
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    write(&here, "bomb.yaml", bomb);
    write(&here, "long.js", format!("const a = '{}';\n", "x".repeat(900_000)));
    write(&here, "large.json", vec![b' '; 3 << 20]);
    write(&here, "nul.py", b"import flask\0\0\x01\n");
    let _ = std::fs::write(here.join(OsStr::from_bytes(b"bad\xff.py")), "x = 1\n");
    write(
        &here,
        "docker-compose.yml",
        "services:\n  \"we\u{202e}b\u{2066}\u{1b}[31m\":\n    image: postgres:16\n    ports: ['5432:5432']\n",
    );
    let begun = Instant::now();
    let ran = redan(&here, &["scan", ".", "--output-format", "json"]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!((0..=3).contains(&ran.code), "{}", ran.err);
    let report = ran.json();
    let skipped = report["coverage"]["skipped"].as_array().unwrap();
    let mentioned = |path: &str| skipped.iter().any(|s| s["path"] == path);
    for path in [".gitignore", "link.yaml", "large.json", "deep.yaml", "bomb.yaml"] {
        assert!(mentioned(path), "{path} is not among the skipped: {skipped:#?}");
    }

    let ran = redan(&here, &["scan", "."]);
    assert!(!ran.out.contains(['\u{202e}', '\u{2066}', '\0']), "nothing reorders what is shown");
}
