//! How long a bare parse takes: all files of a folder in languages that Redan knows are read and parsed by tree-sitter, on all threads,
//! and nothing else is done. What a cold scan takes is held against it.
//!
//! `cargo run --release -p redan-tests --bin parse -- FOLDER`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a tool of developers"
)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use redan_languages::{LANGUAGES, Language};

fn main() {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("name a folder");
        std::process::exit(2);
    };
    let mut files = vec![];
    walk(Path::new(&folder), &mut files);
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let begun = Instant::now();
    let parsed: Vec<(usize, bool)> = files
        .par_iter()
        .filter_map(|(path, language)| {
            let text = std::fs::read(path).ok()?;
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&(language.grammar)()).ok()?;
            let tree = parser.parse(&text, None)?;
            Some((text.len(), tree.root_node().has_error()))
        })
        .collect();
    let bytes: usize = parsed.iter().map(|(bytes, _)| bytes).sum();
    let broken = parsed.iter().filter(|(_, broken)| *broken).count();
    println!(
        "{} files, {bytes} bytes, {broken} files with errors, parsed in {} ms",
        parsed.len(),
        begun.elapsed().as_millis()
    );
}

fn walk(folder: &Path, files: &mut Vec<(PathBuf, &'static Language)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if path.file_name().is_some_and(|n| n != ".git" && n != "node_modules") {
                walk(&path, files);
            }
            continue;
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let language = LANGUAGES.iter().find(|l| l.patterns && l.extensions.contains(&extension));
        if let (true, Some(language)) = (kind.is_file(), language) {
            files.push((path, language));
        }
    }
}
