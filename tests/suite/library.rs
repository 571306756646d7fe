//! What is made from the packs is that of the packs: the library in `docs/`, the stored program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use redan_engine::report::{library_chapters, library_files};

use redan_base::Sources;
use redan_program::{Grouping, Options, Origin, PackFile, compile, group, stored};

use crate::library;

const RENEW: &str = "renew it with:\n\
                     rm -r docs/library && cargo run -p redan -- docs --lang en --output docs/library --summary docs/SUMMARY.md";

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn files(folder: &Path, base: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, base, found);
        } else {
            let name = path.strip_prefix(base).unwrap().to_string_lossy().replace('\\', "/");
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_library_in_the_book_is_that_of_the_packs() {
    let prepared = library();
    let pages: Vec<_> = prepared.packs.pages.iter().map(|p| p.source).collect();
    let rules = redan_engine::report::library(&prepared.program, &prepared.sources, &pages, "en");
    let mut written = BTreeMap::new();
    let folder = docs().join("library");
    files(&folder, &folder, &mut written);
    let mut wrong = vec![];
    for file in library_files(&rules, "en") {
        match written.remove(&file.path) {
            Some(text) if text == file.text => {}
            Some(_) => wrong.push(format!("{} is out of date", file.path)),
            None => wrong.push(format!("{} is missing", file.path)),
        }
    }
    wrong.extend(written.into_keys().map(|path| format!("{path} is of no threat")));
    let summary = std::fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let (_, after) = summary.split_once("](library/README.md)\n").unwrap();
    let chapters: String = after.split_inclusive('\n').take_while(|l| l.starts_with(' ')).collect();
    if chapters != library_chapters(&rules, "library") {
        wrong.push("the chapters in docs/SUMMARY.md are out of date".to_owned());
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{RENEW}");
}

#[test]
fn the_stored_program_is_that_of_the_packs() {
    let files = redan_rules::FILES.iter().map(|(path, text)| PackFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
        origin: Origin::Library,
    });
    let grouping = Grouping { passed_over: Some(vec!["test"]), ..Grouping::default() };
    let mut sources = Sources::new();
    let packs = group(files.collect(), &grouping, &mut sources);
    let (program, diagnostics) = compile(&sources, &packs.packs, &Options::default());
    assert_eq!(diagnostics, []);
    // Bytes, not `assert_eq!`: two megabytes of numbers help nobody.
    assert!(stored::encode(&program).unwrap() == redan_rules::PROGRAM, "another program");
    let read = stored::decode(redan_rules::PROGRAM).unwrap();
    assert!(stored::encode(&read).unwrap() == redan_rules::PROGRAM, "something is lost on the way");
    assert_eq!(format!("{:?}", read.rules), format!("{:?}", program.rules));
    assert_eq!(format!("{:?}", read.schema), format!("{:?}", program.schema));
    for cut in [0, 3, 1_000, redan_rules::PROGRAM.len() - 1] {
        assert!(stored::decode(&redan_rules::PROGRAM[..cut]).is_none(), "{cut}");
    }
}
