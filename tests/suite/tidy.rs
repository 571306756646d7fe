//! The tree is in order: module documentation, sizes, links of the documents.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn walk(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "book") && !name.starts_with('.') {
                walk(&path, end, found);
            }
        } else if name.ends_with(end) {
            found.push(path);
        }
    }
}

/// All Rust files of the project.
pub fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    walk(root, ".rs", &mut found);
    found.sort();
    found
}

#[test]
fn every_module_says_what_it_is_for() {
    let without: Vec<PathBuf> = rust_files(&root())
        .into_iter()
        .filter(|p| !std::fs::read_to_string(p).unwrap().starts_with("//!"))
        .collect();
    assert!(without.is_empty(), "files without module documentation: {without:#?}");
}

#[test]
fn files_are_of_a_size_to_read() {
    const MOST: usize = 1_000;
    let long: Vec<PathBuf> = rust_files(&root())
        .into_iter()
        .filter(|p| std::fs::read_to_string(p).unwrap().lines().count() > MOST)
        .collect();
    assert!(long.is_empty(), "files of more than {MOST} lines: {long:#?}");
}

#[test]
fn links_of_documents_lead_somewhere() {
    let mut broken = vec![];
    let mut files = vec![];
    walk(&root().join("docs"), ".md", &mut files);
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        files.push(root().join(name));
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for part in text.split("](").skip(1) {
            let Some((target, _)) = part.split_once(')') else { continue };
            let target = target.split('#').next().unwrap_or_default();
            // A regular expression in code is no link.
            let code = target.contains(['\\', '*', '|']);
            if code
                || target.is_empty()
                || target.contains("://")
                || target.contains(char::is_whitespace)
            {
                continue;
            }
            if !file.parent().unwrap().join(target).exists() {
                broken.push(format!("{}: {target}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

#[test]
fn every_chapter_is_in_the_book() {
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let mut missing = vec![];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") && name != "SUMMARY.md" && !summary.contains(&format!("({name})"))
        {
            missing.push(name);
        }
    }
    for entry in std::fs::read_dir(root().join("docs/errors")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !summary.contains(&format!("(errors/{name})")) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "chapters that SUMMARY.md lacks: {missing:?}");
}
