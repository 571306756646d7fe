//! Every diagnostic has a page, and the example of the page provokes it.

use std::path::PathBuf;

use redan_base::Sources;
use redan_engine::{Origin, PackFile, PrepareOptions, prepare};

fn pages() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let mut pages: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.file_stem().is_some_and(|s| s.to_string_lossy().starts_with("RDN")))
        .map(|p| {
            (
                p.file_stem().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&p).unwrap(),
            )
        })
        .collect();
    pages.sort();
    pages
}

/// The fenced blocks of a page that begin with these words.
fn blocks(text: &str, info: &str) -> Vec<String> {
    let mut found = vec![];
    let mut open: Option<(bool, String, String)> = None;
    for line in text.lines() {
        match &mut open {
            Some((wanted, fence, body)) => {
                if line.trim() == fence.as_str() {
                    if *wanted {
                        found.push(body.clone());
                    }
                    open = None;
                } else {
                    body.push_str(line);
                    body.push('\n');
                }
            }
            None if line.starts_with("```") => {
                let fence: String = line.chars().take_while(|c| *c == '`').collect();
                open = Some((line.trim_start_matches('`').trim() == info, fence, String::new()));
            }
            None => {}
        }
    }
    found
}

#[test]
fn examples_provoke_their_code() {
    let mut wrong = vec![];
    for (code, text) in pages() {
        if !text.starts_with(&format!("# {code}: ")) {
            wrong.push(format!("{code}: the page does not begin with `# {code}: `"));
        }
        // Limits, dates and files are met at run time: their examples show what leads there.
        let at_run_time = matches!(code.get(3..), Some(n) if n.starts_with("035") || n.starts_with("058") || n.starts_with("07"));
        for example in blocks(&text, "redan").into_iter().filter(|_| !at_run_time) {
            let mut files: Vec<PackFile> = redan_rules::FILES
                .iter()
                .filter(|(p, _)| p.starts_with("core/"))
                .map(|(path, text)| PackFile {
                    path: (*path).to_owned(),
                    text: (*text).to_owned(),
                    origin: Origin::Library,
                })
                .collect();
            let path = "example.redan".to_owned();
            files.push(PackFile { path, text: example, origin: Origin::Caller });
            let prepared = prepare(files, Sources::new(), &PrepareOptions::default(), &|_| ());
            let codes: Vec<String> =
                prepared.diagnostics.iter().map(|d| d.code.to_string()).collect();
            if !codes.contains(&code) {
                wrong.push(format!("{code}: its example gives {codes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Codes as they are written in the sources: `Diagnostic::error(102, …)`, and constants of the codes modules.
#[test]
fn every_code_has_a_page() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let known: Vec<String> = pages().into_iter().map(|(code, _)| code).collect();
    let mut missing = vec![];
    for file in crate::tidy::rust_files(&root) {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in ["error(", "warning(", "note("] {
            for part in text.split(&format!("Diagnostic::{name}")).skip(1) {
                let digits: String =
                    part.trim_start().chars().take_while(char::is_ascii_digit).collect();
                let Ok(code) = digits.parse::<u16>() else { continue };
                let code = format!("RDN{code:04}");
                if !known.contains(&code) {
                    missing.push(format!("{code} ({})", file.display()));
                }
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "codes without a page in docs/errors: {missing:#?}");
}
